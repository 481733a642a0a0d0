import type { Expression, Location, ProjectModel, Query, QueryRun, RowsFiltered, RowsReduced, Span, Statement } from "#engine";
import { nodesIn, statementsAround } from "./loops-syntax";
import { mayBePrefetched, roundsAround, type QueryUse } from "./queries";

/**
 * Whether the rows of a query are there for this fold or filter alone: the query runs once, inside the very expression or as its own loop,
 * goes nowhere else, and not less often than the fold. `rows = list(…)` that several expressions share is fine as it is.
 */
export function isFoldedOnce(event: RowsReduced | RowsFiltered, query: Query, uses: readonly QueryUse[], project: ProjectModel): boolean {
  const [run, ...others] = uses;
  if (run?.kind !== "queryRun" || !run.sends || mayBePrefetched(query) || roundsAround(run, query) < roundsAround(event, query)) return false;
  const whole = event.kind === "rowsReduced" ? [event.at] : [event.at, ...event.loops.filter((loop) => loop.query?.id === query.id).map((loop) => loop.at)];
  const isInside = whole.some((place) => covers(place, run.at));
  // `[x for x in Book.objects.all() if …]`: nobody else can hold the query, so what leaves is the result.
  if (isInside && run.expression.kind === "call") return others.every((use) => use.kind === "queryEscapes");
  if (run.how === "list" && others.every((use) => use.kind === "queryEscapes") && isNamedForOne(run, event.at, project)) return true;
  return others.length === 0 && (isInside || (run.how !== "list" && run.how !== "sort"));
}

/** `const rows = await …`, and the one place that reads the name is this one. */
function isNamedForOne(run: QueryRun, place: Location, project: ProjectModel): boolean {
  const statement = statementsAround(run.at, project).at(-1)?.statement;
  if (run.at.uri !== place.uri || statement?.kind !== "assign" || statement.targets.length !== 1 || !statement.value || !isResult(statement.value, run.at.span)) return false;
  const [target] = statement.targets;
  if (target.kind !== "name") return false;
  const reads = readsOf(target.name, run.at, project).filter((each) => each.start !== target.start);
  return reads.length === 1 && place.span.start <= reads[0].start && reads[0].end <= place.span.end;
}

/** The query itself, waited for or not. */
function isResult(value: Expression, span: Span): boolean {
  if (value.kind === "await" || value.kind === "cast") return isResult(value.operand, span) || (value.start === span.start && value.end === span.end);
  return value.start === span.start && value.end === span.end;
}

/** Every place in the function around `at`, functions inside it included, that has this name. */
function readsOf(name: string, at: Location, project: ProjectModel): readonly Span[] {
  const bodies = Object.values(project.files.get(at.uri)?.bodies ?? {}).filter((body) => body.length > 0);
  const around = bodies.filter((body) => holds(body, at.span)).sort((a, b) => spanOf(a).end - spanOf(a).start - (spanOf(b).end - spanOf(b).start));
  if (around.length === 0) return [];
  const whole = spanOf(around[0]);
  const inside = bodies.filter((body) => whole.start <= spanOf(body).start && spanOf(body).end <= whole.end);
  return inside.flatMap((body) => nodesIn(body)).filter((node) => node.kind === "name" && "name" in node && node.name === name);
}

function holds(body: readonly Statement[], span: Span): boolean {
  return body.some((statement) => statement.start <= span.start && span.end <= statement.end);
}

function spanOf(body: readonly Statement[]): Span {
  // Functions come before what stands above them.
  return { start: Math.min(...body.map((statement) => statement.start)), end: Math.max(...body.map((statement) => statement.end)) };
}

function covers(outer: Location, inner: Location): boolean {
  return outer.uri === inner.uri && outer.span.start <= inner.span.start && inner.span.end <= outer.span.end;
}
