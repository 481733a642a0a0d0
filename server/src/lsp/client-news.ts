import { CodeLensRefreshRequest, MessageType, ShowMessageNotification, type Connection } from "vscode-languageserver";
import { costText } from "#engine";
import type { Settings } from "../config/settings";
import { STATUS_NOTIFICATION, type ServerStatus } from "../protocol";
import type { ClientFeatures } from "./client-features";
import type { Failures } from "./failures";
import type { Project } from "./project";

export interface ClientNewsOptions {
  readonly connection: Connection;
  readonly features: ClientFeatures;
  readonly failures: Failures;
  readonly settings: () => Settings;
}

/** Tells the client what the server is doing, and when to ask again for what it shows. */
export class ClientNews {
  private lastStatus = "";
  private lastTrouble = "";
  private shownHints = "";
  private shownLenses = "";

  constructor(private readonly options: ClientNewsOptions) {}

  status(status: ServerStatus): void {
    const { connection, features } = this.options;
    if (!features.status) return;
    const text = JSON.stringify(status);
    if (text === this.lastStatus) return;
    this.lastStatus = text;
    void connection.sendNotification(STATUS_NOTIFICATION, status);
  }

  /** What is wrong in a status is also said to clients that know no status, once. */
  trouble(status: ServerStatus): void {
    this.status(status);
    const text = status.state === "error" ? status.message : status.state === "ready" ? (status.trouble ?? "") : "";
    const isNews = text !== "" && text !== this.lastTrouble;
    this.lastTrouble = text;
    if (isNews && !this.options.features.status) void this.options.connection.sendNotification(ShowMessageNotification.type, { type: MessageType.Error, message: text });
  }

  /** The client is to ask again for everything that it shows. */
  everything(): void {
    const { connection, features, failures } = this.options;
    if (features.refreshesInlayHints) failures.ask(connection.languages.inlayHint.refresh());
    if (features.refreshesCodeLenses) failures.ask(connection.sendRequest(CodeLensRefreshRequest.type));
    if (features.pullsDiagnostics && features.refreshesDiagnostics) failures.ask(connection.languages.diagnostics.refresh());
  }

  /** Everything was checked: the client is to ask again for the lenses and hints that are others now. */
  settled(project: Project): void {
    const { features, settings } = this.options;
    if (features.refreshesCodeLenses && settings().codeLens) this.lenses(project);
    if (features.refreshesInlayHints && settings().inlayHints.length > 0) this.hints(project);
  }

  private hints(project: Project): void {
    const hints = JSON.stringify(project.openUris().map((uri) => [uri, project.knownFindings(uri).map(({ hint, at }) => [hint, at.span.start])]));
    if (hints === this.shownHints) return;
    this.shownHints = hints;
    this.options.failures.ask(this.options.connection.languages.inlayHint.refresh());
  }

  /** The costs of what is open. */
  private lenses(project: Project): void {
    const open = new Set(project.openUris());
    const lenses = JSON.stringify(project.allCosts().filter(({ at, cost }) => open.has(at.uri) || cost.terms.some(({ because }) => because.some((each) => open.has(each.at.uri)))).map(({ name, cost, at }) => [name, costText(cost), at.uri]));
    if (lenses === this.shownLenses) return;
    this.shownLenses = lenses;
    this.options.failures.ask(this.options.connection.sendRequest(CodeLensRefreshRequest.type));
  }
}
