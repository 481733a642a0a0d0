import {
  DocumentDiagnosticReportKind,
  type CancellationToken,
  type Connection,
  type Diagnostic,
  type DocumentDiagnosticParams,
  type DocumentDiagnosticReport,
  type ResultProgressReporter,
  type WorkspaceDiagnosticParams,
  type WorkspaceDiagnosticReport,
  type WorkspaceDiagnosticReportPartialResult,
  type WorkspaceDocumentDiagnosticReport,
} from "vscode-languageserver";
import type { Finding } from "#engine";
import type { Configurations } from "../config/configurations";
import type { Settings } from "../config/settings";
import { canonicalUri } from "../host/uri";
import { problemDiagnostic, toDiagnostic, type DiagnosticContext } from "../present/diagnostic";
import type { ClientFeatures } from "./client-features";
import type { Project } from "./project";
import { Signal } from "./signal";

/** How long a workspace request without news is kept open before it is answered "unchanged". */
const LONGEST_WAIT = 30_000;

interface Report {
  readonly id: string;
  readonly items: Diagnostic[];
}

export interface DiagnosticsOptions {
  readonly connection: Connection;
  readonly project: Project;
  readonly features: ClientFeatures;
  readonly settings: () => Settings;
  readonly configurations: Configurations;
  readonly rulePage: (ruleId: string) => string | undefined;
}

/** Findings on their way to the client: asked for by clients that pull, sent to the others. */
export class Diagnostics {
  private readonly context: DiagnosticContext;
  /** What the client shows, by file. */
  private readonly shown = new Map<string, string>();
  private readonly news = new Signal();
  private showsEverything = false;

  constructor(private readonly options: DiagnosticsOptions) {
    const { project, features } = options;
    this.context = {
      lines: project.lines,
      clientUri: (uri) => project.clientUri(uri),
      rulePage: options.rulePage,
      version: (uri) => project.version(uri),
      supports: features,
    };
  }

  /** Diagnostics of the whole workspace were asked for, whatever the setting says. */
  showEverything(): void {
    this.showsEverything = true;
  }

  toDiagnostic(finding: Finding): Diagnostic {
    return toDiagnostic(finding, this.context);
  }

  async document(params: DocumentDiagnosticParams, token: CancellationToken): Promise<DocumentDiagnosticReport> {
    const { project } = this.options;
    const uri = canonicalUri(params.textDocument.uri);
    await project.whenKnown(project.isOpen(uri) ? "findings" : "all", token);
    const report = this.options.settings().enable ? this.reportOf(uri, project.findings(uri)) : NOTHING;
    this.shown.set(uri, report.id);
    if (params.previousResultId === report.id) return { kind: DocumentDiagnosticReportKind.Unchanged, resultId: report.id };
    return { kind: DocumentDiagnosticReportKind.Full, resultId: report.id, items: report.items };
  }

  async workspace(
    params: WorkspaceDiagnosticParams,
    token: CancellationToken,
    partial?: ResultProgressReporter<WorkspaceDiagnosticReportPartialResult>,
  ): Promise<WorkspaceDiagnosticReport> {
    const { project } = this.options;
    const previous = new Map(params.previousResultIds.map(({ uri, value }) => [canonicalUri(uri), { uri, value }]));
    for (const deadline = Date.now() + LONGEST_WAIT; ; ) {
      await project.whenAllKnown(token);
      const items = this.workspaceItems(previous);
      const isNews = items.some((item) => item.kind === DocumentDiagnosticReportKind.Full);
      // A client that takes results in parts keeps this request open all the time and is answered when there is news.
      if (isNews || !partial || Date.now() >= deadline) return { items };
      await this.news.next(token, deadline - Date.now());
    }
  }

  private workspaceItems(previous: ReadonlyMap<string, { readonly uri: string; readonly value: string }>): WorkspaceDocumentDiagnosticReport[] {
    const { project } = this.options;
    const items: WorkspaceDocumentDiagnosticReport[] = [];
    const wanted = this.wantedReports();
    for (const [uri, report] of wanted) {
      const target = { uri: previous.get(uri)?.uri ?? project.clientUri(uri), version: project.version(uri) };
      if (previous.get(uri)?.value === report.id) items.push({ kind: DocumentDiagnosticReportKind.Unchanged, resultId: report.id, ...target });
      else items.push({ kind: DocumentDiagnosticReportKind.Full, resultId: report.id, items: report.items, ...target });
    }
    for (const [uri, { uri: clientUri, value }] of previous) {
      if (wanted.has(uri)) continue;
      const target = { uri: clientUri, version: project.version(uri) };
      if (value === NOTHING.id) items.push({ kind: DocumentDiagnosticReportKind.Unchanged, resultId: NOTHING.id, ...target });
      else items.push({ kind: DocumentDiagnosticReportKind.Full, resultId: NOTHING.id, items: [], ...target });
    }
    return items;
  }

