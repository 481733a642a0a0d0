import type { Call, Expression, FileFacts, Statement } from "../../facts";
import { forEachChild } from "../../facts";
import { forEachExpression, forEachStatement, type DatabaseIndex, type Entity, type IndexColumn, type ProjectCore } from "../../project";
import { formOfSql, looseSql } from "./loose-sql";
import { forcedPolicies } from "./row-policies";
import { IndexBook } from "./sql-indexes";
import { ANY_TABLE, writtenSql } from "./sql-literals";
import type { BuiltIndex } from "./sql-schema";

const SCRIPT = /\/(migrations?|drizzle|prisma)\/(.*\/)?[^/]+\.[cm]?[jt]s$/i;

/**
 * Entities with the indexes that only migrations and other SQL speak of, found by the names of tables and columns: written by hand, or left by an earlier declaration. Each folder
 * of migrations is read in the order of its file names, what is dropped later is gone. Those that the declaration has are not added again.
 */
export function withMigratedIndexes(core: ProjectCore, declared: readonly Entity[]): readonly Entity[] {
  if (declared.length === 0) return declared;
  const entities = withPolicies(core, declared);
  const built = new Map<string, BuiltIndex[]>();
  const add = (table: string, indexes: readonly BuiltIndex[]): void => {
    built.set(plain(table), [...(built.get(plain(table)) ?? []), ...indexes]);
  };
  for (const { tables } of migrationsOf(core)) for (const [name, indexes] of tables) add(name, indexes);
  const loose = looseSql(core);
  for (const { table, index } of loose.built) add(table, [index]);
  if (built.size === 0) return entities;
  // What had another name before has the indexes of that one, too.
  for (const { kind, table, ...rename } of loose.renames) {
    if (kind === "rename-table") add(rename.to, built.get(plain(table)) ?? []);
    else if ("column" in rename) add(table, (built.get(plain(table)) ?? []).filter(({ columns }) => columns.some(({ field }) => field !== undefined && plain(field) === plain(rename.column))).map((index) => renamed(index, rename.column, rename.to)));
  }
  return entities.map((entity) => {
    const found = [...namesOf(entity).flatMap((name) => built.get(name) ?? []), ...(built.get(plain(ANY_TABLE)) ?? []).flatMap((index) => guessed(entity, index))];
    const added = found.length === 0 || entity.abstract ? [] : newOnes(entity, found);
    return added.length === 0 ? entity : { ...entity, indexes: [...entity.indexes, ...added] };
  });
}

/** With the columns that row level security compares in each statement. */
function withPolicies(core: ProjectCore, entities: readonly Entity[]): readonly Entity[] {
  const { tables, columns } = forcedPolicies(core);
  if (tables.size === 0 || columns.size === 0) return entities;
  const names = new Set([...tables].map(plain));
  return entities.map((entity) => {
    const policed = namesOf(entity).some((name) => names.has(name)) ? [...entity.fields.values()].filter(({ column, stored }) => columns.has(stored ?? column)).map(({ name }) => name) : [];
    return policed.length === 0 ? entity : { ...entity, policed };
  });
}

/** Entities of an ORM whose decorators may declare indexes: where none does, and SQL by hand makes the table, the next index is one of SQL as well. */
export function asMigrated(core: ProjectCore, entities: readonly Entity[]): readonly Entity[] {
  if (entities.length === 0 || entities.some(({ indexes }) => indexes.some(({ source, declaration }) => declaration !== undefined && source !== "unique"))) return entities;
  const created = new Set(looseSql(core).created.map(plain));
  return created.size === 0 ? entities : entities.map((entity) => (namesOf(entity).some((name) => created.has(name)) ? { ...entity, isMigrated: true } : entity));
}

function renamed(index: BuiltIndex, from: string, to: string): BuiltIndex {
  return { ...index, columns: index.columns.map((column) => (column.field !== undefined && plain(column.field) === plain(from) ? { ...column, field: to } : column)) };
}

