import {
  CodeActionKind,
  MessageType,
  type CancellationToken,
  type CodeAction,
  type CodeActionParams,
  type Connection,
  type Diagnostic,
  type SnippetTextEdit,
  type TextEdit,
  type WorkspaceEdit,
} from "vscode-languageserver";
import { isTemplatePath, type Finding, type Fix, type Safety } from "#engine";
import { canonicalUri } from "../host/uri";
import { SOURCE } from "../present/diagnostic";
import { evidenceOf } from "../present/evidence";
import { DECLARE_ROWS_COMMAND, FIX_ALL_KIND, FIX_EVERYWHERE_COMMAND, OPEN_RULE_PAGE_COMMAND, SHOW_PLACES_COMMAND, type DiagnosticData } from "../protocol";
import type { ClientFeatures } from "./client-features";
import { say } from "./messages";
import type { Project } from "./project";
import { Outdated, severalFixes } from "./several-fixes";
import { toChanges, toWorkspaceEdit } from "./workspace-edit";

/** What is to be known of a fix before it is chosen: one that is safe needs no word. */
const CAUTION: Readonly<Record<Safety, string>> = { safe: "", review: " (review)", sketch: " (changes what it does)" };

/** What an action carries until its edit is asked for. */
type ActionData =
  | { readonly kind: "fix"; readonly uri: string; readonly key: string; readonly start: number; readonly index: number; readonly title: string }
  | { readonly kind: "fixAll"; readonly uri: string }
  | { readonly kind: "fixRule"; readonly uri: string; readonly ruleId: string };

export interface CodeActionsOptions {
  readonly connection: Connection;
  readonly project: Project;
  readonly features: ClientFeatures;
  readonly rulePage: (ruleId: string) => string | undefined;
}

/** Quick fixes of single findings and of whole files. */
export class CodeActions {
  constructor(private readonly options: CodeActionsOptions) {}

  async provide(params: CodeActionParams, token: CancellationToken): Promise<CodeAction[]> {
    const uri = canonicalUri(params.textDocument.uri);
    const wants = (kind: string) => !params.context.only || params.context.only.some((only) => kind === only || kind.startsWith(only + "."));
    const actions: CodeAction[] = [];
    if (wants(CodeActionKind.QuickFix)) actions.push(...(await this.quickFixes(uri, params, token)));
    // Only when asked for: every other request would pay for it.
    if (params.context.only && wants(FIX_ALL_KIND)) actions.push(...(await this.fixAll(uri, token)));
    return actions;
  }

  async resolve(action: CodeAction, token: CancellationToken): Promise<CodeAction> {
    const data = action.data as ActionData | undefined;
    if (!data || action.edit) return action;
    let reason = "The code has changed and this no longer applies.";
    try {
      const edit = await this.editFor(data, token);
      if (edit) return { ...action, edit };
    } catch (error) {
      if (!(error instanceof Outdated)) throw error;
      reason = error.message;
    }
    // Clients do not show why a chosen action does nothing. Who only saves has chosen nothing.
    if (data.kind !== "fixAll") say(this.options.connection, MessageType.Info, reason);
    return { ...action, disabled: { reason } };
  }

