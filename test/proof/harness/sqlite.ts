import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { record, type Statement } from "./statements";

/**
 * SQLite in this process. `libsql` has the interface of `better-sqlite3` and its binaries come as packages: nothing is compiled,
 * no install script runs. Its classes are wrapped here so that whatever runs a statement, in whichever library, is counted.
 */
export const Sqlite = createRequire(__filename)("libsql") as SqliteConstructor;

export interface SqliteDatabase {
  prepare(sql: string): { all(...values: readonly unknown[]): Record<string, unknown>[]; run(...values: readonly unknown[]): { changes: number; lastInsertRowid: number }; readonly reader: boolean };
  exec(sql: string): void;
  close(): void;
}

export type SqliteConstructor = new (path: string, options?: object) => SqliteDatabase;

/** Work of the proofs themselves, which nobody is to count. */
let silent = false;

count();

function count(): void {
  const database = Sqlite.prototype as unknown as Record<string, (...given: unknown[]) => unknown>;
  const { prepare, exec } = database;
  database.exec = function (this: unknown, sql: unknown) {
    if (!silent) record(String(sql));
    return exec.call(this, sql);
  };
  database.prepare = function (this: unknown, sql: unknown) {
    const statement = prepare.call(this, sql) as Record<string, (...given: unknown[]) => unknown>;
    for (const name of ["run", "get", "iterate"]) {
      const original = statement[name];
      statement[name] = function (this: unknown, ...given: unknown[]) {
        if (silent) return original.apply(this, given);
        const recorded = record(String(sql));
        const result = original.apply(this, given);
        if (name === "get" && result) recorded.rows = 1;
        return name === "iterate" ? counting(result as Rows, recorded) : result;
      };
    }
    return statement;
  };
}

interface Rows {
  next(): { done: boolean };
}

function counting(rows: Rows, statement: Statement): Rows {
  const next = rows.next;
  rows.next = function (this: Rows) {
    const step = next.call(this);
    if (!step.done) statement.rows++;
    return step;
  };
  return rows;
}

/** A file for one database, and what removes it. */
export function sqliteFile(): { readonly path: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), "scale-hints-proof-"));
  return { path: join(folder, "proof.db"), remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Rows of a statement that the proof itself asks. */
export function ask(database: SqliteDatabase, sql: string): Record<string, unknown>[] {
  silent = true;
  try {
    return database.prepare(sql).all();
  } finally {
    silent = false;
  }
}

/** The indexes of a table as `(columns)` or `unique (columns)`; a rowid key is no index. */
export function sqliteIndexes(database: SqliteDatabase, table: string): readonly string[] {
  return ask(database, `PRAGMA index_list("${table}")`)
    .map(({ name, unique }) => `${unique ? "unique " : ""}(${ask(database, `PRAGMA index_info("${String(name)}")`).map((column) => String(column.name)).join(", ")})`)
    .sort();
}

/** How SQLite would find the rows: the detail lines of its plan. */
export function sqlitePlan(database: SqliteDatabase, sql: string): string {
  return ask(database, `EXPLAIN QUERY PLAN ${sql}`).map(({ detail }) => String(detail)).join("; ");
}
