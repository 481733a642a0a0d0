import assert from "node:assert/strict";
import type { DatabaseIndex, FixProposal, IndexColumn } from "#engine";
import { openRewriteProject, type RewriteProject } from "./django-rewrite-project";

const path = "shop/models.py";
const status: IndexColumn = { field: "status", descending: false };
const created: IndexColumn = { field: "created", descending: true };
const upper: IndexColumn = { expression: "Upper(title)", descending: false, opclass: "gin_trgm_ops" };
const head = "from django.db import models\n\n\n";
const fields = '    title = models.CharField(max_length=100)\n    status = models.CharField(max_length=10)\n    created = models.DateTimeField()\n';
const method = "\n    def __str__(self):\n        return self.title\n";
const both = 'fields=["status", "-created"], name="shop_order_status_created_idx"';
const long = `            models.Index(\n                ${both}\n            ),\n`;

type Case = readonly [name: string, before: string, after: string | undefined];

function cases(make: (project: RewriteProject) => FixProposal | undefined, all: readonly Case[]): void {
  for (const [name, before, after] of all) {
    for (const eol of ["\n", "\r\n"]) {
      it(eol === "\n" ? name : `${name} (CRLF)`, async () => {
        const project = await openRewriteProject({ [path]: before.replaceAll("\n", eol) });
        const proposal = make(project);
        if (after === undefined) assert.equal(project.edits(proposal), undefined);
        else assert.equal(await project.fixed(proposal, path), after.replaceAll("\n", eol));
      });
    }
  }
}

const entity = (project: RewriteProject, name = "Order") => {
  const found = project.model.entity(`shop.${name}`);
  assert.ok(found, `no entity ${name}`);
  return found;
};

const index = (project: RewriteProject, source: DatabaseIndex["source"], name = "Order"): DatabaseIndex => {
  const found = entity(project, name).indexes.find((one) => one.source === source);
  assert.ok(found, `no index by ${source}`);
  return found;
};

