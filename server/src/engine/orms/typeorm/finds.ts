import type { Expression } from "../../facts";
import type { CallSite } from "../../flow/adapter";
import type { Query, RunHow } from "../../flow";
import { noteCount } from "../../flow/costs";
import type { Machine } from "../../flow/machine";
import { constant, joinValues, sequenceOf, unknown, varying, type Value } from "../../flow/values";
import type { Entity } from "../../project";
import { newQuery, rowOf, rowsOf, send } from "../script/queries";
import { areFindOptions, eagerLoads, emitOptions, findOptions, namesNothing } from "./options";
import { optionsIn } from "../script/options";
import { joinsForSure } from "./pages";
import { statementsOfFind } from "./statements";
import { emitLookups, isUnique, keyLookup } from "./where";

export const ORM = "typeorm";

/** A call of a repository's method, or of an entity manager's with the entity in front. */
export interface Asked {
  readonly entity: Entity;
  readonly name: string;
  readonly call: CallSite;
  /** How many arguments stand before the method's own. */
  readonly skip: number;
}

export function argumentAt({ call, skip }: Asked, at: number): Value | undefined {
  return call.positional[skip + at]?.value;
}

/** What the method is called on, as it is written. */
export function receiverNode({ node }: CallSite): Expression {
  return node.callee.kind === "attribute" ? node.callee.object : node.callee;
}

/** The query of one call: its chain is that call. */
export function queryOf(m: Machine, { entity, name, call }: Asked, change: Partial<Omit<Query, "id">> = {}): Query {
  const query = newQuery(m, ORM, entity, receiverNode(call), change);
  return m.derive(query, { from: undefined, origin: { ...query.origin, steps: [{ name, uri: call.uri, call: call.node, custom: false }] } });
}

/** Methods that look for rows by find options or by conditions, and how they run. */
const FINDS: Readonly<Record<string, { readonly gives: "rows" | "one" | "rows-and-number" | "number" | "value"; readonly by?: true; readonly fails?: true; readonly how?: RunHow }>> = {
  find: { gives: "rows" }, findBy: { gives: "rows", by: true },
  findAndCount: { gives: "rows-and-number" }, findAndCountBy: { gives: "rows-and-number", by: true },
  findOne: { gives: "one" }, findOneBy: { gives: "one", by: true }, findOneOrFail: { gives: "one", fails: true }, findOneByOrFail: { gives: "one", by: true, fails: true },
  count: { gives: "number", how: "count" }, countBy: { gives: "number", by: true, how: "count" },
  exists: { gives: "number", how: "exists" }, exist: { gives: "number", how: "exists" }, existsBy: { gives: "number", by: true, how: "exists" },
};

const FOLDS: ReadonlySet<string> = new Set(["sum", "average", "minimum", "maximum"]);

/** A method that asks; undefined: none of them. */
export function findMethod(m: Machine, asked: Asked): Value | undefined {
  const { name, call, entity } = asked;
  const node = call.node;
  const find = FINDS[name];
  if (find) return found(m, asked, find);
  const at = m.at(node, call.uri);
  if (name === "findByIds") {
    const query = withKeys(m, asked, "in");
    send(m, query, { how: "list", node, varies: call.varies, uri: call.uri });
    return rowsOf(m, query, node, call.varies);
  }
  if (name === "findOneById") {
    const query = withKeys(m, asked, "exact");
    send(m, query, { how: "get", node, varies: call.varies, uri: call.uri });
    return joinValues(rowOf(m, query, false, call.varies), constant(null, call.varies));
  }
  if (FOLDS.has(name)) {
    const { change, lookups } = findOptions(m, entity, argumentAt(asked, 1), true, at);
    const query = queryOf(m, asked, change);
    emitLookups(m, lookups, query);
    send(m, query, { how: "aggregate", node, varies: call.varies, uri: call.uri });
    return unknown(call.varies);
  }
  if (name === "preload") {
    const query = queryOf(m, asked, { atMostOne: true, bound: { kind: "rows", rows: 1 } });
    send(m, query, { how: "get", node, varies: call.varies, uri: call.uri });
    return rowOf(m, query, false, call.varies);
  }
  return undefined;
}

