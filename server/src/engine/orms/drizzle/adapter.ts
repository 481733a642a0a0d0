import type { Call, Expression } from "../../facts";
import type { CallSite, FlowAdapter } from "../../flow/adapter";
import { callCallback } from "../../flow/calls";
import { markColumnRead } from "../../flow/loads";
import type { Lookup } from "../../flow/query";
import { noteStatements } from "../../flow/costs";
import type { Machine } from "../../flow/machine";
import { inTransaction } from "../../flow/transactions";
import { sequenceOf, unknown, varying, type ObjectValue, type QueryValue, type Value } from "../../flow/values";
import { emptyAdapter } from "../script/adapter";
import { noteRawSelect } from "../script/raw-sql";
import { aggregateCall, countCall, fromTable, isBareCount, orderCall, queryMethod, startSelect } from "./builders";
import { clientOfType, createClient, createPool } from "./clients";
import { conditionCall } from "./conditions";
import { resultOf, send, stateOf } from "./queries";
import { findCall, relationalOf, relationalTable, relationOfRow, tableNamed } from "./relational";
import { sqlTemplate, sqlText } from "./sql";
import { drizzleObject, typeOf, type DatabaseData, type WriteData } from "./values";
import { sendWrite, startWrite, writeMethod } from "./writes";

const OPERATORS = /^drizzle-orm(?:\/[\w/-]+)?\.(\w+)$/;
const AGGREGATES = /^(count|countDistinct|sum|sumDistinct|avg|avgDistinct|max|min)$/;

/** What Drizzle's functions and methods mean. */
export const drizzleFlow: FlowAdapter = {
  ...emptyAdapter("drizzle"),

  entityAttribute(entity, name) {
    if (entity.framework !== "drizzle") return undefined;
    if (entity.fields.has(name)) return drizzleObject("column", { entity, field: name }, 0);
    // `typeof users.$inferSelect`
    if (name === "$inferSelect") return undefined;
    return entity.incomplete || name.startsWith("$") || name === "_" ? unknown() : undefined;
  },

  rowAttribute(row, name, _node, _use, m) {
    const entity = m.project.entity(row.origin.entity);
    if (entity?.framework !== "drizzle") return undefined;
    const relation = relationOfRow(m, row, name);
    if (relation) return relation;
    const field = entity.fields.get(name);
    if (row.origin.query && row.origin.path === "" && field) markColumnRead(m, row.origin.query, name);
    return field?.primaryKey && row.origin.query ? { kind: "object", type: "key", parts: {}, varies: row.varies } : unknown(row.varies);
  },

  objectAttribute(object, name, _node, m) {
    switch (typeOf(object)) {
      case "database":
        if (name === "query") return relationalOf(object);
        // Replicas, and the primary of `withReplicas`.
        return name === "$primary" || name === "$replicas" ? (name === "$primary" ? object : sequenceOf("list", object, { size: "few" })) : undefined;
      case "relational": return relationalTable(m, object, name) ?? unknown(object.varies);
      case "subquery":
      case "cte": return name === "as" || name === "_" ? undefined : unknown(object.varies);
      default: return undefined;
    }
  },

  callMethod(receiver, name, call, m) {
    if (receiver.kind === "query") return receiver.query.orm === "drizzle" ? queryMethod(m, receiver, name, call) : undefined;
    if (receiver.kind === "entity") return receiver.entity.framework === "drizzle" ? tableMethod(receiver, name) : undefined;
    if (receiver.kind !== "object") return undefined;
    return objectMethod(m, receiver, name, call);
  },

  callExternal(name, call, m) {
    const made = createClient(m, name, call) ?? createPool(m, name, call);
    if (made) return made;
    if (!name.startsWith("drizzle-orm")) return undefined;
    const table = tableMadeBy(m, name, call);
    if (table) return table;
    const operator = OPERATORS.exec(name)?.[1];
    return operator === undefined ? undefined : operatorCall(m, operator, call);
  },

  awaited(value, node, m) {
    if (value.kind === "query") return value.query.orm === "drizzle" ? sent(m, value, placeOf(m, value.query.origin.steps.at(-1), node)) : undefined;
    if (value.kind !== "object" || typeOf(value) !== "write") return undefined;
    const { calls } = value.data as WriteData;
    return sendWrite(m, value, placeOf(m, calls.at(-1), node));
  },

  evaluate(value, _how, node, m) {
    const result = send(m, value, node);
    return result.kind === "sequence" ? result : sequenceOf("list", result);
  },

  annotation(name, parameters, node, m) {
    const client = clientOfType(name, parameters);
    if (client) return client;
    const [first] = parameters;
    // `InferSelectModel<typeof users>`
    if (/^drizzle-orm(\/[\w-]+)?\.InferSelectModel$/.test(name) && first?.kind === "entity") return m.newRow({ entity: first.entity.key, path: "", text: m.describe(node) });
    return undefined;
  },

  callOnUnknown: (name, call, m) => guessed(m, name, call),
};

