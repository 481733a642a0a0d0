import type { Expression } from "../../facts";
import { childWithRole, firstNamedChild, hasErrorChild, isPart, lowerOpaque, nameText, opaque } from "../tree-sitter";
import { lowerExpression, Role, type Lowering } from "./context";

/** `list[int]` in an annotation: the same subscript as anywhere else. */
export function lowerGenericType(c: Lowering, node: number): Expression {
  const object = firstNamedChild(c, node);
  const list = childWithRole(c, node, Role.typeParameter);
  if (object < 0 || list < 0 || hasErrorChild(c, node) || hasErrorChild(c, list)) return lowerOpaque(c, node);
  const value = lowerExpression(c, object);
  const items: Expression[] = [];
  let hasComma = false;
  const stop = c.next[list];
  for (let child = list + 1; child < stop; child = c.next[child]) {
    if (c.roles[c.kind[child]] === Role.comma) hasComma = true;
    else if (isPart(c, child)) items.push(lowerExpression(c, child));
  }
  if (items.length === 0) return opaque(c, node, [value]);
  const index: Expression = hasComma
    ? { kind: "sequence", start: items[0].start, end: items[items.length - 1].end, of: "tuple", items }
    : items[0];
  return { kind: "subscript", start: c.start[node], end: c.end[node], object: value, index };
}

/** `A | B` in an annotation. */
export function lowerUnionType(c: Lowering, node: number): Expression {
  const left = firstNamedChild(c, node);
  const right = left < 0 ? -1 : lastPart(c, node);
  if (left < 0 || right === left || hasErrorChild(c, node)) return lowerOpaque(c, node);
  const loweredLeft = lowerExpression(c, left);
  return { kind: "binary", start: c.start[node], end: c.end[node], operator: "|", left: loweredLeft, right: lowerExpression(c, right) };
}

/** `A[int].B` in an annotation. */
export function lowerMemberType(c: Lowering, node: number): Expression {
  const object = firstNamedChild(c, node);
  const name = object < 0 ? -1 : lastPart(c, node);
  if (object < 0 || name === object || hasErrorChild(c, node)) return lowerOpaque(c, node);
  const value = lowerExpression(c, object);
  return { kind: "attribute", start: c.start[node], end: c.end[node], object: value, name: nameText(c, name), nameStart: c.start[name] };
}

function lastPart(c: Lowering, node: number): number {
  let last = -1;
  const stop = c.next[node];
  for (let child = node + 1; child < stop; child = c.next[child]) if (isPart(c, child)) last = child;
  return last;
}
