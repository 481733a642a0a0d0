import * as vscode from "vscode";

/** Waits for something that VS Code or a server brings about, and gives it. */
export async function until<T>(what: string, question: () => T | false | undefined | Promise<T | false | undefined>, milliseconds = 30_000): Promise<T> {
  for (const end = Date.now() + milliseconds; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 50))) {
    const answer = await question();
    if (answer) return answer;
  }
  throw new Error(`timed out: ${what}`);
}

/** Our diagnostics of a file. */
export function ours(uri: vscode.Uri): vscode.Diagnostic[] {
  return vscode.languages.getDiagnostics(uri).filter(({ source }) => source === "scale-hints");
}

/** The rule that a diagnostic of ours is of. */
export function ruleOf({ code }: vscode.Diagnostic): string {
  return String(typeof code === "object" ? code.value : code);
}
