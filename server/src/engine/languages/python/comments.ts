import type { Suppression } from "../../facts";
import { LineIndex } from "../../source";
import { Role, type Lowering } from "./context";

const MARKER = "scale-hints:";
const IGNORE = /#+\s*scale-hints:\s*ignore(-file)?(?![\w-])\s*(?:\[([^\]#]*)\]|(?!\[))(?:.*?--\s*(.*\S))?/;

/** `# scale-hints: ignore[rule] -- reason` comments, in order. */
export function findSuppressions(c: Lowering, count: number): Suppression[] {
  if (!c.text.includes(MARKER)) return [];
  const lines = new LineIndex(c.text);
  const result: Suppression[] = [];
  for (let node = 0; node < count; node++) {
    if (c.roles[c.kind[node]] !== Role.extra) continue;
    const span = { start: c.start[node], end: c.end[node] };
    const match = IGNORE.exec(c.text.slice(span.start, span.end));
    if (!match) continue;
    const rules = match[2]?.split(",").map((rule) => rule.trim()).filter((rule) => rule !== "");
    // `ignore[]` is being typed: it must not silence everything meanwhile.
    if (rules?.length === 0) continue;
    result.push({
      rules: rules ?? [],
      reason: match[3] ?? "",
      span,
      line: lineSpokenOf(c, lines, span.start),
      wholeFile: match[1] !== undefined,
    });
  }
  return result;
}

/** The comment's own line, or the next one that is not a comment when it stands alone: suppressions may be stacked. */
function lineSpokenOf(c: Lowering, lines: LineIndex, start: number): number {
  const line = lines.lineAt(start);
  if (c.text.slice(lines.lineStart(line), start).replace("\uFEFF", "").trim() !== "") return line;
  let next = line + 1;
  while (next < lines.lineCount - 1 && isCommentLine(c.text, lines.lineStart(next))) next++;
  return next;
}

function isCommentLine(text: string, start: number): boolean {
  let at = start;
  while (text.charCodeAt(at) === 32 || text.charCodeAt(at) === 9) at++;
  return text.charCodeAt(at) === 35 /* # */;
}
