import type { AttributeDeclaration, Call, ClassDeclaration, Expression, FileFacts, Language, ScriptMentions, Statement } from "../facts";
import type { Deployment } from "./deployment";
import type { Packages } from "./packages";
import type { Ancestor, ClassRef, DatabaseEngine, Entity, EntryPoint, FunctionRef, Registration, Route, Symbol, TemplateFunction, TemplateFunctionKind } from "./model";

/** What only the user can know of a project. */
export interface Stated {
  readonly database?: DatabaseEngine;
  /** The Django settings module that is deployed. */
  readonly settingsModule?: string;
}

/** What a framework's adapter sees while the project is linked: names and classes, nothing of any framework. Nothing is recorded. */
export interface ProjectCore {
  readonly files: ReadonlyMap<string, FileFacts>;
  /** URIs in a fixed order, whatever the order in which the files came. */
  readonly uris: readonly string[];
  readonly folders: readonly string[];
  /** Texts of files that are not code but say something about the project (requirement and lock files, those that deploy it), by URI. */
  readonly resources: ReadonlyMap<string, string>;
  readonly stated: Stated;
  /** What scripts say of each other, those that were not read as well. */
  readonly mentions: ScriptMentions;
  /** The file that a specifier of a script means, which need not have been read itself. */
  scriptAt(specifier: string, from: string): string | undefined;
  /** The decoded path of a URI, `/c:/shop/models.py`; good for comparing and splitting, not for opening. */
  path(uri: string): string;
  /** The dotted module name of a file, from the nearest folder that modules can be imported from; of a script its path below its package, without suffix. */
  moduleName(uri: string): string;
  resolveName(uri: string, name: string): Symbol | undefined;
  resolveMember(symbol: Symbol, name: string): Symbol | undefined;
  resolveExpression(uri: string, expression: Expression): Symbol | undefined;
  /** What an import of a file stands for; of scripts the level is 0. */
  resolveImport(uri: string, module: string, level: number, name?: string): Symbol | undefined;
  /** The packages of npm that the workspace is made of and needs. */
  readonly packages: Packages;
  /** `A = B` followed to what it stands for; the value itself when it is not a plain alias. */
  followAliases(symbol: Symbol): Symbol | undefined;
  /** Whether some file lies in or below the folder with this path. */
  isFolder(path: string): boolean;
  /** The file of a module path without suffix (`/shop/apps` is `/shop/apps.py`), or undefined. */
  fileAt(modulePath: string): string | undefined;
  /** A dotted module; of several candidates the one nearest to `from`. */
  module(name: string, from?: string): { readonly uri: string } | undefined;
  /** The module-level classes of all files, in the order of `uris` and of their definition. */
  readonly classes: readonly ClassRef[];
  classRef(uri: string, declaration: ClassDeclaration): ClassRef;
  ancestors(ref: ClassRef): readonly Ancestor[];
  inheritsFrom(ref: ClassRef, ...externalNames: string[]): boolean;
  method(ref: ClassRef, name: string, after?: ClassRef): FunctionRef | undefined;
  attribute(ref: ClassRef, name: string, after?: ClassRef): { readonly uri: string; readonly attribute: AttributeDeclaration; readonly owner: ClassRef } | undefined;
  nestedClass(ref: ClassRef, name: string): ClassRef | undefined;
  /** The function of this key (`<uri>#<id>`). */
  functionByKey(key: string): FunctionRef | undefined;
  /** The statements of a function, of the module itself by "". The framework depends on this file's bodies from then on. */
  body(uri: string, functionId: string): readonly Statement[];
  /** All bodies of a file, by function id. */
  bodies(uri: string): Readonly<Record<string, readonly Statement[]>>;
  /** Top-level packages that a file imports absolutely. */
  packagesOf(uri: string): ReadonlySet<string>;
}

/** What a framework makes of a project. */
export interface FrameworkModel {
  /** Every entity, abstract ones included; keys are unique. */
  readonly entities: readonly Entity[];
  entityOfExternal(name: string): Entity | undefined;
  /** A table that code names and nothing declares, by the key that its entity would have. */
  undeclaredEntity?(key: string): Entity | undefined;
  setting(name: string): { readonly uri: string; readonly expression: Expression } | undefined;
  readonly engine: DatabaseEngine;
  /** Worked out when first asked for, with names as `project` resolves them. */
  entries?(project: ProjectCore): FrameworkEntries;
  version(packageName: string): readonly [number, number] | undefined;
  /** Whether some requirement or lock file names the package. */
  requires(packageName: string): boolean;
  /** How the application is deployed whose settings are this module; undefined for every other file. */
  deployment(settingsUri: string): Deployment | undefined;
  /** Worked out when first asked for. */
  registrations?(): readonly Registration[];
  /** The file that a template name leads to, as the deployed settings look it up. */
  template?(name: string, from: string | undefined): string | undefined;
  /** The function behind a filter or tag: one of the loaded libraries, or of those that are always there. */
  templateFunction?(kind: TemplateFunctionKind, name: string, loads: readonly string[], from: string | undefined): TemplateFunction | undefined;
}

/** What starts code by itself: addresses, tasks, commands, hooks of the framework. */
export interface FrameworkEntries {
  /** What the code is written in that it starts. */
  readonly languages: readonly Language[];
  /** Files whose declarations addresses were read from: the places of these move with the text. */
  readonly places?: ReadonlySet<string>;
  /** Addresses by the key of the function or class that answers. */
  readonly routes: ReadonlyMap<string, readonly Route[]>;
  /** What runs all code of a module, whoever else calls it. */
  ofModule(uri: string): EntryPoint | undefined;
  /** What runs a function by itself, its class left out. */
  ofFunction(fn: FunctionRef): EntryPoint | undefined;
  /** What runs the methods of a class. */
  ofClass(ref: ClassRef): EntryPoint | undefined;
  /** What runs code as far as its place tells, when its callers say nothing: a helper in `tasks.py`. */
  byPlace(uri: string): EntryPoint | undefined;
  /** What runs a function of which code reads this attribute: `total.delay(…)` puts `total` in a queue. */
  startedBy(attribute: string, fn: FunctionRef): EntryPoint | undefined;
  /** A function that the framework runs once for each of many rows that something else gave (a GraphQL field's resolver), with the place of the parameter that is the row. */
  perRow?(fn: FunctionRef): { readonly parent: number } | undefined;
  /** Code that the framework may call without any code of the user's showing it: a method that it knows by name, one registered by a decorator. */
  mayBeCalled(fn: FunctionRef): boolean;
  /** The class that handles messages of this one. */
  handlerOf?(message: ClassRef): ClassRef | undefined;
  /** Code that may run although nothing calls it: a function that frameworks look for by its name, or as the default of its file. */
  isLookedFor?(fn: FunctionRef): boolean;
  /** A file whose code the framework would start, were it part of the application: nothing that is started leads to it. */
  isUnmounted?(uri: string): boolean;
  /** A function that the framework would run if anything but its own file spoke of it, and nothing does. */
  isUntaken?(fn: FunctionRef): boolean;
}

/** Knowledge of one framework's declarations: how its classes become entities, where its settings are. */
export interface ProjectAdapter {
  readonly framework: string;
  /** Top-level packages that are the framework's own: never looked for in the workspace. */
  readonly packages: readonly string[];
  /**
   * The bases that a base-class expression with a call in it stands for: `Manager.from_queryset(BookQuerySet)` is a `Manager`.
   * Undefined: this adapter does not know.
   */
  basesOfCall?(call: Call): readonly Expression[] | undefined;
  link(project: ProjectCore): FrameworkModel;
}
