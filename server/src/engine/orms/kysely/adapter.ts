import type { Expression } from "../../facts";
import type { CallSite, FlowAdapter } from "../../flow/adapter";
import { callCallback } from "../../flow/calls";
import { clientDataOf } from "../../flow/client-values";
import type { Machine } from "../../flow/machine";
import type { OrderTerm, Query, QueryOrigin, WriteHow } from "../../flow";
import { inTransaction } from "../../flow/transactions";
import { constant, joinValues, numberOf, optionsOf, perhapsVaries, unknown, varying, type ObjectValue, type QueryValue, type Value } from "../../flow/values";
import { emptyAdapter } from "../script/adapter";
import { livesOf } from "../script/clients";
import { optionsIn, textIn } from "../script/options";
import { chained, newQuery, rowOf, send, sendForRows, write } from "../script/queries";
import { expressionMethod, filtered, withCallbacks } from "./conditions";
import { tableNamed, tableOf } from "./tables";

const CLIENT = "kysely client";
const TRANSACTION = "kysely transaction";
const WRITE = "kysely write";

/** What a client knows besides its tables: the names that `with()` gave to queries, as far as they are written. */
interface ClientData {
  readonly named: ReadonlyMap<string, number>;
  /** A name was put together at run time. */
  readonly hasOthers: boolean;
}

interface WriteData {
  readonly how: WriteHow;
  readonly query: Query;
  /** What an update sets. */
  readonly set?: Value;
}

/** What Kysely's methods mean. Nothing is sent before `execute()` and its kin. */
export const kyselyFlow: FlowAdapter = {
  ...emptyAdapter("kysely"),

  callExternal(name, call, m) {
    return name === "kysely.Kysely" ? createClient(m, call) : undefined;
  },

  annotation(name) {
    return /^kysely\.(Kysely|Transaction|ControlledTransaction|QueryCreator)$/.test(name) ? client(0) : undefined;
  },

  objectAttribute: () => undefined,

  callMethod(receiver, name, call, m) {
    if (receiver.kind === "query") return receiver.query.orm === "kysely" ? queryMethod(m, receiver, name, call) : undefined;
    if (receiver.kind !== "object") return undefined;
    if (receiver.type === CLIENT) return clientMethod(m, receiver, name, call);
    if (receiver.type === TRANSACTION) return transactionMethod(m, receiver, name, call);
    return receiver.type === WRITE ? writeMethod(m, receiver, name, call) : expressionMethod(m, receiver, name, call);
  },

  evaluate: (value, _how, node, m) => sendForRows(m, value.query, { node, varies: value.varies }),

  rowAttribute(row, name, _node, _use, m) {
    return m.project.entity(row.origin.entity)?.framework === "kysely" ? (name === "id" && row.origin.query ? { kind: "object", type: "key", parts: {}, varies: row.varies } : unknown(row.varies)) : undefined;
  },
};

function client(varies: number): ObjectValue {
  return { kind: "object", type: CLIENT, parts: {}, varies };
}

/** `new Kysely({ dialect: new PostgresDialect({ pool: new Pool({ max: 20 }) }) })`. */
function createClient(m: Machine, call: CallSite): Value {
  const options = optionsIn(call.positional[0]?.value);
  const dialect = options.of.get("dialect")?.node;
  const pool = dialect && poolIn(dialect);
  const log = options.of.get("log");
  m.emit({
    kind: "clientCreated", at: m.at(call.node, call.uri), orm: "kysely", name: "Kysely", expression: call.node, engine: m.project.engine, lives: livesOf(m), pool: pool?.given === undefined ? "unknown" : pool.given ? "given" : "default",
    ...(pool?.size !== undefined && { poolSize: pool.size }),
    ...(log?.node?.kind === "sequence" && log.node.items.some((item) => item.kind === "literal" && item.value === "query") && { logsQueries: { at: m.at(log.node, log.uri), always: true } }),
    ...(options.literal && { options: options.literal }),
  });
  return client(call.varies);
}

