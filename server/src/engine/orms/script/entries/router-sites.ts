import type { AttributeDeclaration, Call, Expression, FileFacts, FunctionDeclaration } from "../../../facts";
import { forEachChild } from "../../../facts";
import { referencesOf } from "../../../project";
import { nameOf } from "./reader";

/** Packages whose applications and routers have a method for each kind of request. */
export const SERVERS = /^(express|express-promise-router|fastify|koa|koa-router|@koa\/router|hono(\/.*)?|@hono\/.*|elysia|polka|restify|itty-router|h3|find-my-way|@hapi\/hapi|router|@tinyhttp\/app|oak|@oak\/.*|next-connect|micro|hyper-express|ultimate-express|@fastify\/.*|express-ws)$/;
export const CREATES = /^(default|Router|router|Hono|OpenAPIHono|Fastify|fastify|Elysia|createRouter|createApp|application|express|server|Server|createServer|polka|AutoRouter|IttyRouter|nc|PromiseRouter)$/;
export const VERBS: Readonly<Record<string, readonly string[]>> = {
  get: ["GET"], post: ["POST"], put: ["PUT"], patch: ["PATCH"], delete: ["DELETE"], del: ["DELETE"], head: ["HEAD"], options: ["OPTIONS"], all: [], openapi: [],
};
/** Names that people give to applications and routers. */
export const ROUTER_NAME = /^_?(app|application|router|routes?|server|fastify|api|hono|instance|elysia|koa|express|f|r|srv|v\d+|.*(Router|Routes|App|Route|Api))$/i;
const ROUTER_TYPE = /^(Express|Application|Router|IRouter|FastifyInstance|FastifyPluginAsync|FastifyPluginCallback|Hono|OpenAPIHono|Elysia|Koa|KoaRouter|Server|ExpressApp|AppRouter)$/;

/** What of a file may speak of routers. */
export interface Sites {
  readonly calls: readonly Call[];
  readonly values: readonly AttributeDeclaration[];
  /** Functions that make routers, are handed one, or keep one in their object, by id. */
  readonly functions: readonly string[];
}

const known = new WeakMap<FileFacts, Sites>();

/** Found once per file: most files have none. */
export function sitesOf(facts: FileFacts): Sites {
  let sites = known.get(facts);
  if (!sites) known.set(facts, (sites = findSites(facts)));
  return sites;
}

function findSites(facts: FileFacts): Sites {
  const { declares } = facts;
  const creators = new Set(declares.imports.filter((each) => !each.typeOnly && SERVERS.test(each.module) && (each.name === undefined || CREATES.test(each.name))).map((each) => each.local));
  const functions = new Set<string>();
  for (const { from, path } of referencesOf(facts).references) {
    if (!path || from === "") continue;
    const isCreator = creators.has(path[0]);
    if ((!isCreator && path[0] !== "self") || from.startsWith("%") || /\.%\d+/.test(from)) continue;
    if (isCreator) functions.add(from);
    const [name, method] = path.length === 2 ? ["app", path[1]] : [path[1], path[2]];
    if (path[0] === "self" && path.length <= 3 && ROUTER_NAME.test(name) && (Object.hasOwn(VERBS, method) || /^(use|route|register)$/.test(method))) functions.add(from);
  }
  for (const each of declares.functions) if (takesRouter(each)) functions.add(each.id);
  for (const { methods } of declares.classes) for (const each of methods) if (takesRouter(each)) functions.add(each.id);
  return { calls: declares.calls ?? [], values: declares.values.filter(({ value }) => value !== undefined && mayBeRouter(value)), functions: [...functions] };
}

/** A value that a call makes, or that has a call of a router's method in it. */
function mayBeRouter(node: Expression): boolean {
  if (node.kind === "function" || node.kind === "class") return false;
  if (node.kind === "call") return true;
  let found = false;
  forEachChild(node, (child) => (found ||= mayBeRouter(child)));
  return found;
}

/** Whether one of the first parameters is a router. */
export function takesRouter(fn: FunctionDeclaration): boolean {
  return fn.parameters.slice(0, 2).some((each) => isRouterParameter(fn, each.name));
}

/** Whether a parameter is a router, as its type or its name tells. */
export function isRouterParameter({ parameters, annotation }: FunctionDeclaration, name: string): boolean {
  const at = parameters.findIndex((each) => each.name === name);
  const parameter = parameters[at];
  if (!parameter) return false;
  const type = parameter.annotation ? nameOf(parameter.annotation) : "";
  return ROUTER_TYPE.test(type) || (type === "" && ROUTER_NAME.test(name)) || (at === 0 && annotation !== undefined && ROUTER_TYPE.test(nameOf(annotation)));
}
