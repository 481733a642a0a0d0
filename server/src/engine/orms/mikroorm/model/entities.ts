import type { DatabaseEngine, DatabaseIndex, Entity, Field, IndexColumn, Relation } from "../../../project";
import { formOf, hasForeignKey, inverseOf, type Find } from "../../script/decorated-entities";
import { snake } from "../../script/names";
import type { ColumnDraft, EntityDraft, RelationDraft } from "./drafts";
import type { EntityDetails, Loading } from "./loading";
import { ORM } from "./names";

/** Names of entities that hold a handful of rows whatever the application does. */
const SMALL = /^(\w*(GlobalSettings?|SiteSettings?|Configuration|Singleton)|Country|Currency|Language|Locale|Time[zZ]one|Continent|Weekday|Month|Gender|License|Permission|Role)$/;

/** Engines on which MikroORM itself indexes the foreign keys of many-to-one relations (`SchemaHelper.indexForeignKeys`; measured on 6.6 and 7.2). */
const INDEXES_FOREIGN_KEYS: ReadonlySet<DatabaseEngine> = new Set(["mysql", "sqlite"]);

/** Makes the entity of what was declared. */
export function createEntity(draft: EntityDraft, find: Find, engine: DatabaseEngine, loading: Loading): Entity {
  const columns = [...draft.columns.values()];
  const owned = [...draft.relations.values()].filter(hasForeignKey);
  const keys = inOrder([...columns.filter((each) => each.primary), ...owned.filter((each) => each.primary)]).map(({ name }) => name);
  const indexes = indexesOf(draft, keys, owned, engine);
  const starts = new Set(indexes.map((index) => index.columns[0]?.field));
  const uniques = new Set(indexes.flatMap((index) => (index.unique && index.columns.length === 1 ? [index.columns[0].field] : [])));
  const fields = new Map<string, Field>();
  for (const column of columns) fields.set(column.name, fieldOf(draft, column, keys, starts, uniques));
  for (const relation of owned) {
    // `UnderscoreNamingStrategy` is the default of the SQL drivers.
    fields.set(relation.name, {
      kind: "field", name: relation.name, column: relation.columnName ?? `${snake(relation.name)}_id`, ...(relation.columnName !== undefined && { stored: relation.columnName }), type: "relation", holds: "other", nullable: relation.nullable, unique: uniques.has(relation.name), primaryKey: keys.length === 1 && keys[0] === relation.name,
      indexed: starts.has(relation.name), hasChoices: false, entity: draft.key, declaredAt: relation.declaredAt, call: relation.call,
    });
  }
  const relations = new Map<string, Relation>();
  for (const relation of draft.relations.values()) relations.set(relation.name, createRelation(draft, relation, find));
  const details: EntityDetails = { ...loading, strategies: Object.fromEntries([...draft.relations.values()].flatMap(({ name, strategy }) => (strategy ? [[name, strategy]] : []))) };
  return {
    key: draft.key, name: draft.name, framework: ORM, engine, ...(draft.table !== undefined && { table: draft.table }), ...(draft.ref && { class: draft.ref }), declaredAt: draft.declaredAt, abstract: false, managed: !draft.isView, parents: [], primaryKey: keys[0] ?? "id", fields, relations,
    queryNames: new Map<string, Field | Relation>([...fields, ...relations]), indexes, ordering: [], orderingUnknown: false, managers: new Map(), defaultManager: "", incomplete: draft.incomplete, small: SMALL.test(draft.name), details,
  };
}

/** A key of several properties has them in the order of their declarations, columns and relations alike (*Composite Primary Keys*). */
function inOrder(keys: readonly (ColumnDraft | RelationDraft)[]): readonly (ColumnDraft | RelationDraft)[] {
  return keys.every(({ declaredAt }) => declaredAt.uri === keys[0].declaredAt.uri) ? [...keys].sort((a, b) => a.declaredAt.span.start - b.declaredAt.span.start) : keys;
}

function fieldOf(draft: EntityDraft, column: ColumnDraft, keys: readonly string[], starts: ReadonlySet<string | undefined>, uniques: ReadonlySet<string | undefined>): Field {
  return {
    kind: "field", name: column.name, column: column.columnName ?? snake(column.name), ...(column.columnName !== undefined && { stored: column.columnName }), type: column.type, holds: column.holds, nullable: column.nullable, unique: uniques.has(column.name), primaryKey: keys.length === 1 && keys[0] === column.name,
    indexed: starts.has(column.name), ...(column.choices !== undefined && { choices: column.choices }), hasChoices: column.hasChoices, ...(column.maxLength !== undefined && { maxLength: column.maxLength }), entity: draft.key, declaredAt: column.declaredAt, ...(column.call && { call: column.call }),
  };
}

function createRelation(draft: EntityDraft, relation: RelationDraft, find: Find): Relation {
  const target = find(relation.target);
  return {
    kind: "relation", name: relation.name, queryName: relation.name, form: formOf(relation), cardinality: relation.kind.endsWith("to-many") ? "many" : "one", owner: draft.key, ...(target && { target: target.key }),
    ...inverseOf(draft, relation, target, find), ...(hasForeignKey(relation) && { column: relation.name }), nullable: relation.nullable, declaredAt: relation.declaredAt,
    ...(hasForeignKey(relation) && { onDelete: relation.onDelete === "cascade" ? ("cascade" as const) : relation.onDelete === "set null" ? ("set-null" as const) : ("restrict" as const) }),
    ...(relation.eager && { eager: true as const }),
  };
}

function indexesOf(draft: EntityDraft, keys: readonly string[], owned: readonly RelationDraft[], engine: DatabaseEngine): readonly DatabaseIndex[] {
  const columns = (names: readonly string[]): IndexColumn[] => names.map((field) => ({ field, descending: false }));
  const plain = (names: readonly string[], unique: boolean, source: DatabaseIndex["source"], more: Partial<DatabaseIndex> = {}): DatabaseIndex => ({ columns: columns(names), unique, method: "btree", partial: false, include: [], source, ...more });
  const indexes: DatabaseIndex[] = keys.length > 0 ? [plain(keys, true, "primary-key")] : [];
  for (const each of draft.columns.values()) {
    if (each.unique) indexes.push(plain([each.name], true, "unique", { declaredAt: each.declaredAt, ...(each.call && { declaration: each.call }) }));
    else if (each.index) indexes.push(plain([each.name], false, "db-index", { declaredAt: each.declaredAt, ...(each.call && { declaration: each.call }) }));
  }
  for (const each of owned) {
    // The owner of a one-to-one relation is unique.
    if (each.unique || each.kind === "one-to-one") indexes.push(plain([each.name], true, "unique", { declaredAt: each.declaredAt }));
    else if (each.index === true) indexes.push(plain([each.name], false, "db-index", { declaredAt: each.declaredAt, ...(each.call && { declaration: each.call }) }));
    else if (each.index === undefined && INDEXES_FOREIGN_KEYS.has(engine)) indexes.push(plain([each.name], false, "foreign-key", { declaredAt: each.declaredAt }));
  }
  for (const each of draft.indexes) {
    indexes.push({
      ...(each.name !== undefined && { name: each.name }), columns: each.columns ? columns(each.columns) : [{ expression: "?", descending: false }], unique: each.unique, method: each.isPlain ? "btree" : "other", partial: false, include: [],
      source: each.unique ? "constraint" : each.onProperty ? "db-index" : "meta-index", declaredAt: each.declaredAt, ...(each.declaration && { declaration: each.declaration }),
    });
  }
  return indexes;
}
