import type { Argument, Expression, Name, Opaque } from "../../facts";
import { DEPTH_LIMIT, nameText, SharedRole as Role, type AnyLowering, type TreeLowering } from "./lowering";
import { childWithRole, firstNamedChild, hasErrorChild, unparenthesized } from "./nodes";

/** An opaque expression over the span of `node`. */
export function opaque(c: AnyLowering, node: number, parts: readonly Expression[]): Opaque {
  return { kind: "opaque", start: c.start[node], end: c.end[node], parts };
}

/** Lowers a node by its kind. */
export function lowerNode<C extends TreeLowering<C>>(c: C, node: number): Expression {
  const lower = c.named[node] === 1 ? c.expressions[c.kind[node]] : undefined;
  // The parser inserts nodes without width for what is missing.
  if (lower === undefined || c.start[node] === c.end[node]) return opaque(c, node, partsOf(c, node));
  if (c.depth >= DEPTH_LIMIT) return opaque(c, node, []);
  c.depth++;
  const expression = lower(c, node);
  c.depth--;
  return expression;
}

/** An opaque expression of everything under `node` that can be evaluated. */
export function lowerOpaque<C extends TreeLowering<C>>(c: C, node: number): Opaque {
  return opaque(c, node, partsOf(c, node));
}

/** The expressions under `node`, in order. */
export function partsOf<C extends TreeLowering<C>>(c: C, node: number): Expression[] {
  const parts: Expression[] = [];
  addParts(c, node, parts);
  return parts;
}

/** Adds the outermost expressions under `node` to `parts`. */
export function addParts<C extends TreeLowering<C>>(c: C, node: number, parts: Expression[]): void {
  if (c.depth >= DEPTH_LIMIT) return;
  c.depth++;
  const stop = c.next[node];
  for (let child = node + 1; child < stop; child = c.next[child]) {
    if (c.named[child] === 0 || c.roles[c.kind[child]] === Role.extra || c.start[child] === c.end[child]) continue;
    if (c.roles[c.kind[child]] !== Role.error && c.expressions[c.kind[child]] !== undefined) parts.push(c.lowerExpression(c, child));
    else addParts(c, child, parts);
  }
  c.depth--;
}

export function lowerName(c: AnyLowering, node: number): Name {
  return { kind: "name", start: c.start[node], end: c.end[node], name: nameText(c, node) };
}

/** A node that means what is in it. */
export function lowerInner<C extends TreeLowering<C>>(c: C, node: number): Expression {
  const inner = firstNamedChild(c, node);
  return inner < 0 || hasErrorChild(c, node) ? lowerOpaque(c, node) : c.lowerExpression(c, inner);
}

/** Parentheses only group: the span is that of what is inside. */
export function lowerParenthesized<C extends TreeLowering<C>>(c: C, node: number): Expression {
  const inner = unparenthesized(c, node);
  return c.roles[c.kind[inner]] === Role.parenthesized ? lowerOpaque(c, inner) : c.lowerExpression(c, inner);
}

/** `*value`, `**value` and `...value` outside calls. */
export function lowerSpread<C extends TreeLowering<C>>(c: C, node: number): Expression {
  const value = firstNamedChild(c, node);
  if (value < 0 || hasErrorChild(c, node)) return lowerOpaque(c, node);
  return { kind: "spread", start: c.start[node], end: c.end[node], value: c.lowerExpression(c, value) };
}

export function lowerAwait<C extends TreeLowering<C>>(c: C, node: number): Expression {
  const operand = firstNamedChild(c, node);
  if (operand < 0 || hasErrorChild(c, node)) return lowerOpaque(c, node);
  return { kind: "await", start: c.start[node], end: c.end[node], operand: c.lowerExpression(c, operand) };
}

/** `yield value`; a token with the role `delegation` hands over to another generator. */
export function lowerYield<C extends TreeLowering<C>>(c: C, node: number, delegation: number): Expression {
  c.scope.hasYield = true;
  const delegate = childWithRole(c, node, delegation) >= 0;
  const value = firstNamedChild(c, node);
  if (hasErrorChild(c, node)) return lowerOpaque(c, node);
  const start = c.start[node];
  const end = c.end[node];
  return value < 0 ? { kind: "yield", start, end, delegate } : { kind: "yield", start, end, value: c.lowerExpression(c, value), delegate };
}

/** What `lower` makes of each child that is no comment; errors count. */
export function lowerChildren<C extends AnyLowering, T>(c: C, node: number, lower: (c: C, child: number, role: number) => T): T[] {
  const result: T[] = [];
  const stop = c.next[node];
  for (let child = node + 1; child < stop; child = c.next[child]) {
    if (c.named[child] === 0) continue;
    const role = c.roles[c.kind[child]];
    if (role !== Role.extra) result.push(lower(c, child, role));
  }
  return result;
}

/** `spread` of what stands behind the sign of `node`. */
export function spreadArgument<C extends TreeLowering<C>>(c: C, node: number, spread: "sequence" | "mapping"): Argument {
  const value = firstNamedChild(c, node);
  return { spread, value: value < 0 ? opaque(c, node, []) : c.lowerExpression(c, value), start: c.start[node], end: c.end[node] };
}

/** Where a list of arguments closes; one that is not closed ends where its last argument does. */
export function closeOf(c: AnyLowering, list: number): number {
  return c.text.charCodeAt(c.end[list] - 1) === 41 /* ) */ ? c.end[list] - 1 : c.end[list];
}