/** What the dialect says of its pool, where that is written out. */
function poolIn(dialect: Expression): { readonly given?: boolean; readonly size?: number } | undefined {
  const config = dialect.kind === "call" ? dialect.arguments[0]?.value : undefined;
  const pool = config?.kind === "mapping" ? config.entries.find(({ key }) => key?.kind === "literal" && key.value === "pool")?.value : undefined;
  const options = pool?.kind === "call" ? pool.arguments[0]?.value : undefined;
  if (options?.kind !== "mapping" || options.entries.some(({ key }) => !key)) return undefined;
  const size = options.entries.find(({ key }) => key?.kind === "literal" && (key.value === "max" || key.value === "connectionLimit"))?.value;
  return { given: size !== undefined, ...(size?.kind === "literal" && typeof size.value === "number" && { size: size.value }) };
}

/** `with("tree(id)", (db) => …)`: what is asked of the name later depends on what its query depends on. */
function withNamed(m: Machine, receiver: ObjectValue, call: CallSite): Value {
  const before = receiver.data as ClientData | undefined;
  const [given, made] = call.positional;
  const name = /^\w+/.exec(textIn(given?.value) ?? "")?.[0];
  const inner = made && (made.value.kind === "function" || made.value.kind === "lambda") ? callCallback(m, made.value, [receiver], call) : made?.value;
  const varies = Math.max(receiver.varies, call.varies, inner?.varies ?? 0);
  const named = new Map(before?.named);
  if (name !== undefined) named.set(name, varies);
  return { ...receiver, data: { named, hasOthers: (before?.hasOthers ?? false) || name === undefined } satisfies ClientData, varies };
}

/** A query on what `with()` named. How many rows there are is its query's business: it is no table. */
function fromNamed(m: Machine, receiver: ObjectValue, value: Value | undefined): Partial<Query> | undefined {
  const data = receiver.data as ClientData | undefined;
  if (!data) return undefined;
  const name = textIn(value?.kind === "sequence" ? value.items?.[0] : value)?.trim().split(/\s+/)[0];
  if (name !== undefined && data.named.has(name)) return { combined: true, uncertain: true, bound: { kind: "page" } };
  return data.hasOthers && !(name !== undefined && tableNamed(m, name)?.managed) ? { combined: true, uncertain: true, bound: { kind: "page" } } : undefined;
}

function clientMethod(m: Machine, receiver: ObjectValue, name: string, call: CallSite): Value | undefined {
  const varies = Math.max(receiver.varies, call.varies);
  switch (name) {
    case "selectFrom":
    case "insertInto":
    case "replaceInto":
    case "updateTable":
    case "deleteFrom": {
      const named = name === "selectFrom" ? fromNamed(m, receiver, call.positional[0]?.value) : undefined;
      const entity = tableOf(m, call.positional[0]?.value);
      // A name that hides a table is none of its rows.
      if (!entity || (named && entity.managed)) return unknown(varies);
      const { callee } = call.node;
      const root = callee.kind === "attribute" ? callee.object : callee;
      const origin: QueryOrigin = { root: { uri: call.uri, expression: root }, kind: "manager", steps: [{ name, uri: call.uri, call: call.node, custom: false }] };
      const query = newQuery(m, "kysely", entity, root, { ...named, origin });
      if (name === "selectFrom") return { kind: "query", query, varies };
      const how: WriteHow = name === "updateTable" ? "update" : name === "deleteFrom" ? "query-delete" : "create";
      return { kind: "object", type: WRITE, parts: {}, data: { how, query } satisfies WriteData, varies };
    }
    case "with":
    case "withRecursive": return withNamed(m, receiver, call);
    case "withSchema":
    case "withPlugin":
    case "withoutPlugins":
    case "withTables": return { ...receiver, varies };
    case "transaction":
    case "connection":
    case "startTransaction": return { kind: "object", type: TRANSACTION, parts: {}, data: name, varies };
    case "selectNoFrom":
    case "mergeInto":
    case "destroy":
    case "executeQuery": return unknown(varies);
    default: return undefined;
  }
}

/** `db.transaction().execute(async (trx) => { … })` */
function transactionMethod(m: Machine, receiver: ObjectValue, name: string, call: CallSite): Value | undefined {
  if (name === "setIsolationLevel" || name === "setAccessMode") return receiver;
  if (name !== "execute") return undefined;
  const callback = call.positional[0]?.value;
  if (!callback) return receiver.data === "startTransaction" ? client(receiver.varies) : undefined;
  const run = (): Value => callCallback(m, callback, [client(receiver.varies)], call);
  return receiver.data === "transaction" ? inTransaction(m, call.node, run, call.uri) : run();
}

