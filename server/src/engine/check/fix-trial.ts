import type { FileFacts } from "../facts";
import { languageOf, type FrontEnd } from "../languages";
import { linkProject, type LinkedProject, type LinkInput } from "../project";
import type { EntityUsage, Fix, FixProposal } from "../rule";
import { applyEdits, changeBetween, type TextChange, type TextEdit } from "../source";
import type { Parsers } from "../syntax";
import type { Evaluation, Verdict } from "./analysis";
import { RuleFailure } from "./failure";
import { pathInFolders, roleOf, type FileRole } from "./file-role";
import { editsByFile, keepsComments, objection } from "./fix-proof";
import type { MergedFinding, SeenFinding } from "./merge";
import { shiftFinding, type RawFinding } from "./raw-finding";
import { changedBodyKeys, lowerFile, resourceComments, type SourceFile } from "./source-file";
import type { Steps } from "./steps";
import type { UsageShare } from "./usage";

/** How many files a fix may make it necessary to check again before it is offered. */
const trialLimit = 40;

/** A file as a fix leaves it; `file` is absent for one that is not code. */
interface Touched {
  readonly file?: SourceFile;
  readonly change: TextChange;
}

/** The workspace as a trial sees it: its files as they are, and its ways to look at others. */
export interface TrialGround {
  readonly parsers: Parsers;
  /** Failures of ours are thrown. */
  readonly strict: boolean;
  readonly files: ReadonlyMap<string, SourceFile>;
  readonly resources: ReadonlyMap<string, string>;
  folders(): readonly string[];
  facts(): ReadonlyMap<string, FileFacts>;
  text(uri: string): string | undefined;
  lower(uri: string, text: string, frontEnd: FrontEnd): SourceFile;
  linkInput(files: ReadonlyMap<string, FileFacts>): LinkInput;
  isReported(uri: string, role: FileRole): boolean;
  evaluate(facts: FileFacts, project: LinkedProject): Evaluation;
  judge(uri: string, role: FileRole, evaluation: Evaluation, project: LinkedProject, usage: (entity: string) => EntityUsage): Verdict;
  usageWith(entity: string, shares: ReadonlyMap<string, ReadonlyMap<string, UsageShare>>): EntityUsage;
  /** Files whose check gave findings at places in this one, and what each of them found. */
  ownersAt(uri: string): Iterable<string>;
  findingsOf(owner: string): readonly RawFinding[];
  /** Files that asked the project for this key. */
  askersOf(key: string): Iterable<string>;
  gather(uri: string): readonly MergedFinding[];
  merge(uri: string, seen: readonly SeenFinding[]): readonly MergedFinding[];
}

/** Applies proposed fixes to copies and looks whether they hold up. */
export class FixTrial {
  private readonly comments = new WeakMap<SourceFile, readonly string[]>();

  constructor(private readonly ground: TrialGround) {}

  /** The fix; or why it is not offered. */
  *proving(merged: MergedFinding, proposal: FixProposal): Steps<Fix | string> {
    try {
      const edits = proposal.build((uri) => this.ground.text(uri), (folder) => this.filesIn(folder));
      const isOutOfPlace = !proposal.editsTemplates && edits?.some(({ uri }) => this.ground.files.get(uri)?.facts?.declares.template);
      const trial = edits && !isOutOfPlace ? yield* this.trying(merged, editsByFile(edits)) : "its code cannot be changed";
      if (typeof trial === "string") return trial;
      const safety = proposal.safety === "safe" && !trial.keepsComments ? "review" : proposal.safety;
      return { title: proposal.title, safety, preferred: proposal.preferred ?? false, edits: trial.edits };
    } catch (error) {
      // A rewrite that fails is one that is not offered; a mistake of ours all the same.
      if (this.ground.strict) throw new RuleFailure(merged.finding.ruleId, merged.finding.at.uri, error);
      return "it could not be built";
    }
  }

  /** Applies the edits to copies and checks what they touch, as if they had been made. Says why not, when the result does not hold up. */
  private *trying(merged: MergedFinding, edits: ReturnType<typeof editsByFile>): Steps<string | { readonly edits: ReturnType<typeof editsByFile>; readonly keepsComments: boolean }> {
    const touched = new Map<string, Touched>();
    const facts = new Map(this.ground.facts());
    const resources = new Map(this.ground.resources);
    const changedKeys: string[] = [];
    let isKeepingComments = true;
    let needsLink = false;
    let creates = false;
    for (const { uri, edits: textEdits, creates: isNew } of edits) {
      if (isNew) {
        const problem = this.cannotCreate(uri, textEdits);
        if (problem) return problem;
        creates = true;
        continue;
      }
      const resource = this.ground.resources.get(uri);
      if (resource !== undefined) {
        const text = applyEdits(resource, textEdits);
        if (text === resource) continue;
        resources.set(uri, text);
        touched.set(uri, { change: changeBetween(resource, text) });
        needsLink = true;
        isKeepingComments &&= keepsComments(resourceComments(resource), resourceComments(text));
        continue;
      }
      const before = this.ground.files.get(uri);
      if (!before?.facts) return `${uri} is not a file of the workspace`;
      const text = applyEdits(before.text, textEdits);
      if (text === before.text) continue;
      const file = this.ground.lower(uri, text, before.frontEnd);
      if (!file.facts || file.facts.errors.length > before.facts.errors.length) return "the result does not parse";
      touched.set(uri, { file, change: changeBetween(before.text, text) });
      facts.set(uri, file.facts);
      needsLink ||= file.facts.fingerprint.declares !== before.facts.fingerprint.declares;
      changedKeys.push(...changedBodyKeys(before.facts, file.facts));
      isKeepingComments &&= keepsComments(this.commentsOf(uri, before), file.frontEnd.comments(text, this.ground.parsers, uri));
    }
    if (touched.size === 0) return creates ? "it only adds a file" : "it changes nothing";
    const input = { ...this.ground.linkInput(facts), resources };
    yield;
    const project = linkProject(needsLink ? input : { ...input, moved: new Set(touched.keys()) });
    const shownIn = new Set([...touched.keys(), merged.finding.at.uri]);
    const outcome = yield* this.checking(project, touched, this.affectedByTrial(merged, shownIn, touched.keys(), changedKeys), shownIn);
    return objection(merged, outcome) ?? { edits, keepsComments: isKeepingComments };
  }

