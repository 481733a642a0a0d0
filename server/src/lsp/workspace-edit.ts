import type { AnnotatedTextEdit, ChangeAnnotation, CreateFile, SnippetTextEdit, TextDocumentEdit, TextEdit, WorkspaceEdit } from "vscode-languageserver";
import type { FileEdit } from "#engine";
import type { CombinedFixes } from "../fixes/combine";
import type { ClientFeatures } from "./client-features";
import type { Project } from "./project";

/** What a file is to become; edits may say what a preview is to call them. */
interface FileChanges {
  readonly uri: string;
  readonly creates?: true;
  readonly edits: (TextEdit | AnnotatedTextEdit | SnippetTextEdit)[];
}

/** The edits as the client takes them: with the versions they were made for where it can check them. */
export function toWorkspaceEdit(edits: readonly FileEdit[], project: Project, features: ClientFeatures): WorkspaceEdit {
  return toChanges(edits.map((each) => ({ ...each, edits: textEdits(each, project) })), project, features);
}

/** The same for a person to look through first: what is safe is ticked, what is not is there to be ticked. */
export function toReviewedEdit(title: string, { edits, named }: CombinedFixes, project: Project, features: ClientFeatures): WorkspaceEdit {
  if (!features.documentChanges || !features.changeAnnotations) return toWorkspaceEdit(edits, project, features);
  const hasToBeOpened = named.length === 0 && features.createsFiles;
  const files = new Map<string, FileChanges>();
  const add = (all: readonly FileEdit[], annotationId: string): void => {
    for (const each of all) {
      const known = files.get(each.uri)?.edits ?? [];
      files.set(each.uri, { ...each, edits: [...known, ...textEdits(each, project).map((edit): AnnotatedTextEdit => ({ ...edit, annotationId }))] });
    }
  };
  add(edits, "safe");
  for (const { fix } of named) add(fix.edits, fix.safety === "sketch" ? "sketch" : "review");
  const { documentChanges = [] } = toChanges([...files.values()], project, features);
  const changeAnnotations: { [id: string]: ChangeAnnotation } = {
    // What needs to be confirmed begins unticked. Where nothing else opens the preview, better unticked than not shown.
    safe: { label: title, needsConfirmation: named.length === 0 && !features.createsFiles },
    review: { label: "To be looked at first", description: "keeps what the code does only if nothing else relies on how it does it", needsConfirmation: true },
    sketch: { label: "Changes what the code does", needsConfirmation: true },
  };
  if (!hasToBeOpened) return { documentChanges, changeAnnotations };
  // Something to be confirmed is what makes an editor show a preview at all: a file that is to be made unless it is there, and is there. VS Code lists no such thing.
  const there = edits.find(({ creates }) => !creates);
  const nothing: CreateFile[] = there ? [{ kind: "create", uri: project.clientUri(there.uri), options: { ignoreIfExists: true }, annotationId: "look" }] : [];
  return { documentChanges: [...nothing, ...documentChanges], changeAnnotations: { ...changeAnnotations, look: { label: title, needsConfirmation: true } } };
}

function textEdits({ uri, edits }: FileEdit, project: Project): TextEdit[] {
  return edits.map(({ span, newText }) => ({ range: project.lines.range(uri, span), newText }));
}

export function toChanges(files: readonly FileChanges[], project: Project, features: ClientFeatures): WorkspaceEdit {
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
