import { isInside } from "../host/uri";
import type { CommandLineDisk } from "../host/command-line";

const MARKERS: readonly string[] = ["manage.py", "pyproject.toml", "setup.py", "setup.cfg", "Pipfile", "requirements.txt"];

/**
 * The folder that has everything the given paths may refer to: their repository; without one, the nearest folder that looks
 * like a project; else the working folder, if they lie in it.
 */
export function projectRoot(paths: readonly string[], disk: CommandLineDisk): string {
  const start = commonFolder(paths.map((uri) => (disk.kind(uri) === "folder" ? uri : disk.parent(uri))), disk);
  const above = [...foldersFrom(start, disk)];
  const repository = above.find((folder) => disk.kind(`${folder}/.git`) !== "missing");
  if (repository !== undefined) return repository;
  const project = above.find((folder) => folder !== disk.homeFolder && MARKERS.some((name) => disk.kind(`${folder}/${name}`) === "file"));
  if (project !== undefined) return project;
  const { workingFolder } = disk;
  const isTooWide = disk.parent(workingFolder) === workingFolder || isInside(disk.homeFolder, workingFolder);
  return isInside(start, workingFolder) && !isTooWide ? workingFolder : start;
}

function commonFolder(folders: readonly string[], disk: CommandLineDisk): string {
  let common = folders[0];
  for (const folder of folders) {
    while (!isInside(folder, common) && disk.parent(common) !== common) common = disk.parent(common);
  }
  return common;
}

function* foldersFrom(folder: string, disk: CommandLineDisk): Generator<string> {
  for (let current = folder; ; current = disk.parent(current)) {
    yield current;
    if (disk.parent(current) === current) return;
  }
}