  /** The comments of a file as it is: many fixes edit the same one. */
  private commentsOf(uri: string, file: SourceFile): readonly string[] {
    let known = this.comments.get(file);
    if (!known) this.comments.set(file, (known = file.frontEnd.comments(file.text, this.ground.parsers, uri)));
    return known;
  }

  /** Why a new file would not do: it has to be read, and must not be there. What it adds to the project is not looked at. */
  private cannotCreate(uri: string, edits: readonly TextEdit[]): string | undefined {
    if (this.ground.files.has(uri) || this.ground.resources.has(uri)) return `${uri} is there already`;
    const text = applyEdits("", edits);
    const frontEnd = languageOf(pathInFolders(uri, this.ground.folders()), text);
    const facts = frontEnd && lowerFile(this.ground.parsers, frontEnd, uri, text, roleOf(uri, this.ground.folders()), this.ground.strict).facts;
    return facts && facts.errors.length === 0 ? undefined : "the new file does not parse";
  }

  /** The files in a folder itself. */
  private filesIn(folder: string): readonly string[] {
    const prefix = `${folder}/`;
    return [...this.ground.files.keys()].filter((uri) => uri.startsWith(prefix) && !uri.includes("/", prefix.length));
  }

  private affectedByTrial(merged: MergedFinding, shownIn: ReadonlySet<string>, touched: Iterable<string>, changedKeys: readonly string[]): ReadonlySet<string> {
    const affected = new Set([...touched, ...merged.owners]);
    const add = (uris: Iterable<string>): void => {
      for (const uri of uris) if (affected.size < trialLimit) affected.add(uri);
    };
    for (const uri of shownIn) add(this.ground.ownersAt(uri));
    for (const key of changedKeys) add(this.ground.askersOf(key));
    return affected;
  }

  private *checking(
    project: LinkedProject,
    touched: ReadonlyMap<string, Touched>,
    affected: ReadonlySet<string>,
    shownIn: ReadonlySet<string>,
  ): Steps<{ readonly before: readonly MergedFinding[]; readonly after: readonly MergedFinding[] }> {
    const evaluations = new Map<string, Evaluation>();
    for (const uri of affected) {
      const file = touched.get(uri)?.file ?? this.ground.files.get(uri);
      if (!file?.facts || !this.ground.isReported(uri, file.role)) continue;
      evaluations.set(uri, this.ground.evaluate(file.facts, project));
      yield;
    }
    const shares = new Map([...evaluations].map(([uri, { usage }]) => [uri, usage]));
    // Rules ask for the same table again and again.
    const usages = new Map<string, EntityUsage>();
    const usage = (entity: string): EntityUsage => {
      let known = usages.get(entity);
      if (!known) usages.set(entity, (known = this.ground.usageWith(entity, shares)));
      return known;
    };
    const seen: SeenFinding[] = [];
    for (const [uri, evaluation] of evaluations) {
      const verdict = this.ground.judge(uri, this.ground.files.get(uri)!.role, evaluation, project, usage);
      for (const raw of verdict.findings) seen.push({ raw, owner: uri });
      yield;
    }
    const before: MergedFinding[] = [];
    const after: MergedFinding[] = [];
    // What a fix causes in a file that only depends on the edited one counts as well.
    for (const uri of new Set([...shownIn, ...evaluations.keys()])) {
      before.push(...this.ground.gather(uri));
      const here = seen.filter(({ raw }) => raw.at.uri === uri);
      for (const owner of this.ground.ownersAt(uri)) {
        if (!evaluations.has(owner)) here.push(...this.unaffected(owner, uri, touched));
      }
      after.push(...this.ground.merge(uri, here));
    }
    return { before, after };
  }

  /** What a file that the trial leaves alone found at places in `uri`. */
  private unaffected(owner: string, uri: string, touched: ReadonlyMap<string, Touched>): readonly SeenFinding[] {
    const seen: SeenFinding[] = [];
    for (const finding of this.ground.findingsOf(owner)) {
      if (finding.at.uri !== uri) continue;
      let raw: RawFinding | undefined = finding;
      for (const [edited, { change }] of touched) raw = raw && shiftFinding(raw, edited, change);
      if (raw) seen.push({ raw, owner });
    }
    return seen;
  }
}
