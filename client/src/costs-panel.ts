import * as vscode from "vscode";
import { COSTS_REQUEST, type EndpointSummary, type Place } from "../../server/src/protocol";
import type { ScaleHintsClient } from "./language-client";
import { openPlace } from "./places";

type Message = { readonly kind: "open"; readonly place: Place } | { readonly kind: "export"; readonly as: "csv" | "json" } | { readonly kind: "ready" };

/** What every address, task and command asks of the database, in a table that can be sorted, searched and exported. */
export class CostsPanel implements vscode.Disposable {
  private panel: vscode.WebviewPanel | undefined;
  private endpoints: readonly EndpointSummary[] = [];

  constructor(
    private readonly client: ScaleHintsClient,
    private readonly extensionUri: vscode.Uri,
  ) {}

  async show(): Promise<void> {
    if (!this.panel) {
      const media = vscode.Uri.joinPath(this.extensionUri, "client", "media");
      this.panel = vscode.window.createWebviewPanel("scaleHints.costs", "Endpoints by Cost", vscode.ViewColumn.Active, { enableScripts: true, localResourceRoots: [media], retainContextWhenHidden: true });
      this.panel.iconPath = { light: vscode.Uri.joinPath(media, "scale-light.svg"), dark: vscode.Uri.joinPath(media, "scale-dark.svg") };
      this.panel.webview.html = this.page(this.panel.webview, media);
      this.panel.webview.onDidReceiveMessage((message: Message) => this.receive(message));
      this.panel.onDidDispose(() => (this.panel = undefined));
    }
    this.panel.reveal();
    await this.refresh();
  }

  /** Brings what is shown up to date; does nothing while nothing is. */
  async refresh(): Promise<void> {
    if (!this.panel) return;
    this.endpoints = await this.client.request<EndpointSummary[]>(COSTS_REQUEST, {}, new vscode.CancellationTokenSource().token);
    const rows = this.endpoints.map((endpoint) => ({ ...endpoint, path: `${vscode.workspace.asRelativePath(vscode.Uri.parse(endpoint.uri))}:${endpoint.range.start.line + 1}` }));
    await this.panel?.webview.postMessage({ kind: "endpoints", endpoints: rows });
  }

  private async receive(message: Message): Promise<void> {
    if (message.kind === "ready") await this.refresh();
    if (message.kind === "open") await openPlace(message.place);
    if (message.kind === "export") await this.export(message.as);
  }

  private async export(as: "csv" | "json"): Promise<void> {
    const content = as === "json" ? `${JSON.stringify(this.endpoints, undefined, 2)}\n` : csvOf(this.endpoints);
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ content, language: as === "json" ? "json" : "plaintext" }));
  }

  private page(webview: vscode.Webview, media: vscode.Uri): string {
    const source = (name: string): string => webview.asWebviewUri(vscode.Uri.joinPath(media, name)).toString();
    return `<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src ${webview.cspSource}; script-src ${webview.cspSource};">
  <link rel="stylesheet" href="${source("costs.css")}">
  <title>Endpoints by Cost</title>
</head>
<body>
  <header>
    <h1>Endpoints by Cost</h1>
    <label for="filter">Filter</label>
    <input id="filter" type="search" placeholder="an address, a name, a path">
    <label><input id="growing" type="checkbox"> growing only</label>
    <span id="count" role="status"></span>
    <button id="csv" type="button">Export CSV</button>
    <button id="json" type="button">Export JSON</button>
  </header>
  <main>
    <table>
      <caption>What every address, task and command asks of the database</caption>
      <thead><tr>
        <th scope="col" data-key="address"><button type="button">Address</button></th>
        <th scope="col" data-key="degree"><button type="button" title="The most that is sent; sorted by how fast it grows">Queries</button></th>
        <th scope="col" data-key="atScale"><button type="button" title="With as many rows as are declared, or as the target scale says">At your scale</button></th>
        <th scope="col" data-key="rows"><button type="button" title="How many rows are loaded">Rows</button></th>
        <th scope="col" data-key="path"><button type="button">Code</button></th>
      </tr></thead>
      <tbody></tbody>
    </table>
    <p id="empty" hidden>Nothing here answers requests or is run by itself, as far as it is understood.</p>
  </main>
  <script src="${source("costs.js")}"></script>
</body>
</html>`;
  }

  dispose(): void {
    this.panel?.dispose();
  }
}

function csvOf(endpoints: readonly EndpointSummary[]): string {
  const quoted = (value: string | number): string => (/[",\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value));
  const rows = endpoints.map(({ address, name, queries, degree, atScale, rows: given, exact, uri, range }) => [address, name, queries, degree, atScale, given, exact ? "exact" : "at least", vscode.workspace.asRelativePath(vscode.Uri.parse(uri)), range.start.line + 1]);
  return [["address", "code", "queries", "degree", "at scale", "rows", "exactness", "path", "line"], ...rows].map((row) => row.map(quoted).join(",")).join("\n") + "\n";
}
