import type { FlatTree, Parsers } from "../../syntax";
import type { Script } from "./scripts";

/**
 * Valid code that the grammars stumble over, with what they can read in its place. Replacements are as long as what they stand for, and lowering reads
 * names and strings from the text itself.
 */
const TRAPS: readonly (readonly [RegExp, (found: string) => string])[] = [
  // A variable called `using`; `using x = …` is a declaration.
  [/\busing\b(?!\s+[\w$]+\s*(?:=|of\b))/g, () => "usinG"],
  // `{ in: "header" }` as a type.
  [/(?<=[{;,\n]\s*)in(?=\??:)/g, () => "iN"],
  // `(string) => any` as a type: the parameter is called so.
  [/(?<=\(\s*)(?:any|string|number|boolean|unknown|object)(?=\s*\)\s*=>)/g, (found) => found.slice(0, -1) + found.slice(-1).toUpperCase()],
  // The type of a module between angle brackets: `f<typeof import(…)>()`.
  [/\btypeof\s+import\((?:"[^"\n]*"|'[^'\n]*')\)/g, (found) => "t".padEnd(found.length, "_")],
  // `export type * from "x"`: lowering sees the `type` in the text.
  [/(?<=\bexport\s+)type(?=\s*\*)/g, () => "    "],
  // An address in an attribute of an element.
  [/&(?=[\w-]+=)/g, () => "_"],
];

/** Parses a script. What comes out with errors is tried once more without the traps; the better one counts. */
export function parseScript(script: Script, parsers: Pick<Parsers, "parse">): FlatTree {
  const tree = parsers.parse(script.text, script.grammar);
  if (tree.errors.length === 0) return tree;
  const mended = TRAPS.reduce((text, [trap, replacement]) => text.replace(trap, replacement), script.text);
  const second = better(tree, mended, script, parsers);
  return script.grammar === "tsx" ? better(second, withoutAmpersands(second === tree ? script.text : mended, second), script, parsers) : second;
}

function better(tree: FlatTree, text: string, script: Script, parsers: Pick<Parsers, "parse">): FlatTree {
  if (text === script.text || tree.errors.length === 0) return tree;
  const other = parsers.parse(text, script.grammar);
  return badness(other) < badness(tree) ? other : tree;
}

/** `<b>Terms & conditions</b>`: the sign as a letter where it is what an error starts with. */
function withoutAmpersands(text: string, tree: FlatTree): string {
  let result = text;
  for (const { start } of tree.errors) {
    if (text[start] === "&" && text[start + 1] !== "&") result = `${result.slice(0, start)}n${result.slice(start + 1)}`;
  }
  return result;
}

/** How much of a text a tree does not understand: characters first, then places. */
function badness({ errors }: FlatTree): number {
  return errors.reduce((sum, { start, end }) => sum + 1 + 1_000 * (end - start), 0);
}
