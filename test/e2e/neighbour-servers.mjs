// The language servers that other extensions of a project run: out of the registries of npm and Python, because there is no marketplace in a test.
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { execFileSync, spawnSync } from "node:child_process";
import { join, resolve } from "node:path";
import { npmInstall, persistently } from "../../scripts/registry.mjs";

const PACKAGES = ["pyright@1.1.414", "@prisma/language-server@31.12.10", "eslint@9.39.5", "vscode-langservers-extracted@4.10.0"];
const RUFF = "0.17.6";

/** Puts them into `home` (once). Gives what the extension of test/e2e/servers wants to know. Needs a python3 with venv, as the proof on Django does. */
export function installNeighbours(home) {
  const folder = resolve(home, "neighbours");
  const modules = join(folder, "node_modules");
  const ruff = join(folder, "venv", "bin", "ruff");
  const ready = join(folder, `.ready-${[...PACKAGES, RUFF].join("-").replaceAll("/", "_")}`);
  if (!existsSync(ready)) {
    console.log(`installing the language servers of Ruff, Pyright, ESLint and Prisma into ${folder} …`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), '{"private":true}\n');
    npmInstall(folder, "--save-exact", ...PACKAGES);
    execFileSync(pythonWithVenv(), ["-m", "venv", join(folder, "venv")], { stdio: "inherit" });
    persistently("pip", () => execFileSync(join(folder, "venv", "bin", "pip"), ["install", "-q", "--disable-pip-version-check", `ruff==${RUFF}`], { stdio: "inherit" }));
    // VS Code's own extension for TypeScript and JavaScript acts on every save as well; the server comes without what it runs on.
    npmInstall(resolve(home, "node_modules/code-server/lib/vscode/extensions"), "--no-save", "--omit=dev");
    writeFileSync(ready, "");
  }
  return { modules, ruff };
}

function pythonWithVenv() {
  const found = ["python3", "python"].find((name) => spawnSync(name, ["-c", "import venv, ensurepip"]).status === 0);
  if (found === undefined) throw new Error("Ruff needs Python with the module venv (Debian and Ubuntu: apt install python3 python3-venv). SCALE_HINTS_SKIP_PYTHON=1 leaves the tests beside real language servers out.");
  return found;
}
