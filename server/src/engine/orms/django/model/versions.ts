/** The files among the resources that name packages; a Dockerfile or a compose file has words that look like some. */
export function requirementFiles(resources: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map([...resources].filter(([uri]) => /\.(toml|lock|cfg|txt|in)$|\/Pipfile$|\/setup\.py$/i.test(`/${uri}`) && !/\/((fly|railway)\.toml|(yarn|bun)\.lock)$/i.test(uri)));
}

/** How much a kind of file is to be believed: a lock file names what is installed, the others what is allowed. */
function rankOf(path: string): number {
  if (/\/(poetry\.lock|uv\.lock|pdm\.lock|Pipfile\.lock)$/i.test(path)) return 3;
  if (/\/requirements[^/]*\.txt$|\/requirements\/[^/]*\.txt$|constraints[^/]*\.txt$/i.test(path)) return 2;
  return 1;
}

/** Package names compare without case, and with `-`, `_` and `.` alike (PEP 503). */
function pattern(packageName: string): string {
  return packageName.split(/[-_.]+/).map((part) => part.replace(/[^A-Za-z0-9]/g, "\\$&")).join("[-_.]+");
}

/** `# …` at the start of a line or after a space; every format read here knows it, but JSON, which has none. */
function withoutComments(text: string): string {
  return text.replace(/(^|\s)#.*$/gm, "$1");
}

/** Every version of a package that one file pins or bounds from below. */
function versionsIn(text: string, packageName: string): readonly (readonly [number, number])[] {
  const name = pattern(packageName);
  text = withoutComments(text);
  const versions: [number, number][] = [];
  const add = (match: RegExpMatchArray): void => {
    versions.push([Number(match[1]), Number(match[2] ?? 0)]);
  };
  const number = String.raw`v?(\d+)(?:\.(\d+))?`;
  // `Django==4.2.1`, `"django[argon2]>=4.2,<5"`, `django ~= 4.2`; an upper bound may come first: `django<5,>=4.2`.
  for (const match of text.matchAll(new RegExp(String.raw`(?:^|["'\s,\[])${name}(?:\[[^\]\n]*\])?\s*\(?\s*(?:[<!]=?\s*[\d.*]+\s*,\s*)*(?:===?|>=?|~=)\s*${number}`, "gim"))) add(match);
  // TOML: `django = "^4.2"`, `django = { version = "4.2", extras = … }`; Pipfile alike.
  for (const match of text.matchAll(new RegExp(String.raw`^\s*["']?${name}["']?\s*=\s*(?:\{[^}\n]*?version\s*=\s*)?["'](?:[<!]=?\s*[\d.*]+\s*,\s*)*(?:\^|~=?|===?|>=?)?\s*${number}`, "gim"))) add(match);
  // poetry.lock, uv.lock, pdm.lock: `name = "django"` followed by `version = "4.2.1"`.
  for (const match of text.matchAll(new RegExp(String.raw`^name\s*=\s*["']${name}["']\s*\r?\nversion\s*=\s*["']${number}`, "gim"))) add(match);
  // Pipfile.lock: `"django": { … "version": "==4.2.1" }`.
  for (const match of text.matchAll(new RegExp(String.raw`"${name}"\s*:\s*\{[^{}]*"version"\s*:\s*"[=~<>]*${number}`, "gi"))) add(match);
  return versions;
}

/** Whether some requirement or lock file names the package at all. */
export function requiresPackage(resources: ReadonlyMap<string, string>, packageName: string): boolean {
  const named = new RegExp(String.raw`(?:^|["'\s,\[=])${pattern(packageName)}(?:\[[^\]\n]*\])?\s*(?:$|["'\s,;=<>~!\]:(])`, "im");
  for (const [, text] of resources) if (named.test(withoutComments(text))) return true;
  return false;
}

/** The lowest version that the files with the most to say (lock files, then requirements, then metadata) imply. */
export function packageVersion(resources: ReadonlyMap<string, string>, packageName: string): readonly [number, number] | undefined {
  let best: readonly [number, number] | undefined;
  let bestRank = 0;
  for (const [uri, text] of resources) {
    const rank = rankOf(`/${uri}`);
    if (rank < bestRank) continue;
    for (const version of versionsIn(text, packageName)) {
      if (rank > bestRank || !best || version[0] < best[0] || (version[0] === best[0] && version[1] < best[1])) {
        best = version;
        bestRank = rank;
      }
    }
  }
  return best;
}
