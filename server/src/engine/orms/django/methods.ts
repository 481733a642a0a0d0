import type { Expression } from "../../facts";
import type { CallSite } from "../../flow/adapter";
import { noteStatements } from "../../flow/costs";
import type { Machine } from "../../flow/machine";
import type { Load, Lookup, OrderTerm, Query, RunHow, WriteHow } from "../../flow";
import { isClientValue } from "../../flow/client-values";
import { constant, joinValues, optionsOf, sequenceOf, unknown, varying, type ManagerValue, type QueryValue, type Value } from "../../flow/values";
import { relationAt, type Entity } from "../../project";
import { aggregatesOf, defaultAlias } from "./aggregates";
import { conditionOf, isUnique, lookupsOf } from "./lookups";
import { ANY_LOAD, chained, managerOf, rowOf, rowsOf, run } from "./queries";
import { writeOf } from "./writes";

/** Asynchronous variants do the same as their synchronous ones (Django: *Asynchronous queries*). */
const ASYNC: ReadonlyMap<string, string> = new Map(
  ["get", "first", "last", "latest", "earliest", "count", "exists", "aggregate", "in_bulk", "create", "bulk_create", "bulk_update", "get_or_create", "update_or_create", "update", "delete", "contains", "iterator", "add", "remove", "set", "clear"].map((name) => [`a${name}`, name]),
);

const ONE_ROW: ReadonlySet<string> = new Set(["get", "first", "last", "latest", "earliest"]);

type Receiver = QueryValue | ManagerValue;

