import { NO_MENTIONS, type ClassDeclaration, type Declarations, type Expression, type FileFacts, type FunctionDeclaration, type Statement, type TemplateDeclaration } from "../facts";
import type { FrameworkEntries, ProjectAdapter, ProjectCore, Stated } from "./adapter";
import { aliasOf, ClassResolver, type FoundAttribute, type Members } from "./classes";
import { AnswerFingerprints, type Answers } from "./answer-fingerprints";
import { collectEntities, collectRegistrations, firstAnswer, joinEntries, noFramework, type LinkedFrameworks, type Registrations } from "./frameworks";
import { functionsOf } from "./functions";
import type { GivenParameters } from "./given";
import type { LinkedProject, LinkInput } from "./linked-project";
import type { Deployment } from "./deployment";
import { Implementers } from "./implementers";
import type { Ancestor, ClassRef, DatabaseEngine, Entity, EntryPoint, FunctionRef, Registration, Relation, Route, Symbol, TemplateFunction, TemplateFunctionKind } from "./model";
import { ModuleIndex, pathOfUri } from "./modules";
import { emptyScopes, NameResolver, type Scopes } from "./names";
import { Packages } from "./packages";
import { Reach } from "./reach";
import { Relocation } from "./relocate";
import { ScriptModules, tellsModules } from "./script-modules";
import { addedFolders, isSamePath } from "./search-path";

/** Joins the facts of all files into one model. Everything beyond an index of paths is worked out when first asked for. */
export function linkProject(input: LinkInput): LinkedProject {
  return new Linker(input);
}

/** What one link hands to the next: worked out from single files and declarations, so true of every link that has them. */
interface Shared {
  readonly scopes: Scopes;
  readonly members: WeakMap<ClassDeclaration, Members>;
  readonly fingerprints: WeakMap<object, string>;
}

class Linker implements LinkedProject, Answers {
  readonly files: ReadonlyMap<string, FileFacts>;
  private readonly uris: readonly string[];
  private readonly folders: readonly string[];
  private readonly adapters: readonly ProjectAdapter[];
  private readonly stated: Stated;
  private readonly shared: Shared;
  private readonly modules: ModuleIndex;
  private readonly scripts: ScriptModules;
  readonly packages: Packages;
  readonly names: NameResolver;
  readonly classes: ClassResolver;
  readonly core: ProjectCore;
  readonly implementers: Implementers;
  private recorded: Set<string> | undefined;
  private readonly functions = new Map<string, ReadonlyMap<string, FunctionRef>>();
  /** Fingerprints know no positions, so links that differ in nothing else share them. */
  private readonly fingerprints: Map<string, string>;
  private readonly answers: AnswerFingerprints;
  private readonly bodiesRead: Set<string>;
  private readonly knownGiven = new Map<string, GivenParameters>();
  private linked: LinkedFrameworks | undefined;
  private entitiesByUri: Map<string, Entity[]> | undefined;
  private knownRegistrations: Registrations | undefined;
  private knownSchemas: readonly FileFacts[] | undefined;
  private knownReach: Reach | undefined;
  /** That of an earlier link, which may still hold. */
  private earlierReach: Reach | undefined;
  /** The link that entities can be taken over from, until that is done. */
  private origin: { readonly previous: Linker; readonly moved: ReadonlySet<string> } | undefined;

