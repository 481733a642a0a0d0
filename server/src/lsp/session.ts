import {
  DidChangeConfigurationNotification,
  DidChangeWatchedFilesNotification,
  TextDocuments,
  TextDocumentSyncKind,
  WatchKind,
  type Connection,
  type Disposable,
  type FileSystemWatcher,
  type InitializeParams,
  type InitializeResult,
} from "vscode-languageserver";
import { TextDocument } from "vscode-languageserver-textdocument";
import type { WorkspaceApi } from "#engine";
import type { RuleInfo } from "../config/settings";
import type { FileSystem } from "../host/file-system";
import type { Keeper } from "../host/keeper";
import { baseName, canonicalUri, isInside } from "../host/uri";
import { WATCHED_PATTERNS } from "../host/wanted";
import { APPLY_FIX_COMMAND, FIX_ALL_KIND, FIX_EVERYWHERE_COMMAND, OPEN_RULE_PAGE_COMMAND } from "../protocol";
import { clientFeatures, type ClientFeatures } from "./client-features";
import { ClientNews } from "./client-news";
import { CodeActions } from "./code-actions";
import { Diagnostics } from "./diagnostics";
import { Failures, messageOf, stackOf } from "./failures";
import { Indexing } from "./indexing";
import { Project } from "./project";
import { answerRequests, type Parts } from "./requests";
import { SessionSettings } from "./session-settings";

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
  /** Keeps what is known of the workspace from one session to the next, where the client says in which folder. */
  readonly keeper?: (initializationOptions: unknown) => Keeper | undefined;
  readonly version: string;
}

/** Serves one client until it goes. */
export function startSession(options: SessionOptions): void {
  new Session(options).listen();
}

/** The life of a session: hello, start-up, what the client tells of documents, files and settings, and goodbye. */
class Session {
  private readonly connection: Connection;
  private readonly documents = new TextDocuments(TextDocument);
  private readonly failures: Failures;
  private readonly settings: SessionSettings;
  private features!: ClientFeatures;
  private news!: ClientNews;
  private indexing!: Indexing;
  private initializeParams!: InitializeParams;
  private ready: Promise<Parts> | undefined;
  private parts: Parts | undefined;
  private watchedAbove: { readonly folders: readonly string[]; registration?: Promise<Disposable> } = { folders: [] };

  constructor(private readonly options: SessionOptions) {
    const { connection, rules, files, pause } = options;
    this.connection = connection;
    this.failures = new Failures(connection);
    this.settings = new SessionSettings({ connection, rules, files, pause, failures: this.failures });
  }

  listen(): void {
    const { connection, documents, failures, settings } = this;
    const { rules, files, rulePage, rulePageText } = this.options;
    const quietly = (what: string, work: () => unknown) => void failures.quietly(what, work);
    connection.onInitialize((params) => this.initialize(params));
    connection.onInitialized(() => quietly("start-up", () => this.initialized()));
    connection.onShutdown(() => this.parts?.project.dispose());

    connection.onDidChangeConfiguration(({ settings: sent }) => quietly("settings", () => this.reconfigure(sent)));
    connection.onDidChangeWatchedFiles(({ changes }) => quietly("watched files", () => this.filesChanged(changes.map(({ uri }) => uri))));
    const ofOurs = (what: string, document: TextDocument, take: (project: Project) => void) =>
      quietly(what, async () => {
        const { project } = await this.started();
        if (isOfProject(document.uri, project.roots)) take(project);
      });
    documents.onDidOpen(({ document }) => ofOurs("open", document, (project) => project.openDocument(document)));
    documents.onDidChangeContent(({ document }) => ofOurs("change", document, (project) => project.changeDocument(document)));
    documents.onDidClose(({ document }) => ofOurs("close", document, (project) => project.closeDocument(document)));

    answerRequests({ connection, started: () => this.started(), settings, failures, rules, files, rulePage, rulePageText });
    documents.listen(connection);
    connection.listen();
  }

  // --- Start ----------------------------------------------------------------------------------------------------------

