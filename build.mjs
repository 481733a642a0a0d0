// node build.mjs [--minify] - bundles client, server and command line into dist/, with grammars and rule pages beside them.
import { build as bundle } from "esbuild";
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const ROOT = dirname(fileURLToPath(import.meta.url));
const DIST = join(ROOT, "dist");

const GRAMMARS = [
  "web-tree-sitter/web-tree-sitter.wasm",
  "tree-sitter-python/tree-sitter-python.wasm",
  "tree-sitter-typescript/tree-sitter-typescript.wasm",
  "tree-sitter-typescript/tree-sitter-tsx.wasm",
];

/** Builds everything; `plugins` are for tests that put a double in place of the engine. */
export async function build({ minify = false, plugins = [], logLevel = "warning" } = {}) {
  rmSync(DIST, { recursive: true, force: true });
  mkdirSync(join(DIST, "rules"), { recursive: true });
  const shared = {
    absWorkingDir: ROOT,
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    // Identifiers stay, so that a stack in a log names what failed: keepNames would say the names again wherever a closure is made, a twentieth of a check.
    minifyWhitespace: minify,
    minifySyntax: minify,
    sourcemap: !minify,
    legalComments: "none",
    logLevel,
    plugins,
    // Its CommonJS build asks for its own files while it runs, which a bundle no longer has.
    alias: { "jsonc-parser": "jsonc-parser/lib/esm/main.js" },
    // web-tree-sitter is an ES module and asks where it is.
    define: { "import.meta.url": "__bundleUrl" },
  };
  // In a browser: what web-tree-sitter asks of Node is not asked there, and size is what is waited for.
  const web = { platform: "browser", target: "es2022", minifyIdentifiers: minify, external: ["vscode", "fs/promises", "module", "node:*"], define: { "import.meta.url": "self.location.href" } };
  const url = 'const __bundleUrl = require("node:url").pathToFileURL(__filename).href;';
  await Promise.all([
    bundle({ ...shared, entryPoints: ["client/src/extension.ts"], outfile: "dist/client.js", external: ["vscode"] }),
    bundle({ ...shared, entryPoints: ["server/src/node.ts"], outfile: "dist/server.js", banner: { js: url } }),
    bundle({ ...shared, ...web, entryPoints: ["client/src/browser.ts"], outfile: "dist/client-web.js", external: ["vscode"] }),
    bundle({ ...shared, ...web, entryPoints: ["server/src/browser.ts"], outfile: "dist/server-web.js", format: "iife" }),
    bundle({ ...shared, entryPoints: ["server/src/cli.ts"], outfile: "dist/cli.js", banner: { js: `#!/usr/bin/env node\n${url}` } }),
  ]);
  chmodSync(join(DIST, "cli.js"), 0o755);
  const { resolve } = createRequire(import.meta.url);
  for (const file of GRAMMARS) copyFileSync(resolve(file), join(DIST, basename(file)));
  const whenWrong = {};
  for (const { id, page } of rulePages()) {
    copyFileSync(page, join(DIST, "rules", `${id}.md`));
    const section = readFileSync(page, "utf8").split(/^(?=## )/m).find((each) => each.startsWith("## When to ignore it"));
    if (section) whenWrong[id] = section;
  }
  writeFileSync(join(DIST, "rules", "when-wrong.json"), JSON.stringify(whenWrong));
}

/** `rules/<topic>/<id>/doc.md` of every rule. */
function rulePages() {
  const rules = join(ROOT, "rules");
  return readdirSync(rules, { recursive: true })
    .filter((file) => basename(file) === "doc.md")
    .map((file) => ({ id: basename(dirname(file)), page: join(rules, file) }))
    .filter(({ page }) => existsSync(page));
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await build({ minify: process.argv.includes("--minify") });
}
