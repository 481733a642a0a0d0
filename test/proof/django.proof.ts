import { strict as assert } from "node:assert";
import { costText, statementsAt, type EndpointCost, type Finding, type Fix, type WorkspaceApi } from "#engine";
import { ensureDjango, type Django, fixed, measure, open, pathOf, sources, type Files, type Run } from "./django/project";
import { growingPlaces, perRow as perRowOf, speaksOf } from "./harness/growth";
import { noteProof } from "./harness/proofs";

const SIZES = [2, 3, 5];
/** Where what grows is not worth a word: never more than five rows; a table that stays small whatever the application does. */
const TOO_FEW: ReadonlySet<string> = new Set(["/five-newest/", "/books-of-countries/"]);

const run = process.env.SCALE_HINTS_SKIP_PYTHON === "1" ? describe.skip : describe;

run("Django, really run", function () {
  this.timeout(600_000);
  const files = sources();
  const routes = routesOf(files);
  let django: Django;
  let workspace: WorkspaceApi;
  let runs: readonly Run[];
  let costs: ReadonlyMap<string, EndpointCost>;
  let perRow: readonly Finding[];

  before(async () => {
    django = ensureDjango();
    workspace = await open(files);
    runs = await measure(django, files, ...SIZES);
    costs = new Map(workspace.costs().flatMap((each) => each.routes.map(({ path }) => [path, each] as const)));
    perRow = perRowOf(workspace.allFindings());
  });

  it("calls every address", () => {
    assert.ok(routes.length >= 70, `${routes.length} addresses`);
    assert.deepEqual(Object.keys(runs[0].endpoints).sort(), [...routes].sort());
    for (const { endpoints } of runs) for (const [route, { status }] of Object.entries(endpoints)) assert.equal(status, 200, route);
  });

  describe("counts", () => {
    for (const route of routes) {
      it(`${route} sends what is predicted`, () => {
        const endpoint = costs.get(route);
        assert.ok(endpoint, "no cost is known");
        for (const { n, counts, endpoints } of runs) {
          const { least, most } = statementsAt(endpoint.cost, new Map(Object.entries(counts)), NaN);
          const { queries } = endpoints[route];
          const said: string = `${costText(endpoint.cost)}: ${least} to ${most} for n = ${n}, measured ${queries}`;
          assert.ok(least <= queries && queries <= most, said);
          if (endpoint.cost.exact) assert.equal(least, most, said);
        }
        noteProof({ framework: "Django", endpoint: route, predicted: costText(endpoint.cost), exact: endpoint.cost.exact, measured: runs.map(({ n, endpoints }) => [n, endpoints[route].queries]) });
      });
    }
  });

  describe("findings", () => {
    it("speak of every term that grows", () => {
      const places = growingPlaces(routes.map((route) => costs.get(route)!.cost));
      const missed = places.filter((place) => !perRow.some((finding) => speaksOf(finding, place)));
      const right = perRow.filter((finding) => places.some((place) => speaksOf(finding, place)));
      noteProof({ framework: "Django", places: places.length, spoken: places.length - missed.length, findings: perRow.length, right: right.length });
      const tooFew = growingPlaces([...TOO_FEW].map((route) => costs.get(route)!.cost));
      assert.deepEqual(missed.filter((each) => !tooFew.includes(each)).map(({ at }) => `${pathOf(at.uri)} ${lineOf(files, at)}`), []);
    });

    it("speak of nothing that does not grow", () => {
      const growing = growingPlaces([...costs.values()].map(({ cost }) => cost));
      const wrong = perRow.filter((finding) => !growing.some((place) => speaksOf(finding, place)));
      assert.deepEqual(wrong.map(({ ruleId, at }) => `${ruleId} ${pathOf(at.uri)} ${lineOf(files, at)}`), []);
    });

    it("grow when they are measured", () => {
      for (const route of routes) {
        const [first, , last] = runs.map(({ endpoints }) => endpoints[route].queries);
        const grows = costs.get(route)!.cost.terms.some(({ per }) => per.length > 0);
        assert.equal(last > first, grows, `${route}: ${first} to ${last}`);
      }
    });
  });

  describe("fixes", () => {
    it("change no answer, send less, and add nothing elsewhere, each by itself", async () => {
      const [before] = await measure(django, files, 3);
      const offered = perRow.flatMap((finding) => workspace.fixes(finding).filter(({ safety }) => safety !== "sketch").map((fix) => ({ finding, fix })));
      assert.ok(offered.length >= 30, `${offered.length} fixes`);
      let next = 0;
      const problems: string[] = [];
      const work = async (): Promise<void> => {
        for (let at = next++; at < offered.length; at = next++) problems.push(...(await proveFix(offered[at], before)));
      };
      await Promise.all([work(), work()]);
      assert.deepEqual(problems, []);
      noteProof({ framework: "Django", fixes: offered.length });
    });

    it("leave nothing that grows but what has no safe fix, all together", async () => {
      let after: Files = files;
      for (let round = 0; round < 100; round++) {
        const now = await open(after);
        const fix = firstOf(perRowOf(now.allFindings()), (finding) => now.fixes(finding).find(({ safety }) => safety === "safe"));
        if (!fix) break;
        after = fixed(after, fix);
      }
      const [[before], [then]] = [await measure(django, files, 4), await measure(django, after, 4)];
      const left = await open(after);
      const stillGrowing = new Set(left.costs().filter(({ cost }) => cost.terms.some(({ per }) => per.length > 0)).flatMap((each) => each.routes.map(({ path }) => path)));
      for (const route of routes) {
        assert.equal(then.endpoints[route].answer, before.endpoints[route].answer, route);
        assert.ok(then.endpoints[route].queries <= before.endpoints[route].queries, `${route}: ${before.endpoints[route].queries} to ${then.endpoints[route].queries}`);
      }
      const sum = (each: Run): number => routes.reduce((total, route) => total + each.endpoints[route].queries, 0);
      noteProof({ framework: "Django", together: [sum(before), sum(then)], left: stillGrowing.size });
      assert.ok(sum(then) * 2 < sum(before), `${sum(before)} to ${sum(then)}`);
    });
  });

  /** Runs the project with one fix: the same answers, nothing that is dearer, and something that is cheaper. */
  async function proveFix({ finding, fix }: { readonly finding: Finding; readonly fix: Fix }, before: Run): Promise<readonly string[]> {
    const name = `${finding.ruleId} ${pathOf(finding.at.uri)}:${lineOf(files, finding.at)} "${fix.title}"`;
    const after = fixed(files, fix);
    const [then] = await measure(django, after, 3).catch((error: Error) => [error]);
    if (then instanceof Error) return [`${name}: ${then.message}`];
    const problems: string[] = [];
    let saved = 0;
    for (const route of routes) {
      const [was, is] = [before.endpoints[route], then.endpoints[route]];
      if (is.status !== was.status || is.answer !== was.answer) problems.push(`${name}: ${route} answers otherwise`);
      if (is.queries > was.queries) problems.push(`${name}: ${route} sends ${is.queries} instead of ${was.queries}`);
      saved += was.queries - is.queries;
    }
    if (saved <= 0) problems.push(`${name}: nothing is saved`);
    return problems;
  }
});

/** The addresses of the project, as Django and the costs write them. */
function routesOf(files: Files): readonly string[] {
  return [...files.get("shop/urls.py")!.matchAll(/path\("([^"]*)"/g)].map(([, path]) => `/${path}`);
}

function firstOf<Item, Found>(items: readonly Item[], find: (item: Item) => Found | undefined): Found | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

function lineOf(files: Files, { uri, span }: Finding["at"]): number {
  return files.get(pathOf(uri))!.slice(0, span.start).split("\n").length;
}
