import { evaluate, judge, type Evaluation, type Verdict } from "./check/analysis";
import { Dependencies } from "./check/dependencies";
import { FixTrial } from "./check/fix-trial";
import { keptParts, type KeptPart, type KeptSession } from "./check/kept";
import type { BodyCost, EndpointCost } from "./cost";
import { DormantFiles } from "./check/dormant-files";
import { EnabledRules } from "./check/enabled-rules";
import { RuleFailure } from "./check/failure";
import { atOnce, type Steps } from "./check/steps";
import { PlacedFindings } from "./check/placed-findings";
import { Resumption } from "./check/resumption";
import { MentionsRead } from "./check/mentions";
import { newestMigrations } from "./check/newest-migrations";
import { isReportedRole, pathInFolders, roleOf, type FileRole } from "./check/file-role";
import { queriesAt, type QueryView } from "./describe";
import { landscapeOf, type Landscape } from "./check/landscape";
import { compareText, type MergedFinding } from "./check/merge";
import { shiftFinding, speaksOf, type RawFinding } from "./check/raw-finding";
import { changedBodyKeys, describeError, hasPlaces, hidesCode, importsAny, lowerFile, meaningfulLines, readsLess, type SourceFile } from "./check/source-file";
import { nothingUnderstood, summaryOf, unresolvedIn, type Understanding, type Understood, type Unresolved } from "./check/understanding";
import { UsageIndex } from "./check/usage-index";
import type { UsageShare } from "./check/usage";
import type { FileFacts } from "./facts";
import { evaluateFile } from "./flow/evaluate";
import { languageOf, mayBeCode, withoutGrammar, type FrontEnd } from "./languages";
import { ormAdapters, plainVocabulary, type OrmAdapter } from "./orms";
import { isGivenKey, isReachKey, linkProject, type Entity, type LinkedProject } from "./project";
import type { Finding, Fix, Rule } from "./rule";
import { changeBetween, type TextChange } from "./source";
import type { GrammarName, Parsers } from "./syntax";
import type { EngineOptions, FileChange, WorkCounters, WorkspaceApi } from "./workspace-api";

export interface WorkspaceParts {
  readonly parsers: Parsers;
  readonly rules: readonly Rule[];
  readonly adapters?: readonly OrmAdapter[];
  /** Failures of ours are thrown, not noted: for tests. */
  readonly strict?: boolean;
  /** False: nothing is priced, so that a benchmark can say what pricing takes. */
  readonly prices?: boolean;
}

/** The engine's one mutable object. Touches neither disk nor clock. */
export function createWorkspace(parts: WorkspaceParts): WorkspaceApi {
  return new Workspace(parts);
}

interface CheckedFile {
  readonly findings: readonly RawFinding[];
  readonly failures: readonly RuleFailure[];
  readonly usage: ReadonlyMap<string, UsageShare>;
  readonly askedUsage: ReadonlySet<string>;
  readonly understanding: Understanding;
  readonly costs: readonly BodyCost[];
  /** The state of the texts that it was checked in; of no text of ours where an earlier session checked it. */
  readonly revision: number;
  /** Of what an earlier session found: the states of usages that its rules asked for then. */
  readonly restsOn?: ReadonlyMap<string, string>;
  readonly problem?: string;
}

/** The revision of what an earlier session found: its proposals have no texts to build fixes for. */
const EARLIER = -1;

const noUsage: ReadonlyMap<string, UsageShare> = new Map();
const noEntities: ReadonlySet<string> = new Set();

class Workspace implements WorkspaceApi {
  readonly counters: WorkCounters = { lowered: 0, linked: 0, checked: 0 };

  private readonly parsers: Parsers;
  private readonly rules: readonly Rule[];
  private readonly adapters: readonly OrmAdapter[];
  private readonly frameworks: ReadonlySet<string>;
  private readonly strict: boolean;
  private readonly prices: boolean;
  private options: EngineOptions = { includeTests: false, disabledRules: [] };
  private enabled: EnabledRules;

