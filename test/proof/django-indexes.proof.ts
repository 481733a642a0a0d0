import { strict as assert } from "node:assert";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Finding, Fix } from "#engine";
import { explain, shopOf } from "./django/explain";
import { ensureDjango, fixed, open, type Django, type Files } from "./django/project";
import { noteProof } from "./harness/proofs";
import { englishPostgres, type Postgres } from "./harness/postgres";

const ROWS = 100_000;
const RULES: ReadonlySet<string> = new Set(["lookup-defeats-index", "index-never-used", "missing-index", "missing-foreign-key-index", "redundant-index"]);
const NAME = "c4ca4238a0b923820dcc509a6f75849b";

const customers = (field: string, index: string) => `from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.functions import Upper


class Customer(models.Model):
    name = models.CharField(max_length=100${field})
${index && `
    class Meta:
        indexes = [${index}]
`}
    def __str__(self):
        return self.name
`;
const found = (condition: string) => `Customer.objects.filter(${condition})[:20]`;
/** The lookups of a text, as views ask for them; names are 32 hexadecimal digits, so each finds few rows. */
const LOOKUPS: Readonly<Record<string, readonly [view: string, asked: string]>> = {
  exact: [found('name=request.GET["q"]'), NAME],
  in_list: [found('name__in=request.GET["q"].split(",")'), `${NAME},c81e728d9d4c2f636f067f89cc14862c`],
  startswith: [found('name__startswith=request.GET["q"]'), "c4ca4238"],
  regex: [found('name__regex=r"^c4ca4238"'), ""],
  contains: [found('name__contains=request.GET["q"]'), "a0b923820"],
  endswith: [found('name__endswith=request.GET["q"]'), "6f75849b"],
  iexact: [found('name__iexact=request.GET["q"]'), NAME],
  istartswith: [found('name__istartswith=request.GET["q"]'), "c4ca4238"],
  icontains: [found('name__icontains=request.GET["q"]'), "a0b923820"],
  iendswith: [found('name__iendswith=request.GET["q"]'), "6f75849b"],
};

const EVENTS = `from django.db import models


class Customer(models.Model):
    name = models.CharField(max_length=100)


class Event(models.Model):
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, db_index=False)
    at = models.DateTimeField(db_index=True)
    number = models.IntegerField()
    code = models.IntegerField()

    class Meta:
        indexes = [models.Index(fields=["code"], name="code_only"), models.Index(fields=["code", "at"], name="code_and_at")]
`;
const EVENT_VIEWS: Readonly<Record<string, readonly [view: string, asked: string]>> = {
  filtered: ['Event.objects.filter(number=request.GET["q"])[:20]', "7"],
  sorted: ['Event.objects.order_by("-number")[:20]', ""],
  foreign_key: ['Event.objects.filter(customer=request.GET["q"])[:20]', "7"],
  day: ['Event.objects.filter(at__date="2024-01-05")[:2000]', ""],
  year: ['Event.objects.filter(at__year=2031)[:20]', ""],
  code: ['Event.objects.filter(code=request.GET["q"])[:20]', "7"],
};

interface Kind {
  readonly name: string;
  readonly models: string;
  readonly views: Readonly<Record<string, readonly [view: string, asked: string]>>;
  readonly fill: string;
}

const FILL = `INSERT INTO shop_customer (name) SELECT md5(i::text) FROM generate_series(1, ${ROWS}) i`;
const FILL_EVENTS = `INSERT INTO shop_customer (name) SELECT md5(i::text) FROM generate_series(1, 10000) i; INSERT INTO shop_event (customer_id, at, number, code) SELECT i % 10000 + 1, timestamp '2024-01-01' + i * interval '1 minute', (i * 7919) % ${ROWS}, i % 5000 FROM generate_series(1, ${ROWS}) i`;

const KINDS: readonly Kind[] = [
  { name: "no index", models: customers("", ""), views: LOOKUPS, fill: FILL },
  { name: "`Index(fields)`", models: customers("", 'models.Index(fields=["name"], name="customer_name")'), views: LOOKUPS, fill: FILL },
  { name: "`db_index=True`", models: customers(", db_index=True", ""), views: LOOKUPS, fill: FILL },
  { name: "trigrams", models: customers("", 'GinIndex(fields=["name"], opclasses=["gin_trgm_ops"], name="customer_name")'), views: LOOKUPS, fill: FILL },
  { name: "trigrams of `Upper`", models: customers("", 'GinIndex(OpClass(Upper("name"), name="gin_trgm_ops"), name="customer_name")'), views: LOOKUPS, fill: FILL },
  { name: "`Index(Upper)`", models: customers("", 'models.Index(Upper("name"), name="customer_name")'), views: LOOKUPS, fill: FILL },
  { name: "`Index(Upper)` for patterns", models: customers("", 'models.Index(OpClass(Upper("name"), name="text_pattern_ops"), name="customer_name")'), views: LOOKUPS, fill: FILL },
  { name: "other queries", models: EVENTS, views: EVENT_VIEWS, fill: FILL_EVENTS },
];

