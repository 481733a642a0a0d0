// npm run test:desktop - the extension-host suite in desktop VS Code: the one at VSCODE_PATH, or one that is downloaded.
import { runTests } from "@vscode/test-electron";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "../build.mjs";
import { SETTINGS, workingCopy } from "../test/e2e/vscode.mjs";
import { buildSuite } from "./build-e2e.mjs";
import { mkdirSync, writeFileSync } from "node:fs";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");

await build();
const suite = await buildSuite(ROOT);
const shop = workingCopy(join(ROOT, "examples", "shop"));
const userData = mkdtempSync(join(tmpdir(), "scale-hints-user-"));
mkdirSync(join(userData, "User"), { recursive: true });
writeFileSync(join(userData, "User", "settings.json"), JSON.stringify(SETTINGS));
try {
  await runTests({
    ...(process.env.VSCODE_PATH ? { vscodeExecutablePath: process.env.VSCODE_PATH } : {}),
    extensionDevelopmentPath: ROOT,
    extensionTestsPath: suite,
    launchArgs: [shop.path, "--disable-extensions", "--disable-workspace-trust", "--user-data-dir", userData, ...(process.getuid?.() === 0 ? ["--no-sandbox"] : [])],
  });
} catch (error) {
  console.error(`The desktop tests failed: ${error.message}`);
  if (!process.env.VSCODE_PATH) console.error("Where VS Code cannot be downloaded, name an installed one in VSCODE_PATH.");
  process.exitCode = 1;
} finally {
  shop.remove();
}
