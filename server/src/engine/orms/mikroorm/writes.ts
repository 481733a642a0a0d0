import type { CallSite } from "../../flow/adapter";
import type { Expression } from "../../facts";
import type { Machine } from "../../flow/machine";
import { hide } from "../../flow/loads";
import { inTransaction } from "../../flow/transactions";
import { newCell, optionsOf, unknown, type Value } from "../../flow/values";
import type { Entity } from "../../project";
import { write } from "../script/queries";
import { argumentAt, type Asked } from "./finds";
import { countFlush, waitsFor } from "./unit-of-work";

/** Statements that go to the database at once; undefined: none of them. Entities that are persisted wait for `flush()`. */
export function writeMethod(m: Machine, asked: Asked): Value | undefined {
  const { name, entity, call } = asked;
  const first = argumentAt(asked, 0);
  const sent = (how: Parameters<typeof write>[1]["how"], data?: Value): Value => {
    write(m, { how, entity: entity.key, node: call.node, dependsOn: call.varies, data });
    return unknown(call.varies);
  };
  switch (name) {
    case "insert": return sent(first?.kind === "sequence" ? "bulk_create" : "create");
    case "insertMany": return sent("bulk_create");
    case "upsert": return sent("update_or_create");
    case "upsertMany": return sent("bulk_create");
    case "nativeInsert": return sent("create");
    case "nativeUpdate": return sent("update", argumentAt(asked, 1));
    case "nativeDelete": return sent("query-delete");
    default: return undefined;
  }
}

/** `em.create(Book, { … })`: an object that is inserted by the next flush. */
export function created(m: Machine, entity: Entity, call: CallSite): Value {
  for (const { value } of call.positional) hide(m, value);
  const cell = newCell();
  cell.constructed = { at: m.at(call.node, call.uri), expression: call.node };
  return { kind: "row", origin: { entity: entity.key, path: "", text: entity.name }, cell, varies: Math.max(call.varies, m.innermost) };
}

/** `em.flush()`, `persistAndFlush(…)`: what changed since the last one, in one transaction (MikroORM: *Unit of Work*; three statements where one row changed, measured). */
export function flush(m: Machine, call: CallSite): Value {
  const node: Expression = call.node;
  inTransaction(m, node, () => {
    m.work++;
    for (const transaction of m.transactions) transaction.writes++;
    countFlush(m, call);
  }, call.uri);
  return unknown(call.varies);
}

/** What is handed to the unit of work may be written, and read by hooks. */
export function persisted(m: Machine, call: CallSite, as?: "persist" | "remove"): void {
  for (const { value } of call.positional) {
    if (as) waitsFor(m, value, as, call);
    for (const option of optionsOf(value)) hide(m, option);
  }
}
