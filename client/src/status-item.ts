import * as vscode from "vscode";
import type { ServerStatus } from "../../server/src/protocol";
import { LANGUAGES } from "./languages";

type Status = ServerStatus | { readonly state: "starting" };

/** What Scale Hints is doing, in the status bar's language menu. */
export class StatusItem implements vscode.Disposable {
  private readonly item: vscode.LanguageStatusItem;

  constructor() {
    this.item = vscode.languages.createLanguageStatusItem("scaleHints.status", LANGUAGES.map((language) => ({ language })));
    this.item.name = "Scale Hints";
    this.item.command = { command: "scaleHints.showLog", title: "Show Log" };
  }

  show(status: Status): void {
    const { item } = this;
    // That everything is known is said when it is shown.
    if (status.state !== "ready") sayState(status.state);
    item.busy = ["starting", "indexing", "checking"].includes(status.state);
    const trouble = status.state === "ready" ? (status.trouble ?? missingFolders(status)) : undefined;
    item.severity =
      status.state === "error" ? vscode.LanguageStatusSeverity.Error
      : trouble !== undefined ? vscode.LanguageStatusSeverity.Warning
      : vscode.LanguageStatusSeverity.Information;
    item.text = textOf(status);
    item.detail = status.state === "ready" ? (trouble ?? `${status.files} files${status.notes > 0 ? `, ${status.notes} not understood whole` : ""}`) : undefined;
    item.accessibilityInformation = { label: [item.text, item.detail].filter(Boolean).join(", ") };
    item.command =
      status.state === "ready" && status.missingFolders ? { command: "scaleHints.checkWorkspace", title: "Check Workspace" }
      : status.state === "error" || trouble !== undefined ? { command: "scaleHints.restart", title: "Restart" }
      : status.state === "ready" ? { command: "scaleHints.showFindings", title: "Show" }
      : { command: "scaleHints.showLog", title: "Show Log" };
  }

  dispose(): void {
    this.item.dispose();
  }
}

/** What an empty list of findings means. */
export function sayState(state: Status["state"]): void {
  void vscode.commands.executeCommand("setContext", "scaleHints.state", state);
}

/** The target scale, in the status bar; a click changes it. */
export class ScaleItem implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem("scaleHints.scale", vscode.StatusBarAlignment.Right, 80);

  constructor() {
    this.item.name = "Scale Hints: target scale";
    this.item.command = "scaleHints.setScale";
  }

  show(status: ServerStatus): void {
    if (status.state !== "ready") return status.state === "off" ? this.item.hide() : undefined;
    this.item.text = `$(graph-line) Scale: ${status.scale}`;
    this.item.tooltip = `Scale Hints: ${status.findings} findings, for ${status.scale} tables. Click to choose how large the tables will become.`;
    this.item.accessibilityInformation = { label: `Target scale ${status.scale}, ${status.findings} findings`, role: "button" };
    this.item.show();
  }

  dispose(): void {
    this.item.dispose();
  }
}

/** What to say of workspace folders that are not there. */
export function missingFolders(status: ServerStatus): string | undefined {
  if (status.state !== "ready" || !status.missingFolders) return undefined;
  const names = status.missingFolders.map((name) => `"${name}"`).join(", ");
  return `The folder ${names} is not there. It is read when it comes back, or when the workspace is checked again.`;
}

function textOf(status: Status): string {
  switch (status.state) {
    case "starting":
      return "Scale Hints: starting";
    case "indexing":
      return `Scale Hints: reading ${status.done} of ${status.total} files`;
    case "checking":
      return `Scale Hints: checked ${status.done} of ${status.total} files`;
    case "ready":
      if (status.missingFolders) return "Scale Hints: folder not found";
      return status.findings === 0 ? "Scale Hints: nothing found" : `Scale Hints: ${status.findings} ${status.findings === 1 ? "finding" : "findings"}`;
    case "off":
      return "Scale Hints: off";
    case "error":
      return "Scale Hints: stopped";
  }
}
