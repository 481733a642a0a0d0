import type { Call, Expression } from "../../../facts";
import { forEachStatement, type ClassRef, type ProjectCore, type Route } from "../../../project";
import { argument, calleeName, keyword, positional, type ExpressionReader, type Scope } from "../model/expressions";
import { joinedPath, textOfRegex, UNREAD } from "./path-text";

/** A REST framework router, or what `register()` of a nesting one gives back: where it hangs, and how its addresses end. */
interface Router {
  /** Before what is registered. */
  readonly prefix: string;
  readonly slash: string;
}

interface Registration {
  readonly router: string;
  readonly prefix: string;
  readonly viewset: ClassRef;
  readonly lookup: string;
  readonly call: Call;
  /** What further registrations on the result hang below (drf-extensions). */
  readonly result?: string;
}

/** The addresses of a viewset's standard actions (`rest_framework.routers.SimpleRouter.routes`). */
const STANDARD: readonly { readonly method: string; readonly action: string; readonly detail: boolean; readonly mixins: RegExp }[] = [
  { method: "GET", action: "list", detail: false, mixins: /(^|\.)(ListModelMixin|ModelViewSet|ReadOnlyModelViewSet)$/ },
  { method: "POST", action: "create", detail: false, mixins: /(^|\.)(CreateModelMixin|ModelViewSet)$/ },
  { method: "GET", action: "retrieve", detail: true, mixins: /(^|\.)(RetrieveModelMixin|ModelViewSet|ReadOnlyModelViewSet)$/ },
  { method: "PUT", action: "update", detail: true, mixins: /(^|\.)(UpdateModelMixin|ModelViewSet)$/ },
  { method: "PATCH", action: "partial_update", detail: true, mixins: /(^|\.)(UpdateModelMixin|ModelViewSet)$/ },
  { method: "DELETE", action: "destroy", detail: true, mixins: /(^|\.)(DestroyModelMixin|ModelViewSet)$/ },
];

/** The viewsets registered on the routers of one module, by the name of the router. */
export class Routers {
  private readonly registrations = new Map<string, readonly Registration[]>();

  constructor(private readonly core: ProjectCore, private readonly reader: ExpressionReader) {}

  /** Adds the routes of `name.urls`, a router of the module `uri`, below `prefix`. False when it is no router. */
  route(uri: string, name: string, prefix: string, add: (key: string, route: Route) => void): boolean {
    const router = this.routerOf(uri, name, 0);
    if (!router) return false;
    const modules = [uri, ...this.importersOf(uri, name)];
    const all = modules.flatMap((module) => this.registrationsIn(module).map((each) => ({ module, each })));
    const route = (owner: string, base: string, depth: number): void => {
      for (const { module, each } of all) {
        if (each.router !== owner || depth > 5) continue;
        routeViewset(this.core, this.reader, each, joinedPath(base, each.prefix), router.slash, { uri: module, span: { start: each.call.start, end: each.call.end } }, add);
        if (each.result !== undefined) route(each.result, `${joinedPath(base, each.prefix)}/<${each.lookup}>/`, depth + 1);
      }
    };
    route(name, `${prefix}${router.prefix}`, 0);
    return true;
  }

  /** `router = DefaultRouter()`, `NestedDefaultRouter(router, "orders", lookup="order")`. */
  private routerOf(uri: string, name: string, depth: number): Router | undefined {
    const symbol = this.core.resolveName(uri, name);
    if (symbol?.kind !== "value" || symbol.value.value?.kind !== "call" || depth > 5) return undefined;
    const call = symbol.value.value;
    const made = this.reader.symbol({ uri: symbol.uri }, call.callee);
    const isRouter = made?.kind === "class" ? this.core.ancestors(made.class).some((each) => "external" in each && ROUTER.test(each.external)) : made?.kind === "external" && ROUTER.test(made.name);
    if (!isRouter) return undefined;
    const slash = keyword(call, "trailing_slash");
    const ownSlash = slash?.kind === "literal" ? (slash.value === false || slash.value === "" ? "" : "/") : undefined;
    const parent = positional(call, 0);
    const parentPrefix = argument(call, "parent_prefix", 1);
    if (!parent || parent.kind !== "name" || !parentPrefix) return { prefix: "", slash: ownSlash ?? "/" };
    // drf-nested-routers: the address of one row of the parent's, then what is registered here; the slash is the parent's.
    const above = this.routerOf(symbol.uri, parent.name, depth + 1);
    const text = this.reader.string({ uri: symbol.uri }, parentPrefix);
    const lookup = keyword(call, "lookup");
    const lookupText = lookup ? (this.reader.string({ uri: symbol.uri }, lookup) ?? UNREAD) : "nested_1";
    const registered = this.registrationsIn(symbol.uri).find((each) => each.router === parent.name && each.prefix === textOfRegex(text ?? ""));
    return { prefix: `${above?.prefix ?? ""}${text === undefined ? UNREAD : textOfRegex(text)}/<${lookupText}_${registered?.lookup ?? "pk"}>/`, slash: ownSlash ?? above?.slash ?? "/" };
  }

