import { costText, statementsAt, termText, type BodyCost } from "../cost";
import type { ProjectModel } from "../project";
import type { FindingCost, RelatedPlace } from "../rule";
import type { Location } from "../source";

/** Rows that are put in for every name: a usual page. */
const ROWS = 50;

/** What the function comes to that a finding was seen from; undefined where nothing in it grows that the finding speaks of. */
export function findingCost({ key, name, entry, cost }: BodyCost, at: Location, related: readonly RelatedPlace[], project: ProjectModel): FindingCost | undefined {
  const places = [at, ...related.map((each) => each.at)];
  const own = cost.terms.find(({ per, because }) => per.length > 0 && because.some((reason) => places.some((place) => covers(place, reason.at))));
  if (!own) return undefined;
  const isEntryPoint = project.isEntryPoint(key);
  const [route] = isEntryPoint ? project.routesOf(key) : [];
  const per = [...new Set(cost.terms.flatMap((term) => term.per))].sort();
  const rows = per.length === 1 ? Math.min(ROWS, cost.limits[per[0]] ?? ROWS) : ROWS;
  const { least, most } = statementsAt(cost, new Map(), rows);
  return {
    of: route ? [route.methods.join(", "), route.path].filter(Boolean).join(" ") : name, isEntryPoint: isEntryPoint && (route !== undefined || entry === "task" || entry === "command"),
    queries: costText(cost), term: termText(own), per, rows, least, most, exact: cost.exact,
  };
}

/**
 * `GET /orders/ sends 101 for 50 orders`, "up to 101" where it depends much on the way through the code; nothing for functions of which nobody knows who runs them, and
 * nothing where the number would say little: sums that depend on it for several tables, and lower bounds.
 */
export function numbersOf({ of, isEntryPoint, queries, per, rows, least, most }: FindingCost): string {
  if (!isEntryPoint || queries.startsWith("≥")) return "";
  const isNarrow = most <= 2 * least;
  if (!isNarrow && per.length > 1) return "";
  const [from, to] = [least, most].map((count) => count.toLocaleString("en-US"));
  return `\`${of}\` sends ${least === most ? to : isNarrow ? `${from} to ${to}` : `up to ${to}`} for ${rows} ${per.length === 1 ? per[0] : "rows each"}`;
}

function covers(outer: Location, inner: Location): boolean {
  return outer.uri === inner.uri && outer.span.start <= inner.span.end && inner.span.start <= outer.span.end;
}
