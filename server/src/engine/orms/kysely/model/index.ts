import type { FileFacts } from "../../../facts";
import type { DatabaseEngine, Entity, FrameworkModel, ProjectAdapter, ProjectCore } from "../../../project";
import { noFramework } from "../../../project/frameworks";
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
    const undeclared = new Map<string, Entity>();
    return {
      ...noFramework,
      entities: [...tables.values()].map((table) => entityOf(table, tables, engine)),
      undeclaredEntity: (key) => {
        if (!key.startsWith(PREFIX)) return undefined;
        let entity = undeclared.get(key);
        if (!entity) undeclared.set(key, (entity = undeclaredEntity(key.slice(PREFIX.length), engine)));
        return entity;
      },
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

/** Kysely runs migrations in the order of their names (*Migrations*). */
function byFileName(a: string, b: string): number {
  const [x, y] = [a, b].map((uri) => uri.slice(uri.lastIndexOf("/") + 1));
  return x < y ? -1 : x > y ? 1 : a < b ? -1 : 1;
}
