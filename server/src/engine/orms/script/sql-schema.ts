import type { DatabaseIndex, IndexColumn, Relation } from "../../project";
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

/** A foreign key as statements make it. */
export interface BuiltReference {
  readonly columns: readonly string[];
  readonly table: string;
  readonly onDelete?: Relation["onDelete"];
}

/** What stands between the brackets of `CREATE TABLE`, or behind `ADD`. */
export type TablePart =
  | { readonly kind: "column"; readonly name: string; readonly type: string; readonly nullable: boolean; readonly key?: "unique" | "primary"; readonly reference?: BuiltReference }
  | { readonly kind: "index"; readonly index: BuiltIndex }
  | { readonly kind: "reference"; readonly reference: BuiltReference }
  | { readonly kind: "check" }
  | { readonly kind: "unread" };

/** What a statement does to tables and indexes; "unread" may do anything to the tables that it names. */
export type SchemaChange =
  | { readonly kind: "create-table"; readonly table: string; readonly onlyIfMissing: boolean; readonly parts: readonly TablePart[] }
  | { readonly kind: "drop-tables"; readonly tables: readonly string[] }
  | { readonly kind: "rename-table"; readonly table: string; readonly to: string }
  | { readonly kind: "add"; readonly table: string; readonly part: TablePart }
  | { readonly kind: "rename-column"; readonly table: string; readonly column: string; readonly to: string }
  | { readonly kind: "drop-column"; readonly table: string; readonly column: string }
  | { readonly kind: "drop-constraint"; readonly table: string; readonly name: string }
  | { readonly kind: "create-index"; readonly table: string; readonly index: BuiltIndex }
  | { readonly kind: "rename-index"; readonly name: string; readonly to: string }
  | { readonly kind: "drop-index"; readonly name: string }
  | { readonly kind: "unread"; readonly statement: string; readonly table?: string };

const WORD = String.raw`["\`\[]?[\w$-]+["\`\]]?`;
/** A name with its quotes, and those of its schema. */
const NAME = String.raw`(?:${WORD}\.)*["\`\[]?([\w$-]+)["\`\]]?`;

const CREATE_INDEX = sql(`^create\\s+(unique\\s+)?(?:(?:non)?clustered\\s+)?index\\s+(?:concurrently\\s+)?(?:if\\s+not\\s+exists\\s+)?(?:(?!on\\s)${NAME}\\s+)?on\\s+(?:only\\s+)?${NAME}\\s*(?:using\\s+(\\w+)\\s*)?\\(([\\s\\S]*)$`);
const DROP_INDEX = sql(`^drop\\s+index\\s+(?:concurrently\\s+)?(?:if\\s+exists\\s+)?${NAME}`);
const RENAME_INDEX = sql(`^alter\\s+index\\s+(?:if\\s+exists\\s+)?${NAME}\\s+rename\\s+to\\s+${NAME}`);
const CREATE_TABLE = sql(`^create\\s+(?:unlogged\\s+)?table\\s+(if\\s+not\\s+exists\\s+)?${NAME}\\s*\\(([\\s\\S]*)$`);
const ALTER_TABLE = sql(`^alter\\s+table\\s+(?:if\\s+exists\\s+)?(?:only\\s+)?${NAME}\\s+([\\s\\S]*)$`);
const DROP_TABLE = /^drop\s+table\s+(?:if\s+exists\s+)?([\s\S]*?)(?:\s+cascade|\s+restrict)?$/i;

