import { strict as assert } from "node:assert";
import { defineRule, RuleFailure, type Finding, type FixProposal, type Location, type Rule, type WorkspaceApi } from "#engine";
import { createWorkspace } from "#engine";
import { loadParsers } from "../harness/parsers";
import { openProject, pathOf, uriOf } from "../harness/project";

/** Reports every query that is sent; `fixes` may propose something for it. */
function everyQuery(fixes: (at: Location) => readonly FixProposal[] = () => [], id = "every-query"): Rule {
  return defineRule({
    id,
    summary: "A query",
    impact: "high",
    frameworks: ["django"],
    messages: { sent: { what: "`{entity}` is queried", why: "once", instead: "nothing" } },
    check: {
      queryRun(run, { report }) {
        if (run.sends) report("sent", { at: run.at, values: { entity: run.query.entity }, fixes: fixes(run.at) });
      },
    },
  });
}

/** Reports every write, for one framework. */
const everyWrite = (framework: "django" | "sequelize"): Rule => defineRule({
  id: "every-write",
  summary: "A write",
  impact: "high",
  frameworks: [framework],
  messages: { written: { what: "`{entity}` is written", why: "once", instead: "nothing" } },
  check: {
    // A whole body says nothing of the ORM of what is in it.
    bodyDone(body, { report }) {
      for (const event of body.events) if (event.kind === "rowWritten") report("written", { at: event.at, values: { entity: event.entity } });
    },
  },
});

/** Reports a relation read at the place of the read, whoever calls. */
const everyRead = defineRule({
  id: "every-read",
  summary: "A relation read",
  impact: "critical",
  frameworks: ["django"],
  messages: { read: { what: "`{relation}` is read", why: "once", instead: "nothing" } },
  check: {
    relationRead(read, { report }) {
      if (read.loaded || !read.row.query) return;
      const { declaredAt } = read.relation;
      report("read", { at: read.at, values: { relation: read.relation.name }, related: declaredAt ? [{ at: declaredAt, message: "declared here" }] : [] });
    },
  },
});

/** Reports every entity, with how many conditions are put on it anywhere. */
const usageOfEntities = defineRule({
  id: "usage-of-entities",
  summary: "How an entity is used",
  impact: "medium",
  frameworks: ["django"],
  messages: { used: { what: "`{entity}` has {count} conditions", why: "so it is", instead: "nothing" } },
  check: {
    entity(entity, { usage, report }) {
      const { lookups } = usage(entity.key);
      if (lookups.length > 0 && entity.declaredAt) report("used", { at: entity.declaredAt, values: { entity: entity.key, count: lookups.length } });
    },
  },
});

const views = `from shop.helpers import describe, open_orders
from shop.models import Order


def orders(request):
    return [describe(order) for order in open_orders()]


def one(request, pk):
    order = Order.objects.get(pk=pk)
    return order.status
`;
const helpers = `from shop.models import Order


def open_orders():
    return Order.objects.filter(status="open")


def describe(order):
    return order.customer.name
`;
const books = `from shop.models import Book


def books(request):
    return list(Book.objects.filter(price__lt=10))
`;

const project = (): Map<string, string> => new Map([["shop/views.py", views], ["shop/helpers.py", helpers], ["shop/books.py", books]]);

/** What one change costs. */
function cost(workspace: WorkspaceApi, path: string, text: string | undefined): { lowered: number; linked: number; checked: number } {
  const before = { ...workspace.counters };
  workspace.apply([{ uri: uriOf(path), text }]);
  workspace.checkAll();
  const { lowered, linked, checked } = workspace.counters;
  return { lowered: lowered - before.lowered, linked: linked - before.linked, checked: checked - before.checked };
}

function places(workspace: WorkspaceApi, findings: readonly Finding[] = workspace.allFindings()): readonly string[] {
  return findings.map((each) => `${each.ruleId} ${pathOf(each.at.uri)} ${textAt(workspace, each.at)}`);
}

function textAt(workspace: WorkspaceApi, { uri, span }: Location): string {
  return workspace.text(uri)!.slice(span.start, span.end);
}

async function checked(rules: readonly Rule[], files = project()): Promise<WorkspaceApi> {
  const workspace = await openProject(files, rules);
  workspace.checkAll();
  return workspace;
}