/** Sends a query that is waited for; `$count` gives a number and no rows. */
function sent(m: Machine, value: QueryValue, node: Expression): Value {
  const result = send(m, value, node);
  return isBareCount(value.query) ? unknown(value.varies) : result;
}

/** Of `Promise.all(rows.map((row) => db.delete(…)))` the statement itself, and of a builder that a name holds the place that waits for it. */
function placeOf(m: Machine, last: { readonly uri: string; readonly call?: Call; readonly node?: Call } | undefined, node: Expression): Expression {
  const call = last?.call ?? last?.node;
  return call && last?.uri === m.uri && node.start <= call.start && call.end <= node.end ? call : node;
}

/** `users.enableRLS()`, `users.getSQL()`, `alias(users, "u")`. */
function tableMethod(receiver: Value & { readonly kind: "entity" }, name: string): Value | undefined {
  return name === "enableRLS" || name === "as" ? receiver : undefined;
}

/** `pgTable(…)` where it is called: the table that the file declares there. */
function tableMadeBy(m: Machine, name: string, call: CallSite): Value | undefined {
  if (!/-core\.\w+(Table|View|MaterializedView)$/.test(name)) return undefined;
  const before = m.project.entitiesIn(call.uri).filter((entity) => entity.framework === "drizzle" && entity.declaredAt && entity.declaredAt.span.start < call.node.start);
  const entity = before.reduce<(typeof before)[number] | undefined>((last, each) => (last?.declaredAt && last.declaredAt.span.start > each.declaredAt!.span.start ? last : each), undefined);
  return entity && { kind: "entity", entity, varies: 0 };
}

/** Functions of the package: conditions, orders, aggregates, `sql`. */
function operatorCall(m: Machine, name: string, call: CallSite): Value | undefined {
  if (name === "sql") return sqlTemplate(m, call);
  if (name === "asc" || name === "desc") return orderCall(name, call) ?? unknown(call.varies);
  if (AGGREGATES.test(name)) return aggregateCall(name, call);
  if (name === "alias" || name === "aliasedTable") return call.positional[0]?.value.kind === "entity" ? call.positional[0].value : undefined;
  if (name === "withReplicas") return call.positional[0]?.value;
  return conditionCall(m, name, call);
}

function objectMethod(m: Machine, receiver: ObjectValue, name: string, call: CallSite): Value | undefined {
  const type = typeOf(receiver);
  switch (type) {
    case "database": return databaseMethod(m, receiver, name, call);
    case "relational-table": return name === "findMany" || name === "findFirst" ? findCall(m, receiver.data as Parameters<typeof findCall>[1], name, call) : undefined;
    case "select": return fromTable(m, receiver, name, call) ?? (isGuess(receiver) ? undefined : unknown(Math.max(receiver.varies, call.varies)));
    case "with": return databaseMethod(m, receiver, name, call);
    case "insert":
    case "update":
    case "write": return writeMethod(m, receiver, name, call);
    case "prepared": return preparedMethod(m, receiver, name, call);
    case "operators": return operatorCall(m, name, call);
    case "sql":
      // `sql<number>`…`.as("n")`, `.mapWith(Number)`
      return name === "as" || name === "mapWith" || name === "inlineParams" ? receiver : operatorOfSql(name, call);
    case "aggregate": return name === "as" || name === "mapWith" ? receiver : undefined;
    case "column": return name === "as" ? receiver : undefined;
    case "cte": return name === "as" ? withQuery(m, receiver, call) : undefined;
    default: return undefined;
  }
}

/** `sql.raw(…)`, `sql.join([…])`: texts that are put together. */
function operatorOfSql(name: string, call: CallSite): Value | undefined {
  return /^(raw|join|identifier|placeholder|empty|param|append)$/.test(name) ? unknown(call.varies) : undefined;
}

function isGuess(select: ObjectValue): boolean {
  return (select.data as { readonly isGuess: boolean }).isGuess;
}