/** A call of a queryset or manager method; undefined: not one of Django's. */
export function queryMethod(m: Machine, receiver: Receiver, written: string, call: CallSite): Value | undefined {
  const name = ASYNC.get(written) ?? written;
  const { query } = receiver;
  const entity = m.project.entity(query.entity);
  if (!entity) return undefined;
  const node = call.node;
  const next = (change: Partial<Query> = {}): QueryValue => chained(m, receiver, name, call, change);
  switch (name) {
    case "all":
    case "using":
    case "get_queryset":
    case "db_manager":
    // Django's own ways to copy a queryset, as custom querysets call them.
    case "_clone":
    case "_chain":
    case "_all":
      return next();
    // Of model_utils, django-polymorphic, django-mptt and django-parler: the same rows.
    case "select_subclasses":
    case "instance_of":
    case "non_polymorphic":
    case "translated":
    case "active_translations":
      return receiver.query.uncertain ? undefined : next({ uncertain: name !== "select_subclasses" && name !== "non_polymorphic", mixed: name !== "non_polymorphic" });
    case "filter":
    case "exclude":
    case "complex_filter": {
      const { lookups, uncertain } = lookupsOf(m, entity, conditionOf(call), query, name === "exclude");
      const given = lookups.filter(({ optional }) => !optional);
      const value = next({
        lookups: [...query.lookups, ...given], uncertain: query.uncertain || uncertain, atMostOne: query.atMostOne || (name === "filter" && isUnique(m, entity, [...query.lookups, ...given])),
        // `pk__isnull=True`: no row of the table. Managers that hold unsaved objects in memory (django-modelcluster) are asked so.
        ...(given.some((each) => isWithoutKey(each, entity)) && { bound: { kind: "rows" as const, rows: 0 } }),
      });
      emitLookups(m, lookups, value.query);
      return value;
    }
    case "order_by": {
      const terms = orderTerms(m, call);
      const value = next({ order: terms.uncertain ? "unknown" : terms.terms.length ? terms.terms : "none" });
      if (terms.terms.length) m.emit({ kind: "rowsOrdered", at: m.at(node), terms: terms.terms, query: value.query, step: value.query.origin.steps[value.query.origin.steps.length - 1] });
      return value;
    }
    case "reverse":
      return next({ order: Array.isArray(query.order) ? query.order.map((term: OrderTerm) => ({ ...term, descending: !term.descending })) : query.order });
    case "distinct": return next({ distinct: true });
    case "annotate":
    case "alias": {
      const annotations = new Set(query.annotations);
      for (const key of call.keywords.keys()) annotations.add(key);
      for (const { value } of call.positional) {
        const name = defaultAlias(value);
        if (name !== undefined) annotations.add(name);
      }
      const added = aggregatesOf(m, entity, call);
      const value = next({ annotations, aggregates: [...query.aggregates, ...added], grouped: query.grouped || query.shape !== "instances", uncertain: query.uncertain || call.more });
      if (added.length > 0) m.emit({ kind: "aggregated", at: m.at(node), query: value.query, added });
      return value;
    }
    case "extra": return next({ uncertain: true });
    case "select_related": {
      const value = next(selectRelated(m, query, call));
      noteMade(m, query, value.query, entity);
      return value;
    }
    case "prefetch_related": {
      const value = next(prefetchRelated(m, query, entity, call));
      noteMade(m, query, value.query, entity);
      for (const load of value.query.loads.values()) {
        if (query.loads.get(load.path) === load || load.path === ANY_LOAD) continue;
        const relation = relationAt(m.project, entity, load.path);
        if (relation) m.emit({ kind: "eagerLoaded", at: load.at, load, relation, query: value.query });
      }
      return value;
    }
    case "only":
    case "defer": {
      const names = constants(call);
      if (names === undefined) return next({ columns: { kind: "all" } });
      if (name === "defer" && call.positional[0]?.value.kind === "constant" && call.positional[0].value.value === null) return next({ columns: { kind: "all" } });
      const before = query.columns.kind === "deferred" && name === "defer" ? query.columns.names : [];
      return next({ columns: { kind: name === "only" ? "only" : "deferred", names: new Set([...before, ...names]), at: m.at(node) } });
    }
    case "values":
      return next({ shape: "mappings", values: [...(constants(call) ?? []), ...call.keywords.keys()], grouped: query.grouped || query.annotations.size > 0 });
    case "values_list": {
      const flat = call.keywords.get("flat")?.value;
      return next({ shape: flat?.kind === "constant" && flat.value === true ? "scalars" : "tuples", values: constants(call) ?? [], grouped: query.grouped || query.annotations.size > 0 });
    }
    case "dates":
    case "datetimes":
      return next({ shape: "scalars", values: [], grouped: true });
    case "none": return next({ bound: { kind: "rows", rows: 0 }, atMostOne: true });
    case "union":
    case "intersection":
    case "difference":
      return next({ combined: true, lookups: [], uncertain: true });
    case "select_for_update": return next({ locked: true });
    case "get": {
      const value = conditioned(m, receiver, name, call, entity);
      run(m, value, "get", node);
      return varying(rowOf(m, m.derive(value.query, { atMostOne: true, bound: { kind: "rows", rows: 1 } }), false), Math.max(receiver.varies, call.varies));
    }
    case "first":
    case "last":
    case "latest":
    case "earliest": {
      run(m, { ...receiver, kind: "query", varies: Math.max(receiver.varies, call.varies) } as QueryValue, name as RunHow, node);
      // A prefetched relation knows its first row when it is ordered, and no other.
      const one = rowResult(m, query, name !== "first" || query.order === "none");
      return varying(name === "first" || name === "last" ? joinValues(one, constant(null)) : one, Math.max(receiver.varies, call.varies));
    }
    case "count":
    case "exists":
    case "aggregate":
    case "explain": {
      const value = { kind: "query" as const, query, varies: Math.max(receiver.varies, call.varies) };
      if (name === "aggregate") aggregateInstead(m, query, entity, call);
      run(m, value, name === "explain" ? "other" : (name as RunHow), node);
      return unknown(value.varies);
    }
    // One row is looked for by its key, or among the rows that are there (measured): what `exists()` does.
    case "contains":
      run(m, { kind: "query", query, varies: Math.max(receiver.varies, call.varies) }, "exists", node);
      return unknown(receiver.varies);
    case "in_bulk": {
      const value: QueryValue = { kind: "query", query, varies: Math.max(receiver.varies, call.varies) };
      run(m, value, "in_bulk", node);
      return { kind: "mapping", entries: new Map(), key: unknown(), value: rowOf(m, query, true), size: "many", query, varies: value.varies };
    }
    case "iterator": {
      const value = next();
      run(m, value, "iterator", node);
      return rowsOf(m, value);
    }
    case "raw":
      noteStatements(m, { what: "query", least: 1, most: 1, at: m.at(node), entity: receiver.query.entity });
      return unknown(call.varies);
    case "create":
    case "get_or_create":
    case "update_or_create": {
      if (name !== "create") {
        const value = conditioned(m, receiver, name, call, entity, new Set(["defaults", "create_defaults"]));
        run(m, value, name, node);
      }
      writeOf(m, { how: name as WriteHow, entity: entity.key, query, node, dependsOn: Math.max(receiver.varies, call.varies) });
      const row = varying(rowOf(m, m.derive(query, { atMostOne: true, loads: new Map(), order: "none" }), false), Math.max(receiver.varies, call.varies));
      if (name === "create" && row.kind === "row") row.cell.isNew = true;
      return name === "create" ? row : sequenceOf("tuple", row, { items: [row, unknown(call.varies)], size: "few" });
    }
    case "bulk_create":
    case "bulk_update":
    case "update":
    case "delete": {
      writeOf(m, { how: name === "delete" ? "query-delete" : (name as WriteHow), entity: entity.key, query, node, dependsOn: Math.max(receiver.varies, call.varies) });
      return name.startsWith("bulk") && call.positional[0] ? call.positional[0].value : unknown(call.varies);
    }
    case "add":
    case "remove":
    case "set":
    case "clear": {
      if (!query.parent) return undefined;
      writeOf(m, { how: `relation-${name}` as WriteHow, entity: entity.key, query, node, dependsOn: Math.max(receiver.varies, call.varies), row: query.parent.row });
      return constant(null);
    }
    case "as_manager":
    case "from_queryset":
      return receiver;
    case "is_empty":
    case "ordered":
    case "db":
      return unknown(receiver.varies);
    default:
      return ONE_ROW.has(name) ? rowResult(m, query, true) : undefined;
  }
}

