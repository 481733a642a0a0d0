import type { InitializeParams } from "vscode-languageserver";
import type { PositionEncoding } from "../present/line-indexes";
import type { ScaleHintsClientCapabilities } from "../protocol";

/** What the client can do, each question asked once. */
export interface ClientFeatures {
  readonly pullsDiagnostics: boolean;
  readonly refreshesDiagnostics: boolean;
  readonly refreshesInlayHints: boolean;
  readonly relatedInformation: boolean;
  readonly codeDescription: boolean;
  readonly unnecessaryTag: boolean;
  readonly keepsDiagnosticData: boolean;
  readonly resolvesCodeActionEdits: boolean;
  readonly codeActionLiterals: boolean;
  readonly preferredCodeActions: boolean;
  readonly documentChanges: boolean;
  readonly snippetEdits: boolean;
  readonly createsFiles: boolean;
  readonly configuration: boolean;
  readonly configurationRegistration: boolean;
  readonly watchedFilesRegistration: boolean;
  /** It watches files outside of the workspace when told in which folder. */
  readonly relativePatterns: boolean;
  readonly workspaceFolders: boolean;
  readonly workDoneProgress: boolean;
  readonly showDocument: boolean;
  readonly status: boolean;
  /** The client has our own commands. */
  readonly ownCommands: boolean;
  /** It asks for all fixes of a file without being told that there are any. */
  readonly asksForFixAll: boolean;
  readonly refreshesCodeLenses: boolean;
  /** The first of those that the client wants, of the two that we have. */
  readonly positionEncoding: PositionEncoding;
  readonly changeAnnotations: boolean;
  /** It makes edits when the server asks for it. */
  readonly appliesEdits: boolean;
}

export function clientFeatures({ capabilities }: InitializeParams): ClientFeatures {
  const { textDocument, workspace, window } = capabilities;
  const codeAction = textDocument?.codeAction;
  const tags = textDocument?.publishDiagnostics?.tagSupport ?? textDocument?.diagnostic?.tagSupport;
  const experimental = (capabilities.experimental as { scaleHints?: ScaleHintsClientCapabilities } | undefined)?.scaleHints;
  const pulls = textDocument?.diagnostic !== undefined;
  return {
    pullsDiagnostics: pulls,
    refreshesDiagnostics: workspace?.diagnostics?.refreshSupport === true,
    refreshesInlayHints: workspace?.inlayHint?.refreshSupport === true,
    relatedInformation: (textDocument?.diagnostic?.relatedInformation ?? textDocument?.publishDiagnostics?.relatedInformation) === true,
    codeDescription: (textDocument?.diagnostic?.codeDescriptionSupport ?? textDocument?.publishDiagnostics?.codeDescriptionSupport) === true,
    unnecessaryTag: tags?.valueSet.includes(1) === true,
    keepsDiagnosticData: (textDocument?.diagnostic?.dataSupport ?? textDocument?.publishDiagnostics?.dataSupport) === true,
    resolvesCodeActionEdits: codeAction?.dataSupport === true && codeAction.resolveSupport?.properties.includes("edit") === true,
    codeActionLiterals: codeAction?.codeActionLiteralSupport !== undefined,
    preferredCodeActions: codeAction?.isPreferredSupport === true,
    documentChanges: workspace?.workspaceEdit?.documentChanges === true,
    createsFiles: workspace?.workspaceEdit?.documentChanges === true && workspace.workspaceEdit.resourceOperations?.includes("create") === true,
    snippetEdits: workspace?.workspaceEdit?.snippetEditSupport === true,
    configuration: workspace?.configuration === true,
    configurationRegistration: workspace?.didChangeConfiguration?.dynamicRegistration === true,
    watchedFilesRegistration: workspace?.didChangeWatchedFiles?.dynamicRegistration === true,
    relativePatterns: workspace?.didChangeWatchedFiles?.relativePatternSupport === true,
    workspaceFolders: workspace?.workspaceFolders === true,
    workDoneProgress: window?.workDoneProgress === true,
    showDocument: window?.showDocument?.support === true,
    status: experimental?.status === true,
    positionEncoding: capabilities.general?.positionEncodings?.find((each): each is PositionEncoding => each === "utf-8" || each === "utf-16") ?? "utf-16",
    ownCommands: experimental?.commands === true,
    asksForFixAll: experimental?.fixAll === true,
    refreshesCodeLenses: workspace?.codeLens?.refreshSupport === true,
    changeAnnotations: workspace?.workspaceEdit?.changeAnnotationSupport !== undefined,
    appliesEdits: workspace?.applyEdit === true,
  };
}
