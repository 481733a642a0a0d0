import type { Location, Span } from "./span";

/** The one stretch in which two versions of a text differ: `[start, oldEnd)` of the old one became `[start, newEnd)` of the new one. */
export interface TextChange {
  readonly start: number;
  readonly oldEnd: number;
  readonly newEnd: number;
}

/** What is left of two texts without their common beginning and end. */
export function changeBetween(before: string, after: string): TextChange {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before.charCodeAt(start) === after.charCodeAt(start)) start++;
  let tail = 0;
  while (tail < shorter - start && before.charCodeAt(before.length - 1 - tail) === after.charCodeAt(after.length - 1 - tail)) tail++;
  const oldEnd = before.length - tail;
  const newEnd = after.length - tail;
  // A line put in before one that begins alike, or taken out: the change is the whole line, not a piece of both.
  const by = oldEnd === newEnd ? 0 : start === oldEnd ? slideToLine(after, start, newEnd) : start === newEnd ? slideToLine(before, start, oldEnd) : 0;
  return { start: start - by, oldEnd: oldEnd - by, newEnd: newEnd - by };
}

/** How far the stretch of a text that is more than the other has can be said to begin earlier, so that it begins with a line; 0 when that is not so. */
function slideToLine(text: string, start: number, end: number): number {
  for (let by = 0; start - by >= 0; by++) {
    if (start === by || text[start - by - 1] === "\n") return by;
    if (text[start - by - 1] !== text[end - by - 1]) return 0;
  }
  return 0;
}

/** Where a span of the old text is in the new one; undefined when the change reaches into it. */
export function shiftSpan(span: Span, change: TextChange): Span | undefined {
  if (span.end <= change.start) return span;
  const by = change.newEnd - change.oldEnd;
  if (span.start >= change.oldEnd) return by === 0 ? span : { start: span.start + by, end: span.end + by };
  // A change wholly inside stretches the span: `for` loops hold the edited body.
  if (span.start < change.start && span.end > change.oldEnd) return { start: span.start, end: span.end + by };
  return undefined;
}

/** The same for a place in any file; places in other files stay. */
export function shiftLocation(at: Location, uri: string, change: TextChange): Location | undefined {
  if (at.uri !== uri) return at;
  const span = shiftSpan(at.span, change);
  return span && (span === at.span ? at : { uri, span });
}
