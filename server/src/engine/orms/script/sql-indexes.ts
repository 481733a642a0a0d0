import { schemaChangesIn, type BuiltIndex, type SchemaChange, type TablePart } from "./sql-schema";

/** The indexes of tables as the statements so far leave them. Names are kept in lower case. */
export class IndexBook {
  readonly tables = new Map<string, BuiltIndex[]>();

  /** Follows statements of SQL, in order. What is not read here changes nothing: an index too many keeps rules silent. */
  readSql(sql: string): void {
    if (/\b(?:index|unique|primary\s+key|exclude|rename|drop)\b/i.test(sql)) for (const change of schemaChangesIn(sql)) this.change(change);
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

  private change(change: SchemaChange): void {
    switch (change.kind) {
      case "create-index":
      case "add": return this.addAll(change);
      case "rename-index": return this.rename(change.name, change.to);
      case "drop-index":
      case "drop-constraint": return this.drop(change.name);
      case "create-table": {
        if (!change.onlyIfMissing) this.dropTable(change.table);
        this.addAll(change);
        return;
      }
      case "drop-tables": {
        for (const table of change.tables) this.dropTable(table);
        return;
      }
      case "rename-table": return this.renameTable(change.table, change.to);
      case "rename-column": return this.renameColumn(change.table, change.column, change.to);
      case "drop-column":
      case "unread": return;
    }
  }

  private addAll(change: SchemaChange): void {
    for (const { table, index } of builtBy(change)) this.add(table, index);
  }
}

/** An index and the table that it is on. */
export interface TableIndex {
  readonly table: string;
  readonly index: BuiltIndex;
}

/** The indexes and constraints that one change builds. */
export function builtBy(change: SchemaChange): readonly TableIndex[] {
  const parts = change.kind === "create-table" ? change.parts : change.kind === "add" ? [change.part] : [];
  if (change.kind === "create-index") return [{ table: change.table, index: change.index }];
  return parts.flatMap((part) => {
    const index = indexOfPart(part);
    return index && "table" in change && change.table !== undefined ? [{ table: change.table, index }] : [];
  });
}

/** The index that comes with a part of a table: a constraint, or a column that is a key by itself. */
function indexOfPart(part: TablePart): BuiltIndex | undefined {
  if (part.kind === "index") return part.index;
  if (part.kind !== "column" || !part.key) return undefined;
  return { columns: [{ field: part.name, descending: false }], unique: true, method: "btree", partial: false, ...(part.key === "primary" && { isKey: true as const }) };
}

function sameName(a: string | undefined, b: string): boolean {
  return a !== undefined && a.toLowerCase() === b.toLowerCase();
}
