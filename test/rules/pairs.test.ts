import { strict as assert } from "node:assert";
import { rules } from "../../rules";
import { frameworkNames } from "../../rules/tools/catalogue";
import { readCasePage } from "../harness/case-page";
import { readDocPage } from "../harness/doc-page";
import { rulePages } from "./pages";

type Orm = "prisma" | "typeorm" | "sequelize" | "drizzle" | "mikroorm" | "knex";

const ALL: readonly Orm[] = ["prisma", "typeorm", "sequelize", "drizzle", "mikroorm", "knex"];

/** What was promised: which ORMs of TypeScript each rule speaks of. Rules may claim more. */
const PROMISED: Readonly<Record<string, readonly Orm[]>> = {
  "relation-read-in-loop": ["typeorm", "sequelize", "mikroorm"],
  "query-in-loop": ALL,
  "constant-query-in-loop": ALL,
  "deferred-column-read-in-loop": ["typeorm"],
  "batching-defeated": ["prisma", "mikroorm"],
  "commit-in-loop": ["typeorm", "mikroorm"],
  "insert-in-loop": ALL,
  "update-in-loop": ALL,
  "delete-in-loop": ALL,
  "unbounded-query": ALL,
  "unbounded-page-size": ALL,
  "unbounded-nested-include": ["prisma", "drizzle"],
  "unordered-pagination": ALL,
  "deep-offset": ALL,
  "cartesian-eager-load": ["typeorm", "sequelize", "mikroorm"],
  "always-eager-relation": ["typeorm"],
  "count-by-length": ALL,
  "existence-by-loading": ["prisma"],
  "existence-by-count": ALL,
  "aggregate-in-code": ALL,
  "filter-in-code": ALL,
  "repeated-evaluation": ALL,
  "dead-query": ALL,
  "random-order": ["typeorm", "sequelize", "knex"],
  "unused-columns-loaded": ["prisma", "drizzle"],
  "lookup-defeats-index": ALL,
  "missing-index": ALL,
  "missing-foreign-key-index": ALL,
  "redundant-index": ["prisma", "typeorm", "drizzle"],
  "io-in-transaction": ["prisma", "typeorm"],
  "lost-update": ["prisma", "typeorm"],
  "default-connection-pool": ["typeorm", "sequelize", "knex", "prisma"],
  "connection-per-request": ["prisma", "typeorm", "sequelize", "drizzle", "knex"],
  "debug-in-production": ["prisma", "typeorm", "sequelize"],
  "schema-sync-in-production": ["typeorm", "sequelize", "mikroorm"],
};

/** Pairs that make no sense, with the reason; each is measured, and its rule's page says so. */
const SENSELESS: Readonly<Record<string, Partial<Record<Orm, string>>>> = {
  "deferred-column-read-in-loop": { typeorm: "a column that was not selected is undefined: nothing is sent when it is read" },
  "unordered-pagination": { prisma: "Prisma orders pages by the key itself" },
};

describe("rules and the ORMs of TypeScript", () => {
  const cases = rulePages("cases.md").flatMap((page) => readCasePage(page.text, page.framework).map((one) => ({ id: page.id, one })));
  const docs = new Map(rulePages("doc.md").map((page) => [page.id, readDocPage(page.text)]));

  it("are what was promised", () => {
    const missing = Object.entries(PROMISED).flatMap(([id, orms]) => {
      const rule = rules.find((each) => each.id === id);
      return orms.filter((orm) => !rule?.frameworks.includes(orm) && SENSELESS[id]?.[orm] === undefined).map((orm) => `${id}: ${orm}`);
    });
    assert.deepEqual(missing, []);
  });

  it("have a page that says why a pair is missing", () => {
    for (const [id, reasons] of Object.entries(SENSELESS)) {
      const page = rulePages("doc.md").find((each) => each.id === id)?.text ?? "";
      for (const orm of Object.keys(reasons)) assert.ok(page.includes(frameworkNames.get(orm)!), `${id}: its page says nothing of ${orm}`);
    }
  });

  it("no reason is given for a pair that is there", () => {
    const stale = Object.entries(SENSELESS).flatMap(([id, reasons]) => Object.keys(reasons).filter((orm) => (rules.find((each) => each.id === id)?.frameworks as readonly string[] | undefined)?.includes(orm)).map((orm) => `${id}: ${orm}`));
    assert.deepEqual(stale, []);
  });

  for (const { id, frameworks } of rules) {
    for (const orm of frameworks.filter((each): each is Orm => (ALL as readonly string[]).includes(each))) {
      it(`${id} has a finding, silence and examples in ${frameworkNames.get(orm)}`, () => {
        const own = cases.filter((each) => each.id === id && each.one.framework === orm);
        const hits = own.map(({ one }) => one.files.some(({ expectations }) => expectations.some((each) => each.ruleId === id && !each.isTodo)));
        assert.ok(hits.includes(true), `no case of ${orm} expects a finding`);
        assert.ok(hits.includes(false), `no case of ${orm} is silent`);
        const examples = docs.get(id)?.examples.filter((each) => each.framework === orm) ?? [];
        for (const mark of ["bad", "good"] as const) assert.ok(examples.some((each) => each.mark === mark), `doc.md has no ${mark} example of ${orm}`);
      });
    }
  }
});
