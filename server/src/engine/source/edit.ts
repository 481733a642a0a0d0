import type { Span } from "./span";

/** Replaces `span` of one text with `newText`. All edits of a fix are relative to the same, unedited text. */
export interface TextEdit {
  readonly span: Span;
  readonly newText: string;
}

/** Edits of one file. */
export interface FileEdit {
  readonly uri: string;
  readonly edits: readonly TextEdit[];
  /** The file is not there yet: its one edit puts the whole text into an empty one. */
  readonly creates?: true;
}

/** A file that is not there yet, with its text. */
export function createFile(uri: string, text: string): FileEdit {
  return { uri, edits: [{ span: { start: 0, end: 0 }, newText: text }], creates: true };
}

/** Applies non-overlapping edits (any order) to `text`; insertions at one offset keep their order. Throws RangeError on overlap. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  const ordered = edits
    .map((edit, index) => ({ edit, index }))
    .sort((a, b) => a.edit.span.start - b.edit.span.start || a.edit.span.end - b.edit.span.end || a.index - b.index);
  let result = "";
  let position = 0;
  for (const { edit } of ordered) {
    if (edit.span.start < position) throw new RangeError("edits overlap");
    result += text.slice(position, edit.span.start) + edit.newText;
    position = edit.span.end;
  }
  return result + text.slice(position);
}
