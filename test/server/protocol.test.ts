import assert from "node:assert/strict";
import { CancellationTokenSource, CodeActionTriggerKind, FileChangeType, type CodeAction, type CodeActionOptions, type Diagnostic } from "vscode-languageserver-protocol/node";
import { CHECK_WORKSPACE_REQUEST, OPEN_RULE_PAGE_COMMAND, RULES_REQUEST, STATUS_NOTIFICATION, type CheckResult, type RuleSummary, type ServerStatus } from "../../server/src/protocol";
import { Conversation, MODERN, OLD, type ConversationOptions } from "./conversation";
import { FakeEngine } from "./fake-engine";
import { MemoryFiles } from "./memory-files";

const VIEWS = "file:///shop/views.py";
const MODELS = "file:///shop/models.py";
const OTHER = "file:///shop/other.py";

/** Each file takes as long as a slice; one, when it is read first, much longer. */
class SlowFiles extends MemoryFiles {
  slowest: string | undefined;
  override async read(uri: string): ReturnType<MemoryFiles["read"]> {
    const isSlowest = uri === this.slowest;
    if (isSlowest) this.slowest = undefined;
    await new Promise((resolve) => setTimeout(resolve, isSlowest ? 150 : 15));
    return super.read(uri);
  }
}

describe("language server", () => {
  let conversation: Conversation | undefined;
  const start = async (options?: ConversationOptions) => (conversation = await Conversation.start(options));
  const withFile = (text: string, options: ConversationOptions = {}) => start({ files: new MemoryFiles({ [VIEWS]: text }), ...options });

  afterEach(async () => {
    await conversation?.stop();
    conversation = undefined;
  });

  describe("pulled diagnostics", () => {
    it("describe a finding", async () => {
      const c = await start();
      c.open(VIEWS, "x = 1\nslow()\n", 7);
      const [diagnostic] = await c.diagnostics(VIEWS);
      assert.deepEqual(diagnostic, {
        range: { start: { line: 1, character: 0 }, end: { line: 1, character: 6 } },
        severity: 2,
        code: "slow-call",
        codeDescription: { href: "file:///pages/slow-call.md" },
        source: "scale-hints",
        message: "`slow` is called",
        relatedInformation: [{ location: { uri: VIEWS, range: { start: { line: 0, character: 0 }, end: { line: 0, character: 1 } } }, message: "the file starts here" }],
        data: { key: `slow-call ${VIEWS} `, version: 7 },
      });
    });

    it("have the severities and tags of findings", async () => {
      const c = await start();
      c.open(VIEWS, "slow()\nwild()\nquiet()\n");
      const diagnostics = await c.diagnostics(VIEWS);
      assert.deepEqual(diagnostics.map(({ severity, tags }) => [severity, tags]), [[2, undefined], [3, undefined], [4, [1]]]);
    });

    it("are unchanged when nothing the user sees has changed", async () => {
      const c = await start();
      c.open(VIEWS, "slow()\n");
      const first = await c.pull(VIEWS);
      assert.equal(first.kind, "full");
      c.change(VIEWS, { range: { start: { line: 1, character: 0 }, end: { line: 1, character: 0 } }, text: "# a remark\n" });
      assert.deepEqual(await c.pull(VIEWS, first.resultId), { kind: "unchanged", resultId: first.resultId });
      c.change(VIEWS, { range: { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } }, text: "\n" });
      assert.equal((await c.pull(VIEWS, first.resultId)).kind, "full");
    });

    it("follow incremental changes, counted in UTF-16 units", async () => {
      const c = await start();
      c.open(VIEWS, "x = '🐢🐢'; fast()\n");
      assert.deepEqual(await c.diagnostics(VIEWS), []);
      c.change(VIEWS, { range: { start: { line: 0, character: 12 }, end: { line: 0, character: 16 } }, text: "slow" });
      assert.equal(c.text(VIEWS), "x = '🐢🐢'; slow()\n");
      const [{ range }] = await c.diagnostics(VIEWS);
      assert.deepEqual(range, { start: { line: 0, character: 12 }, end: { line: 0, character: 18 } });
    });

    it("wait until the workspace has been read", async () => {
      let letGo = () => {};
      const gate = new Promise<void>((resolve) => (letGo = resolve));
      const files = new MemoryFiles({ [OTHER]: "target\n" });
      files.beforeBatch = () => gate;
      const c = await start({ files });
      c.open(VIEWS, "slow(other)\n");
      const pulled = c.pull(OTHER);
      letGo();
      c.open(OTHER, "target\n");
      await pulled;
      await c.pull(VIEWS);
      assert.equal((await c.diagnostics(OTHER)).length, 1);
    });

    it("of another file's check bring a refresh", async () => {
      const c = await start({ files: new MemoryFiles({ [VIEWS]: "x = 1\n", [OTHER]: "target\n" }) });
      c.open(OTHER, "target\n");
      assert.deepEqual(await c.diagnostics(OTHER), []);
      c.files.files.set(VIEWS, "slow(other)\n");
      c.filesChanged({ uri: VIEWS, type: FileChangeType.Changed });
      await c.until("refresh", () => c.refreshes.diagnostics > 0);
      assert.equal((await c.diagnostics(OTHER)).length, 1);
    });

    it("are empty for a document whose check fails, and everything else goes on", async () => {
      const c = await start();
      c.open(VIEWS, "slow(); crash()\n");
      c.open(OTHER, "slow()\n");
      assert.deepEqual(await c.diagnostics(VIEWS), []);
      assert.equal((await c.diagnostics(OTHER)).length, 1);
      assert.match(c.log.join("\n"), /the fake crashed/);
    });

    it("can be cancelled while they wait", async () => {
      const files = new MemoryFiles({ [VIEWS]: "slow()\n" });
      let letGo = () => {};
      const gate = new Promise<void>((resolve) => (letGo = resolve));
      files.beforeBatch = () => gate;
      const c = await start({ files });
      const source = new CancellationTokenSource();
      const pulled = c.pull(VIEWS, undefined, source.token);
      const rejected = assert.rejects(pulled, /cancelled/);
      source.cancel();
      await rejected;
      letGo();
    });
  });

  describe("workspace diagnostics", () => {
    it("cover closed files with null as version and open ones with theirs", async () => {
      const c = await start({ files: new MemoryFiles({ [VIEWS]: "slow()\n", [MODELS]: "x = 1\n" }) });
      c.open(OTHER, "slow()\n", 4);
      const { items } = await c.pullWorkspace();
      assert.deepEqual(items.map(({ uri, version, kind }) => [uri, version, kind]), [[OTHER, 4, "full"], [VIEWS, null, "full"]]);
    });

    it("say unchanged, and empty where findings went", async () => {
      const c = await start({ files: new MemoryFiles({ [VIEWS]: "slow()\n", [OTHER]: "slow()\n" }) });
      const first = await c.pullWorkspace();
      const ids = first.items.map((item) => ({ uri: item.uri, value: item.resultId! }));
      assert.deepEqual((await c.pullWorkspace(ids)).items.map(({ kind }) => kind), ["unchanged", "unchanged"]);
      c.open(VIEWS, "fast()\n");
      const items = (await c.pullWorkspace(ids)).items;
      assert.deepEqual(items.map((item) => [item.uri, item.kind, item.kind === "full" && item.items.length]), [[OTHER, "unchanged", false], [VIEWS, "full", 0]]);
    });

    it("stay open for clients that take them in parts, until there is news", async () => {
      const c = await withFile("slow()\n");
      const first = await c.pullWorkspace([], "t1");
      const ids = first.items.map((item) => ({ uri: item.uri, value: item.resultId! }));
      let answered = false;
      const second = c.pullWorkspace(ids, "t2").then((report) => ((answered = true), report));
      await c.pull(VIEWS);
      assert.equal(answered, false);
      c.files.files.set(VIEWS, "fast()\n");
      c.filesChanged({ uri: VIEWS, type: FileChangeType.Changed });
      assert.deepEqual((await second).items.map((item) => item.kind === "full" && item.items), [[]]);
    });

    it("ask the engine nothing while they wait for news", async () => {
      const c = await withFile("slow()\n");
      let asked = 0;
      const dirty = c.engine.dirty.bind(c.engine);
      c.engine.dirty = (urgent) => (asked++, dirty(urgent));
      const [{ uri, resultId }] = (await c.pullWorkspace()).items;
      void c.pullWorkspace([{ uri, value: resultId! }], "parts").catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, 100));
      const before = asked;
      await new Promise((resolve) => setTimeout(resolve, 200));
      assert.equal(asked, before);
    });

    it("name open files only where the setting says so, until the workspace is checked", async () => {
      const c = await withFile("slow()\n", { initializationOptions: { diagnostics: { scope: "openFiles" } } });
      c.open(OTHER, "slow()\n");
      assert.deepEqual((await c.pullWorkspace()).items.map(({ uri }) => uri), [OTHER]);
      const result = await c.client.sendRequest<CheckResult>(CHECK_WORKSPACE_REQUEST, {});
      assert.deepEqual(result, { files: 2, findings: 2, filesWithFindings: 2 });
      assert.deepEqual((await c.pullWorkspace()).items.map(({ uri }) => uri), [OTHER, VIEWS]);
    });
  });

  describe("pushed diagnostics", () => {
    it("are sent to clients that cannot pull, and taken back", async () => {
      const c = await withFile("slow()\n", { capabilities: OLD });
      assert.equal(c.result.capabilities.diagnosticProvider, undefined);
      await c.until("first push", () => c.shownByPush(VIEWS)?.length === 1);
      c.open(VIEWS, "slow()\n", 3);
      c.change(VIEWS, { text: "fast()\n" });
      await c.until("taken back", () => c.shownByPush(VIEWS)?.length === 0);
      assert.equal(c.published.at(-1)!.version, 4);
    });
  });

  describe("quick fixes", () => {
    const fixTitles = (actions: readonly CodeAction[]) => actions.map(({ title }) => title);

    it("are found by data, whatever the wording", async () => {
      const c = await start();
      c.open(VIEWS, "slow()\n");
      const [diagnostic] = await c.diagnostics(VIEWS);
      const actions = await c.actionsFor(VIEWS, { ...diagnostic, message: "translated" });
      assert.deepEqual(fixTitles(actions), ["Call `fast` instead", "Ignore `slow-call` here (with reason)", "Open the page of `slow-call`"]);
      assert.equal(actions[0].isPreferred, true);
      assert.equal(actions[0].edit, undefined, "edits are made when asked for");
      assert.equal(c.textAfter(await c.editOf(actions[0]), VIEWS), "fast()\n");
    });

    it("still fit after lines were added above", async () => {
      const c = await start();
      c.open(VIEWS, "slow(a); slow(a)\n");
      const [, second] = await c.diagnostics(VIEWS);
      c.change(VIEWS, { range: { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } }, text: "# new\n" });
      const shifted: Diagnostic = { ...second, range: { start: { line: 1, character: 9 }, end: { line: 1, character: 16 } } };
      const [fix] = await c.actionsFor(VIEWS, shifted);
      assert.equal(c.textAfter(await c.editOf(fix), VIEWS), "# new\nslow(a); fast()\n");
    });

    it("are refused with a reason when the code has changed meanwhile", async () => {
      const c = await start();
      c.open(VIEWS, "slow()\n");
      const [diagnostic] = await c.diagnostics(VIEWS);
      const [fix] = await c.actionsFor(VIEWS, diagnostic);
      c.change(VIEWS, { text: "nothing\n" });
      const resolved = await c.client.sendRequest<CodeAction>("codeAction/resolve", fix);
      assert.equal(resolved.edit, undefined);
      assert.match(resolved.disabled!.reason, /no longer applies/);
    });

    it("carry their edit for clients that cannot resolve it, as plain changes where versions mean nothing", async () => {
      const c = await start({ capabilities: OLD });
      c.open(VIEWS, "slow()\n");
      const [fix] = await c.actions(VIEWS, { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } });
      assert.deepEqual(fix.edit, { changes: { [VIEWS]: [{ range: { start: { line: 0, character: 0 }, end: { line: 0, character: 6 } }, newText: "fast()" }] } });
    });

    it("edit several files, each for its version", async () => {
      const c = await start({ files: new MemoryFiles({ [MODELS]: "x = 1\n" }) });
      c.open(VIEWS, "wild()\n", 5);
      const [diagnostic] = await c.diagnostics(VIEWS);
      const actions = await c.actionsFor(VIEWS, diagnostic);
      assert.deepEqual(fixTitles(actions).slice(0, 2), ["Tame it in the model (review)", "Tame it by hand (changes what it does)"]);
      assert.equal(actions[0].isPreferred, undefined);
      const edit = await c.editOf(actions[0]);
      assert.equal(c.textAfter(edit, VIEWS), "tame()\n");
      assert.equal(c.textAfter(edit, MODELS), "tamed = True\nx = 1\n");
    });

    it("fix all of one rule in the file", async () => {
      const c = await start();
      c.open(VIEWS, "slow()\nslow()\nwild()\n");
      const [diagnostic] = await c.diagnostics(VIEWS);
      const action = (await c.actionsFor(VIEWS, diagnostic)).find(({ title }) => title === "Fix all `slow-call` in this file");
      assert.equal(c.textAfter(await c.editOf(action), VIEWS), "fast()\nfast()\nwild()\n");
    });

    it("ignore with a comment in the style of the file", async () => {
      const c = await start();
      c.open(VIEWS, "def f():\r\n\tx = 1 + \\\r\n\t\tslow()\r\n");
      const [diagnostic] = await c.diagnostics(VIEWS);
      const action = (await c.actionsFor(VIEWS, diagnostic)).find(({ title }) => title.startsWith("Ignore"));
      assert.equal(c.textAfter(await c.editOf(action), VIEWS), "def f():\r\n\t# scale-hints: ignore[slow-call] -- reason\r\n\tx = 1 + \\\r\n\t\tslow()\r\n");
    });

    it("ignore with a comment of the template in templates", async () => {
      const c = await start();
      const page = VIEWS.replace("views.py", "templates/a.html");
      c.open(page, "<p>\n  slow()\n");
      const [diagnostic] = await c.diagnostics(page);
      const action = (await c.actionsFor(page, diagnostic)).find(({ title }) => title.startsWith("Ignore"));
      assert.equal(c.textAfter(await c.editOf(action), page), "<p>\n  {# scale-hints: ignore[slow-call] -- reason #}\n  slow()\n");
    });

    for (const name of ["orders.ts", "page.tsx", "worker.mjs", "Orders.vue", "schema.prisma"]) {
      it(`ignore with a comment of the language in ${name}`, async () => {
        const c = await start();
        const file = VIEWS.replace("views.py", name);
        c.open(file, "{\n  slow()\n}\n");
        const [diagnostic] = await c.diagnostics(file);
        const action = (await c.actionsFor(file, diagnostic)).find(({ title }) => title.startsWith("Ignore"));
        assert.equal(c.textAfter(await c.editOf(action), file), "{\n  // scale-hints: ignore[slow-call] -- reason\n  slow()\n}\n");
      });
    }

    it("ignore with a placeholder for the reason where the client knows snippets", async () => {
      const c = await start({ capabilities: { ...MODERN, workspace: { ...MODERN.workspace, workspaceEdit: { documentChanges: true, snippetEditSupport: true } } } });
      c.open(VIEWS, "slow()\n");
      const [diagnostic] = await c.diagnostics(VIEWS);
      const action = (await c.actionsFor(VIEWS, diagnostic)).find(({ title }) => title.startsWith("Ignore"));
      assert.equal(c.textAfter(action!.edit!, VIEWS), "# scale-hints: ignore[slow-call] -- ${1:reason}\nslow()\n");
    });

    it("create files where the client can, and are not offered where it cannot", async () => {
      const workspaceEdit = { documentChanges: true, resourceOperations: ["create" as const] };
      const c = await start({ capabilities: { ...MODERN, workspace: { ...MODERN.workspace, workspaceEdit } } });
      c.open(VIEWS, "wild(file)\n");
      const [diagnostic] = await c.diagnostics(VIEWS);
      const action = (await c.actionsFor(VIEWS, diagnostic)).find(({ title }) => title.startsWith("Tame it in a new file"));
      const edit = await c.editOf(action);
      assert.equal(c.textAfter(edit, VIEWS), "tame()\n");
      const uri = VIEWS.replace("views.py", "tamed.py");
      const start0 = { line: 0, character: 0 };
      assert.deepEqual(edit.documentChanges!.slice(1), [
        { kind: "create", uri, options: { overwrite: false, ignoreIfExists: false } },
        { textDocument: { uri, version: null }, edits: [{ range: { start: start0, end: start0 }, newText: "def tame(): ...\n" }] },
      ]);
      const old = await start();
      old.open(VIEWS, "wild(file)\n");
      const [same] = await old.diagnostics(VIEWS);
      assert.ok(!(await old.actionsFor(VIEWS, same)).some(({ title }) => title.startsWith("Tame it in a new file")));
    });

    it("are not worked out for other kinds of actions", async () => {
      const c = await start();
      c.open(VIEWS, "slow()\n");
      const range = { start: { line: 0, character: 0 }, end: { line: 0, character: 1 } };
      assert.deepEqual(await c.actions(VIEWS, range, { only: ["refactor"] }), []);
      assert.deepEqual((await c.actions(VIEWS, range)).filter(({ kind }) => kind !== "quickfix"), []);
    });

    it("open the page of the rule in the editor", async () => {
      const shown: unknown[] = [];
      const c = await start({
        capabilities: { ...MODERN, window: { showDocument: { support: true } } },
        onRequest: (method, params) => (method === "window/showDocument" ? (shown.push(params), { success: true }) : null),
      });
      await c.client.sendRequest("workspace/executeCommand", { command: OPEN_RULE_PAGE_COMMAND, arguments: ["slow-call"] });
      assert.deepEqual(shown, [{ uri: "file:///pages/slow-call.md", takeFocus: true }]);
    });
  });

  describe("fix all on save", () => {
    const range = { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };
    for (const only of ["source.fixAll", "source.fixAll.scaleHints"]) {
      it(`applies safe fixes for ${only}, round after round, in this document only`, async () => {
        const c = await start();
        c.open(VIEWS, "slow()\nwild()\nslow()\n", 2);
        const [action, ...rest] = await c.actions(VIEWS, range, { only: [only] });
        assert.deepEqual(rest, []);
        assert.equal(action.kind, "source.fixAll.scaleHints");
        const edit = await c.editOf(action);
        assert.deepEqual(edit.documentChanges!.length, 1);
        assert.equal(c.textAfter(edit, VIEWS), "fast()\nwild()\nfast()\n");
        assert.equal((await c.diagnostics(VIEWS)).length, 3, "the document itself is unchanged");
      });
    }

    it("is worked out when it is applied, so that it fits what other fixers have left", async () => {
      const c = await start();
      c.open(VIEWS, "slow()\nslow()\n", 2);
      const [action] = await c.actions(VIEWS, range, { only: ["source.fixAll.scaleHints"], triggerKind: CodeActionTriggerKind.Automatic });
      c.change(VIEWS, { text: "# linted\n\nslow()\nslow()\n" });
      assert.equal(c.textAfter(await c.editOf(action), VIEWS), "# linted\n\nfast()\nfast()\n");
    });

    it("comes with its edit for clients that cannot ask for it", async () => {
      const c = await start({ capabilities: OLD });
      c.open(VIEWS, "slow()\n");
      const [action] = await c.actions(VIEWS, range, { only: ["source.fixAll"] });
      assert.equal(c.textAfter(action.edit!, VIEWS), "fast()\n");
    });

    it("is made by the general kind and by our own name, on save and by hand", async () => {
      const c = await start();
      c.open(VIEWS, "slow()\n");
      const kinds = async (only: string, triggerKind: CodeActionTriggerKind) => (await c.actions(VIEWS, range, { only: [only], triggerKind })).map(({ kind }) => kind);
      for (const only of ["source.fixAll", "source.fixAll.scaleHints"]) for (const kind of [CodeActionTriggerKind.Automatic, CodeActionTriggerKind.Invoked]) assert.deepEqual(await kinds(only, kind), ["source.fixAll.scaleHints"]);
      assert.ok(!(await kinds("quickfix", CodeActionTriggerKind.Automatic)).includes("source.fixAll.scaleHints"));
    });

    it("is announced unless the client asks for it anyway", async () => {
      const announced = async (scaleHints: object) => ((await start({ capabilities: { ...MODERN, experimental: { scaleHints } } })).result.capabilities.codeActionProvider as CodeActionOptions).codeActionKinds;
      assert.deepEqual(await announced({}), ["quickfix", "source.fixAll.scaleHints"]);
      assert.deepEqual(await announced({ fixAll: true }), ["quickfix"]);
    });

    it("offers nothing where nothing is safe, and nothing to other kinds", async () => {
      const c = await start();
      c.open(VIEWS, "wild()\n");
      assert.deepEqual(await c.actions(VIEWS, range, { only: ["source.fixAll"] }), []);
      assert.deepEqual(await c.actions(VIEWS, range, { only: ["source.organizeImports"] }), []);
      assert.deepEqual(await c.actions(VIEWS, range, { only: ["source.fixAll.eslint"] }), []);
    });
  });

  describe("inlay hints", () => {
    it("stand at the end of the line that costs", async () => {
      const c = await start();
      c.open(VIEWS, "x = slow()  # why\r\nwild()\r\n");
      assert.deepEqual(await c.hints(VIEWS), [{ position: { line: 0, character: 17 }, label: "1 + N", tooltip: { kind: "markdown", value: "`slow` is called\n\n- [the file starts here](file:///shop/views.py#L1)" }, paddingLeft: true }]);
    });

    it("stand in files of TypeScript", async () => {
      const c = await start();
      const file = VIEWS.replace("views.py", "orders.ts");
      c.open(file, "x = 1;\nslow();\n");
      assert.deepEqual((await c.hints(file)).map(({ label }) => label), ["1 + N"]);
    });

    it("say the same thing of one line once", async () => {
      const c = await start();
      c.open(VIEWS, "slow(); slow()\n");
      assert.deepEqual((await c.hints(VIEWS)).map(({ label }) => label), ["1 + N"]);
    });

    it("are off when the setting says so", async () => {
      const c = await start({ initializationOptions: { inlayHints: { enabled: false } } });
      c.open(VIEWS, "slow()\n");
      assert.deepEqual(await c.hints(VIEWS), []);
    });

    it("are asked for again after a change elsewhere", async () => {
      const c = await start({ files: new MemoryFiles({ [VIEWS]: "x\n", [OTHER]: "target\n" }) });
      c.open(OTHER, "target\n");
      assert.deepEqual(await c.hints(OTHER), []);
      await c.pullWorkspace();
      const before = c.refreshes.inlayHints;
      c.files.files.set(VIEWS, "slow(other)\n");
      c.filesChanged({ uri: VIEWS, type: FileChangeType.Changed });
      await c.until("inlay refresh", () => c.refreshes.inlayHints > before);
      assert.equal((await c.hints(OTHER)).length, 1);
    });
  });

  describe("settings", () => {
    const CONFIGURABLE = { ...MODERN, workspace: { ...MODERN.workspace, configuration: true, didChangeConfiguration: { dynamicRegistration: true } } };

    it("are pulled, and pulled again when they change", async () => {
      const c = await withFile("slow()\nwild()\n", { capabilities: CONFIGURABLE, settings: { rules: { disabled: ["wild-call"] } } });
      c.open(VIEWS, "slow()\nwild()\n");
      const codes = async () => (await c.diagnostics(VIEWS)).map(({ code }) => code);
      await c.until("settings", () => c.engine.options.disabledRules.includes("wild-call"));
      assert.deepEqual(await codes(), ["slow-call"]);
      c.settings = { rules: { severity: { "slow-call": "hint" } } };
      await c.client.sendNotification("workspace/didChangeConfiguration", { settings: null });
      await c.until("new settings", () => !c.engine.options.disabledRules.includes("wild-call"));
      assert.deepEqual((await c.diagnostics(VIEWS)).map(({ code, severity }) => [code, severity]), [["slow-call", 4], ["wild-call", 3]]);
    });

    it("come with the notification from clients that cannot be asked", async () => {
      const c = await withFile("slow()\n");
      await c.client.sendNotification("workspace/didChangeConfiguration", { settings: { scaleHints: { enable: false } } });
      assert.deepEqual(await c.diagnostics(VIEWS), []);
      assert.deepEqual((await c.pullWorkspace()).items, []);
    });

    it("that make no sense are named, and their defaults used", async () => {
      const c = await withFile("slow()\n", { initializationOptions: { includeTests: "yes", rules: { disabled: ["slow-cal"] } } });
      const shown = await c.until("message", () => c.notifications.find(({ method }) => method === "window/showMessage"));
      assert.match((shown.params as { message: string }).message, /no rule "slow-cal", did you mean "slow-call".*includeTests must be true or false, not "yes"/);
      assert.equal((await c.diagnostics(VIEWS)).length, 1);
    });

    it("turn on a rule that is off by default by giving it a severity", async () => {
      const c = await withFile("off()\n", { initializationOptions: { rules: { severity: { "off-call": "warning" } } } });
      assert.deepEqual((await c.diagnostics(VIEWS)).map(({ severity }) => severity), [2]);
    });
  });

  describe("configuration files", () => {
    const FILE = "file:///shop/scale-hints.json";

    it("apply at once, and what is wrong with them is shown at its line", async () => {
      const files = new MemoryFiles();
      files.files.set(VIEWS, "slow()\nwild()\n");
      files.files.set(FILE, '{\n  "rules": { "wild-call": "off" }\n}');
      const c = await start({ files });
      await c.open(VIEWS, "slow()\nwild()\n");
      const codes = async (): Promise<string> => (await c.diagnostics(VIEWS)).map(({ code, severity }) => `${code} ${severity}`).join();
      await c.until("the file", async () => (await codes()) === "slow-call 2");
      files.files.set(FILE, '{\n  "rules": { "wild-call": "off", "slow-call": "hint" },\n  "scal": 1\n}');
      c.filesChanged({ uri: FILE, type: FileChangeType.Changed });
      await c.until("the change", async () => (await codes()) === "slow-call 4");
      const { items } = await c.pullWorkspace();
      const shown = items.find(({ uri }) => uri === FILE) as { items: readonly { message: string; range: { start: { line: number } } }[] };
      assert.deepEqual(shown.items.map(({ message, range }) => [message, range.start.line]), [['scal is not an option, did you mean "scale"?', 2]]);
      files.files.delete(FILE);
      c.filesChanged({ uri: FILE, type: FileChangeType.Deleted });
      await c.until("its end", async () => (await codes()) === "slow-call 2,wild-call 3");
      assert.deepEqual((await c.pullWorkspace()).items.find(({ uri }) => uri === FILE), undefined);
    });

    it("name a baseline, whose changes apply too", async () => {
      const files = new MemoryFiles();
      files.files.set(VIEWS, "slow()\nwild()\n");
      files.files.set(FILE, '{ "baseline": "scale-hints-baseline.json" }');
      const c = await start({ files });
      await c.open(VIEWS, "slow()\nwild()\n");
      const count = async (): Promise<number> => (await c.diagnostics(VIEWS)).length;
      assert.equal(await count(), 2);
      files.files.set("file:///shop/scale-hints-baseline.json", '{ "version": 1, "findings": { "views.py": { "slow-call ": 1 } } }');
      c.filesChanged({ uri: "file:///shop/scale-hints-baseline.json", type: FileChangeType.Created });
      await c.until("the baseline", async () => (await count()) === 1);
    });
  });

  describe("files", () => {
    it("are watched if the client allows it", async () => {
      const c = await start();
      await c.until("registration", () => c.registrations.some(({ method }) => method === "workspace/didChangeWatchedFiles"));
    });

    it("that change by the hundred are read once each and taken in together", async () => {
      const files = new MemoryFiles();
      const uris = Array.from({ length: 300 }, (_, index) => `file:///shop/app${index}.py`);
      for (const uri of uris) files.files.set(uri, "fast()\n");
      const c = await start({ files });
      await c.pullWorkspace();
      const { reads } = files;
      const calls = c.engine.applied.length;
      for (const uri of uris) files.files.set(uri, "slow()\n");
      for (let start = 0; start < uris.length; start += 50) {
        c.filesChanged(...uris.slice(start, start + 50).map((uri) => ({ uri, type: FileChangeType.Changed as FileChangeType })));
      }
      await c.until("all read", () => files.reads - reads >= 300);
      assert.equal((await c.pullWorkspace()).items.length, 300);
      assert.equal(files.reads - reads, 300);
      assert.ok(c.engine.applied.length - calls <= 3, `${c.engine.applied.length - calls} calls`);
    });

    it("that are gone take their findings along, folders with all they held", async () => {
      const c = await start({ files: new MemoryFiles({ "file:///shop/a/b/x.py": "slow()\n", "file:///shop/a/y.py": "slow()\n", [VIEWS]: "slow()\n" }) });
      assert.equal((await c.pullWorkspace()).items.length, 3);
      c.files.files.delete("file:///shop/a/b/x.py");
      c.files.files.delete("file:///shop/a/y.py");
      c.filesChanged({ uri: "file:///shop/a", type: FileChangeType.Deleted });
      await c.until("gone", () => c.engine.uris().length === 1);
      assert.deepEqual((await c.pullWorkspace()).items.map(({ uri }) => uri), [VIEWS]);
    });

    it("that are open win over the disk, and give way when closed", async () => {
      const c = await withFile("slow()\n");
      c.open(VIEWS, "fast()\n");
      assert.deepEqual(await c.diagnostics(VIEWS), []);
      c.filesChanged({ uri: VIEWS, type: FileChangeType.Changed });
      assert.deepEqual((await c.pullWorkspace()).items, []);
      c.close(VIEWS);
      await c.until("disk again", () => c.engine.text(VIEWS) === "slow()\n");
      assert.equal((await c.pullWorkspace()).items.length, 1);
    });

    it("that only show something are none of the project's: comparisons, previews", async () => {
      const c = await start({ files: new MemoryFiles({ [VIEWS]: "slow()\n" }), folders: ["file:///shop"] });
      await c.pullWorkspace();
      for (const uri of ["git:/shop/views.py?ref=HEAD", "vscode-bulkeditpreview-editor:/shop/views.py"]) {
        c.open(uri, "slow()\n");
        c.change(uri, { text: "slow()\nslow()\n" });
        assert.deepEqual(await c.diagnostics(uri), []);
        assert.deepEqual(await c.hints(uri), []);
        c.close(uri);
      }
      assert.deepEqual(c.engine.uris(), [VIEWS]);
      c.open("untitled:Untitled-1", "slow()\n");
      await c.until("what is not saved yet", () => c.engine.has("untitled:Untitled-1"));
    });

    it("of a workspace that is on no disk are those of its scheme", async () => {
      const c = await start({ folders: ["vscode-vfs://github/shop"] });
      c.open("vscode-vfs://github/shop/views.py", "slow()\n");
      assert.equal((await c.diagnostics("vscode-vfs://github/shop/views.py")).length, 1);
    });

    it("outside every folder are known while they are open", async () => {
      const c = await start();
      c.open("untitled:Untitled-1", "slow()\n");
      c.open("file:///elsewhere/x.py", "slow()\n");
      assert.equal((await c.diagnostics("file:///elsewhere/x.py")).length, 1);
      c.close("file:///elsewhere/x.py");
      await c.until("forgotten", () => !c.engine.has("file:///elsewhere/x.py"));
      assert.ok(c.engine.has("untitled:Untitled-1"));
    });

    it("are the same file however the client spells its URI, and keep the client's spelling", async () => {
      const c = await start({ folders: ["file:///C:/My%20Shop"], files: new MemoryFiles({ "file:///c%3A/My%20Shop/views.py": "fast()\n", "file:///c%3A/My%20Shop/models.py": "x\n" }) });
      const spelt = "file:///C:/My Shop/views.py";
      c.open(spelt, "slow()\nwild()\n");
      assert.equal((await c.diagnostics("file:///c%3A/My%20Shop/views.py")).length, 2);
      const { items } = await c.pullWorkspace();
      assert.deepEqual(items.map(({ uri }) => uri), [spelt]);
      const [, wild] = await c.diagnostics(spelt);
      const [fix] = await c.actionsFor(spelt, wild);
      assert.equal(c.textAfter(await c.editOf(fix), spelt), "slow()\ntame()\n");
    });

    it("that cannot be read are named in the log", async () => {
      const c = await start({ files: new MemoryFiles({ [VIEWS]: { unreadable: "permission denied" }, [OTHER]: "slow()\n" }) });
      assert.equal((await c.pullWorkspace()).items.length, 1);
      assert.match(c.log.join("\n"), /views\.py: skipped: permission denied/);
    });
  });

  describe("folders", () => {
    it("may be several and may change", async () => {
      let folders = [{ uri: "file:///shop", name: "shop" }];
      const files = new MemoryFiles({ [VIEWS]: "slow()\n", "file:///blog/views.py": "slow()\n" });
      const c = await start({ files, folders: ["file:///shop"], onRequest: (method) => (method === "workspace/workspaceFolders" ? folders : null) });
      assert.equal((await c.pullWorkspace()).items.length, 1);
      folders = [...folders, { uri: "file:///blog", name: "blog" }];
      await c.client.sendNotification("workspace/didChangeWorkspaceFolders", { event: { added: [folders[1]], removed: [] } });
      await c.until("second folder", () => c.engine.uris().length === 2);
      assert.deepEqual(c.engine.folders, ["file:///shop", "file:///blog"]);
      folders = [folders[1]];
      await c.client.sendNotification("workspace/didChangeWorkspaceFolders", { event: { added: [], removed: [{ uri: "file:///shop", name: "shop" }] } });
      await c.until("first folder gone", () => !c.engine.has(VIEWS));
      assert.deepEqual((await c.pullWorkspace()).items.map(({ uri }) => uri), ["file:///blog/views.py"]);
    });
  });

  describe("progress", () => {
    it("is reported while the workspace is read, and can be stopped by the user", async () => {
      const files = new MemoryFiles({ [VIEWS]: "slow()\n", [OTHER]: "slow()\n" });
      let token: unknown;
      let letGo = () => {};
      const gate = new Promise<void>((resolve) => (letGo = resolve));
      files.beforeBatch = () => gate;
      const c = await start({
        files,
        capabilities: { ...MODERN, window: { workDoneProgress: true } },
        onRequest: (method, params) => (method === "window/workDoneProgress/create" ? ((token = (params as { token: unknown }).token), null) : null),
      });
      const kinds = () => c.notifications.filter(({ method }) => method === "$/progress").map(({ params }) => (params as { value: { kind: string } }).value.kind);
      await c.until("begin", () => kinds().includes("begin"));
      await c.client.sendNotification("window/workDoneProgress/cancel", { token });
      await c.until("noticed", () => c.log.some((line) => line.includes("was stopped")));
      letGo();
      await c.until("end", () => kinds().includes("end"));
      c.open(VIEWS, "slow()\n");
      assert.equal((await c.diagnostics(VIEWS)).length, 1, "open files are served all the same");
      assert.equal(c.engine.has(OTHER), false);
    });

    it("that is stopped loses nothing that was known: what went is gone, what changed is new", async () => {
      const files = new SlowFiles({ ...Object.fromEntries(Array.from({ length: 5 }, (_, index) => [`file:///shop/app${index}.py`, "fast()\n"])), [VIEWS]: "slow()\n", [OTHER]: "slow()\n" });
      const stop = new CancellationTokenSource();
      let isArmed = false;
      const pause = async (): Promise<void> => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        if (isArmed) stop.cancel();
      };
      const c = await start({ files, pause });
      await c.pullWorkspace();
      files.files.delete(OTHER);
      files.files.set("file:///shop/app0.py", "slow()\n");
      isArmed = true;
      await assert.rejects(c.client.sendRequest(CHECK_WORKSPACE_REQUEST, null, stop.token));
      isArmed = false;
      await c.until("what went is gone", async () => (await c.pullWorkspace()).items.every(({ uri }) => uri !== OTHER));
      assert.deepEqual((await c.pullWorkspace()).items.map(({ uri }) => uri).sort(), ["file:///shop/app0.py", VIEWS]);
      assert.equal(c.engine.has(OTHER), false);
    });

    it("that is begun anew while files are still being read reads all of them", async () => {
      const files = new SlowFiles(Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`file:///shop/app${index}.py`, "slow()\n"])));
      files.slowest = "file:///shop/app3.py";
      const c = await start({ files });
      await c.until("reading", () => files.slowest === undefined);
      await c.client.sendRequest(CHECK_WORKSPACE_REQUEST, null);
      assert.equal((await c.pullWorkspace()).items.length, 12);
    });

    it("tells our own client what the server is doing", async () => {
      const c = await withFile("slow()\n", { capabilities: { ...MODERN, experimental: { scaleHints: { status: true } } } });
      const states = () => c.notifications.filter(({ method }) => method === STATUS_NOTIFICATION).map(({ params }) => params as ServerStatus);
      const ready = await c.until("ready", () => states().find(({ state }) => state === "ready"));
      assert.deepEqual(ready, { state: "ready", findings: 1, files: 1, notes: 0, scale: "medium" });
      assert.equal(states()[0].state, "indexing");
    });

    it("tells how far the first check of many files is, and nothing where an edit brings others about", async () => {
      const slow = new FakeEngine();
      slow.onCheck = () => {
        for (const end = Date.now() + 4; Date.now() < end; );
      };
      const files = new MemoryFiles(Object.fromEntries(Array.from({ length: 150 }, (_, index) => [`file:///shop/app${index}.py`, "slow()\n"])));
      const c = await start({ files, engine: slow, capabilities: { ...MODERN, window: { workDoneProgress: true }, experimental: { scaleHints: { status: true } } } });
      const told = () => c.notifications.filter(({ method }) => method === "$/progress").map(({ params }) => (params as { value: { kind: string; message?: string } }).value);
      const states = () => c.notifications.filter(({ method }) => method === STATUS_NOTIFICATION).map(({ params }) => params as ServerStatus);
      await c.until("ready", () => states().some(({ state }) => state === "ready"));
      await c.until("done", () => told().some(({ kind }) => kind === "end"));
      const checks = told().flatMap(({ message = "" }) => /^checked (\d+) of 150 files$/.exec(message)?.[1] ?? []).map(Number);
      assert.ok(checks.length > 0 && checks.every((done, index) => done >= (checks[index - 1] ?? 0) && done < 150), checks.join(" "));
      assert.ok(states().some((status) => status.state === "checking" && status.total === 150));
      await c.client.sendNotification("workspace/didChangeConfiguration", { settings: { scaleHints: { rules: { "wild-call": "off" } } } });
      await c.until("checked again", () => slow.counters.checked >= 300);
      assert.equal(told().at(-1)!.kind, "end");
    });
  });

  it("lists its rules", async () => {
    const c = await start();
    const rules = await c.client.sendRequest<RuleSummary[]>(RULES_REQUEST, null);
    assert.deepEqual(rules[0], { id: "slow-call", topic: "fake", summary: "A slow call", page: "file:///pages/slow-call.md" });
  });

  it("checks open files first and lets requests in between", async () => {
    const files = new MemoryFiles(Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`file:///shop/app${index}.py`, "slow()\n"])));
    const engine = new FakeEngine();
    const checked: string[] = [];
    engine.onCheck = (uri) => void checked.push(uri);
    const c = await start({ files, engine });
    c.open("file:///shop/app31.py", "slow()\n");
    await c.pullWorkspace();
    assert.equal(checked[0], "file:///shop/app31.py");
    assert.equal(checked.length, 50);
  });

  it("tells a client why it cannot start", async () => {
    const engine = new Proxy(new FakeEngine(), { get: () => { throw new Error("no grammar"); } });
    const c = await start({ engine, capabilities: { ...MODERN, experimental: { scaleHints: { status: true } } } });
    const status = await c.until("status", () => c.notifications.find(({ method }) => method === STATUS_NOTIFICATION));
    assert.deepEqual(status.params, { state: "error", message: "Scale Hints could not start: no grammar" });
    assert.deepEqual(await c.diagnostics(VIEWS), []);
  });
});
