import type { FileSystem, ListedFile, ReadResult } from "../../server/src/host/file-system";
import { decodeText } from "../../server/src/host/text";
import { isInside } from "../../server/src/host/uri";
import { kindOfFile } from "../../server/src/host/wanted";

/** Files in memory. A value that is no text stands for a file that cannot be read. */
export class MemoryFiles implements FileSystem {
  readonly files: Map<string, string | { readonly unreadable: string }>;
  reads = 0;
  /** Folders that were deleted or never were. */
  readonly missingFolders = new Set<string>();
  /** Awaited before each batch, for tests that want to stop in the middle. */
  beforeBatch: () => Promise<void> = async () => {};

  constructor(files: Readonly<Record<string, string | { readonly unreadable: string }>> = {}) {
    this.files = new Map(Object.entries(files));
  }

  async *list(folder: string): AsyncGenerator<readonly ListedFile[]> {
    if (this.missingFolders.has(folder)) yield [{ kind: "note", note: { uri: folder, message: "folder skipped: it is not there" } }];
    for (const uri of [...this.files.keys()].sort()) {
      await this.beforeBatch();
      if (this.includes(uri, [folder])) yield [{ kind: "file", uri }];
    }
  }

  async read(uri: string): Promise<ReadResult> {
    this.reads++;
    const file = this.files.get(uri);
    if (file === undefined) return { kind: "missing" };
    if (typeof file !== "string") return { kind: "skipped", reason: file.unreadable };
    return decodeText(new TextEncoder().encode(file));
  }

  includes(uri: string, folders: readonly string[]): boolean {
    return folders.some((folder) => isInside(uri, folder) && kindOfFile(uri.slice(folder.length + 1)) !== undefined);
  }

  /** What `above` gives, by folder. */
  readonly foldersAbove = new Map<string, readonly string[]>();

  above(folder: string): readonly string[] {
    return this.foldersAbove.get(folder) ?? [];
  }

  refresh(): void {}
}
