import { forEachChild, type Expression } from "../../../facts";
import type { DatabaseEngine, ProjectCore } from "../../../project";

/** What the `client` of a configuration stands for (Knex: *Configuration Options*). */
export function engineOfClient(client: string): DatabaseEngine {
  if (/^(pg|pgnative|postgres|postgresql|cockroachdb|redshift)$/i.test(client)) return "postgresql";
  if (/^(mysql|mysql2|mariadb)$/i.test(client)) return "mysql";
  if (/^(sqlite|sqlite3|better-sqlite3)$/i.test(client)) return "sqlite";
  return /^oracledb$/i.test(client) ? "oracle" : "unknown";
}

/** The engine that all configurations in code agree on; a project that has SQLite for its tests only runs on the other. */
export function engineIn(project: ProjectCore): DatabaseEngine {
  const found = new Set<DatabaseEngine>();
  for (const uri of project.uris) {
    const facts = project.files.get(uri)!;
    if (facts.language !== "typescript") continue;
    const isConfiguration = /\/knexfile\.[cm]?[jt]s$/.test(uri);
    if (!isConfiguration && !facts.declares.imports.some(({ module }) => module === "knex")) continue;
    for (const { value } of facts.declares.values) if (value) collect(value, found);
    if (isConfiguration) for (const statement of project.body(uri, "")) if (statement.kind === "expression") collect(statement.expression, found);
  }
  const servers = [...found].filter((engine) => engine !== "sqlite" && engine !== "unknown");
  if (servers.length === 1) return servers[0];
  return servers.length === 0 && found.has("sqlite") ? "sqlite" : "unknown";
}

function collect(node: Expression, found: Set<DatabaseEngine>): void {
  if (node.kind === "mapping") {
    for (const { key, value } of node.entries) {
      if (key?.kind === "literal" && (key.value === "client" || key.value === "dialect") && value.kind === "literal" && typeof value.value === "string") found.add(engineOfClient(value.value));
    }
  }
  forEachChild(node, (child) => collect(child, found));
}
