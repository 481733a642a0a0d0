import { hide, markColumnRead } from "../../flow/loads";
import type { Machine } from "../../flow/machine";
import { unknown, type RowValue, type Value } from "../../flow/values";
import { joinPath, loadedRelation, loadOf, notLoaded } from "../script/queries";

/** A property of a row: a column, or what was included. A relation that was not is undefined, and never a query (Prisma: *Relation queries*). */
export function rowProperty(m: Machine, row: RowValue, name: string): Value | undefined {
  const entity = m.project.entity(row.origin.entity);
  if (!entity) return undefined;
  const { origin } = row;
  const relation = entity.relations.get(name);
  if (relation) {
    // Nothing is known of what a row from elsewhere was loaded with.
    if (!origin.query || origin.query.uncertain) return origin.query && loadOf(origin.query, joinPath(origin.path, name)) ? loadedRelation(m, row, relation) : unknown(row.varies);
    return loadOf(origin.query, joinPath(origin.path, name)) ? loadedRelation(m, row, relation) : notLoaded(row);
  }
  if (name === entity.primaryKey && origin.query) return { kind: "object", type: "key", parts: {}, varies: row.varies };
  // What an extension computes may read any column.
  if (origin.query && origin.path === "") (entity.fields.has(name) ? markColumnRead(m, origin.query, name) : name !== "_count" && hide(m, row));
  // Columns, `_count`, and what an extension adds.
  return unknown(row.varies);
}
