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

/** Opens a workspace with one file in a server's process of its own, for the first time and then with what that session kept. */
export async function openTwice(repository: string, path: string): Promise<readonly [first: Opening, again: Opening]> {
  const cacheFolder = await mkdtemp(join(tmpdir(), "scale-hints-bench-"));
  try {
    const kept = join(cacheFolder, "findings.json");
    const first = await open(repository, path, cacheFolder, () => isThere(kept));
    return [first, await open(repository, path, cacheFolder)];
  } finally {
    await rm(cacheFolder, { recursive: true });
  }
}

/** `whenDone`: what must be true before the server is stopped. */
async function open(repository: string, path: string, cacheFolder: string, whenDone: () => Promise<boolean> = () => Promise.resolve(true)): Promise<Opening> {
  const text = await readFile(path, "utf8");
  const started = performance.now();
  const server = fork(SERVER, ["--node-ipc"], { silent: true });
  const connection = createMessageConnection(new IPCMessageReader(server), new IPCMessageWriter(server));
  connection.onRequest(() => null);
  connection.listen();
  try {
    const folder = { uri: pathToFileURL(repository).href, name: "bench" };
    await connection.sendRequest<InitializeResult>("initialize", { processId: process.pid, rootUri: null, workspaceFolders: [folder], capabilities: CAPABILITIES, initializationOptions: { cacheFolder } });
    await connection.sendNotification("initialized", {});
    const uri = pathToFileURL(path).href;
    await connection.sendNotification("textDocument/didOpen", { textDocument: { uri, languageId: "", version: 1, text } });
    const report = await connection.sendRequest<DocumentDiagnosticReport>("textDocument/diagnostic", { textDocument: { uri } });
    const milliseconds = performance.now() - started;
    for (const end = Date.now() + 120_000; !(await whenDone()) && Date.now() < end; ) await new Promise((resolve) => setTimeout(resolve, 100));
    return { milliseconds, diagnostics: report.kind === "full" ? report.items.length : 0 };
  } finally {
    connection.dispose();
    server.kill();
  }
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(() => true, () => false);
}
