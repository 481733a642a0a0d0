import type { ClassDeclaration, Expression, FileFacts, FunctionDeclaration, Statement } from "../facts";
import type { FrameworkModel, ProjectAdapter, ProjectCore } from "./adapter";
import { ClassResolver, type FoundAttribute } from "./classes";
import { structuralFingerprint } from "./fingerprint";
import { functionsOf } from "./functions";
import type { Ancestor, ClassRef, DatabaseEngine, Entity, FunctionRef, ProjectModel, Relation, Symbol } from "./model";
import { ModuleIndex, pathOfUri } from "./modules";
import { NameResolver } from "./names";

export interface LinkInput {
  readonly files: ReadonlyMap<string, FileFacts>;
  /** Workspace folders as URIs. */
  readonly folders: readonly string[];
  readonly adapters: readonly ProjectAdapter[];
  /** Texts of requirement and lock files by URI. */
  readonly resources?: ReadonlyMap<string, string>;
  /** An earlier link of the same project, to take over from it what still holds. */
  readonly previous?: LinkedProject;
  /** Set when nothing differs from `previous` but bodies and positions, and those in these files only. */
  readonly moved?: ReadonlySet<string>;
}

/** A linked project that can say what was asked of it, and whether the answers are still the same in another link. */
export interface LinkedProject extends ProjectModel {
  /**
   * Runs `work` and gives the keys of everything that was asked for meanwhile, misses included: `name:<uri>#<name>`,
   * `member:<uri>#<name>`, `import:…`, `module:<dotted>`, `class:<class key>`, `entity:<key>`, `entity-of:<class key>`,
   * `external-entity:<dotted>`, `entities:`, `setting:<NAME>`, `engine:`, `version:<package>`, `function:<key>`, `body:<function key>`.
   * Recordings may be nested; the outer one includes the inner one's keys.
   */
  recording<T>(uri: string, work: () => T): { readonly result: T; readonly keys: ReadonlySet<string> };
  /** A digest of the answer to a key, positions left out; "" when there is none. Works for keys recorded on another link. */
  fingerprintOf(key: string): string;
  /** The statements of a function, or of a module by its URI. */
  bodyOf(fn: FunctionRef): readonly Statement[];
  moduleBody(uri: string): readonly Statement[];
  /** The reference of a class or function declaration, also of one inside a function body. */
  classRef(uri: string, declaration: ClassDeclaration): ClassRef;
  functionRef(uri: string, declaration: FunctionDeclaration, owner?: ClassRef): FunctionRef;
  /** `A = B` followed to what it stands for. */
  followAliases(symbol: Symbol): Symbol | undefined;
  /** The dotted name a file is imported by. */
  moduleName(uri: string): string;
}

const noFramework: FrameworkModel = {
  entities: [],
  entityOfExternal: () => undefined,
  setting: () => undefined,
  engine: "unknown",
  version: () => undefined,
};

/** Joins the facts of all files into one model. Everything beyond an index of paths is worked out when first asked for. */
export function linkProject(input: LinkInput): LinkedProject {
  return new Linker(input);
}

class Linker implements LinkedProject {
  readonly files: ReadonlyMap<string, FileFacts>;
  private readonly names: NameResolver;
  private readonly classes: ClassResolver;
  private readonly core: ProjectCore;
  private readonly adapters: readonly ProjectAdapter[];
  private recorded: Set<string> | undefined;
  private readonly functions = new Map<string, ReadonlyMap<string, FunctionRef>>();
  private readonly modules: ModuleIndex;
  private readonly fingerprints: Map<string, string>;
  /** Files that entities point into, once asked for, and those that settings which were asked for do. */
  private entityPlaces: Set<string> | undefined;
  private readonly settingPlaces: Set<string>;
  private readonly declarationFingerprints: WeakMap<ClassDeclaration, string>;
  private linked: { readonly frameworks: readonly FrameworkModel[]; readonly entities: ReadonlyMap<string, Entity>; readonly byClass: ReadonlyMap<string, Entity> } | undefined;

