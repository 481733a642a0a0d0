import type { PageSized } from "../../flow";
import type { FixProposal } from "../../rule";
import { codeOf } from "./object-literals";
import { inFile } from "./rewriter";

/** `take: size` → `take: Math.min(size, 100)`; of `{ take }`, which is the name of the option and of the value in one, `{ take: Math.min(take, 100) }`. Review: larger pages are cut. */
export function limitNumber({ size, at }: PageSized, title = "Limit the page to 100 rows"): FixProposal | undefined {
  if (!size) return undefined;
  return {
    title, safety: "review", preferred: true,
    build: inFile(at.uri, (text) => {
      const isShorthand = size.kind === "name" && /[{,]\s*$/.test(text.slice(Math.max(0, size.start - 200), size.start)) && /^\s*[,}]/.test(text.slice(size.end, size.end + 200));
      return [{ span: { start: size.start, end: size.end }, newText: `${isShorthand ? `${codeOf(text, size)}: ` : ""}Math.min(${codeOf(text, size)}, 100)` }];
    }),
  };
}