describe("workspace: what a change costs", () => {
  it("lowers one file, links none and checks one when a function body is edited", async () => {
    const workspace = await checked([everyRead]);
    assert.deepEqual(cost(workspace, "shop/books.py", books.replace("10", "20")), { lowered: 1, linked: 0, checked: 1 });
    assert.deepEqual(cost(workspace, "shop/views.py", views.replace("order.status", "order.total")), { lowered: 1, linked: 0, checked: 1 });
  });

  it("does nothing for the same text", async () => {
    const workspace = await checked([everyRead]);
    assert.deepEqual(cost(workspace, "shop/books.py", books), { lowered: 0, linked: 0, checked: 0 });
  });

  it("checks the callers, too, when a helper's body is edited", async () => {
    const workspace = await checked([everyRead]);
    assert.deepEqual(cost(workspace, "shop/helpers.py", helpers.replace(`filter(status="open")`, `filter(status="new")`)), { lowered: 1, linked: 0, checked: 2 });
  });

  it("links once for new declarations and checks who looked at them", async () => {
    const workspace = await checked([everyRead]);
    const models = workspace.text(uriOf("shop/models.py"))!;
    const changed = models.replace("class Author(models.Model):\n", "class Author(models.Model):\n    born = models.DateField(null=True)\n");
    const { lowered, linked, checked: count } = cost(workspace, "shop/models.py", changed);
    assert.deepEqual([lowered, linked], [1, 1]);
    assert.ok(count < 4, `${count} files were checked`);
  });

  it("does not check others for a declaration that nobody looked at", async () => {
    const workspace = await checked([everyRead]);
    assert.deepEqual(cost(workspace, "shop/books.py", `${books}\n\ndef more():\n    return 1\n`), { lowered: 1, linked: 1, checked: 1 });
  });

  it("checks files that asked for something that was missing", async () => {
    const files = project();
    files.delete("shop/helpers.py");
    const workspace = await checked([everyRead], files);
    assert.deepEqual(places(workspace), []);
    assert.deepEqual(cost(workspace, "shop/helpers.py", helpers), { lowered: 1, linked: 1, checked: 2 });
    assert.deepEqual(places(workspace), ["every-read shop/helpers.py order.customer"]);
  });

  it("checks the views that render a template, and nothing else, when the template is edited", async () => {
    const files = project();
    const page = "{% for order in orders %}{{ order.total }}{% endfor %}";
    files.set("shop/pages.py", `from django.shortcuts import render

from shop.models import Order


def orders(request):
    return render(request, "orders.html", {"orders": Order.objects.filter(status="open")})
`);
    files.set("shop/other_pages.py", `from django.shortcuts import render


def about(request):
    return render(request, "about.html", {})
`);
    files.set("templates/orders.html", `{% include "row.html" %}`);
    files.set("templates/row.html", page);
    files.set("templates/about.html", "{{ title }}");
    const workspace = await checked([everyRead], files);
    assert.deepEqual(places(workspace), ["every-read shop/helpers.py order.customer"]);
    assert.deepEqual(cost(workspace, "templates/row.html", page.replace("order.total", "order.customer.name")), { lowered: 1, linked: 0, checked: 1 });
    assert.deepEqual(places(workspace), ["every-read shop/helpers.py order.customer", "every-read templates/row.html order.customer"]);
    assert.deepEqual(cost(workspace, "templates/about.html", "{{ headline }}"), { lowered: 1, linked: 0, checked: 1 });
    assert.equal(cost(workspace, "templates/new.html", "{{ title }}").checked, 0);
  });

  it("checks a view and its template anew when the view's query changes", async () => {
    const files = project();
    const page = `from django.shortcuts import render

from shop.models import Order


def orders(request):
    return render(request, "orders.html", {"orders": Order.objects.filter(status="open")})
`;
    files.set("shop/pages.py", page);
    files.set("templates/orders.html", "{% for order in orders %}{{ order.customer.name }}{% endfor %}");
    const workspace = await checked([everyRead], files);
    assert.ok(places(workspace).includes("every-read templates/orders.html order.customer"));
    assert.deepEqual(cost(workspace, "shop/pages.py", page.replace("filter(", 'select_related("customer").filter(')), { lowered: 1, linked: 0, checked: 1 });
    assert.ok(!places(workspace).includes("every-read templates/orders.html order.customer"));
  });

  it("takes many changes in with one link", async () => {
    const workspace = await checked([everyRead]);
    const before = { ...workspace.counters };
    for (let n = 0; n < 20; n++) workspace.apply([{ uri: uriOf(`shop/more_${n}.py`), text: `def f_${n}():\n    return 1\n` }]);
    workspace.checkAll();
    assert.equal(workspace.counters.linked - before.linked, 1);
    assert.equal(workspace.counters.checked - before.checked, 20);
  });

  it("links for requirement files only when they say something else", async () => {
    const workspace = await checked([everyRead]);
    assert.deepEqual(cost(workspace, "requirements.txt", "# pinned\nDjango==5.2\n\npsycopg==3.2\n"), { lowered: 0, linked: 0, checked: 0 });
    assert.equal(cost(workspace, "requirements.txt", "Django==4.2\npsycopg==3.2\n").linked, 1);
  });
});

