import { isInside } from "./uri";

/** Which folders and files there are, as far as it takes to find out what belongs together. */
export interface FolderTree {
  kind(uri: string): "file" | "folder" | "missing";
  /** The folder that a URI lies in; the root is its own. */
  parent(uri: string): string;
  readonly workingFolder: string;
  readonly homeFolder: string;
}

/** What stands in the topmost folder of a project, that of all its packages. */
const MARKERS: readonly string[] = [
  "manage.py", "pyproject.toml", "setup.py", "setup.cfg", "Pipfile", "requirements.txt",
  "pnpm-workspace.yaml", "turbo.json", "nx.json", "lerna.json", "rush.json", "package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "bun.lockb",
];
/** What stands in each package, where nothing says which the topmost is. */
const PACKAGE_MARKERS: readonly string[] = ["package.json"];

/**
 * The folder that has everything the given paths may refer to: their repository; without one, the nearest folder that looks
 * like a project; else the working folder, if they lie in it.
 */
export function projectRoot(paths: readonly string[], tree: FolderTree): string {
  const start = commonFolder(paths.map((uri) => (tree.kind(uri) === "folder" ? uri : tree.parent(uri))), tree);
  const above = [...foldersFrom(start, tree)];
  const repository = above.find((folder) => tree.kind(`${folder}/.git`) !== "missing");
  if (repository !== undefined) return repository;
  const nearestWith = (names: readonly string[]): string | undefined => above.find((folder) => folder !== tree.homeFolder && names.some((name) => tree.kind(`${folder}/${name}`) === "file"));
  const project = nearestWith(MARKERS) ?? nearestWith(PACKAGE_MARKERS);
  if (project !== undefined) return project;
  const { workingFolder } = tree;
  const isTooWide = tree.parent(workingFolder) === workingFolder || isInside(tree.homeFolder, workingFolder);
  return isInside(start, workingFolder) && !isTooWide ? workingFolder : start;
}

/** The folders above one that belong to the same repository or project, the nearest first. */
export function foldersAbove(folder: string, tree: FolderTree): readonly string[] {
  const root = projectRoot([folder], tree);
  return [...foldersFrom(tree.parent(folder), tree)].filter((above) => above !== folder && isInside(above, root));
}

function commonFolder(folders: readonly string[], tree: FolderTree): string {
  let common = folders[0];
  for (const folder of folders) {
    while (!isInside(folder, common) && tree.parent(common) !== common) common = tree.parent(common);
  }
  return common;
}

function* foldersFrom(folder: string, tree: FolderTree): Generator<string> {
  for (let current = folder; ; current = tree.parent(current)) {
    yield current;
    if (tree.parent(current) === current) return;
  }
}
