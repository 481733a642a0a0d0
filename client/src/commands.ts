import * as vscode from "vscode";
import { CHECK_WORKSPACE_REQUEST, type CheckResult, type Place } from "../../server/src/protocol";
import { createBaseline, declareRows, setScale } from "./configuration";
import type { CostsPanel } from "./costs-panel";
import type { FindingsTree } from "./findings-tree";
import type { ScaleHintsClient } from "./language-client";
import { openPlace, showPlaces } from "./places";
import { openRulePage } from "./rule-page";
import type { UnderstoodPage } from "./understood-page";

export interface CommandTargets {
  readonly client: ScaleHintsClient;
  readonly log: vscode.LogOutputChannel;
  readonly findings: FindingsTree;
  readonly costs: CostsPanel;
  readonly understood: UnderstoodPage;
}

/** The commands of the palette, and those that lenses, hints and views use. */
export function registerCommands({ client, log, findings, costs, understood }: CommandTargets): vscode.Disposable[] {
  const register = (name: string, run: (...args: unknown[]) => unknown) =>
    vscode.commands.registerCommand(`scaleHints.${name}`, async (...args: unknown[]) => {
      try {
        return await run(...args);
      } catch (error) {
        if (error instanceof vscode.CancellationError) return undefined;
        log.error(`${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
        void vscode.window.showErrorMessage(`Scale Hints: ${error instanceof Error ? error.message : String(error)}`);
        return undefined;
      }
    });
  return [
    register("restart", () => client.restart()),
    register("showLog", () => log.show()),
    register("checkWorkspace", () => checkWorkspace(client)),
    register("openRulePage", (ruleId) => openRulePage(client, ruleId)),
    register("ignoreHere", ignoreHere),
    register("showCosts", () => costs.show()),
    register("setScale", () => setScale(client)),
    register("createBaseline", () => createBaseline(client)),
    register("showUnderstood", () => understood.show()),
    register("openSettings", () => vscode.commands.executeCommand("workbench.action.openSettings", "@ext:scale-hints.scale-hints")),
    register("showFindings", () => findings.focus()),
    register("filterFindings", () => findings.chooseFilter()),
    register("groupByEndpoint", () => findings.groupBy("endpoint")),
    register("groupByRule", () => findings.groupBy("rule")),
    register("groupByFile", () => findings.groupBy("file")),
    register("openPlace", (place) => openPlace(place as Place)),
    register("showPlaces", (places) => showPlaces(places)),
    register("declareRows", (model, uri) => declareRows(client, model, uri)),
  ];
}

async function checkWorkspace(client: ScaleHintsClient): Promise<CheckResult> {
  const result = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: "Scale Hints: checking the workspace", cancellable: true },
    (_progress, token) => client.request<CheckResult>(CHECK_WORKSPACE_REQUEST, {}, token),
  );
  if (result.findings > 0) await vscode.commands.executeCommand("workbench.actions.view.problems");
  else void vscode.window.showInformationMessage(`Scale Hints found no scalability problem in ${result.files} files.`);
  return result;
}

/** Silences the finding at the cursor: chooses among the ignore actions that the server offers there. */
async function ignoreHere(): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (!editor) return;
  const here = editor.selection;
  const ours = vscode.languages
    .getDiagnostics(editor.document.uri)
    .filter(({ source, range }) => source === "scale-hints" && range.start.line <= here.end.line && range.end.line >= here.start.line);
  if (ours.length === 0) {
    void vscode.window.showInformationMessage("Scale Hints found nothing at the cursor.");
    return;
  }
  const rules = [...new Set(ours.map(({ code }) => ruleOf(code)))];
  const ruleId = rules.length === 1 ? rules[0] : await vscode.window.showQuickPick(rules, { title: "Ignore which rule here?" });
  if (ruleId === undefined) return;
  const reason = await vscode.window.showInputBox({ title: `Ignore ${ruleId} here`, prompt: "Why is this right as it is?", placeHolder: "at most 12 rows, one per month" });
  if (reason === undefined) return;
  const { document } = editor;
  let line = Math.min(...ours.filter(({ code }) => ruleOf(code) === ruleId).map(({ range }) => range.start.line));
  // No comment may stand between a backslash and the line it continues on.
  while (line > 0 && document.lineAt(line - 1).text.endsWith("\\")) line--;
  const indent = document.lineAt(line).text.slice(0, document.lineAt(line).firstNonWhitespaceCharacterIndex);
  const newline = document.eol === vscode.EndOfLine.CRLF ? "\r\n" : "\n";
  const text = reason.trim().replace(/\s+/g, " ") || "intended";
  const [open, close] = commentSigns(document.languageId);
  await editor.edit((edit) => edit.insert(new vscode.Position(line, 0), `${indent}${open}scale-hints: ignore[${ruleId}] -- ${text}${close}${newline}`));
}

/** What a comment begins and ends with. */
function commentSigns(languageId: string): readonly [string, string] {
  if (languageId === "python") return ["# ", ""];
  return /^(typescript|javascript|vue|svelte|prisma)/.test(languageId) ? ["// ", ""] : ["{# ", " #}"];
}

function ruleOf(code: vscode.Diagnostic["code"]): string {
  return String(typeof code === "object" ? code.value : code);
}
