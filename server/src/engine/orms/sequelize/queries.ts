import type { Expression } from "../../facts";
import type { CallSite } from "../../flow/adapter";
import { callValue } from "../../flow/calls";
import { clientDataOf } from "../../flow/client-values";
import { emptyCall } from "../../flow/expressions";
import type { Machine } from "../../flow/machine";
import { moduleValue } from "../../flow/names";
import type { Bound, ChainStep, Columns, Lookup, OrderTerm, Query } from "../../flow";
import { numberOf, optionsOf, type ManagerValue, type Value } from "../../flow/values";
import type { Entity, Relation } from "../../project";
import type { Location } from "../../source";
import { listIn, optionsIn, textIn, truthOf, type Options } from "../script/options";
import { ANY_LOAD, newQuery } from "../script/queries";
import { columnOf, conditionsOf, isUnique } from "./conditions";
import { included, relationOf } from "./includes";

export const ORM = "sequelize";

/** All rows of a model as its default scope leaves them (documentation: *Scopes*); `name` ones instead where they are given. */
function baseQuery(m: Machine, entity: Entity, node: Expression, scopes: readonly Value[] | undefined = undefined): Query {
  let query = newQuery(m, ORM, entity, node);
  const names = scopes ?? (entity.sources?.has("") ? [{ kind: "constant", value: "defaultScope", varies: 0 } as const] : []);
  for (const each of names) query = scoped(m, entity, query, each, node);
  return query;
}

/** One scope on top of others: its name, `{ method: ["name", argument] }`, or an object of options. */
function scoped(m: Machine, entity: Entity, query: Query, scope: Value, node: Expression): Query {
  const given = scope.kind === "mapping" ? optionsIn(scope) : undefined;
  const method = given?.of.get("method")?.value;
  const called = method?.kind === "sequence" ? method.items : method ? [method] : undefined;
  const name = textIn(scope) ?? textIn(called?.[0]);
  if (name === undefined) {
    if (given && !method) return applied(m, query, entity, given, { node, quiet: true });
    // What cannot be read may load and narrow anything.
    return scope.kind === "constant" ? query : m.derive(query, { loads: new Map([...query.loads, [ANY_LOAD, { path: ANY_LOAD, by: "join", at: m.at(node) }]]), uncertain: true });
  }
  const source = entity.sources?.get(name === "defaultScope" ? "" : name);
  if (!source) return name === "defaultScope" ? query : m.derive(query, { loads: new Map([...query.loads, [ANY_LOAD, { path: ANY_LOAD, by: "join", at: m.at(node) }]]), uncertain: true });
  const { events } = m;
  m.events = [];
  const value = optionsGiven(m, moduleValue(m, source.uri, source.expression), (called ?? []).slice(1), node);
  const result = value ? applied(m, query, entity, optionsIn(value), { node, quiet: true }) : m.derive(query, { uncertain: true, loads: new Map([...query.loads, [ANY_LOAD, { path: ANY_LOAD, by: "join", at: m.at(node) }]]) });
  m.events = events;
  return result;
}

/** What a scope that is a function gives. */
function optionsGiven(m: Machine, value: Value, given: readonly Value[], node: Expression): Value | undefined {
  if (value.kind !== "function") return value.kind === "mapping" ? value : undefined;
  const call = emptyCall(m, node);
  const result = callValue(m, value, { ...call, positional: given.map((each) => ({ value: each, node: { value: node, start: node.start, end: node.end } })) });
  // `if (!userId) return {}`: the whole of what it may ask.
  const mappings = optionsOf(result).filter((each) => each.kind === "mapping");
  return mappings.find((each) => each.kind === "mapping" && each.entries.size > 0) ?? mappings[0];
}

interface Applying {
  readonly node: Expression;
  /** No events: what a scope says is said elsewhere. */
  readonly quiet?: boolean;
  readonly step?: ChainStep;
}

