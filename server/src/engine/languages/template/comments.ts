import type { Suppression } from "../../facts";
import { LineIndex, type Span } from "../../source";
import { MARKER, readSuppression } from "../suppressions";

const CLOSING = /-?#\}$|-->$|\{%[-+]?\s*endcomment\b[^%]*%\}$/;

/** `<!-- … -->` comments, in order. Templates run what stands in them, so they are comments for people only. */
export function htmlComments(text: string): Span[] {
  const comments: Span[] = [];
  for (let start = text.indexOf("<!--"); start >= 0; ) {
    const close = text.indexOf("-->", start + 4);
    if (close < 0) break;
    comments.push({ start, end: close + 3 });
    start = text.indexOf("<!--", close + 3);
  }
  return comments;
}

/** Suppressions in the comments of a template and of the HTML it makes, in order. */
export function findTemplateSuppressions(text: string, templateComments: readonly Span[]): Suppression[] {
  if (!text.includes(MARKER)) return [];
  const comments = [...templateComments, ...htmlComments(text)].sort((a, b) => a.start - b.start);
  const lines = new LineIndex(text);
  const commentLines = new Set<number>();
  for (const span of comments) if (standsAlone(text, lines, span)) for (let line = lines.lineAt(span.start); line <= lines.lineAt(span.end - 1); line++) commentLines.add(line);
  const result: Suppression[] = [];
  for (const span of comments) {
    const suppression = readSuppression(text.slice(span.start, span.end).replace(CLOSING, ""));
    if (suppression) result.push({ ...suppression, span, line: lineSpokenOf(lines, commentLines, span) });
  }
  return result;
}

/** The texts of a template's comments, those of HTML included, in order. */
export function commentTexts(text: string, templateComments: readonly Span[]): readonly string[] {
  return [...templateComments, ...htmlComments(text)].sort((a, b) => a.start - b.start).map(({ start, end }) => text.slice(start, end).trim());
}

/** The comment's own line, or the next one that is no comment when it stands alone: suppressions may be stacked. */
function lineSpokenOf(lines: LineIndex, commentLines: ReadonlySet<number>, span: Span): number {
  const own = lines.lineAt(span.start);
  if (!commentLines.has(own)) return own;
  let next = own + 1;
  while (next < lines.lineCount - 1 && commentLines.has(next)) next++;
  return next;
}

function standsAlone(text: string, lines: LineIndex, { start, end }: Span): boolean {
  const before = text.slice(lines.lineStart(lines.lineAt(start)), start);
  const after = text.slice(end, lines.lineStart(lines.lineAt(end - 1) + 1));
  return before.replace("\uFEFF", "").trim() === "" && after.trim() === "";
}
