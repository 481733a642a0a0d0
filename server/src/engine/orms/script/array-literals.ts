import type { Expression, Sequence } from "../../facts";
import type { TextEdit } from "../../source";
import { indentAt, type SourceStyle } from "./source-style";

/** Puts an element behind the others of an array literal: on the same line, or on one of its own where the others have their own. */
export function addItem(text: string, array: Sequence, code: string, style: SourceStyle): TextEdit | undefined {
  const close = array.end - 1;
  if (text[close] !== "]") return undefined;
  const last = array.items[array.items.length - 1];
  if (!last) return text.slice(array.start + 1, close).trim() === "" ? { span: { start: array.start, end: array.end }, newText: `[${code}]` } : undefined;
  const start = startOf(text, last);
  const comma = /^\s*,/.exec(text.slice(last.end, close));
  const end = last.end + (comma?.[0].length ?? 0);
  if (!/[\r\n][ \t]*$/.test(text.slice(array.start + 1, start))) {
    return text.slice(end, close).trim() === "" ? { span: { start: end, end }, newText: comma ? ` ${code},` : `, ${code}` } : undefined;
  }
  const line = `${style.newline}${indentAt(text, start)}${code}`;
  return comma ? { span: { start: end, end }, newText: `${line},` } : { span: { start: end, end }, newText: `,${line}` };
}

/** Takes an element out of an array literal, with its comma and its line. */
export function removeItem(text: string, array: Sequence, item: Expression): TextEdit | undefined {
  const at = array.items.findIndex((each) => each.start === item.start && each.end === item.end);
  if (at < 0) return undefined;
  const start = startOf(text, array.items[at]);
  const next = array.items[at + 1];
  if (next) return { span: { start, end: startOf(text, next) }, newText: "" };
  const before = array.items[at - 1];
  if (before) return { span: { start: before.end, end: item.end }, newText: "" };
  return /^\s*,?\s*$/.test(text.slice(item.end, array.end - 1)) && text.slice(array.start + 1, start).trim() === "" ? { span: { start: array.start, end: array.end }, newText: "[]" } : undefined;
}

/** Where an element begins, the dots of a spread included. */
function startOf(text: string, item: Expression): number {
  const dots = /\.\.\.\s*$/.exec(text.slice(Math.max(0, item.start - 5), item.start));
  return dots ? item.start - dots[0].length : item.start;
}
