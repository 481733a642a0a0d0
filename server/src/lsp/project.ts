import type { CancellationToken } from "vscode-languageserver";
import type { TextDocument } from "vscode-languageserver-textdocument";
import type { EndpointCost, EngineOptions, FileChange, Finding, Fix, Landscape, QueryView, Steps, Understood, Unresolved, WorkspaceApi } from "#engine";
import { mayConfigure } from "../config/configurations";
import type { FileSystem } from "../host/file-system";
import type { Keeper } from "../host/keeper";
import { canonicalFolder, canonicalUri } from "../host/uri";
import { LineIndexes, type PositionEncoding } from "../present/line-indexes";
import { Continuity } from "./continuity";
import { DiskReader } from "./disk-reader";
import { HalfTyped } from "./half-typed";
import { Cancelled, Signal } from "./signal";
import { Slices } from "./slices";

export interface ProjectListener {
  /** The text of a file that may configure us is another one, or gone. */
  configured(uri: string, text: string | undefined): void;
  /** Everything known was taken in and checked. */
  settled(): void;
  /** What an earlier session found, and what may not have changed since, is known while everything is taken in. */
  recalled(): void;
  /** What this session finds in open files is known, where something older may be shown. */
  openChecked(): void;
  indexing(done: number, total: number): void;
  /** Many files are being checked; said now and then. */
  checking(done: number, total: number): void;
  /** Something about a file or about us that belongs into the log. */
  note(message: string): void;
  failure(what: string, error: unknown): void;
}

export interface ProjectOptions {
  readonly engine: WorkspaceApi;
  readonly files: FileSystem;
  /** What columns count. */
  readonly encoding: PositionEncoding;
  /** Lets the connection's messages in. */
  readonly pause: () => Promise<void>;
  readonly listener: ProjectListener;
  /** Of the findings of one file, those that are configured to be reported. */
  readonly reported: (findings: readonly Finding[]) => readonly Finding[];
  /** Resolves when all configuration that was read so far has been handed over. */
  readonly configured: () => Promise<void>;
  /** Texts of files that are not part of the project and yet have something reported: configuration above the workspace's folders. */
  readonly otherText: (uri: string) => string | undefined;
  /** Keeps what is known for the next session. */
  readonly keeper?: Keeper;
}

/** How long the background waits after the last keystroke, and for more file events. */
const QUIET_MILLISECONDS = 150;
const FILE_EVENTS_MILLISECONDS = 50;
/** How long work that waits for others goes without a look at them, should nobody tell it anything. */
const LOOK_AGAIN_MILLISECONDS = 100;
/** So many files to be checked are worth telling how far that is, this often. */
const MANY_FILES = 100;
const TELL_MILLISECONDS = 250;
/** So many files are taken in at once. */
const FILES_AT_ONCE = 32;

/** The engine with the texts of a session: open documents over files on disk, taken in and checked in slices. */
export class Project {
  readonly lines: LineIndexes;
  /** Grows with every change of a text, a folder or an option. */
  revision = 0;

  private readonly engine: WorkspaceApi;
  private readonly open = new Map<string, TextDocument>();
  /** Everything that was taken in or soon will be, the engine's own files and others. */
  private readonly texts = new Map<string, string>();
  private readonly pending = new Map<string, string | undefined>();
  private readonly halfTyped: HalfTyped;
  private readonly changedOnDisk = new Set<string>();
  private readonly progress = new Signal();
  private folders: readonly string[] = [];
  private readonly disk: DiskReader;
  private indexJob: AbortController | undefined;
  private wasRead = false;
  private readingFiles = 0;
  private fileEventsTimer: ReturnType<typeof setTimeout> | undefined;
  private quietUntil = 0;
  private isLooping = false;
  private isSettledNow = false;
  /** The files that were to be checked when the background began. */
  private toCheck = 0;
  private toldAt = 0;
  private isDisposed = false;
  private fixCache: { revision: number; fixes: Map<Finding, readonly Fix[]> } = { revision: -1, fixes: new Map() };
  private costCache: { readonly state: string; readonly costs: readonly EndpointCost[] } | undefined;
  private engineOptions: EngineOptions | undefined;
  private readonly earlier: Continuity | undefined;
  /** What is shown of open files may be what an earlier session found. */
  private isOlderShown = false;

