import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FileChangeType } from "vscode-languageserver-protocol/node";
import { rules, ruleTopics } from "../../rules";
import { ClientFiles } from "../../server/src/host/client-files";
import { loadGrammars } from "../../server/src/host/node/grammars";
import { CHECK_WORKSPACE_REQUEST, STATUS_NOTIFICATION, type CheckResult, type ServerStatus } from "../../server/src/protocol";
import { withPython } from "../harness/broken-grammar";
import { Conversation, MODERN, type ConversationOptions } from "./conversation";
import { FakeEngine } from "./fake-engine";
import { MemoryFiles } from "./memory-files";

const OURS = { ...MODERN, experimental: { scaleHints: { status: true } } };
const VIEWS = "file:///shop/views.py";
const SERVER = "file:///shop/server.ts";
const PYTHON = `from django.db import models\n\n\nclass Order(models.Model):\n    paid = models.BooleanField()\n\n\ndef view(request):\n    return list(Order.objects.all())\n`;
const TYPESCRIPT = `import { PrismaClient } from "@prisma/client";\nconst prisma = new PrismaClient();\nexport async function handler(ids: number[]) {\n  for (const id of ids) await prisma.user.findMany({ where: { team: id } });\n}\n`;
const SCHEMA = `generator client {\n  provider = "prisma-client-js"\n}\ndatasource db {\n  provider = "postgresql"\n}\nmodel User {\n  id Int @id\n  team Int\n}\n`;

