import type { TextEdit } from "#engine";

type Piece = { readonly kind: "kept"; readonly start: number; readonly end: number } | { readonly kind: "new"; readonly text: string };

/** A text under repeated editing that can say at the end which edits lead there from the original. */
export class PieceText {
  private pieces: readonly Piece[];

  constructor(private readonly original: string) {
    this.pieces = [{ kind: "kept", start: 0, end: original.length }];
  }

  get text(): string {
    return this.pieces.map((piece) => (piece.kind === "kept" ? this.original.slice(piece.start, piece.end) : piece.text)).join("");
  }

  /** Applies edits that are relative to the current text and do not overlap. */
  apply(edits: readonly TextEdit[]): void {
    const ordered = edits
      .map((edit, index) => ({ edit, index }))
      .sort((a, b) => a.edit.span.start - b.edit.span.start || a.edit.span.end - b.edit.span.end || a.index - b.index);
    const result: Piece[] = [];
    let position = 0;
    for (const { edit } of ordered) {
      if (edit.span.start < position) throw new RangeError("edits overlap");
      result.push(...this.cut(position, edit.span.start), { kind: "new", text: edit.newText });
      position = edit.span.end;
    }
    result.push(...this.cut(position, Infinity));
    this.pieces = result;
  }

  /** The edits from the original to the current text: ordered, apart from each other. */
  edits(): readonly TextEdit[] {
    const edits: TextEdit[] = [];
    let position = 0;
    let newText = "";
    const close = (start: number) => {
      if (start > position || newText !== "") {
        const edit = narrow(this.original, { span: { start: position, end: start }, newText });
        if (edit) edits.push(edit);
      }
      newText = "";
    };
    for (const piece of this.pieces) {
      if (piece.kind === "new") newText += piece.text;
      else if (piece.end > piece.start) {
        close(piece.start);
        position = piece.end;
      }
    }
    close(this.original.length);
    return edits;
  }

  /** The pieces between two offsets of the current text. */
  private cut(start: number, end: number): Piece[] {
    const result: Piece[] = [];
    let offset = 0;
    for (const piece of this.pieces) {
      const length = piece.kind === "kept" ? piece.end - piece.start : piece.text.length;
      const from = Math.max(start - offset, 0);
      const to = Math.min(end - offset, length);
      if (from < to) {
        if (piece.kind === "kept") result.push({ kind: "kept", start: piece.start + from, end: piece.start + to });
        else result.push({ kind: "new", text: piece.text.slice(from, to) });
      }
      offset += length;
    }
    return result;
  }
}

/** The edit without what it replaces by the same; undefined when nothing is left. */
function narrow(original: string, edit: TextEdit): TextEdit | undefined {
  const before = original.slice(edit.span.start, edit.span.end);
  return before === edit.newText ? undefined : edit;
}
