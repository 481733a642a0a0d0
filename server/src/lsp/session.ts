import {
  CodeLensRefreshRequest,
  DidChangeConfigurationNotification,
  DidChangeWatchedFilesNotification,
  LSPErrorCodes,
  MessageType,
  ResponseError,
  ShowDocumentRequest,
  TextDocuments,
  TextDocumentSyncKind,
  WatchKind,
  type CancellationToken,
  type Connection,
  type FileSystemWatcher,
  type InitializeParams,
  type InitializeResult,
} from "vscode-languageserver";
import { TextDocument } from "vscode-languageserver-textdocument";
import { costText, type WorkspaceApi } from "#engine";
import { Configurations } from "../config/configurations";
import { DEFAULT_SETTINGS, readSettings, type RuleInfo, type Settings } from "../config/settings";
import type { FileSystem } from "../host/file-system";
import { baseName, canonicalUri } from "../host/uri";
import { WATCHED_PATTERNS } from "../host/wanted";
import {
  APPLY_FIX_COMMAND,
  BASELINE_REQUEST,
  CHECK_WORKSPACE_REQUEST,
  COSTS_REQUEST,
  EDIT_CONFIGURATION_REQUEST,
  FINDINGS_REQUEST,
  OPEN_RULE_PAGE_COMMAND,
  RULES_REQUEST,
  STATUS_NOTIFICATION,
  UNDERSTOOD_REQUEST,
  type BaselineResult,
  type CheckResult,
  type EditConfigurationParams,
  type EndpointSummary,
  type FileText,
  type FindingSummary,
  type RuleSummary,
  type ServerStatus,
} from "../protocol";
import { clientFeatures, type ClientFeatures } from "./client-features";
import { CodeActions, FIX_ALL_KIND } from "./code-actions";
import { codeLenses } from "./code-lenses";
import { Diagnostics } from "./diagnostics";
import { hover, whenWrong } from "./hover";
import { inlayHints } from "./inlay-hints";
import { Overview } from "./overview";
import { Project } from "./project";
import { Cancelled } from "./signal";
import { toWorkspaceEdit } from "./workspace-edit";

export interface SessionOptions {
  readonly connection: Connection;
  /** Loads grammars and makes the engine; called once, after the client has said hello. */
  readonly createEngine: (initializationOptions: unknown) => Promise<WorkspaceApi>;
  readonly rules: readonly RuleInfo[];
  readonly files: FileSystem;
  /** Lets waiting messages in. */
  readonly pause: () => Promise<void>;
  /** Where the page of a rule is, as a URI. */
  readonly rulePage: (ruleId: string) => string | undefined;
  /** What it says. */
  readonly rulePageText: (ruleId: string) => string | undefined;
  readonly version: string;
}

/** Serves one client until it goes. */
export function startSession(options: SessionOptions): void {
  new Session(options).listen();
}

class Session {
  private readonly connection: Connection;
  private readonly documents = new TextDocuments(TextDocument);
  private features!: ClientFeatures;
  private initializeParams!: InitializeParams;
  private settings: Settings = DEFAULT_SETTINGS;
  private readonly configurations: Configurations;
  /** Configuration files were read that the engine has not been told of. */
  private isReconfiguring = false;
  private lastProblems = "";
  private ready: Promise<Parts> | undefined;
  private parts: Parts | undefined;
  private lastStatus = "";
  private shownHints = "";
  private shownLenses = "";
  private indexProgress: { report(percentage: number, message: string): void } | undefined;

  constructor(private readonly options: SessionOptions) {
    this.connection = options.connection;
    this.configurations = new Configurations(options.rules);
  }

