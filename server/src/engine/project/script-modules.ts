import { CompilerOptions, matchPattern } from "./compiler-options";
import { isObject } from "./json-with-comments";
import { Manifests, splitSpecifier, type Manifest } from "./manifests";
import { pathOfUri, sharedDepth } from "./modules";
import { folderOf, foldersAbove, joinPath } from "./paths";

/** What a module specifier leads to: a file of the workspace, something outside of it by name, or (undefined) no code. */
export type ScriptModule = { readonly uri: string } | { readonly external: string } | undefined;

/** In the order in which they are tried for a name without one. */
const EXTENSIONS = [".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".vue", ".svelte", ".d.ts", ".d.mts", ".d.cts"];
/** The sources behind the name of what they are compiled to. */
const SOURCES: Readonly<Record<string, readonly string[]>> = { ".js": [".ts", ".tsx", ".d.ts", ".jsx"], ".jsx": [".tsx"], ".mjs": [".mts", ".d.mts"], ".cjs": [".cts", ".d.cts"] };
/** Imports of these bring in no code. */
const NO_CODE = /\.(json5?|css|s[ac]ss|less|styl|svg|png|jpe?g|gif|webp|avif|ico|mdx?|txt|ya?ml|graphqls?|gql|sql|html|wasm|node|woff2?|ttf|csv|mp[34]|pdf)$/i;
/** Folders that compilers write to. */
const OUTPUT = /^(dist|build|lib|out|output|esm|cjs|es|types|dist-types|\.output)$/;
/** Names of a project's own folder, as bundlers and frameworks are told them without a `tsconfig.json`. */
const ALIAS = /^(?:@|~|@@|~~|#)\/(.+)$/;

/** Conditions of `exports`, those that lead to sources first. */
const CONDITIONS = ["source", "development", "types", "svelte", "import", "module", "node", "require", "default"];

/** Whether a path is that of a script: TypeScript, JavaScript, and what has scripts in it. */
export function isScriptPath(path: string): boolean {
  return /\.([cm]?[jt]s|[jt]sx|vue|svelte)$/i.test(path);
}

/** A path without the suffix that imports leave out. */
export function withoutScriptSuffix(path: string): string {
  return path.replace(/(\.d)?\.([cm]?[jt]s|[jt]sx|vue|svelte)$/i, "");
}

/** Whether a text says where modules are: what `ScriptModules` is made of besides the paths of files. */
export function tellsModules(uri: string): boolean {
  return /\/(package|[tj]sconfig[^/]*)\.json$/i.test(uri) || /\/[^/]*(tsconfig|typescript-config|ts-config)[^/]*\/[^/]+\.json$/i.test(uri);
}

/** Which file a module specifier of TypeScript or JavaScript means. Knows paths and configuration files only. */
export class ScriptModules {
  readonly manifests: Manifests;
  private readonly options: CompilerOptions;
  private readonly uriOf = new Map<string, string>();
  /** Those that have scripts in or below them. */
  private readonly folders = new Set<string>();
  private readonly pathOf = new Map<string, string>();
  /** Results by the folder of the importing file, then by specifier. */
  private readonly found = new Map<string, Map<string, ScriptModule>>();

  /** `uris` are those of scripts, `resources` those that tell modules; `external` are packages never looked for in the workspace. */
  constructor(uris: readonly string[], readonly resources: ReadonlyMap<string, string>, private readonly external: ReadonlySet<string>) {
    for (const uri of uris) {
      const path = pathOfUri(uri);
      this.uriOf.set(path, uri);
      for (let folder = folderOf(path); folder && !this.folders.has(folder); folder = folderOf(folder)) this.folders.add(folder);
      this.pathOf.set(uri, path);
    }
    this.manifests = new Manifests(resources);
    this.options = new CompilerOptions(new Map([...resources].map(([uri, text]) => [pathOfUri(uri), text])), this.manifests);
  }

  /** What `specifier` means in the file `from`. A path that leads to no file is external under that path: `/shop/src/generated/prisma`. */
  resolve(specifier: string, from: string): ScriptModule {
    const folder = folderOf(this.pathOf.get(from) ?? pathOfUri(from));
    let known = this.found.get(folder);
    if (!known) this.found.set(folder, (known = new Map()));
    if (!known.has(specifier)) known.set(specifier, this.search(specifier.replace(/\?.*$/, ""), folder));
    return known.get(specifier);
  }

  /** The file of the workspace that `specifier` means in the file `from`, if it is one. */
  fileFor(specifier: string, from: string): string | undefined {
    const found = this.resolve(specifier, from);
    return found && "uri" in found ? found.uri : undefined;
  }

  /** The path of a file below the nearest package, without suffix. */
  nameOf(uri: string): string {
    const path = this.pathOf.get(uri) ?? pathOfUri(uri);
    const base = this.manifests.above(folderOf(path))[0]?.folder ?? "";
    return withoutScriptSuffix(path.slice(base.length + 1)).replace(/\/index$/, "");
  }

  private search(specifier: string, folder: string): ScriptModule {
    if (NO_CODE.test(specifier)) return undefined;
    if (/^\.{0,2}\/|^\.{1,2}$/.test(specifier)) return this.atPath(joinPath(folder, specifier));
    if (/^[a-z]+:/.test(specifier)) return { external: specifier };
    const { name, rest } = splitSpecifier(specifier);
    const mapped = this.byOptions(specifier, folder);
    if (mapped && "uri" in mapped) return mapped;
    if (specifier.startsWith("#")) {
      const imported = this.byImports(specifier, folder);
      if (imported) return imported;
    }
    if (this.external.has(name)) return mapped ?? { external: specifier };
    for (const manifest of this.packagesNamed(name, folder)) {
      const found = this.inPackage(manifest, rest);
      if (found) return found;
    }
    return mapped ?? this.byConvention(specifier, folder) ?? { external: specifier };
  }

  private atPath(path: string): ScriptModule {
    return this.file(path) ?? { external: withoutScriptSuffix(path).replace(/\/index$/, "") };
  }

  /** The file at a path as imports write it: with its suffix, that of what it is compiled to, none, or a folder with an index. */
  private file(given: string): { readonly uri: string } | undefined {
    const path = given.replace(/\/+$/, "");
    const found = (each: string): string | undefined => this.uriOf.get(each);
    const suffix = /\.[cm]?jsx?$/.exec(path)?.[0];
    if (suffix !== undefined) {
      const base = path.slice(0, -suffix.length);
      // A compiled file beside its source is the source's.
      for (const each of SOURCES[suffix] ?? []) if (found(base + each) !== undefined) return { uri: found(base + each)! };
    }
    if (found(path) !== undefined) return { uri: found(path)! };
    for (const each of EXTENSIONS) if (found(path + each) !== undefined) return { uri: found(path + each)! };
    const nested = this.manifests.in(path);
    if (nested) for (const main of nested.mains) {
      const target = main === "." || main === "./" ? undefined : this.inOutput(nested, main);
      if (target) return target;
    }
    for (const each of EXTENSIONS) if (found(`${path}/index${each}`) !== undefined) return { uri: found(`${path}/index${each}`)! };
    return undefined;
  }

  /** `paths` and `baseUrl` of the configurations above; where `paths` name a file that is not there, its path. */
  private byOptions(specifier: string, folder: string): ScriptModule {
    let missing: ScriptModule;
    for (const { paths, base } of this.options.for(folder)) {
      for (const { pattern, targets } of paths) {
        const star = matchPattern(pattern, specifier);
        if (star === undefined) continue;
        const candidates = targets.map((each) => each.replace("*", star));
        for (const each of candidates) {
          const found = this.file(each);
          if (found) return found;
        }
        if (pattern !== "*" && candidates.length > 0 && !candidates[0].includes("/node_modules/")) missing ??= { external: withoutScriptSuffix(candidates[0]) };
      }
      if (base === undefined) continue;
      const path = joinPath(base, specifier);
      const found = this.file(path);
      if (found) return found;
      // `src/generated/prisma`: below a folder of the project's own.
      if (specifier.includes("/") && this.folders.has(`${base === "/" ? "" : base}/${specifier.split("/", 1)[0]}`)) missing ??= { external: withoutScriptSuffix(path).replace(/\/index$/, "") };
    }
    return missing;
  }

  /** `#db` of the `imports` of the nearest package. */
  private byImports(specifier: string, folder: string): ScriptModule {
    const manifest = this.manifests.above(folder)[0];
    if (!manifest?.imports) return undefined;
    for (const target of targetsOf(manifest.imports, specifier)) {
      if (!target.startsWith(".")) return this.search(target, manifest.folder);
      const found = this.inOutput(manifest, target);
      if (found) return found;
    }
    return undefined;
  }

  private packagesNamed(name: string, folder: string): readonly Manifest[] {
    return [...this.manifests.named(name)].sort((a, b) => sharedDepth(b.folder, folder) - sharedDepth(a.folder, folder));
  }

  private inPackage(manifest: Manifest, rest: string): ScriptModule {
    const { folder } = manifest;
    const exported = isObject(manifest.exports) || typeof manifest.exports === "string" ? targetsOf(exportsMap(manifest.exports), rest ? `./${rest}` : ".") : [];
    const named = [...exported, ...(rest ? [rest] : manifest.mains)];
    for (const each of named) {
      const found = this.inOutput(manifest, each);
      if (found) return found;
    }
    const usual = rest ? [`src/${rest}`, `lib/${rest}`] : ["src/index", "index", "src/main", "lib/index", "src"];
    for (const each of usual) {
      const found = this.file(`${folder}/${each}`);
      if (found) return found;
    }
    return rest ? { external: `${folder}/${withoutScriptSuffix(rest)}` } : undefined;
  }

  /** A file that a package names: itself, or what it is compiled from (`dist/client.js` is `src/client.ts`). */
  private inOutput({ folder }: Manifest, target: string): { readonly uri: string } | undefined {
    const direct = this.file(joinPath(folder, target));
    if (direct) return direct;
    const segments = target.replace(/^\.?\//, "").split("/");
    while (segments.length > 1 && OUTPUT.test(segments[0])) {
      segments.shift();
      const rest = withoutScriptSuffix(segments.join("/"));
      for (const each of [`src/${rest}`, rest, `lib/${rest}`, `source/${rest}`]) {
        const found = this.file(`${folder}/${each}`);
        if (found) return found;
      }
    }
    return undefined;
  }

  /** `@/db`, `~/db`, `$lib/db` and `src/db` where no configuration says what they are: the one file that fits. */
  private byConvention(specifier: string, folder: string): ScriptModule {
    const alias = ALIAS.exec(specifier)?.[1] ?? (specifier.startsWith("$lib/") ? `lib/${specifier.slice(5)}` : undefined);
    const isOwnFolder = /^(src|app|server)\//.test(specifier);
    if (alias === undefined && !isOwnFolder) return undefined;
    const found = new Set<string>();
    for (const each of foldersAbove(folder)) {
      for (const inside of alias === undefined ? [specifier] : [alias, `src/${alias}`, `app/${alias}`]) {
        const file = this.file(`${each}/${inside}`);
        if (file) found.add(file.uri);
      }
    }
    return found.size === 1 ? { uri: [...found][0] } : undefined;
  }
}

/** `exports` by subpath: a text, conditions and a list are those of the package itself. */
function exportsMap(exports: unknown): Readonly<Record<string, unknown>> {
  return isObject(exports) && Object.keys(exports).some((key) => key.startsWith(".")) ? exports : { ".": exports };
}

/** What a map of `exports` or `imports` names for a key, the sources first. */
function targetsOf(map: Readonly<Record<string, unknown>>, key: string): readonly string[] {
  const exact = map[key];
  if (exact !== undefined) return leaves(exact);
  const fitting = Object.keys(map).filter((pattern) => pattern.includes("*") && matchPattern(pattern, key) !== undefined);
  const best = fitting.sort((a, b) => b.indexOf("*") - a.indexOf("*") || b.length - a.length)[0];
  return best === undefined ? [] : leaves(map[best]).map((each) => each.replaceAll("*", matchPattern(best, key)!));
}

function leaves(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap(leaves);
  if (!isObject(value)) return [];
  const order = (condition: string): number => (CONDITIONS.includes(condition) ? CONDITIONS.indexOf(condition) : condition.endsWith("source") ? 0 : 3);
  return Object.keys(value).sort((a, b) => order(a) - order(b)).flatMap((condition) => leaves(value[condition]));
}
