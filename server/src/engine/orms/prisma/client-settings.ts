import type { Expression, FunctionDeclaration, Statement } from "../../facts";
import type { CallSite } from "../../flow/adapter";
import type { ClientCreated } from "../../flow/events";
import type { Machine } from "../../flow/machine";
import { optionsAt, textIn } from "../script/options";
import { nodesIn } from "../script/statements";
import type { Client } from "./values";

/** `new PrismaClient(…)`: what connects to the database. */
export function noteClient(m: Machine, call: CallSite, client: Client): void {
  const options = optionsAt(call, 0);
  const log = options.of.get("log");
  const logged = log?.value.kind === "sequence" && log.value.items?.some((item) => textIn(item) === "query" || (item.kind === "mapping" && textIn(item.entries.get("level")) === "query"));
  m.emit({
    kind: "clientCreated", at: m.at(call.node, call.uri), orm: "prisma", name: "PrismaClient", expression: call.node, engine: client.schema?.engine ?? "unknown", lives: livesOf(m, call),
    pool: "unknown", ...(log?.node && logged && { logsQueries: { at: m.at(log.node, log.uri ?? call.uri), always: true } }), ...(options.literal && { options: options.literal }),
  });
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
