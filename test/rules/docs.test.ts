import { strict as assert } from "node:assert";
import { rules } from "../../rules";
import { readDocPage } from "../harness/doc-page";
import { openProject, uriOf } from "../harness/project";
import { rulePages } from "./pages";

const headings = ["What it sees", "Why it does not scale", "How to fix it", "When to ignore it", "Fix safety", "References"];

for (const { id, path, text } of rulePages("doc.md")) {
  describe(`page of ${id}`, () => {
    const page = readDocPage(text);
    const rule = rules.find((each) => each.id === id);

    it("has the fixed headings, in order", () => {
      const expected = headings.filter((heading) => heading !== "Fix safety" || page.headings.includes(heading));
      assert.deepEqual(page.headings, expected, path);
      for (const [heading, prose] of page.prose) assert.ok(heading === "" || prose !== "" || page.examples.some((each) => each.heading === heading), `${path}: nothing under "${heading}"`);
    });

    it("names references", () => assert.match(page.prose.get("References") ?? "", /https:\/\//, path));

    it("has examples of both kinds", () => {
      for (const mark of ["bad", "good"] as const) assert.ok(page.examples.some((each) => each.mark === mark), `${path}: no fence marked ${mark}`);
    });

    for (const example of page.examples) {
      it(`${example.mark} example in line ${example.line}`, async () => {
        assert.ok(rule, `${id} is not registered: npm run generate`);
        const workspace = await openProject(example.files, [rule], {}, example.framework);
        workspace.checkAll();
        const found = [...example.files.keys()].flatMap((file) => workspace.findings(uriOf(file))).map((each) => each.message);
        if (example.mark === "bad") assert.ok(found.length > 0, `${path}:${example.line}: a bad example that is not reported`);
        else assert.deepEqual(found, [], `${path}:${example.line}: a good example that is reported`);
      });
    }
  });
}
