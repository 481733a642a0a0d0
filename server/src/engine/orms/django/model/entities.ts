import type { Entity, Field, Manager, Relation } from "../../../project";
import { metaDeclaration, type FieldDraft, type ModelDraft } from "./drafts";
import { isIndexed, isUnique, simpleIndex } from "./indexes";
import type { ManagerReader } from "./managers";
import type { MetaReader } from "./meta";

/**
 * Names of models that hold a handful of rows whatever the application does: settings and other singletons, and the reference
 * lists of the world.
 */
const smallNames = /^(\w*(Settings?|Configuration|Config|Singleton|SiteConfiguration|Preferences?Global)|Country|Currency|Language|Locale|Time[zZ]one|Continent|Weekday|Month|Gender|License|Permission|Role|Site)$/;
/** … unless each user has one. */
const perUser = /(User|Profile|Member|Account|Customer|Notification|Email|Author|Team|Project|Tenant|Organi[sz]ation)\w*Settings?$|^User|^Profile/;

/** Makes the entity of a model whose fields, relations and indexes are laid out. */
export function createEntity(draft: ModelDraft, metas: MetaReader, managers: ManagerReader, idType: string): Entity {
  const table = draft.table;
  const owners = [table, ...table.parents];
  const fields = new Map<string, Field>();
  const relations = new Map<string, Relation>();
  const queryNames = new Map<string, Field | Relation>();
  for (const owner of owners) {
    for (const each of owner.fields.values()) {
      if (!isColumn(each) || fields.has(each.name)) continue;
      fields.set(each.name, createField(each, owner, idType));
    }
    for (const [name, relation] of owner.relations) if (!relations.has(name) && (owner === table || !isParentLink(relation, owner))) relations.set(name, relation);
  }
  for (const [name, field] of fields) queryNames.set(name, field);
  for (const [name, relation] of relations) if (!relation.form.startsWith("reverse-")) queryNames.set(name, relation);
  for (const owner of owners) {
    for (const [name, relation] of owner.reverseQueries) if (!queryNames.has(name) && (owner === table || !isParentLink(relation, owner))) queryNames.set(name, relation);
  }
  const order = orderingOf(draft, metas);
  const declared = managers.of(draft);
  return {
    key: draft.key,
    name: draft.name,
    framework: "django",
    class: draft.ref,
    declaredAt: draft.ref && { uri: draft.ref.uri, span: { start: draft.ref.declaration.nameStart, end: draft.ref.declaration.nameEnd } },
    abstract: draft.abstract,
    managed: metas.boolean(draft.meta, "managed") ?? true,
    proxyOf: table === draft ? undefined : table.key,
    parents: table.parents.map((each) => each.key),
    insertedByFramework: true,
    primaryKey: table.primaryKey,
    fields,
    relations,
    queryNames,
    indexes: table.indexes,
    ordering: order.names,
    orderingAt: order.at,
    orderingUnknown: order.isUnknown,
    managers: declared.managers,
    defaultManager: declared.defaultManager,
    incomplete: draft.lineage.some((each) => each.incomplete) || table.incomplete,
    small: isSmall(draft),
    meta: metaDeclaration(draft),
  };
}

