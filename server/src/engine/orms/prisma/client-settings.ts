import type { CallSite } from "../../flow/adapter";
import type { ClientCreated } from "../../flow/events";
import type { Machine } from "../../flow/machine";
import { numberOf, type ObjectValue } from "../../flow/values";
import { isKeptToItself } from "../script/clients";
import { optionsAt, textIn, type Options } from "../script/options";
import type { Client } from "./values";

/** `new PrismaClient(…)`: what connects to the database. */
export function noteClient(m: Machine, call: CallSite, client: Client): void {
  const options = optionsAt(call, 0);
  const log = options.of.get("log");
  const logged = log?.value.kind === "sequence" && log.value.items?.some((item) => textIn(item) === "query" || (item.kind === "mapping" && textIn(item.entries.get("level")) === "query"));
  m.emit({
    kind: "clientCreated", at: m.at(call.node, call.uri), orm: "prisma", name: "PrismaClient", expression: call.node, engine: client.schema?.engine ?? "unknown", lives: livesOf(m, call),
    ...poolOf(options), ...(log?.node && logged && { logsQueries: { at: m.at(log.node, log.uri ?? call.uri), always: true } }), ...(options.literal && { options: options.literal }),
  });
}

const DRIVER = "prisma driver";

/** Connections in the pool of node-postgres, unless it is told otherwise (measured on `@prisma/adapter-pg` 7.10). */
const DEFAULT_SIZE = 10;

/** `new PrismaPg({ connectionString, max: 20 })`: a driver that keeps a pool, with what its options say of that. */
export function driverOf(name: string, call: CallSite): ObjectValue | undefined {
  if (name !== "@prisma/adapter-pg.PrismaPg") return undefined;
  const [first] = call.positional;
  const options = optionsAt(call, 0);
  const isPlain = first?.value.kind === "mapping" && options.isComplete;
  const isGiven = ["max", "min", "idleTimeoutMillis", "connectionTimeoutMillis", "maxUses"].some((each) => options.of.has(each));
  const size = options.of.get("max");
  const pool: DriverPool = { pool: isGiven ? "given" : isPlain ? "default" : "unknown", ...(size && numberOf(size.value) !== undefined ? { poolSize: numberOf(size.value) } : !isGiven && isPlain && { poolSize: DEFAULT_SIZE }) };
  return { kind: "object", type: DRIVER, parts: {}, data: pool, varies: call.varies };
}

type DriverPool = Pick<ClientCreated, "pool" | "poolSize">;

/** `new PrismaClient({ adapter })`; without a driver adapter the address of the database says how large the pool is. */
function poolOf(options: Options): DriverPool {
  const adapter = options.of.get("adapter")?.value;
  return adapter?.kind === "object" && adapter.type === DRIVER ? (adapter.data as DriverPool) : { pool: "unknown" };
}

/** Where the client goes: what a function makes and gives to nobody is gone with the call. */
function livesOf(m: Machine, call: CallSite): ClientCreated["lives"] {
  const { function: fn } = m.frames[m.frames.length - 1];
  return fn ? (isKeptToItself(m, call.node) === true ? "call" : "unknown") : "kept";
}
