// npm test - everything, in order: types, unit tests and beside them proofs on the real ORMs, build and package, a real VS Code. Parts by name: node scripts/test.mjs unit e2e; some proofs: node scripts/test.mjs proof --only django; a part of what runs in VS Code: node scripts/test.mjs e2e --only neighbours
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
/** A test that runs this while it runs itself names another folder. */
const OUT = process.env.SCALE_HINTS_TEST_OUT ?? join(ROOT, "out");
/** What the proofs have to say to whoever reads the summary. */
const REMARKS = join(OUT, "remarks.txt");
const VSCODE = process.env.VSCODE_E2E_HOME ?? join(ROOT, ".vscode-e2e");
const PARTS = ["types", "unit", "proof", "package", "e2e"];
/** `proof --only django`: the proofs whose file has this in its name. `e2e --only workbench`: that part. */
const only = process.argv.includes("--only") ? process.argv[process.argv.indexOf("--only") + 1] : "";
const wanted = process.argv.slice(2).filter((each, i, all) => !each.startsWith("--") && all[i - 1] !== "--only");
const runs = (part) => wanted.length === 0 || wanted.includes(part);
for (const part of wanted) if (!PARTS.includes(part)) throw new Error(`there is no part "${part}"; there are ${PARTS.join(", ")}`);

let passed = 0;
let failed = 0;
const remarks = [];

mkdirSync(OUT, { recursive: true });
if (runs("types")) await part("Types", () => tool("typescript/bin/tsc", ["--noEmit", "-p", "."]));
// The proofs wait for databases much of the time, so they run beside the unit tests, and are told of behind them.
const proofs = runs("proof") ? prove() : undefined;
if (runs("unit")) await part("Unit tests", () => mocha("Unit tests", "unit-tests", ["--timeout", "40000", "test/**/*.test.ts"]));
if (proofs) {
  await part("Proof on the real ORMs", () => proofs.ended.finally(proofs.print));
  if (existsSync(REMARKS)) remarks.push(...readFileSync(REMARKS, "utf8").trim().split("\n"));
}
let vsix;
if (runs("package") || runs("e2e")) {
  await part("Build and package", async () => {
    const { packageExtension } = await import("./package.mjs");
    const { checkPackage } = await import("../test/e2e/package.mjs");
    vsix = await packageExtension();
    console.log(`packed ${vsix}`);
    return checkPackage({ root: ROOT, vsix });
  });
}
if (runs("e2e")) {
  if (process.env.SCALE_HINTS_SKIP_E2E === "1") remarks.push("The tests in VS Code were SKIPPED, because SCALE_HINTS_SKIP_E2E=1.");
  else if (!vsix) remarks.push("The tests in VS Code could not run: nothing was packaged.");
  else {
    if (process.env.SCALE_HINTS_SKIP_PYTHON === "1") remarks.push("The tests beside Ruff, Pyright, ESLint and Prisma were SKIPPED, because SCALE_HINTS_SKIP_PYTHON=1.");
    await part("In a real VS Code", inVSCode);
  }
}

console.log(`\n${"=".repeat(78)}`);
for (const remark of remarks) console.log(remark);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;

/** Runs one part under a heading. What it throws is one failure. */
async function part(title, run) {
  const started = Date.now();
  console.log(`\n${"=".repeat(78)}\n${title}\n${"=".repeat(78)}`);
  try {
    const stats = await run();
    passed += stats?.passes ?? 1;
    failed += stats?.failures ?? 0;
    if (stats && stats.passes === 0) throw new Error("no test passed");
  } catch (error) {
    failed++;
    remarks.push(`${title}: FAILED`);
    console.log(`${title} failed: ${error.message}`);
  }
  console.log(`(${((Date.now() - started) / 1000).toFixed(1)} s)`);
}

function tool(module, args) {
  const { status, signal, error } = spawnSync(process.execPath, [join(ROOT, "node_modules", module), ...args], { cwd: ROOT, stdio: "inherit" });
  if (error) throw error;
  if (status !== 0) throw new Error(`${module} ended with ${status ?? signal}`);
}

/** The proofs, begun now: `ended` gives their numbers. Beside unit tests, what they print is kept until `print`. */
function prove() {
  rmSync(REMARKS, { force: true });
  if (process.argv.includes("--write")) process.env.SCALE_HINTS_WRITE_FACTS = "1";
  if (process.env.SCALE_HINTS_SKIP_PYTHON === "1") remarks.push("The proof on Django was SKIPPED, because SCALE_HINTS_SKIP_PYTHON=1.");
  const printed = [];
  const ended = mocha("Proof on the real ORMs", "proofs", ["--timeout", "120000", `test/proof/${only && `*${only}`}*.proof.ts`], runs("unit") ? (text) => printed.push(text) : undefined);
  ended.catch(() => {}); // said when its turn comes
  return { ended, print: () => process.stdout.write(Buffer.concat(printed)) };
}

/** Test files with mocha; its reporter prints, a second one counts. `taken`: gets what it prints. */
async function mocha(title, name, options, taken) {
  const result = join(OUT, `${name}.json`);
  rmSync(result, { force: true });
  const run = spawn(
    process.execPath,
    ["--import", "tsx", createRequire(import.meta.url).resolve("mocha/bin/mocha.js"), "--reporter", join(ROOT, "scripts", "mocha-reporter.cjs"), "--reporter-option", `output=${result}`, "--forbid-only", ...options],
    { cwd: ROOT, stdio: taken ? ["ignore", "pipe", "pipe"] : "inherit" },
  );
  for (const stream of taken ? [run.stdout, run.stderr] : []) stream.on("data", taken);
  const { status, signal } = await new Promise((resolve, reject) => {
    run.once("error", reject);
    run.once("close", (status, signal) => resolve({ status, signal }));
  });
  if (!existsSync(result)) throw new Error(`mocha ended with ${status ?? signal} and no result`);
  const stats = JSON.parse(readFileSync(result, "utf8"));
  if (status !== 0 && stats.failures === 0) throw new Error(`mocha ended with ${status ?? signal}`);
  if (stats.failures > 0) remarks.push(`${title}: ${stats.failures} FAILED`);
  return stats;
}

async function inVSCode() {
  const { endToEnd } = await import("../test/e2e/all.mjs");
  const out = join(OUT, "e2e");
  const stats = await endToEnd({ root: ROOT, home: VSCODE, vsix, out, only: only === "" ? [] : [only] });
  if (stats.failures > 0) remarks.push(`In a real VS Code: ${stats.failures} FAILED (see ${out})`);
  return stats;
}
