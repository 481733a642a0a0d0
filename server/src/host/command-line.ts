import type { ListedFile, ReadResult } from "./file-system";
import type { FolderTree } from "./project-root";
import type { Encoding } from "./text";

/** A stream of the process. */
export interface Output {
  /** Resolves when the text has left, so that a slow pipe gets all of it. */
  write(text: string): Promise<void>;
  readonly isTerminal: boolean;
  readonly columns: number;
}

/** The disk as the command line needs it: synchronous, as nobody waits for anything else. */
export interface CommandLineDisk extends FolderTree {
  /** The URI of a path as the user typed it. */
  resolve(path: string): string;
  /** A path for messages. */
  display(uri: string): string;
  list(folder: string): Iterable<ListedFile>;
  read(uri: string): ReadResult;
  /** Throws HostError. */
  write(uri: string, text: string, encoding: Encoding): void;
}
