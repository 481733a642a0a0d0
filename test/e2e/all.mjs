// Everything that needs a real VS Code or another editor, one after the other: two of them beside each other are slow on two cores.
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { buildSuite } from "../../scripts/build-e2e.mjs";
import { installNeighbours } from "./neighbour-servers.mjs";
import { checkNeovim } from "./neovim.mjs";
import { checkStart } from "./start.mjs";
import { sumOf } from "./steps.mjs";
import { installVSCode, runInExtensionHost, startVSCode, workingCopy } from "./vscode.mjs";
import { driveWorkbench } from "./workbench.mjs";

/** Gives { passes, failures }; pictures and the traces of failures go to `out`. `only`: parts by name. */
export async function endToEnd({ root, home, vsix, out, only = [] }) {
  installVSCode(home);
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const tests = await buildSuite(root);
  const example = (name) => join(root, "examples", name);

  /** One suite in an extension host of its own, on copies of examples. */
  const inHost = async ({ suite, folders, extension = root, installed = [], file = tests, settings = {}, env = {} }) => {
    const copies = folders.map((name) => workingCopy(example(name)));
    const server = await startVSCode({ home, settings, vsix: installed, env: { SCALE_HINTS_SUITE: suite, ...env } });
    try {
      const opened = copies.length === 1 ? { folder: copies[0].path } : { workspace: workspaceOf(copies, join(out, `${suite}.code-workspace`)) };
      return await runInExtensionHost({ server, extension, tests: file, ...opened, screenshot: join(out, `${suite}-failure.png`) });
    } finally {
      server.stop();
      for (const copy of copies) copy.remove();
    }
  };
  const parts = {
    extension: () => inHost({ suite: "extension", folders: ["shop"] }),
    /** The same extension in the web's host: client and server in workers. */
    web: () => inHost({ suite: "web", folders: ["shop"], file: join(dirname(tests), "web.js"), settings: { "remote.extensionKind": { "scale-hints.scale-hints": ["web"] } } }),
    "multi-root": () => inHost({ suite: "multi-root", folders: ["shop", "shop-prisma"] }),
    /** VS Code loads one extension from a folder: the other one, so that ours is the packed one. */
    neighbours: () => inHost({ suite: "neighbours", folders: ["shop"], extension: join(root, "test", "e2e", "neighbour"), installed: [vsix] }),
    /** The real servers of those that are used most. */
    servers: () => process.env.SCALE_HINTS_SKIP_PYTHON === "1" ? { passes: 0, failures: 0 } : inHost({ suite: "servers", folders: ["shop", "shop-prisma"], extension: join(out, "servers"), installed: [vsix], env: { SCALE_HINTS_NEIGHBOURS: JSON.stringify(installNeighbours(home)) } }),
    broken: async () => {
      const broken = withoutGrammar(root, "tree-sitter-python.wasm");
      try {
        return await inHost({ suite: "broken", folders: ["shop", "shop-prisma"], extension: broken });
      } finally {
        rmSync(broken, { recursive: true, force: true });
      }
    },
    workbench: () => driveWorkbench({ home, vsix, example: example("shop"), out }),
    start: () => checkStart({ root, home }),
    neovim: () => checkNeovim({ root }),
  };
  const results = [];
  for (const [name, run] of Object.entries(parts)) if (only.length === 0 || only.includes(name)) results.push(await run());
  return sumOf(results);
}

function workspaceOf(copies, file) {
  writeFileSync(file, JSON.stringify({ folders: copies.map(({ path }) => ({ path })) }));
  return file;
}

/** A copy of the built extension that lacks one grammar. */
function withoutGrammar(root, grammar) {
  const copy = mkdtempSync(join(tmpdir(), "scale-hints-broken-"));
  for (const part of ["package.json", "dist", "schemas", "client/media", "client/walkthrough"]) cpSync(join(root, part), join(copy, part), { recursive: true });
  rmSync(join(copy, "dist", grammar));
  return copy;
}
