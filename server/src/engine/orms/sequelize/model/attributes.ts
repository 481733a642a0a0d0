import type { AttributeDeclaration, Call, Expression, Mapping } from "../../../facts";
import { placeOf, type AttributeDraft, type Options } from "./drafts";
import { underscore } from "./naming";
import { bare, flagOf, keyOf, lastNameOf, textOf, valueAt, type Placed, type Reader } from "./reading";
import { columnType, typeNamed, typeOfAnnotation } from "./types";

/** What the attributes of a model come to; `complete` is false where some could not be read. */
export interface ReadAttributes {
  readonly attributes: readonly AttributeDraft[];
  readonly complete: boolean;
}

/** The first argument of `init` and the second of `define`: `{ name: DataTypes.STRING, email: { type: DataTypes.STRING, unique: true } }`. */
export function attributesOf(reader: Reader, from: Placed, options: Options): ReadAttributes {
  const { uri, expression } = reader.follow(from);
  if (expression.kind !== "mapping") return { attributes: [], complete: false };
  const attributes: AttributeDraft[] = [];
  let complete = true;
  for (const entry of expression.entries) {
    const name = keyOf(entry);
    if (name !== undefined) {
      attributes.push(attributeOf(reader, name, { uri, expression: entry.value }, entry.key!, options));
      continue;
    }
    const inner = entry.key === undefined ? attributesOf(reader, { uri, expression: entry.value }, options) : undefined;
    attributes.push(...(inner?.attributes ?? []));
    complete &&= inner?.complete === true;
  }
  return { attributes, complete };
}

function attributeOf(reader: Reader, name: string, value: Placed, key: Expression, options: Options): AttributeDraft {
  const { uri, expression } = reader.follow(value);
  const given = expression.kind === "mapping" ? expression : undefined;
  return { ...described(reader, name, uri, given, given ? undefined : expression, options), declaredAt: placeOf(value.uri, key), declaration: value };
}

/** What an object of options says of a column; `type` where it is given by itself. */
function described(reader: Reader, name: string, uri: string, given: Mapping | undefined, type: Expression | undefined, options: Options): Omit<AttributeDraft, "declaredAt" | "declaration"> {
  const written = type ?? valueAt(given, "type");
  const column = columnType(written && reader.follow({ uri, expression: written }).expression, valueAt(given, "values"));
  const unique = given && valueAt(given, "unique");
  const references = given && valueAt(given, "references");
  return {
    name,
    column: textOf(valueAt(given, "field")) ?? (options.underscored ? underscore(name) : name),
    type: column.name,
    holds: column.holds,
    nullable: flagOf(valueAt(given, "allowNull")) !== false,
    primaryKey: flagOf(valueAt(given, "primaryKey")) === true,
    unique: unique ? uniqueOf(unique) : false,
    ...(column.choices !== undefined && { choices: column.choices }),
    ...(column.maxLength !== undefined && { maxLength: column.maxLength }),
    ...(references && { references: { uri, expression: valueAt(references, "model") ?? references } }),
  };
}

/** `true`, the name of a composite constraint, or `{ name, msg }`. */
function uniqueOf(expression: Expression): boolean | string {
  const inner = bare(expression);
  if (inner.kind === "mapping") return textOf(valueAt(inner, "name")) ?? true;
  return textOf(inner) ?? flagOf(inner) !== false;
}

/** Decorators that make a property a column: those of sequelize-typescript, and those of version 7. */
const COLUMNS: ReadonlySet<string> = new Set(["Column", "Attribute"]);
const TIMES: ReadonlySet<string> = new Set(["CreatedAt", "UpdatedAt", "DeletedAt"]);

/** `@Column(DataType.STRING) name: string`, with the decorators beside it. Undefined for a property that is no column. */
export function decoratedAttribute(reader: Reader, uri: string, property: AttributeDeclaration, options: Options): AttributeDraft | undefined {
  const decorators = property.decorators ?? [];
  const named = (...names: readonly string[]): Expression | undefined => decorators.find((each) => names.includes(lastNameOf(each)));
  const column = decorators.find((each) => COLUMNS.has(lastNameOf(each)));
  const time = decorators.find((each) => TIMES.has(lastNameOf(each)));
  if (!column && !time) return undefined;
  const written = column?.kind === "call" ? column.arguments[0]?.value : undefined;
  const followed = written && reader.follow({ uri, expression: written }).expression;
  const given = followed?.kind === "mapping" ? followed : undefined;
  const base = described(reader, property.name, uri, given, given ? undefined : followed, options);
  const inferred = base.type === "Unknown" ? (time ? typeNamed("DATE") : typeOfAnnotation(property.annotation)) : undefined;
  const unique = named("Unique");
  const allowNull = named("AllowNull");
  return {
    ...base,
    ...(inferred && { type: inferred.name, holds: inferred.holds, maxLength: inferred.maxLength }),
    nullable: named("NotNull") ? false : allowNull ? !isRefused(allowNull) : base.nullable,
    primaryKey: base.primaryKey || named("PrimaryKey") !== undefined,
    unique: unique ? uniqueDecorator(unique) : base.unique,
    ...(columnNameOf(named("ColumnName")) !== undefined && { column: columnNameOf(named("ColumnName"))! }),
    declaredAt: { uri, span: { start: property.nameStart, end: property.nameEnd } },
    declaration: { uri, expression: column ?? time! },
  };
}

function columnNameOf(decorator: Expression | undefined): string | undefined {
  return decorator?.kind === "call" ? textOf((decorator as Call).arguments[0]?.value) : undefined;
}

/** `@AllowNull(false)`. */
function isRefused(decorator: Expression): boolean {
  return decorator.kind === "call" && flagOf(decorator.arguments[0]?.value) === false;
}

function uniqueDecorator(decorator: Expression): boolean | string {
  const given = decorator.kind === "call" ? decorator.arguments[0]?.value : undefined;
  return given ? uniqueOf(given) : true;
}
