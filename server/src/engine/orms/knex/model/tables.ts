import type { Location } from "../../../source";
import type { ColumnContent, DatabaseEngine, DatabaseIndex, Entity, Field, IndexColumn, Relation } from "../../../project";

/** Starts the keys of Knex's entities: `knex:users`. */
export const PREFIX = "knex:";

/** A column while migrations are read. */
export interface DraftColumn {
  readonly name: string;
  readonly type: string;
  readonly holds: ColumnContent;
  readonly nullable: boolean;
  readonly at: Location;
  readonly call: Field["call"];
  isUnique: boolean;
  isPrimary: boolean;
  isIndexed: boolean;
}

/** A foreign key while migrations are read. */
export interface DraftReference {
  readonly columns: readonly string[];
  table: string;
  onDelete?: Relation["onDelete"];
  readonly at: Location;
}

/** A table as the migrations read so far leave it. */
export interface DraftTable {
  name: string;
  at: Location;
  readonly columns: Map<string, DraftColumn>;
  readonly indexes: DatabaseIndex[];
  readonly references: DraftReference[];
  /** Something happened to it that could not be read. */
  isUncertain: boolean;
}

/** What content the column methods of Knex's schema builder hold (Knex: *Schema Builder*). */
export function contentOf(method: string): ColumnContent | undefined {
  switch (method) {
    case "string": case "text": case "varchar": case "enu": case "enum": return method.startsWith("enu") ? "enum" : "text";
    case "increments": case "bigIncrements": case "integer": case "bigInteger": case "bigint": case "int": case "mediumint": return "integer";
    case "tinyint": case "smallint": return "small-integer";
    case "float": case "double": return "float";
    case "decimal": return "decimal";
    case "boolean": return "boolean";
    case "date": return "date";
    case "datetime": case "dateTime": case "timestamp": case "time": return "datetime";
    case "uuid": return "uuid";
    case "json": case "jsonb": return "json";
    case "binary": return "binary";
    case "specificType": case "geometry": case "point": return "other";
    default: return undefined;
  }
}

export function index(columns: readonly IndexColumn[], unique: boolean, source: DatabaseIndex["source"], at: Location, more: Partial<DatabaseIndex> = {}): DatabaseIndex {
  return { columns, unique, method: "btree", partial: false, include: [], source, declaredAt: at, ...more };
}

/** The entity of a table, with relations where foreign keys lead to tables that are known. */
export function entityOf(draft: DraftTable, tables: ReadonlyMap<string, DraftTable>, engine: DatabaseEngine): Entity {
  const key = `${PREFIX}${draft.name}`;
  const fields = new Map<string, Field>();
  for (const column of draft.columns.values()) {
    fields.set(column.name, {
      kind: "field", name: column.name, column: column.name, type: column.type, holds: column.holds, nullable: column.nullable, unique: column.isUnique || column.isPrimary, primaryKey: column.isPrimary,
      indexed: column.isIndexed, hasChoices: column.holds === "enum", entity: key, declaredAt: column.at, call: column.call,
    });
  }
  const relations = new Map<string, Relation>();
  for (const { columns, table, onDelete, at } of draft.references) {
    const [column] = columns;
    const name = column.replace(/_?id$/i, "") || column;
    relations.set(name, {
      kind: "relation", name, queryName: name, form: "foreign-key", cardinality: "one", owner: key, ...(tables.has(table) && { target: `${PREFIX}${table}` }), column,
      ...(columns.length > 1 && { columns }), ...(onDelete && { onDelete }), nullable: draft.columns.get(column)?.nullable ?? true, declaredAt: at,
    });
  }
  const primary = [...draft.columns.values()].filter((column) => column.isPrimary);
  const single = [...draft.columns.values()].flatMap((column): DatabaseIndex[] => {
    const own = [{ field: column.name, descending: false }];
    if (column.isPrimary && primary.length === 1) return [index(own, true, "primary-key", column.at)];
    if (column.isUnique) return [index(own, true, "unique", column.at)];
    return column.isIndexed ? [index(own, false, "db-index", column.at)] : [];
  });
  // InnoDB makes an index for a foreign key that has none (MySQL: *FOREIGN KEY Constraints*).
  const automatic = engine === "mysql" ? draft.references.filter(({ columns }) => ![...single, ...draft.indexes].some((each) => columns.every((name, i) => each.columns[i]?.field === name))).map(({ columns, at }) => index(columns.map((field) => ({ field, descending: false })), false, "foreign-key", at)) : [];
  return {
    key, name: draft.name, framework: "knex", engine, declaredAt: draft.at, abstract: false, managed: true, parents: [], primaryKey: primary.length === 1 ? primary[0].name : "id", fields, relations,
    queryNames: new Map<string, Field | Relation>([...fields, ...relations]), indexes: [...single, ...draft.indexes, ...automatic], ordering: [], orderingUnknown: false, managers: new Map(), defaultManager: "",
    incomplete: draft.isUncertain, small: false,
  };
}

/** A table that code names and no migration makes: nothing is known of it but its name. */
export function undeclaredEntity(name: string, engine: DatabaseEngine): Entity {
  return {
    key: `${PREFIX}${name}`, name, framework: "knex", engine, abstract: false, managed: false, parents: [], primaryKey: "id", fields: new Map(), relations: new Map(), queryNames: new Map(), indexes: [], ordering: [],
    orderingUnknown: false, managers: new Map(), defaultManager: "", incomplete: true, small: false,
  };
}
