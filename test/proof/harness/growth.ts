import type { Cost, CostReason, Finding } from "#engine";

/** Rules that say: this is sent again for every row. */
const PER_ROW: ReadonlySet<string> = new Set(["relation-read-in-loop", "query-in-loop", "constant-query-in-loop", "prefetch-bypassed", "deferred-column-read-in-loop", "insert-in-loop", "update-in-loop", "delete-in-loop", "batching-defeated", "commit-in-loop"]);

export function perRow(findings: readonly Finding[]): readonly Finding[] {
  return findings.filter(({ ruleId }) => PER_ROW.has(ruleId));
}

/** The places that send more when tables grow, each once; what a flush writes in batches of hundreds is as good as one statement. */
export function growingPlaces(costs: Iterable<Cost>): readonly CostReason[] {
  const places = new Map<string, CostReason>();
  for (const { terms } of costs) {
    for (const { per, because } of terms) {
      if (per.length === 0 || per.includes("batches")) continue;
      for (const each of because) places.set(`${each.at.uri} ${each.at.span.start} ${each.at.span.end}`, each);
    }
  }
  return [...places.values()];
}

/** Whether a finding is about a place: where it is shown, or where it says that it happens. */
export function speaksOf(finding: Finding, { at }: CostReason): boolean {
  return [finding.at, ...finding.related.map((each) => each.at)].some((place) => place.uri === at.uri && place.span.start <= at.span.end && at.span.start <= place.span.end);
}