  constructor(input: LinkInput) {
    this.files = input.files;
    this.adapters = input.adapters;
    const uris = [...input.files.keys()].sort();
    const external = new Set(input.adapters.flatMap((each) => each.packages));
    const previous = input.previous instanceof Linker ? input.previous : undefined;
    const same = input.moved ? previous : undefined;
    const modules = (this.modules = same?.modules ?? new ModuleIndex(uris, input.folders, external));
    this.declarationFingerprints = previous?.declarationFingerprints ?? new WeakMap();
    // Fingerprints know no positions; those of bodies are not kept here.
    this.fingerprints = same?.fingerprints ?? new Map();
    this.settingPlaces = same?.settingPlaces ?? new Set();
    if (same && ![...input.moved!].some((uri) => same.holdsPlacesIn(uri))) this.linked = same.linked;
    this.names = new NameResolver(input.files, modules);
    this.classes = new ClassResolver(this.names, input.adapters.flatMap((each) => (each.basesOfCall ? [each.basesOfCall.bind(each)] : [])));
    this.core = this.createCore(uris, input, modules);
  }

  private createCore(uris: readonly string[], input: LinkInput, modules: ModuleIndex): ProjectCore {
    const { names, classes, files } = this;
    let all: readonly ClassRef[] | undefined;
    return {
      files,
      uris,
      folders: input.folders,
      resources: input.resources ?? new Map(),
      path: (uri) => modules.paths.get(uri) ?? pathOfUri(uri),
      moduleName: (uri) => modules.nameOf(uri),
      resolveName: (uri, name) => names.resolve(uri, name),
      resolveMember: (symbol, name) => classes.member(symbol, name),
      resolveExpression: (uri, expression) => classes.expression(uri, expression),
      followAliases: (symbol) => classes.followAliases(symbol),
      isFolder: (path) => modules.isFolder(path),
      fileAt: (modulePath) => {
        const found = modules.at(modulePath);
        return found && !found.uri.endsWith("/") ? found.uri : undefined;
      },
      module: (name, from) => modules.absolute(name, from),
      get classes() {
        return (all ??= uris.flatMap((uri) => (files.get(uri)?.declares.classes ?? []).map((each) => names.classRef(uri, each))));
      },
      classRef: (uri, declaration) => names.classRef(uri, declaration),
      ancestors: (ref) => classes.ancestors(ref),
      inheritsFrom: (ref, ...external) => classes.inheritsFrom(ref, external),
      method: (ref, name, after) => classes.method(ref, name, after),
      attribute: (ref, name, after) => classes.attribute(ref, name, after),
      nestedClass: (ref, name) => classes.nestedClass(ref, name),
      body: (uri, id) => files.get(uri)?.bodies[id] ?? [],
    };
  }

  recording<T>(uri: string, work: () => T): { readonly result: T; readonly keys: ReadonlySet<string> } {
    const outer = this.recorded;
    const keys = new Set<string>();
    this.recorded = keys;
    try {
      return { result: work(), keys };
    } finally {
      this.recorded = outer;
      if (outer) for (const key of keys) outer.add(key);
    }
  }

  resolveName(uri: string, name: string): Symbol | undefined {
    this.recorded?.add(`name:${uri}#${name}`);
    return this.names.resolve(uri, name);
  }

  resolveMember(symbol: Symbol, name: string): Symbol | undefined {
    if (symbol.kind === "value") {
      const target = this.followAliases(symbol);
      return target && target.kind !== "value" ? this.resolveMember(target, name) : undefined;
    }
    if (symbol.kind === "module") this.recorded?.add(`member:${symbol.uri}#${name}`);
    else if (symbol.kind === "class") this.recorded?.add(`class:${symbol.class.key}`);
    return this.classes.member(symbol, name);
  }

