import type { Call, Expression } from "../../../facts";
import { forEachStatement, isTestModule, type ProjectCore, type Route, type Symbol } from "../../../project";
import { argument, calleeName, keyword, type ExpressionReader, type Scope } from "../model/expressions";
import { defaultString, type DjangoSettings } from "../model/settings";
import { joinedPath, textOfRegex, UNREAD } from "./path-text";
import { Routers } from "./routers";
import { routeView, viewOf } from "./views";

/** Includes nested deeper than this lead in a circle. */
const MOST_INCLUDES = 12;

type AddRoute = (key: string, route: Route) => void;

/** All addresses of a project, by the key of the function or class that answers there. */
export function routesOf(core: ProjectCore, reader: ExpressionReader, settings: DjangoSettings): ReadonlyMap<string, readonly Route[]> {
  const urls = new UrlPatterns(core, reader);
  const roots = rootModules(core, settings);
  for (const uri of roots) urls.walkModule(uri, "");
  walkUnplaced(urls, core, new Set(roots), settings);
  return urls.routes;
}

/** `ROOT_URLCONF` of every project in the workspace. */
function rootModules(core: ProjectCore, settings: DjangoSettings): readonly string[] {
  const roots = new Set<string>();
  const add = (dotted: string | undefined, from: string): void => {
    const module = dotted === undefined ? undefined : core.module(dotted, from);
    if (module && !module.uri.endsWith("/") && !isTestModule(core.moduleName(module.uri))) roots.add(module.uri);
  };
  for (const { uri } of settings.modules) {
    const dotted = settings.string("ROOT_URLCONF", uri);
    add(dotted, uri);
  }
  // `class ProductionSettings(Settings): ROOT_URLCONF = "shop.urls"` (django-configurations)
  for (const { uri, declaration } of core.classes) {
    const value = declaration.attributes.find((each) => each.name === "ROOT_URLCONF")?.value;
    if (value?.kind === "literal" && typeof value.value === "string" && !isTestModule(core.moduleName(uri))) add(value.value, uri);
  }
  return [...roots];
}

/**
 * URL configurations that no root includes: those of other roots, that settings or `request.urlconf` name, stand at `/`; a library's are included by
 * whoever uses it, at an address of theirs.
 */
function walkUnplaced(urls: UrlPatterns, core: ProjectCore, roots: ReadonlySet<string>, settings: DjangoSettings): void {
  const rootFolders = new Set([...roots].map((uri) => folderOf(core.path(uri))));
  const named = new Set(settings.modules.flatMap(({ uri }) => (core.files.get(uri)?.declares.values ?? []).flatMap((each) => (each.value?.kind === "literal" && typeof each.value.value === "string" ? [each.value.value] : []))));
  const left = core.uris.filter((uri) => {
    const declares = core.files.get(uri)?.declares;
    return !urls.visited.has(uri) && declares?.values.some((each) => /^(urlpatterns|websocket_urlpatterns)$/.test(each.name)) && !isTestModule(core.moduleName(uri));
  });
  const included = new Set(left.flatMap((uri) => [...urls.includedBy(uri)]));
  for (const uri of left) {
    if (included.has(uri) || urls.visited.has(uri)) continue;
    const isRoot = core.files.get(uri)!.declares.values.some((each) => each.name === "websocket_urlpatterns") || rootFolders.has(folderOf(core.path(uri))) || named.has(core.moduleName(uri));
    urls.walkModule(uri, isRoot ? "" : UNREAD + "/");
  }
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}

/** Reads the lists of `path()`, `re_path()` and `include()` that make up an URL configuration. */
class UrlPatterns {
  readonly routes = new Map<string, Route[]>();
  readonly visited = new Set<string>();
  private readonly routers: Routers;
  private readonly changes = new Map<string, readonly Expression[]>();
  /** Lists being read, so that `urlpatterns = urlpatterns + […]` ends. */
  private readonly open = new Set<string>();
  private depth = 0;
  private isListing: Set<string> | undefined;

  constructor(private readonly core: ProjectCore, private readonly reader: ExpressionReader) {
    this.routers = new Routers(core, reader);
  }

  walkModule(uri: string, prefix: string): void {
    this.visited.add(uri);
    this.isListing?.add(uri);
    for (const name of ["urlpatterns", "websocket_urlpatterns"]) this.walkName(uri, name, prefix);
  }

