import { MessageType, ShowDocumentRequest, type CancellationToken, type Connection } from "vscode-languageserver";
import type { CheckResult } from "../protocol";
import type { ClientFeatures } from "./client-features";
import type { Diagnostics } from "./diagnostics";
import { say } from "./messages";
import type { Project } from "./project";
import { toWorkspaceEdit } from "./workspace-edit";

/** Shows the page of a rule in the editor; where that cannot be done, says where it is. */
export async function openRulePage(ruleId: unknown, { connection, features, rulePage }: { readonly connection: Connection; readonly features: ClientFeatures; readonly rulePage: (ruleId: string) => string | undefined }): Promise<void> {
  const page = typeof ruleId === "string" ? rulePage(ruleId) : undefined;
  if (page === undefined) {
    say(connection, MessageType.Warning, `There is no page for the rule ${JSON.stringify(ruleId) ?? "without a name"}.`);
  } else if (features.showDocument) {
    await connection.sendRequest(ShowDocumentRequest.type, { uri: page, takeFocus: true });
  } else {
    say(connection, MessageType.Info, page);
  }
}

/** Applies the fix of a finding that is safe. */
export async function applyFix(uri: unknown, key: unknown, { connection, features, project }: { readonly connection: Connection; readonly features: ClientFeatures; readonly project: Project }): Promise<void> {
  const finding = typeof uri === "string" ? project.findings(uri).find((each) => each.key === key) : undefined;
  const fix = finding && project.fixes(finding).find(({ safety }) => safety === "safe");
  if (!fix) {
    say(connection, MessageType.Info, "This has changed; there is nothing to fix any more.");
    return;
  }
  await connection.workspace.applyEdit({ label: fix.title, edit: toWorkspaceEdit(fix.edits, project, features) });
}

/** Reads and checks every file again. */
export async function checkWorkspace({ project, diagnostics }: { readonly project: Project; readonly diagnostics: Diagnostics }, token: CancellationToken): Promise<CheckResult> {
  diagnostics.showEverything();
  const stop = new AbortController();
  const subscription = token.onCancellationRequested(() => stop.abort());
  try {
    await project.index(stop.signal);
    await project.whenSettled(token);
  } finally {
    subscription.dispose();
  }
  const findings = project.allFindings();
  return { files: project.uris().length, findings: findings.length, filesWithFindings: new Set(findings.map(({ at }) => at.uri)).size };
}