  constructor(private readonly options: ProjectOptions) {
    this.engine = options.engine;
    this.disk = new DiskReader({
      files: options.files, pause: options.pause,
      isOpen: (uri) => this.open.has(uri),
      take: (uri, text) => this.setText(uri, text),
      note: (message) => options.listener.note(message),
    });
    this.earlier = options.keeper && this.continuity(options.keeper);
    this.halfTyped = new HalfTyped(options.engine, (uri, text) => {
      this.pending.set(uri, text);
      this.changed();
      this.wake();
    });
    this.lines = new LineIndexes((uri) => this.text(uri), options.encoding, (uri) => this.halfTyped.shown(uri));
  }

  // --- What changes ---------------------------------------------------------------------------------------------------

  openDocument(document: TextDocument): void {
    const uri = canonicalUri(document.uri);
    this.open.set(uri, document);
    this.setText(uri, document.getText());
    // More may be said of it now that it is open.
    if (this.earlier?.known && !this.earlier.all) this.options.listener.recalled();
  }

  changeDocument(document: TextDocument): void {
    this.quietUntil = Date.now() + QUIET_MILLISECONDS;
    this.openDocument(document);
  }

  closeDocument(document: TextDocument): void {
    const uri = canonicalUri(document.uri);
    this.open.delete(uri);
    this.filesChanged([uri]);
  }

  /** Files were created, changed or deleted outside the editor; a folder that went counts for all it held. */
  filesChanged(uris: readonly string[]): void {
    for (const uri of uris) this.changedOnDisk.add(canonicalUri(uri));
    if (this.changedOnDisk.size === 0) return;
    this.isSettledNow = false;
    clearTimeout(this.fileEventsTimer);
    this.fileEventsTimer = setTimeout(() => void this.readChangedFiles(), FILE_EVENTS_MILLISECONDS);
  }

  setFolders(folders: readonly string[]): void {
    this.folders = folders.map(canonicalFolder);
    this.earlier?.forget();
    this.engine.setFolders(this.folders);
    this.changed();
  }

  setOptions(options: EngineOptions): void {
    this.engineOptions = options;
    this.earlier?.forget();
    this.engine.setOptions(options);
    this.changed();
    this.wake();
  }

  dispose(): void {
    this.isDisposed = true;
    this.indexJob?.abort();
    clearTimeout(this.fileEventsTimer);
    this.halfTyped.dispose();
    this.earlier?.dispose();
    this.progress.emit();
  }

  // --- What is known --------------------------------------------------------------------------------------------------

  /** The URI as the client spells it, when it has the file open. */
  clientUri(uri: string): string {
    return this.open.get(uri)?.uri ?? uri;
  }

  version(uri: string): number | null {
    return this.open.get(uri)?.version ?? null;
  }

  isOpen(uri: string): boolean {
    return this.open.has(uri);
  }

  openUris(): readonly string[] {
    return [...this.open.keys()];
  }

  uris(): readonly string[] {
    return this.engine.uris();
  }

  /** The text that everything here speaks of: of a document that is half typed, the last one that could be read. */
  text(uri: string): string | undefined {
    // What has been read is on its way to the engine.
    return this.engine.text(uri) ?? this.texts.get(uri) ?? this.options.otherText(uri);
  }

  get isIndexing(): boolean {
    return this.indexJob !== undefined || !this.wasRead;
  }

  /** The findings of a file for its current text, checked now if need be. */
  findings(uri: string): readonly Finding[] {
    if (this.earlier?.known && this.isIndexing) return this.knownFindings(uri);
    this.flush();
    if (!this.engine.has(uri)) return [];
    if (this.engine.dirty([uri])[0] === uri) this.check(uri);
    return this.halfTyped.untouched(uri, this.options.reported(this.engine.findings(uri)));
  }

  /** The findings of a file as far as they are known, without checking anything. */
  knownFindings(uri: string): readonly Finding[] {
    const { earlier } = this;
    // What is not all there is, is of use to who looks at a file.
    const isOfEarlier = earlier?.all !== undefined || (earlier?.known !== undefined && this.isOpen(uri));
    const known = this.options.reported(isOfEarlier ? earlier.findings(uri) : this.engine.findings(uri));
    return this.halfTyped.untouched(uri, known);
  }

  /** All findings as far as they are known. */
  allFindings(): readonly Finding[] {
    const uris = new Set((this.earlier?.known?.findings ?? this.engine.allFindings()).map(({ at }) => at.uri));
    return [...uris].flatMap((uri) => this.knownFindings(uri));
  }

  /** What the code in a file that answers requests, or is run by itself, asks of the database. */
  costsIn(uri: string): readonly EndpointCost[] {
    this.findings(uri);
    return this.allCosts().filter(({ at }) => at.uri === uri);
  }

