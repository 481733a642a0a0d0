import assert from "node:assert/strict";
import { CancellationTokenSource, type AnnotatedTextEdit, type ApplyWorkspaceEditParams, type ClientCapabilities, type CodeAction, type TextDocumentEdit, type WorkspaceEdit } from "vscode-languageserver-protocol";
import type { Finding, Fix, Steps } from "#engine";
import { FIX_EVERYWHERE_COMMAND } from "../../server/src/protocol";
import { Conversation, MODERN, type ConversationOptions } from "./conversation";
import { FakeEngine } from "./fake-engine";
import { MemoryFiles } from "./memory-files";

const VIEWS = "file:///shop/views.py";
const OTHERS = "file:///shop/others.py";
const LATER = "file:///shop/later.py";
const START = { line: 0, character: 0 };

const CAPABILITIES: ClientCapabilities = {
  ...MODERN,
  workspace: { ...MODERN.workspace, applyEdit: true, workspaceEdit: { documentChanges: true, changeAnnotationSupport: {}, resourceOperations: ["create"] } },
};

/** An engine that takes its time to prove a fix, and says when it begins. */
class SlowEngine extends FakeEngine {
  private root: SlowEngine = this;
  onProof = (_finding: Finding) => {};

  override *fixing(finding: Finding): Steps<readonly Fix[]> {
    this.root.onProof(finding);
    for (let step = 0; step < 3; step++) {
      for (const end = Date.now() + 15; Date.now() < end; );
      yield;
    }
    return yield* super.fixing(finding);
  }

  override fork(): FakeEngine {
    const fork = new SlowEngine();
    fork.root = this.root;
    this.forkInto(fork);
    return fork;
  }
}

/** An engine whose fixes all need the same import. */
class ImportingEngine extends FakeEngine {
  override *fixing(finding: Finding): Steps<readonly Fix[]> {
    const fixes = yield* super.fixing(finding);
    return fixes.map((fix) => ({ ...fix, edits: fix.edits.map(({ uri, edits }) => ({ uri, edits: [{ span: { start: 0, end: 0 }, newText: "import fast\n" }, ...edits] })) }));
  }

  override fork(): FakeEngine {
    const fork = new ImportingEngine();
    this.forkInto(fork);
    return fork;
  }
}

