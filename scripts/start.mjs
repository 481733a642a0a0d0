// npm start [-- folder …] - builds everything and checks examples/ or the given folders. Findings are the point here, not a failure.
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "../build.mjs";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");

await build();
const paths = process.argv.slice(2);
const { status, error } = spawnSync(process.execPath, [join(ROOT, "dist", "cli.js"), "check", ...(paths.length > 0 ? paths : [join(ROOT, "examples")])], {
  stdio: "inherit",
  // npm runs scripts in the package's folder; paths are relative to where the user is.
  cwd: process.env.INIT_CWD ?? process.cwd(),
});
if (error) throw error;
process.exitCode = status === 0 || status === 1 ? 0 : (status ?? 2);
