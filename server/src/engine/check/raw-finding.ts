import type { Basis, EntryPoint, Route } from "../project";
import type { FindingCost, FixProposal, Growth, Impact, RelatedPlace } from "../rule";
import { shiftLocation, type Location, type TextChange } from "../source";

/** What one check saw, before it is joined with what the checks of other files saw at the same place. */
export interface RawFinding {
  readonly ruleId: string;
  readonly family?: string;
  readonly impact: Impact;
  readonly confidence: Basis;
  readonly entry: EntryPoint;
  readonly lower: number;
  readonly message: string;
  readonly hint?: string;
  readonly at: Location;
  readonly related: readonly RelatedPlace[];
  /** Where it says that nothing runs the code it was seen from; what other code sees as well is run by that. */
  readonly uncalled?: RelatedPlace;
  /** The addresses whose requests reach it. */
  readonly routes: readonly Route[];
  readonly proposals: readonly FixProposal[];
  readonly unnecessary: boolean;
  readonly cost?: FindingCost;
  /** The tables it grows with. */
  readonly grows?: Growth;
  /** The innermost loop around it, by its header. */
  readonly loop?: Location;
  /** Where the query it is about begins: two queries that meet at one place are two findings. */
  readonly origin?: Location;
  /** Message key and values: with the rule and the function, what names the finding across runs. */
  readonly wording: string;
  /** The function that `at` is in, by its id in its file; "" at module level. */
  readonly functionId: string;
}

/** The finding after an edit of one file; undefined when the edit reaches into a place it speaks of. */
export function shiftFinding(finding: RawFinding, uri: string, change: TextChange): RawFinding | undefined {
  const at = shiftLocation(finding.at, uri, change);
  const origin = finding.origin && shiftLocation(finding.origin, uri, change);
  const loop = finding.loop && shiftLocation(finding.loop, uri, change);
  if (!at || (finding.origin && !origin) || (finding.loop && !loop)) return undefined;
  let isMoved = at !== finding.at || origin !== finding.origin || loop !== finding.loop;
  const related: RelatedPlace[] = [];
  for (const place of finding.related) {
    const moved = shiftLocation(place.at, uri, change);
    if (!moved) return undefined;
    isMoved ||= moved !== place.at;
    related.push(moved === place.at ? place : { ...place, at: moved });
  }
  const uncalledAt = finding.uncalled && shiftLocation(finding.uncalled.at, uri, change);
  if (finding.uncalled && !uncalledAt) return undefined;
  const uncalled = uncalledAt === finding.uncalled?.at ? finding.uncalled : { ...finding.uncalled!, at: uncalledAt! };
  isMoved ||= uncalled !== finding.uncalled;
  const routes: Route[] = [];
  for (const route of finding.routes) {
    const moved = shiftLocation(route.at, uri, change);
    if (!moved) return undefined;
    isMoved ||= moved !== route.at;
    routes.push(moved === route.at ? route : { ...route, at: moved });
  }
  return isMoved ? { ...finding, at, origin, loop, related, routes, ...(uncalled && { uncalled }) } : finding;
}

/** Whether any place of the finding is in this file. */
export function speaksOf(finding: RawFinding, uri: string): boolean {
  return finding.at.uri === uri || finding.origin?.uri === uri || finding.loop?.uri === uri || finding.uncalled?.at.uri === uri || finding.related.some((place) => place.at.uri === uri) || finding.routes.some((route) => route.at.uri === uri);
}
