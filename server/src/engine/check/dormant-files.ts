import type { FileFacts } from "../facts";
import { pathOfUri } from "../project";
import { isReportedRole, type FileRole } from "./file-role";

/** Whether a file says something only to those that import it: tests and migrations, as long as nobody asks for their findings. Settings speak for themselves. */
export function maySleep(uri: string, role: FileRole): boolean {
  const name = pathOfUri(uri).split("/").slice(-2).join("/");
  return !isReportedRole(role) && !/settings|conf(?!test)/i.test(name);
}

/** Files that are known by name and read only when a file that counts imports them. */
export class DormantFiles {
  private readonly byName = new Map<string, Set<string>>();
  /** Files whose imports were followed since the last file fell asleep. */
  private followed = new WeakSet<FileFacts>();

  get size(): number {
    return this.byName.size;
  }

  add(uri: string): void {
    const name = lastSegment(uri);
    const known = this.byName.get(name);
    if (known) known.add(uri);
    else this.byName.set(name, new Set([uri]));
    this.followed = new WeakSet();
  }

  delete(uri: string): void {
    const name = lastSegment(uri);
    const known = this.byName.get(name);
    known?.delete(uri);
    if (known?.size === 0) this.byName.delete(name);
  }

  all(): readonly string[] {
    return [...this.byName.values()].flatMap((uris) => [...uris]);
  }

  /** Those that these files import, directly. Goes by the last two names of a module: waking one too many costs nothing but time. */
  importedBy(files: Iterable<FileFacts>): readonly string[] {
    const woken = new Set<string>();
    for (const facts of files) {
      if (this.followed.has(facts)) continue;
      this.followed.add(facts);
      for (const { module, name, level } of facts.declares.imports) {
        const base = module === "" ? [] : module.split(".");
        for (const path of name === undefined || name === "*" ? [base] : [base, [...base, name]]) this.match(path, level, facts.uri, woken);
      }
    }
    return [...woken];
  }

  private match(path: readonly string[], level: number, importer: string, woken: Set<string>): void {
    const last = path.at(-1);
    if (last === undefined) return;
    const parent = path.at(-2) ?? (level > 0 ? folderOf(importer, level) : undefined);
    for (const uri of this.byName.get(last) ?? []) if (parent === undefined || folderOf(uri, uri.includes("/__init__.py") ? 2 : 1) === parent) woken.add(uri);
  }
}

/** The module's own name: of a package's `__init__.py` the package's. */
function lastSegment(uri: string): string {
  const segments = pathOfUri(uri).split("/");
  const file = segments.pop()!.replace(/\.pyi?$/i, "");
  return file === "__init__" ? (segments.at(-1) ?? "") : file;
}

/** The name of the folder so many levels up. */
function folderOf(uri: string, levels: number): string | undefined {
  return pathOfUri(uri).split("/").at(-1 - levels);
}
