import type { ProjectCore } from "../../project";
import { changelogsOf } from "./changelogs";
import { builtBy, type TableIndex } from "./sql-indexes";
import { schemaChangesIn, type SchemaChange } from "./sql-schema";

/** Files of SQL that run in the order of their names: Prisma's `migrations/<name>/migration.sql`, Drizzle's and others' `<folder>/<number>_<name>.sql`. */
const ORDERED = /\/(migrations?|drizzle|prisma)\/(.*\/)?(migration|\d[^/]*)\.sql$/i;
/** What takes back what another file did. */
const UNDOES = /\/(rollback|revert|undo|drop|down)(?![a-z])[^/]*\.sql$|[._-](down|rollback|revert|undo)\.sql$/i;
const CHANGES = /\b(?:(?:create\s+(?:unique\s+)?(?:(?:non)?clustered\s+)?|drop\s+)index|create\s+(?:unlogged\s+)?table|alter\s+table)\b[^;]*/gi;

/** What a file of SQL is among migrations: one of a row, one that is run by something that is not known, or one that undoes another. */
export function formOfSql(path: string): "ordered" | "loose" | "undoing" | undefined {
  if (!/\.sql$/i.test(path)) return undefined;
  if (UNDOES.test(path)) return "undoing";
  return ORDERED.test(path) ? "ordered" : "loose";
}

/** What SQL outside of ordered migrations builds: dumps, scripts, files that migrations read, strings in code, changelogs of Liquibase. */
export interface LooseSql {
  /** Indexes and constraints with the tables that they are on. */
  readonly built: readonly TableIndex[];
  readonly renames: readonly (SchemaChange & { readonly kind: "rename-table" | "rename-column" })[];
  /** The tables that it makes. */
  readonly created: readonly string[];
  /** Changelogs of Liquibase make tables. */
  readonly isByChangelogs?: boolean;
}

const known = new WeakMap<ProjectCore["resources"], LooseSql>();

/**
 * Read once for each link, whichever adapters ask. In which order these files run is not known, and an index too many keeps rules silent: what one builds is gone only where a file
 * drops it that surely goes up, because another one beside it takes that back. Changelogs run in an order that is known.
 */
export function looseSql(core: ProjectCore): LooseSql {
  let found = known.get(core.resources);
  if (!found) known.set(core.resources, (found = readLooseSql(core)));
  return found;
}

const ordered = new WeakMap<ProjectCore["resources"], LooseSql>();

/** The same of files of SQL that run in order, for whom it is no matter in which: what one of them drops counts as well. */
export function orderedSql(core: ProjectCore): LooseSql {
  const found = ordered.get(core.resources);
  if (found) return found;
  const changes = [...core.resources].flatMap(([uri, text]) => (formOfSql(core.path(uri)) === "ordered" ? changesIn(text) : []));
  const read: LooseSql = {
    built: changes.flatMap((change) => builtBy(change)),
    renames: changes.filter((change): change is LooseSql["renames"][number] => change.kind === "rename-table" || change.kind === "rename-column"),
    created: changes.flatMap((change) => (change.kind === "create-table" ? [change.table] : [])),
  };
  ordered.set(core.resources, read);
  return read;
}

interface Built extends TableIndex {
  readonly path: string;
  /** Where it stands among what changelogs do. */
  readonly at?: number;
}

interface Drop {
  readonly name: string;
  readonly path: string;
  readonly at?: number;
}

/** Statements and where they are from. */
interface Piece {
  readonly path: string;
  readonly text: string;
  /** What it drops is gone. */
  readonly goesUp: boolean;
  readonly isChangelog: boolean;
}

function readLooseSql(core: ProjectCore): LooseSql {
  const built: Built[] = [];
  const renames: (SchemaChange & { readonly kind: "rename-table" | "rename-column" })[] = [];
  const created: string[] = [];
  const drops: Drop[] = [];
  let isByChangelogs = false;
  let at = 0;
  for (const { path, text, goesUp, isChangelog } of [...piecesOf(core), ...piecesOfChangelogs(core)]) {
    for (const change of changesIn(text)) {
      const place = { path, ...(isChangelog && { at: at++ }) };
      for (const each of builtBy(change)) built.push({ ...each, ...place });
      if (change.kind === "create-table") {
        created.push(change.table);
        isByChangelogs ||= isChangelog;
      } else if (change.kind === "rename-table" || change.kind === "rename-column") renames.push(change);
      else if (goesUp && (change.kind === "drop-index" || change.kind === "drop-constraint")) drops.push({ name: change.name.toLowerCase(), ...place });
    }
  }
  return { built: withoutDropped(built, drops), renames, created, isByChangelogs };
}