describe("workspace: findings", () => {
  it("belong to the file that they point at", async () => {
    const workspace = await checked([everyRead]);
    assert.deepEqual(places(workspace, workspace.findings(uriOf("shop/helpers.py"))), ["every-read shop/helpers.py order.customer"]);
    assert.deepEqual(workspace.findings(uriOf("shop/views.py")), []);
  });

  it("are one for one place and query, however many callers", async () => {
    const files = project();
    files.set("shop/again.py", `from shop.helpers import describe, open_orders\n\n\ndef again(request):\n    return [describe(o) for o in open_orders()]\n`);
    const workspace = await checked([everyRead], files);
    assert.deepEqual(places(workspace), ["every-read shop/helpers.py order.customer"]);
    files.set("shop/again.py", `from shop.helpers import describe\nfrom shop.models import Order\n\n\ndef again(request):\n    return [describe(o) for o in Order.objects.all()]\n`);
    assert.equal((await checked([everyRead], files)).allFindings().length, 2, "another query is another finding");
  });

  it("move with the text of the file they are in, without a check of their own", async () => {
    const workspace = await checked([everyRead]);
    assert.deepEqual(cost(workspace, "shop/helpers.py", `# a comment\n\n${helpers}`), { lowered: 1, linked: 0, checked: 1 });
    assert.deepEqual(places(workspace), ["every-read shop/helpers.py order.customer"]);
  });

  it("move at once, before the edited file is checked", async () => {
    const workspace = await checked([everyRead]);
    workspace.apply([{ uri: uriOf("shop/helpers.py"), text: `# a comment\n\n${helpers}` }]);
    assert.deepEqual(places(workspace), ["every-read shop/helpers.py order.customer"]);
  });

  it("relate to declarations where these are now", async () => {
    const workspace = await checked([everyRead]);
    const models = `# a comment\n${workspace.text(uriOf("shop/models.py"))!}`;
    cost(workspace, "shop/models.py", models);
    cost(workspace, "shop/views.py", views.replace("order.status", "order.total"));
    const [finding] = workspace.allFindings();
    assert.deepEqual(finding.related.map((each) => textAt(workspace, each.at)), ["customer"]);
  });

  it("go with a file that is deleted", async () => {
    const workspace = await checked([everyQuery()]);
    assert.ok(workspace.findings(uriOf("shop/books.py")).length > 0);
    workspace.apply([{ uri: uriOf("shop/books.py"), text: undefined }]);
    workspace.checkAll();
    assert.deepEqual(workspace.findings(uriOf("shop/books.py")), []);
    assert.equal(workspace.has(uriOf("shop/books.py")), false);
  });

  it("do not depend on the order in which files came", async () => {
    const keys = (workspace: WorkspaceApi): readonly string[] => workspace.allFindings().map((each) => `${each.key} ${each.message}`);
    const rules = [everyRead, everyQuery(), usageOfEntities];
    const reversed = new Map([...project()].reverse());
    assert.deepEqual(keys(await checked(rules)), keys(await checked(rules, reversed)));
  });

  it("keep their keys when code moves", async () => {
    const workspace = await checked([everyRead, everyQuery()]);
    const before = workspace.allFindings().map((each) => each.key);
    cost(workspace, "shop/helpers.py", `# a comment\n\n${helpers}`);
    assert.deepEqual(workspace.allFindings().map((each) => each.key), before);
    assert.equal(new Set(before).size, before.length);
  });

  it("of rules that look at the whole project follow changes anywhere", async () => {
    const workspace = await checked([usageOfEntities]);
    const counts = (): readonly string[] => workspace.allFindings().map((each) => each.message.split(":")[0]);
    assert.deepEqual(counts(), ["`shop.Book` has 1 conditions", "`shop.Order` has 2 conditions"]);
    const { linked, checked: count } = cost(workspace, "shop/books.py", books.replace("price__lt=10", "price__lt=10, stock=0"));
    assert.deepEqual([linked, count], [0, 2], "the edited file, and the one with the models");
    assert.deepEqual(counts(), ["`shop.Book` has 2 conditions", "`shop.Order` has 2 conditions"]);
  });

  it("are less in tests unless these are asked for", async () => {
    const files = new Map([["shop/tests/test_books.py", books]]);
    const workspace = await checked([everyQuery()], files);
    assert.deepEqual(workspace.allFindings(), []);
    workspace.setOptions({ includeTests: true, disabledRules: [] });
    workspace.checkAll();
    assert.equal(workspace.allFindings().length, 1);
  });

  it("leave out rules that are switched off", async () => {
    const workspace = await checked([everyQuery(), everyRead]);
    workspace.setOptions({ includeTests: false, disabledRules: ["every-query"] });
    workspace.checkAll();
    assert.deepEqual([...new Set(workspace.allFindings().map((each) => each.ruleId))], ["every-read"]);
    workspace.setOptions({ includeTests: false, disabledRules: [] });
    workspace.checkAll();
    assert.equal(new Set(workspace.allFindings().map((each) => each.ruleId)).size, 2);
  });
});

