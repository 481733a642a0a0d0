import type { Expression } from "../../facts";
import { callCallback } from "../../flow/calls";
import type { Query } from "../../flow";
import type { CallSite, FlowAdapter } from "../../flow/adapter";
import type { Machine } from "../../flow/machine";
import { inTransaction } from "../../flow/transactions";
import { external, unknown, type ObjectValue, type QueryValue, type Value } from "../../flow/values";
import { emptyAdapter } from "../script/adapter";
import { sendForOne, sendForRows, sendForValue, sentAt, newQuery, write } from "../script/queries";
import { noteRawSelect } from "../script/raw-sql";
import { asBuilt, builtBy, cloned } from "./builders";
import { chain, makesBuilder } from "./chain";
import { createClient } from "./clients";
import { comparedCount } from "./counts";
import { GROUP } from "./conditions";
import { CLIENT, clientOf, clientValue, isRaw, pendingOf, textOfRaw, pendingValue, pendingWriteOf, rawValue, tableEntity, tableIn, writeValue } from "./values";
import { callGroup } from "./groups";

/** Methods that name a query, from which others ask then: `with("tree", …)`. */
const NAMES = /^with(Recursive|Materialized|NotMaterialized)?$/;

/** What is known of a query whose table may be such a name: how many rows there are is the named query's business. */
const OF_NAMED: Partial<Query> = { combined: true, uncertain: true, bound: { kind: "page" } };

export const knexFlow: FlowAdapter = {
  ...emptyAdapter("knex"),

  callExternal(name, call, m) {
    if (name === "knex.default" || name === "knex" || name === "knex.knex" || name === "knex.Knex") return createClient(m, call);
    return undefined;
  },

  annotation(name, _parameters, _node, m) {
    return /^knex\.(default\.|knex\.)?Knex(\.Transaction)?$/.test(name) || name === "knex.default" || name === "knex.Knex.Transaction" ? clientValue(m.project.engine) : undefined;
  },

  objectAttribute(object, name) {
    if (object.type !== CLIENT) return undefined;
    if (name === "fn" || name === "schema" || name === "client" || name === "migrate" || name === "seed") return external(`knex.instance.${name}`, object.varies);
    return undefined;
  },

  callMethod(receiver, name, call, m) {
    const client = clientOf(receiver);
    if (client) return callClient(m, client, name, call);
    if (receiver.kind === "object" && receiver.type === GROUP) return callGroup(m, receiver, name, call);
    const pending = pendingOf(receiver);
    if (pending) {
      if (NAMES.test(name)) return pendingValue({ ...pending, change: { ...pending.change, ...OF_NAMED } }, Math.max(receiver.varies, call.varies));
      const named = name === "from" || name === "into" || name === "table" ? fromTable(m, call, pending.change) : undefined;
      if (named && pending.write) return writeValue({ ...pending.write, entity: named.query.entity, query: named.query }, Math.max(receiver.varies, call.varies));
      return named ?? (makesBuilder(name) ? receiver : undefined);
    }
    if (receiver.kind === "query" && receiver.query.orm === "knex") {
      const built = asBuilt(receiver, call.node.callee.kind === "attribute" ? call.node.callee.object : undefined);
      const made = chain(m, built, name, call);
      return name === "clone" && made?.kind === "query" ? cloned(made) : builtBy(built, made);
    }
    const given = pendingWriteOf(receiver);
    // `.returning("id")`, `.onConflict("email").merge()` say more of the same statement.
    if (given) return name === "onConflict" || name === "returning" || name === "merge" || name === "ignore" || name === "where" || makesBuilder(name) ? { ...receiver, varies: Math.max(receiver.varies, call.varies) } as Value : undefined;
    return undefined;
  },

  awaited(value, node, m) {
    if (value.kind === "query" && value.query.orm === "knex") return runQuery(m, value, node);
    if (value.kind !== "object") return undefined;
    const given = pendingWriteOf(value);
    if (given) {
      write(m, { how: given.how, entity: given.entity, node: given.node, dependsOn: value.varies, query: given.how === "create" || given.how === "bulk_create" ? undefined : given.query, data: given.data });
      return unknown(value.varies);
    }
    if (isRaw(value)) {
      m.work++;
      if (node.kind === "call") noteRawSelect(m, "knex", textOfRaw(value), { node, uri: m.uri, varies: value.varies });
      return unknown(value.varies);
    }
    return undefined;
  },

  evaluate: (value, _how, node, m) => sendForRows(m, value.query, { node, varies: value.varies }),
};

