import type { Call, Expression, FunctionDeclaration } from "../../../facts";
import type { ColumnContent, Field } from "../../../project";
import type { Location } from "../../../source";
import { chainOf, type DrizzleNames, entryOf, itemsOf, keyText, type Scoped, stringOf, uncast } from "./expressions";

/** One column as a table declares it. */
export interface ColumnDraft {
  readonly name: string;
  /** The name in the database, where it is written. */
  readonly column?: string;
  /** The function that makes it: `varchar`, `timestamp`; "enum", "custom", "?" for what could not be read. */
  readonly type: string;
  readonly notNull: boolean;
  readonly unique: boolean;
  readonly primaryKey: boolean;
  readonly isArray: boolean;
  readonly choices?: number;
  readonly maxLength?: number;
  readonly references?: Reference;
  readonly declaredAt: Location;
  readonly expression: Scoped;
  /** The call of `.unique(…)`, for fixes. */
  readonly uniqueAt?: { readonly uri: string; readonly expression: Call };
}

/** `.references(() => users.id, { onDelete: "cascade" })`, `foreignKey({ … })`. */
export interface Reference {
  readonly uri: string;
  /** `users.id`, unresolved. */
  readonly target: Expression;
  readonly onDelete?: string;
  readonly at: Location;
}

export interface Columns {
  readonly columns: readonly ColumnDraft[];
  /** Some columns, or what one of them is, could not be read. */
  readonly incomplete: boolean;
}

interface Traits {
  type: string;
  column?: string;
  notNull: boolean;
  unique: boolean;
  primaryKey: boolean;
  isArray: boolean;
  choices?: number;
  maxLength?: number;
  references?: Reference;
  uniqueAt?: ColumnDraft["uniqueAt"];
}

const CORE = /^drizzle-orm\/(pg|mysql|sqlite|singlestore|gel|cockroach|mssql)-core\.(\w+)$/;

/** The columns of the second argument of `pgTable`: an object, or a function that gives one for builders. */
export function readColumns(names: DrizzleNames, given: Scoped, depth = 0): Columns {
  if (depth > 4) return { columns: [], incomplete: true };
  const { uri, expression } = names.follow(given);
  if (expression.kind === "function") {
    const result = names.returned(uri, expression.function);
    return result ? readEntries(names, result, expression.function, depth) : { columns: [], incomplete: true };
  }
  return readEntries(names, { uri, expression }, undefined, depth);
}

function readEntries(names: DrizzleNames, { uri, expression }: Scoped, builder: FunctionDeclaration | undefined, depth: number): Columns {
  if (expression.kind === "call") {
    const result = names.resultOf(uri, expression);
    return result ? readEntries(names, result, undefined, depth + 1) : { columns: [], incomplete: true };
  }
  if (expression.kind !== "mapping" || depth > 6) return { columns: [], incomplete: true };
  const columns = new Map<string, ColumnDraft>();
  let incomplete = false;
  for (const { key, value } of expression.entries) {
    if (!key) {
      // `...timestamps`, `...lifecycle()`
      const spread = uncast(value).kind === "call" ? { uri, expression: uncast(value) } : names.follow({ uri, expression: value });
      const shared = readEntries(names, spread, builder, depth + 1);
      for (const column of shared.columns) columns.set(column.name, column);
      incomplete ||= shared.incomplete;
      continue;
    }
    const name = keyText(key);
    if (name === undefined) {
      incomplete = true;
      continue;
    }
    const traits = readColumn(names, { uri, expression: value }, builder);
    if (!traits) {
      incomplete = true;
      continue;
    }
    columns.set(name, { ...traits, name, declaredAt: { uri, span: { start: key.start, end: key.end } }, expression: { uri, expression: value } });
  }
  return { columns: [...columns.values()], incomplete };
}

function readColumn(names: DrizzleNames, given: Scoped, builder: FunctionDeclaration | undefined, depth = 0): Traits | undefined {
  if (depth > 6) return undefined;
  const { uri, root, steps } = chainOf(given);
  const traits = rootTraits(names, { uri, expression: root }, builder, depth);
  if (!traits) return undefined;
  for (const { name, call } of steps) applyStep(traits, name, call, uri, names);
  return traits;
}

function rootTraits(names: DrizzleNames, { uri, expression }: Scoped, builder: FunctionDeclaration | undefined, depth: number): Traits | undefined {
  if (expression.kind !== "call") {
    const followed = names.follow({ uri, expression });
    return followed.expression === expression ? undefined : readColumn(names, followed, undefined, depth + 1);
  }
  const { callee } = expression;
  const external = names.external(uri, callee);
  const known = external === undefined ? undefined : CORE.exec(external)?.[2];
  if (known !== undefined) return ofType(names, known, { uri, expression });
  // `(t) => ({ id: t.serial() })`
  const [first] = builder?.parameters ?? [];
  if (first && callee.kind === "attribute" && callee.object.kind === "name" && callee.object.name === first.name) return ofType(names, callee.name, { uri, expression });
  // `({ serial, text }) => …`
  if (first?.pattern && callee.kind === "name" && external === undefined && names.symbol(uri, callee) === undefined) return ofType(names, callee.name, { uri, expression });
  const made = names.follow({ uri, expression: callee });
  if (made.expression.kind === "call") {
    const maker = names.external(made.uri, made.expression.callee);
    const kind = maker === undefined ? undefined : CORE.exec(maker)?.[2];
    // `const status = pgEnum("status", ["new", "done"])`, `schema.enum(…)`
    if (kind === "pgEnum" || kind === "mysqlEnum" || (made.expression.callee.kind === "attribute" && made.expression.callee.name === "enum")) {
      return { ...blank("enum"), ...nameOf(expression), choices: enumSize(names, { uri: made.uri, expression: made.expression.arguments[1]?.value }) };
    }
    if (kind === "customType") return { ...blank("custom"), ...nameOf(expression) };
  }
  // `timestamps.createdAt.notNull()`
  if (callee.kind === "attribute") {
    const owner = names.follow({ uri, expression: callee.object });
    const shared = owner.expression.kind === "call" ? readColumn(names, owner, undefined, depth + 1) : undefined;
    if (shared) {
      applyStep(shared, callee.name, expression, uri, names);
      return shared;
    }
  }
  const result = names.resultOf(uri, expression);
  if (result) return readColumn(names, result, undefined, depth + 1);
  // A column of somebody else's: a vector of an extension, a helper of a package.
  return external === undefined ? undefined : { ...blank("?"), ...nameOf(expression) };
}

