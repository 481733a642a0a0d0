import type { DatabaseIndex, IndexColumn } from "../../project";
import { partsOf, statementsIn } from "./sql-text";

/** An index as statements make it, its columns by their names in the database. */
export interface BuiltIndex {
  readonly name?: string;
  readonly columns: readonly IndexColumn[];
  readonly unique: boolean;
  readonly method: DatabaseIndex["method"];
  readonly partial: boolean;
  /** The primary key of its table. */
  readonly isKey?: true;
}

const WORD = String.raw`["\`\[]?[\w$-]+["\`\]]?`;
/** A name with its quotes, and those of its schema. */
const NAME = String.raw`(?:${WORD}\.)*["\`\[]?([\w$-]+)["\`\]]?`;

const CREATE_INDEX = new RegExp(String.raw`^create\s+(unique\s+)?index\s+(?:concurrently\s+)?(?:if\s+not\s+exists\s+)?(?:(?!on\s)${NAME}\s+)?on\s+(?:only\s+)?${NAME}\s*(?:using\s+(\w+)\s*)?\(([\s\S]*)$`, "i");
const DROP_INDEX = new RegExp(String.raw`^drop\s+index\s+(?:concurrently\s+)?(?:if\s+exists\s+)?${NAME}`, "i");
const RENAME_INDEX = new RegExp(String.raw`^alter\s+index\s+(?:if\s+exists\s+)?${NAME}\s+rename\s+to\s+${NAME}`, "i");
const CREATE_TABLE = new RegExp(String.raw`^create\s+(?:unlogged\s+)?table\s+(?:if\s+not\s+exists\s+)?${NAME}\s*\(([\s\S]*)$`, "i");
const ALTER_TABLE = new RegExp(String.raw`^alter\s+table\s+(?:if\s+exists\s+)?(?:only\s+)?${NAME}\s+([\s\S]*)$`, "i");
const DROP_TABLE = new RegExp(String.raw`^drop\s+table\s+(?:if\s+exists\s+)?${NAME}`, "i");
const CONSTRAINT = new RegExp(String.raw`^(?:constraint\s+${NAME}\s+)?(primary\s+key|unique(?:\s+(?:index|key))?|index|key)(?:\s+(?!\()${WORD})?\s*(?:nulls\s+not\s+distinct\s*)?\(([\s\S]*)$`, "i");

/** Whether a text may say anything of indexes. */
export const SPEAKS_OF_INDEXES = /\b(?:index|unique|primary\s+key)\b/i;

/** The indexes of tables as the statements so far leave them. Names are kept in lower case. */
export class IndexBook {
  readonly tables = new Map<string, BuiltIndex[]>();

  /** Follows statements of SQL, in order. What is not read here changes nothing: an index too many keeps rules silent. */
  readSql(sql: string): void {
    if (!SPEAKS_OF_INDEXES.test(sql) && !/\b(?:rename|drop)\b/i.test(sql)) return;
    for (const statement of bareStatementsIn(sql)) this.statement(statement);
  }

  add(table: string, index: BuiltIndex): void {
    const key = table.toLowerCase();
    const known = this.tables.get(key);
    if (known) known.push(index);
    else this.tables.set(key, [index]);
  }

  /** Takes away the index or constraint of this name. */
  drop(name: string): void {
    for (const [table, indexes] of this.tables) if (indexes.some((each) => sameName(each.name, name))) this.tables.set(table, indexes.filter((each) => !sameName(each.name, name)));
  }

  private rename(from: string, to: string): void {
    for (const [table, indexes] of this.tables) if (indexes.some((each) => sameName(each.name, from))) this.tables.set(table, indexes.map((each) => (sameName(each.name, from) ? { ...each, name: to } : each)));
  }

  dropTable(name: string): void {
    this.tables.delete(name.toLowerCase());
  }

  renameTable(from: string, to: string): void {
    const indexes = this.tables.get(from.toLowerCase());
    this.tables.delete(from.toLowerCase());
    if (indexes) this.tables.set(to.toLowerCase(), indexes);
  }

  renameColumn(table: string, from: string, to: string): void {
    const indexes = this.tables.get(table.toLowerCase());
    if (indexes) this.tables.set(table.toLowerCase(), indexes.map((each) => ({ ...each, columns: each.columns.map((column) => (sameName(column.field, from) ? { ...column, field: to } : column)) })));
  }

