import assert from "node:assert/strict";
import type { CodeLens, Hover, InlayHint } from "vscode-languageserver-protocol/node";
import { createWorkspace } from "#engine";
import { rules, ruleTopics } from "../../rules";
import { FINDINGS_REQUEST, type BaselineResult, type EndpointSummary, type FileText, type FindingSummary } from "../../server/src/protocol";
import { loadParsers } from "../harness/parsers";
import { Conversation, MODERN, type ConversationOptions } from "./conversation";
import { MemoryFiles } from "./memory-files";

const VIEWS = "file:///shop/shop/views.py";
const CODE = [
  "from django.shortcuts import render", "from shop.models import Book", "", "",
  "def books(request):",
  "    names = []",
  "    for book in Book.objects.all():",
  "        names.append(book.author.name)",
  '    return render(request, "books.html", {"names": names, "all": Book.objects.all()})', "", "",
  "def count(request):",
  '    return render(request, "count.html", {"n": Book.objects.filter(status="new").count()})', "",
].join("\n");
const FILES = {
  "file:///shop/requirements.txt": "django==5.2\n",
  "file:///shop/config/settings.py": 'INSTALLED_APPS = ["shop"]\nROOT_URLCONF = "config.urls"\nTEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]\n',
  "file:///shop/manage.py": 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")\n',
  "file:///shop/config/urls.py": 'from django.urls import path\nfrom shop import views\n\nurlpatterns = [path("books/", views.books), path("count/", views.count)]\n',
  "file:///shop/shop/models.py": "from django.db import models\n\n\nclass Author(models.Model):\n    name = models.TextField()\n\n\nclass Book(models.Model):\n    author = models.ForeignKey(Author, models.CASCADE)\n    status = models.TextField()\n",
  "file:///shop/shop/templates/books.html": "<ul>\n{% for book in all %}<li>{{ book.author.name }}</li>{% endfor %}\n</ul>\n",
  [VIEWS]: CODE,
};
const OURS = { ...MODERN, experimental: { scaleHints: { status: true, commands: true } }, workspace: { ...MODERN.workspace, applyEdit: true, workspaceEdit: { documentChanges: true, changeAnnotationSupport: {} } } };

