import type { ProjectCore } from "../../project";
import { schemaChangesIn, type BuiltIndex, type SchemaChange } from "./sql-schema";
import { indexOfPart } from "./sql-indexes";

/** Files of SQL that run in the order of their names: Prisma's `migrations/<name>/migration.sql`, Drizzle's and others' `<folder>/<number>_<name>.sql`. */
const ORDERED = /\/(migrations?|drizzle|prisma)\/(.*\/)?(migration|\d[^/]*)\.sql$/i;
/** What takes back what another file did. */
const UNDOES = /\/(rollback|revert|undo|drop|down)(?![a-z])[^/]*\.sql$|[._-](down|rollback|revert|undo)\.sql$/i;
const BUILDS = /\b(?:create\s+(?:unique\s+)?index|create\s+(?:unlogged\s+)?table|alter\s+table)\b[^;]*/gi;

/** What a file of SQL is among migrations: one of a row, one that is run by something that is not known, or one that undoes another. */
export function formOfSql(path: string): "ordered" | "loose" | "undoing" | undefined {
  if (!/\.sql$/i.test(path)) return undefined;
  if (UNDOES.test(path)) return "undoing";
  return ORDERED.test(path) ? "ordered" : "loose";
}

/** What SQL outside of ordered migrations builds: dumps, scripts, files that migrations read. */
export interface LooseSql {
  /** Indexes and constraints with the tables that they are on. */
  readonly built: readonly { readonly table: string; readonly index: BuiltIndex }[];
  readonly renames: readonly (SchemaChange & { readonly kind: "rename-table" | "rename-column" })[];
  /** The tables that it makes. */
  readonly created: readonly string[];
}

const known = new WeakMap<ProjectCore["resources"], LooseSql>();

/** Read once for each link, whichever adapters ask. Nothing is taken away again: in which order these files run is not known, and an index too many keeps rules silent. */
export function looseSql(core: ProjectCore): LooseSql {
  let found = known.get(core.resources);
  if (!found) known.set(core.resources, (found = readLooseSql(core)));
  return found;
}

function readLooseSql(core: ProjectCore): LooseSql {
  const built: { table: string; index: BuiltIndex }[] = [];
  const renames: (SchemaChange & { readonly kind: "rename-table" | "rename-column" })[] = [];
  const created: string[] = [];
  const add = (table: string, index: BuiltIndex | undefined): void => {
    if (index) built.push({ table, index });
  };
  for (const [uri, text] of [...core.resources].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))) {
    if (formOfSql(core.path(uri)) !== "loose") continue;
    for (const change of changesIn(text)) {
      if (change.kind === "create-index") add(change.table, change.index);
      else if (change.kind === "add") add(change.table, indexOfPart(change.part));
      else if (change.kind === "create-table") {
        created.push(change.table);
        for (const part of change.parts) add(change.table, indexOfPart(part));
      } else if (change.kind === "rename-table" || change.kind === "rename-column") renames.push(change);
    }
  }
  return { built, renames, created };
}

/** Statements are looked for by their first words: a dump has rows between them whose quotes need not come in pairs. */
function changesIn(text: string): readonly SchemaChange[] {
  if (!/\b(?:index|unique|primary\s+key|exclude|rename|create\s+table)\b/i.test(text)) return [];
  const bare = text.replace(/--[^\n]*/g, " ").replace(/\/\*[\s\S]*?\*\//g, " ");
  return [...bare.matchAll(BUILDS)].flatMap(([statement]) => (/\b(?:index|unique|primary|exclude|rename)\b|^create/i.test(statement) ? schemaChangesIn(statement) : []));
}