/** One book for each folder of migrations: several engines have folders of their own. */
function migrationsOf(core: ProjectCore): readonly IndexBook[] {
  const files: { readonly folder: string; readonly path: string; readonly read: (book: IndexBook) => void }[] = [];
  for (const [uri, text] of core.resources) {
    const path = core.path(uri);
    if (formOfSql(path) !== "ordered") continue;
    const folder = path.slice(0, path.lastIndexOf("/"));
    files.push({ folder: /\/migration\.sql$/i.test(path) ? folder.slice(0, folder.lastIndexOf("/")) : folder, path, read: (book) => book.readSql(text) });
  }
  for (const uri of core.uris) {
    const facts = core.files.get(uri)!;
    if (facts.language !== "typescript" || !isMigration(facts, core.path(uri))) continue;
    const path = core.path(uri);
    files.push({ folder: path.slice(0, path.lastIndexOf("/")), path, read: (book) => readScript(facts, core.bodies(uri), book) });
  }
  const books = new Map<string, IndexBook>();
  for (const { folder, read } of files.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))) {
    const book = books.get(folder) ?? new IndexBook();
    books.set(folder, book);
    read(book);
  }
  return [...books.values()];
}

/** A class that says how to go up, as TypeORM and MikroORM have them. */
function isMigration({ declares }: FileFacts, path: string): boolean {
  return declares.classes.some(({ methods }) => methods.some(({ name }) => name === "up")) && (SCRIPT.test(path) || declares.classes.some(({ bases }) => JSON.stringify(bases).includes("Migration")));
}

function readScript({ declares }: FileFacts, bodies: Readonly<Record<string, readonly Statement[]>>, book: IndexBook): void {
  const constants = new Map(declares.values.map(({ name, value }) => [name, value]));
  const constant = (node: Expression): string | undefined => (node.kind === "name" ? textOf(constants.get(node.name)) : undefined);
  const read = (expression: Expression): void => {
    // SQL wherever it stands: `queryRunner.query("…")`, `this.addSql("…")`, lists of statements, constants of the file.
    const sql = writtenSql(expression.kind === "name" ? constants.get(expression.name) : expression, constant);
    if (sql !== undefined) return book.readSql(sql);
    forEachChild(expression, read);
    if (expression.kind === "call") readCall(expression, book);
    if (expression.kind === "function") visit(bodies[expression.function.id] ?? []);
  };
  const visit = (statements: readonly Statement[]): void => forEachStatement(statements, (statement) => forEachExpression(statement, read));
  for (const { methods } of declares.classes) for (const { name, id } of methods) if (name === "up") visit(bodies[id] ?? []);
}

/** The calls of TypeORM's query runner (TypeORM: *Migrations*, using the API). */
function readCall(call: Call, book: IndexBook): void {
  if (call.callee.kind !== "attribute") return;
  const [first, second] = call.arguments.map(({ value }) => value);
  const table = textOf(first) ?? textOf(option(first, "name"));
  switch (call.callee.name) {
    case "createIndex":
    case "createUniqueConstraint": return addBuilt(book, table ?? ANY_TABLE, second, call.callee.name === "createUniqueConstraint");
    case "createIndices":
    case "createUniqueConstraints": {
      for (const each of second?.kind === "sequence" ? second.items : []) addBuilt(book, table ?? ANY_TABLE, each, call.callee.name === "createUniqueConstraints");
      return;
    }
    case "dropIndex":
    case "dropUniqueConstraint": {
      const name = textOf(second) ?? textOf(option(second, "name"));
      if (name !== undefined) book.drop(name);
      return;
    }
    case "createTable": {
      if (table === undefined) return;
      for (const [name, isUnique] of [["indices", false], ["uniques", true]] as const) {
        const listed = option(first, name);
        for (const each of listed?.kind === "sequence" ? listed.items : []) addBuilt(book, table, each, isUnique);
      }
      return;
    }
    case "dropTable":
      if (table !== undefined) book.dropTable(table);
      return;
    case "renameTable":
      if (table !== undefined && textOf(second) !== undefined) book.renameTable(table, textOf(second)!);
  }
}

