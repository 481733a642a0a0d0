import { PassThrough } from "node:stream";
import { createConnection } from "vscode-languageserver/node";
import {
  createMessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
  type ApplyWorkspaceEditParams,
  type CancellationToken,
  type ClientCapabilities,
  type CodeAction,
  type CodeActionContext,
  type Diagnostic,
  type DocumentDiagnosticReport,
  type FileChangeType,
  type InitializeResult,
  type InlayHint,
  type MessageConnection,
  type PublishDiagnosticsParams,
  type Range,
  type RegistrationParams,
  type TextDocumentContentChangeEvent,
  type WorkspaceDiagnosticReport,
  type WorkspaceEdit,
} from "vscode-languageserver-protocol/node";
import { TextDocument } from "vscode-languageserver-textdocument";
import type { WorkspaceApi } from "#engine";
import type { RuleInfo } from "../../server/src/config/settings";
import type { Keeper } from "../../server/src/host/keeper";
import { canonicalUri } from "../../server/src/host/uri";
import { startSession } from "../../server/src/lsp/session";
import { FAKE_RULES, FakeEngine } from "./fake-engine";
import { MemoryFiles } from "./memory-files";

/** What a modern client such as VS Code can do. */
export const MODERN: ClientCapabilities = {
  textDocument: {
    diagnostic: { relatedDocumentSupport: false, relatedInformation: true, codeDescriptionSupport: true, dataSupport: true, tagSupport: { valueSet: [1, 2] } },
    codeAction: {
      codeActionLiteralSupport: { codeActionKind: { valueSet: ["quickfix", "source.fixAll"] } },
      dataSupport: true,
      isPreferredSupport: true,
      resolveSupport: { properties: ["edit"] },
    },
    inlayHint: {},
  },
  workspace: {
    workspaceEdit: { documentChanges: true },
    diagnostics: { refreshSupport: true },
    inlayHint: { refreshSupport: true },
    codeLens: { refreshSupport: true },
    didChangeWatchedFiles: { dynamicRegistration: true },
    workspaceFolders: true,
  },
  window: {},
};

/** A client that knows nothing newer than pushed diagnostics. */
export const OLD: ClientCapabilities = {
  textDocument: { publishDiagnostics: { relatedInformation: true }, codeAction: { codeActionLiteralSupport: { codeActionKind: { valueSet: [] } } } },
};

export interface ConversationOptions {
  readonly files?: MemoryFiles;
  readonly capabilities?: ClientCapabilities;
  readonly folders?: readonly string[];
  readonly settings?: unknown;
  readonly initializationOptions?: unknown;
  readonly engine?: WorkspaceApi;
  readonly rules?: readonly RuleInfo[];
  readonly keeper?: Keeper;
  /** Lets the client's messages in. */
  readonly pause?: () => Promise<void>;
  /** Whether the client makes an edit that the server asks for. */
  readonly applies?: () => boolean;
  /** Called for each request of the server that nothing else here answers. */
  readonly onRequest?: (method: string, params: unknown) => unknown;
}

/** One client talking to one server over streams in memory. */
export class Conversation {
  readonly published: PublishDiagnosticsParams[] = [];
  readonly registrations: RegistrationParams["registrations"] = [];
  readonly notifications: { readonly method: string; readonly params: unknown }[] = [];
  readonly log: string[] = [];
  refreshes = { diagnostics: 0, inlayHints: 0, codeLenses: 0 };
  /** Edits that the server asked to apply. */
  readonly applied: ApplyWorkspaceEditParams[] = [];
  settings: unknown;
  result!: InitializeResult;
  private readonly documents = new Map<string, TextDocument>();
  private readonly waiting = new Set<() => void>();

  private constructor(
    readonly client: MessageConnection,
    readonly engine: FakeEngine,
    readonly files: MemoryFiles,
  ) {}

  static async start(options: ConversationOptions = {}): Promise<Conversation> {
    const up = new PassThrough();
    const down = new PassThrough();
    const engine = (options.engine ?? new FakeEngine()) as FakeEngine;
    const files = options.files ?? new MemoryFiles();
    startSession({
      connection: createConnection(new StreamMessageReader(up), new StreamMessageWriter(down)),
      createEngine: async () => engine,
      rules: options.rules ?? FAKE_RULES,
      files,
      pause: options.pause ?? (() => new Promise((resolve) => setImmediate(resolve))),
      keeper: () => options.keeper,
      rulePage: (id) => `file:///pages/${id}.md`,
      rulePageText: (id) => (id === "slow-call" ? "# slow-call\n\n## When to ignore it\n\nWhere it is fast.\n" : undefined),
      version: "0.0.0",
    });
    const client = createMessageConnection(new StreamMessageReader(down), new StreamMessageWriter(up));
    const conversation = new Conversation(client, engine, files);
    conversation.settings = options.settings;
    conversation.answerTheServer(options);
    client.listen();
    const folders = options.folders ?? ["file:///shop"];
    conversation.result = await client.sendRequest<InitializeResult>("initialize", {
      processId: null,
      rootUri: null,
      capabilities: options.capabilities ?? MODERN,
      workspaceFolders: folders.map((uri) => ({ uri, name: uri })),
      initializationOptions: options.initializationOptions,
    });
    await client.sendNotification("initialized", {});
    return conversation;
  }

  async stop(): Promise<void> {
    await this.client.sendRequest("shutdown");
    this.client.dispose();
  }

  // --- Documents ------------------------------------------------------------------------------------------------------

  open(uri: string, text: string, version = 1): void {
    this.documents.set(uri, TextDocument.create(uri, "python", version, text));
    void this.client.sendNotification("textDocument/didOpen", { textDocument: { uri, languageId: "python", version, text } });
  }