function databaseMethod(m: Machine, database: ObjectValue, name: string, call: CallSite): Value | undefined {
  const varies = Math.max(database.varies, call.varies);
  switch (name) {
    case "select":
    case "selectDistinct":
    case "selectDistinctOn": return varying(startSelect(name, call, false, typeOf(database) === "with"), varies);
    case "insert":
    case "update":
    case "delete":
    case "replace": {
      const write = startWrite(name, call);
      return write ? varying(write, varies) : unknown(varies);
    }
    case "$count": return countCall(m, call) ?? unknown(varies);
    case "transaction": return transaction(m, database, call);
    case "batch": return batch(m, call);
    case "$with": return drizzleObject("cte", undefined, varies);
    case "with": return { ...database, type: drizzleObject("with", undefined, 0).type, varies };
    case "execute":
    case "all":
    case "get":
    case "values":
      m.work++;
      noteRawSelect(m, "drizzle", sqlText(call.positional[0]?.value), call);
      return unknown(Math.max(varies, m.innermost));
    case "run":
    case "refreshMaterializedView":
      noteStatements(m, { what: "query", least: 1, most: 1, at: m.at(call.node, call.uri) });
      return unknown(Math.max(varies, m.innermost));
    // `db.withoutTransaction()`, sessions and caches of drivers.
    default: return /^\$|^(withReplicas|setToken|dialect|session)$/.test(name) ? unknown(varies) : undefined;
  }
}

/** `db.$with("recent").as(db.select()…)`, `.as((qb) => qb.select()…)`. */
function withQuery(m: Machine, cte: ObjectValue, call: CallSite): Value {
  const given = call.positional[0]?.value;
  const query = given && (given.kind === "function" || given.kind === "lambda") ? callCallback(m, given, [drizzleObject("database", { engine: "unknown", isTransaction: false } satisfies DatabaseData, 0)], call) : given;
  return drizzleObject("cte", undefined, Math.max(cte.varies, call.varies), query ? { query } : {});
}

/** `db.transaction(async (tx) => { … })`: the callback runs at once, in it. */
function transaction(m: Machine, database: ObjectValue, call: CallSite): Value {
  const callback = call.positional[0]?.value;
  if (!callback) return unknown(call.varies);
  const data: DatabaseData = { ...(database.data as DatabaseData), isTransaction: true };
  return inTransaction(m, call.node, () => callCallback(m, callback, [{ ...database, data }], call), call.uri);
}

/** `db.batch([…])`: all of them in one round trip. */
function batch(m: Machine, call: CallSite): Value {
  const list = call.positional[0];
  m.work++;
  if (list?.value.kind !== "sequence") return unknown(call.varies);
  const items = list.value.items?.map((item): Value => (item.kind === "query" ? resultOf(m, item, stateOf(m, item.query), list.node.value) : unknown(item.varies)));
  return sequenceOf("tuple", unknown(call.varies), { ...(items && { items }), size: "few", varies: call.varies });
}

/** `prepared.execute({ id })`. */
function preparedMethod(m: Machine, prepared: ObjectValue, name: string, call: CallSite): Value | undefined {
  if (!/^(execute|all|get|run|values)$/.test(name)) return undefined;
  const varies = Math.max(prepared.varies, call.varies);
  const { query, write } = prepared.parts;
  // Which of its conditions the values of this execution are for, is not followed.
  const given = (each: Lookup): Lookup => ({ ...each, ...(each.varies !== undefined && { varies: Math.max(each.varies, call.varies) }) });
  if (query?.kind === "query") return queryMethod(m, { ...query, query: m.derive(query.query, { lookups: query.query.lookups.map(given) }), varies: Math.max(query.varies, varies) }, name, call);
  return write?.kind === "object" ? sendWrite(m, { ...write, varies: Math.max(write.varies, varies) }, call.node) : undefined;
}

/**
 * The object is not known, but what is handed to it is: nothing but Drizzle takes its tables. `x.select().from(users)`, `x.insert(users)`,
 * `x.query.users.findMany()`.
 */
function guessed(m: Machine, name: string, call: CallSite): Value | undefined {
  switch (name) {
    case "select":
    case "selectDistinct":
    case "selectDistinctOn": {
      const [only] = call.positional;
      const isFields = !only || only.value.kind === "mapping" || name === "selectDistinctOn";
      return isFields && mayUseDrizzle(m) ? startSelect(name, call, true) : undefined;
    }
    case "insert":
    case "update":
    case "delete": return startWrite(name, call);
    case "$count": return countCall(m, call);
    case "findMany":
    case "findFirst": {
      const entity = relationalName(call.node);
      const table = entity === undefined || !mayUseDrizzle(m) ? undefined : tableNamed(m, entity);
      return table && findCall(m, table, name, call);
    }
    default: return undefined;
  }
}

/** There are tables at all. */
function mayUseDrizzle(m: Machine): boolean {
  return m.project.requires("drizzle-orm") || [...m.project.entities.values()].some((entity) => entity.framework === "drizzle");
}

/** `users` of `x.query.users.findMany`. */
function relationalName(node: Call): string | undefined {
  const { callee } = node;
  if (callee.kind !== "attribute" || callee.object.kind !== "attribute") return undefined;
  const { object } = callee.object;
  return object.kind === "attribute" && object.name === "query" ? callee.object.name : undefined;
}

