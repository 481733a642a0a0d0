import type { FileFacts, Suppression } from "../facts";
import type { Finding } from "../rule";
import { LineIndex } from "../source";
import type { MergedFinding } from "./merge";

/** Reported by the engine itself, for a comment that keeps nothing quiet. */
export const UNUSED_SUPPRESSION = "unused-suppression";

export interface SuppressionResult {
  readonly kept: readonly MergedFinding[];
  /** One finding for each suppression, or rule named in one, that no finding answered to. */
  readonly unused: readonly MergedFinding[];
}

/**
 * Takes out the findings that a comment in the file speaks of: those that start or end on its line, or any for `ignore-file`.
 * `runs` tells whether a rule is looked for at all: a suppression of a rule that is switched off is not unused.
 */
export function applySuppressions(found: readonly MergedFinding[], facts: FileFacts, text: string, runs: (ruleId: string) => boolean): SuppressionResult {
  if (facts.suppressions.length === 0) return { kept: found, unused: [] };
  const lines = new LineIndex(text);
  const used = new Map<Suppression, Set<string>>();
  const kept = found.filter(({ finding }) => {
    const answering = facts.suppressions.filter((each) => speaksOf(each, finding, lines));
    for (const each of answering) used.set(each, (used.get(each) ?? new Set()).add(finding.ruleId));
    return answering.length === 0;
  });
  const unused: MergedFinding[] = [];
  for (const suppression of facts.suppressions) {
    const answered = used.get(suppression);
    const idle = suppression.rules.length === 0 ? (answered ? [] : [undefined]) : suppression.rules.filter((id) => !answered?.has(id) && runs(id));
    for (const ruleId of idle) unused.push(unusedFinding(facts.uri, suppression, ruleId, unused.length));
  }
  return { kept, unused };
}

function speaksOf(suppression: Suppression, finding: Finding, lines: LineIndex): boolean {
  if (suppression.rules.length > 0 && !suppression.rules.includes(finding.ruleId)) return false;
  if (suppression.wholeFile) return true;
  const { start, end } = finding.at.span;
  return lines.lineAt(start) === suppression.line || lines.lineAt(Math.max(start, end - 1)) === suppression.line;
}

function unusedFinding(uri: string, suppression: Suppression, ruleId: string | undefined, ordinal: number): MergedFinding {
  const subject = ruleId === undefined ? "This comment" : `\`${ruleId}\``;
  const where = suppression.wholeFile ? "in this file" : "here";
  const baseKey = `${UNUSED_SUPPRESSION}:${ruleId ?? ""}`;
  return {
    baseKey,
    owners: new Set([uri]),
    finding: {
      ruleId: UNUSED_SUPPRESSION,
      key: `${baseKey}:${ordinal}`,
      message: ruleId === undefined ? `${subject} suppresses nothing: no finding is ${where}. Remove it.` : `${subject} is suppressed for nothing: it finds nothing ${where}. Remove it from the comment.`,
      impact: "low",
      severity: "hint",
      confidence: "resolved",
      at: { uri, span: suppression.span },
      related: [],
      proposals: [],
      unnecessary: true,
    },
  };
}
