import assert from "node:assert/strict";
import { FileChangeType, type RegistrationParams } from "vscode-languageserver-protocol/node";
import { toUri } from "../../server/src/host/node/paths";
import { Disk } from "../../server/src/host/node/disk";
import { ClientFiles } from "../../server/src/host/client-files";
import { BASELINE_REQUEST, EDIT_CONFIGURATION_REQUEST, type BaselineResult, type FileText } from "../../server/src/protocol";
import { runIn } from "../cli/memory-output";
import { removeTemporaryFolders, temporaryFolder } from "../cli/temporary-folder";
import { Conversation, MODERN, type ConversationOptions } from "./conversation";
import { MemoryFiles } from "./memory-files";

const PACKAGE = "file:///repo/packages/api";
const VIEWS = `${PACKAGE}/views.py`;
const CONFIGURATION = "file:///repo/scale-hints.json";
const WATCHING = { ...MODERN, workspace: { ...MODERN.workspace, didChangeWatchedFiles: { dynamicRegistration: true, relativePatternSupport: true } } };

describe("configuration files above the workspace's folder", () => {
  let conversation: Conversation | undefined;
  const start = async (options: ConversationOptions = {}) => (conversation = await Conversation.start({ folders: [PACKAGE], capabilities: WATCHING, ...options }));
  const codes = async (c: Conversation): Promise<string> => (await c.diagnostics(VIEWS)).map(({ code, severity }) => `${code} ${severity}`).join();

  afterEach(async () => {
    await conversation?.stop();
    conversation = undefined;
    removeTemporaryFolders();
  });

  function repository(configuration: Readonly<Record<string, string>>): MemoryFiles {
    const files = new MemoryFiles({ [VIEWS]: "slow()\nwild()\n", ...configuration });
    files.foldersAbove.set(PACKAGE, ["file:///repo/packages", "file:///repo"]);
    return files;
  }

  it("hold where no nearer one does", async () => {
    const c = await start({ files: repository({ [CONFIGURATION]: '{ "rules": { "wild-call": "off", "slow-call": "hint" } }' }) });
    c.open(VIEWS, "slow()\nwild()\n");
    await c.until("the file above", async () => (await codes(c)) === "slow-call 4");
    assert.deepEqual(c.engine.uris(), [VIEWS], "nothing else above is part of the project");
  });

  it("give way to one in the folder, and to a nearer one above", async () => {
    const files = repository({ [CONFIGURATION]: '{ "rules": { "slow-call": "hint" } }', "file:///repo/packages/package.json": '{ "scaleHints": { "rules": { "slow-call": "off" } } }' });
    const c = await start({ files });
    c.open(VIEWS, "slow()\nwild()\n");
    await c.until("the nearer one", async () => (await codes(c)) === "wild-call 3");
    files.files.set(`${PACKAGE}/scale-hints.json`, '{ "rules": { "wild-call": "off" } }');
    c.filesChanged({ uri: `${PACKAGE}/scale-hints.json`, type: FileChangeType.Created });
    await c.until("the nearest one", async () => (await codes(c)) === "slow-call 2");
  });

  it("are watched, apply at once, and say at their line what is wrong", async () => {
    const files = repository({});
    const c = await start({ files });
    c.open(VIEWS, "slow()\nwild()\n");
    await c.until("nothing configured", async () => (await codes(c)) === "slow-call 2,wild-call 3");
    const bases = (): unknown[] => c.registrations.flatMap(({ registerOptions }: RegistrationParams["registrations"][number]) => (registerOptions as { watchers?: { globPattern: unknown }[] } | undefined)?.watchers ?? []).flatMap(({ globPattern }) => (typeof globPattern === "string" ? [] : [globPattern]));
    await c.until("watchers", () => bases().length > 0);
    assert.deepEqual(bases(), ["file:///repo/packages", "file:///repo"].map((baseUri) => ({ baseUri, pattern: "{scale-hints*.json,pyproject.toml,package.json}" })));
    files.files.set(CONFIGURATION, '{\n  "rules": { "wild-call": "off" },\n  "scal": 1\n}');
    c.filesChanged({ uri: CONFIGURATION, type: FileChangeType.Created });
    await c.until("the new file", async () => (await codes(c)) === "slow-call 2");
    const shown = (await c.pullWorkspace()).items.find(({ uri }) => uri === CONFIGURATION) as { items: readonly { message: string; range: { start: { line: number } } }[] };
    assert.deepEqual(shown.items.map(({ message, range }) => [message, range.start.line]), [['scal is not an option, did you mean "scale"?', 2]]);
    files.files.delete(CONFIGURATION);
    c.filesChanged({ uri: CONFIGURATION, type: FileChangeType.Deleted });
    await c.until("its end", async () => (await codes(c)) === "slow-call 2,wild-call 3");
  });

  it("count as they are typed while they are open, and as they are on disk when they are closed", async () => {
    const c = await start({ files: repository({ [CONFIGURATION]: '{ "rules": { "wild-call": "off" } }' }) });
    c.open(VIEWS, "slow()\nwild()\n");
    await c.until("the file", async () => (await codes(c)) === "slow-call 2");
    c.open(CONFIGURATION, '{ "rules": { "slow-call": "off" } }');
    await c.until("what is typed", async () => (await codes(c)) === "wild-call 3");
    c.close(CONFIGURATION);
    await c.until("the file again", async () => (await codes(c)) === "slow-call 2");
  });

  it("are those that are written to, and their baselines keep what they know of other folders", async () => {
    const files = repository({
      [CONFIGURATION]: '{ "baseline": "known.json" }',
      "file:///repo/known.json": '{ "version": 1, "findings": { "packages/web/a.py": { "slow-call ": 2 }, "packages/api/gone.py": { "slow-call ": 1 } } }',
    });
    const c = await start({ files });
    await c.pullWorkspace();
    const edit = await c.client.sendRequest<FileText>(EDIT_CONFIGURATION_REQUEST, { path: ["scale"], value: "large", create: false });
    assert.deepEqual([edit.uri, edit.creates, JSON.parse(edit.text)], [CONFIGURATION, false, { baseline: "known.json", scale: "large" }]);
    const { findings, files: written } = await c.client.sendRequest<BaselineResult>(BASELINE_REQUEST, {});
    assert.equal(findings, 2);
    assert.deepEqual(written.map(({ uri }) => uri), ["file:///repo/known.json"]);
    const known = JSON.parse(written[0].text) as { findings: Record<string, object> };
    assert.deepEqual(Object.keys(known.findings), ["packages/api/views.py", "packages/web/a.py"]);
    assert.deepEqual(known.findings["packages/web/a.py"], { "slow-call ": 2 });
  });

  it("are not asked for in workspaces that somebody else keeps", () => {
    const asked: string[] = [];
    const files = new ClientFiles({ folder: async (uri) => void asked.push(uri) as undefined, file: async (uri) => void asked.push(uri) as undefined });
    assert.deepEqual([files.above(), asked], [[], []]);
  });

  describe("on a disk", () => {
    it("are those of the repository, and of nothing beyond it", () => {
      const outer = temporaryFolder({ "scale-hints.json": "{}", "repo/.git/HEAD": "", "repo/packages/api/views.py": "", "alone/app/views.py": "" });
      const above = (folder: string) => new Disk().above(toUri(`${outer}/${folder}`)).map((uri) => uri.slice(toUri(outer).length));
      assert.deepEqual(above("repo/packages/api"), ["/repo/packages", "/repo"]);
      assert.deepEqual(above("repo"), []);
      assert.deepEqual(above("alone/app"), [], "no repository and no project around it");
    });

    it("are what the command line reads, so that both say the same", async () => {
      const folder = temporaryFolder({ ".git/HEAD": "", "scale-hints.json": '{ "rules": { "wild-call": "off", "slow-call": "hint" } }', "packages/api/views.py": "slow()\nwild()\n" });
      const { out } = await runIn(`${folder}/packages/api`, ["check", "--format", "json"]);
      const terminal = (JSON.parse(out) as { findings: { ruleId: string; severity: string }[] }).findings.map(({ ruleId, severity }) => `${ruleId} ${severity}`);
      // Only what `textAfter` needs is more than a file system has.
      const c = await start({ files: new Disk() as unknown as MemoryFiles, folders: [toUri(`${folder}/packages/api`)] });
      const items = (await c.pullWorkspace()).items.flatMap((report) => (report.kind === "full" ? report.items : []));
      const names = ["", "error", "warning", "information", "hint"];
      assert.deepEqual(items.map(({ code, severity }) => `${code} ${names[severity!]}`), terminal);
      assert.deepEqual(terminal, ["slow-call hint"]);
    });
  });
});
