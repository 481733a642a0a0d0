import * as vscode from "vscode";
import { FINDINGS_REQUEST, type FindingSummary } from "../../server/src/protocol";
import type { ScaleHintsClient } from "./language-client";

export type Grouping = "endpoint" | "rule" | "file";

interface Group {
  readonly label: string;
  readonly description?: string;
  readonly icon: string;
  readonly resource?: vscode.Uri;
  readonly findings: readonly FindingSummary[];
}

type Node = { readonly group: Group } | { readonly finding: FindingSummary };

const SEVERITIES = ["warning", "information", "hint"] as const;
const ICONS: Readonly<Record<FindingSummary["severity"], vscode.ThemeIcon>> = {
  warning: new vscode.ThemeIcon("warning", new vscode.ThemeColor("list.warningForeground")),
  information: new vscode.ThemeIcon("info"),
  hint: new vscode.ThemeIcon("lightbulb"),
};
/** The severity in words, for those who do not see icons or colours. */
const WORDS: Readonly<Record<FindingSummary["severity"], string>> = { warning: "warning", information: "note", hint: "hint" };

/** How long VS Code may take to draw rows that it was told of, in milliseconds. */
const UNTIL_DRAWN = 300;

const GROUPED: Readonly<Record<Grouping, string>> = { endpoint: "address", rule: "rule", file: "file" };

/** Keys of groups that no address names. */
const RUN = "run ";
const REST = "";
const ICON_BY_RANK = ["globe", "server-process", "circle-outline"] as const;

/** The side bar's view: findings by endpoint, rule or file, with counts and a filter. */
export class FindingsTree implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.changed.event;
  private readonly view: vscode.TreeView<Node>;
  private findings: readonly FindingSummary[] = [];
  private grouping: Grouping;
  private warning: string | undefined;
  /** Somebody went here before there was a row, and has gone nowhere else since. */
  private isAwaited = false;
  private readonly going: readonly vscode.Disposable[];
  private filter: { readonly text: string; readonly least: FindingSummary["severity"] } = { text: "", least: "hint" };

  constructor(
    private readonly client: ScaleHintsClient,
    private readonly memory: vscode.Memento,
  ) {
    this.grouping = memory.get<Grouping>("grouping", "endpoint");
    this.view = vscode.window.createTreeView("scaleHints.findings", { treeDataProvider: this, showCollapseAll: true });
    const goElsewhere = (): boolean => (this.isAwaited = false);
    this.going = [vscode.window.onDidChangeTextEditorSelection(goElsewhere), this.view.onDidChangeVisibility(({ visible }) => visible || goElsewhere())];
    void vscode.commands.executeCommand("setContext", "scaleHints.grouping", this.grouping);
  }

  /** Asks the server for what there is now. */
  async refresh(): Promise<void> {
    try {
      this.findings = await this.client.request<FindingSummary[]>(FINDINGS_REQUEST, {}, new vscode.CancellationTokenSource().token);
    } catch {
      // The server is starting or gone: what was known is shown until it is back.
      return;
    }
    this.render();
  }

  /** What is to stand above the findings: something that keeps them from being all. */
  warn(message: string | undefined): void {
    this.warning = message;
    this.render();
  }

  /** Shows the view and goes there. */
  async focus(): Promise<void> {
    await vscode.commands.executeCommand("scaleHints.findings.focus");
    this.isAwaited = true;
    await this.goToFirst();
  }

  /** Where no row was chosen so far, or none was there, the keyboard would be nowhere: a tree that has just come has none to stand on. */
  private async goToFirst(): Promise<void> {
    const [first] = this.getChildren();
    if (!first || !this.isAwaited) return;
    // VS Code makes the tree when the view is shown for the first time, and takes the focus nowhere until it has rows.
    await new Promise((resolve) => setTimeout(resolve, UNTIL_DRAWN));
    if (!this.isAwaited) return;
    this.isAwaited = false;
    if (this.view.selection.length === 0) await this.view.reveal(first, { focus: true, select: true });
  }

  groupBy(grouping: Grouping): void {
    this.grouping = grouping;
    void this.memory.update("grouping", grouping);
    void vscode.commands.executeCommand("setContext", "scaleHints.grouping", grouping);
    this.render();
  }

  /** Asks which findings to show. */
  async chooseFilter(): Promise<void> {
    const all = { label: "Everything", least: "hint" as const, clears: true };
    const picked = await vscode.window.showQuickPick(
      [all, { label: "Warnings only", least: "warning" as const }, { label: "Warnings and notes", least: "information" as const }, { label: "Containing a text…", least: "hint" as const, asks: true }],
      { title: "Scale Hints: which findings to show?" },
    );
    if (!picked) return;
    const text = "asks" in picked ? await vscode.window.showInputBox({ title: "Show findings that contain", value: this.filter.text, placeHolder: "a path, a rule, a model, an address" }) : "";
    if (text === undefined) return;
    this.filter = { text: text.toLowerCase(), least: picked.least };
    this.render();
  }

  get total(): number {
    return this.findings.length;
  }

  private render(): void {
    const shown = this.shown();
    const warnings = shown.filter(({ severity }) => severity === "warning").length;
    this.view.badge = warnings > 0 ? { value: warnings, tooltip: `${warnings} ${warnings === 1 ? "warning" : "warnings"}` } : undefined;
    this.view.description = `${shown.length === this.findings.length ? shown.length : `${shown.length} of ${this.findings.length}`} by ${GROUPED[this.grouping]}`;
    this.view.message = this.warning ?? (this.findings.length > 0 && shown.length === 0 ? "The filter leaves nothing." : undefined);
    this.changed.fire(undefined);
    // A row that is gone again by now is none to go to.
    this.goToFirst().catch(() => {});
  }

  private shown(): readonly FindingSummary[] {
    const { text, least } = this.filter;
    const isSevere = ({ severity }: FindingSummary): boolean => SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(least);
    return this.findings.filter((finding) => isSevere(finding) && (text === "" || [finding.uri, finding.ruleId, finding.message, ...finding.routes, ...finding.runBy].some((each) => each.toLowerCase().includes(text))));
  }

  getChildren(node?: Node): Node[] {
    if (!node) return this.groups().map((group) => ({ group }));
    return "group" in node ? node.group.findings.map((finding) => ({ finding })) : [];
  }

  /** Groups alone are gone to. */
  getParent(): undefined {
    return undefined;
  }

  private groups(): readonly Group[] {
    const groups = new Map<string, { label: string; icon: string; resource?: vscode.Uri; findings: FindingSummary[] }>();
    for (const finding of this.shown()) {
      for (const [key, label, resource] of this.keysOf(finding)) {
        const group = groups.get(key) ?? { label, icon: this.grouping === "rule" ? "law" : ICON_BY_RANK[rankOf(key)], resource, findings: [] };
        groups.set(key, group);
        group.findings.push(finding);
      }
    }
    return [...groups]
      .sort(([a, x], [b, y]) => rankOf(a) - rankOf(b) || weightOf(y.findings) - weightOf(x.findings) || (x.label < y.label ? -1 : 1))
      .map(([, group]) => ({ ...group, description: totalOf(group.findings) }));
  }

  private keysOf({ uri, ruleId, routes, runBy }: FindingSummary): readonly (readonly [string, string, vscode.Uri | undefined])[] {
    const resource = vscode.Uri.parse(uri);
    if (this.grouping === "rule") return [[ruleId, ruleId, undefined]];
    if (this.grouping === "file") return [[uri, vscode.workspace.asRelativePath(resource), resource]];
    if (routes.length > 0) return routes.map((route) => [route, route, undefined] as const);
    return runBy.length > 0 ? runBy.map((run) => [`${RUN}${run}`, run, undefined] as const) : [[REST, "Not reached from an address", undefined]];
  }

  getTreeItem(node: Node): vscode.TreeItem {
    if ("group" in node) {
      const { label, description, icon, resource, findings } = node.group;
      const item = new vscode.TreeItem(label, vscode.TreeItemCollapsibleState.Collapsed);
      item.description = description;
      item.iconPath = resource ? vscode.ThemeIcon.File : new vscode.ThemeIcon(icon);
      if (resource) item.resourceUri = resource;
      item.contextValue = this.grouping;
      item.tooltip = `${label}\n${countsOf(findings)}`;
      item.accessibilityInformation = { label: `${label}, ${countsOf(findings)}` };
      return item;
    }
    const { finding } = node;
    const path = vscode.workspace.asRelativePath(vscode.Uri.parse(finding.uri));
    const line = finding.range.start.line + 1;
    // Messages of one rule begin alike: in a narrow view the place tells them apart.
    const item = new vscode.TreeItem(this.grouping === "file" ? `Line ${line}` : `${path.slice(path.lastIndexOf("/") + 1)}:${line}`);
    item.description = this.grouping === "rule" ? namesIn(finding.message) : whatOf(finding.message);
    // What the icon says is said in words as well.
    const kind = `${WORDS[finding.severity]}${finding.isFixable ? ", has a fix" : ""}`;
    item.tooltip = new vscode.MarkdownString(`${finding.message}\n\n${kind} · ${finding.ruleId} · ${path}:${line}`);
    item.iconPath = ICONS[finding.severity];
    item.command = { title: "Open", command: "scaleHints.openPlace", arguments: [finding] };
    item.contextValue = finding.isFixable ? "fixable" : "finding";
    item.accessibilityInformation = { label: `${kind}: ${finding.message} ${path}, line ${line}` };
    return item;
  }

  dispose(): void {
    for (const each of this.going) each.dispose();
    this.view.dispose();
    this.changed.dispose();
  }
}

