import type { Call, Expression } from "../../../facts";
import type { Location } from "../../../source";
import type { Tables } from "./migrations";
import { readSql } from "./sql";
import { contentOf, index, type DraftTable } from "./tables";

/** How the migration that is read says what things are called. */
export interface Texts {
  readonly text: (node: Expression | undefined) => string | undefined;
  readonly texts: (node: Expression | undefined) => readonly string[];
  readonly at: (node: Expression) => Location;
}

/**
 * Calls of db-migrate (its *SQL API*): `db.runSql("…")`, `db.createTable("users", { id: { type: "int" } })`, also handed on as `db.runSql.bind(db, "…")`.
 * True for what has been read.
 */
export function readDbMigrate(call: Call, tables: Tables, { text, texts, at }: Texts): boolean {
  if (call.callee.kind !== "attribute") return false;
  const { callee } = call;
  const isBound = callee.name === "bind" && callee.object.kind === "attribute";
  const method = isBound && callee.object.kind === "attribute" ? callee.object.name : callee.name;
  const [first, second, third, fourth] = call.arguments.slice(isBound ? 1 : 0).map(({ value }) => value);
  const name = text(first);
  switch (method) {
    case "runSql":
      if (name !== undefined) readSql(name, tables, at(first));
      // Any table may have got an index.
      else for (const table of tables.values()) table.isUncertain = true;
      return true;
    case "createTable": {
      if (name === undefined || second?.kind !== "mapping") return false;
      const table: DraftTable = { name, at: at(first), columns: new Map(), indexes: [], references: [], isUncertain: false };
      tables.set(name, table);
      const columns = second.entries.find(({ key }) => key && text(key) === "columns")?.value;
      for (const { key, value } of (columns?.kind === "mapping" ? columns : second).entries) {
        const column = key && text(key);
        if (key && column !== undefined) addColumn(table, column, value, text, at(key));
        else table.isUncertain = true;
      }
      return true;
    }
    case "addColumn": {
      const table = name === undefined ? undefined : tables.get(name);
      const column = text(second);
      if (column === undefined || !third) return false;
      if (table) addColumn(table, column, third, text, at(second));
      return true;
    }
    case "removeColumn":
      if (name !== undefined) tables.get(name)?.columns.delete(text(second) ?? "");
      return true;
    case "addIndex": {
      const table = name === undefined ? undefined : tables.get(name);
      const columns = texts(third);
      if (!table) return true;
      if (columns.length === 0) table.isUncertain = true;
      else table.indexes.push(index(columns.map((field) => ({ field, descending: false })), fourth?.kind === "literal" && fourth.value === true, "meta-index", at(call), { ...(text(second) !== undefined && { name: text(second)! }) }));
      return true;
    }
    default: return false;
  }
}

/** `{ type: "string", notNull: true, unique: true, foreignKey: { table: "users", … } }`, or a type alone. */
function addColumn(table: DraftTable, name: string, spec: Expression, text: Texts["text"], at: Location): void {
  const given = (key: string): Expression | undefined => (spec.kind === "mapping" ? spec.entries.find((entry) => entry.key && text(entry.key) === key)?.value : undefined);
  const isOn = (key: string): boolean => {
    const value = given(key);
    return value?.kind === "literal" && value.value === true;
  };
  const type = text(spec) ?? text(given("type")) ?? "";
  table.columns.set(name, { name, type, holds: contentOf(type) ?? "other", nullable: !isOn("notNull") && !isOn("primaryKey"), at, call: undefined, isUnique: isOn("unique"), isPrimary: isOn("primaryKey"), isIndexed: false });
  const key = given("foreignKey");
  const target = key?.kind === "mapping" ? text(key.entries.find((entry) => entry.key && text(entry.key) === "table")?.value) : undefined;
  if (target !== undefined) table.references.push({ columns: [name], table: target, at });
}
