import type { Expression } from "../../facts";
import type { CallSite } from "../../flow/adapter";
import { callFunction } from "../../flow/calls";
import { emptyCall } from "../../flow/expressions";
import { PENDING_LOOP } from "../../flow/iteration";
import type { Machine } from "../../flow/machine";
import type { ChainStep, Load, Query, QueryOrigin, RowOrigin, RunHow } from "../../flow";
import { watchColumns } from "../../flow/loads";
import { noteLock } from "../../flow/transactions";
import { sequenceOf, unknown, type ManagerValue, type QueryValue, type RowValue, type SequenceValue, type Value } from "../../flow/values";
import type { Basis, ClassRef, Entity, Manager, Relation } from "../../project";
import { knownClasses } from "./model/managers";

/** Stands in `loads` for names that could not be read: anything may be loaded. */
export const ANY_LOAD = "*";

const NO_LOADS: ReadonlyMap<string, Load> = new Map();
const NO_NAMES: ReadonlySet<string> = new Set();

/** `a` + `b__c` → `a__b__c`. */
export function joinPath(path: string, name: string): string {
  return path === "" ? name : `${path}__${name}`;
}

function blank(entity: Entity, origin: QueryOrigin): Omit<Query, "id"> {
  return {
    orm: "django", entity: entity.key, origin, loads: NO_LOADS, loadsAllRequired: false, columns: { kind: "all" }, shape: "instances", values: [], lookups: [],
    order: entity.ordering.length || entity.orderingUnknown ? "default" : "none", bound: { kind: "none" }, atMostOne: false, distinct: false, annotations: NO_NAMES, aggregates: [],
    grouped: false, locked: false, combined: false, uncertain: false, joined: false, basis: entity.incomplete ? "inferred" : "resolved",
  };
}

/** A manager of an entity at `node`; what its `get_queryset` adds is part of the query from the start. */
export function managerOf(m: Machine, entity: Entity, name: string, node: Expression, kind: QueryOrigin["kind"] = "manager", parent?: Query["parent"], loads?: ReadonlyMap<string, Load>): ManagerValue {
  const manager = entity.managers.get(name) ?? entity.managers.get(entity.defaultManager);
  const origin: QueryOrigin = { root: { uri: m.uri, expression: node }, kind, steps: [] };
  const state = blank(entity, origin);
  const template = manager?.class ? overriddenQuery(m, entity, manager.name, node) : undefined;
  const queryset = manager?.queryset ?? (template && m.querysetClass(template));
  const known: Manager | undefined = manager && queryset ? { ...manager, queryset } : manager;
  // A manager that is not understood may load anything.
  if (manager?.opaque) loads = new Map([...(loads ?? []), [ANY_LOAD, { path: ANY_LOAD, by: "join" as const, at: m.at(node) }]]);
  const query = m.newQuery({
    ...state, ...(template ? { ...template, origin } : {}),
    loads: loads ? (template ? new Map([...template.loads, ...loads]) : loads) : template?.loads ?? NO_LOADS, parent,
    basis: parent?.row.basis ?? template?.basis ?? state.basis,
    uncertain: (template?.uncertain ?? false) || manager?.opaque === true,
  }, known);
  return { kind: "manager", query, manager: known, entity, varies: 0 };
}

/** `OrderQuerySet(self.model, using=self._db)` in a manager's `get_queryset` (*Calling custom QuerySet methods from the manager*): all rows of the model. */
export function querysetInstance(m: Machine, owner: ClassRef | undefined, call: CallSite): QueryValue | undefined {
  const model = (call.positional[0] ?? call.keywords.get("model"))?.value;
  if (model?.kind !== "entity" || (owner && !isKnownQueryset(m, owner))) return undefined;
  const { entity } = model;
  const query = m.newQuery(blank(entity, { root: { uri: m.uri, expression: call.node }, kind: "opaque", steps: [] }), { name: "", opaque: false, ...(owner && { queryset: owner }) });
  return { kind: "query", query, varies: call.varies };
}

function isKnownQueryset(m: Machine, owner: ClassRef): boolean {
  const outside = m.project.ancestors(owner).flatMap((each) => ("external" in each && each.external.includes(".") && !/^(typing|typing_extensions|abc|collections)\./.test(each.external) ? [each.external] : []));
  return outside.some((name) => /QuerySet$/.test(name)) && outside.every((name) => knownClasses.test(name));
}

/** What the user's own `get_queryset` of a manager gives, without its events. */
function overriddenQuery(m: Machine, entity: Entity, managerName: string, node: Expression): Query | undefined {
  const manager = entity.managers.get(managerName)!;
  const method = m.project.method(manager.class!, "get_queryset");
  if (!method || m.stack.includes(method.key)) return undefined;
  const key = `manager|${entity.key}|${managerName}`;
  const known = m.results.get(key);
  if (known) return known.kind === "query" ? known.query : undefined;
  const base = m.newQuery(blank(entity, { root: { uri: m.uri, expression: node }, kind: "manager", steps: [] }), manager);
  const { events } = m;
  m.events = [];
  const result = callFunction(m, method, { kind: "manager", query: base, manager, entity, varies: 0 }, emptyCall(m, node));
  m.events = events;
  m.results.set(key, result);
  if (result.kind === "query") return result.query.entity === entity.key ? result.query : undefined;
  return { ...base, uncertain: true, loads: new Map([[ANY_LOAD, { path: ANY_LOAD, by: "join", at: m.at(node) }]]) };
}

