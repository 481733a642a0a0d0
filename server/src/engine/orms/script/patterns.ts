import type { Expression } from "../../facts";
import type { Lookup } from "../../flow";
import type { Value } from "../../flow/values";

/** How the case is left aside: `ilike`, or a function around the column. */
export type Folding = "ilike" | "lower" | "upper";

/** What a pattern asks for: `contains` for `%x%`, `startswith` for `x%`, with an `i` for `ilike`; `like` for a pattern that comes from elsewhere. */
export function patternLookup(value: Value | undefined, node: Expression | undefined, insensitive: boolean): string {
  const text = value?.kind === "constant" && typeof value.value === "string" ? value.value : node && patternText(node);
  if (text === undefined) return "like";
  const name = text.startsWith("%") ? (text.endsWith("%") ? "contains" : "endswith") : /[%_]/.test(text) ? "startswith" : "exact";
  return insensitive ? `i${name}` : name;
}

/** The text of a pattern with a letter in the place of what is not known: `%${term}%`, `"%" + term + "%"`. Undefined where all of it may be anything. */
function patternText(node: Expression): string | undefined {
  switch (node.kind) {
    case "literal": return typeof node.value === "string" ? node.value : undefined;
    case "format": return node.texts && node.texts.some((text) => text !== "") ? node.texts.join("x") : undefined;
    case "binary": {
      if (node.operator !== "+") return undefined;
      const left = patternText(node.left);
      const right = patternText(node.right);
      return left === undefined && right === undefined ? undefined : `${left ?? "x"}${right ?? "x"}`;
    }
    case "call": return node.callee.kind === "attribute" && /^(toLowerCase|toUpperCase|trim)$/.test(node.callee.name) ? patternText(node.callee.object) : undefined;
    case "cast": return patternText(node.operand);
    default: return undefined;
  }
}

const TEXT_LOOKUPS: ReadonlySet<string> = new Set(["exact", "in", "contains", "startswith", "endswith"]);

/** A comparison of a column, or of `lower(column)`, in the words of all ORMs. */
export function foldedLookup(lookup: string, folding: Folding | undefined): Pick<Lookup, "lookup" | "caseless"> {
  if (folding === "ilike") return { lookup, caseless: "ilike" };
  if (!folding || !TEXT_LOOKUPS.has(lookup)) return { lookup };
  return { lookup: `i${lookup}`, ...(folding === "lower" && { caseless: "lower" }) };
}
