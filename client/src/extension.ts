import * as vscode from "vscode";
import { registerCommands } from "./commands";
import { ScaleHintsClient } from "./language-client";
import { StatusItem } from "./status-item";

let client: ScaleHintsClient | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const log = vscode.window.createOutputChannel("Scale Hints", { log: true });
  const status = new StatusItem();
  client = new ScaleHintsClient(vscode.Uri.joinPath(context.extensionUri, "dist", "server.js").fsPath, log, status);
  context.subscriptions.push(log, status, ...registerCommands(client, log));
  await client.start();
}

export async function deactivate(): Promise<void> {
  await client?.stop();
}
