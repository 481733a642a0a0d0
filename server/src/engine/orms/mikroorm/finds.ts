import type { CallSite } from "../../flow/adapter";
import type { Query, RunHow } from "../../flow";
import { clientDataOf } from "../../flow/client-values";
import { noteCount, noteStatements, prefetches } from "../../flow/costs";
import type { Machine } from "../../flow/machine";
import { hide } from "../../flow/loads";
import { numberOf, sequenceOf, unknown, type RowValue, type Value } from "../../flow/values";
import { relationAt, type Entity } from "../../project";
import { optionsIn } from "../script/options";
import { newQuery, rowOf, sendForOne, sendForRows, sendForValue } from "../script/queries";
import { conditionsIn, isUnique } from "./conditions";
import { ORM } from "./model/names";
import { addLoads, optionsToQuery } from "./options";

/** A call of `em` or of a repository, with the entity taken off its arguments. */
export interface Asked {
  readonly name: string;
  readonly entity: Entity;
  readonly call: CallSite;
  /** The place of the first argument behind the entity. */
  readonly from: number;
}

export function argumentAt({ call, from }: Asked, index: number): Value | undefined {
  return call.positional[from + index]?.value;
}

/** A method that finds; undefined: none of them. */
export function findMethod(m: Machine, asked: Asked): Value | undefined {
  const { name, entity, call } = asked;
  switch (name) {
    case "find": return sendForRows(m, queryOf(m, asked, 0, 1), sending(call));
    // `findAll({ where, … })`
    case "findAll": return sendForRows(m, queryOf(m, asked, undefined, 0), sending(call));
    case "findByCursor": {
      const query = queryOf(m, asked, 0, 1);
      const items = sendForRows(m, { ...query, bound: { kind: "page" } }, { ...sending(call), counts: true });
      noteCount(m, entity.key, m.at(call.node, call.uri), 1);
      return { kind: "mapping", entries: new Map<string, Value>([["items", items]]), key: unknown(), value: unknown(), size: "few", varies: call.varies };
    }
    case "findAndCount": {
      const query = queryOf(m, asked, 0, 1);
      const rows = sendForRows(m, query, { ...sending(call), counts: true });
      noteCount(m, entity.key, m.at(call.node, call.uri), 1);
      return sequenceOf("tuple", rows, { items: [rows, unknown(call.varies)], size: "few" });
    }
    case "findOne":
    case "findOneOrFail": return one(m, asked);
    case "count": return sendForValue(m, queryOf(m, asked, 0, 1), { how: "count", ...sending(call) });
    case "populate": {
      const rows = argumentAt(asked, 0);
      if (rows) populate(m, rows, argumentAt(asked, 1), call);
      return rows ?? unknown(call.varies);
    }
    case "refresh": return unknown(call.varies);
    case "getReference": return m.newRow({ entity: entity.key, path: "", text: entity.name }, call.varies);
    default: return undefined;
  }
}

function sending(call: CallSite): { readonly node: CallSite["node"]; readonly varies: number; readonly uri: string } {
  return { node: call.node, varies: call.varies, uri: call.uri };
}

/** The query of a find; `where` and `options` are places of arguments. */
export function queryOf(m: Machine, asked: Asked, where: number | undefined, options: number): Query {
  const { entity, call, name } = asked;
  const at = m.at(call.node, call.uri);
  const given = argumentAt(asked, options);
  const { change, options: read } = optionsToQuery(m, entity, given, at);
  const conditions = conditionsIn(m, entity, where === undefined ? read.of.get("where")?.value : argumentAt(asked, where), at);
  const sure = conditions.lookups.filter((each) => !each.optional);
  const query = newQuery(m, ORM, entity, call.node, {
    ...change, lookups: sure, uncertain: change.uncertain === true || conditions.uncertain, atMostOne: isUnique(entity, conditions.lookups),
    origin: { root: { uri: call.uri, expression: call.node }, kind: "manager", steps: [{ name, uri: call.uri, call: call.node, custom: false }] },
  });
  for (const lookup of conditions.lookups) m.emit({ kind: "lookup", at: lookup.at, lookup, query: lookup.optional ? { ...query, lookups: [...query.lookups, lookup] } : query });
  if (Array.isArray(query.order)) m.emit({ kind: "rowsOrdered", at: query.order[0].at, terms: query.order, query, step: query.origin.steps[0] });
  for (const load of query.loads.values()) {
    const relation = relationAt(m.project, entity, load.path);
    if (relation && !relation.eager) m.emit({ kind: "eagerLoaded", at: load.at, load, relation, query });
  }
  const offset = read.of.get("offset");
  if (offset && numberOf(offset.value) === undefined && read.of.has("limit")) m.emit({ kind: "paginated", at, query: { ...query, bound: { kind: "none" } }, by: "slice", expression: call.node });
  const limit = read.of.get("limit");
  const size = limit && { at: limit.node && limit.uri !== undefined ? m.at(limit.node, limit.uri) : at, node: limit.node };
  for (const { number, plus, isDerived } of limit ? clientDataOf(limit.value) : []) {
    if (!plus && !isDerived) m.emit({ kind: "pageSized", at: size!.at, by: "slice", query: { ...query, bound: { kind: "none" } }, number, ...(size!.node && { size: size!.node }) });
  }
  return query;
}

