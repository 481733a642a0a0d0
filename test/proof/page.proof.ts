import { strict as assert } from "node:assert";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { allFacts, allLibraries } from "./harness/facts";
import { factsPage, LIBRARIES } from "./harness/page";

const PAGE = join(__dirname, "../../docs/library-facts.md");

describe("The page of facts", () => {
  it("is what was measured", function () {
    if (LIBRARIES.some((name) => !allLibraries().some((library) => library.name === name))) this.skip();
    if (process.env.SCALE_HINTS_WRITE_FACTS === "1") writeFileSync(PAGE, factsPage());
    assert.equal(readFileSync(PAGE, "utf8"), factsPage(), "run npm run prove -- --write");
  });

  it("says every fact once", () => {
    const seen = new Set<string>();
    for (const { library, on, says, code } of allFacts()) {
      const key = `${library} ${on} ${code} ${says}`;
      assert.ok(!seen.has(key), key);
      seen.add(key);
    }
  });
});
