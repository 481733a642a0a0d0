import type { Call, Expression, Statement } from "../../../facts";
import { blocksOf, forEachChild } from "../../../facts";
import type { ClassRef, FunctionRef, ProjectCore, ReachedByPath } from "../../../project";
import type { FoundEntries } from "./found";
import { guardsForAdministrators } from "./guards";
import { argument, calleeName, entryOf, packageOf, requiredModule, type Place, type ScriptReader } from "./reader";
import { CREATES, isRouterParameter, ROUTER_NAME, SERVERS, sitesOf, takesRouter, VERBS } from "./router-sites";
import { RouteTable } from "./route-table";

/** Applications and routers: Express, Koa, Fastify, Hono and those that are used in the same way. */
export function findRouters(found: FoundEntries, reader: ScriptReader): void {
  const table = new RouteTable();
  const walk = new RouterWalk(found, reader, table);
  for (const uri of found.core.uris) if (found.core.files.get(uri)?.language === "typescript") walk.file(uri);
  table.addTo(found);
}

class RouterWalk {
  private readonly core: ProjectCore;
  private readonly visited = new Set<string>();

  constructor(private readonly found: FoundEntries, private readonly reader: ScriptReader, private readonly table: RouteTable) {
    this.core = found.core;
  }

  file(uri: string): void {
    const facts = this.core.files.get(uri)!;
    const module: Place = { uri };
    const { calls, values, functions } = sitesOf(facts);
    for (const call of calls) this.calls(module, call);
    for (const { name, value } of values) this.value(module, name, value!);
    for (const id of functions) this.function(module, `${uri}#${id}`);
  }

  private function(outer: Place, key: string): void {
    if (this.visited.has(key)) return;
    this.visited.add(key);
    const fn = this.core.functionByKey(key);
    if (fn) this.block(this.reader.inside(fn, outer), this.reader.statements(fn));
  }

  private block(place: Place, statements: readonly Statement[]): void {
    for (const statement of statements) {
      switch (statement.kind) {
        case "expression": this.calls(place, statement.expression); break;
        case "return": if (statement.value) this.calls(place, statement.value); break;
        case "assign":
          if (statement.value) {
            const [target] = statement.targets;
            if (target.kind === "name") this.value(place, target.name, statement.value);
            else this.calls(place, statement.value);
          }
          break;
        case "define-function":
          if (takesRouter(statement.function)) this.function(place, `${place.uri}#${statement.function.id}`);
          break;
        default: break;
      }
      for (const inner of blocksOf(statement)) this.block(place, inner);
    }
  }

  /** `const orders = new Hono().get("/", list)`: the name is the router. */
  private value(place: Place, name: string, node: Expression): void {
    const root = rootOf(node);
    if (root.kind === "call") this.made.set(`${place.uri}@${root.start}`, this.idOf(place, name));
    const prefix = root.kind === "call" ? this.ownPrefix(place, root) : undefined;
    if (prefix !== undefined) this.table.prefix(this.idOf(place, name), prefix);
    if (root.kind === "call" && this.isPart(place, root)) this.table.part(this.idOf(place, name));
    this.calls(place, node);
  }

  /** Parameters that are handed routers, whatever they are called. */
  private readonly handed = new Set<string>();
  /** Routers by the place of the call that makes them. */
  private readonly made = new Map<string, string>();

  /** `new Router({ prefix: "/orders" })`. */
  private ownPrefix(place: Place, root: Call): string | undefined {
    return this.reader.text(place, entryOf(argument(root, 0), "prefix")) ;
  }

  /** All calls in an expression, the innermost of a chain first. */
  private calls(place: Place, node: Expression): void {
    if (node.kind === "function" || node.kind === "class") return;
    forEachChild(node, (child) => this.calls(place, child));
    if (node.kind !== "call") return;
    if (node.callee.kind === "attribute") this.call(place, node, node.callee.object, node.callee.name);
    if (node.callee.kind !== "attribute" || !Object.hasOwn(VERBS, node.callee.name)) this.handOver(place, node);
  }