  private readonly files = new Map<string, SourceFile>();
  /** A text that was read and is no file's so far. */
  private lookedAt: { readonly uri: string; readonly file: SourceFile } | undefined;
  private readonly resources = new Map<string, string>();
  private folders: readonly string[] = [];
  /** What the linked project was made from; copied before it changes. */
  private facts: Map<string, FileFacts> = new Map();
  private factsAreLinked = false;
  private project: LinkedProject | undefined;
  /** Files, declarations, folders or resources are not those of `project` any more. */
  private needsLink = true;
  private readonly mentions = new MentionsRead(this.files);
  /** Files of which only bodies or positions changed since `project` was made. */
  private readonly moved = new Set<string>();
  private readonly changedBodies = new Set<string>();

  /** Found when asked for, until a file comes or goes. */
  private newest: ReadonlySet<string> | undefined;
  private readonly speaksOfMigrations: ReadonlySet<string>;

  private revision = 0;
  private readonly results = new Map<string, CheckedFile>();
  private dependencies = new Dependencies();
  private usage = new UsageIndex();
  private readonly stale = new Set<string>();
  /** Files whose rules asked for the usage of an entity that has changed since; looked at again once nothing is stale. */
  private readonly usageStale = new Set<string>();
  /** Evaluations kept until the usage of all files is known, so that these files are not evaluated twice. */
  private readonly retained = new Map<string, Evaluation>();
  private readonly fixesByKey = new Map<string, readonly Fix[]>();
  /** Why proposals for the present texts were not offered. */
  private rejections: { readonly uri: string; readonly message: string }[] = [];
  private readonly placed: PlacedFindings;
  /** The files that are known by name only. */
  private readonly dormant: DormantFiles;
  private readonly trial: FixTrial;
  /** An earlier session over nearly the same texts, until everything has been checked. */
  private resumed: Resumption | undefined;

  constructor(private readonly parts: WorkspaceParts) {
    const { parsers, rules, adapters = ormAdapters, strict = false, prices = true } = parts;
    this.parsers = parsers;
    this.rules = rules;
    this.speaksOfMigrations = new Set(rules.flatMap((rule) => (rule.inMigrations ? [rule.id] : [])));
    this.adapters = adapters;
    this.frameworks = new Set(adapters.flatMap((each) => each.projectAdapter.packages));
    this.strict = strict;
    this.prices = prices;
    this.enabled = EnabledRules.under(this.options, rules);
    this.placed = new PlacedFindings({
      file: (uri) => this.files.get(uri),
      resource: (uri) => this.resources.get(uri),
      folders: () => this.folders,
      options: () => this.options,
      isReported: (uri, role) => this.isReported(uri, role),
      isEnabled: (id) => this.enabled.has(id),
      isRule: (id) => this.rules.some((rule) => rule.id === id),
      speaksOfMigration: (id, uri) => this.speaksOfMigrations.has(id) && this.newestMigrations().has(uri),
      findingsOf: (owner) => this.findingsOf(owner),
      isSettled: () => this.stale.size === 0 && this.usageStale.size === 0,
    });
    this.dormant = new DormantFiles({
      files: this.files, resources: this.resources, frameworks: this.frameworks,
      includesTests: () => this.options.includeTests,
      facts: () => this.facts.values(),
      newestMigrations: () => this.newestMigrations(),
      needsLink: () => this.needsLink,
      read: (uri) => this.read(uri),
      unread: (uri) => this.unread(uri),
    });
    this.trial = new FixTrial({
      parsers: this.parsers, strict: this.strict, files: this.files, resources: this.resources,
      folders: () => this.folders,
      facts: () => this.facts,
      text: (uri) => this.text(uri),
      lower: (uri, text, frontEnd) => this.lower(uri, text, frontEnd),
      linkInput: (files) => this.linkInput(files, this.linked()),
      isReported: (uri, role) => this.isReported(uri, role),
      evaluate: (facts, project) => this.evaluate(facts, project),
      judge: (uri, role, evaluation, project, usage) => this.judge(uri, role, evaluation, project, usage),
      usageWith: (entity, shares) => this.usage.usageWith(entity, shares),
      ownersAt: (uri) => this.placed.ownersAt(uri),
      findingsOf: (owner) => this.findingsOf(owner),
      askersOf: (key) => this.dependencies.askersOf(key),
      gather: (uri) => this.placed.gather(uri),
      merge: (uri, seen) => this.placed.merge(uri, seen),
    });
  }