/** A query as the options of one call leave it. */
export function applied(m: Machine, query: Query, entity: Entity, options: Options, { node, quiet, step }: Applying): Query {
  const at = m.at(node);
  const include = options.of.get("include");
  const load = include ? included(m, entity, include.value, query.loads, at) : undefined;
  const where = conditionsOf(m, entity, options.of.get("where")?.value, at);
  const all = [...where.lookups, ...(load?.lookups ?? [])];
  const given = all.filter((each) => !each.optional);
  const lookups = [...query.lookups, ...given];
  const terms = orderOf(m, entity, options, at);
  const columns = columnsOf(options, at);
  const grouped = options.of.has("group");
  const derived = m.derive(query, {
    origin: step ? { ...query.origin, steps: [...query.origin.steps, step] } : query.origin,
    loads: load ? new Map([...load.loads].map(([path, each]) => [path, isSpokenOf(path, all, terms) ? { ...each, stays: true as const } : each])) : query.loads,
    lookups,
    order: terms === undefined ? query.order : terms === "unknown" ? "unknown" : terms.length > 0 ? terms : query.order,
    ...(columns && { columns: columns.columns, annotations: new Set([...query.annotations, ...columns.added]), grouped: query.grouped || grouped || (columns.added.length > 0 && grouped) }),
    ...(grouped && { grouped: true }),
    ...(truthOf(options.of.get("raw")?.value) === true && { shape: "mappings" as const }),
    ...(options.of.has("lock") && truthOf(options.of.get("lock")?.value) !== false && { locked: true }),
    ...(truthOf(options.of.get("distinct")?.value) === true && { distinct: true }),
    ...(asksForDistinct(options) && { distinct: true, distinctOn: true as const }),
    atMostOne: query.atMostOne || isUnique(entity, lookups),
    uncertain: query.uncertain || where.uncertain || options.of.has("having") || !options.isComplete || (load?.narrows === true && load.lookups.length === 0),
  });
  const bound = boundOf(options);
  const result = bound.kind === "none" ? derived : m.derive(derived, { bound, sliced: true });
  if (quiet) return result;
  for (const lookup of all) m.emit({ kind: "lookup", at: lookup.at, lookup, query: lookup.optional ? { ...result, lookups: [...result.lookups, lookup] } : result });
  if (Array.isArray(terms) && terms.length > 0 && step) m.emit({ kind: "rowsOrdered", at, terms, query: result, step });
  notePages(m, derived, options, node);
  return result;
}

/** `where: { "$reviews.stars$": 5 }`, `order: [["reviews", "stars"]]`: the statement needs the rows of the relation. */
function isSpokenOf(load: string, lookups: readonly Lookup[], terms: readonly OrderTerm[] | "unknown" | undefined): boolean {
  const hops = load.split("__");
  const leads = (path: readonly string[]): boolean => path.length > hops.length && hops.every((hop, i) => path[i] === hop);
  return lookups.some(({ path }) => leads(path)) || (Array.isArray(terms) && terms.some((term: OrderTerm) => leads(term.path)));
}

/** `offset` that depends on something is one page of many; a `limit` that the client chose has no maximum of its own. */
function notePages(m: Machine, whole: Query, options: Options, node: Expression): void {
  const offset = options.of.get("offset")?.value;
  const limit = options.of.get("limit");
  if (offset && limit && !(offset.kind === "constant")) m.emit({ kind: "paginated", at: m.at(node), query: whole, by: "slice", expression: node });
  if (!limit) return;
  for (const { number, plus, isDerived } of clientDataOf(limit.value)) {
    if (!plus && !isDerived) m.emit({ kind: "pageSized", at: limit.node && limit.uri ? m.at(limit.node, limit.uri) : m.at(node), by: "slice", query: whole, number, size: limit.node });
  }
}

function boundOf(options: Options): Bound {
  const limit = options.of.get("limit");
  if (!limit || limit.maybe) return limit ? { kind: "page" } : { kind: "none" };
  const rows = numberOf(limit.value);
  return rows !== undefined ? { kind: "rows", rows } : { kind: "page" };
}

/** `attributes: ["id", "title"]`, `{ exclude: [...] }`; what `[fn(…), "name"]` adds. */
function columnsOf(options: Options, at: Location): { readonly columns: Columns; readonly added: readonly string[] } | undefined {
  const attributes = options.of.get("attributes")?.value;
  if (!attributes) return undefined;
  if (attributes.kind === "mapping") {
    const inner = optionsIn(attributes);
    const excluded = namesIn(inner.of.get("exclude")?.value);
    const added = aliasesIn(inner.of.get("include")?.value);
    return { columns: excluded && excluded.length > 0 ? { kind: "deferred", names: new Set(excluded), at } : { kind: "all" }, added };
  }
  const names = namesIn(attributes);
  return { columns: names ? { kind: "only", names: new Set(names), at } : { kind: "all" }, added: aliasesIn(attributes) };
}

/** `attributes: [[fn("DISTINCT", col("status")), "status"]]` */
function asksForDistinct({ of }: Options): boolean {
  return (listIn(of.get("attributes")?.value) ?? []).some((item) => {
    const given = item.kind === "sequence" ? item.items?.[0] : item;
    return given?.kind === "object" && columnOf(given)?.function?.toLowerCase() === "distinct";
  });
}

/** Plain names in a list; undefined when some element cannot be read. */
function namesIn(value: Value | undefined): readonly string[] | undefined {
  const items = listIn(value);
  if (!items) return undefined;
  const names: string[] = [];
  for (const item of items) {
    const name = textIn(item) ?? (item.kind === "sequence" ? textIn(item.items?.[1]) : undefined);
    if (name === undefined) return undefined;
    names.push(name);
  }
  return names;
}

