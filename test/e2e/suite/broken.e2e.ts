import assert from "node:assert/strict";
import * as vscode from "vscode";
import { ours, ruleOf, until, workspaceFolders } from "./waiting";

/** Copies of examples/shop (Django) and examples/shop-prisma are open, in an installation that has lost its grammar of Python. */
describe("Scale Hints without one of its grammars", () => {
  let django: vscode.Uri;
  let prisma: vscode.Uri;
  const all = (folder: vscode.Uri) => vscode.languages.getDiagnostics().filter(([uri]) => uri.path.startsWith(`${folder.path}/`) && ours(uri).length > 0);

  before(async () => {
    [django, prisma] = (await workspaceFolders(2)).map(({ uri }) => uri);
  });

  it("finds what is in the other languages", async () => {
    const file = vscode.Uri.joinPath(prisma, "src", "orders", "routes.ts");
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(file));
    await until("findings in TypeScript", () => ours(file).some((diagnostic) => ruleOf(diagnostic) === "query-in-loop"));
  });

  it("is silent in the language that it cannot read, and stays alive there", async () => {
    const file = vscode.Uri.joinPath(django, "orders", "views.py");
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(file));
    const result = await vscode.commands.executeCommand<{ readonly files: number; readonly findings: number }>("scaleHints.checkWorkspace");
    assert.ok(result.findings > 0);
    assert.deepEqual(ours(file), []);
    assert.ok(all(prisma).length > 0);
  });

  it("starts again on request", async () => {
    await vscode.commands.executeCommand("scaleHints.restart");
    await until("findings again", () => all(prisma).length > 0);
  });
});
