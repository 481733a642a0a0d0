import { strict as assert } from "node:assert";
import { defineRule, type FixProposal, type Rule } from "#engine";
import { frameworkNames } from "../../rules/tools/catalogue";
import { readCasePage } from "./case-page";
import { readDocPage } from "./doc-page";
import { readMarks } from "./expectations";
import { runCase } from "./run-case";
import { shopOf } from "./shops";

const fence = (words: string, code: string): string => `\`\`\`py ${words}\n${code}\`\`\`\n`;

/** Reports every query that is sent, and offers to leave it out. */
const sample: Rule = defineRule({
  id: "sample",
  summary: "A query",
  impact: "high",
  frameworks: ["django"],
  messages: { sent: { what: "`{entity}` is queried", why: "once", instead: "nothing" } },
  check: {
    queryRun(run, { report }) {
      if (!run.sends) return;
      const fix: FixProposal = { title: "Leave it out", safety: "safe", build: () => [{ uri: run.at.uri, edits: [{ span: run.at.span, newText: "[]" }] }] };
      report("sent", { at: run.at, values: { entity: run.query.entity }, fixes: [fix] });
    },
  },
});

async function problemsOf(page: string): Promise<readonly string[]> {
  const cases = readCasePage(page);
  return (await Promise.all(cases.map((one) => runCase(one, "page", sample, [sample])))).flatMap((each) => each.problems);
}

const view = (mark: string): string => `from shop.models import Book\n\n\ndef books():\n    return list(Book.objects.all())${mark}\n`;

describe("harness: marks", () => {
  it("speak of their line or, alone, of the next", () => {
    const { text, expectations, pageLines } = readMarks('a = 1\n# expect: one "x"\nb = 2  # expect: two hint\nc = 3\n', 10);
    assert.equal(text, "a = 1\nb = 2\nc = 3\n");
    assert.deepEqual(expectations.map(({ ruleId, severity, part, line, pageLine }) => [ruleId, severity, part, line, pageLine]), [["one", undefined, "x", 1, 11], ["two", "hint", "", 1, 12]]);
    assert.deepEqual(pageLines, [10, 12, 13, 14]);
  });

  it("leave other comments alone", () => {
    assert.equal(readMarks("a = 1  # why  # expect: one\n", 1).text, "a = 1  # why\n");
  });

  it("are read in every language", () => {
    for (const mark of ["// expect: one", "{# expect: one #}", "<!-- expect: one -->"]) {
      const { text, expectations } = readMarks(`x ${mark}\n`, 1);
      assert.deepEqual([text, expectations.length], ["x\n", 1], mark);
    }
  });

  it("that cannot be read are an error", () => assert.throws(() => readMarks("a = 1  # expect: !\n", 7), /line 7/));
});

describe("harness: cases", () => {
  it("pass when marks and findings agree", async () => {
    assert.deepEqual(await problemsOf(`## Case\n\n${fence("shop/views.py", view('  # expect: sample warning "`shop.Book` is queried"'))}`), []);
  });

  it("read marks in templates: at the end of a line, or on a line of their own for the next one", () => {
    const { text, expectations } = readMarks('{# expect: one "a \\"b\\"" #}\n{{ a.b }} <!-- expect: two -->\n  <!-- expect-todo: three -->\n{{ c }}\n', 1);
    assert.equal(text, "{{ a.b }}\n{{ c }}\n");
    assert.deepEqual(expectations.map((each) => [each.ruleId, each.part, each.line, each.isTodo]), [["one", 'a "b"', 0, false], ["two", "", 0, false], ["three", "", 1, true]]);
  });

  it("fail for a finding without a mark", async () => {
    const [problem] = await problemsOf(`## Case\n\n${fence("shop/views.py", view(""))}`);
    assert.match(problem, /^page:8 \(shop\/views\.py:5\): not expected\n.*got +sample warning: `shop\.Book`/);
  });

  it("fail for a mark without a finding, and for other words", async () => {
    assert.match((await problemsOf(`## Case\n\n${fence("shop/views.py", "x = 1  # expect: sample\n")}`))[0], /expected and not reported/);
    assert.match((await problemsOf(`## Case\n\n${fence("shop/views.py", view('  # expect: sample "other"'))}`))[0], /otherwise than expected/);
  });

  it("fail for a fix that must not be offered", async () => {
    const code = fence("shop/views.py", view("  # expect: sample"));
    for (const words of ["anything", "leave"]) assert.match((await problemsOf(`## Case\n\nnot offered: ${words}\n\n${code}`)).join("\n"), /^page:10 \(shop\/views\.py:5\): "Leave it out" is offered, which it must not be/);
    assert.deepEqual(await problemsOf(`## Case\n\nnot offered: another\n\n${code}`), []);
  });

  it("fail when a known miss starts to work", async () => {
    assert.deepEqual(await problemsOf(`## Case\n\n${fence("shop/views.py", "x = 1  # expect-todo: sample cannot be seen yet\n")}`), []);
    assert.match((await problemsOf(`## Case\n\n${fence("shop/views.py", view("  # expect-todo: sample"))}`))[0], /works now/);
  });

  it("compare fixes with their goldens", async () => {
    const page = (golden: string, title = "Leave it out"): string => `## Case\n\n${fence("shop/views.py", view("  # expect: sample"))}\n${fence(`shop/views.py fixed "${title}"`, golden)}`;
    const golden = view("").replace("Book.objects.all()", "[]");
    assert.deepEqual(await problemsOf(page(golden)), []);
    assert.match((await problemsOf(page(view(""))))[0], /the result of the fix differs/);
    assert.match((await problemsOf(page(golden, "Another")))[0], /not offered \(not proposed\)/);
  });

  it("join fences of one path, and replace shared ones", () => {
    const [one, two] = readCasePage(`${fence("a.py", "shared = 1\n")}\n## One\n\n${fence("a.py append", "more = 2\n")}\n## Two\n\n${fence("a.py", "own = 1\n")}\n${fence("a.py", "last = 2\n")}\n${fence('a.py fixed "T"', "last = 3\n")}`);
    assert.equal(one.files[0].text, "shared = 1\nmore = 2\n");
    assert.equal(two.files[0].text, "own = 1\nlast = 2\n");
    assert.equal(two.goldens[0].files.get("a.py"), "own = 1\nlast = 3\n");
  });
});

