import type { Call, Expression, FileFacts } from "../../../facts";
import { UNSEEN_INDEX, type DatabaseIndex, type IndexColumn } from "../../../project";
import { looseSql, orderedSql } from "../../script/loose-sql";
import { builtBy } from "../../script/sql-indexes";
import { ANY_TABLE, writtenSql } from "../../script/sql-literals";
import { methodOf, schemaChangesIn } from "../../script/sql-schema";
import { placeOf, type ModelDraft } from "./drafts";
import { tableOf } from "./entities";
import { columnOf, fieldNamed } from "./indexes";
import { argument, flagOf, itemsOf, keyOf, textOf, valueAt, type Reader } from "./reading";

/** An index that a migration builds. */
interface BuiltIndex {
  readonly table: string;
  /** The call in a migration; nothing for files of SQL. */
  readonly uri?: string;
  readonly at?: Expression;
  readonly fields: readonly Expression[];
  /** Columns out of SQL. */
  readonly columns?: readonly IndexColumn[];
  readonly name?: string;
  readonly unique: boolean;
  readonly method: DatabaseIndex["method"];
  readonly partial: boolean;
}

/** An index that a migration takes away, by the name it was given or by its columns. */
interface RemovedIndex {
  readonly removes: string | readonly string[];
  readonly table: string;
}

/** Whether a path is that of a migration as umzug and the command line of Sequelize keep them. */
export function isMigration(path: string): boolean {
  return /\/(migrations?|migrate)\/(.*\/)?[^/]+\.[cm]?[jt]s$/i.test(path);
}

/**
 * Adds the indexes that migrations build: what `queryInterface.addIndex`, `addConstraint` and `createTable` name, and SQL; tables and columns by their present names.
 * What a later one removes (umzug runs them by their names) is gone when it is certain which index that is; else it counts: an index too many keeps most rules silent.
 * Whether migrations, or changelogs of Liquibase, make tables or indexes at all.
 */
export function addMigratedIndexes(reader: Reader, drafts: readonly ModelDraft[]): boolean {
  const { core } = reader;
  const tables = new Map<string, ModelDraft[]>();
  for (const draft of drafts) {
    if (draft.abstract) continue;
    const table = tableOf(draft).toLowerCase();
    tables.set(table, [...(tables.get(table) ?? []), draft]);
  }
  const read = core.uris.filter((uri) => isMigration(core.path(uri))).sort(byFileName).map((uri) => {
    core.body(uri, "");
    return readMigration(reader, core.files.get(uri)!);
  });
  const loose = looseSql(core);
  // `migrations/000_baseline.sql`, which code beside it runs.
  const inOrder = orderedSql(core);
  const renames: readonly Rename[] = [...read.flatMap((each) => each.renames), ...loose.renames, ...inOrder.renames];
  const tableRenames = renames.filter(({ column }) => column === undefined);
  const inFiles = [...loose.built, ...inOrder.built].map(({ table, index }): BuiltIndex => ({ ...index, table, fields: [] }));
  for (const built of [...leftOver(read.flatMap((each) => each.changes), tableRenames), ...inFiles]) {
    for (const table of built.table === ANY_TABLE ? tables.keys() : laterNames(built.table, tableRenames)) {
      for (const draft of tables.get(table) ?? []) {
        const index = indexOf(draft, built, renames);
        // SQL in a migration is read with it, and with all other SQL.
        if (draft.indexes.some((each) => isSameIndex(each, index))) continue;
        if (built.table === ANY_TABLE && built.columns === UNSEEN_INDEX.columns) {
          draft.indexes.push(UNSEEN_INDEX);
          continue;
        }
        // Of some table: of this one, if it has the columns; it serves whatever may be so, and makes no other one needless.
        if (built.table !== ANY_TABLE) draft.indexes.push(index);
        else if (index.columns.every(({ field }) => field !== undefined && draft.attributes.has(field))) draft.indexes.push({ ...index, partial: true });
      }
    }
  }
  // A table that others are made beside came from elsewhere, and its indexes with it.
  const created = new Set(read.flatMap((each) => each.created).flatMap((table) => [...laterNames(table, tableRenames)]));
  const inSql = new Set([...loose.created, ...inOrder.created].flatMap((table) => [...laterNames(table, tableRenames)]));
  if (created.size > 0 && !created.has(ANY_TABLE)) for (const [table, own] of tables) if (!created.has(table) && !inSql.has(table)) for (const draft of own) draft.indexes.push(UNSEEN_INDEX);
  return created.size > 0 || read.some((each) => each.changes.length > 0) || loose.isByChangelogs === true;
}

