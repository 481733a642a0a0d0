import type { Call, Expression, FileFacts, FunctionDeclaration } from "../../../facts";
import type { DatabaseEngine, DatabaseIndex, Entity, IndexColumn, ProjectModel } from "../../../project";
import type { FixProposal } from "../../../rule";
import type { TextEdit } from "../../../source";
import { addItem, removeItem } from "../../script/array-literals";
import { importName } from "../../script/imports";
import { capital, snake } from "../../script/names";
import { addProperty, codeOf, removeProperty } from "../../script/object-literals";
import { inFile } from "../../script/rewriter";
import { indentAt, quotedText, type SourceStyle } from "../../script/source-style";
import { uncast } from "../model/expressions";

interface Wanted {
  readonly columns: readonly IndexColumn[];
  readonly method?: "btree" | "gin";
  readonly condition?: string;
}

/** A table as it is written: the call, and what its extra configuration gives. */
interface WrittenTable {
  readonly call: Call;
  readonly extra?: { readonly builder: FunctionDeclaration; readonly result: Expression };
}

/** Adds `index("orders_status_idx").on(table.status)` to the table, in the form of what is there. Review. */
export function addIndex(entity: Entity, index: Wanted, title: string, project: ProjectModel | undefined): FixProposal | undefined {
  const uri = entity.declaredAt?.uri;
  const facts = uri === undefined ? undefined : project?.files.get(uri);
  if (uri === undefined || !facts || index.condition !== undefined || !isWritable(index, entity)) return undefined;
  return {
    title, safety: "review", preferred: true,
    build: inFile(uri, (text, style) => {
      const table = writtenTable(facts, entity);
      if (!table) return undefined;
      const core = coreModule(facts, entity);
      const made = core && importName(facts, text, "index", core, style);
      const parameter = table.extra ? parameterOf(table.extra.builder) : "table";
      if (!made || parameter === undefined) return undefined;
      const written = indexCode(text, facts, entity, index, made.local, parameter, style);
      if (!written) return undefined;
      const edit = intoTable(text, table, index, written.code, style, project?.versionFor(uri, "drizzle-orm"));
      if (!edit) return undefined;
      return [...(made.edit ? [made.edit] : []), ...written.edits, edit];
    }),
  };
}

/** PostgreSQL alone has operator classes and other methods; of MySQL and SQLite an index is on plain columns here. */
function isWritable({ columns, method }: Wanted, { engine }: Entity): boolean {
  return engine === "postgresql" || ((method ?? "btree") === "btree" && columns.every((column, at) => column.opclass === undefined && !column.expression && !directionOf(columns, at)));
}

/**
 * What says that a column is descending. Drizzle's `.desc()` alone makes `DESC NULLS LAST`, which does not serve `ORDER BY … DESC` on PostgreSQL
 * (docs/library-facts.md, DZ-I2). The last column needs nothing: what stands before it is compared for equality, and an index is read backwards as well.
 */
function directionOf(columns: readonly IndexColumn[], at: number): string {
  return columns[at].descending && at < columns.length - 1 ? ".desc().nullsFirst()" : "";
}

/** The module that the file takes tables and columns from: `drizzle-orm/pg-core`. */
function coreModule(facts: FileFacts, { engine }: Entity): string | undefined {
  const given = facts.declares.imports.find((each) => !each.typeOnly && /^drizzle-orm\/\w+-core$/.test(each.module))?.module;
  return given ?? ({ postgresql: "drizzle-orm/pg-core", mysql: "drizzle-orm/mysql-core", sqlite: "drizzle-orm/sqlite-core" } as Partial<Record<DatabaseEngine, string>>)[engine ?? "unknown"];
}