  resolveExpression(uri: string, expression: Expression): Symbol | undefined {
    if (expression.kind === "name") return this.resolveName(uri, expression.name);
    if (expression.kind !== "attribute") return undefined;
    const object = this.resolveExpression(uri, expression.object);
    return object && this.resolveMember(object, expression.name);
  }

  followAliases(symbol: Symbol): Symbol | undefined {
    let current: Symbol | undefined = symbol;
    for (let i = 0; i < 20 && current?.kind === "value"; i++) {
      const value: Expression | undefined = current.value.value;
      if (!value || (value.kind !== "name" && value.kind !== "attribute")) return current;
      const next: Symbol | undefined = this.resolveExpression(current.uri, value);
      if (!next) return current;
      current = next;
    }
    return current;
  }

  resolveImport(uri: string, module: string, level: number, name?: string): Symbol | undefined {
    this.recorded?.add(`import:${uri}#${level}:${module}${name === undefined ? "" : `:${name}`}`);
    return this.names.resolveImport(uri, module, level, name);
  }

  module(name: string): { readonly uri: string } | undefined {
    this.recorded?.add(`module:${name}`);
    const found = this.core.module(name);
    return found && !found.uri.endsWith("/") ? { uri: found.uri } : undefined;
  }

  ancestors(ref: ClassRef): readonly Ancestor[] {
    this.recorded?.add(`class:${ref.key}`);
    return this.classes.ancestors(ref);
  }

  inheritsFrom(ref: ClassRef, ...externalNames: string[]): boolean {
    this.recorded?.add(`class:${ref.key}`);
    return this.classes.inheritsFrom(ref, externalNames);
  }

  method(ref: ClassRef, name: string, after?: ClassRef): FunctionRef | undefined {
    this.recorded?.add(`class:${ref.key}`);
    return this.classes.method(ref, name, after);
  }

  attribute(ref: ClassRef, name: string, after?: ClassRef): FoundAttribute | undefined {
    this.recorded?.add(`class:${ref.key}`);
    return this.classes.attribute(ref, name, after);
  }

  nestedClass(ref: ClassRef, name: string): ClassRef | undefined {
    this.recorded?.add(`class:${ref.key}`);
    return this.classes.nestedClass(ref, name);
  }

  get entities(): ReadonlyMap<string, Entity> {
    this.recorded?.add("entities:");
    return this.frameworks.entities;
  }

  entity(key: string): Entity | undefined {
    this.recorded?.add(`entity:${key}`);
    return this.frameworks.entities.get(key);
  }

  entityOfClass(ref: ClassRef): Entity | undefined {
    const entity = this.frameworks.byClass.get(ref.key);
    this.recorded?.add(entity ? `entity:${entity.key}` : `class:${ref.key}`);
    this.recorded?.add(`entity-of:${ref.key}`);
    return entity;
  }

  entityOfExternal(name: string): Entity | undefined {
    const entity = this.externalEntity(name);
    this.recorded?.add(`external-entity:${name}`);
    if (entity) this.recorded?.add(`entity:${entity.key}`);
    return entity;
  }

  relation(entity: string, name: string): Relation | undefined {
    return this.entity(entity)?.relations.get(name);
  }

  setting(name: string): { readonly uri: string; readonly expression: Expression } | undefined {
    this.recorded?.add(`setting:${name}`);
    return this.settingOf(name);
  }

  get engine(): DatabaseEngine {
    this.recorded?.add("engine:");
    return this.frameworks.frameworks.find((each) => each.engine !== "unknown")?.engine ?? "unknown";
  }

  version(packageName: string): readonly [number, number] | undefined {
    this.recorded?.add(`version:${packageName}`);
    return this.versionOf(packageName);
  }

  functionByKey(key: string): FunctionRef | undefined {
    this.recorded?.add(`function:${key}`);
    return this.findFunction(key);
  }