  constructor(input: LinkInput) {
    const previous = input.previous instanceof Linker ? input.previous : undefined;
    const hasSamePaths = previous?.hasPathsOf(input) ?? false;
    this.files = input.files;
    this.folders = input.folders;
    this.adapters = input.adapters;
    this.stated = input.stated ?? {};
    this.shared = previous?.shared ?? { scopes: emptyScopes(), members: new WeakMap(), fingerprints: new WeakMap() };
    this.uris = previous && hasSamePaths ? previous.uris : [...input.files.keys()].sort();
    const external = new Set(input.adapters.flatMap((each) => each.packages));
    const added = addedFolders(input.files);
    this.modules = previous && hasSamePaths && isSamePath(previous.modules.added, added) ? previous.modules : new ModuleIndex(this.uris, input.folders, external, added);
    const resources = input.resources ?? new Map<string, string>();
    const telling = new Map([...resources].filter(([uri]) => tellsModules(uri)).sort(([a], [b]) => (a < b ? -1 : 1)));
    const scripts = this.uris.filter((uri) => input.files.get(uri)?.language === "typescript");
    this.scripts = previous && hasSamePaths && isSameText(previous.scripts.resources, telling) ? previous.scripts : new ScriptModules(scripts, telling, external);
    this.packages = previous && previous.scripts === this.scripts && previous.packages.holdsFor(resources) ? previous.packages : new Packages(resources, this.scripts.manifests);
    this.names = new NameResolver(input.files, this.modules, this.scripts, this.shared.scopes);
    this.classes = new ClassResolver(this.names, input.adapters.flatMap((each) => (each.basesOfCall ? [each.basesOfCall.bind(each)] : [])), this.shared.members);
    // Files come and go only where declarations change, so a move leaves the paths alone.
    const moved = previous && hasSamePaths && this.modules === previous.modules && this.scripts === previous.scripts && input.moved && ![...input.moved].some((uri) => previous.dependsOnBodies(uri)) ? input.moved : undefined;
    this.fingerprints = previous && moved ? previous.fingerprints : new Map();
    this.answers = new AnswerFingerprints(this, this.fingerprints, this.shared.fingerprints);
    this.bodiesRead = previous && moved ? previous.bodiesRead : new Set();
    if (previous && moved && (previous.linked || previous.origin)) this.origin = { previous, moved: new Set(moved) };
    this.core = this.createCore(this.uris, input, this.modules);
    this.implementers = new Implementers(this.core);
    if (previous && hasSamePaths && this.scripts === previous.scripts) this.earlierReach = previous.knownReach ?? previous.earlierReach;
  }

  /** Whether module names mean the same files in both. */
  private hasPathsOf(input: LinkInput): boolean {
    if (this.files.size !== input.files.size || this.adapters.length !== input.adapters.length) return false;
    if (this.folders.length !== input.folders.length || this.folders.some((each, i) => each !== input.folders[i])) return false;
    if (this.adapters.some((each, i) => each !== input.adapters[i])) return false;
    for (const uri of input.files.keys()) if (!this.files.has(uri)) return false;
    return true;
  }

  dependsOnBodies(uri: string): boolean {
    return this.bodiesRead.has(uri);
  }

