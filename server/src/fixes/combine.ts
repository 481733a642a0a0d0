import { atOnce, type FileEdit, type Finding, type Fix, type Safety, type Steps, type TextEdit, type WorkspaceApi } from "#engine";
import { PieceText } from "./piece-text";

/** Which findings to fix, how, and where the edits may go. */
export interface FixSelection {
  /** The files whose findings are fixed, without a look at others; absent: all there are. */
  readonly uris?: readonly string[];
  readonly wants: (finding: Finding) => boolean;
  readonly safeties: readonly Safety[];
  /** Kinds of fixes that are not made but named where a finding has nothing better: for a person to choose. */
  readonly names?: readonly Safety[];
  /** Whether a fix may change this file. */
  readonly mayEdit: (uri: string) => boolean;
  /** Hears of each file that is going to be changed, before it is. */
  readonly touches?: (uri: string) => void;
  /** Hears how many findings of a round have been looked at. */
  readonly progress?: (done: number, total: number, round: number) => void;
}

export interface CombinedFixes {
  /** From the texts as they were. */
  readonly edits: readonly FileEdit[];
  /** The findings that were fixed, in the order in which that was done. */
  readonly fixed: readonly Choice[];
  /** What was named: in the texts as they were, apart from the edits and from each other. */
  readonly named: readonly Choice[];
  /** What would have been named if it could be chosen apart from the rest: it changes what others change, or makes a file that others count on not to be there. */
  readonly apart: readonly Choice[];
}

interface Choice {
  readonly finding: Finding;
  readonly fix: Fix;
}

/** Enough for nested problems; a pair of fixes that undo each other stops here too. */
const MOST_ROUNDS = 12;

/** Applies fixes until none is left: in each round those that do not overlap, the first by position winning, then analyses again. The engine is left with the fixed texts. */
export function combineFixes(engine: WorkspaceApi, selection: FixSelection): CombinedFixes {
  return atOnce(combiningFixes(engine, selection));
}

/** The same in steps. */
export function* combiningFixes(engine: WorkspaceApi, selection: FixSelection): Steps<CombinedFixes> {
  const texts = new Map<string, { readonly original: string | undefined; readonly pieces: PieceText }>();
  const fixed: Choice[] = [];
  const states = new Set<string>();
  const changes = new Changes();
  const leftOver: Choice[] = [];
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const chosen = yield* chooseFixes(engine, selection, changes, round, leftOver);
    if (chosen.length === 0) break;
    for (const { uri, edits } of mergeEdits(chosen.map(({ fix }) => fix))) {
      const original = engine.text(uri);
      if (!texts.has(uri)) texts.set(uri, { original, pieces: new PieceText(original ?? "") });
      const { pieces } = texts.get(uri)!;
      pieces.apply(edits);
      engine.apply([{ uri, text: pieces.text }]);
      changes.made(uri);
      yield;
    }
    fixed.push(...chosen);
    const state = JSON.stringify([...texts].map(([uri, { pieces }]) => [uri, pieces.text]));
    if (states.has(state)) break; // two fixes undo each other
    states.add(state);
  }
  const edits = [...texts].map(([uri, { original, pieces }]): FileEdit => ({ uri, edits: pieces.edits(), ...(original === undefined && { creates: true }) }));
  return { edits: edits.filter((each) => each.edits.length > 0), fixed, ...besides(edits, leftOver) };
}

