import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createWorkspace, type WorkspaceApi } from "#engine";
import { rules } from "../../rules";
import { keptFile } from "../../server/src/host/node/kept-file";
import { ruleInfos } from "../../server/src/rule-infos";
import { loadParsers } from "../harness/parsers";
import { runIn, type Outcome } from "./memory-output";
import { removeTemporaryFolders, temporaryFolder, writeFiles } from "./temporary-folder";

const MODELS = "from django.db import models\n\n\nclass Author(models.Model):\n    name = models.TextField()\n\n\nclass Book(models.Model):\n    author = models.ForeignKey(Author, models.CASCADE)\n    status = models.TextField()\n";
const SHOP = {
  "requirements.txt": "django==5.2\n",
  "manage.py": 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")\n',
  "config/settings.py": 'INSTALLED_APPS = ["shop"]\nROOT_URLCONF = "config.urls"\n',
  "config/urls.py": 'from django.urls import path\nfrom shop import views\n\nurlpatterns = [path("books/", views.books)]\n',
  "shop/models.py": MODELS,
  "shop/selectors.py": "from shop.models import Book\n\n\ndef all_books():\n    return Book.objects.all()\n",
  "shop/views.py": "from django.http import JsonResponse\nfrom shop.selectors import all_books\n\n\ndef books(request):\n    return JsonResponse([book.author.name for book in all_books()], safe=False)\n",
  ...Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`shop/more${index}.py`, `from shop.models import Book\n\n\ndef newest${index}():\n    return Book.objects.filter(status="new").first()\n`])),
};

describe("scale-hints check --cache", () => {
  afterEach(removeTemporaryFolders);

  let engine: WorkspaceApi;
  async function check(folder: string, ...args: string[]): Promise<Outcome> {
    return runIn(folder, ["check", ...args], { rules: ruleInfos, createEngine: async () => (engine = createWorkspace({ parsers: await loadParsers(), rules, strict: true })) });
  }
  /** Checks with the cache and without: nothing else may tell them apart. */
  async function same(folder: string, cache: string, ...args: string[]): Promise<{ readonly outcome: Outcome; readonly lowered: number; readonly checked: number }> {
    const outcome = await check(folder, "--cache", cache, ...args);
    const { lowered, checked } = engine.counters;
    assert.deepEqual(outcome, await check(folder, ...args));
    return { outcome, lowered, checked };
  }

  it("says what a check without it says, and looks at what has changed", async () => {
    const folder = temporaryFolder(SHOP);
    const cache = join(temporaryFolder(), "kept", "here");
    const first = await same(folder, cache, "--no-fixes");
    assert.match(first.outcome.out, /`book.author` is loaded again/);
    assert.ok(first.checked > 12);
    const again = await same(folder, cache, "--no-fixes");
    assert.deepEqual([again.outcome, again.lowered, again.checked], [first.outcome, 0, 0]);
    writeFiles(folder, { "shop/selectors.py": SHOP["shop/selectors.py"].replace("all()", 'select_related("author")') });
    const mended = await same(folder, cache, "--no-fixes");
    assert.doesNotMatch(mended.outcome.out, /is loaded again/);
    assert.equal(mended.lowered, 1);
    assert.ok(mended.checked >= 1 && mended.checked < 5, String(mended.checked));
  });

  it("works fixes out, and fixes, as without it", async () => {
    const cache = temporaryFolder();
    const before = await same(temporaryFolder(SHOP), cache);
    assert.match(before.outcome.out, /fix Load `author` with the query/);
    const [one, other] = [temporaryFolder(SHOP), temporaryFolder(SHOP)];
    await check(one, "--cache", cache);
    assert.deepEqual(await check(one, "--fix", "--cache", cache), await check(other, "--fix"));
    assert.match(readFileSync(join(one, "shop/selectors.py"), "utf8"), /select_related\("author"\)/);
    for (const path of Object.keys(SHOP)) assert.equal(readFileSync(join(one, path), "utf8"), readFileSync(join(other, path), "utf8"), path);
    await same(one, cache);
  });

  it("is written again when much was checked anew, and not for a little", async () => {
    const folder = temporaryFolder(SHOP);
    const cache = temporaryFolder();
    const written = () => statSync(join(cache, "session.bin")).mtimeMs;
    await check(folder, "--cache", cache);
    const first = written();
    writeFiles(folder, { "shop/more1.py": `${SHOP["shop/more1.py" as keyof typeof SHOP]}\nx = 1\n` });
    await same(folder, cache);
    assert.equal(written(), first);
    writeFiles(folder, { "shop/models.py": MODELS.replace("status = models.TextField()", "status = models.TextField(db_index=True)") });
    await same(folder, cache);
    assert.ok(written() > first);
  });

  it("is of no use to a check of other rules, or by another program", async () => {
    const folder = temporaryFolder(SHOP);
    const cache = temporaryFolder();
    await check(folder, "--cache", cache);
    assert.ok((await same(folder, cache, "--rule", "unbounded-query")).checked > 12);
    await keptFile(cache, "2").data!.write([readFileSync(join(cache, "session.bin"))]);
    const other = await runIn(folder, ["check", "--cache", cache], { rules: ruleInfos, keeper: (path) => keptFile(path, "2"), createEngine: async () => (engine = createWorkspace({ parsers: await loadParsers(), rules })) });
    assert.equal(other.code, 1);
    assert.ok(engine.counters.checked > 12);
  });

  for (const [what, bytes] of [["half of it", (all: Buffer) => all.subarray(0, all.length / 2)], ["something else", () => Buffer.from("nothing of the kind")], ["other bytes in the middle", (all: Buffer) => Buffer.concat([Buffer.alloc(all.length >> 1, 7), all.subarray(all.length >> 1)])]] as const) {
    it(`finds out anew what is lost where there is ${what}`, async () => {
      const folder = temporaryFolder(SHOP);
      const cache = temporaryFolder();
      await check(folder, "--cache", cache);
      const file = join(cache, "session.bin");
      writeFileSync(file, bytes(readFileSync(file)));
      const { checked } = await same(folder, cache, "--no-fixes");
      assert.ok(checked > 5, String(checked));
      if (checked > 10) assert.equal((await same(folder, cache, "--no-fixes")).checked, 0, "and keeps it");
    });
  }

  it("says so where it cannot be written or read, and checks all the same", async () => {
    const folder = temporaryFolder(SHOP);
    const file = join(temporaryFolder({ "no-folder": "" }), "no-folder");
    const { code, out, err } = await check(folder, "--cache", file);
    const without = await check(folder);
    assert.deepEqual([code, out], [without.code, without.out]);
    assert.match(err, /^note: the cache could not be read: .*\nnote: the cache could not be written: /);
    assert.ok(!existsSync(join(file, "session.bin")));
  });
});
