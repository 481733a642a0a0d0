import * as vscode from "vscode";
import type { ServerStatus } from "../../server/src/protocol";

const WELCOMED = "welcomed";

/** Once for each installation, and only where there is something to see: where it can be seen. */
export async function welcomeOnce(context: vscode.ExtensionContext, status: ServerStatus): Promise<void> {
  if (status.state !== "ready" || status.findings === 0 || context.globalState.get(WELCOMED)) return;
  await context.globalState.update(WELCOMED, true);
  const message = `Scale Hints found ${status.findings} ${status.findings === 1 ? "place" : "places"} that will cost more as the tables grow.`;
  const choice = await vscode.window.showInformationMessage(message, "Show", "Endpoints by Cost", "Take a Tour");
  if (choice === "Show") await vscode.commands.executeCommand("scaleHints.findings.focus");
  if (choice === "Endpoints by Cost") await vscode.commands.executeCommand("scaleHints.showCosts");
  if (choice === "Take a Tour") await vscode.commands.executeCommand("workbench.action.openWalkthrough", "scale-hints.scale-hints#scaleHints.start", false);
}