  /** Everything was checked: tells the client what is new, in the way it wants to be told. */
  settled(): void {
    if (this.options.features.pullsDiagnostics) {
      this.news.emit();
      return this.refreshIfStale();
    }
    const wanted = this.wantedReports();
    for (const uri of this.shown.keys()) if (!wanted.has(uri)) this.publish(uri, NOTHING);
    for (const [uri, report] of wanted) this.publish(uri, report);
  }

  /** What is shown of open files may be older than what is known of them. */
  openChecked(): void {
    if (this.options.features.pullsDiagnostics) return this.refreshIfStale();
    for (const uri of this.options.project.openUris()) this.publish(uri, this.knownReport(uri));
  }

  private refreshIfStale(): void {
    const { connection, features, project } = this.options;
    const isStale = (uri: string) => project.isOpen(uri) && this.shown.get(uri) !== this.knownReport(uri).id;
    if (!features.refreshesDiagnostics || ![...this.shown.keys()].some(isStale)) return;
    // Forgotten until asked for again, so that one change asks only once.
    this.shown.clear();
    connection.languages.diagnostics.refresh().catch(() => {
      // The client went away, or cannot after all: it will ask by itself.
    });
  }

  private publish(uri: string, report: Report): void {
    if ((this.shown.get(uri) ?? NOTHING.id) === report.id) return;
    if (report === NOTHING) this.shown.delete(uri);
    else this.shown.set(uri, report.id);
    const { connection, project } = this.options;
    void connection.sendDiagnostics({ uri: project.clientUri(uri), version: project.version(uri) ?? undefined, diagnostics: report.items });
  }

  /** The files that have something to show, in order. */
  private wantedReports(): Map<string, Report> {
    const { project, settings } = this.options;
    const { enable, scope } = settings();
    const result = new Map<string, Report>();
    if (!enable) return result;
    const uris = new Set([...project.allFindings().map((finding) => finding.at.uri), ...this.options.configurations.problems().keys()]);
    for (const uri of uris) {
      if (scope === "openFiles" && !this.showsEverything && !project.isOpen(uri)) continue;
      const report = this.knownReport(uri);
      if (report.items.length > 0) result.set(uri, report);
    }
    return result;
  }

  private knownReport(uri: string): Report {
    return this.options.settings().enable ? this.reportOf(uri, this.options.project.knownFindings(uri)) : NOTHING;
  }

  private reportOf(uri: string, findings: readonly Finding[]): Report {
    const wrong = this.options.configurations.problems().get(uri) ?? [];
    if (findings.length === 0 && wrong.length === 0) return NOTHING;
    const items = [...wrong.map((problem) => problemDiagnostic(uri, problem, this.context)), ...findings.map((finding) => this.toDiagnostic(finding))];
    return { id: digest(items), items };
  }
}

const NOTHING: Report = { id: "0", items: [] };

/** Names a list of diagnostics by what the user sees of it: the document's version plays no part. */
function digest(items: readonly Diagnostic[]): string {
  const text = JSON.stringify(items, (key, value: unknown) => (key === "version" ? undefined : value));
  // cyrb53: 53 bits of a non-cryptographic hash are plenty to tell two states of one file apart.
  let h1 = 0xdeadbeef;
  let h2 = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    h1 = Math.imul(h1 ^ code, 2654435761);
    h2 = Math.imul(h2 ^ code, 1597334677);
  }
  h1 = Math.imul(h1 ^ (h1 >>> 16), 2246822507) ^ Math.imul(h2 ^ (h2 >>> 13), 3266489909);
  h2 = Math.imul(h2 ^ (h2 >>> 16), 2246822507) ^ Math.imul(h1 ^ (h1 >>> 13), 3266489909);
  return (4294967296 * (2097151 & h2) + (h1 >>> 0)).toString(36);
}