  private async quickFixes(uri: string, params: CodeActionParams, token: CancellationToken): Promise<CodeAction[]> {
    const findings = this.options.project.findings(uri);
    const fixes: CodeAction[] = [];
    const wholeFile: CodeAction[] = [];
    const others: CodeAction[] = [];
    const seen = new Set<string>();
    const once = (name: string) => !seen.has(name) && seen.add(name);
    const wanted = this.wanted(uri, findings, params);
    for (const { finding, diagnostic } of wanted) {
      const diagnostics = diagnostic ? [diagnostic] : undefined;
      const offered = await this.options.project.fixing(finding, token);
      for (const [index, fix] of offered.entries()) {
        if (!this.options.features.createsFiles && fix.edits.some(({ creates }) => creates)) continue;
        if (!once(`fix ${JSON.stringify([fix.title, fix.edits])}`)) continue;
        const data: ActionData = { kind: "fix", uri, key: finding.key, start: finding.at.span.start, index, title: fix.title };
        fixes.push(await this.lazily({ title: `${fix.title}${CAUTION[fix.safety]}`, kind: CodeActionKind.QuickFix, diagnostics, ...(fix.preferred ? { isPreferred: true } : {}) }, data, token));
      }
      const { ruleId } = finding;
      const isOneOfMany = findings.filter((other) => other.ruleId === ruleId && other.proposals.some(({ safety }) => safety === "safe")).length > 1;
      if (isOneOfMany && offered.some(({ safety }) => safety === "safe") && once(`rule ${ruleId}`)) {
        wholeFile.push(await this.lazily({ title: `Fix all \`${ruleId}\` in this file`, kind: CodeActionKind.QuickFix, diagnostics }, { kind: "fixRule", uri, ruleId }, token));
      }
      // Many files at once: work that is said how far it is, can be stopped, and is looked through before it is done.
      if (this.options.features.appliesEdits && this.isFixedElsewhereToo(uri, ruleId) && offered.some(({ safety }) => safety === "safe") && once(`everywhere ${ruleId}`)) {
        const title = `Fix all \`${ruleId}\` in the workspace${this.options.features.changeAnnotations ? "…" : ""}`;
        wholeFile.push({ title, kind: CodeActionKind.QuickFix, diagnostics, command: { title, command: FIX_EVERYWHERE_COMMAND, arguments: [ruleId] } });
      }
      others.push(...this.ownCommands(uri, finding, diagnostics, wanted.length > 1, once));
      const ignore = this.options.project.isHalfTyped(uri) ? undefined : this.ignoreEdit(uri, finding);
      if (ignore && once(`ignore ${JSON.stringify(ignore)}`)) {
        others.push({ title: `Ignore \`${ruleId}\` here (with reason)`, kind: CodeActionKind.QuickFix, diagnostics, edit: ignore });
      }
      if (this.options.rulePage(ruleId) !== undefined && once(`page ${ruleId}`)) {
        const title = `Open the page of \`${ruleId}\``;
        others.push({ title, kind: CodeActionKind.QuickFix, diagnostics, command: { title, command: OPEN_RULE_PAGE_COMMAND, arguments: [ruleId] } });
      }
    }
    return [...fixes, ...wholeFile, ...others];
  }

  private isFixedElsewhereToo(uri: string, ruleId: string): boolean {
    return this.options.project.allFindings().some((other) => other.ruleId === ruleId && other.at.uri !== uri && other.proposals.some(({ safety }) => safety === "safe"));
  }

  /** What only a client with our own commands can do. */
  private ownCommands(uri: string, finding: Finding, diagnostics: Diagnostic[] | undefined, isOneOfMany: boolean, once: (name: string) => unknown): CodeAction[] {
    const { project, features } = this.options;
    if (!features.ownCommands) return [];
    const action = (title: string, command: string, ...args: unknown[]): CodeAction => ({ title, kind: CodeActionKind.QuickFix, diagnostics, command: { title, command, arguments: args } });
    const models = [...new Set([...(finding.grows?.rounds.map(([name]) => name) ?? []), ...(finding.grows?.rows?.slice(0, 1) ?? [])])];
    return [
      ...(finding.related.length > 0 && once(`explain ${finding.key}`) ? [action(`Explain${isOneOfMany ? ` \`${finding.ruleId}\`` : ""}: show every place that plays a part`, SHOW_PLACES_COMMAND, evidenceOf(finding, project))] : []),
      ...models.filter((model) => once(`rows ${model}`)).map((model) => action(`Declare how many rows \`${model}\` has…`, DECLARE_ROWS_COMMAND, model, project.clientUri(uri))),
    ];
  }

  /** The findings that the client's diagnostics stand for; without diagnostics, those that the range touches. */
  private wanted(uri: string, findings: readonly Finding[], params: CodeActionParams): readonly { finding: Finding; diagnostic?: Diagnostic }[] {
    const { lines } = this.options.project;
    const ours = params.context.diagnostics.filter((diagnostic) => diagnostic.source === SOURCE);
    if (ours.length === 0) {
      const index = lines.of(uri);
      const start = index.offsetAt(params.range.start);
      const end = index.offsetAt(params.range.end);
      return findings.filter(({ at }) => at.span.start <= end && start <= at.span.end).map((finding) => ({ finding }));
    }
    return ours.flatMap((diagnostic) => {
      const key = (diagnostic.data as DiagnosticData | undefined)?.key;
      const start = lines.of(uri).offsetAt(diagnostic.range.start);
      const candidates = findings.filter((finding) => (key === undefined ? finding.ruleId === diagnostic.code && finding.at.span.start === start : finding.key === key));
      const finding = nearestTo(start, candidates);
      return finding ? [{ finding, diagnostic }] : [];
    });
  }

