import type { Argument, Call, Expression, FunctionDeclaration, Statement } from "../../../facts";
import { forEachStatement, type FunctionRef, type ProjectCore, type TemplateFunction, type TemplateFunctionKind } from "../../../project";
import type { Apps } from "./apps";
import { keyword, lastName, positional, type ExpressionReader } from "./expressions";
import type { DjangoSettings, SettingsModule } from "./settings";
import type { TemplateEngine } from "./template-engines";
import type { Templates } from "./templates";

/** What a module registers, by kind and name: `filter money`. */
type Library = ReadonlyMap<string, TemplateFunction>;

/** Decorators that hand the context, or the environment in its place, to a filter or function of Jinja (`jinja2/utils.py`, with the names before 3.0). */
const PASSES_CONTEXT = /^(pass_(context|environment|eval_context)|(context|environment|evalcontext)(filter|function))$/;

/** The functions of the workspace behind the tags, filters and tests of templates. */
export class TemplateLibraries {
  private readonly libraries = new Map<string, Library>();
  private readonly modules = new Map<string, ReadonlyMap<string, string>>();
  private readonly jinja = new Map<string, Library>();

  constructor(
    private readonly core: ProjectCore,
    private readonly reader: ExpressionReader,
    private readonly settings: DjangoSettings,
    private readonly apps: Apps,
    private readonly templates: Templates,
  ) {
    // What is said in bodies is said to depend on them from the start.
    for (const module of settings.modules) for (const engine of templates.enginesFor(module.uri)) this.environmentBody(engine, module);
  }

  find(kind: TemplateFunctionKind, name: string, loads: readonly string[], from: string | undefined): TemplateFunction | undefined {
    const module = from === undefined ? this.settings.modules[0] : this.settings.moduleFor(from);
    const key = `${kind} ${name}`;
    const language = from === undefined ? undefined : this.core.files.get(from)?.language;
    if (language !== "jinja") {
      const found = this.inLoaded(key, loads, module, from);
      if (found || language === "django-template") return found;
    }
    return this.ofJinja(module, from).get(key);
  }

  /** In the libraries that a template loads, the last one first, and in those that every template has. */
  private inLoaded(key: string, loads: readonly string[], module: SettingsModule | undefined, from: string | undefined): TemplateFunction | undefined {
    const names = this.moduleNames(module);
    for (const load of [...loads].reverse()) {
      const uri = names.get(load);
      const found = uri === undefined ? undefined : this.libraryOf(uri).get(key);
      if (found) return found;
    }
    for (const engine of this.templates.enginesFor(from)) {
      if (engine.language !== "django-template") continue;
      for (const dotted of [...engine.builtins].reverse()) {
        const uri = this.core.module(dotted, module?.uri)?.uri;
        const found = uri === undefined ? undefined : this.libraryOf(uri).get(key);
        if (found) return found;
      }
    }
    return undefined;
  }

  /** The modules that `{% load %}` names: those of installed apps, later ones first, and what `OPTIONS["libraries"]` says. */
  private moduleNames(module: SettingsModule | undefined): ReadonlyMap<string, string> {
    const known = this.modules.get(module?.uri ?? "");
    if (known) return known;
    const names = new Map<string, string>();
    const installed = module ? this.apps.foldersOf(module) : [];
    // Apps that no settings were seen to install come first: any other of the name takes their place.
    for (const uri of this.core.uris) {
      const match = /^(.*)\/templatetags\/(.+)\.py$/.exec(this.core.path(uri));
      if (match && !installed.includes(match[1]) && !match[2].endsWith("__init__")) names.set(match[2].replaceAll("/", "."), uri);
    }
    for (const folder of installed) for (const [name, uri] of this.tagModules.get(folder) ?? []) names.set(name, uri);
    if (module) {
      for (const { libraries } of this.templates.enginesFor(module.uri)) {
        for (const [name, dotted] of libraries) {
          const uri = this.core.module(dotted, module.uri)?.uri;
          if (uri !== undefined) names.set(name, uri);
        }
      }
    }
    this.modules.set(module?.uri ?? "", names);
    return names;
  }

  private knownTagModules: ReadonlyMap<string, readonly (readonly [string, string])[]> | undefined;

  /** Modules below `templatetags`, by the folder of the app. */
  private get tagModules(): ReadonlyMap<string, readonly (readonly [string, string])[]> {
    if (!this.knownTagModules) {
      const modules = new Map<string, (readonly [string, string])[]>();
      for (const uri of this.core.uris) {
        const match = /^(.*)\/templatetags\/(.+)\.py$/.exec(this.core.path(uri));
        if (!match || match[2].endsWith("__init__")) continue;
        const own = modules.get(match[1]) ?? [];
        own.push([match[2].replaceAll("/", "."), uri]);
        modules.set(match[1], own);
      }
      this.knownTagModules = modules;
    }
    return this.knownTagModules;
  }

  /** What a module registers with its `register = template.Library()`. */
  private libraryOf(uri: string): Library {
    let library = this.libraries.get(uri);
    if (!library) this.libraries.set(uri, (library = this.readLibrary(uri, djangoRegistration)));
    return library;
  }

