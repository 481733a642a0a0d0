// node scripts/package.mjs - builds and packs scale-hints.vsix. Needs no network.
import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { build } from "../build.mjs";

const ROOT = join(import.meta.dirname ?? dirname(new URL(import.meta.url).pathname), "..");

export async function packageExtension({ plugins = [], out = join(ROOT, "scale-hints.vsix") } = {}) {
  await build({ minify: true, plugins });
  const vsce = createRequire(import.meta.url).resolve("@vscode/vsce/vsce");
  // Everything is bundled: node_modules stays out.
  execFileSync(process.execPath, [vsce, "package", "--no-dependencies", "--allow-missing-repository", "--out", out], { cwd: ROOT, stdio: ["ignore", "pipe", "inherit"] });
  return out;
}

if (process.argv[1]?.endsWith("package.mjs")) console.log(`packed ${await packageExtension()}`);