function byFileName(a: string, b: string): number {
  const [left, right] = [a, b].map((uri) => uri.slice(uri.lastIndexOf("/") + 1));
  return left < right ? -1 : left > right ? 1 : 0;
}

/** The indexes that are there when all migrations have run. */
function leftOver(changes: readonly (BuiltIndex | RemovedIndex)[], tableRenames: readonly { readonly table: string; readonly to: string }[]): readonly BuiltIndex[] {
  let left: readonly BuiltIndex[] = [];
  for (const change of changes) {
    if (!("removes" in change)) left = [...left, change];
    else left = left.filter((built) => !laterNames(built.table, tableRenames).has(change.table.toLowerCase()) || !isRemovedBy(built, change));
  }
  return left;
}

function isRemovedBy({ table, name, fields, columns }: BuiltIndex, { removes }: RemovedIndex): boolean {
  const own = columns?.map(({ field }) => field) ?? fields.map((each) => textOf(each) ?? textOf(valueAt(each, "name")));
  if (typeof removes !== "string") return own.length === removes.length && own.every((each, i) => each === removes[i]);
  return name === undefined ? DEFAULT_NAME_ENDS.some((end) => snake(`${table}_${own.join("_")}${end}`) === snake(removes)) : name === removes;
}

/** How Sequelize names indexes (`nameIndex` of its utils) and constraints (`getConstraintSnippet` of its query generator), and PostgreSQL columns that are unique. */
const DEFAULT_NAME_ENDS = ["", "_uk", "_key"];

function snake(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toLowerCase();
}

function isSameIndex(a: DatabaseIndex, b: DatabaseIndex): boolean {
  const parts = ({ columns, unique, partial }: DatabaseIndex): string => JSON.stringify([unique, partial, columns.map(({ field, expression }) => [field, expression])]);
  return parts(a) === parts(b);
}

/** What migrations do to indexes, in their order, and to the names of what they are on. */
interface Migrated {
  readonly changes: readonly (BuiltIndex | RemovedIndex)[];
  readonly renames: readonly Rename[];
  /** The tables that they make. */
  readonly created: readonly string[];
}

/** A table or a column gets another name. */
interface Rename {
  readonly table: string;
  readonly column?: string;
  readonly to: string;
}

/** The names that something had from the first one on, in lower case. */
function laterNames(name: string, renames: readonly { readonly table: string; readonly to: string }[]): ReadonlySet<string> {
  const names = new Set([name.toLowerCase()]);
  for (const each of names) for (const { table, to } of renames) if (table.toLowerCase() === each) names.add(to.toLowerCase());
  return names;
}

/** The column that a name means today. */
function currentColumn(draft: ModelDraft, table: string, column: string, renames: readonly Rename[]): string {
  const names = new Set([column]);
  for (const each of names) for (const rename of renames) if (rename.column === each && laterNames(table, renames.filter((other) => other.column === undefined)).has(rename.table.toLowerCase())) names.add(rename.to);
  return [...names].map((each) => fieldNamed(draft, each)).find((each) => draft.attributes.has(each)) ?? column;
}

function indexOf(draft: ModelDraft, built: BuiltIndex, renames: readonly Rename[]): DatabaseIndex {
  const columns = (built.columns ?? built.fields.map((each) => columnOf(draft, each, undefined))).map((each) => (each.field === undefined ? each : { ...each, field: currentColumn(draft, built.table, each.field, renames) }));
  return { name: built.name, columns, unique: built.unique, method: built.method, partial: built.partial, include: [], source: built.unique ? "constraint" : "meta-index", ...(built.uri !== undefined && built.at && { declaredAt: placeOf(built.uri, built.at) }) };
}

