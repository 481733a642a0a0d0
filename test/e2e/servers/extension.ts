import * as path from "node:path";
import * as vscode from "vscode";
import { LanguageClient, type LanguageClientOptions, type ServerOptions } from "vscode-languageclient/node";

/** What ESLint's extension answers when its server asks for settings (those of `dbaeumer.vscode-eslint` 3, as they are by default). */
const ESLINT = {
  validate: "on", packageManager: "npm", useESLintClass: true, useFlatConfig: true, experimental: { useFlatConfig: true }, run: "onType", quiet: false, format: false, onIgnoredFiles: "off",
  options: {}, rulesCustomizations: [], problems: { shortenToSingleLine: false }, workingDirectory: { mode: "location" },
  codeAction: { disableRuleComment: { enable: true, location: "separateLine" }, showDocumentation: { enable: true } }, codeActionOnSave: { enable: true, mode: "all" },
};

/** Starts the servers that `SCALE_HINTS_NEIGHBOURS` names (JSON: `modules`, a folder of npm packages; `ruff`, a program). Resolves when all of them run. */
export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const { modules, ruff } = JSON.parse(process.env.SCALE_HINTS_NEIGHBOURS!) as { readonly modules: string; readonly ruff: string };
  const inNode = (file: string): ServerOptions => ({ command: process.execPath, args: [path.join(modules, file), "--stdio"], options: { env: { ...process.env, ELECTRON_RUN_AS_NODE: "1" } } });
  const start = async (id: string, server: ServerOptions, options: LanguageClientOptions): Promise<void> => {
    const client = new LanguageClient(id, id, server, options);
    context.subscriptions.push(client);
    await client.start();
  };
  const selector = (...languages: readonly string[]) => languages.map((language) => ({ scheme: "file", language }));
  await Promise.all([
    start("ruff", { command: ruff, args: ["server"] }, { documentSelector: selector("python") }),
    start("pyright", inNode("pyright/langserver.index.js"), { documentSelector: selector("python") }),
    // Its extension has settings of that name, and the server ends where there are none.
    start("prisma", inNode("@prisma/language-server/dist/bin.js"), { documentSelector: selector("prisma"), middleware: { workspace: { configuration: ({ items }) => items.map(() => ({})) } } }),
    start("eslint", inNode("vscode-langservers-extracted/bin/vscode-eslint-language-server"), {
      documentSelector: selector("javascript", "typescript"),
      middleware: {
        workspace: {
          configuration: ({ items }) => items.map(({ scopeUri }) => {
            const folder = scopeUri === undefined ? undefined : vscode.workspace.getWorkspaceFolder(vscode.Uri.parse(scopeUri));
            return { ...ESLINT, nodePath: modules, workspaceFolder: folder && { uri: folder.uri.toString(), name: folder.name } };
          }),
        },
      },
    }),
  ]);
}
