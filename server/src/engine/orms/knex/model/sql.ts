import type { Location } from "../../../source";
import type { ColumnContent } from "../../../project";
import { schemaChangesIn, type BuiltIndex, type BuiltReference, type SchemaChange, type TablePart } from "../../script/sql-schema";
import { index, type DraftTable } from "./tables";

/** Tables by name, as the statements so far leave them. */
type Tables = Map<string, DraftTable>;

/** Reads statements that make, change and drop tables and indexes. What a table goes through that is not read here makes it uncertain. */
export function readSql(sql: string, tables: Tables, at: Location): void {
  for (const change of schemaChangesIn(sql)) apply(tables, change, at);
}

function apply(tables: Tables, change: SchemaChange, at: Location): void {
  const table = "table" in change && change.table !== undefined ? tables.get(change.table) : undefined;
  switch (change.kind) {
    case "create-table": return createTable(tables, change.table, change.parts, change.onlyIfMissing, at);
    case "drop-tables": return change.tables.forEach((each) => tables.delete(each));
    case "create-index": return table && addIndex(table, change.index, at);
    case "drop-index": return dropIndex(tables.values(), change.name);
    case "rename-index": return renameIndex(tables, change.name, change.to);
    case "drop-constraint": {
      if (!table) return;
      const before = table.indexes.length;
      dropIndex([table], change.name);
      // It may be what a column's own `UNIQUE` made.
      if (table.indexes.length === before && !/_fkey$/i.test(change.name)) table.isUncertain = true;
      return;
    }
    case "rename-table": {
      if (!table) return;
      tables.delete(table.name);
      table.name = change.to;
      tables.set(table.name, table);
      return;
    }
    case "rename-column": return table && renameColumn(table, change.column, change.to);
    case "drop-column": return void table?.columns.delete(change.column);
    case "add": {
      if (table && (change.part.kind !== "column" || !table.columns.has(change.part.name))) addPart(table, change.part, at);
      return;
    }
    case "unread": {
      if (table) table.isUncertain = true;
      // Procedures and `CREATE TABLE … AS` may change any table that they name.
      else if (change.table === undefined) for (const each of tables.values()) if (new RegExp(String.raw`\b${each.name}\b`).test(change.statement)) each.isUncertain = true;
    }
  }
}

function createTable(tables: Tables, name: string, parts: readonly TablePart[], onlyIfMissing: boolean, at: Location): void {
  if (onlyIfMissing && tables.has(name)) return;
  const table: DraftTable = { name, at, columns: new Map(), indexes: [], references: [], isUncertain: false };
  tables.set(name, table);
  for (const part of parts) addPart(table, part, at);
}

/** A column, or a constraint of the table. */
function addPart(table: DraftTable, part: TablePart, at: Location): void {
  switch (part.kind) {
    case "column":
      table.columns.set(part.name, {
        name: part.name, type: part.type, holds: contentOf(part.type), nullable: part.nullable, at, call: undefined, isUnique: part.key === "unique", isPrimary: part.key === "primary", isIndexed: false,
      });
      if (part.reference) addReference(table, part.reference, at);
      return;
    case "index": {
      const [first] = part.index.columns;
      const column = part.index.columns.length === 1 && first.field !== undefined ? table.columns.get(first.field) : undefined;
      if (part.index.isKey && column) column.isPrimary = true;
      else addIndex(table, part.index, at);
      return;
    }
    case "reference": return addReference(table, part.reference, at);
    case "unread": table.isUncertain = true;
  }
}

function addReference(table: DraftTable, reference: BuiltReference, at: Location): void {
  table.references.push({ ...reference, at });
}

function addIndex(table: DraftTable, { name, columns, unique, method, partial, isKey }: BuiltIndex, at: Location): void {
  const read = columns.map((column) => (column.expression === undefined || /^(Lower|Upper)\(/.test(column.expression) ? column : { ...column, expression: "?" }));
  table.indexes.push(index(read, unique, isKey ? "primary-key" : unique ? "constraint" : "meta-index", at, { ...(name !== undefined && { name }), method, partial }));
}

function dropIndex(tables: Iterable<DraftTable>, name: string): void {
  for (const { indexes } of tables) {
    const at = indexes.findIndex((each) => each.name === name);
    if (at >= 0) indexes.splice(at, 1);
  }
}

function renameIndex(tables: Tables, name: string, to: string): void {
  for (const { indexes } of tables.values()) {
    const at = indexes.findIndex((each) => each.name === name);
    if (at >= 0) indexes[at] = { ...indexes[at], name: to };
  }
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