  // Taking in

  apply(changes: readonly FileChange[]): void {
    // Which scripts count depends on what their packages are for.
    const manifests = changes.filter(({ uri }) => isManifest(uri));
    for (const { uri, text } of manifests) this.takeResource(uri, text);
    if (manifests.length > 0) this.dormant.manifestsChanged();
    for (const { uri, text } of changes) {
      if (isManifest(uri)) continue;
      const before = this.files.get(uri)?.frontEnd;
      const path = pathInFolders(uri, this.folders);
      const frontEnd = text === undefined ? undefined : languageOf(path, text);
      if (frontEnd) this.takeSource(uri, text, frontEnd);
      else if (before) this.takeSource(uri, undefined, before);
      else if (!mayBeCode(path)) this.takeResource(uri, text);
    }
  }

  private takeSource(uri: string, text: string | undefined, frontEnd: FrontEnd): void {
    const before = this.files.get(uri);
    if (before?.text === text) return;
    this.textsChanged();
    if (!before || text === undefined) this.filesChanged();
    if (text === undefined) {
      this.removeSource(uri);
      return;
    }
    const unread = { text, frontEnd, role: roleOf(uri, this.folders) };
    if (!before?.facts && this.dormant.takes(uri, unread)) {
      this.files.set(uri, unread);
      return;
    }
    const file = this.takeIn(uri, text, frontEnd);
    if (before) this.shiftPlaces(uri, changeBetween(before.text, text));
    this.setFacts(uri, file.facts, before?.facts);
    this.markStale(uri);
  }

  /** Takes in what a file says that was only known by name. */
  private read(uri: string): void {
    const { text, frontEnd } = this.files.get(uri)!;
    const file = this.takeIn(uri, text, frontEnd);
    this.setFacts(uri, file.facts, undefined);
    this.markStale(uri);
  }

  /** What a file says: as an earlier session read it, if it has the same text. */
  private takeIn(uri: string, text: string, frontEnd: FrontEnd): SourceFile {
    const facts = this.resumed?.factsOf(uri, text);
    const file = facts ? { text, frontEnd, role: roleOf(uri, this.folders), facts } : this.readOnce(uri, text, frontEnd);
    this.lookedAt = undefined;
    this.files.set(uri, file);
    return file;
  }

  /** What a text says, unless it was looked at just now. */
  private readOnce(uri: string, text: string, frontEnd: FrontEnd): SourceFile {
    const { uri: known, file } = this.lookedAt ?? {};
    const role = roleOf(uri, this.folders);
    if (file && known === uri && file.text === text && file.frontEnd === frontEnd && file.role === role) return file;
    this.counters.lowered++;
    return this.lower(uri, text, frontEnd);
  }

  readsLess(uri: string, text: string): boolean {
    const before = this.files.get(uri);
    const frontEnd = languageOf(pathInFolders(uri, this.folders), text);
    if (!before?.facts || !frontEnd || before.text === text) return false;
    const file = this.readOnce(uri, text, frontEnd);
    this.lookedAt = { uri, file };
    return file.facts !== undefined && readsLess(file.facts, before.facts);
  }

  /** Knows a file by name only. */
  private unread(uri: string): void {
    const { text, frontEnd, role, facts } = this.files.get(uri)!;
    this.files.set(uri, { text, frontEnd, role });
    if (!facts) return;
    this.setFacts(uri, undefined, facts);
    this.forgetResult(uri);
  }

