import type { FileEdit, TextEdit } from "../../../source";
import { readSource, type SourceText } from "./source-text";

/** Gathers the edits of one fix over the files it touches. */
export class EditSet {
  private readonly files = new Map<string, { readonly source: SourceText; readonly edits: TextEdit[] }>();

  constructor(private readonly text: (uri: string) => string | undefined) {}

  /** The text of a file, read once per fix. */
  source(uri: string): SourceText | undefined {
    const known = this.files.get(uri);
    if (known) return known.source;
    const source = readSource(this.text, uri);
    if (source) this.files.set(uri, { source, edits: [] });
    return source;
  }

  /** Takes edits in; false when there are none to take, so that callers can give up in one line. */
  add(uri: string, edits: readonly TextEdit[] | TextEdit | undefined): boolean {
    if (edits === undefined || !this.source(uri)) return false;
    const list = Array.isArray(edits) ? edits as readonly TextEdit[] : [edits as TextEdit];
    this.files.get(uri)!.edits.push(...list);
    return list.length > 0;
  }

  /** The edits by file in order of position; undefined when nothing changes, or edits overlap or leave the text. */
  finish(): readonly FileEdit[] | undefined {
    const result: FileEdit[] = [];
    for (const [uri, { source, edits }] of this.files) {
      const changing = edits.filter((edit) => !source.holds(edit.span) || source.slice(edit.span) !== edit.newText);
      if (changing.length === 0) continue;
      const ordered = changing
        .map((edit, index) => ({ edit, index }))
        .sort((a, b) => a.edit.span.start - b.edit.span.start || a.edit.span.end - b.edit.span.end || a.index - b.index)
        .map(({ edit }) => edit);
      let position = 0;
      const fitted: TextEdit[] = [];
      for (const edit of ordered) {
        const { span } = edit;
        const inside = source.holds(span) && span.start >= position ? insideString(source, edit) : undefined;
        if (!inside) return undefined;
        fitted.push(inside);
        position = span.end;
      }
      result.push({ uri, edits: fitted });
    }
    return result.length > 0 ? result : undefined;
  }
}

/** In an interpolated string, new code must do without the quote that ends the string (Python before 3.12), and without line breaks. */
function insideString(source: SourceText, edit: TextEdit): TextEdit | undefined {
  const around = source.stringAround(edit.span);
  if (!around || edit.newText === "") return edit;
  const quote = /^[A-Za-z]*("""|'''|"|')/.exec(source.slice(around))?.[1];
  if (quote === undefined || /[\r\n\\]/.test(edit.newText)) return undefined;
  if (quote.length > 1 || !edit.newText.includes(quote)) return edit;
  const other = quote === '"' ? "'" : '"';
  return edit.newText.includes(other) ? undefined : { span: edit.span, newText: edit.newText.replaceAll(quote, other) };
}

/** An edit that only adds. */
export function insertion(offset: number, newText: string): TextEdit {
  return { span: { start: offset, end: offset }, newText };
}

export function replacement(start: number, end: number, newText: string): TextEdit {
  return { span: { start, end }, newText };
}
