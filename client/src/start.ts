import * as vscode from "vscode";
import { registerCommands } from "./commands";
import { CostsPanel } from "./costs-panel";
import { FindingsTree } from "./findings-tree";
import { welcomeOnce } from "./first-run";
import { registerFixOnSave } from "./fix-on-save";
import { ScaleHintsClient, type Transport } from "./language-client";
import { missingFolders, sayState, ScaleItem, StatusItem } from "./status-item";
import { UnderstoodPage } from "./understood-page";

let client: ScaleHintsClient | undefined;

/** Starts everything; how the server is reached differs between a machine and a browser. */
export async function start(context: vscode.ExtensionContext, transport: Transport): Promise<void> {
  const log = vscode.window.createOutputChannel("Scale Hints", { log: true });
  const status = new StatusItem();
  const scale = new ScaleItem();
  client = new ScaleHintsClient(transport, log, status);
  const findings = new FindingsTree(client, context.workspaceState);
  const costs = new CostsPanel(client, context.extensionUri);
  const understood = new UnderstoodPage(client);
  context.subscriptions.push(log, status, scale, findings, costs, understood, registerFixOnSave(client), ...registerCommands({ client, log, findings, costs, understood }));
  context.subscriptions.push(
    client.onStatus(async (heard) => {
      scale.show(heard);
      if (heard.state !== "ready") return;
      findings.warn(missingFolders(heard) ?? heard.trouble);
      understood.refresh();
      await Promise.all([findings.refresh(), costs.refresh().catch((error: unknown) => log.warn(`costs: ${String(error)}`))]);
      sayState("ready");
      await welcomeOnce(context, heard);
    }),
  );
  await client.start();
}

export async function stop(): Promise<void> {
  await client?.stop();
}