describe("workspace: suppressions", () => {
  const suppressed = (comment: string): Map<string, string> => new Map([["shop/books.py", books.replace("price__lt=10))", `price__lt=10))  ${comment}`)]]);

  it("keep a finding quiet", async () => {
    assert.deepEqual(places(await checked([everyQuery()], suppressed("# scale-hints: ignore[every-query] -- small"))), []);
  });

  it("are reported when there is nothing to keep quiet", async () => {
    const workspace = await checked([everyQuery(), everyRead], suppressed("# scale-hints: ignore[every-query, every-read] -- small"));
    const [finding, ...more] = workspace.allFindings();
    assert.deepEqual([finding.ruleId, finding.severity, more.length], ["unused-suppression", "hint", 0]);
    assert.match(finding.message, /`every-read`/);
  });

  it("of rules that are switched off are not reported", async () => {
    const workspace = await checked([everyQuery(), everyRead], suppressed("# scale-hints: ignore[every-query, every-read] -- small"));
    workspace.setOptions({ includeTests: false, disabledRules: ["every-read"] });
    workspace.checkAll();
    assert.deepEqual(places(workspace), []);
  });

  it("speak of a whole file", async () => {
    const files = new Map([["shop/books.py", `# scale-hints: ignore-file[every-query] -- generated\n${books}`]]);
    assert.deepEqual(places(await checked([everyQuery()], files)), []);
  });
});

describe("workspace: rules", () => {
  it("report for the frameworks that they claim only, in whole bodies, too", async () => {
    const files = new Map([
      ["package.json", '{ "dependencies": { "sequelize": "6.37.8" } }'],
      ["src/tags.ts", [
        'import { DataTypes, Model, Sequelize } from "sequelize";',
        'const sequelize = new Sequelize("postgres://localhost/shop");',
        "export class Tag extends Model {}",
        'Tag.init({ name: DataTypes.TEXT }, { sequelize });',
        "export async function add(name: string) {",
        "  await Tag.create({ name });",
        "}",
        "",
      ].join("\n")],
    ]);
    assert.deepEqual(places(await checked([everyWrite("django")], files)), []);
    assert.equal(places(await checked([everyWrite("sequelize")], files)).length, 1);
  });
});

