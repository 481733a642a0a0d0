// What linters and formatters do beside us: ESLint, Ruff, Prettier, Black.
const vscode = require("vscode");

const SELECTOR = [{ language: "python" }, { language: "typescript" }];
const FIX_ALL = vscode.CodeActionKind.SourceFixAll.append("neighbour");

exports.activate = (context) => {
  const diagnostics = vscode.languages.createDiagnosticCollection("neighbour");
  const lint = (document) => {
    if (!["python", "typescript"].includes(document.languageId)) return;
    diagnostics.set(document.uri, longNames(document).map((range) => Object.assign(new vscode.Diagnostic(range, "name is discouraged", vscode.DiagnosticSeverity.Warning), { source: "neighbour", code: "names" })));
  };
  vscode.workspace.textDocuments.forEach(lint);
  context.subscriptions.push(
    diagnostics,
    vscode.workspace.onDidOpenTextDocument(lint),
    vscode.workspace.onDidChangeTextDocument(({ document }) => lint(document)),
    // Its edit is worked out when it is offered, as ESLint's is.
    vscode.languages.registerCodeActionsProvider(SELECTOR, { provideCodeActions }, { providedCodeActionKinds: [vscode.CodeActionKind.QuickFix, FIX_ALL] }),
    vscode.languages.registerDocumentFormattingEditProvider(SELECTOR, { provideDocumentFormattingEdits: (document) => blankLines(document) }),
  );
};

/** Lines that begin with this comment are "wrong", and the comment itself where it stands behind something. */
function longNames(document) {
  const found = [];
  for (let line = 0; line < document.lineCount; line++) {
    const { text, range } = document.lineAt(line);
    const match = /^\s*# lint me|# lint me/.exec(text);
    if (match) found.push(new vscode.Range(line, match.index, line, range.end.character));
  }
  return found;
}

function provideCodeActions(document, range, { only, diagnostics }) {
  const actions = [];
  const edit = () => {
    const all = new vscode.WorkspaceEdit();
    // Two lines for one: everything below moves.
    for (const each of longNames(document)) all.replace(document.uri, each, "# linted\n# by the neighbour");
    return all;
  };
  if (only?.contains(FIX_ALL)) actions.push(Object.assign(new vscode.CodeAction("Fix all of the neighbour's", FIX_ALL), { edit: edit() }));
  if (!only || only.contains(vscode.CodeActionKind.QuickFix)) {
    const own = diagnostics.filter(({ source }) => source === "neighbour");
    if (own.length > 0) actions.push(Object.assign(new vscode.CodeAction("Fix the neighbour's", vscode.CodeActionKind.QuickFix), { diagnostics: own, edit: edit() }));
  }
  return actions;
}

/** Formats as formatters do: no blank space at the ends of lines. */
function blankLines(document) {
  const edits = [];
  for (let line = 0; line < document.lineCount; line++) {
    const { text, range } = document.lineAt(line);
    const kept = text.trimEnd();
    if (kept !== text) edits.push(vscode.TextEdit.delete(new vscode.Range(line, kept.length, line, range.end.character)));
  }
  return edits;
}
