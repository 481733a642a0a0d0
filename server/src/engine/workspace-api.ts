import type { EndpointCost } from "./cost";
import type { KeptPart, KeptSession } from "./check/kept";
import type { Landscape } from "./check/landscape";
import type { Steps } from "./check/steps";
import type { Understood, Unresolved } from "./check/understanding";
import type { QueryView } from "./describe";
import type { DatabaseEngine } from "./project";
import type { Fix, Finding } from "./rule/finding";

/** A file as the host sees it now; `text` undefined: it is gone. `open`: it is being edited. */
export interface FileChange {
  readonly uri: string;
  readonly text: string | undefined;
}

/** How much work the last calls cost; tests assert on it. */
export interface WorkCounters {
  lowered: number;
  linked: number;
  checked: number;
}

export interface EngineOptions {
  /** Report tests, migrations and vendored folders too. */
  readonly includeTests: boolean;
  /** Only these rules; undefined: all that are on by default. */
  readonly rules?: readonly string[];
  readonly disabledRules: readonly string[];
  /** Report what rests on assumptions, too. */
  readonly includeAssumed?: boolean;
  /** The database that the project runs on, where its own settings and schemas do not say so for each table. */
  readonly database?: DatabaseEngine;
  /** The Django settings module that is deployed: `shop.settings.production`. */
  readonly settingsModule?: string;
}

/** The one mutable object of the engine. All methods are synchronous; slice work by calling `check` per file, and `fixing` in place of `fixes`. */
export interface WorkspaceApi {
  readonly counters: WorkCounters;
  /** Takes new texts in; lowers what changed, relinks when declarations changed, and marks what must be checked again. */
  apply(changes: readonly FileChange[]): void;
  setOptions(options: EngineOptions): void;
  /** The folders whose files make up the project, as URIs without a trailing slash; they are where module paths may start. */
  setFolders(folders: readonly string[]): void;
  /** Whether less could be read of a file if it had this text: it is half typed. Reading it is not done again when the text is applied next. */
  readsLess(uri: string, text: string): boolean;
  text(uri: string): string | undefined;
  has(uri: string): boolean;
  uris(): readonly string[];
  /**
   * Files whose findings are out of date, most urgent first. `urgent` names open files. Checking them may show that others must look
   * again at how the whole project uses an entity, so ask again until nothing is left.
   */
  dirty(urgent?: readonly string[]): readonly string[];
  check(uri: string): void;
  checkAll(): void;
  /** What is known now to be wrong at places in this file, whichever file's check found it; sorted by position. */
  findings(uri: string): readonly Finding[];
  /** Of all files, sorted by file and position. */
  allFindings(): readonly Finding[];
  /** The proposals of a finding that hold up when applied and analysed again. */
  fixes(finding: Finding): readonly Fix[];
  /** The same in steps. A text that changes between them takes their ground away: then there are none. */
  fixing(finding: Finding): Steps<readonly Fix[]>;
  understood(): Understood;
  /** What may explain that little is understood. */
  landscape(): Landscape;
  /** What every address, task and command that was checked asks of the database, by file and position; with "everything" every function does. */
  costs(of?: "entry points" | "everything"): readonly EndpointCost[];
  /** The queries and reads of relations at a place of a file, the innermost first. Evaluates the file again: for a person who points at something. */
  queriesAt(uri: string, offset: number): readonly QueryView[];
  /** What could not be followed, with the reason, by file and position. */
  unresolved(): readonly Unresolved[];
  /** Notes about files that were not understood (syntax errors that hide code …) and rules that failed; without a file: what does not work at all. */
  notes(): readonly { readonly uri?: string; readonly message: string }[];
  /**
   * An earlier session, of this program, with the options and folders that are set: texts that come from now on and that it had as well are not parsed
   * again, and files are not checked again of which everything is the same that their check rested on. Their findings have no fixes until somebody asks for these.
   */
  resume(kept: KeptSession): void;
  /** What this session found out, for a later one to resume; to be asked when everything is checked, and of use only if nothing changes before its end. */
  keeping(): Iterable<KeptPart>;
  /** Another workspace that knows all that this one knows and goes its own way: for work that changes texts to see what comes of it. */
  fork(): WorkspaceApi;
}
