/** Entry of `dist/client.js`: the server is a process of its own. */
import * as vscode from "vscode";
import { LanguageClient, TransportKind, type ServerOptions } from "vscode-languageclient/node";
import { start, stop } from "./start";

export function activate(context: vscode.ExtensionContext): Promise<void> {
  const module = vscode.Uri.joinPath(context.extensionUri, "dist", "server.js").fsPath;
  const server: ServerOptions = {
    run: { module, transport: TransportKind.ipc, options: { execArgv: ROOM_FOR_YOUNG } },
    debug: { module, transport: TransportKind.ipc, options: { execArgv: [...ROOM_FOR_YOUNG, "--nolazy", "--inspect=6021"] } },
  };
  return start(context, {
    connect: (options) => new LanguageClient("scaleHints", "Scale Hints", server, options),
    // Where VS Code keeps what extensions know of this workspace; there is none in a window without a folder.
    initializationOptions: async () => (context.storageUri?.scheme === "file" ? { cacheFolder: context.storageUri.fsPath } : {}),
  });
}

/** Megabytes that V8 gives to what is young: opening makes much that is soon of no use, and took a fifth longer with the usual 16 (4,500 files, Node 20). */
const ROOM_FOR_YOUNG = ["--max-semi-space-size=64"];

export const deactivate = stop;
