import type { Call, Expression } from "../../../facts";
import type { Span, TextEdit } from "../../../source";
import { insertion, replacement } from "./edit-set";
import type { SourceText } from "./source-text";

/** A bracketed list of things separated by commas: arguments, list items, imported names. */
export interface ItemList {
  /** Offsets of the two brackets. */
  readonly open: number;
  readonly close: number;
  readonly items: readonly Span[];
}

/** The arguments of a call. */
export function argumentsOf(call: Call): ItemList {
  return { open: call.open, close: call.close, items: call.arguments };
}

/** The items of a list or tuple display; undefined for a tuple without brackets. */
export function itemsOf(source: SourceText, expression: Expression): ItemList | undefined {
  if (expression.kind !== "sequence" || !source.holds(expression)) return undefined;
  const open = source.text[expression.start];
  const close = source.text[expression.end - 1];
  if (!(open === "[" && close === "]") && !(open === "(" && close === ")")) return undefined;
  return { open: expression.start, close: expression.end - 1, items: expression.items };
}

/** Whether the list stands on several lines with the last item on a line of its own. */
function isVertical(source: SourceText, list: ItemList): boolean {
  const last = list.items.at(-1);
  return last !== undefined && source.startsLine(last.start);
}

/** Adds an item at the end, in the layout that the list has. `newText` may hold line breaks. */
export function appendItem(source: SourceText, list: ItemList, newText: string): TextEdit[] {
  const last = list.items.at(-1);
  if (!last) return [insertion(list.open + 1, newText)];
  const afterLast = source.skipTrivia(last.end);
  const hasComma = source.text[afterLast] === ",";
  if (!isVertical(source, list)) return [insertion(last.end, `, ${newText}`)];
  const indent = source.indentAt(last.start);
  const end = hasComma ? afterLast + 1 : last.end;
  // A magic trailing comma is kept; where there was none the author's formatter does without.
  const line = source.eol + indent + newText + (hasComma ? "," : "");
  const sharesLine = !source.endsLine(end);
  const at = sharesLine ? end : source.lineEnd(end);
  if (hasComma) return [insertion(at, line)];
  return at === end ? [insertion(end, `,${line}`)] : [insertion(end, ","), insertion(at, line)];
}

/** Puts an item before the one at `index`. */
export function insertItem(source: SourceText, list: ItemList, index: number, newText: string): TextEdit[] {
  if (index >= list.items.length) return appendItem(source, list, newText);
  const next = list.items[index];
  const separator = source.startsLine(next.start) ? `,${source.eol}${source.indentAt(next.start)}` : ", ";
  return [insertion(next.start, newText + separator)];
}

/** Takes an item out, with its comma and, where it had one for itself, its line. Comments stay. */
export function removeItem(source: SourceText, list: ItemList, index: number): TextEdit[] {
  const item = list.items[index];
  const afterItem = source.skipTrivia(item.end);
  const hasComma = source.text[afterItem] === "," && afterItem < list.close;
  if (source.startsLine(item.start) && hasComma && source.endsLine(afterItem + 1) && !source.hasComment({ start: item.start, end: afterItem })) {
    const commaEnd = afterItem + 1;
    const comment = source.text.slice(commaEnd, source.lineEnd(commaEnd));
    if (comment.trim() === "") return [replacement(source.lineStart(item.start), source.nextLine(commaEnd), "")];
    return [replacement(item.start, commaEnd + comment.length - comment.trimStart().length, "")];
  }
  if (index + 1 < list.items.length) {
    const next = list.items[index + 1].start;
    return source.hasComment({ start: item.end, end: next })
      ? [replacement(item.start, hasComma ? afterItem + 1 : item.end, "")]
      : [replacement(item.start, next, "")];
  }
  if (index === 0) return [replacement(item.start, hasComma && !source.hasComment({ start: item.end, end: afterItem }) ? afterItem + 1 : item.end, "")];
  const previous = list.items[index - 1].end;
  return source.hasComment({ start: previous, end: item.start })
    ? [replacement(item.start, item.end, "")]
    : [replacement(previous, item.end, "")];
}

/** Breaks a one-line list up, one item per line with a trailing comma, and adds `newText` as the last. */
export function explodeWith(source: SourceText, list: ItemList, newText: string, indent: string): TextEdit[] {
  const inner = source.eol + indent + source.indentUnit;
  const edits: TextEdit[] = [];
  let position = list.open + 1;
  for (const item of list.items) {
    edits.push(replacement(position, item.start, position === list.open + 1 ? inner : `,${inner}`));
    position = item.end;
  }
  edits.push(replacement(position, list.close, `${list.items.length > 0 ? "," : ""}${inner}${newText},${source.eol}${indent}`));
  return edits;
}