  /** `registerOrders(app)`, `require("./routes")(app)`: the parameter is the router. */
  private handOver(place: Place, call: Call): void {
    call.arguments.forEach(({ value }, i) => {
      if (value.kind !== "name" && value.kind !== "attribute") return;
      const binder = value.kind === "name" ? this.reader.binder(place, value.name) : undefined;
      const isParameter = binder?.fn?.declaration.parameters.some((each) => each.name === (value as { name: string }).name) ?? false;
      const router = isParameter ? (this.isRouterParameter(binder!.fn!, (value as { name: string }).name) ? this.idOf(place, (value as { name: string }).name) : undefined) : this.routerValue(place, value);
      if (router === undefined) return;
      for (const key of this.reader.handlers(place, call.callee)) {
        const fn = this.core.functionByKey(key);
        const parameter = fn?.declaration.parameters[i];
        if (!fn || !parameter) continue;
        const child = `${fn.key}:${parameter.name}`;
        this.handed.add(child);
        this.table.mount(router, "", child);
        this.function({ uri: fn.uri }, key);
      }
    });
  }

  private isRouterParameter(fn: FunctionRef, name: string): boolean {
    return this.handed.has(`${fn.key}:${name}`) || isRouterParameter(fn.declaration, name);
  }

  private call(place: Place, call: Call, object: Expression, name: string): void {
    const verb = Object.hasOwn(VERBS, name) ? VERBS[name] : undefined;
    if (verb) return this.verb(place, call, object, name, verb);
    if (!/^(use|route|register|on|prefix|group|addRoute|basePath|mount|add|service|addService)$/.test(name)) return;
    const router = this.routerOf(place, object);
    if (router === undefined) return;
    const first = argument(call, 0);
    const path = this.reader.text(place, first);
    switch (name) {
      case "prefix":
      case "basePath":
        if (path !== undefined) this.table.prefix(router, path);
        return;
      case "use":
      case "mount": return this.use(place, call, router, path);
      case "register": return this.register(place, call, router);
      // ConnectRPC and gRPC: `router.service(Orders, { list, show })`.
      case "service":
      case "addService":
        for (const each of this.reader.entries(place, argument(call, 1))) for (const key of this.reader.handlers(each.place, each.value)) this.found.request(key);
        return;
      case "group":
        for (const { value } of call.arguments) this.plugin(place, value, router, path ?? "");
        return;
      case "on":
      case "add":
      case "addRoute": {
        const methods = textsIn(first).map((each) => each.toUpperCase());
        const second = this.reader.text(place, argument(call, 1));
        if (methods.length > 0 && second?.startsWith("/")) this.route(place, call, router, methods, second, call.arguments.slice(2).map((each) => each.value));
        return;
      }
      // Hono's `app.route("/orders", orders)` mounts, Fastify's `route({ method, url, handler })` declares; Express's `route("/x")` is followed by verbs.
      case "route":
        if (path !== undefined && call.arguments.length > 1) this.mountValue(place, call.arguments[1].value, router, path);
        else if (first?.kind === "mapping") this.routeObject(place, call, router, first);
        return;
      default: return;
    }
  }

