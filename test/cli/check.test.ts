import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { chmodSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withPython } from "../harness/broken-grammar";
import { runIn } from "./memory-output";
import { removeTemporaryFolders, temporaryFolder, writeFiles } from "./temporary-folder";

const SHOP = {
  "manage.py": "# here\n",
  "shop/views.py": "def f():\n    x = slow()\n    wild()\n",
  "shop/models.py": "x = 1\n",
  "shop/quiet.py": "quiet()\n",
};

describe("scale-hints check", () => {
  afterEach(removeTemporaryFolders);

  describe("exit codes", () => {
    it("0: nothing found", async () => {
      const { code, out } = await runIn(temporaryFolder({ "a.py": "fast()\n" }), ["check"]);
      assert.equal(code, 0);
      assert.match(out, /No scalability problem found/);
    });

    it("0, and says so, where there is nothing to check", async () => {
      const folder = temporaryFolder({ "a.py": "fast()\n", "docs/a.txt": "slow()\n" });
      const { code, err } = await runIn(folder, ["check", "docs", "a.py"]);
      assert.equal(code, 0);
      assert.equal(err, "note: docs: no Python, TypeScript or JavaScript file and no template here\n");
    });

    it("1: something found", async () => {
      assert.equal((await runIn(temporaryFolder(SHOP), ["check"])).code, 1);
    });

    it("0: nothing found at or above the threshold", async () => {
      const folder = temporaryFolder({ "a.py": "quiet()\n" });
      assert.equal((await runIn(folder, ["check"])).code, 1);
      assert.equal((await runIn(folder, ["check", "--min-severity", "information"])).code, 0);
    });

    for (const [what, args, message] of [
      ["a path that is not there", ["check", "shop", "nowhere"], /nowhere: no such file or folder/],
      ["an unknown rule", ["check", "--rule", "slow-cal"], /no rule "slow-cal", did you mean "slow-call"\?/],
      ["an unknown option", ["check", "--formt", "json"], /unknown option '--formt'[^]*--format/],
      ["a value that is none", ["check", "--format", "xml"], /Allowed choices are pretty, json/],
      ["an unknown command", ["chekc"], /unknown command 'chekc'[^]*check/],
      ["--unsafe without --fix", ["check", "--unsafe"], /needs --fix/],
      ["no command", [], /Usage: scale-hints/],
    ] as const) {
      it(`2: ${what}`, async () => {
        const { code, err } = await runIn(temporaryFolder(SHOP), args);
        assert.equal(code, 2);
        assert.match(err, message);
      });
    }

    it("2: a language whose files are there is not understood, whatever is found in others", async () => {
      const { code, err } = await runIn(temporaryFolder({ ...SHOP, "web/server.ts": "export const port = 80;\n" }), ["check"], { createEngine: () => withPython(undefined) });
      assert.equal(code, 2);
      assert.equal(err, "note: Python files are left out, because their grammar cannot be loaded (it is not there). Everything else goes on; installing Scale Hints again brings them back.\n");
    });

    it("0: a grammar is missing that nothing needs", async () => {
      const { code, err } = await runIn(temporaryFolder({ "web/server.ts": "export const port = 80;\n" }), ["check"], { createEngine: () => withPython(undefined) });
      assert.deepEqual([code, err], [0, ""]);
    });

    it("2: the engine cannot be made", async () => {
      const { code, err } = await runIn(temporaryFolder(SHOP), ["check"], { createEngine: async () => Promise.reject(new Error("no grammar")) });
      assert.equal(code, 2);
      assert.match(err, /no grammar/);
    });
  });

  it("tells its version and how it is used", async () => {
    assert.deepEqual(await runIn(temporaryFolder(), ["--version"]), { code: 0, out: "1.2.3\n", err: "" });
    assert.match((await runIn(temporaryFolder(), ["check", "--help"])).out, /--min-severity/);
  });

  it("lists the rules", async () => {
    assert.match((await runIn(temporaryFolder(), ["rules"])).out, /^fake\n {2}slow-call {3}A slow call\n[^]*off-call .*\(off by default\)/);
  });

  describe("json", () => {
    it("has exactly this form", async () => {
      const { out } = await runIn(temporaryFolder(SHOP), ["check", "--format", "json", "--rule", "wild-call"]);
      const where = { path: "shop/views.py", line: 3, column: 5, endLine: 3, endColumn: 11 };
      assert.deepEqual(JSON.parse(out), {
        version: 1,
        findings: [
          {
            ruleId: "wild-call",
            message: "`wild` is called",
            severity: "information",
            confidence: "resolved",
            ...where,
            related: [{ path: "shop/views.py", line: 1, column: 1, message: "the file starts here" }],
            fixes: [
              {
                title: "Tame it in the model",
                safety: "review",
                edits: [
                  { ...where, newText: "tame()" },
                  { path: "shop/models.py", line: 1, column: 1, endLine: 1, endColumn: 1, newText: "tamed = True\n" },
                ],
              },
              { title: "Tame it by hand", safety: "sketch", edits: [{ ...where, newText: "tame(...)" }] },
            ],
          },
        ],
        understood: { files: 4, entities: 2, relations: 1, queries: 3, unresolved: 1, views: 0, templates: 0, serializers: 0 },
      });
    });

    it("has no findings and still says what was understood", async () => {
      const { out, code } = await runIn(temporaryFolder(), ["check", "--format", "json"]);
      assert.equal(code, 0);
      assert.deepEqual(JSON.parse(out), { version: 1, findings: [], understood: { files: 0, entities: 2, relations: 1, queries: 3, unresolved: 1, views: 0, templates: 0, serializers: 0 } });
    });

    it("names files relative to the working folder, outside of it too", async () => {
      const folder = temporaryFolder({ "project/manage.py": "", "project/a b/ü.py": "slow()\n", "elsewhere/x": "" });
      const { out } = await runIn(join(folder, "elsewhere"), ["check", "../project", "--format", "json"]);
      assert.deepEqual(JSON.parse(out).findings.map(({ path }: { path: string }) => path), ["../project/a b/ü.py"]);
    });

    it("counts columns in UTF-16 units and lines whatever ends them", async () => {
      const { out } = await runIn(temporaryFolder({ "a.py": "x\r\n'🐢'; slow()\r\n" }), ["check", "--format", "json"]);
      const [{ line, column, endColumn }] = JSON.parse(out).findings;
      assert.deepEqual([line, column, endColumn], [2, 7, 13]);
    });

    it("arrives whole at a slow reader", async function () {
      this.timeout(30_000);
      const folder = temporaryFolder({ "manage.py": "" });
      for (let file = 0; file < 40; file++) writeFileSync(join(folder, `a${file}.py`), "slow()\n".repeat(250));
      const child = spawn(process.execPath, ["--import", "tsx", join(__dirname, "fake-main.ts"), "check", folder, "--format", "json"], { cwd: join(__dirname, "../.."), stdio: ["ignore", "pipe", "inherit"] });
      let text = "";
      child.stdout.setEncoding("utf8");
      child.stdout.pause();
      await new Promise((resolve) => setTimeout(resolve, 1500));
      child.stdout.on("data", (chunk: string) => (text += chunk));
      child.stdout.resume();
      const code = await new Promise((resolve) => child.on("close", resolve));
      assert.equal(code, 1);
      assert.ok(text.length > 1_000_000);
      assert.equal(JSON.parse(text).findings.length, 10_000);
    });

    it("bothers nobody when the reader goes away", function () {
      this.timeout(30_000);
      const folder = temporaryFolder({ "manage.py": "", "a.py": "slow()\n".repeat(3000) });
      const command = `"${process.execPath}" --import tsx test/cli/fake-main.ts check "${folder}" --format json | head -c 10`;
      const out = execFileSync("bash", ["-c", command], { cwd: join(__dirname, "../.."), encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
      assert.equal(out, '{"version"');
    });
  });

  describe("pretty", () => {
    it("shows the line, what else plays a part, and what would help", async () => {
      const { out } = await runIn(temporaryFolder(SHOP), ["check", "--min-severity", "information"]);
      assert.equal(
        out,
        [
          "shop/views.py",
          "  2:9 warning slow-call",
          "    `slow` is called",
          "        2 │ x = slow()",
          "          │     ~~~~~~",
          "          see line 1 the file starts here",
          "          fix Call `fast` instead",
          "",
          "  3:5 information wild-call",
          "    `wild` is called",
          "        3 │ wild()",
          "          │ ~~~~~~",
          "          see line 1 the file starts here",
          "          fix Tame it in the model (review)",
          "          fix Tame it by hand (sketch)",
          "",
          "2 findings in 1 file: 1 warning, 1 note",
          "Understood 4 files, 2 models, 1 relation, 3 queries; 1 query not understood.",
          "",
        ].join("\n"),
      );
    });

    it("underlines behind tabs and wide characters, and cuts long lines", async () => {
      const { out } = await runIn(temporaryFolder({ "a.py": `if x:\n\ty = "日本";\tslow()\nz = "${"-".repeat(300)}"; slow()\n` }), ["check"]);
      const lines = out.split("\n");
      assert.equal(lines[3], `        2 │ y = "日本";    slow()`);
      assert.equal(lines[4], `          │ ${" ".repeat(15)}~~~~~~`);
      assert.ok(lines.every((line) => line.length <= 100));
      assert.ok(lines.some((line) => line.endsWith("; slow()") && line.includes("…")));
    });

    it("is coloured on a terminal only, unless the user says otherwise", async () => {
      const folder = temporaryFolder(SHOP);
      const isColoured = async (args: readonly string[] = [], overrides: Parameters<typeof runIn>[2] = {}) =>
        (await runIn(folder, ["check", ...args], overrides)).out.includes("\u001b[");
      assert.equal(await isColoured(), false);
      assert.equal(await isColoured([], { terminal: true }), true);
      assert.equal(await isColoured(["--no-color"], { terminal: true }), false);
      assert.equal(await isColoured([], { terminal: true, variables: { NO_COLOR: "1" } }), false);
      assert.equal(await isColoured([], { variables: { FORCE_COLOR: "1" } }), true);
    });

    it("shows progress on a terminal only", async () => {
      const folder = temporaryFolder(SHOP);
      assert.equal((await runIn(folder, ["check"])).err, "");
      assert.match((await runIn(folder, ["check"], { terminal: true })).err, /reading/);
      assert.equal((await runIn(folder, ["check", "--no-progress"], { terminal: true })).err, "");
    });
  });

  describe("paths", () => {
    it("are reported alone, the whole project is read", async () => {
      const folder = temporaryFolder({ "manage.py": "", "a/views.py": "slow(other)\n", "a/other.py": "target\n", "b/views.py": "slow()\n" });
      const report = JSON.parse((await runIn(folder, ["check", "a/other.py", "--format", "json"])).out);
      assert.deepEqual(report.findings.map(({ path }: { path: string }) => path), ["a/other.py"]);
      assert.equal(report.understood.files, 4);
    });

    it("lead to the repository that they lie in", async () => {
      const folder = temporaryFolder({ ".git/HEAD": "", "lib/models.py": "", "app/manage.py": "", "app/views.py": "slow()\n" });
      const report = JSON.parse((await runIn(folder, ["check", "app", "--format", "json"])).out);
      assert.equal(report.understood.files, 3);
    });

    it("that git ignores are checked when they are named", async () => {
      const folder = temporaryFolder({ ".git/HEAD": "", ".gitignore": "generated/\n", "generated/a.py": "slow()\n", "b.py": "slow()\n" });
      const paths = async (...args: string[]) => JSON.parse((await runIn(folder, ["check", "--format", "json", ...args])).out).findings.map(({ path }: { path: string }) => path);
      assert.deepEqual(await paths(), ["b.py"]);
      assert.deepEqual(await paths("generated"), ["generated/a.py"]);
    });
  });

  describe("--fix", () => {
    it("applies what is safe, and reports the rest", async () => {
      const folder = temporaryFolder(SHOP);
      const { out, code } = await runIn(folder, ["check", "--fix", "shop/views.py"]);
      assert.equal(readFileSync(join(folder, "shop/views.py"), "utf8"), "def f():\n    x = fast()\n    wild()\n");
      assert.equal(readFileSync(join(folder, "shop/models.py"), "utf8"), "x = 1\n");
      assert.match(out, /Fixed 1 problem in 1 file:\n {2}shop\/views\.py: Call `fast` instead \(slow-call\)/);
      assert.match(out, /1 finding in 1 file/);
      assert.equal(code, 1);
    });

    it("applies what needs a review only with --unsafe, a sketch never", async () => {
      const folder = temporaryFolder(SHOP);
      const { code } = await runIn(folder, ["check", "--fix", "--unsafe", "--min-severity", "information"]);
      assert.equal(readFileSync(join(folder, "shop/views.py"), "utf8"), "def f():\n    x = fast()\n    tame()\n");
      assert.equal(readFileSync(join(folder, "shop/models.py"), "utf8"), "tamed = True\nx = 1\n");
      assert.equal(code, 0);
    });

    it("edits nothing outside of the given paths", async () => {
      const folder = temporaryFolder(SHOP);
      await runIn(folder, ["check", "--fix", "--unsafe", "shop/views.py"]);
      assert.equal(readFileSync(join(folder, "shop/models.py"), "utf8"), "x = 1\n");
      assert.match(readFileSync(join(folder, "shop/views.py"), "utf8"), /wild\(\)/);
    });

    it("writes files that a fix adds", async () => {
      const folder = temporaryFolder({ "a.py": "wild(file)\n" });
      const { out, code } = await runIn(folder, ["check", "--fix", "--unsafe"]);
      assert.equal(code, 0);
      assert.match(out, /Fixed 1 problem in 2 files/);
      assert.equal(readFileSync(join(folder, "a.py"), "utf8"), "tame()\n");
      assert.equal(readFileSync(join(folder, "tamed.py"), "utf8"), "def tame(): ...\n");
    });

    it("takes another round where fixes overlap", async () => {
      const folder = temporaryFolder({ "a.py": "slow()slow()\nslow()\n" });
      assert.equal((await runIn(folder, ["check", "--fix"])).code, 0);
      assert.equal(readFileSync(join(folder, "a.py"), "utf8"), "fast()fast()\nfast()\n");
    });

    it("keeps byte order mark, line ends and everything else of a file", async () => {
      const folder = temporaryFolder({ "a.py": Buffer.from("\ufeff# é\r\nslow()\r\n\tx = 'ü'\rslow()\n") });
      await runIn(folder, ["check", "--fix"]);
      assert.deepEqual(readFileSync(join(folder, "a.py")), Buffer.from("\ufeff# é\r\nfast()\r\n\tx = 'ü'\rfast()\n"));
    });

    it("leaves files alone whose bytes it could not write back", async () => {
      const latin = Buffer.from("# -*- coding: latin-1 -*-\nx = '\xe9'; slow()\n", "latin1");
      const broken = Buffer.from([...Buffer.from("x = '"), 0xff, ...Buffer.from("'; slow()\n")]);
      const folder = temporaryFolder({ "latin.py": latin, "broken.py": broken });
      const { code, err } = await runIn(folder, ["check", "--fix"]);
      assert.equal(code, 1);
      assert.deepEqual(readFileSync(join(folder, "latin.py")), latin);
      assert.deepEqual(readFileSync(join(folder, "broken.py")), broken);
      assert.match(err, /broken\.py: is not valid UTF-8/);
    });
  });

  describe("files that cannot be used", () => {
    it("are named, and the others are checked", async () => {
      const folder = temporaryFolder({
        "good.py": "slow()\n",
        "nul.py": "slow()\0\n",
        "huge.py": `slow()\n${"# long\n".repeat(750_000)}`,
        "invalid.py": Buffer.from([...Buffer.from("x = '"), 0xc3, 0x28, ...Buffer.from("'; slow()\n")]),
        "utf16.py": Buffer.from("\ufeffslow()\n", "utf16le"),
      });
      symlinkSync("loop.py", join(folder, "loop.py"));
      symlinkSync("nowhere.py", join(folder, "dangling.py"));
      symlinkSync(".", join(folder, "again"));
      symlinkSync("..", join(folder, "up"));
      const { out, err, code } = await runIn(folder, ["check", "--format", "json"]);
      assert.equal(code, 1);
      assert.deepEqual(JSON.parse(out).findings.map((finding: { path: string; column: number }) => [finding.path, finding.column]), [["good.py", 1], ["invalid.py", 11]]);
      assert.match(err, /nul\.py: skipped: contains NUL bytes/);
      assert.match(err, /utf16\.py: skipped: contains NUL bytes/);
      assert.match(err, /huge\.py: skipped: larger than 1 MB/);
      assert.match(err, /invalid\.py: is not valid UTF-8/);
    });

    it("that nobody may read are named", async function () {
      if (process.platform === "win32") this.skip();
      const folder = temporaryFolder({ "good.py": "slow()\n", "secret.py": "slow()\n", "closed/x.py": "slow()\n" });
      chmodSync(join(folder, "secret.py"), 0);
      chmodSync(join(folder, "closed"), 0);
      const isRoot = process.getuid!() === 0;
      // Root may read everything, so for a moment this is somebody else.
      if (isRoot) process.seteuid!(65534);
      try {
        const { out, err } = await runIn(folder, ["check", "--format", "json"]);
        assert.equal(JSON.parse(out).findings.length, 1);
        assert.match(err, /secret\.py: skipped: permission denied/);
        assert.match(err, /closed: folder skipped: permission denied/);
        if (isRoot) {
          const fixed = await runIn(folder, ["check", "--fix"]);
          assert.equal(fixed.code, 2);
          assert.match(fixed.err, /good\.py could not be written: permission denied/);
        }
      } finally {
        if (isRoot) process.seteuid!(0);
        chmodSync(join(folder, "closed"), 0o755);
      }
    });

    it("through links are read once", async () => {
      const outside = temporaryFolder({ "lib/a.py": "slow()\n" });
      const folder = temporaryFolder({ "manage.py": "", "real/b.py": "slow()\n" });
      symlinkSync(join(outside, "lib"), join(folder, "linked"));
      symlinkSync(join(outside, "lib"), join(folder, "linked2"));
      symlinkSync("real", join(folder, "alias"));
      const { out } = await runIn(folder, ["check", "--format", "json"]);
      assert.deepEqual(JSON.parse(out).findings.map(({ path }: { path: string }) => path), ["linked/a.py", "real/b.py"]);
    });
  });

  it("leaves out what is not the project's code", async () => {
    const folder = temporaryFolder({
      "manage.py": "",
      "app/views.py": "slow()\n",
      "build/__init__.py": "",
      "build/views.py": "slow()\n",
    });
    writeFiles(folder, {
      "node_modules/x/a.py": "slow()\n",
      "venv/pyvenv.cfg": "",
      "venv/lib/a.py": "slow()\n",
      ".tox/a.py": "slow()\n",
      "lib/site-packages/a.py": "slow()\n",
      "__pycache__/a.py": "slow()\n",
      "dist/a.py": "slow()\n",
      "x.egg-info/a.py": "slow()\n",
      "app/stub.pyi": "slow()\n",
    });
    const { out } = await runIn(folder, ["check", "--format", "json"]);
    assert.deepEqual(JSON.parse(out).findings.map(({ path }: { path: string }) => path), ["app/views.py", "build/views.py"]);
  });
});