  private createCore(uris: readonly string[], input: LinkInput, modules: ModuleIndex): ProjectCore {
    const { names, classes, files, bodiesRead, scripts, packages } = this;
    let all: readonly ClassRef[] | undefined;
    return {
      files,
      uris,
      folders: input.folders,
      resources: input.resources ?? new Map(),
      stated: this.stated,
      mentions: input.mentions ?? NO_MENTIONS,
      scriptAt: (specifier, from) => scripts.fileFor(specifier, from),
      path: (uri) => modules.paths.get(uri) ?? pathOfUri(uri),
      moduleName: (uri) => (names.isScript(uri) ? scripts.nameOf(uri) : modules.nameOf(uri)),
      resolveName: (uri, name) => names.resolve(uri, name),
      resolveMember: (symbol, name) => classes.member(symbol, name),
      resolveImport: (uri, module, level, name) => names.resolveImport(uri, module, level, name),
      packages,
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
      functionByKey: (key) => this.findFunction(key),
      body: (uri, id) => {
        bodiesRead.add(uri);
        return files.get(uri)?.bodies[id] ?? [];
      },
      bodies: (uri) => {
        bodiesRead.add(uri);
        return files.get(uri)?.bodies ?? {};
      },
      packagesOf: (uri) => names.packagesOf(uri),
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
    if (symbol.kind === "value" || symbol.kind === "type") {
      const target = this.followAliases(symbol);
      if (!target || target.kind === "type") return undefined;
      return target.kind === "value" ? this.classes.member(target, name) : this.resolveMember(target, name);
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
    for (let i = 0; i < 20 && (current?.kind === "value" || current?.kind === "type"); i++) {
      const value = aliasOf(current);
      if (!value) return current;
      const next: Symbol | undefined = this.resolveExpression(current.uri, value);
      if (!next) return current;
      current = next;
    }
    return current;
  }

  resolveImport(uri: string, module: string, level: number, name?: string): Symbol | undefined {
    // A specifier may have colons in it: `node:fs`.
    this.recorded?.add(`import:${uri}#${level}:${encodeURIComponent(module)}${name === undefined ? "" : `:${name}`}`);
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

  implementer(ref: ClassRef): ClassRef | undefined {
    this.recorded?.add(`implementer:${ref.key}`);
    return this.implementers.only(ref);
  }

  handler(ref: ClassRef): ClassRef | undefined {
    this.recorded?.add(`handler:${ref.key}`);
    // By key, because the class may stand elsewhere since.
    const found = this.reach.handlerOf(ref);
    return found && (this.findClass(found.key) ?? found);
  }

  get entities(): ReadonlyMap<string, Entity> {
    this.recorded?.add("entities:");
    return this.frameworks.entities;
  }

  entity(key: string): Entity | undefined {
    this.recorded?.add(`entity:${key}`);
    return this.frameworks.entities.get(key) ?? this.undeclaredEntity(key);
  }

  entitiesIn(uri: string): readonly Entity[] {
    if (!this.entitiesByUri) {
      this.entitiesByUri = new Map();
      for (const entity of this.frameworks.entities.values()) {
        if (entity.class || !entity.declaredAt || entity.implicit) continue;
        const known = this.entitiesByUri.get(entity.declaredAt.uri);
        if (known) known.push(entity);
        else this.entitiesByUri.set(entity.declaredAt.uri, [entity]);
      }
    }
    const found = this.entitiesByUri.get(uri) ?? [];
    for (const { key } of found) this.recorded?.add(`entity:${key}`);
    return found;
  }

  private undeclaredEntity(key: string): Entity | undefined {
    for (const framework of this.frameworks.frameworks) {
      const entity = framework.undeclaredEntity?.(key);
      if (entity) return entity;
    }
    return undefined;
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
    return this.stated.database ?? this.frameworks.frameworks.find((each) => each.engine !== "unknown")?.engine ?? "unknown";
  }

  engineOf(entity: Entity): DatabaseEngine {
    return entity.engine === undefined || entity.engine === "unknown" ? this.engine : entity.engine;
  }

  version(packageName: string): readonly [number, number] | undefined {
    this.recorded?.add(`version:${packageName}`);
    return this.versionOf(packageName);
  }

  entryOf(key: string): EntryPoint {
    this.recorded?.add(`reach:${key}`);
    return this.reach.of(key).entry;
  }

  isUncalled(key: string): boolean {
    this.recorded?.add(`reach:${key}`);
    return this.reach.isUncalled(key);
  }

  runsPerRow(key: string): { readonly parent: number } | undefined {
    this.recorded?.add(`reach:${key}`);
    return this.reach.perRow(key);
  }

  isForAdministrators(key: string): boolean {
    this.recorded?.add(`reach:${key}`);
    return this.reach.of(key).forAdministrators === true;
  }

  isEntryPoint(key: string): boolean {
    this.recorded?.add(`reach:${key}`);
    return this.reach.of(key).direct;
  }

  routesOf(key: string): readonly Route[] {
    this.recorded?.add(`routes:${key}`);
    return this.reach.routesOf(key);
  }

  reachesOthersThan(previous: LinkedProject): boolean {
    return previous instanceof Linker && previous.knownReach !== undefined && previous.knownReach !== this.reach;
  }

  given(key: string): GivenParameters {
    this.recorded?.add(`given:${key}`);
    return this.givenTo(key);
  }

  givenTo(key: string): GivenParameters {
    let given = this.knownGiven.get(key);
    if (!given) {
      // Set first: who asks back gets no answer rather than no end.
      this.knownGiven.set(key, []);
      this.knownGiven.set(key, (given = this.reach.givenTo(key, this.files, (other) => this.given(other))));
    }
    return given;
  }

  *givenOtherwise(previous: LinkedProject, moved: Iterable<string>): Iterable<string> {
    for (const uri of moved) {
      const [before, after] = [previous.files.get(uri), this.files.get(uri)];
      if (before && after && before !== after) yield* this.reach.calledOtherwise(before, after);
    }
  }

  requires(packageName: string): boolean {
    this.recorded?.add(`requires:${packageName}`);
    return this.requiresPackage(packageName);
  }

  versionFor(uri: string, packageName: string): readonly [number, number] | undefined {
    this.recorded?.add(`version-for:${uri}#${packageName}`);
    return this.packages.versionFor(uri, packageName) ?? this.versionOf(packageName);
  }

  deployment(settingsUri: string): Deployment | undefined {
    this.recorded?.add(`deployment:${settingsUri}`);
    return this.deploymentOf(settingsUri);
  }

  functionByKey(key: string): FunctionRef | undefined {
    this.recorded?.add(`function:${key}`);
    return this.findFunction(key);
  }

  template(name: string, from?: string): string | undefined {
    this.recorded?.add(`template:${from ?? ""}#${name}`);
    return this.findTemplate(name, from);
  }

  templateFunction(kind: TemplateFunctionKind, name: string, loads: readonly string[], from?: string): TemplateFunction | undefined {
    this.recorded?.add(`template-function:${from ?? ""}#${[kind, name, ...loads].join(" ")}`);
    const found = this.findTemplateFunction(kind, name, loads, from);
    // What the function itself is may change behind the name.
    if (found) this.recorded?.add(`function:${found.function.key}`);
    return found;
  }

  registeredFor(ref: ClassRef): readonly string[] {
    this.recorded?.add(`registered-for:${ref.key}`);
    return (this.registered.byClass.get(ref.key) ?? []).map((each) => each.entity);
  }

  registrations(entity: string): readonly Registration[] {
    this.recorded?.add(`registrations:${entity}`);
    // By key, because the class may stand elsewhere since.
    return (this.registered.byEntity.get(entity) ?? []).map((each) => (each.class ? { ...each, class: this.findClass(each.class.key) ?? each.class } : each));
  }

  declarationsOf(uri: string): Declarations | undefined {
    this.recorded?.add(`declares:${uri}`);
    return this.files.get(uri)?.declares;
  }

  get schemaFiles(): readonly FileFacts[] {
    this.recorded?.add("schemas:");
    return this.schemas();
  }

  schemas(): readonly FileFacts[] {
    return (this.knownSchemas ??= this.uris.flatMap((uri) => {
      const facts = this.files.get(uri)!;
      return facts.declares.schema ? [facts] : [];
    }));
  }

  templateOf(uri: string): TemplateDeclaration | undefined {
    this.recorded?.add(`declares:${uri}`);
    return this.files.get(uri)?.declares.template;
  }

  templateBody(uri: string, id: string): readonly Statement[] {
    this.recorded?.add(`body:${uri}#${id}`);
    return this.files.get(uri)?.bodies[id] ?? [];
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
    return this.answers.of(key);
  }

  findClass(key: string): ClassRef | undefined {
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

  findFunction(key: string): FunctionRef | undefined {
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

  settingOf(name: string): { readonly uri: string; readonly expression: Expression } | undefined {
    return firstAnswer(this.frameworks, (each) => each.setting(name));
  }

  requiresPackage(name: string): boolean {
    return this.packages.requires(name) || this.frameworks.frameworks.some((each) => each.requires(name));
  }

  versionOf(packageName: string): readonly [number, number] | undefined {
    return this.packages.version(packageName) ?? firstAnswer(this.frameworks, (each) => each.version(packageName));
  }

  deploymentOf(settingsUri: string): Deployment | undefined {
    return firstAnswer(this.frameworks, (each) => each.deployment(settingsUri));
  }

  findTemplate(name: string, from: string | undefined): string | undefined {
    return firstAnswer(this.frameworks, (each) => each.template?.(name, from));
  }

  findTemplateFunction(kind: TemplateFunctionKind, name: string, loads: readonly string[], from: string | undefined): TemplateFunction | undefined {
    const found = firstAnswer(this.frameworks, (each) => each.templateFunction?.(kind, name, loads, from));
    // By key, because the function may have moved since.
    return found && { ...found, function: this.findFunction(found.function.key) ?? found.function };
  }

  get registered(): Registrations {
    return (this.knownRegistrations ??= collectRegistrations(this.frameworks.frameworks));
  }

  externalEntity(name: string): Entity | undefined {
    const found = firstAnswer(this.frameworks, (each) => each.entityOfExternal(name));
    // By key, because the entity may have been relocated since.
    return found && this.frameworks.entities.get(found.key);
  }

  get reach(): Reach {
    if (!this.knownReach) {
      const earlier = this.earlierReach?.holdsFor(this.core) ? this.earlierReach : undefined;
      this.earlierReach = undefined;
      this.knownReach = earlier?.movedTo(this.core, () => this.entries()) ?? this.createReach();
      for (const uri of this.knownReach.bodiesRead) this.bodiesRead.add(uri);
    }
    return this.knownReach;
  }

  private entries(): FrameworkEntries {
    const { core } = this;
    return joinEntries(this.frameworks.frameworks.flatMap((each) => each.entries?.(core) ?? []), (uri) => core.files.get(uri)?.language);
  }

  private createReach(): Reach {
    const { core, bodiesRead } = this;
    return new Reach({
      core,
      entries: this.entries(),
      bodiesRead,
      resolveImport: (uri, module, level, name) => this.names.resolveImport(uri, module, level, name),
      findFunction: (key) => this.findFunction(key),
      findClass: (key) => this.findClass(key),
      implementersOf: (ref) => this.implementers.of(ref),
    });
  }

  get frameworks(): LinkedFrameworks {
    if (!this.linked) {
      this.linked = this.relocatedFrameworks();
      this.origin = undefined;
    }
    if (!this.linked) {
      // Set first: an adapter that (wrongly) asks back for entities finds none rather than no end.
      this.linked = { frameworks: [noFramework], entities: new Map(), byClass: new Map() };
      const frameworks = this.adapters.map((each) => each.link(this.core));
      this.linked = collectEntities(frameworks, frameworks.flatMap((each) => each.entities));
    }
    return this.linked;
  }

  /** Of a link that differs in positions only, the entities of the earlier one, where they stand now. */
  private relocatedFrameworks(): LinkedFrameworks | undefined {
    if (!this.origin) return undefined;
    const { previous, moved } = this.origin;
    const before = previous.frameworks;
    const relocation = Relocation.between(moved, previous.files, this.files, (uri, declaration) => this.names.classRef(uri, declaration));
    if (!relocation) return undefined;
    let isSame = true;
    const entities: Entity[] = [];
    for (const entity of before.entities.values()) {
      const now = relocation.entity(entity);
      isSame &&= now === entity;
      entities.push(now);
    }
    return isSame ? before : collectEntities(before.frameworks, entities);
  }
}

function isSameText(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  if (a.size !== b.size) return false;
  for (const [uri, text] of a) if (b.get(uri) !== text) return false;
  return true;
}