  private initialize(params: InitializeParams): InitializeResult {
    const { connection, failures } = this;
    this.initializeParams = params;
    const features = (this.features = clientFeatures(params));
    this.news = new ClientNews({ connection, features, failures, settings: () => this.settings.current });
    this.indexing = new Indexing(connection, features);
    this.ready = this.start();
    this.ready.catch((error: unknown) => {
      const message = `Scale Hints could not start: ${messageOf(error)}`;
      connection.console.error(`${message}\n${stackOf(error)}`);
      this.news.trouble({ state: "error", message });
    });
    return {
      serverInfo: { name: "scale-hints", version: this.options.version },
      capabilities: {
        positionEncoding: features.positionEncoding,
        // Parts of a text are counted in UTF-16 by what takes them in.
        textDocumentSync: { openClose: true, change: features.positionEncoding === "utf-16" ? TextDocumentSyncKind.Incremental : TextDocumentSyncKind.Full },
        ...(features.pullsDiagnostics
          ? { diagnosticProvider: { identifier: "scale-hints", interFileDependencies: true, workspaceDiagnostics: true } }
          : {}),
        codeActionProvider: { codeActionKinds: ["quickfix", ...(features.asksForFixAll ? [] : [FIX_ALL_KIND])], resolveProvider: features.resolvesCodeActionEdits },
        inlayHintProvider: true,
        codeLensProvider: {},
        hoverProvider: true,
        executeCommandProvider: { commands: [OPEN_RULE_PAGE_COMMAND, APPLY_FIX_COMMAND, FIX_EVERYWHERE_COMMAND] },
        workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
      },
    };
  }

  private async start(): Promise<Parts> {
    const { features, connection, settings, failures } = this;
    const { configurations } = settings;
    const { rulePage } = this.options;
    const engine = await this.options.createEngine(this.initializeParams.initializationOptions);
    const project = new Project({
      engine,
      files: this.options.files,
      encoding: features.positionEncoding,
      pause: this.options.pause,
      reported: (findings) => configurations.reported(findings),
      configured: () => settings.handedOver,
      otherText: (uri) => settings.textAbove(uri),
      keeper: this.options.keeper?.(this.initializeParams.initializationOptions),
      listener: {
        configured: (uri, text) => {
          if (settings.setFile(uri, text)) this.configurationChanged();
          // One above the workspace that was open and is not any more: what is on disk counts.
          if (text === undefined && settings.isAbove(uri)) void failures.quietly("configuration", () => this.readAbove(project));
        },
        settled: () => this.settled(),
        recalled: () => this.parts?.diagnostics.settled(),
        openChecked: () => this.parts?.diagnostics.openChecked(),
        indexing: (done, total) => this.indexingStep(done, total),
        checking: (done, total) => this.checkingStep(done, total),
        note: (message) => connection.console.info(message),
        failure: (what, error) => failures.log(what, error),
      },
    });
    const diagnostics = new Diagnostics({ connection, project, features, settings: () => settings.current, configurations, rulePage });
    const codeActions = new CodeActions({ connection, project, features, rulePage });
    this.applySettings(this.initializeParams.initializationOptions, project);
    project.setFolders(initialFolders(this.initializeParams));
    return (this.parts = { project, diagnostics, codeActions, features });
  }

  private async initialized(): Promise<void> {
    const { connection, features, failures } = this;
    const { project } = await this.started();
    if (features.watchedFilesRegistration) {
      const watchers: FileSystemWatcher[] = [
        ...WATCHED_PATTERNS.map((globPattern) => ({ globPattern })),
        // A folder that is deleted or moved away is reported as one deletion, of the folder.
        { globPattern: "**/*", kind: WatchKind.Delete },
      ];
      await failures.quietly("watching files", () => connection.client.register(DidChangeWatchedFilesNotification.type, { watchers }));
    }
    if (features.configurationRegistration) {
      await failures.quietly("watching settings", () => connection.client.register(DidChangeConfigurationNotification.type, { section: "scaleHints" }));
    }
    if (features.workspaceFolders) {
      connection.workspace.onDidChangeWorkspaceFolders(
        () =>
          void failures.quietly("workspace folders", async () => {
            const folders = (await connection.workspace.getWorkspaceFolders()) ?? [];
            project.setFolders(folders.map(({ uri }) => uri));
            await this.readAbove(project);
            await this.indexing.run(project);
          }),
      );
    }
    if (features.configuration) await failures.quietly("settings", () => this.reconfigure(undefined));
    await failures.quietly("configuration", () => this.readAbove(project));
    await this.indexing.run(project);
  }

