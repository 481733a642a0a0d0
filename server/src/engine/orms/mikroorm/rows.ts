import type { Attribute, Expression } from "../../facts";
import type { CallSite, Use } from "../../flow/adapter";
import { callCollection } from "../../flow/javascript";
import { noteStatements } from "../../flow/costs";
import type { Machine } from "../../flow/machine";
import { PENDING_LOOP } from "../../flow/iteration";
import { sequenceOf, mayVary, unknown, type ObjectValue, type RowValue, type SequenceValue, type Value } from "../../flow/values";
import type { Relation } from "../../project";
import { joinPath, loadedRelation, loadOf } from "../script/queries";
import { batching } from "./dataloader";
import { collection, reference, relatedOf, type Related } from "./objects";
import { waitsForUnknown, waitsForUpdate } from "./unit-of-work";

/** An attribute of a row: a column, or a relation. Undefined: none of these. */
export function rowAttribute(m: Machine, row: RowValue, name: string, node: Attribute, use: Use): Value | undefined {
  const entity = m.project.entity(row.origin.entity);
  const relation = entity?.relations.get(name);
  if (relation) return relationOf(m, row, relation, node, use);
  if (entity && name === entity.primaryKey) return row.origin.query ? { kind: "object", type: "key", parts: {}, varies: row.varies } : unknown(row.varies);
  return entity?.fields.has(name) ? unknown(row.varies) : undefined;
}

/** A relation is an object of its own: a collection, a reference, or an entity of which nothing but the key is there. Reading it asks nothing (measured: uninitialised collections throw). */
function relationOf(m: Machine, row: RowValue, relation: Relation, node: Attribute, use: Use): Value {
  const { origin, cell } = row;
  const path = joinPath(origin.path, relation.name);
  const assigned = origin.path === "" ? cell.values.get(relation.name) : undefined;
  if (assigned && assigned.kind !== "unknown") return assigned;
  const isLoaded = origin.query === undefined || loadOf(origin.query, path) !== undefined || cell.read.has(path);
  const related: Related = { row, relation, path, isLoaded, text: m.describe(node.object) };
  if (relation.cardinality === "many") return collection(related);
  // `book.author.name` of what was loaded; `book.author.load()`, `.unwrap()`, `.$` of a reference.
  if (use.next !== undefined && !REFERENCE_MEMBERS.has(use.next) && isLoaded && origin.query) return loadedRelation(m, row, relation);
  return reference(related);
}

const REFERENCE_MEMBERS: ReadonlySet<string> = new Set(["load", "loadOrFail", "loadProperty", "unwrap", "getEntity", "getProperty", "isInitialized", "$", "init", "populated", "toReference", "set"]);

/** Methods of references. Undefined: not one. */
export function callReference(m: Machine, object: ObjectValue, name: string, call: CallSite): Value | undefined {
  const related = relatedOf(object);
  switch (name) {
    case "load":
    case "loadOrFail":
    case "loadProperty":
    case "init": {
      const row = load(m, related, call, "read");
      return name === "loadProperty" ? unknown(row.varies) : row;
    }
    case "unwrap":
    case "getEntity":
    case "getProperty": return targetRow(m, related);
    case "isInitialized": return unknown(object.varies);
    case "set":
      related.row.cell.read.add(related.path);
      return unknown(object.varies);
    default: return undefined;
  }
}

/** `book.author.$`, `book.author.id`, `book.author.name`. */
export function referenceAttribute(m: Machine, object: ObjectValue, name: string, node: Attribute): Value | undefined {
  const related = relatedOf(object);
  if (name === "$") return targetRow(m, related);
  if (REFERENCE_MEMBERS.has(name)) return undefined;
  const row = targetRow(m, related);
  return row.kind === "row" ? m.rowAdapter(row)?.rowAttribute(row, name, node, {}, m) ?? unknown(row.varies) : row;
}

/** The row at the other end; of one that was not loaded nothing but its key is known. */
function targetRow(m: Machine, { row, relation, isLoaded }: Related): Value {
  if (row.origin.query && isLoaded) return loadedRelation(m, row, relation);
  const target = relation.target;
  return target === undefined ? unknown(row.varies) : m.newRow({ entity: target, path: "", text: relation.name, ...(row.origin.loop && { loop: row.origin.loop }) }, row.varies);
}

/**
 * The rows that references lead to were found by one query before: the entity manager knows them, and `load()` asks nothing
 * (measured: to-one references of preloaded rows).
 */