const RENAMED_TABLE = sql(`^rename\\s+to\\s+${NAME}$`);
const RENAMED_COLUMN = sql(`^rename\\s+(?:column\\s+)?(?!constraint\\s|index\\s|to\\s)${NAME}\\s+to\\s+${NAME}$`);
const RENAMED_INDEX = sql(`^rename\\s+(?:constraint|index|key)\\s+${NAME}\\s+to\\s+${NAME}$`);
const DROPPED_CONSTRAINT = sql(`^drop\\s+(?:constraint|index|key)\\s+(?:if\\s+exists\\s+)?${NAME}`);
const DROPPED_COLUMN = sql(`^drop\\s+(?:column\\s+)?(?:if\\s+exists\\s+)?${NAME}(?:\\s+cascade|\\s+restrict)?$`);
/** Neither columns nor indexes come or go. */
const HARMLESS = /^(?:alter\s+(?:column\s+)?["`[]?\w+["`\]]?\s+(?:set|drop|type)\b|owner\b|enable\b|disable\b|set\b|replica\b|validate\b)/i;

const CONSTRAINT = sql(`^(?:constraint\\s+${NAME}\\s+)?(primary\\s+key|unique(?:\\s+(?:index|key))?|index|key)(?:\\s+(?!\\()${WORD})?\\s*(?:nulls\\s+not\\s+distinct\\s*)?\\(([\\s\\S]*)$`);
const EXCLUSION = sql(`^(?:constraint\\s+${NAME}\\s+)?exclude\\s*(?:using\\s+(\\w+)\\s*)?\\(([\\s\\S]*)$`);
const FOREIGN = sql(`^(?:constraint\\s+${WORD}\\s+)?foreign\\s+key\\s*(?:${WORD}\\s*)?\\(([^)]*)\\)([\\s\\S]*)$`);
const CHECK = sql(`^(?:constraint\\s+${WORD}\\s+)?check\\b`);
const COLUMN = sql(`^${NAME}\\s+(?:${WORD}\\.)*["\`]?([a-z]\\w*(?:\\s+(?:precision|varying))?)["\`]?([\\s\\S]*)$`);
/** What starts parts that are neither a column nor read here. */
const NO_COLUMN = /^(?:constraint|check|foreign|exclude|like|unique|primary|period|partition)\b/i;

function sql(pattern: string): RegExp {
  return new RegExp(pattern, "i");
}

/** What statements of SQL do to the schema, in their order; those that are about something else are left out. */
export function schemaChangesIn(text: string): readonly SchemaChange[] {
  if (!/\b(?:create|alter|drop|rename)\b/i.test(text)) return [];
  return statementsIn(text).flatMap((statement): readonly SchemaChange[] => {
    // Of a block what stands in it, whatever that hangs on.
    if (/^do\b/i.test(statement)) return [...(statement.match(/\b(?:create|alter|drop)\s+(?:unique\s+)?(?:(?:non)?clustered\s+)?(?:index|table)\b[^;]*/gi) ?? []).flatMap(changesOf), { kind: "unread", statement }];
    return changesOf(statement);
  });
}

function changesOf(statement: string): readonly SchemaChange[] {
  const index = CREATE_INDEX.exec(statement);
  if (index) {
    const [, unique, name, table, method, rest] = index;
    const { inside, after } = bracketed(rest);
    return [{ kind: "create-index", table, index: { ...named(name), columns: partsOf(inside).map(columnOf), unique: unique !== undefined, method: methodOf(method), partial: /\bwhere\b/i.test(after) } }];
  }
  const renamed = RENAME_INDEX.exec(statement);
  if (renamed) return [{ kind: "rename-index", name: renamed[1], to: renamed[2] }];
  const dropped = DROP_INDEX.exec(statement);
  if (dropped) return [{ kind: "drop-index", name: dropped[1] }];
  const table = CREATE_TABLE.exec(statement);
  if (table) return [{ kind: "create-table", table: table[2], onlyIfMissing: table[1] !== undefined, parts: partsOf(bracketed(table[3]).inside).map(partOf) }];
  const gone = DROP_TABLE.exec(statement);
  if (gone) return [{ kind: "drop-tables", tables: partsOf(gone[1]).flatMap((each) => sql(`^${NAME}$`).exec(each)?.[1] ?? []) }];
  const alter = ALTER_TABLE.exec(statement);
  if (alter) return partsOf(alter[2]).flatMap((action) => changeOf(alter[1], action, statement));
  return /\b(?:alter|create|drop|rename)\b/i.test(statement) ? [{ kind: "unread", statement }] : [];
}

/** One action of `ALTER TABLE`. */
function changeOf(table: string, action: string, statement: string): readonly SchemaChange[] {
  const renamed = RENAMED_TABLE.exec(action);
  if (renamed) return [{ kind: "rename-table", table, to: renamed[1] }];
  const column = RENAMED_COLUMN.exec(action);
  if (column) return [{ kind: "rename-column", table, column: column[1], to: column[2] }];
  const index = RENAMED_INDEX.exec(action);
  if (index) return [{ kind: "rename-index", name: index[1], to: index[2] }];
  const constraint = DROPPED_CONSTRAINT.exec(action);
  if (constraint) return [{ kind: "drop-constraint", table, name: constraint[1] }];
  const dropped = DROPPED_COLUMN.exec(action);
  if (dropped) return [{ kind: "drop-column", table, column: dropped[1] }];
  if (/^add\b/i.test(action)) return [{ kind: "add", table, part: partOf(action.replace(/^add\s+(?:column\s+)?(?:if\s+not\s+exists\s+)?/i, "")) }];
  return HARMLESS.test(action) ? [] : [{ kind: "unread", statement, table }];
}

/** A column of a table, or a constraint. */
function partOf(text: string): TablePart {
  const excluded = EXCLUSION.exec(text);
  if (excluded) {
    const [, name, method, rest] = excluded;
    const { inside, after } = bracketed(rest);
    // `"CollectiveId" WITH =`
    const columns = partsOf(inside).map((each) => columnOf(each.replace(/\s+with\s+\S+$/i, "")));
    return { kind: "index", index: { ...named(name), columns, unique: false, method: methodOf(method), partial: /\bwhere\b/i.test(after) } };
  }
  const constraint = CONSTRAINT.exec(text);
  if (constraint) {
    const [, name, kind, rest] = constraint;
    const { inside } = bracketed(rest);
    const isKey = /^primary/i.test(kind);
    // `key varchar(255)` is a column.
    if (!/^\s*\d+\s*$/.test(inside)) return { kind: "index", index: { ...named(name), columns: partsOf(inside).map(columnOf), unique: isKey || /^unique/i.test(kind), method: "btree", partial: false, ...(isKey && { isKey: true as const }) } };
  }
  const foreign = FOREIGN.exec(text);
  if (foreign) {
    const reference = referenceIn(foreign[2], partsOf(foreign[1]).flatMap((each) => sql(`^${NAME}$`).exec(each)?.[1] ?? []));
    return reference && reference.columns.length > 0 ? { kind: "reference", reference } : { kind: "unread" };
  }
  if (CHECK.test(text)) return { kind: "check" };
  const column = NO_COLUMN.test(text) ? undefined : COLUMN.exec(text);
  if (!column) return { kind: "unread" };
  const [, name, type, rest] = column;
  const isPrimary = /\bprimary\s+key\b/i.test(rest);
  const reference = referenceIn(rest, [name]);
  const key = isPrimary ? "primary" : /\bunique\b/i.test(rest) ? "unique" : undefined;
  return { kind: "column", name, type: type.toLowerCase(), nullable: !isPrimary && !/\bnot\s+null\b/i.test(rest), ...(key && { key }), ...(reference && { reference }) };
}

function referenceIn(text: string, columns: readonly string[]): BuiltReference | undefined {
  const table = sql(`\\breferences\\s+${NAME}`).exec(text)?.[1];
  if (table === undefined) return undefined;
  const deletes = /\bon\s+delete\s+(cascade|set\s+null|restrict)/i.exec(text)?.[1].toLowerCase();
  const onDelete: Relation["onDelete"] = deletes === undefined ? undefined : deletes.startsWith("set") ? "set-null" : (deletes as "cascade");
  return { columns, table, ...(onDelete && { onDelete }) };
}

function named(name: string | undefined): Pick<BuiltIndex, "name"> {
  return name === undefined ? {} : { name };
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

const INDEXED = /^["`[]?([\w$]+)["`\]]?(?:\s*\(\d+\))?(?:\s+collate\s+\S+)?(?:\s+(?:\w+\.)?(\w+_ops))?(?:\s+(asc|desc))?(?:\s+nulls\s+(?:first|last))?$/i;
const FOLDED = /^\(?\s*(lower|upper)\s*\(\s*\(?\s*["`]?(\w+)["`]?\s*\)?\s*(?:::\s*\w+)?\s*\)\s*\)?(?:\s+(\w+_ops))?$/i;

function columnOf(text: string): IndexColumn {
  const plain = INDEXED.exec(text);
  if (plain) return { field: plain[1], descending: plain[3]?.toLowerCase() === "desc", ...(plain[2] && { opclass: plain[2].toLowerCase() }) };
  const folded = FOLDED.exec(text);
  return folded ? { expression: `${folded[1].toLowerCase() === "lower" ? "Lower" : "Upper"}(${folded[2]})`, descending: false, ...(folded[3] && { opclass: folded[3].toLowerCase() }) } : { expression: text, descending: false };
}

/** The access method of an index by its name in SQL; btree where none is given. */
export function methodOf(using: string | undefined): DatabaseIndex["method"] {
  const name = using?.toLowerCase();
  if (name === undefined || name === "btree") return "btree";
  return name === "gin" || name === "gist" || name === "hash" || name === "brin" ? name : "other";
}
