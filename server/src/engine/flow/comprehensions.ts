import type { Comprehension, Expression } from "../facts";
import { TRUTH } from "./adapter";
import { assignTarget } from "./assignment";
import type { DataAccessEvent, QueryRun } from "./events";
import { evaluate, truth } from "./expressions";
import { enterLoop, leaveLoop, walk } from "./iteration";
import type { Machine } from "./machine";
import { Scope } from "./scope";
import { settleConstants } from "./statements";
import { unknown, type Value } from "./values";

export function evaluateComprehension(m: Machine, node: Comprehension, outer: Scope): Value {
  const scope = new Scope(outer.uri, outer);
  const enclosing = m.scope;
  m.scope = scope;
  const entered: number[] = [];
  const before = m.events.length;
  let varies = 0;
  let single: { value: Value; variable?: string } | undefined;
  let filtered = false;
  for (const clause of node.clauses) {
    const iterable = evaluate(m, clause.iterable, scope);
    m.walksAsync = clause.isAsync;
    const walked = walk(m, iterable, clause.iterable, "iterate");
    m.walksAsync = false;
    if (clause.conditions.length > 0) markFiltered(m, clause.iterable);
    varies = Math.max(varies, iterable.varies);
    if (walked.query && node.clauses.length === 1 && clause.target.kind === "name") m.comprehensionQueries.set(node, walked.query);
    const loop = enterLoop(m, walked, clause.target, { kind: "comprehension", at: m.at(node), body: m.at(node), exits: false });
    entered.push(loop.id);
    assignTarget(m, clause.target, loop.element, scope, clause.iterable);
    single = node.clauses.length === 1 && clause.target.kind === "name" ? { value: walked, variable: clause.target.name } : undefined;
    for (const condition of clause.conditions) {
      filtered = true;
      const value = evaluate(m, condition, scope, TRUTH);
      truth(m, value, condition);
      if (single) noteFilter(m, condition, scope, clause.conditions.length === 1);
    }
  }
  const element = evaluate(m, node.element, scope);
  const value = node.value ? evaluate(m, node.value, scope) : undefined;
  for (const _ of entered) leaveLoop(m);
  for (let i = entered.length - 1; i >= 0; i--) settleConstants(m, before, entered[i]);
  m.scope = enclosing;
  const walked = single?.value.kind === "sequence" ? single.value : undefined;
  const size = walked?.size ?? "unknown";
  // What was computed in the loop no longer changes after it.
  const settled = varies;
  if (node.of === "mapping") return { kind: "mapping", entries: new Map(), key: settle(element, settled), value: settle(value ?? unknown(), settled), size, varies: settled, query: walked?.query };
  const same = node.element.kind === "name" && node.element.name === single?.variable;
  if (node.of === "set") noteSet(m, node);
  return {
    kind: "sequence", of: node.of === "generator" ? "iterator" : node.of, element: settle(element, settled), size,
    bound: walked?.bound ?? { kind: "none" }, query: same ? walked?.query : undefined, materialised: same && !filtered ? walked?.materialised : undefined, varies: settled, comprehension: node,
  };
}

/** `{x.city_id for x in rows}`: a distinct list that the database could give. */
function noteSet(m: Machine, node: Comprehension): void {
  const query = m.comprehensionQueries.get(node);
  const { element, clauses } = node;
  if (!query || element.kind !== "attribute" || element.object.kind !== "name" || clauses[0].target.kind !== "name" || element.object.name !== clauses[0].target.name) return;
  const entity = m.project.entity(query.entity);
  // `{review.author for …}` gives objects, which no distinct list of values replaces.
  if (!entity?.fields.has(element.name) || entity.relations.has(element.name)) return;
  m.emit({ kind: "rowsReduced", at: m.at(node), query, by: "set", field: clauses[0].conditions.length ? undefined : element.name, expression: node });
}

/** The rows that were just loaded are not all wanted. */
export function markFiltered(m: Machine, iterable: Expression): void {
  const last = m.events[m.events.length - 1];
  if (isRunAt(last, iterable)) (last as { -readonly [K in keyof QueryRun]: QueryRun[K] }).filtered = true;
}

/** `any(row.late for row in rows)`: rows are looked at until one answers, and none is kept. */
export function markTested(m: Machine, rows: Expression): void {
  if (rows.kind !== "comprehension") return;
  const run = m.events.findLast((event) => isRunAt(event, rows.clauses[0].iterable));
  if (run) (run as { -readonly [K in keyof QueryRun]: QueryRun[K] }).filtered = true;
}

function isRunAt(event: DataAccessEvent | undefined, { start, end }: Expression): boolean {
  return event?.kind === "queryRun" && event.at.span.start === start && event.at.span.end === end;
}

/** The element of a finished loop: it depends on what the loop depended on, and its rows wait for the next loop. */
function settle(value: Value, varies: number): Value {
  if (value.kind === "row" && value.origin.loop) return { ...value, varies, origin: { ...value.origin, loop: value.origin.loop } };
  return { ...value, varies } as Value;
}

/** `x.status == "new"` on the loop's own rows. */
function noteFilter(m: Machine, condition: Expression, scope: Scope, whole: boolean): void {
  let node = condition;
  let negated = false;
  if (node.kind === "unary" && node.operator === "not") {
    negated = true;
    node = node.operand;
  }
  const column = node.kind === "comparison" ? node.left : node;
  if (column.kind !== "attribute" || column.object.kind !== "name") return;
  const row = scope.get(column.object.name);
  if (row?.kind !== "row" || !row.origin.query || row.origin.path !== "") return;
  const entity = m.project.entity(row.origin.entity);
  if (!entity?.fields.has(column.name) || entity.relations.has(column.name)) return;
  m.emit({
    kind: "rowsFiltered", at: m.at(condition), query: row.origin.query, field: column.name, negated,
    operator: node.kind === "comparison" ? node.operator : "truth", value: node.kind === "comparison" ? node.right : undefined, condition, whole,
  });
}
