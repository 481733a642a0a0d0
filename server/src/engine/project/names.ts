import type { AttributeDeclaration, ClassDeclaration, Expression, FileFacts, FunctionDeclaration, ImportDeclaration } from "../facts";
import type { ClassRef, FunctionRef, Symbol } from "./model";
import type { FoundModule, ModuleIndex } from "./modules";

type Definition =
  | { readonly kind: "import"; readonly import: ImportDeclaration }
  | { readonly kind: "class"; readonly class: ClassDeclaration }
  | { readonly kind: "function"; readonly function: FunctionDeclaration }
  | { readonly kind: "value"; readonly value: AttributeDeclaration };

interface Scope {
  /** All definitions of a name, in order of position. */
  readonly names: ReadonlyMap<string, readonly Definition[]>;
  /** `from x import *`, the last one first. */
  readonly stars: readonly ImportDeclaration[];
  readonly exports: ReadonlySet<string> | undefined;
}

/** Names that `from <external> import *` is never taken to have bound: they are Python's own. */
const builtinClass = /(Error|Exception|Warning|Iteration|Exit|Interrupt)$|^(True|False|None|Ellipsis|NotImplemented)$/;

/** Resolves names of modules through imports, re-exports and `*`. Memoised; records nothing. */
export class NameResolver {
  private readonly scopes = new Map<string, Scope>();
  private readonly resolved = new Map<string, Map<string, Symbol | undefined>>();
  private readonly classRefs = new Map<ClassDeclaration, ClassRef>();
  private readonly functionRefs = new Map<FunctionDeclaration, FunctionRef>();
  /** Look-ups under way or done during the outermost one, to end circular imports; see `resolve`. */
  private readonly visited = new Map<string, Symbol | undefined>();
  private depth = 0;
  private metCycle = false;

  constructor(readonly files: ReadonlyMap<string, FileFacts>, readonly modules: ModuleIndex) {}

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
  resolve(uri: string, name: string): Symbol | undefined {
    let known = this.resolved.get(uri);
    if (!known) this.resolved.set(uri, (known = new Map()));
    if (known.has(name)) return known.get(name);
    // Within one outermost look-up every name of every file is tried once: that ends circles, and bounds the work in webs of
    // star imports. What was found while a circle was open may be incomplete, so only results without one are kept.
    const key = `${uri}#${name}`;
    if (this.visited.has(key)) {
      this.metCycle = true;
      return this.visited.get(key);
    }
    this.visited.set(key, undefined);
    this.depth++;
    const symbol = this.search(uri, name);
    this.depth--;
    this.visited.set(key, symbol);
    if (this.depth === 0 || !this.metCycle) known.set(name, symbol);
    if (this.depth === 0) {
      this.visited.clear();
      this.metCycle = false;
    }
    return symbol;
  }

  /** The name as it was before `offset`, where `class Page(Page)` takes its base from. */
  resolveBefore(uri: string, name: string, offset: number): Symbol | undefined {
    const before = (this.scope(uri).names.get(name) ?? []).filter((each) => startOf(each) < offset);
    for (const definition of before.reverse()) {
      const symbol = this.symbolOf(uri, definition);
      if (symbol) return symbol;
    }
    return this.fromStars(uri, name);
  }

  /** `name` inside a module: its own name, else a submodule. */
  moduleMember(uri: string, name: string): Symbol | undefined {
    return (uri.endsWith("/") ? undefined : this.resolve(uri, name)) ?? this.submodule(uri, name);
  }

  submodule(uri: string, name: string): Symbol | undefined {
    const folder = this.modules.packageFolder(uri);
    return folder === undefined ? undefined : this.moduleSymbol(this.modules.at(`${folder}/${name}`));
  }

  /** What `from module import name`, or without a name `import module`, stands for in `uri`. */
  resolveImport(uri: string, module: string, level: number, name: string | undefined): Symbol | undefined {
    const found = level > 0 ? this.modules.relative(module, level, uri) : this.modules.absolute(module, uri);
    if (found) return name === undefined ? this.moduleSymbol(found) : this.moduleMember(found.uri, name);
    if (level > 0 || !module) return undefined;
    // `from shop import missing` where only part of the dotted name is ours: not external, just not there.
    const first = module.split(".", 1)[0];
    if (module !== first && this.isOwn(first, uri)) return undefined;
    return { kind: "external", name: name === undefined ? module : `${module}.${name}` };
  }