function readMigration(reader: Reader, facts: FileFacts): Migrated {
  const { uri } = facts;
  const found: (BuiltIndex | RemovedIndex)[] = [];
  const created: string[] = [];
  const renames: Rename[] = [];
  const follow = (expression: Expression | undefined): Expression | undefined => expression && reader.follow({ uri, expression }).expression;
  const text = (expression: Expression | undefined): string | undefined => textOf(follow(expression)) ?? textOf(valueAt(follow(expression), "tableName"));
  const visit = (call: Call): void => {
    const name = call.callee.kind === "attribute" ? call.callee.name : "";
    const first = argument(call, 0);
    const table = text(first) ?? (first && /^add(Index|Constraint)$/.test(name) ? ANY_TABLE : undefined);
    const second = follow(argument(call, 1));
    switch (name) {
      case "addIndex": {
        // db-migrate: `db.addIndex(table, name, columns, isUnique)`.
        const third = follow(argument(call, 2));
        if (table !== undefined && (textOf(second) !== undefined || second?.kind === "format") && (third?.kind === "sequence" || textOf(third) !== undefined)) {
          found.push({ table, uri, at: call, fields: third!.kind === "sequence" ? third!.items : [third!], name: textOf(second), unique: flagOf(argument(call, 3)) === true, method: "btree", partial: false });
          return;
        }
        const options = second?.kind === "sequence" ? follow(argument(call, 2)) : second;
        const fields = second?.kind === "sequence" ? second.items : itemsOf(valueAt(second, "fields"));
        const using = textOf(valueAt(options, "using") ?? valueAt(options, "indexType"))?.toLowerCase();
        const isUnique = flagOf(valueAt(options, "unique")) === true || textOf(valueAt(options, "type") ?? valueAt(options, "indicesType"))?.toUpperCase() === "UNIQUE";
        if (table !== undefined) found.push({ table, uri, at: call, fields, name: textOf(valueAt(options, "name")), unique: isUnique, method: methodOf(using), partial: valueAt(options, "where") !== undefined });
        return;
      }
      case "addConstraint": {
        const options = second?.kind === "mapping" ? second : follow(argument(call, 2));
        const fields = second?.kind === "sequence" ? second.items : itemsOf(valueAt(second, "fields"));
        const type = textOf(valueAt(options, "type"))?.toLowerCase();
        if (table !== undefined && (type === "unique" || type === "primary key")) found.push({ table, uri, at: call, fields, name: textOf(valueAt(options, "name")), unique: true, method: "btree", partial: false });
        return;
      }
      case "removeIndex":
      case "removeConstraint": {
        const removes = textOf(second) ?? (second?.kind === "sequence" ? second.items.map((each) => textOf(each) ?? "?") : undefined);
        if (table !== undefined && removes !== undefined) found.push({ table, removes });
        return;
      }
      case "createTable": {
        const columns = follow(valueAt(second, "columns")) ?? second;
        created.push(table ?? ANY_TABLE);
        if (table !== undefined && columns?.kind === "mapping") for (const entry of columns.entries) columnOfTable(table, keyOf(entry), follow(entry.value), entry.value);
        const keys = follow(valueAt(follow(argument(call, 2)), "uniqueKeys"));
        for (const each of keys?.kind === "mapping" ? keys.entries.map(({ value }) => value) : itemsOf(keys)) if (table !== undefined) found.push({ table, uri, at: each, fields: itemsOf(valueAt(each, "fields")), unique: true, method: "btree", partial: false });
        return;
      }
      case "addColumn":
      case "changeColumn":
        if (table !== undefined) columnOfTable(table, textOf(second), follow(argument(call, 2)), call);
        return;
      case "renameTable": {
        const to = text(argument(call, 1));
        if (table !== undefined && to !== undefined) renames.push({ table, to });
        return;
      }
      case "renameColumn": {
        const column = textOf(second);
        const to = textOf(follow(argument(call, 2)));
        if (table !== undefined && column !== undefined && to !== undefined) renames.push({ table, column, to });
        return;
      }
    }
    const helped = indexOfHelper(call);
    if (helped) found.push(helped);
    // `query(CREATE_INDEX)`, a constant of another file; those of this one are read where they stand.
    for (const { value } of call.arguments) {
      const to = value.kind === "name" || value.kind === "attribute" ? reader.follow({ uri, expression: value }) : undefined;
      if (to && to.uri !== uri) readText(to.expression, call);
    }
  };
  /** `addOrReplaceIndex(queryInterface, "users", "users_email", ["email"])`: a helper of the project's that is told the table and its columns; without columns it may be any. */
  const indexOfHelper = ({ callee, arguments: given }: Call): BuiltIndex | undefined => {
    const name = callee.kind === "name" || callee.kind === "attribute" ? callee.name : "";
    const rest = given.map(({ value }) => value).filter((value) => !isQueryInterface(value));
    if (rest.length === given.length || !/index|unique|constraint/i.test(name) || /^(remove|drop|delete)/i.test(name)) return undefined;
    const table = rest.map(text).find((each) => each !== undefined);
    const fields = rest.map(follow).find((each) => each?.kind === "sequence");
    if (table === undefined) return undefined;
    return { table, ...(fields?.kind === "sequence" && { uri, at: callee }), fields: fields?.kind === "sequence" ? fields.items : [], ...(fields?.kind !== "sequence" && { columns: UNSEEN_INDEX.columns }), unique: false, method: "btree", partial: false };
  };
  /** SQL wherever it stands: `queryInterface.sequelize.query(…)`, `db.runSql(…)`, lists of statements, helpers that are handed them. */
  const readText = (node: Expression | undefined, at: Expression): void => {
    const sql = writtenSql(node, (part) => textOf(follow(part)));
    if (sql === undefined) return;
    const inSql = readSql(sql, uri, at);
    found.push(...inSql.changes);
    renames.push(...inSql.renames);
    created.push(...inSql.created);
  };
  const columnOfTable = (table: string, column: string | undefined, given: Expression | undefined, at: Expression): void => {
    const isUnique = valueAt(given, "unique");
    if (column !== undefined && ((isUnique && flagOf(isUnique) !== false) || flagOf(valueAt(given, "primaryKey")) === true)) {
      found.push({ table, uri, at, fields: [], columns: [{ field: column, descending: false }], unique: true, method: "btree", partial: false });
    }
  };
  for (const [id, statements] of Object.entries(facts.bodies)) if (!/(^|\.)down(\.|$)/.test(id)) forEachNode(statements, (node) => (node.kind === "call" ? visit(node) : readText(node, node)));
  return { changes: found, renames, created };
}

