import type { Suppression } from "../facts";

/** What every suppression holds: a text without it has none. */
export const MARKER = "scale-hints:";

const IGNORE = /(?:#+-?|\/\/+|\/\*+|<!--|%\})\s*scale-hints:\s*ignore(-file)?(?![\w-])\s*(?:\[([^\]#]*)\]|(?!\[))(?:.*?--\s*(.*\S))?/;

/** What a comment suppresses. It comes with its opening sign and without its closing one. */
export function readSuppression(comment: string): Pick<Suppression, "rules" | "reason" | "wholeFile"> | undefined {
  const match = IGNORE.exec(comment);
  if (!match) return undefined;
  const rules = match[2]?.split(",").map((rule) => rule.trim()).filter((rule) => rule !== "");
  // `ignore[]` is being typed: it must not silence everything meanwhile.
  if (rules?.length === 0) return undefined;
  return { rules: rules ?? [], reason: match[3] ?? "", wholeFile: match[1] !== undefined };
}