function found(m: Machine, asked: Asked, { gives, by, fails, how }: (typeof FINDS)[string]): Value {
  const { call, entity } = asked;
  const { node, varies } = call;
  const at = m.at(node, call.uri);
  const first = argumentAt(asked, 0);
  // `findOne(id, { relations })` of TypeORM 0.2.
  const isByKey = gives === "one" && !by && first !== undefined && (first.kind === "constant" ? first.value !== null : call.positional.length - asked.skip > 1);
  const result = isByKey
    ? (() => {
      const options = findOptions(m, entity, argumentAt(asked, 1), false, at);
      const key = keyLookup(entity, "exact", at, first);
      return { ...options, lookups: [key, ...options.lookups], uncut: { ...options.uncut, lookups: [key] }, change: { ...options.change, lookups: [key, ...(options.change.lookups ?? [])] } };
    })()
    : findOptions(m, entity, first, by === true, at);
  // What an unknown value holds, a key or options, is not seen.
  const isOpen = !isByKey && first !== undefined && first.kind !== "mapping" && first.kind !== "sequence" && first.kind !== "constant";
  const state = isOpen ? { ...result.change, uncertain: true } : result.change;
  if (result.change.loads && namesNothing(m, entity, result.change.loads)) return unknown(varies);
  const isOne = gives === "one";
  const unique = isUnique(m, entity, state.lookups ?? []);
  // `findOne*` sends LIMIT 1.
  const uncut = queryOf(m, asked, { ...result.uncut, ...(isOpen && { uncertain: true }), ...(unique && { atMostOne: true }), ...(gives === "number" && { order: "none" as const, loads: new Map() }) });
  const query = m.derive(uncut, { ...state, from: undefined, ...(unique && { atMostOne: true }), ...(isOne && { bound: { kind: "rows", rows: 1 } }), ...(gives === "number" && { order: "none", loads: new Map() }) });
  emitLookups(m, result.lookups, query);
  if (gives !== "number") emitOptions(m, entity, query, uncut, result);
  const isLikelyKey = unique || (isOne && isOpen);
  const cut = isOne ? "one" : result.take || result.skip ? "page" : undefined;
  const statements = gives === "number" ? undefined : statementsOfFind(query, { joins: joinsForSure(query), cut });
  send(m, query, { how: how ?? (isOne ? (isLikelyKey ? "get" : "first") : "list"), node, varies, uri: call.uri, ...(statements && { statements }), ...(gives === "rows-and-number" && { counts: true }) });
  // Only a full page is counted: of all others the rows that came tell how many there are (TypeORM 1.1.1: `lazyCount`).
  if (gives === "rows-and-number" && query.bound.kind !== "none") noteCount(m, query.entity, at, 0);
  switch (gives) {
    case "number": return unknown(varies);
    case "one": {
      const row = rowOf(m, query, false, varies);
      return fails ? row : joinValues(row, constant(null, varies));
    }
    case "rows": return rowsOf(m, query, node, varies);
    default: {
      const rows = rowsOf(m, query, node, varies);
      return sequenceOf("tuple", rows, { items: [rows, unknown(varies)], size: "few", varies });
    }
  }
}

function withKeys(m: Machine, asked: Asked, lookup: "in" | "exact"): Query {
  const { call, entity } = asked;
  const at = m.at(call.node, call.uri);
  const key = keyLookup(entity, lookup, at, argumentAt(asked, 0));
  const options = findOptions(m, entity, argumentAt(asked, 1), false, at);
  const query = queryOf(m, asked, { ...options.change, lookups: [key], ...(lookup === "exact" && { atMostOne: true, bound: { kind: "rows" as const, rows: 1 } }) });
  emitLookups(m, [key], query);
  return query;
}

/** Methods of tree repositories. */
export function treeMethod(m: Machine, asked: Asked): Value | undefined {
  const { name, call, entity } = asked;
  const { node, varies } = call;
  const how = /^count/.test(name) ? "count" : "list";
  if (!/^(findTrees|findRoots|findDescendants|findDescendantsTree|findAncestors|findAncestorsTree|countDescendants|countAncestors)$/.test(name)) return undefined;
  const at = m.at(node, call.uri);
  const options = optionsIn(argumentAt(asked, /Roots|Trees$/.test(name) ? 0 : 1));
  const loads = areFindOptions(options) ? findOptions(m, entity, argumentAt(asked, /Roots|Trees$/.test(name) ? 0 : 1), false, at).change.loads : undefined;
  // Which rows hang on a row is said by the tree's own table.
  const query = queryOf(m, asked, { uncertain: true, loads: loads ?? eagerLoads(m, entity, new Map(), "join", at) });
  send(m, query, { how, node, varies, uri: call.uri });
  if (how === "count") return unknown(varies);
  return name.endsWith("Tree") ? varying(rowOf(m, query, false, varies), varies) : rowsOf(m, query, node, varies);
}
