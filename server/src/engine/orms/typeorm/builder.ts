import type { Expression } from "../../facts";
import type { CallSite } from "../../flow/adapter";
import type { Load, Lookup, OrderTerm, Query, RowOrigin } from "../../flow";
import { callCallback } from "../../flow/calls";
import type { Machine } from "../../flow/machine";
import { constant, joinValues, optionsOf, perhapsVaries, sequenceOf, unknown, type ObjectValue, type Value } from "../../flow/values";
import type { Entity } from "../../project";
import { listIn, optionsIn, textIn } from "../script/options";
import { ANY_LOAD, joinPath, newQuery, restateLookups, rowOf, rowsOf, send, write } from "../script/queries";
import { ORM, receiverNode } from "./finds";
import { entityNamedBy } from "./objects";
import { boundOf, emitLoads, emitPageSize, readOptions } from "./options";
import { joinsTables, pagesByKey } from "./pages";
import { fieldNamed, parametersIn, readSql, type Alias, type Parameters } from "./sql";
import { statementsOfFind } from "./statements";
import { conditionsIn, emitLookups, isUnique, keyLookup } from "./where";
import { created, loopOfRow } from "./writes";

export const BUILDER = "typeorm query builder";
export const BRACKETS = "typeorm brackets";

/** A query that is being built. Its methods change it in place, whichever name it goes by. */
export interface Builder {
  kind: "select" | "update" | "insert" | "delete" | "relation";
  /** `softDelete()` */
  keepsRow?: boolean;
  entity: Entity | undefined;
  query: Query | undefined;
  readonly aliases: Map<string, Alias>;
  parameters: Parameters;
  /** What it depends on. */
  varies: number;
  skip?: Value;
  take?: { readonly value: Value; readonly node: Expression };
  /** `take` or `skip` was called, which count rows; `limit` and `offset` count what the join gives. */
  countsRows?: boolean;
  /** Something is joined, whether it is selected or not. */
  joins?: boolean;
  /** What an insert or an update is given. */
  values?: Value;
  relation?: string;
  /** Whose relation is written: rows, or their keys. */
  of?: Value;
  readonly root: Expression;
}

function builderOf(value: Value): Builder | undefined {
  return value.kind === "object" && value.type === BUILDER ? (value.data as Builder) : undefined;
}

/** `createQueryBuilder("user")`, `createQueryBuilder(User, "user")`. */
export function newBuilder(m: Machine, entity: Entity | undefined, alias: string | undefined, call: CallSite): ObjectValue {
  const root = receiverNode(call);
  const builder: Builder = { kind: "select", entity: undefined, query: undefined, aliases: new Map(), parameters: new Map(), varies: call.varies, root };
  if (entity) start(m, builder, entity, alias, call, "createQueryBuilder");
  return { kind: "object", type: BUILDER, parts: {}, data: builder, varies: call.varies };
}

function start(m: Machine, builder: Builder, entity: Entity, alias: string | undefined, call: CallSite, name: string): void {
  builder.entity = entity;
  // Without a name of its own a row goes by that of its class (TypeORM: `SelectQueryBuilder`, main alias).
  builder.aliases.set(alias ?? entity.name, { entity, path: [] });
  const query = newQuery(m, ORM, entity, builder.root);
  builder.query = m.derive(query, { from: undefined, origin: { ...query.origin, steps: [{ name, uri: call.uri, call: call.node, custom: false }] } });
}

function change(m: Machine, builder: Builder, name: string, call: CallSite, by: Partial<Query>): void {
  const { query } = builder;
  if (!query) return;
  builder.query = m.derive(query, { ...by, origin: { ...query.origin, steps: [...query.origin.steps, { name, uri: call.uri, call: call.node, custom: false }] } });
}

