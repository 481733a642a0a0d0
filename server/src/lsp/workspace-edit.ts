import type { AnnotatedTextEdit, ChangeAnnotation, CreateFile, SnippetTextEdit, TextDocumentEdit, TextEdit, WorkspaceEdit } from "vscode-languageserver";
import type { FileEdit } from "#engine";
import type { ClientFeatures } from "./client-features";
import type { Project } from "./project";

const REVIEW = "review";

/** The edits as the client takes them: with the versions they were made for where it can check them. `review`: what a preview is to call them, for a person to look through first. */
export function toWorkspaceEdit(edits: readonly FileEdit[], project: Project, features: ClientFeatures, review?: string): WorkspaceEdit {
  const isAnnotated = review !== undefined && features.documentChanges && features.changeAnnotations;
  const files = edits.map(({ uri, edits: fileEdits, creates }) => ({
    uri,
    creates,
    edits: fileEdits.map(({ span, newText }): TextEdit | AnnotatedTextEdit => ({ range: project.lines.range(uri, span), newText, ...(isAnnotated && { annotationId: REVIEW }) })),
  }));
  const edit = toChanges(files, project, features);
  if (!isAnnotated) return edit;
  const annotation: ChangeAnnotation = { label: review, needsConfirmation: true };
  return { ...edit, changeAnnotations: { [REVIEW]: annotation } };
}

export function toChanges(
  files: readonly { readonly uri: string; readonly creates?: true; readonly edits: (TextEdit | AnnotatedTextEdit | SnippetTextEdit)[] }[],
  project: Project,
  features: ClientFeatures,
): WorkspaceEdit {
  if (features.documentChanges) {
    const documentChanges = files.flatMap(({ uri, edits, creates }): (TextDocumentEdit | CreateFile)[] => {
      const edit: TextDocumentEdit = { textDocument: { uri: project.clientUri(uri), version: project.version(uri) }, edits };
      // Should it be there by now after all, the whole edit fails rather than overwrite it.
      return creates ? [{ kind: "create", uri, options: { overwrite: false, ignoreIfExists: false } }, edit] : [edit];
    });
    return { documentChanges };
  }
  const changes: { [uri: string]: TextEdit[] } = {};
  for (const { uri, edits } of files) {
    (changes[project.clientUri(uri)] ??= []).push(...edits.filter((edit): edit is TextEdit => "newText" in edit));
  }
  return { changes };
}
