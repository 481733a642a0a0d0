import { build } from "esbuild";
import { join } from "node:path";

/** Bundles the suite for the extension host; gives the path of its entry. */
export async function buildSuite(root) {
  await build({
    absWorkingDir: root,
    entryPoints: ["test/e2e/suite/index.ts", "test/e2e/suite/extension.e2e.ts", "test/e2e/suite/multi-root.ts", "test/e2e/suite/multi-root.e2e.ts"],
    outdir: "out/e2e/suite",
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    external: ["vscode", "mocha"],
    logLevel: "warning",
  });
  await build({
    absWorkingDir: root, entryPoints: ["test/e2e/suite/web.ts"], outdir: "out/e2e/suite", bundle: true, platform: "browser", target: "es2022", format: "cjs", external: ["vscode"], logLevel: "warning",
  });
  return join(root, "out/e2e/suite/index.js");
}
