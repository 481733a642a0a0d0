import assert from "node:assert/strict";
import * as vscode from "vscode";

/** Copies of examples/shop (Django) and examples/shop-prisma are open side by side. */
describe("Scale Hints in a workspace of two folders", () => {
  const folders = () => vscode.workspace.workspaceFolders ?? [];
  const ours = (uri: vscode.Uri) => vscode.languages.getDiagnostics(uri).filter(({ source }) => source === "scale-hints");
  const all = (folder: vscode.WorkspaceFolder) => vscode.languages.getDiagnostics().filter(([uri, found]) => uri.path.startsWith(`${folder.uri.path}/`) && found.some(({ source }) => source === "scale-hints"));

  it("finds what is in both", async () => {
    assert.equal(folders().length, 2);
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(vscode.Uri.joinPath(folders()[0].uri, "orders", "views.py")));
    for (const folder of folders()) await until(`findings in ${folder.name}`, () => all(folder).length > 0);
  });

  it("has a configuration for each", async () => {
    const [django, prisma] = folders();
    const file = vscode.Uri.joinPath(django.uri, "scale-hints.json");
    const before = all(prisma).length;
    await vscode.workspace.fs.writeFile(file, new TextEncoder().encode('{ "exclude": ["*"] }'));
    try {
      await until("nothing in the first", () => all(django).length === 0);
      assert.equal(all(prisma).length, before);
    } finally {
      await vscode.workspace.fs.delete(file);
    }
    await until("all again", () => all(django).length > 0);
  });

  it("forgets a folder that is closed", async () => {
    const [, prisma] = folders();
    const { path } = prisma.uri;
    vscode.workspace.updateWorkspaceFolders(1, 1);
    await until("gone", () => folders().length === 1 && !vscode.languages.getDiagnostics().some(([uri]) => uri.path.startsWith(`${path}/`) && ours(uri).length > 0));
  });

  async function until(what: string, question: () => boolean): Promise<void> {
    for (const end = Date.now() + 30_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 50))) if (question()) return;
    throw new Error(`timed out: ${what}`);
  }
});
