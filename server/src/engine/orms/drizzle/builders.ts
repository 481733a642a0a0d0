import type { Expression } from "../../facts";
import type { CallSite } from "../../flow/adapter";
import type { Machine } from "../../flow/machine";
import { noteLock } from "../../flow/transactions";
import type { OrderTerm, Query } from "../../flow";
import { joinValues, optionsOf, unknown, type ObjectValue, type QueryValue, type Value } from "../../flow/values";
import type { Entity } from "../../project";
import { conditionOf, emitLookups, isUnique, joinedColumns, lookupsOf, NO_CONDITION, type Condition } from "./conditions";
import { chained, limited, queryOf, send, setState, stateOf, stepOf, tableName } from "./queries";
import { columnOf, dataOf, drizzleObject, orderOf, typeOf, type AggregateData, type SelectData, type SqlData } from "./values";

/** `db` in `db.select()`. */
export function receiverOf(call: CallSite): Expression {
  const { callee } = call.node;
  return callee.kind === "attribute" ? callee.object : callee;
}

/** `db.select({ … })`, `db.selectDistinct()`, `db.selectDistinctOn([…], { … })`. */
export function startSelect(name: string, call: CallSite, isGuess = false, ctes = false): Value {
  const fields = call.positional[name === "selectDistinctOn" ? 1 : 0]?.value;
  const data: SelectData = { distinct: name !== "select", root: receiverOf(call), uri: call.uri, call, isGuess, ctes };
  return drizzleObject("select", data, call.varies, fields && !(fields.kind === "constant") ? { fields } : {});
}

/** `.from(users)`; undefined where nothing is known of what it reads. */
export function fromTable(m: Machine, select: ObjectValue, name: string, call: CallSite): Value | undefined {
  const data = select.data as SelectData;
  if (name !== "from") return undefined;
  const source = call.positional[0]?.value;
  const varies = Math.max(select.varies, call.varies, source?.varies ?? 0);
  const origin = { root: { uri: data.uri, expression: data.root }, kind: "manager" as const, steps: [stepOf(data.call, data.distinct ? "selectDistinct" : "select"), stepOf(call, "from")] };
  const inner = source && innerQuery(source);
  const entity = source?.kind === "entity" && source.entity.framework === "drizzle" ? source.entity : inner && m.project.entity(inner.entity);
  if (!entity) return undefined;
  const { fields } = select.parts;
  const shape = shapeOf(fields);
  // Of a subquery's columns and conditions nothing is said twice.
  const query = queryOf(m, entity, origin, {
    shape, values: columnNames(fields, entity), distinct: data.distinct,
    ...(inner && { combined: true, uncertain: true, bound: inner.bound }),
  });
  setState(m, query, { ...(fields && { fields }), joins: [] });
  return { kind: "query", query, varies };
}

/** The query in `.as("name")` and `$with("name").as(…)`. */
function innerQuery(value: Value): Query | undefined {
  const type = typeOf(value);
  if (value.kind === "object" && (type === "subquery" || type === "cte")) return value.parts.query?.kind === "query" ? value.parts.query.query : undefined;
  return value.kind === "query" && value.query.orm === "drizzle" ? value.query : undefined;
}

/** Rows, objects with some columns, or numbers alone. */
function shapeOf(fields: Value | undefined): Query["shape"] {
  if (!fields) return "instances";
  if (fields.kind === "mapping" && fields.complete && fields.entries.size > 0 && [...fields.entries.values()].every((field) => isAggregate(field))) return "scalars";
  return "mappings";
}

