import type { Expression } from "../../facts";
import type { CallSite } from "../../flow/adapter";
import { clientDataOf } from "../../flow/client-values";
import { PENDING_LOOP } from "../../flow/iteration";
import type { Machine } from "../../flow/machine";
import type { ChainStep, Query, QueryOrigin, RunHow } from "../../flow";
import { constant, joinValues, numberOf, sequenceOf, unknown, varying, type MappingValue, type QueryValue, type RowValue, type SequenceValue, type Value } from "../../flow/values";
import type { Entity } from "../../project";
import { chained as chain, isFew, newQuery, rowOf, send as record } from "../script/queries";
import { watchWideColumns } from "../script/wide-columns";
import { columnOf, typeOf } from "./values";

/** What a query knows beyond what all ORMs have in common. */
export interface SelectState {
  /** `select({ id: users.id })`; absent for all columns. */
  readonly fields?: Value;
  /** Joined tables under the name that their rows have in the result. */
  readonly joins: readonly { readonly entity: Entity; readonly name: string; readonly isOptional: boolean }[];
  readonly limit?: Given;
  readonly offset?: Given;
  /** `findFirst`, `get()`: one row, or nothing, instead of a list. */
  readonly single?: boolean;
}

interface Given {
  readonly value: Value;
  readonly node: Expression;
}

const NOTHING: SelectState = { joins: [] };
const states = new WeakMap<Machine, Map<number, SelectState>>();

export function stateOf(m: Machine, query: Query): SelectState {
  const known = states.get(m);
  for (let each: Query | undefined = query; each; each = each.from) {
    const state = known?.get(each.id);
    if (state) return state;
  }
  return NOTHING;
}

export function setState(m: Machine, query: Query, state: SelectState): void {
  let known = states.get(m);
  if (!known) states.set(m, (known = new Map()));
  known.set(query.id, state);
}

/** All rows of a table. */
export function queryOf(m: Machine, entity: Entity, origin: QueryOrigin, change: Partial<Query> = {}): Query {
  return newQuery(m, "drizzle", entity, origin.root.expression, { origin, ...change });
}

export function stepOf(call: CallSite, name: string): ChainStep {
  return { name, uri: call.uri, call: call.node, custom: false };
}

/** The next query of a chain. */
export function chained(m: Machine, receiver: QueryValue, name: string, call: CallSite, change: Partial<Query> = {}, state?: Partial<SelectState>): QueryValue {
  const next = chain(m, receiver, name, call, change);
  setState(m, next.query, { ...stateOf(m, receiver.query), ...state });
  return next;
}

/** What `limit` leaves: a number in the code, or a page. */
export function limited(given: Value): Query["bound"] {
  const rows = numberOf(given);
  if (rows !== undefined) return { kind: "rows", rows };
  // `limit(undefined)` limits nothing.
  return given.kind === "constant" ? { kind: "none" } : { kind: "page" };
}

/** Sends a query: it is waited for, or run by `.execute()`, `.all()`, `.get()`. The same builder waited for twice is sent twice (measured). */
export function send(m: Machine, value: QueryValue, node: Expression): Value {
  const { query } = value;
  const state = stateOf(m, query);
  record(m, query, { how: howOf(query, state), node, varies: value.varies });
  notePage(m, query, state, node);
  if (!state.single && !state.fields && state.joins.length === 0 && !query.uncertain) watchWideColumns(m, query, m.at(node));
  return varying(resultOf(m, value, state, node), value.varies);
}

function howOf(query: Query, state: SelectState): RunHow {
  if (isCount(state)) return "count";
  if (query.shape === "scalars") return "aggregate";
  if (state.single) return "first";
  return query.bound.kind === "rows" && query.bound.rows === 1 && query.lookups.length === 0 ? "first" : "list";
}

/** `select({ n: count() })`: nothing but a number of rows. */
function isCount({ fields }: SelectState): boolean {
  if (fields?.kind !== "mapping" || fields.entries.size !== 1 || !fields.complete) return false;
  const [only] = fields.entries.values();
  return typeOf(only) === "aggregate" && (only as { readonly data?: { readonly function?: string } }).data?.function === "count";
}

