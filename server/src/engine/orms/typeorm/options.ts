import type { Expression } from "../../facts";
import type { Bound, Load, Lookup, OrderTerm, Query } from "../../flow";
import { clientDataOf } from "../../flow/client-values";
import type { Machine } from "../../flow/machine";
import { numberOf, optionsOf, type MappingValue, type Value } from "../../flow/values";
import { relationAt, type Entity, type Relation } from "../../project";
import type { Location } from "../../source";
import { listIn, optionsIn, textIn, truthOf, type Option, type Options } from "../script/options";
import { ANY_LOAD, joinPath } from "../script/queries";
import { STRATEGY_SETTING } from "./model/engine";
import { joinsTables, pagesByKey } from "./pages";
import { conditionsIn } from "./where";

/** What a query is made with. */
export interface Found {
  readonly change: Partial<Query>;
  /** All conditions, also those that some ways through the code leave out. */
  readonly lookups: readonly Lookup[];
  readonly take?: Option;
  readonly skip?: Option;
  /** The query before it is cut. */
  readonly uncut: Partial<Query>;
}

/** Names of find options (TypeORM: *Find options*, and those of 0.2). */
const OPTIONS: ReadonlySet<string> = new Set([
  "where", "relations", "order", "take", "skip", "select", "cache", "lock", "withDeleted", "loadEagerRelations", "relationLoadStrategy", "join", "loadRelationIds", "comment", "transaction", "relationLoadStrategy",
]);

/** Whether an object is find options, and not conditions as `find({ name })` of TypeORM 0.2 took them. */
export function areFindOptions({ of, isComplete }: Options): boolean {
  return of.size === 0 || !isComplete || [...of.keys()].some((name) => OPTIONS.has(name));
}

/** Reads find options; `by`: the argument is the conditions alone (`findBy`). */
export function findOptions(m: Machine, entity: Entity, value: Value | undefined, by: boolean, at: Location): Found {
  const options = by ? undefined : optionsIn(value);
  const isBare = options !== undefined && options.isComplete && options.of.size > 0 && !areFindOptions(options);
  if (by || isBare || options === undefined) {
    const { lookups, uncertain } = conditionsIn(m, entity, value, at);
    const change: Partial<Query> = { lookups: lookups.filter((each) => !each.optional), ...(uncertain && { uncertain }), loads: eagerLoads(m, entity, new Map(), strategyOf(m), at) };
    return { change, uncut: change, lookups };
  }
  return readOptions(m, entity, options, at, true);
}

/** `eager`: relations that are declared so come along, as they do for every find but not for a query builder. */
export function readOptions(m: Machine, entity: Entity, options: Options, at: Location, eager: boolean): Found {
  const { of, isComplete } = options;
  const where = of.get("where");
  const conditions = conditionsIn(m, entity, where?.value, placeOf(where) ?? at);
  const strategy = strategyOf(m, textIn(of.get("relationLoadStrategy")?.value));
  let loads = new Map<string, Load>();
  const relations = of.get("relations");
  if (relations) readRelations(m, entity, relations.value, strategy, placeOf(relations) ?? at, loads);
  if (!isComplete) loads.set(ANY_LOAD, { path: ANY_LOAD, by: "join", at });
  if (of.has("join")) loads.set(ANY_LOAD, { path: ANY_LOAD, by: "join", at });
  if (eager && truthOf(of.get("loadEagerRelations")?.value) !== false) loads = eagerLoads(m, entity, loads, strategy, at);
  const order = of.get("order");
  const take = of.get("take");
  const skip = of.get("skip");
  const selected = of.get("select");
  const columns = selected ? selectedColumns(selected) : undefined;
  const uncut: Partial<Query> = {
    lookups: conditions.lookups.filter((each) => !each.optional && !where?.maybe),
    uncertain: conditions.uncertain || !isComplete || where?.maybe === true,
    loads,
    ...(order && { order: order.maybe ? "unknown" as const : orderIn(order) }),
    ...(!order && !isComplete && { order: "unknown" as const }),
    ...(columns && selected && { columns: { kind: "only" as const, names: columns, at: placeOf(selected) ?? at } }),
    ...(of.has("lock") && { locked: true }),
  };
  // Options that cannot be read may limit.
  const bound: Bound = take ? boundOf(take.value) : isComplete ? { kind: "none" } : { kind: "page" };
  const change: Partial<Query> = { ...uncut, bound, ...((take || skip) && { sliced: true }) };
  return { change, uncut, lookups: conditions.lookups, take, skip };
}

