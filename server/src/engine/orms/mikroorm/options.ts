import type { Expression } from "../../facts";
import type { Load, OrderTerm, Query } from "../../flow";
import type { Machine } from "../../flow/machine";
import { numberOf, optionsOf, type MappingValue, type Value } from "../../flow/values";
import { relationAt, type Entity, type Relation } from "../../project";
import type { Location } from "../../source";
import { listIn, optionsIn, textIn, truthOf, type Option, type Options } from "../script/options";
import { ANY_LOAD } from "../script/queries";
import { detailsOf, strategyIn, type Strategy } from "./model/loading";

/** What the options of a find say of its query. */
export function optionsToQuery(m: Machine, entity: Entity, value: Value | undefined, at: Location): { readonly change: Partial<Query>; readonly options: Options } {
  const options = optionsIn(value);
  const loads = loadsIn(m, entity, options.of.get("populate"), at, options.of.get("strategy"));
  eagerOnes(m, entity, "", loads, at, 0);
  const limit = options.of.get("limit");
  const order = options.of.get("orderBy");
  const locked = options.of.has("lockMode");
  if (!options.isComplete) loads.set(ANY_LOAD, { path: ANY_LOAD, by: "prefetch", at });
  const rows = limit && numberOf(limit.value);
  return {
    options,
    change: {
      loads, locked, uncertain: !options.isComplete,
      ...(limit && { bound: rows !== undefined && !limit.maybe ? { kind: "rows" as const, rows } : { kind: "page" as const } }),
      ...(!options.isComplete && !limit && { bound: { kind: "page" as const } }),
      ...(order ? { order: orderIn(order, at) } : {}),
    },
  };
}

/** `populate: ["books", "books.tags"]`, `["*"]`, `true`; a list that is put together may load anything. */
function loadsIn(m: Machine, entity: Entity, populate: Option | undefined, at: Location, strategy: Option | undefined): Map<string, Load> {
  const loads = new Map<string, Load>();
  if (!populate) return loads;
  const place = populate.node && populate.uri !== undefined ? { uri: populate.uri, span: { start: populate.node.start, end: populate.node.end } } : at;
  return addLoads(m, entity, populate.value, loads, place, populate.node, strategy ? strategyGiven(strategy) : detailsOf(entity)?.strategy);
}

/** `strategy: LoadStrategy.SELECT_IN` at a find. */
function strategyGiven({ node }: Option): Strategy | undefined {
  const said = node && strategyIn(node);
  return said === "unknown" ? undefined : said;
}

/** Whether a relation is joined in the statement of the find: its own strategy counts more than the find's (`AbstractSqlDriver.joinedProps`, `EntityManager.preparePopulate`). */
function joins(m: Machine, relation: Relation, strategy: Strategy | undefined): boolean {
  if (relation.cardinality === "one") return true;
  return (detailsOf(m.project.entity(relation.owner))?.strategies[relation.name] ?? strategy) === "joined";
}

/** The relations that a list of paths names. */
export function addLoads(m: Machine, entity: Entity, value: Value, loads: Map<string, Load>, at: Location, list?: Expression, strategy?: Strategy): Map<string, Load> {
  const everything = (): Map<string, Load> => loads.set(ANY_LOAD, { path: ANY_LOAD, by: "prefetch", at });
  if (truthOf(value) === false) return loads;
  const names = optionsOf(value).length === 1 ? listIn(value)?.map(textIn) : undefined;
  const written = list?.kind === "cast" ? list.operand : list;
  if (!names || names.some((name) => name === undefined || name.includes("*") || name.startsWith("$"))) return everything();
  for (const [index, name] of names.entries()) {
    const item = written?.kind === "sequence" && written.items.length === names.length ? written.items[index] : undefined;
    const place = item ? { uri: at.uri, span: { start: item.start, end: item.end } } : at;
    const hops = name!.replace(/:ref$/, "").split(".");
    for (let i = 1; i <= hops.length; i++) {
      const path = hops.slice(0, i).join("__");
      const relation = relationAt(m.project, entity, path);
      if (relation && !loads.has(path)) loads.set(path, { path, by: joins(m, relation, strategy) ? "join" : "prefetch", at: place });
    }
  }
  return loads;
}

/** Relations that are declared `eager` come with every find (MikroORM: *Populating relations*, eager). */
function eagerOnes(m: Machine, entity: Entity, prefix: string, loads: Map<string, Load>, at: Location, depth: number): void {
  if (depth > 3) return;
  for (const relation of entity.relations.values()) {
    if (!relation.eager) continue;
    const path = prefix === "" ? relation.name : `${prefix}__${relation.name}`;
    if (!loads.has(path)) loads.set(path, { path, by: relation.cardinality === "one" ? "join" : "prefetch", at: relation.declaredAt ?? at });
    const target = relation.target === undefined ? undefined : m.project.entity(relation.target);
    if (target) eagerOnes(m, target, path, loads, at, depth + 1);
  }
}

/** `orderBy: { createdAt: "desc", author: { name: "asc" } }`, `[{ … }, { … }]`. */
function orderIn(order: Option, at: Location): readonly OrderTerm[] | "unknown" {
  const terms: OrderTerm[] = [];
  const visit = (mapping: MappingValue, path: readonly string[]): boolean => {
    if (!mapping.complete) return false;
    for (const [name, value] of mapping.entries) {
      if (value.kind === "mapping") {
        if (!visit(value, [...path, name])) return false;
        continue;
      }
      // `QueryOrder.DESC` is not a text here; only the direction is lost.
      const text = value.kind === "constant" ? String(value.value).toLowerCase() : value.kind === "external" ? value.name.toLowerCase() : "asc";
      terms.push({ path: [...path, name], descending: /desc|^-1$/.test(text), random: false, at });
    }
    return true;
  };
  const items = order.value.kind === "sequence" ? order.value.items : [order.value];
  if (!items) return "unknown";
  for (const item of items) if (item.kind !== "mapping" || !visit(item, [])) return "unknown";
  return terms.length > 0 ? terms : "unknown";
}
