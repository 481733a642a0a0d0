import type { FileEdit, Location } from "../source";
import type { Basis } from "../project";

export type Severity = "warning" | "information" | "hint";
export type Safety = "safe" | "review" | "sketch";
/** RULES.md: what the problem costs when the tables grow. */
export type Impact = "critical" | "high" | "medium" | "low";

/** Gives the current text of a file of the workspace. */
export type TextSource = (uri: string) => string | undefined;

/** Gives the files that lie in a folder itself, as URIs: for fixes that add one beside them. */
export type FolderSource = (folder: string) => readonly string[];

/** A fix that a rule proposes. It is built only when somebody asks, and offered only after re-analysis confirmed it. */
export interface FixProposal {
  /** A verb phrase: "Load `author` with the query". */
  readonly title: string;
  readonly safety: Safety;
  readonly preferred?: boolean;
  /** It knows how to write templates; a rewrite of code that would land in one is not offered. */
  readonly editsTemplates?: boolean;
  /** The edits, relative to the texts at the time of the finding; undefined when the text turns out not to allow it. */
  build(text: TextSource, filesIn?: FolderSource): readonly FileEdit[] | undefined;
}

/** A fix whose result was parsed and analysed again: the finding is gone and nothing new appeared. */
export interface Fix {
  readonly title: string;
  readonly safety: Safety;
  readonly preferred: boolean;
  readonly edits: readonly FileEdit[];
}

/** The tables that something grows with, each under all the names that people give it: model, `app.model`, table. */
export interface Growth {
  /** Those whose rows the loops around it walk, from the outermost to the innermost. */
  readonly rounds: readonly (readonly string[])[];
  /** The one that the query itself asks. */
  readonly rows?: readonly string[];
}

/** What the code costs that a finding stands in, by the same cost that `scale-hints cost` shows. */
export interface FindingCost {
  /** The address, task or command: `GET /orders/`; or the function or class, where it is none of these. */
  readonly of: string;
  readonly isEntryPoint: boolean;
  /** All that it sends: `1 + 2·orders`. */
  readonly queries: string;
  /** The part of it that the finding is about: `orders`. */
  readonly term: string;
  /** All that it is counted in: `["orders"]`. */
  readonly per: readonly string[];
  /** The number of rows that is put in for each of these, and what then is sent in all: as few, and as many. */
  readonly rows: number;
  readonly least: number;
  readonly most: number;
  readonly exact: boolean;
}

export interface RelatedPlace {
  readonly at: Location;
  readonly message: string;
}

export interface Finding {
  readonly ruleId: string;
  /** Names the finding across runs as long as its code stays: rule, file, enclosing function, wording values. For `data` and baselines. */
  readonly key: string;
  /** `what: why` in one line, then what to do instead. */
  readonly message: string;
  /** The short form for an inlay hint: "1 + N queries"; absent when the rule has none. */
  readonly hint?: string;
  readonly impact: Impact;
  readonly severity: Severity;
  readonly confidence: Basis;
  readonly at: Location;
  readonly related: readonly RelatedPlace[];
  readonly proposals: readonly FixProposal[];
  /** Names it as `key` does, but for the file and for others like it in the file: for baselines, which count. */
  readonly identity: string;
  /** What its code costs in all; absent where it is not about statements that loops repeat. */
  readonly cost?: FindingCost;
  /** What it costs more with, when tables grow; absent where it grows with none that is known. */
  readonly grows?: Growth;
  /** The innermost loop around it, by its header. */
  readonly loop?: Location;
  /** The addresses whose requests reach it: `GET /orders/`. */
  readonly routes: readonly string[];
  /** Its code is run by tests or migrations, or is vendored: asked for by `includeTests` alone. */
  readonly isTestCode?: true;
  /** Tags the code as unnecessary (a redundant index). */
  readonly unnecessary?: boolean;
}
