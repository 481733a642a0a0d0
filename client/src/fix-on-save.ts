import * as vscode from "vscode";
import { FIX_ALL_KIND } from "../../server/src/protocol";
import type { ScaleHintsClient } from "./language-client";

const FIX_ALL = vscode.CodeActionKind.Empty.append(FIX_ALL_KIND);

/**
 * The safe fixes of a file, offered after those of all other extensions.
 * On `source.fixAll` VS Code asks everybody at once and then applies one edit after the other to lines that have moved meanwhile (microsoft/vscode#174295). Ours are
 * worked out when they are applied, those of others are not: so ours come last. Who offers something for one language goes before who offers it for all.
 */
export function registerFixOnSave(client: ScaleHintsClient): vscode.Disposable {
  const owners = new WeakMap<vscode.CodeAction, vscode.CodeActionProvider>();
  const provider: vscode.CodeActionProvider = {
    async provideCodeActions(document, range, context, token) {
      const asked = context.only?.intersects(FIX_ALL) ? client.codeActions(document) : undefined;
      const actions = (await asked?.provideCodeActions(document, range, context, token))?.filter((each): each is vscode.CodeAction => "kind" in each && each.kind !== undefined && FIX_ALL.contains(each.kind));
      for (const each of actions ?? []) owners.set(each, asked!);
      return actions;
    },
    resolveCodeAction: (action, token) => owners.get(action)?.resolveCodeAction?.(action, token),
  };
  return vscode.languages.registerCodeActionsProvider("*", provider, { providedCodeActionKinds: [FIX_ALL] });
}
