import type { Expression, SchemaAttribute, SchemaField } from "../../../facts";
import type { DatabaseIndex, Relation } from "../../../project";
import { argumentOf, listOf, textOf, type PlacedBlock, type PrismaSchema } from "./schemas";

/** A relation field with what its `@relation` says. */
interface RelationField {
  readonly owner: string;
  readonly field: SchemaField;
  readonly name: string | undefined;
  readonly fields: readonly string[];
  readonly attribute: SchemaAttribute | undefined;
}

/** The relations of every model, both ways (Prisma: *Relations*): fields of one relation are told by their models and its name. */
export function relationsOf(schema: PrismaSchema, keyOf: (model: string) => string | undefined, indexesOf: (model: string) => readonly DatabaseIndex[]): ReadonlyMap<string, readonly Relation[]> {
  const all: RelationField[] = [];
  for (const [owner, { block }] of schema.blocks) {
    if (keyOf(owner) === undefined) continue;
    for (const field of block.fields) if (keyOf(field.type) !== undefined) all.push(readRelation(owner, field));
  }
  const result = new Map<string, Relation[]>();
  for (const each of all) {
    const other = all.find((candidate) => candidate !== each && candidate.owner === each.field.type && candidate.field.type === each.owner && candidate.name === each.name);
    const relation = createRelation(each, other, schema, keyOf, indexesOf);
    if (!relation) continue;
    const known = result.get(each.owner);
    if (known) known.push(relation);
    else result.set(each.owner, [relation]);
  }
  return result;
}

function readRelation(owner: string, field: SchemaField): RelationField {
  const attribute = field.attributes.find(({ name }) => name === "relation");
  return { owner, field, name: attribute && textOf(argumentOf(attribute, "name", 0)), fields: namesIn(attribute && argumentOf(attribute, "fields")), attribute };
}

function namesIn(expression: Expression | undefined): readonly string[] {
  return listOf(expression).flatMap((item) => (item.kind === "name" ? [item.name] : []));
}

function createRelation(each: RelationField, other: RelationField | undefined, schema: PrismaSchema, keyOf: (model: string) => string | undefined, indexesOf: (model: string) => readonly DatabaseIndex[]): Relation | undefined {
  const { field, owner, fields } = each;
  const placed: PlacedBlock = schema.blocks.get(owner)!;
  const shared = {
    kind: "relation" as const,
    name: field.name,
    queryName: field.name,
    owner: keyOf(owner)!,
    target: keyOf(field.type),
    ...(other && { inverse: other.field.name }),
    declaredAt: { uri: placed.uri, span: { start: field.nameStart, end: field.nameEnd } },
  };
  if (fields.length > 0) {
    const deletes = actionOf(each.attribute && argumentOf(each.attribute, "onDelete"));
    return {
      ...shared,
      form: isUnique(fields, indexesOf(owner)) ? "one-to-one" : "foreign-key",
      cardinality: "one",
      column: fields[0],
      ...(fields.length > 1 && { columns: fields }),
      ...(deletes && { onDelete: deletes }),
      ...((schema.relationMode === "prisma" || schema.engine === "mongodb") && { unconstrained: true as const }),
      nullable: field.isOptional,
    };
  }
  if (field.isList) return { ...shared, form: other?.field.isList ? "many-to-many" : "reverse-foreign-key", cardinality: "many", nullable: false };
  // The side without columns: there may be no such row.
  return { ...shared, form: "reverse-one-to-one", cardinality: "one", nullable: true };
}

function actionOf(action: Expression | undefined): Relation["onDelete"] {
  if (action?.kind !== "name") return undefined;
  return action.name === "Cascade" ? "cascade" : action.name === "SetNull" ? "set-null" : "restrict";
}

/** Some key holds these columns and no others. */
function isUnique(fields: readonly string[], indexes: readonly DatabaseIndex[]): boolean {
  return indexes.some(({ unique, partial, columns }) => unique && !partial && columns.length <= fields.length && columns.every(({ field }) => field !== undefined && fields.includes(field)));
}
