import { LineIndex, type Position, type Span } from "#engine";

/** A range as LSP has it: zero-based lines, and columns in the units that were agreed on. */
export interface LineRange {
  readonly start: Position;
  readonly end: Position;
}

/** What columns count: UTF-16 code units, as LSP has it unless something else was agreed on, or bytes of UTF-8. */
export type PositionEncoding = "utf-16" | "utf-8";

/** Lines and columns of one text. */
export type Lines = Pick<LineIndex, "lineAt" | "lineStart" | "positionAt" | "offsetAt">;

/** Line indexes of the workspace's files, made when asked for and again when the text has changed. */
export class LineIndexes {
  private readonly known = new Map<string, { readonly text: string; readonly index: Lines }>();

  constructor(
    readonly textOf: (uri: string) => string | undefined,
    private readonly encoding: PositionEncoding = "utf-16",
  ) {}

  /** Of a file that is gone: one empty line, so that a late answer still has a place to point at. */
  of(uri: string): Lines {
    const text = this.textOf(uri) ?? "";
    const known = this.known.get(uri);
    if (known && known.text === text) return known.index;
    const index = this.encoding === "utf-8" ? new ByteLineIndex(text) : new LineIndex(text);
    this.known.set(uri, { text, index });
    return index;
  }

  range(uri: string, span: Span): LineRange {
    const index = this.of(uri);
    return { start: index.positionAt(span.start), end: index.positionAt(span.end) };
  }
}

/** Columns in bytes of UTF-8. */
class ByteLineIndex implements Lines {
  private readonly index: LineIndex;

  constructor(private readonly text: string) {
    this.index = new LineIndex(text);
  }

  lineAt(offset: number): number {
    return this.index.lineAt(offset);
  }

  lineStart(line: number): number {
    return this.index.lineStart(line);
  }

  positionAt(offset: number): Position {
    const line = this.index.lineAt(offset);
    return { line, character: bytesIn(this.text, this.index.lineStart(line), offset) };
  }

  offsetAt({ line, character }: Position): number {
    const start = this.index.lineStart(line);
    const end = this.index.offsetAt({ line, character: Infinity });
    let bytes = 0;
    for (let offset = start; offset < end; ) {
      if (bytes >= character) return offset;
      const code = this.text.codePointAt(offset)!;
      bytes += bytesOf(code);
      offset += code > 0xffff ? 2 : 1;
    }
    return end;
  }
}

function bytesIn(text: string, start: number, end: number): number {
  let bytes = 0;
  for (let offset = start; offset < end; ) {
    const code = text.codePointAt(offset)!;
    bytes += bytesOf(code);
    offset += code > 0xffff ? 2 : 1;
  }
  return bytes;
}

function bytesOf(code: number): number {
  return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
}
