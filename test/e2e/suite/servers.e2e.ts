import assert from "node:assert/strict";
import * as vscode from "vscode";
import { ours, ruleOf, until, workspaceFolders } from "./waiting";

/** Copies of examples/shop and examples/shop-prisma are open, and the language servers of Ruff, Pyright, ESLint and Prisma run beside us (test/e2e/servers). */
describe("Scale Hints beside Ruff, Pyright, ESLint and Prisma", () => {
  let shop: vscode.Uri;
  let prisma: vscode.Uri;

  before(async function () {
    this.timeout(120_000);
    [shop, prisma] = (await workspaceFolders(2)).map(({ uri }) => uri);
    await write(vscode.Uri.joinPath(prisma, "eslint.config.mjs"), 'export default [{ files: ["**/*.js"], rules: { "prefer-const": "error" } }];\n');
    await write(vscode.Uri.joinPath(prisma, "src", "reports.js"), REPORTS);
    await vscode.extensions.getExtension("scale-hints-tests.real-neighbours")!.activate();
  });

  afterEach(async () => {
    for (const [section, key] of [["editor", "codeActionsOnSave"], ["editor", "formatOnSave"], ["editor", "defaultFormatter"]] as const) await vscode.workspace.getConfiguration(section).update(key, undefined, vscode.ConfigurationTarget.Workspace);
  });

  describe("in Python", () => {
    let document: vscode.TextDocument;
    let original: string;

    before(async () => {
      document = await vscode.workspace.openTextDocument(vscode.Uri.joinPath(shop, "orders", "views.py"));
      await vscode.window.showTextDocument(document);
      original = document.getText();
    });

    afterEach(async () => {
      await replaceAll(document, original);
      await document.save();
    });

    it("shows its diagnostics beside those of both, and fixes its own alone", async function () {
      this.timeout(90_000);
      await replaceAll(document, withWork(original));
      const unused = await until("Ruff's diagnostic", () => of(document, "Ruff").find(({ message }) => message.includes("`os`")), 60_000);
      await until("Pyright's diagnostic", () => of(document, "Pyright").find(({ message }) => /shipping_cost/.test(message)), 60_000);
      const own = await until("our finding", () => relationRead(document));
      const here = await actions(document, own.range, "quickfix", ({ title }) => /customer/.test(title));
      assertEachOnce(here);
      assert.deepEqual(here.filter(({ isPreferred }) => isPreferred).map(({ title }) => /customer/.test(title)), [true], "one fix is preferred, and it is ours");
      const there = await actions(document, unused.range, "quickfix", ({ title }) => /unused import/i.test(title));
      assertEachOnce(there);
      assert.deepEqual(there.filter(({ diagnostics }) => diagnostics?.some(({ source }) => source === "scale-hints")), []);
    });

    it("fixes on save with Ruff's fixes, sorted imports and formatting, and all edits are whole", async function () {
      this.timeout(120_000);
      await vscode.workspace.getConfiguration("editor").update("codeActionsOnSave", { "source.fixAll": "explicit", "source.organizeImports": "explicit" }, vscode.ConfigurationTarget.Workspace);
      await vscode.workspace.getConfiguration("editor").update("formatOnSave", true, vscode.ConfigurationTarget.Workspace);
      await vscode.workspace.getConfiguration("editor").update("defaultFormatter", "scale-hints-tests.real-neighbours", vscode.ConfigurationTarget.Workspace);
      const saved = await savedUntil(document, withWork(original), () => relationRead(document) !== undefined, (text) => !text.includes("import os") && isFixed(text) && text.includes("SPACES = 1\n"));
      assert.ok(!saved.includes("import os"), "Ruff removes what is not used");
      assert.ok(isFixed(saved), "we load the customer with the query");
      assert.ok(saved.includes("SPACES = 1\n"), "Ruff formats");
      await until("no syntax error", () => of(document, "Pyright").every(({ message }) => !/expected|not closed|indent/i.test(message)));
      // What was to be done is done: saving again changes nothing, whoever comes last.
      assert.equal(await savedUntil(document, `${saved}# edited\n`, () => true, () => true), `${saved}# edited\n`);
    });
  });

  describe("in JavaScript", () => {
    let document: vscode.TextDocument;

    before(async () => {
      document = await vscode.workspace.openTextDocument(vscode.Uri.joinPath(prisma, "src", "reports.js"));
      await vscode.window.showTextDocument(document);
    });

    it("offers each fix once where ESLint and we speak of one line", async function () {
      this.timeout(90_000);
      const theirs = await until("ESLint's diagnostic", () => of(document, "eslint")[0], 60_000);
      const own = await until("our finding", () => ours(document.uri).find((each) => ruleOf(each) === "count-by-length"));
      const here = await actions(document, own.range, "quickfix", ({ title }) => title === "Count in the database");
      assertEachOnce(here);
      const there = await actions(document, theirs.range, "quickfix", ({ title }) => /prefer-const/.test(title));
      assertEachOnce(there);
    });

    it("fixes on save what ESLint fixes as well, on one line, and both edits are whole", async function () {
      this.timeout(120_000);
      await vscode.workspace.getConfiguration("editor").update("codeActionsOnSave", { "source.fixAll": "explicit" }, vscode.ConfigurationTarget.Workspace);
      // VS Code saves only what has been edited.
      const edited = `${REPORTS}// edited\n`;
      const fixed = edited.replace("let unit", "const unit").replace("findMany()", "count()").replace("all.length", "all");
      const saved = await savedUntil(document, edited, () => ours(document.uri).length > 0 && of(document, "eslint").length > 0, (text) => !/\blet\b/.test(text) && text.includes(".count("));
      assert.equal(saved, fixed);
    });
  });

  it("writes an index as Prisma's formatter does, and Prisma has nothing against it", async function () {
    this.timeout(90_000);
    const document = await vscode.workspace.openTextDocument(vscode.Uri.joinPath(prisma, "prisma", "schema.prisma"));
    await vscode.window.showTextDocument(document);
    const own = await until("our finding", () => ours(document.uri).find((each) => ruleOf(each) === "missing-foreign-key-index"));
    const found = await actions(document, own.range, "quickfix", ({ title }) => /index on `orderId`/.test(title));
    assertEachOnce(found);
    const messages = (): readonly string[] => of(document, "Prisma").map(({ message }) => message).sort();
    await replaceAll(document, document.getText().replace("@@index([productId])", "@@index([productId])\n  @@index([nothing])"));
    await until("Prisma's diagnostic, so that its silence means something", () => messages().some((each) => each.includes("nothing")), 60_000);
    await replaceAll(document, document.getText().replace("\n  @@index([nothing])", ""));
    await until("its silence", () => messages().every((each) => !each.includes("nothing")));
    // What it says of the schema as it is: Prisma 7 wants addresses elsewhere.
    const usual = messages();
    const [fix] = await actions(document, own.range, "quickfix", ({ title, edit }) => /index on `orderId`/.test(title) && edit !== undefined);
    assert.ok(await vscode.workspace.applyEdit(fix.edit!));
    assert.match(document.getText(), /@@index\(\[orderId\]\)/);
    await until("Prisma has nothing against it", () => messages().join("\n") === usual.join("\n"));
    const edits = await vscode.commands.executeCommand<vscode.TextEdit[]>("vscode.executeFormatDocumentProvider", document.uri, { tabSize: 2, insertSpaces: true });
    const before = document.getText();
    const formatted = new vscode.WorkspaceEdit();
    formatted.set(document.uri, edits ?? []);
    await vscode.workspace.applyEdit(formatted);
    assert.equal(document.getText(), before);
    await document.save();
  });
});