function queryMethod(m: Machine, receiver: QueryValue, name: string, call: CallSite): Value | undefined {
  const { query } = receiver;
  const next = (change: Partial<Query> = {}, varies = 0): QueryValue => {
    const made = chained(m, receiver, name, call, change);
    // What a callback that is not looked into compares with may be another one each time.
    const isUnseen = varies === 0 && name !== "where" && call.positional.some(({ value }) => value.kind === "function" || value.kind === "lambda");
    return { ...made, varies: Math.max(made.varies, varies, isUnseen ? perhapsVaries(m.innermost) : 0) };
  };
  const [first] = call.positional;
  switch (name) {
    case "where": {
      const { added, change, varies } = filtered(m, query, call);
      const value = next(change, varies);
      for (const lookup of added) m.emit({ kind: "lookup", at: lookup.at, lookup, query: value.query });
      return value;
    }
    case "whereRef":
    case "having":
    case "havingRef": return next({ uncertain: true }, withCallbacks(m, call));
    case "selectAll": return next();
    case "select": return next(isCount(m, call) ? { shape: "scalars" } : { shape: query.shape === "scalars" ? "scalars" : "mappings", values: columnsIn(first?.value) });
    case "innerJoin":
    case "leftJoin":
    case "rightJoin":
    case "fullJoin":
    case "innerJoinLateral":
    case "leftJoinLateral":
    case "crossJoin": return next({ uncertain: true, atMostOne: false, shape: query.shape === "instances" ? "mappings" : query.shape });
    case "orderBy": return ordered(m, receiver, call, next);
    case "clearOrderBy": return next({ order: "none" });
    case "limit":
    case "top":
    case "fetch": {
      const rows = first && numberOf(first.value);
      for (const { number, plus, isDerived } of first ? clientDataOf(first.value) : []) if (!plus && !isDerived) m.emit({ kind: "pageSized", at: m.at(first.node, call.uri), by: "slice", query, number, size: first.node.value });
      return next({ bound: rows !== undefined ? { kind: "rows", rows } : { kind: "page" } });
    }
    case "offset": return next();
    case "groupBy": return next({ grouped: true, shape: query.shape === "scalars" ? "mappings" : query.shape });
    case "distinct":
    case "distinctOn": return next({ distinct: true });
    case "forUpdate":
    case "forShare":
    case "forNoKeyUpdate": return next({ locked: true });
    case "union":
    case "unionAll":
    case "intersect":
    case "except": return next({ combined: true, uncertain: true });
    case "skipLocked":
    case "noWait":
    case "clearSelect":
    case "$castTo":
    case "$narrowType":
    case "$assertType":
    case "modifyEnd":
    case "as": return next();
    case "$if": {
      const callback = call.positional[1]?.value;
      const changed = callback ? callCallback(m, callback, [receiver], call) : receiver;
      return changed.kind === "query" ? joinValues(receiver, changed) : next({ uncertain: true });
    }
    case "$call": return first ? callCallback(m, first.value, [receiver], call) : next();
    case "compile":
    case "toOperationNode": return unknown(receiver.varies);
    case "execute":
    case "executeTakeFirst":
    case "executeTakeFirstOrThrow":
    case "stream":
    case "explain": return execute(m, receiver, name, call);
    default: return undefined;
  }
}

/** `select(({ fn }) => fn.countAll().as("n"))`, `select(sql`count(*)`)` are one number for all rows. */
function isCount(m: Machine, { positional, node }: CallSite): boolean {
  const given = node.arguments[0]?.value;
  const values = positional[0]?.value;
  if (!given || (values?.kind !== "function" && given.kind !== "function")) return false;
  const body = given.kind === "function" ? m.project.files.get(m.uri)?.bodies[given.function.id] ?? [] : [];
  const [statement] = body;
  const result = statement?.kind === "return" ? statement.value : undefined;
  const list = result?.kind === "sequence" ? result.items : result ? [result] : [];
  return list.length > 0 && list.every((each) => isAggregate(each));
}

function isAggregate(node: Expression): boolean {
  if (node.kind !== "call" || node.callee.kind !== "attribute") return false;
  return /^(count|countAll|sum|avg|max|min)$/.test(node.callee.name) || isAggregate(node.callee.object);
}

