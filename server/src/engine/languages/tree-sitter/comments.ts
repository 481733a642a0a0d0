import type { Suppression } from "../../facts";
import { LineIndex, type Span } from "../../source";
import type { FlatTree } from "../../syntax";
import { MARKER, readSuppression } from "../suppressions";
import { SharedRole as Role, type AnyLowering } from "./lowering";

/** How comments of a language look. */
export interface CommentStyle {
  /** A line that is nothing but a comment. */
  readonly line: RegExp;
  /** What may stand before a comment that stands alone. */
  readonly before: RegExp;
  /** Of comments that do not end with their line: what closes them, and what may stand behind one that stands alone. */
  readonly closing?: RegExp;
  readonly after?: RegExp;
}

/** The comments of a text, in order. */
export function commentsOf(tree: FlatTree, text: string): readonly string[] {
  const comment = tree.grammar.kinds.indexOf("comment");
  const comments: string[] = [];
  for (let node = 0; node < tree.count; node++) if (tree.kind[node] === comment) comments.push(text.slice(tree.start[node], tree.end[node]).trim());
  return comments;
}

/** `scale-hints: ignore[rule] -- reason` in comments, in order. */
export function findSuppressions(c: AnyLowering, count: number, style: CommentStyle): Suppression[] {
  if (!c.text.includes(MARKER)) return [];
  const lines = new LineIndex(c.text);
  const result: Suppression[] = [];
  for (let node = 0; node < count; node++) {
    if (c.roles[c.kind[node]] !== Role.extra) continue;
    const span = { start: c.start[node], end: c.end[node] };
    const comment = c.text.slice(span.start, span.end);
    const suppression = readSuppression(style.closing ? comment.replace(style.closing, "") : comment);
    if (suppression) result.push({ ...suppression, span, line: lineSpokenOf(c.text, lines, span, style) });
  }
  return result;
}

/** The comment's own line, or the next one that is not a comment when it stands alone: suppressions may be stacked. */
function lineSpokenOf(text: string, lines: LineIndex, span: Span, style: CommentStyle): number {
  const line = lines.lineAt(span.start);
  if (!style.before.test(text.slice(lines.lineStart(line), span.start))) return line;
  if (style.after && !style.after.test(lineFrom(text, span.end))) return line;
  let next = (style.after ? lines.lineAt(span.end) : line) + 1;
  while (next < lines.lineCount - 1 && style.line.test(lineFrom(text, lines.lineStart(next)))) next++;
  return next;
}

/** The rest of a line. */
function lineFrom(text: string, start: number): string {
  const end = text.indexOf("\n", start);
  return text.slice(start, end < 0 ? text.length : end);
}
