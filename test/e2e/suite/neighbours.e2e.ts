import assert from "node:assert/strict";
import * as vscode from "vscode";
import { ours, ruleOf, until } from "./waiting";

/** A copy of examples/shop is open, and another extension fixes, formats and has diagnostics in the same files (test/e2e/neighbour). */
describe("Scale Hints beside other extensions", () => {
  let uri: vscode.Uri;
  let document: vscode.TextDocument;
  let original: string;
  /** What our own fixes alone make of it. */
  let fixedByUs: string;

  before(async () => {
    uri = vscode.Uri.joinPath(vscode.workspace.workspaceFolders![0].uri, "orders", "views.py");
    document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document);
    original = document.getText();
    await until("our finding", () => relationRead());
    const [fixAll] = await until("our fixes", async () => {
      const found = await actions(wholeOf(), vscode.CodeActionKind.SourceFixAll.append("scaleHints"));
      return found.length > 0 && found;
    });
    assert.ok(await vscode.workspace.applyEdit(fixAll.edit!));
    fixedByUs = document.getText();
    assert.ok(isFixed(fixedByUs));
    await replaceAll(original);
  });

  afterEach(async () => {
    for (const [section, key] of [["editor", "codeActionsOnSave"], ["editor", "formatOnSave"]] as const) await vscode.workspace.getConfiguration(section, uri).update(key, undefined, vscode.ConfigurationTarget.Workspace);
    await replaceAll(original);
    await document.save();
  });

  it("fixes on save after the other, and both edits are whole", async () => {
    const saved = await saveWith({ "source.fixAll.neighbour": "explicit", "source.fixAll.scaleHints": "explicit" }, (text) => isLinted(text) && isFixed(text));
    assert.equal(saved, expected({ linted: true, fixed: true }));
  });

  it("fixes on save before the other, and both edits are whole", async () => {
    const saved = await saveWith({ "source.fixAll.scaleHints": "explicit", "source.fixAll.neighbour": "explicit" }, (text) => isLinted(text) && isFixed(text));
    assert.equal(saved, expected({ linted: true, fixed: true }));
  });

  it("fixes on save where a formatter runs as well", async () => {
    await vscode.workspace.getConfiguration("editor", uri).update("formatOnSave", true, vscode.ConfigurationTarget.Workspace);
    const saved = await saveWith({ "source.fixAll.neighbour": "explicit", "source.fixAll.scaleHints": "explicit" }, (text) => isLinted(text) && isFixed(text) && !/[ \t]+$/m.test(text));
    assert.equal(saved, expected({ linted: true, fixed: true }).replace(/[ \t]+$/gm, ""));
  });

  it("changes nothing on save where only the other is asked to", async () => {
    const saved = await saveWith({ "source.fixAll.neighbour": "explicit" }, isLinted);
    assert.equal(saved, expected({ linted: true, fixed: false }));
  });

  for (const when of ["explicit", "always"]) {
    it(`fixes on save by "source.fixAll": "${when}", as everybody does, and both edits are whole`, async () => {
      const saved = await saveWith({ "source.fixAll": when }, (text) => isLinted(text) && isFixed(text));
      assert.equal(saved, expected({ linted: true, fixed: true }));
    });
  }

  it("fixes on save after the other, whoever has come last", async () => {
    // VS Code asks everybody at once and applies first what came last: the other's edit, worked out before, would go into lines that have moved.
    await vscode.commands.executeCommand("scaleHints.restart");
    const saved = await saveWith({ "source.fixAll": "explicit" }, (text) => isLinted(text) && isFixed(text));
    assert.equal(saved, expected({ linted: true, fixed: true }));
  });

  it("fixes on save where it is named beside source.fixAll", async () => {
    const saved = await saveWith({ "source.fixAll": "explicit", "source.fixAll.scaleHints": "explicit" }, (text) => isLinted(text) && isFixed(text));
    assert.equal(saved, expected({ linted: true, fixed: true }));
  });

  it("changes nothing on save by source.fixAll where it is told never to", async () => {
    const saved = await saveWith({ "source.fixAll": "explicit", "source.fixAll.scaleHints": "never" }, isLinted);
    assert.equal(saved, expected({ linted: true, fixed: false }));
  });

  it("offers its quick fixes for its own diagnostics only", async () => {
    await replaceAll(withWork(original));
    await until("our finding", relationRead);
    const { range } = relationRead()!;
    const here = await until("ours", async () => {
      const found = await actions(range, vscode.CodeActionKind.QuickFix);
      return found.some(({ title }) => /customer/.test(title)) && found;
    });
    assert.deepEqual(here.filter(({ title }) => /neighbour/.test(title)), [], "the other has nothing to say here");
    assert.equal(new Set(here.map(({ title }) => title)).size, here.length, "nothing is offered twice");
    // Where only the other has something to say, we offer nothing.
    const line = document.getText().split("\n").findIndex((text) => /# lint me/.test(text));
    const there = await until("theirs", async () => {
      const found = await actions(document.lineAt(line).range, vscode.CodeActionKind.QuickFix);
      return found.length > 0 && found;
    });
    assert.deepEqual(there.map(({ title }) => title), ["Fix the neighbour's"]);
  });

  it("offers no actions of kinds that belong to others", async () => {
    await until("our finding", relationRead);
    for (const kind of ["refactor", "source.organizeImports", "source.fixAll.neighbour", "source.sortImports"]) {
      const found = await actions(wholeOf(), vscode.CodeActionKind.Empty.append(kind));
      assert.deepEqual(found.filter(({ title }) => !/neighbour/.test(title)).map(({ title }) => title), [], kind);
    }
  });

  /** Saves with these actions on; VS Code drops the answer when any extension registers a provider meanwhile, so it is saved again, and said so. */
  async function saveWith(onSave: Record<string, string>, isDone: (text: string) => boolean): Promise<string> {
    await vscode.workspace.getConfiguration("editor", uri).update("codeActionsOnSave", onSave, vscode.ConfigurationTarget.Workspace);
    for (let attempt = 1; ; attempt++) {
      await replaceAll(withWork(original));
      await until("our finding", relationRead);
      assert.ok(await document.save());
      const saved = new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
      if (isDone(saved) || attempt === 3) return saved;
      console.log(`SAVE-RETRY ${attempt}`);
    }
  }

  /** Something for the other to fix far above ours, on the line above, on the very line and below, and something to format. */
  function withWork(text: string): string {
    const worked = text.replace(/^ {4}for order in Order\.objects\.[^\n]*order_by\([^\n]*/m, (loop) => `    # lint me\n${loop}  # lint me too`);
    assert.notEqual(worked, text);
    return `# lint me first\n${worked}\nSPACES = 1   \n`;
  }

  function expected({ linted, fixed }: { readonly linted: boolean; readonly fixed: boolean }): string {
    const text = withWork(fixed ? fixedByUs : original);
    return linted ? text.replace(/^ *# lint me.*$|# lint me.*$/gm, "# linted\n# by the neighbour") : text;
  }

  function relationRead(): vscode.Diagnostic | undefined {
    return ours(uri).find((diagnostic) => ruleOf(diagnostic) === "relation-read-in-loop" && document.getText(diagnostic.range) === "order.customer");
  }

  function isLinted(text: string): boolean {
    return !text.includes("# lint me");
  }

  function isFixed(text: string): boolean {
    return /for order in Order\.objects\.[^\n]*select_related\("customer"\)/.test(text);
  }

  async function actions(range: vscode.Range, kind: vscode.CodeActionKind): Promise<vscode.CodeAction[]> {
    try {
      return (await vscode.commands.executeCommand<vscode.CodeAction[]>("vscode.executeCodeActionProvider", uri, range, kind.value, 20)) ?? [];
    } catch (error) {
      if (/Cancel/.test(String(error))) return [];
      throw error;
    }
  }

  function wholeOf(): vscode.Range {
    return new vscode.Range(document.positionAt(0), document.positionAt(document.getText().length));
  }

  async function replaceAll(text: string): Promise<void> {
    const edit = new vscode.WorkspaceEdit();
    edit.replace(uri, wholeOf(), text);
    assert.ok(await vscode.workspace.applyEdit(edit));
  }
});
