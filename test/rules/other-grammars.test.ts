import { strict as assert } from "node:assert";
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";

/**
 * The same grammars built by somebody else. After a syntax error they recover otherwise, so that code beside it is lost;
 * everything else must come out the same.
 */
const knownDifferences: readonly string[] = [
  "rule aggregate-in-code Understands a file with a syntax error",
  "rule count-by-length Understands a file with a syntax error",
  "rule filter-in-code Understands a file with a syntax error",
  "rule index-never-used Understands a file with a syntax error",
];

interface Outcome {
  readonly passes: readonly { readonly fullTitle: string }[];
  readonly failures: readonly { readonly fullTitle: string }[];
}

function runCases(build: string): Outcome {
  const mocha = createRequire(__filename).resolve("mocha/bin/mocha.js");
  const { stdout, stderr } = spawnSync(process.execPath, ["--import", "tsx", mocha, "--timeout", "60000", "--reporter", "json", join(__dirname, "cases.test.ts")], {
    cwd: join(__dirname, "../.."),
    env: { ...process.env, SCALE_HINTS_GRAMMARS: build },
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  const start = stdout.indexOf("{");
  if (start < 0) throw new Error(`mocha gave no result: ${stderr}`);
  return JSON.parse(stdout.slice(start)) as Outcome;
}

if (!process.env.SCALE_HINTS_GRAMMARS) {
  describe("rules on the grammars of tree-sitter-wasms", () => {
    it("pass the same cases, apart from those listed", function () {
      this.timeout(900_000);
      const own = new Set(runCases("own-packages").passes.map((each) => each.fullTitle));
      const failed = runCases("tree-sitter-wasms").failures.map((each) => each.fullTitle).filter((title) => own.has(title));
      assert.deepEqual(failed.sort(), knownDifferences.filter((title) => own.has(title)).sort());
    });
  });
}