  /** Whether findings in a file are shown: of all rules, of those that speak of migrations, or none. */
  private isReported(uri: string, role: FileRole): boolean {
    return this.options.includeTests || isReportedRole(role) || (role === "migration" && this.newestMigrations().has(uri));
  }

  /** The migrations that a rule wants to see. */
  private newestMigrations(): ReadonlySet<string> {
    if (!this.newest) {
      const wanted = this.enabled.some((rule) => rule.inMigrations === true);
      this.newest = wanted ? newestMigrations([...this.files].flatMap(([uri, { role }]) => (role === "migration" ? [uri] : []))) : new Set();
    }
    return this.newest;
  }

  private removeSource(uri: string): void {
    const { facts } = this.files.get(uri)!;
    this.files.delete(uri);
    this.dormant.delete(uri);
    if (!facts) return;
    this.setFacts(uri, undefined, facts);
    this.forgetResult(uri);
  }

  private takeResource(uri: string, text: string | undefined): void {
    const before = this.resources.get(uri);
    if (before === text) return;
    this.textsChanged();
    this.dormant.namesChanged();
    if (text === undefined) this.resources.delete(uri);
    else this.resources.set(uri, text);
    if (before !== undefined && text !== undefined) this.shiftPlaces(uri, changeBetween(before, text));
    // Places in a file that deploys are part of what it says; in a requirement file only the words count.
    if (before === undefined || text === undefined || hasPlaces(uri) || meaningfulLines(before) !== meaningfulLines(text)) this.needsLink = true;
  }

  /** A file came or went: another migration may be the newest. */
  private filesChanged(): void {
    if (this.newest && this.newest.size > 0) this.placed.forget();
    this.newest = undefined;
    this.dormant.namesChanged();
  }

  private textsChanged(): void {
    this.revision++;
    this.retained.clear();
    this.fixesByKey.clear();
    this.rejections = [];
    this.placed.forgetShown();
  }

  private lower(uri: string, text: string, frontEnd: FrontEnd): SourceFile {
    return lowerFile(this.parsers, frontEnd, uri, text, roleOf(uri, this.folders), this.strict);
  }

  private setFacts(uri: string, facts: FileFacts | undefined, before: FileFacts | undefined): void {
    if (this.factsAreLinked) {
      this.facts = new Map(this.facts);
      this.factsAreLinked = false;
    }
    if (facts) this.facts.set(uri, facts);
    else this.facts.delete(uri);
    if (!facts || !before || facts.fingerprint.declares !== before.fingerprint.declares) {
      this.needsLink = true;
      return;
    }
    const keys = changedBodyKeys(before, facts);
    if (keys.length > 0 && this.project?.dependsOnBodies(uri)) this.needsLink = true;
    this.moved.add(uri);
    for (const key of keys) this.changedBodies.add(key);
  }

  /** Findings and usages of other files that point into an edited one go where their code went. */
  private shiftPlaces(uri: string, change: TextChange): void {
    this.usage.shift(uri, change);
    for (const [owner, result] of this.results) {
      if (!result.findings.some((finding) => speaksOf(finding, uri))) continue;
      const findings: RawFinding[] = [];
      for (const finding of result.findings) {
        const shifted = shiftFinding(finding, uri, change);
        if (shifted) findings.push(shifted);
        else this.markStale(owner);
      }
      this.results.set(owner, { ...result, findings });
      this.placed.changed(result.findings);
    }
  }

  setFolders(folders: readonly string[]): void {
    if (folders.join("\n") === this.folders.join("\n")) return;
    this.resumed = undefined;
    this.folders = [...folders];
    this.needsLink = true;
    this.revision++;
    for (const [uri, file] of this.files) {
      const role = roleOf(uri, this.folders);
      if (role === file.role) continue;
      const moved = { ...file, role };
      this.files.set(uri, moved);
      this.dormant.roleChanged(uri, moved);
      this.markStale(uri);
    }
    this.forgetGathered();
  }

