import type { Expression, Mapping } from "../../facts";
import type { CallSite } from "../../flow/adapter";
import { callCallback } from "../../flow/calls";
import type { Machine } from "../../flow/machine";
import type { Load, OrderTerm, Query } from "../../flow";
import { optionsOf, unknown, type MappingValue, type ObjectValue, type RowValue, type Value } from "../../flow/values";
import type { Entity, Relation } from "../../project";
import type { Location } from "../../source";
import { orderTerm, receiverOf } from "./builders";
import { conditionOf, emitLookups, isUnique, lookupsOf, NO_CONDITION, objectCondition, UNCERTAIN, type Condition } from "./conditions";
import { ANY_LOAD, joinPath, loadedRelation, loadOf } from "../script/queries";
import { limited, queryOf, setState, stepOf } from "./queries";
import { drizzleObject } from "./values";

/** `db.query`. */
export function relationalOf(database: ObjectValue): Value {
  return drizzleObject("relational", undefined, database.varies, database.parts);
}

/** `db.query.users`: the table that the schema has under this name, else the only one of that name. */
export function relationalTable(m: Machine, relational: ObjectValue, name: string): Value | undefined {
  const entity = tableIn(m, relational.parts.schema, name) ?? tableNamed(m, name);
  return entity && drizzleObject("relational-table", entity, relational.varies);
}

function tableIn(m: Machine, schema: Value | undefined, name: string): Entity | undefined {
  if (schema?.kind === "module") {
    const symbol = m.project.resolveMember({ kind: "module", uri: schema.uri, name: schema.name }, name);
    const entity = symbol?.kind === "value" ? m.project.entity(`${symbol.uri}#${symbol.value.name}`) : undefined;
    return entity?.framework === "drizzle" ? entity : undefined;
  }
  const entry = schema?.kind === "mapping" ? schema.entries.get(name) : undefined;
  return entry?.kind === "entity" ? entry.entity : undefined;
}

const named = new WeakMap<object, ReadonlyMap<string, Entity | undefined>>();

/** The only table of the project whose value has this name. */
export function tableNamed(m: Machine, name: string): Entity | undefined {
  const { entities } = m.project;
  let known = named.get(entities);
  if (!known) {
    const found = new Map<string, Entity | undefined>();
    for (const entity of entities.values()) if (entity.framework === "drizzle") found.set(entity.name, found.has(entity.name) ? undefined : entity);
    named.set(entities, (known = found));
  }
  return known.get(name);
}

/** `db.query.users.findMany({ where, with, columns, orderBy, limit, offset, extras })`: one statement at any depth (measured). */
export function findCall(m: Machine, entity: Entity, name: "findMany" | "findFirst", call: CallSite): Value {
  const given = call.positional[0]?.value;
  const config = given?.kind === "mapping" ? given : undefined;
  const isRead = !given || (config !== undefined && config.complete === true && !config.maybe?.size);
  const origin = { root: { uri: call.uri, expression: receiverOf(call) }, kind: "manager" as const, steps: [stepOf(call, name)] };
  const place = m.at(call.node, call.uri);
  const depends: Depends = { on: call.varies };
  const condition = conditionIn(m, entity, config, place, call, depends);
  const { lookups, uncertain } = lookupsOf(condition);
  const loads = new Map<string, Load>();
  const loaded: { readonly load: Load; readonly relation: Relation }[] = [];
  if (config) readWith(m, entity, config.entries.get("with"), "", place, call, loads, loaded, depends);
  if (!isRead) loads.set(ANY_LOAD, { path: ANY_LOAD, by: "join", at: place });
  const limit = config?.entries.get("limit");
  const offset = config?.entries.get("offset");
  const order = orderIn(m, entity, config, call, depends);
  const isFirst = name === "findFirst";
  const query = queryOf(m, entity, origin, {
    loads, lookups, uncertain: uncertain || !isRead, atMostOne: isUnique(entity, lookups), order,
    bound: isFirst ? { kind: "rows", rows: 1 } : limit ? limited(limit) : { kind: "none" }, ...columnsIn(config, place),
  });
  setState(m, query, {
    joins: [], ...(isFirst && { single: true }),
    ...(limit && { limit: { value: limit, node: literalEntry(config, "limit") ?? call.node } }), ...(offset && { offset: { value: offset, node: literalEntry(config, "offset") ?? call.node } }),
  });
  emitLookups(m, lookups, query);
  if (Array.isArray(order) && order.length > 0) m.emit({ kind: "rowsOrdered", at: literalPlace(config, "orderBy") ?? place, terms: order, query, step: query.origin.steps[0] });
  for (const { load, relation } of loaded) m.emit({ kind: "eagerLoaded", at: load.at, load, relation, query });
  return { kind: "query", query, varies: depends.on };
}

function literalEntry(mapping: MappingValue | undefined, name: string): Expression | undefined {
  return entryOf(mapping?.literal?.expression, name);
}

function entryOf(mapping: Mapping | undefined, name: string): Expression | undefined {
  return mapping?.entries.findLast(({ key }) => key?.kind === "literal" && key.value === name)?.value;
}

function literalPlace(mapping: MappingValue | undefined, name: string): Location | undefined {
  const value = literalEntry(mapping, name);
  return value && mapping?.literal && { uri: mapping.literal.uri, span: { start: value.start, end: value.end } };
}

/** What the callbacks of a query's options depend on: the innermost loop, by id. */
interface Depends {
  on: number;
}