/** From here on it may hold what nobody sees. */
export function releaseBuilder(m: Machine, value: Value, at: Query["origin"]["root"]): void {
  const builder = builderOf(value);
  if (!builder?.query) return;
  const load: Load = { path: ANY_LOAD, by: "join", at: { uri: at.uri, span: { start: at.expression.start, end: at.expression.end } } };
  builder.query = m.derive(builder.query, { uncertain: true, bound: builder.query.bound.kind === "none" ? { kind: "page" } : builder.query.bound, loads: new Map([...builder.query.loads, [ANY_LOAD, load]]), order: Array.isArray(builder.query.order) ? builder.query.order : "unknown" });
}

/** Methods that change nothing that is known of the rows. */
const SAME: ReadonlySet<string> = new Set([
  "cache", "comment", "setQueryRunner", "useTransaction", "maxExecutionTime", "withDeleted", "disableEscaping", "setNativeParameters", "callListeners", "useIndex", "timeTravelQuery", "setOnLocked",
  "returning", "output", "updateEntity", "useTransaction", "whenNotMatched", "printSql", "loadAllRelationIds", "setOption", "skipOptions", "orIgnore", "orUpdate", "onConflict",
]);

/** Methods of query builders. Undefined: not known. */
export function builderMethod(m: Machine, receiver: ObjectValue, name: string, call: CallSite): Value | undefined {
  const builder = receiver.data as Builder;
  // `where((qb) => …)`: what a function that is not looked into compares with may be another one each time.
  const isUnseen = call.positional.some(({ value }) => value.kind === "function" || value.kind === "lambda");
  builder.varies = Math.max(builder.varies, call.varies, isUnseen ? perhapsVaries(m.innermost) : 0);
  const first = call.positional[0]?.value;
  const result: ObjectValue = { ...receiver, varies: Math.max(receiver.varies, call.varies) };
  if (SAME.has(name)) return result;
  switch (name) {
    case "select":
    case "addSelect": return select(m, builder, name, call) ?? result;
    case "from":
    case "into": {
      const entity = entityNamedBy(m, first);
      if (entity) start(m, builder, entity, textIn(call.positional[1]?.value), call, name);
      else builder.query = undefined;
      return result;
    }
    case "update":
    case "delete":
    case "softDelete":
    case "restore":
    case "insert":
    case "relation": {
      builder.keepsRow = name === "softDelete";
      builder.kind = name === "softDelete" ? "delete" : name === "restore" ? "update" : name;
      const entity = entityNamedBy(m, first);
      if (entity && name !== "relation") start(m, builder, entity, builder.entity === entity ? [...builder.aliases.keys()][0] : undefined, call, name);
      if (name === "relation") {
        if (entity) start(m, builder, entity, undefined, call, name);
        builder.relation = textIn(entity ? call.positional[1]?.value : first);
      }
      return result;
    }
    case "set":
      if (builder.kind === "relation") return wrote(m, builder, name, call);
      builder.values = first;
      return result;
    case "values":
      builder.values = first;
      return result;
    case "of":
      builder.of = first;
      return result;
    case "where":
    case "andWhere":
    case "orWhere":
    case "having":
    case "andHaving":
    case "orHaving":
    case "whereInIds":
    case "andWhereInIds":
    case "andWhereExists":
    case "whereExists": return where(m, builder, name, call) ?? result;
    case "setParameter":
      if (first) builder.parameters = new Map([...builder.parameters, [String(textIn(first) ?? ""), { value: call.positional[1]?.value ?? unknown(), ...(call.positional[1] && { node: call.positional[1].node.value }) }]]);
      return result;
    case "setParameters":
      builder.parameters = new Map([...builder.parameters, ...parametersIn(first)]);
      return result;
    case "orderBy":
    case "addOrderBy": return order(m, builder, name, call) ?? result;
    case "groupBy":
    case "addGroupBy":
      change(m, builder, name, call, { grouped: true });
      return result;
    case "distinct":
    case "distinctOn":
      change(m, builder, name, call, { distinct: true });
      return result;
    case "setLock":
      change(m, builder, name, call, { locked: true });
      return result;
    case "take":
    case "limit":
      if (first && !(first.kind === "constant" && first.value === null)) {
        builder.take = { value: first, node: call.positional[0].node.value };
        if (name === "take") builder.countsRows = true;
        if (builder.query) emitPageSize(m, builder.query, first, m.at(builder.take.node, call.uri), builder.take.node);
        change(m, builder, name, call, { bound: boundOf(first), sliced: true });
      }
      return result;
    case "skip":
    case "offset":
      builder.skip = first;
      if (name === "skip") builder.countsRows = true;
      change(m, builder, name, call, { sliced: true });
      return result;
    case "setFindOptions": {
      if (!builder.entity || !builder.query) return result;
      const found = readOptions(m, builder.entity, optionsIn(first), m.at(call.node, call.uri), true);
      const before = builder.query;
      if (found.take) builder.take = { value: found.take.value, node: found.take.node ?? call.node };
      if (found.take || found.skip) builder.countsRows = true;
      if (joinsTables({ loads: found.change.loads ?? new Map(), lookups: found.lookups })) builder.joins = true;
      builder.skip = found.skip?.value ?? builder.skip;
      change(m, builder, name, call, {
        ...found.change, lookups: [...before.lookups, ...(found.change.lookups ?? [])], uncertain: before.uncertain || found.change.uncertain === true,
        loads: new Map([...before.loads, ...(found.change.loads ?? [])]), bound: found.change.bound?.kind === "none" ? before.bound : found.change.bound ?? before.bound,
      });
      emitLookups(m, found.lookups, builder.query);
      return result;
    }
    case "clone":
      return { ...result, data: { ...builder, aliases: new Map(builder.aliases) } satisfies Builder };
    case "getQuery":
    case "getSql":
    case "getQueryAndParameters":
      if (builder.query) m.emit({ kind: "queryEscapes", at: m.at(call.node, call.uri), query: builder.query, to: "subquery" });
      return unknown(call.varies);
    case "getParameters":
    case "subQuery": return name === "subQuery" ? newBuilder(m, undefined, undefined, call) : unknown(call.varies);
    default:
      if (/^(left|inner)Join/.test(name)) return join(m, builder, name, call) ?? result;
      if (/^loadRelation(Count|Id)AndMap$/.test(name)) return result;
      return run(m, builder, name, call);
  }
}