  setOptions(options: EngineOptions): void {
    const before = this.options;
    this.resumed = undefined;
    this.options = options;
    if (options.includeTests) this.dormant.wakeAll();
    if (options.database !== before.database || options.settingsModule !== before.settingsModule) {
      this.project = undefined;
      this.needsLink = true;
      for (const uri of this.files.keys()) this.markStale(uri);
    }
    const { table } = this.enabled;
    this.enabled = this.enabled.under(options);
    this.newest = undefined;
    if (this.enabled.table !== table) {
      for (const uri of this.files.keys()) this.markStale(uri);
    } else if (options.includeTests && !before.includeTests) {
      for (const [uri, file] of this.files) if (!isReportedRole(file.role)) this.markStale(uri);
    }
    this.forgetGathered();
  }

  // Linking

  private linked(): LinkedProject {
    this.dormant.wakeImported();
    const previous = this.project;
    if (this.mentions.look(this.revision, this.needsLink)) this.needsLink = true;
    if (!previous || this.needsLink) {
      this.project = linkProject(this.linkInput(this.facts, previous));
      this.counters.linked++;
      if (previous) {
        const next = this.project;
        for (const uri of this.dependencies.affectedBy((key) => previous.fingerprintOf(key) !== next.fingerprintOf(key))) this.markStale(uri);
      }
    } else if (this.moved.size > 0) {
      this.project = linkProject({ ...this.linkInput(this.facts, previous), moved: this.moved });
      for (const key of this.changedBodies) for (const uri of this.dependencies.askersOf(key)) this.markStale(uri);
      const next = this.project;
      if (!next.reachesOthersThan(previous)) {
        for (const key of next.givenOtherwise(previous, this.moved)) for (const uri of this.dependencies.askersOf(`given:${key}`)) this.markStale(uri);
      } else {
        for (const uri of this.dependencies.affectedBy((key) => (isReachKey(key) || isGivenKey(key)) && previous.fingerprintOf(key) !== next.fingerprintOf(key))) this.markStale(uri);
      }
    } else {
      return previous;
    }
    this.needsLink = false;
    this.factsAreLinked = true;
    this.moved.clear();
    this.changedBodies.clear();
    return this.project;
  }

  private linkInput(files: ReadonlyMap<string, FileFacts>, previous: LinkedProject | undefined) {
    return { files, mentions: this.mentions.all, folders: this.folders, resources: new Map(this.resources), previous, stated: { database: this.options.database, settingsModule: this.options.settingsModule }, adapters: this.adapters.map((each) => each.projectAdapter) };
  }

  // Checking

  dirty(urgent: readonly string[] = []): readonly string[] {
    this.linked();
    const candidates = this.stale.size > 0 ? this.stale : this.usageStale;
    const first = urgent.filter((uri) => candidates.has(uri));
    const isFirst = new Set(first);
    const withFramework: string[] = [];
    const rest: string[] = [];
    for (const uri of candidates) if (!isFirst.has(uri)) (importsAny(this.files.get(uri)!.facts!, this.frameworks) ? withFramework : rest).push(uri);
    return [...first, ...withFramework, ...rest];
  }

  checkAll(): void {
    for (let dirty = this.dirty(); dirty.length > 0; dirty = this.dirty()) for (const uri of dirty) this.check(uri);
  }

  check(uri: string): void {
    const project = this.linked();
    if (!this.stale.has(uri) && !this.usageStale.has(uri)) return;
    if (!this.takesUp(uri, project)) this.analyse(uri, project, this.stale.has(uri) ? undefined : this.retained.get(uri));
    if (this.stale.size > 0 || this.usageStale.size > 0) return;
    this.retained.clear();
    this.resumed = undefined;
  }

