import { strict as assert } from "node:assert";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROOT = join(__dirname, "../..");

describe("The proofs on a machine without Python", function () {
  this.timeout(60_000);

  it("fail loudly and say what to install", () => {
    const folder = mkdtempSync(join(tmpdir(), "scale-hints-no-python-"));
    try {
      const mocha = createRequire(__filename).resolve("mocha/bin/mocha.js");
      const { status, stdout } = spawnSync(process.execPath, ["--import", "tsx", mocha, "test/proof/django.proof.ts"], { cwd: ROOT, encoding: "utf8", env: { ...process.env, PATH: folder, SCALE_HINTS_PROOF_FOLDER: folder, SCALE_HINTS_SKIP_PYTHON: "" } });
      assert.notEqual(status, 0);
      assert.match(stdout, /needs Python 3\.10 or later with the module venv \(Debian and Ubuntu: apt install python3 python3-venv\)\. SCALE_HINTS_SKIP_PYTHON=1 leaves the proof out/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("are left out when the switch says so, and the summary says that", () => {
    const folder = mkdtempSync(join(tmpdir(), "scale-hints-no-python-"));
    try {
      const { status, stdout } = spawnSync(process.execPath, ["scripts/test.mjs", "proof", "--only", "page"], { cwd: ROOT, encoding: "utf8", env: { ...process.env, SCALE_HINTS_SKIP_PYTHON: "1", SCALE_HINTS_TEST_OUT: folder } });
      assert.equal(status, 0, stdout);
      assert.match(stdout.slice(stdout.lastIndexOf("====")), /The proof on Django was SKIPPED, because SCALE_HINTS_SKIP_PYTHON=1\.\n\d+ passed, 0 failed/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
