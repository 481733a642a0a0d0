// npm start [-- folder …] [-- --no-editor] - builds everything, prints the hints of examples/ or the given folders, then opens the (first) folder in VS Code.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "../build.mjs";
import { packageExtension } from "./package.mjs";
import { canServe, installServer, serverCommand } from "./vscode-server.mjs";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
// npm runs scripts in the package's folder; paths are relative to where the user is.
const HERE = process.env.INIT_CWD ?? process.cwd();
const paths = process.argv.slice(2).filter((each) => each !== "--no-editor");
const withoutEditor = process.argv.includes("--no-editor");

await build();
const { status, error } = spawnSync(process.execPath, [join(ROOT, "dist", "cli.js"), "check", ...(paths.length > 0 ? paths : [join(ROOT, "examples")])], { stdio: "inherit", cwd: HERE });
if (error) throw error;
// Findings are the point here, not a failure.
if (status !== 0 && status !== 1) process.exitCode = status ?? 2;
else if (withoutEditor) console.log("\nWithout --no-editor the folder would be opened in VS Code now.");
else if (process.env.CI) console.log("\nNo editor is opened, because CI is set.");
else await openEditor(folderToOpen());

function folderToOpen() {
  const path = paths.length > 0 ? resolve(HERE, paths[0]) : join(ROOT, "examples", "shop");
  return statSync(path).isDirectory() ? path : dirname(path);
}

async function openEditor(folder) {
  const desktop = desktopCommand();
  if (desktop) {
    console.log(`\nOpening ${folder} in VS Code, with the extension loaded from here.`);
    spawn(desktop, ["--new-window", `--extensionDevelopmentPath=${ROOT}`, folder], { stdio: "ignore", detached: true, shell: process.platform === "win32" }).unref();
    return;
  }
  if (!canServe()) {
    console.log(`\nNo VS Code was found. Install it, or name its command in VSCODE_PATH; the server that stands in for it runs on Linux x64 only, not on ${process.platform} ${process.arch}.`);
    return;
  }
  await serve(folder);
}

/** The installed VS Code's command, if there is one. */
function desktopCommand() {
  if (process.env.VSCODE_PATH) return process.env.VSCODE_PATH;
  // Where nobody sees a window, none is opened.
  if (process.platform === "linux" && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY) return undefined;
  const names = process.platform === "win32" ? ["code.cmd"] : ["code", "code-insiders", "codium"];
  const onPath = (process.env.PATH ?? "").split(delimiter).flatMap((each) => names.map((name) => join(each, name)));
  return [...onPath, "/Applications/Visual Studio Code.app/Contents/Resources/app/bin/code"].find((path) => existsSync(path));
}

/** Serves VS Code on a loopback address until it is stopped, with the packed extension and settings of its own. */
async function serve(folder) {
  const home = process.env.VSCODE_E2E_HOME ?? join(ROOT, ".vscode-e2e");
  try {
    installServer(home);
  } catch (reason) {
    console.log(`\nVS Code could not be installed (${reason.message.split("\n")[0]}): the hints above are all.`);
    return;
  }
  const { node, main } = serverCommand(home);
  const dir = mkdtempSync(join(tmpdir(), "scale-hints-start-"));
  mkdirSync(join(dir, "extensions"), { recursive: true });
  const vsix = await packageExtension({ out: join(dir, "scale-hints.vsix") });
  const common = [main, "--accept-server-license-terms", "--server-data-dir", dir, "--extensions-dir", join(dir, "extensions")];
  const env = { ...process.env, EXTENSIONS_GALLERY: "{}" };
  delete env.NODE_OPTIONS;
  execFileSync(node, [...common, "--install-extension", vsix], { stdio: "pipe", env });
  // Others on this machine can reach the port, but do not know the word.
  const token = randomBytes(16).toString("hex");
  const child = spawn(node, [...common, "--host", "127.0.0.1", "--port", "0", "--connection-token", token, "--disable-telemetry", "--telemetry-level", "off"], { stdio: ["ignore", "pipe", "pipe"], env });
  const stop = () => child.kill("SIGTERM");
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, stop);
  let log = "";
  const listen = (chunk) => {
    const before = /listening on (\d+)/.test(log);
    log += chunk;
    const port = /Extension host agent listening on (\d+)/.exec(log)?.[1];
    if (port && !before) console.log(`\nVS Code with Scale Hints:  http://127.0.0.1:${port}/?tkn=${token}&folder=${encodeURIComponent(folder)}\nOpen it in a browser on this machine. Ctrl+C ends it.`);
  };
  child.stdout.on("data", listen);
  child.stderr.on("data", listen);
  await new Promise((done) => child.on("exit", done));
  rmSync(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  if (!/listening on \d+/.test(log)) throw new Error(`VS Code's server did not start:\n${log}`);
}
