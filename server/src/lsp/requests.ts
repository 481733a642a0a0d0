import { ExecuteCommandRequest, type CancellationToken, type Connection, type ExecuteCommandParams, type ResponseError } from "vscode-languageserver";
import type { RuleInfo } from "../config/settings";
import type { FileSystem } from "../host/file-system";
import {
  APPLY_FIX_COMMAND,
  BASELINE_REQUEST,
  CHECK_WORKSPACE_REQUEST,
  COSTS_REQUEST,
  EDIT_CONFIGURATION_REQUEST,
  FIX_EVERYWHERE_COMMAND,
  FINDINGS_REQUEST,
  OPEN_RULE_PAGE_COMMAND,
  RULES_REQUEST,
  UNDERSTOOD_REQUEST,
  type BaselineResult,
  type CheckResult,
  type EditConfigurationParams,
  type EndpointSummary,
  type FileText,
  type FindingSummary,
  type RuleSummary,
} from "../protocol";
import type { ClientFeatures } from "./client-features";
import type { CodeActions } from "./code-actions";
import { codeLenses } from "./code-lenses";
import { applyFix, checkWorkspace, openRulePage } from "./commands";
import type { Diagnostics } from "./diagnostics";
import type { Failures } from "./failures";
import { fixEverywhere } from "./fix-everywhere";
import { hover, whenWrong } from "./hover";
import { inlayHints } from "./inlay-hints";
import { Overview } from "./overview";
import type { Project } from "./project";
import type { SessionSettings } from "./session-settings";
import { Cancelled } from "./signal";

/** What answers requests once the engine is there. */
export interface Parts {
  readonly project: Project;
  readonly diagnostics: Diagnostics;
  readonly codeActions: CodeActions;
  readonly features: ClientFeatures;
}

export interface RequestContext {
  readonly connection: Connection;
  readonly started: () => Promise<Parts>;
  readonly settings: SessionSettings;
  readonly failures: Failures;
  readonly rules: readonly RuleInfo[];
  readonly files: FileSystem;
  readonly rulePage: (ruleId: string) => string | undefined;
  readonly rulePageText: (ruleId: string) => string | undefined;
}

type Handler<P, R> = (params: P, token: CancellationToken) => Promise<R | ResponseError<never>>;

/** Answers everything that a client may ask: what languages clients know, and our own requests. */
export function answerRequests(context: RequestContext): void {
  answerLanguage(context);
  answerOwn(context);
}

/** What editors ask of any language server. */
function answerLanguage(context: RequestContext): void {
  const { connection, settings, rules, rulePage, rulePageText } = context;
  const { configurations } = settings;
  connection.languages.diagnostics.on(
    guarded(context, "diagnostics", { kind: "full" as const, items: [] }, (params, token, parts) => parts.diagnostics.document(params, token)),
  );
  connection.languages.diagnostics.onWorkspace((params, token, _progress, partial) =>
    guarded<typeof params, Awaited<ReturnType<Diagnostics["workspace"]>>>(context, "workspace diagnostics", { items: [] }, (p, t, parts) =>
      parts.diagnostics.workspace(p, t, partial),
    )(params, token),
  );
  connection.onCodeAction(
    guarded(context, "code actions", [], async (params, token, { project, codeActions }) => {
      if (!settings.current.enable) return [];
      await project.whenIndexed(token);
      return codeActions.provide(params, token);
    }),
  );
  connection.onCodeActionResolve((action, token) => guarded(context, "code action", action, (_, __, parts) => parts.codeActions.resolve(action, token))(action, token));
  connection.languages.inlayHint.on(
    guarded(context, "inlay hints", [], async (params, token, { project, features }) => {
      const { enable, inlayHints: kinds } = settings.current;
      if (!enable || kinds.length === 0) return [];
      await project.whenKnown("all", token);
      return inlayHints(params, { project, features, kinds, hasLenses: settings.current.codeLens, topicOf: (id) => rules.find((rule) => rule.id === id)?.topic });
    }),
  );
  connection.onCodeLens(
    guarded(context, "code lenses", [], async (params, token, { project, features }) => {
      if (!settings.current.enable || !settings.current.codeLens) return [];
      await project.whenKnown("all", token);
      return codeLenses(params, project, features);
    }),
  );
  connection.onHover(
    guarded(context, "hover", null, (params, _token, { project }) => {
      if (!settings.current.enable || project.isIndexing) return null;
      return hover(params, { project, configurationOf: (uri) => configurations.of(uri), whenWrong: (id) => whenWrong(rulePageText(id)) });
    }),
  );
  // Not `onExecuteCommand`, which takes the token away that a client wants to be told by how far a command is.
  connection.onRequest(
    ExecuteCommandRequest.type,
    guarded<ExecuteCommandParams, null>(context, "command", null, async ({ command, arguments: given, workDoneToken }, token, { project, features }) => {
      if (command === OPEN_RULE_PAGE_COMMAND) await openRulePage(given?.[0], { connection, features, rulePage });
      if (command === APPLY_FIX_COMMAND) await applyFix(given?.[0], given?.[1], { connection, features, project });
      if (command === FIX_EVERYWHERE_COMMAND) await fixEverywhere(String(given?.[0]), { connection, features, project, workDoneToken }, token);
      return null;
    }),
  );
}

