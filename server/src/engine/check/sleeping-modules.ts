import type { FileFacts } from "../facts";
import { pathOfUri, withoutScriptSuffix } from "../project";

/** Files that are known by name until something imports them. */
export class SleepingModules {
  private readonly byName = new Map<string, Set<string>>();
  /** Files whose imports were followed since the last file fell asleep. */
  private followed = new WeakSet<FileFacts>();

  /** Knows what another one knows. */
  takeOver({ byName }: SleepingModules): void {
    for (const [name, uris] of byName) this.byName.set(name, new Set(uris));
  }

  get size(): number {
    return this.byName.size;
  }

  all(): readonly string[] {
    return [...this.byName.values()].flatMap((uris) => [...uris]);
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

  /** Those that these files import, directly. `resolve` says which file a script's specifier means; what Python imports goes by the last two names: waking one too many costs nothing but time. */
  importedBy(files: Iterable<FileFacts>, resolve: (specifier: string, importer: string) => string | undefined): readonly string[] {
    const woken = new Set<string>();
    for (const facts of files) {
      if (this.followed.has(facts)) continue;
      this.followed.add(facts);
      if (facts.language === "typescript") {
        for (const { module } of facts.declares.imports) {
          const uri = resolve(module, facts.uri);
          if (uri !== undefined && this.byName.get(lastSegment(uri))?.has(uri)) woken.add(uri);
        }
        continue;
      }
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
    for (const uri of this.byName.get(last) ?? []) if (parent === undefined || folderOf(uri, isFolderFile(uri) ? 2 : 1) === parent) woken.add(uri);
  }
}

/** The module's own name: of a package's `__init__.py` and a folder's `index.ts` the folder's. */
function lastSegment(uri: string): string {
  const segments = pathOfUri(uri).split("/");
  const file = withoutScriptSuffix(segments.pop()!.replace(/\.pyi?$/i, ""));
  return isFolderFile(uri) ? (segments.at(-1) ?? "") : file;
}

/** Whether importers name the folder that a file is in. */
function isFolderFile(uri: string): boolean {
  return /\/(__init__\.pyi?|index(\.d)?\.([cm]?[jt]s|[jt]sx))$/i.test(uri);
}

/** The name of the folder so many levels up. */
function folderOf(uri: string, levels: number): string | undefined {
  return pathOfUri(uri).split("/").at(-1 - levels);
}
