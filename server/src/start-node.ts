import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { createConnection, ProposedFeatures } from "vscode-languageserver/node";
import { createParsers, createWorkspace, type WorkspaceApi } from "#engine";
import { rules } from "../../rules";
import { ClientFiles, EitherFiles } from "./host/client-files";
import { Disk } from "./host/node/disk";
import { loadGrammars } from "./host/node/grammars";
import { keptFile } from "./host/node/kept-file";
import { toUri } from "./host/node/paths";
import { clientReader } from "./lsp/client-reader";
import { startSession } from "./lsp/session";
import { ruleInfos } from "./rule-infos";

export { ruleInfos };

export async function createEngine(): Promise<WorkspaceApi> {
  return createWorkspace({ parsers: await createParsers(await loadGrammars(__dirname)), rules });
}

/** The version of the package that this bundle is part of. */
export function packageVersion(): string {
  const manifest = JSON.parse(readFileSync(join(__dirname, "..", "package.json"), "utf8")) as { version: string };
  return manifest.version;
}

/** The version of the program to the build: what one build found, another may see differently. */
export function bundleVersion(): string {
  const { size, mtimeMs } = statSync(__filename);
  return `${packageVersion()} ${size} ${mtimeMs}`;
}

/** Serves the client at the other end of the transport that the command line names: `--stdio`, `--node-ipc`, `--socket`, `--pipe`. */
export function serve(): void {
  const documented = new Set(rules.map(({ id }) => id));
  const connection = createConnection(ProposedFeatures.all);
  startSession({
    connection,
    createEngine,
    rules: ruleInfos,
    files: new EitherFiles(new Disk(), new ClientFiles(clientReader(connection))),
    pause: () => new Promise((resolve) => setImmediate(resolve)),
    rulePage: (id) => (documented.has(id) ? toUri(join(__dirname, "rules", `${id}.md`)) : undefined),
    rulePageText: (id) => {
      const file = join(__dirname, "rules", `${id}.md`);
      return documented.has(id) && existsSync(file) ? readFileSync(file, "utf8") : undefined;
    },
    keeper: (options) => {
      const folder = (options as { readonly cacheFolder?: unknown } | null | undefined)?.cacheFolder;
      return typeof folder === "string" && folder !== "" ? keptFile(folder, bundleVersion()) : undefined;
    },
    version: packageVersion(),
  });
}