describe("workspace: failures", () => {
  const failing = defineRule({
    id: "failing",
    summary: "Fails",
    impact: "high",
    frameworks: ["django"],
    messages: { never: { what: "never", why: "never", instead: "never" } },
    check: {
      queryRun(run, { report }) {
        report("never", { at: run.at, values: {} });
        throw new Error("on purpose");
      },
    },
  });

  it("of a rule cost that rule its findings in that file and nothing else", async () => {
    const workspace = createWorkspace({ parsers: await loadParsers(), rules: [failing, everyQuery()] });
    workspace.setFolders([uriOf("").slice(0, -1)]);
    const strict = await openProject(project(), [everyQuery()]);
    workspace.apply(strict.uris().map((uri) => ({ uri, text: strict.text(uri)! })));
    workspace.checkAll();
    strict.checkAll();
    assert.deepEqual(places(workspace), places(strict));
    assert.ok(workspace.notes().some((note) => note.uri === uriOf("shop/books.py") && /failing.*on purpose/.test(note.message)));
  });

  it("of a rule are thrown in tests", async () => {
    const workspace = await openProject(project(), [failing]);
    assert.throws(() => workspace.checkAll(), RuleFailure);
  });

  it("bad texts stop nothing", async () => {
    const files = project();
    files.set("shop/nul.py", "x = 1\0\0\ndef f(:\n");
    files.set("shop/bom.py", "\uFEFFx = 1\n");
    files.set("shop/deep.py", `x = ${"(".repeat(5000)}1${")".repeat(5000)}\n`);
    files.set("shop/circle_a.py", "from shop.circle_b import B\n\n\nclass A(B):\n    pass\n");
    files.set("shop/circle_b.py", "from shop.circle_a import A\n\n\nclass B(A):\n    pass\n");
    files.set("shop/large.py", `x = "${"a".repeat(5_000_001)}"\n`);
    const workspace = await checked([everyRead], files);
    assert.deepEqual(places(workspace), ["every-read shop/helpers.py order.customer"]);
    assert.ok(workspace.notes().some((note) => note.uri === uriOf("shop/large.py") && /skipped/.test(note.message)));
  });
});

describe("workspace: fixes", () => {
  const propose = (title: string, newText: (old: string) => string, safety: FixProposal["safety"] = "safe") => (at: Location): readonly FixProposal[] => [
    { title, safety, build: (text) => [{ uri: at.uri, edits: [{ span: at.span, newText: newText(text(at.uri)!.slice(at.span.start, at.span.end)) }] }] },
  ];
  const offered = async (fixes: (at: Location) => readonly FixProposal[], text = books): Promise<readonly string[]> => {
    const workspace = await checked([everyQuery(fixes)], new Map([["shop/books.py", text]]));
    const [finding] = workspace.findings(uriOf("shop/books.py"));
    return workspace.fixes(finding).map((fix) => `${fix.title} (${fix.safety})`);
  };

  it("are offered when the finding goes", async () => {
    assert.deepEqual(await offered(propose("Return nothing", () => "[]")), ["Return nothing (safe)"]);
  });

  it("are not offered when the finding stays", async () => {
    assert.deepEqual(await offered(propose("Put it in parentheses", (old) => `(${old})`)), []);
  });

  it("are not offered when the result does not parse", async () => {
    assert.deepEqual(await offered(propose("Break it", () => "[) + (")), []);
  });

  it("are not offered when they change nothing", async () => {
    assert.deepEqual(await offered(propose("Leave it", (old) => old)), []);
  });

  it("are not offered when they bring a new finding", async () => {
    assert.deepEqual(await offered(propose("Query twice", () => "[list(Book.objects.all()), list(Book.objects.all())]")), []);
  });

  it("that lose a comment are not safe", async () => {
    const text = books.replace("filter(price__lt=10)", "filter(\n        price__lt=10,  # cheap\n    )");
    assert.deepEqual(await offered(propose("Return nothing", () => "[]"), text), ["Return nothing (review)"]);
  });

  it("are made anew when another file moved the code", async () => {
    const rule = defineRule({
      id: "read-with-fix",
      summary: "A relation read",
      impact: "critical",
      frameworks: ["django"],
      messages: { read: { what: "`{relation}` is read", why: "once", instead: "nothing" } },
      check: {
        relationRead(read, { report }) {
          if (read.loaded || !read.row.query) return;
          const { uri, expression } = read.row.query.origin.root;
          const fix: FixProposal = { title: "Load it", safety: "safe", build: () => [{ uri, edits: [{ span: { start: expression.end, end: expression.end }, newText: `.select_related("${read.relation.name}")` }] }] };
          report("read", { at: read.at, values: { relation: read.relation.name }, fixes: [fix] });
        },
      },
    });
    const files = project();
    files.set("shop/views.py", `from shop.helpers import open_orders\n\n\ndef orders(request):\n    return [order.customer.name for order in open_orders()]\n`);
    const workspace = await checked([rule], files);
    const [finding] = workspace.findings(uriOf("shop/views.py"));
    cost(workspace, "shop/helpers.py", `# a comment\n${helpers}`);
    const [fix] = workspace.fixes(finding);
    assert.ok(fix, "no fix is offered");
    const [{ uri, edits }] = fix.edits;
    assert.equal(pathOf(uri), "shop/helpers.py");
    assert.equal(workspace.text(uri)!.slice(0, edits[0].span.start).endsWith("return Order.objects"), true);
  });
});
