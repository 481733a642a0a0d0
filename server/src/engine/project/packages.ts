import { installedVersions, isLockFile, LOCK_FILES } from "./lock-files";
import type { Manifest, Manifests } from "./manifests";
import { pathOfUri } from "./modules";
import { folderOf, foldersAbove } from "./paths";

export type Version = readonly [number, number];

interface LockFile {
  readonly folder: string;
  readonly name: string;
  readonly text: string;
}

/** Which packages of npm the workspace needs, and in which versions. Lock files say what is installed, ranges what is allowed. */
export class Packages {
  private readonly locks = new Map<string, LockFile[]>();
  private readonly catalogs: readonly string[];
  private readonly known = new Map<string, Version | undefined>();
  private readonly required = new Map<string, boolean>();

  constructor(private readonly resources: ReadonlyMap<string, string>, readonly manifests: Manifests) {
    for (const [uri, text] of resources) {
      if (!isLockFile(uri)) continue;
      const path = pathOfUri(uri);
      const folder = folderOf(path);
      const lock = { folder, name: path.slice(folder.length + 1), text };
      this.locks.set(folder, [...(this.locks.get(folder) ?? []), lock].sort((a, b) => LOCK_FILES.indexOf(a.name) - LOCK_FILES.indexOf(b.name)));
    }
    this.catalogs = [...resources].filter(([uri]) => isCatalog(uri)).map(([, text]) => text);
  }

  /** Whether these resources say the same of packages. */
  holdsFor(resources: ReadonlyMap<string, string>): boolean {
    const tells = (uri: string): boolean => isLockFile(uri) || isCatalog(uri);
    for (const [uri, text] of resources) if (tells(uri) && this.resources.get(uri) !== text) return false;
    for (const uri of this.resources.keys()) if (tells(uri) && !resources.has(uri)) return false;
    return true;
  }

  /** The lowest version that a package of the workspace has of another one. */
  version(name: string): Version | undefined {
    return this.remember(`#${name}`, () => {
      const asking = this.manifests.all.filter((each) => each.dependencies.has(name));
      const versions = asking.length > 0 ? asking.map((each) => this.versionIn(each, name)) : this.installedAnywhere(name);
      return lowest(versions);
    });
  }

  /** The version that a file's own package has, or else the one around it. */
  versionFor(uri: string, name: string): Version | undefined {
    const manifest = this.manifests.above(folderOf(pathOfUri(uri))).find((each) => each.dependencies.has(name));
    return manifest ? this.remember(`${manifest.folder}#${name}`, () => this.versionIn(manifest, name)) : this.version(name);
  }

  /** Whether some `package.json` or lock file names it. */
  requires(name: string): boolean {
    let required = this.required.get(name);
    if (required === undefined) {
      required = this.manifests.all.some((each) => each.dependencies.has(name)) || this.installedAnywhere(name).length > 0;
      this.required.set(name, required);
    }
    return required;
  }

  private remember(key: string, find: () => Version | undefined): Version | undefined {
    if (!this.known.has(key)) this.known.set(key, find());
    return this.known.get(key);
  }

  private installedAnywhere(name: string): readonly Version[] {
    return [...this.locks.values()].flat().flatMap((lock) => installedVersions(lock, name, undefined, undefined)).flatMap((each) => {
      const version = versionOfText(each);
      return version ? [version] : [];
    });
  }

  private versionIn(manifest: Manifest, name: string): Version | undefined {
    const range = manifest.dependencies.get(name)!;
    if (range.startsWith("workspace:") || range.startsWith("file:") || range.startsWith("link:")) {
      const own = this.manifests.named(name)[0]?.version;
      if (own !== undefined) return versionOfText(own);
    }
    for (const folder of foldersAbove(manifest.folder)) {
      for (const lock of this.locks.get(folder) ?? []) {
        const found = lowest(installedVersions(lock, name, range, manifest.folder.slice(folder.length + 1)).map(versionOfText));
        if (found) return found;
      }
    }
    return versionOfText(range) ?? this.catalogVersion(name);
  }

  /** `catalog:` in a range stands for what `pnpm-workspace.yaml` says. */
  private catalogVersion(name: string): Version | undefined {
    const entry = new RegExp(String.raw`^\s+["']?${name.replace(/[^A-Za-z0-9]/g, "\\$&")}["']?:\s*(.+)$`, "m");
    for (const text of this.catalogs) {
      const found = entry.exec(text)?.[1];
      if (found !== undefined) return versionOfText(found);
    }
    return undefined;
  }
}

function isCatalog(uri: string): boolean {
  return /\/pnpm-workspace\.ya?ml$/.test(uri);
}

/** `5.2.1`, `^5.2.0`, `>=4.1 <6`, `npm:x@5.2.1`, `5.x`: the lowest that it allows. */
export function versionOfText(text: string): Version | undefined {
  const match = /(?:^|[\s^~>=v@"'|])(\d+)(?:\.(\d+))?/.exec(text);
  return match ? [Number(match[1]), Number(match[2] ?? 0)] : undefined;
}

function lowest(versions: readonly (Version | undefined)[]): Version | undefined {
  return versions.filter((each) => each !== undefined).sort((a, b) => a[0] - b[0] || a[1] - b[1])[0];
}
