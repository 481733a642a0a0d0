// A real VS Code for tests: code-server's lib/vscode (npm) with its workbench in headless Chromium, loopback only.
import { spawn, execFileSync } from "node:child_process";
import { closeSync, cpSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { format } from "node:util";
import { chromium } from "playwright-core";
import { installServer, serverCommand } from "../../scripts/vscode-server.mjs";
import { needProgram } from "./apt.mjs";

/** Quiet and the same every time. */
export const SETTINGS = {
  "files.autoSave": "off", // the web workbench saves after a delay, and then code actions on save do not run
  "security.workspace.trust.enabled": false,
  "telemetry.telemetryLevel": "off",
  "chat.disableAIFeatures": true, // else Fix and Explain join the quick-fix menu
  "workbench.startupEditor": "none",
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "extensions.autoUpdate": false,
  "extensions.autoCheckUpdates": false,
  "extensions.ignoreRecommendations": true,
  "update.mode": "none",
  "git.enabled": false,
  "editor.minimap.enabled": false,
};

/** Where Chromium is; undefined when there is none. */
export function findChromium() {
  const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
  const onPath = (process.env.PATH ?? "").split(delimiter).flatMap((folder) => names.map((name) => join(folder, name)));
  return [process.env.CHROMIUM, ...onPath].find((path) => path && existsSync(path));
}

/** Puts VS Code into `home` (once) and makes sure that there is a browser. Throws with what is missing and how to get it. */
export function installVSCode(home) {
  if (process.platform !== "linux" || process.arch !== "x64") {
    throw new Error(`the end-to-end tests run on Linux x64, not on ${process.platform} ${process.arch}; "npm run test:desktop" runs their suite elsewhere`);
  }
  needProgram("Chromium (or name one in CHROMIUM)", "chromium", findChromium);
  installServer(home);
}

/** Starts the server with fresh user data; gives { port, url, dir, log(), stop() }. */
export async function startVSCode({ home, vsix = [], settings = {}, env = {} }) {
  const { node, main } = serverCommand(home);
  const dir = mkdtempSync(join(tmpdir(), "scale-hints-e2e-"));
  for (const folder of ["data/User", "extensions", "t"]) mkdirSync(join(dir, folder), { recursive: true });
  writeFileSync(join(dir, "data/User/settings.json"), JSON.stringify({ ...SETTINGS, ...settings }, null, 2));
  const common = [main, "--accept-server-license-terms", "--server-data-dir", dir, "--extensions-dir", join(dir, "extensions")];
  // No marketplace look-ups; sockets go away with the run.
  const environment = { ...process.env, EXTENSIONS_GALLERY: "{}", TMPDIR: join(dir, "t"), XDG_RUNTIME_DIR: join(dir, "t"), ...env };
  delete environment.NODE_OPTIONS;
  for (const file of vsix) execFileSync(node, [...common, "--install-extension", resolve(file)], { stdio: "pipe", env: environment });
  const logFile = join(dir, "server.log");
  const out = openSync(logFile, "w");
  const child = spawn(
    node,
    [
      ...common, "--host", "127.0.0.1", "--port", "0", "--without-connection-token", "--disable-telemetry", "--telemetry-level", "off",
      "--disable-workspace-trust",
      "--enable-smoke-test-driver", // without it a built VS Code ignores the development payload, silently
    ],
    { stdio: ["ignore", out, out], detached: true, env: environment },
  );
  closeSync(out);
  const log = () => readFileSync(logFile, "utf8");
  const stop = () => {
    try {
      process.kill(-child.pid, "SIGTERM"); // the whole group: extension hosts would outlive the server
    } catch (error) {
      if (error.code !== "ESRCH") throw error;
    }
    rmSync(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  };
  for (let attempt = 0; attempt < 300 && child.exitCode === null; attempt++) {
    const listening = /Extension host agent listening on (\d+)/.exec(log());
    if (listening) return { port: Number(listening[1]), url: `http://127.0.0.1:${listening[1]}`, dir, log, stop };
    await new Promise((done) => setTimeout(done, 100));
  }
  const text = log();
  stop();
  throw new Error(`VS Code's server did not start:\n${text}`);
}

/** Headless Chromium with a new profile; gives { page, close() }. */
export async function openBrowser({ viewport = { width: 1360, height: 860 } } = {}) {
  const profile = mkdtempSync(join(tmpdir(), "scale-hints-chromium-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: findChromium(),
    headless: true,
    viewport,
    args: [
      "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
      "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    ],
  });
  const page = context.pages()[0] ?? (await context.newPage());
  const close = async () => {
    await context.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  };
  return { page, close };
}

const NOISE = /from gallery as it is disabled|bindings file|build\/Release\/|AccountPolicyGate|AgentHost|authentication provider|^Resolv|^Creating a socket|reconnection-grace|builtin extensions cache|Service Worker|Cannot find module|Settings Sync|marketplace|^\[.*(INFO|TRACE)|Extension host/;

/**
 * Runs `run()` of `tests` inside the extension host, as @vscode/test-electron does. Gives mocha's stats; throws when there are none
 * (a host that dies also "exits 0", so only the suite's own result line counts).
 */
export async function runInExtensionHost({ server, extension, tests, folder, workspace, timeout = 300_000, screenshot }) {
  const { page, close } = await openBrowser();
  let finish;
  const done = new Promise((settle) => (finish = settle));
  let stats;
  const tail = [];
  try {
    // The workbench calls these two when it finds them on its window.
    await page.exposeFunction("codeAutomationLog", (type, args) => {
      const text = format(...args);
      const result = /^E2E-RESULT (.*)/.exec(text);
      if (result) stats = JSON.parse(result[1]);
      else if (!NOISE.test(text) || process.env.VERBOSE) console.log(text);
      else tail.push(text);
    });
    await page.exposeFunction("codeAutomationExit", (code) => finish(code));
    const remote = (path) => `vscode-remote://127.0.0.1:${server.port}${resolve(path)}`;
    const payload = JSON.stringify([
      ["extensionDevelopmentPath", remote(extension)],
      ["extensionTestsPath", remote(tests)],
      ["enableProposedApi", ""],
      ["skipWelcome", "true"],
      ["skipReleaseNotes", "true"],
    ]);
    const timer = setTimeout(() => finish("timeout"), timeout);
    const opened = workspace ? `workspace=${encodeURIComponent(resolve(workspace))}` : `folder=${encodeURIComponent(resolve(folder))}`;
    await page.goto(`${server.url}/?${opened}&payload=${encodeURIComponent(payload)}`);
    const code = await done;
    clearTimeout(timer);
    if (screenshot && (code === "timeout" || !stats || stats.failures > 0)) await page.screenshot({ path: screenshot });
    if (code === "timeout") throw new Error(`no result from the extension host within ${timeout / 1000} s\n${tail.slice(-20).join("\n")}`);
    if (!stats) throw new Error(`the extension host ended (${code}) without a result\n${tail.slice(-20).join("\n")}`);
    return stats;
  } finally {
    await close();
  }
}

/** A copy of a folder to work in. */
export function workingCopy(folder) {
  const copy = mkdtempSync(join(tmpdir(), "scale-hints-shop-"));
  cpSync(folder, copy, { recursive: true });
  return { path: copy, remove: () => rmSync(copy, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }) };
}
