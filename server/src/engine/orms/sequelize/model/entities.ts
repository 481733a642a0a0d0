import type { DatabaseEngine, DatabaseIndex, Entity, Field, Relation, RelationForm } from "../../../project";
import { capital } from "../../script/names";
import type { AssociationMethod } from "./calls";
import type { AssociationDraft, AttributeDraft, ModelDraft } from "./drafts";
import { OPTIONS, type Accessor, type ModelDetails } from "./details";
import { underscore, pluralize, camelize } from "./naming";
import { plainIndex } from "./indexes";
import { lastNameOf, type Placed } from "./reading";

const FORMS: Readonly<Record<AssociationMethod, RelationForm>> = { belongsTo: "foreign-key", hasOne: "reverse-one-to-one", hasMany: "reverse-foreign-key", belongsToMany: "many-to-many" };

/** Adds the columns that associations make, and the tables of those that name one nobody declared. */
export function settleAssociations(drafts: readonly ModelDraft[]): readonly ModelDraft[] {
  const implicit = new Map<string, ModelDraft>();
  for (const draft of drafts) {
    for (const association of draft.associations) {
      const { method, target, foreignKey, through } = association;
      if (method === "belongsTo") addKey(draft, target, foreignKey, association);
      else if (method !== "belongsToMany") addKey(target, draft, foreignKey, association);
      else if (through !== undefined) {
        const table = typeof through === "string" ? tableNamed(implicit, through, draft, association) : through;
        const [own, other] = keysBetween(draft, association);
        addKey(table, draft, own, association);
        addKey(table, target, other, association);
        const keys = [...table.attributes.values()].filter((each) => each.primaryKey && !each.isImplied);
        // The pair is the key of a table that has none of its own, and unique in one that has (source of sequelize 6: `belongs-to-many.js`).
        if (!table.indexes.some((index) => index.source === "many-to-many")) {
          table.indexes.push({ ...plainIndex([own, other], true, "many-to-many") });
          const id = table.attributes.get("id");
          if (keys.length === 0 && id?.isImplied && id.primaryKey) table.attributes.delete("id");
        }
      }
    }
  }
  return [...implicit.values()];
}

/** The two columns of the table between: the one that refers to the owner, and the other. */
function keysBetween(owner: ModelDraft, { foreignKey, otherKey, target, as }: AssociationDraft): readonly [string, string] {
  const back = target.associations.find((each) => each.method === "belongsToMany" && each.target === owner && each.as !== as);
  return [foreignKey ?? camelize(`${owner.name}_id`), otherKey ?? back?.foreignKey ?? camelize(`${target.options.singular ?? target.name}_id`)];
}

function tableNamed(implicit: Map<string, ModelDraft>, name: string, owner: ModelDraft, association: AssociationDraft): ModelDraft {
  let table = implicit.get(name);
  if (!table) {
    table = {
      key: `${owner.uri}#${name}`, name, uri: owner.uri, declaredAt: association.declaredAt, abstract: false, attributes: new Map(), options: { ...owner.options, tableName: name },
      associations: [], indexes: [], scopes: new Map(), hooks: new Set(), assigned: new Map(), incomplete: false, implicit: true,
    };
    implicit.set(name, table);
  }
  return table;
}

function addKey(table: ModelDraft, target: ModelDraft, name: string | undefined, association: AssociationDraft): void {
  if (name === undefined || table.attributes.has(name)) return;
  const key = [...target.attributes.values()].find((each) => each.primaryKey);
  table.attributes.set(name, {
    name, column: table.options.underscored ? underscore(name) : name, type: key?.type ?? "INTEGER", holds: key?.holds ?? "integer", nullable: association.allowNull !== false, primaryKey: false, unique: false,
    declaredAt: association.declaredAt, declaration: association.declaration, isImplied: true,
  });
}

/** The entity of a model whose associations are settled. */
export function entityOf(draft: ModelDraft, indexes: readonly DatabaseIndex[], engine: DatabaseEngine): Entity {
  const fields = new Map<string, Field>();
  for (const each of draft.attributes.values()) fields.set(each.name, fieldOf(draft, each));
  const relations = new Map<string, Relation>();
  const accessors: Record<string, Accessor> = {};
  for (const each of draft.associations) {
    const relation = relationOf(draft, each);
    relations.set(relation.name, relation);
    Object.assign(accessors, accessorsOf(each));
  }
  const primary = [...draft.attributes.values()].filter((each) => each.primaryKey);
  const details: ModelDetails = {
    accessors, hooks: [...draft.hooks], assigned: Object.fromEntries(draft.assigned), paranoid: draft.options.paranoid || [...draft.attributes.values()].some((each) => each.name === "deletedAt"), model: draft.name,
    key: primary.length === 1 ? primary[0].name : undefined,
  };
  return {
    key: draft.key, name: draft.name === draft.declaration?.name || draft.declaration === undefined ? draft.name : draft.declaration.name, framework: "sequelize", engine, class: draft.ref, declaredAt: draft.declaredAt, abstract: draft.abstract, managed: true, parents: [],
    primaryKey: details.key ?? "id", fields, relations, queryNames: new Map<string, Field | Relation>([...fields, ...relations]), indexes,
    ordering: [], orderingUnknown: false, managers: new Map(), defaultManager: "", incomplete: draft.incomplete, small: false, ...(draft.implicit && { implicit: true }),
    sources: new Map([...draft.scopes, ...optionsOf(draft)]), details,
  };
}

