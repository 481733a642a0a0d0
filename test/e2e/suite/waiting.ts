import * as vscode from "vscode";

/** Waits for something that VS Code or a server brings about, and gives it. */
export async function until<T>(what: string, question: () => T | false | undefined | Promise<T | false | undefined>, milliseconds = 30_000): Promise<T> {
  for (const end = Date.now() + milliseconds; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 50))) {
    const answer = await question();
    if (answer) return answer;
  }
  throw new Error(`timed out: ${what}`);
}

/**
 * The folders of the window, when there are so many. A window of the VS Code server that reads the file of its workspace before it is connected has none, and reads that file
 * again only when it changes (seen in one start of ten on a busy machine): then it is written as it is.
 */
export async function workspaceFolders(count: number): Promise<readonly vscode.WorkspaceFolder[]> {
  let patience = Date.now() + 2_000;
  return until(`${count} folders are open`, async () => {
    const { workspaceFolders: folders = [], workspaceFile } = vscode.workspace;
    if (folders.length === count) return folders;
    if (workspaceFile && Date.now() > patience) {
      patience = Date.now() + 2_000;
      await vscode.workspace.fs.writeFile(workspaceFile, await vscode.workspace.fs.readFile(workspaceFile));
    }
    return undefined;
  });
}

/** Our diagnostics of a file. */
export function ours(uri: vscode.Uri): vscode.Diagnostic[] {
  return vscode.languages.getDiagnostics(uri).filter(({ source }) => source === "scale-hints");
}

/** The rule that a diagnostic of ours is of. */
export function ruleOf({ code }: vscode.Diagnostic): string {
  return String(typeof code === "object" ? code.value : code);
}