  change(uri: string, ...contentChanges: TextDocumentContentChangeEvent[]): void {
    const document = this.documents.get(uri)!;
    const version = document.version + 1;
    this.documents.set(uri, TextDocument.update(document, contentChanges, version));
    void this.client.sendNotification("textDocument/didChange", { textDocument: { uri, version }, contentChanges });
  }

  close(uri: string): void {
    this.documents.delete(uri);
    void this.client.sendNotification("textDocument/didClose", { textDocument: { uri } });
  }

  text(uri: string): string {
    return this.documents.get(uri)!.getText();
  }

  /** The text of a file after an edit, which must be for the version that is open. */
  textAfter(edit: WorkspaceEdit, uri: string): string {
    const changes = edit.documentChanges?.find((change) => "edits" in change && change.textDocument.uri === uri);
    const edits = changes && "edits" in changes ? changes.edits : edit.changes?.[uri];
    if (!edits) throw new Error(`no edits for ${uri}`);
    if (changes && "textDocument" in changes && "version" in changes.textDocument) {
      const open = this.documents.get(uri)?.version ?? null;
      if (changes.textDocument.version !== open) throw new Error(`made for version ${changes.textDocument.version}, not ${open}`);
    }
    const document = this.documents.get(uri) ?? TextDocument.create(uri, "python", 0, this.files.files.get(uri) as string);
    return TextDocument.applyEdits(document, edits.map((e) => ("newText" in e ? e : { range: e.range, newText: e.snippet.value })));
  }

  // --- Requests -------------------------------------------------------------------------------------------------------

  pull(uri: string, previousResultId?: string, token?: CancellationToken): Promise<DocumentDiagnosticReport> {
    const params = { textDocument: { uri }, previousResultId };
    return token ? this.client.sendRequest("textDocument/diagnostic", params, token) : this.client.sendRequest("textDocument/diagnostic", params);
  }

  async diagnostics(uri: string): Promise<readonly Diagnostic[]> {
    const report = await this.pull(uri);
    return report.kind === "full" ? report.items : [];
  }

  pullWorkspace(previousResultIds: readonly { readonly uri: string; readonly value: string }[] = [], partialResultToken?: string): Promise<WorkspaceDiagnosticReport> {
    return this.client.sendRequest("workspace/diagnostic", { previousResultIds, partialResultToken });
  }

  actions(uri: string, range: Range, context: Partial<CodeActionContext> = {}): Promise<CodeAction[]> {
    return this.client.sendRequest("textDocument/codeAction", { textDocument: { uri }, range, context: { diagnostics: [], ...context } });
  }

  /** The actions offered for one diagnostic. */
  actionsFor(uri: string, diagnostic: Diagnostic): Promise<CodeAction[]> {
    return this.actions(uri, diagnostic.range, { diagnostics: [diagnostic] });
  }

  async editOf(action: CodeAction | undefined): Promise<WorkspaceEdit> {
    if (!action) throw new Error("no such action");
    const resolved = action.edit ? action : await this.client.sendRequest<CodeAction>("codeAction/resolve", action);
    if (!resolved.edit) throw new Error(`no edit: ${JSON.stringify(resolved)}`);
    return resolved.edit;
  }

  hints(uri: string): Promise<InlayHint[]> {
    return this.client.sendRequest("textDocument/inlayHint", { textDocument: { uri }, range: { start: { line: 0, character: 0 }, end: { line: 1000, character: 0 } } });
  }

  filesChanged(...changes: { readonly uri: string; readonly type: FileChangeType }[]): void {
    void this.client.sendNotification("workspace/didChangeWatchedFiles", { changes });
  }

  /** Waits for something that messages bring about. */
  async until<T>(what: string, question: () => T | undefined | false | Promise<T | undefined | false>): Promise<T> {
    for (const end = Date.now() + 5_000; ; ) {
      const answer = await question();
      if (answer) return answer;
      if (Date.now() > end) throw new Error(`timed out: ${what}\n${this.log.join("\n")}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 20);
        this.waiting.add(() => (clearTimeout(timer), resolve()));
      });
    }
  }

  /** What clients that are told see now. */
  shownByPush(uri: string): readonly Diagnostic[] | undefined {
    return this.published.findLast((params) => canonicalUri(params.uri) === canonicalUri(uri))?.diagnostics;
  }

  private answerTheServer(options: ConversationOptions): void {
    const { client } = this;
    client.onNotification((method, params) => {
      if (method === "textDocument/publishDiagnostics") this.published.push(params as PublishDiagnosticsParams);
      else if (method === "window/logMessage") this.log.push((params as { message: string }).message);
      else this.notifications.push({ method, params });
      for (const wake of this.waiting) wake();
      this.waiting.clear();
    });
    client.onUnhandledProgress((params) => this.notifications.push({ method: "$/progress", params }));
    client.onRequest((method, params) => {
      switch (method) {
        case "client/registerCapability":
          this.registrations.push(...(params as RegistrationParams).registrations);
          return null;
        case "workspace/diagnostic/refresh":
          this.refreshes.diagnostics++;
          return null;
        case "workspace/codeLens/refresh":
          this.refreshes.codeLenses++;
          return null;
        case "workspace/applyEdit":
          this.applied.push(params as ApplyWorkspaceEditParams);
          return { applied: options.applies?.() ?? true };
        case "workspace/inlayHint/refresh":
          this.refreshes.inlayHints++;
          return null;
        case "workspace/configuration":
          return [this.settings ?? null];
        default:
          return options.onRequest?.(method, params) ?? null;
      }
    });
  }
}
