import type { DatabaseEngine, ProjectCore } from "../../../project";

const ENGINES: Readonly<Record<string, DatabaseEngine>> = {
  postgresql: "postgresql", mysql: "mysql", mariadb: "mysql", sqlite: "sqlite", "better-sqlite": "sqlite", libsql: "sqlite", oracledb: "oracle",
};

/** The driver package that the project imports or needs, SQLite for tests aside (MikroORM: *Installation*, one package for each driver). */
export function databaseEngine(core: ProjectCore): DatabaseEngine {
  const found = new Set<DatabaseEngine>();
  const note = (module: string): void => {
    const driver = /^@mikro-orm\/([\w-]+)$/.exec(module)?.[1];
    if (driver !== undefined && driver in ENGINES) found.add(ENGINES[driver]);
  };
  for (const uri of core.uris) for (const { module } of core.files.get(uri)!.declares.imports) if (module.startsWith("@mikro-orm/")) note(module);
  if (found.size === 0) for (const [uri, text] of core.resources) if (uri.endsWith("/package.json")) for (const [, name] of text.matchAll(/"(@mikro-orm\/[\w-]+)"\s*:/g)) note(name);
  const servers = [...found].filter((engine) => engine !== "sqlite");
  if (servers.length > 1) return "unknown";
  return servers[0] ?? (found.has("sqlite") ? "sqlite" : "unknown");
}
