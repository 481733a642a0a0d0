/** The lock files of npm, pnpm, Yarn and Bun, in the order in which they are believed where several lie in one folder. */
export const LOCK_FILES: readonly string[] = ["pnpm-lock.yaml", "yarn.lock", "package-lock.json", "npm-shrinkwrap.json", "bun.lock"];

export function isLockFile(uri: string): boolean {
  return LOCK_FILES.includes(uri.slice(uri.lastIndexOf("/") + 1));
}

/**
 * The versions of a package that a lock file has: the one that the package in `folder` (below the lock file's own) uses for `range`, or else all of them.
 * Searched as text, because lock files are long and asked for few names.
 */
export function installedVersions({ name: file, text }: { readonly name: string; readonly text: string }, name: string, range: string | undefined, folder: string | undefined): readonly string[] {
  if (!text.includes(name)) return [];
  switch (file) {
    case "package-lock.json":
    case "npm-shrinkwrap.json": return inPackageLock(text, name, folder);
    case "pnpm-lock.yaml": return inPnpmLock(text, name, folder);
    case "yarn.lock": return inYarnLock(text, name, range);
    default: return matches(text, new RegExp(String.raw`^\s*"${escaped(name)}":\s*\["${escaped(name)}@([^"]+)"`, "gm"));
  }
}

function inPackageLock(text: string, name: string, folder: string | undefined): readonly string[] {
  const at = (path: string): readonly string[] => matches(text, new RegExp(String.raw`"${escaped(path)}":\s*\{\s*(?:"name":[^\n]*\n\s*)?"version":\s*"([^"]+)"`, "g"));
  const own = folder ? at(`${folder}/node_modules/${name}`) : [];
  if (own.length > 0) return own;
  const shared = at(`node_modules/${name}`);
  // Version 1 of the format has the name alone.
  return shared.length > 0 ? shared : at(name);
}

function inPnpmLock(text: string, name: string, folder: string | undefined): readonly string[] {
  const entry = String.raw`^( +)['"]?${escaped(name)}['"]?:(?: *['"]?(\d[^\s'"(]*)| *\n(?:\1 +specifier:[^\n]*\n)?\1 +version: *['"]?(\d[^\s'"(]*))`;
  const importer = folder === undefined ? undefined : new RegExp(String.raw`^  ['"]?${escaped(folder || ".")}['"]?:\n((?:    [^\n]*\n|\n)+)`, "m").exec(text)?.[1];
  const own = importer === undefined ? [] : matches(importer, new RegExp(entry, "gm"));
  if (own.length > 0) return own;
  const before = /^(?:packages|snapshots):/m.exec(text)?.index;
  const shared = matches(before === undefined ? text : text.slice(0, before), new RegExp(entry, "gm"));
  return shared.length > 0 ? shared : matches(text, new RegExp(String.raw`^  ['"]?/?${escaped(name)}[@/](\d[^\s'":(_]*)`, "gm"));
}

function inYarnLock(text: string, name: string, range: string | undefined): readonly string[] {
  const found: string[] = [];
  const entry = new RegExp(String.raw`^("?(?:[^\n]*, ?"?)?${escaped(name)}@[^\n]*):\n\s+version:? "?([^"\n]+)"?`, "gm");
  for (const [, heads, version] of text.matchAll(entry)) {
    const specifiers = heads.replaceAll('"', "").split(/,\s*/).filter((each) => each.startsWith(`${name}@`)).map((each) => each.slice(name.length + 1));
    if (specifiers.length === 0) continue;
    if (range !== undefined && specifiers.some((each) => each === range || each === `npm:${range}`)) return [version];
    found.push(version);
  }
  return found;
}

function matches(text: string, pattern: RegExp): readonly string[] {
  return [...text.matchAll(pattern)].map((match) => match.slice(1).findLast((group) => group !== undefined && /^\d/.test(group)) ?? "").filter(Boolean);
}

function escaped(text: string): string {
  return text.replace(/[^A-Za-z0-9]/g, "\\$&");
}
