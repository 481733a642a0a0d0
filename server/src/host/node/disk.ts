import { readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { HostError, type FileSystem, type ListedFile, type ReadResult } from "../file-system";
import { decodeText, encodeText, type Encoding } from "../text";
import { foldersAbove } from "../project-root";
import { isInside } from "../uri";
import { isSilentlyLeftOut, largestOf } from "../wanted";
import { folderTree } from "./folder-tree";
import { toPath } from "./paths";
import { ProjectFiles, reason } from "./project-files";

/** Reads a file, or says why it is left out. Never throws. */
export function readFile(uri: string): ReadResult {
  const path = toPath(uri);
  if (path === undefined) return { kind: "missing" };
  try {
    const { size, isFile } = describe(path);
    if (!isFile) return { kind: "skipped", reason: "not a regular file" };
    const limit = largestOf(`${basename(dirname(path))}/${basename(path)}`);
    if (size > limit) return isSilentlyLeftOut(path) ? { kind: "missing" } : { kind: "skipped", reason: `larger than ${limit / 1_000_000} MB` };
    const decoded = decodeText(readFileSync(path));
    if (decoded.kind === "skipped") return decoded;
    const note = decoded.encoding.lossy && decoded.encoding.charset === "utf-8" ? "is not valid UTF-8; read with replacement characters" : undefined;
    return { ...decoded, note };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if ("code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR")) return { kind: "missing" };
    return { kind: "skipped", reason: reason(error) };
  }
}

/** Before anything is opened: reading a pipe or a device would never end. */
function describe(path: string): { readonly size: number; readonly isFile: boolean } {
  const found = statSync(path);
  return { size: found.size, isFile: found.isFile() };
}

/** Writes `text` in the encoding the file had. Throws HostError when that loses something or the disk refuses. */
export function writeFile(uri: string, text: string, encoding: Encoding): void {
  const path = toPath(uri);
  const bytes = encodeText(text, encoding);
  if (path === undefined) throw new HostError(`${uri} is not a file on this machine`);
  if (!bytes) throw new HostError(`${path} is not UTF-8 and was left as it is`);
  try {
    writeFileSync(path, bytes);
  } catch (error) {
    throw new HostError(`${path} could not be written: ${error instanceof Error ? reason(error) : String(error)}`, { cause: error });
  }
}

/** The disk, read in slices so that a connection stays responsive. */
export class Disk implements FileSystem {
  private files = new ProjectFiles();

  async *list(folder: string): AsyncGenerator<readonly ListedFile[]> {
    const path = toPath(folder);
    if (path === undefined) return;
    let batch: ListedFile[] = [];
    let sliceEnds = Date.now() + 10;
    for (const file of this.files.list(path)) {
      batch.push(file);
      if (batch.length < 200 && Date.now() < sliceEnds) continue;
      yield batch;
      batch = [];
      await new Promise((resolve) => setImmediate(resolve));
      sliceEnds = Date.now() + 10;
    }
    yield batch;
  }

  async read(uri: string): Promise<ReadResult> {
    return readFile(uri);
  }

  includes(uri: string, folders: readonly string[]): boolean {
    const path = toPath(uri);
    return path !== undefined && folders.some((folder) => isInside(uri, folder) && this.files.includes(toPath(folder)!, path));
  }

  above(folder: string): readonly string[] {
    const path = toPath(folder);
    return path === undefined ? [] : foldersAbove(folder, folderTree(path));
  }

  refresh(): void {
    this.files = new ProjectFiles();
  }
}
