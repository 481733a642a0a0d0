import * as vscode from "vscode";

/** The extension as the web has it: client and server in workers, files through VS Code. Node's modules are not there, so neither is mocha. */
export async function run(): Promise<void> {
  const stats = { passes: 0, failures: 0 };
  for (const [title, test] of TESTS) {
    try {
      await test();
      stats.passes++;
      console.log(`    ✔ in the web: ${title}`);
    } catch (error) {
      stats.failures++;
      console.log(`    ✘ in the web: ${title}\n${error instanceof Error ? error.stack : String(error)}`);
    }
  }
  console.log(`E2E-RESULT ${JSON.stringify(stats)}`);
  if (stats.failures > 0) throw new Error(`${stats.failures} tests failed`);
}

const TESTS: readonly (readonly [string, () => Promise<void>])[] = [
  ["it runs in a worker", async () => {
    const extension = vscode.extensions.getExtension("scale-hints.scale-hints");
    check(extension !== undefined, "the extension is there");
    check(extension!.extensionKind === vscode.ExtensionKind.UI || !("process" in globalThis && "versions" in (globalThis as { process?: object }).process!), "no Node around it");
    await until("active", () => extension!.isActive);
  }],
  ["a view has its findings, and files that are not open have theirs", async () => {
    const uri = viewsUri();
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri));
    await until("a finding", () => ours(uri).some(({ message }) => /1 \+ N queries/.test(message)));
    await until("one elsewhere", () => ours(vscode.Uri.joinPath(uri, "..", "..", "catalog", "views.py")).length > 0);
  }],
  ["a line says what it costs", async () => {
    const uri = viewsUri();
    const whole = new vscode.Range(0, 0, 1000, 0);
    await until("a hint", async () => (await vscode.commands.executeCommand<vscode.InlayHint[]>("vscode.executeInlayHintProvider", uri, whole))?.some(({ label }) => (typeof label === "string" ? label : label.map(({ value }) => value).join("")).includes("per row")));
  }],
  ["the safe fixes of the file are offered as source.fixAll", async () => {
    const uri = viewsUri();
    await until("fix all", async () => (await vscode.commands.executeCommand<vscode.CodeAction[]>("vscode.executeCodeActionProvider", uri, new vscode.Range(0, 0, 0, 0), "source.fixAll", 20))?.some(({ kind, edit }) => kind?.value === "source.fixAll.scaleHints" && edit !== undefined));
  }],
  ["a quick fix is applied", async () => {
    const uri = viewsUri();
    const document = await vscode.workspace.openTextDocument(uri);
    const finding = await until("the finding", () => ours(uri).find(({ range }) => document.getText(range) === "order.customer"));
    const fix = await until("a fix", async () => (await vscode.commands.executeCommand<vscode.CodeAction[]>("vscode.executeCodeActionProvider", uri, finding.range, "quickfix", 20))?.find(({ title }) => /^Load/.test(title)));
    check(await vscode.workspace.applyEdit(fix.edit!), "it was applied");
    check(/for order in Order\.objects\.[^\n]*select_related\("customer"\)/.test(document.getText()), document.getText());
    await until("the finding is gone", () => !ours(uri).some(({ range }) => document.getText(range) === "order.customer"));
    await vscode.commands.executeCommand("workbench.action.files.revert");
  }],
  ["a hover tells the query, and when a rule is wrong", async () => {
    const uri = viewsUri();
    const document = await vscode.workspace.openTextDocument(uri);
    const position = document.positionAt(document.getText().indexOf("order.customer.name") + 8);
    await until("a hover", async () => {
      const hovers = (await vscode.commands.executeCommand<vscode.Hover[]>("vscode.executeHoverProvider", uri, position)) ?? [];
      const text = hovers.flatMap(({ contents }) => contents.map((each) => (typeof each === "string" ? each : each.value))).join("\n");
      return text.includes("SELECT") && text.includes("is wrong");
    });
  }],
];

function viewsUri(): vscode.Uri {
  return vscode.Uri.joinPath(vscode.workspace.workspaceFolders![0].uri, "orders", "views.py");
}

function ours(uri: vscode.Uri): vscode.Diagnostic[] {
  return vscode.languages.getDiagnostics(uri).filter(({ source }) => source === "scale-hints");
}

function check(isTrue: boolean, what: string): void {
  if (!isTrue) throw new Error(what);
}

async function until<T>(what: string, question: () => T | false | undefined | Promise<T | false | undefined>): Promise<T> {
  for (const end = Date.now() + 40_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 100))) {
    const answer = await question();
    if (answer) return answer;
  }
  throw new Error(`timed out: ${what}`);
}
