import type { Expression } from "../../facts";
import type { CallSite } from "../../flow/adapter";
import { PENDING_LOOP } from "../../flow/iteration";
import type { Machine } from "../../flow/machine";
import { fixesColumn, plainColumn } from "../../flow/query";
import type { AssignedField, ChainStep, Load, Lookup, Query, QueryOrigin, QueryRun, RowOrigin, RowWritten, RunHow, WriteHow } from "../../flow";
import { noteLock, noteWrite } from "../../flow/transactions";
import { constant, isUnknown, mayVary, optionsOf, sequenceOf, unknown, type QueryValue, type RowValue, type SequenceValue, type Value } from "../../flow/values";
import type { Entity, Relation } from "../../project";

const NO_LOADS: ReadonlyMap<string, Load> = new Map();
const NO_NAMES: ReadonlySet<string> = new Set();

/** Stands in `loads` for what could not be read: anything may be loaded. */
export const ANY_LOAD = "*";

/** `a` + `b__c` → `a__b__c`. */
export function joinPath(path: string, name: string): string {
  return path === "" ? name : `${path}__${name}`;
}

/** A query for all rows of an entity, made at `node` (`prisma.user`, `db.select()`, `this.users`). */
export function newQuery(m: Machine, orm: string, entity: Entity, node: Expression, change: Partial<Omit<Query, "id">> = {}, kind: QueryOrigin["kind"] = "manager"): Query {
  return m.newQuery({
    orm, entity: entity.key, origin: { root: { uri: m.uri, expression: node }, kind, steps: [] }, loads: NO_LOADS, loadsAllRequired: false, columns: { kind: "all" }, shape: "instances", values: [], lookups: [],
    order: entity.ordering.length ? "default" : "none", bound: { kind: "none" }, atMostOne: false, distinct: false, annotations: NO_NAMES, aggregates: [],
    grouped: false, locked: false, combined: false, uncertain: false, joined: false, basis: entity.incomplete ? "inferred" : "resolved", ...change,
  });
}

/** The query that one more call of the chain makes of another. */
export function chained(m: Machine, receiver: QueryValue, name: string, call: CallSite, change: Partial<Query>): QueryValue {
  const step: ChainStep = { name, uri: call.uri, call: call.node, custom: false };
  const query = m.derive(receiver.query, { ...change, origin: { ...receiver.query.origin, steps: [...receiver.query.origin.steps, step] } });
  return { kind: "query", query, varies: Math.max(receiver.varies, call.varies) };
}

/**
 * `where(a).orWhere(b)`: with `b` the earlier conditions have become alternatives. What was said of them is said of these, in the query as it is now: conditions of a builder are
 * looked at together. `after[i]` is what has become of `before[i]`.
 */
export function restateLookups(m: Machine, before: readonly Lookup[], after: readonly Lookup[], query: Query): void {
  m.events.forEach((event, i) => {
    const at = event.kind === "lookup" ? before.indexOf(event.lookup) : -1;
    if (event.kind === "lookup" && at >= 0) m.events[i] = { ...event, lookup: after[at], query };
  });
}

/** Whether the rows that a query gives are few whatever happens. */
export function isFew(m: Machine, query: Query): boolean {
  return query.atMostOne || (query.bound.kind === "rows" && query.bound.rows <= 5) || m.project.entity(query.entity)?.small === true;
}

/** The row that stands for any row of a query, or for the one that it gives. */
export function rowOf(m: Machine, query: Query, many: boolean, varies = 0): RowValue {
  const origin: RowOrigin = { entity: query.entity, query, path: "", loop: many ? PENDING_LOOP : undefined, text: "" };
  return { kind: "row", origin, cell: m.cellOf(query), varies };
}

/** The rows of a query that was sent at `node`, as the array that JavaScript has of them. */
export function rowsOf(m: Machine, query: Query, node: Expression, varies: number): SequenceValue {
  const element: Value = query.shape === "instances" ? rowOf(m, query, true) : query.shape === "mappings" ? { kind: "mapping", entries: new Map(query.values.map((name) => [name, unknown()])), key: unknown(), value: unknown(), size: "few", varies: 0, fixed: fixedBy(query) } : unknown();
  return sequenceOf("list", element, { query, size: isFew(m, query) ? "few" : "many", bound: query.atMostOne ? { kind: "rows", rows: 1 } : query.bound, varies, materialised: m.at(node) });
}

