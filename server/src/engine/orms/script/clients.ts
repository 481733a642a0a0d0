import type { Expression, FunctionDeclaration, Statement } from "../../facts";
import type { ClientCreated } from "../../flow";
import type { Machine } from "../../flow/machine";
import { nodesIn } from "./statements";

/** How long a client lives that is made where the code is now: a module's own value is kept, what a function makes for itself is gone with the call. */
export function livesOf(m: Machine, made?: Expression): ClientCreated["lives"] {
  const fn = m.frames[m.frames.length - 1].function;
  if (!fn) return "kept";
  const { declaration, owner } = fn;
  // Constructors, `onModuleInit` and the like fill an object that others keep.
  if (owner || /^(get|create|make|build|init|setup|connect|provide|use)/i.test(declaration.name)) return "unknown";
  if (made && isKeptToItself(m, made) === false) return "unknown";
  return m.frames.length === 1 && (m.entry === "request" || m.entry === "middleware") ? "call" : "unknown";
}

/** Whether the running function gives what it makes to nobody: it only reads properties of it. Undefined where it has no name. */
export function isKeptToItself(m: Machine, made: Expression): boolean | undefined {
  const { function: fn, uri } = m.frames[m.frames.length - 1];
  const body = (fn && m.project.files.get(uri)?.bodies[fn.declaration.id]) ?? [];
  const name = localNameOf(body, made);
  return fn && name !== undefined ? isOnlyUsed(body, name, m, uri, fn.declaration) : undefined;
}

/** `const prisma = new PrismaClient()`, `const sequelize = new (Sequelize as any)(…)`: the name. */
function localNameOf(body: readonly Statement[], made: Expression): string | undefined {
  for (const node of nodesIn(body)) if (node.kind === "assign" && node.value === made && node.targets.length === 1 && node.targets[0].kind === "name") return node.targets[0].name;
  return undefined;
}

/** Nothing is done with a name but to read its properties and to call it: it is not given back, kept or handed on. */
function isOnlyUsed(body: readonly Statement[], name: string, m: Machine, uri: string, fn: FunctionDeclaration): boolean {
  const bodies = [body, ...Object.entries(m.project.files.get(uri)?.bodies ?? {}).filter(([id]) => id.startsWith(`${fn.id}.`)).map(([, inner]) => inner)];
  const nodes = bodies.flatMap((each) => nodesIn(each));
  const reads = nodes.filter((node) => node.kind === "name" && node.name === name).length;
  // `prisma.order`, `knex("orders")`
  const objects = nodes.filter((node) => [node.kind === "attribute" ? node.object : node.kind === "call" ? node.callee : undefined].some((each) => each?.kind === "name" && each.name === name)).length;
  const targets = nodes.filter((node) => node.kind === "assign" && node.targets.some((target) => target.kind === "name" && target.name === name)).length;
  return targets === 1 && reads === objects + targets;
}
