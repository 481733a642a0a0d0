import type { AttributeDeclaration, Expression } from "../../../facts";
import type { ColumnContent, ProjectCore } from "../../../project";
import type { OrmDecorator } from "../../script/decorators";
import type { ColumnDraft } from "./drafts";
import { argument, isFalseAt, isTrueAt, mappingOf, property, settled, textOf, type Scoped } from "../../script/literals";

const COLUMNS: ReadonlySet<string> = new Set([
  "Column", "PrimaryColumn", "PrimaryGeneratedColumn", "CreateDateColumn", "UpdateDateColumn", "DeleteDateColumn", "VersionColumn", "ObjectIdColumn", "ViewColumn", "TreeLevelColumn",
]);

export function isColumnDecorator({ name }: OrmDecorator): boolean {
  return COLUMNS.has(name);
}

/** What TypeORM makes of a property's type where the column says none (`ColumnType`s of the drivers' `normalizeType`: String is varchar, Number an integer, Date a timestamp). */
const BY_ANNOTATION: Readonly<Record<string, string>> = { string: "varchar", String: "varchar", number: "int", Number: "int", boolean: "boolean", Boolean: "boolean", Date: "timestamp", Buffer: "bytea", bigint: "bigint" };

/** The column that a decorator makes of a property. */
export function columnOf(core: ProjectCore, decorator: OrmDecorator, attribute: AttributeDeclaration, uri: string, prefix: string): ColumnDraft {
  const first = argument(decorator.call, 0, decorator.uri);
  const second = argument(decorator.call, 1, decorator.uri);
  const options = [second, first].find((each) => each && mappingOf(core, each));
  const optionType = property(core, options, "type");
  const written = (first && typeText(core, first)) ?? (optionType && typeText(core, optionType));
  const choices = property(core, options, "enum");
  const { name } = decorator;
  const declaredAt = { uri, span: { start: attribute.nameStart, end: attribute.nameEnd } };
  const length = property(core, options, "length");
  const lengthValue = length && settled(core, length).expression;
  return {
    name: prefix + attribute.name,
    columnName: textOf(core, property(core, options, "name")),
    type: typeOf(name, written, first, choices !== undefined, attribute.annotation),
    nullable: isTrueAt(core, options, "nullable") || name === "DeleteDateColumn",
    unique: isTrueAt(core, options, "unique"),
    primary: name.startsWith("Primary") || name === "ObjectIdColumn" || isTrueAt(core, options, "primary"),
    hasChoices: choices !== undefined || written === "enum" || written === "simple-enum",
    choices: choices && numberOfChoices(core, choices),
    maxLength: lengthValue?.kind === "literal" ? Number(lengthValue.value) || undefined : undefined,
    isHidden: isFalseAt(core, options, "select"),
    declaredAt,
    ...(decorator.call && !decorator.isWrapped && { call: { uri: decorator.uri, expression: decorator.call } }),
  };
}

/** A property of the class that a decorator of the project's own may make a column: nothing is known of it but its name. */
export function unknownColumn(attribute: AttributeDeclaration, uri: string, prefix: string): ColumnDraft {
  return {
    name: prefix + attribute.name, type: "unknown", nullable: true, unique: false, primary: false, hasChoices: false, isHidden: false,
    declaredAt: { uri, span: { start: attribute.nameStart, end: attribute.nameEnd } },
  };
}

/** The class of an embedded column: `@Column(() => Address)`. */
export function isEmbedding(core: ProjectCore, decorator: OrmDecorator): Scoped | undefined {
  const first = argument(decorator.call, 0, decorator.uri);
  return decorator.name === "Column" && first && settled(core, first).expression.kind === "function" ? settled(core, first) : undefined;
}

function typeText(core: ProjectCore, scoped: Scoped): string | undefined {
  const text = textOf(core, scoped);
  if (text !== undefined) return text;
  const { expression } = settled(core, scoped);
  return expression.kind === "name" ? BY_ANNOTATION[expression.name] : undefined;
}

function typeOf(decorator: string, written: string | undefined, first: Scoped | undefined, isEnum: boolean, annotation: Expression | undefined): string {
  if (decorator === "PrimaryGeneratedColumn") return written === "uuid" ? "uuid" : written && !/^(increment|rowid|identity)$/.test(written) ? written : "int";
  if (written !== undefined) return written;
  if (isEnum) return "enum";
  if (decorator === "CreateDateColumn" || decorator === "UpdateDateColumn" || decorator === "DeleteDateColumn") return "timestamp";
  if (decorator === "VersionColumn" || decorator === "TreeLevelColumn") return "int";
  // A type that is computed.
  if (first !== undefined && first.expression.kind !== "mapping") return "unknown";
  return annotation ? byAnnotation(annotation) : "unknown";
}

function byAnnotation(annotation: Expression): string {
  if (annotation.kind === "name") return BY_ANNOTATION[annotation.name] ?? "unknown";
  if (annotation.kind === "literal") return typeof annotation.value === "string" ? "varchar" : typeof annotation.value === "number" ? "int" : typeof annotation.value === "boolean" ? "boolean" : "unknown";
  if (annotation.kind !== "binary") return "unknown";
  const sides = [annotation.left, annotation.right].filter((side) => !(side.kind === "literal" && side.value === null)).map(byAnnotation);
  return sides.every((side) => side === sides[0]) ? (sides[0] ?? "unknown") : "unknown";
}

/** `enum: Status`, `enum: ["a", "b"]`. */
function numberOfChoices(core: ProjectCore, scoped: Scoped): number | undefined {
  const { uri, expression } = settled(core, scoped);
  if (expression.kind === "sequence") return expression.items.length;
  const symbol = core.resolveExpression(uri, expression);
  return symbol?.kind === "class" && symbol.class.declaration.form === "enum" ? symbol.class.declaration.attributes.length : undefined;
}

const CONTENTS: readonly (readonly [RegExp, ColumnContent])[] = [
  [/^(uuid|uniqueidentifier)$/, "uuid"],
  [/^(smallint|tinyint|mediumint|year)$/, "small-integer"],
  [/^(int|integer|bigint|int2|int4|int8|serial|bigserial|unsigned big int)/, "integer"],
  [/^(decimal|numeric|dec|fixed|number|money|smallmoney)/, "decimal"],
  [/^(float|real|double)/, "float"],
  [/^(bool|boolean|bit)$/, "boolean"],
  [/^date$/, "date"],
  [/^(timestamp|datetime|smalldatetime|time)/, "datetime"],
  [/json/, "json"],
  [/^(bytea|blob|binary|varbinary|\w+blob|image)/, "binary"],
  [/enum$/, "enum"],
  [/^(varchar|varchar2|nvarchar|nvarchar2|char|nchar|character|character varying|citext|string|text|\w*text|clob)/, "text"],
];

/** What a column of this type holds; undefined where the type is not known. */
export function contentOf(type: string): ColumnContent {
  return CONTENTS.find(([pattern]) => pattern.test(type))?.[1] ?? "other";
}