function isHeld(m: Machine, { relation }: Related): boolean {
  if (relation.cardinality !== "one") return false;
  return m.events.some((event) => {
    if (event.kind !== "queryRun" || event.query.entity !== relation.target || event.query.shape !== "instances" || !ROWS.has(event.how)) return false;
    const { lookups, bound } = event.query;
    return bound.kind === "none" && (lookups.length === 0 || lookups.some(({ lookup }) => lookup === "in"));
  });
}

const ROWS: ReadonlySet<string> = new Set(["iterate", "list", "values", "unpack", "iterator"]);

/** Records that a relation is loaded for a row, unless it came with it or a dataloader asks for all of them together; it does for `loadCount()` since 7, never for `matching()` (measured). */
function load(m: Machine, related: Related, call: CallSite, use: string): Value {
  const { row, relation, path } = related;
  const isLoaded = related.isLoaded || isHeld(m, related);
  const batch = use === "filter" || (use === "count" && (m.project.version("@mikro-orm/core")?.[0] ?? 7) < 7) ? "none" : batching(m, m.project.entity(relation.owner), row.origin.loop);
  if (!isLoaded && batch !== "together") {
    m.work++;
    const loop = row.origin.loop && m.loops.find(({ id }) => id === row.origin.loop!.id);
    m.emit({
      kind: "relationRead", at: m.at(call.node, call.uri), row: { ...row.origin, loop, text: related.text }, relation, path, loaded: false, use, continued: false, ...(batch === "defeated" && { batchDefeatedBy: "wait" as const }), loops: m.loops.slice(),
    });
  }
  // One statement for all rounds.
  if (!isLoaded && batch === "together" && relation.target !== undefined) {
    const loop = m.loops.findIndex(({ id }) => id === row.origin.loop?.id);
    noteStatements(m, { what: "query", least: 0, most: 1, at: m.at(call.node, call.uri), entity: relation.target, loops: m.loops.slice(0, Math.max(loop, 0)) });
  }
  // What is sent together comes back together: the rounds stay in one tick.
  if (isLoaded || batch === "together") m.staysInTick = true;
  row.cell.read.add(path);
  return targetRow(m, { ...related, isLoaded: true });
}

/** Methods of collections. Undefined: not known. */
export function callOfCollection(m: Machine, object: ObjectValue, name: string, call: CallSite): Value | undefined {
  const related = relatedOf(object);
  switch (name) {
    case "init":
      // Asks again even when the collection is there (measured on 6.6 and 7.2).
      load(m, { ...related, isLoaded: related.isLoaded && call.positional.length === 0 && related.row.origin.query === undefined }, call, "list");
      return object;
    case "load":
      load(m, related, call, "list");
      return object;
    case "loadItems":
      load(m, related, call, "list");
      return itemsOf(m, { ...related, isLoaded: true });
    case "loadCount":
      load(m, { ...related, isLoaded: false }, call, "count");
      return unknown(object.varies);
    case "matching":
      load(m, { ...related, isLoaded: false }, call, "filter");
      return itemsOf(m, { ...related, isLoaded: true });
    case "getItems":
    case "toArray":
    case "unwrap": return itemsOf(m, related);
    case "getIdentifiers": return sequenceOf("list", unknown(object.varies));
    case "add":
    case "set":
    case "remove":
    case "removeAll":
      waitsForUnknown(m);
      return unknown(object.varies);
    case "hydrate":
    case "contains":
    case "count":
    case "isInitialized":
    case "isEmpty":
    case "isDirty": return unknown(object.varies);
    default: return callCollection(m, itemsOf(m, related), name, call);
  }
}

/** The rows of a collection. */
export function itemsOf(m: Machine, related: Related): SequenceValue {
  const { row, relation } = related;
  if (row.origin.query && related.isLoaded) {
    const rows = loadedRelation(m, row, relation);
    if (rows.kind === "sequence") return rows;
  }
  const { target } = relation;
  if (target === undefined) return sequenceOf("list", unknown(row.varies));
  return sequenceOf("list", m.newRow({ entity: target, path: "", text: relation.name, loop: PENDING_LOOP }), { varies: row.varies });
}

/** `row.field = value`. */
export function assignRow(m: Machine, row: RowValue, name: string, value: Value, node: Attribute, assigned: Expression): void {
  row.cell.assigned.push({ field: name, at: m.at({ start: node.start, end: assigned.end }), expression: node, constant: m.loops.length === 0 || !mayVary(value.varies, m.innermost), value: assigned });
  row.cell.read.add(joinPath(row.origin.path, name));
  if (row.origin.path === "") row.cell.values.set(name, value);
  waitsForUpdate(m, row);
}
