import { build } from "esbuild";
import { cpSync } from "node:fs";
import { join } from "node:path";

/** Bundles the suite for the extension host; gives the path of its entry. */
export async function buildSuite(root) {
  await build({
    absWorkingDir: root,
    entryPoints: ["index", "extension.e2e", "multi-root.e2e", "neighbours.e2e", "servers.e2e", "broken.e2e"].map((name) => `test/e2e/suite/${name}.ts`),
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
  await build({
    absWorkingDir: root, entryPoints: ["test/e2e/servers/extension.ts"], outdir: "out/e2e/servers", bundle: true, platform: "node", target: "node20", format: "cjs", external: ["vscode"], logLevel: "warning",
  });
  cpSync(join(root, "test/e2e/servers/package.json"), join(root, "out/e2e/servers/package.json"));
  return join(root, "out/e2e/suite/index.js");
}