  /** What frameworks do with classes of a file that answer nothing by themselves: serializers. */
  classCostsIn(uri: string): readonly EndpointCost[] {
    const own = new Set(this.costsIn(uri).map(({ key }) => key));
    const { known } = this.earlier ?? {};
    if (known) return known.classCosts.filter(({ at, key }) => at.uri === uri && !own.has(key));
    return this.engine.costs("everything").filter(({ at, form, key }) => at.uri === uri && form === "class" && !own.has(key));
  }

  /** What code elsewhere asks of the database in this file: a view, in the template that it renders. */
  costsThrough(uri: string): readonly EndpointCost[] {
    return this.allCosts().filter(({ cost }) => cost.terms.some(({ because }) => because.some(({ at }) => at.uri === uri)));
  }

  /** The costs of everything that was checked so far. */
  allCosts(): readonly EndpointCost[] {
    const { known } = this.earlier ?? {};
    if (known) return known.costs;
    this.flush();
    const state = `${this.revision} ${this.engine.counters.checked}`;
    if (this.costCache?.state !== state) this.costCache = { state, costs: this.engine.costs() };
    return this.costCache.costs;
  }

  /** What is asked of the database at a place; the innermost first. */
  queriesAt(uri: string, offset: number): readonly QueryView[] {
    this.flush();
    return this.engine.queriesAt(uri, offset);
  }

  understood(): { readonly understood: Understood; readonly unresolved: readonly Unresolved[]; readonly landscape: () => Landscape } {
    this.flush();
    return { understood: this.engine.understood(), unresolved: this.engine.unresolved(), landscape: () => this.engine.landscape() };
  }

  notes(): readonly { readonly uri?: string; readonly message: string }[] {
    return this.engine.notes();
  }

  get roots(): readonly string[] {
    return this.folders;
  }

  /** The folders that were not there, or not to be read, when the workspace was read last. */
  get missingRoots(): readonly string[] {
    return this.folders.filter((folder) => this.disk.isMissing(folder));
  }

  fixes(finding: Finding): readonly Fix[] {
    return this.fixesNow().get(finding) ?? this.keepFixes(finding, this.engine.fixes(finding));
  }

  /** The same in slices; none where a text changes meanwhile. Rejects with Cancelled. */
  async fixing(finding: Finding, token: CancellationToken): Promise<readonly Fix[]> {
    const known = this.fixesNow().get(finding);
    if (known) return known;
    const { revision } = this;
    const fixes = await this.inSlices(this.engine.fixing(finding), () => this.options.pause(), token);
    return this.revision === revision ? this.keepFixes(finding, fixes) : [];
  }

  private fixesNow(): Map<Finding, readonly Fix[]> {
    if (this.fixCache.revision !== this.revision) this.fixCache = { revision: this.revision, fixes: new Map() };
    return this.fixCache.fixes;
  }

  private keepFixes(finding: Finding, all: readonly Fix[]): readonly Fix[] {
    const fixes = all.filter(({ edits }) => !edits.some(({ uri }) => this.isHalfTyped(uri)));
    this.fixesNow().set(finding, fixes);
    return fixes;
  }

  /** Whether what stands in a document could not be read when it was looked at last: it is not to be edited by us. */
  isHalfTyped(uri: string): boolean {
    return this.halfTyped.has(uri);
  }

  /** Whether a finding is configured to be reported, in the texts as an engine has them. */
  isReported({ key, at }: Finding, engine: WorkspaceApi): boolean {
    return this.options.reported(engine.findings(at.uri)).some((finding) => finding.key === key);
  }

  /** Work that changes texts to see what comes of it: done on a copy, in slices. Who is in no hurry gives way to everything else that is to be done. Rejects with Cancelled. */
  async aside<T>(work: (engine: WorkspaceApi) => Steps<T>, token: CancellationToken, hurry: "at once" | "gives way"): Promise<T> {
    this.flush();
    return this.inSlices(work(this.engine.fork()), () => (hurry === "at once" ? this.options.pause() : this.whenIdle(token)), token);
  }

  private async inSlices<T>(steps: Steps<T>, pause: () => Promise<void>, token: CancellationToken): Promise<T> {
    for (const slices = new Slices(pause); ; ) {
      const { done, value } = steps.next();
      if (done) return value;
      if (!slices.isOver) continue;
      await slices.next();
      if (token.isCancellationRequested || this.isDisposed) throw new Cancelled();
    }
  }

  /** Waits until files that are known to have changed have been read. */
  async whenRead(token: CancellationToken): Promise<void> {
    while ((this.changedOnDisk.size > 0 || this.readingFiles > 0) && !this.isDisposed) await this.progress.next(token, LOOK_AGAIN_MILLISECONDS);
  }