/** Where options of the model are, or may be put. */
function optionsOf({ optionsAt, call, declaration, uri }: ModelDraft): readonly (readonly [string, Placed])[] {
  if (optionsAt) return optionsAt.expression.kind === "mapping" ? [[OPTIONS, optionsAt]] : [];
  const table = declaration?.decorators.find((each) => lastNameOf(each) === "Table");
  const at = table?.kind === "name" ? table : call;
  return at ? [[OPTIONS, { uri, expression: at }]] : [];
}

function fieldOf(draft: ModelDraft, each: AttributeDraft): Field {
  return {
    kind: "field", name: each.name, column: each.name, ...(each.column !== each.name && { stored: each.column }), type: each.type, holds: each.holds, nullable: each.nullable, unique: each.unique === true, primaryKey: each.primaryKey, indexed: false,
    choices: each.choices || undefined, hasChoices: each.choices !== undefined, maxLength: each.maxLength, entity: draft.key, declaredAt: each.declaredAt, call: each.declaration,
  };
}

function relationOf(draft: ModelDraft, each: AssociationDraft): Relation {
  const { method, target, as } = each;
  const column = method === "belongsTo" ? each.foreignKey : undefined;
  const attribute = column === undefined ? undefined : draft.attributes.get(column);
  return {
    kind: "relation", name: as, queryName: as, form: FORMS[method], cardinality: method === "belongsTo" || method === "hasOne" ? "one" : "many", owner: draft.key, target: target.key,
    inverse: inverseOf(draft, each)?.as, column, nullable: method !== "belongsTo" || attribute?.nullable !== false, declaredAt: each.declaredAt,
    // Said on either side, and a fact of the side that has the key.
    ...(method === "belongsTo" && { onDelete: onDeleteOf(draft, each) }), ...(!each.constraints && { unconstrained: true as const }),
    ...(method === "belongsToMany" && typeof each.through === "object" && { through: each.through.key }),
  };
}

/** Without a word of its own: CASCADE where the key must be there, SET NULL else (source of sequelize 6: `has-many.js`, `belongs-to.js`). */
function onDeleteOf(draft: ModelDraft, each: AssociationDraft): Relation["onDelete"] {
  const back = inverseOf(draft, each);
  const written = (each.onDelete ?? back?.onDelete)?.toUpperCase();
  if (written === "CASCADE") return "cascade";
  if (written === "SET NULL") return "set-null";
  if (written !== undefined) return "restrict";
  return undefined;
}

/** The association that leads back: over the same key. */
function inverseOf(draft: ModelDraft, { method, target, foreignKey, as }: AssociationDraft): AssociationDraft | undefined {
  if (method === "belongsToMany") return target.associations.find((each) => each.method === "belongsToMany" && each.target === draft && (each.as !== as || target !== draft));
  const isForward = method === "belongsTo";
  return target.associations.find((each) => each.target === draft && each.foreignKey === foreignKey && (each.method === "belongsTo") !== isForward && each.method !== "belongsToMany");
}

/** The methods that an association gives its rows (source of sequelize 6: `src/associations`). */
function accessorsOf({ method, as, singular }: AssociationDraft): Record<string, Accessor> {
  const one = capital(singular);
  if (method === "belongsTo" || method === "hasOne") {
    return { [`get${one}`]: { relation: as, does: "get" }, [`set${one}`]: { relation: as, does: "set" }, [`create${one}`]: { relation: as, does: "create" } };
  }
  const many = capital(as);
  return {
    [`remove${one}`]: { relation: as, does: "remove" }, [`has${one}`]: { relation: as, does: "has" }, [`add${one}`]: { relation: as, does: "add" },
    [`get${many}`]: { relation: as, does: "get" }, [`set${many}`]: { relation: as, does: "set" }, [`count${many}`]: { relation: as, does: "count" },
    [`add${many}`]: { relation: as, does: "add" }, [`remove${many}`]: { relation: as, does: "remove" }, [`has${many}`]: { relation: as, does: "has" }, [`create${one}`]: { relation: as, does: "create" },
  };
}

/** The name of a model's table (documentation: *Model Basics*, table name inference). */
export function tableOf({ name, options }: ModelDraft): string {
  if (options.tableName !== undefined) return options.tableName;
  if (options.freezeTableName) return name;
  const plural = options.plural ?? pluralize(name);
  return options.underscored ? underscore(plural) : plural;
}
