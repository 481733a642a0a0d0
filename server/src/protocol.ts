/** What the server is doing, for a status item. */
export type ServerStatus =
  | { readonly state: "indexing"; readonly done: number; readonly total: number }
  /** Many files are being checked. */
  | { readonly state: "checking"; readonly done: number; readonly total: number }
  | {
      readonly state: "ready";
      readonly findings: number;
      readonly files: number;
      readonly notes: number;
      readonly scale: string;
      /** What of the server does not work, though the rest does: a language whose grammar cannot be loaded. */
      readonly trouble?: string;
      /** The names of workspace folders that are not there. */
      readonly missingFolders?: readonly string[];
    }
  | { readonly state: "off" }
  | { readonly state: "error"; readonly message: string };

/** Notification to clients whose capabilities contain `experimental.scaleHints.status`; params: ServerStatus. */
export const STATUS_NOTIFICATION = "scaleHints/status";

/** The kind of the code action that makes all safe fixes of a file. */
export const FIX_ALL_KIND = "source.fixAll.scaleHints";

/** Request: look at every file of the workspace again. Result: CheckResult. */
export const CHECK_WORKSPACE_REQUEST = "scaleHints/checkWorkspace";

export interface CheckResult {
  readonly files: number;
  readonly findings: number;
  readonly filesWithFindings: number;
}

/** Request: the rules there are. Result: RuleSummary[]. */
export const RULES_REQUEST = "scaleHints/rules";

export interface RuleSummary {
  readonly id: string;
  readonly topic: string;
  readonly summary: string;
  /** Where its page is. */
  readonly page?: string;
}

/** A place in a file: zero-based lines and UTF-16 columns, as in LSP. */
export interface Place {
  readonly uri: string;
  readonly range: { readonly start: { readonly line: number; readonly character: number }; readonly end: { readonly line: number; readonly character: number } };
}

/** Request: everything that is reported. Result: FindingSummary[], by file and position. */
export const FINDINGS_REQUEST = "scaleHints/findings";

export interface FindingSummary extends Place {
  readonly ruleId: string;
  readonly severity: "warning" | "information" | "hint";
  readonly message: string;
  /** The addresses whose requests reach it: `GET /orders/`. */
  readonly routes: readonly string[];
  /** Where there is none, what is run by itself and reaches it: `command send_reminders`, `task sync`, `admin OrderAdmin`. */
  readonly runBy: readonly string[];
  readonly isFixable: boolean;
}

/** Request: what everything that answers requests, or is run by itself, asks of the database. Result: EndpointSummary[], the fastest growing first. */
export const COSTS_REQUEST = "scaleHints/costs";

export interface EndpointSummary extends Place {
  readonly name: string;
  /** `GET /orders/`; what runs it (`task`, `command`) where there is no address. */
  readonly address: string;
  /** `1–2 + 2·orders` */
  readonly queries: string;
  /** The same to be read at a glance: `up to 2 + 2·orders`. */
  readonly atMost: string;
  /** How many row counts are multiplied at the most: 0 is constant. */
  readonly degree: number;
  readonly rows: "none" | "bounded" | "page" | "unbounded";
  readonly exact: boolean;
  /** Statements when every table has the rows that it is declared or taken to have, within the limits of the code. */
  readonly atScale: number;
  readonly terms: readonly { readonly per: readonly string[]; readonly count: number; readonly because: readonly (Place & { readonly message: string })[] }[];
}

/** Request: what of the project is understood, and what is not and why, as Markdown. Result: string. */
export const UNDERSTOOD_REQUEST = "scaleHints/understood";

/** Request: the configuration file with one option set. Params: EditConfigurationParams; result: FileText or null where there is no file and none is to be made. */
export const EDIT_CONFIGURATION_REQUEST = "scaleHints/editConfiguration";

export interface EditConfigurationParams {
  /** A file or folder that the configuration is to hold for; absent: the first folder. */
  readonly uri?: string;
  /** `["rows", "Country"]` */
  readonly path: readonly string[];
  readonly value: unknown;
  /** Make a file where there is none. */
  readonly create: boolean;
}

/** The text that a file is to have. */
export interface FileText {
  readonly uri: string;
  readonly text: string;
  /** It is not there yet. */
  readonly creates: boolean;
}

/** Request: a baseline of what is found now, and the configuration that names it. Result: BaselineResult. */
export const BASELINE_REQUEST = "scaleHints/baseline";

export interface BaselineResult {
  readonly findings: number;
  readonly files: readonly FileText[];
}

/**
 * Requests of the server to clients whose capabilities contain `experimental.scaleHints.files`: what a folder holds (names, true for folders; null: it is not there),
 * and the bytes of a file as base64 (null: it is not there). For workspaces that are on no disk.
 */
export const READ_FOLDER_REQUEST = "scaleHints/readFolder";
export const READ_FILE_REQUEST = "scaleHints/readFile";

/** Command of the server, with a rule's id: shows the rule's page in the editor. */
export const OPEN_RULE_PAGE_COMMAND = "scaleHints.server.openRulePage";

/** Command of the server, with a file's URI and a finding's key: applies the fix of it that is safe. */
export const APPLY_FIX_COMMAND = "scaleHints.server.applyFix";

/** Command of the server, with a rule's id: fixes what can be fixed safely of what it found in the workspace, after a look where the client can show it. Says how far it is where a workDoneToken comes along. */
export const FIX_EVERYWHERE_COMMAND = "scaleHints.server.fixEverywhere";

/** Commands of the client, for those whose capabilities contain `experimental.scaleHints.commands`: peek at places (with Places), declare how many rows a model has (with its name and a URI). */
export const SHOW_PLACES_COMMAND = "scaleHints.showPlaces";
export const DECLARE_ROWS_COMMAND = "scaleHints.declareRows";

/** Travels with a diagnostic to the client and back. */
export interface DiagnosticData {
  readonly key: string;
  /** The version of the document that was analysed; null for a file that was not open. */
  readonly version: number | null;
}

/** What a client hands to a server that runs in a worker, in `initializationOptions.web`; bytes travel as they are. */
export interface WebInitialization {
  readonly runtime: Uint8Array;
  readonly grammars: Readonly<Record<string, Uint8Array>>;
  /** Why grammars are not among them. */
  readonly missing: Readonly<Record<string, string>>;
  /** The folder of the rules' pages, as a URI. */
  readonly rulePages: string;
  /** Of each rule's page, the section that says when to leave it be, heading included. */
  readonly whenWrong: Readonly<Record<string, string>>;
}

/** Asked for by a client whose capabilities say so under `experimental.scaleHints`. */
export interface ScaleHintsClientCapabilities {
  readonly status?: boolean;
  /** It reads folders and files for the server. */
  readonly files?: boolean;
  /** It has the commands that the server's answers name. */
  readonly commands?: boolean;
  /** It asks for FIX_ALL_KIND by itself, in its own time. */
  readonly fixAll?: boolean;
}
