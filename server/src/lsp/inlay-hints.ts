import type { InlayHint, InlayHintParams } from "vscode-languageserver";
import { canonicalUri } from "../host/uri";
import type { Project } from "./project";

/** What a line costs, at its end; the findings are the tooltip. */
export function inlayHints({ textDocument, range }: InlayHintParams, project: Project): InlayHint[] {
  const uri = canonicalUri(textDocument.uri);
  const byLine = new Map<number, { readonly labels: Set<string>; readonly messages: string[] }>();
  const findings = project.findings(uri);
  const text = project.text(uri) ?? "";
  const index = project.lines.of(uri);
  for (const finding of findings) {
    if (finding.hint === undefined) continue;
    const line = index.lineAt(finding.at.span.start);
    if (line < range.start.line || line > range.end.line) continue;
    const entry = byLine.get(line) ?? { labels: new Set(), messages: [] };
    byLine.set(line, entry);
    entry.labels.add(finding.hint);
    if (!entry.messages.includes(finding.message)) entry.messages.push(finding.message);
  }
  return [...byLine].map(([line, { labels, messages }]) => {
    const start = index.lineStart(line);
    const length = text.slice(start, index.lineStart(line + 1)).replace(/[\r\n]+$/, "").length;
    return {
      position: { line, character: length },
      label: [...labels].join(", "),
      tooltip: messages.join("\n\n"),
      paddingLeft: true,
    };
  });
}
