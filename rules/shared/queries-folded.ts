import type { Query, RowsFiltered, RowsReduced } from "#engine";
import { mayBePrefetched, roundsAround, type QueryUse } from "./queries";

/**
 * Whether the rows of a query are there for this fold or filter alone: the query runs once, inside the very expression or as its own loop,
 * goes nowhere else, and not less often than the fold. `rows = list(…)` that several expressions share is fine as it is.
 */
export function isFoldedOnce(event: RowsReduced | RowsFiltered, query: Query, uses: readonly QueryUse[]): boolean {
  if (uses.length !== 1 || mayBePrefetched(query)) return false;
  const [run] = uses;
  if (run.kind !== "queryRun" || !run.sends || roundsAround(run, query) < roundsAround(event, query)) return false;
  if (run.how !== "list" && run.how !== "sort") return true;
  const whole = event.kind === "rowsReduced" ? [event.at] : [event.at, ...event.loops.filter((loop) => loop.query?.id === query.id).map((loop) => loop.at)];
  return whole.some((place) => place.uri === run.at.uri && place.span.start <= run.at.span.start && run.at.span.end <= place.span.end);
}
