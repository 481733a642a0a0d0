/** What the server is doing, for a status item. */
export type ServerStatus =
  | { readonly state: "indexing"; readonly done: number; readonly total: number }
  | { readonly state: "ready"; readonly findings: number; readonly files: number; readonly notes: number }
  | { readonly state: "off" }
  | { readonly state: "error"; readonly message: string };

/** Notification to clients whose capabilities contain `experimental.scaleHints.status`; params: ServerStatus. */
export const STATUS_NOTIFICATION = "scaleHints/status";

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

/** Command of the server, with a rule's id: shows the rule's page in the editor. */
export const OPEN_RULE_PAGE_COMMAND = "scaleHints.server.openRulePage";

/** Travels with a diagnostic to the client and back. */
export interface DiagnosticData {
  readonly key: string;
  /** The version of the document that was analysed; null for a file that was not open. */
  readonly version: number | null;
}

/** Asked for by a client whose capabilities say so under `experimental.scaleHints`. */
export interface ScaleHintsClientCapabilities {
  readonly status?: boolean;
}