function columnsIn(value: Value | undefined): readonly string[] {
  const list = value?.kind === "sequence" ? value.items ?? [] : value ? [value] : [];
  return list.flatMap((each) => {
    const text = textIn(each);
    return text === undefined || / as /i.test(text) ? [] : [text.slice(text.lastIndexOf(".") + 1)];
  });
}

function ordered(m: Machine, receiver: QueryValue, call: CallSite, next: (change?: Partial<Query>) => QueryValue): Value {
  const [column, direction] = call.positional;
  const written = textIn(column?.value);
  const [name, suffix] = written?.split(/\s+/) ?? [];
  const at = { uri: call.uri, span: { start: call.node.callee.kind === "attribute" ? call.node.callee.nameStart : call.node.start, end: call.node.end } };
  if (name === undefined) return next({ order: "unknown" });
  const before = Array.isArray(receiver.query.order) ? receiver.query.order : [];
  const term: OrderTerm = { path: [name.slice(name.lastIndexOf(".") + 1)], descending: textIn(direction?.value) === "desc" || suffix === "desc", random: false, at };
  const value = next({ order: [...before, term] });
  m.emit({ kind: "rowsOrdered", at, terms: [...before, term], query: value.query, step: value.query.origin.steps[value.query.origin.steps.length - 1] });
  return value;
}

function execute(m: Machine, receiver: QueryValue, name: string, call: CallSite): Value {
  const { query } = receiver;
  const varies = Math.max(receiver.varies, call.varies);
  const sending = { node: call.node, varies, uri: call.uri };
  const offset = query.origin.steps.find((step) => step.name === "offset" && step.call.arguments[0]?.value.kind !== "literal");
  if (offset) m.emit({ kind: "paginated", at: m.at(offset.call.arguments[0] ?? offset.call, offset.uri), query: { ...query, bound: { kind: "none" } }, by: "slice", expression: call.node });
  if (query.shape === "scalars") {
    send(m, query, { how: "count", ...sending });
    return unknown(varies);
  }
  if (name === "execute" || name === "stream") return sendForRows(m, query, { ...sending, ...(name === "stream" && { how: "iterator" as const }) });
  send(m, query, { how: "first", ...sending });
  const row: Value = query.shape === "instances" ? rowOf(m, query, false, varies) : unknown(varies);
  return name === "executeTakeFirst" ? joinValues(row, constant(null)) : row;
}

const KEEPS_WRITE = /^(returning\w*|onConflict|onDuplicateKeyUpdate|ignore|orIgnore|from|using|innerJoin|leftJoin|whereRef|limit|orderBy|expression|columns|defaultValues|output\w*|\$\w+|clearWhere)$/;

/** `insertInto("tags").values({ name })`, `updateTable("books").set({ stock: 0 }).where("id", "=", id)`. */
function writeMethod(m: Machine, receiver: ObjectValue, name: string, call: CallSite): Value | undefined {
  const data = receiver.data as WriteData;
  const step = (change: Partial<Query> = {}): Query => m.derive(data.query, { ...change, origin: { ...data.query.origin, steps: [...data.query.origin.steps, { name, uri: call.uri, call: call.node, custom: false }] } });
  const next = (change: Partial<WriteData>, varies = 0): Value => ({ ...receiver, data: { ...data, ...change }, varies: Math.max(receiver.varies, call.varies, varies) });
  const given = call.positional[0]?.value;
  switch (name) {
    case "values": return next({ query: step(), ...(data.how === "create" && given && optionsOf(given).some((each) => each.kind === "sequence") && { how: "bulk_create" as const }) }, withCallbacks(m, call));
    case "set": return next({ query: step(), set: call.positional.length > 1 ? call.positional[1].value : given }, withCallbacks(m, call));
    case "where": {
      const { added, change, varies } = filtered(m, data.query, call);
      const query = step(change);
      for (const lookup of added) m.emit({ kind: "lookup", at: lookup.at, lookup, query });
      return next({ query }, varies);
    }
    case "compile": return unknown(receiver.varies);
    case "execute":
    case "executeTakeFirst":
    case "executeTakeFirstOrThrow": {
      const varies = Math.max(receiver.varies, call.varies);
      write(m, { how: data.how, entity: data.query.entity, node: call.node, dependsOn: varies, query: step(), data: data.set });
      return varying(unknown(), varies);
    }
    default: return KEEPS_WRITE.test(name) ? next({ query: step() }) : undefined;
  }
}
