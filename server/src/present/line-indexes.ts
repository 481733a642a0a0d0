import { LineIndex, type Span } from "#engine";

/** A range as LSP has it: zero-based lines and UTF-16 columns. */
export interface LineRange {
  readonly start: { readonly line: number; readonly character: number };
  readonly end: { readonly line: number; readonly character: number };
}

/** Line indexes of the workspace's files, made when asked for and again when the text has changed. */
export class LineIndexes {
  private readonly known = new Map<string, { readonly text: string; readonly index: LineIndex }>();

  constructor(readonly textOf: (uri: string) => string | undefined) {}

  /** Of a file that is gone: one empty line, so that a late answer still has a place to point at. */
  of(uri: string): LineIndex {
    const text = this.textOf(uri) ?? "";
    const known = this.known.get(uri);
    if (known && known.text === text) return known.index;
    const index = new LineIndex(text);
    this.known.set(uri, { text, index });
    return index;
  }

  range(uri: string, span: Span): LineRange {
    const index = this.of(uri);
    return { start: index.positionAt(span.start), end: index.positionAt(span.end) };
  }
}
