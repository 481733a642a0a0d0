import type { DatabaseEngine, DatabaseIndex, Entity, Field, IndexColumn, Relation } from "../../../project";
import { formOf, hasForeignKey, inverseOf, type Find } from "../../script/decorated-entities";
import { contentOf } from "./columns";
import type { ColumnDraft, EntityDraft, IndexDraft, RelationDraft } from "./drafts";

/** Names of entities that hold a handful of rows whatever the application does. */
const smallNames = /^(\w*(Settings?|Configuration|Config|Singleton|SiteConfiguration)|GlobalSettings\w*|Country|Currency|Language|Locale|Time[zZ]one|Continent|Weekday|Month|Gender|License|Permission|Role|Site)$/;
const perUser = /(User|Profile|Member|Account|Customer|Notification|Email|Author|Team|Project|Tenant|Organi[sz]ation)\w*Settings?$|^User|^Profile/;

/** Makes the entity of what was declared. */
export function createEntity(draft: EntityDraft, find: Find, engine: DatabaseEngine): Entity {
  const columns = [...draft.columns.values()];
  const shared = sharedColumns(draft);
  const owned = [...draft.relations.values()].filter(hasForeignKey);
  const fields = new Map<string, Field>();
  const declared = [...columns.filter((each) => each.primary).map((each) => each.name), ...owned.filter((each) => each.primary).map((each) => shared.get(each.name) ?? each.name)];
  // A decorator of the project's own may make the key: no entity is without one.
  const keys = declared.length === 0 && draft.columns.get("id")?.type === "unknown" ? ["id"] : declared;
  const indexes = indexesOf(draft, shared, keys, engine);
  const starts = new Set(indexes.map((index) => index.columns[0]?.field));
  const uniques = new Set(indexes.flatMap((index) => (index.unique && !index.partial && index.columns.length === 1 ? [index.columns[0].field] : [])));
  for (const column of columns) fields.set(column.name, fieldOf(draft, column, keys, starts, uniques));
  for (const relation of owned) {
    const column = shared.get(relation.name) ?? relation.joinColumns[0] ?? `${relation.name}Id`;
    const own = shared.get(relation.name) ?? relation.name;
    fields.set(relation.name, {
      kind: "field", name: relation.name, column, ...(relation.joinColumns.length > 0 && { stored: relation.joinColumns[0] }), type: "relation", holds: "other", nullable: relation.nullable, unique: uniques.has(own), primaryKey: false,
      indexed: starts.has(own) || draft.unread.has(relation.name), hasChoices: false, entity: draft.key, declaredAt: relation.declaredAt, call: relation.call,
    });
  }
  const relations = new Map<string, Relation>();
  for (const relation of draft.relations.values()) relations.set(relation.name, createRelation(draft, relation, find, shared));
  return {
    key: draft.key,
    name: draft.name,
    framework: "typeorm",
    engine,
    ...(draft.table !== undefined && { table: draft.table }),
    class: draft.ref,
    declaredAt: draft.declaredAt,
    abstract: false,
    managed: draft.form === "table",
    parents: [],
    primaryKey: keys[0] ?? "id",
    fields,
    relations,
    queryNames: new Map<string, Field | Relation>([...fields, ...relations]),
    indexes,
    ordering: draft.ordering,
    orderingUnknown: false,
    managers: new Map(),
    defaultManager: "",
    incomplete: draft.incomplete,
    small: smallNames.test(draft.name) && !perUser.test(draft.name),
  };
}

/** `@Column() authorId` beside `@ManyToOne() author`: one column of the table, under two names. */
function sharedColumns(draft: EntityDraft): ReadonlyMap<string, string> {
  const plain = (name: string): string => name.replace(/_/g, "").toLowerCase();
  const shared = new Map<string, string>();
  for (const relation of draft.relations.values()) {
    if (!hasForeignKey(relation) || relation.joinColumns.length > 1) continue;
    // `joinColumnName` of the naming strategies: the relation's name and that of the key, camel or snake case.
    const wanted = plain(relation.joinColumns[0] ?? `${relation.name}Id`);
    const column = [...draft.columns.values()].find((each) => plain(each.columnName ?? each.name) === wanted);
    if (column) shared.set(relation.name, column.name);
  }
  return shared;
}