  private verb(place: Place, call: Call, object: Expression, name: string, methods: readonly string[]): void {
    // `router.route("/orders").get(list).post(create)`
    const started = routeCall(object);
    if (started) {
      const router = this.routerOf(place, started.object);
      const path = this.reader.text(place, argument(started.call, 0));
      if (router !== undefined && path !== undefined && started.call.arguments.length === 1) this.route(place, call, router, methods, path, call.arguments.map((each) => each.value));
      return;
    }
    if (call.arguments.length < (name === "openapi" ? 2 : 1)) return;
    const first = call.arguments[0].value;
    const path = name === "openapi" ? this.openApiPath(place, first) : this.reader.text(place, first);
    const handlers = call.arguments.slice(1).map((each) => each.value);
    const paths = path !== undefined ? [path] : first.kind === "sequence" ? textsIn(first) : [];
    if (handlers.length === 0 || !(paths.length > 0 || isPattern(first))) return;
    const router = this.routerOf(place, object);
    if (router === undefined) return;
    // What only goes by the name of a router may have a `get` of its own.
    if (paths.some((each) => each !== "" && !/^[/*…:]/.test(each)) && !this.isMadeRouter(place, object)) return;
    for (const each of paths.length > 0 ? paths : ["…"]) this.route(place, call, router, name === "openapi" ? this.openApiMethod(place, first) : methods, each, handlers);
  }

  private openApiPath(place: Place, node: Expression): string | undefined {
    return this.reader.text(place, entryOf(this.definition(place, node), "path"))?.replace(/\{(\w+)\}/g, ":$1");
  }

  private openApiMethod(place: Place, node: Expression): readonly string[] {
    return textsIn(entryOf(this.definition(place, node), "method")).map((each) => each.toUpperCase());
  }

  /** `createRoute({ method: "get", path: "/orders" })`, also through a name. */
  private definition(place: Place, node: Expression): Expression | undefined {
    if (node.kind === "call") return argument(node, 0);
    const found = this.reader.reached(place, node);
    const target = found && "symbol" in found ? found.symbol : undefined;
    return target?.kind === "value" && target.value.value?.kind === "call" ? argument(target.value.value, 0) : node;
  }

  /** The last function answers; those before it look at the request first. */
  private route(place: Place, call: Call, router: string, methods: readonly string[], path: string, given: readonly Expression[]): void {
    const handlers = given.map((each) => this.handlersIn(place, each)).filter((each) => each.length > 0);
    const answering = handlers.pop();
    if (!answering) return;
    for (const key of handlers.flat()) this.found.start(key, "middleware");
    const isTheirs = given.slice(0, -1).some(guardsForAdministrators);
    this.table.add(router, { methods, path, handlers: answering, at: { uri: place.uri, span: { start: call.start, end: call.end } }, ...(isTheirs && { forAdministrators: true as const }) });
  }

  /** A handler, or an object with one: `{ schema, preHandler: [auth], handler }`. */
  private handlersIn(place: Place, node: Expression): readonly string[] {
    if (node.kind !== "mapping") return this.reader.handlers(place, node);
    for (const hook of ["onRequest", "preValidation", "preHandler"]) for (const key of this.reader.handlers(place, entryOf(node, hook))) this.found.start(key, "middleware");
    return this.reader.handlers(place, entryOf(node, "handler"));
  }

  /** `fastify.route({ method: "GET", url: "/orders", handler })`. */
  private routeObject(place: Place, call: Call, router: string, node: Expression): void {
    const path = this.reader.text(place, entryOf(node, "url")) ?? this.reader.text(place, entryOf(node, "path"));
    if (path === undefined) return;
    this.route(place, call, router, textsIn(entryOf(node, "method")).map((each) => each.toUpperCase()), path, [node]);
  }

  /** `app.use("/api", auth, orders)`: routers are mounted, functions are middleware. */
  private use(place: Place, call: Call, router: string, path: string | undefined): void {
    for (const { value } of path === undefined ? call.arguments : call.arguments.slice(1)) {
      for (const each of value.kind === "sequence" ? value.items : [value]) {
        if (this.mountValue(place, each, router, path ?? "")) continue;
        for (const key of this.reader.handlers(place, each)) this.found.start(key, "middleware");
      }
    }
  }

  /** `fastify.register(orders, { prefix: "/orders" })`; a plugin's router is its first parameter. */
  private register(place: Place, call: Call, router: string): void {
    const prefix = this.reader.text(place, entryOf(argument(call, 1), "prefix")) ?? "";
    const [first] = call.arguments;
    if (first) this.plugin(place, first.value, router, prefix);
  }

  private plugin(place: Place, node: Expression, router: string, prefix: string): void {
    for (const key of this.reader.handlers(place, node)) {
      const fn = this.core.functionByKey(key);
      const [parameter] = fn?.declaration.parameters ?? [];
      if (!fn || !parameter) continue;
      this.table.mount(router, prefix, `${fn.key}:${parameter.name}`);
      this.function(node.kind === "function" ? place : { uri: fn.uri }, key);
    }
  }

  /** Whether the value is a router; then it is mounted. */
  private mountValue(place: Place, node: Expression, router: string, prefix: string): boolean {
    // `orders.routes()` of Koa.
    if (node.kind === "call" && node.callee.kind === "attribute" && /^(routes|middleware|handler|plugin)$/.test(node.callee.name) && node.arguments.length === 0) {
      const child = this.routerOf(place, node.callee.object);
      if (child !== undefined) this.table.mount(router, prefix, child);
      return child !== undefined;
    }
    // `mount("/api", api)` of koa-mount.
    if (node.kind === "call" && this.reader.external(place, node.callee) === "koa-mount.default") {
      const [first, second] = node.arguments.map((each) => each.value);
      const path = first && this.reader.text(place, first);
      if (second ?? (first && path === undefined)) return this.mountValue(place, second ?? first, router, prefix + (path ?? ""));
    }
    const child = this.routerValue(place, node);
    if (child === undefined) return false;
    this.table.mount(router, prefix, child);
    return true;
  }

  /** The router that a value is: one that is known to be made by a server package, or goes by a name that routers have. */
  private routerValue(place: Place, node: Expression): string | undefined {
    if (node.kind === "call" && requiredModule(node) === undefined) {
      const callee = this.reader.reached(place, node.callee);
      if (callee && "symbol" in callee && callee.symbol.kind === "function") return this.returnedRouter(callee.symbol.function);
      return this.isCreator(place, node) ? this.madeBy(place, node) : undefined;
    }
    const reached = this.reader.reached(place, node);
    // `new Orders().router`, be it a field or `get router()`.
    const isMember = !reached || !("symbol" in reached) || reached.symbol.kind === "value" || (reached.symbol.kind === "function" && reached.symbol.function.declaration.accessor === "get");
    const ofClass = node.kind === "attribute" && isMember && ROUTER_NAME.test(node.name) ? this.routerOf(place, node) : undefined;
    if (ofClass !== undefined) return ofClass;
    const router = this.idOfReached(reached);
    if (router !== undefined && reached && "symbol" in reached) {
      const symbol = this.core.followAliases(reached.symbol) ?? reached.symbol;
      if (symbol.kind === "value") {
        const { value } = symbol.value;
        if (value && this.isCreator({ uri: symbol.uri }, rootOf(value))) return router;
        // A router that a function makes.
        if (value?.kind === "call") return this.routerValue({ uri: symbol.uri }, value) ?? (ROUTER_NAME.test(symbol.value.name) ? router : undefined);
      }
      return undefined;
    }
    if (node.kind === "name" && this.reader.binder(place, node.name)) {
      const binder = this.reader.binder(place, node.name)!;
      const value = binder.locals!.get(node.name);
      return value && this.isCreator(binder, rootOf(value)) ? this.idOf(place, node.name) : undefined;
    }
    return undefined;
  }

  /** The router that a function gives back: `function ordersRouter() { const router = Router(); …; return router; }`. */
  private returnedRouter(fn: FunctionRef): string | undefined {
    const place = this.reader.inside(fn, { uri: fn.uri });
    let router: string | undefined;
    for (const statement of this.reader.statements(fn)) {
      if (statement.kind !== "return" || !statement.value) continue;
      if (statement.value.kind === "name") router = this.routerValue(place, statement.value);
      else if (statement.value.kind === "call") {
        const root = rootOf(statement.value);
        router = this.isCreator(place, root) ? this.madeBy(place, root) : undefined;
      }
    }
    if (router !== undefined) this.function({ uri: fn.uri }, fn.key);
    return router;
  }

  /** A router that is no application by itself. */
  private isPart(place: Place, node: Call): boolean {
    const name = this.reader.external(place, node.callee);
    return name !== undefined && SERVERS.test(packageOf(name)) && (/\.(default\.)?Router$/.test(name) || /^(@koa\/router|koa-router|express-promise-router)$/.test(packageOf(name)));
  }

  private isCreator(place: Place, node: Expression): boolean {
    if (node.kind !== "call") return false;
    const name = this.reader.external(place, node.callee);
    if (name === undefined) return /^(Router|Hono)$/.test(calleeName(node));
    return SERVERS.test(name) || (SERVERS.test(packageOf(name)) && CREATES.test(name.slice(packageOf(name).length + 1).split(".").at(-1)!));
  }

  /** Whether the object is surely a router: one whose making is seen. */
  private isMadeRouter(place: Place, node: Expression): boolean {
    const root = rootOf(node);
    if (root.kind === "call") return this.isCreator(place, root);
    const binder = root.kind === "name" ? this.reader.binder(place, root.name) : undefined;
    if (binder && root.kind === "name") {
      const value = binder.locals!.get(root.name);
      return value !== undefined && this.isCreator(binder, rootOf(value));
    }
    const reached = root.kind === "name" ? this.reader.reached(place, root) : undefined;
    const symbol = reached && "symbol" in reached ? (this.core.followAliases(reached.symbol) ?? reached.symbol) : undefined;
    return symbol?.kind === "value" && symbol.value.value !== undefined && this.isCreator({ uri: symbol.uri }, rootOf(symbol.value.value));
  }

  private madeBy(place: Place, node: Expression): string {
    const key = `${place.uri}@${node.start}`;
    return this.made.get(key) ?? key;
  }

  /** What names the router that a method is called on; undefined when it is none. */
  private routerOf(place: Place, node: Expression): string | undefined {
    const root = rootOf(node);
    if (root.kind === "call") {
      const known = this.made.get(`${place.uri}@${root.start}`);
      if (known !== undefined || this.isCreator(place, root)) return known ?? this.madeBy(place, root);
      return undefined;
    }
    if (root.kind === "name") {
      // `this.get("/orders", this.list)`: a class that hands it to a router of its own.
      if (root.name === "this") return place.home && routerOfClass(place.home);
      const binder = this.reader.binder(place, root.name);
      if (binder) {
        const value = binder.locals!.get(root.name);
        if (value ? this.isCreator(binder, rootOf(value)) || ROUTER_NAME.test(root.name) : this.isRouterParameter(binder.fn!, root.name)) return this.idOf(place, root.name);
        return undefined;
      }
      const reached = this.reader.reached(place, root);
      if (reached && "symbol" in reached && reached.symbol.kind === "external") return undefined;
      if (reached && "symbol" in reached && reached.symbol.kind === "value") {
        const value = reached.symbol.value.value && rootOf(reached.symbol.value.value);
        if (!ROUTER_NAME.test(root.name) && !(value && this.isCreator({ uri: reached.symbol.uri }, value))) return undefined;
      } else if (!ROUTER_NAME.test(root.name)) return undefined;
      return this.idOfReached(reached) ?? `${place.uri}#${root.name}`;
    }
    if (root.kind === "attribute" && ROUTER_NAME.test(root.name)) {
      const object = root.object.kind === "name" && root.object.name === "this" ? (place.home && { instance: place.home }) : this.reader.reached(place, root.object);
      return object && "instance" in object ? routerOfClass(object.instance) : undefined;
    }
    return undefined;
  }

  private idOf(place: Place, name: string): string {
    const binder = this.reader.binder(place, name);
    return binder ? `${binder.fn!.key}:${name}` : `${place.uri}#${name}`;
  }

  private idOfReached(reached: ReachedByPath): string | undefined {
    if (!reached || !("symbol" in reached)) return undefined;
    const symbol = this.core.followAliases(reached.symbol) ?? reached.symbol;
    return symbol.kind === "value" ? `${symbol.uri}#${symbol.value.name}` : undefined;
  }
}

/** All routers of a class's objects are taken for one. */
function routerOfClass(ref: ClassRef): string {
  return `${ref.key}.router`;
}

/** What a chain of calls starts with: `new Hono()` of `new Hono().get(…).post(…)`; `express.Router()` is one call. */
function rootOf(node: Expression): Expression {
  switch (node.kind) {
    case "cast":
    case "await": return rootOf(node.operand);
    case "call":
      if (node.callee.kind === "attribute" && node.form !== "new" && (Object.hasOwn(VERBS, node.callee.name) || /^(use|route|basePath|onError|notFound|group|register|derive|decorate|guard|onBeforeHandle|model|state|prefix|withTypeProvider|setErrorHandler)$/.test(node.callee.name))) return rootOf(node.callee.object);
      return node;
    default: return node;
  }
}

/** The call of `router.route("/x")` that a chain of verbs starts with. */
function routeCall(node: Expression): { readonly call: Call; readonly object: Expression } | undefined {
  if (node.kind !== "call" || node.callee.kind !== "attribute") return undefined;
  if (node.callee.name === "route") return { call: node, object: node.callee.object };
  return Object.hasOwn(VERBS, node.callee.name) || node.callee.name === "all" ? routeCall(node.callee.object) : undefined;
}

/** A regular expression as a path. */
function isPattern(node: Expression): boolean {
  return node.kind === "opaque" || (node.kind === "call" && calleeName(node) === "RegExp");
}

function textsIn(node: Expression | undefined): readonly string[] {
  if (node?.kind === "literal") return typeof node.value === "string" ? [node.value] : [];
  return node?.kind === "sequence" ? node.items.flatMap(textsIn) : [];
}
