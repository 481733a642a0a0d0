import type { ColumnContent, DatabaseEngine, DatabaseIndex, Entity, Field, Relation } from "../../../project";
import type { Location } from "../../../source";

/** Starts the keys of Kysely's entities: `kysely:users`. */
export const PREFIX = "kysely:";

export interface DraftColumn {
  readonly name: string;
  readonly type: string;
  readonly at: Location;
  notNull: boolean;
  unique: boolean;
  primaryKey: boolean;
}

export interface DraftReference {
  readonly columns: readonly string[];
  readonly table: string;
  readonly onDelete?: Relation["onDelete"];
  readonly at: Location;
}

/** A table as the migrations read so far leave it. */
export interface DraftTable {
  readonly name: string;
  readonly at: Location;
  readonly columns: Map<string, DraftColumn>;
  primaryKey: readonly string[];
  indexes: DatabaseIndex[];
  readonly references: DraftReference[];
  /** Something happened to it that could not be read. */
  isUncertain: boolean;
}

/** What the column types of `addColumn` hold (Kysely: `ColumnDataType`). */
function contentOf(type: string): ColumnContent | undefined {
  const name = type.toLowerCase().replace(/\(.*/, "").trim();
  if (/^(text|varchar|char|character varying|citext)$/.test(name)) return "text";
  if (/^(integer|int|int4|int8|bigint|serial|bigserial|mediumint)$/.test(name)) return "integer";
  if (/^(smallint|int2|tinyint)$/.test(name)) return "small-integer";
  if (/^(decimal|numeric)$/.test(name)) return "decimal";
  if (/^(real|float\d*|double|double precision)$/.test(name)) return "float";
  if (/^(timestamp|timestamptz|datetime)$/.test(name)) return "datetime";
  if (/^jsonb?$/.test(name)) return "json";
  if (/^(binary|varbinary|bytea|blob)$/.test(name)) return "binary";
  return name === "boolean" || name === "date" || name === "uuid" ? name : undefined;
}

/** The entity of a table, with relations where foreign keys lead to tables that are known. */
export function entityOf(draft: DraftTable, tables: ReadonlyMap<string, DraftTable>, engine: DatabaseEngine): Entity {
  const key = `${PREFIX}${draft.name}`;
  const fields = new Map<string, Field>();
  const single = draft.primaryKey.length === 1 ? draft.primaryKey[0] : undefined;
  for (const column of draft.columns.values()) {
    const content = contentOf(column.type);
    fields.set(column.name, {
      kind: "field", name: column.name, column: column.name, type: column.type, ...(content && { holds: content }), nullable: !column.notNull, unique: column.unique || column.name === single, primaryKey: column.name === single,
      indexed: false, hasChoices: false, entity: key, declaredAt: column.at,
    });
  }
  const relations = new Map<string, Relation>();
  for (const { columns, table, onDelete, at } of draft.references) {
    const [column] = columns;
    const name = column.replace(/_?id$/i, "") || column;
    relations.set(name, {
      kind: "relation", name, queryName: name, form: "foreign-key", cardinality: "one", owner: key, ...(tables.has(table) && { target: `${PREFIX}${table}` }), column, ...(columns.length > 1 && { columns }),
      ...(onDelete && { onDelete }), nullable: draft.columns.get(column)?.notNull !== true, declaredAt: at,
    });
  }
  const implied: DatabaseIndex[] = [];
  const imply = (columns: readonly string[], unique: boolean, source: DatabaseIndex["source"], at: Location): void => {
    implied.push({ columns: columns.map((field) => ({ field, descending: false })), unique, method: "btree", partial: false, include: [], source, declaredAt: at });
  };
  if (draft.primaryKey.length > 0) imply(draft.primaryKey, true, "primary-key", draft.at);
  for (const column of draft.columns.values()) if (column.unique) imply([column.name], true, "unique", column.at);
  // InnoDB makes an index for a foreign key that has none (MySQL: *FOREIGN KEY Constraints*).
  if (engine === "mysql") for (const { columns, at } of draft.references) if (![...implied, ...draft.indexes].some((each) => columns.every((name, i) => each.columns[i]?.field === name))) imply(columns, false, "foreign-key", at);
  return {
    key, name: draft.name, framework: "kysely", engine, table: draft.name, declaredAt: draft.at, abstract: false, managed: true, parents: [], primaryKey: single ?? "", fields, relations,
    queryNames: new Map<string, Field | Relation>([...relations, ...fields]), indexes: [...implied, ...draft.indexes], ordering: [], orderingUnknown: false, managers: new Map(), defaultManager: "",
    incomplete: draft.isUncertain, small: false,
  };
}

/** A table that code names and no migration makes: nothing is known of it but its name. */
export function undeclaredEntity(name: string, engine: DatabaseEngine): Entity {
  return {
    key: `${PREFIX}${name}`, name, framework: "kysely", engine, table: name, abstract: false, managed: false, parents: [], primaryKey: "id", fields: new Map(), relations: new Map(), queryNames: new Map(), indexes: [], ordering: [],
    orderingUnknown: false, managers: new Map(), defaultManager: "", incomplete: true, small: false,
  };
}
