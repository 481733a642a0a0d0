import type { KeptAnswers, KeptCheck, KeptSession, WorkspaceApi } from "#engine";

/** What a workspace keeps, gone through what makes bytes of it: nothing is shared with the workspace any more. */
export function keptBy(workspace: WorkspaceApi): KeptSession {
  const texts = new Map(workspace.uris().map((uri) => [uri, workspace.text(uri)]));
  const facts = new Map<string, ReturnType<KeptSession["facts"]>>();
  const checks = new Map<string, KeptCheck>();
  let answers: KeptAnswers = { keys: [], fingerprints: [] };
  for (const part of workspace.keeping()) {
    if (part.kind === "facts") facts.set(part.uri, structuredClone(part.facts));
    else if (part.kind === "check") checks.set(part.uri, structuredClone(part.check));
    else answers = structuredClone(part.answers);
  }
  return { answers, hasText: (uri, text) => texts.get(uri) === text, facts: (uri) => facts.get(uri), check: (uri) => checks.get(uri) };
}
