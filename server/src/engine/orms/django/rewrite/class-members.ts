import type { ClassDeclaration } from "../../../facts";
import type { TextEdit } from "../../../source";
import { insertion, replacement } from "./edit-set";
import type { SourceText } from "./source-text";

/** Where a class attribute is added: behind the last one before the first method, with the blank lines that style asks for. */
export function attributeBlock(
  source: SourceText, bodyStart: number, indent: string,
): { readonly classEnd: number; insert(lines: readonly string[]): TextEdit } | undefined {
  const { eol } = source;
  const from = source.lines.findIndex((line) => line.code >= bodyStart);
  if (from < 0 || source.lines[from].code !== bodyStart) return undefined;
  const after = source.lines.slice(from).findIndex((line) => line.indent.length < indent.length);
  const body = after < 0 ? source.lines.slice(from) : source.lines.slice(from, from + after);
  const own = body.filter((line) => line.indent === indent);
  const isDefinition = (offset: number): boolean => /^(?:(?:async\s+)?def|class)\b|^@/.test(source.text.slice(offset, offset + 20));
  const firstDefinition = own.findIndex((line) => isDefinition(line.code));
  const plain = firstDefinition < 0 ? own : own.slice(0, firstDefinition);
  const isDocstring = (code: number): boolean => source.tokens.some((token) => token.kind === "string" && token.start === code);
  const last = plain.at(-1);
  const classEnd = body.at(-1)!.end;
  const joined = (lines: readonly string[]): string => lines.map((line) => indent + line).join(eol);
  return {
    classEnd,
    insert(lines) {
      if (!last) return insertion(source.aboveStatement(bodyStart), joined(lines) + eol + eol);
      if (/^pass\b/.test(source.text.slice(last.code, last.end))) return replacement(last.code, last.code + 4, lines.join(eol + indent));
      const gap = isDocstring(last.code) ? eol : "";
      return insertion(source.lineEnd(last.end), gap + eol + joined(lines));
    },
  };
}

/** Adds an attribute to a class: behind `after` where that stands in its body, else behind the last one before the first method. */
export function insertAttribute(source: SourceText, owner: ClassDeclaration, lines: readonly string[], after?: string): TextEdit | undefined {
  if (owner.bodyStart > source.text.length || !source.startsLine(owner.bodyStart)) return undefined;
  const indent = source.indentAt(owner.bodyStart);
  const neighbour = owner.attributes.findLast((one) => one.name === after && source.ownsLines(one) && source.indentAt(one.start) === indent);
  if (neighbour) return insertion(source.lineEnd(neighbour.end), lines.map((line) => source.eol + indent + line).join(""));
  return attributeBlock(source, owner.bodyStart, indent)?.insert(lines);
}

/** Adds a method at the end of a class. `lines` are without the indentation of the class's body; inner ones have their own. */
export function insertMethod(source: SourceText, owner: ClassDeclaration, lines: readonly string[]): TextEdit | undefined {
  if (owner.bodyEnd > source.text.length || !source.startsLine(owner.bodyStart)) return undefined;
  const indent = source.indentAt(owner.bodyStart);
  const text = lines.map((line) => indent + line).join(source.eol);
  if (/^(?:pass|\.\.\.)\s*$/.test(source.text.slice(owner.bodyStart, source.lineEnd(owner.bodyStart)).replace(/#.*$/, "")) && source.lineEnd(owner.bodyStart) >= owner.bodyEnd) {
    const length = source.text.startsWith("pass", owner.bodyStart) ? 4 : 3;
    return replacement(owner.bodyStart, owner.bodyStart + length, text.slice(indent.length));
  }
  return insertion(source.lineEnd(owner.bodyEnd), source.eol + source.eol + text);
}
