import type { FileFacts } from "../../../facts";
import { noFramework, type FrameworkModel, type ProjectAdapter, type ProjectCore } from "../../../project";
import { engineIn } from "./engine";
import { withMigratedIndexes } from "../../script/migrated-indexes";
import { byFileName, undeclaredEntities } from "../../script/migrations";
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
    return {
      ...noFramework,
      entities: withMigratedIndexes(project, [...tables.values()].map((table) => entityOf(table, tables, engine))),
      undeclaredEntity: undeclaredEntities(PREFIX, (name) => undeclaredEntity(name, engine)),
      engine,
    };
  },
};

/** A file below `migrations` that says how to go up, and speaks of Knex's schema. */
function isMigration({ uri, language, declares, bodies }: FileFacts): boolean {
  if (language !== "typescript" || !/\/migrations?\//.test(uri)) return false;
  const goesUp = declares.functions.some(({ name }) => name === "up") || declares.values.some(({ name }) => name === "up");
  return goesUp && Object.keys(bodies).length > 0 && !declares.classes.some(({ methods }) => methods.some(({ name }) => name === "up"));
}