function blank(type: string): Traits {
  return { type, notNull: false, unique: false, primaryKey: false, isArray: false };
}

function nameOf(call: Call): { readonly column?: string } {
  const column = stringOf(call.arguments[0]?.value);
  return column === undefined ? {} : { column };
}

function ofType(names: DrizzleNames, type: string, { uri, expression }: { readonly uri: string; readonly expression: Call }): Traits {
  const options = expression.arguments.map((argument) => uncast(argument.value)).find((value) => value.kind === "mapping");
  const values = options && entryOf(options, "enum");
  const length = options && entryOf(options, "length");
  const mode = stringOf(options && entryOf(options, "mode"));
  if (type === "mysqlEnum") {
    const list = expression.arguments.at(-1)?.value;
    return { ...blank("enum"), ...nameOf(expression), choices: enumSize(names, { uri, expression: list }) };
  }
  const traits: Traits = { ...blank(typeOfMode(type, mode)), ...nameOf(expression) };
  if (values) traits.choices = enumSize(names, { uri, expression: values });
  if (length?.kind === "literal" && typeof length.value === "number") traits.maxLength = length.value;
  // `serial` is `NOT NULL` by itself (drizzle-orm `PgSerialBuilder`).
  if (/serial$/i.test(type)) traits.notNull = true;
  return traits;
}

/** SQLite has integers for what other databases have types of their own for: `integer({ mode: "timestamp" })`. */
function typeOfMode(type: string, mode: string | undefined): string {
  if (type !== "integer" && type !== "int") return type;
  return mode === "boolean" ? "boolean" : mode === "timestamp" || mode === "timestamp_ms" ? "timestamp" : type;
}

/** How many values an enum has; 2 where that cannot be read: there are few. */
function enumSize(names: DrizzleNames, given: { readonly uri: string; readonly expression: Expression | undefined }): number {
  if (!given.expression) return 2;
  const { expression } = names.follow({ uri: given.uri, expression: given.expression });
  if (expression.kind === "mapping") return Math.max(2, expression.entries.length);
  return Math.max(2, itemsOf(expression).length);
}

function applyStep(traits: Traits, name: string, call: Call, uri: string, names: DrizzleNames): void {
  switch (name) {
    case "notNull": traits.notNull = true; break;
    case "primaryKey":
      traits.primaryKey = true;
      traits.notNull = true;
      break;
    case "unique":
      traits.unique = true;
      traits.uniqueAt = { uri, expression: call };
      break;
    case "array": traits.isArray = true; break;
    case "references": {
      const target = call.arguments[0]?.value;
      const plain = target && uncast(target);
      const result = plain?.kind === "function" ? names.returned(uri, plain.function) : undefined;
      const options = call.arguments[1] && uncast(call.arguments[1].value);
      const onDelete = options?.kind === "mapping" ? stringOf(entryOf(options, "onDelete")) : undefined;
      const at = call.callee.kind === "attribute" ? { start: call.callee.nameStart, end: call.end } : call;
      if (result) traits.references = { uri: result.uri, target: result.expression, ...(onDelete !== undefined && { onDelete }), at: { uri, span: { start: at.start, end: at.end } } };
      break;
    }
  }
}

/** The field that a column is. */
export function fieldOf(draft: ColumnDraft, entity: string, keys: { readonly isPrimary: boolean; readonly isUnique: boolean }): Field {
  return {
    kind: "field", name: draft.name, column: draft.name, ...(draft.column !== undefined && { stored: draft.column }), type: draft.type, holds: draft.isArray ? "other" : contentOf(draft.type), nativeType: draft.type, nullable: !draft.notNull && !keys.isPrimary,
    unique: draft.unique || keys.isUnique, primaryKey: keys.isPrimary, indexed: false, hasChoices: draft.choices !== undefined, ...(draft.choices !== undefined && { choices: draft.choices }),
    ...(draft.maxLength !== undefined && { maxLength: draft.maxLength }), entity, declaredAt: draft.declaredAt, call: draft.expression,
  };
}

/** What the values of a column are, by the function that makes it; absent where that is not known. */
function contentOf(type: string): ColumnContent | undefined {
  if (/^(text|varchar|char|tinytext|mediumtext|longtext|citext)$/.test(type)) return "text";
  if (/^(integer|int|bigint|serial|bigserial|mediumint|year)$/.test(type)) return "integer";
  if (/^(smallint|smallserial|tinyint)$/.test(type)) return "small-integer";
  if (/^(numeric|decimal)$/.test(type)) return "decimal";
  if (/^(real|float|double|doublePrecision)$/.test(type)) return "float";
  if (/^(timestamp|datetime)$/.test(type)) return "datetime";
  if (/^jsonb?$/.test(type)) return "json";
  if (/^(bytea|blob|binary|varbinary)$/.test(type)) return "binary";
  if (type === "boolean" || type === "date" || type === "uuid" || type === "enum") return type;
  return type === "?" || type === "custom" ? undefined : "other";
}