function aliasesIn(value: Value | undefined): readonly string[] {
  return (listIn(value) ?? []).flatMap((item) => (item.kind === "sequence" && item.items?.length === 2 ? [textIn(item.items[1]) ?? ""] : []));
}

/** `order: [["createdAt", "DESC"], [Author, "name"], sequelize.random()]`; undefined without one. */
function orderOf(m: Machine, entity: Entity, options: Options, at: Location): readonly OrderTerm[] | "unknown" | undefined {
  const order = options.of.get("order");
  if (!order) return undefined;
  const place = order.node && order.uri ? m.at(order.node, order.uri) : at;
  const { value } = order;
  if (value.kind !== "sequence") return isRandom(value) ? [{ path: [], descending: false, random: true, at: place }] : textIn(value) !== undefined ? [{ path: [textIn(value)!], descending: false, random: false, at: place }] : "unknown";
  if (!value.items) return "unknown";
  const terms: OrderTerm[] = [];
  for (const item of value.items) {
    const term = termOf(m, entity, item, place);
    if (!term) return "unknown";
    terms.push(term);
  }
  return terms;
}

function termOf(m: Machine, entity: Entity, item: Value, at: Location): OrderTerm | undefined {
  if (isRandom(item)) return { path: [], descending: false, random: true, at };
  const plain = textIn(item);
  if (plain !== undefined) return { path: [plain], descending: false, random: false, at };
  if (item.kind === "object") {
    const column = columnOf(item);
    return column && column.function === undefined ? { path: [column.name], descending: false, random: false, at } : undefined;
  }
  if (item.kind !== "sequence" || !item.items?.length) return undefined;
  const parts = [...item.items];
  const last = textIn(parts[parts.length - 1])?.toUpperCase();
  const direction = last !== undefined && /^(ASC|DESC)( NULLS (FIRST|LAST))?$/.test(last) ? last : undefined;
  if (direction !== undefined || (parts.length === 2 && textIn(parts[1]) === undefined)) parts.pop();
  if (isRandom(parts[0])) return { path: [], descending: false, random: true, at };
  const path: string[] = [];
  let current: Entity | undefined = entity;
  for (const part of parts) {
    const name = textIn(part);
    if (name !== undefined && part === parts[parts.length - 1]) {
      path.push(name);
      continue;
    }
    const relation: Relation | undefined = current && relationOf(current, part, part.kind === "mapping" ? optionsIn(part) : undefined);
    if (!relation) return undefined;
    path.push(relation.name);
    current = relation.target === undefined ? undefined : m.project.entity(relation.target);
  }
  return { path, descending: direction?.startsWith("DESC") === true, random: false, ...(direction?.endsWith("FIRST") && { nulls: "first" as const }), ...(direction?.endsWith("LAST") && { nulls: "last" as const }), at };
}

/** `sequelize.random()`, `fn("RAND")`, `literal("RANDOM()")`. */
function isRandom(value: Value): boolean {
  if (value.kind !== "object") return false;
  if (value.type === "sequelize random") return true;
  return (value.type === "sequelize fn" || value.type === "sequelize literal") && /^rand(om)?(\(\))?$/i.test(String(value.data).trim());
}

/** The query that a static method of a model (or of a scoped one) asks. */
export function queryFor(m: Machine, receiver: Value, entity: Entity, call: CallSite): Query {
  const root = call.node.callee.kind === "attribute" ? call.node.callee.object : call.node.callee;
  return receiver.kind === "manager" ? m.derive(receiver.query, {}) : baseQuery(m, entity, root);
}

/** `User.scope("active")`, `User.unscoped()`: a model that asks with other conditions. */
export function scopedModel(m: Machine, entity: Entity, scopes: readonly Value[] | undefined, call: CallSite): ManagerValue {
  const root = call.node.callee.kind === "attribute" ? call.node.callee.object : call.node;
  const before = baseQuery(m, entity, root, scopes);
  const step = stepOf(call);
  const query = m.derive(before, { origin: { ...before.origin, steps: [step] } });
  return { kind: "manager", query, entity, varies: call.varies, manager: { name: "", opaque: false, ...(entity.class && { class: entity.class }) } };
}

/** The call as a step of a chain. */
export function stepOf(call: CallSite): ChainStep {
  const { callee } = call.node;
  return { name: callee.kind === "attribute" ? callee.name : "", uri: call.uri, call: call.node, custom: false };
}

/** Conditions on one column by equality. */
export function keyLookup(entity: Entity, column: string, at: Location, varies?: number): Lookup {
  return { path: [column], transforms: [], lookup: "exact", entity: entity.key, field: column, negated: false, disjunct: false, at, annotated: false, ...(varies !== undefined && { varies }) };
}