/** The data source says how relations are loaded where the find does not (TypeORM: *DataSource options*, `relationLoadStrategy`). */
function strategyOf(m: Machine, own?: string): Load["by"] {
  const general = own === undefined ? m.project.setting(STRATEGY_SETTING)?.expression : undefined;
  return (own ?? (general?.kind === "literal" ? general.value : undefined)) === "query" ? "prefetch" : "join";
}

export function boundOf(take: Value): Bound {
  const rows = numberOf(take);
  if (rows !== undefined && take.kind === "constant") return { kind: "rows", rows };
  return { kind: "page" };
}

export function placeOf(option: Option | undefined): Location | undefined {
  return option?.node && option.uri !== undefined ? { uri: option.uri, span: { start: option.node.start, end: option.node.end } } : undefined;
}

/** `["posts", "posts.author"]`, `{ posts: { author: true } }`. */
export function readRelations(m: Machine, entity: Entity, value: Value, by: Load["by"], at: Location, into: Map<string, Load>, path = ""): void {
  const unreadable = (): void => void into.set(ANY_LOAD, { path: ANY_LOAD, by, at });
  for (const option of optionsOf(value)) {
    if (option.kind === "constant" && option.value === null) continue;
    if (option.kind === "sequence") {
      const names = listIn(option)?.map(textIn);
      if (!names) unreadable();
      for (const name of names ?? []) if (name === undefined) unreadable();
      else addPath(into, name.split("."), by, at);
    } else if (option.kind === "mapping") readTree(m, entity, option, by, at, into, path);
    else unreadable();
  }
}

function readTree(m: Machine, entity: Entity, tree: MappingValue, by: Load["by"], at: Location, into: Map<string, Load>, path: string): void {
  if (!tree.complete) into.set(ANY_LOAD, { path: ANY_LOAD, by, at });
  for (const [name, value] of tree.entries) {
    const given = truthOf(value);
    if (given === false) continue;
    const place = entryPlace(tree, name) ?? at;
    const here = joinPath(path, name);
    into.set(here, { path: here, by, at: place });
    const relation = entity.relations.get(name);
    const target = relation?.target === undefined ? undefined : m.project.entity(relation.target);
    for (const option of optionsOf(value)) if (option.kind === "mapping" && target) readTree(m, target, option, by, at, into, here);
  }
}

/**
 * Whether a find asks for a relation that its entity does not have: TypeORM throws before it sends anything (`EntityPropertyNotFoundError`, measured). What begins
 * like a property may be one that is embedded; of entities that are not known as a whole nothing is said.
 */
export function namesNothing(m: Machine, entity: Entity, loads: ReadonlyMap<string, Load>): boolean {
  return [...loads.keys()].some((path) => {
    if (path === ANY_LOAD) return false;
    let at: Entity | undefined = entity;
    for (const hop of path.split("__")) {
      if (!at || at.incomplete) return false;
      const relation: Relation | undefined = at.relations.get(hop);
      if (!relation) return ![...at.fields.keys(), ...at.relations.keys()].some((name) => name.startsWith(hop));
      at = relation.target === undefined ? undefined : m.project.entity(relation.target);
    }
    return false;
  });
}

function entryPlace(mapping: MappingValue, name: string): Location | undefined {
  const entry = mapping.literal?.expression.entries.find(({ key }) => key?.kind === "literal" && key.value === name);
  return entry?.key && mapping.literal ? { uri: mapping.literal.uri, span: { start: entry.key.start, end: entry.value.end } } : undefined;
}

function addPath(into: Map<string, Load>, hops: readonly string[], by: Load["by"], at: Location): void {
  for (let i = 1; i <= hops.length; i++) {
    const path = hops.slice(0, i).join("__");
    if (!into.has(path)) into.set(path, { path, by, at });
  }
}