  bodyOf(fn: FunctionRef): readonly Statement[] {
    this.recorded?.add(`body:${fn.key}`);
    return this.files.get(fn.uri)?.bodies[fn.declaration.id] ?? [];
  }

  moduleBody(uri: string): readonly Statement[] {
    this.recorded?.add(`body:${uri}#`);
    return this.files.get(uri)?.bodies[""] ?? [];
  }

  classRef(uri: string, declaration: ClassDeclaration): ClassRef {
    return this.names.classRef(uri, declaration);
  }

  functionRef(uri: string, declaration: FunctionDeclaration, owner?: ClassRef): FunctionRef {
    return this.names.functionRef(uri, declaration, owner);
  }

  moduleName(uri: string): string {
    return this.core.moduleName(uri);
  }

  fingerprintOf(key: string): string {
    if (key.startsWith("body:")) return this.computeFingerprint(key);
    let fingerprint = this.fingerprints.get(key);
    if (fingerprint === undefined) this.fingerprints.set(key, (fingerprint = this.computeFingerprint(key)));
    return fingerprint;
  }

  private computeFingerprint(key: string): string {
    const colon = key.indexOf(":");
    const kind = key.slice(0, colon);
    const rest = key.slice(colon + 1);
    // No URI has a raw "#", names inside a file may (`total#2`).
    const sharp = rest.indexOf("#");
    const uri = rest.slice(0, sharp);
    const inner = rest.slice(sharp + 1);
    switch (kind) {
      case "name":
        return this.symbolFingerprint(this.names.resolve(uri, inner));
      case "member":
        return this.symbolFingerprint(this.names.moduleMember(uri, inner));
      case "import": {
        const [level, module, name] = inner.split(":");
        return this.symbolFingerprint(this.names.resolveImport(uri, module, Number(level), name));
      }
      case "module":
        return this.core.module(rest)?.uri ?? "";
      case "class":
        return this.classFingerprint(rest);
      case "entity": {
        const entity = this.frameworks.entities.get(rest);
        return entity ? entityFingerprint(entity) : "";
      }
      case "entity-of":
        return this.frameworks.byClass.get(rest)?.key ?? "";
      case "external-entity":
        return this.externalEntity(rest)?.key ?? "";
      case "entities":
        return structuralFingerprint([...this.frameworks.entities.keys()].map((each) => this.fingerprintOf(`entity:${each}`)));
      case "setting": {
        const setting = this.settingOf(rest);
        return setting ? structuralFingerprint(setting.uri, setting.expression) : "";
      }
      case "engine":
        return this.engine;
      case "version":
        return this.versionOf(rest)?.join(".") ?? "";
      case "function": {
        const found = this.findFunction(rest);
        return found ? structuralFingerprint(found.declaration) : "";
      }
      case "body":
        return this.files.get(uri)?.fingerprint.bodies[inner] ?? "";
      default:
        return "";
    }
  }

  private symbolFingerprint(symbol: Symbol | undefined): string {
    switch (symbol?.kind) {
      case "class":
        return `class ${this.fingerprintOf(`class:${symbol.class.key}`)}`;
      case "function":
        return `function ${symbol.function.key} ${structuralFingerprint(symbol.function.declaration)}`;
      case "value":
        return `value ${symbol.uri} ${structuralFingerprint(symbol.value)}`;
      case "module":
        return `module ${symbol.uri}`;
      case "external":
        return `external ${symbol.name}`;
      case undefined:
        return "";
    }
  }

  /** Of the class with everything it inherits. */
  private classFingerprint(key: string): string {
    const ref = this.findClass(key);
    if (!ref) return "";
    return structuralFingerprint(this.classes.ancestors(ref).map((each) => ("class" in each ? [each.class.key, this.declarationFingerprint(each.class.declaration)] : each.external)));
  }

  private declarationFingerprint(declaration: ClassDeclaration): string {
    let fingerprint = this.declarationFingerprints.get(declaration);
    if (!fingerprint) this.declarationFingerprints.set(declaration, (fingerprint = structuralFingerprint(declaration)));
    return fingerprint;
  }