function writtenTable(facts: FileFacts, entity: Entity): WrittenTable | undefined {
  const declaration = facts.declares.values.find((each) => each.nameStart === entity.declaredAt?.span.start);
  let call = declaration?.value && uncast(declaration.value);
  // `pgTable(…).enableRLS()`
  while (call?.kind === "call" && call.callee.kind === "attribute" && call.callee.object.kind === "call") call = call.callee.object;
  if (call?.kind !== "call" || call.arguments.length < 2) return undefined;
  const extra = call.arguments[2] && uncast(call.arguments[2].value);
  if (!extra) return { call };
  if (extra.kind !== "function") return undefined;
  const returned = (facts.bodies[extra.function.id] ?? []).flatMap((statement) => (statement.kind === "return" && statement.value ? [statement.value] : []));
  return returned.length === 1 ? { call, extra: { builder: extra.function, result: uncast(returned[0]) } } : undefined;
}

function parameterOf(builder: FunctionDeclaration): string | undefined {
  const [first] = builder.parameters;
  return first && !first.pattern && first.name !== "" ? first.name : undefined;
}

function indexCode(text: string, facts: FileFacts, entity: Entity, { columns, method = "btree" }: Wanted, local: string, parameter: string, style: SourceStyle): { readonly code: string; readonly edits: readonly TextEdit[] } | undefined {
  const edits: TextEdit[] = [];
  const codes: string[] = [];
  for (const [at, column] of columns.entries()) {
    if (column.field !== undefined) {
      const opclass = column.opclass === undefined ? "" : `.op(${quotedText(column.opclass, style)})`;
      codes.push(`${parameter}.${column.field}${directionOf(columns, at)}${opclass}`);
      continue;
    }
    const folded = /^(Lower|Upper)\((\w+)\)$/.exec(column.expression ?? "");
    const sql = importName(facts, text, "sql", "drizzle-orm", style);
    if (!folded || !sql) return undefined;
    if (sql.edit && edits.length === 0) edits.push(sql.edit);
    codes.push(`${sql.local}\`${folded[1].toLowerCase()}(\${${parameter}.${folded[2]}})${column.opclass === undefined ? "" : ` ${column.opclass}`}\``);
  }
  const name = quotedText(indexName(entity, columns, text), style);
  const call = method === "btree" ? `.on(${codes.join(", ")})` : `.using(${quotedText(method, style)}, ${codes.join(", ")})`;
  return { code: `${local}(${name})${call}`, edits };
}

/** `orders_status_created_at_idx`, as drizzle-kit would call it; at most 63 characters (PostgreSQL: *Identifiers*), and new in the file. */
function indexName(entity: Entity, columns: readonly IndexColumn[], text: string): string {
  const parts = columns.map((column) => columnName(entity, column.field ?? /\((\w+)\)/.exec(column.expression ?? "")?.[1] ?? "expression"));
  const base = [entity.table ?? snake(entity.name), ...parts].join("_").slice(0, 55).replace(/_+$/, "");
  let name = `${base}_idx`;
  for (let i = 2; new RegExp(`["'\`]${name}["'\`]`).test(text); i++) name = `${base}_idx${i}`;
  return name;
}

/** The name of a column in the database: as its call says it, else the key in snake case. */
function columnName(entity: Entity, field: string): string {
  let call = entity.fields.get(field)?.call?.expression;
  while (call?.kind === "call" && call.callee.kind === "attribute" && call.callee.object.kind === "call") call = call.callee.object;
  const first = call?.kind === "call" ? call.arguments[0]?.value : undefined;
  return first?.kind === "literal" && typeof first.value === "string" && /^\w+$/.test(first.value) ? first.value : snake(field);
}

/** Since 0.36 the configuration is an array; before it is an object (drizzle-orm's changelog). */
const ARRAYS_SINCE: readonly [number, number] = [0, 36];