describe("what code costs, in the editor", () => {
  let conversation: Conversation | undefined;

  afterEach(async () => {
    await conversation?.stop();
    conversation = undefined;
  });

  async function start(options: ConversationOptions = {}): Promise<Conversation> {
    const engine = createWorkspace({ parsers: await loadParsers(), rules, strict: true });
    const infos = rules.map(({ id, summary, impact, enabledByDefault = true }) => ({ id, summary, impact, enabledByDefault, topic: ruleTopics[id] }));
    const c = (conversation = await Conversation.start({ files: new MemoryFiles(FILES), engine, capabilities: OURS, rules: infos, ...options }));
    c.open(VIEWS, CODE);
    await c.pullWorkspace();
    return c;
  }

  const lenses = (c: Conversation, uri = VIEWS): Promise<CodeLens[]> => c.client.sendRequest("textDocument/codeLens", { textDocument: { uri } });
  const hoverAt = (c: Conversation, needle: string): Promise<Hover | null> => {
    const before = CODE.slice(0, CODE.indexOf(needle) + 1).split("\n");
    return c.client.sendRequest("textDocument/hover", { textDocument: { uri: VIEWS }, position: { line: before.length - 1, character: before.at(-1)!.length } });
  };
  const textOf = (hint: InlayHint): string => (typeof hint.label === "string" ? hint.label : hint.label.map(({ value }) => value).join(""));

  it("is said above what answers requests, with the places behind it", async () => {
    const c = await start();
    const [books, count] = await lenses(c);
    assert.match(books.command!.title, /^\d \+ \d?·?N queries · every row · .*\/books\/$/);
    assert.match(count.command!.title, /^1 query · .*\/count\/$/);
    assert.deepEqual([books.range.start.line, count.range.start.line], [4, 11]);
    const [{ places }] = books.command!.arguments as [{ places: readonly { message: string; uri: string }[] }];
    assert.ok(places.some(({ message }) => /author/.test(message)), JSON.stringify(places));
  });

  it("is said above a template for what renders it", async () => {
    const c = await start();
    const [lens] = await lenses(c, "file:///shop/shop/templates/books.html");
    assert.equal(lens.range.start.line, 0);
    assert.match(lens.command!.title, /\/books\//);
  });

  it("is not said above code that answers nothing by itself", async () => {
    const helpers = "file:///shop/shop/services.py";
    const text = "from shop.models import Book\n\n\ndef first():\n    return Book.objects.first()\n";
    const views = CODE.replace("from shop.models import Book", "from shop.models import Book\nfrom shop.services import first").replace("names = []", "names = [first()]");
    const c = await start({ files: new MemoryFiles({ ...FILES, [helpers]: text, [VIEWS]: views }) });
    c.open(helpers, text);
    await c.pullWorkspace();
    assert.deepEqual(await lenses(c, helpers), []);
  });

  it("has no lenses where the setting says so", async () => {
    const c = await start({ initializationOptions: { codeLens: { enabled: false } } });
    assert.deepEqual(await lenses(c), []);
  });

  it("is said at the loop, at what each round adds, and at the view, each kind by its setting", async () => {
    const c = await start();
    const said = (hints: readonly InlayHint[]): readonly string[] => hints.map((hint) => `${hint.position.line}: ${textOf(hint)}`).sort();
    const all = said(await c.hints(VIEWS));
    assert.ok(all.some((each) => each.startsWith("6: 1 + N queries")), all.join("\n"));
    assert.ok(all.includes("7: +1 per row"), all.join("\n"));
    assert.equal(all.some((each) => /^(4|11):/.test(each)), false, "a lens says it");
    const settings = (scaleHints: object) => c.client.sendNotification("workspace/didChangeConfiguration", { settings: { scaleHints } });
    await settings({ codeLens: { enabled: false } });
    const hints = await c.hints(VIEWS);
    assert.ok(said(hints).includes("4: 2 + 2N queries"));
    const explained = (hints.find(({ position }) => position.line === 4)!.tooltip as { value: string }).value;
    assert.match(explained, /^`books` sends 2 \+ 2·books queries\.\n\n- \[[^\]]+\]\(file:\/\/\/shop\/shop\/views\.py#L\d+\)/);
    assert.ok(hints.every(({ tooltip }) => tooltip !== undefined), "each hint is explained");
    await settings({ codeLens: { enabled: false }, inlayHints: { relations: false, entryPoints: false } });
    assert.deepEqual(said(await c.hints(VIEWS)).filter((each) => /^[47]:/.test(each)), []);
  });

  it("adds up what one line costs for several reasons, and tells these apart", async () => {
    const text = CODE.replace("    names = []", '    for book in Book.objects.all():\n        Tag.objects.get_or_create(name=book.status); book.save(); print(book.author.name)\n    names = []').replace("import Book", "import Book, Tag");
    const models = `${FILES["file:///shop/shop/models.py"]}\n\nclass Tag(models.Model):\n    name = models.TextField()\n`;
    const c = await start({ files: new MemoryFiles({ ...FILES, "file:///shop/shop/models.py": models, [VIEWS]: text }) });
    c.change(VIEWS, { text });
    await c.pullWorkspace();
    const hints = await c.hints(VIEWS);
    const at = (line: number): string => hints.filter(({ position }) => position.line === line).map(textOf).join("|");
    assert.deepEqual([at(5), at(6)], ["up to 1 + 6N queries, every row", "up to +6 per round"]);
    assert.equal((hints.find(({ position }) => position.line === 6)!.tooltip as { value: string }).value.split("\n---\n").length, 3, "each is explained");
    const line = { start: { line: 6, character: 0 }, end: { line: 6, character: 100 } };
    const titles = (await c.actions(VIEWS, line)).map(({ title }) => title).filter((title) => title.startsWith("Explain"));
    assert.deepEqual(titles.sort(), ["insert-in-loop", "relation-read-in-loop", "update-in-loop"].map((id) => `Explain \`${id}\`: show every place that plays a part`));
  });

  it("names what is run by itself where no address leads to a finding", async () => {
    const loop = "    for book in Book.objects.all():\n        print(book.author.name)\n";
    const files = {
      ...FILES,
      "file:///shop/shop/management/commands/tidy.py": `from django.core.management.base import BaseCommand\nfrom shop.models import Book\n\n\nclass Command(BaseCommand):\n    def handle(self, **options):\n${loop.replace(/^/gm, "    ")}`,
      "file:///shop/shop/tasks.py": `from celery import shared_task\nfrom shop.models import Book\n\n\n@shared_task\ndef sweep():\n${loop}\n\n@shared_task\ndef mop():\n    sweep()\n`,
      "file:///shop/shop/unused.py": `from shop.models import Book\n\n\ndef nobody_calls():\n${loop}`,
    };
    const c = await start({ files: new MemoryFiles(files) });
    const findings = await c.client.sendRequest<FindingSummary[]>(FINDINGS_REQUEST, null);
    const by = (name: string): readonly (readonly string[])[] => findings.filter(({ uri, ruleId }) => uri.endsWith(name) && ruleId === "relation-read-in-loop").map(({ routes, runBy }) => [...routes, ...runBy]);
    assert.deepEqual(by("tidy.py"), [["command tidy"]]);
    assert.deepEqual(by("tasks.py"), [["task mop", "task sweep"]]);
    assert.deepEqual(by("unused.py"), [[]]);
    assert.deepEqual(by("views.py"), [["/books/"]]);
  });

  it("leads from a hint to its fix, which is applied at a click", async () => {
    const c = await start();
    const hint = (await c.hints(VIEWS)).find(({ position }) => position.line === 7)!;
    const command = typeof hint.label === "string" ? undefined : hint.label[0].command;
    await c.client.sendRequest("workspace/executeCommand", { command: command!.command, arguments: command!.arguments });
    assert.match(c.textAfter(c.applied[0].edit, VIEWS), /Book\.objects\.select_related\("author"\)/);
  });

  it("is told of the query under the pointer", async () => {
    const c = await start();
    const { contents } = (await hoverAt(c, "objects.all():"))!;
    const { value } = contents as { value: string };
    assert.match(value, /Asks the database for \*\*\[Book\]\(file:\/\/\/shop\/shop\/models\.py#L8\)\*\*/);
    assert.match(value, /```sql\nSELECT \*\nFROM Book\n```/);
    assert.match(value, /Does not load `author`/);
    assert.match(value, /\*\*100,000 rows \(scale: medium\)\*\*/);
    const relation = (await hoverAt(c, "author.name"))!.contents as { value: string };
    assert.match(relation.value, /Sent once for each row of `Book`: up to \*\*100,000\*\* statements/);
    const filter = (await hoverAt(c, "filter("))!.contents as { value: string };
    assert.match(filter.value, /No index begins with `status`: every row is read\./);
    assert.equal(await hoverAt(c, "names = []"), null);
  });

  it("says when a rule is wrong, where its finding is", async () => {
    const c = await Conversation.start({ files: new MemoryFiles({ [VIEWS]: "slow()\n" }) });
    conversation = c;
    c.open(VIEWS, "slow()\n");
    await c.pullWorkspace();
    const { contents } = (await c.client.sendRequest<Hover>("textDocument/hover", { textDocument: { uri: VIEWS }, position: { line: 0, character: 1 } }))!;
    assert.match((contents as { value: string }).value, /\*\*When `slow-call` is wrong\*\*\n\nWhere it is fast\./);
  });

  it("is listed, the fastest growing first, at the rows that are declared", async () => {
    const c = await start({ initializationOptions: { rows: { books: 50 } } });
    const [first, ...others] = await c.client.sendRequest<EndpointSummary[]>("scaleHints/costs", {});
    assert.match(first.address, /books/);
    assert.deepEqual([first.uri, first.range.start.line, first.degree > 0, others.length], [VIEWS, 4, true, 1]);
    assert.ok(first.terms.some(({ per, because }) => per.length > 0 && because.length > 0));
    assert.ok(first.atScale > 50, String(first.atScale));
  });

  it("lists findings with the addresses that lead to them", async () => {
    const c = await start();
    const findings = await c.client.sendRequest<FindingSummary[]>("scaleHints/findings", {});
    const read = findings.find(({ ruleId, uri }) => ruleId === "relation-read-in-loop" && uri === VIEWS)!;
    assert.match(read.routes.join(), /books/);
    assert.equal(read.isFixable, true);
  });

  it("offers to explain, to declare rows, and to fix everywhere after a look", async () => {
    const c = await start();
    const diagnostic = (await c.diagnostics(VIEWS)).find(({ code }) => code === "relation-read-in-loop")!;
    const titles = (await c.actionsFor(VIEWS, diagnostic)).map(({ title }) => title);
    for (const title of ["Explain: show every place that plays a part", "Declare how many rows `Book` has…", "Fix all `relation-read-in-loop` in the workspace…"]) assert.ok(titles.includes(title), titles.join("\n"));
    const everywhere = (await c.actionsFor(VIEWS, diagnostic)).find(({ title }) => title.includes("in the workspace"));
    await c.client.sendRequest("workspace/executeCommand", everywhere!.command);
    const [{ edit }] = c.applied;
    assert.equal(edit.changeAnnotations?.safe.needsConfirmation, true);
    assert.match(c.textAfter(edit, VIEWS), /select_related\("author"\)/);
  });

  it("sets an option in the file that holds, or makes one where that is wanted", async () => {
    const c = await start();
    const edit = (params: object): Promise<FileText | null> => c.client.sendRequest("scaleHints/editConfiguration", params);
    assert.equal(await edit({ path: ["scale"], value: "large", create: false }), null);
    assert.deepEqual(await edit({ path: ["rows", "Book"], value: 12, create: true, uri: VIEWS }), { uri: "file:///shop/scale-hints.json", text: '{\n  "rows": {\n    "Book": 12\n  }\n}\n', creates: true });
    c.files.files.set("file:///shop/pyproject.toml", '[tool.scale-hints]\nscale = "small"\n');
    c.filesChanged({ uri: "file:///shop/pyproject.toml", type: 1 });
    const changed = await c.until("the file", async () => (await edit({ path: ["scale"], value: "large", create: false })) ?? undefined);
    assert.deepEqual(changed, { uri: "file:///shop/pyproject.toml", text: '[tool.scale-hints]\nscale = "large"\n', creates: false });
  });

  it("writes a baseline and names it", async () => {
    const c = await start();
    const { findings, files } = await c.client.sendRequest<BaselineResult>("scaleHints/baseline", {});
    assert.ok(findings > 0);
    assert.deepEqual(files.map(({ uri, creates }) => [uri, creates]), [["file:///shop/scale-hints-baseline.json", true], ["file:///shop/scale-hints.json", true]]);
    assert.match(files[1].text, /"baseline": "scale-hints-baseline\.json"/);
    for (const { uri, text } of files) c.files.files.set(uri, text);
    c.filesChanged(...files.map(({ uri }) => ({ uri, type: 1 as const })));
    await c.until("nothing new", async () => (await c.diagnostics(VIEWS)).length === 0);
  });

  it("shows what is understood", async () => {
    const c = await start();
    assert.match(await c.client.sendRequest<string>("scaleHints/understood", {}), /^# What Scale Hints understands here\n/);
  });
});
