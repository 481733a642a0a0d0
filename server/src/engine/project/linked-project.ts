import type { ClassDeclaration, FileFacts, FunctionDeclaration, ScriptMentions, Statement, TemplateDeclaration } from "../facts";
import type { ProjectAdapter, Stated } from "./adapter";
import type { ClassRef, FunctionRef, ProjectModel, Symbol } from "./model";

export interface LinkInput {
  readonly files: ReadonlyMap<string, FileFacts>;
  /** Workspace folders as URIs. */
  readonly folders: readonly string[];
  readonly adapters: readonly ProjectAdapter[];
  /** Texts of requirement and lock files by URI. */
  readonly resources?: ReadonlyMap<string, string>;
  /** What scripts say of each other, those that were not read as well. */
  readonly mentions?: ScriptMentions;
  /** What the user says of the project, where it does not say so itself. */
  readonly stated?: Stated;
  /** An earlier link of the same project, to take over from it what still holds. */
  readonly previous?: LinkedProject;
  /** The only files that differ from `previous`, each declaring the same as before: bodies and positions may be others. */
  readonly moved?: ReadonlySet<string>;
}

/** A linked project that can say what was asked of it, and whether the answers are still the same in another link. */
export interface LinkedProject extends ProjectModel {
  /**
   * Runs `work` and gives the keys of everything that was asked for meanwhile, misses included: `name:<uri>#<name>`,
   * `member:<uri>#<name>`, `import:…`, `module:<dotted>`, `class:<class key>`, `implementer:<class key>`, `handler:<class key>`, `entity:<key>`, `entity-of:<class key>`,
   * `external-entity:<dotted>`, `entities:`, `setting:<NAME>`, `engine:`, `version:<package>`, `version-for:<uri>#<package>`, `requires:<package>`, `deployment:<uri>`, `template:<name>`,
   * `template-function:<kind> <name> <libraries>`, `declares:<uri>`, `schemas:`, `function:<key>`, `body:<function key>`,
   * `registered-for:<class key>`, `registrations:<entity>`,
   * `reach:<key of a function, class or module>`, `routes:<key of a function or class>`, `given:<key of a function>`.
   * Recordings may be nested; the outer one includes the inner one's keys.
   */
  recording<T>(uri: string, work: () => T): { readonly result: T; readonly keys: ReadonlySet<string> };
  /** A digest of the answer to a key, positions left out; "" when there is none. Works for keys recorded on another link. */
  fingerprintOf(key: string): string;
  /** The statements of a function, or of a module by its URI. */
  bodyOf(fn: FunctionRef): readonly Statement[];
  /** What a template declares of itself, and the statements of it ("") or of one of its blocks (`slotId`). */
  templateOf(uri: string): TemplateDeclaration | undefined;
  templateBody(uri: string, id: string): readonly Statement[];
  moduleBody(uri: string): readonly Statement[];
  /** The reference of a class or function declaration, also of one inside a function body. */
  classRef(uri: string, declaration: ClassDeclaration): ClassRef;
  functionRef(uri: string, declaration: FunctionDeclaration, owner?: ClassRef): FunctionRef;
  /** `A = B` followed to what it stands for. */
  followAliases(symbol: Symbol): Symbol | undefined;
  /** The dotted name a file is imported by. */
  moduleName(uri: string): string;
  /** Whether the answers to keys of reach (`isReachKey`) may differ from those of an earlier link: code calls other functions than it did. */
  reachesOthersThan(previous: LinkedProject): boolean;
  /** Functions that may be given something else in `moved` files than in an earlier link that reaches the same. */
  givenOtherwise(previous: LinkedProject, moved: Iterable<string>): Iterable<string>;
  /** Whether a framework read statements of this file (settings, `manage.py`): a change of its bodies may change any answer. */
  dependsOnBodies(uri: string): boolean;
}
