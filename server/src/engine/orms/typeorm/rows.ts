import type { Attribute } from "../../facts";
import type { CallSite, Use } from "../../flow/adapter";
import type { RowOrigin } from "../../flow";
import { PENDING_LOOP } from "../../flow/iteration";
import type { Machine } from "../../flow/machine";
import { sequenceOf, unknown, type RowValue, type Value } from "../../flow/values";
import type { Relation } from "../../project";
import { joinPath, loadedRelation, loadOf } from "../script/queries";
import { loopOfRow, removeRow, saveRow } from "./writes";

/** An attribute of a row: a column, or a relation. Undefined: none of these. */
export function rowAttribute(m: Machine, row: RowValue, name: string, node: Attribute, use: Use): Value | undefined {
  const entity = m.project.entity(row.origin.entity);
  if (!entity) return undefined;
  const relation = entity.relations.get(name);
  if (relation) return relationOf(m, row, relation, node, use);
  const { query, path } = row.origin;
  if (name === entity.primaryKey) return query && !row.cell.assigned.some(({ field }) => field === name) ? { kind: "object", type: "key", parts: {}, varies: row.varies } : unknown(row.varies);
  if (!entity.fields.has(name)) return undefined;
  const value = path === "" ? row.cell.values.get(name) : undefined;
  return value?.kind === "constant" ? value : unknown(row.varies);
}

function relationOf(m: Machine, row: RowValue, relation: Relation, node: Attribute, use: Use): Value {
  const { origin, cell } = row;
  const path = joinPath(origin.path, relation.name);
  const assigned = origin.path === "" ? cell.values.get(relation.name) : undefined;
  if (assigned && assigned.kind !== "unknown") return assigned;
  const isLoaded = origin.query !== undefined && (loadOf(origin.query, path) !== undefined || cell.read.has(path));
  if (relation.lazy && origin.query && !isLoaded && !cell.assigned.some(({ field }) => field === relation.name)) {
    readLazily(m, row, relation, path, node, use);
    cell.read.add(path);
    return loadedRelation(m, row, relation);
  }
  if (isLoaded) return loadedRelation(m, row, relation);
  // Not loaded by a query that is seen: undefined, or filled by code that is not seen. No query either way.
  return loose(m, row, relation, m.describe(node));
}

/** A lazy relation asks when it is read: once per row, rows of one parent each ask for it (measured on TypeORM 1.1.1). */
function readLazily(m: Machine, row: RowValue, relation: Relation, path: string, node: Attribute, use: Use): void {
  m.work++;
  const target = relation.target === undefined ? undefined : m.project.entity(relation.target);
  const next = use.next !== undefined ? target?.relations.get(use.next) : undefined;
  m.emit({
    kind: "relationRead", at: m.at(node), row: { ...row.origin, loop: loopOfRow(m, row), text: m.describe(node.object) }, relation, path, loaded: false,
    use: relation.cardinality === "one" ? "read" : "list", continued: next?.lazy === true, loops: m.loops.slice(),
  });
}

function loose(m: Machine, row: RowValue, relation: Relation, text: string): Value {
  const target = relation.target === undefined ? undefined : m.project.entity(relation.target);
  if (!target) return unknown(row.varies);
  const { loop } = row.origin;
  const origin: RowOrigin = { entity: target.key, path: "", text, ...(relation.cardinality === "many" ? { loop: PENDING_LOOP } : loop && { loop }) };
  const related = m.newRow(origin, relation.cardinality === "many" ? 0 : row.varies);
  return relation.cardinality === "one" ? related : sequenceOf("list", related, { varies: row.varies });
}

/** Methods of `BaseEntity` on a row. */
export function rowMethod(m: Machine, row: RowValue, name: string, call: CallSite): Value | undefined {
  const { entity } = row.origin;
  if (m.project.entity(entity)?.framework !== "typeorm") return undefined;
  switch (name) {
    case "save":
      saveRow(m, row, call);
      return row;
    case "remove":
    case "softRemove":
    case "recover":
      removeRow(m, row, call, name);
      return row;
    case "hasId": return unknown(row.varies);
    case "reload": return unknown(call.varies);
    default: return undefined;
  }
}