function intoTable(text: string, { call, extra }: WrittenTable, index: Wanted, code: string, style: SourceStyle, version: readonly [number, number] | undefined): TextEdit | undefined {
  if (extra?.result.kind === "sequence") return addItem(text, extra.result, code, style);
  const key = `${index.columns.map((column, i) => words(column.field ?? "expression", i)).join("")}Idx`;
  if (extra?.result.kind === "mapping") return addProperty(text, extra.result, `${freeKey(text, key)}: ${code}`, style);
  if (extra) return undefined;
  const isOld = version !== undefined && (version[0] < ARRAYS_SINCE[0] || (version[0] === ARRAYS_SINCE[0] && version[1] < ARRAYS_SINCE[1]));
  const space = style.spacesInBraces ? " " : "";
  const result = isOld ? `({${space}${key}: ${code}${space}})` : `[${code}]`;
  const last = call.arguments[call.arguments.length - 1];
  const comma = /^\s*,/.exec(text.slice(last.end, call.close));
  const end = last.end + (comma?.[0].length ?? 0);
  if (text.slice(end, call.close).trim() !== "") return undefined;
  const start = last.start;
  const isOwnLine = /[\r\n][ \t]*$/.test(text.slice(call.open, start));
  if (isOwnLine) return { span: { start: end, end }, newText: `${comma ? "" : ","}${style.newline}${indentAt(text, start)}(table) => ${result},` };
  return { span: { start: end, end }, newText: `${comma ? " " : ", "}(table) => ${result}${comma ? "," : ""}` };
}

function words(name: string, position: number): string {
  return position === 0 ? name : capital(name);
}

function freeKey(text: string, key: string): string {
  let free = key;
  for (let i = 2; new RegExp(`\\b${free}\\b\\s*:`).test(text); i++) free = `${key}${i}`;
  return free;
}

/** Takes an index out of the table's configuration, or `.unique()` off a column. Review. */
export function removeIndex(entity: Entity, index: DatabaseIndex, title: string, project: ProjectModel | undefined): FixProposal | undefined {
  const declaration = index.declaration;
  const facts = declaration && project?.files.get(declaration.uri);
  if (!declaration || !facts || (index.source !== "meta-index" && index.source !== "constraint")) return undefined;
  const { uri, expression } = declaration;
  return {
    title, safety: "review", preferred: true,
    build: inFile(uri, (text) => {
      const table = writtenTable(facts, entity);
      const result = table?.extra?.result;
      if (!table || !result) return undefined;
      const edit = result.kind === "sequence" ? removeItem(text, result, expression) : result.kind === "mapping" ? removeEntry(text, result, expression) : undefined;
      return edit && [edit];
    }),
  };
}

function removeEntry(text: string, object: Parameters<typeof removeProperty>[1], expression: Expression): TextEdit | undefined {
  const entry = object.entries.find(({ value }) => value.start <= expression.start && expression.end <= value.end);
  return entry && removeProperty(text, object, entry);
}

/** Puts an index that serves the lookups in the place of one that does not; it keeps its name. Review. */
export function replaceIndex(entity: Entity, index: DatabaseIndex, by: Wanted, title: string, project: ProjectModel | undefined): FixProposal | undefined {
  const declaration = index.declaration;
  const facts = declaration && project?.files.get(declaration.uri);
  if (!declaration || !facts || index.source !== "meta-index" || !isWritable(by, entity)) return undefined;
  const { uri, expression } = declaration;
  return {
    title, safety: "review", preferred: true,
    build: inFile(uri, (text, style) => {
      const table = writtenTable(facts, entity);
      const parameter = table?.extra && parameterOf(table.extra.builder);
      if (parameter === undefined) return undefined;
      const callee = rootCallee(text, expression);
      const written = callee === undefined ? undefined : indexCode(text, facts, entity, by, callee, parameter, style);
      if (!written) return undefined;
      const code = index.name === undefined ? written.code : written.code.replace(/\((["'`])[^"'`]*\1\)/, () => `(${quotedText(index.name!, style)})`);
      return [...written.edits, { span: { start: expression.start, end: expression.end }, newText: code }];
    }),
  };
}

/** `index` of `index("name").on(…)`. */
function rootCallee(text: string, expression: Expression): string | undefined {
  let call = expression;
  while (call.kind === "call" && call.callee.kind === "attribute" && call.callee.object.kind === "call") call = call.callee.object;
  return call.kind === "call" ? codeOf(text, call.callee) : undefined;
}