/** Who groups by address looks for addresses: what else is run stands below them, and then the rest, however much it is. */
function rankOf(key: string): 0 | 1 | 2 {
  return key === REST ? 2 : key.startsWith(RUN) ? 1 : 0;
}

/** What is wrong, without why and what to do. */
function whatOf(message: string): string {
  return whatSaid(message).replaceAll("`", "");
}

/** What differs between findings of one rule: what they are about. */
function namesIn(message: string): string {
  const names = [...whatSaid(message).matchAll(/`([^`]+)`/g)].map(([, name]) => name);
  return names.length > 0 ? [...new Set(names)].join(" · ") : whatOf(message);
}

function whatSaid(message: string): string {
  return message.split(/: |\. /, 1)[0];
}

/** `20, 9 warnings`: all of them first, as the end may be cut off. */
function totalOf(findings: readonly FindingSummary[]): string {
  const warnings = findings.filter(({ severity }) => severity === "warning").length;
  return warnings === 0 || warnings === findings.length ? countsOf(findings) : `${findings.length}, ${warnings} ${warnings === 1 ? "warning" : "warnings"}`;
}

function countsOf(findings: readonly FindingSummary[]): string {
  return SEVERITIES.flatMap((severity) => {
    const count = findings.filter((finding) => finding.severity === severity).length;
    return count > 0 ? [`${count} ${WORDS[severity]}${count === 1 ? "" : "s"}`] : [];
  }).join(", ");
}

function weightOf(findings: readonly FindingSummary[]): number {
  return findings.reduce((sum, { severity }) => sum + { warning: 10_000, information: 100, hint: 1 }[severity], 0);
}