function piecesOf(core: ProjectCore): readonly Piece[] {
  const texts = new Map([...core.resources].flatMap(([uri, text]) => (/\.sql$/i.test(uri) ? [[core.path(uri), text] as const] : [])));
  // Classes that say how to go up are read in their order.
  for (const uri of core.uris) {
    const declares = core.files.get(uri)!.declares;
    if (declares.sql && !declares.classes.some(({ methods }) => methods.some(({ name }) => name === "up"))) texts.set(core.path(uri), declares.sql.join(";\n"));
  }
  const goingUp = pathsGoingUp([...texts.keys()]);
  return [...texts.keys()].sort().flatMap((path) => {
    const goesUp = goingUp.has(path.toLowerCase());
    return !goesUp && /\.sql$/i.test(path) && formOfSql(path) !== "loose" ? [] : [{ path, text: texts.get(path)!, goesUp, isChangelog: false }];
  });
}

function piecesOfChangelogs(core: ProjectCore): readonly Piece[] {
  return changelogsOf(core).flatMap(({ path, changeSets }) => changeSets.map(({ sql, isCertain }) => ({ path, text: sql, goesUp: isCertain, isChangelog: true })));
}

/** The files that another one beside them takes back: `Add-hash.sql` of `Rollback-add-hash.sql`; `Drop-index.sql` of `Rollback-drop-index.sql`, too. */
function pathsGoingUp(paths: readonly string[]): ReadonlySet<string> {
  const all = new Set(paths.map((path) => path.toLowerCase()));
  return new Set([...all].flatMap((path) => {
    const up = path.replace(/\/(?:rollback|revert|undo)[-_. ]([^/]+)$/, "/$1");
    return up !== path && all.has(up) ? [up] : [];
  }));
}

/** Without what was built once and dropped: by another file, or later where that is known. */
function withoutDropped(built: readonly Built[], drops: readonly Drop[]): readonly Built[] {
  if (drops.length === 0) return built;
  const byName = new Map<string, Built[]>();
  for (const each of built) byName.set(nameOf(each), [...(byName.get(nameOf(each)) ?? []), each]);
  const gone = new Set(drops.flatMap(({ name, path, at }) => {
    const made = byName.get(name) ?? [];
    if (made.length !== 1) return [];
    const [{ path: madeIn, at: madeAt }] = made;
    return (at === undefined ? madeIn !== path : madeAt !== undefined && madeAt < at) ? made : [];
  }));
  return built.filter((each) => !gone.has(each));
}

/** The name that is given, or that PostgreSQL gives a constraint: the longer of table and columns is cut first (source: `makeObjectName`, `ChooseIndexName`). */
function nameOf({ table, index: { name, columns, isKey } }: Built): string {
  if (name !== undefined) return name.toLowerCase();
  if (isKey) return `${table.slice(0, LONGEST_NAME - 5)}_pkey`.toLowerCase();
  let [first, second] = [table, columns.map(({ field }) => field ?? "expr").join("_")];
  while (first.length + second.length > LONGEST_NAME - 5) {
    if (first.length > second.length) first = first.slice(0, -1);
    else second = second.slice(0, -1);
  }
  return `${first}_${second}_key`.toLowerCase();
}

/** Bytes of a name in PostgreSQL (`NAMEDATALEN` less one). */
const LONGEST_NAME = 63;

/** Statements are looked for by their first words: a dump has rows between them whose quotes need not come in pairs. */
function changesIn(text: string): readonly SchemaChange[] {
  if (!/\b(?:index|unique|primary\s+key|exclude|rename|constraint|create\s+table)\b/i.test(text)) return [];
  // `GO` ends what SQL Server's tools send at once, with a semicolon before it or not.
  const bare = text.replace(/--[^\n]*/g, " ").replace(/\/\*[\s\S]*?\*\//g, " ").replace(/^[ \t]*go[ \t]*\r?$/gim, ";");
  return [...bare.matchAll(CHANGES)].flatMap(([statement]) => (/\b(?:index|unique|primary|exclude|rename|constraint)\b|^create/i.test(statement) ? schemaChangesIn(statement) : []));
}
