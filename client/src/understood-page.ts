import * as vscode from "vscode";
import { UNDERSTOOD_REQUEST } from "../../server/src/protocol";
import type { ScaleHintsClient } from "./language-client";

const SCHEME = "scale-hints";
const PAGE = vscode.Uri.from({ scheme: SCHEME, path: "/What Scale Hints understands.md" });

/** What of the project is understood and what is not: a document that nobody can edit and that follows the project while it is open. */
export class UnderstoodPage implements vscode.TextDocumentContentProvider, vscode.DocumentLinkProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.changed.event;
  private readonly registrations: readonly vscode.Disposable[];
  /** Shown while no server answers. */
  private last = "";

  constructor(private readonly client: ScaleHintsClient) {
    this.registrations = [vscode.workspace.registerTextDocumentContentProvider(SCHEME, this), vscode.languages.registerDocumentLinkProvider({ scheme: SCHEME }, this)];
  }

  async show(): Promise<void> {
    this.refresh();
    await vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title: "Scale Hints" }, async () => {
      await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(PAGE), { preview: true });
    });
  }

  /** Brings it up to date; does nothing while it is not open. */
  refresh(): void {
    if (vscode.workspace.textDocuments.some(({ uri }) => uri.toString() === PAGE.toString())) this.changed.fire(PAGE);
  }

  async provideTextDocumentContent(_uri: vscode.Uri, token: vscode.CancellationToken): Promise<string> {
    try {
      this.last = await this.client.request<string>(UNDERSTOOD_REQUEST, {}, token);
    } catch (error) {
      if (this.last === "") throw error;
    }
    return this.last;
  }

  /** Places are named `path:line:column`, at the beginning of their lines. */
  provideDocumentLinks(document: vscode.TextDocument): vscode.DocumentLink[] {
    return [...document.getText().matchAll(/^ {2}(\S.*?:\d+:\d+)(?= )/gm)].map((match) => {
      const start = match.index + 2;
      return new vscode.DocumentLink(new vscode.Range(document.positionAt(start), document.positionAt(start + match[1].length)));
    });
  }

  async resolveDocumentLink(link: vscode.DocumentLink): Promise<vscode.DocumentLink> {
    const document = vscode.workspace.textDocuments.find(({ uri }) => uri.toString() === PAGE.toString());
    const [, path, line, column] = /^(.*):(\d+):(\d+)$/.exec(document?.getText(link.range) ?? "") ?? [];
    for (const { uri } of path === undefined ? [] : (vscode.workspace.workspaceFolders ?? [])) {
      const file = vscode.Uri.joinPath(uri, path);
      const isThere = await vscode.workspace.fs.stat(file).then(() => true, () => false);
      if (isThere) link.target = file.with({ fragment: `L${line},${column}` });
      if (isThere) break;
    }
    return link;
  }

  dispose(): void {
    for (const each of [...this.registrations, this.changed]) each.dispose();
  }
}