/** One fix per finding, none overlapping an earlier one. */
function* chooseFixes(engine: WorkspaceApi, selection: FixSelection, changes: Changes, round: number, leftOver: Choice[]): Steps<readonly Choice[]> {
  const names = round === 0 ? (selection.names ?? []) : [];
  const wanted = (yield* findingsIn(engine, selection, [...selection.safeties, ...names])).filter((finding) => !changes.isRefused(finding));
  const chosen: Choice[] = [];
  const taken = new Map<string, TextEdit[]>();
  for (const [index, finding] of wanted.entries()) {
    selection.progress?.(index, wanted.length, round);
    const offered = yield* engine.fixing(finding);
    const fix = fixOf(offered, selection);
    if (!fix) {
      changes.refused(finding);
      const nameable = offered.filter(({ safety, edits }) => names.includes(safety) && edits.every(({ uri }) => selection.mayEdit(uri)));
      const named = nameable.find((each) => !makesFile(each)) ?? nameable[0];
      if (named) {
        named.edits.forEach(({ uri }) => selection.touches?.(uri));
        leftOver.push({ finding, fix: named });
      }
      continue;
    }
    if (fix.edits.some((file) => file.edits.some((edit) => collides(edit, taken.get(file.uri) ?? [])))) continue;
    for (const file of fix.edits) {
      selection.touches?.(file.uri);
      taken.set(file.uri, [...(taken.get(file.uri) ?? []), ...file.edits]);
    }
    chosen.push({ finding, fix });
  }
  return chosen;
}

/** The findings that may have a fix of the kinds that are wanted. */
function* findingsIn(engine: WorkspaceApi, { uris, wants }: FixSelection, safeties: readonly Safety[]): Steps<readonly Finding[]> {
  const found: Finding[] = [];
  for (const uri of uris ?? (yield* everyFile(engine))) {
    if (engine.dirty([uri])[0] === uri) engine.check(uri);
    yield;
    found.push(...engine.findings(uri).filter((finding) => finding.proposals.some(({ safety }) => safeties.includes(safety)) && wants(finding)));
  }
  return found;
}

/** Those whose edits can be made in the same texts as these, or left out, as a person likes. */
function besides(edits: readonly FileEdit[], choices: readonly Choice[]): Pick<CombinedFixes, "named" | "apart"> {
  const taken = new Map(edits.map(({ uri, edits: own }) => [uri, [...own]]));
  const named: Choice[] = [];
  const apart: Choice[] = [];
  for (const choice of choices) {
    const { fix } = choice;
    // One that shares an edit with another would be half made with it, and migrations follow each other: each is made for the newest that there is.
    if (makesFile(fix) || fix.edits.some((file) => file.edits.some((edit) => (taken.get(file.uri) ?? []).some((other) => isSame(edit, other)) || collides(edit, taken.get(file.uri) ?? [])))) {
      apart.push(choice);
      continue;
    }
    for (const file of fix.edits) taken.set(file.uri, [...(taken.get(file.uri) ?? []), ...file.edits]);
    named.push(choice);
  }
  return { named, apart };
}

function makesFile({ edits }: Fix): boolean {
  return edits.some(({ creates }) => creates);
}

/** Checks everything; the files that have findings then. */
function* everyFile(engine: WorkspaceApi): Steps<readonly string[]> {
  for (let dirty = engine.dirty(); dirty.length > 0; dirty = engine.dirty()) {
    for (const uri of dirty) {
      engine.check(uri);
      yield;
    }
  }
  return [...new Set(engine.allFindings().map(({ at }) => at.uri))];
}

/** The one of the fixes that is offered to be made without being chosen. */
function fixOf(offered: readonly Fix[], { safeties, mayEdit }: FixSelection): Fix | undefined {
  const fixes = offered.filter((fix) => fix.edits.length > 0 && safeties.includes(fix.safety) && fix.edits.every((edit) => mayEdit(edit.uri)));
  const fix = fixes.find((candidate) => candidate.preferred) ?? fixes[0];
  // The remedy that stands first is one to be chosen by a person: so is what comes after it.
  return fix?.preferred || offered[0]?.safety !== "sketch" ? fix : undefined;
}

/** Which findings had no fix, as long as none of the files that they speak of has changed. */
class Changes {
  private readonly without = new Map<string, number>();
  private readonly changed = new Map<string, number>();
  private count = 0;

  made(uri: string): void {
    this.changed.set(uri, ++this.count);
  }

  refused({ key }: Finding): void {
    this.without.set(key, this.count);
  }

  isRefused({ key, at, related }: Finding): boolean {
    const since = this.without.get(key);
    return since !== undefined && [at, ...related.map((each) => each.at)].every(({ uri }) => (this.changed.get(uri) ?? 0) <= since);
  }
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