  private readLibrary(uri: string, read: ReadRegistration): Library {
    const library = new Map<string, TemplateFunction>();
    const declares = this.core.files.get(uri)?.declares;
    for (const declaration of declares?.functions ?? []) {
      for (const decorator of declaration.decorators) {
        const registration = read(decorator, this.reader, uri);
        if (registration && !registration.target) this.add(library, uri, registration, declaration, declaration.name);
      }
    }
    for (const call of declares?.calls ?? []) {
      // `register.filter("money", money)`, `register.inclusion_tag("x.html")(row)`
      const registration = call.callee.kind === "call" ? withTarget(read(call.callee, this.reader, uri), positional(call, 0)) : read(call, this.reader, uri);
      const target = registration?.target && this.core.resolveExpression(uri, registration.target);
      if (target?.kind === "function") this.add(library, target.function.uri, registration!, target.function.declaration, target.function.declaration.name);
    }
    return library;
  }

  private add(library: Map<string, TemplateFunction>, uri: string, registration: Registration, declaration: FunctionDeclaration, ownName: string): void {
    const { kind, as, name = ownName, takesContext } = registration;
    const template = registration.template ?? renderedBy(declaration);
    library.set(`${kind} ${name}`, {
      function: functionRef(this.core, uri, declaration),
      as: template !== undefined && kind === "tag" && as === "simple-tag" ? "inclusion-tag" : as,
      ...(template !== undefined && { template }),
      takesContext: takesContext || declaration.decorators.some((each) => PASSES_CONTEXT.test(lastName(each.kind === "call" ? each.callee : each))),
    });
  }

  // Jinja

  /** What every Jinja template of a project can call: it has one environment. */
  private ofJinja(module: SettingsModule | undefined, from: string | undefined): Library {
    const known = this.jinja.get(module?.uri ?? "");
    if (known) return known;
    const library = new Map<string, TemplateFunction>();
    // django-jinja imports the `templatetags` of all apps, which register with one library for all.
    for (const folder of module ? this.apps.foldersOf(module) : this.tagModules.keys()) {
      for (const [, uri] of this.tagModules.get(folder) ?? []) for (const [key, found] of this.readLibrary(uri, jinjaRegistration)) library.set(key, found);
    }
    for (const engine of this.templates.enginesFor(from)) {
      if (engine.language !== "jinja") continue;
      for (const kind of ["filter", "tag", "test"] as const) for (const [name, dotted] of engine.named[kind]) this.addDotted(library, kind, name, dotted, module);
      if (module) this.readEnvironment(library, engine, module);
    }
    this.jinja.set(module?.uri ?? "", library);
    return library;
  }

  private addDotted(library: Map<string, TemplateFunction>, kind: TemplateFunctionKind, name: string, dotted: string, module: SettingsModule | undefined): void {
    const found = this.functionNamed(dotted, module);
    if (found) this.add(library, found.uri, { kind, as: asOf(kind), name, takesContext: false }, found.declaration, name);
  }

  private functionNamed(dotted: string, module: SettingsModule | undefined): FunctionRef | undefined {
    const dot = dotted.lastIndexOf(".");
    const owner = dot > 0 ? this.core.module(dotted.slice(0, dot), module?.uri) : undefined;
    const symbol = owner && this.core.resolveMember({ kind: "module", uri: owner.uri, name: dotted.slice(0, dot) }, dotted.slice(dot + 1));
    return symbol?.kind === "function" ? symbol.function : undefined;
  }

  private environmentBody(engine: TemplateEngine, module: SettingsModule): { readonly uri: string; readonly body: readonly Statement[] } | undefined {
    const made = engine.environment === undefined ? undefined : this.functionNamed(engine.environment, module);
    return made && { uri: made.uri, body: this.core.body(made.uri, made.declaration.id) };
  }

  /** `env.globals.update({"static": static})`, `env.filters["money"] = money` in the function that makes the environment. */
  private readEnvironment(library: Map<string, TemplateFunction>, engine: TemplateEngine, module: SettingsModule): void {
    const made = this.environmentBody(engine, module);
    if (!made) return;
    const add = (table: Expression, name: string | undefined, value: Expression): void => {
      const kind = table.kind === "attribute" ? TABLES.get(table.name) : undefined;
      const symbol = kind && name !== undefined ? this.core.resolveExpression(made.uri, value) : undefined;
      if (kind && symbol?.kind === "function") this.add(library, symbol.function.uri, { kind, as: asOf(kind), name, takesContext: false }, symbol.function.declaration, name!);
    };
    forEachStatement(made.body, (statement) => {
      if (statement.kind === "assign" && statement.value) {
        for (const target of statement.targets) {
          if (target.kind === "subscript" && target.index.kind === "literal" && typeof target.index.value === "string") add(target.object, target.index.value, statement.value);
        }
      } else if (statement.kind === "expression" && statement.expression.kind === "call" && statement.expression.callee.kind === "attribute" && statement.expression.callee.name === "update") {
        const { callee, arguments: given } = statement.expression;
        for (const { name, value, spread } of given) {
          if (name !== undefined) add(callee.object, name, value);
          else if (!spread && value.kind === "mapping") for (const entry of value.entries) if (entry.key?.kind === "literal" && typeof entry.key.value === "string") add(callee.object, entry.key.value, entry.value);
        }
      }
    });
  }
}