  private async started(): Promise<Parts> {
    if (!this.ready) throw new Error("the client has not initialized the server");
    return this.ready;
  }

  // --- What changes ---------------------------------------------------------------------------------------------------

  private async reconfigure(sent: unknown): Promise<void> {
    const { project } = await this.started();
    const raw = await this.settings.ask(sent, this.features);
    if (raw === undefined || raw === null) return;
    this.applySettings(raw, project);
    this.news.everything();
  }

  private applySettings(raw: unknown, project: Project): void {
    this.settings.apply(raw, project);
    if (!this.settings.current.enable) this.news.status({ state: "off" });
  }

  private configurationChanged(): void {
    this.settings.filesChanged(() => this.started(), () => this.news.everything());
  }

  /** Follows the configuration files above the workspace's folders, and has them watched. */
  private async readAbove(project: Project): Promise<void> {
    const { connection, features, settings } = this;
    if (await settings.readAbove(project.roots)) this.configurationChanged();
    const folders = settings.foldersAbove;
    if (!features.watchedFilesRegistration || !features.relativePatterns || folders.join("\n") === this.watchedAbove.folders.join("\n")) return;
    const { registration } = this.watchedAbove;
    this.watchedAbove = { folders };
    (await registration)?.dispose();
    const watchers = folders.map((baseUri): FileSystemWatcher => ({ globPattern: { baseUri, pattern: "{scale-hints*.json,pyproject.toml,package.json}" } }));
    if (watchers.length > 0) this.watchedAbove.registration = connection.client.register(DidChangeWatchedFilesNotification.type, { watchers });
  }

  private async filesChanged(uris: readonly string[]): Promise<void> {
    const { project } = await this.started();
    project.filesChanged(uris);
    if (uris.some((uri) => this.settings.isAbove(canonicalUri(uri)))) await this.readAbove(project);
    if (uris.some((uri) => this.settings.configurations.baselineUris().includes(canonicalUri(uri)))) this.configurationChanged();
    // What belongs to the project may be different now.
    const isAboutFolders = (uri: string) => project.roots.some((root) => isInside(root, uri)) || project.missingRoots.some((root) => isInside(uri, root));
    if (uris.some((uri) => [".gitignore", "pyvenv.cfg"].includes(baseName(uri)) || isAboutFolders(canonicalUri(uri)))) await this.indexing.run(project);
  }

  // --- What comes of it -----------------------------------------------------------------------------------------------

  private indexingStep(done: number, total: number): void {
    this.indexing.reading(done, total);
    if (this.settings.current.enable) this.news.status({ state: "indexing", done, total });
  }

  private checkingStep(done: number, total: number): void {
    this.indexing.checking(done, total);
    if (this.settings.current.enable) this.news.status({ state: "checking", done, total });
  }

  private settled(): void {
    this.indexing.settled();
    if (!this.parts) return;
    const { project, diagnostics } = this.parts;
    diagnostics.settled();
    if (this.settings.current.enable) {
      const { scale } = this.settings.configurations.of(`${project.roots[0] ?? "file://"}/x`);
      const notes = project.notes();
      // What is about no file is about us.
      const trouble = notes.filter(({ uri }) => uri === undefined).map(({ message }) => message).join(" ");
      const missingFolders = project.missingRoots.map(baseName);
      this.news.trouble({
        state: "ready", findings: project.allFindings().length, files: project.uris().length, notes: notes.length, scale,
        ...(trouble && { trouble }), ...(missingFolders.length > 0 && { missingFolders }),
      });
    }
    this.news.settled(project);
  }
}

/** The other side of a comparison, the preview of an edit or code in a chat are no files of a project: they would be everything's doubles. */
function isOfProject(uri: string, roots: readonly string[]): boolean {
  const scheme = uri.slice(0, uri.indexOf(":") + 1);
  return scheme === "file:" || scheme === "untitled:" || roots.some((root) => root.startsWith(scheme));
}

function initialFolders({ workspaceFolders, rootUri }: InitializeParams): readonly string[] {
  if (workspaceFolders) return workspaceFolders.map(({ uri }) => uri);
  return rootUri ? [rootUri] : [];
}
