// Neovim as a second client of the language server.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { needProgram } from "./apt.mjs";
import { runSteps } from "./steps.mjs";
import { workingCopy } from "./vscode.mjs";

/** Gives { passes, failures }. */
export async function checkNeovim({ root }) {
  return runSteps("Neovim", [["shows diagnostics, applies a quick fix, and fixes all", () => converse(root)]]);
}

function converse(root) {
  const nvim = needProgram("Neovim", "neovim", () => (spawnSync("nvim", ["--version"]).status === 0 ? "nvim" : undefined));
  const shop = workingCopy(join(root, "examples", "shop"));
  try {
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
  } finally {
    shop.remove();
  }
}