const REPORTS = `import { prisma } from "./db.js";

export async function customers(request, response) {
  const all = await prisma.customer.findMany(); let unit = "people";
  response.json({ customers: all.length, unit });
}
`;

/** Something for Ruff to remove, to sort and to format, and something that Pyright has against. */
function withWork(text: string): string {
  return `import os\n${text}\n\nSPACES   =   1\nshipping_cost()\n`;
}

function isFixed(text: string): boolean {
  return /select_related\(\s*"customer"\s*\)/.test(text);
}

function relationRead(document: vscode.TextDocument): vscode.Diagnostic | undefined {
  return ours(document.uri).find((diagnostic) => ruleOf(diagnostic) === "relation-read-in-loop" && document.getText(diagnostic.range) === "order.customer");
}

/** The diagnostics of a neighbour. */
function of(document: vscode.TextDocument, source: string): readonly vscode.Diagnostic[] {
  return vscode.languages.getDiagnostics(document.uri).filter((each) => each.source?.toLowerCase().startsWith(source.toLowerCase()) ?? false);
}

/** The actions at a place, once one of them is there. */
function actions(document: vscode.TextDocument, range: vscode.Range, kind: string, isThere: (action: vscode.CodeAction) => boolean): Promise<readonly vscode.CodeAction[]> {
  return until("the action", async () => {
    const found = (await vscode.commands.executeCommand<vscode.CodeAction[] | undefined>("vscode.executeCodeActionProvider", document.uri, range, kind, 20)) ?? [];
    return found.some(isThere) && found;
  });
}

function assertEachOnce(found: readonly vscode.CodeAction[]): void {
  const titles = found.map(({ title }) => title);
  assert.deepEqual(titles, [...new Set(titles)]);
}

/** Saves `text` once `isReady`; VS Code drops the answer of an action on save when providers come or go meanwhile, or when it took too long: then it is saved again, and said so. */
async function savedUntil(document: vscode.TextDocument, text: string, isReady: () => boolean, isDone: (text: string) => boolean): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    await replaceAll(document, text);
    await until("the diagnostics before saving", isReady);
    await document.save();
    const saved = new TextDecoder().decode(await vscode.workspace.fs.readFile(document.uri));
    if (isDone(saved) || attempt === 3) return saved;
    console.log(`SAVE-RETRY ${attempt}`);
  }
}

async function replaceAll(document: vscode.TextDocument, text: string): Promise<void> {
  const edit = new vscode.WorkspaceEdit();
  edit.replace(document.uri, new vscode.Range(document.positionAt(0), document.positionAt(document.getText().length)), text);
  assert.ok(await vscode.workspace.applyEdit(edit));
}

async function write(uri: vscode.Uri, text: string): Promise<void> {
  await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(text));
}
