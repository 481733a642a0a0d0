import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createWorkspace } from "#engine";
import { rules, ruleTopics } from "../../rules";
import { loadParsers } from "../harness/parsers";
import { runIn, type Outcome } from "./memory-output";
import { removeTemporaryFolders, temporaryFolder, writeFiles } from "./temporary-folder";

const SHOP = { ".git/HEAD": "", "shop/views.py": "def f():\n    slow()\n    wild()\n", "old/views.py": "slow()\n" };

function found({ out }: Outcome): readonly string[] {
  const { findings } = JSON.parse(out) as { findings: readonly { ruleId: string; path: string; severity: string }[] };
  return findings.map(({ ruleId, path, severity }) => `${path} ${ruleId} ${severity}`);
}

const check = (folder: string, ...args: string[]): Promise<Outcome> => runIn(folder, ["check", "--format", "json", ...args]);

describe("the command line's configuration", () => {
  afterEach(removeTemporaryFolders);

  it("is that of the project's files, unless it is not wanted", async () => {
    const folder = temporaryFolder({ ...SHOP, "scale-hints.json": '{ "exclude": ["old/"], "rules": { "wild-call": "hint" } }' });
    assert.deepEqual(found(await check(folder)), ["shop/views.py slow-call warning", "shop/views.py wild-call hint"]);
    assert.deepEqual(found(await check(folder, "--min-severity", "information")), ["shop/views.py slow-call warning"]);
    assert.deepEqual(found(await check(folder, "--no-config")), ["old/views.py slow-call warning", "shop/views.py slow-call warning", "shop/views.py wild-call information"]);
  });

  it("holds below the folder that it is in", async () => {
    const folder = temporaryFolder({ ...SHOP, "shop/pyproject.toml": '[tool.scale-hints.rules]\n"slow-call" = "off"\n' });
    assert.deepEqual(found(await check(folder)), ["old/views.py slow-call warning", "shop/views.py wild-call information"]);
  });

  it("gives way to rules that are asked for", async () => {
    const folder = temporaryFolder({ ...SHOP, "scale-hints.json": '{ "rules": { "slow-call": "off" } }' });
    assert.deepEqual(found(await check(folder, "--rule", "slow-call")), ["old/views.py slow-call warning", "shop/views.py slow-call warning"]);
  });

  it("says at which line something is wrong with it, and goes on", async () => {
    const outcome = await check(temporaryFolder({ ...SHOP, "scale-hints.json": '{\n  "scale": "huge",\n  "exclude": ["old/"]\n}' }));
    assert.equal(outcome.err, 'note: scale-hints.json: line 2: scale must be one of small, medium, large, not "huge"\n');
    assert.equal(found(outcome).length, 2);
  });

  it("limits what is fixed", async () => {
    const folder = temporaryFolder({ ...SHOP, "scale-hints.json": '{ "exclude": ["old/"] }' });
    await runIn(folder, ["check", "--fix"]);
    assert.equal(readFileSync(join(folder, "old/views.py"), "utf8"), SHOP["old/views.py"]);
    assert.notEqual(readFileSync(join(folder, "shop/views.py"), "utf8"), SHOP["shop/views.py"]);
  });

  it("hands the engine the database and the settings that are deployed", async () => {
    const files = {
      ".git/HEAD": "", "requirements.txt": "django==5.2\n",
      "shop/models.py": 'from django.db import models\n\n\nclass Book(models.Model):\n    title = models.CharField(max_length=200, db_index=True)\n',
      "shop/views.py": 'from django.http import JsonResponse\nfrom shop.models import Book\n\n\ndef search(request):\n    return JsonResponse({"n": Book.objects.filter(title__istartswith=request.GET["q"]).count()})\n',
    };
    const infos = rules.map(({ id, summary, impact }) => ({ id, topic: ruleTopics[id], summary, impact, enabledByDefault: true }));
    const messages = async (configuration: object): Promise<string> =>
      (await runIn(temporaryFolder({ ...files, "scale-hints.json": JSON.stringify(configuration) }), ["check", "--no-fixes", "--rule", "lookup-defeats-index"], { rules: infos, createEngine: async () => createWorkspace({ parsers: await loadParsers(), rules }) })).out;
    assert.notEqual(await messages({ database: "postgresql" }), await messages({ database: "mysql" }));
  });
});

describe("scale-hints baseline", () => {
  afterEach(removeTemporaryFolders);

  it("writes down what is found; only what is new is reported then", async () => {
    const folder = temporaryFolder(SHOP);
    const { code, out } = await runIn(folder, ["baseline"]);
    assert.equal(code, 0);
    assert.equal(out, 'scale-hints-baseline.json knows 3 findings now.\nTo have it read, say so in scale-hints.json: "baseline": "scale-hints-baseline.json"\n');
    assert.equal((await check(folder)).code, 1);
    writeFiles(folder, { "scale-hints.json": '{ "baseline": "scale-hints-baseline.json" }' });
    assert.deepEqual([(await check(folder)).code, found(await check(folder))], [0, []]);
    assert.equal(found(await check(folder, "--no-baseline")).length, 3);
    writeFiles(folder, { "shop/views.py": "# moved\ndef f():\n    slow()\n    wild()\n    slow()\n" });
    assert.deepEqual(found(await check(folder)), ["shop/views.py slow-call warning"]);
    assert.equal((await runIn(folder, ["baseline"])).out, "scale-hints-baseline.json knows 4 findings now.\n");
    assert.deepEqual(found(await check(folder)), []);
  });

  it("may lie elsewhere, and know a part of the project only", async () => {
    const folder = temporaryFolder({ ...SHOP, "scale-hints.json": '{ "baseline": "ci/known.json" }' });
    assert.match((await runIn(folder, ["check"])).err, /ci\/known\.json: this baseline is not there; "scale-hints baseline" writes it/);
    const { out } = await runIn(folder, ["baseline", "--output", "known.json", "old"]);
    assert.match(out, /^known\.json knows 1 finding now\.\n/);
    assert.equal(existsSync(join(folder, "ci/known.json")), false);
    writeFiles(folder, { "scale-hints.json": '{ "baseline": "known.json" }' });
    assert.deepEqual(found(await check(folder)), ["shop/views.py slow-call warning", "shop/views.py wild-call information"]);
  });

  it("that cannot be used is named, and nothing is known", async () => {
    const folder = temporaryFolder({ ...SHOP, "scale-hints.json": '{ "baseline": "b.json" }', "b.json": '{ "version": 7 }' });
    const { err, code } = await runIn(folder, ["check"]);
    assert.match(err, /b\.json: this baseline cannot be used: its version is not 1/);
    assert.equal(code, 1);
  });
});