/** `aggregate(…)`: one row of numbers. Over a slice, distinct rows or other aggregates it is computed outside of their query (Django: *aggregate()*). */
function aggregateInstead(m: Machine, query: Query, entity: Entity, call: CallSite): void {
  if (query.bound.kind !== "none" || query.distinct || query.annotations.size > 0) return;
  const added = aggregatesOf(m, entity, call);
  if (added.length > 0) m.emit({ kind: "aggregated", at: m.at(call.node), query: m.derive(query, { aggregates: added }), added });
}

function isWithoutKey({ lookup, constant, negated, disjunct, path }: Lookup, entity: Entity): boolean {
  return lookup === "isnull" && constant === true && !negated && !disjunct && path.length === 1 && path[0] === entity.primaryKey;
}

/** One row of a query that was not narrowed. */
function rowResult(m: Machine, query: Query, picked: boolean): Value {
  return query.shape === "instances" ? rowOf(m, m.derive(query, { atMostOne: true, bound: { kind: "rows", rows: 1 }, ...(picked && { picked }) }), false) : unknown();
}

/** `get(…)`: the query with the call's conditions. */
export function conditioned(m: Machine, receiver: Receiver, name: string, call: CallSite, entity: Entity, except?: ReadonlySet<string>, skip = 0): QueryValue {
  const { query } = receiver;
  const { lookups, uncertain } = lookupsOf(m, entity, conditionOf(call, skip), query, false, except);
  const value = chained(m, receiver, name, call, { lookups: [...query.lookups, ...lookups.filter(({ optional }) => !optional)], uncertain: query.uncertain || uncertain, atMostOne: true });
  emitLookups(m, lookups, value.query);
  return value;
}

/** Each condition with the query that has it, also where other ways through the code leave it out. */
function emitLookups(m: Machine, lookups: readonly Lookup[], query: Query): void {
  for (const lookup of lookups) m.emit({ kind: "lookup", at: lookup.at, lookup, query: lookup.optional ? { ...query, lookups: [...query.lookups, lookup] } : query });
}

/** String arguments; undefined when one of them is not a literal. */
function constants(call: CallSite): string[] | undefined {
  if (call.more) return undefined;
  const names: string[] = [];
  for (const { value } of call.positional) {
    for (const option of value.kind === "sequence" && value.items ? value.items : [value]) {
      if (option.kind === "constant" && typeof option.value === "string") names.push(option.value);
      else if (option.kind !== "constant" && (option.kind !== "object" || isClientValue(option))) return undefined;
    }
  }
  return names;
}

/** `select_related("author", "author__country")` on top of what a query loads. */
export function withJoins(loads: ReadonlyMap<string, Load>, paths: readonly { readonly path: string; readonly at: Load["at"] }[]): ReadonlyMap<string, Load> {
  const joined = new Map(loads);
  for (const { path, at } of paths) addHops(joined, path, { by: "join", at });
  return joined;
}

function selectRelated(m: Machine, query: Query, call: CallSite): Partial<Query> {
  if (call.positional.length === 0 && !call.more) return { loadsAllRequired: true, implied: new Set() };
  if (call.positional.length === 1 && call.positional[0].value.kind === "constant" && call.positional[0].value.value === null) {
    return { loadsAllRequired: false, loads: new Map([...query.loads].filter(([, load]) => load.by !== "join")) };
  }
  const loads = new Map(query.loads);
  const names = constants(call);
  if (!names) loads.set(ANY_LOAD, { path: ANY_LOAD, by: "join", at: m.at(call.node) });
  names?.forEach((path, i) => addHops(loads, path, { by: "join", at: m.at(call.positional[Math.min(i, call.positional.length - 1)].node) }));
  return { loads };
}