/** What only our own clients ask. */
function answerOwn(context: RequestContext): void {
  const { connection, settings, rules, files, rulePage } = context;
  const overview = new Overview({ configurations: settings.configurations, files, rules });
  connection.onRequest(
    CHECK_WORKSPACE_REQUEST,
    guarded<unknown, CheckResult>(context, "check", { files: 0, findings: 0, filesWithFindings: 0 }, (_, token, parts) => checkWorkspace(parts, token)),
  );
  connection.onRequest(RULES_REQUEST, (): RuleSummary[] => rules.map(({ id, topic, summary }) => ({ id, topic, summary, page: rulePage(id) })));
  connection.onRequest(
    FINDINGS_REQUEST,
    guarded<unknown, FindingSummary[]>(context, "findings", [], async (_, token, { project }) => {
      await project.whenAllKnown(token);
      return settings.current.enable ? overview.findings(project) : [];
    }),
  );
  connection.onRequest(
    COSTS_REQUEST,
    guarded<unknown, EndpointSummary[]>(context, "costs", [], async (_, token, { project }) => {
      await project.whenSettled(token);
      return overview.costs(project);
    }),
  );
  connection.onRequest(
    UNDERSTOOD_REQUEST,
    guarded<unknown, string>(context, "understood", "", async (_, token, { project }) => {
      await project.whenSettled(token);
      return overview.understood(project);
    }),
  );
  connection.onRequest(
    EDIT_CONFIGURATION_REQUEST,
    guarded<EditConfigurationParams, FileText | null>(context, "configuration", null, (params, _, { project }) => overview.editConfiguration(params, project)),
  );
  connection.onRequest(
    BASELINE_REQUEST,
    guarded<unknown, BaselineResult>(context, "baseline", { findings: 0, files: [] }, async (_, token, { project }) => {
      await project.whenSettled(token);
      return overview.baseline(project);
    }),
  );
}

/** Handles a request once everything is there, unless it was withdrawn meanwhile. */
function guarded<P, R>({ failures, started }: RequestContext, what: string, otherwise: R, handle: (params: P, token: CancellationToken, parts: Parts) => R | Promise<R>): Handler<P, R> {
  return (params, token) =>
    failures.answer(what, otherwise, token, async () => {
      const parts = await started().catch(() => undefined);
      // That it could not start was said already.
      if (!parts) return otherwise;
      // What was sent before this request has been taken in: its handlers were queued on the same promise.
      await Promise.resolve();
      if (token.isCancellationRequested) throw new Cancelled();
      return handle(params, token, parts);
    });
}
