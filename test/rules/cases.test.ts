import { strict as assert } from "node:assert";
import { rules } from "../../rules";
import { readCasePage } from "../harness/case-page";
import { runCase } from "../harness/run-case";
import { rulePages } from "./pages";

const placeholder = /`[^`]*`|\b\d[\d,]*\b/g;

for (const { id, path, text, framework } of rulePages("cases.md")) {
  describe(`rule ${id}${path.endsWith("/cases.md") ? "" : ` (${path.slice(path.lastIndexOf("cases-") + 6, -3)})`}`, () => {
    const rule = rules.find((each) => each.id === id);
    const titles = new Set<string>();
    const cases = readCasePage(text, framework);
    for (const one of cases) {
      it(one.heading, async () => {
        assert.ok(rule, `${id} is not registered: npm run generate`);
        const { problems, fixTitles } = await runCase(one, path, rule, rules);
        for (const each of fixTitles) if (each.ruleId === id) titles.add(each.title.replace(placeholder, "…"));
        if (problems.length > 0) assert.fail(`\n  ${problems.join("\n  ")}`);
      });
    }
    it("has a golden for every title of a fix", () => {
      const golden = new Set(cases.flatMap((one) => one.goldens.map((each) => each.title.replace(placeholder, "…"))));
      const missing = [...titles].filter((title) => !golden.has(title));
      assert.deepEqual(missing, [], `${path}: fixes that are offered and have no golden`);
    });
  });
}
