import type { CallSite, FlowAdapter } from "../../flow/adapter";
import { callCallback } from "../../flow/calls";
import { awaitAll, isLazy } from "../../flow/javascript";
import { noteStatements } from "../../flow/costs";
import type { Machine } from "../../flow/machine";
import { inTransaction } from "../../flow/transactions";
import { optionsOf, unknown, type InstanceValue, type Value } from "../../flow/values";
import { emptyAdapter } from "../script/adapter";
import { noteRawSelect, textOfSql } from "../script/raw-sql";
import { clientFrom, clientOfClass, guessedClient, guessedDelegate, isClientClass, isClientType, modelOf } from "./clients";
import { driverOf, noteClient } from "./client-settings";
import { addsConditions } from "./extensions";
import { operation, relationOfPromise } from "./operations";
import { settle } from "./promises";
import { rowProperty } from "./rows";
import { clientOf, delegateOf, isClient, isDelegate, isPromise, type Client } from "./values";

/** What calls of Prisma's client mean. */
export const prismaFlow: FlowAdapter = {
  ...emptyAdapter("prisma"),

  callExternal(name, call, m) {
    // It gives back what it is given (Prisma: *Client extensions*, shared extensions).
    if (/(^|[./])Prisma\.defineExtension$/.test(name)) return call.positional[0]?.value;
    if (call.node.form !== "new") return undefined;
    const driver = driverOf(name, call);
    if (driver) return driver;
    if (!isClientClass(name)) return undefined;
    const client = clientFrom(m, name, call.varies);
    noteClient(m, call, client.data as Client);
    return client;
  },

  annotation(name, parameters, node, m) {
    if (isClientType(name)) return clientFrom(m, name);
    const [first] = parameters;
    const entity = first?.kind === "entity" && first.entity.framework === "prisma" ? first.entity : payloadOf(m, name);
    if (!entity) return undefined;
    return m.newRow({ entity: entity.key, path: "", text: m.describe(node) });
  },

  objectAttribute(object, name, _node, m) {
    if (!isClient(object)) return undefined;
    const entity = modelOf(m, object.data, name);
    return entity && delegateOf({ client: object.data, entity }, object.varies);
  },

  instanceAttribute(instance, name, _node, m) {
    const client = clientOfClass(m, instance.class);
    const entity = client && modelOf(m, client, name);
    return client && entity && delegateOf({ client, entity }, instance.varies);
  },

  callInstance(instance, name, call, m) {
    const client = clientOfClass(m, instance.class);
    return client && callClient(m, client, name, call, instance);
  },

  callMethod(receiver, name, call, m) {
    if (isClient(receiver)) return callClient(m, receiver.data, name, call, receiver);
    if (isDelegate(receiver)) return operation(m, receiver.data, name, call);
    if (isPromise(receiver)) return relationOfPromise(m, receiver.data, name, call);
    return undefined;
  },

  callOnUnknown(_name, call, m) {
    const client = guessedClient(m, call);
    if (client) return transaction(m, client, call);
    const guessed = guessedDelegate(m, call);
    return guessed && call.node.callee.kind === "attribute" ? operation(m, guessed, call.node.callee.name, call) : undefined;
  },

  rowAttribute: (row, name, _node, _use, m) => (m.project.entity(row.origin.entity)?.framework === "prisma" ? rowProperty(m, row, name) : undefined),

  subscript(value, index, _node, m) {
    if (!isClient(value)) return undefined;
    const entity = index.kind === "constant" && typeof index.value === "string" ? modelOf(m, value.data, index.value) : undefined;
    return entity ? delegateOf({ client: value.data, entity }, Math.max(value.varies, index.varies)) : unknown(Math.max(value.varies, index.varies));
  },

  awaited: (value, _node, m) => (isPromise(value) ? settle(m, value.data) : undefined),

  escaped(value, to, m) {
    // Whoever gets a promise waits for it.
    if (isPromise(value) && (to === "return" || to === "argument" || to === "yield" || to === "response")) settle(m, value.data);
  },

  returned(_fn, value, node, m) {
    for (const option of optionsOf(value)) if (option.kind === "sequence" && option.madeIn && isLazy(option.element)) awaitAll(m, option, node);
  },

  selfOf: () => undefined,
};

/** `Prisma.UserGetPayload<…>` is a row of the model. */
function payloadOf(m: Machine, name: string): ReturnType<Machine["project"]["entity"]> {
  const model = /(?:^|[./])Prisma\.(\w+)GetPayload$/.exec(name)?.[1];
  return model === undefined ? undefined : m.project.entity(`prisma:${model}`);
}

/** Methods of the client itself (Prisma: *Prisma Client API reference*, client methods). Undefined: none of them. */
function callClient(m: Machine, client: Client, name: string, call: CallSite, receiver: Value | InstanceValue): Value | undefined {
  switch (name) {
    case "$transaction": return transaction(m, client, call);
    case "$extends": return clientOf(addsConditions(m, call.positional[0]?.value) ? { ...client, addsConditions: true } : client, receiver.varies);
    case "$queryRaw":
    case "$queryRawUnsafe":
      m.work++;
      noteRawSelect(m, "prisma", textOfSql(call.positional[0]?.node.value), call);
      return unknown(call.varies);
    case "$queryRawTyped":
    case "$executeRaw":
    case "$executeRawUnsafe":
      noteStatements(m, { what: "query", least: 1, most: 1, at: m.at(call.node, call.uri) });
      return unknown(call.varies);
    case "$connect":
    case "$disconnect":
    case "$on":
    case "$use":
      return unknown(call.varies);
    default: return undefined;
  }
}

/** `$transaction(async (tx) => …)`, `$transaction([…])` (Prisma: *Transactions and batch queries*). */
function transaction(m: Machine, client: Client, call: CallSite): Value {
  const [first] = call.positional;
  if (!first) return unknown(call.varies);
  const run = (): Value => (first.value.kind === "sequence" ? awaitAll(m, first.value, first.node.value) : callCallback(m, first.value, [clientOf(client, call.varies)], call));
  return inTransaction(m, call.node, run, call.uri);
}
