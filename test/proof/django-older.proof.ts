import { strict as assert } from "node:assert";
import { costText, statementsAt, type EndpointCost } from "#engine";
import { measure, olderDjango, open, sources, type Django, type Files, type Run } from "./django/project";
import { noteProof } from "./harness/proofs";
import { remark } from "./harness/remarks";

interface Version {
  readonly name: string;
  readonly requirements: string;
  /** The versions of Python that it runs on, as `major * 100 + minor`: Django 3.2 needs `distutils`, which 3.12 has no more. */
  readonly pythons: { readonly from: number; readonly to: number };
}

const VERSIONS: readonly Version[] = [
  { name: "3.2", requirements: "Django==3.2.25\ndjangorestframework==3.14.0\npytz==2024.2\n", pythons: { from: 308, to: 311 } },
  { name: "4.2", requirements: "Django==4.2.26\ndjangorestframework==3.15.2\n", pythons: { from: 308, to: 312 } },
];
const SIZES = [2, 3, 5];

const run = process.env.SCALE_HINTS_SKIP_PYTHON === "1" ? describe.skip : describe;

for (const { name, requirements, pythons } of VERSIONS) {
  run(`Django ${name}, really run`, function () {
    this.timeout(300_000);
    let runs: readonly Run[];
    let costs: ReadonlyMap<string, EndpointCost>;

    before(async function () {
      const django: Django | undefined = olderDjango(name, requirements, pythons);
      if (!django) {
        remark(`The proof on Django ${name} was SKIPPED: no Python between ${shown(pythons.from)} and ${shown(pythons.to)} with the module venv is installed.`);
        return this.skip();
      }
      const files: Files = new Map([...sources(), ["requirements.txt", requirements]]);
      costs = new Map((await open(files)).costs().flatMap((each) => each.routes.map(({ path }) => [path, each] as const)));
      runs = await measure(django, files, ...SIZES);
    });

    it("sends what is predicted, at every address", () => {
      const routes = Object.keys(runs[0].endpoints);
      const wrong: string[] = [];
      for (const { n, counts, endpoints } of runs) {
        for (const [route, { status, queries }] of Object.entries(endpoints)) {
          const endpoint = costs.get(route);
          if (!endpoint) wrong.push(`${route}: no cost is known`);
          else {
            const { least, most } = statementsAt(endpoint.cost, new Map(Object.entries(counts)), NaN);
            if (status !== 200 || queries < least || queries > most || (endpoint.cost.exact && least !== most)) wrong.push(`${route}: ${costText(endpoint.cost)}: ${least} to ${most} for n = ${n}, measured ${queries} (status ${status})`);
          }
        }
      }
      assert.ok(routes.length >= 70, `${routes.length} addresses`);
      assert.deepEqual(wrong, []);
      noteProof({ framework: "Django", older: requirements.split("\n")[0].replace("==", " "), addresses: routes.length, exact: routes.filter((route) => costs.get(route)!.cost.exact).length });
    });
  });
}

function shown(python: number): string {
  return `${Math.floor(python / 100)}.${python % 100}`;
}