  /** The names `from <uri> import *` binds. */
  private starMember(uri: string, name: string): Symbol | undefined {
    if (uri.endsWith("/")) return undefined;
    const scope = this.scope(uri);
    if (scope.exports ? !scope.exports.has(name) : name.startsWith("_")) return undefined;
    return scope.exports ? this.moduleMember(uri, name) : this.resolve(uri, name);
  }

  private isOwn(first: string, uri: string): boolean {
    const found = this.modules.absolute(first, uri);
    return found !== undefined && !found.uri.endsWith("/");
  }

  private moduleSymbol(found: FoundModule | undefined): Symbol | undefined {
    return found && { kind: "module", uri: found.uri, name: this.modules.nameOf(found.uri) };
  }

  private search(uri: string, name: string): Symbol | undefined {
    if (!this.files.has(uri)) return undefined;
    const scope = this.scope(uri);
    const definitions = scope.names.get(name) ?? [];
    // The last definition wins, but `try: from x import y / except ImportError: y = None` still means `y`, and an import that
    // leads nowhere gives way to one that leads into the workspace.
    let fallback: Symbol | undefined;
    for (let i = definitions.length - 1; i >= 0; i--) {
      const definition = definitions[i];
      const symbol = this.symbolOf(uri, definition);
      if (!symbol) continue;
      const isWeak = definitions.length > 1
        && ((definition.kind === "value" && (definition.value.value === undefined || isEmptyLiteral(definition.value.value))) || symbol.kind === "external");
      if (!isWeak) {
        // An external import counts as a definition against a value or function that stands before it.
        if (fallback?.kind === "external" && definition.kind !== "import") return fallback;
        return symbol;
      }
      if (!fallback || (fallback.kind === "value" && symbol.kind === "external")) fallback = symbol;
    }
    return fallback ?? this.fromStars(uri, name);
  }

  private fromStars(uri: string, name: string): Symbol | undefined {
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

  private symbolOf(uri: string, definition: Definition): Symbol | undefined {
    switch (definition.kind) {
      case "class":
        return { kind: "class", class: this.classRef(uri, definition.class) };
      case "function":
        return { kind: "function", function: this.functionRef(uri, definition.function) };
      case "value":
        return { kind: "value", uri, value: definition.value };
      case "import": {
        const { module, level, name, isAliased } = definition.import;
        if (name !== undefined) return this.resolveImport(uri, module, level, name);
        // `import a.b` binds `a`; `import a.b as c` binds the module `a.b`.
        return this.resolveImport(uri, isAliased ? module : module.split(".", 1)[0], level, undefined);
      }
    }
  }

  private scope(uri: string): Scope {
    let scope = this.scopes.get(uri);
    if (!scope) this.scopes.set(uri, (scope = buildScope(this.files.get(uri))));
    return scope;
  }
}

function startOf(definition: Definition): number {
  switch (definition.kind) {
    case "import": return definition.import.start;
    case "class": return definition.class.start;
    case "function": return definition.function.start;
    case "value": return definition.value.start;
  }
}

function isEmptyLiteral(expression: Expression): boolean {
  return expression.kind === "literal" && (expression.value === null || typeof expression.value === "boolean");
}

function buildScope(facts: FileFacts | undefined): Scope {
  const names = new Map<string, Definition[]>();
  const stars: ImportDeclaration[] = [];
  const add = (name: string, definition: Definition): void => {
    const known = names.get(name);
    if (known) known.push(definition);
    else names.set(name, [definition]);
  };
  if (facts) {
    for (const each of facts.declares.imports) {
      if (each.name === "*") stars.unshift(each);
      else add(each.local, { kind: "import", import: each });
    }
    for (const each of facts.declares.classes) add(each.name, { kind: "class", class: each });
    for (const each of facts.declares.functions) add(each.name, { kind: "function", function: each });
    for (const each of facts.declares.values) add(each.name, { kind: "value", value: each });
  }
  for (const list of names.values()) if (list.length > 1) list.sort((a, b) => startOf(a) - startOf(b));
  const exports = facts?.declares.exports;
  return { names, stars, exports: exports && new Set(exports) };
}
