import { strict as assert } from "node:assert";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { costText, statementsAt, type Cost, type Finding, type Fix, type WorkspaceApi } from "#engine";
import { copyOf, fix } from "./harness/applications";
import { callServer, FOLDER, nameOf, openApplication, type Answer, type Call, type Tables } from "./harness/endpoints";
import { noteProof } from "./harness/proofs";

/** Rules that say: this is sent again for every row. */
const PER_ROW: ReadonlySet<string> = new Set(["relation-read-in-loop", "query-in-loop", "constant-query-in-loop", "prefetch-bypassed", "insert-in-loop", "update-in-loop", "delete-in-loop", "batching-defeated"]);
const SIZES = [2, 3, 5];

const names = (n: number) => ({ names: Array.from({ length: n }, (_, at) => `tag ${at}`) });
const get = (route: string): Call => ({ method: "GET", route, url: route.replace(":id", "1") });
const post = (route: string): Call => ({ method: "POST", route, url: route, body: names });
const COMMON = [get("/users/:id"), get("/posts"), post("/posts/tags"), post("/posts/tags-at-once")];

interface Application {
  readonly folder: string;
  readonly title: string;
  readonly server: string;
  readonly tables: Tables;
  readonly calls: readonly Call[];
}

const APPLICATIONS: readonly Application[] = [
  { folder: "prisma", title: "Prisma", server: "Fastify", tables: { users: '"User"', posts: '"Post"', userId: '"userId"' }, calls: [...["/users/posts", "/users/posts-loaded", "/users/counts", "/users/counts-loaded", "/posts/authors", "/posts/authors-looked-up"].map(get), ...COMMON] },
  { folder: "typeorm", title: "TypeORM", server: "Express", tables: { users: '"user"', posts: '"post"', userId: '"userId"' }, calls: [...["/users/posts", "/users/lazy", "/users/posts-loaded", "/users/counts", "/posts/authors", "/posts/authors-looked-up"].map(get), ...COMMON] },
  { folder: "sequelize", title: "Sequelize", server: "Express", tables: { users: '"Users"', posts: '"Posts"', userId: '"userId"' }, calls: [...["/users/posts", "/users/posts-loaded", "/users/counts", "/users/counts-grouped", "/posts/authors", "/posts/authors-looked-up"].map(get), ...COMMON] },
  { folder: "drizzle", title: "Drizzle", server: "Hono", tables: { users: "users", posts: "posts", userId: "user_id" }, calls: [...["/users/posts", "/users/posts-loaded", "/users/counts", "/users/counts-grouped", "/posts/authors", "/posts/authors-joined", "/posts/authors-looked-up"].map(get), ...COMMON] },
  { folder: "knex", title: "Knex", server: "Express", tables: { users: "users", posts: "posts", userId: "user_id" }, calls: [...["/users/posts", "/users/posts-joined", "/users/counts", "/users/counts-grouped", "/posts/authors", "/posts/authors-looked-up"].map(get), ...COMMON] },
  { folder: "mikroorm", title: "MikroORM", server: "Hono", tables: { users: '"user"', posts: '"post"', userId: "user_id" }, calls: [...["/users/posts", "/users/posts-by-query", "/users/posts-loaded", "/users/counts", "/posts/authors-loaded"].map(get), ...COMMON] },
];

describe("The servers", () => {
  it("have enough addresses, a third of them correct code", () => {
    const routes = APPLICATIONS.flatMap(({ calls }) => calls.map(({ route }) => route));
    assert.ok(routes.length >= 50);
    assert.ok(routes.filter((route) => /(-loaded|-joined|-grouped|-looked-up|-at-once|:id|^\/posts)$/.test(route)).length * 3 >= routes.length);
  });
});