/** The parameter of `up` under the names that everybody gives it. */
function isQueryInterface(node: Expression): boolean {
  return node.kind === "name" && /^(queryInterface|query|qi|migration|migrator)$/i.test(node.name);
}

/** The indexes that statements build, and what they give another name. */
function readSql(sql: string, uri: string, at: Expression): Migrated {
  const built: BuiltIndex[] = [];
  const created: string[] = [];
  const renames: Rename[] = [];
  for (const change of schemaChangesIn(sql)) {
    for (const { table, index } of builtBy(change)) built.push({ ...index, table, uri, at, fields: [] });
    // `CREATE INDEX ${name} ${definition}`: on whichever table.
    if (change.kind === "unread" && /^create\s+(unique\s+)?index\b/i.test(change.statement)) built.push({ table: ANY_TABLE, uri, at, fields: [], columns: UNSEEN_INDEX.columns, unique: false, method: "btree", partial: false });
    if (change.kind === "create-table") created.push(change.table);
    else if (change.kind === "rename-table" || change.kind === "rename-column") renames.push(change);
  }
  return { changes: built, renames, created };
}

/** All calls and texts in statements, those in nested objects and arguments included; functions have bodies of their own. */
function forEachNode(node: unknown, visit: (node: Expression) => void): void {
  if (node === null || typeof node !== "object") return;
  if (Array.isArray(node)) {
    for (const each of node) forEachNode(each, visit);
    return;
  }
  const { kind } = node as { readonly kind?: string };
  if (kind === "function" || kind === "class" || kind === "define-function" || kind === "define-class") return;
  if (kind === "call") visit(node as Call);
  if (kind === "literal" || kind === "format" || kind === "binary") visit(node as Expression);
  if (kind === "binary") return;
  for (const key in node) forEachNode((node as Record<string, unknown>)[key], visit);
}
