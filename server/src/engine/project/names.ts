import type { AttributeDeclaration, ClassDeclaration, Expression, FileFacts, FunctionDeclaration, ImportDeclaration } from "../facts";
import type { ClassRef, FunctionRef, Symbol as ResolvedSymbol } from "./model";
import type { FoundModule, ModuleIndex } from "./modules";
import type { ScriptModule, ScriptModules } from "./script-modules";
import { buildScriptScope, emptyScriptScope, type ScriptDefinition, type ScriptScope } from "./script-scope";

type Definition = ImportDeclaration | ClassDeclaration | FunctionDeclaration | AttributeDeclaration;

/** The names of one file. Depends on the file alone, so one may serve many links. */
export interface Scope {
  /** All definitions of a name, in order of position; mostly there is one. */
  readonly names: ReadonlyMap<string, Definition | readonly Definition[]>;
  /** `from x import *`, the last one first. */
  readonly stars: readonly ImportDeclaration[];
  readonly exports: ReadonlySet<string> | undefined;
  /** Top-level packages of absolute imports. */
  readonly packages: ReadonlySet<string>;
}

/** What one file says of names, whatever its language. */
export interface Scopes {
  readonly python: WeakMap<FileFacts, Scope>;
  readonly scripts: WeakMap<FileFacts, ScriptScope>;
}

export function emptyScopes(): Scopes {
  return { python: new WeakMap(), scripts: new WeakMap() };
}

/** Stands before the name that importers know something by, to tell it from the names inside the file. */
const EXPORTED = "export ";

/** The name under which a module has what it assigns to `module.exports` as a whole, and what `export =` gives. */
const WHOLE_MODULE = "export=";

/** Marks a look-up that is under way. */
const pending = Symbol("pending");

/** Names that `from <external> import *` is never taken to have bound: they are Python's own. */
const builtinClass = /(Error|Exception|Warning|Iteration|Exit|Interrupt)$|^(True|False|None|Ellipsis|NotImplemented)$/;

/** Resolves names of modules through imports, re-exports and `*`. Memoised; records nothing. */
export class NameResolver {
  private readonly resolved = new Map<string, Map<string, ResolvedSymbol | typeof pending | undefined>>();
  private readonly classRefs = new Map<ClassDeclaration, ClassRef>();
  private readonly functionRefs = new Map<FunctionDeclaration, FunctionRef>();
  /** What inner look-ups of the outermost one found. */
  private readonly provisional: [Map<string, unknown>, string][] = [];
  private depth = 0;
  private metCircle = false;

  constructor(
    readonly files: ReadonlyMap<string, FileFacts>,
    readonly modules: ModuleIndex,
    readonly scripts: ScriptModules,
    private readonly scopes: Scopes,
  ) {}

  /** Top-level packages that a file imports absolutely. */
  packagesOf(uri: string): ReadonlySet<string> {
    return this.isScript(uri) ? this.scriptScope(uri).packages : this.scope(uri).packages;
  }

  /** Whether a script gives a name a meaning of its own, be it one that leads nowhere. */
  binds(uri: string, name: string): boolean {
    return this.scriptScope(uri).names.has(name);
  }

  /** Whether names of this file follow the rules of JavaScript. */
  isScript(uri: string): boolean {
    return this.files.get(uri)?.language === "typescript";
  }

  classRef(uri: string, declaration: ClassDeclaration): ClassRef {
    let ref = this.classRefs.get(declaration);
    if (!ref) this.classRefs.set(declaration, (ref = { uri, declaration, key: `${uri}#${declaration.id}` }));
    return ref;
  }

  functionRef(uri: string, declaration: FunctionDeclaration, owner?: ClassRef): FunctionRef {
    let ref = this.functionRefs.get(declaration);
    if (!ref) this.functionRefs.set(declaration, (ref = { uri, declaration, owner, key: `${uri}#${declaration.id}` }));
    return ref;
  }

  /** The module-level name `name` of file `uri`. */
  resolve(uri: string, name: string): ResolvedSymbol | undefined {
    let known = this.resolved.get(uri);
    if (!known) this.resolved.set(uri, (known = new Map()));
    const found = known.get(name);
    if (found !== undefined || known.has(name)) {
      if (found !== pending) return found;
      this.metCircle = true;
      return undefined;
    }
    // Within one outermost look-up every name of every file is tried once: that ends circles, and bounds the work in webs of
    // star imports. What was found while a circle was open may be incomplete, so then only the outermost result is kept.
    known.set(name, pending);
    this.depth++;
    const symbol = this.search(uri, name);
    this.depth--;
    known.set(name, symbol);
    if (this.depth > 0) {
      this.provisional.push([known, name]);
      return symbol;
    }
    if (this.metCircle) for (const [names, each] of this.provisional) names.delete(each);
    this.provisional.length = 0;
    this.metCircle = false;
    known.set(name, symbol);
    return symbol;
  }

