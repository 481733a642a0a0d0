import type { CancellationToken } from "vscode-languageserver";
import type { TextDocument } from "vscode-languageserver-textdocument";
import type { EndpointCost, EngineOptions, FileChange, Finding, Fix, QueryView, Understood, Unresolved, WorkspaceApi } from "#engine";
import { mayConfigure } from "../config/configurations";
import type { FileSystem } from "../host/file-system";
import { canonicalFolder, canonicalUri, isInside } from "../host/uri";
import { LineIndexes, type PositionEncoding } from "../present/line-indexes";
import { Signal } from "./signal";

export interface ProjectListener {
  /** The text of a file that may configure us is another one, or gone. */
  configured(uri: string, text: string | undefined): void;
  /** Everything known was taken in and checked. */
  settled(): void;
  indexing(done: number, total: number): void;
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
}

/** How long the background waits after the last keystroke, and for more file events. */
const QUIET_MILLISECONDS = 150;
const FILE_EVENTS_MILLISECONDS = 50;
/** The longest that the background keeps the connection waiting, apart from one file's check. */
const SLICE_MILLISECONDS = 12;

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
  private readonly changedOnDisk = new Set<string>();
  private readonly progress = new Signal();
  private folders: readonly string[] = [];
  private indexJob: AbortController | undefined;
  private wasRead = false;
  private readingFiles = 0;
  private fileEventsTimer: ReturnType<typeof setTimeout> | undefined;
  private quietUntil = 0;
  private isLooping = false;
  private isSettledNow = false;
  private isDisposed = false;
  private fixCache: { revision: number; fixes: Map<Finding, readonly Fix[]> } = { revision: -1, fixes: new Map() };
  private costCache: { readonly state: string; readonly costs: readonly EndpointCost[] } | undefined;
  private noted = new Set<string>();

  constructor(private readonly options: ProjectOptions) {
    this.engine = options.engine;
    this.lines = new LineIndexes((uri) => this.engine.text(uri), options.encoding);
  }

  // --- What changes ---------------------------------------------------------------------------------------------------

  openDocument(document: TextDocument): void {
    const uri = canonicalUri(document.uri);
    this.open.set(uri, document);
    this.setText(uri, document.getText());
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
    this.engine.setFolders(this.folders);
    this.changed();
  }

  setOptions(options: EngineOptions): void {
    this.engine.setOptions(options);
    this.changed();
    this.wake();
  }

  dispose(): void {
    this.isDisposed = true;
    this.indexJob?.abort();
    clearTimeout(this.fileEventsTimer);
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

  text(uri: string): string | undefined {
    return this.engine.text(uri);
  }

  get isIndexing(): boolean {
    return this.indexJob !== undefined || !this.wasRead;
  }

  /** The findings of a file for its current text, checked now if need be. */
  findings(uri: string): readonly Finding[] {
    this.flush();
    if (!this.engine.has(uri)) return [];
    if (this.engine.dirty([uri])[0] === uri) this.check(uri);
    return this.knownFindings(uri);
  }

  /** The findings of a file as far as they are known, without checking anything. */
  knownFindings(uri: string): readonly Finding[] {
    return this.options.reported(this.engine.findings(uri));
  }

  /** All findings as far as they are known. */
  allFindings(): readonly Finding[] {
    const uris = new Set(this.engine.allFindings().map(({ at }) => at.uri));
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
    return this.engine.costs("everything").filter(({ at, form, key }) => at.uri === uri && form === "class" && !own.has(key));
  }

  /** What code elsewhere asks of the database in this file: a view, in the template that it renders. */
  costsThrough(uri: string): readonly EndpointCost[] {
    return this.allCosts().filter(({ cost }) => cost.terms.some(({ because }) => because.some(({ at }) => at.uri === uri)));
  }

  /** The costs of everything that was checked so far. */
  allCosts(): readonly EndpointCost[] {
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

  understood(): { readonly understood: Understood; readonly unresolved: readonly Unresolved[] } {
    this.flush();
    return { understood: this.engine.understood(), unresolved: this.engine.unresolved() };
  }

  notes(): readonly { readonly uri?: string; readonly message: string }[] {
    return this.engine.notes();
  }

  get roots(): readonly string[] {
    return this.folders;
  }

  fixes(finding: Finding): readonly Fix[] {
    if (this.fixCache.revision !== this.revision) this.fixCache = { revision: this.revision, fixes: new Map() };
    const known = this.fixCache.fixes.get(finding);
    if (known) return known;
    const fixes = this.engine.fixes(finding);
    this.fixCache.fixes.set(finding, fixes);
    return fixes;
  }

  /** Whether a finding is configured to be reported, in the texts as the engine has them now. */
  isReported({ key, at }: Finding): boolean {
    return this.knownFindings(at.uri).some((finding) => finding.key === key);
  }

  /** For work that applies edits to see what comes of them and puts the texts back. */
  experiment<T>(work: (engine: WorkspaceApi) => T): T {
    this.flush();
    try {
      return work(this.engine);
    } finally {
      this.changed();
      this.wake();
    }
  }

  /** Waits until the workspace has been read once, so that an answer does not depend on how far reading has come. */
  async whenIndexed(token?: CancellationToken): Promise<void> {
    while ((this.isIndexing || this.readingFiles > 0) && !this.isDisposed) await this.progress.next(token);
  }

  async whenSettled(token?: CancellationToken): Promise<void> {
    this.wake();
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
      }
      this.progress.emit();
      this.wake();
    }
  }

  private async readFolders(signal: AbortSignal): Promise<void> {
    const { files, listener } = this.options;
    files.refresh();
    const listed = new Set<string>();
    for (const folder of this.folders) {
      for await (const batch of files.list(folder)) {
        if (signal.aborted || this.isDisposed) return;
        for (const entry of batch) {
          if (entry.kind === "file") listed.add(entry.uri);
          else this.note(entry.note.message, entry.note.uri);
        }
        listener.indexing(0, listed.size);
      }
    }
    for (const uri of [...this.texts.keys()]) {
      if (!listed.has(uri) && !this.open.has(uri)) this.setText(uri, undefined);
    }
    let done = 0;
    let sliceEnds = Date.now() + SLICE_MILLISECONDS;
    for (const uri of listed) {
      if (!this.open.has(uri)) await this.readText(uri, true);
      done++;
      if (Date.now() < sliceEnds && this.pending.size < 32) continue;
      this.flush();
      listener.indexing(done, listed.size);
      await this.options.pause();
      if (signal.aborted || this.isDisposed) return;
      sliceEnds = Date.now() + SLICE_MILLISECONDS;
    }
    this.flush();
    listener.indexing(done, listed.size);
  }

  private async readChangedFiles(): Promise<void> {
    const changed = [...this.changedOnDisk];
    this.changedOnDisk.clear();
    this.readingFiles++;
    try {
      const known = new Set(this.texts.keys());
      for (const uri of changed) {
        if (this.isDisposed) return;
        if (this.open.has(uri)) continue;
        const belongs = this.options.files.includes(uri, this.folders);
        if (known.has(uri) || belongs) {
          await this.readText(uri, belongs);
          continue;
        }
        for (const below of known) {
          if (isInside(below, uri) && !this.open.has(below)) await this.readText(below, this.options.files.includes(below, this.folders));
        }
      }
    } catch (error) {
      this.options.listener.failure("reading changed files", error);
    } finally {
      this.readingFiles--;
      this.progress.emit();
      this.wake();
    }
  }

  private async readText(uri: string, belongs: boolean): Promise<void> {
    const result = belongs ? await this.options.files.read(uri) : ({ kind: "missing" } as const);
    if (this.open.has(uri)) return; // opened meanwhile: its document wins
    if (result.kind === "text") {
      if (result.note) this.note(result.note, uri);
      this.setText(uri, result.text);
      return;
    }
    if (result.kind === "skipped") this.note(`skipped: ${result.reason}`, uri);
    this.setText(uri, undefined);
  }

  // --- Taking in and checking -----------------------------------------------------------------------------------------

  private setText(uri: string, text: string | undefined): void {
    if (this.texts.get(uri) === text) return;
    if (text === undefined) this.texts.delete(uri);
    else this.texts.set(uri, text);
    this.pending.set(uri, text);
    if (mayConfigure(uri)) this.options.listener.configured(uri, text);
    this.changed();
    if (!this.isIndexing) this.wake();
  }

  private changed(): void {
    this.revision++;
    this.isSettledNow = false;
  }

  /** Hands the texts that came in since the last time to the engine. */
  private flush(): void {
    if (this.pending.size === 0) return;
    const changes: FileChange[] = [...this.pending].map(([uri, text]) => ({ uri, text }));
    this.pending.clear();
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
        await this.checkInSlices(dirty);
      }
    } catch (error) {
      this.options.listener.failure("checking in the background", error);
    } finally {
      this.isLooping = false;
    }
    if (this.isDisposed || this.changedOnDisk.size > 0 || this.readingFiles > 0 || this.isIndexing) return;
    this.isSettledNow = true;
    this.progress.emit();
    this.options.listener.settled();
  }

  private async checkInSlices(dirty: readonly string[]): Promise<void> {
    const { revision } = this;
    let sliceEnds = Date.now() + SLICE_MILLISECONDS;
    for (const uri of dirty) {
      this.check(uri);
      if (Date.now() < sliceEnds) continue;
      await this.options.pause();
      if (this.revision !== revision || this.isDisposed) return;
      sliceEnds = Date.now() + SLICE_MILLISECONDS;
    }
  }

  private note(message: string, uri?: string): void {
    const line = uri === undefined ? message : `${uri}: ${message}`;
    if (this.noted.has(line)) return;
    this.noted.add(line);
    this.options.listener.note(line);
  }
}