/** `where({ opportunity: id })`: a column that the query fixed is, of all its rows, what was given. */
function fixedBy({ lookups }: Query): ReadonlyMap<string, number> {
  return new Map(lookups.flatMap((each) => (each.path.length === 1 && each.varies !== undefined && fixesColumn(each) ? [[plainColumn(each.path), each.varies] as const] : [])));
}

export interface Sending {
  readonly how: RunHow;
  /** The call that sends it. */
  readonly node: Expression;
  /** What its arguments depend on. */
  readonly varies: number;
  readonly uri?: string;
  /** All that becomes of the answer, where it goes by a name on the way. */
  readonly comparedToZero?: QueryRun["comparedToZero"];
  readonly statements?: QueryRun["statements"];
  readonly counts?: QueryRun["counts"];
}

/** Where a query is sent that was built at `node`: there, or where it is waited for when another function than the running one built it. */
export function sentAt(m: Machine, node: Expression, uri: string, awaited: Expression): { readonly node: Expression; readonly uri: string } {
  const { function: fn, uri: own } = m.frames[m.frames.length - 1];
  const isOwn = uri === own && (!fn || (fn.declaration.start <= node.start && node.end <= fn.declaration.end));
  return isOwn ? { node, uri } : { node: awaited, uri: own };
}

/** The query whose rows, or the list made from them, stands on the right-hand side of an `in`. */
export function sourceOf(value: Value): Lookup["from"] {
  for (const option of optionsOf(value)) {
    if (option.kind === "query") return { query: option.query };
    if (option.kind === "sequence" && option.query) return { query: option.query, materialised: option.materialised };
  }
  return undefined;
}

/** Records that a query is sent, and what it depends on. */
export function send(m: Machine, query: Query, { how, node, varies, uri = m.uri, comparedToZero, statements, counts }: Sending): void {
  m.work++;
  if (query.locked) noteLock(m);
  const dropped = uri === m.uri ? m.dropped(node) : undefined;
  m.emit({ kind: "queryRun", at: m.at(node, uri), query, how, sends: true, ...(statements && { statements }), ...(counts && { counts }), dependsOn: varies, expression: node, ...(dropped && { dropped }), ...(comparedToZero && { comparedToZero }) });
}

/** A query that gives one row or none: `findFirst`, `findOne`, `first`. */
export function sendForOne(m: Machine, query: Query, sending: Sending): Value {
  send(m, query, sending);
  return query.shape === "instances" ? rowOf(m, query, false, sending.varies) : unknown(sending.varies);
}

/** A query that gives an array of rows. */
export function sendForRows(m: Machine, query: Query, sending: Omit<Sending, "how"> & { readonly how?: RunHow }): SequenceValue {
  send(m, query, { how: "list", ...sending });
  return rowsOf(m, query, sending.node, sending.varies);
}

/** A query that gives a number or another single answer. */
export function sendForValue(m: Machine, query: Query, sending: Sending): Value {
  send(m, query, sending);
  return unknown(sending.varies);
}

/** Records a write; `skips` is what a call for many rows would leave out (hooks, subscribers, listeners). */
export function write(m: Machine, each: {
  readonly how: WriteHow; readonly entity: string; readonly node: Expression; readonly dependsOn: number; readonly query?: Query; readonly row?: RowOrigin; readonly skips?: readonly string[];
  readonly assigned?: readonly AssignedField[]; readonly updateFields?: readonly string[]; readonly constructed?: RowWritten["constructed"]; readonly isNew?: boolean; readonly differs?: boolean; readonly keepsRow?: boolean; readonly mayInsert?: boolean;
  /** What an update sets, where that is not told column by column. */
  readonly data?: Value;
  /** The rows of an insert of many. */
  readonly rows?: Value;
  /** The file of `node`, where that is not the running one. */
  readonly uri?: string;
}): void {
  m.work++;
  noteWrite(m);
  const sets = setsIn(m, each);
  m.emit({
    kind: "rowWritten", at: m.at(each.node, each.uri), how: each.how, entity: each.entity, row: each.row, query: each.query, dependsOn: Math.ceil(each.dependsOn), assigned: each.assigned ?? [], updateFields: each.updateFields,
    skips: each.skips ?? [], expression: each.node, constructed: each.constructed, ...(each.isNew && { isNew: true }), ...(each.keepsRow && { keepsRow: true as const }), ...(m.innermost > 0 && m.guards.some((loop) => loop >= m.innermost) && { isGuarded: true as const }), ...(each.differs && { differs: true as const }), ...(each.mayInsert && { mayInsert: true as const }), ...(sets && { sets }), ...(each.rows && isWrittenOut(each.rows) && { isWrittenOut: true as const }),
  });
}

