// What is shipped: the archive's contents, and the bundles started as users and editors start them.
import assert from "node:assert/strict";
import { execFileSync, fork, spawn, spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createMessageConnection, IPCMessageReader, IPCMessageWriter, StreamMessageReader, StreamMessageWriter } from "vscode-languageserver-protocol/node";
import { runSteps } from "./steps.mjs";

/** Gives { passes, failures }. */
export async function checkPackage({ root, vsix }) {
  const cli = join(root, "dist", "cli.js");
  const example = join(root, "examples", "shop");
  const checks = [
    ["the archive holds what runs and nothing else", async () => {
      const files = await filesOf(vsix);
      const wanted = ["package.json", "readme.md", "changelog.md", "LICENSE.txt", "dist/client.js", "dist/client-web.js", "dist/server-web.js", "dist/server.js", "dist/cli.js", "dist/web-tree-sitter.wasm", "dist/tree-sitter-python.wasm", "dist/tree-sitter-typescript.wasm", "dist/tree-sitter-tsx.wasm", "dist/rules/relation-read-in-loop.md", "schemas/scale-hints.schema.json", "client/media/costs.js", "client/media/scale-dark.svg", "client/walkthrough/hints.md"];
      for (const file of wanted) assert.ok(files.includes(`extension/${file}`), `${file} is missing`);
      const strays = files.filter((file) => !/^(\[Content_Types\]\.xml|extension\.vsixmanifest|extension\/(package\.json|readme\.md|changelog\.md|LICENSE\.txt|dist\/[^/]+\.(js|wasm)|dist\/rules\/([^/]+\.md|when-wrong\.json)|schemas\/[^/]+\.json|client\/media\/[^/]+\.(css|js|svg)|client\/walkthrough\/[^/]+\.md|docs\/images\/[^/]+\.png))$/.test(file));
      assert.deepEqual(strays, []);
    }],
    ["the archive is small", () => assert.ok(statSync(vsix).size < 4 * 1024 * 1024, `${statSync(vsix).size} bytes`)],
    ["every rule that has a page has it in the archive", async () => {
      const files = await filesOf(vsix);
      const pages = execFileSync(process.execPath, [cli, "rules"], { encoding: "utf8" }).matchAll(/^ {2}([a-z-]+) /gm);
      const missing = [...pages].map(([, id]) => id).filter((id) => id !== "unused-suppression" && !files.includes(`extension/dist/rules/${id}.md`));
      assert.deepEqual(missing, []);
    }],
    ["the command line tells its version", () => {
      const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
      assert.equal(execFileSync(cli, ["--version"], { encoding: "utf8" }), `${version}\n`);
    }],
    ["the command line checks the example", () => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [cli, "check", example, "--format", "json"], { encoding: "utf8", cwd: example });
      assert.equal(status, 1, stderr);
      const report = JSON.parse(stdout);
      assert.ok(report.findings.some(({ ruleId, path }) => ruleId === "relation-read-in-loop" && path === "orders/views.py"));
      assert.equal(stderr, "");
    }],
    ["the server talks over standard input and output", async () => {
      const child = spawn(process.execPath, [cli, "lsp", "--stdio"], { stdio: ["pipe", "pipe", "inherit"] });
      await converse(child, new StreamMessageReader(child.stdout), new StreamMessageWriter(child.stdin), example);
    }],
    ["the server talks over Node's channel", async () => {
      const child = fork(join(root, "dist", "server.js"), ["--node-ipc"], { silent: true });
      await converse(child, new IPCMessageReader(child), new IPCMessageWriter(child), example);
    }],
    ["the server ends when its client has gone", async () => {
      const child = spawn(process.execPath, [cli, "lsp", "--stdio"], { stdio: ["pipe", "pipe", "inherit"] });
      child.stdin.end();
      assert.notEqual(await ended(child), "killed");
    }],
  ];
  return runSteps(undefined, checks);
}

/** Says hello, pulls the diagnostics of one file, says goodbye; the process must then end by itself. */
async function converse(child, reader, writer, folder) {
  const connection = createMessageConnection(reader, writer);
  connection.onRequest(() => null);
  connection.listen();
  const file = join(folder, "orders", "views.py");
  const uri = pathToFileURL(file).href;
  await connection.sendRequest("initialize", {
    processId: process.pid,
    rootUri: pathToFileURL(folder).href,
    capabilities: { textDocument: { diagnostic: {} } },
  });
  await connection.sendNotification("initialized", {});
  await connection.sendNotification("textDocument/didOpen", { textDocument: { uri, languageId: "python", version: 1, text: readFileSync(file, "utf8") } });
  const report = await connection.sendRequest("textDocument/diagnostic", { textDocument: { uri } });
  assert.ok(report.items.some(({ code }) => code === "relation-read-in-loop"), JSON.stringify(report));
  await connection.sendRequest("shutdown");
  await connection.sendNotification("exit");
  assert.equal(await ended(child), 0);
}

function ended(child) {
  return new Promise((resolve) => {
    const timer = setTimeout(() => (child.kill("SIGKILL"), resolve("killed")), 10_000);
    child.on("exit", (code) => (clearTimeout(timer), resolve(code)));
  });
}

/** The names in a zip archive; yauzl comes with vsce. */
function filesOf(archive) {
  const yauzl = createRequire(createRequire(import.meta.url).resolve("@vscode/vsce/package.json"))("yauzl");
  return new Promise((resolve, reject) => {
    yauzl.open(archive, { lazyEntries: true }, (error, zip) => {
      if (error) return reject(error);
      const names = [];
      zip.on("entry", ({ fileName }) => (names.push(fileName), zip.readEntry()));
      zip.on("end", () => resolve(names));
      zip.on("error", reject);
      zip.readEntry();
    });
  });
}
