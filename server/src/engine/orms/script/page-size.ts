import type { PageSized } from "../../flow";
import type { FixProposal } from "../../rule";
import type { Span, TextEdit } from "../../source";
import { codeOf } from "./object-literals";
import { inFile } from "./rewriter";

/**
 * `take: size` → `take: Math.min(size, 100)`; of `{ take }`, which is the name of the option and of the value in one, `{ take: Math.min(take, 100) }`. A number that has a name is limited where it
 * gets it, `const limit = Math.min(Number(query.limit) || 20, 100)`: `skip: (page - 1) * limit` has to go by the same. No fix where that would be needed and cannot be done. Review: larger pages are cut.
 */
export function limitNumber({ size, at }: PageSized, title = "Limit the page to 100 rows"): FixProposal | undefined {
  if (!size) return undefined;
  return {
    title, safety: "review", preferred: true,
    build: inFile(at.uri, (text): readonly TextEdit[] | undefined => {
      if (size.kind === "name") {
        const given = initializerOf(text, size.name, size.start);
        if (given) return [{ span: given, newText: `Math.min(${text.slice(given.start, given.end)}, 100)` }];
        if (countsRows(text, size.name)) return undefined;
      }
      const isShorthand = size.kind === "name" && /[{,]\s*$/.test(text.slice(Math.max(0, size.start - 200), size.start)) && /^\s*[,}]/.test(text.slice(size.end, size.end + 200));
      return [{ span: { start: size.start, end: size.end }, newText: `${isShorthand ? `${codeOf(text, size)}: ` : ""}Math.min(${codeOf(text, size)}, 100)` }];
    }),
  };
}

/** What the nearest `const name = …` before a place gives the name, where that is on one line, around the place, and the only assignment in between. */
function initializerOf(text: string, name: string, before: number): Span | undefined {
  const declared = new RegExp(`\\b(?:const|let|var)\\s+${escaped(name)}\\s*(?::\\s*\\w+\\s*)?=(?![=>])[ \\t]*`, "g");
  const last = [...text.slice(0, before).matchAll(declared)].at(-1);
  if (!last) return undefined;
  const start = last.index + last[0].length;
  const line = /^[^\n;]*/.exec(text.slice(start, before))![0].trimEnd();
  const between = text.slice(start + line.length, before);
  if (line === "" || !isWhole(line) || leavesBlock(between) || new RegExp(`\\b${escaped(name)}\\s*(?:[-+*/|&?]{0,2}=)(?![=>])`).test(between)) return undefined;
  return { start, end: start + line.length };
}

/** Whether some code multiplies with the number: which rows come before the page. */
function countsRows(text: string, name: string): boolean {
  return new RegExp(`\\*\\s*${escaped(name)}\\b|\\b${escaped(name)}\\s*\\*`).test(text);
}

/** Brackets that are opened are closed, and nothing waits for a next line. */
function isWhole(code: string): boolean {
  let depth = 0;
  for (const each of code) {
    if ("([{".includes(each)) depth++;
    else if (")]}".includes(each) && --depth < 0) return false;
  }
  return depth === 0 && !/(?:[-+*/?:|&=,(]|=>)$/.test(code);
}

function leavesBlock(code: string): boolean {
  let depth = 0;
  for (const each of code) {
    if (each === "{") depth++;
    else if (each === "}" && --depth < 0) return true;
  }
  return false;
}

function escaped(name: string): string {
  return name.replace(/\$/g, "\\$");
}