/** `new TableIndex({ columnNames: ["userId"], isUnique: true })`, or the options alone. */
function addBuilt(book: IndexBook, table: string | undefined, given: Expression | undefined, isConstraint: boolean): void {
  const listed = option(given, "columnNames");
  if (table === undefined || listed?.kind !== "sequence") return;
  const name = textOf(option(given, "name"));
  const isUnique = option(given, "isUnique");
  book.add(table, {
    ...(name !== undefined && { name }), columns: listed.items.map((each): IndexColumn => (textOf(each) === undefined ? { expression: "?", descending: false } : { field: textOf(each)!, descending: false })),
    unique: isConstraint || (isUnique?.kind === "literal" && isUnique.value === true), method: "btree", partial: option(given, "where") !== undefined,
  });
}

function option(node: Expression | undefined, name: string): Expression | undefined {
  const mapping = node?.kind === "call" ? node.arguments[0]?.value : node;
  return mapping?.kind === "mapping" ? mapping.entries.find(({ key }) => key?.kind === "literal" && key.value === name)?.value : undefined;
}

function textOf(node: Expression | undefined): string | undefined {
  return writtenSql(node, () => undefined);
}

/** Names are compared without case and underscores: naming strategies make the one of the other. */
function plain(name: string): string {
  return name.replace(/_/g, "").toLowerCase();
}

/** What the table may be called: as it is declared, or after the class. */
function namesOf({ table, name }: Entity): readonly string[] {
  const given = table?.split(".").at(-1);
  return [...new Set(given !== undefined ? [plain(given)] : [plain(name), plain(name.replace(/(Entity|Model)$/, "")), `${plain(name)}s`])];
}

/** An index of some table: of this one, if it has the columns. Partial, since it serves whatever may be so and makes no other one needless. */
function guessed({ fields }: Entity, index: BuiltIndex): readonly BuiltIndex[] {
  const names = new Set([...fields.values()].flatMap((field) => [plain(field.name), plain(field.column)]));
  return index.isKey || index.columns.some(({ field }) => field === undefined || !names.has(plain(field))) ? [] : [{ ...index, partial: true }];
}

function newOnes(entity: Entity, found: readonly BuiltIndex[]): readonly DatabaseIndex[] {
  const named = attributesOf(entity);
  const known = new Set(entity.indexes.map((each) => shapeOf(each.columns, each.partial)));
  const added: DatabaseIndex[] = [];
  for (const { columns: built, name, unique, method, partial, isKey } of found) {
    // Two attributes may stand for one column: the index serves both.
    const most = Math.max(1, ...built.map(({ field }) => (field === undefined ? 1 : named(field).length)));
    for (let at = 0; at < most; at++) {
      const columns = built.map((column) => (column.field === undefined ? { ...column, expression: inAttributes(column.expression, named) } : { ...column, field: named(column.field)[at] ?? named(column.field)[0] ?? column.field }));
      const shape = shapeOf(columns, partial);
      if (known.has(shape) || columns.length === 0) continue;
      known.add(shape);
      added.push({ ...(name !== undefined && { name }), columns, unique, method, partial, include: [], source: isKey ? "primary-key" : unique ? "constraint" : "meta-index", isMigrated: true });
    }
  }
  return added;
}

/** The attributes that a column of the database is, by what it is called there, else by what they are called in code. */
function attributesOf({ fields }: Entity): (column: string) => readonly string[] {
  const [columns, names] = [new Map<string, string[]>(), new Map<string, string[]>()];
  const note = (map: Map<string, string[]>, key: string, name: string): void => {
    map.set(plain(key), [...(map.get(plain(key)) ?? []), name]);
  };
  for (const field of fields.values()) {
    note(columns, field.stored ?? field.column, field.name);
    note(names, field.name, field.name);
  }
  return (column) => columns.get(plain(column)) ?? names.get(plain(column)) ?? [];
}

/** `Lower(last_name)` → `Lower(lastName)`. */
function inAttributes(expression: string | undefined, named: (column: string) => readonly string[]): string | undefined {
  return expression?.replace(/\w+/g, (word) => named(word)[0] ?? word);
}

function shapeOf(columns: readonly IndexColumn[], partial: boolean): string {
  return [...columns.map(({ field, expression, opclass }) => `${field ?? expression} ${opclass ?? ""}`), partial ? "partial" : ""].join(",");
}
