import { statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname } from "node:path";
import type { FolderTree } from "../project-root";
import { toPath, toUri } from "./paths";

/** The folders of this machine. */
export function folderTree(workingFolder: string): FolderTree {
  return {
    kind(uri) {
      const path = toPath(uri);
      const found = path === undefined ? undefined : statSync(path, { throwIfNoEntry: false });
      // Reading a pipe or a device would never end.
      return found?.isDirectory() ? "folder" : found?.isFile() ? "file" : "missing";
    },
    parent: (uri) => toUri(dirname(toPath(uri)!)),
    workingFolder: toUri(workingFolder),
    homeFolder: toUri(homedir()),
  };
}