/** How far eager relations are followed: they must not be eager on both sides, so a ring is none of TypeORM's. */
const MOST_EAGER = 4;

/** Relations with `eager: true` of what is found, and of what is loaded with it (measured on TypeORM 1.1.1). */
export function eagerLoads(m: Machine, entity: Entity, loads: Map<string, Load>, by: Load["by"], at: Location): Map<string, Load> {
  const all = new Map(loads);
  const visit = (current: Entity, path: string, depth: number): void => {
    for (const relation of current.relations.values()) {
      const here = joinPath(path, relation.name);
      if (!all.has(here) && !relation.eager) continue;
      if (!all.has(here)) all.set(here, { path: here, by, at, declared: true });
      const target = relation.target === undefined ? undefined : m.project.entity(relation.target);
      if (target && depth < MOST_EAGER) visit(target, here, depth + 1);
    }
  };
  visit(entity, "", 0);
  return all;
}

/** `order: { createdAt: "DESC", author: { name: "ASC" } }`. */
function orderIn(order: Option): readonly OrderTerm[] | "unknown" {
  const options = optionsOf(order.value);
  const [only] = options;
  if (options.length !== 1 || only.kind !== "mapping" || !only.complete) return "unknown";
  const terms: OrderTerm[] = [];
  const at = placeOf(order)!;
  const visit = (mapping: MappingValue, path: readonly string[]): boolean => {
    for (const [name, value] of mapping.entries) {
      if (value.kind === "mapping" && !value.entries.has("direction")) {
        if (!visit(value, [...path, name])) return false;
        continue;
      }
      const direction = value.kind === "mapping" ? value.entries.get("direction") : value;
      if (value.kind === "constant" && value.value === null) continue;
      const text = direction?.kind === "constant" ? String(direction.value).toUpperCase() : "ASC";
      terms.push({ path: [...path, name], descending: text === "DESC" || text === "-1", random: false, at: (mapping.literal && entryPlace(mapping, name)) ?? at });
    }
    return true;
  };
  if (!at || !visit(only, [])) return "unknown";
  return terms.length > 0 ? terms : "unknown";
}

function selectedColumns(selected: Option): ReadonlySet<string> | undefined {
  const options = optionsOf(selected.value);
  const [only] = options;
  if (options.length !== 1) return undefined;
  if (only.kind === "sequence") {
    const names = listIn(only)?.map(textIn);
    return names?.every((name) => name !== undefined) ? new Set(names) : undefined;
  }
  return only.kind === "mapping" && only.complete ? new Set(only.entries.keys()) : undefined;
}

/** What a query does beside finding rows: its order, its loads, the pages that it is cut in. */
export function emitOptions(m: Machine, entity: Entity, query: Query, uncut: Query, found: Found): void {
  const step = query.origin.steps.at(-1);
  if (Array.isArray(query.order) && step) m.emit({ kind: "rowsOrdered", at: query.order[0].at, terms: query.order, query, step });
  emitLoads(m, entity, query, new Map());
  if (found.skip && found.take && !(found.skip.value.kind === "constant") && step) {
    const pages = joinsTables({ loads: uncut.loads, lookups: found.lookups }) ? pagesByKey(m, uncut, entity) : uncut;
    m.emit({ kind: "paginated", at: m.at(step.call, step.uri), query: pages, by: "slice", expression: step.call });
  }
  if (found.take) emitPageSize(m, uncut, found.take.value, placeOf(found.take), found.take.node);
}

/** Relations that a query loads and the one before did not. */
export function emitLoads(m: Machine, entity: Entity, query: Query, before: ReadonlyMap<string, Load>): void {
  for (const load of query.loads.values()) {
    if (before.get(load.path) === load || load.path === ANY_LOAD) continue;
    const relation = relationAt(m.project, entity, load.path);
    if (relation) m.emit({ kind: "eagerLoaded", at: load.at, load, relation, query });
  }
}

export function emitPageSize(m: Machine, query: Query, value: Value, at: Location | undefined, size: Expression | undefined): void {
  if (!at) return;
  for (const data of clientDataOf(value)) if (!data.isDerived) m.emit({ kind: "pageSized", at, by: "slice", query, number: data.number, ...(size && { size }) });
}
