import * as vscode from "vscode";
import { CodeActionResolveRequest, TextDocumentEdit, type CodeAction, type MessageSignature } from "vscode-languageclient";
import { baseNameOf } from "./places";

/** What the server answers, without edits for texts that are others by now: VS Code itself takes them without a look at the version that they were made for. */
export function withoutOldEdits<Result>(request: string | MessageSignature, result: Result): Result {
  if ((typeof request === "string" ? request : request.method) !== CodeActionResolveRequest.method) return result;
  const action = result as CodeAction;
  const old = action.edit?.documentChanges?.find((change) => TextDocumentEdit.is(change) && isOld(change));
  if (!old) return result;
  // Who only saves has chosen nothing.
  if (!action.kind?.startsWith("source.")) {
    void vscode.window.showInformationMessage(`Nothing was changed: ${baseNameOf((old as TextDocumentEdit).textDocument.uri)} was edited meanwhile. Choose the action again.`);
  }
  return { ...action, edit: undefined } as Result;
}

function isOld({ textDocument: { uri, version } }: TextDocumentEdit): boolean {
  const name = vscode.Uri.parse(uri).toString();
  const open = vscode.workspace.textDocuments.find((document) => document.uri.toString() === name);
  return version !== null && open !== undefined && open.version !== version;
}
