import * as vscode from "vscode";
import { BASELINE_REQUEST, EDIT_CONFIGURATION_REQUEST, type BaselineResult, type EditConfigurationParams, type FileText } from "../../server/src/protocol";
import type { ScaleHintsClient } from "./language-client";

export const SCALES = [
  { label: "small", description: "a thousand rows", detail: "Tables of a thousand rows: everything is one step less severe." },
  { label: "medium", description: "a hundred thousand rows", detail: "Severities as the rules' pages say." },
  { label: "large", description: "ten million rows", detail: "Tables of ten million rows: everything is one step more severe." },
] as const;

/** Asks how large the tables are to become; in the configuration file where that says so, else in the workspace's settings. */
export async function setScale(client: ScaleHintsClient): Promise<void> {
  const picked = await vscode.window.showQuickPick(SCALES, { title: "Scale Hints: how large will the tables become?", placeHolder: "Severities move at once. Row counts of single tables: \"rows\" in the configuration file." });
  if (!picked) return;
  const edit = await editConfiguration(client, { path: ["scale"], value: picked.label, create: false });
  if (edit) await writeFiles([edit]);
  else await vscode.workspace.getConfiguration("scaleHints").update("scale", picked.label, vscode.workspace.workspaceFolders ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global);
}

/** Asks how many rows a model will ever have, and writes it into the configuration file. */
export async function declareRows(client: ScaleHintsClient, model: unknown, uri: unknown): Promise<void> {
  if (typeof model !== "string" || typeof uri !== "string") return;
  const text = await vscode.window.showInputBox({
    title: `How many rows will ${model} ever have?`,
    prompt: "It is written into the configuration file, for everybody.",
    placeHolder: "250, 5_000_000",
    validateInput: (value) => (rowsIn(value) === undefined ? "A whole number of rows" : undefined),
  });
  const rows = text === undefined ? undefined : rowsIn(text);
  if (rows === undefined) return;
  const edit = await editConfiguration(client, { uri, path: ["rows", model], value: rows, create: true });
  if (edit) await writeFiles([edit]);
}

/** `5_000_000`, `5,000,000`, `5 000 000` */
function rowsIn(text: string): number | undefined {
  const digits = text.replace(/[_,\s]/g, "");
  return /^\d{1,15}$/.test(digits) ? Number(digits) : undefined;
}

/** Writes down what is found now, so that only what is new is reported. */
export async function createBaseline(client: ScaleHintsClient): Promise<void> {
  const { findings, files } = await client.request<BaselineResult>(BASELINE_REQUEST, {}, new vscode.CancellationTokenSource().token);
  if (files.length === 0) {
    void vscode.window.showInformationMessage("Scale Hints: open a folder to write a baseline.");
    return;
  }
  await writeFiles(files);
  void vscode.window.showInformationMessage(`Scale Hints: ${findings} ${findings === 1 ? "finding is" : "findings are"} known now and no longer shown; what is new will be.`);
}

function editConfiguration(client: ScaleHintsClient, params: EditConfigurationParams): Promise<FileText | null> {
  return client.request<FileText | null>(EDIT_CONFIGURATION_REQUEST, params, new vscode.CancellationTokenSource().token);
}

/** One edit, to be undone in one step per file, then saved, because the configuration is read from disk. */
async function writeFiles(files: readonly FileText[]): Promise<void> {
  const edit = new vscode.WorkspaceEdit();
  for (const { uri, text, creates } of files) {
    const target = vscode.Uri.parse(uri);
    if (creates) {
      edit.createFile(target, { contents: new TextEncoder().encode(text), ignoreIfExists: false, overwrite: false });
      continue;
    }
    const document = await vscode.workspace.openTextDocument(target);
    edit.replace(target, new vscode.Range(document.positionAt(0), document.positionAt(document.getText().length)), text);
  }
  if (!(await vscode.workspace.applyEdit(edit))) throw new Error("the configuration could not be written");
  for (const { uri } of files) {
    const document = vscode.workspace.textDocuments.find((each) => each.uri.toString() === vscode.Uri.parse(uri).toString());
    if (document?.isDirty) await document.save();
  }
}
