// `npm start` as a person runs it: hints in the terminal, then a VS Code to open.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { get } from "node:http";
import { join } from "node:path";
import { runSteps } from "./steps.mjs";

/** Gives { passes, failures }. */
export async function checkStart({ root, home }) {
  const environment = { ...process.env, VSCODE_E2E_HOME: home, DISPLAY: "", WAYLAND_DISPLAY: "", INIT_CWD: root };
  delete environment.CI;
  delete environment.VSCODE_PATH;
  const start = (...args) => spawn(process.execPath, [join(root, "scripts", "start.mjs"), ...args], { cwd: root, env: environment, stdio: ["ignore", "pipe", "pipe"] });
  const steps = [
    ["--no-editor stops after the terminal", async () => {
      const child = start("--no-editor", "examples/shop");
      const text = await textOf(child);
      assert.equal(child.exitCode, 0, text);
      assert.match(text, /orders\/views\.py/);
      assert.match(text, /\d+ findings in \d+ files/);
    }],
    ["where no VS Code is installed, one is served on a loopback address", async () => {
      const child = start("examples/shop");
      const [url] = await heard(child, /http:\/\/127\.0\.0\.1:\d+\/\S+/);
      assert.equal(await statusOf(url), 200, "with the word in the address");
      assert.equal(await statusOf(url.replace(/tkn=\w+&/, "")), 403, "and not without it");
      child.kill("SIGINT");
      await new Promise((done) => child.on("exit", done));
    }],
  ];
  return runSteps("npm start", steps);
}

async function textOf(child) {
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (text += chunk));
  await new Promise((done) => child.on("close", done));
  return text;
}

/** Waits for something that a process says; ends it when it does not say it. */
function heard(child, pattern) {
  return new Promise((resolve, reject) => {
    let text = "";
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      reject(new Error(`not said in time: ${pattern}\n${text}`));
    }, 240_000);
    const listen = (chunk) => {
      text += chunk;
      const found = pattern.exec(text);
      if (!found) return;
      clearTimeout(timer);
      resolve(found);
    };
    child.stdout.on("data", listen);
    child.stderr.on("data", listen);
  });
}

/** Of the last address, redirects followed with their cookies. */
function statusOf(url, cookie = "") {
  return new Promise((resolve, reject) => {
    get(url, { headers: { cookie } }, (response) => {
      response.resume();
      const { statusCode, headers } = response;
      if (statusCode === 302 && headers.location) resolve(statusOf(new URL(headers.location, url).href, (headers["set-cookie"] ?? []).map((each) => each.split(";")[0]).join("; ")));
      else resolve(statusCode);
    }).on("error", reject);
  });
}
