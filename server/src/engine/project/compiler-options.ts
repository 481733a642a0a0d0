import { isObject, parseJson, textOf, type JsonObject } from "./json-with-comments";
import { splitSpecifier, type Manifests } from "./manifests";
import { folderOf, foldersAbove, joinPath } from "./paths";

/** What one `tsconfig.json` says of module names, with all that it extends. */
export interface ModuleOptions {
  /** `@/*` with the paths that it stands for, `*` in them; the most specific pattern first. */
  readonly paths: readonly { readonly pattern: string; readonly targets: readonly string[] }[];
  /** The folder that plain names are looked for in. */
  readonly base?: string;
}

interface Raw {
  readonly base?: string;
  readonly paths?: { readonly from: string; readonly patterns: JsonObject };
  readonly references: readonly string[];
}

/** Configurations that extend each other further than this do it in a circle. */
const MOST_EXTENDED = 12;

/** The `tsconfig.json` and `jsconfig.json` files of a workspace. */
export class CompilerOptions {
  private readonly byFolder = new Map<string, readonly ModuleOptions[]>();

  /** `texts` by path. */
  constructor(private readonly texts: ReadonlyMap<string, string>, private readonly manifests: Manifests) {}

  /** Those that speak of files in this folder, the nearest first. */
  for(folder: string): readonly ModuleOptions[] {
    let known = this.byFolder.get(folder);
    if (!known) {
      known = [...foldersAbove(folder)].flatMap((each) => this.in(each));
      this.byFolder.set(folder, known);
    }
    return known;
  }

  /** What the configurations of one folder say; one that only refers to others (`tsconfig.app.json`) speaks with their words. */
  private in(folder: string): readonly ModuleOptions[] {
    const named = ["tsconfig.json", "jsconfig.json"].map((name) => `${folder}/${name}`).filter((path) => this.texts.has(path));
    const configs = named.length > 0 ? named : [`${folder}/tsconfig.base.json`].filter((path) => this.texts.has(path));
    const found: ModuleOptions[] = [];
    for (const path of configs) {
      const raw = this.read(path, folder, 0);
      found.push(optionsOf(raw));
      for (const reference of raw.references) {
        const target = joinPath(folder, reference.endsWith(".json") ? reference : `${reference}/tsconfig.json`);
        if (folderOf(target) === folder && target !== path && this.texts.has(target)) found.push(optionsOf(this.read(target, folder, 0)));
      }
    }
    return found.filter((each) => each.paths.length > 0 || each.base !== undefined);
  }

  private read(path: string, configFolder: string, depth: number): Raw {
    const json = parseJson(this.texts.get(path) ?? "");
    if (!isObject(json) || depth > MOST_EXTENDED) return { references: [] };
    const folder = folderOf(path);
    const extended = Array.isArray(json.extends) ? json.extends : [json.extends];
    let result: Raw = { references: [] };
    for (const each of extended) {
      const target = typeof each === "string" ? this.extendedFile(folder, each) : undefined;
      if (target !== undefined && target !== path) result = { ...result, ...defined(this.read(target, configFolder, depth + 1)) };
    }
    const options = isObject(json.compilerOptions) ? json.compilerOptions : {};
    const expand = (text: string): string => text.replace("${configDir}", configFolder);
    const base = textOf(options.baseUrl);
    const references = Array.isArray(json.references) ? json.references.flatMap((each) => (isObject(each) ? (textOf(each.path) ?? []) : [])) : [];
    return {
      ...result,
      ...(base !== undefined && { base: joinPath(folder, expand(base)) }),
      ...(isObject(options.paths) && { paths: { from: folder, patterns: mapTexts(options.paths, expand) } }),
      references,
    };
  }

  /** The file that `extends` names: a path, or a file of a package of the workspace (`@shop/tsconfig/base.json`). */
  private extendedFile(folder: string, name: string): string | undefined {
    const candidates = (base: string): readonly string[] => [base, `${base}.json`, `${base}/tsconfig.json`];
    if (name.startsWith(".") || name.startsWith("/")) return candidates(joinPath(folder, name)).find((each) => this.texts.has(each));
    const { name: packageName, rest } = splitSpecifier(name);
    return this.manifests.named(packageName).flatMap((each) => candidates(rest ? `${each.folder}/${rest}` : each.folder)).find((each) => this.texts.has(each));
  }
}

function defined({ base, paths }: Raw): Partial<Raw> {
  return { ...(base !== undefined && { base }), ...(paths && { paths }) };
}

function mapTexts(patterns: JsonObject, change: (text: string) => string): JsonObject {
  return Object.fromEntries(Object.entries(patterns).map(([key, targets]) => [key, Array.isArray(targets) ? targets.map((each) => (typeof each === "string" ? change(each) : each)) : targets]));
}

/** TypeScript takes targets from `baseUrl`, without one from the folder of the file that has `paths` (*Modules: path mapping*). */
function optionsOf({ base, paths }: Raw): ModuleOptions {
  const from = base ?? paths?.from ?? "";
  const all = Object.entries(paths?.patterns ?? {}).map(([pattern, targets]) => ({
    pattern,
    targets: Array.isArray(targets) ? targets.flatMap((each) => (typeof each === "string" ? [joinPath(from, each)] : [])) : [],
  }));
  const specificity = (pattern: string): number => (pattern.includes("*") ? pattern.indexOf("*") : Infinity);
  return { paths: all.sort((a, b) => specificity(b.pattern) - specificity(a.pattern) || (a.pattern < b.pattern ? -1 : 1)), base };
}

/** What `*` of a pattern stands for in a name; "" for a pattern without one, undefined where it does not fit. */
export function matchPattern(pattern: string, name: string): string | undefined {
  const star = pattern.indexOf("*");
  if (star < 0) return pattern === name ? "" : undefined;
  const before = pattern.slice(0, star);
  const after = pattern.slice(star + 1);
  return name.length >= before.length + after.length && name.startsWith(before) && name.endsWith(after) ? name.slice(before.length, name.length - after.length) : undefined;
}
