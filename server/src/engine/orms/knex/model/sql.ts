import type { Location } from "../../../source";
import type { ColumnContent, Relation } from "../../../project";
import { partsOf, statementsIn } from "../../script/sql-text";
import { index, type DraftTable } from "./tables";

/** Tables by name, as the statements so far leave them. */
type Tables = Map<string, DraftTable>;

/** A name with its quotes, and those of its schema. */
const NAME = String.raw`(?:["\`]?\w+["\`]?\.)?["\`]?(\w+)["\`]?`;

const CREATE_TABLE = new RegExp(String.raw`^create\s+(?:unlogged\s+)?table\s+(if\s+not\s+exists\s+)?${NAME}\s*\(([\s\S]*)\)[^()]*$`, "i");
const ALTER_TABLE = new RegExp(String.raw`^alter\s+table\s+(?:if\s+exists\s+)?(?:only\s+)?${NAME}\s+([\s\S]*)$`, "i");
const DROP_TABLE = /^drop\s+table\s+(?:if\s+exists\s+)?([\s\S]*?)(?:\s+cascade|\s+restrict)?$/i;
const CREATE_INDEX = new RegExp(String.raw`^create\s+(unique\s+)?index\s+(?:concurrently\s+)?(?:if\s+not\s+exists\s+)?(?:["\`]?(\w+)["\`]?\s+)?on\s+(?:only\s+)?${NAME}\s*(?:using\s+(\w+)\s*)?\(([\s\S]*?)\)\s*(include\s*\([^)]*\)\s*)?(where\b[\s\S]*)?$`, "i");
const DROP_INDEX = new RegExp(String.raw`^drop\s+index\s+(?:concurrently\s+)?(?:if\s+exists\s+)?${NAME}`, "i");

/** Reads statements that make, change and drop tables and indexes. What a table goes through that is not read here makes it uncertain. */
export function readSql(sql: string, tables: Tables, at: Location): void {
  for (const statement of statementsIn(sql)) {
    const table = CREATE_TABLE.exec(statement);
    if (table) createTable(tables, table[2], table[3], table[1] !== undefined, at);
    else if (!alterTable(tables, statement, at) && !createIndex(tables, statement, at) && !drop(tables, statement)) doubt(tables, statement);
  }
}

/** Procedures and `CREATE TABLE … AS` may change any table that they name. */
function doubt(tables: Tables, statement: string): void {
  if (!/\b(alter|create|drop|rename)\b/i.test(statement)) return;
  for (const table of tables.values()) if (new RegExp(String.raw`\b${table.name}\b`).test(statement)) table.isUncertain = true;
}

function createTable(tables: Tables, name: string, body: string, onlyIfMissing: boolean, at: Location): void {
  if (onlyIfMissing && tables.has(name)) return;
  const table: DraftTable = { name, at, columns: new Map(), indexes: [], references: [], isUncertain: false };
  tables.set(name, table);
  for (const part of partsOf(body)) addPart(table, part, at);
}

