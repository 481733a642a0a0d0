import { strict as assert } from "node:assert";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Framework } from "#engine";
import { rules } from "../../rules";
import { frameworkNames, generatedFiles, loadRules, projectFolder, ruleFolders, rulesFolder, strayFolders } from "../../rules/tools/catalogue";
import { languageOf } from "../../server/src/engine/languages";
import { readCasePage } from "../harness/case-page";
import { loadParsers } from "../harness/parsers";
import { rulePages } from "./pages";

describe("rules", () => {
  it("are in folders named for their ids, under known topics", async () => {
    assert.deepEqual(strayFolders(), []);
    for (const { id, rule } of await loadRules()) assert.equal(rule.id, id, `rules/…/${id}/rule.ts says "${rule.id}"`);
  });

  it("have ids of their own", () => {
    const ids = rules.map((rule) => rule.id);
    assert.deepEqual(ids, [...new Set(ids)]);
    for (const id of ids) assert.match(id, /^[a-z]+(-[a-z]+)*$/);
  });

  it("have a rule, a page and cases each", () => {
    const missing = ruleFolders().flatMap(({ topic, id }) => ["doc.md", "cases.md"].map((name) => join(topic, id, name)).filter((path) => !existsSync(join(rulesFolder, path))));
    assert.deepEqual(missing, []);
  });

  it("have generated files that are up to date", async () => {
    for (const { path, text } of generatedFiles(await loadRules())) {
      const file = join(projectFolder, path);
      assert.ok(existsSync(file) && readFileSync(file, "utf8") === text, `${path} is stale; run: npm run generate`);
    }
  });

  for (const rule of rules) {
    describe(rule.id, () => {
      it("speaks in the house style", () => {
        assert.match(rule.summary, /^[A-Z`].*[^.]$/, "the summary is a line that starts with a capital letter and has no full stop");
        for (const [key, message] of Object.entries(rule.messages)) {
          for (const part of ["what", "why", "instead"] as const) {
            const text = message[part];
            assert.doesNotMatch(text, /\.$/, `${key}.${part} ends with a full stop`);
            assert.doesNotMatch(text, /^[A-Z][a-z]/, `${key}.${part} starts with a capital letter: it is put into a sentence`);
            assert.doesNotMatch(text, /\byou\b|\bplease\b|!/i, `${key}.${part} addresses the reader`);
            assert.equal(text, text.trim(), `${key}.${part} has space around it`);
          }
          assert.ok(message.what && message.instead, `${key} needs \`what\` and \`instead\``);
        }
      });

      it("has cases for a hit, a near miss, a helper in another file and broken syntax", async () => {
        const page = rulePages("cases.md").find((each) => each.id === rule.id);
        assert.ok(page, "there is no cases.md");
        const cases = readCasePage(page.text, page.framework);
        const hits = (one: (typeof cases)[number]): boolean => one.files.some((file) => file.expectations.some((each) => each.ruleId === rule.id && !each.isTodo));
        assert.ok(cases.some(hits), "no case expects a finding");
        assert.ok(cases.some((one) => !hits(one)), "no case is silent");
        const parsers = await loadParsers();
        const isBroken = (one: (typeof cases)[number]): boolean => one.files.some((file) => (languageOf(file.path, file.text)?.lower(file.text, file.path, parsers).errors.length ?? 0) > 0);
        assert.ok(cases.some((one) => isBroken(one) && hits(one)), "no case has broken syntax and a finding");
        if (Object.keys(rule.check).some((kind) => kind !== "entity")) {
          const isAcrossFiles = (one: (typeof cases)[number]): boolean => hits(one) && one.files.filter((file) => !/((models|settings)\.py|\.prisma|\.json|\/(db|schema|models|entities)\.ts)$/.test(file.path)).length > 1;
          assert.ok(cases.some((one) => isAcrossFiles(one) || /another file|other file|across files|another module/i.test(one.heading)), "no case has its evidence in another file");
        }
      });

      it("claims the frameworks that its cases are about", () => {
        const hits = rulePages("cases.md")
          .filter((each) => each.id === rule.id)
          .flatMap((page) => readCasePage(page.text, page.framework))
          .filter((one) => one.files.some((file) => file.expectations.some((each) => each.ruleId === rule.id && !each.isTodo)))
          .map((one) => one.framework as Framework);
        assert.deepEqual(hits.filter((each) => !rule.frameworks.includes(each)), [], "cases that report for a framework that the rule does not claim");
        assert.deepEqual(rule.frameworks.filter((each) => !frameworkNames.has(each)), [], "frameworks without a name in rules/tools/catalogue.ts");
      });
    });
  }
});
