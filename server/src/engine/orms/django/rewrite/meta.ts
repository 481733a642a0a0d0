import type { ClassDeclaration } from "../../../facts";
import type { Span, TextEdit } from "../../../source";
import { insertion, replacement } from "./edit-set";
import type { SourceText } from "./source-text";

/**
 * Puts `class Meta:` where Django's style wants it: behind the fields and managers, before the first method.
 * `text` is the class without the indentation of its first line.
 */
export function insertMeta(source: SourceText, owner: ClassDeclaration, text: string): TextEdit[] | undefined {
  const { eol } = source;
  const indent = source.indentAt(owner.bodyStart);
  const isOwn = (offset: number): boolean => source.indentAt(offset) === indent && source.startsLine(offset);
  const firstMethod = Math.min(...owner.methods.map((method) => definitionStart(source, method.start)), Number.POSITIVE_INFINITY);
  const before = [...owner.attributes, ...owner.classes]
    .filter((one) => one.end <= firstMethod && isOwn(definitionStart(source, one.start)))
    .map((one) => one.end);
  if (before.length > 0) return [insertion(source.lineEnd(Math.max(...before)), eol + eol + indent + text)];
  const first = source.lines.find((line) => line.code >= owner.bodyStart);
  if (!first) return undefined;
  const statement = source.text.slice(first.code, first.end);
  if (/^pass\b/.test(statement)) return [replacement(first.code, first.code + 4, text)];
  if (/^\.\.\.(?!\S)/.test(statement)) return [replacement(first.code, first.code + 3, text)];
  const isDocstring = source.tokens.some((token) => token.kind === "string" && token.start === first.code);
  if (isDocstring) return [insertion(source.lineEnd(first.end), eol + eol + indent + text)];
  return [insertion(source.aboveStatement(owner.bodyStart), indent + text + eol + eol)];
}

/** Where a definition begins with its decorators. */
function definitionStart(source: SourceText, start: number): number {
  let index = source.lines.findIndex((line) => line.start <= start && start <= line.end);
  if (index < 0) return start;
  while (index > 0 && source.text[source.lines[index - 1].code] === "@" && source.lines[index - 1].indent === source.lines[index].indent) index--;
  return source.lines[index].code;
}

/** Takes a statement out with its lines. */
export function statementGap(source: SourceText, statement: Span): TextEdit {
  return replacement(source.lineStart(statement.start), source.nextLine(statement.end), "");
}

/** Takes a class out of another one that may have nothing else: then `pass` takes its place. */
export function emptiedClass(source: SourceText, owner: ClassDeclaration, inner: ClassDeclaration): TextEdit | undefined {
  const start = definitionStart(source, inner.start);
  if (!source.startsLine(start)) return undefined;
  const lineStart = source.lineStart(start);
  const end = source.nextLine(inner.bodyEnd);
  if (source.hasComment({ start, end })) return undefined;
  const others = source.lines.filter((line) => line.code >= owner.bodyStart && line.end <= owner.bodyEnd && (line.code < start || line.code > inner.bodyEnd));
  if (others.length === 0) return replacement(start, inner.bodyEnd, "pass");
  // One of the two gaps around it goes with it.
  const gap = blankLinesAbove(source, lineStart);
  return replacement(lineStart - gap, end, "");
}

/** The length of the blank lines right above a line. */
function blankLinesAbove(source: SourceText, lineStart: number): number {
  let start = lineStart;
  for (;;) {
    if (start === 0) return lineStart;
    const previous = source.lineStart(start - (source.text.startsWith("\r\n", start - 2) ? 2 : 1));
    if (source.text.slice(previous, start).trim() !== "") return lineStart - start;
    start = previous;
  }
}
