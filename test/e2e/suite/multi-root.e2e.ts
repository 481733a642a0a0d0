import assert from "node:assert/strict";
import * as vscode from "vscode";
import { ours, until, workspaceFolders } from "./waiting";

/** Copies of examples/shop (Django) and examples/shop-prisma are open side by side. */
describe("Scale Hints in a workspace of two folders", () => {
  const folders = () => vscode.workspace.workspaceFolders ?? [];
  const all = (folder: vscode.WorkspaceFolder) => vscode.languages.getDiagnostics().filter(([uri, found]) => uri.path.startsWith(`${folder.uri.path}/`) && found.some(({ source }) => source === "scale-hints"));

  before(() => workspaceFolders(2));

  it("finds what is in both", async () => {
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

  it("forgets what a deleted folder held, and finds it again when it is back", async () => {
    const [django, prisma] = folders();
    const aside = vscode.Uri.file(`${prisma.uri.fsPath}-aside`);
    const before = all(prisma).length;
    assert.ok(before > 0);
    await vscode.workspace.fs.rename(prisma.uri, aside);
    try {
      await until("gone", () => all(prisma).length === 0);
      assert.ok(all(django).length > 0, "the other folder stays");
    } finally {
      await vscode.workspace.fs.rename(aside, prisma.uri);
    }
    // The editor may tell of it late or not at all; the command always reads what is there.
    await vscode.commands.executeCommand("scaleHints.checkWorkspace");
    await until("back", () => all(prisma).length === before);
  });

  it("forgets a folder that is closed", async () => {
    const [, prisma] = folders();
    const { path } = prisma.uri;
    vscode.workspace.updateWorkspaceFolders(1, 1);
    await until("gone", () => folders().length === 1 && !vscode.languages.getDiagnostics().some(([uri]) => uri.path.startsWith(`${path}/`) && ours(uri).length > 0));
  });
});