/** The loads that a call in the outermost function adds: of `a__b` the last hop, which says all. A row's own code that runs when it is made may read any. */
function noteMade(m: Machine, before: Query, after: Query, entity: Entity): void {
  if (m.frames.length > 1 || !m.frames[0].function || (entity.class && ["__init__", "from_db"].some((name) => m.project.method(entity.class!, name)))) return;
  const added = [...after.loads.values()].filter((load) => before.loads.get(load.path) !== load && load.path !== ANY_LOAD);
  for (const load of added) {
    const relation = added.some((other) => other.path.startsWith(`${load.path}__`) && other.at === load.at) ? undefined : relationAt(m.project, entity, load.path);
    if (relation) m.loadUse.made.push({ load, relation, query: after });
  }
}

function addHops(loads: Map<string, Load>, path: string, load: Omit<Load, "path">, last?: Partial<Load>): void {
  const hops = path.split("__");
  for (let i = 1; i <= hops.length; i++) {
    const prefix = hops.slice(0, i).join("__");
    if (i === hops.length) loads.set(prefix, { ...load, path: prefix, ...last });
    else if (!loads.has(prefix)) loads.set(prefix, { ...load, path: prefix });
  }
}

/** What `Prefetch(…)` was made of. */
export interface PrefetchParts {
  readonly path: string;
  readonly query?: Query;
  readonly toAttribute?: string;
}

function prefetchRelated(m: Machine, query: Query, entity: Entity, call: CallSite): Partial<Query> {
  if (call.positional.length === 1 && call.positional[0].value.kind === "constant" && call.positional[0].value.value === null) {
    return { loads: new Map([...query.loads].filter(([, load]) => load.by !== "prefetch")) };
  }
  const loads = new Map(query.loads);
  const unreadable = (): void => void loads.set(ANY_LOAD, { path: ANY_LOAD, by: "prefetch", at: m.at(call.node) });
  if (call.more) unreadable();
  for (const { value, node } of call.positional) {
    for (const option of value.kind === "sequence" && value.items ? value.items : optionsOf(value)) {
      if (option.kind === "constant" && typeof option.value === "string") {
        addHops(loads, option.value, { by: "prefetch", at: m.at(node) }, { query: managerLoads(m, entity, option.value, node.value) });
      } else if (option.kind === "object" && option.type === "Prefetch" && option.data) {
        const parts = option.data as PrefetchParts;
        addHops(loads, parts.path, { by: "prefetch", at: m.at(node) }, { query: parts.query, toAttribute: parts.toAttribute });
      } else unreadable();
    }
  }
  return { loads };
}

/** `rows.prefetch_related("items__product")` where `rows` is not known: a manager of a library, a parameter. */
export function noteNamedLoads(name: string, call: CallSite, m: Machine): void {
  if (name !== "prefetch_related" || call.node.callee.kind !== "attribute") return;
  const paths = call.positional.flatMap(({ value }) => optionsOf(value)).flatMap((option) => {
    if (option.kind === "constant" && typeof option.value === "string") return [option.value];
    return option.kind === "object" && option.type === "Prefetch" && option.data ? [(option.data as PrefetchParts).path] : [];
  });
  if (paths.length > 0) m.emit({ kind: "loadsNamed", at: m.at(call.node), paths });
}

/** A prefetch goes through the target's default manager: what its `get_queryset` loads comes along. */
function managerLoads(m: Machine, entity: Entity, path: string, node: Expression): Query | undefined {
  const relation = relationAt(m.project, entity, path);
  const target = relation?.target !== undefined ? m.project.entity(relation.target) : undefined;
  if (!target?.managers.get(target.defaultManager)?.class) return undefined;
  const { query } = managerOf(m, target, target.defaultManager, node);
  return query.loads.size || query.loadsAllRequired ? query : undefined;
}

function orderTerms(m: Machine, call: CallSite): { readonly terms: OrderTerm[]; readonly uncertain: boolean } {
  const terms: OrderTerm[] = [];
  let uncertain = call.more;
  for (const { value, node } of call.positional) {
    for (const option of value.kind === "sequence" && value.items ? value.items : optionsOf(value)) {
      const at = m.at(node);
      if (option.kind === "constant" && typeof option.value === "string") {
        const text = option.value;
        if (text === "?") terms.push({ path: [], descending: false, random: true, at });
        else terms.push({ path: text.replace(/^[-+]/, "").split("__"), descending: text.startsWith("-"), random: false, at });
      } else if (option.kind === "object" && option.type === "order") terms.push({ ...(option.data as OrderTerm), at });
      else if (option.kind === "object" && option.type === "F") terms.push({ path: String(option.data).split("__"), descending: false, random: false, at });
      else if (option.kind === "object" && option.type === "Random") terms.push({ path: [], descending: false, random: true, at });
      else uncertain = true;
    }
  }
  return { terms, uncertain };
}