/** What a query gives when it is waited for: rows, the first one, or a number. */
function runQuery(m: Machine, given: QueryValue, awaited: Expression): Value {
  const value = asBuilt(given, awaited);
  const { query } = value;
  // Calls that changed the builder on the way are statements of their own: what is sent is what is waited for.
  const last = value === given ? query.origin.steps.at(-1) : undefined;
  const sent = value === given ? (last?.call ?? query.origin.root.expression) : awaited;
  const sending = { ...sentAt(m, sent, last?.uri ?? (value === given ? query.origin.root.uri : m.uri), awaited), varies: value.varies };
  const names = query.origin.steps.map((step) => step.name);
  const skips = query.origin.steps.find((step) => step.name === "offset" && step.call.arguments[0]?.value.kind !== "literal");
  if (skips) m.emit({ kind: "paginated", at: m.at(sent, sending.uri), query: { ...query, bound: { kind: "none" } }, by: "slice", expression: sent });
  const isCount = query.aggregates.length === 1 && query.aggregates[0].function === "count" && !query.aggregates[0].distinct && !query.grouped;
  const comparedToZero = isCount && sent.kind === "call" && sending.node === sent ? comparedCount(m, sent, sending.uri) : undefined;
  if (comparedToZero) return sendForValue(m, { ...query, bound: { kind: "none" }, atMostOne: false }, { how: "count", comparedToZero, ...sending });
  if (names.includes("first") || (query.atMostOne && query.bound.kind === "rows" && query.bound.rows === 1)) return sendForOne(m, query, { how: "first", ...sending });
  if (query.aggregates.length > 0 && !query.grouped) return sendForValue(m, query, { how: query.aggregates.every((each) => each.function === "count") ? "count" : "aggregate", ...sending });
  return sendForRows(m, query, sending);
}

function fromTable(m: Machine, call: CallSite, change: Partial<QueryValue["query"]> = {}): QueryValue | undefined {
  const name = tableIn(call.positional[0]?.value);
  const entity = name === undefined ? undefined : tableEntity(m, name);
  return entity && { kind: "query", query: newQuery(m, "knex", entity, call.node, change), varies: call.varies };
}

/** Methods of `knex` itself, and `knex("users")`. */
function callClient(m: Machine, client: ObjectValue, name: string, call: CallSite): Value | undefined {
  switch (name) {
    case "__call__":
    case "from":
    case "table":
    case "into": return fromTable(m, call);
    case "first": return pendingValue({ change: { bound: { kind: "rows", rows: 1 }, atMostOne: true } }, call.varies);
    case "select":
    case "column":
    case "distinct":
    case "with":
    case "withRecursive":
    case "withMaterialized":
    case "withNotMaterialized":
    case "queryBuilder":
    case "withSchema": return name === "withSchema" ? client : pendingValue({ change: NAMES.test(name) ? OF_NAMED : {} }, call.varies);
    case "count":
    case "sum":
    case "max":
    case "min":
    case "avg": return pendingValue({ change: { aggregates: [{ name, function: name === "count" ? "count" : name === "sum" ? "sum" : "other", path: "*", toMany: [], conditionToMany: [], distinct: false, countsRowsOnce: false, at: m.at(call.node), expression: call.node }] } }, call.varies);
    case "insert": return pendingValue({ change: {}, write: { how: call.positional[0]?.value.kind === "sequence" ? "bulk_create" : "create", node: call.node } }, call.varies);
    case "raw": {
      const text = call.positional[0]?.value;
      return rawValue(text?.kind === "constant" && typeof text.value === "string" ? text.value : undefined, call.varies);
    }
    case "ref": return unknown(call.varies);
    case "batchInsert": {
      const table = tableIn(call.positional[0]?.value);
      const entity = table === undefined ? undefined : tableEntity(m, table);
      if (!entity) return undefined;
      write(m, { how: "bulk_create", entity: entity.key, node: call.node, dependsOn: call.varies });
      return unknown(call.varies);
    }
    case "transaction": {
      const callback = call.positional[0]?.value;
      const inner = clientValue(client.data as never, client.varies);
      if (!callback || (callback.kind !== "function" && callback.kind !== "lambda")) return inner;
      return inTransaction(m, call.node, () => callCallback(m, callback, [inner], call), call.uri);
    }
    case "commit":
    case "rollback":
    case "destroy":
    case "initialize":
    case "savepoint": return unknown(call.varies);
    default: return undefined;
  }
}