/** `count()`, ``sql`count(*)` ``: one number for all rows. */
export function isAggregate(value: Value): boolean {
  if (typeOf(value) === "aggregate") return true;
  const sql = dataOf<SqlData>(value, "sql");
  return sql !== undefined && /^\s*(cast\s*\(\s*)?(coalesce\s*\(\s*)?(count|sum|avg|max|min|exists)\s*\(/i.test(sql.texts[0] ?? "") && !/\bover\s*\(/i.test(sql.texts.join(" "));
}

function columnNames(fields: Value | undefined, entity: Entity): readonly string[] {
  if (fields?.kind !== "mapping") return [];
  return [...fields.entries.values()].flatMap((field) => {
    const column = columnOf(field);
    return column?.entity.key === entity.key ? [column.field] : [];
  });
}

const JOINS: Readonly<Record<string, boolean>> = { leftJoin: true, rightJoin: false, innerJoin: false, fullJoin: true, crossJoin: false, leftJoinLateral: true, innerJoinLateral: false, crossJoinLateral: false };

/** A call of a method of a query that is not sent yet; undefined: none of Drizzle's. */
export function queryMethod(m: Machine, receiver: QueryValue, name: string, call: CallSite): Value | undefined {
  const { query } = receiver;
  const entity = m.project.entity(query.entity);
  const [first] = call.positional;
  if (!entity) return undefined;
  if (name in JOINS) return joined(m, receiver, name, call);
  switch (name) {
    case "where": return filtered(m, receiver, call, entity);
    case "orderBy": return ordered(m, receiver, call);
    case "limit": {
      if (!first) return chained(m, receiver, name, call);
      const bound = limited(first.value);
      return chained(m, receiver, name, call, { bound: query.atMostOne ? query.bound : bound }, { limit: { value: first.value, node: first.node.value } });
    }
    case "offset": return chained(m, receiver, name, call, {}, first && { offset: { value: first.value, node: first.node.value } });
    case "groupBy": return chained(m, receiver, name, call, { grouped: true, atMostOne: false, shape: query.shape === "scalars" ? "mappings" : query.shape });
    case "having": return chained(m, receiver, name, call, { uncertain: true });
    case "for":
      noteLock(m);
      return chained(m, receiver, name, call, { locked: true });
    case "union":
    case "unionAll":
    case "intersect":
    case "intersectAll":
    case "except":
    case "exceptAll":
      return chained(m, receiver, name, call, { combined: true, uncertain: true, lookups: [] });
    case "$dynamic":
    case "useIndex":
    case "$withCache":
    case "comment":
      return chained(m, receiver, name, call);
    case "as":
    case "getSelectedFields":
      return name === "as" ? drizzleObject("subquery", undefined, receiver.varies, { query: receiver }) : unknown(receiver.varies);
    case "toSQL":
    case "getSQL":
      return unknown(receiver.varies);
    case "prepare":
      return drizzleObject("prepared", undefined, receiver.varies, { query: receiver });
    case "execute":
    case "all":
    case "values":
    case "sync":
      return send(m, varied(receiver, call), call.node);
    // `.get()` of SQLite is one row, or nothing.
    case "get": {
      const value = varied(receiver, call);
      setState(m, value.query, { ...stateOf(m, query), single: true });
      return send(m, value, call.node);
    }
    default: return undefined;
  }
}

function varied(receiver: QueryValue, call: CallSite): QueryValue {
  return { ...receiver, varies: Math.max(receiver.varies, call.varies) };
}

function filtered(m: Machine, receiver: QueryValue, call: CallSite, entity: Entity): Value {
  const { query } = receiver;
  const given = call.positional[0]?.value;
  const { lookups, uncertain } = lookupsOf(given ? conditionOf(m, given) : NO_CONDITION);
  const all = [...query.lookups, ...lookups];
  const joins = stateOf(m, query).joins.length > 0;
  const unique = !joins && !query.combined && isUnique(entity, all);
  const value = chained(m, receiver, "where", call, { lookups: all, uncertain: query.uncertain || uncertain, atMostOne: query.atMostOne || unique });
  emitLookups(m, lookups, value.query);
  return value;
}

function ordered(m: Machine, receiver: QueryValue, call: CallSite): Value {
  const terms: OrderTerm[] = [];
  let uncertain = call.more;
  // `orderBy(sortBy === "name" ? asc(users.name) : desc(users.id))`
  for (const { value, node } of call.positional) {
    const term = orderTerm(value, { uri: call.uri, span: { start: node.start, end: node.end } });
    if (term) terms.push(term);
    else uncertain = true;
  }
  const value = chained(m, receiver, "orderBy", call, { order: uncertain ? "unknown" : terms.length ? terms : "none" });
  if (terms.length > 0) m.emit({ kind: "rowsOrdered", at: m.at(call.node), terms, query: value.query, step: value.query.origin.steps[value.query.origin.steps.length - 1] });
  return value;
}

/** `users.name`, `desc(users.id)`, ``sql`random()` ``. */
export function orderTerm(value: Value, at: OrderTerm["at"]): OrderTerm | undefined {
  const column = columnOf(value);
  if (column) return { path: [column.field], descending: false, random: false, at };
  const order = orderOf(value);
  if (order) return { ...order, at };
  const sql = dataOf<SqlData>(value, "sql");
  if (!sql) return undefined;
  const text = sql.texts.join("?").trim();
  if (/^(random|rand)\(\)$/i.test(text)) return { path: [], descending: false, random: true, at };
  const [part] = sql.parts;
  const own = sql.parts.length === 1 && sql.texts[0].trim() === "" ? columnOf(part.value) : undefined;
  const match = own && /^\s*(asc|desc)?\s*(?:nulls\s+(first|last))?\s*$/i.exec(sql.texts[1] ?? "");
  if (!own || !match) return undefined;
  const nulls = match[2]?.toLowerCase();
  return { path: [own.field], descending: match[1]?.toLowerCase() === "desc", random: false, at, ...((nulls === "first" || nulls === "last") && { nulls }) };
}

function joined(m: Machine, receiver: QueryValue, name: string, call: CallSite): Value {
  const { query } = receiver;
  const state = stateOf(m, query);
  const source = call.positional[0]?.value;
  // A joined subquery may limit, filter and multiply.
  if (source?.kind !== "entity") return chained(m, receiver, name, call, { uncertain: true, atMostOne: false, ...(query.shape === "instances" && !state.fields && { shape: "mappings" as const }) });
  const given = call.positional[1]?.value;
  const condition = given ? conditionOf(m, given) : NO_CONDITION;
  const { lookups } = lookupsOf(condition);
  return chained(m, receiver, name, call, {
    atMostOne: query.atMostOne && keepsOneRow(source.entity, condition), ...(query.shape === "instances" && { shape: "mappings" as const }),
    // What the join asks of the joined table narrows an inner join as `where` would.
    lookups: name === "innerJoin" ? [...query.lookups, ...lookups] : query.lookups,
  }, { joins: [...state.joins, { entity: source.entity, name: tableName(source.entity), isOptional: JOINS[name] }] });
}

/** Joined on the key of the other table: no row becomes several. */
function keepsOneRow(entity: Entity, condition: Condition): boolean {
  return joinedColumns(condition).some((side) => {
    const field = side.entity.key === entity.key ? entity.fields.get(side.field) : undefined;
    return field !== undefined && (field.primaryKey || field.unique);
  });
}

/** `desc(users.id)`, `asc(…)`; with nulls by `sql`. */
export function orderCall(name: string, call: CallSite): Value | undefined {
  const value = call.positional[0]?.value;
  const at = { uri: call.uri, span: { start: call.node.start, end: call.node.end } };
  const terms = value ? optionsOf(value).map((option) => orderTerm(option, at)) : [];
  if (terms.length === 0) return undefined;
  return terms.map((term): Value => (term ? drizzleObject("order", { ...term, descending: name === "desc" }, call.varies) : unknown(call.varies))).reduce(joinValues);
}

/** `count()`, `sum(orders.total)`. */
export function aggregateCall(name: string, call: CallSite): Value {
  const data: AggregateData = { function: name === "count" || name === "countDistinct" ? "count" : name === "sum" || name === "sumDistinct" ? "sum" : "other", at: { uri: call.uri, span: { start: call.node.start, end: call.node.end } } };
  return drizzleObject("aggregate", data, call.varies);
}

/** `db.$count(users, eq(users.active, true))`: a query of its own when it is waited for, a subquery among columns. */
export function countCall(m: Machine, call: CallSite): Value | undefined {
  const [source, condition] = call.positional;
  if (source?.value.kind !== "entity") return undefined;
  const { entity } = source.value;
  const { lookups, uncertain } = lookupsOf(condition ? conditionOf(m, condition.value) : NO_CONDITION);
  const root = receiverOf(call);
  const query = queryOf(m, entity, { root: { uri: call.uri, expression: root }, kind: "manager", steps: [stepOf(call, "$count")] }, { shape: "scalars", lookups, uncertain, atMostOne: isUnique(entity, lookups) });
  setState(m, query, { joins: [], fields: { kind: "mapping", entries: new Map([["count", aggregateCall("count", call)]]), key: unknown(), value: unknown(), size: "few", complete: true, varies: 0 } });
  emitLookups(m, lookups, query);
  return { kind: "query", query, varies: call.varies };
}

/** What `$count` gives: a number, not a row with one. */
export function isBareCount(query: Query): boolean {
  return query.origin.steps.length === 1 && query.origin.steps[0].name === "$count";
}