function fieldOf(draft: EntityDraft, column: ColumnDraft, keys: readonly string[], starts: ReadonlySet<string | undefined>, uniques: ReadonlySet<string | undefined>): Field {
  return {
    kind: "field", name: column.name, column: column.name, ...(column.columnName !== undefined && { stored: column.columnName }), type: column.type, holds: contentOf(column.type), nullable: column.nullable,
    unique: uniques.has(column.name), primaryKey: keys.length === 1 && keys[0] === column.name,
    indexed: starts.has(column.name) || draft.unread.has(column.name),
    ...(column.choices !== undefined && { choices: column.choices }), hasChoices: column.hasChoices, ...(column.maxLength !== undefined && { maxLength: column.maxLength }),
    entity: draft.key, declaredAt: column.declaredAt, ...(column.call && { call: column.call }),
  };
}

function createRelation(draft: EntityDraft, relation: RelationDraft, find: Find, shared: ReadonlyMap<string, string>): Relation {
  const target = find(relation.target);
  const form = formOf(relation);
  return {
    kind: "relation", name: relation.name, queryName: relation.name, form, cardinality: relation.kind.endsWith("to-many") ? "many" : "one",
    owner: draft.key, ...(target && { target: target.key }), ...inverseOf(draft, relation, target, find),
    ...(hasForeignKey(relation) && { column: shared.get(relation.name) ?? relation.joinColumns[0] ?? `${relation.name}Id` }),
    nullable: relation.nullable, declaredAt: relation.declaredAt,
    ...(relation.joinColumns.length > 1 && { columns: relation.joinColumns }), ...onDeleteOf(relation), ...(!relation.hasConstraint && { unconstrained: true as const }),
    ...(relation.eager && { eager: true as const }), ...(relation.lazy && { lazy: true as const }),
  };
}

/** Without a word the database refuses to delete what is referred to (TypeORM: *Relation options*, `onDelete`). */
function onDeleteOf(relation: RelationDraft): Pick<Relation, "onDelete"> {
  if (!hasForeignKey(relation)) return {};
  const { onDelete } = relation;
  return { onDelete: onDelete === "CASCADE" ? "cascade" : onDelete === "SET NULL" ? "set-null" : "restrict" };
}

function indexesOf(draft: EntityDraft, shared: ReadonlyMap<string, string>, keys: readonly string[], engine: DatabaseEngine): readonly DatabaseIndex[] {
  const column = (field: string): IndexColumn => ({ field: shared.get(field) ?? field, descending: false });
  const simple = (fields: readonly string[], unique: boolean, source: DatabaseIndex["source"], more: Partial<DatabaseIndex> = {}): DatabaseIndex => ({
    columns: fields.map(column), unique, method: "btree", partial: false, include: [], source, ...more,
  });
  const indexes: DatabaseIndex[] = [];
  if (keys.length > 0) indexes.push(simple(keys, true, "primary-key"));
  for (const each of draft.columns.values()) if (each.unique) indexes.push(simple([each.name], true, "unique", { declaredAt: each.declaredAt, ...(each.call && { declaration: each.call }) }));
  for (const each of draft.relations.values()) {
    // The owner of a one-to-one relation is unique (measured on TypeORM 1.1.1), and MySQL's InnoDB indexes every foreign key by itself.
    if (each.kind === "one-to-one" && each.isOwner) indexes.push(simple([each.name], true, "unique", { declaredAt: each.declaredAt }));
    else if (hasForeignKey(each) && each.hasConstraint && engine === "mysql") indexes.push(simple([each.name], false, "foreign-key", { declaredAt: each.declaredAt }));
  }
  for (const each of draft.indexes) indexes.push(declaredIndex(each, column));
  return indexes;
}

function declaredIndex(draft: IndexDraft, column: (field: string) => IndexColumn): DatabaseIndex {
  return {
    ...(draft.name !== undefined && { name: draft.name }),
    columns: draft.columns?.map(column) ?? [{ expression: "?", descending: false }],
    unique: draft.unique, method: draft.isPlain ? "btree" : "other", partial: draft.partial, include: [], source: draft.source, ...(draft.declaredAt && { declaredAt: draft.declaredAt }), ...(draft.declaration && { declaration: draft.declaration }),
  };
}
