import type { Expression } from "../../../facts";
import type { ColumnContent } from "../../../project";
import { bare, itemsOf, lastNameOf, valueAt } from "./reading";

/** What columns of Sequelize's types hold (documentation: *Data Types*). */
const HOLDS: Readonly<Record<string, ColumnContent>> = {
  STRING: "text", CHAR: "text", CITEXT: "text", TEXT: "text", TINYTEXT: "text",
  INTEGER: "integer", NUMBER: "integer", BIGINT: "integer", MEDIUMINT: "integer", SMALLINT: "small-integer", TINYINT: "small-integer",
  FLOAT: "float", REAL: "float", DOUBLE: "float", DECIMAL: "decimal", NUMERIC: "decimal",
  BOOLEAN: "boolean", DATE: "datetime", NOW: "datetime", DATEONLY: "date", TIME: "other",
  UUID: "uuid", UUIDV1: "uuid", UUIDV4: "uuid", ENUM: "enum", JSON: "json", JSONB: "json", HSTORE: "json", BLOB: "binary",
};

export interface ColumnType {
  /** Sequelize's word: `STRING`; "Unknown" for types that are not Sequelize's. */
  readonly name: string;
  readonly holds: ColumnContent;
  /** Of an ENUM: how many values, 0 when they cannot be counted. */
  readonly choices?: number;
  readonly maxLength?: number;
}

/** `DataTypes.STRING(64)`, `Sequelize.ENUM("new", "paid")`, `"VARCHAR(64)"`. */
export function columnType(expression: Expression | undefined, values?: Expression): ColumnType {
  if (!expression) return UNKNOWN;
  const inner = bare(expression);
  if (inner.kind === "literal") return typeNamed(String(inner.value).replace(/\(.*$/, "").replace(/^VARCHAR$/i, "STRING").toUpperCase());
  const type = typeNamed(wordOf(inner));
  if (type.name === "ENUM") return { ...type, choices: choicesOf(inner, values) };
  const length = inner.kind === "call" && (type.name === "STRING" || type.name === "CHAR") ? inner.arguments[0]?.value : undefined;
  return { ...type, ...(length?.kind === "literal" && typeof length.value === "number" && { maxLength: length.value }) };
}

const UNKNOWN: ColumnType = { name: "Unknown", holds: "other" };

/** A type by Sequelize's word for it. */
export function typeNamed(word: string): ColumnType {
  const holds = HOLDS[word];
  return holds ? { name: word, holds } : /^(ARRAY|RANGE|GEOMETRY|GEOGRAPHY|INET|CIDR|MACADDR|TSVECTOR|VIRTUAL)$/.test(word) ? { name: word, holds: "other" } : UNKNOWN;
}

/** `DataTypes.INTEGER.UNSIGNED` is an INTEGER. */
function wordOf(expression: Expression): string {
  const word = lastNameOf(expression);
  const inner = expression.kind === "call" ? expression.callee : expression;
  return (word === "UNSIGNED" || word === "BINARY" || word === "ZEROFILL") && inner.kind === "attribute" ? wordOf(inner.object) : word;
}

function choicesOf(type: Expression, values: Expression | undefined): number {
  const listed = type.kind === "call" ? type.arguments : [];
  if (listed.some((each) => each.spread !== undefined)) return 0;
  if (listed.length > 1) return listed.length;
  return itemsOf(listed[0]?.value ?? values ?? (listed[0] && valueAt(listed[0].value, "values"))).length;
}

/** What a TypeScript type says of a column that names none: `@Column name: string` (source of sequelize-typescript, `inferDataType`). */
export function typeOfAnnotation(annotation: Expression | undefined): ColumnType {
  const options = annotation ? optionsOf(annotation) : [];
  for (const each of options) {
    switch (lastNameOf(each)) {
      case "string": return { name: "STRING", holds: "text", maxLength: 255 };
      case "number": return { name: "INTEGER", holds: "integer" };
      case "boolean": return { name: "BOOLEAN", holds: "boolean" };
      case "Date": return { name: "DATE", holds: "datetime" };
      case "Buffer": return { name: "BLOB", holds: "binary" };
    }
  }
  return UNKNOWN;
}

function optionsOf(annotation: Expression): readonly Expression[] {
  if (annotation.kind === "binary") return [...optionsOf(annotation.left), ...optionsOf(annotation.right)];
  if (annotation.kind === "subscript" && /^(CreationOptional|ForeignKey|Nullable)$/.test(lastNameOf(annotation.object))) return optionsOf(annotation.index);
  return [annotation];
}