/** `row.relation` of a to-many relation. */
export function relatedManager(m: Machine, row: RowOrigin, relation: Relation, node: Expression, from: RowValue): Value {
  const target = relation.target !== undefined ? m.project.entity(relation.target) : undefined;
  if (!target) return unknown(m.innermost);
  const loads = new Map<string, Load>();
  // Rows that come over a foreign key's way back know their parent: `for c in book.chapters.all(): c.book` sends nothing.
  if (relation.inverse && (relation.form === "reverse-foreign-key" || relation.form === "generic-relation")) loads.set(relation.inverse, { path: relation.inverse, by: "join", at: m.at(node) });
  const manager = managerOf(m, target, target.defaultManager, node, "related-manager", { relation, row }, loads);
  m.bornWith(manager.query, from.cell);
  return { ...manager, varies: from.varies };
}

/** The load that covers a path of relations, if the query has one. */
export function loadOf(m: Machine, query: Query, path: string): Load | "all" | undefined {
  const direct = query.loads.get(path);
  if (direct && !direct.toAttribute) return direct;
  if (query.loads.has(ANY_LOAD)) return "all";
  const hops = path.split("__");
  for (let i = hops.length - 1; i > 0; i--) {
    const prefix = query.loads.get(hops.slice(0, i).join("__"));
    if (prefix?.query) {
      const inner = loadOf(m, prefix.query, hops.slice(i).join("__"));
      if (inner) return inner;
    }
  }
  if (query.loadsAllRequired) {
    let entity: string | undefined = query.entity;
    for (const hop of hops) {
      const relation: Relation | undefined = entity === undefined ? undefined : m.project.relation(entity, hop);
      if (!relation || relation.nullable || (relation.form !== "foreign-key" && relation.form !== "one-to-one")) return undefined;
      entity = relation.target;
    }
    return "all";
  }
  return undefined;
}

/** Only `.all()` so far: what a prefetch can answer. */
export function isPlainRelated(query: Query): boolean {
  return query.parent !== undefined && !query.picked && query.origin.steps.every((step) => step.name === "all") && query.lookups.length === 0;
}

/** Methods on a prefetched relation that the cache answers (Django: `prefetch_related`, measured). */
const ANSWERED_FROM_CACHE: ReadonlySet<RunHow> = new Set(["iterate", "list", "len", "bool", "index", "contains", "count", "exists", "unpack", "join", "sort", "other"]);
/** Ways to run that keep the rows on the query object. */
const KEEPS_ROWS: ReadonlySet<RunHow> = new Set(["iterate", "list", "len", "bool", "unpack", "join", "sort", "contains", "other"]);
/** Ways to run that make a row object for each row. */
const MAKES_MANY: ReadonlySet<RunHow> = new Set(["iterate", "list", "sort", "iterator", "in_bulk"]);

/** Columns that may hold kilobytes, and are loaded with the rows. */
function wideColumns(m: Machine, query: Query): readonly string[] {
  const entity = m.project.entity(query.entity);
  // Code that runs for each row that is made may read any.
  if (query.shape !== "instances" || query.columns.kind !== "all" || !entity || (entity.class && ["__init__", "from_db"].some((name) => m.project.method(entity.class!, name)))) return [];
  return [...entity.fields.values()].filter((field) => /^(Text|JSON|Binary|RichText)Field$/.test(field.type)).map((field) => field.name);
}

/** Ways to run that use rows already kept. */
const USES_ROWS: ReadonlySet<RunHow> = new Set([...KEEPS_ROWS, "index", "count", "exists"]);

/** Runs a query: events for the run and for the relation it follows. True when it is sent. */
export function run(m: Machine, value: QueryValue | ManagerValue, how: RunHow, node: Expression, expression = node): boolean {
  const { query } = value;
  const plain = isPlainRelated(query);
  const row = query.parent?.row;
  const path = query.parent && row ? joinPath(row.path, query.parent.relation.name) : "";
  const load = row?.query && query.parent ? (row.query.loads.has(path) || row.query.loads.size > 0 || row.query.loadsAllRequired ? loadOf(m, row.query, path) : undefined) : undefined;
  const prefetched = load !== undefined || (row !== undefined && query.parent !== undefined && m.isRead(row, path));
  const bypassing = prefetched ? bypassingMethod(query, how, typeof load === "object" ? load : undefined) : undefined;
  const fromCache = prefetched && bypassing === undefined;
  const kept = m.evaluated.has(query.id) && USES_ROWS.has(how);
  const sends = !fromCache && !kept;
  if (sends) m.work++;
  if (query.locked) noteLock(m);
  const loops = KEEPS_ROWS.has(how) ? m.loops.filter((loop) => loop.id <= m.bornLoop(query)) : m.loops.slice();
  if (query.parent && row && (row.query || row.loop)) {
    if (sends && (plain || prefetched)) {
      m.emit({
        kind: "relationRead", at: m.at(node), row, relation: query.parent.relation, path, loaded: false, use: how === "iterate" ? "iterate" : how, continued: false, query, loops,
        bypasses: prefetched && typeof load === "object" ? { load, method: bypassing!, query } : undefined,
      });
    }
  }
  const dropped = sends ? m.dropped(node) : undefined;
  const keepsRowsForOthers = KEEPS_ROWS.has(how) && (m.keptQueries.has(query.id) || loops.length < m.loops.length);
  m.emit({ kind: "queryRun", at: m.at(node), query, how, sends, dependsOn: value.varies, expression, loops, ...(keepsRowsForOthers && { keepsRowsForOthers }), ...(dropped && { dropped }) });
  if (sends && m.frames.length === 1 && m.frames[0].function && MAKES_MANY.has(how)) watchColumns(m, query, wideColumns(m, query), m.at(node));
  if (KEEPS_ROWS.has(how)) m.evaluated.add(query.id);
  return sends;
}

