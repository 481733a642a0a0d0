import type { Expression } from "../../facts";

/** SQL as a string, a template or a sum of them writes it out. Constants that `constant` knows are put in, what else stands between the pieces of a template becomes a blank. */
export function writtenSql(node: Expression | undefined, constant: (node: Expression) => string | undefined): string | undefined {
  if (node?.kind === "literal") return typeof node.value === "string" ? node.value : undefined;
  if (node?.kind === "format") return node.texts?.map((text, i) => text + (node.parts[i] ? (constant(node.parts[i]) ?? " ") : "")).join("");
  if (node?.kind === "binary" && node.operator === "+") {
    const [left, right] = [writtenSql(node.left, constant), writtenSql(node.right, constant)];
    return left === undefined && right === undefined ? undefined : (left ?? constant(node.left) ?? " ") + (right ?? constant(node.right) ?? " ");
  }
  return undefined;
}