  /** Of the files that had these texts, those that have other ones by now. */
  changedSince(texts: ReadonlyMap<string, string | undefined>): readonly string[] {
    this.flush();
    return [...texts].filter(([uri, text]) => this.text(uri) !== text || this.halfTyped.has(uri)).map(([uri]) => uri);
  }

  /** Waits until nobody types and everything is checked. */
  private async whenIdle(token: CancellationToken): Promise<void> {
    for (;;) {
      await this.options.pause();
      const wait = Math.max(this.quietUntil - Date.now(), this.isSettledNow ? 0 : LOOK_AGAIN_MILLISECONDS);
      if (wait <= 0 || this.isDisposed) return;
      await this.progress.next(token, wait);
    }
  }

  /** Waits until the workspace has been read once, so that an answer does not depend on how far reading has come. */
  async whenIndexed(token?: CancellationToken): Promise<void> {
    while ((this.isIndexing || this.readingFiles > 0) && !this.isDisposed) await this.progress.next(token);
  }

  /** Waits until something is known of open files: from an earlier session, or because the workspace has been read. Of their findings alone, or of all that they show. */
  async whenKnown(what: "findings" | "all", token?: CancellationToken): Promise<void> {
    const isRecalled = () => (what === "all" ? this.earlier?.all : this.earlier?.known) !== undefined;
    while ((this.isIndexing || this.readingFiles > 0) && !isRecalled() && !this.isDisposed) await this.progress.next(token);
  }

  /** Waits until the findings of all files are known. */
  async whenAllKnown(token?: CancellationToken): Promise<void> {
    // Everything that was checked is not looked at again for everybody who asks: each look would be news to those who wait for some.
    if (!this.isSettledNow) this.wake();
    while (!this.isSettledNow && !this.earlier?.all && !this.isDisposed) await this.progress.next(token);
  }

  async whenSettled(token?: CancellationToken): Promise<void> {
    if (!this.isSettledNow) this.wake();
    while (!this.isSettledNow && !this.isDisposed) await this.progress.next(token);
  }

  // --- Reading --------------------------------------------------------------------------------------------------------

  /** Reads all folders (again). The signal stops it where it is; what was read stays. */
  async index(signal: AbortSignal): Promise<void> {
    this.indexJob?.abort();
    const job = new AbortController();
    this.indexJob = job;
    this.isSettledNow = false;
    signal.addEventListener("abort", () => job.abort());
    try {
      await this.readFolders(job.signal);
    } catch (error) {
      this.options.listener.failure("reading the workspace", error);
    } finally {
      if (this.indexJob === job) {
        this.indexJob = undefined;
        this.wasRead = true;
        this.isOlderShown = this.earlier?.forgetParts() ?? false;
      }
      this.progress.emit();
      this.wake();
    }
  }

  private async readFolders(signal: AbortSignal): Promise<void> {
    const { listener, pause } = this.options;
    const isStopped = (): boolean => signal.aborted || this.isDisposed;
    const listed = await this.disk.list(this.folders, isStopped, (count) => listener.indexing(0, count));
    if (!listed) return;
    for (const uri of [...this.texts.keys()]) {
      if (!listed.has(uri) && !this.open.has(uri)) this.setText(uri, undefined);
    }
    await this.disk.read(listed, isStopped);
    if (isStopped()) return this.stopAt(signal);
    if (!this.wasRead) await this.earlier?.recall(() => this.wasRecalled());
    const slices = new Slices(pause);
    while (this.pending.size > 0) {
      this.flush(FILES_AT_ONCE);
      if (!slices.isOver) continue;
      listener.indexing(Math.max(0, listed.size - this.pending.size), listed.size);
      await slices.next();
      if (isStopped()) return this.stopAt(signal);
    }
    listener.indexing(listed.size, listed.size);
  }

  /** Reading was stopped: files that the engine has not been given stay unknown, but for open ones. What it has is to follow the disk, and another reading that took over goes on. */
  private stopAt(signal: AbortSignal): void {
    if (this.indexJob?.signal !== signal) return;
    for (const uri of this.pending.keys()) {
      if (this.open.has(uri) || this.engine.has(uri)) continue;
      this.pending.delete(uri);
      this.texts.delete(uri);
    }
  }

  private async readChangedFiles(): Promise<void> {
    const changed = [...this.changedOnDisk];
    this.changedOnDisk.clear();
    this.readingFiles++;
    try {
      await this.disk.readChanged(changed, new Set(this.texts.keys()), this.folders, () => this.isDisposed);
    } catch (error) {
      this.options.listener.failure("reading changed files", error);
    } finally {
      this.readingFiles--;
      this.progress.emit();
      this.wake();
    }
  }