/** A list whose rows the code writes out, value by value: as many of them as there are in it. */
function isWrittenOut(rows: Value): boolean {
  return rows.kind === "sequence" && rows.items !== undefined && rows.items.length > 0 && rows.items.every((row) => row.kind === "mapping" && row.complete === true && [...row.entries.values()].every(({ kind }) => kind === "constant"));
}

/** Whether the rounds of the innermost loop set the same: by the columns, where they are told, else by the object that holds them. */
function setsIn(m: Machine, { how, constructed, assigned = [], data }: Parameters<typeof write>[1]): RowWritten["sets"] {
  if (how !== "update" && (how !== "save" || constructed !== undefined)) return undefined;
  if (assigned.length > 0) return assigned.every(({ constant }) => constant) ? "same" : "different";
  if (data === undefined) return undefined;
  if (m.loops.length > 0 && mayVary(data.varies, m.innermost)) return "different";
  return isUnknown(data) ? undefined : "same";
}

/** The load that covers a path of relations, if the query has one: itself, or one with a query of its own further up. */
export function loadOf(query: Query, path: string): Load | undefined {
  const direct = query.loads.get(path) ?? query.loads.get(ANY_LOAD);
  if (direct) return direct;
  const hops = path.split("__");
  for (let i = hops.length - 1; i > 0; i--) {
    const prefix = query.loads.get(hops.slice(0, i).join("__"));
    const inner = prefix?.query && loadOf(prefix.query, hops.slice(i).join("__"));
    if (inner) return inner;
  }
  return undefined;
}

/** What a relation property of a row holds that was loaded with it: related rows at their path from the query, in an array where there may be many. */
export function loadedRelation(m: Machine, row: RowValue, relation: Relation): Value {
  const { origin } = row;
  const target = relation.target === undefined ? undefined : m.project.entity(relation.target);
  if (!target || !origin.query) return unknown(row.varies);
  const path = joinPath(origin.path, relation.name);
  const load = loadOf(origin.query, path);
  const own = load?.path === path && load.query ? withLoadsBelow(load.query, origin.query, path) : undefined;
  const isOfOne = relation.cardinality === "many" && origin.loop === undefined;
  const ofOne = isOfOne ? { owner: origin.entity, rows: target.key } : relation.cardinality === "one" ? origin.ofOne : undefined;
  const to: RowOrigin = { entity: target.key, ...(own ? { query: own, path: "" } : { query: origin.query, path }), loop: origin.loop, text: "", ...(ofOne && { ofOne }) };
  const related: RowValue = { kind: "row", origin: relation.cardinality === "many" ? { ...to, loop: PENDING_LOOP } : to, cell: m.cellOf(to.query!), varies: row.varies };
  if (relation.cardinality === "one") return related;
  return sequenceOf("list", { ...related, varies: 0 }, { query: own, size: own && isFew(m, own) ? "few" : "many", bound: own?.bound ?? { kind: "none" }, varies: row.varies });
}

/** The query of a relation's rows, with what the whole query loads beneath them. */
function withLoadsBelow(own: Query, whole: Query, path: string): Query {
  const prefix = `${path}__`;
  const below = [...whole.loads].filter(([each]) => each.startsWith(prefix)).map(([each, load]) => [each.slice(prefix.length), { ...load, path: load.path.slice(prefix.length) }] as const);
  const anything = whole.loads.get(ANY_LOAD);
  if (below.length === 0 && !anything) return own;
  return { ...own, loads: new Map([...own.loads, ...below, ...(anything ? [[ANY_LOAD, anything] as const] : [])]) };
}

/** The value of a property that is not among what was loaded. */
export function notLoaded(row: RowValue): Value {
  return constant(null, row.varies);
}

