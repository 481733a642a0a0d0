import { statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, resolve } from "node:path";
import type { CommandLineDisk, Output } from "../command-line";
import { readFile, writeFile } from "./disk";
import { toPath, toUri } from "./paths";
import { ProjectFiles } from "./project-files";

/** The disk of this machine for the command line. */
export function commandLineDisk(): CommandLineDisk {
  const files = new ProjectFiles();
  const pathOf = (uri: string) => toPath(uri)!;
  return {
    resolve: (path) => toUri(resolve(path)),
    display: pathOf,
    kind(uri) {
      const found = statSync(pathOf(uri), { throwIfNoEntry: false });
      return found === undefined ? "missing" : found.isDirectory() ? "folder" : "file";
    },
    parent: (uri) => toUri(dirname(pathOf(uri))),
    list: (folder) => files.list(pathOf(folder)),
    read: readFile,
    write: writeFile,
    workingFolder: toUri(process.cwd()),
    homeFolder: toUri(homedir()),
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
