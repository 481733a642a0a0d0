import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deserialize, serialize } from "node:v8";
import { keptFile } from "../../server/src/host/node/kept-file";
import type { DataKeeper, Keeper } from "../../server/src/host/keeper";
import { Conversation, MODERN, OLD, type ConversationOptions } from "./conversation";
import { FakeEngine } from "./fake-engine";
import { MemoryFiles } from "./memory-files";

const VIEWS = "file:///shop/views.py";
/** Before the views in the order of names, and more of them than are taken in at once. */
const FILES: Readonly<Record<string, string>> = { ...Object.fromEntries(Array.from({ length: 80 }, (_, index) => [`file:///shop/app${index}.py`, "fast()\n"])), [VIEWS]: "x = 1\nslow()\n" };

class MemoryKeeper implements Keeper {
  writes = 0;
  readonly data: MemoryData;
  constructor(public text?: string, readonly version = "1", bytes?: Uint8Array) {
    this.data = new MemoryData(bytes);
  }
  digest = (text: string): string => createHash("sha1").update(text).digest("hex");
  read = (): Promise<string | undefined> => Promise.resolve(this.text);
  write = (text: string): Promise<void> => {
    this.writes++;
    this.text = text;
    return Promise.resolve();
  };
}

class MemoryData implements DataKeeper {
  writes = 0;
  constructor(public bytes?: Uint8Array) {}
  encode = serialize;
  decode = deserialize;
  read = (): Promise<Uint8Array | undefined> => Promise.resolve(this.bytes);
  write = (bytes: readonly Uint8Array[]): Promise<void> => {
    this.writes++;
    this.bytes = Buffer.concat(bytes);
    return Promise.resolve();
  };
}

/** A session whose engine is given the first files and then nothing more until the gate opens. */
class Gate {
  open = (): void => {};
  private readonly gate = new Promise<void>((resolve) => (this.open = resolve));
  readonly engine = new FakeEngine();
  readonly pause = async (): Promise<void> => {
    await new Promise((resolve) => setImmediate(resolve));
    if (this.engine.applied.length > 0) await this.gate;
  };
}

