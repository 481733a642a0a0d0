import type { Encoding } from "./text";

/** Something about a file, or about no file in particular, that the user should know. */
export interface HostNote {
  readonly uri?: string;
  readonly message: string;
}

export type ReadResult =
  | { readonly kind: "text"; readonly text: string; readonly encoding: Encoding; readonly note?: string }
  /** Left out, and why: too large, binary, unreadable. */
  | { readonly kind: "skipped"; readonly reason: string }
  | { readonly kind: "missing" };

export type ListedFile = { readonly kind: "file"; readonly uri: string } | { readonly kind: "note"; readonly note: HostNote };

/** Where the texts of a project come from, apart from open documents. */
export interface FileSystem {
  /** The files of a folder that matter to the engine, in batches; the caller may stop at any of them. */
  list(folder: string): AsyncIterable<readonly ListedFile[]>;
  read(uri: string): Promise<ReadResult>;
  /** Whether `list` of one of these folders would name the file. */
  includes(uri: string, folders: readonly string[]): boolean;
  /** The folders above one of the workspace that belong to the same repository or project, the nearest first; none where nobody can tell. */
  above(folder: string): readonly string[];
  /** Forgets what it knows about ignore files. */
  refresh(): void;
}

/** The file could not be read or written; skipped and named. */
export class HostError extends Error {
  override readonly name = "HostError";
}