  listen(): void {
    const { connection } = this;
    connection.onInitialize((params) => this.initialize(params));
    connection.onInitialized(() => void this.quietly("start-up", () => this.initialized()));
    connection.onShutdown(() => this.parts?.project.dispose());

    connection.onDidChangeConfiguration(({ settings }) => void this.quietly("settings", () => this.reconfigure(settings)));
    connection.onDidChangeWatchedFiles(({ changes }) => void this.quietly("watched files", () => this.filesChanged(changes.map(({ uri }) => uri))));
    this.documents.onDidOpen(({ document }) => void this.quietly("open", async () => (await this.started()).project.openDocument(document)));
    this.documents.onDidChangeContent(({ document }) => void this.quietly("change", async () => (await this.started()).project.changeDocument(document)));
    this.documents.onDidClose(({ document }) => void this.quietly("close", async () => (await this.started()).project.closeDocument(document)));

    connection.languages.diagnostics.on(
      this.guarded("diagnostics", { kind: "full" as const, items: [] }, (params, token, parts) => parts.diagnostics.document(params, token)),
    );
    connection.languages.diagnostics.onWorkspace((params, token, _progress, partial) =>
      this.guarded<typeof params, Awaited<ReturnType<Diagnostics["workspace"]>>>("workspace diagnostics", { items: [] }, (p, t, parts) =>
        parts.diagnostics.workspace(p, t, partial),
      )(params, token),
    );
    connection.onCodeAction(
      this.guarded("code actions", [], (params, _token, parts) => (this.settings.enable ? parts.codeActions.provide(params) : [])),
    );
    connection.onCodeActionResolve((action, token) => this.guarded("code action", action, (_, __, parts) => parts.codeActions.resolve(action))(action, token));
    connection.languages.inlayHint.on(
      this.guarded("inlay hints", [], async (params, token, { project }) => {
        if (!this.settings.enable || this.settings.inlayHints.length === 0) return [];
        await project.whenIndexed(token);
        return inlayHints(params, { project, features: this.features, kinds: this.settings.inlayHints, hasLenses: this.settings.codeLens, topicOf: (id) => this.options.rules.find((rule) => rule.id === id)?.topic });
      }),
    );
    connection.onCodeLens(
      this.guarded("code lenses", [], async (params, token, { project }) => {
        if (!this.settings.enable || !this.settings.codeLens) return [];
        await project.whenIndexed(token);
        return codeLenses(params, project, this.features);
      }),
    );
    connection.onHover(
      this.guarded("hover", null, (params, _token, { project }) => {
        if (!this.settings.enable || project.isIndexing) return null;
        return hover(params, { project, configurationOf: (uri) => this.configurations.of(uri), whenWrong: (id) => whenWrong(this.options.rulePageText(id)) });
      }),
    );
    connection.onExecuteCommand(
      this.guarded("command", null, async ({ command, arguments: given }) => {
        if (command === OPEN_RULE_PAGE_COMMAND) await this.openRulePage(given?.[0]);
        if (command === APPLY_FIX_COMMAND) await this.applyFix(given?.[0], given?.[1]);
        return null;
      }),
    );
    connection.onRequest(
      CHECK_WORKSPACE_REQUEST,
      this.guarded<unknown, CheckResult>("check", { files: 0, findings: 0, filesWithFindings: 0 }, (_, token, parts) => this.checkWorkspace(parts, token)),
    );
    connection.onRequest(RULES_REQUEST, (): RuleSummary[] =>
      this.options.rules.map(({ id, topic, summary }) => ({ id, topic, summary, page: this.options.rulePage(id) })),
    );
    const overview = new Overview({ configurations: this.configurations, files: this.options.files, rules: this.options.rules });
    connection.onRequest(FINDINGS_REQUEST, this.guarded<unknown, FindingSummary[]>("findings", [], (_, __, { project }) => (this.settings.enable ? overview.findings(project) : [])));
    connection.onRequest(COSTS_REQUEST, this.guarded<unknown, EndpointSummary[]>("costs", [], async (_, token, { project }) => {
      await project.whenSettled(token);
      return overview.costs(project);
    }));
    connection.onRequest(UNDERSTOOD_REQUEST, this.guarded<unknown, string>("understood", "", async (_, token, { project }) => {
      await project.whenSettled(token);
      return overview.understood(project);
    }));
    connection.onRequest(EDIT_CONFIGURATION_REQUEST, this.guarded<EditConfigurationParams, FileText | null>("configuration", null, (params, _, { project }) => overview.editConfiguration(params, project)));
    connection.onRequest(BASELINE_REQUEST, this.guarded<unknown, BaselineResult>("baseline", { findings: 0, files: [] }, async (_, token, { project }) => {
      await project.whenSettled(token);
      return overview.baseline(project);
    }));
    this.documents.listen(connection);
    connection.listen();
  }

  // --- Life -----------------------------------------------------------------------------------------------------------

