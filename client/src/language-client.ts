import * as vscode from "vscode";
import { CloseAction, CodeActionRequest, ErrorAction, State, type BaseLanguageClient, type LanguageClientOptions } from "vscode-languageclient";
import { FIX_EVERYWHERE_COMMAND, OPEN_RULE_PAGE_COMMAND, READ_FILE_REQUEST, READ_FOLDER_REQUEST, STATUS_NOTIFICATION, type ScaleHintsClientCapabilities, type ServerStatus } from "../../server/src/protocol";
import { withoutOldEdits } from "./edit-versions";
import { readFile, readFolder } from "./files";
import { fixEverywhere } from "./fix-everywhere";
import { openRulePage } from "./rule-page";
import { LANGUAGES } from "./languages";
import type { StatusItem } from "./status-item";

/** A server that dies this often within this time is not started again by itself. */
const MOST_CRASHES = 4;
const CRASH_MILLISECONDS = 3 * 60_000;

/** Findings in them come from the settings that they belong to, or they say what is to be found. */
const DEPLOYMENT_FILES: readonly string[] = [
  "**/{scale-hints.json,pyproject.toml}",
  "**/{Dockerfile,Containerfile,Procfile}*",
  "**/*.{dockerfile,service}",
  "**/{compose,docker-compose}*.{yml,yaml}",
  "**/*{gunicorn,uwsgi,supervisor}*.{conf,ini}",
  "**/*{entrypoint,start,run,boot,serve,web,server}*.sh",
];

/** How a server is started and reached: as a process, or in a worker. */
export interface Transport {
  connect(options: LanguageClientOptions): BaseLanguageClient | Promise<BaseLanguageClient>;
  /** What the server is to know beside the settings. */
  initializationOptions?(): Promise<object>;
}

/** The connection to the server; survives restarts of it. */
export class ScaleHintsClient {
  private client: BaseLanguageClient | undefined;
  private readonly crashes: number[] = [];
  private lastTrouble: string | undefined;
  private readonly heard = new vscode.EventEmitter<ServerStatus>();
  /** What the server is doing, each time that it says so. */
  readonly onStatus = this.heard.event;

  constructor(
    private readonly transport: Transport,
    private readonly log: vscode.LogOutputChannel,
    private readonly status: StatusItem,
  ) {}

  async start(): Promise<void> {
    this.status.show({ state: "starting" });
    try {
      const client = await this.create();
      this.client = client;
      await client.start();
    } catch (error) {
      this.reportFailure(`Scale Hints could not start: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  async stop(): Promise<void> {
    const { client } = this;
    this.client = undefined;
    try {
      await client?.dispose();
    } catch (error) {
      // A server that has already gone cannot be asked to shut down.
      this.log.info(`stopping: ${String(error)}`);
    }
  }

  async restart(): Promise<void> {
    this.crashes.length = 0;
    this.lastTrouble = undefined;
    await this.stop();
    await this.start();
  }

  async request<Result>(method: string, params: object, token: vscode.CancellationToken): Promise<Result> {
    const { client } = this;
    if (client?.state !== State.Running) throw new Error("Scale Hints is not running");
    return client.sendRequest<Result>(method, params, token);
  }

  /** What answers for quick fixes in a document; nothing in documents that are not ours, and while the server is not running. */
  codeActions(document: vscode.TextDocument): vscode.CodeActionProvider | undefined {
    return this.client?.state === State.Running ? this.client.getFeature(CodeActionRequest.method).getProvider(document) : undefined;
  }

  private async create(): Promise<BaseLanguageClient> {
    const options: LanguageClientOptions = {
      documentSelector: [
        ...LANGUAGES.map((language) => ({ language })),
        // Files that deploy the application have findings and fixes of their own.
        ...DEPLOYMENT_FILES.map((pattern) => ({ scheme: "file", pattern })),
      ],
      outputChannel: this.log,
      initializationOptions: { ...(JSON.parse(JSON.stringify(vscode.workspace.getConfiguration("scaleHints"))) as object), ...(await this.transport.initializationOptions?.()) },
      diagnosticPullOptions: { onChange: true, onFocus: true },
      errorHandler: {
        error: () => ({ action: ErrorAction.Continue }),
        closed: () => this.serverClosed(),
      },
      initializationFailedHandler: () => false,
      middleware: {
        executeCommand: (command, args, next) => {
          if (command === OPEN_RULE_PAGE_COMMAND) return openRulePage(this, args[0]);
          return command === FIX_EVERYWHERE_COMMAND && this.client ? fixEverywhere(this.client, args) : next(command, args);
        },
        sendRequest: async (type, params, token, next) => withoutOldEdits(type, await next(type, params, token)),
      },
    };
    const client = await this.transport.connect(options);
    client.registerFeature({
      fillClientCapabilities: (capabilities) => {
        const ours: ScaleHintsClientCapabilities = { status: true, commands: true, files: true, fixAll: true };
        capabilities.experimental = { ...(capabilities.experimental as object | undefined), scaleHints: ours };
      },
      initialize: () => {},
      getState: () => ({ kind: "static" }),
      clear: () => {},
    });
    client.onRequest(READ_FOLDER_REQUEST, ({ uri }: { readonly uri: string }) => readFolder(uri));
    client.onRequest(READ_FILE_REQUEST, ({ uri }: { readonly uri: string }) => readFile(uri));
    client.onNotification(STATUS_NOTIFICATION, (status: ServerStatus) => {
      this.status.show(status);
      this.heard.fire(status);
      const trouble = status.state === "error" ? status.message : status.state === "ready" ? status.trouble : undefined;
      if (trouble !== undefined && trouble !== this.lastTrouble) this.say(trouble);
      if (status.state !== "indexing" && status.state !== "checking") this.lastTrouble = trouble;
    });
    return client;
  }

  private serverClosed() {
    const now = Date.now();
    this.crashes.push(now);
    const recent = this.crashes.filter((time) => now - time < CRASH_MILLISECONDS);
    if (recent.length < MOST_CRASHES) {
      this.log.warn(`The server stopped unexpectedly (${recent.length} of ${MOST_CRASHES}); starting it again.`);
      return { action: CloseAction.Restart, handled: true };
    }
    this.reportFailure(`Scale Hints stopped ${MOST_CRASHES} times within ${CRASH_MILLISECONDS / 60_000} minutes and stays off.`);
    return { action: CloseAction.DoNotRestart, handled: true };
  }

  private reportFailure(message: string): void {
    this.status.show({ state: "error", message });
    this.say(message);
  }

  /** Something is wrong with us: what, and the ways on. */
  private say(message: string): void {
    this.log.error(message);
    void vscode.window.showErrorMessage(message, "Restart", "Show Log").then((choice) => {
      if (choice === "Restart") void this.restart();
      if (choice === "Show Log") this.log.show();
    });
  }
}