  /** The name as it was before `offset`, where `class Page(Page)` takes its base from. */
  resolveBefore(uri: string, name: string, offset: number): ResolvedSymbol | undefined {
    const before = this.definitions(uri, name).filter((each) => each.start < offset);
    for (const definition of before.reverse()) {
      const symbol = this.symbolOf(uri, definition);
      if (symbol) return symbol;
    }
    return this.fromStars(uri, name);
  }

  /** `name` inside a module: its own name, else a submodule; of a script what it exports. */
  moduleMember(uri: string, name: string): ResolvedSymbol | undefined {
    if (this.isScript(uri)) return this.resolve(uri, EXPORTED + name);
    return (uri.endsWith("/") ? undefined : this.resolve(uri, name)) ?? this.submodule(uri, name);
  }

  submodule(uri: string, name: string): ResolvedSymbol | undefined {
    const folder = this.modules.packageFolder(uri);
    return folder === undefined ? undefined : this.moduleSymbol(this.modules.at(`${folder}/${name}`));
  }

  /** What `from module import name`, or without a name `import module`, stands for in `uri`. */
  resolveImport(uri: string, module: string, level: number, name: string | undefined): ResolvedSymbol | undefined {
    if (this.isScript(uri)) return this.fromScriptModule(this.scripts.resolve(module, uri), name);
    const found = level > 0 ? this.modules.relative(module, level, uri) : this.modules.absolute(module, uri);
    if (found) return name === undefined ? this.moduleSymbol(found) : this.moduleMember(found.uri, name);
    if (level > 0 || !module) return undefined;
    // `from shop import missing` where only part of the dotted name is ours: not external, just not there.
    const first = module.split(".", 1)[0];
    if (module !== first && this.isOwn(first, uri)) return undefined;
    return { kind: "external", name: name === undefined ? module : `${module}.${name}` };
  }

  /** The names `from <uri> import *` binds. */
  private starMember(uri: string, name: string): ResolvedSymbol | undefined {
    if (uri.endsWith("/")) return undefined;
    const scope = this.scope(uri);
    if (scope.exports ? !scope.exports.has(name) : name.startsWith("_")) return undefined;
    return scope.exports ? this.moduleMember(uri, name) : this.resolve(uri, name);
  }

  private isOwn(first: string, uri: string): boolean {
    const found = this.modules.absolute(first, uri);
    return found !== undefined && !found.uri.endsWith("/");
  }

  private moduleSymbol(found: FoundModule | undefined): ResolvedSymbol | undefined {
    return found && { kind: "module", uri: found.uri, name: this.modules.nameOf(found.uri) };
  }

  private fromScriptModule(found: ScriptModule, name: string | undefined): ResolvedSymbol | undefined {
    if (!found) return undefined;
    if ("external" in found) return { kind: "external", name: name === undefined ? found.external : `${found.external}.${name}` };
    return name === undefined ? this.wholeScript(found.uri) : this.moduleMember(found.uri, name);
  }

  /** What `import * as x` and `require` give: of a module that assigns `module.exports` what it assigns. */
  private wholeScript(uri: string): ResolvedSymbol | undefined {
    const assigned = this.scriptScope(uri).exported.has(WHOLE_MODULE) ? this.moduleMember(uri, WHOLE_MODULE) : undefined;
    return assigned ?? { kind: "module", uri, name: this.scripts.nameOf(uri) };
  }

  private searchScript(uri: string, name: string): ResolvedSymbol | undefined {
    const scope = this.scriptScope(uri);
    if (!name.startsWith(EXPORTED)) {
      const definition = scope.names.get(name);
      return definition && this.scriptSymbol(uri, definition);
    }
    const wanted = name.slice(EXPORTED.length);
    const own = scope.exported.get(wanted);
    if (own) return "local" in own && !("module" in own) ? this.resolve(uri, own.local) : this.scriptSymbol(uri, own as ImportDeclaration);
    // A default import of a module that has none is what it assigns to `module.exports`, or all of it.
    if (wanted === "default") return scope.exported.has(WHOLE_MODULE) || /\.c?js$/.test(uri) ? this.wholeScript(uri) : undefined;
    return this.fromScriptStars(uri, scope, wanted);
  }

  private fromScriptStars(uri: string, { stars }: ScriptScope, name: string): ResolvedSymbol | undefined {
    let external: ResolvedSymbol | undefined;
    for (const { module } of stars) {
      const found = this.scripts.resolve(module, uri);
      if (found && "uri" in found) {
        const symbol = this.moduleMember(found.uri, name);
        if (symbol && symbol.kind !== "external") return symbol;
        external ??= symbol;
      } else external ??= this.fromScriptModule(found, name);
    }
    // What no file of the workspace has may well come from outside: `export * from "@prisma/client"`.
    return external;
  }

  private scriptSymbol(uri: string, definition: ScriptDefinition): ResolvedSymbol | undefined {
    if ("module" in definition) return this.resolveImport(uri, definition.module, 0, definition.name);
    if (!("kind" in definition)) return { kind: "value", uri, value: definition };
    if (definition.kind === "type") return { kind: "type", uri, type: definition.type };
    if (definition.kind === "class") return { kind: "class", class: this.classRef(uri, definition) };
    return { kind: "function", function: this.functionRef(uri, definition) };
  }

