import type { Suppression } from "../../facts";
import { LineIndex } from "../../source";
import type { FlatTree } from "../../syntax";
import { MARKER, readSuppression } from "../suppressions";
import { Role, type Lowering } from "./context";

/** The comments of a text, in order. */
export function commentsIn(tree: FlatTree, text: string): readonly string[] {
  const comment = tree.grammar.kinds.indexOf("comment");
  const comments: string[] = [];
  for (let node = 0; node < tree.count; node++) if (tree.kind[node] === comment) comments.push(text.slice(tree.start[node], tree.end[node]).trim());
  return comments;
}

/** `// scale-hints: ignore[rule] -- reason` comments, in order. */
export function findSuppressions(c: Lowering, count: number): Suppression[] {
  if (!c.text.includes(MARKER)) return [];
  const lines = new LineIndex(c.text);
  const result: Suppression[] = [];
  for (let node = 0; node < count; node++) {
    if (c.roles[c.kind[node]] !== Role.extra) continue;
    const span = { start: c.start[node], end: c.end[node] };
    const suppression = readSuppression(c.text.slice(span.start, span.end).replace(/\s*\*\/$/, ""));
    if (suppression) result.push({ ...suppression, span, line: lineSpokenOf(c, lines, span) });
  }
  return result;
}

/** The comment's own line, or the next one that is not a comment when it stands alone: suppressions may be stacked. */
function lineSpokenOf(c: Lowering, lines: LineIndex, span: { readonly start: number; readonly end: number }): number {
  const line = lines.lineAt(span.start);
  // In JSX a comment stands in braces.
  if (!/^\s*\{?\s*$/.test(c.text.slice(lines.lineStart(line), span.start).replace("\uFEFF", ""))) return line;
  const last = lines.lineAt(span.end);
  if (!/^\s*\}?\s*$/.test(c.text.slice(span.end, endOfLine(c.text, span.end)))) return line;
  let next = last + 1;
  while (next < lines.lineCount - 1 && isCommentLine(c.text, lines.lineStart(next))) next++;
  return next;
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end < 0 ? text.length : end;
}

function isCommentLine(text: string, start: number): boolean {
  return /^[ \t]*(?:\/\/|\{?\/\*.*\*\/\}?\s*$)/.test(text.slice(start, endOfLine(text, start)));
}