/** The table that Django makes for a many-to-many field without `through`: `Book.authors.through`. */
export function createThroughEntity(draft: ModelDraft, field: FieldDraft, target: ModelDraft, idType: string): Entity {
  const key = `${draft.key}_${field.name}`;
  const from = draft.name.toLowerCase();
  const to = target.name.toLowerCase();
  // create_many_to_many_intermediary_model: `from_book`/`to_book` when both sides are one model.
  const [left, right] = from === to ? [`from_${from}`, `to_${to}`] : [from, to];
  const column = (name: string, type: string, primaryKey: boolean): Field => ({
    kind: "field", name, column: primaryKey ? name : `${name}_id`, type, nullable: false, unique: primaryKey, primaryKey, indexed: !primaryKey, hasChoices: false, entity: key,
  });
  const relation = (name: string, side: ModelDraft): Relation => ({
    kind: "relation", name, queryName: name, form: "foreign-key", cardinality: "one", owner: key, target: side.key, column: `${name}_id`, nullable: false, declaredAt: field.declaredAt,
  });
  const fields = new Map([["id", column("id", idType, true)], [left, column(left, "ForeignKey", false)], [right, column(right, "ForeignKey", false)]]);
  const relations = new Map([[left, relation(left, draft)], [right, relation(right, target)]]);
  const manager: Manager = { name: "objects", opaque: false };
  return {
    key,
    name: `${draft.name}_${field.name}`,
    framework: "django",
    declaredAt: field.declaredAt,
    abstract: false,
    managed: true,
    parents: [],
    insertedByFramework: true,
    primaryKey: "id",
    fields,
    relations,
    queryNames: new Map<string, Field | Relation>([...fields, ...relations]),
    indexes: [
      simpleIndex(["id"], true, "primary-key"),
      simpleIndex([left], false, "foreign-key"),
      simpleIndex([right], false, "foreign-key"),
      simpleIndex([left, right], true, "many-to-many"),
    ],
    ordering: [],
    orderingUnknown: false,
    managers: new Map([["objects", manager]]),
    defaultManager: "objects",
    incomplete: false,
    small: false,
    implicit: true,
  };
}

/** The way from a multi-table parent down to a child, which the child itself and its siblings do not have (`Options._get_fields`). */
function isParentLink(relation: Relation, owner: ModelDraft): boolean {
  return relation.form === "reverse-one-to-one" && owner.childLinks.has(relation.name);
}

function isColumn(field: FieldDraft): boolean {
  return field.type.form === undefined || field.type.form === "foreign-key" || field.type.form === "one-to-one";
}

function createField(field: FieldDraft, owner: ModelDraft, idType: string): Field {
  const isRelation = field.type.form !== undefined;
  const isAutomatic = field.primaryKey && field.declaredAt === undefined && field.type.name === "BigAutoField";
  return {
    kind: "field",
    name: field.name,
    column: isRelation ? `${field.name}_id` : field.name,
    type: isAutomatic ? idType : field.type.name,
    nullable: field.nullable,
    unique: isUnique(field),
    primaryKey: field.primaryKey,
    indexed: isIndexed(field),
    choices: field.choices,
    hasChoices: field.hasChoices,
    maxLength: field.maxLength ?? defaultMaxLength[field.type.name],
    entity: owner.key,
    declaredAt: field.declaredAt,
    call: field.call,
  };
}

/** Django's own defaults. */
const defaultMaxLength: Readonly<Record<string, number>> = { EmailField: 254, URLField: 200, SlugField: 50, FileField: 100, ImageField: 100, FilePathField: 100 };

function orderingOf(draft: ModelDraft, metas: MetaReader): { names: readonly string[]; at?: Entity["orderingAt"]; isUnknown: boolean } {
  const value = metas.value(draft.meta, "ordering");
  if (value) {
    const at = { uri: value.scope.uri, span: { start: value.expression.start, end: value.expression.end } };
    const names = metas.ordering(value);
    return { names: names ?? [], at, isUnknown: names === undefined };
  }
  if (draft.builtin && draft.builtin.ordering.length > 0) return { names: draft.builtin.ordering, isUnknown: false };
  const orderWithRespectTo = metas.string(draft.meta, "order_with_respect_to");
  if (orderWithRespectTo !== undefined) return { names: ["_order"], isUnknown: false };
  // A concrete model hands its ordering down unless an abstract one comes first (`ModelBase.__new__`, "base_meta").
  const base = draft.lineage[1];
  if (!base) return { names: [], isUnknown: false };
  if (!base.abstract) return orderingOf(base, metas);
  // Of abstract bases in the workspace the Meta was inherited above; of a built-in one it comes down when the child has none.
  if (base.builtin && !draft.meta) return orderingOf(base, metas);
  return { names: [], isUnknown: false };
}

function isSmall(draft: ModelDraft): boolean {
  if (draft.lineage.some((each) => each.builtin?.small)) return true;
  return draft.builtin === undefined && smallNames.test(draft.name) && !perUser.test(draft.name);
}