describe("what an earlier session knew", () => {
  let kept: string;
  let conversation: Conversation | undefined;

  before(async () => {
    const keeper = new MemoryKeeper();
    const c = await Conversation.start({ files: new MemoryFiles(FILES), keeper });
    await c.until("written", () => keeper.writes > 0);
    await c.stop();
    kept = keeper.text!;
  });

  afterEach(async () => {
    await conversation?.stop();
    conversation = undefined;
  });

  /** A second session in which the engine knows nothing of the views yet. */
  async function again(options: ConversationOptions & { readonly files?: MemoryFiles } = {}): Promise<{ readonly c: Conversation; readonly gate: Gate }> {
    const gate = new Gate();
    const slowly = { ...options, engine: gate.engine, pause: gate.pause, files: options.files ?? new MemoryFiles(FILES), keeper: options.keeper ?? new MemoryKeeper(kept) };
    gate.engine.apply = slowApply(gate.engine);
    conversation = await Conversation.start(slowly);
    return { c: conversation, gate };
  }

  it("is shown before anything is analysed, at its place, with its hint", async () => {
    const { c, gate } = await again();
    c.open(VIEWS, FILES[VIEWS]);
    const [diagnostic] = await c.diagnostics(VIEWS);
    assert.deepEqual([diagnostic.code, diagnostic.range.start], ["slow-call", { line: 1, character: 0 }]);
    assert.equal((await c.hints(VIEWS)).length, 1);
    const report = await c.pullWorkspace();
    assert.deepEqual(report.items.map(({ uri }) => uri), [VIEWS]);
    assert.equal(gate.engine.counters.checked, 0, "nothing was checked for that");
    gate.open();
  });

  it("is pushed to clients that cannot ask", async () => {
    const { c, gate } = await again({ capabilities: OLD });
    await c.until("pushed", () => c.shownByPush(VIEWS)?.length === 1);
    assert.equal(gate.engine.counters.checked, 0);
    gate.open();
  });

  it("makes way for what this session finds, without a word when that is the same", async () => {
    const { c, gate } = await again();
    c.open(VIEWS, FILES[VIEWS]);
    const first = await c.pull(VIEWS);
    gate.open();
    await c.until("settled", () => gate.engine.counters.checked === Object.keys(FILES).length);
    assert.deepEqual(await c.pull(VIEWS, first.resultId), { kind: "unchanged", resultId: first.resultId });
    assert.equal(c.refreshes.diagnostics, 0);
  });

  it("is forgotten at the first key that is pressed", async () => {
    const { c, gate } = await again();
    c.open(VIEWS, FILES[VIEWS]);
    assert.equal((await c.diagnostics(VIEWS)).length, 1);
    c.change(VIEWS, { range: { start: { line: 1, character: 0 }, end: { line: 1, character: 4 } }, text: "fast" });
    gate.open();
    assert.deepEqual(await c.diagnostics(VIEWS), []);
  });

  it("is not kept while a document is half typed: what is said is of an earlier text", async () => {
    const keeper = new MemoryKeeper();
    const c = (conversation = await Conversation.start({ files: new MemoryFiles(FILES), keeper }));
    c.open(VIEWS, FILES[VIEWS]);
    await c.until("read", () => c.engine.has(VIEWS));
    c.change(VIEWS, { range: { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } }, text: "???\n" });
    assert.equal((await c.diagnostics(VIEWS))[0].range.start.line, 2);
    await new Promise((resolve) => setTimeout(resolve, 2400));
    assert.deepEqual([keeper.writes, keeper.data.writes], [0, 0]);
    c.change(VIEWS, { range: { start: { line: 0, character: 0 }, end: { line: 0, character: 3 } }, text: "y = 2" });
    await c.until("written", () => keeper.writes > 0 && keeper.data.writes > 0);
  }).timeout(20_000);

  it("does not keep fixes from being made of the texts as they are", async () => {
    const { c, gate } = await again();
    c.open(VIEWS, FILES[VIEWS]);
    const [diagnostic] = await c.diagnostics(VIEWS);
    const actions = c.actionsFor(VIEWS, diagnostic);
    gate.open();
    const fix = (await actions).find(({ title }) => title === "Call `fast` instead");
    assert.equal(c.textAfter(await c.editOf(fix), VIEWS), "x = 1\nfast()\n");
  });

  const elsewhere: Readonly<Record<string, MemoryFiles>> = {
    "a text is another one": new MemoryFiles({ ...FILES, "file:///shop/app7.py": "slow(x)\n" }),
    "a file came": new MemoryFiles({ ...FILES, "file:///shop/zoo.py": "fast()\n" }),
    "a file went": new MemoryFiles(Object.fromEntries(Object.entries(FILES).slice(1))),
  };
  for (const [name, files] of Object.entries(elsewhere)) {
    it(`is shown in open files where ${name} elsewhere, and nothing else of it`, async () => {
      const { c, gate } = await again({ files });
      c.open(VIEWS, FILES[VIEWS]);
      const shown = await c.pull(VIEWS);
      assert.equal(shown.kind === "full" && shown.items.length, 1);
      assert.equal(gate.engine.counters.checked, 0, "nothing was checked for that");
      const others = [c.pullWorkspace(), c.hints(VIEWS), c.client.sendRequest("textDocument/codeLens", { textDocument: { uri: VIEWS } }), c.diagnostics("file:///shop/app7.py")];
      assert.equal(await Promise.race([...others, new Promise((resolve) => setTimeout(resolve, 150, "wait"))]), "wait");
      gate.open();
      await Promise.all(others);
      assert.deepEqual(await c.pull(VIEWS, shown.resultId), { kind: "unchanged", resultId: shown.resultId });
      assert.equal(c.refreshes.diagnostics, 0, "it was true");
    });
  }

  it("is shown as a configuration wants it that is another one", async () => {
    const { c, gate } = await again({ files: new MemoryFiles({ ...FILES, "file:///shop/scale-hints.json": '{ "rules": { "slow-call": "off" } }' }) });
    c.open(VIEWS, FILES[VIEWS]);
    assert.deepEqual(await c.diagnostics(VIEWS), []);
    gate.open();
  });

  it("gives way in open files as soon as they have been checked, where it is not true any more", async () => {
    for (const capabilities of [MODERN, OLD]) {
      const { c, gate } = await again({ files: elsewhere["a text is another one"], capabilities });
      c.open(VIEWS, FILES[VIEWS]);
      if (capabilities === MODERN) assert.equal((await c.diagnostics(VIEWS)).length, 1);
      else await c.until("pushed", () => c.shownByPush(VIEWS)?.length === 1);
      let checked = 0;
      const check = gate.engine.check.bind(gate.engine);
      // All it finds is gone, and the other files take their time.
      gate.engine.check = (uri) => {
        check(uri);
        checked++;
        for (const end = Date.now() + 13; uri !== VIEWS && Date.now() < end; );
      };
      gate.engine.findings = () => [];
      gate.open();
      if (capabilities === MODERN) {
        await c.until("asked to look again", () => c.refreshes.diagnostics > 0);
        assert.deepEqual(await c.diagnostics(VIEWS), []);
      } else {
        await c.until("taken back", () => c.shownByPush(VIEWS)?.length === 0);
      }
      assert.ok(checked < 40, `${checked} of ${Object.keys(FILES).length} files were checked by then`);
      await c.stop();
      conversation = undefined;
    }
  });

  it("is not shown where one of its places is in a text that is another one", async () => {
    const other = "file:///shop/other.py";
    const files = { [VIEWS]: "slow(other)\nslow()\n", [other]: "\ntarget\n" };
    const keeper = new MemoryKeeper();
    const first = await Conversation.start({ files: new MemoryFiles(files), keeper });
    await first.until("written", () => keeper.writes > 0);
    assert.equal((await first.diagnostics(other)).length, 1);
    await first.stop();
    const { c, gate } = await again({ files: new MemoryFiles({ ...files, [VIEWS]: `${files[VIEWS]}x = 1\n` }), keeper: new MemoryKeeper(keeper.text) });
    c.open(other, files[other]);
    assert.deepEqual(await c.diagnostics(other), [], "it follows from the views");
    gate.open();
    await c.until("found again", async () => (await c.diagnostics(other)).length === 1);
  });

  const changed: Readonly<Record<string, ConversationOptions>> = {
    "the folders are others": { folders: ["file:///shop", "file:///yard"] },
    "the options are others": { initializationOptions: { includeAssumed: true } },
  };
  for (const [name, options] of Object.entries(changed)) {
    it(`is of no use when ${name}`, () => expectUnused(options));
  }

  it("is of no use when another program wrote it", () => expectUnused({ keeper: new MemoryKeeper(kept, "2") }));
  it("is of no use when only half of it was written", () => expectUnused({ keeper: new MemoryKeeper(kept.slice(0, kept.length / 2)) }));
  it("is of no use when it is something else", () => expectUnused({ keeper: new MemoryKeeper('{"state": 3, "findings": {}}') }));

  async function expectUnused(options: ConversationOptions): Promise<void> {
    const { c, gate } = await again(options);
    c.open(VIEWS, FILES[VIEWS]);
    const answer = c.diagnostics(VIEWS);
    const early = await Promise.race([answer, new Promise((resolve) => setTimeout(resolve, 150, "waits"))]);
    gate.open();
    assert.equal(early, "waits");
    await answer;
  }

  it("cannot be read or written: that is logged, and everything else goes on", async () => {
    const fails = (): Promise<never> => Promise.reject(new Error("the disk is gone"));
    const keeper: Keeper = { version: "1", digest: (text) => text, read: fails, write: fails };
    const c = (conversation = await Conversation.start({ files: new MemoryFiles(FILES), keeper, capabilities: MODERN }));
    c.open(VIEWS, FILES[VIEWS]);
    assert.equal((await c.diagnostics(VIEWS)).length, 1);
    await c.until("both are logged", () => c.log.filter((line) => line.includes("the disk is gone")).length === 2);
  });

  it("is a file in a folder that need not be there, and is replaced as a whole", async () => {
    const folder = await mkdtemp(join(tmpdir(), "scale-hints-kept-"));
    try {
      const keeper = keptFile(join(folder, "not", "there"), "1");
      assert.equal(await keeper.read(), undefined);
      await keeper.write("one");
      await keeper.write("two");
      assert.equal(await keeper.read(), "two");
      assert.equal(await keeper.data!.read(), undefined);
      await keeper.data!.write([keeper.data!.encode(new Map([["one", 1]])), Buffer.from("!")]);
      const bytes = (await keeper.data!.read())!;
      assert.deepEqual(keeper.data!.decode(bytes.subarray(0, -1)), new Map([["one", 1]]));
      assert.deepEqual((await readdir(join(folder, "not", "there"))).sort(), ["findings.json", "session.bin"]);
      assert.notEqual(keeper.digest("one"), keeper.digest("two"));
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe("what an earlier session found out of each file", () => {
  let bytes: Uint8Array;
  let conversation: Conversation | undefined;

  before(async () => {
    const keeper = new MemoryKeeper();
    const c = await Conversation.start({ files: new MemoryFiles(FILES), keeper });
    await c.until("written", () => keeper.data.writes > 0);
    await c.stop();
    bytes = keeper.data.bytes!;
  });

  afterEach(async () => {
    await conversation?.stop();
    conversation = undefined;
  });

  async function again(keeper: Keeper, options: ConversationOptions & { readonly files?: MemoryFiles } = {}): Promise<{ readonly engine: FakeEngine; readonly c: Conversation }> {
    const engine = new FakeEngine();
    conversation = await Conversation.start({ ...options, engine, files: options.files ?? new MemoryFiles(FILES), keeper, capabilities: MODERN });
    conversation.open(VIEWS, FILES[VIEWS]);
    assert.equal((await conversation.diagnostics(VIEWS)).length, 1);
    return { engine, c: conversation };
  }

  it("is handed to the engine before the texts are, and knows which of them are the same", async () => {
    const files = new MemoryFiles({ ...FILES, "file:///shop/app7.py": "slow(x)\n" });
    const { engine } = await again(new MemoryKeeper(undefined, "1", bytes), { files });
    const kept = engine.resumed!;
    assert.equal(kept.hasText(VIEWS, FILES[VIEWS]), true);
    assert.equal(kept.hasText("file:///shop/app7.py", "slow(x)\n"), false);
    assert.equal(kept.hasText("file:///shop/app7.py", undefined), false, "a file that is gone");
    assert.equal(kept.hasText("file:///shop/zoo.py", undefined), true, "a file that never was");
    assert.equal(kept.facts(VIEWS)!.uri, VIEWS);
    assert.equal(kept.facts("file:///shop/app7.py"), undefined);
    assert.deepEqual(kept.check(VIEWS)!.speaksOf, ["file:///shop/app7.py"]);
    assert.deepEqual(kept.answers, { keys: ["name:x"], fingerprints: ["1"] });
    assert.equal(engine.resumedBefore, 0, "nothing was taken in before");
  });

  it("is kept again when many files are others, not for each of them", async () => {
    const few = new MemoryKeeper(undefined, "1", bytes);
    const { c } = await again(few, { files: new MemoryFiles({ ...FILES, "file:///shop/app7.py": "slow(x)\n" }) });
    await c.until("what was found is kept", () => few.writes > 0);
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.equal(few.data.writes, 0);
    await c.stop();
    const many = new MemoryKeeper(undefined, "1", bytes);
    await again(many, { files: new MemoryFiles(Object.fromEntries(Object.entries(FILES).map(([uri, text]) => [uri, `${text}# more\n`]))) });
    await conversation!.until("all is kept", () => many.data.writes > 0);
  });

  const useless: Readonly<Record<string, () => readonly [Keeper, ConversationOptions?]>> = {
    "another program wrote it": () => [new MemoryKeeper(undefined, "2", bytes)],
    "only half of it was written": () => [new MemoryKeeper(undefined, "1", bytes.subarray(0, bytes.length / 2))],
    "nothing was written": () => [new MemoryKeeper(undefined, "1", new Uint8Array())],
    "it is something else": () => [new MemoryKeeper(undefined, "1", Buffer.from("a text of somebody's"))],
    "the options were others": () => [new MemoryKeeper(undefined, "1", bytes), { initializationOptions: { includeAssumed: true } }],
    "the folders were others": () => [new MemoryKeeper(undefined, "1", bytes), { folders: ["file:///shop", "file:///yard"] }],
  };
  for (const [name, make] of Object.entries(useless)) {
    it(`is of no use when ${name}, and is kept anew`, async () => {
      const [keeper, options] = make();
      const { engine, c } = await again(keeper, options);
      assert.equal(engine.resumed, undefined);
      await c.until("kept anew", () => (keeper as MemoryKeeper).data.writes > 0);
      assert.deepEqual(c.log.filter((line) => /fail|error/i.test(line)), []);
    });
  }

  it("is found out anew where only some of its bytes cannot be read", async () => {
    const broken = Buffer.from(bytes);
    broken.fill(0xff, 0, 4);
    const { engine } = await again(new MemoryKeeper(undefined, "1", broken));
    assert.equal(engine.resumed!.facts(VIEWS), undefined);
    assert.equal(engine.resumed!.check(VIEWS)!.speaksOf.length, 1);
  });

  it("is logged where its bytes cannot be read, and everything is found out anew", async () => {
    const broken = Buffer.from(bytes);
    broken.fill(0xff, broken.length - 60, broken.length - 8);
    const { engine, c } = await again(new MemoryKeeper(undefined, "1", broken));
    assert.equal(engine.resumed, undefined);
    assert.ok(c.log.some((line) => line.includes("reading what an earlier session knew")));
  });
});

/** Takes each file slowly enough for a slice to end after the first of them. */
function slowApply(engine: FakeEngine): FakeEngine["apply"] {
  const apply = engine.apply.bind(engine);
  return (changes) => {
    apply(changes);
    for (const end = Date.now() + 15; Date.now() < end; );
  };
}
