/** Entry of `dist/client-web.js`: the server runs in a worker, with grammars and files that are handed to it. */
import * as vscode from "vscode";
import { LanguageClient } from "vscode-languageclient/browser";
import type { WebInitialization } from "../../server/src/protocol";
import { start, stop } from "./start";

/** Of the browser, whose other names would hide those of Node. */
declare const Worker: new (url: string) => never;

export function activate(context: vscode.ExtensionContext): Promise<void> {
  const dist = vscode.Uri.joinPath(context.extensionUri, "dist");
  const read = (name: string): Thenable<Uint8Array> => vscode.workspace.fs.readFile(vscode.Uri.joinPath(dist, name));
  return start(context, {
    async connect(options) {
      // A worker may not be loaded from where extensions are: from a copy of its code it may.
      const code = URL.createObjectURL(new Blob([await read("server-web.js")], { type: "application/javascript" }));
      return new LanguageClient("scaleHints", "Scale Hints", new Worker(code), options);
    },
    async initializationOptions() {
      const [runtime, whenWrong] = await Promise.all(["web-tree-sitter.wasm", "rules/when-wrong.json"].map(read));
      const grammars: Record<string, Uint8Array> = {};
      const missing: Record<string, string> = {};
      const readGrammar = async (name: string): Promise<void> => {
        try {
          grammars[name] = await read(`tree-sitter-${name}.wasm`);
        } catch (error) {
          missing[name] = error instanceof Error ? error.message : String(error);
        }
      };
      await Promise.all(["python", "typescript", "tsx"].map(readGrammar));
      const web: WebInitialization = {
        runtime, grammars, missing, rulePages: vscode.Uri.joinPath(dist, "rules").toString(),
        whenWrong: JSON.parse(new TextDecoder().decode(whenWrong)) as Record<string, string>,
      };
      return { web };
    },
  });
}

export const deactivate = stop;
