import * as vscode from "vscode";
import { RULES_REQUEST, type RuleSummary } from "../../server/src/protocol";
import type { ScaleHintsClient } from "./language-client";

/** Shows the page of a rule; asks which one when none is named. */
export async function openRulePage(client: ScaleHintsClient, ruleId: unknown): Promise<void> {
  const rules = await client.request<RuleSummary[]>(RULES_REQUEST, {}, new vscode.CancellationTokenSource().token);
  const rule = typeof ruleId === "string" ? rules.find(({ id }) => id === ruleId) : await pickRule(rules);
  if (rule?.page === undefined) {
    if (typeof ruleId === "string") void vscode.window.showWarningMessage(`Scale Hints has no page for the rule ${ruleId}.`);
    return;
  }
  const page = vscode.Uri.parse(rule.page);
  try {
    await vscode.commands.executeCommand("markdown.showPreview", page);
  } catch {
    // The built-in Markdown extension may be disabled: the text itself can always be read.
    await vscode.window.showTextDocument(page);
  }
}

async function pickRule(rules: readonly RuleSummary[]): Promise<RuleSummary | undefined> {
  const items = rules.map((rule) => ({ label: rule.id, description: rule.topic, detail: rule.summary, rule }));
  const picked = await vscode.window.showQuickPick(items, { title: "Scale Hints: Open Rule Page", matchOnDescription: true, matchOnDetail: true });
  return picked?.rule;
}