  private initialize(params: InitializeParams): InitializeResult {
    this.initializeParams = params;
    this.features = clientFeatures(params);
    this.ready = this.start();
    this.ready.catch((error: unknown) => {
      const message = `Scale Hints could not start: ${messageOf(error)}`;
      this.connection.console.error(`${message}\n${stackOf(error)}`);
      this.sendStatus({ state: "error", message });
    });
    return {
      serverInfo: { name: "scale-hints", version: this.options.version },
      capabilities: {
        positionEncoding: this.features.positionEncoding,
        // Parts of a text are counted in UTF-16 by what takes them in.
        textDocumentSync: { openClose: true, change: this.features.positionEncoding === "utf-16" ? TextDocumentSyncKind.Incremental : TextDocumentSyncKind.Full },
        ...(this.features.pullsDiagnostics
          ? { diagnosticProvider: { identifier: "scale-hints", interFileDependencies: true, workspaceDiagnostics: true } }
          : {}),
        codeActionProvider: { codeActionKinds: ["quickfix", FIX_ALL_KIND], resolveProvider: this.features.resolvesCodeActionEdits },
        inlayHintProvider: true,
        codeLensProvider: {},
        hoverProvider: true,
        executeCommandProvider: { commands: [OPEN_RULE_PAGE_COMMAND, APPLY_FIX_COMMAND] },
        workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
      },
    };
  }

  private async start(): Promise<Parts> {
    const engine = await this.options.createEngine(this.initializeParams.initializationOptions);
    const project = new Project({
      engine,
      files: this.options.files,
      encoding: this.features.positionEncoding,
      pause: this.options.pause,
      reported: (findings) => this.configurations.reported(findings),
      listener: {
        configured: (uri, text) => {
          if (this.configurations.setFile(uri, text)) this.configurationChanged();
        },
        settled: () => this.settled(),
        indexing: (done, total) => this.indexingStep(done, total),
        note: (message) => this.connection.console.info(message),
        failure: (what, error) => this.logFailure(what, error),
      },
    });
    const { features, connection, configurations } = this;
    const { rulePage } = this.options;
    const diagnostics = new Diagnostics({ connection, project, features, settings: () => this.settings, configurations, rulePage });
    const codeActions = new CodeActions({ project, features, rulePage });
    this.applySettings(this.initializeParams.initializationOptions, project);
    project.setFolders(initialFolders(this.initializeParams));
    return (this.parts = { project, diagnostics, codeActions });
  }

  private async initialized(): Promise<void> {
    const { connection, features } = this;
    const { project } = await this.started();
    if (features.watchedFilesRegistration) {
      const watchers: FileSystemWatcher[] = [
        ...WATCHED_PATTERNS.map((globPattern) => ({ globPattern })),
        // A folder that is deleted or moved away is reported as one deletion, of the folder.
        { globPattern: "**/*", kind: WatchKind.Delete },
      ];
      await this.quietly("watching files", () => connection.client.register(DidChangeWatchedFilesNotification.type, { watchers }));
    }
    if (features.configurationRegistration) {
      await this.quietly("watching settings", () => connection.client.register(DidChangeConfigurationNotification.type, { section: "scaleHints" }));
    }
    if (features.workspaceFolders) {
      connection.workspace.onDidChangeWorkspaceFolders(
        () =>
          void this.quietly("workspace folders", async () => {
            const folders = (await connection.workspace.getWorkspaceFolders()) ?? [];
            project.setFolders(folders.map(({ uri }) => uri));
            await this.index(project);
          }),
      );
    }
    if (features.configuration) await this.quietly("settings", () => this.reconfigure(undefined));
    await this.index(project);
  }

  private async started(): Promise<Parts> {
    if (!this.ready) throw new Error("the client has not initialized the server");
    return this.ready;
  }

  // --- Settings -------------------------------------------------------------------------------------------------------

  private async reconfigure(sent: unknown): Promise<void> {
    const { project } = await this.started();
    const raw = this.features.configuration
      ? ((await this.connection.workspace.getConfiguration("scaleHints")) as unknown)
      : (sent as { scaleHints?: unknown } | null | undefined)?.scaleHints;
    if (raw === undefined || raw === null) return;
    this.applySettings(raw, project);
    this.refresh();
  }

