import type { Call, Expression } from "../../../facts";
import { forEachChild } from "../../../facts";
import { namesAdministrators, type Route } from "../../../project";
import type { FoundEntries } from "./found";
import { calleeName, nameOf, type Place, type ScriptReader } from "./reader";
import { RouteTable } from "./route-table";

/** Procedures as tRPC and oRPC name their builders. */
const PROCEDURE = /procedure|^os$|^(pub|authed|public|protected)$/i;
/** Clients of server actions (next-safe-action, zsa). */
const ACTION_CLIENT = /action|client|procedure/i;
/** In what a file imports: modules, or names that `../index` exports. */
const BUILDS = /trpc|orpc|safe-action|zsa|procedure|action|router|context/i;
const ROUTER = /^(router|createTRPCRouter|createRouter|mergeRouters|t\.router)$/;

/** Procedures of tRPC and oRPC, by the path that clients call them by, and actions that clients of server actions build. */
export function findProcedures(found: FoundEntries, reader: ScriptReader): void {
  const table = new RouteTable((prefix, path) => [prefix, path].filter(Boolean).join("."));
  for (const uri of found.core.uris) {
    const facts = found.core.files.get(uri)!;
    if (facts.language !== "typescript") continue;
    if (!facts.declares.imports.some((each) => BUILDS.test(each.module) || (each.name !== undefined && BUILDS.test(each.name)))) continue;
    for (const { name, value } of facts.declares.values) if (value) visit({ found, reader, table }, { uri }, value, `${uri}#${name}`, "");
  }
  table.addTo(found, (route: Route) => ({ ...route, path: `/trpc/${route.path}` }));
}

interface Walk {
  readonly found: FoundEntries;
  readonly reader: ScriptReader;
  readonly table: RouteTable;
}

/** `router` is the value that holds the expression, `path` what leads to it from there. */
function visit(walk: Walk, place: Place, node: Expression, router: string, path: string): void {
  switch (node.kind) {
    case "cast": return visit(walk, place, node.operand, router, path);
    case "mapping":
      for (const { key, value } of node.entries) {
        if (key?.kind === "literal") visit(walk, place, value, router, [path, String(key.value)].filter(Boolean).join("."));
        else if (!key) mount(walk, place, value.kind === "spread" ? value.value : value, router, path);
      }
      return;
    case "name":
    case "attribute": return mount(walk, place, node, router, path);
    case "call": return call(walk, place, node, router, path);
    default: return;
  }
}

function call(walk: Walk, place: Place, node: Call, router: string, path: string): void {
  const name = calleeName(node);
  if (ROUTER.test(name)) {
    for (const { value } of node.arguments) visit(walk, place, value, router, path);
    return;
  }
  if (node.callee.kind !== "attribute") return;
  const { found, reader, table } = walk;
  const root = rootOf(node.callee.object);
  if (/^(query|mutation|subscription|handler)$/.test(name) && PROCEDURE.test(root)) {
    middleware(walk, place, node.callee.object);
    const handlers = node.arguments.flatMap((each) => reader.handlers(place, each.value));
    const methods = name === "query" ? ["GET"] : name === "mutation" ? ["POST"] : [];
    table.add(router, { methods, path, handlers, at: { uri: place.uri, span: { start: node.start, end: node.end } }, ...(namesAdministrators(root) && { forAdministrators: true as const }) });
  } else if (/^(action|stateAction|handler)$/.test(name) && ACTION_CLIENT.test(root)) {
    middleware(walk, place, node.callee.object);
    for (const key of node.arguments.slice(0, 1).flatMap((each) => reader.handlers(place, each.value))) found.request(key);
  } else if (/^(use|middleware)$/.test(name)) middleware(walk, place, node);
  else if (/^(router|mergeRouters|prefix|tag)$/.test(name)) for (const { value } of node.arguments) visit(walk, place, value, router, path);
}

/** `.use(fn)` and `t.middleware(fn)` on the way to a procedure run before it. */
function middleware({ found, reader }: Walk, place: Place, node: Expression): void {
  if (node.kind !== "call") {
    if (node.kind === "attribute") middleware({ found, reader, table: new RouteTable() }, place, node.object);
    return;
  }
  if (/^(use|middleware)$/.test(calleeName(node))) for (const { value } of node.arguments) for (const key of reader.handlers(place, value)) found.start(key, "middleware");
  forEachChild(node.callee, (child) => middleware({ found, reader, table: new RouteTable() }, place, child));
}

function mount({ reader, table }: Walk, place: Place, node: Expression, router: string, path: string): void {
  const reached = reader.reached(place, node);
  const target = reached && "symbol" in reached ? (reader.core.followAliases(reached.symbol) ?? reached.symbol) : undefined;
  if (target?.kind === "value") table.mount(router, path, `${target.uri}#${target.value.name}`);
  // `export * as orders from "./orders"`, or `import * as orders`: every procedure of the module.
  if (target?.kind === "module") for (const each of reader.core.files.get(target.uri)?.declares.values ?? []) table.mount(router, [path, each.name].filter(Boolean).join("."), `${target.uri}#${each.name}`);
}

/** The name that a chain starts with, `procedure` of `t.procedure` included. */
function rootOf(node: Expression): string {
  switch (node.kind) {
    case "call": return rootOf(node.callee);
    case "attribute": return PROCEDURE.test(node.name) ? node.name : rootOf(node.object);
    default: return nameOf(node);
  }
}