  private registrationsIn(uri: string): readonly Registration[] {
    let found = this.registrations.get(uri);
    if (!found) this.registrations.set(uri, (found = this.readRegistrations(uri)));
    return found;
  }

  private readRegistrations(uri: string): readonly Registration[] {
    const found: Registration[] = [];
    const scope: Scope = { uri };
    // A chain of `register()` calls goes on with what the one before gave.
    const read = (node: Expression, result: string | undefined): string | undefined => {
      if (node.kind !== "call" || node.callee.kind !== "attribute" || node.callee.name !== "register") return node.kind === "name" ? node.name : undefined;
      const inner = node.callee.object;
      const router = read(inner, inner.kind === "call" ? `${inner.start}:${inner.end}` : undefined);
      if (router === undefined) return undefined;
      const prefix = argument(node, "prefix", 0);
      const viewset = argument(node, "viewset", 1);
      const symbol = viewset && (viewset.kind === "name" || viewset.kind === "attribute") ? this.reader.symbol(scope, viewset) : undefined;
      const text = prefix && this.reader.string(scope, prefix);
      const id = result ?? `${node.start}:${node.end}`;
      if (symbol?.kind === "class") {
        const own = lookupOf(this.core, this.reader, symbol.class);
        found.push({ router, prefix: text === undefined ? UNREAD : textOfRegex(text), viewset: symbol.class, lookup: own, call: node, result: id });
      }
      return id;
    };
    forEachStatement(this.core.body(uri, ""), (statement) => {
      if (statement.kind === "expression") read(statement.expression, undefined);
      else if (statement.kind === "assign" && statement.value?.kind === "call" && statement.targets[0]?.kind === "name") read(statement.value, statement.targets[0].name);
    });
    return found;
  }

  /** Files that import the router, to register more on it. */
  private importersOf(uri: string, name: string): readonly string[] {
    return this.core.uris.filter((each) => {
      if (each === uri || !this.core.files.get(each)?.declares.imports.some((one) => one.name === name && one.local === name)) return false;
      const symbol = this.core.resolveName(each, name);
      return symbol?.kind === "value" && symbol.uri === uri;
    });
  }
}

const ROUTER = /(^|\.)\w*Router$/;

/** What stands for one row in an address: `lookup_url_kwarg`, `lookup_field`, `pk` (`SimpleRouter.get_lookup_regex`). */
function lookupOf(core: ProjectCore, reader: ExpressionReader, viewset: ClassRef): string {
  for (const name of ["lookup_url_kwarg", "lookup_field"]) {
    const found = core.attribute(viewset, name);
    const text = found?.attribute.value && reader.string({ uri: found.uri, class: found.owner }, found.attribute.value);
    if (text !== undefined) return text;
  }
  return "pk";
}

function routeViewset(core: ProjectCore, reader: ExpressionReader, { viewset, lookup }: Registration, base: string, slash: string, at: Route["at"], add: (key: string, route: Route) => void): void {
  const list = joinedPath(base, slash);
  const detail = joinedPath(base, `/<${lookup}>`, slash);
  const externals = core.ancestors(viewset).flatMap((each) => ("external" in each ? [each.external] : []));
  const allowed = core.attribute(viewset, "http_method_names");
  const names = allowed?.attribute.value && reader.strings({ uri: allowed.uri, class: allowed.owner }, allowed.attribute.value)?.map((each) => each.toUpperCase());
  const paths = new Set<string>();
  for (const { method, action, detail: isDetail, mixins } of STANDARD) {
    const own = core.method(viewset, action);
    if ((!own && !externals.some((each) => mixins.test(each))) || (names && !names.includes(method))) continue;
    const path = isDetail ? detail : list;
    paths.add(path);
    if (own) add(own.key, { methods: [method], path, at });
  }
  for (const ancestor of core.ancestors(viewset)) {
    if (!("class" in ancestor)) continue;
    for (const method of ancestor.class.declaration.methods) {
      const action = method.decorators.find((each): each is Call => each.kind === "call" && /^(action|detail_route|list_route)$/.test(calleeName(each)));
      if (!action || core.method(viewset, method.name)?.declaration !== method) continue;
      const scope: Scope = { uri: ancestor.class.uri, class: ancestor.class };
      const isDetail = calleeName(action) === "detail_route" || reader.boolean(scope, argument(action, "detail", 1)) === true;
      const methods = argument(action, "methods", 0);
      const path = keyword(action, "url_path");
      const tail = path ? (reader.string(scope, path) ?? UNREAD) : method.name;
      const whole = joinedPath(base, isDetail ? `/<${lookup}>/` : "/", textOfRegex(tail), slash);
      const verbs = (methods && reader.strings(scope, methods)?.map((each) => each.toUpperCase())) ?? ["GET"];
      add(core.method(viewset, method.name)!.key, { methods: verbs, path: whole, at });
      paths.add(whole);
    }
  }
  for (const path of paths) add(viewset.key, { methods: [], path, at });
}