describe("what goes wrong", () => {
  let conversation: Conversation | undefined;
  const start = async (options?: ConversationOptions) => (conversation = await Conversation.start(options));
  const statuses = (c: Conversation) => c.notifications.filter(({ method }) => method === STATUS_NOTIFICATION).map(({ params }) => params as ServerStatus);
  const messages = (c: Conversation) => c.notifications.filter(({ method }) => method === "window/showMessage").map(({ params }) => (params as { message: string }).message);

  afterEach(async () => {
    await conversation?.stop();
    conversation = undefined;
  });

  describe("a grammar that cannot be loaded", () => {
    const shop = () => new MemoryFiles({ [VIEWS]: PYTHON, [SERVER]: TYPESCRIPT, "file:///shop/schema.prisma": SCHEMA, "file:///shop/manage.py": "" });
    const infos = rules.map(({ id, summary, impact, enabledByDefault = true }) => ({ id, summary, impact, enabledByDefault, topic: ruleTopics[id] }));

    for (const [what, broken] of [
      ["is missing", undefined],
      ["is no WebAssembly", new TextEncoder().encode("<!DOCTYPE html>\n")],
      ["was cut off", "half"],
    ] as const) {
      it(`because it ${what} is named, and all other languages go on`, async () => {
        const c = await start({ engine: await withPython(broken), files: shop(), rules: infos, capabilities: OURS });
        const ready = await c.until("ready", () => statuses(c).find(({ state }) => state === "ready"));
        assert.match((ready as { trouble?: string }).trouble ?? "", /^Python files are left out, because their grammar cannot be loaded \(.+\)\. Everything else goes on; installing Scale Hints again brings them back\.$/);
        c.open(SERVER, TYPESCRIPT);
        c.open(VIEWS, PYTHON);
        assert.deepEqual((await c.diagnostics(SERVER)).filter(({ code }) => code === "query-in-loop").map(({ range }) => range.start.line), [3]);
        assert.deepEqual(await c.diagnostics(VIEWS), []);
        assert.deepEqual(await c.hints(VIEWS), []);
        const checked = await c.client.sendRequest<CheckResult>(CHECK_WORKSPACE_REQUEST, {});
        assert.ok(checked.findings > 0);
        assert.deepEqual(c.log.filter((line) => /failed/.test(line)), [], "nothing is logged for each file");
      });
    }

    it("is said once in a message to clients that have no place for our status", async () => {
      const c = await start({ engine: await withPython(undefined), files: shop(), rules: infos });
      await c.until("message", () => messages(c).length > 0);
      c.open(SERVER, TYPESCRIPT);
      await c.diagnostics(SERVER);
      c.change(SERVER, { text: `${TYPESCRIPT}\n` });
      await c.pullWorkspace();
      assert.equal(messages(c).length, 1);
      assert.match(messages(c)[0], /^Python files are left out/);
    });

    it("is no reason to stop, but a missing parser is", async () => {
      const folder = mkdtempSync(join(tmpdir(), "scale-hints-grammars-"));
      try {
        await assert.rejects(loadGrammars(folder), /^Error: the parser cannot be read, install Scale Hints again \(ENOENT: .*web-tree-sitter\.wasm'\)$/);
        writeFileSync(join(folder, "web-tree-sitter.wasm"), "");
        const { grammars, missing } = await loadGrammars(folder, ["python", "tsx"]);
        assert.deepEqual(Object.keys(grammars), []);
        assert.deepEqual(Object.keys(missing ?? {}), ["python", "tsx"]);
        assert.match(missing!.python!, /tree-sitter-python\.wasm/);
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  });

  it("at the start is said once to any client, and requests are answered with nothing", async () => {
    const engine = new Proxy(new FakeEngine(), { get: () => { throw new Error("no parser"); } });
    const c = await start({ engine });
    await c.until("message", () => messages(c).length > 0);
    for (let i = 0; i < 3; i++) assert.deepEqual(await c.diagnostics(VIEWS), []);
    assert.deepEqual(await c.actions(VIEWS, { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } }), []);
    assert.deepEqual(messages(c), ["Scale Hints could not start: no parser"]);
    assert.equal(c.log.filter((line) => /no parser/.test(line) && /diagnostics|code actions/.test(line)).length, 0);
  });

  describe("a workspace folder", () => {
    const missing = (c: Conversation) => (statuses(c).findLast(({ state }) => state === "ready") as { missingFolders?: readonly string[] } | undefined)?.missingFolders;

    it("that is deleted takes its findings along, is named, and is read when it comes back", async () => {
      const files = new MemoryFiles({ [VIEWS]: "slow()\n", "file:///blog/views.py": "slow()\n" });
      const c = await start({ files, folders: ["file:///shop", "file:///blog"], capabilities: OURS });
      assert.equal((await c.pullWorkspace()).items.length, 2);
      files.files.delete(VIEWS);
      files.missingFolders.add("file:///shop");
      c.filesChanged({ uri: "file:///shop", type: FileChangeType.Deleted });
      await c.until("named", () => missing(c)?.join() === "shop");
      assert.deepEqual((await c.pullWorkspace()).items.map(({ uri }) => uri), ["file:///blog/views.py"], "the other folder stays");
      files.missingFolders.clear();
      files.files.set(VIEWS, "slow()\n");
      files.files.set("file:///shop/other.py", "slow()\n");
      c.filesChanged({ uri: VIEWS, type: FileChangeType.Created });
      await c.until("back", () => c.engine.uris().length === 3 && missing(c) === undefined);
      assert.equal((await c.pullWorkspace()).items.length, 3, "all of it, not only the file that was reported");
    });

    it("that is deleted with a folder above it, too", async () => {
      const files = new MemoryFiles({ "file:///work/shop/views.py": "slow()\n" });
      const c = await start({ files, folders: ["file:///work/shop"], capabilities: OURS });
      assert.equal((await c.pullWorkspace()).items.length, 1);
      files.files.clear();
      files.missingFolders.add("file:///work/shop");
      c.filesChanged({ uri: "file:///work", type: FileChangeType.Deleted });
      await c.until("named", () => missing(c)?.join() === "shop");
      assert.deepEqual(c.engine.uris(), []);
    });

    it("that was never there is named, and what is open is served", async () => {
      const files = new MemoryFiles();
      files.missingFolders.add("file:///shop");
      const c = await start({ files, capabilities: OURS });
      await c.until("named", () => missing(c)?.join() === "shop");
      c.open(VIEWS, "slow()\n");
      assert.equal((await c.diagnostics(VIEWS)).length, 1);
      files.missingFolders.clear();
      files.files.set("file:///shop/other.py", "slow()\n");
      const checked = await c.client.sendRequest<CheckResult>(CHECK_WORKSPACE_REQUEST, {});
      assert.deepEqual(checked, { files: 2, findings: 2, filesWithFindings: 2 });
      await c.until("found", () => missing(c) === undefined);
    });

    it("of a workspace that is on no disk is named, too", async () => {
      const notes: string[] = [];
      for await (const batch of new ClientFiles({ folder: async () => undefined, file: async () => undefined }).list("vfs:///gone")) {
        for (const entry of batch) notes.push(entry.kind === "note" ? `${entry.note.uri}: ${entry.note.message}` : entry.uri);
      }
      assert.deepEqual(notes, ["vfs:///gone: folder skipped: it is not there"]);
    });
  });
});
