import type { FileSystem } from "../host/file-system";
import { isInside } from "../host/uri";
import { Slices } from "./slices";

export interface DiskReaderOptions {
  readonly files: FileSystem;
  /** Lets the connection's messages in. */
  readonly pause: () => Promise<void>;
  /** Whether a document is open: it wins over what is on disk. */
  readonly isOpen: (uri: string) => boolean;
  /** Takes the text of a file; undefined: it is gone, or none of the project's. */
  readonly take: (uri: string, text: string | undefined) => void;
  /** Something about a file that belongs into the log. */
  readonly note: (message: string) => void;
}

/** The files of a project as they are on disk. */
export class DiskReader {
  private missing: ReadonlySet<string> = new Set();
  private readonly noted = new Set<string>();

  constructor(private readonly options: DiskReaderOptions) {}

  /** Whether a folder was not there, or not to be read, when it was listed last. */
  isMissing(folder: string): boolean {
    return this.missing.has(folder);
  }

  /** The files in folders, unless that is stopped; `progress` gets how many there are so far. */
  async list(folders: readonly string[], isStopped: () => boolean, progress: (listed: number) => void): Promise<ReadonlySet<string> | undefined> {
    const { files } = this.options;
    files.refresh();
    const listed = new Set<string>();
    const missing = new Set<string>();
    for (const folder of folders) {
      for await (const batch of files.list(folder)) {
        if (isStopped()) return undefined;
        for (const entry of batch) {
          if (entry.kind === "file") listed.add(entry.uri);
          else {
            if (entry.note.uri === folder) missing.add(folder);
            this.note(entry.note.message, entry.note.uri);
          }
        }
        progress(listed.size);
      }
    }
    this.missing = missing;
    return listed;
  }

  /** Reads files that were listed, but for open ones. */
  async read(uris: Iterable<string>, isStopped: () => boolean): Promise<void> {
    const slices = new Slices(this.options.pause);
    // What packages are for says which of their files are worth reading.
    const inOrder = [...uris].sort((a, b) => Number(b.endsWith("/package.json")) - Number(a.endsWith("/package.json")));
    for (const uri of inOrder) {
      if (!this.options.isOpen(uri)) await this.readText(uri, true);
      if (!slices.isOver) continue;
      await slices.next();
      if (isStopped()) return;
    }
  }

  /** Reads what has changed: files that are known or belong to the folders, and of anything else what is known below it. */
  async readChanged(changed: readonly string[], known: ReadonlySet<string>, folders: readonly string[], isStopped: () => boolean): Promise<void> {
    const { files, isOpen } = this.options;
    for (const uri of changed) {
      if (isStopped()) return;
      if (isOpen(uri)) continue;
      const belongs = files.includes(uri, folders);
      if (known.has(uri) || belongs) {
        await this.readText(uri, belongs);
        continue;
      }
      for (const below of known) {
        if (isInside(below, uri) && !isOpen(below)) await this.readText(below, files.includes(below, folders));
      }
    }
  }

  private async readText(uri: string, belongs: boolean): Promise<void> {
    const { files, isOpen, take } = this.options;
    const result = belongs ? await files.read(uri) : ({ kind: "missing" } as const);
    if (isOpen(uri)) return; // opened meanwhile
    if (result.kind === "text") {
      if (result.note) this.note(result.note, uri);
      return take(uri, result.text);
    }
    if (result.kind === "skipped") this.note(`skipped: ${result.reason}`, uri);
    take(uri, undefined);
  }

  private note(message: string, uri?: string): void {
    const line = uri === undefined ? message : `${uri}: ${message}`;
    if (this.noted.has(line)) return;
    this.noted.add(line);
    this.options.note(line);
  }
}