const TABLES: ReadonlyMap<string, TemplateFunctionKind> = new Map([["globals", "tag"], ["filters", "filter"], ["tests", "test"]]);

interface Registration {
  readonly kind: TemplateFunctionKind;
  readonly as: TemplateFunction["as"];
  readonly name?: string;
  readonly template?: string;
  readonly takesContext: boolean;
  /** The function, where it is not the decorated one. */
  readonly target?: Expression;
}

type ReadRegistration = (expression: Expression, reader: ExpressionReader, uri: string) => Registration | undefined;

function withTarget(registration: Registration | undefined, target: Expression | undefined): Registration | undefined {
  return registration && target && { ...registration, target };
}

function asOf(kind: TemplateFunctionKind): TemplateFunction["as"] {
  return kind === "tag" ? "simple-tag" : "filter";
}

/** `@register.filter`, `@register.simple_tag(takes_context=True)`, `register.filter("money", money)` (*Custom template tags and filters*). */
function djangoRegistration(expression: Expression, reader: ExpressionReader, uri: string): Registration | undefined {
  const call = expression.kind === "call" ? expression : undefined;
  const method = call ? call.callee : expression;
  if (method.kind !== "attribute" || !isLibrary(method.object, reader, uri)) return undefined;
  const text = (value: Expression | undefined): string | undefined => value && reader.string({ uri }, value);
  const given = call ? positionals(call) : [];
  const name = call && text(keyword(call, "name"));
  const takesContext = call !== undefined && reader.boolean({ uri }, keyword(call, "takes_context")) === true;
  switch (method.name) {
    case "filter":
    case "tag": {
      const target = given[1] ?? (call && keyword(call, method.name === "filter" ? "filter_func" : "compile_function")) ?? (given[0] && text(given[0]) === undefined ? given[0] : undefined);
      const kind = method.name;
      return { kind, as: kind === "filter" ? "filter" : "compiler", name: name ?? (given[0] === target ? undefined : text(given[0])), takesContext: false, ...(target && { target }) };
    }
    case "simple_tag":
    case "assignment_tag":
      return { kind: "tag", as: "simple-tag", name, takesContext, ...(given[0] && { target: given[0] }) };
    // Its first parameter is what stands between the tags.
    case "simple_block_tag":
      return { kind: "tag", as: "compiler", name, takesContext, ...(given[0] && { target: given[0] }) };
    case "inclusion_tag":
      return { kind: "tag", as: "inclusion-tag", name, template: text(given[0] ?? (call && keyword(call, "filename"))), takesContext };
    default:
      return undefined;
  }
}

/** A name for a `Library()` of the module, or of one that it is imported from. */
function isLibrary(object: Expression, reader: ExpressionReader, uri: string): boolean {
  if (object.kind !== "name") return false;
  const value = reader.follow({ uri }, object).expression;
  return value.kind === "call" ? lastName(value.callee) === "Library" : value === object && object.name === "register";
}

/** `@library.global_function(name="url")`, `@library.filter` of django-jinja (`django_jinja/library.py`). */
function jinjaRegistration(expression: Expression, reader: ExpressionReader, uri: string): Registration | undefined {
  const call = expression.kind === "call" ? expression : undefined;
  const method = call ? call.callee : expression;
  const kind = method.kind === "attribute" ? ({ filter: "filter", global_function: "tag", test: "test" } as const)[method.name] : undefined;
  if (!kind || method.kind !== "attribute") return undefined;
  const symbol = reader.symbol({ uri }, method.object);
  if (symbol?.kind !== "external" || !symbol.name.startsWith("django_jinja.")) return undefined;
  const named = call && keyword(call, "name");
  const given = call ? positionals(call) : [];
  const target = given.find((each) => reader.string({ uri }, each) === undefined) ?? (call && keyword(call, "fn"));
  const name = named ?? given.find((each) => each !== target);
  return { kind, as: asOf(kind), name: name && reader.string({ uri }, name), takesContext: false, ...(target && { target }) };
}

/** The template that `@library.render_with("row.html")` renders with what the function returns. */
function renderedBy({ decorators }: FunctionDeclaration): string | undefined {
  for (const each of decorators) {
    if (each.kind !== "call" || lastName(each.callee) !== "render_with") continue;
    const template = positional(each, 0);
    if (template?.kind === "literal" && typeof template.value === "string") return template.value;
  }
  return undefined;
}

function positionals(call: Call): readonly Expression[] {
  return call.arguments.filter((each: Argument) => each.name === undefined && !each.spread).map((each) => each.value);
}

function functionRef(core: ProjectCore, uri: string, declaration: FunctionDeclaration): FunctionRef {
  const symbol = core.resolveName(uri, declaration.name);
  if (symbol?.kind === "function" && symbol.function.declaration === declaration) return symbol.function;
  return { uri, declaration, key: `${uri}#${declaration.id}` };
}
