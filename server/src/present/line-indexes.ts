import { LineIndex, shiftSpan, type Position, type Span, type TextChange } from "#engine";

/** A range as LSP has it: zero-based lines, and columns in the units that were agreed on. */
export interface LineRange {
  readonly start: Position;
  readonly end: Position;
}

/** What columns count: UTF-16 code units, as LSP has it unless something else was agreed on, or bytes of UTF-8. */
export type PositionEncoding = "utf-16" | "utf-8";

/** Lines and columns of one text. */
export type Lines = Pick<LineIndex, "lineAt" | "lineStart" | "positionAt" | "offsetAt" | "endOfLine" | "range">;

/** What stands in a file where other offsets are spoken of than it has: those of an earlier text, and how this one came of it. */
export interface Shown {
  readonly text: string;
  readonly change: TextChange;
}

/** Line indexes of the workspace's files, made when asked for and again when the text has changed. */
export class LineIndexes {
  private readonly known = new Map<string, { readonly text: string; readonly change: TextChange | undefined; readonly index: Lines }>();

  constructor(
    readonly textOf: (uri: string) => string | undefined,
    private readonly encoding: PositionEncoding = "utf-16",
    private readonly shown: (uri: string) => Shown | undefined = () => undefined,
  ) {}

  /** Of a file that is gone: one empty line, so that a late answer still has a place to point at. */
  of(uri: string): Lines {
    const { text, change } = this.shown(uri) ?? { text: this.textOf(uri) ?? "", change: undefined };
    const known = this.known.get(uri);
    if (known && known.text === text && known.change === change) return known.index;
    const own = this.encoding === "utf-8" ? new ByteLineIndex(text) : new LineIndex(text);
    const index = change ? new MovedLines(own, change) : own;
    this.known.set(uri, { text, change, index });
    return index;
  }

  range(uri: string, span: Span): LineRange {
    return this.of(uri).range(span);
  }
}

/** Lines and columns of a text, by the offsets of an earlier one. What was changed since has the place where the change begins. */
class MovedLines implements Lines {
  constructor(
    private readonly lines: Lines,
    private readonly change: TextChange,
  ) {}

  lineAt(offset: number): number {
    return this.lines.lineAt(this.now(offset));
  }

  lineStart(line: number): number {
    return this.then(this.lines.lineStart(line));
  }

  positionAt(offset: number): Position {
    return this.lines.positionAt(this.now(offset));
  }

  offsetAt(position: Position): number {
    return this.then(this.lines.offsetAt(position));
  }

  endOfLine(line: number): Position {
    return this.lines.endOfLine(line);
  }

  /** What begins where the change ends, or ends where it begins, is none of it. */
  range(span: Span): LineRange {
    return this.lines.range(shiftSpan(span, this.change) ?? { start: this.now(span.start), end: Math.max(this.now(span.start), this.now(span.end)) });
  }

  private now(offset: number): number {
    const { start, oldEnd, newEnd } = this.change;
    return offset >= oldEnd ? offset + newEnd - oldEnd : Math.min(offset, start);
  }

  private then(offset: number): number {
    const { start, oldEnd, newEnd } = this.change;
    return offset >= newEnd ? offset + oldEnd - newEnd : Math.min(offset, start);
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

  endOfLine(line: number): Position {
    return this.positionAt(this.index.lineEnd(line));
  }

  range({ start, end }: Span): LineRange {
    return { start: this.positionAt(start), end: this.positionAt(end) };
  }

  offsetAt({ line, character }: Position): number {
    const start = this.index.lineStart(line);
    const end = this.index.lineEnd(line);
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
