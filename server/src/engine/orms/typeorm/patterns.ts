import type { Expression } from "../../facts";
import type { Value } from "../../flow/values";

/** What `LIKE` with this pattern finds: "contains" for `%x%`, "startswith" for `x%`, with an `i` where case does not count; undefined for a pattern that is not seen. */
export function patternLookup(value: Value | undefined, node: Expression | undefined, isInsensitive: boolean): string | undefined {
  const text = textOf(value, node);
  if (text === undefined) return undefined;
  const name = text.startsWith("%") ? (text.endsWith("%") ? "contains" : "endswith") : /[%_]/.test(text) ? "startswith" : "exact";
  return isInsensitive ? `i${name}` : name;
}

/** The text of a pattern, with `x` for what is put in. */
function textOf(value: Value | undefined, node: Expression | undefined): string | undefined {
  if (value?.kind === "constant" && typeof value.value === "string") return value.value;
  return node && written(node);
}

function written(node: Expression): string | undefined {
  switch (node.kind) {
    case "literal": return typeof node.value === "string" ? node.value : undefined;
    case "format": return node.texts?.join("x");
    case "cast": return written(node.operand);
    case "binary": return node.operator === "+" ? `${written(node.left) ?? "x"}${written(node.right) ?? "x"}` : undefined;
    // `"%x%".concat(…)`, `pattern.toLowerCase()`
    case "call": return node.callee.kind === "attribute" && /^to(Lower|Upper)Case$|^trim$/.test(node.callee.name) ? written(node.callee.object) : undefined;
    default: return undefined;
  }
}
