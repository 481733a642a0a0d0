import assert from "node:assert/strict";
import type { Diagnostic } from "vscode-languageserver-protocol/node";
import { createWorkspace } from "#engine";
import { rules, ruleTopics } from "../../rules";
import { loadParsers } from "../harness/parsers";
import { Conversation } from "./conversation";
import { MemoryFiles } from "./memory-files";

const PROCFILE = "file:///shop/Procfile";
const SETTINGS = "file:///shop/config/settings.py";

describe("files that are not code", () => {
  let conversation: Conversation | undefined;

  afterEach(async () => {
    await conversation?.stop();
    conversation = undefined;
  });

  it("have diagnostics, fixes and comments that silence, though the finding comes from the settings", async () => {
    const engine = createWorkspace({ parsers: await loadParsers(), rules, strict: true });
    const files = new MemoryFiles({
      "file:///shop/manage.py": `import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")\n`,
      "file:///shop/config/__init__.py": "",
      [SETTINGS]: `INSTALLED_APPS = ["shop"]\nDEBUG = False\n`,
      [PROCFILE]: "web: gunicorn --workers 1 config.wsgi\n",
    });
    const c = (conversation = await Conversation.start({ files, engine, folders: ["file:///shop"], rules: rules.map(({ id, summary, impact, enabledByDefault = true }) => ({ id, summary, impact, enabledByDefault, topic: ruleTopics[id] })) }));
    c.open(PROCFILE, "web: gunicorn --workers 1 config.wsgi\n", 3);
    /** What is pulled once the server has said that there is something else to pull. */
    const shown = async (count: number): Promise<readonly Diagnostic[]> => {
      for (let tries = 0; ; tries++) {
        const diagnostics = await c.diagnostics(PROCFILE);
        if (diagnostics.length === count || tries > 200) return diagnostics;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    };
    const [diagnostic, ...others] = await shown(1);
    assert.deepEqual([diagnostic.code, diagnostic.range, others.length], ["single-worker-server", { start: { line: 0, character: 14 }, end: { line: 0, character: 25 } }, 0]);
    const [fix, ignore, page] = await c.actionsFor(PROCFILE, diagnostic);
    assert.deepEqual([fix, ignore, page].map(({ title }) => title), ["Run three workers (review)", "Ignore `single-worker-server` here (with reason)", "Open the page of `single-worker-server`"]);
    const comment = "# scale-hints: ignore[single-worker-server] -- reason\n";
    assert.equal(c.textAfter(await c.editOf(fix), PROCFILE), "web: gunicorn --workers 3 config.wsgi\n");
    assert.equal(c.textAfter(await c.editOf(ignore), PROCFILE), `${comment}web: gunicorn --workers 1 config.wsgi\n`);
    c.change(PROCFILE, { text: `${comment}web: gunicorn --workers 1 config.wsgi\n` });
    assert.deepEqual(await shown(0), []);
    c.change(PROCFILE, { text: "web: gunicorn --workers 1 config.wsgi\n" });
    assert.equal((await shown(1)).length, 1);
    c.change(PROCFILE, { text: "web: gunicorn --workers 3 config.wsgi\n" });
    assert.deepEqual(await shown(0), []);
  });
});