/**
 * `findOne(Entity, key)`: of an entity that was loaded before, MikroORM gives the one that it has and asks nothing
 * (`EntityManager.findOne`, measured on 6.6 and 7.2: not with `populate`, `refresh` or any other condition).
 */
function one(m: Machine, asked: Asked): Value {
  const { entity, call } = asked;
  const query = queryOf(m, asked, 0, 1);
  const options = optionsIn(argumentAt(asked, 1));
  const byKey = query.lookups.length === 1 && query.lookups[0].path.length === 1 && query.lookups[0].path[0] === entity.primaryKey && query.lookups[0].lookup === "exact";
  const mayBeManaged = byKey && !options.of.has("populate") && !options.of.has("refresh") && wasLoaded(m, entity);
  const found: Query = { ...query, bound: { kind: "rows", rows: 1 }, atMostOne: true };
  if (mayBeManaged) {
    noteStatements(m, { what: "query", least: 0, most: 1, at: m.at(call.node, call.uri), entity: entity.key, rows: "one" });
    return rowOf(m, found, false, call.varies);
  }
  // A key that was asked for before is answered without a statement: in another round, or further up.
  const isAskedForFirst = !byKey || options.of.has("populate") || options.of.has("refresh") || (m.loops.length === 0 && !m.events.some((event) => event.kind === "queryRun" && event.query.entity === entity.key));
  const most = 1 + prefetches(query);
  return sendForOne(m, found, { how: (byKey ? "get" : "first") as RunHow, ...sending(call), statements: { least: isAskedForFirst ? 1 : 0, most } });
}

/** Rows of an entity came before, alone or with others: which of them is not known. */
function wasLoaded(m: Machine, entity: Entity): boolean {
  return m.events.some((event) => {
    if (event.kind !== "queryRun" || event.query.orm !== ORM || event.how === "count") return false;
    if (event.query.entity === entity.key) return !event.query.atMostOne;
    return [...event.query.loads.values()].some((load) => relationAt(m.project, m.project.entity(event.query.entity)!, load.path)?.target === entity.key);
  });
}

/** `em.populate(books, ["author"])`: one statement for each relation, whatever the number of rows (measured); of a single row in a loop, one for each. */
function populate(m: Machine, rows: Value, paths: Value | undefined, call: CallSite): void {
  const many = rows.kind === "sequence" ? rows.element : rows;
  if (many.kind !== "row" || !paths) {
    hide(m, rows);
    return;
  }
  const row: RowValue = many;
  const { origin } = row;
  const entity = m.project.entity(origin.entity);
  if (!entity) return;
  const at = m.at(call.node, call.uri);
  const loads = addLoads(m, entity, paths, new Map(), at);
  for (const { path } of loads.values()) {
    const relation = relationAt(m.project, entity, path);
    if (!relation) continue;
    const full = origin.path === "" ? path : `${origin.path}__${path}`;
    const isLoaded = origin.query === undefined || origin.query.loads.has(full) || row.cell.read.has(full);
    if (rows.kind === "row" && origin.query && !isLoaded) {
      m.work++;
      m.emit({ kind: "relationRead", at, row: { ...origin, text: origin.text || m.describe(call.positional[0]?.node.value ?? call.node) }, relation, path: full, loaded: false, use: relation.cardinality === "one" ? "read" : "list", continued: false, loops: m.loops.slice() });
    } else if (!isLoaded) noteStatements(m, { what: "query", least: relation.cardinality === "one" ? 0 : 1, most: 1, at, entity: relation.target ?? relation.owner });
    row.cell.read.add(full);
  }
}

