import type { DatabaseIndex, Entity, Field, Relation } from "../../../project";
import { fieldOf, type ColumnDraft } from "./columns";
import type { TableDraft } from "./tables";

/** The entity that a table is. It has no class: code knows it by the name of the value that holds it. */
export function createEntity(table: TableDraft, relations: ReadonlyMap<string, Relation>): Entity {
  const { declaration, uri, constraints } = table;
  const columns = [...table.columns.values()];
  const primary = constraints.primaryKey ?? columns.filter((column) => column.primaryKey).map((column) => column.name);
  const unique = new Set(constraints.indexes.flatMap((index) => (index.unique && !index.partial && index.columns.length === 1 ? index.columns[0].field ?? [] : [])));
  const fields = new Map<string, Field>(columns.map((column) => [column.name, fieldOf(column, table.key, { isPrimary: primary.length === 1 && primary[0] === column.name, isUnique: unique.has(column.name) })]));
  return {
    key: table.key, name: declaration.name, framework: "drizzle", engine: table.engine, ...(table.table !== undefined && { table: table.table }), declaredAt: { uri, span: { start: declaration.nameStart, end: declaration.nameEnd } },
    abstract: false, managed: !table.isView, parents: [], primaryKey: primary.length === 1 ? primary[0] : "", fields, relations,
    queryNames: new Map<string, Field | Relation>([...relations, ...fields]), indexes: [...impliedIndexes(table, columns, primary), ...constraints.indexes],
    ordering: [], orderingUnknown: false, managers: new Map(), defaultManager: "", incomplete: table.incomplete, small: false,
  };
}

/** Indexes that keys bring along. Of foreign keys only MySQL makes one by itself (InnoDB: *FOREIGN KEY Constraints*; measured for PostgreSQL and SQLite). */
function impliedIndexes(table: TableDraft, columns: readonly ColumnDraft[], primary: readonly string[]): readonly DatabaseIndex[] {
  const made: DatabaseIndex[] = [];
  const plain = (fields: readonly string[], unique: boolean, source: DatabaseIndex["source"], column: ColumnDraft | undefined): void => {
    made.push({
      columns: fields.map((field) => ({ field, descending: false })), unique, method: "btree", partial: false, include: [], source,
      ...(column && { declaredAt: column.declaredAt, declaration: column.uniqueAt ?? column.expression }),
    });
  };
  if (primary.length > 0) plain(primary, true, "primary-key", table.columns.get(primary[0]));
  for (const column of columns) if (column.unique && !column.primaryKey) plain([column.name], true, "unique", column);
  if (table.engine !== "mysql") return made;
  for (const { columns: fields } of table.constraints.foreignKeys) if (!startsOne(fields, [...made, ...table.constraints.indexes])) plain(fields, false, "foreign-key", table.columns.get(fields[0]));
  for (const column of columns) if (column.references && !startsOne([column.name], [...made, ...table.constraints.indexes])) plain([column.name], false, "foreign-key", column);
  return made;
}

function startsOne(fields: readonly string[], indexes: readonly DatabaseIndex[]): boolean {
  return indexes.some((index) => fields.every((field, i) => index.columns[i]?.field === field));
}