  private scriptScope(uri: string): ScriptScope {
    const facts = this.files.get(uri);
    if (!facts) return emptyScriptScope;
    let scope = this.scopes.scripts.get(facts);
    if (!scope) this.scopes.scripts.set(facts, (scope = buildScriptScope(facts)));
    return scope;
  }

  private search(uri: string, name: string): ResolvedSymbol | undefined {
    if (!this.files.has(uri)) return undefined;
    if (this.isScript(uri)) return this.searchScript(uri, name);
    const definitions = this.definitions(uri, name);
    // The last definition wins, but `try: from x import y / except ImportError: y = None` still means `y`, and an import that
    // leads nowhere gives way to one that leads into the workspace.
    let fallback: ResolvedSymbol | undefined;
    for (let i = definitions.length - 1; i >= 0; i--) {
      const definition = definitions[i];
      const symbol = this.symbolOf(uri, definition);
      if (!symbol) continue;
      const isWeak = definitions.length > 1
        && (symbol.kind === "external" || (symbol.kind === "value" && (symbol.value.value === undefined || isEmptyLiteral(symbol.value.value))));
      if (!isWeak) {
        // An external import counts as a definition against a value or function that stands before it.
        if (fallback?.kind === "external" && !("module" in definition)) return fallback;
        return symbol;
      }
      if (!fallback || (fallback.kind === "value" && symbol.kind === "external")) fallback = symbol;
    }
    return fallback ?? this.fromStars(uri, name);
  }

  private fromStars(uri: string, name: string): ResolvedSymbol | undefined {
    const scope = this.scope(uri);
    for (const star of scope.stars) {
      const found = star.level > 0 ? this.modules.relative(star.module, star.level, uri) : this.modules.absolute(star.module, uri);
      if (found) {
        const symbol = this.starMember(found.uri, name);
        if (symbol) return symbol;
      }
    }
    // `from django.db.models import *` may well be where an unknown class comes from.
    const external = scope.stars.find((star) => star.level === 0 && !this.modules.absolute(star.module, uri));
    if (external && /^[A-Z][A-Za-z0-9]*[a-z]/.test(name) && !builtinClass.test(name)) return { kind: "external", name: `${external.module}.${name}` };
    return undefined;
  }

  private symbolOf(uri: string, definition: Definition): ResolvedSymbol | undefined {
    if ("module" in definition) {
      const { module, level, name, isAliased } = definition;
      if (name !== undefined) return this.resolveImport(uri, module, level, name);
      // `import a.b` binds `a`; `import a.b as c` binds the module `a.b`.
      return this.resolveImport(uri, isAliased ? module : module.split(".", 1)[0], level, undefined);
    }
    if (!("kind" in definition)) return { kind: "value", uri, value: definition };
    if (definition.kind === "class") return { kind: "class", class: this.classRef(uri, definition) };
    return { kind: "function", function: this.functionRef(uri, definition) };
  }

  private definitions(uri: string, name: string): readonly Definition[] {
    const found = this.scope(uri).names.get(name);
    return found === undefined ? [] : Array.isArray(found) ? found : [found as Definition];
  }

  private scope(uri: string): Scope {
    const facts = this.files.get(uri);
    if (!facts) return emptyScope;
    let scope = this.scopes.python.get(facts);
    if (!scope) this.scopes.python.set(facts, (scope = buildScope(facts)));
    return scope;
  }
}

const emptyScope: Scope = { names: new Map(), stars: [], exports: undefined, packages: new Set() };

function isEmptyLiteral(expression: Expression): boolean {
  return expression.kind === "literal" && (expression.value === null || typeof expression.value === "boolean");
}

function buildScope({ declares }: FileFacts): Scope {
  const names = new Map<string, Definition | Definition[]>();
  const stars: ImportDeclaration[] = [];
  const packages = new Set<string>();
  const repeated: Definition[][] = [];
  const add = (name: string, definition: Definition): void => {
    const known = names.get(name);
    if (known === undefined) {
      names.set(name, definition);
    } else if (Array.isArray(known)) {
      known.push(definition);
    } else {
      const both = [known, definition];
      names.set(name, both);
      repeated.push(both);
    }
  };
  let module = "";
  for (const each of declares.imports) {
    // `from a import b, c` is two imports of one module.
    if (each.level === 0 && each.module !== module) {
      module = each.module;
      packages.add(module.split(".", 1)[0]);
    }
    if (each.name === "*") stars.unshift(each);
    else add(each.local, each);
  }
  for (const each of declares.classes) add(each.name, each);
  for (const each of declares.functions) add(each.name, each);
  for (const each of declares.values) add(each.name, each);
  for (const list of repeated) list.sort((a, b) => a.start - b.start);
  return { names, stars, exports: declares.exports && new Set(declares.exports), packages };
}
