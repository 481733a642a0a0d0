import type { Call, Expression } from "../../../facts";
import type { ClassRef, FunctionRef, ProjectCore, Route, Symbol } from "../../../project";
import { calleeName, lastName, type ExpressionReader, type Scope } from "../model/expressions";

/** What answers requests at an address. */
export type View =
  | { readonly kind: "function"; readonly function: FunctionRef }
  /** `actions`: the methods that answer, by HTTP method (`as_view({"get": "list"})`). */
  | { readonly kind: "class"; readonly class: ClassRef; readonly actions?: ReadonlyMap<string, string> };

/** The handlers of a class-based view (`django.views.generic.View.http_method_names`). */
const HANDLERS: readonly string[] = ["get", "post", "put", "patch", "delete", "head", "options", "trace"];
/** Dotted names of views that only show something. */
const SHOWS = /\.(ListView|DetailView|TemplateView|RedirectView|ArchiveIndexView|YearArchiveView|MonthArchiveView|WeekArchiveView|DayArchiveView|DateDetailView|ListAPIView|RetrieveAPIView|Feed|Sitemap)$/;

const MOST_STEPS = 12;

/** The view that the second argument of `path()` stands for: a function, `View.as_view()`, either behind decorators or names. */
export function viewOf(reader: ExpressionReader, scope: Scope, expression: Expression, steps = 0): View | undefined {
  if (steps > MOST_STEPS) return undefined;
  switch (expression.kind) {
    case "name":
    case "attribute":
      return viewOfSymbol(reader, reader.symbol(scope, expression), steps);
    case "literal":
      return typeof expression.value === "string" && expression.value.includes(".") ? viewOfSymbol(reader, symbolOfDotted(reader.core, expression.value, scope.uri), steps) : undefined;
    case "call":
      return viewOfCall(reader, scope, expression, steps);
    case "conditional":
      return viewOf(reader, scope, expression.then, steps + 1) ?? viewOf(reader, scope, expression.otherwise, steps + 1);
    default:
      return undefined;
  }
}

function viewOfSymbol(reader: ExpressionReader, symbol: Symbol | undefined, steps: number): View | undefined {
  if (symbol?.kind === "function") return { kind: "function", function: symbol.function };
  if (symbol?.kind === "class") return { kind: "class", class: symbol.class };
  if (symbol?.kind === "value" && symbol.value.value) return viewOf(reader, { uri: symbol.uri }, symbol.value.value, steps + 1);
  return undefined;
}

function viewOfCall(reader: ExpressionReader, scope: Scope, call: Call, steps: number): View | undefined {
  const { callee } = call;
  if (callee.kind === "attribute" && (callee.name === "as_view" || callee.name === "as_asgi")) {
    const symbol = reader.symbol(scope, callee.object);
    return symbol?.kind === "class" ? { kind: "class", class: symbol.class, ...actionsOf(call) } : undefined;
  }
  // `login_required(view)`, `cache_page(60)(view)`, `csrf_exempt(View.as_view())`, `partial(view, …)`: the view is what is handed in.
  for (const { value } of call.arguments) {
    const view = viewOf(reader, scope, value, steps + 1);
    if (view) return view;
  }
  // `LatestNewsFeed()`: an object with `__call__`.
  const symbol = callee.kind === "name" || callee.kind === "attribute" ? reader.symbol(scope, callee) : undefined;
  return symbol?.kind === "class" ? { kind: "class", class: symbol.class } : undefined;
}

function actionsOf(call: Call): { readonly actions?: ReadonlyMap<string, string> } {
  const mapping = call.arguments.find((each) => each.value.kind === "mapping" && each.name !== "initkwargs")?.value ?? call.arguments.find((each) => each.name === "actions")?.value;
  if (mapping?.kind !== "mapping") return {};
  const actions = new Map<string, string>();
  for (const { key, value } of mapping.entries) {
    if (key?.kind === "literal" && typeof key.value === "string" && value.kind === "literal" && typeof value.value === "string") actions.set(key.value.toLowerCase(), value.value);
  }
  return { actions };
}

/** A class or function by the dotted name that settings and older URL configurations use. */
export function symbolOfDotted(core: ProjectCore, dotted: string, from: string | undefined): Symbol | undefined {
  const dot = dotted.lastIndexOf(".");
  const module = dot > 0 ? core.module(dotted.slice(0, dot), from) : undefined;
  const symbol = module && !module.uri.endsWith("/") ? core.resolveMember({ kind: "module", uri: module.uri, name: dotted.slice(0, dot) }, dotted.slice(dot + 1)) : undefined;
  return symbol && core.followAliases(symbol);
}

/** Hands out the routes of a view: to its function, or to its class and to each of its handlers with the method that it answers. */
export function routeView(core: ProjectCore, view: View, path: string, at: Route["at"], add: (key: string, route: Route) => void): void {
  if (view.kind === "function") {
    add(view.function.key, { methods: methodsOf(view.function), path, at });
    return;
  }
  const handlers = view.actions ?? new Map(HANDLERS.map((name) => [name, name]));
  for (const [method, name] of handlers) {
    const handler = core.method(view.class, name);
    if (handler) add(handler.key, { methods: [method.toUpperCase()], path, at });
  }
  const shows = core.ancestors(view.class).some((each) => "external" in each && SHOWS.test(each.external));
  const methods = view.actions ? [...view.actions.keys()].map((each) => each.toUpperCase()) : shows ? ["GET"] : [];
  add(view.class.key, { methods: methods.length === 1 ? methods : [], path, at });
}

/** What decorators let through: `@require_GET`, `@require_http_methods(["GET"])`, `@api_view(["GET"])`; empty: anything. */
function methodsOf(fn: FunctionRef): readonly string[] {
  for (const decorator of fn.declaration.decorators) {
    const name = decorator.kind === "call" ? calleeName(decorator) : lastName(decorator);
    if (name === "require_GET" || name === "require_safe") return ["GET"];
    if (name === "require_POST") return ["POST"];
    // Without arguments, REST framework's `api_view` answers GET (*Function based views*).
    if (name === "api_view" && (decorator.kind !== "call" || decorator.arguments.length === 0)) return ["GET"];
    if (decorator.kind !== "call" || !/^(require_http_methods|api_view)$/.test(name)) continue;
    const list = decorator.arguments[0]?.value;
    if (list?.kind === "sequence") return list.items.flatMap((item) => (item.kind === "literal" && typeof item.value === "string" ? [item.value.toUpperCase()] : []));
  }
  return [];
}