/** Whether a query may have its rows already: it was run, or a prefetched relation answers it. */
export function holdsRows(m: Machine, query: Query): boolean {
  if (m.evaluated.has(query.id)) return true;
  const { parent } = query;
  if (!parent || !isPlainRelated(query)) return parent !== undefined && query.uncertain;
  const path = joinPath(parent.row.path, parent.relation.name);
  return !parent.row.query || m.isRead(parent.row, path) || loadOf(m, parent.row.query, path) !== undefined;
}

/** The method that makes a prefetched relation ask the database again. */
function bypassingMethod(query: Query, how: RunHow, load: Load | undefined): string | undefined {
  const step = query.origin.steps.find((candidate) => candidate.name !== "all" && !candidate.custom);
  const own = query.origin.steps.find((candidate) => candidate.custom);
  if (step) return step.name;
  if (own) return query.lookups.length || Array.isArray(query.order) ? own.name : undefined;
  if (ANSWERED_FROM_CACHE.has(how)) return undefined;
  // `first()` on an ordered prefetched relation takes it from the cache; `last()` reverses and asks again.
  if (how === "first") {
    const ordered = load?.query ? load.query.order !== "none" : query.order !== "none";
    return ordered ? undefined : "first";
  }
  return how === "get" && load === undefined ? undefined : how;
}

/** The row that stands for any row of a query. */
export function rowOf(m: Machine, query: Query, many: boolean): RowValue {
  const parent = query.parent;
  // Rows of a plain relation belong to the outer query: eager loading goes there.
  const inherits = parent && isPlainRelated(query) && parent.row.query && !ownLoads(query) && (parent.row.loop || typeof loadOf(m, parent.row.query, joinPath(parent.row.path, parent.relation.name)) === "object");
  const origin: RowOrigin = inherits
    ? { entity: query.entity, query: parent.row.query, path: joinPath(parent.row.path, parent.relation.name), loop: many ? PENDING_LOOP : parent.row.loop, text: "" }
    : { entity: query.entity, query, path: "", loop: many ? PENDING_LOOP : undefined, text: "" };
  return { kind: "row", origin, cell: m.cellOf(origin.query!), varies: 0 };
}

function ownLoads(query: Query): boolean {
  for (const load of query.loads.values()) if (load.path !== query.parent?.relation.inverse) return true;
  return query.loadsAllRequired;
}

/** The rows of an evaluated query, as a sequence. */
export function rowsOf(m: Machine, value: QueryValue | ManagerValue, from?: Expression): SequenceValue {
  const { query } = value;
  let element: Value;
  if (query.shape === "instances") element = rowOf(m, query, true);
  else if (query.shape === "tuples") element = sequenceOf("tuple", unknown(), { items: query.values.length ? query.values.map(() => unknown()) : undefined, size: "few" });
  else if (query.shape === "mappings") element = { kind: "mapping", entries: new Map(), key: unknown(), value: unknown(), size: "few", varies: 0 };
  else element = unknown();
  const few = query.atMostOne || (query.bound.kind === "rows" && query.bound.rows <= 5) || m.project.entity(query.entity)?.small === true;
  return sequenceOf("iterator", element, { query, size: few ? "few" : "many", bound: query.atMostOne ? { kind: "rows", rows: 1 } : query.bound, varies: value.varies, materialised: from ? m.at(from) : undefined });
}

/** The next query of a chain. */
export function chained(m: Machine, receiver: QueryValue | ManagerValue, name: string, call: CallSite, change: Partial<Query>): QueryValue {
  const step: ChainStep = { name, uri: call.uri, call: call.node, custom: false };
  const query = m.derive(receiver.query, { ...change, origin: { ...receiver.query.origin, steps: [...receiver.query.origin.steps, step] } });
  return { kind: "query", query, varies: Math.max(receiver.varies, call.varies) };
}

/** A row that no query is known of: `request.user`, a parameter. */
export function looseRow(m: Machine, entity: Entity, text: string, basis?: Basis): RowValue {
  return m.newRow({ entity: entity.key, path: "", text, ...(basis && { basis }) });
}
