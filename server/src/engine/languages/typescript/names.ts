import type { Expression } from "../../facts";
import { firstNamedChild, intern, nameText, opaque } from "../tree-sitter";
import { lowerExpression, Role, type Lowering } from "./context";
import { lowerNumber, lowerString, stringText } from "./literals";

/** The key of a property: a plain name is a string with its place, `[key]` the expression inside. */
export function keyOf(c: Lowering, node: number): Expression {
  const role = c.roles[c.kind[node]];
  if (role === Role.computedName) {
    const inner = firstNamedChild(c, node);
    return inner < 0 ? opaque(c, node, []) : lowerExpression(c, inner);
  }
  if (role === Role.string) return lowerString(c, node);
  if (c.kinds[c.kind[node]] === "number") return lowerNumber(c, node);
  return { kind: "literal", start: c.start[node], end: c.end[node], value: nameText(c, node) };
}

/** A name that something is declared under. */
export interface DeclaredName {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** The name of a property, method or function: a string without its quotes, `[key]` as it is written. "?" while it is being typed. */
export function declaredName(c: Lowering, node: number, owner: number): DeclaredName {
  // The body of something without a name must not pass for that of the module, whose id is empty.
  if (node < 0 || c.start[node] === c.end[node]) return { text: "?", start: c.start[owner], end: c.start[owner] };
  const isString = c.roles[c.kind[node]] === Role.string;
  const text = isString ? intern(c, stringText(c, node)) : nameText(c, node);
  return { text: text === "" ? "?" : text, start: c.start[node] + (isString ? 1 : 0), end: c.end[node] - (isString ? 1 : 0) };
}
