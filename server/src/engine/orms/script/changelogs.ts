import type { ProjectCore } from "../../project";
import { childrenOf, readChangelog, textIn, type ChangelogNode } from "./changelog-files";
import { changeSetsOf, type ChangeSetSql } from "./changelog-sql";

/** The change sets of a file. */
export interface Changelog {
  readonly path: string;
  readonly changeSets: readonly ChangeSetSql[];
}

interface ReadFile {
  readonly path: string;
  readonly root: ChangelogNode;
}

/** The files of the last link, by their paths: they are parsed once, and linked after each edit of another. */
let parsed: ReadonlyMap<string, { readonly text: string; readonly root: ChangelogNode }> = new Map();

/** The changelogs of Liquibase that a project has, in the order of their names, numbers by their size: `includeAll` goes by them, and who names each file counts them up. */
export function changelogsOf(core: ProjectCore): readonly Changelog[] {
  const before = parsed;
  const now = new Map<string, { readonly text: string; readonly root: ChangelogNode }>();
  const files: ReadFile[] = [];
  for (const [uri, text] of core.resources) {
    const path = core.path(uri);
    if (!/\.(?:xml|ya?ml|json)$/i.test(path)) continue;
    const known = before.get(path);
    const root = known?.text === text ? known.root : readChangelog(path, text);
    if (!root) continue;
    now.set(path, { text, root });
    files.push({ path, root });
  }
  parsed = now;
  const parameters = new Map(files.flatMap(({ root }) => parametersOf(root)).reverse());
  const isRun = runIn(files);
  const { compare } = new Intl.Collator("en", { numeric: true });
  return files.sort((a, b) => compare(a.path, b.path)).map(({ path, root }) => {
    const certain = isRun(path);
    return { path, changeSets: changeSetsOf(root).map(({ sql, isCertain }) => ({ sql: withParameters(sql, parameters), isCertain: isCertain && certain })) };
  });
}

/** `<property name="prefix" value="shop_"/>`: the first one counts, and in all files unless it says otherwise (docs.liquibase.com, *Changelog property substitution*). */
function parametersOf(root: ChangelogNode): readonly (readonly [string, string])[] {
  return childrenOf(root, "property").flatMap((each) => {
    const [name, value] = [textIn(each, "name"), textIn(each, "value")];
    return name === undefined || value === undefined ? [] : [[name, value] as const];
  });
}

function withParameters(sql: string, parameters: ReadonlyMap<string, string>): string {
  return sql.replace(/\$\{([^}]+)\}/g, (whole, name: string) => parameters.get(name.trim()) ?? whole);
}

/** Whether a file surely runs: it is the only one, it includes others, or another one includes it wherever that runs. */
function runIn(files: readonly ReadFile[]): (path: string) => boolean {
  const including = new Set<string>();
  const included: string[] = [];
  const folders: string[] = [];
  for (const { path, root } of files) {
    for (const [kind, target, paths] of [["include", "file", included], ["includeAll", "path", folders]] as const) {
      for (const each of childrenOf(root, kind)) {
        const to = textIn(each, target)?.replace(/^(?:classpath:)?(?:\.{0,2}\/)*/, "").replace(/\/$/, "");
        if (to === undefined) continue;
        including.add(path);
        if (!["context", "contextFilter", "labels"].some((name) => textIn(each, name) !== undefined)) paths.push(to.toLowerCase());
      }
    }
  }
  return (path) => {
    const lower = path.toLowerCase();
    return files.length === 1 || including.has(path) || included.some((each) => lower.endsWith(`/${each}`)) || folders.some((each) => lower.includes(`/${each}/`));
  };
}
