import type { SchemaBlock, SchemaField } from "../../../facts";
import type { ColumnContent, Field } from "../../../project";
import type { Location } from "../../../source";
import { listOf, type PrismaSchema } from "./schemas";

/** Prisma's scalar types (Prisma: *Prisma schema reference*, model field scalar types). */
const SCALARS: Readonly<Record<string, ColumnContent>> = {
  String: "text", Boolean: "boolean", Int: "integer", BigInt: "integer", Float: "float", Decimal: "decimal", DateTime: "datetime", Json: "json", Bytes: "binary", Unsupported: "other",
};

/** Native types whose values are others than the scalar type tells. */
const NATIVE: Readonly<Record<string, ColumnContent>> = {
  Uuid: "uuid", UniqueIdentifier: "uuid", Xml: "other", Inet: "other", Bit: "other", VarBit: "other", ObjectId: "uuid", Date: "date", Time: "other", Timetz: "other",
  SmallInt: "small-integer", TinyInt: "small-integer", UnsignedSmallInt: "small-integer", UnsignedTinyInt: "small-integer", Year: "small-integer",
};

/** Whether a field is a column of the table; relations are none. */
export function isColumn(field: SchemaField, schema: PrismaSchema): boolean {
  const target = schema.blocks.get(field.type);
  return field.type in SCALARS || target?.block.form === "enum" || target?.block.form === "type";
}

/** A column as the schema declares it. `isKey`: it alone is the primary key. */
export function createField(field: SchemaField, owner: string, block: SchemaBlock, schema: PrismaSchema, isKey: boolean, at: Location): Field {
  const native = field.attributes.find(({ name }) => name.startsWith("db."));
  const nativeType = native?.name.slice("db.".length);
  const values = schema.blocks.get(field.type);
  const isEnum = values?.block.form === "enum";
  const size = native?.arguments[0]?.value;
  const stored = mappedName(field);
  const isUnique = field.attributes.some(({ name }) => name === "unique") || block.attributes.some((each) => isUniqueOfOne(each, field.name));
  const holds = field.isList || values?.block.form === "type" ? "other" : isEnum ? "enum" : (NATIVE[nativeType ?? ""] ?? SCALARS[field.type]);
  return {
    kind: "field",
    name: field.name,
    column: field.name,
    ...(stored !== undefined && { stored }),
    type: field.isList ? `${field.type}[]` : field.type,
    holds,
    ...(nativeType !== undefined && { nativeType }),
    nullable: field.isOptional,
    unique: isUnique || isKey,
    primaryKey: isKey,
    indexed: false,
    hasChoices: isEnum,
    ...(isEnum && { choices: values.block.fields.length }),
    ...(holds === "text" && size?.kind === "literal" && typeof size.value === "number" && { maxLength: size.value }),
    entity: owner,
    declaredAt: at,
  };
}

/** `@map("author_id")`, `@@map(name: "books")`. */
export function mappedName({ attributes }: Pick<SchemaField, "attributes">): string | undefined {
  const named = attributes.find(({ name }) => name === "map")?.arguments.find(({ name }) => name === undefined || name === "name")?.value;
  return named?.kind === "literal" && typeof named.value === "string" ? named.value : undefined;
}

function isUniqueOfOne({ name, arguments: args }: SchemaBlock["attributes"][number], field: string): boolean {
  if (name !== "unique" || args.some((each) => each.name === "where")) return false;
  const [first, ...more] = listOf((args.find((each) => each.name === "fields") ?? args.find((each) => each.name === undefined))?.value);
  return first?.kind === "name" && first.name === field && more.length === 0;
}
