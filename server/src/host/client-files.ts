import ignore, { type Ignore } from "ignore";
import type { FileSystem, ListedFile, ReadResult } from "./file-system";
import { decodeText } from "./text";
import { baseName, isInside } from "./uri";
import { isIgnoredFolder, isSilentlyLeftOut, kindOfFile, largestOf } from "./wanted";

/** What the client reads for us. */
export interface ClientReader {
  /** Names, true for folders; undefined: it is not there. */
  folder(uri: string): Promise<readonly (readonly [string, boolean])[] | undefined>;
  file(uri: string): Promise<Uint8Array | undefined>;
}

/** So deep are folders followed: links of a virtual workspace may lead in circles. */
const DEEPEST = 24;

/** The files of a workspace that is on no disk, read through the client. */
export class ClientFiles implements FileSystem {
  private ignored = new Map<string, Ignore>();

  constructor(private readonly reader: ClientReader) {}

  async *list(folder: string): AsyncGenerator<readonly ListedFile[]> {
    const waiting: { readonly uri: string; readonly depth: number }[] = [{ uri: folder, depth: 0 }];
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const { uri, depth } = next;
      const found = await this.reader.folder(uri);
      if (!found && uri === folder) yield [{ kind: "note", note: { uri, message: "folder skipped: it is not there" } }];
      const entries = found ?? [];
      const names = new Set(entries.map(([name]) => name));
      if (names.has(".gitignore")) await this.readIgnored(uri);
      if (uri !== folder && isIgnoredFolder(baseName(uri), (name) => names.has(name))) continue;
      const batch: ListedFile[] = [];
      for (const [name, isFolder] of entries) {
        const child = `${uri}/${encodeURIComponent(name)}`;
        if (this.isIgnored(child, folder, isFolder)) continue;
        if (isFolder) {
          if (depth < DEEPEST && !name.startsWith(".") && name !== "node_modules") waiting.push({ uri: child, depth: depth + 1 });
        } else if (kindOfFile(pathIn(folder, child)) !== undefined) batch.push({ kind: "file", uri: child });
      }
      yield batch;
    }
  }

  async read(uri: string): Promise<ReadResult> {
    const bytes = await this.reader.file(uri);
    if (!bytes) return { kind: "missing" };
    const limit = largestOf(baseName(uri));
    if (bytes.length > limit) return isSilentlyLeftOut(uri) ? { kind: "missing" } : { kind: "skipped", reason: `larger than ${limit / 1_000_000} MB` };
    return decodeText(bytes);
  }

  includes(uri: string, folders: readonly string[]): boolean {
    return folders.some((folder) => isInside(uri, folder) && kindOfFile(pathIn(folder, uri)) !== undefined && !this.isIgnored(uri, folder, false) && !/\/(node_modules|\.[^/]+)\//.test(uri.slice(folder.length)));
  }

  /** Nothing is asked of what lies outside of a workspace that somebody else keeps: it may be another one's. */
  above(): readonly string[] {
    return [];
  }

  refresh(): void {
    this.ignored = new Map();
  }

  private async readIgnored(folder: string): Promise<void> {
    const bytes = await this.reader.file(`${folder}/.gitignore`);
    if (bytes) this.ignored.set(folder, ignore().add(new TextDecoder().decode(bytes)));
  }

  private isIgnored(uri: string, root: string, isFolder: boolean): boolean {
    for (const [folder, patterns] of this.ignored) {
      if (isInside(folder, root) && isInside(uri, folder) && uri !== folder && patterns.ignores(`${pathIn(folder, uri)}${isFolder ? "/" : ""}`)) return true;
    }
    return false;
  }
}

function pathIn(folder: string, uri: string): string {
  return decodeURIComponent(uri.slice(folder.length + 1));
}

/** Each folder by who can read it. */
export class EitherFiles implements FileSystem {
  constructor(
    private readonly disk: FileSystem,
    private readonly others: FileSystem,
  ) {}

  list(folder: string): AsyncIterable<readonly ListedFile[]> {
    return this.of(folder).list(folder);
  }

  read(uri: string): Promise<ReadResult> {
    return this.of(uri).read(uri);
  }

  includes(uri: string, folders: readonly string[]): boolean {
    return this.of(uri).includes(uri, folders);
  }

  above(folder: string): readonly string[] {
    return this.of(folder).above(folder);
  }

  refresh(): void {
    this.disk.refresh();
    this.others.refresh();
  }

  private of(uri: string): FileSystem {
    return uri.startsWith("file:") ? this.disk : this.others;
  }
}