for (const { folder: name, title, server, tables, calls } of APPLICATIONS) {
  describe(`${title} behind ${server}, really called`, function () {
    this.timeout(180_000);
    let workspace: WorkspaceApi;
    let costs: ReadonlyMap<string, Cost>;
    let perRow: readonly Finding[];
    let runs: ReadonlyMap<number, ReadonlyMap<string, Answer>>;
    let safe: ReadonlyMap<string, Answer>;
    let all: ReadonlyMap<string, Answer>;

    before(async () => {
      const copy = copyOf(name);
      try {
        workspace = await openApplication(copy.folder);
        costs = new Map(workspace.costs().flatMap(({ routes, cost }) => routes.flatMap(({ path, methods }) => methods.map((method) => [`${method} ${path}`, cost] as const))));
        perRow = workspace.allFindings().filter(({ ruleId }) => PER_ROW.has(ruleId));
        runs = await callServer(copy.folder, tables, calls, SIZES);
        await fix(copy.folder, [...PER_ROW], false);
        safe = (await callServer(copy.folder, tables, calls, [4])).get(4)!;
        await fix(copy.folder, [...PER_ROW]);
        all = (await callServer(copy.folder, tables, calls, [4])).get(4)!;
      } finally {
        copy.remove();
      }
      const untouched = copyOf(name);
      try {
        runs = new Map([...runs, ...(await callServer(untouched.folder, tables, calls, [4]))]);
      } finally {
        untouched.remove();
      }
    });

    for (const call of calls) {
      const address = nameOf(call);
      it(`${address} sends what is predicted, and is spoken of if that grows`, () => {
        const cost = costs.get(address);
        assert.ok(cost, `no cost is known; there are ${[...costs.keys()].join(", ")}`);
        const measured = SIZES.map((n) => [n, runs.get(n)!.get(address)!] as const);
        for (const [n, { status, body, queries }] of measured) {
          assert.equal(status, 200, body);
          const { least, most } = statementsAt(cost, new Map(Object.entries({ users: n, posts: n * n, tags: 0, "posts per user": n, names: n })), NaN);
          const said: string = `${costText(cost)}: ${least} to ${most} for n = ${n}, measured ${queries}`;
          assert.ok(least <= queries && queries <= most, said);
          if (cost.exact) assert.equal(least, most, said);
        }
        noteProof({ framework: title, server, endpoint: address, predicted: costText(cost), exact: cost.exact, measured: measured.map(([n, { queries }]) => [n, queries]) });
        const grows = measured[0][1].queries < measured[2][1].queries;
        const isGrowing = cost.terms.some(({ per }) => per.length > 0);
        // A range such as 1–2 holds both.
        if (cost.exact || isGrowing) assert.equal(grows, isGrowing, "what grows");
        const unsaid = cost.terms.filter(({ per }) => per.length > 0).flatMap(({ because }) => because).filter(({ at }) => !perRow.some((finding) => covers(finding.at, at) || finding.related.some((related) => covers(related.at, at))));
        assert.deepEqual(unsaid, []);
      });

      it(`${address} answers the same after all safe fixes, and after all fixes, with no more statements`, () => {
        const before = runs.get(4)!.get(address)!;
        for (const after of [safe.get(address)!, all.get(address)!]) {
          assert.equal(after.body, before.body);
          assert.ok(after.queries <= before.queries, `${before.queries} to ${after.queries}`);
        }
      });
    }

    it("answers the same after each fix alone, which makes something cheaper and nothing dearer", async () => {
      const before = runs.get(4)!;
      const edits = new Map<string, Fix>();
      for (const finding of perRow.filter(({ at }) => /server\.ts$/.test(at.uri))) {
        for (const each of workspace.fixes(finding)) if (each.safety !== "sketch") edits.set(JSON.stringify(each.edits), each);
      }
      assert.ok(edits.size > 0, "there is a fix");
      for (const each of edits.values()) {
        const copy = copyOf(name);
        try {
          applyIn(copy.folder, each, workspace);
          const after = (await callServer(copy.folder, tables, calls, [4])).get(4)!;
          for (const [address, { body, queries }] of after) {
            assert.equal(body, before.get(address)!.body, `${each.title}: ${address}`);
            assert.ok(queries <= before.get(address)!.queries, `${each.title}: ${address} sends ${queries} instead of ${before.get(address)!.queries}`);
          }
          assert.ok([...after].some(([address, { queries }]) => queries < before.get(address)!.queries), `${each.title}: nothing got cheaper`);
        } finally {
          copy.remove();
        }
      }
      noteProof({ framework: title, fixes: edits.size });
    });

    it("gets cheaper", () => {
      const sum = (answers: ReadonlyMap<string, Answer>) => [...answers.values()].reduce((total, { queries }) => total + queries, 0);
      noteProof({ framework: title, together: [sum(runs.get(4)!), sum(safe), sum(all)] });
      assert.ok(sum(all) < sum(runs.get(4)!));
    });

    it("is not spoken of where nothing grows", () => {
      const growing = workspace.costs("everything").flatMap(({ cost }) => cost.terms.filter(({ per }) => per.length > 0).flatMap(({ because }) => because));
      const wrong = perRow.filter((finding) => /server\.ts$/.test(finding.at.uri)).filter((finding) => !growing.some(({ at }) => covers(finding.at, at) || finding.related.some((related) => covers(related.at, at))));
      assert.deepEqual(wrong.map(({ ruleId, at }) => `${ruleId} ${at.span.start}`), []);
    });
  });
}

/** Writes one fix into a copy of the application. */
function applyIn(folder: string, { edits }: Fix, workspace: WorkspaceApi): void {
  for (const { uri, edits: inFile } of edits) {
    let text = workspace.text(uri) ?? "";
    for (const { span, newText } of [...inFile].sort((a, b) => b.span.start - a.span.start)) text = text.slice(0, span.start) + newText + text.slice(span.end);
    writeFileSync(join(folder, uri.slice(FOLDER.length + 1)), text);
  }
}

function covers(outer: Finding["at"], inner: Finding["at"]): boolean {
  return outer.uri === inner.uri && outer.span.start <= inner.span.end && inner.span.start <= outer.span.end;
}