  /** The modules that a module includes, directly or by others. */
  includedBy(uri: string): ReadonlySet<string> {
    const before = new Set(this.visited);
    this.isListing = new Set();
    this.walkModule(uri, "");
    const found = this.isListing;
    this.isListing = undefined;
    this.visited.clear();
    for (const each of before) this.visited.add(each);
    found.delete(uri);
    return found;
  }

  private readonly add: AddRoute = (key, route) => {
    if (this.isListing) return;
    const list = this.routes.get(key);
    if (!list) this.routes.set(key, [route]);
    else if (!list.some((each) => each.path === route.path && each.methods.join() === route.methods.join())) list.push(route);
  };

  /** Everything that some statement of the module puts into a list, those under `if` included. */
  private walkName(uri: string, name: string, prefix: string): void {
    const key = `${uri}#${name}#${prefix}`;
    if (this.open.has(key)) return;
    this.open.add(key);
    const found = this.changesOf(uri, name);
    for (const each of found) this.walk({ uri }, each, prefix);
    this.open.delete(key);
  }

  private changesOf(uri: string, name: string): readonly Expression[] {
    const key = `${uri}#${name}`;
    let found = this.changes.get(key);
    if (found) return found;
    const changes: Expression[] = [];
    forEachStatement(this.core.body(uri, ""), (statement) => {
      if (statement.kind === "assign" && statement.value && statement.targets.some((target) => isNamed(target, name))) changes.push(statement.value);
      else if (statement.kind === "augment" && isNamed(statement.target, name)) changes.push(statement.value);
      else if (statement.kind === "expression" && statement.expression.kind === "call" && statement.expression.callee.kind === "attribute") {
        const { callee, arguments: given } = statement.expression;
        if (isNamed(callee.object, name) && /^(append|extend|insert)$/.test(callee.name) && given.length > 0) changes.push(given[given.length - 1].value);
      }
    });
    found = changes;
    this.changes.set(key, found);
    return found;
  }

  private walk(scope: Scope, expression: Expression, prefix: string): void {
    if (this.depth > 60) return;
    this.depth++;
    this.walkKind(scope, expression, prefix);
    this.depth--;
  }

  private walkKind(scope: Scope, expression: Expression, prefix: string): void {
    switch (expression.kind) {
      case "sequence":
        return expression.items.forEach((item) => this.walk(scope, item, prefix));
      case "spread":
        return this.walk(scope, expression.value, prefix);
      case "binary":
      case "logical":
        this.walk(scope, expression.left, prefix);
        return this.walk(scope, expression.right, prefix);
      case "conditional":
        this.walk(scope, expression.then, prefix);
        return this.walk(scope, expression.otherwise, prefix);
      case "comprehension":
        return this.walk(scope, expression.element, prefix);
      case "name":
        return this.walkSymbol(this.core.resolveName(scope.uri, expression.name), prefix);
      case "attribute":
        return this.walkAttribute(scope, expression, prefix);
      case "call":
        return this.walkCall(scope, expression, prefix);
      default:
        return;
    }
  }

  private walkSymbol(symbol: Symbol | undefined, prefix: string): void {
    if (symbol?.kind === "value") this.walkName(symbol.uri, symbol.value.name, prefix);
    else if (symbol?.kind === "module" && !symbol.uri.endsWith("/")) this.include(symbol.uri, prefix);
  }

  /** `router.urls`, `other_urls.urlpatterns`. */
  private walkAttribute(scope: Scope, expression: Extract<Expression, { kind: "attribute" }>, prefix: string): void {
    const object = this.core.resolveExpression(scope.uri, expression.object);
    if (expression.name === "urls" && object?.kind === "value") {
      this.routers.route(object.uri, object.value.name, prefix, this.add);
      return;
    }
    this.walkSymbol(object && this.core.resolveMember(object, expression.name), prefix);
  }

  private walkCall(scope: Scope, call: Call, prefix: string): void {
    const name = calleeName(call);
    if (/^(path|re_path|url|django_path|websocket_path)$/.test(name)) return this.walkPattern(scope, call, prefix, name);
    if (name === "include") return this.walkIncluded(scope, call.arguments[0]?.value, prefix);
    // Helpers that change or join lists: `i18n_patterns(…)`, `format_suffix_patterns(urlpatterns)`, `decorate_urlpatterns(urls, login_required)`, `reduce(add, groups)`.
    if (name === "static" || name === "staticfiles_urlpatterns") return;
    for (const each of call.arguments) this.walk(scope, each.value, prefix);
  }

