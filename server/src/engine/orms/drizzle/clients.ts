import type { Expression, Mapping } from "../../facts";
import type { CallSite } from "../../flow/adapter";
import type { Machine } from "../../flow/machine";
import type { ObjectValue, Value } from "../../flow/values";
import type { DatabaseEngine } from "../../project";
import { drizzleObject, type DatabaseData } from "./values";

/** The driver of each entry point of the package: what it talks to. */
const ENGINES: readonly (readonly [RegExp, DatabaseEngine])[] = [
  [/^(node-postgres|postgres-js|neon|neon-http|neon-serverless|vercel-postgres|aws-data-api|pglite|xata-http|pg-proxy|netlify-db)/, "postgresql"],
  [/^(mysql2|planetscale-serverless|tidb-serverless|mysql-proxy)/, "mysql"],
  [/^(better-sqlite3|libsql|d1|durable-sqlite|expo-sqlite|op-sqlite|sql-js|bun-sqlite|sqlite-proxy|sqlite-cloud|node-sqlite)/, "sqlite"],
];

const CLIENT = /^drizzle-orm\/([\w/-]+)\.drizzle$/;

/** Drivers that keep a pool of connections to a server, or are handed one. */
const POOLED = /^(node-postgres|postgres-js|mysql2|neon-serverless)/;

export function engineOfDriver(driver: string): DatabaseEngine {
  return ENGINES.find(([pattern]) => pattern.test(driver))?.[1] ?? "unknown";
}

/** `drizzle(client, { schema })`, `drizzle(url)`, `drizzle({ client, schema })`; undefined for other functions. */
export function createClient(m: Machine, name: string, call: CallSite): Value | undefined {
  const driver = CLIENT.exec(name)?.[1];
  if (driver === undefined) return undefined;
  const options = call.positional.map((argument) => argument.value).filter((value) => value.kind === "mapping").at(-1);
  const engine = engineOfDriver(driver);
  if (POOLED.test(driver)) noteClient(m, call, engine);
  const data: DatabaseData = { engine, isTransaction: false };
  const schema = options?.kind === "mapping" ? options.entries.get("schema") : undefined;
  return drizzleObject("database", data, call.varies, schema ? { schema } : {});
}

/** A pool behind Drizzle that this very call makes: `drizzle(new Pool())`, `drizzle(postgres(url))`, `drizzle(process.env.DATABASE_URL)`. A client that is handed in was made elsewhere. */
function noteClient(m: Machine, call: CallSite, engine: DatabaseEngine): void {
  const [first] = call.node.arguments;
  const given = first?.value;
  // A name may hold a pool that lives longer, or is this call's own: looked at where it is made.
  if (given && !isUrl(given) && given.kind !== "call" && given.kind !== "mapping") return;
  const options = given?.kind === "mapping" ? given : undefined;
  const client = options ? entryOf(options, "client") : given?.kind === "call" ? given : undefined;
  if (client && client.kind !== "call") return;
  const pool = client?.kind === "call" ? client.arguments.map((argument) => argument.value).find((value): value is Mapping => value.kind === "mapping") : connectionOf(options);
  const logger = call.node.arguments.map((argument) => argument.value).find((value): value is Mapping => value.kind === "mapping");
  const logs = logger && entryOf(logger, "logger");
  const size = pool && (entryOf(pool, "max") ?? entryOf(pool, "connectionLimit"));
  m.emit({
    kind: "clientCreated", at: m.at(call.node), orm: "drizzle", name: "drizzle", expression: call.node, engine, lives: livesHow(m), pool: pool ? (size || entryOf(pool, "idleTimeoutMillis") ? "given" : "default") : isOpaque(client) ? "unknown" : "default",
    ...(size?.kind === "literal" && typeof size.value === "number" && { poolSize: size.value }),
    ...(logs && logs.kind === "literal" && logs.value === true && { logsQueries: { at: m.at(logs), always: true } }),
    ...(options && { options: { uri: call.uri, expression: options } }),
  });
}

function isUrl(expression: Expression): boolean {
  return expression.kind === "literal" || expression.kind === "format" || isEnvironment(expression) || (expression.kind === "cast" && isUrl(expression.operand)) || (expression.kind === "logical" && isUrl(expression.left));
}

/** `process.env.DATABASE_URL`, `env.DATABASE_URL`, `import.meta.env.DATABASE_URL`. */
function isEnvironment(expression: Expression): boolean {
  return expression.kind === "attribute" && expression.object.kind !== "call" && /(^|\.)env$/.test(pathOf(expression.object));
}

function pathOf(expression: Expression): string {
  return expression.kind === "name" ? expression.name : expression.kind === "attribute" ? `${pathOf(expression.object)}.${expression.name}` : "";
}

function connectionOf(options: Mapping | undefined): Mapping | undefined {
  const connection = options && entryOf(options, "connection");
  return connection?.kind === "mapping" ? connection : undefined;
}

function isOpaque(client: Expression | undefined): boolean {
  return client?.kind === "call" && client.arguments.some((argument) => argument.value.kind !== "literal" && argument.value.kind !== "mapping" && !isUrl(argument.value));
}

function entryOf(mapping: Mapping, name: string): Expression | undefined {
  return mapping.entries.findLast(({ key }) => key?.kind === "literal" && key.value === name)?.value;
}

/** At the top of a module it is kept; what becomes of it in a function is not followed here. */
function livesHow(m: Machine): "kept" | "call" | "unknown" {
  return m.frames.every((frame) => !frame.function) ? "kept" : "unknown";
}

const TYPES = /^drizzle-orm\/([\w-]+)(?:\/[\w-]+)*\.(\w*(?:Database|Transaction|Tx)\w*)$/;

/** `NodePgDatabase<typeof schema>`, `PgTransaction<…>`: a database by its type. */
export function clientOfType(name: string, parameters: readonly Value[]): ObjectValue | undefined {
  const match = TYPES.exec(name);
  if (!match) return undefined;
  const engine = /^pg-core/.test(match[1]) ? "postgresql" : /^mysql-core/.test(match[1]) ? "mysql" : /^sqlite-core/.test(match[1]) ? "sqlite" : engineOfDriver(match[1]);
  const schema = parameters.find((value) => value.kind === "module" || value.kind === "mapping");
  const data: DatabaseData = { engine, isTransaction: /Transaction|Tx/.test(match[2]) };
  return drizzleObject("database", data, 0, schema ? { schema } : {});
}