  /** Whether what an earlier session found in a file is as true now, so that nobody needs to look. */
  private takesUp(uri: string, project: LinkedProject): boolean {
    const before = this.results.get(uri);
    if (!this.stale.has(uri)) {
      // All usages are known now.
      if (!before?.restsOn || [...before.restsOn].some(([entity, state]) => this.usage.state(entity) !== state)) return false;
      this.usageStale.delete(uri);
      return true;
    }
    const kept = before ? undefined : this.resumed?.checkOf(uri, project, (each) => this.text(each));
    if (!kept) return false;
    const { usage, understanding, costs, askedUsage, findings, keys } = kept;
    for (const asker of this.usage.replace(uri, usage, noUsage)) if (asker !== uri) this.usageStale.add(asker);
    this.take(uri, { findings, failures: [], usage, askedUsage: new Set(askedUsage.keys()), understanding, costs, revision: EARLIER, restsOn: askedUsage }, keys);
    if (askedUsage.size > 0) this.usageStale.add(uri);
    return true;
  }

  private markStale(uri: string): void {
    const file = this.files.get(uri);
    if (!file) return;
    this.retained.delete(uri);
    // A template is looked at by what renders it.
    if (file.facts && !file.facts.declares.template && this.isReported(uri, file.role)) this.stale.add(uri);
    else this.forgetResult(uri);
  }

  private forgetResult(uri: string): void {
    this.stale.delete(uri);
    this.usageStale.delete(uri);
    this.retained.delete(uri);
    this.dependencies.forget(uri);
    const result = this.results.get(uri);
    if (!result) return;
    this.results.delete(uri);
    this.placed.changed(result.findings);
    this.usage.recordAsked(uri, noEntities, result.askedUsage);
    for (const asker of this.usage.replace(uri, noUsage, result.usage)) this.usageStale.add(asker);
  }

  /** `known`: the file was evaluated in this state of the texts; only its rules must look again. */
  private analyse(uri: string, project: LinkedProject, known?: Evaluation): void {
    const { facts, role } = this.files.get(uri)!;
    const before = this.results.get(uri);
    let problem = known ? before?.problem : undefined;
    let evaluation = known;
    if (!evaluation) {
      this.counters.checked++;
      try {
        evaluation = this.evaluate(facts!, project);
      } catch (error) {
        if (this.strict) throw error;
        problem = `could not be followed: ${describeError(error)}`;
        evaluation = nothingEvaluated;
      }
      const askers = this.usage.replace(uri, evaluation.usage, before?.usage ?? noUsage);
      // Only what a change made stale can change the usage: so looking again comes to an end, whatever an evaluation says.
      if (this.stale.has(uri)) for (const asker of askers) if (asker !== uri) this.usageStale.add(asker);
    }
    const verdict = this.judge(uri, role, evaluation, project, (entity) => this.usage.usage(entity));
    const { findings, failures, askedUsage } = verdict;
    const { usage, understanding, costs } = evaluation;
    this.take(uri, { findings, failures, usage, askedUsage, understanding, costs, revision: this.revision, problem }, new Set([...evaluation.keys, ...verdict.keys]));
    if (askedUsage.size > 0 && this.stale.size > 0) this.retained.set(uri, evaluation);
  }

  /** Takes in what the check of a file came to, with the keys that it asked. */
  private take(uri: string, result: CheckedFile, keys: ReadonlySet<string>): void {
    const before = this.results.get(uri);
    this.dependencies.record(uri, keys);
    this.usage.recordAsked(uri, result.askedUsage, before?.askedUsage ?? noEntities);
    this.results.set(uri, result);
    this.placed.changed(before?.findings ?? []);
    this.placed.add(uri, result.findings);
    this.stale.delete(uri);
    this.usageStale.delete(uri);
    if (this.stale.size === 0) this.placed.forgetShown(); // whether a suppression is of use is known now
  }

  private evaluate(facts: FileFacts, project: LinkedProject): Evaluation {
    return evaluate(facts, project, () => evaluateFile(facts.uri, project, this.adapters, this.prices));
  }

