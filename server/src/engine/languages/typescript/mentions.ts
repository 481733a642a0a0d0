import type { FileMentions, Mention } from "../../facts";

/** `import a, { b as c } from "x"`, `export * from "x"`. */
const CLAUSE = /\b(import|export)\s+(?:type\s+)?((?:[\w$]+\s*,\s*)?(?:\{[^}]*\}|\*(?:\s*as\s+[\w$]+)?|[\w$]+))\s*from\s*(["'])([^"'\n]+)\3/g;
/** A text that may be the path of a module: it has a slash in it, the suffix of a script, or is nothing but dots. */
const PATH = /(["'`])((?:[\w.@~#$*{-][^"'`\s\\]*)?\/[^"'`\s\\]*|[\w.-]+\.[cm]?[jt]sx?|\.{1,2})\1/g;
const LOADS = /\b(?:readdirSync|readdir|opendirSync|opendir|globSync|globby|globbySync|fg|fastGlob|glob|requireAll|requireDir|requireDirectory|loadFilesSync|loadFiles|loadModules|loadControllers|importAll)(?:\.sync|\.stream)?\s*[(<]|\bimport\.meta\.glob|\brequire\.context\b|\bauto-?load\b/i;
const ADDRESS = /^[a-z][\w+.-]*:\/\//i;
/** What tools are told of files says nothing of what runs. */
const TOOL = /(^|\/)[^/]*\.config\.[cm]?[jt]sx?$|(^|\/)\.[^/]*$/;

/**
 * The paths of other files in the text of a script: imports with what they take, and any other text that may be a path. Read without a tree, so that it may be
 * asked of all files. What is left out in comments of whole lines does not count.
 */
export function mentionsInText(text: string, path = ""): FileMentions {
  const mentions: Mention[] = [];
  const clauses = new Set<number>();
  for (const match of text.matchAll(CLAUSE)) {
    const end = match.index + match[0].length;
    clauses.add(end - match[4].length - 1);
    if (isInComment(text, match.index)) continue;
    const names = namesOf(match[2]);
    // Under another name nobody here knows who takes it.
    const isReexport = match[1] === "export" && !/\bas\b/.test(match[2]);
    mentions.push({ path: match[4], ...(names && { names }), ...(isReexport && { isReexport }) });
  }
  const isTool = TOOL.test(path);
  const endings = new Set<string>();
  const folders = new Set<string>();
  for (const match of text.matchAll(PATH)) {
    if (clauses.has(match.index + 1) || isInComment(text, match.index)) continue;
    const said = match[2];
    if (ADDRESS.test(said)) continue;
    const open = said.search(/\$\{|\*/);
    if (open < 0) mentions.push({ path: said });
    else if (!isTool) {
      const ending = /\*([.-][\w-]+(?:\.[\w-]+)*?)(?:\.?\{|\.[cm]?[jt]sx?$|$|\.\*|\()/.exec(said)?.[1];
      if (ending !== undefined && !/^\.([cm]?[jt]sx?|json|css|s[ac]ss|html|md|png|svg)$/.test(ending)) endings.add(ending);
      else {
        const folder = said.slice(0, open).replace(/\/[^/]*$/, "").split("/").pop();
        if (folder) folders.add(folder);
      }
    }
  }
  return { mentions, endings: [...endings], folders: [...folders], loadsFolders: !isTool && LOADS.test(text) };
}

/** The names that a clause takes; undefined for all of them. */
function namesOf(clause: string): readonly string[] | undefined {
  if (clause.includes("*")) return undefined;
  const brace = clause.indexOf("{");
  const names = brace < 0 ? [] : clause.slice(brace + 1, clause.indexOf("}")).split(",").flatMap((each) => /^\s*(?:type\s+)?([\w$]+)/.exec(each.replace(/\/\/[^\n]*|\/\*[^*]*\*\//g, " "))?.[1] ?? []);
  if (/^[\w$]/.test(clause)) names.push("default");
  return names;
}

/** Whether a place is in a line that is a comment. */
function isInComment(text: string, at: number): boolean {
  const start = text.lastIndexOf("\n", at - 1) + 1;
  return /^\s*(?:\/\/|\*|\/\*)/.test(text.slice(start, at));
}
