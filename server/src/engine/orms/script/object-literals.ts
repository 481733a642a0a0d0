import type { Call, Expression, Mapping, MappingEntry } from "../../facts";
import type { TextEdit } from "../../source";
import { indentAt, type SourceStyle } from "./source-style";

/** The entry of an object literal with this name; a spread has none. */
export function entryOf(object: Mapping, name: string): MappingEntry | undefined {
  return object.entries.find(({ key }) => key?.kind === "literal" && key.value === name);
}

/** Where an entry stands, its key included; a spread with its dots. */
export function spanOfEntry(text: string, { key, value }: MappingEntry): { readonly start: number; readonly end: number } {
  if (key) return { start: Math.min(key.start, value.start), end: Math.max(key.end, value.end) };
  const dots = text.lastIndexOf("...", value.start);
  return { start: dots < 0 ? value.start : dots, end: value.end };
}

/** Puts `take: 100` into an object literal, behind what is there: on the same line, or on one of its own where the others have their own. Undefined where a spread behind may say otherwise. */
export function addProperty(text: string, object: Mapping, property: string, style: SourceStyle): TextEdit | undefined {
  const last = object.entries[object.entries.length - 1];
  const close = object.end - 1;
  if (text[close] !== "}") return undefined;
  if (!last) {
    // A comment is no reason to lose it.
    if (text.slice(object.start + 1, close).trim() !== "") return undefined;
    const space = style.spacesInBraces ? " " : "";
    return { span: { start: object.start, end: object.end }, newText: `{${space}${property}${space}}` };
  }
  const { start, end } = spanOfEntry(text, last);
  const behind = text.slice(end, close);
  const comma = /^\s*,/.exec(behind.replace(/\/\*[\s\S]*?\*\//g, (comment) => " ".repeat(comment.length)));
  const isOwnLine = /[\r\n]/.test(text.slice(end, close)) && /[\r\n]\s*$/.test(text.slice(object.start + 1, start).replace(/\/\/[^\r\n]*/g, ""));
  if (!isOwnLine) {
    if (comma && behind.slice(comma[0].length).trim() !== "") return undefined;
    return comma ? { span: { start: end + comma[0].length, end: end + comma[0].length }, newText: ` ${property},` } : { span: { start: end, end }, newText: `, ${property}` };
  }
  const indent = indentAt(text, start);
  if (comma) return { span: { start: end + comma[0].length, end: end + comma[0].length }, newText: `${style.newline}${indent}${property},` };
  return { span: { start: end, end }, newText: `,${style.newline}${indent}${property}` };
}

/** Takes an entry out of an object literal, with its comma and its line. */
export function removeProperty(text: string, object: Mapping, entry: MappingEntry): TextEdit | undefined {
  const at = object.entries.indexOf(entry);
  if (at < 0) return undefined;
  const { start, end } = spanOfEntry(text, entry);
  const next = object.entries[at + 1];
  if (object.entries.length === 1) {
    const comma = /^\s*,?\s*$/.test(text.slice(end, object.end - 1)) && text.slice(object.start + 1, start).trim() === "";
    return comma ? { span: { start: object.start, end: object.end }, newText: "{}" } : undefined;
  }
  if (next) return { span: { start, end: spanOfEntry(text, next).start }, newText: "" };
  const before = spanOfEntry(text, object.entries[at - 1]);
  // The comma before goes; one behind stays for what is last now.
  return { span: { start: before.end, end }, newText: "" };
}

/** Puts a property into the object that a call is given as its argument at this place: `findMany()` becomes `findMany({ take: 100 })`. */
export function addOption(text: string, call: Call, index: number, property: string, style: SourceStyle): TextEdit | undefined {
  const argument = call.arguments[index];
  if (argument) return argument.value.kind === "mapping" && !argument.spread ? addProperty(text, argument.value, property, style) : undefined;
  if (call.arguments.length !== index) return undefined;
  const space = style.spacesInBraces ? " " : "";
  const inside = text.slice(call.open + 1, call.close);
  if (index === 0 && inside.trim() !== "") return undefined;
  const code = `{${space}${property}${space}}`;
  return index === 0 ? { span: { start: call.open + 1, end: call.close }, newText: code } : { span: { start: call.arguments[index - 1].end, end: call.arguments[index - 1].end }, newText: `, ${code}` };
}

/** The text of an expression. */
export function codeOf(text: string, node: Expression): string {
  return text.slice(node.start, node.end);
}
