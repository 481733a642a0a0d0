import { resolve } from "node:path";
import type { CommandLineDisk, Output } from "../command-line";
import { readFile, writeFile } from "./disk";
import { folderTree } from "./folder-tree";
import { toPath, toUri } from "./paths";
import { ProjectFiles } from "./project-files";

/** The disk of this machine for the command line; paths that are not absolute are relative to `workingFolder`. */
export function commandLineDisk(workingFolder = process.cwd()): CommandLineDisk {
  const files = new ProjectFiles();
  const pathOf = (uri: string) => toPath(uri)!;
  return {
    ...folderTree(workingFolder),
    resolve: (path) => toUri(resolve(workingFolder, path)),
    display: pathOf,
    list: (folder) => files.list(pathOf(folder)),
    read: readFile,
    write: writeFile,
  };
}

/** A stream of this process. A reader that went away is no error: whatever is still to be written is dropped. */
export function processOutput(stream: NodeJS.WriteStream): Output {
  let isGone = false;
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    isGone = true;
  });
  return {
    write: (text) => (isGone ? Promise.resolve() : new Promise((resolve) => stream.write(text, () => resolve()))),
    isTerminal: stream.isTTY === true,
    columns: stream.columns ?? 120,
  };
}