  /** Every safe fix of the file that stays in the file. Worked out when it is applied, so that it fits what other fixers have left. */
  private async fixAll(uri: string, token: CancellationToken): Promise<CodeAction[]> {
    const { project } = this.options;
    const isFixable = project.findings(uri).some((finding) => finding.proposals.some(({ safety }) => safety === "safe"));
    if (!isFixable || project.isHalfTyped(uri)) return [];
    const action = await this.lazily({ title: "Fix all safe scalability problems", kind: FIX_ALL_KIND }, { kind: "fixAll", uri }, token);
    return action.data || action.edit ? [action] : [];
  }

  private async editFor(data: ActionData, token: CancellationToken): Promise<WorkspaceEdit | undefined> {
    const { project, features } = this.options;
    if (data.kind !== "fix") {
      const where = data.kind === "fixAll" ? { mayEdit: (edited: string) => edited === data.uri } : { mayEdit: () => true, ruleId: data.ruleId };
      const { edits } = await severalFixes(project, { uris: [data.uri], hurry: "at once", ...where }, token);
      return edits.length > 0 ? toWorkspaceEdit(edits, project, features) : undefined;
    }
    const finding = nearestTo(data.start, project.findings(data.uri).filter(({ key }) => key === data.key));
    // The place among the fixes tells alternatives apart; a title that differs means that they are no longer the same ones.
    const fix: Fix | undefined = finding && project.fixes(finding)[data.index];
    return fix?.title === data.title ? toWorkspaceEdit(fix.edits, project, features) : undefined;
  }

  private async lazily(action: CodeAction, data: ActionData, token: CancellationToken): Promise<CodeAction> {
    if (this.options.features.resolvesCodeActionEdits) return { ...action, data };
    try {
      return { ...action, edit: await this.editFor(data, token) };
    } catch (error) {
      if (!(error instanceof Outdated)) throw error;
      return action; // the client asks again for the text that there is now
    }
  }

  /** A comment above the statement that silences the rule there; the reason is for the user to write. */
  private ignoreEdit(uri: string, finding: Finding): WorkspaceEdit {
    const { project, features } = this.options;
    const text = project.text(uri) ?? "";
    const index = project.lines.of(uri);
    const lineText = (line: number) => text.slice(index.lineStart(line), index.lineStart(line + 1));
    let line = index.lineAt(finding.at.span.start);
    // No comment may stand between a backslash and the line it continues on.
    while (line > 0 && /\\\r?\n?$/.test(lineText(line - 1))) line--;
    const indent = /^[ \t]*/.exec(lineText(line))![0];
    const newline = /\r\n|\r|\n/.exec(text)?.[0] ?? "\n";
    const at = { line, character: 0 };
    const range = { start: at, end: at };
    const [open, close] = isTemplatePath(uri) ? ["{# ", " #}"] : /\.(?:prisma|vue|svelte|[cm]?[jt]sx?)$/i.test(uri) ? ["// ", ""] : ["# ", ""];
    const comment = `${indent}${open}scale-hints: ignore[${finding.ruleId}] -- `;
    const edit: TextEdit | SnippetTextEdit = features.snippetEdits
      ? { range, snippet: { kind: "snippet", value: `${comment.replace(/[\\$}]/g, "\\$&")}\${1:reason}${close.replace("}", "\\}")}${newline}` } }
      : { range, newText: `${comment}reason${close}${newline}` };
    return toChanges([{ uri, edits: [edit] }], project, features);
  }
}

function nearestTo(offset: number, findings: readonly Finding[]): Finding | undefined {
  let best: Finding | undefined;
  for (const finding of findings) {
    if (!best || Math.abs(finding.at.span.start - offset) < Math.abs(best.at.span.start - offset)) best = finding;
  }
  return best;
}