  private walkPattern(scope: Scope, call: Call, prefix: string, name: string): void {
    const pattern = argument(call, name === "path" ? "route" : "regex", 0) ?? keyword(call, "route");
    const view = argument(call, "view", 1);
    if (!pattern || !view) return;
    const text = this.text(scope, pattern);
    const isRegex = name === "re_path" || name === "url";
    const whole = prefix + (isRegex ? textOfRegex(text) : text);
    const at = { uri: scope.uri, span: { start: call.start, end: call.end } };
    if (view.kind === "call" && calleeName(view) === "include") return this.walkIncluded(scope, view.arguments[0]?.value, whole);
    // `(patterns, app_name, namespace)`, `URLRouter([...])`
    if (view.kind === "sequence") return this.walkIncluded(scope, view, whole);
    if (view.kind === "call" && calleeName(view) === "URLRouter") return this.walk(scope, view.arguments[0]?.value, whole);
    const found = viewOf(this.reader, scope, view);
    if (found) routeView(this.core, found, joinedPath(whole), at, this.add);
    this.walkSitemaps(scope, argument(call, "kwargs", 2), joinedPath(whole), at);
  }

  /** What `include()` takes: a module by name or itself, a list of patterns, either in a tuple with the application's name. */
  private walkIncluded(scope: Scope, what: Expression | undefined, prefix: string): void {
    if (!what) return;
    if (what.kind === "sequence" && what.of === "tuple") return this.walkIncluded(scope, what.items[0], prefix);
    const dotted = this.reader.string(scope, what);
    if (dotted !== undefined) {
      const module = this.core.module(dotted, scope.uri);
      if (module && !module.uri.endsWith("/")) this.include(module.uri, prefix);
      return;
    }
    const followed = this.reader.follow(scope, what);
    if (followed.expression.kind === "sequence" && followed.expression.of === "tuple") return this.walkIncluded(followed.scope, followed.expression.items[0], prefix);
    this.walk(scope, what, prefix);
  }

  private include(uri: string, prefix: string): void {
    if (this.depth > MOST_INCLUDES * 4) return;
    this.walkModule(uri, prefix);
  }

  /** `path("sitemap.xml", sitemap, {"sitemaps": {"books": BookSitemap}})` */
  private walkSitemaps(scope: Scope, kwargs: Expression | undefined, path: string, at: Route["at"]): void {
    const followed = kwargs && this.reader.follow(scope, kwargs);
    if (followed?.expression.kind !== "mapping") return;
    const sitemaps = followed.expression.entries.find((entry) => entry.key?.kind === "literal" && entry.key.value === "sitemaps")?.value;
    const all = sitemaps && this.reader.follow(followed.scope, sitemaps);
    if (all?.expression.kind !== "mapping") return;
    for (const { value } of all.expression.entries) {
      const view = viewOf(this.reader, all.scope, value);
      if (view?.kind === "class") this.add(view.class.key, { methods: ["GET"], path, at });
    }
  }

  /** A text, with `…` for what cannot be read. */
  private text(scope: Scope, expression: Expression): string {
    const whole = this.reader.string(scope, expression) ?? defaultString(expression);
    if (whole !== undefined) return whole;
    const found = this.reader.follow(scope, expression);
    const value = found.expression;
    if (value.kind === "format" && value.texts?.length === value.parts.length + 1) {
      return value.texts.map((text, i) => text + (i < value.parts.length ? this.text(found.scope, value.parts[i]) : "")).join("");
    }
    if (value.kind === "binary" && value.operator === "+") return this.text(found.scope, value.left) + this.text(found.scope, value.right);
    // `r"(?P<slug>{slug})/".format(**patterns)`
    if (value.kind === "call" && value.callee.kind === "attribute" && value.callee.name === "format") return this.text(found.scope, value.callee.object).replace(/\{\w*\}/g, UNREAD);
    // `_("about/")`: translated addresses.
    if (value.kind === "call" && value.arguments.length === 1 && /^(_|gettext|gettext_lazy|pgettext_lazy)$/.test(calleeName(value))) return this.text(found.scope, value.arguments[0].value);
    return UNREAD;
  }
}

function isNamed(expression: Expression, name: string): boolean {
  return expression.kind === "name" && expression.name === name;
}

