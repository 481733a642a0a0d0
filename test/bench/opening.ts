import { fork } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createMessageConnection, IPCMessageReader, IPCMessageWriter, type DocumentDiagnosticReport, type InitializeResult } from "vscode-languageserver-protocol/node";

const SERVER = join(__dirname, "../../dist/server.js");
const CAPABILITIES = { textDocument: { diagnostic: {} }, workspace: { workspaceFolders: true } };

export interface Opening {
  /** Milliseconds from the start of the server's process to the diagnostics of one open file. */
  readonly milliseconds: number;
  readonly diagnostics: number;
}

/** Whether there is a built server to open anything with. */
export function canOpen(): boolean {
  return existsSync(SERVER);
}

export interface Openings {
  readonly first: Opening;
  /** With what that session kept; every file is as it was. */
  readonly again: Opening;
  /** With the same, but one file is not as it was: it has a function more. */
  readonly changed: Opening;
}

/** Opens a workspace with one file in a server's process of its own, three times. `other`: the file that changes, in the editor only. */
export async function openings(repository: string, path: string, other: string): Promise<Openings> {
  const cacheFolder = await mkdtemp(join(tmpdir(), "scale-hints-bench-"));
  try {
    const kept = join(cacheFolder, "session.bin");
    const first = await open(repository, path, cacheFolder, undefined, () => isThere(kept));
    const again = await open(repository, path, cacheFolder);
    return { first, again, changed: await open(repository, path, cacheFolder, other) };
  } finally {
    await rm(cacheFolder, { recursive: true });
  }
}

/** `whenDone`: what must be true before the server is stopped. */
async function open(repository: string, path: string, cacheFolder: string, changed?: string, whenDone: () => Promise<boolean> = () => Promise.resolve(true)): Promise<Opening> {
  const documents = [...(changed === undefined ? [] : [{ path: changed, text: `${await readFile(changed, "utf8")}${ADDED[changed.endsWith(".py") ? "py" : "ts"]}` }]), { path, text: await readFile(path, "utf8") }];
  const started = performance.now();
  const server = fork(SERVER, ["--node-ipc"], { silent: true });
  const connection = createMessageConnection(new IPCMessageReader(server), new IPCMessageWriter(server));
  connection.onRequest(() => null);
  connection.listen();
  try {
    const folder = { uri: pathToFileURL(repository).href, name: "bench" };
    await connection.sendRequest<InitializeResult>("initialize", { processId: process.pid, rootUri: null, workspaceFolders: [folder], capabilities: CAPABILITIES, initializationOptions: { cacheFolder } });
    await connection.sendNotification("initialized", {});
    for (const document of documents) await connection.sendNotification("textDocument/didOpen", { textDocument: { uri: pathToFileURL(document.path).href, languageId: "", version: 1, text: document.text } });
    const report = await connection.sendRequest<DocumentDiagnosticReport>("textDocument/diagnostic", { textDocument: { uri: pathToFileURL(path).href } });
    const milliseconds = performance.now() - started;
    for (const end = Date.now() + 240_000; !(await whenDone()) && Date.now() < end; ) await new Promise((resolve) => setTimeout(resolve, 100));
    return { milliseconds, diagnostics: report.kind === "full" ? report.items.length : 0 };
  } finally {
    connection.dispose();
    server.kill();
  }
}

/** A function that nobody calls: what the file declares is not what it was. */
const ADDED = { py: "\n\ndef scale_hints_bench():\n    return 1\n", ts: "\nexport function scaleHintsBench() { return 1; }\n" };

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(() => true, () => false);
}
