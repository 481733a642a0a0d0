import ignore, { type Ignore } from "ignore";
import { readdirSync, readFileSync, realpathSync, statSync, type Dirent } from "node:fs";
import { basename, dirname, join, relative, sep } from "node:path";
import type { ListedFile } from "../file-system";
import { isIgnoredFolder, kindOfFile } from "../wanted";
import { toUri } from "./paths";

/** The ignore file of a folder. */
interface Ignoring {
  readonly folder: string;
  readonly rules: Ignore;
}

/** Finds the files of a project on disk and knows which ones git ignores. Reads directories only when asked, each once. */
export class ProjectFiles {
  private readonly ignoreFiles = new Map<string, Ignore | undefined>();
  private readonly outer = new Map<string, readonly string[]>();

  /** The files below `root` in a fixed order. Follows links that lead out of the root, each target once. */
  *list(root: string): Generator<ListedFile> {
    const realRoot = realPath(root) ?? root;
    const seen = new Set<string>([realRoot]);
    const pending: string[] = [root];
    for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
      const entries = readFolder(folder);
      if (entries instanceof Error) {
        yield { kind: "note", note: { uri: toUri(folder), message: `folder skipped: ${reason(entries)}` } };
        continue;
      }
      if (folder !== root && isIgnoredFolder(basename(folder), (name) => entries.some((entry) => entry.name === name))) continue;
      // Asking for files that are not there costs more than looking whether they are.
      if (!entries.some(({ name }) => name === ".gitignore" || name === ".git")) this.ignoreFiles.set(folder, undefined);
      const inside = folder === root ? "" : `${relative(root, folder).split(sep).join("/")}/`;
      const ignoring = this.ignoring(root, folder);
      const below: string[] = [];
      for (const entry of entries) {
        const path = join(folder, entry.name);
        const target = entry.isSymbolicLink() ? this.linkTarget(path, realRoot, seen) : entry;
        if (!target) continue;
        if (target.isDirectory()) {
          if (!isIgnoredBy(ignoring, path, true)) below.push(path);
        } else if (target.isFile() && kindOfFile(inside + entry.name) && !isIgnoredBy(ignoring, path, false)) {
          yield { kind: "file", uri: toUri(path) };
        }
      }
      pending.push(...below.reverse());
    }
  }

  /** Whether `list(root)` would reach this file. */
  includes(root: string, path: string): boolean {
    const inside = relative(root, path);
    if (inside === "" || inside.startsWith("..") || !kindOfFile(inside.split(sep).join("/"))) return false;
    let folder = root;
    for (const segment of inside.split(sep).slice(0, -1)) {
      folder = join(folder, segment);
      if (!this.entersFolder(root, folder)) return false;
    }
    return !this.isIgnored(root, path, false);
  }

  private entersFolder(root: string, path: string): boolean {
    return !isIgnoredFolder(basename(path), (name) => exists(join(path, name))) && !this.isIgnored(root, path, true);
  }

  /** What a link leads to, unless that is part of the project anyway, was seen before, or is not there. */
  private linkTarget(path: string, realRoot: string, seen: Set<string>) {
    const real = realPath(path);
    if (real === undefined || seen.has(real)) return undefined;
    if (real === realRoot || real.startsWith(realRoot + sep) || realRoot.startsWith(real + sep)) return undefined;
    seen.add(real);
    return statSync(real, { throwIfNoEntry: false });
  }

  private isIgnored(root: string, path: string, isFolder: boolean): boolean {
    return isIgnoredBy(this.ignoring(root, dirname(path)), path, isFolder);
  }

  /** The ignore files that speak of what is in a folder, the outermost first. */
  private ignoring(root: string, folder: string): readonly Ignoring[] {
    return this.foldersDownTo(root, folder).flatMap((each) => {
      const rules = this.ignoreFile(each);
      return rules ? [{ folder: each, rules }] : [];
    });
  }

  /** From the repository's root (or the project's) down to `last`. */
  private foldersDownTo(root: string, last: string): readonly string[] {
    const folders = [...this.foldersOutside(root), root];
    const inside = relative(root, last);
    let folder = root;
    for (const segment of inside === "" || inside.startsWith("..") ? [] : inside.split(sep)) {
      folder = join(folder, segment);
      folders.push(folder);
    }
    return folders;
  }

  /** The folders above `root` whose ignore files apply to it: none when they ignore the root itself, as it was asked for by name. */
  private foldersOutside(root: string): readonly string[] {
    const known = this.outer.get(root);
    if (known) return known;
    const folders: string[] = [];
    let isRepository = exists(join(root, ".git"));
    for (let folder = root; !isRepository && dirname(folder) !== folder; ) {
      folder = dirname(folder);
      folders.unshift(folder);
      isRepository = exists(join(folder, ".git"));
    }
    if (!isRepository) folders.length = 0;
    this.outer.set(root, []);
    const ignoresRoot = folders.some((folder) => {
      for (let path = root; path !== folder; path = dirname(path)) {
        const name = relative(folder, path).split(sep).join("/");
        if (this.ignoreFile(folder)?.test(name + "/").ignored) return true;
      }
      return false;
    });
    const result = ignoresRoot ? [] : folders;
    this.outer.set(root, result);
    return result;
  }

  private ignoreFile(folder: string): Ignore | undefined {
    if (this.ignoreFiles.has(folder)) return this.ignoreFiles.get(folder);
    const texts = [join(folder, ".gitignore"), join(folder, ".git", "info", "exclude")].flatMap((file) => {
      const text = readIfThere(file);
      return text === undefined ? [] : [text];
    });
    const rules = texts.length > 0 ? ignore({ allowRelativePaths: false }).add(texts.join("\n")) : undefined;
    this.ignoreFiles.set(folder, rules);
    return rules;
  }
}

/** Git's rule: the deepest ignore file that says something about the path decides. */
function isIgnoredBy(ignoring: readonly Ignoring[], path: string, isFolder: boolean): boolean {
  let ignored = false;
  for (const { folder, rules } of ignoring) {
    const name = relative(folder, path).split(sep).join("/");
    const verdict = rules.test(isFolder ? name + "/" : name);
    if (verdict.ignored) ignored = true;
    else if (verdict.unignored) ignored = false;
  }
  return ignored;
}

function readFolder(path: string): Dirent[] | Error {
  try {
    return readdirSync(path, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  } catch (error) {
    return asError(error);
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    // Not there, a folder, or not ours to read: then it ignores nothing.
    asError(error);
    return undefined;
  }
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch (error) {
    // A dangling link, or one that leads to itself.
    asError(error);
    return undefined;
  }
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

function asError(error: unknown): Error {
  if (error instanceof Error) return error;
  throw error;
}

/** Why the system refused, in words. */
export function reason(error: Error & { code?: string }): string {
  switch (error.code) {
    case "EACCES":
    case "EPERM":
      return "permission denied";
    case "ELOOP":
      return "its link leads to itself";
    case "ENAMETOOLONG":
      return "its path is too long";
    default:
      return error.message;
  }
}
