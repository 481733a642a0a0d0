import type { Expression } from "../../../facts";
import type { DatabaseEngine, ProjectCore } from "../../../project";
import { bare, keyOf, lastNameOf, textOf, valueAt, type Placed, type Reader } from "./reading";

/** Names of Sequelize's dialects, drivers and URL schemes (documentation: *Getting Started*, *Dialects*). */
const DIALECTS: readonly (readonly [RegExp, DatabaseEngine])[] = [
  [/^(postgres|postgresql|pg)$/i, "postgresql"], [/^(mysql|mysql2|mariadb)$/i, "mysql"], [/^sqlite3?$/i, "sqlite"], [/^(mssql|tedious)$/i, "sqlserver"], [/^oracle(db)?$/i, "oracle"],
];

function engineOf(text: string): DatabaseEngine | undefined {
  return DIALECTS.find(([pattern]) => pattern.test(text))?.[1];
}

/** Dialects of version 7 are classes of packages: `@sequelize/postgres.PostgresDialect`. */
function engineOfClass(name: string): DatabaseEngine | undefined {
  return engineOf(/^@sequelize\/(\w+)/.exec(name)?.[1] ?? "");
}

/** A call that makes a `Sequelize`. */
export function isClient(core: ProjectCore, uri: string, expression: Expression): boolean {
  if (expression.kind !== "call" || expression.form !== "new") return false;
  const symbol = core.resolveExpression(uri, expression.callee);
  return symbol?.kind === "external" && isSequelize(symbol.name);
}

/** The class `Sequelize` under any of the names that imports give it. */
export function isSequelize(name: string): boolean {
  return /^(sequelize|@sequelize\/core|sequelize-typescript)(\.default)?(\.Sequelize)?$/.test(name);
}

/** The options of the clients that modules make: `new Sequelize(url, options)`. */
export function clientOptions(core: ProjectCore, reader: Reader, uris: readonly string[]): readonly Placed[] {
  const found: Placed[] = [];
  for (const uri of uris) {
    for (const { value } of core.files.get(uri)!.declares.values) {
      const call = value && bare(value);
      if (call?.kind !== "call" || !isClient(core, uri, call)) continue;
      for (const each of call.arguments) {
        const { uri: at, expression } = reader.follow({ uri, expression: each.value });
        if (expression.kind === "mapping") found.push({ uri: at, expression });
      }
    }
  }
  return found;
}

/** The database that the project runs on, where its code or its packages leave no doubt. */
export function databaseEngine(core: ProjectCore, reader: Reader, uris: readonly string[], options: readonly Placed[]): DatabaseEngine {
  const named = new Set<DatabaseEngine>();
  const read = (uri: string, expression: Expression | undefined): void => {
    const text = expression && textOf(reader.follow({ uri, expression }).expression);
    const symbol = expression && text === undefined ? core.resolveExpression(uri, expression) : undefined;
    const engine = text !== undefined ? engineOf(text) : symbol?.kind === "external" ? engineOfClass(symbol.name) : undefined;
    if (engine) named.add(engine);
  };
  for (const { uri, expression } of options) read(uri, valueAt(expression, "dialect"));
  // `config/database.js`, as the command line of Sequelize has it: one object for each environment.
  if (named.size === 0) for (const uri of uris) if (/\/(config|database|db|sequelize|connection|orm)[^/]*(\/[^/]*)?\.[cm]?[jt]s$/i.test(core.path(uri))) for (const { value } of core.files.get(uri)!.declares.values) if (value) forEachDialect(value, (each) => read(uri, each));
  const servers = [...named].filter((each) => each !== "sqlite");
  if (servers.length === 1) return servers[0];
  if (servers.length > 1) return "unknown";
  const drivers = (["pg", "mysql2", "mysql", "mariadb", "tedious", "oracledb", "sqlite3"] as const).filter((each) => core.packages.requires(each)).map((each) => engineOf(each)!);
  const driven = [...new Set(drivers.filter((each) => each !== "sqlite"))];
  if (driven.length === 1) return driven[0];
  return driven.length === 0 && (named.has("sqlite") || drivers.includes("sqlite")) ? "sqlite" : "unknown";
}

function forEachDialect(expression: Expression, visit: (dialect: Expression) => void): void {
  const inner = bare(expression);
  if (inner.kind !== "mapping") return;
  for (const entry of inner.entries) {
    if (keyOf(entry) === "dialect") visit(entry.value);
    else if (keyOf(entry) !== undefined && lastNameOf(entry.value) === "") forEachDialect(entry.value, visit);
  }
}
