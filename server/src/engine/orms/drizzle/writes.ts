import type { Expression } from "../../facts";
import type { CallSite } from "../../flow/adapter";
import type { Machine } from "../../flow/machine";
import type { AssignedField, WriteHow } from "../../flow";
import { sequenceOf, mayVary, unknown, varying, type ObjectValue, type Value } from "../../flow/values";
import { conditionOf, emitLookups, isUnique, lookupsOf, NO_CONDITION } from "./conditions";
import { receiverOf } from "./builders";
import { write as record } from "../script/queries";
import { queryOf, stepOf } from "./queries";
import { drizzleObject, type WriteData } from "./values";

/** `db.insert(users)`, `db.update(users)`, `db.delete(users)`; undefined for what is no table. */
export function startWrite(name: string, call: CallSite): Value | undefined {
  const table = call.positional[0]?.value;
  if (table?.kind !== "entity" || table.entity.framework !== "drizzle") return undefined;
  const how: WriteHow = name === "insert" ? "create" : name === "update" ? "update" : "query-delete";
  const data: WriteData = { how, entity: table.entity, root: receiverOf(call), uri: call.uri, call, returns: false, calls: [call] };
  return drizzleObject(name === "delete" ? "write" : name === "insert" ? "insert" : "update", data, Math.max(call.varies, table.varies));
}

/** A method of a statement that is not sent yet; undefined: none of Drizzle's. */
export function writeMethod(m: Machine, write: ObjectValue, name: string, call: CallSite): Value | undefined {
  const data = write.data as WriteData;
  const varies = Math.max(write.varies, call.varies);
  const given = call.positional[0]?.value;
  const next = (change: Partial<WriteData>): Value => drizzleObject("write", { ...data, ...change, calls: [...data.calls, call] }, varies);
  switch (name) {
    case "values": return next({ given, call, how: given && isList(given) ? "bulk_create" : "create" });
    case "select": return next({ given, call, how: "bulk_create" });
    case "set": return next({ given, call });
    case "where": return next({ condition: given ? conditionOf(m, given) : NO_CONDITION });
    case "returning": return next({ returns: true });
    case "$returningId": return next({ returns: true });
    case "onConflictDoNothing":
    case "ignore":
    case "overridingSystemValue":
    case "onConflictDoUpdate":
    case "onDuplicateKeyUpdate":
    case "from":
    case "leftJoin":
    case "innerJoin":
    case "rightJoin":
    case "fullJoin":
    case "orderBy":
    case "limit":
    case "$dynamic":
    case "comment":
      return next({});
    case "toSQL":
    case "getSQL":
      return unknown(varies);
    case "prepare": return drizzleObject("prepared", undefined, varies, { write });
    case "execute":
    case "run":
    case "all":
    case "get":
      return sendWrite(m, drizzleObject("write", data, varies), call.node);
    default: return undefined;
  }
}

/** Several rows in one statement: `values(rows)`, `values([…])`. */
function isList(given: Value): boolean {
  return given.kind === "sequence" || (given.kind === "union" && given.options.some(isList));
}

/** Sends a statement that writes. */
export function sendWrite(m: Machine, write: ObjectValue, node: Expression): Value {
  const data = write.data as WriteData;
  const { entity } = data;
  const { lookups, uncertain } = lookupsOf(data.condition ?? NO_CONDITION);
  const steps = data.calls.map((call) => stepOf(call, call.node.callee.kind === "attribute" ? call.node.callee.name : ""));
  const query = queryOf(m, entity, { root: { uri: data.uri, expression: data.root }, kind: "manager", steps }, { lookups, uncertain, atMostOne: isUnique(entity, lookups) });
  if (data.how !== "create" && data.how !== "bulk_create") emitLookups(m, lookups, query);
  record(m, { how: data.how, entity: entity.key, node, dependsOn: write.varies, query, assigned: assignedOf(m, data), rows: data.how === "bulk_create" ? data.given : undefined });
  if (!data.returns) return unknown(write.varies);
  const row = varying(m.newRow({ entity: entity.key, path: "", text: entity.name }), write.varies);
  row.cell.isNew = data.how === "create";
  return sequenceOf("list", row, { size: data.how === "create" || query.atMostOne ? "few" : "unknown", ...(data.how === "create" && { items: [row] }), varies: write.varies });
}

/** `.set({ seen: true, count: row.count + 1 })` */
function assignedOf(m: Machine, { given, how, entity }: WriteData): readonly AssignedField[] {
  const mapping = given?.kind === "mapping" ? given : undefined;
  const literal = mapping?.literal;
  if (how !== "update" || !mapping || !literal) return [];
  return literal.expression.entries.flatMap(({ key, value }): readonly AssignedField[] => {
    const field = key?.kind === "literal" ? String(key.value) : undefined;
    if (field === undefined || !entity.fields.has(field)) return [];
    const known = mapping.entries.get(field);
    return [{ field, at: { uri: literal.uri, span: { start: key!.start, end: value.end } }, expression: value, constant: known !== undefined && (m.loops.length === 0 || !mayVary(known.varies, m.innermost)), value }];
  });
}
