import { noFramework, type DatabaseEngine, type FrameworkModel, type ProjectAdapter, type ProjectCore } from "../../../project";
import { withMigratedIndexes } from "../../script/migrated-indexes";
import { createEntity } from "./entities";
import { readRelations } from "./relations";
import { readTables } from "./tables";

/** What Drizzle's declarations make of a project. */
export const drizzleProjectAdapter: ProjectAdapter = {
  framework: "drizzle",
  packages: ["drizzle-orm", "drizzle-kit"],
  link: linkDrizzle,
};

const NO_RELATIONS = new Map();

function linkDrizzle(core: ProjectCore): FrameworkModel {
  const tables = new Map(readTables(core).map((table) => [table.key, table]));
  if (tables.size === 0) return noFramework;
  const relations = readRelations(core, tables);
  const entities = withMigratedIndexes(core, [...tables.values()].map((table) => createEntity(table, relations.get(table.key) ?? NO_RELATIONS)));
  const engines = new Set<DatabaseEngine>(entities.map((entity) => entity.engine ?? "unknown"));
  return { ...noFramework, entities, engine: engines.size === 1 ? [...engines][0] : "unknown" };
}