describe("harness: rule pages", () => {
  it("give examples their imports and the other models", () => {
    const { examples, headings } = readDocPage(`# x\n\n## What it sees\n\n${fence("bad", "Book.objects.all()\n")}\n${fence("bad models.py", "class Book(models.Model):\n    pass\n")}\n## How to fix it\n\n${fence("good", "from shop.models import Book\n")}`);
    assert.deepEqual(headings, ["What it sees", "How to fix it"]);
    assert.deepEqual(examples.map((each) => [each.mark, [...each.files.keys()]]), [["bad", ["shop/views.py", "shop/models.py"]], ["good", ["shop/views.py"]]]);
    assert.match(examples[0].files.get("shop/views.py")!, /^from django\.db import models\n/);
    const models = examples[0].files.get("shop/models.py")!;
    assert.equal(models.match(/^class Book\(/gm)?.length, 1);
    assert.match(models, /^class Order\(/m);
    assert.equal(examples[1].files.get("shop/views.py"), "from shop.models import Book\n");
  });
});

describe("harness: frameworks", () => {
  it("stand in their shop, unless a case says that it has none", () => {
    const page = (line: string): string => `# x\n\n${line}\n\n## One\n\n${fence("src/a.ts", "const a = 1; // expect: one\n")}`;
    const read = (line: string, named?: string): unknown[] => readCasePage(page(line), named).map((one) => [one.framework, one.hasShop, one.files[0].text, one.files[0].expectations.length]);
    assert.deepEqual(read(""), [["django", true, "const a = 1;\n", 1]]);
    assert.deepEqual(read("", "knex"), [["knex", true, "const a = 1;\n", 1]]);
    assert.deepEqual(read("shop: drizzle, none"), [["drizzle", false, "const a = 1;\n", 1]]);
  });

  it("have a shop each", () => {
    for (const framework of frameworkNames.keys()) assert.ok(framework === "django" || shopOf(framework)?.files.has("package.json"), framework);
  });

  it("have marks in JSX", () => {
    const { text, expectations } = readMarks('<p>\n  {/* expect: one "a" */}\n  {b} {/* expect: two */}\n</p> // expect: three\n', 1);
    assert.equal(text, "<p>\n  {b}\n</p>\n");
    assert.deepEqual(expectations.map((each) => [each.ruleId, each.line]), [["one", 1], ["two", 1], ["three", 2]]);
  });

  it("have examples of their own, with the imports of their shop", () => {
    const ts = (words: string, code: string): string => `\`\`\`ts ${words}\n${code}\`\`\`\n`;
    const { examples } = readDocPage(`# x\n\n## What it sees\n\n${fence("bad", "Book.objects.all()\n")}\n### Prisma\n\n${ts("bad", "prisma.book;\n")}\n## How to fix it\n\n${fence("good", "pass\n")}`);
    assert.deepEqual(examples.map((each) => [each.framework, ...each.files.keys()]), [["django", "shop/views.py"], ["prisma", "src/example.ts"], ["django", "shop/views.py"]]);
    assert.equal(examples[1].files.get("src/example.ts"), 'import { prisma } from "./db";\n\nprisma.book;\n');
  });
});