  private statement(statement: string): void {
    const index = CREATE_INDEX.exec(statement);
    if (index) {
      const [, unique, name, table, method, rest] = index;
      const { inside, after } = bracketed(rest);
      this.add(table, { ...(name !== undefined && { name }), columns: partsOf(inside).map(columnOf), unique: unique !== undefined, method: methodOf(method), partial: /\bwhere\b/i.test(after) });
      return;
    }
    const renamed = RENAME_INDEX.exec(statement);
    if (renamed) return this.rename(renamed[1], renamed[2]);
    const dropped = DROP_INDEX.exec(statement);
    if (dropped) return this.drop(dropped[1]);
    const table = CREATE_TABLE.exec(statement);
    if (table) {
      this.dropTable(table[1]);
      for (const part of partsOf(bracketed(table[2]).inside)) this.part(table[1], part);
      return;
    }
    const gone = DROP_TABLE.exec(statement);
    if (gone) return this.dropTable(gone[1]);
    const alter = ALTER_TABLE.exec(statement);
    if (alter) for (const action of partsOf(alter[2])) this.change(alter[1], action);
  }

  private change(table: string, action: string): void {
    const renamed = new RegExp(String.raw`^rename\s+to\s+${NAME}$`, "i").exec(action);
    if (renamed) return this.renameTable(table, renamed[1]);
    const column = new RegExp(String.raw`^rename\s+(?:column\s+)?(?!constraint\s|index\s|to\s)${NAME}\s+to\s+${NAME}$`, "i").exec(action);
    if (column) return this.renameColumn(table, column[1], column[2]);
    const index = new RegExp(String.raw`^rename\s+(?:constraint|index)\s+${NAME}\s+to\s+${NAME}$`, "i").exec(action);
    if (index) return this.rename(index[1], index[2]);
    const constraint = new RegExp(String.raw`^drop\s+(?:constraint|index|key)\s+(?:if\s+exists\s+)?${NAME}`, "i").exec(action);
    if (constraint) return this.drop(constraint[1]);
    if (/^add\b/i.test(action)) this.part(table, action.replace(/^add\s+(?:column\s+)?(?:if\s+not\s+exists\s+)?/i, ""));
  }

  /** A column of a table, or a constraint. */
  private part(table: string, part: string): void {
    const constraint = CONSTRAINT.exec(part);
    if (constraint) {
      const [, name, kind, rest] = constraint;
      const isKey = /^primary/i.test(kind);
      this.add(table, { ...(name !== undefined && { name }), columns: partsOf(bracketed(rest).inside).map(columnOf), unique: isKey || /^unique/i.test(kind), method: "btree", partial: false, ...(isKey && { isKey: true as const }) });
      return;
    }
    const column = new RegExp(String.raw`^${NAME}\s+\w[\s\S]*?\b(unique|primary\s+key)\b`, "i").exec(part);
    if (column && !/^(constraint|check|foreign|exclude)$/i.test(column[1])) this.add(table, { columns: [{ field: column[1], descending: false }], unique: true, method: "btree", partial: false, ...(/^primary/i.test(column[2]) && { isKey: true as const }) });
  }
}

function sameName(a: string | undefined, b: string): boolean {
  return a !== undefined && a.toLowerCase() === b.toLowerCase();
}

/** Statements; of a `DO` block those in it, whatever they hang on. */
function bareStatementsIn(sql: string): readonly string[] {
  return statementsIn(sql).flatMap((each) => (/^do\b/i.test(each) ? (each.match(/\b(?:create|alter|drop)\s+(?:unique\s+)?(?:index|table)\b[^;]*/gi) ?? []) : [each]));
}

/** What stands before the bracket that closes one opened before the text, and what behind it. */
function bracketed(text: string): { readonly inside: string; readonly after: string } {
  let depth = 1;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "(") depth++;
    if (text[i] === ")" && --depth === 0) return { inside: text.slice(0, i), after: text.slice(i + 1) };
  }
  return { inside: text, after: "" };
}

const COLUMN = /^["`[]?([\w$]+)["`\]]?(?:\s*\(\d+\))?(?:\s+collate\s+\S+)?(?:\s+(?:\w+\.)?(\w+_ops))?(?:\s+(asc|desc))?(?:\s+nulls\s+(?:first|last))?$/i;
const FOLDED = /^\(?\s*(lower|upper)\s*\(\s*\(?\s*["`]?(\w+)["`]?\s*\)?\s*(?:::\s*\w+)?\s*\)\s*\)?(?:\s+(\w+_ops))?$/i;

function columnOf(text: string): IndexColumn {
  const plain = COLUMN.exec(text);
  if (plain) return { field: plain[1], descending: plain[3]?.toLowerCase() === "desc", ...(plain[2] && { opclass: plain[2].toLowerCase() }) };
  const folded = FOLDED.exec(text);
  return folded ? { expression: `${folded[1].toLowerCase() === "lower" ? "Lower" : "Upper"}(${folded[2]})`, descending: false, ...(folded[3] && { opclass: folded[3].toLowerCase() }) } : { expression: text, descending: false };
}

function methodOf(using: string | undefined): DatabaseIndex["method"] {
  const name = using?.toLowerCase();
  if (name === undefined || name === "btree") return "btree";
  return name === "gin" || name === "gist" || name === "hash" || name === "brin" ? name : "other";
}
