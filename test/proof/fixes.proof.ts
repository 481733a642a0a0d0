import { strict as assert } from "node:assert";
import { costText, statementsAt } from "#engine";
import { noteProof } from "./harness/proofs";
import { copyOf, fix, predict, runApplication, type Prediction, type Run } from "./harness/applications";
import { growingPlaces, perRow, speaksOf } from "./harness/growth";

const RULES = ["query-in-loop", "relation-read-in-loop", "insert-in-loop", "update-in-loop", "delete-in-loop", "existence-by-count", "count-by-length", "commit-in-loop"];

/** Keys that are there, twice, and not at all. */
const IDS = [3, 1, 99, 1];
const CALLS: Readonly<Record<string, readonly unknown[]>> = {
  namesOneByOne: [IDS],
  namesAtOnce: [IDS],
  namesOfText: [IDS.map(String)],
  namesByEmail: [["u3@x", "nobody@x", "u1@x", "u3@x"]],
  authors: [],
  titles: [],
  titlesByQuery: [],
  viewed: [],
  howMany: [],
  anyTitled: ["a"],
  addTags: [["x", "y", "x"]],
  insertTags: [["v", "w"]],
  clearViews: [[2, 99, 3, 2]],
  archive: [],
  removeNotes: [[5, 99, 5]],
  removeEmpty: [],
  page: [0],
  pageAndNumber: [],
  postsByQuery: [],
  pageOfBuilder: [],
  oneWithPosts: [1],
  titlesAtOnce: [],
  titlesAfterwards: [],
  twice: [1],
  addTogether: [["p", "q"]],
  raise: [],
  removeTags: [],
  register: ["new@x"],
};

const TITLES: Readonly<Record<string, string>> = { prisma: "Prisma", typeorm: "TypeORM", sequelize: "Sequelize", drizzle: "Drizzle", knex: "Knex", mikroorm: "MikroORM" };
/** Functions that walk the rows that a condition leaves, or leave keys out that are null or empty. */
const FILTERED: ReadonlySet<string> = new Set(["archive", "removeEmpty", "authors", "removeNotes"]);
/** Rows that `setup` makes. */
const ROWS = { users: 5, posts: 7, notes: 5, "posts per user": 3 };

const HAS: Readonly<Record<string, readonly string[]>> = {
  prisma: ["namesOneByOne", "namesAtOnce", "namesByEmail", "authors", "titles", "viewed", "addTags", "clearViews", "archive", "removeNotes", "removeEmpty"],
  typeorm: ["namesOneByOne", "namesAtOnce", "namesByEmail", "authors", "titles", "titlesByQuery", "page", "pageAndNumber", "postsByQuery", "pageOfBuilder", "oneWithPosts", "addTags", "insertTags", "clearViews", "archive", "removeNotes", "removeEmpty"],
  sequelize: ["namesOneByOne", "namesOfText", "namesAtOnce", "namesByEmail", "authors", "titles", "titlesByQuery", "anyTitled", "addTags", "clearViews", "archive", "removeNotes", "removeEmpty"],
  drizzle: ["namesOneByOne", "namesAtOnce", "namesByEmail", "titles", "titlesByQuery", "howMany", "addTags", "clearViews", "archive", "removeNotes"],
  mikroorm: ["namesOneByOne", "namesByEmail", "authors", "titles", "titlesAtOnce", "titlesAfterwards", "pageAndNumber", "twice", "addTags", "addTogether", "raise", "removeTags", "register"],
  knex: ["namesOneByOne", "namesOfText", "namesAtOnce", "namesByEmail", "authors", "titles", "addTags", "clearViews", "removeNotes"],
};

for (const [name, functions] of Object.entries(HAS)) {
  describe(`The fixes in an application with ${name}`, () => {
    const calls = Object.fromEntries(functions.map((each) => [each, CALLS[each]]));
    let prediction: Prediction;
    let before_: Readonly<Record<string, Run>>;
    let after_: Readonly<Record<string, Run>>;
    before(async function () {
      this.timeout(120_000);
      const copy = copyOf(name);
      try {
        prediction = await predict(copy.folder);
        before_ = await runApplication(copy.folder, calls);
        await fix(copy.folder, RULES);
        after_ = await runApplication(copy.folder, calls);
      } finally {
        copy.remove();
      }
    });

    for (const each of functions) {
      it(`${each} answers the same, with no more statements`, () => {
        assert.deepEqual(after_[each].answer, before_[each].answer);
        assert.ok(after_[each].statements <= before_[each].statements, `${after_[each].statements} after ${before_[each].statements}`);
      });
    }

    for (const each of functions) {
      it(`${each} sends what is predicted`, () => {
        const cost = prediction.costs.get(each);
        assert.ok(cost, "no cost is known");
        const { least, most } = statementsAt(cost, new Map(Object.entries({ ...ROWS, ids: IDS.length, emails: 4, batches: 1, names: (CALLS[each][0] as readonly unknown[] | undefined)?.length ?? 0 })), NaN);
        const { queries } = before_[each];
        const said = `${costText(cost)}: ${least} to ${most}, measured ${queries}`;
        // Rows that a condition leaves are not all rows of the table.
        assert.ok((least <= queries || FILTERED.has(each)) && queries <= most, said);
        noteProof({ framework: TITLES[name], endpoint: each, predicted: costText(cost), exact: cost.exact, measured: [[1, queries]] });
      });
    }

    it("has a finding for every place that sends more when tables grow, and none elsewhere", () => {
      const places = growingPlaces(functions.map((each) => prediction.costs.get(each)!));
      // What the servers of the application ask is proven over HTTP (`endpoints.proof.ts`).
      const findings = perRow(prediction.findings).filter(({ at }) => /\/app\.[jt]s$/.test(at.uri));
      const missed = places.filter((place) => !findings.some((finding) => speaksOf(finding, place)));
      const wrong = findings.filter((finding) => !places.some((place) => speaksOf(finding, place)));
      noteProof({ framework: TITLES[name], places: places.length, spoken: places.length - missed.length, findings: findings.length, right: findings.length - wrong.length });
      assert.deepEqual(wrong.map(({ ruleId, at }) => `${ruleId} ${prediction.placeOf(at)}`), []);
      assert.deepEqual(missed.map(({ at, message }) => `${prediction.placeOf(at)} ${message}`), []);
    });

    it("asks less in all", () => {
      const sum = (runs: Readonly<Record<string, Run>>) => Object.values(runs).reduce((total, { statements }) => total + statements, 0);
      assert.ok(sum(after_) < sum(before_), `${sum(after_)} after ${sum(before_)}`);
    });
  });
}