  private judge(uri: string, role: FileRole, evaluation: Evaluation, project: LinkedProject, usage: UsageIndex["usage"]): Verdict {
    const verdict = judge({ uri, role, evaluation, project, usage, rules: this.enabled.table, rewriter: (orm) => this.adapterOf(orm).rewriter, vocabulary: (orm) => this.adapters.find((each) => each.orm === orm)?.vocabulary ?? plainVocabulary });
    if (this.strict && verdict.failures.length > 0) throw verdict.failures[0];
    return verdict;
  }

  private adapterOf(orm: string): OrmAdapter {
    const adapter = this.adapters.find((each) => each.orm === orm);
    if (!adapter) throw new RangeError(`there is no adapter for "${orm}"`);
    return adapter;
  }

  // What is known

  text(uri: string): string | undefined {
    return this.files.get(uri)?.text ?? this.resources.get(uri);
  }

  has(uri: string): boolean {
    return this.files.has(uri) || this.resources.has(uri);
  }

  uris(): readonly string[] {
    return [...this.files.keys(), ...this.resources.keys()];
  }

  findings(uri: string): readonly Finding[] {
    return this.placed.shownIn(uri);
  }

  allFindings(): readonly Finding[] {
    return [...this.files.keys(), ...this.resources.keys()].sort(compareText).flatMap((uri) => this.findings(uri));
  }

  private findingsOf(owner: string): readonly RawFinding[] {
    return this.results.get(owner)?.findings ?? [];
  }

  private forgetGathered(): void {
    this.placed.forget();
    this.fixesByKey.clear();
  }

  understood(): Understood {
    return summaryOf(this.understandings(), this.ownEntities(), this.files.size);
  }

  landscape(): Landscape {
    return landscapeOf(this.ownEntities(), [...this.files.values()].flatMap(({ facts, role }) => (facts && isReportedRole(role) ? [facts] : [])));
  }

  costs(of: "entry points" | "everything" = "entry points"): readonly EndpointCost[] {
    const project = this.linked();
    const all = [...this.results].flatMap(([uri, { costs }]) => (roleOf(uri, this.folders) === "test" ? [] : costs));
    // What the framework does with a class by itself has the methods that it calls in it.
    const whole = new Set(all.filter(({ form }) => form === "class").map(({ key }) => key));
    return all
      .filter(({ key, owner }) => of === "everything" || (project.isEntryPoint(key) && !(owner !== undefined && whole.has(owner))))
      .map((each): EndpointCost => ({ ...each, routes: project.routesOf(each.key) }))
      .sort((a, b) => compareText(a.at.uri, b.at.uri) || a.at.span.start - b.at.span.start);
  }

  queriesAt(uri: string, offset: number): readonly QueryView[] {
    const project = this.linked();
    const facts = this.files.get(uri)?.facts;
    // What is not in one file is in those that brought something here: a template's queries are its view's.
    const owners = facts?.declares.template ? [...this.placed.ownersAt(uri)] : facts ? [uri] : [];
    return owners.flatMap((owner) => {
      const own = this.files.get(owner)?.facts;
      try {
        return own ? queriesAt(this.evaluate(own, project).events, uri, offset, project) : [];
      } catch (error) {
        if (this.strict) throw error;
        return [];
      }
    });
  }

  unresolved(): readonly Unresolved[] {
    return unresolvedIn(this.understandings(), this.ownEntities());
  }

  private understandings(): readonly Understanding[] {
    return [...this.results.values()].map((each) => each.understanding);
  }

  private ownEntities(): readonly Entity[] {
    return [...this.linked().entities.values()].filter((each) => each.class || (each.declaredAt && !each.implicit));
  }

  notes(): readonly { readonly uri?: string; readonly message: string }[] {
    const notes: { uri?: string; message: string }[] = [];
    const lacking = new Set<GrammarName>();
    for (const [uri, file] of this.files) {
      if (file.lacks) lacking.add(file.lacks);
      else if (file.problem) notes.push({ uri, message: file.problem });
      else if (file.facts && isReportedRole(file.role) && hidesCode(file.facts, file.text)) notes.push({ uri, message: "has syntax errors; the code in them is not seen" });
      const result = this.results.get(uri);
      if (result?.problem) notes.push({ uri, message: result.problem });
      for (const failure of result?.failures ?? []) notes.push({ uri, message: failure.message });
    }
    const leftOut = [...lacking].map((grammar) => ({ message: withoutGrammar(grammar, this.parsers.missing.get(grammar)) }));
    // Rejections are of no use to anybody but whoever writes a rule.
    return [...leftOut, ...notes, ...(this.strict ? this.rejections : [])];
  }