/** `(users, { eq }) => eq(users.id, id)`, `(users, { desc }) => desc(users.id)`. */
function callBuilder(m: Machine, callback: Value, entity: Entity, call: CallSite, depends: Depends): Value {
  const result = callCallback(m, callback, [{ kind: "entity", entity, varies: 0 }, drizzleObject("operators", undefined, 0)], call);
  depends.on = Math.max(depends.on, result.varies);
  return result;
}

/** `where: eq(users.id, id)`, `(users, { eq }) => eq(users.id, id)`, and the object of 1.0. */
function conditionIn(m: Machine, entity: Entity, config: MappingValue | undefined, place: Location, call: CallSite, depends: Depends): Condition {
  const where = config?.entries.get("where");
  if (!where) return NO_CONDITION;
  const parts = optionsOf(where).map((option): Condition => {
    if (option.kind === "function" || option.kind === "lambda") return conditionOf(m, callBuilder(m, option, entity, call, depends));
    return option.kind === "mapping" ? objectCondition(m, entity, option, place) : conditionOf(m, option);
  });
  return parts.length === 1 ? parts[0] : UNCERTAIN;
}

function orderIn(m: Machine, entity: Entity, config: MappingValue | undefined, call: CallSite, depends: Depends): Query["order"] {
  const given = config?.entries.get("orderBy");
  if (!given) return "none";
  const at = literalPlace(config, "orderBy") ?? m.at(call.node, call.uri);
  const value = given.kind === "function" || given.kind === "lambda" ? callBuilder(m, given, entity, call, depends) : given;
  // `orderBy: { createdAt: "desc" }` of 1.0.
  if (value.kind === "mapping" && value.complete) {
    return [...value.entries].map(([field, direction]) => ({ path: [field], descending: direction.kind === "constant" && direction.value === "desc", random: false, at }));
  }
  const list = value.kind === "sequence" ? value.items : [value];
  const terms = list?.map((item) => orderTerm(item, at));
  return terms && terms.every((term): term is OrderTerm => term !== undefined) ? terms : "unknown";
}

/** `columns: { id: true, name: true }`, `{ body: false }`. */
function columnsIn(config: MappingValue | undefined, at: Location): Partial<Query> {
  const columns = config?.entries.get("columns");
  if (columns?.kind !== "mapping" || !columns.complete) return {};
  const names = [...columns.entries].flatMap(([name, value]) => (value.kind === "constant" ? [{ name, isTaken: value.value === true }] : []));
  const taken = names.filter((each) => each.isTaken).map((each) => each.name);
  if (taken.length > 0) return { columns: { kind: "only", names: new Set(taken), at } };
  return { columns: { kind: "deferred", names: new Set(names.map((each) => each.name)), at } };
}

/** `with: { posts: { with: { author: true }, limit: 5 } }`. */
function readWith(m: Machine, entity: Entity, given: Value | undefined, prefix: string, place: Location, call: CallSite, loads: Map<string, Load>, loaded: { readonly load: Load; readonly relation: Relation }[], depends: Depends): void {
  if (!given) return;
  if (given.kind !== "mapping") {
    if (given.kind !== "constant") loads.set(ANY_LOAD, { path: ANY_LOAD, by: "join", at: place });
    return;
  }
  const literal = given.literal;
  for (const [name, value] of given.entries) {
    const relation = entity.relations.get(name);
    const target = relation?.target !== undefined ? m.project.entity(relation.target) : undefined;
    if (!relation || !target || (value.kind === "constant" && value.value !== true)) continue;
    const path = prefix === "" ? name : `${prefix}__${name}`;
    const entry = literal?.expression.entries.find(({ key }) => key?.kind === "literal" && key.value === name);
    const at: Location = entry && literal ? { uri: literal.uri, span: { start: entry.key!.start, end: entry.value.end } } : place;
    const inner = value.kind === "mapping" ? innerQuery(m, target, value, at, call, depends) : undefined;
    const load: Load = { path, by: "join", perRow: true, at, ...(inner && { query: inner }) };
    loads.set(path, load);
    loaded.push({ load, relation });
    if (value.kind === "mapping") readWith(m, target, value.entries.get("with"), path, at, call, loads, loaded, depends);
    else if (value.kind !== "constant") loads.set(ANY_LOAD, { path: ANY_LOAD, by: "join", at });
  }
}

/** The related rows of `with: { posts: { where, orderBy, limit } }`: a limit of its own counts for each parent (measured). */
function innerQuery(m: Machine, target: Entity, config: MappingValue, at: Location, call: CallSite, depends: Depends): Query {
  const condition = conditionIn(m, target, config, at, call, depends);
  const { lookups, uncertain } = lookupsOf(condition);
  const limit = config.entries.get("limit");
  const node = config.literal?.expression ?? call.node;
  return queryOf(m, target, { root: { uri: at.uri, expression: node }, kind: "related-manager", steps: [] }, {
    lookups, uncertain: uncertain || config.complete !== true, order: orderIn(m, target, config, call, depends), bound: limit ? limited(limit) : { kind: "none" }, ...columnsIn(config, at),
  });
}

/** A relation of a row that `with` loaded; undefined: no such relation. */
export function relationOfRow(m: Machine, row: RowValue, name: string): Value | undefined {
  const relation = m.project.relation(row.origin.entity, name);
  if (!relation || m.project.entity(row.origin.entity)?.fields.has(name)) return undefined;
  return row.origin.query && loadOf(row.origin.query, joinPath(row.origin.path, name)) ? loadedRelation(m, row, relation) : unknown(row.varies);
}
