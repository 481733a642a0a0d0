import type { FileFacts } from "../../../facts";
import { noFramework, type DatabaseEngine, type FrameworkModel, type ProjectAdapter, type ProjectCore } from "../../../project";
import { withMigratedIndexes } from "../../script/migrated-indexes";
import { byFileName, undeclaredEntities } from "../../script/migrations";
import { readMigration, type Tables } from "./migrations";
import { entityOf, PREFIX, undeclaredEntity } from "./tables";

/** Kysely has no models: its tables are what the migrations leave behind, and what code names. */
export const kyselyProjectAdapter: ProjectAdapter = {
  framework: "kysely",
  packages: ["kysely"],
  link(project: ProjectCore): FrameworkModel {
    const users = project.uris.filter((uri) => project.files.get(uri)?.declares.imports.some(({ module }) => module === "kysely"));
    if (users.length === 0) return noFramework;
    const engine = engineIn(project, users);
    const tables: Tables = new Map();
    for (const uri of project.uris.filter((each) => isMigration(project.files.get(each)!)).sort(byFileName)) readMigration({ ...project.files.get(uri)!, bodies: project.bodies(uri) }, tables);
    return {
      ...noFramework,
      entities: withMigratedIndexes(project, [...tables.values()].map((table) => entityOf(table, tables, engine))),
      undeclaredEntity: undeclaredEntities(PREFIX, (name) => undeclaredEntity(name, engine)),
      engine,
    };
  },
};

const DIALECTS: Readonly<Record<string, DatabaseEngine>> = { PostgresDialect: "postgresql", MysqlDialect: "mysql", SqliteDialect: "sqlite", MssqlDialect: "sqlserver", PostgresJSDialect: "postgresql", NeonDialect: "postgresql", LibsqlDialect: "sqlite", D1Dialect: "sqlite", PlanetScaleDialect: "mysql" };

/** The dialect that the files import; "unknown" where there are several. */
function engineIn(project: ProjectCore, users: readonly string[]): DatabaseEngine {
  const found = new Set<DatabaseEngine>();
  for (const uri of users) for (const { name } of project.files.get(uri)!.declares.imports) if (name !== undefined && name in DIALECTS) found.add(DIALECTS[name]);
  return found.size === 1 ? [...found][0] : "unknown";
}

/** A file below `migrations` that says how to go up, and takes Kysely for it. */
function isMigration({ uri, language, declares }: FileFacts): boolean {
  return language === "typescript" && /\/migrations?\//.test(uri) && declares.imports.some(({ module }) => module === "kysely") && declares.functions.some(({ name }) => name === "up");
}