  // Fixes

  fixes(finding: Finding): readonly Fix[] {
    return atOnce(this.fixing(finding));
  }

  *fixing(finding: Finding): Steps<readonly Fix[]> {
    const known = this.fixesByKey.get(finding.key);
    if (known) return known;
    const { revision } = this;
    for (const steps = this.proving(finding); ; ) {
      const { done, value } = steps.next();
      if (done) {
        this.fixesByKey.set(finding.key, value);
        return value;
      }
      yield;
      if (this.revision !== revision) return [];
    }
  }

  private *proving(finding: Finding): Steps<readonly Fix[]> {
    const current = yield* this.current(finding);
    const fixes: Fix[] = [];
    for (const proposal of current?.finding.proposals ?? []) {
      const fix = yield* this.trial.proving(current!, proposal);
      if (typeof fix !== "string") fixes.push(fix);
      else this.rejections.push({ uri: finding.at.uri, message: `the fix "${proposal.title}" is not offered: ${fix}` });
    }
    return fixes;
  }

  /** The finding as the present texts have it: proposals know the places of the texts they were made from. */
  private *current({ key, at }: Finding): Steps<MergedFinding | undefined> {
    const find = (): MergedFinding | undefined => this.placed.gather(at.uri).find((each) => each.finding.key === key);
    const project = this.linked();
    for (const owner of find()?.owners ?? []) {
      if (!this.stale.has(owner) && this.results.get(owner)!.revision === this.revision) continue;
      this.analyse(owner, project);
      yield;
    }
    return find();
  }

  // From one session to the next

  resume(kept: KeptSession): void {
    this.resumed = new Resumption(kept);
  }

  keeping(): Iterable<KeptPart> {
    const project = this.linked();
    return keptParts({ files: this.files, results: this.results, keysOf: (uri) => this.dependencies.keysOf(uri), usageState: (entity) => this.usage.state(entity), fingerprintOf: (key) => project.fingerprintOf(key) });
  }

  // Going another way

  fork(): WorkspaceApi {
    this.linked();
    const fork = new Workspace(this.parts);
    fork.takeOver(this);
    return fork;
  }

  /** Everything that changes is copied; what was lowered, linked and found in files is shared, as it never does. */
  private takeOver(from: Workspace): void {
    const { options, enabled, folders, project, facts, needsLink, newest, revision, rejections, resumed } = from;
    Object.assign(this, { options, enabled, folders, project, facts, needsLink, newest, revision, rejections, resumed });
    // Whichever of the two changes first makes a copy of its own.
    this.factsAreLinked = from.factsAreLinked = true;
    const take = <K, V>(to: Map<K, V>, all: ReadonlyMap<K, V>) => all.forEach((value, key) => to.set(key, value));
    take(this.files, from.files);
    take(this.resources, from.resources);
    take(this.results, from.results);
    take(this.retained, from.retained);
    take(this.fixesByKey, from.fixesByKey);
    for (const each of ["moved", "changedBodies", "stale", "usageStale"] as const) for (const one of from[each]) this[each].add(one);
    this.dormant.takeOver(from.dormant);
    this.mentions.takeOver(from.mentions);
    this.dependencies = from.dependencies.copy();
    this.usage = from.usage.copy();
    this.placed.takeOver(from.placed);
  }
}

function isManifest(uri: string): boolean {
  return uri.endsWith("/package.json");
}

const nothingEvaluated: Evaluation = { events: [], entities: [], usage: noUsage, understanding: nothingUnderstood, costs: [], keys: new Set() };