  private findClass(key: string): ClassRef | undefined {
    const sharp = key.indexOf("#");
    const uri = key.slice(0, sharp);
    const id = key.slice(sharp + 1);
    const facts = this.files.get(uri);
    if (!facts) return undefined;
    let classes: readonly ClassDeclaration[] = facts.declares.classes;
    for (;;) {
      const exact = classes.find((each) => each.id === id);
      if (exact) return this.names.classRef(uri, exact);
      const outer = classes.find((each) => id.startsWith(`${each.id}.`));
      if (!outer) return functionsOf(facts).classes.get(id) && this.names.classRef(uri, functionsOf(facts).classes.get(id)!);
      classes = outer.classes;
    }
  }

  private findFunction(key: string): FunctionRef | undefined {
    const sharp = key.indexOf("#");
    const uri = key.slice(0, sharp);
    let known = this.functions.get(uri);
    if (!known) {
      const facts = this.files.get(uri);
      const byId = new Map<string, FunctionRef>();
      if (facts) {
        for (const { declaration, owner } of functionsOf(facts).functions) {
          byId.set(declaration.id, this.names.functionRef(uri, declaration, owner && this.names.classRef(uri, owner)));
        }
      }
      this.functions.set(uri, (known = byId));
    }
    return known.get(key.slice(sharp + 1));
  }

  /** Whether entities or settings that were worked out point into this file. */
  private holdsPlacesIn(uri: string): boolean {
    if (!this.linked) return false;
    if (!this.entityPlaces) {
      this.entityPlaces = new Set();
      for (const entity of this.linked.entities.values()) {
        for (const each of entity.class ? this.classes.ancestors(entity.class) : []) if ("class" in each) this.entityPlaces.add(each.class.uri);
      }
    }
    return this.entityPlaces.has(uri) || this.settingPlaces.has(uri);
  }

  private settingOf(name: string): { readonly uri: string; readonly expression: Expression } | undefined {
    for (const each of this.frameworks.frameworks) {
      const found = each.setting(name);
      if (found) {
        this.settingPlaces.add(found.uri);
        return found;
      }
    }
    return undefined;
  }

  private versionOf(packageName: string): readonly [number, number] | undefined {
    for (const each of this.frameworks.frameworks) {
      const found = each.version(packageName);
      if (found) return found;
    }
    return undefined;
  }

  private externalEntity(name: string): Entity | undefined {
    for (const each of this.frameworks.frameworks) {
      const found = each.entityOfExternal(name);
      if (found) return found;
    }
    return undefined;
  }

  private get frameworks() {
    if (!this.linked) {
      // Set first: an adapter that (wrongly) asks back for entities finds none rather than no end.
      this.linked = { frameworks: [noFramework], entities: new Map(), byClass: new Map() };
      const frameworks = this.adapters.map((each) => each.link(this.core));
      const entities = new Map<string, Entity>();
      const byClass = new Map<string, Entity>();
      for (const entity of frameworks.flatMap((each) => each.entities)) {
        entities.set(entity.key, entity);
        if (entity.class) byClass.set(entity.class.key, entity);
      }
      this.linked = { frameworks, entities, byClass };
    }
    return this.linked;
  }
}

/** Of everything a check can see of an entity but where it stands; the class's own members have a key of their own. */
function entityFingerprint(entity: Entity): string {
  const { class: declaringClass, meta, managers, fields, queryNames, indexes, ...rest } = entity;
  return structuralFingerprint(
    rest,
    declaringClass?.key,
    [...managers.values()].map((each) => [each.name, each.class?.key, each.queryset?.key, each.opaque]),
    [...fields.values()],
    [...queryNames].map(([name, target]) => [name, target.kind, target.name]),
    indexes,
    meta !== undefined,
  );
}