  /** The client is to ask again for what it shows. */
  private refresh(): void {
    if (this.features.refreshesInlayHints) this.ask(this.connection.languages.inlayHint.refresh());
    if (this.features.refreshesCodeLenses) this.ask(this.connection.sendRequest(CodeLensRefreshRequest.type));
    if (this.features.pullsDiagnostics && this.features.refreshesDiagnostics) this.ask(this.connection.languages.diagnostics.refresh());
  }

  /** Tells the engine of configuration files, once for all that change together. */
  private configurationChanged(): void {
    if (this.isReconfiguring) return;
    this.isReconfiguring = true;
    void this.quietly("configuration", async () => {
      await this.options.pause();
      const { project } = await this.started();
      this.isReconfiguring = false;
      await this.readBaselines();
      project.setOptions(this.configurations.engineOptions());
      this.refresh();
    });
  }

  private async readBaselines(): Promise<void> {
    for (const uri of this.configurations.baselineUris()) {
      const result = await this.options.files.read(uri);
      for (const problem of this.configurations.setBaseline(uri, result.kind === "text" ? result.text : undefined)) {
        this.connection.console.warn(`${uri}: this baseline cannot be used: ${problem}`);
      }
    }
  }

  private applySettings(raw: unknown, project: Project): void {
    const { settings, problems } = readSettings(raw, this.options.rules);
    this.settings = settings;
    const text = problems.join("; ");
    if (text !== this.lastProblems && text !== "") {
      const message = `Scale Hints settings: ${text}`;
      this.connection.console.warn(message);
      void this.connection.sendNotification("window/showMessage", { type: MessageType.Warning, message });
    }
    this.lastProblems = text;
    this.configurations.setBase(settings.configuration);
    project.setOptions(this.configurations.engineOptions());
    if (!settings.enable) this.sendStatus({ state: "off" });
  }

  // --- Files ----------------------------------------------------------------------------------------------------------

  private async filesChanged(uris: readonly string[]): Promise<void> {
    const { project } = await this.started();
    project.filesChanged(uris);
    if (uris.some((uri) => this.configurations.baselineUris().includes(canonicalUri(uri)))) this.configurationChanged();
    // What belongs to the project may be different now.
    if (uris.some((uri) => [".gitignore", "pyvenv.cfg"].includes(baseName(uri)))) await this.index(project);
  }

  /** Reads the workspace, saying how far it is; the user may stop it. */
  private async index(project: Project): Promise<void> {
    const stop = new AbortController();
    let finish = () => {};
    if (this.features.workDoneProgress) {
      const reporter = await this.connection.window.createWorkDoneProgress();
      reporter.begin("Scale Hints", 0, "reading the workspace", true);
      reporter.token.onCancellationRequested(() => {
        this.connection.console.info("Reading the workspace was stopped; files not read yet are unknown until it is checked again.");
        stop.abort();
      });
      this.indexProgress = { report: (percentage, message) => reporter.report(percentage, message) };
      finish = () => reporter.done();
    }
    try {
      await project.index(stop.signal);
    } finally {
      this.indexProgress = undefined;
      finish();
    }
  }

  private indexingStep(done: number, total: number): void {
    const percentage = total === 0 ? 0 : Math.floor((done / total) * 100);
    this.indexProgress?.report(percentage, `${done} of ${total} files`);
    if (this.settings.enable) this.sendStatus({ state: "indexing", done, total });
  }

  private async checkWorkspace({ project, diagnostics }: Parts, token: CancellationToken): Promise<CheckResult> {
    diagnostics.showEverything();
    const stop = new AbortController();
    const subscription = token.onCancellationRequested(() => stop.abort());
    try {
      await project.index(stop.signal);
      await project.whenSettled(token);
    } finally {
      subscription.dispose();
    }
    const findings = project.allFindings();
    return { files: project.uris().length, findings: findings.length, filesWithFindings: new Set(findings.map(({ at }) => at.uri)).size };
  }

