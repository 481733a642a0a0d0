/** A half-open range of UTF-16 offsets in one text: `text.slice(span.start, span.end)` is what it covers. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A span in a named file. Files are URIs everywhere inside the engine. */
export interface Location {
  readonly uri: string;
  readonly span: Span;
}

/** Whether `outer` covers the whole of `inner`. */
export function contains(outer: Span, inner: Span): boolean {
  return outer.start <= inner.start && inner.end <= outer.end;
}
