import type { AttributeDeclaration, Expression } from "../../../facts";
import type { ColumnContent, ProjectCore } from "../../../project";
import type { OrmDecorator } from "../../script/decorators";
import { argument, isFalseAt, isTrueAt, literalAt, mappingOf, property, settled, textOf, type Scoped } from "../../script/literals";
import type { ColumnDraft } from "./drafts";

const COLUMNS: ReadonlySet<string> = new Set(["Property", "PrimaryKey", "SerializedPrimaryKey", "Enum"]);

export function isColumnDecorator({ name }: OrmDecorator): boolean {
  return COLUMNS.has(name);
}

/** What MikroORM makes of a property's type where the column says none (*Defining Entities*: types are taken from reflection). */
const BY_ANNOTATION: Readonly<Record<string, string>> = { string: "string", String: "string", number: "integer", Number: "integer", boolean: "boolean", Boolean: "boolean", Date: "datetime", Buffer: "blob", bigint: "bigint" };

/** The options of a column or relation: `@Property({ … })`, `@Property(options)`. */
export function optionsOf(core: ProjectCore, decorator: OrmDecorator): Scoped | undefined {
  return [2, 1, 0].map((at) => argument(decorator.call, at, decorator.uri)).find((each) => each && mappingOf(core, each));
}

/** The column that a decorator makes of a property; undefined for one that is not in the table. */
export function columnOf(core: ProjectCore, decorator: OrmDecorator, attribute: AttributeDeclaration, uri: string, prefix: string): ColumnDraft | undefined {
  const options = optionsOf(core, decorator);
  if (isFalseAt(core, options, "persist") || property(core, options, "formula") !== undefined) return undefined;
  const choices = decorator.name === "Enum" ? (property(core, options, "items") ?? (argument(decorator.call, 0, decorator.uri) ?? undefined)) : property(core, options, "items");
  const written = property(core, options, "columnType") ?? property(core, options, "type");
  const type = (written && typeText(core, written)) ?? (decorator.name === "Enum" ? "enum" : attribute.annotation ? byAnnotation(attribute.annotation) : valueType(attribute.value));
  return {
    name: prefix + attribute.name,
    columnName: textOf(core, property(core, options, "fieldName") ?? property(core, options, "name")),
    type, holds: contentOf(type),
    nullable: isTrueAt(core, options, "nullable") || attribute.isOptional === true,
    unique: isOn(core, options, "unique"), index: isOn(core, options, "index"),
    primary: decorator.name === "PrimaryKey" || isTrueAt(core, options, "primary"),
    choices: choices && numberOfChoices(core, choices), hasChoices: decorator.name === "Enum" || choices !== undefined,
    maxLength: numberAt(core, options, "length"),
    isHidden: isTrueAt(core, options, "lazy"),
    declaredAt: { uri, span: { start: attribute.nameStart, end: attribute.nameEnd } },
    ...(decorator.call && !decorator.isWrapped && { call: { uri: decorator.uri, expression: decorator.call } }),
  };
}

/** `unique: true`, `index: "book_title_index"`: said, and not `false`. */
export function isOn(core: ProjectCore, options: Scoped | undefined, name: string): boolean {
  const value = literalAt(core, options, name);
  return value !== undefined && value !== false && value !== null;
}

function numberAt(core: ProjectCore, options: Scoped | undefined, name: string): number | undefined {
  const value = literalAt(core, options, name);
  return typeof value === "number" ? value : undefined;
}

/** `"text"`, `t.text`, `types.decimal`, `TextType`, `() => String`. */
export function typeText(core: ProjectCore, scoped: Scoped): string | undefined {
  const text = textOf(core, scoped);
  if (text !== undefined) return text;
  const { expression } = settled(core, scoped);
  const node = expression.kind === "call" ? expression.callee : expression;
  if (node.kind === "attribute") return node.name;
  if (node.kind !== "name") return undefined;
  return BY_ANNOTATION[node.name] ?? node.name.replace(/Type$/, "").toLowerCase();
}

function byAnnotation(annotation: Expression): string {
  if (annotation.kind === "name") return BY_ANNOTATION[annotation.name] ?? "unknown";
  if (annotation.kind === "subscript" && annotation.object.kind === "name" && /^(Opt|Hidden|ScalarReference|ScalarRef)$/.test(annotation.object.name)) return byAnnotation(annotation.index.kind === "sequence" ? annotation.index.items[0] : annotation.index);
  if (annotation.kind !== "binary") return "unknown";
  const sides = [annotation.left, annotation.right].filter((side) => !(side.kind === "literal" && side.value === null)).map(byAnnotation);
  const known = sides.filter((side) => side !== "unknown");
  return known.length === 1 || (known.length > 1 && known.every((side) => side === known[0])) ? known[0] : "unknown";
}

function valueType(value: Expression | undefined): string {
  if (value?.kind === "literal") return typeof value.value === "string" ? "string" : typeof value.value === "number" ? "integer" : typeof value.value === "boolean" ? "boolean" : "unknown";
  return value?.kind === "call" && value.form === "new" && value.callee.kind === "name" && value.callee.name === "Date" ? "datetime" : "unknown";
}

/** `@Enum(() => Status)`, `items: () => Status`, `items: ["a", "b"]`. */
function numberOfChoices(core: ProjectCore, scoped: Scoped): number | undefined {
  const { uri, expression } = settled(core, scoped);
  if (expression.kind === "sequence") return expression.items.length;
  const last = expression.kind === "function" ? core.body(uri, expression.function.id).at(-1) : undefined;
  const target = last?.kind === "return" && last.value ? last.value : expression;
  const symbol = target.kind === "name" || target.kind === "attribute" ? core.resolveExpression(uri, target) : undefined;
  return symbol?.kind === "class" && symbol.class.declaration.form === "enum" ? symbol.class.declaration.attributes.length : undefined;
}

const CONTENTS: readonly (readonly [RegExp, ColumnContent])[] = [
  [/^uuid/i, "uuid"],
  [/^(smallint|tinyint|mediumint)/i, "small-integer"],
  [/^(int|bigint|serial|bigserial|number)/i, "integer"],
  [/^(decimal|numeric|money)/i, "decimal"],
  [/^(float|real|double)/i, "float"],
  [/^bool/i, "boolean"],
  [/^date$/i, "date"],
  [/^(timestamp|datetime|time)/i, "datetime"],
  [/json/i, "json"],
  [/^(blob|bytea|binary|varbinary|uint8array)/i, "binary"],
  [/enum$/i, "enum"],
  [/^(varchar|char|character|string|text|\w*text)/i, "text"],
];

/** What a column of this type holds. */
export function contentOf(type: string): ColumnContent {
  return CONTENTS.find(([pattern]) => pattern.test(type))?.[1] ?? "other";
}
