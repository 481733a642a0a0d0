import { isObject, parseJson, textOf, type JsonObject } from "./json-with-comments";
import { folderOf, foldersAbove } from "./paths";
import { pathOfUri } from "./modules";

/** One `package.json`. */
export interface Manifest {
  readonly folder: string;
  readonly name?: string;
  readonly version?: string;
  /** Ranges by package, those for development and of peers included. */
  readonly dependencies: ReadonlyMap<string, string>;
  readonly exports?: unknown;
  readonly imports?: JsonObject;
  /** What it says its code is in, the nearest to the sources first. */
  readonly mains: readonly string[];
  /** Commands by file. */
  readonly bin: readonly string[];
  /** Command lines by name. */
  readonly scripts: ReadonlyMap<string, string>;
}

const DEPENDENCIES = ["dependencies", "devDependencies", "peerDependencies", "optionalDependencies"];
const MAINS = ["source", "types", "typings", "svelte", "module", "main"];

/** The packages of a workspace, by folder and by name. */
export class Manifests {
  readonly all: readonly Manifest[];
  private readonly byFolder: ReadonlyMap<string, Manifest>;
  private readonly byDepth = new Map<string, readonly Manifest[]>();
  private readonly byName = new Map<string, Manifest[]>();

  constructor(resources: ReadonlyMap<string, string>) {
    const found: Manifest[] = [];
    for (const [uri, text] of resources) if (uri.endsWith("/package.json")) found.push(readManifest(folderOf(pathOfUri(uri)), text));
    this.all = found.sort((a, b) => (a.folder < b.folder ? -1 : 1));
    this.byFolder = new Map(this.all.map((each) => [each.folder, each]));
    for (const each of this.all) {
      if (each.name === undefined) continue;
      const same = this.byName.get(each.name);
      if (same) same.push(each);
      else this.byName.set(each.name, [each]);
    }
  }

  /** The packages that a file of this folder belongs to, the nearest first. */
  above(folder: string): readonly Manifest[] {
    let known = this.byDepth.get(folder);
    if (!known) this.byDepth.set(folder, (known = [...foldersAbove(folder)].flatMap((each) => this.byFolder.get(each) ?? [])));
    return known;
  }

  in(folder: string): Manifest | undefined {
    return this.byFolder.get(folder);
  }

  named(name: string): readonly Manifest[] {
    return this.byName.get(name) ?? [];
  }
}

function readManifest(folder: string, text: string): Manifest {
  const json = parseJson(text);
  if (!isObject(json)) return { folder, dependencies: new Map(), mains: [], bin: [], scripts: new Map() };
  const bin = textOf(json.bin);
  return {
    folder,
    name: textOf(json.name),
    version: textOf(json.version),
    dependencies: new Map(DEPENDENCIES.flatMap((key) => textEntries(json[key])).reverse()),
    exports: json.exports,
    imports: isObject(json.imports) ? json.imports : undefined,
    mains: MAINS.flatMap((key) => textOf(json[key]) ?? []),
    bin: bin !== undefined ? [bin] : textEntries(json.bin).map(([, file]) => file),
    scripts: new Map(textEntries(json.scripts)),
  };
}

function textEntries(value: unknown): readonly (readonly [string, string])[] {
  return isObject(value) ? Object.entries(value).flatMap(([key, each]) => (typeof each === "string" ? [[key, each] as const] : [])) : [];
}

/** `@shop/db/client` is the package `@shop/db` and what comes after it, `client`. */
export function splitSpecifier(specifier: string): { readonly name: string; readonly rest: string } {
  const match = /^(@[^/]+\/[^/]+|[^/]+)(?:\/(.*))?$/.exec(specifier);
  return { name: match?.[1] ?? specifier, rest: match?.[2] ?? "" };
}
