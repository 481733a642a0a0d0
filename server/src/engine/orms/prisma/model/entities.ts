import type { DatabaseIndex, Entity, Field, Relation } from "../../../project";
import { createField, isColumn, mappedName } from "./fields";
import { indexesOf } from "./indexes";
import { relationsOf } from "./relations";
import type { PlacedBlock, PrismaSchema } from "./schemas";

/** The key of a model: `prisma:User`, with the schema's path where several schemas have models of one name. */
export function entityKey(schema: PrismaSchema, model: string): string {
  return schema.id === "" ? `prisma:${model}` : `prisma:${schema.id}#${model}`;
}

/** The entities of a schema: its models and views, and the tables of implicit many-to-many relations. */
export function entitiesOf(schema: PrismaSchema): readonly Entity[] {
  // The client has nothing for what is ignored (Prisma: *@@ignore*).
  const models = new Map([...schema.blocks].filter(([, { block }]) => (block.form === "model" || block.form === "view") && !block.attributes.some(({ name }) => name === "ignore")));
  const keyOf = (model: string): string | undefined => (models.has(model) ? entityKey(schema, model) : undefined);
  const indexes = new Map([...models].map(([name, placed]) => [name, indexesOf(placed)]));
  const relations = relationsOf(schema, keyOf, (model) => indexes.get(model) ?? []);
  const entities = [...models].map(([name, placed]) => createEntity(schema, placed, indexes.get(name)!, relations.get(name) ?? []));
  return [...entities, ...joinTables(schema, models, relations)];
}

function createEntity(schema: PrismaSchema, placed: PlacedBlock, indexes: readonly DatabaseIndex[], own: readonly Relation[]): Entity {
  const { uri, block } = placed;
  const key = entityKey(schema, block.name);
  const primary = indexes.find(({ source }) => source === "primary-key");
  const primaryKey = primary?.columns.length === 1 ? (primary.columns[0].field ?? "") : "";
  const fields = new Map<string, Field>();
  for (const field of block.fields) {
    if (field.attributes.some(({ name }) => name === "ignore") || !isColumn(field, schema)) continue;
    fields.set(field.name, createField(field, key, block, schema, field.name === primaryKey, { uri, span: { start: field.nameStart, end: field.nameEnd } }));
  }
  const relations = new Map(own.map((relation) => [relation.name, relation]));
  const table = mappedName(block);
  return {
    key,
    name: block.name,
    framework: "prisma",
    engine: schema.engine,
    ...(table !== undefined && { table }),
    declaredAt: { uri, span: { start: block.nameStart, end: block.nameEnd } },
    abstract: false,
    managed: block.form === "model",
    parents: [],
    primaryKey,
    fields,
    relations,
    queryNames: new Map<string, Field | Relation>([...fields, ...relations]),
    indexes: [...indexes, ...foreignKeyIndexes(schema, indexes, own)],
    ordering: [],
    orderingUnknown: false,
    managers: new Map(),
    defaultManager: "",
    incomplete: block.isBroken === true,
    small: isKeyedByEnum(indexes, fields),
  };
}

/** InnoDB makes an index for every foreign key that has none (MySQL: *FOREIGN KEY Constraints*). */
function foreignKeyIndexes(schema: PrismaSchema, indexes: readonly DatabaseIndex[], relations: readonly Relation[]): readonly DatabaseIndex[] {
  if (schema.engine !== "mysql" || schema.relationMode === "prisma") return [];
  return relations.flatMap((relation): DatabaseIndex[] => {
    const columns = relation.columns ?? (relation.column === undefined ? [] : [relation.column]);
    if (columns.length === 0 || indexes.some((index) => columns.every((column, at) => index.columns[at]?.field === column))) return [];
    return [{ columns: columns.map((field) => ({ field, descending: false })), unique: false, method: "btree", partial: false, include: [], source: "foreign-key", declaredAt: relation.declaredAt }];
  });
}

/** No more rows than an enum has values: certain to stay small. */
function isKeyedByEnum(indexes: readonly DatabaseIndex[], fields: ReadonlyMap<string, Field>): boolean {
  return indexes.some(({ unique, partial, columns }) => {
    const field = unique && !partial && columns.length === 1 ? fields.get(columns[0].field ?? "") : undefined;
    return field?.hasChoices === true && !field.nullable;
  });
}

/** The table of an implicit many-to-many relation: a key on (A, B) and an index on B (Prisma: *Implicit many-to-many relations*; DDL measured on 6.19 and 7.10). */
function joinTables(schema: PrismaSchema, models: ReadonlyMap<string, PlacedBlock>, relations: ReadonlyMap<string, readonly Relation[]>): readonly Entity[] {
  const tables = new Map<string, Entity>();
  for (const name of models.keys()) {
    for (const relation of relations.get(name) ?? []) {
      if (relation.form !== "many-to-many") continue;
      const target = relation.target!;
      const ends = [`${relation.owner}_${relation.name}`, `${target}_${relation.inverse}`].sort();
      if (tables.has(ends[0])) continue;
      const column = (field: string): Field => ({ kind: "field", name: field, column: field, type: "Int", nullable: false, unique: false, primaryKey: false, indexed: true, hasChoices: false, entity: ends[0], declaredAt: relation.declaredAt });
      const fields = new Map([["A", column("A")], ["B", column("B")]]);
      const index = (columns: readonly string[], unique: boolean): DatabaseIndex => ({ columns: columns.map((field) => ({ field, descending: false })), unique, method: "btree", partial: false, include: [], source: "many-to-many" });
      tables.set(ends[0], {
        key: ends[0], name: ends[0].replace(/^prisma:/, ""), framework: "prisma", engine: schema.engine, declaredAt: relation.declaredAt, abstract: false, managed: true, parents: [], primaryKey: "",
        fields, relations: new Map(), queryNames: fields, indexes: [index(["A", "B"], true), index(["B"], false)], ordering: [], orderingUnknown: false, managers: new Map(), defaultManager: "",
        incomplete: false, small: false, implicit: true,
      });
    }
  }
  return [...tables.values()];
}
