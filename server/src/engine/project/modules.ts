
import { folderOf } from "./paths";
import type { AddedFolder } from "./search-path";

/** A module found by its dotted name: a file, or a package without `__init__` (its folder's path, with a slash at the end). */
export interface FoundModule {
  readonly uri: string;
  readonly path: string;
}

/** Folders whose files nobody imports from outside of them. */
const secluded = /\/(tests?|testing|fixtures|examples?|docs?|samples?|node_modules|site-packages|\.venv|venv)(\/|$)/i;

/** Names of an app's own modules, which no package to install has. */
const APP_MODULE = /^(models|managers|querysets|forms|views|serializers|permissions|signals|constants)$/;

/** The decoded path of a URI, without scheme and authority; a Windows drive letter is in lower case. */
export function pathOfUri(uri: string): string {
  const match = /^[a-z][a-z0-9+.-]*:\/\/[^/]*/i.exec(uri);
  let path = match ? uri.slice(match[0].length) : uri;
  if (path.includes("%")) {
    try {
      path = decodeURIComponent(path);
    } catch {
      // A stray "%" in a file name: the undecoded path is as good a name as any.
    }
  }
  path = path.replaceAll("\\", "/");
  if (!path.startsWith("/")) path = `/${path}`;
  return /^\/[A-Z]:/.test(path) ? `/${path[1].toLowerCase()}${path.slice(2)}` : path;
}

/** How many leading segments two paths share. */
export function sharedDepth(a: string, b: string): number {
  const left = a.split("/");
  const right = b.split("/");
  let depth = 0;
  while (depth < left.length && depth < right.length && left[depth] === right[depth]) depth++;
  return depth;
}

/** Which file a dotted module name means. Knows paths only. */
export class ModuleIndex {
  readonly paths = new Map<string, string>();
  /** By module path: the file's path without `.py` and `/__init__`. */
  private readonly byModulePath = new Map<string, string>();
  private readonly folders = new Set<string>();
  private readonly packages = new Set<string>();
  private readonly roots = new Set<string>();
  /** Roots by the names they directly hold, so that a missing module costs one look-up. */
  private readonly rootsByFirst = new Map<string, string[]>();
  /** Results by the folder of the importing file, then by dotted name. */
  private readonly found = new Map<string, Map<string, FoundModule | undefined>>();
  private readonly foundFrom = new Map<string, Map<string, FoundModule | undefined>>();

  constructor(uris: readonly string[], folders: readonly string[], private readonly external: ReadonlySet<string>, readonly added: readonly AddedFolder[] = []) {
    for (const uri of uris) {
      const path = pathOfUri(uri);
      this.paths.set(uri, path);
      // Templates are no modules, and a folder that holds nothing else is no package.
      if (!/\.pyi?$/i.test(path)) continue;
      const module = path.replace(/\.pyi?$/, "").replace(/\/__init__$/, "");
      const folder = folderOf(path);
      // A stub stands behind its module, and a module `a.py` behind a package `a/`, as in Python.
      const before = this.byModulePath.get(module);
      const isPackage = path.endsWith("/__init__.py");
      if (before === undefined || isPackage || (before.endsWith(".pyi") && !uri.endsWith(".pyi"))) this.byModulePath.set(module, uri);
      if (/\/__init__\.pyi?$/.test(path)) this.packages.add(folder);
      for (let up = folder; up && !this.folders.has(up); up = folderOf(up)) this.folders.add(up);
    }
    for (const folder of folders) this.roots.add(pathOfUri(folder).replace(/\/+$/, ""));
    for (const path of this.paths.values()) if (path.endsWith("/manage.py")) this.roots.add(folderOf(path));
    for (const folder of this.folders) if (folder.endsWith("/src") && !this.packages.has(folder)) this.roots.add(folder);
    for (const folder of this.packages) if (!this.packages.has(folderOf(folder))) this.roots.add(folderOf(folder));
    for (const each of added) this.addRoot(each);
    this.indexRoots();
  }

  /** A folder of the search path of which the end is known: below the folder of the file that adds it, or the nearest one above. */
  private addRoot({ uri, path }: AddedFolder): void {
    for (let base = this.folderOfFile(uri); base !== ""; base = folderOf(base)) {
      if (!this.folders.has(`${base}/${path}`)) continue;
      this.roots.add(`${base}/${path}`);
      return;
    }
  }

  /** Whether the folder of this path is a package with an `__init__`. */
  isPackage(folder: string): boolean {
    return this.packages.has(folder);
  }

  /** Whether some file lies in or below this folder. */
  isFolder(folder: string): boolean {
    return this.folders.has(folder);
  }

  /** The file or package folder at a path without suffix. */
  at(modulePath: string): FoundModule | undefined {
    const uri = this.byModulePath.get(modulePath);
    if (uri !== undefined) return { uri, path: modulePath };
    return this.folders.has(modulePath) ? { uri: `${modulePath}/`, path: modulePath } : undefined;
  }

