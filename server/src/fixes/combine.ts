import type { FileEdit, Finding, Fix, Safety, TextEdit, WorkspaceApi } from "#engine";
import { PieceText } from "./piece-text";

/** Which findings to fix, how, and where the edits may go. */
export interface FixSelection {
  /** The files whose findings are fixed; asked again in each round. */
  readonly uris: () => readonly string[];
  readonly wants: (finding: Finding) => boolean;
  readonly safeties: readonly Safety[];
  /** Whether a fix may change this file. */
  readonly mayEdit: (uri: string) => boolean;
}

export interface CombinedFixes {
  readonly edits: readonly FileEdit[];
  /** The findings that were fixed, in the order in which that was done. */
  readonly fixed: readonly { readonly finding: Finding; readonly fix: Fix }[];
}

/** Enough for nested problems; a pair of fixes that undo each other stops here too. */
const MOST_ROUNDS = 12;

/**
 * Applies fixes until none is left: in each round those that do not overlap, the first by position winning, then analyses
 * again. The workspace is left with the texts it had, unless `keep` is set.
 */
export function combineFixes(engine: WorkspaceApi, selection: FixSelection, keep = false): CombinedFixes {
  const texts = new Map<string, { readonly original: string | undefined; readonly pieces: PieceText }>();
  const fixed: { finding: Finding; fix: Fix }[] = [];
  const states = new Set<string>();
  try {
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const chosen = chooseFixes(engine, selection);
      if (chosen.length === 0) break;
      const edits = mergeEdits(chosen.map(({ fix }) => fix));
      for (const { uri } of edits) {
        const text = engine.text(uri);
        if (!texts.has(uri)) texts.set(uri, { original: text, pieces: new PieceText(text ?? "") });
      }
      for (const { uri, edits: fileEdits } of edits) texts.get(uri)!.pieces.apply(fileEdits);
      engine.apply(edits.map(({ uri }) => ({ uri, text: texts.get(uri)!.pieces.text })));
      fixed.push(...chosen);
      const state = JSON.stringify([...texts].map(([uri, { pieces }]) => [uri, pieces.text]));
      if (states.has(state)) break; // two fixes undo each other
      states.add(state);
    }
    const result = [...texts].map(([uri, { original, pieces }]): FileEdit => ({ uri, edits: pieces.edits(), ...(original === undefined && { creates: true }) })).filter(({ edits }) => edits.length > 0);
    return { edits: result, fixed };
  } finally {
    if (!keep && texts.size > 0) engine.apply([...texts].map(([uri, { original }]) => ({ uri, text: original })));
  }
}

/** One fix per finding, none overlapping an earlier one. */
function chooseFixes(engine: WorkspaceApi, selection: FixSelection): { readonly finding: Finding; readonly fix: Fix }[] {
  const chosen: { finding: Finding; fix: Fix }[] = [];
  const taken = new Map<string, TextEdit[]>();
  for (const uri of selection.uris()) {
    if (engine.dirty([uri])[0] === uri) engine.check(uri);
    for (const finding of engine.findings(uri)) {
      if (!selection.wants(finding) || !finding.proposals.some((proposal) => selection.safeties.includes(proposal.safety))) continue;
      const offered = engine.fixes(finding);
      const [first] = offered;
      const fixes = offered.filter((fix) => selection.safeties.includes(fix.safety) && fix.edits.every((edit) => selection.mayEdit(edit.uri)));
      const fix = fixes.find((candidate) => candidate.preferred) ?? fixes[0];
      // The remedy that stands first is one to be chosen by a person: so is what comes after it.
      if (!fix?.preferred && first?.safety === "sketch") continue;
      if (!fix || fix.edits.length === 0 || fix.edits.some((file) => file.edits.some((edit) => collides(edit, taken.get(file.uri) ?? [])))) continue;
      for (const file of fix.edits) taken.set(file.uri, [...(taken.get(file.uri) ?? []), ...file.edits]);
      chosen.push({ finding, fix });
    }
  }
  return chosen;
}

/** Whether an edit cannot be made together with those already chosen. The very same edit, made once, serves both. */
function collides(edit: TextEdit, taken: readonly TextEdit[]): boolean {
  return taken.some((other) => {
    if (isSame(edit, other)) return false;
    const touches = edit.span.start <= other.span.end && other.span.start <= edit.span.end;
    const onlyMeets = edit.span.start === other.span.end || other.span.start === edit.span.end;
    const bothReplace = edit.span.end > edit.span.start && other.span.end > other.span.start;
    return touches && !(onlyMeets && bothReplace);
  });
}

function isSame(a: TextEdit, b: TextEdit): boolean {
  return a.span.start === b.span.start && a.span.end === b.span.end && a.newText === b.newText;
}

function mergeEdits(fixes: readonly Fix[]): readonly FileEdit[] {
  const files = new Map<string, TextEdit[]>();
  for (const fix of fixes) {
    for (const file of fix.edits) {
      const edits = files.get(file.uri) ?? [];
      files.set(file.uri, edits);
      // Edits of one fix may repeat themselves on purpose; those of another fix are the same edit made once.
      const others = [...edits];
      edits.push(...file.edits.filter((edit) => !others.some((other) => isSame(edit, other))));
    }
  }
  return [...files].map(([uri, edits]) => ({ uri, edits }));
}