const CONSTRAINT = /^(?:constraint\s+["`]?\w+["`]?\s+)?(primary\s+key|unique(?:\s+(?:index|key))?|foreign\s+key|check|exclude)\b(?:\s+["`]?\w+["`]?)?\s*(?:\(([^)]*)\))?([\s\S]*)$/i;

/** A column, or a constraint of the table. */
function addPart(table: DraftTable, part: string, at: Location): void {
  const constraint = CONSTRAINT.exec(part);
  if (!constraint) return addColumn(table, part, at);
  const kind = constraint[1].toLowerCase();
  const columns = namesIn(constraint[2] ?? "");
  if (kind === "check") return;
  if (columns.length === 0 || kind === "exclude") table.isUncertain = true;
  else if (kind.startsWith("foreign")) addReference(table, columns, constraint[3], at);
  else if (kind.startsWith("primary") && columns.length === 1 && table.columns.has(columns[0])) table.columns.get(columns[0])!.isPrimary = true;
  else table.indexes.push(index(columns.map((field) => ({ field, descending: false })), true, kind.startsWith("primary") ? "primary-key" : "constraint", at));
}

function namesIn(text: string): readonly string[] {
  return text.split(",").flatMap((each) => /^\s*["`]?(\w+)["`]?/.exec(each)?.[1] ?? []);
}

function addColumn(table: DraftTable, part: string, at: Location): void {
  const column = /^["`]?(\w+)["`]?\s+([a-z]\w*(?:\s+(?:precision|varying))?)([\s\S]*)$/i.exec(part);
  if (!column) {
    table.isUncertain = true;
    return;
  }
  const [, name, type, rest] = column;
  const isPrimary = /\bprimary\s+key\b/i.test(rest);
  table.columns.set(name, {
    name, type: type.toLowerCase(), holds: contentOf(type), nullable: !isPrimary && !/\bnot\s+null\b/i.test(rest), at, call: undefined,
    isUnique: /\bunique\b/i.test(rest), isPrimary, isIndexed: false,
  });
  if (/\breferences\b/i.test(rest)) addReference(table, [name], rest, at);
}

function addReference(table: DraftTable, columns: readonly string[], rest: string, at: Location): void {
  const target = new RegExp(String.raw`\breferences\s+${NAME}`, "i").exec(rest)?.[1];
  if (target === undefined) return;
  const deletes = /\bon\s+delete\s+(cascade|set\s+null|restrict)/i.exec(rest)?.[1].toLowerCase();
  const onDelete: Relation["onDelete"] = deletes === undefined ? undefined : deletes.startsWith("set") ? "set-null" : (deletes as "cascade");
  table.references.push({ columns, table: target, ...(onDelete && { onDelete }), at });
}

/** What SQL's types hold. */
function contentOf(type: string): ColumnContent {
  const name = type.toLowerCase();
  if (/^(text|varchar|char|character|character varying|citext)$/.test(name)) return "text";
  if (/^(int|int4|int8|integer|bigint|serial|bigserial|mediumint)$/.test(name)) return "integer";
  if (/^(smallint|int2|tinyint)$/.test(name)) return "small-integer";
  if (/^(decimal|numeric)$/.test(name)) return "decimal";
  if (/^(real|float\d*|double|double precision)$/.test(name)) return "float";
  if (/^(timestamp|timestamptz|datetime)$/.test(name)) return "datetime";
  if (/^jsonb?$/.test(name)) return "json";
  if (/^(binary|varbinary|bytea|blob)$/.test(name)) return "binary";
  return name === "boolean" || name === "bool" ? "boolean" : name === "date" || name === "uuid" ? name : "other";
}

function alterTable(tables: Tables, statement: string, at: Location): boolean {
  const alter = ALTER_TABLE.exec(statement);
  if (!alter) return false;
  const table = tables.get(alter[1]);
  if (table) for (const action of partsOf(alter[2])) change(tables, table, action, at);
  return true;
}

function change(tables: Tables, table: DraftTable, action: string, at: Location): void {
  const rename = /^rename\s+(?:column\s+)?["`]?(\w+)["`]?\s+to\s+["`]?(\w+)["`]?$/i.exec(action);
  const renamed = /^rename\s+to\s+["`]?(\w+)["`]?$/i.exec(action);
  const dropped = /^drop\s+(?:column\s+)?(?:if\s+exists\s+)?["`]?(\w+)["`]?(?:\s+cascade|\s+restrict)?$/i.exec(action);
  if (renamed) {
    tables.delete(table.name);
    table.name = renamed[1];
    tables.set(table.name, table);
  } else if (rename && !/^(constraint|index)$/i.test(rename[1])) renameColumn(table, rename[1], rename[2]);
  else if (/^drop\s+constraint\b/i.test(action)) table.isUncertain ||= !/_fkey\b/i.test(action);
  else if (dropped) table.columns.delete(dropped[1]);
  else if (/^add\b/i.test(action)) {
    const part = action.replace(/^add\s+(?:column\s+)?(?:if\s+not\s+exists\s+)?/i, "");
    if (!table.columns.has(/^["`]?(\w+)/.exec(part)?.[1] ?? "")) addPart(table, part, at);
  } else if (!/^alter\s+(?:column\s+)?["`]?\w+["`]?\s+(set|drop|type)\b/i.test(action) && !/^(owner|enable|disable|set|replica|validate|rename\s+constraint)\b/i.test(action)) table.isUncertain = true;
}

function renameColumn(table: DraftTable, from: string, to: string): void {
  const column = table.columns.get(from);
  if (!column) return;
  table.columns.delete(from);
  table.columns.set(to, { ...column, name: to });
  const renamed = table.indexes.map((each) => ({ ...each, columns: each.columns.map((part) => (part.field === from ? { ...part, field: to } : part)) }));
  table.indexes.splice(0, table.indexes.length, ...renamed);
  const references = table.references.map((each) => ({ ...each, columns: each.columns.map((name) => (name === from ? to : name)) }));
  table.references.splice(0, table.references.length, ...references);
}

/** `CREATE INDEX name ON table USING gin (a, b DESC) WHERE …` */
function createIndex(tables: Tables, statement: string, at: Location): boolean {
  const match = CREATE_INDEX.exec(statement);
  if (!match) return false;
  const [, unique, name, on, method, columns, , where] = match;
  const table = tables.get(on);
  if (!table) return true;
  const read = partsOf(columns).map((each) => /^["`]?(\w+)["`]?(?:\s+(\w+_ops))?(?:\s+(asc|desc))?(?:\s+nulls\s+(?:first|last))?$/i.exec(each));
  table.indexes.push(index(
    read.map((each) => (each ? { field: each[1], descending: each[3]?.toLowerCase() === "desc", ...(each[2] && { opclass: each[2] }) } : { expression: "?", descending: false })),
    unique !== undefined, unique ? "constraint" : "meta-index", at, { ...(name !== undefined && { name }), method: method && /^(gin|gist|hash|brin)$/i.test(method) ? (method.toLowerCase() as "gin") : "btree", partial: where !== undefined },
  ));
  return true;
}

function drop(tables: Tables, statement: string): boolean {
  const named = DROP_INDEX.exec(statement)?.[1];
  if (named !== undefined) {
    for (const table of tables.values()) {
      const at = table.indexes.findIndex(({ name }) => name === named);
      if (at >= 0) table.indexes.splice(at, 1);
    }
    return true;
  }
  const dropped = DROP_TABLE.exec(statement);
  if (!dropped) return false;
  for (const name of namesIn(dropped[1])) tables.delete(name);
  return true;
}