describe("fixing several things at once", () => {
  let conversation: Conversation | undefined;
  const start = async (options: ConversationOptions = {}) =>
    (conversation = await Conversation.start({ capabilities: CAPABILITIES, files: new MemoryFiles({ [VIEWS]: "slow()\n", [OTHERS]: "slow(); slow()\n", [LATER]: "wild()\n" }), ...options }));
  const run = (c: Conversation, more: object = {}, token?: CancellationTokenSource) =>
    c.client.sendRequest("workspace/executeCommand", { command: FIX_EVERYWHERE_COMMAND, arguments: ["slow-call"], ...more }, (token ?? new CancellationTokenSource()).token);
  const said = (c: Conversation) => c.notifications.filter(({ method }) => method === "window/showMessage").map(({ params }) => (params as { message: string }).message);
  const editOf = ({ edit }: ApplyWorkspaceEditParams) => edit;

  afterEach(async () => {
    await conversation?.stop();
    conversation = undefined;
  });

  it("is offered for the workspace as a command, where the client makes edits that it is asked for", async () => {
    const offered = async (capabilities: ClientCapabilities) => {
      const c = await start({ capabilities });
      c.open(VIEWS, "slow()\n");
      await c.pullWorkspace();
      const [diagnostic] = await c.diagnostics(VIEWS);
      const action = (await c.actionsFor(VIEWS, diagnostic)).find(({ title }) => title.startsWith("Fix all `slow-call` in the workspace"));
      await c.stop();
      conversation = undefined;
      return action;
    };
    const action = (await offered(CAPABILITIES))!;
    assert.equal(action.title, "Fix all `slow-call` in the workspace…");
    assert.deepEqual(action.command, { title: action.title, command: FIX_EVERYWHERE_COMMAND, arguments: ["slow-call"] });
    assert.equal(await offered(MODERN), undefined);
  });

  it("edits all files after a look, each for its version, and says how far it is", async () => {
    const c = await start();
    c.open(VIEWS, "slow()\n", 7);
    await run(c, { workDoneToken: "how-far" });
    assert.equal(c.applied.length, 1);
    const edit = editOf(c.applied[0]);
    assert.equal(c.textAfter(edit, VIEWS), "fast()\n");
    assert.equal(c.textAfter(edit, OTHERS), "fast(); fast()\n");
    const reports = c.notifications.filter(({ method }) => method === "$/progress").map(({ params }) => (params as { value: { kind: string; message?: string; cancellable?: boolean } }).value);
    assert.equal(reports[0].cancellable, true);
    assert.ok(reports.some(({ message }) => message === "1 of 3 places"), JSON.stringify(reports));
    assert.equal(reports.at(-1)!.kind, "end");
  });

  it("shows how far it is by itself where nobody asked to be told", async () => {
    const c = await start({ capabilities: { ...CAPABILITIES, window: { workDoneProgress: true } } });
    await run(c);
    assert.ok(c.notifications.some(({ params }) => (params as { value?: { title?: string } }).value?.title === "Fix all slow-call"));
  });

  it("says so where nothing is left to fix", async () => {
    const c = await start({ files: new MemoryFiles({ [VIEWS]: "wild()\n" }) });
    await run(c);
    assert.deepEqual([c.applied, said(c)], [[], ["There is nothing left of slow-call that can be fixed."]]);
  });

  /** What a preview lists: each new text with whether it begins ticked, as VS Code does it. */
  const ticks = ({ documentChanges, changeAnnotations }: WorkspaceEdit) =>
    documentChanges!.flatMap((change) => ("edits" in change ? change.edits.map((each) => [(each as AnnotatedTextEdit).newText, !changeAnnotations![(each as AnnotatedTextEdit).annotationId].needsConfirmation]) : []));

  it("begins with everything ticked where everything is safe, and is shown all the same", async () => {
    const c = await start();
    await run(c);
    const { edit } = c.applied[0];
    assert.deepEqual(ticks(edit), [["fast()", true], ["fast()", true], ["fast()", true]]);
    // Making a file that is there changes nothing, and is what has to be confirmed.
    const [first] = edit.documentChanges!;
    assert.deepEqual(first, { kind: "create", uri: OTHERS, options: { ignoreIfExists: true }, annotationId: "look" });
    assert.equal(edit.changeAnnotations!.look.needsConfirmation, true);
  });

  it("names what is not safe, unticked", async () => {
    const c = await start({ files: new MemoryFiles({ [VIEWS]: "slow(); slow(careful)\n", [OTHERS]: "slow(sketchy)\nslow()\n" }) });
    await run(c);
    const { edit } = c.applied[0];
    assert.deepEqual(ticks(edit), [["fast()", true], ["fast()", false], ["fast()", true], ["fast()", false]]);
    assert.ok(edit.documentChanges!.every((change) => "edits" in change), "it opens by itself");
    assert.deepEqual(Object.values(edit.changeAnnotations!).map(({ label }) => label), ["Fix all slow-call", "To be looked at first", "Changes what the code does"]);
    assert.equal(new Set(edit.documentChanges!.map((change) => "edits" in change && change.textDocument.uri)).size, 2, "one change for each file");
  });

  it("says what could not be listed beside the rest, once that is done", async () => {
    const files = (text: string) => new MemoryFiles({ [VIEWS]: text });
    let applies = true;
    const c = await start({ engine: new ImportingEngine(), files: files("slow(); slow(careful); slow(sketchy)\n"), applies: () => applies });
    await run(c);
    assert.deepEqual(said(c), ["2 more fixes of slow-call could not be listed beside these: they are among the quick fixes of their findings."]);
    applies = false;
    await run(c);
    assert.equal(said(c).length, 1, "who wanted none of it is told nothing");
  });

  it("is only what is safe where a client cannot show it first", async () => {
    const c = await start({ capabilities: { ...MODERN, workspace: { ...MODERN.workspace, applyEdit: true } }, files: new MemoryFiles({ [VIEWS]: "slow(); slow(careful)\n" }) });
    c.open(VIEWS, "slow(); slow(careful)\n");
    await run(c);
    assert.equal(c.textAfter(c.applied[0].edit, VIEWS), "fast(); slow(careful)\n");
  });

  it("keeps nobody waiting while it is worked out, and touches no text of anybody's", async () => {
    const engine = new SlowEngine();
    const c = await start({ engine });
    c.open(VIEWS, "slow()\n");
    c.open(LATER, "wild()\n");
    await c.pullWorkspace();
    let answered: readonly (string | number | undefined)[] | undefined;
    engine.onProof = () => {
      engine.onProof = () => {};
      c.change(LATER, { text: "quiet()\n" });
      void c.diagnostics(LATER).then((all) => (answered = all.map(({ code }) => code)));
    };
    const applied = engine.applied.length;
    const running = run(c);
    await c.until("an answer", () => answered);
    assert.equal(c.applied.length, 0, "it was answered before the fixes were there");
    await running;
    assert.deepEqual(answered, ["quiet-call"]);
    assert.equal(c.textAfter(editOf(c.applied[0]), OTHERS), "fast(); fast()\n");
    assert.deepEqual(engine.applied.slice(applied).flat().map(({ uri }) => uri), [LATER]);
  });

  it("gives no edit for a text that was edited meanwhile, and says which", async () => {
    const engine = new SlowEngine();
    const c = await start({ engine });
    c.open(VIEWS, "slow()\n");
    engine.onProof = () => {
      engine.onProof = () => {};
      c.change(VIEWS, { text: "# mine\nslow()\n" });
    };
    await run(c);
    assert.deepEqual(c.applied, []);
    assert.deepEqual(said(c), ["Nothing was changed: views.py was edited while the fixes were worked out. Choose the action again."]);
    assert.equal(engine.text(VIEWS), "# mine\nslow()\n");
    await run(c);
    assert.equal(c.textAfter(editOf(c.applied[0]), VIEWS), "# mine\nfast()\n");
  });

  it("gives none for a file that changed on the disk meanwhile", async () => {
    const engine = new SlowEngine();
    const c = await start({ engine });
    engine.onProof = () => {
      engine.onProof = () => {};
      c.files.files.set(OTHERS, "slow() # by git\n");
      c.filesChanged({ uri: OTHERS, type: 2 });
    };
    await run(c);
    assert.deepEqual(c.applied, []);
    assert.match(said(c).join(), /others\.py was edited/);
  });

  it("says why when the client refuses an edit for an old version, and nothing when a person does", async () => {
    let refuses = () => {};
    const c = await start({ applies: () => (refuses(), false) });
    c.open(VIEWS, "slow()\n");
    await run(c);
    assert.deepEqual(said(c), []);
    refuses = () => c.change(VIEWS, { text: "typed\n" });
    await run(c);
    assert.match(said(c).join(), /Nothing was changed: views\.py was edited/);
  });

  it("can be stopped", async () => {
    const engine = new SlowEngine();
    const c = await start({ engine });
    const stop = new CancellationTokenSource();
    engine.onProof = () => stop.cancel();
    await assert.rejects(run(c, {}, stop), { code: -32800 });
    assert.deepEqual([c.applied, said(c)], [[], []]);
    assert.equal((await c.diagnostics(OTHERS)).length, 2, "everything goes on");
  });

  it("in one file is worked out in slices as well, and refused with a word when that file was edited", async () => {
    const engine = new SlowEngine();
    const c = await start({ engine });
    c.open(OTHERS, "slow(); slow()\n");
    const [diagnostic] = await c.diagnostics(OTHERS);
    const inFile = (await c.actionsFor(OTHERS, diagnostic)).find(({ title }) => title === "Fix all `slow-call` in this file")!;
    const [onSave] = await c.actions(OTHERS, { start: START, end: START }, { only: ["source.fixAll.scaleHints"] });
    for (const action of [inFile, onSave]) {
      engine.onProof = () => {
        engine.onProof = () => {};
        c.change(OTHERS, { text: `# typed\n${c.text(OTHERS)}` });
      };
      const resolved = await c.client.sendRequest<CodeAction>("codeAction/resolve", action);
      assert.equal(resolved.edit, undefined);
      assert.match(resolved.disabled!.reason, /Nothing was changed: others\.py was edited/);
    }
    assert.equal(said(c).length, 1, "who only saves has chosen nothing");
    const edit = await c.editOf(onSave);
    assert.equal((edit.documentChanges![0] as TextDocumentEdit).textDocument.version, 3);
    assert.equal(c.textAfter(edit, OTHERS), "# typed\n# typed\nfast(); fast()\n");
  });
});
