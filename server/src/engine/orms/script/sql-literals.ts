import type { Expression } from "../../facts";

/** Stands for the name of a table that is worked out: it may be any. */
export const ANY_TABLE = "any_table_of_all";

/** SQL as a string, a template or a sum of them writes it out. Constants that `constant` knows are put in, what else stands between the pieces of a template becomes a blank, or a name where one must stand. */
export function writtenSql(node: Expression | undefined, constant: (node: Expression) => string | undefined): string | undefined {
  if (node?.kind === "literal") return typeof node.value === "string" ? node.value : undefined;
  if (node?.kind === "format") return node.texts?.map((text, i) => text + (node.parts[i] ? (constant(node.parts[i]) ?? placeholder(text, node.texts![i + 1])) : "")).join("");
  if (node?.kind === "binary" && node.operator === "+") {
    const [left, right] = [writtenSql(node.left, constant), writtenSql(node.right, constant)];
    return left === undefined && right === undefined ? undefined : (left ?? constant(node.left) ?? placeholder("", right ?? "")) + (right ?? constant(node.right) ?? placeholder(left ?? "", ""));
  }
  return undefined;
}

/** What stands before the name of a table: `… ON `, `ALTER TABLE "public"."`. */
const NAMES_TABLE = /\b(?:on|table)\s+(?:if\s+(?:not\s+)?exists\s+)?(?:only\s+)?(?:["`]?\w+["`]?\.)?["`]?$/i;

/** What stands for something that is not known, between two pieces of text. */
function placeholder(before: string, after: string): string {
  if (NAMES_TABLE.test(before)) return ANY_TABLE;
  return /[\w"`]$/.test(before) || /^[\w"`]/.test(after) ? "x" : " ";
}
