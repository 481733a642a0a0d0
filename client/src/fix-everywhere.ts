import * as vscode from "vscode";
import { ExecuteCommandRequest, WorkDoneProgress, type BaseLanguageClient } from "vscode-languageclient";
import { FIX_EVERYWHERE_COMMAND } from "../../server/src/protocol";

let asked = 0;

/** Has the server fix everything that one rule found, and shows how far it is where it can be stopped. */
export async function fixEverywhere(client: BaseLanguageClient, args: unknown[]): Promise<void> {
  const workDoneToken = `scaleHints.fixEverywhere.${++asked}`;
  await vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title: `Scale Hints: fixing all ${String(args[0])}`, cancellable: true }, async (progress, token) => {
    let shown = 0;
    // What follows is the preview: nothing is worked out any more while a person looks at it.
    let workedOut = () => {};
    const isWorkedOut = new Promise<void>((resolve) => (workedOut = resolve));
    const hearing = client.onProgress(WorkDoneProgress.type, workDoneToken, (value) => {
      if (value.kind === "end") return workedOut();
      const percentage = value.percentage ?? shown;
      progress.report({ message: value.message, increment: percentage - shown });
      shown = percentage;
    });
    const done = client.sendRequest(ExecuteCommandRequest.type, { command: FIX_EVERYWHERE_COMMAND, arguments: args, workDoneToken }, token);
    void done.then(() => hearing.dispose(), () => hearing.dispose());
    const failed = done.catch((error: unknown) => {
      if (!token.isCancellationRequested) throw error;
    });
    await Promise.race([isWorkedOut, failed]);
  });
}
