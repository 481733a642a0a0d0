import type { Location, Query, RowsFiltered, RowsReduced } from "#engine";
import { mayBePrefetched, roundsAround, type QueryUse } from "./queries";

/**
 * Whether the rows of a query are there for this fold or filter alone: the query runs once, inside the very expression or as its own loop,
 * goes nowhere else, and not less often than the fold. `rows = list(…)` that several expressions share is fine as it is.
 */
export function isFoldedOnce(event: RowsReduced | RowsFiltered, query: Query, uses: readonly QueryUse[]): boolean {
  const [run, ...others] = uses;
  if (run?.kind !== "queryRun" || !run.sends || mayBePrefetched(query) || roundsAround(run, query) < roundsAround(event, query)) return false;
  const whole = event.kind === "rowsReduced" ? [event.at] : event.loops.filter((loop) => loop.query?.id === query.id).map((loop) => loop.at);
  const isInside = whole.some((place) => covers(place, run.at));
  // `[x for x in Book.objects.all() if …]`: nobody else can hold the query, so what leaves is the result.
  if (isInside && run.expression.kind === "call") return others.every((use) => use.kind === "queryEscapes");
  return others.length === 0 && (isInside || (run.how !== "list" && run.how !== "sort"));
}

function covers(outer: Location, inner: Location): boolean {
  return outer.uri === inner.uri && outer.span.start <= inner.span.start && inner.span.end <= outer.span.end;
}