  // --- Taking in and checking -----------------------------------------------------------------------------------------

  private setText(uri: string, text: string | undefined): void {
    if (this.texts.get(uri) === text) return;
    this.earlier?.forget();
    if (text === undefined) this.texts.delete(uri);
    else this.texts.set(uri, text);
    this.pending.set(uri, text);
    if (mayConfigure(uri)) this.options.listener.configured(uri, text);
    this.changed();
    if (!this.isIndexing) this.wake();
  }

  private wasRecalled(): void {
    this.progress.emit();
    this.options.listener.recalled();
  }

  private changed(): void {
    this.revision++;
    this.isSettledNow = false;
  }

  /** Hands the texts that came in since the last time to the engine, or so many of them. */
  private flush(most = this.pending.size): void {
    const changes: FileChange[] = [];
    for (const [uri, text] of this.pending) {
      if (changes.length === most) break;
      this.pending.delete(uri);
      if (text !== undefined && this.open.has(uri) && this.halfTyped.holds(uri, text)) continue;
      this.halfTyped.release(uri);
      changes.push({ uri, text });
    }
    if (changes.length === 0) return;
    try {
      this.engine.apply(changes);
    } catch (error) {
      this.options.listener.failure("taking in changes", error);
    }
  }

  private check(uri: string): void {
    try {
      this.engine.check(uri);
    } catch (error) {
      this.options.listener.failure(`checking ${uri}`, error);
    }
  }

  private wake(): void {
    if (!this.isLooping && !this.isDisposed) void this.loop();
  }

  /** Works off what is out of date, open files first, giving way to typing and to requests. */
  private async loop(): Promise<void> {
    this.isLooping = true;
    try {
      let stuckAt: string | undefined;
      while (!this.isDisposed) {
        await this.options.pause();
        const wait = this.quietUntil - Date.now();
        if (wait > 0) {
          await new Promise((resolve) => setTimeout(resolve, wait));
          continue;
        }
        if (this.isIndexing) return; // its end wakes us
        this.flush();
        const dirty = this.engine.dirty(this.openUris());
        const state = `${this.revision} ${dirty.length} ${dirty[0]}`;
        if (dirty.length === 0 || state === stuckAt) break;
        stuckAt = state;
        if (this.isOlderShown) this.checkOpen(dirty);
        this.tellChecking(dirty.length);
        await this.checkInSlices(dirty);
      }
    } catch (error) {
      this.options.listener.failure("checking in the background", error);
    } finally {
      this.isLooping = false;
    }
    if (this.isDisposed || this.changedOnDisk.size > 0 || this.readingFiles > 0 || this.isIndexing) return;
    this.isSettledNow = true;
    this.toCheck = 0;
    this.isOlderShown = false;
    this.earlier?.forget();
    this.progress.emit();
    this.options.listener.settled();
    this.earlier?.keepSoon();
  }

  /** Whoever looks at what an earlier session found is not to wait until everything has been checked. */
  private checkOpen(dirty: readonly string[]): void {
    for (const uri of dirty) if (this.isOpen(uri)) this.check(uri);
    this.isOlderShown = false;
    this.options.listener.openChecked();
  }

  private async checkInSlices(dirty: readonly string[]): Promise<void> {
    const { revision } = this;
    const slices = new Slices(this.options.pause);
    for (const [index, uri] of dirty.entries()) {
      this.check(uri);
      if (!slices.isOver) continue;
      this.tellChecking(dirty.length - index - 1);
      await slices.next();
      if (this.revision !== revision || this.isDisposed) return;
    }
  }

  private tellChecking(left: number): void {
    this.toCheck = Math.max(this.toCheck, left);
    if (this.toCheck < MANY_FILES || Date.now() < this.toldAt + TELL_MILLISECONDS) return;
    this.toldAt = Date.now();
    this.options.listener.checking(this.toCheck - left, this.toCheck);
  }

  // --- From one session to the next -----------------------------------------------------------------------------------

  private continuity(keeper: Keeper): Continuity {
    const { engine, pause, configured, listener } = this.options;
    return new Continuity({
      engine, keeper, pause, configured,
      grounds: () => ({ options: this.engineOptions, folders: this.folders, texts: this.texts }),
      settledState: () => (this.isSettledNow && !this.isDisposed && this.halfTyped.isEmpty ? String(this.revision) : undefined),
      snapshot: () => ({ findings: engine.allFindings(), costs: this.allCosts(), classCosts: engine.costs("everything").filter(({ form }) => form === "class") }),
      isDisposed: () => this.isDisposed,
      failed: (what, error) => listener.failure(what, error),
    });
  }
}