describe("Django rewriter: indexes", () => {
  describe("addIndex", () => cases((project) => project.rewriter.addIndex(entity(project), { columns: [status, created] }, "Add"), [
    [
      "makes Meta between fields and methods",
      `${head}class Order(models.Model):\n${fields}${method}`,
      `${head}class Order(models.Model):\n${fields}\n    class Meta:\n        indexes = [\n${long}        ]\n${method}`,
    ],
    [
      "makes Meta at the end of a class without methods",
      `${head}class Order(models.Model):\n${fields.trimEnd()}  # when\n\n\nclass Other(models.Model):\n    pass\n`,
      `${head}class Order(models.Model):\n${fields.trimEnd()}  # when\n\n    class Meta:\n        indexes = [\n${long}        ]\n\n\nclass Other(models.Model):\n    pass\n`,
    ],
    [
      "makes the list in a Meta that has none",
      `${head}class Order(models.Model):\n${fields}\n    class Meta:\n        ordering = ["title"]  # by name\n${method}`,
      `${head}class Order(models.Model):\n${fields}\n    class Meta:\n        ordering = ["title"]  # by name\n        indexes = [\n${long}        ]\n${method}`,
    ],
    [
      "takes the place of pass",
      `${head}class Order(models.Model):\n${fields}\n    class Meta:\n        pass\n`,
      `${head}class Order(models.Model):\n${fields}\n    class Meta:\n        indexes = [\n${long}        ]\n`,
    ],
    [
      "adds a line to a list on several lines",
      `${head}class Order(models.Model):\n${fields}\n    class Meta:\n        indexes = [\n            models.Index(fields=["title"], name="t"),  # search\n        ]\n`,
      `${head}class Order(models.Model):\n${fields}\n    class Meta:\n        indexes = [\n            models.Index(fields=["title"], name="t"),  # search\n${long}        ]\n`,
    ],
    [
      "breaks up a list on one line that grows too long",
      `${head}class Order(models.Model):\n${fields}\n    class Meta:\n        indexes = [models.Index(fields=["title"], name="t")]\n`,
      `${head}class Order(models.Model):\n${fields}\n    class Meta:\n        indexes = [\n            models.Index(fields=["title"], name="t"),\n${long}        ]\n`,
    ],
    [
      "fills an empty list",
      `${head}class Order(models.Model):\n${fields}\n    class Meta:\n        indexes = []\n`,
      `${head}class Order(models.Model):\n${fields}\n    class Meta:\n        indexes = [\n${long}        ]\n`,
    ],
    [
      "leaves a list alone that is calculated",
      `${head}EXTRA = []\n\n\nclass Order(models.Model):\n${fields}\n    class Meta:\n        indexes = [models.Index(fields=["title"], name="t")] + EXTRA\n`,
      undefined,
    ],
    [
      "keeps the Meta of an abstract base, and its indexes",
      `${head}class Base(models.Model):\n${fields}\n    class Meta:\n        abstract = True\n        indexes = [models.Index(fields=["title"], name="%(class)s_t")]\n\n\nclass Order(Base):\n    number = models.IntegerField()\n`,
      `${head}class Base(models.Model):\n${fields}\n    class Meta:\n        abstract = True\n        indexes = [models.Index(fields=["title"], name="%(class)s_t")]\n\n\nclass Order(Base):\n    number = models.IntegerField()\n\n    class Meta(Base.Meta):\n        indexes = [\n            *Base.Meta.indexes,\n${long}        ]\n`,
    ],
    [
      "keeps tabs and single quotes",
      "from django.db import models\n\n\nclass Order(models.Model):\n\ttitle = models.CharField(max_length=100, help_text='a')\n\tstatus = models.CharField(max_length=10)\n\tcreated = models.DateTimeField()\n",
      "from django.db import models\n\n\nclass Order(models.Model):\n\ttitle = models.CharField(max_length=100, help_text='a')\n\tstatus = models.CharField(max_length=10)\n\tcreated = models.DateTimeField()\n\n\tclass Meta:\n\t\tindexes = [models.Index(fields=['status', '-created'], name='shop_order_status_created_idx')]\n".replace(
        "\t\tindexes = [models.Index(fields=['status', '-created'], name='shop_order_status_created_idx')]", "\t\tindexes = [\n\t\t\tmodels.Index(fields=['status', '-created'], name='shop_order_status_created_idx'),\n\t\t]"),
    ],
  ]));

  it("keeps a short list on one line", async () => {
    const project = await openRewriteProject({ [path]: `${head}class Order(models.Model):\n${fields}` });
    const text = await project.fixed(project.rewriter.addIndex(entity(project), { columns: [status] }, "Add"), path);
    assert.equal(text, `${head}class Order(models.Model):\n${fields}\n    class Meta:\n        indexes = [models.Index(fields=["status"], name="shop_order_status_idx")]\n`);
  });

  it("writes a trigram index with everything it needs", async () => {
    const project = await openRewriteProject({ [path]: `${head}class Order(models.Model):\n${fields}` });
    const text = await project.fixed(project.rewriter.addIndex(entity(project), { columns: [upper], method: "gin" }, "Add"), path);
    assert.equal(
      text,
      `from django.contrib.postgres.indexes import GinIndex, OpClass\nfrom django.db import models\nfrom django.db.models.functions import Upper\n\n\nclass Order(models.Model):\n${fields}\n    class Meta:\n        indexes = [\n`
      + `            GinIndex(\n                OpClass(Upper("title"), name="gin_trgm_ops"),\n                name="shop_order_upper_title_idx",\n            ),\n        ]\n`,
    );
  });

  it("gives names of at most 30 characters that nobody has", async () => {
    const code = `${head}class VeryLongOrderOfThings(models.Model):\n${fields}    a_rather_long_column = models.IntegerField()\n`;
    const project = await openRewriteProject({ [path]: code });
    const columns = [status, created, { field: "a_rather_long_column", descending: false }];
    const text = await project.fixed(project.rewriter.addIndex(entity(project, "VeryLongOrderOfThings"), { columns }, "Add"), path);
    const name = /name="([^"]+)"/.exec(text)![1];
    assert.ok(name.length <= 30 && /^[a-z]/.test(name), name);
    const again = await openRewriteProject({ [path]: text });
    const second = await again.fixed(again.rewriter.addIndex(entity(again, "VeryLongOrderOfThings"), { columns }, "Add"), path);
    const names = [...second.matchAll(/name="([^"]+)"/g)].map((match) => match[1]);
    assert.equal(new Set(names).size, 2, second);
    assert.ok(names.every((one) => one.length <= 30));
  });

  describe("removeIndex", () => {
    const meta = (indexes: string, more = ""): string => `${head}class Order(models.Model):\n${fields}\n    class Meta:\n${more}        indexes = ${indexes}\n`;
    cases((project) => project.rewriter.removeIndex(entity(project), index(project, "meta-index"), "Remove"), [
      [
        "one of several lines",
        meta('[\n            models.Index(fields=["status"], name="s"),\n            models.Index(fields=["title"], name="t"),  # keep\n        ]'),
        meta('[\n            models.Index(fields=["title"], name="t"),  # keep\n        ]'),
      ],
      ["one of one line", meta('[models.Index(fields=["status"], name="s"), models.Index(fields=["title"], name="t")]'), meta('[models.Index(fields=["title"], name="t")]')],
      ["the last one with its list", meta('[models.Index(fields=["status"], name="s")]', '        ordering = ["title"]\n'), `${head}class Order(models.Model):\n${fields}\n    class Meta:\n        ordering = ["title"]\n`],
      ["the last one with its Meta", meta('[models.Index(fields=["status"], name="s")]') + method, `${head}class Order(models.Model):\n${fields}${method}`],
    ]);
    cases((project) => project.rewriter.removeIndex(entity(project), index(project, "db-index"), "Remove"), [
      ["db_index", `${head}class Order(models.Model):\n    title = models.CharField(max_length=9, db_index=True)\n`, `${head}class Order(models.Model):\n    title = models.CharField(max_length=9)\n`],
      [
        "db_index on a line of its own",
        `${head}class Order(models.Model):\n    title = models.CharField(\n        max_length=9,\n        db_index=True,\n    )\n`,
        `${head}class Order(models.Model):\n    title = models.CharField(\n        max_length=9,\n    )\n`,
      ],
    ]);
    cases((project) => project.rewriter.removeIndex(entity(project), index(project, "foreign-key"), "Remove"), [
      [
        "a foreign key's own",
        `${head}class Order(models.Model):\n    parent = models.ForeignKey("self", on_delete=models.CASCADE)\n`,
        `${head}class Order(models.Model):\n    parent = models.ForeignKey("self", on_delete=models.CASCADE, db_index=False)\n`,
      ],
    ]);
  });

  describe("replaceIndex", () => cases((project) => project.rewriter.replaceIndex(entity(project), index(project, "meta-index"), { columns: [{ expression: "Upper(title)", descending: false }] }, "Replace"), [
    [
      "in place",
      `${head}class Order(models.Model):\n${fields}\n    class Meta:\n        indexes = [\n            models.Index(fields=["title"], name="t"),\n        ]\n`,
      `from django.db import models\nfrom django.db.models.functions import Upper\n\n\nclass Order(models.Model):\n${fields}\n    class Meta:\n        indexes = [\n            models.Index(Upper("title"), name="shop_order_upper_title_idx"),\n        ]\n`,
    ],
  ]));
});
