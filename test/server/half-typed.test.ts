import assert from "node:assert/strict";
import type { Hover, Range } from "vscode-languageserver-protocol/node";
import { createWorkspace, type WorkspaceApi } from "#engine";
import { HalfTyped } from "../../server/src/lsp/half-typed";
import { rules } from "../../rules";
import { loadParsers } from "../harness/parsers";
import { Conversation, MODERN, OLD, type ConversationOptions } from "./conversation";
import { FakeEngine } from "./fake-engine";
import { MemoryFiles } from "./memory-files";

const VIEWS = "file:///shop/views.py";
const OTHER = "file:///shop/other.py";

/** The fake engine cannot read what has `???` in it. */
describe("a document that is half typed", () => {
  let conversation: Conversation | undefined;

  afterEach(async () => {
    await conversation?.stop();
    conversation = undefined;
  });

  async function withViews(text: string, options: ConversationOptions = {}): Promise<Conversation> {
    const c = (conversation = await Conversation.start({ files: new MemoryFiles({ [VIEWS]: text, [OTHER]: "slow()\n" }), ...options }));
    c.open(VIEWS, text);
    await c.until("read", () => c.engine.has(OTHER));
    return c;
  }
  const at = (line: number, character: number): Range => ({ start: { line, character }, end: { line, character } });
  const insert = (c: Conversation, line: number, character: number, text: string) => c.change(VIEWS, { range: at(line, character), text });
  const starts = async (c: Conversation) => (await c.diagnostics(VIEWS)).map(({ range }) => [range.start.line, range.start.character, range.end.character]);

  it("keeps what is said of it, where it stands by now", async () => {
    const c = await withViews("slow(1)\nx = 1\nslow(2)\n");
    insert(c, 1, 5, "\ny = ???");
    assert.equal(c.text(VIEWS), "slow(1)\nx = 1\ny = ???\nslow(2)\n");
    assert.deepEqual(await starts(c), [[0, 0, 7], [3, 0, 7]]);
    assert.deepEqual((await c.hints(VIEWS)).map(({ position }) => position), [{ line: 0, character: 7 }, { line: 3, character: 7 }]);
    assert.equal(c.engine.text(VIEWS), "slow(1)\nx = 1\nslow(2)\n");
    insert(c, 2, 4, "1 + ");
    assert.deepEqual(await starts(c), [[0, 0, 7], [3, 0, 7]]);
  });

  it("has its hint at the end of a line that is longer by now", async () => {
    const c = await withViews("slow(1)\n");
    insert(c, 0, 7, " + ???");
    assert.deepEqual((await c.hints(VIEWS)).map(({ position }) => position), [{ line: 0, character: 13 }]);
  });

  it("says nothing where one writes", async () => {
    const c = await withViews("slow(1)\nslow(2)\n");
    c.change(VIEWS, { range: { start: { line: 0, character: 0 }, end: { line: 0, character: 7 } }, text: "slow(???" });
    assert.deepEqual(await starts(c), [[1, 0, 7]]);
    const hover = (line: number, character: number): Promise<Hover | null> => c.client.sendRequest("textDocument/hover", { textDocument: { uri: VIEWS }, position: { line, character } });
    assert.equal(await hover(0, 6), null);
    assert.deepEqual((await hover(1, 2))?.range, { start: { line: 1, character: 0 }, end: { line: 1, character: 7 } });
  });

  it("is read again as soon as it can be", async () => {
    const c = await withViews("slow(1)\n");
    insert(c, 0, 0, "??? ");
    assert.deepEqual(await starts(c), [[0, 4, 11]]);
    c.change(VIEWS, { range: { start: { line: 0, character: 0 }, end: { line: 0, character: 3 } }, text: "slow(2)" });
    assert.deepEqual(await starts(c), [[0, 0, 7], [0, 8, 15]]);
    assert.equal(c.engine.text(VIEWS), "slow(2) slow(1)\n");
  });

  it("is read where it could not be read before either", async () => {
    const c = await withViews("??? slow(1)\n");
    insert(c, 0, 11, " slow(2)");
    assert.deepEqual(await starts(c), [[0, 4, 11], [0, 12, 19]]);
  });

  it("is not edited: no quick fix, none of all, no comment that ignores", async () => {
    const c = await withViews("slow(1)\nslow(2)\n");
    const [before] = await c.diagnostics(VIEWS);
    assert.deepEqual((await c.actionsFor(VIEWS, before)).map(({ title }) => title.split(" ")[0]), ["Call", "Fix", "Ignore", "Open"]);
    insert(c, 0, 0, "???\n");
    const [now] = await c.diagnostics(VIEWS);
    assert.deepEqual((await c.actionsFor(VIEWS, now)).map(({ title }) => title), ["Open the page of `slow-call`"]);
    assert.deepEqual(await c.actions(VIEWS, now.range, { only: ["source.fixAll"] }), []);
    const [other] = await c.diagnostics(OTHER);
    assert.ok((await c.actionsFor(OTHER, other)).some(({ title }) => title === "Call `fast` instead"), "others are");
  });

  it("is left out of what is fixed everywhere, and an edit for it that is under way comes to nothing", async () => {
    const c = await withViews("slow(1)\nslow(2)\n");
    const [before] = await c.diagnostics(VIEWS);
    const all = (await c.actionsFor(VIEWS, before)).find(({ title }) => title === "Fix all `slow-call` in this file");
    insert(c, 0, 0, "???\n");
    await assert.rejects(c.editOf(all), /no edit/);
  });

  it("moves what is pushed, and is not taken for another by the rest of the project", async () => {
    const c = await withViews("slow(other)\n", { capabilities: OLD, files: new MemoryFiles({ [VIEWS]: "slow(other)\n", [OTHER]: "\ntarget\n" }) });
    await c.until("pushed", () => c.shownByPush(OTHER)?.length === 1);
    const { checked } = c.engine.counters;
    insert(c, 0, 11, "\n???");
    c.open(OTHER, "\ntarget\n");
    c.change(OTHER, { range: at(0, 0), text: "\n???\n" });
    await c.until("moved", () => c.shownByPush(OTHER)?.[0].range.start.line === 3);
    assert.equal(c.engine.counters.checked, checked, "nothing was checked for that");
  });

  it("counts columns in bytes for clients that do", async () => {
    const c = await withViews("x = 'ä'; slow(1)\n", { capabilities: { ...MODERN, general: { positionEncodings: ["utf-8"] } } });
    c.change(VIEWS, { text: "???; x = 'ä'; slow(1)\n" });
    assert.deepEqual(await starts(c), [[0, 15, 22]]);
    c.change(VIEWS, { text: "x = 'ä'; slow(1), 'ü', ???\n" });
    assert.deepEqual(await starts(c), [[0, 10, 17]]);
  });

  it("is what is on disk once it is closed", async () => {
    const c = await withViews("slow(1)\n");
    insert(c, 0, 0, "???\n");
    assert.deepEqual(await starts(c), [[1, 0, 7]]);
    c.close(VIEWS);
    await c.until("closed", async () => (await starts(c))[0][0] === 0);
  });

  it("is taken as it is when nobody goes on writing", async () => {
    const engine = new FakeEngine();
    engine.apply([{ uri: VIEWS, text: "slow()\n" }]);
    const taken: string[] = [];
    const halfTyped: HalfTyped = new HalfTyped(engine, (uri, text) => taken.push(`${text} ${halfTyped.holds(uri, text)}`), 30);
    assert.ok(halfTyped.holds(VIEWS, "slow() ???"));
    assert.ok(halfTyped.holds(VIEWS, "slow() ????"));
    await new Promise((resolve) => setTimeout(resolve, 120));
    assert.deepEqual(taken, ["slow() ???? false"], "once, the text that there was last");
    halfTyped.release(VIEWS);
    assert.ok(halfTyped.isEmpty);
  });

  describe("in the languages themselves", () => {
    let workspace: WorkspaceApi;
    before(async () => {
      workspace = createWorkspace({ parsers: await loadParsers(), rules });
    });

    const cases: readonly (readonly [name: string, uri: string, text: string, whole: string, half: readonly string[]])[] = [
      ["Python", "file:///p/models.py", "from django.db import models\n\n\nclass Order(models.Model):\n    number = models.TextField()\n#\n    def total(self):\n        return self.lines.all()\n", "    @property\n    def first(self):\n        return self.lines.first()\n", ["    foo(", "    x = [", '    """', "    def f(", "    from "]],
      ["TypeScript", "file:///p/a.ts", "import { PrismaClient } from \"@prisma/client\";\nexport async function orders(db: any) {\n  const all = await db.orders.findMany();\n#\n  return all.map((each: any) => each.id);\n}\n", "  const few = all.slice(0, 3);\n", ["  if (x", "  const x = ", "  await db.", "  all.forEach((each) => {", "  `"]],
      ["a template", "file:///p/templates/a.html", "{% for order in orders %}\n#\n{{ order.city.name }}\n{% endfor %}\n", "{% if order.paid %}paid{% endif %}\n", ["{% if order.paid", "{{ order.", "{% for line in "]],
      ["Prisma", "file:///p/schema.prisma", "model Order {\n  id Int @id\n#\n  number String\n}\n", "  city String\n", ["  city String @default(", "  @@index(["]],
    ];
    for (const [name, uri, text, whole, half] of cases) {
      it(`is known in ${name}`, () => {
        workspace.apply([{ uri, text: text.replace("#\n", "") }]);
        assert.ok(!workspace.readsLess(uri, text.replace("#\n", "")), "the same");
        assert.ok(!workspace.readsLess(uri, text.replace("#\n", whole)), whole);
        for (const each of half) assert.ok(workspace.readsLess(uri, text.replace("#", each)), each);
      });
    }

    it("is read once where the text is taken after all", () => {
      const uri = "file:///p/once.py";
      workspace.apply([{ uri, text: "x = 1\n" }]);
      const { lowered } = workspace.counters;
      assert.ok(!workspace.readsLess(uri, "x = 2\n"));
      workspace.apply([{ uri, text: "x = 2\n" }]);
      assert.equal(workspace.counters.lowered, lowered + 1);
      assert.ok(workspace.readsLess(uri, "x = (\n"));
      workspace.apply([{ uri, text: "x = 3\n" }]);
      assert.equal(workspace.counters.lowered, lowered + 3);
      assert.equal(workspace.text(uri), "x = 3\n");
    });

    it("is nothing for files that it does not know, or that are no code", () => {
      assert.ok(!workspace.readsLess("file:///p/unknown.py", "x = ("));
      workspace.apply([{ uri: "file:///p/requirements.txt", text: "django\n" }]);
      assert.ok(!workspace.readsLess("file:///p/requirements.txt", "django==("));
    });
  });
});
