import type { Expression, FunctionDeclaration, Statement } from "../../facts";
import type { CallSite } from "../../flow/adapter";
import type { ClientCreated } from "../../flow/events";
import type { Machine } from "../../flow/machine";
import { numberOf, type ObjectValue } from "../../flow/values";
import { optionsAt, textIn, type Options } from "../script/options";
import { nodesIn } from "../script/statements";
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
  const { function: fn, uri } = m.frames[m.frames.length - 1];
  if (!fn) return "kept";
  const body = m.project.files.get(uri)?.bodies[fn.declaration.id] ?? [];
  const name = localNameOf(body, call.node);
  return name !== undefined && isOnlyUsed(body, name, m, uri, fn.declaration) ? "call" : "unknown";
}

/** `const prisma = new PrismaClient()`: the name. */
function localNameOf(body: readonly Statement[], made: Expression): string | undefined {
  for (const node of nodesIn(body)) if (node.kind === "assign" && node.value === made && node.targets.length === 1 && node.targets[0].kind === "name") return node.targets[0].name;
  return undefined;
}

/** Nothing is done with a name but to read its properties: it is not given back, kept or handed on. */
function isOnlyUsed(body: readonly Statement[], name: string, m: Machine, uri: string, fn: FunctionDeclaration): boolean {
  const bodies = [body, ...Object.entries(m.project.files.get(uri)?.bodies ?? {}).filter(([id]) => id.startsWith(`${fn.id}.`)).map(([, inner]) => inner)];
  const nodes = bodies.flatMap((each) => nodesIn(each));
  const reads = nodes.filter((node) => node.kind === "name" && node.name === name).length;
  const objects = nodes.filter((node) => node.kind === "attribute" && node.object.kind === "name" && node.object.name === name).length;
  const targets = nodes.filter((node) => node.kind === "assign" && node.targets.some((target) => target.kind === "name" && target.name === name)).length;
  return targets === 1 && reads === objects + targets;
}