  private settled(): void {
    const { parts } = this;
    if (!parts) return;
    parts.diagnostics.settled();
    if (this.settings.enable) {
      this.sendStatus({ state: "ready", findings: parts.project.allFindings().length, files: parts.project.uris().length, notes: parts.project.notes().length, scale: this.configurations.of(`${parts.project.roots[0] ?? "file://"}/x`).scale });
    }
    if (this.features.refreshesCodeLenses && this.settings.codeLens) this.refreshLenses(parts.project);
    if (!this.features.refreshesInlayHints || this.settings.inlayHints.length === 0) return;
    const hints = JSON.stringify(parts.project.openUris().map((uri) => [uri, parts.project.knownFindings(uri).map(({ hint, at }) => [hint, at.span.start])]));
    if (hints === this.shownHints) return;
    this.shownHints = hints;
    this.ask(this.connection.languages.inlayHint.refresh());
  }

  /** Asks the client to ask again where the costs of what it has open are others. */
  private refreshLenses(project: Project): void {
    const open = new Set(project.openUris());
    const lenses = JSON.stringify(project.allCosts().filter(({ at, cost }) => open.has(at.uri) || cost.terms.some(({ because }) => because.some((each) => open.has(each.at.uri)))).map(({ name, cost, at }) => [name, costText(cost), at.uri]));
    if (lenses === this.shownLenses) return;
    this.shownLenses = lenses;
    this.ask(this.connection.sendRequest(CodeLensRefreshRequest.type));
  }

  private async applyFix(uri: unknown, key: unknown): Promise<void> {
    const { project } = await this.started();
    const finding = typeof uri === "string" ? project.findings(uri).find((each) => each.key === key) : undefined;
    const fix = finding && project.fixes(finding).find(({ safety }) => safety === "safe");
    if (!fix) {
      this.connection.window.showInformationMessage("This has changed; there is nothing to fix any more.");
      return;
    }
    await this.connection.workspace.applyEdit({ label: fix.title, edit: toWorkspaceEdit(fix.edits, project, this.features) });
  }

  // --- Talking to the client ------------------------------------------------------------------------------------------

  private async openRulePage(ruleId: unknown): Promise<void> {
    const page = typeof ruleId === "string" ? this.options.rulePage(ruleId) : undefined;
    if (page === undefined) {
      this.connection.window.showWarningMessage(`There is no page for the rule ${JSON.stringify(ruleId) ?? "without a name"}.`);
    } else if (this.features.showDocument) {
      await this.connection.sendRequest(ShowDocumentRequest.type, { uri: page, takeFocus: true });
    } else {
      this.connection.window.showInformationMessage(page);
    }
  }

  private sendStatus(status: ServerStatus): void {
    if (!this.features.status) return;
    const text = JSON.stringify(status);
    if (text === this.lastStatus) return;
    this.lastStatus = text;
    void this.connection.sendNotification(STATUS_NOTIFICATION, status);
  }

  /** Asks the client for something that it may refuse. */
  private ask(request: Promise<unknown>): void {
    request.catch((error: unknown) => this.connection.console.info(`The client refused: ${messageOf(error)}`));
  }

  /** An exception in one request is logged and answered with `otherwise`; the next request finds everything in order. */
  private guarded<P, R>(
    what: string,
    otherwise: R,
    handle: (params: P, token: CancellationToken, parts: Parts) => R | Promise<R>,
  ): (params: P, token: CancellationToken) => Promise<R | ResponseError<never>> {
    return async (params, token) => {
      try {
        const parts = await this.started();
        // What was sent before this request has been taken in: its handlers were queued on the same promise.
        await Promise.resolve();
        if (token.isCancellationRequested) throw new Cancelled();
        return await handle(params, token, parts);
      } catch (error) {
        if (error instanceof Cancelled || token.isCancellationRequested) return new ResponseError<never>(LSPErrorCodes.RequestCancelled, `${what}: cancelled`);
        this.logFailure(what, error);
        return otherwise;
      }
    };
  }

  private async quietly(what: string, work: () => unknown): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.logFailure(what, error);
    }
  }

  private logFailure(what: string, error: unknown): void {
    this.connection.console.error(`Scale Hints failed (${what}): ${messageOf(error)}\n${stackOf(error)}`);
  }
}

interface Parts {
  readonly project: Project;
  readonly diagnostics: Diagnostics;
  readonly codeActions: CodeActions;
}

function initialFolders({ workspaceFolders, rootUri }: InitializeParams): readonly string[] {
  if (workspaceFolders) return workspaceFolders.map(({ uri }) => uri);
  return rootUri ? [rootUri] : [];
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? "") : "";
}