/** Scans of which nothing is said yet. */
const NOT_SAID: ReadonlySet<string> = new Set(["no index startswith", "no index regex", "`Index(fields)` regex"]);

const run = process.env.SCALE_HINTS_SKIP_PYTHON === "1" ? describe.skip : describe;

run(`Django's indexes on PostgreSQL with ${ROWS} rows`, function () {
  this.timeout(240_000);
  let django: Django;
  let server: Postgres;
  before(async () => {
    django = ensureDjango();
    server = await englishPostgres();
  });
  after(() => server?.stop());

  for (const { name, models, views, fill } of KINDS) {
    it(`${name}: what is said is what PostgreSQL does, and fixes are served by an index`, async () => {
      const folder = mkdtempSync(join(tmpdir(), "scale-hints-indexes-"));
      const problems: string[] = [];
      try {
        await server.reset();
        const url = (view: string) => `/${view}/?q=${encodeURIComponent(views[view][1])}`;
        const all = shopOf(models, Object.fromEntries(Object.entries(views).map(([view, [code]]) => [view, code])));
        const before = await explain(django, server.port, folder, new Map([...all, ["shop/migrations/__init__.py", ""]]), fill, Object.keys(views).map(url));
        const fixes = new Map<string, { readonly views: string[]; readonly rules: Set<string>; readonly files: Files }>();
        for (const [view, [code]] of Object.entries(views)) {
          const isScan = scans(before.plans[url(view)].plan);
          // Each query by itself, so that what is said of an index is said because of it.
          const alone = shopOf(models, { [view]: code });
          const workspace = await open(alone);
          const said = workspace.allFindings().filter(({ ruleId }) => RULES.has(ruleId));
          const ofQuery = said.filter((finding) => concerns(finding, view));
          const rules = [...new Set(ofQuery.map(({ ruleId }) => ruleId))];
          noteProof({ framework: "Django", index: name, lookup: view, scans: isScan, said: rules });
          if (isScan !== ofQuery.some(({ ruleId }) => ruleId !== "redundant-index") && !NOT_SAID.has(`${name} ${view}`)) problems.push(`${view}: ${isScan ? "scans" : "uses the index"}, said: ${rules.join(", ") || "nothing"}: ${before.plans[url(view)].plan.join(" | ")}`);
          for (const finding of ofQuery) {
            const fix = workspace.fixes(finding).find((each) => changesModels(each));
            if (!fix) continue;
            const after = fixed(alone, fix);
            const key = after.get("shop/models.py")!;
            const group = fixes.get(key) ?? { views: [], rules: new Set(), files: new Map([...all, ["shop/models.py", key]]) };
            if (!group.views.includes(view)) group.views.push(view);
            group.rules.add(finding.ruleId);
            fixes.set(key, group);
          }
        }
        for (const group of fixes.values()) {
          const then = await explain(django, server.port, folder, group.files, "", group.views.map(url));
          if (!/Create index|Remove index|Alter field|Add index/i.test(then.made)) problems.push(`${group.views.join()}: no migration was made: ${then.made}`);
          for (const view of group.views) {
            const { plan, answer } = then.plans[url(view)];
            if (answer !== before.plans[url(view)].answer) problems.push(`${view}: another answer`);
            if (scans(plan)) problems.push(`${view}: still scans after ${[...group.rules].join()}: ${plan.join(" | ")}`);
          }
          noteProof({ framework: "Django", index: name, lookups: group.views, migrated: then.made.split("\n").filter((line) => /^ +[-+~] /.test(line)).map((line) => line.trim()) });
          await explain(django, server.port, folder, all, "", []);
        }
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
      assert.deepEqual(problems, []);
    });
  }
});

/** Whether a finding is about the query of this view: one about an index of `code` is about no other view. */
function concerns({ ruleId }: Finding, view: string): boolean {
  return ruleId === "redundant-index" ? view === "code" : ruleId === "missing-foreign-key-index" ? view === "foreign_key" : true;
}

function changesModels({ edits }: Fix): boolean {
  return edits.some(({ uri }) => uri.endsWith("/models.py"));
}

function scans(plan: readonly string[]): boolean {
  return plan.some((line) => /Seq Scan/.test(line));
}