  /** The folder that a package's submodules are in; undefined for a plain module. */
  packageFolder(uri: string): string | undefined {
    if (uri.endsWith("/")) return uri.slice(0, -1);
    const path = this.paths.get(uri);
    return path !== undefined && /\/__init__\.pyi?$/.test(path) ? folderOf(path) : undefined;
  }

  /** The dotted name from the nearest root above the file. */
  nameOf(uri: string): string {
    const path = uri.endsWith("/") ? uri.slice(0, -1) : this.paths.get(uri);
    if (path === undefined) return "";
    const module = path.replace(/\.pyi?$/, "").replace(/\/__init__$/, "");
    for (let root = folderOf(module); ; root = folderOf(root)) {
      if (this.roots.has(root) || !root) return module.slice(root.length + 1).replaceAll("/", ".");
    }
  }

  /** `from` is the file that imports: its own root wins over others that have a module of this name. */
  absolute(dotted: string, from: string | undefined): FoundModule | undefined {
    const dot = dotted.indexOf(".");
    const first = dot < 0 ? dotted : dotted.slice(0, dot);
    if (!first || this.external.has(first)) return undefined;
    const known = this.foundBy(from ?? "");
    let result = known.get(dotted);
    if (result === undefined && !known.has(dotted)) known.set(dotted, (result = this.search(dotted, first, this.folderOfFile(from))));
    return result;
  }

  private folderOfFile(uri: string | undefined): string {
    return uri === undefined ? "" : folderOf(this.paths.get(uri) ?? "");
  }

  /** Files of one folder share their results. */
  private foundBy(from: string): Map<string, FoundModule | undefined> {
    let known = this.foundFrom.get(from);
    if (!known) {
      const folder = this.folderOfFile(from);
      known = this.found.get(folder) ?? new Map();
      this.found.set(folder, known);
      this.foundFrom.set(from, known);
    }
    return known;
  }

  /** `from ..a.b` seen in `from`. */
  relative(module: string, level: number, from: string): FoundModule | undefined {
    const path = this.paths.get(from);
    if (path === undefined) return undefined;
    let folder = folderOf(path);
    for (let i = 1; i < level; i++) folder = folderOf(folder);
    return this.at(module ? `${folder}/${module.replaceAll(".", "/")}` : folder);
  }

  private search(dotted: string, first: string, fromFolder: string): FoundModule | undefined {
    const suffix = dotted.replaceAll(".", "/");
    // A script finds what lies next to it.
    if (fromFolder && !this.packages.has(fromFolder) && !this.roots.has(fromFolder)) {
      const uri = this.byModulePath.get(`${fromFolder}/${suffix}`);
      if (uri !== undefined) return { uri, path: `${fromFolder}/${suffix}` };
    }
    let best: FoundModule | undefined;
    let bestRank = -1;
    for (const root of this.rootsByFirst.get(first) ?? []) {
      const candidate = this.at(`${root}/${suffix}`);
      if (!candidate) continue;
      const isAbove = fromFolder === root || fromFolder.startsWith(`${root}/`);
      const depth = sharedDepth(root, fromFolder);
      if (!isAbove && secluded.test(root.slice(root.split("/").slice(0, depth).join("/").length))) continue;
      // A file beats a folder without `__init__`; then a root above the importing file, the nearest first; then the nearest other root.
      const rank = (candidate.uri.endsWith("/") ? 0 : 1_000_000) + (isAbove ? 10_000 : 0) + depth * 10 + (isAbove ? root.split("/").length : 0);
      if (rank > bestRank) {
        best = candidate;
        bestRank = rank;
      }
    }
    return best ?? this.beside(first, suffix, fromFolder);
  }

  /** Python 2 looked beside the importing file first: `import models`, `from forms import OrderForm` in the modules of an app. */
  private beside(first: string, suffix: string, fromFolder: string): FoundModule | undefined {
    const uri = APP_MODULE.test(first) ? this.byModulePath.get(`${fromFolder}/${suffix}`) : undefined;
    return uri === undefined ? undefined : { uri, path: `${fromFolder}/${suffix}` };
  }

  private indexRoots(): void {
    const add = (modulePath: string): void => {
      const root = folderOf(modulePath);
      if (!this.roots.has(root)) return;
      const first = modulePath.slice(root.length + 1);
      const known = this.rootsByFirst.get(first);
      if (!known) this.rootsByFirst.set(first, [root]);
      else if (!known.includes(root)) known.push(root);
    };
    for (const modulePath of this.byModulePath.keys()) add(modulePath);
    for (const folder of this.folders) add(folder);
    for (const roots of this.rootsByFirst.values()) roots.sort();
  }
}
