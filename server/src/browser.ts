/** Entry of `dist/server-web.js`, which runs in a web worker: the same session, with grammars and files that the client hands over. */
import { BrowserMessageReader, BrowserMessageWriter, createConnection } from "vscode-languageserver/browser";
import { createParsers, createWorkspace } from "#engine";
import { rules } from "../../rules";
import { ClientFiles } from "./host/client-files";
import { clientReader } from "./lsp/client-reader";
import { startSession } from "./lsp/session";
import type { WebInitialization } from "./protocol";
import { ruleInfos } from "./rule-infos";

declare const self: InstanceType<typeof MessagePort>;

const connection = createConnection(new BrowserMessageReader(self), new BrowserMessageWriter(self));
let handed: WebInitialization | undefined;

startSession({
  connection,
  async createEngine(options) {
    handed = (options as { readonly web?: WebInitialization } | undefined)?.web;
    if (!handed) throw new Error("the client hands over no grammars");
    return createWorkspace({ parsers: await createParsers(handed), rules });
  },
  rules: ruleInfos,
  files: new ClientFiles(clientReader(connection)),
  pause: () => new Promise((resolve) => setTimeout(resolve, 0)),
  rulePage: (id) => (handed?.whenWrong[id] === undefined ? undefined : `${handed.rulePages}/${id}.md`),
  rulePageText: (id) => handed?.whenWrong[id],
  version: "web",
});
