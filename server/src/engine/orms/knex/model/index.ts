import type { FileFacts } from "../../../facts";
import type { DatabaseEngine, Entity, FrameworkModel, ProjectAdapter, ProjectCore } from "../../../project";
import { engineIn } from "./engine";
import { readMigration, type Tables } from "./migrations";
import { entityOf, PREFIX, undeclaredEntity } from "./tables";

/** Knex has no models: its tables are what the migrations leave behind. */
export const knexProjectAdapter: ProjectAdapter = {
  framework: "knex",
  packages: [],
  link(project: ProjectCore): FrameworkModel {
    const migrations = project.uris.filter((uri) => isMigration(project.files.get(uri)!)).sort(byFileName);
    const engine = engineIn(project);
    const tables: Tables = new Map();
    for (const uri of migrations) readMigration({ ...project.files.get(uri)!, bodies: project.bodies(uri) }, tables);
    const undeclared = new Map<string, Entity>();
    return {
      entities: [...tables.values()].map((table) => entityOf(table, tables, engine)),
      entityOfExternal: () => undefined,
      undeclaredEntity: (key) => undeclaredIn(undeclared, key, engine),
      setting: () => undefined,
      engine,
      version: () => undefined,
      requires: () => false,
      deployment: () => undefined,
    };
  },
};

function undeclaredIn(known: Map<string, Entity>, key: string, engine: DatabaseEngine): Entity | undefined {
  if (!key.startsWith(PREFIX)) return undefined;
  let entity = known.get(key);
  if (!entity) known.set(key, (entity = undeclaredEntity(key.slice(PREFIX.length), engine)));
  return entity;
}

/** A file below `migrations` that says how to go up, and speaks of Knex's schema. */
function isMigration({ uri, language, declares, bodies }: FileFacts): boolean {
  if (language !== "typescript" || !/\/migrations?\//.test(uri)) return false;
  const goesUp = declares.functions.some(({ name }) => name === "up") || declares.values.some(({ name }) => name === "up");
  return goesUp && Object.keys(bodies).length > 0 && !declares.classes.some(({ methods }) => methods.some(({ name }) => name === "up"));
}

/** Knex runs migrations in the order of their names (*Migrations*). */
function byFileName(a: string, b: string): number {
  const [x, y] = [a, b].map((uri) => uri.slice(uri.lastIndexOf("/") + 1));
  return x < y ? -1 : x > y ? 1 : a < b ? -1 : 1;
}
