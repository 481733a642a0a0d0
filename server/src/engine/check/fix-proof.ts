import type { FileEdit } from "../source";
import type { MergedFinding } from "./merge";

/** Findings of a few files before and after a fix. */
export interface Outcome {
  readonly before: readonly MergedFinding[];
  readonly after: readonly MergedFinding[];
}

/** Why the fix does not do what it is for; undefined when one finding of its kind is gone, none of its rule is new, and none that anybody would be shown. */
export function objection(fixed: MergedFinding, { before, after }: Outcome): string | undefined {
  const counts = new Map<string, number>();
  for (const each of before) counts.set(each.baseKey, (counts.get(each.baseKey) ?? 0) + 1);
  const left = after.filter((each) => each.baseKey === fixed.baseKey).length;
  if (left >= (counts.get(fixed.baseKey) ?? 0)) return "the finding is still there";
  for (const each of after) {
    const remaining = (counts.get(each.baseKey) ?? 0) - 1;
    counts.set(each.baseKey, remaining);
    const matters = each.finding.severity !== "hint" || each.finding.ruleId === fixed.finding.ruleId;
    if (remaining < 0 && matters) return `there is a new finding: ${each.finding.ruleId}: ${each.finding.message}`;
  }
  return undefined;
}

/** Whether every comment of the old text is still somewhere in the new one. */
export function keepsComments(before: readonly string[], after: readonly string[]): boolean {
  const left = new Map<string, number>();
  for (const comment of after) left.set(comment, (left.get(comment) ?? 0) + 1);
  return before.every((comment) => {
    const count = left.get(comment) ?? 0;
    left.set(comment, count - 1);
    return count > 0;
  });
}

/** The edits by file, so that each file is edited once. */
export function editsByFile(edits: readonly FileEdit[]): readonly FileEdit[] {
  const byFile = new Map<string, FileEdit>();
  for (const each of edits) {
    const known = byFile.get(each.uri);
    byFile.set(each.uri, known ? { ...known, edits: [...known.edits, ...each.edits] } : each);
  }
  return [...byFile.values()].filter((each) => each.edits.length > 0);
}
