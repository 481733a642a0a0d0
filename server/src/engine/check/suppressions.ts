import type { Suppression } from "../facts";
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
export function applySuppressions(found: readonly MergedFinding[], facts: { readonly uri: string; readonly suppressions: readonly Suppression[] }, text: string, runs: (ruleId: string) => boolean): SuppressionResult {
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
      identity: baseKey,
      routes: [],
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

const IGNORE = /(^|\s)(#+\s*scale-hints:\s*ignore(-file)?(?![\w-])\s*(?:\[([^\]#]*)\]|(?!\[))(?:.*?--\s*(.*\S))?.*)$/;

/** `# scale-hints: ignore[rule] -- reason` in a file that is not code: Dockerfiles, compose files, ini files and the like have such comments. */
export function suppressionsInText(text: string): readonly Suppression[] {
  if (!text.includes("scale-hints:")) return [];
  const lines = new LineIndex(text);
  const result: Suppression[] = [];
  for (let line = 0; line < lines.lineCount; line++) {
    const start = lines.lineStart(line);
    const own = text.slice(start, lines.lineStart(line + 1)).replace(/[\r\n]+$/, "");
    const match = IGNORE.exec(own);
    if (!match) continue;
    const rules = match[4]?.split(",").map((rule) => rule.trim()).filter((rule) => rule !== "");
    if (rules?.length === 0) continue;
    const from = start + own.indexOf(match[2]);
    let spoken = line;
    // A comment that stands alone speaks of the next line that is none.
    if (own.trimStart().startsWith("#")) do spoken++; while (spoken < lines.lineCount - 1 && /^\s*#/.test(text.slice(lines.lineStart(spoken), lines.lineStart(spoken + 1))));
    result.push({ rules: rules ?? [], reason: match[5] ?? "", span: { start: from, end: start + own.length }, line: spoken, wholeFile: match[3] !== undefined });
  }
  return result;
}
