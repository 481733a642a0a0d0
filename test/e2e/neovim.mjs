// Neovim as a second client of the language server.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { workingCopy } from "./vscode.mjs";

/** Gives { passes, failures }. */
export function checkNeovim({ root }) {
  console.log("  Neovim");
  const shop = workingCopy(join(root, "examples", "shop"));
  try {
    const nvim = findNeovim();
    const file = join(shop.path, "orders", "views.py");
    const { status, stdout, stderr, error } = spawnSync(nvim, ["--headless", "-u", "NONE", "-i", "NONE", "-n", file, "-c", `luafile ${join(root, "test", "e2e", "neovim.lua")}`], {
      cwd: shop.path, encoding: "utf8", timeout: 90_000, env: { ...process.env, SCALE_HINTS_NODE: process.execPath, SCALE_HINTS_CLI: join(root, "dist", "cli.js") },
    });
    if (error) throw error;
    assert.equal(status, 0, `${stdout}\n${stderr}`);
    const said = `${stdout}${stderr}`;
    assert.match(said, /DIAGNOSTIC 15 WARN `order\.customer` is loaded again/);
    assert.match(said, /DIAGNOSTIC \d+ HINT/, "initialization options are followed");
    assert.match(said, /ACTION (?!Fix all safe)/);
    assert.match(said, /ENCODING utf-16/);
    assert.match(said, /ACTION Fix all safe scalability problems/);
    assert.match(readFileSync(file, "utf8"), /for order in Order\.objects\.[^\n]*select_related\("customer"\)/);
    console.log("    ✔ shows diagnostics, applies a quick fix, and fixes all");
    return { passes: 1, failures: 0 };
  } catch (error) {
    console.log(`    ✘ shows diagnostics, applies a quick fix, and fixes all\n${error.stack}`);
    return { passes: 0, failures: 1 };
  } finally {
    shop.remove();
  }
}

/** Installs Neovim where the machine is ours; says how to get it elsewhere. */
function findNeovim() {
  const isThere = () => spawnSync("nvim", ["--version"]).status === 0;
  if (isThere()) return "nvim";
  if (process.getuid?.() !== 0) throw new Error('Neovim is missing: "sudo apt-get install neovim"');
  console.log("installing Neovim with apt-get …");
  const apt = (...args) => execFileSync("apt-get", args, { stdio: ["ignore", "ignore", "inherit"], env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } });
  apt("update", "-qq");
  apt("install", "-y", "-qq", "--no-install-recommends", "neovim");
  if (!isThere()) throw new Error("apt-get installed neovim, but it does not run");
  return "nvim";
}
