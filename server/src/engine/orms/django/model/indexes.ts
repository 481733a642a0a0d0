import type { DatabaseEngine, DatabaseIndex } from "../../../project";
import type { FieldDraft, ModelDraft } from "./drafts";
import { isTextual } from "./field-types";
import type { MetaReader } from "./meta";

/** Whether the column itself gets an index: `db_index`, given or by default (ForeignKey and SlugField: Django, *Model field reference*). */
export function isIndexed(field: FieldDraft): boolean {
  if (field.dbIndex !== undefined) return field.dbIndex;
  return field.type.form === "foreign-key" || field.type.name === "SlugField";
}

/** Whether values are unique: `unique`, primary keys, one-to-one. */
export function isUnique(field: FieldDraft): boolean {
  return field.unique || field.primaryKey || field.type.form === "one-to-one";
}

/** The indexes of a model's own table, those that nobody wrote down included. */
export function tableIndexes(draft: ModelDraft, metas: MetaReader, engine: DatabaseEngine): readonly DatabaseIndex[] {
  const indexes: DatabaseIndex[] = [];
  for (const field of draft.fields.values()) indexes.push(...fieldIndexes(field, engine));
  indexes.push(...metas.indexes(draft));
  for (const names of draft.builtin?.uniqueTogether ?? []) indexes.push(simpleIndex(names, true, "unique-together"));
  // `Meta.unique_together` of a built-in abstract base comes down only without a `Meta` of the child's own.
  if (!draft.meta && !draft.builtin) {
    for (const each of draft.lineage) if (each.builtin?.abstract) for (const names of each.builtin.uniqueTogether) indexes.push(simpleIndex(names, true, "unique-together"));
  }
  return indexes;
}

function fieldIndexes(field: FieldDraft, engine: DatabaseEngine): readonly DatabaseIndex[] {
  const isColumn = field.type.form === undefined || field.type.form === "foreign-key" || field.type.form === "one-to-one";
  if (!isColumn) return [];
  const from = (source: DatabaseIndex["source"], unique: boolean): DatabaseIndex => ({ ...simpleIndex([field.name], unique, source), declaredAt: field.declaredAt, declaration: field.call });
  const result: DatabaseIndex[] = [];
  if (field.primaryKey) result.push(from("primary-key", true));
  else if (isUnique(field)) result.push(from("unique", true));
  // With `unique`, Django leaves the plain index out (`_field_should_be_indexed`).
  else if (isIndexed(field)) result.push(from(field.type.form === "foreign-key" ? "foreign-key" : "db-index", false));
  // PostgreSQL: `_create_like_index_sql` for varchar and text columns with db_index or unique.
  if (engine === "postgresql" && result.length > 0 && isTextual(field.type.name)) {
    const opclass = field.type.name === "TextField" ? "text_pattern_ops" : "varchar_pattern_ops";
    result.push({ ...from("pattern", false), columns: [{ field: field.name, descending: false, opclass }] });
  }
  return result;
}

/** A B-tree over whole columns. */
export function simpleIndex(names: readonly string[], unique: boolean, source: DatabaseIndex["source"]): DatabaseIndex {
  return { columns: names.map((each) => ({ field: each, descending: false })), unique, method: "btree", partial: false, include: [], source };
}
