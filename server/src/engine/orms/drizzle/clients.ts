import type { Expression } from "../../facts";
import type { ClientCreated } from "../../flow";
import type { CallSite } from "../../flow/adapter";
import type { Machine } from "../../flow/machine";
import { numberOf, type MappingValue, type ObjectValue, type Value } from "../../flow/values";
import type { DatabaseEngine } from "../../project";
import { livesOf } from "../script/clients";
import { dataOf, drizzleObject, type DatabaseData } from "./values";

/** The driver of each entry point of the package: what it talks to. */
const ENGINES: readonly (readonly [RegExp, DatabaseEngine])[] = [
  [/^(node-postgres|postgres-js|neon|neon-http|neon-serverless|vercel-postgres|aws-data-api|pglite|xata-http|pg-proxy|netlify-db)/, "postgresql"],
  [/^(mysql2|planetscale-serverless|tidb-serverless|mysql-proxy)/, "mysql"],
  [/^(better-sqlite3|libsql|d1|durable-sqlite|expo-sqlite|op-sqlite|sql-js|bun-sqlite|sqlite-proxy|sqlite-cloud|node-sqlite)/, "sqlite"],
];

const CLIENT = /^drizzle-orm\/([\w/-]+)\.drizzle$/;

/** Drivers that keep a pool of connections to a server, or are handed one. */
const POOLED = /^(node-postgres|postgres-js|mysql2|neon-serverless)/;

function engineOfDriver(driver: string): DatabaseEngine {
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

/** What a driver's own call made: `new Pool({ max: 20 })`, `postgres(url, { max: 20 })`, `createPool({ connectionLimit: 20 })`. */
export interface PoolData {
  readonly lives: ClientCreated["lives"];
  readonly size?: number;
  /** Whether its options say something of the pool; undefined where they cannot be read. */
  readonly given?: boolean;
}

const POOLS = /^(pg(\.default)?\.(native\.)?Pool|pg-pool\.default|postgres\.(default|postgres)|mysql2(\/promise)?(\.default)?\.createPool|@neondatabase\/serverless\.Pool|@vercel\/postgres\.createPool)$/;

/** A pool of a driver that Drizzle is handed. */
export function createPool(m: Machine, name: string, call: CallSite): Value | undefined {
  if (!POOLS.test(name) || !m.project.requires("drizzle-orm")) return undefined;
  const options = call.positional.map((argument) => argument.value).findLast((value) => value.kind === "mapping");
  const isPlain = options !== undefined || call.positional.every(({ value, node }) => value.kind === "constant" || isUrl(node.value));
  return drizzleObject("pool", { lives: livesOf(m), ...poolOf(options, isPlain) } satisfies PoolData, call.varies);
}

const POOL_OPTIONS = /^(max|min|connectionLimit|idleTimeoutMillis|idle_timeout|maxIdle|maxUses|max_lifetime|queueLimit)$/;

function poolOf(options: Value | undefined, isPlain: boolean): Pick<PoolData, "size" | "given"> {
  if (options?.kind !== "mapping") return isPlain ? { given: false } : {};
  const size = ["max", "connectionLimit"].map((name) => options.entries.get(name)).find((value) => value !== undefined);
  const number = size && numberOf(size);
  const isGiven = [...options.entries.keys()].some((name) => POOL_OPTIONS.test(name));
  return { ...(number !== undefined && { size: number }), ...(isGiven ? { given: true } : options.complete ? { given: false } : {}) };
}

/** How many connections the pools of node-postgres, postgres.js and mysql2 hold, unless they are told otherwise (documentation of each). */
const DEFAULT_SIZE = 10;

/** The pool behind Drizzle. A client of which nothing is known was made elsewhere. */
function noteClient(m: Machine, call: CallSite, engine: DatabaseEngine): void {
  const [first] = call.positional;
  const options = call.positional.map((argument) => argument.value).findLast((value): value is MappingValue => value.kind === "mapping");
  const isOwn = first !== undefined && (first.value.kind === "constant" || isUrl(first.node.value) || options?.entries.has("connection") === true);
  const client = options?.entries.get("client") ?? (first && first.value.kind !== "mapping" ? first.value : undefined);
  const pool = isOwn ? { lives: livesOf(m), ...poolOf(options?.entries.get("connection"), true) } : client && dataOf<PoolData>(client, "pool");
  if (!pool) return;
  const logger = options?.literal?.expression.entries.find(({ key }) => key?.kind === "literal" && key.value === "logger")?.value;
  m.emit({
    kind: "clientCreated", at: m.at(call.node), orm: "drizzle", name: "drizzle", expression: call.node, engine, lives: pool.lives, pool: pool.given === undefined ? "unknown" : pool.given ? "given" : "default",
    ...(pool.size !== undefined ? { poolSize: pool.size } : pool.given === false && { poolSize: DEFAULT_SIZE }),
    ...(logger?.kind === "literal" && logger.value === true && { logsQueries: { at: m.at(logger, options?.literal?.uri), always: true } }),
    ...(options?.literal && { options: options.literal }),
  });
}

function isUrl(expression: Expression): boolean {
  return expression.kind === "literal" || expression.kind === "format" || isEnvironment(expression) || (expression.kind === "cast" && isUrl(expression.operand)) || (expression.kind === "logical" && isUrl(expression.left));
}

/** `process.env.DATABASE_URL`, `env.DATABASE_URL`, `import.meta.env.DATABASE_URL`. */
function isEnvironment(expression: Expression): boolean {
  return expression.kind === "attribute" && expression.object.kind !== "call" && /(^|\.)env$/i.test(pathOf(expression.object));
}

function pathOf(expression: Expression): string {
  return expression.kind === "name" ? expression.name : expression.kind === "attribute" ? `${pathOf(expression.object)}.${expression.name}` : "";
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