function select(m: Machine, builder: Builder, name: string, call: CallSite): undefined {
  const first = call.positional[0]?.value;
  const texts = first ? (listIn(first)?.map(textIn) ?? [textIn(first)]) : [];
  if (texts.length === 0) return undefined;
  const known = texts.map((text) => (text === undefined ? undefined : columnOf(builder, text)));
  // `COUNT(*)`, `SUM(order.total)`: other rows than those of the table.
  if (texts.some((text) => text !== undefined && /\w\s*\(/.test(text))) change(m, builder, name, call, { grouped: true });
  else if (name === "select" && known.every((each) => each !== undefined)) {
    const names = new Set(known.filter((each) => each !== "*"));
    if (names.size > 0 && !known.includes("*")) change(m, builder, name, call, { columns: { kind: "only", names, at: m.at(call.node, call.uri) } });
  } else if (known.some((each) => each === undefined)) change(m, builder, name, call, { columns: { kind: "all" } });
  return undefined;
}

/** `user.name` of the query's own rows; "*": all of them. */
function columnOf(builder: Builder, text: string): string | undefined {
  const [alias, column] = text.split(".");
  const found = builder.aliases.get(alias);
  if (!found || found.path.length > 0) return undefined;
  return column === undefined ? "*" : fieldNamed(found.entity, column);
}

function where(m: Machine, builder: Builder, name: string, call: CallSite): undefined {
  const { entity, query } = builder;
  if (!entity || !query) return undefined;
  const condition = call.positional[0];
  const either = name.startsWith("or");
  const found = name.endsWith("InIds")
    ? { lookups: [keyLookup(entity, "in", m.at(call.node, call.uri), condition?.value)], uncertain: false }
    : /having|exists/i.test(name) ? { lookups: [], uncertain: true }
    : condition ? conditionsOf(m, builder, condition.value, condition.node.value, parametersOf(builder, call), call) : { lookups: [], uncertain: true };
  const kept = either ? query.lookups.map((each): Lookup => ({ ...each, disjunct: true })) : name === "where" ? [] : query.lookups;
  const lookups = found.lookups.map((each) => (either && query.lookups.length + (query.uncertain ? 1 : 0) > 0 ? { ...each, disjunct: true } : each));
  const all = [...kept, ...lookups.filter((each) => !each.optional)];
  change(m, builder, name, call, { lookups: all, uncertain: query.uncertain || found.uncertain, atMostOne: (query.atMostOne && !either) || (!either && isUnique(m, entity, all)) });
  if (either) restateLookups(m, query.lookups, kept, builder.query!);
  emitLookups(m, lookups, builder.query!);
  return undefined;
}

function parametersOf(builder: Builder, call: CallSite): Parameters {
  const own = parametersIn(call.positional[1]?.value);
  if (own.size > 0) builder.parameters = new Map([...builder.parameters, ...own]);
  return builder.parameters;
}

function conditionsOf(m: Machine, builder: Builder, value: Value, node: Expression, parameters: Parameters, call: CallSite): { readonly lookups: readonly Lookup[]; readonly uncertain: boolean } {
  const at = m.at(node, call.uri);
  const [only] = optionsOf(value);
  if (optionsOf(value).length > 1) return { lookups: [], uncertain: true };
  const text = textIn(only) ?? (node.kind === "format" && node.texts ? node.texts.join("?") : undefined);
  if (text !== undefined) return readSql(text, builder.aliases, parameters, at);
  if (only.kind === "mapping" || (only.kind === "sequence" && only.items)) return conditionsIn(m, builder.entity!, only, at);
  if (only.kind === "object" && only.type === BRACKETS && only.parts.callback) return bracketed(m, builder, only.parts.callback, call);
  return { lookups: [], uncertain: true };
}

/** `new Brackets((qb) => qb.where(…).orWhere(…))`: conditions in parentheses. */
function bracketed(m: Machine, builder: Builder, callback: Value, call: CallSite): { readonly lookups: readonly Lookup[]; readonly uncertain: boolean } {
  const { query } = builder;
  if (!query) return { lookups: [], uncertain: true };
  const inner: Builder = { ...builder, query: m.derive(query, { lookups: [], uncertain: false, atMostOne: false }) };
  const { events } = m;
  // Too deep to look into: what it compares with may be anything.
  if (!m.mayEnter) inner.varies = Math.max(inner.varies, perhapsVaries(m.innermost));
  m.events = [];
  callCallback(m, callback, [{ kind: "object", type: BUILDER, parts: {}, data: inner, varies: call.varies }], call);
  m.events = events;
  builder.varies = Math.max(builder.varies, inner.varies);
  return { lookups: inner.query?.lookups ?? [], uncertain: inner.query?.uncertain ?? true };
}

function order(m: Machine, builder: Builder, name: string, call: CallSite): undefined {
  const { query } = builder;
  const first = call.positional[0];
  if (!query || !first) return undefined;
  const before = name === "addOrderBy" && Array.isArray(query.order) ? query.order : [];
  const added = termsOf(m, builder, first.value, first.node.value, call);
  const terms = [...before, ...(added ?? [])];
  change(m, builder, name, call, { order: added === undefined || (name === "addOrderBy" && query.order === "unknown") ? "unknown" : terms.length > 0 ? terms : "none" });
  const changed = builder.query!;
  if (added && added.length > 0) m.emit({ kind: "rowsOrdered", at: m.at(call.node, call.uri), terms, query: changed, step: changed.origin.steps.at(-1)! });
  return undefined;
}

function termsOf(m: Machine, builder: Builder, value: Value, node: Expression, call: CallSite): readonly OrderTerm[] | undefined {
  const at = m.at(node, call.uri);
  const [only] = optionsOf(value);
  if (optionsOf(value).length > 1) return undefined;
  const direction = textIn(call.positional[1]?.value) ?? "ASC";
  if (only.kind === "mapping") {
    if (!only.complete) return undefined;
    const terms = [...only.entries].map(([text, each]) => term(builder, text, textIn(each) ?? "ASC", at));
    return terms.every((each) => each !== undefined) ? terms : undefined;
  }
  const text = textIn(only);
  if (text === undefined) return undefined;
  const one = term(builder, text, direction, at, textIn(call.positional[2]?.value));
  return one && [one];
}

function term(builder: Builder, text: string, direction: string, at: OrderTerm["at"], nulls?: string): OrderTerm | undefined {
  if (/^(RANDOM|RAND|NEWID)\s*\(\s*\)$/i.test(text.trim())) return { path: [], descending: false, random: true, at };
  const [aliasName, ...rest] = text.replace(/["`]/g, "").split(".");
  const alias = rest.length > 0 ? builder.aliases.get(aliasName) : builder.entity && { entity: builder.entity, path: [] };
  const field = alias && fieldNamed(alias.entity, rest.length > 0 ? rest.join(".") : aliasName);
  if (!alias || field === undefined) return undefined;
  return { path: [...alias.path, field], descending: direction.toUpperCase() === "DESC", random: false, at, ...(nulls && { nulls: /first/i.test(nulls) ? "first" as const : "last" as const }) };
}

function join(m: Machine, builder: Builder, name: string, call: CallSite): undefined {
  builder.joins = true;
  const [target, aliasValue] = call.positional.map((each) => each.value);
  const maps = name.includes("AndMap");
  const property = textIn(maps ? call.positional[1]?.value : target);
  const alias = textIn(maps ? call.positional[2]?.value : aliasValue);
  const [owner, relationName] = property?.split(".") ?? [];
  const from = owner === undefined ? undefined : builder.aliases.get(owner);
  const relation = relationName === undefined ? undefined : from?.entity.relations.get(relationName);
  const selects = name.endsWith("AndSelect");
  if (from && relation) {
    const entity = relation.target === undefined ? undefined : m.project.entity(relation.target);
    const path = [...from.path, relation.name];
    if (alias !== undefined && entity) builder.aliases.set(alias, { entity, path });
    narrow(m, builder, name, call, maps ? 3 : 2);
    const { query } = builder;
    if (selects && query) {
      const full = path.join("__");
      const picked = entity && pickedBy(m, builder, entity, path, call, maps ? 3 : 2);
      const load: Load = { path: full, by: "join", at: placeOfStep(m, call), ...(picked && { query: picked }) };
      const before = query.loads;
      change(m, builder, name, call, { loads: new Map([...before, [full, load]]) });
      emitLoads(m, builder.entity!, builder.query!, before);
      return undefined;
    }
    change(m, builder, name, call, {});
    return undefined;
  }
  const entity = entityNamedBy(m, target);
  // Another table, joined by a condition: its columns are not reached by relations.
  if (entity && alias !== undefined) builder.aliases.set(alias, { entity, path: [joinPath("", `(${alias})`)] });
  // Joins that cannot be read may load anything, and leave rows out.
  change(m, builder, name, call, { uncertain: true, ...(selects && { loads: new Map([...(builder.query?.loads ?? []), [ANY_LOAD, { path: ANY_LOAD, by: "join" as const, at: m.at(call.node, call.uri) }]]) }) });
  return undefined;
}

/** A join with a condition of its own brings some of the related rows: those that meet what can be read of it, and whatever else it says. */
function pickedBy(m: Machine, builder: Builder, entity: Entity, path: readonly string[], call: CallSite, at: number): Query | undefined {
  const condition = call.positional[at];
  if (!condition) return undefined;
  const { lookups } = conditionsOf(m, builder, condition.value, condition.node.value, new Map([...builder.parameters, ...parametersIn(call.positional[at + 1]?.value)]), call);
  const own = lookups.filter((each) => each.path.length === path.length + 1 && path.every((hop, i) => each.path[i] === hop)).map((each) => ({ ...each, path: each.path.slice(-1) }));
  return newQuery(m, ORM, entity, builder.root, { uncertain: true, lookups: own });
}

/** `innerJoin("order.lines", "line", "line.id = :id", { id })` leaves out rows for which the condition does not hold. */
function narrow(m: Machine, builder: Builder, name: string, call: CallSite, at: number): void {
  const { query, entity } = builder;
  const condition = call.positional[at];
  if (!query || !entity || !condition || !name.startsWith("inner")) return;
  const parameters = parametersIn(call.positional[at + 1]?.value);
  builder.parameters = new Map([...builder.parameters, ...parameters]);
  const { lookups, uncertain } = conditionsOf(m, builder, condition.value, condition.node.value, builder.parameters, call);
  const all = [...query.lookups, ...lookups];
  builder.query = m.derive(query, { lookups: all, uncertain: query.uncertain || uncertain, atMostOne: query.atMostOne || isUnique(m, entity, all) });
}

/** `leftJoinAndSelect("book.tags", "tag")` without the chain before it. */
function placeOfStep(m: Machine, { node, uri }: CallSite): Load["at"] {
  return m.at({ start: node.callee.kind === "attribute" ? node.callee.nameStart : node.start, end: node.end }, uri);
}

/** Sends what was built. */
function run(m: Machine, builder: Builder, name: string, call: CallSite): Value | undefined {
  const { query, entity, varies } = builder;
  const { node, uri } = call;
  if (!query || !entity) return /^(get|execute|stream|load|add|remove)/.test(name) ? unknown(varies) : undefined;
  // A query builder that is cut by `take` and `skip` asks for keys first where it joins; `limit` and `offset` stay in the one query.
  const isPaged = builder.countsRows === true && (builder.take !== undefined || builder.skip !== undefined);
  const statements = statementsOfFind(query, { joins: builder.joins === true, cut: isPaged ? "page" : undefined, counts: name === "getManyAndCount" });
  const sending = { node, varies, uri, ...(/^(getMany|getManyAndCount|getOne|getOneOrFail|getRawAndEntities)$/.test(name) && { statements }), ...(name === "getManyAndCount" && { counts: true as const }) };
  const asRows = (state: Query): Value => rowsOf(m, state, node, varies);
  switch (name) {
    case "getMany":
    case "getManyAndCount": {
      paginated(m, builder, call);
      send(m, query, { ...sending, how: "list" });
      const rows = asRows(query);
      return name === "getMany" ? rows : sequenceOf("tuple", rows, { items: [rows, unknown(varies)], size: "few", varies });
    }
    case "getOne":
    case "getOneOrFail": {
      // No LIMIT is sent (measured on TypeORM 1.1.1): all rows are read, and the first one is given.
      const one = m.derive(query, { ...(query.atMostOne && { bound: { kind: "rows" as const, rows: 1 } }), from: undefined });
      send(m, one, { ...sending, how: query.atMostOne ? "get" : "first" });
      if (!query.atMostOne && !query.uncertain && query.bound.kind === "none" && !query.lookups.some((each) => picksFew(m, each))) m.emit({ kind: "rowsReduced", at: placeOfStep(m, call), query: one, by: "first-of-list", expression: node });
      const row = rowOf(m, one, false, varies);
      return name === "getOne" ? joinValues(row, constant(null, varies)) : row;
    }
    case "getRawMany":
    case "getRawAndEntities":
    case "getRawOne": {
      const raw = m.derive(query, { shape: "mappings", from: undefined });
      if (name !== "getRawOne") paginated(m, builder, call);
      send(m, raw, { ...sending, how: name === "getRawOne" ? (query.grouped ? "aggregate" : query.atMostOne ? "get" : "first") : "list" });
      return name === "getRawOne" ? unknown(varies) : asRows(raw);
    }
    case "getCount":
      send(m, query, { ...sending, how: "count" });
      return unknown(varies);
    case "getExists":
      send(m, query, { ...sending, how: "exists" });
      return unknown(varies);
    case "stream":
      send(m, query, { ...sending, how: "iterator" });
      return unknown(varies);
    case "loadMany":
    case "loadOne": {
      const relation = builder.relation === undefined ? undefined : entity.relations.get(builder.relation);
      const target = relation?.target === undefined ? undefined : m.project.entity(relation.target);
      if (!target) return unknown(varies);
      const related = newQuery(m, ORM, target, builder.root, { uncertain: true });
      send(m, related, { ...sending, how: name === "loadMany" ? "list" : "get" });
      return name === "loadMany" ? rowsOf(m, related, node, varies) : rowOf(m, related, false, varies);
    }
    case "add":
    case "remove":
    case "addAndRemove":
    case "execute": return wrote(m, builder, name, call);
    default: return undefined;
  }
}

function wrote(m: Machine, builder: Builder, name: string, call: CallSite): Value {
  const { query, entity, varies, kind } = builder;
  if (!query || !entity) return unknown(varies);
  const node = call.node;
  if (kind === "relation") {
    const relation = builder.relation === undefined ? undefined : entity.relations.get(builder.relation);
    // Many links of one row at once, in batches.
    const isBulk = (builder.of?.varies ?? 0) < m.innermost && call.positional.some(({ value }) => optionsOf(value).some((option) => option.kind === "sequence" && !(option.items && option.items.length <= 5)));
    if (relation?.target !== undefined) write(m, { how: isBulk ? "bulk_update" : name === "remove" ? "relation-remove" : name === "set" ? "relation-set" : "relation-add", entity: relation.target, node, dependsOn: varies, ...ownerOf(m, entity, builder.of) });
  } else if (kind === "insert") {
    const [only] = builder.values ? optionsOf(builder.values) : [];
    write(m, { how: only?.kind === "mapping" || only?.kind === "row" ? "create" : "bulk_create", entity: entity.key, node, dependsOn: varies });
    if (only?.kind === "mapping") return created(m, entity, only, call);
  } else if (kind === "select") {
    send(m, m.derive(query, { shape: "mappings", from: undefined }), { how: "list", node, varies, uri: call.uri });
  } else write(m, { how: kind === "delete" ? "query-delete" : "update", entity: entity.key, query, node, dependsOn: varies, keepsRow: builder.keepsRow, data: kind === "update" ? builder.values : undefined });
  return unknown(varies);
}

/** A condition that leaves a row or two of a large table: a column compared with one value that is no status, kind or flag. */
function picksFew(m: Machine, { lookup, negated, entity, field, constant }: Lookup): boolean {
  if ((lookup !== "exact" && lookup !== "in") || negated || constant === null) return false;
  const column = entity === undefined || field === undefined ? undefined : m.project.entity(entity)?.fields.get(field);
  if (!column) return true;
  return column.holds !== "boolean" && column.holds !== "enum" && !column.hasChoices && column.holds !== "small-integer" && !/(status|state|type|kind|level|role|category|mode)$/i.test(column.name) && column.type !== "relation";
}

/** The row that links are added to: another one in each round where its key is. */
function ownerOf(m: Machine, entity: Entity, of: Value | undefined): { readonly row?: RowOrigin } {
  if (!of) return {};
  if (of.kind === "row") return { row: { ...of.origin, loop: loopOfRow(m, of) } };
  const loop = m.loops.find(({ id }) => id === of.varies);
  return { row: { entity: entity.key, path: "", text: entity.name, ...(loop && { loop }) } };
}

function paginated(m: Machine, builder: Builder, call: CallSite): void {
  const { query, skip, entity } = builder;
  if (!query || !entity || !skip || skip.kind === "constant" || query.bound.kind === "none") return;
  const uncut = m.derive(query, { bound: { kind: "none" }, sliced: false, from: undefined });
  m.emit({ kind: "paginated", at: m.at(call.node, call.uri), query: builder.joins && builder.countsRows ? pagesByKey(m, uncut, entity) : uncut, by: "slice", expression: call.node });
}