/** An offset that changes from call to call: one page of many. A number of rows that the client chose. */
function notePage(m: Machine, query: Query, { limit, offset }: SelectState, node: Expression): void {
  // The rows that the pages are cut from.
  const whole: Query = { ...query, bound: { kind: "none" } };
  if (offset && offset.value.kind !== "constant") m.emit({ kind: "paginated", at: m.at(offset.node), query: whole, by: "slice", expression: node });
  for (const { number, plus, isDerived } of limit ? clientDataOf(limit.value) : []) if (!plus && !isDerived) m.emit({ kind: "pageSized", at: m.at(limit!.node), by: "slice", query: whole, number, size: limit!.node });
}

/** What waiting for it gives: a list of rows, one row, or what the columns are. */
export function resultOf(m: Machine, value: QueryValue, state: SelectState, node: Expression): Value {
  const { query } = value;
  if (state.single) {
    const one = query.shape === "instances" ? rowOf(m, query, false) : elementOf(m, query, state, false);
    return joinValues(varying(one, value.varies), constant(null));
  }
  const element = elementOf(m, query, state, true);
  // One row of numbers, however many rows they are about.
  if (query.shape === "scalars") return sequenceOf("list", element, { query, size: "few", bound: { kind: "rows", rows: 1 }, varies: value.varies });
  return sequenceOf("list", element, { query, size: isFew(m, query) ? "few" : "many", bound: query.atMostOne ? { kind: "rows", rows: 1 } : query.bound, varies: value.varies, materialised: m.at(node) }) satisfies SequenceValue;
}

function elementOf(m: Machine, query: Query, state: SelectState, many: boolean): Value {
  if (state.fields) return selection(m, query, state.fields, many);
  if (state.joins.length === 0) return rowOf(m, query, many);
  // `select().from(users).leftJoin(pets, …)`: `{ users: …, pets: … | null }`
  const entity = m.project.entity(query.entity);
  const entries = new Map<string, Value>();
  if (entity) entries.set(tableName(entity), rowOf(m, query, many));
  for (const { entity: joined, name, isOptional } of state.joins) {
    const row = joinedRow(m, query, joined, many);
    entries.set(name, isOptional ? joinValues(row, constant(null)) : row);
  }
  return mappingOf(entries, query);
}

/** `{ id: users.id, author: users, n: count() }` for one row. */
function selection(m: Machine, query: Query, fields: Value, many: boolean): Value {
  if (fields.kind !== "mapping") return unknown();
  const entries = new Map<string, Value>();
  for (const [name, field] of fields.entries) {
    if (field.kind === "entity") entries.set(name, field.entity.key === query.entity ? rowOf(m, query, many) : joinedRow(m, query, field.entity, many));
    else if (field.kind === "mapping") entries.set(name, selection(m, query, field, many));
    else entries.set(name, columnValue(field));
  }
  return mappingOf(entries, query);
}

function columnValue(field: Value): Value {
  const column = columnOf(field);
  return column && column.entity.fields.get(column.field)?.primaryKey ? { kind: "object", type: "key", parts: {}, varies: 0 } : unknown();
}

function mappingOf(entries: ReadonlyMap<string, Value>, query: Query): MappingValue {
  return { kind: "mapping", entries, key: unknown(), value: unknown(), size: "few", varies: 0, query, complete: true };
}

/** A row of a table that was joined: nothing is loaded with it. */
function joinedRow(m: Machine, query: Query, entity: Entity, many: boolean): RowValue {
  const row = m.newRow({ entity: entity.key, path: "", text: entity.name, ...(query.basis !== "resolved" && { basis: query.basis }) });
  return many ? { ...row, origin: { ...row.origin, loop: PENDING_LOOP } } : row;
}

/** The name of a table in the database, which rows of joins are found under; of the value where it is not written. */
export function tableName(entity: Entity): string {
  return entity.table ?? entity.name;
}
