import { SharedRole as Role, type AnyLowering } from "./lowering";

/** The first child of `node` in `field`, or -1. */
export function childIn(c: AnyLowering, node: number, field: number): number {
  const stop = c.next[node];
  for (let child = node + 1; child < stop; child = c.next[child]) if (c.field[child] === field) return child;
  return -1;
}

/** The first child with `role`, or -1. */
export function childWithRole(c: AnyLowering, node: number, role: number): number {
  const stop = c.next[node];
  for (let child = node + 1; child < stop; child = c.next[child]) if (c.roles[c.kind[child]] === role) return child;
  return -1;
}

/** The first named child that is neither a comment nor an error, or -1. */
export function firstNamedChild(c: AnyLowering, node: number): number {
  const stop = c.next[node];
  for (let child = node + 1; child < stop; child = c.next[child]) if (isPart(c, child)) return child;
  return -1;
}

/** The last named child that is neither a comment nor an error, or -1. */
export function lastNamedChild(c: AnyLowering, node: number): number {
  let last = -1;
  const stop = c.next[node];
  for (let child = node + 1; child < stop; child = c.next[child]) if (isPart(c, child)) last = child;
  return last;
}

/** Whether a node is named and neither a comment nor an error. */
export function isPart(c: AnyLowering, node: number): boolean {
  if (c.named[node] === 0) return false;
  const role = c.roles[c.kind[node]];
  return role !== Role.extra && role !== Role.error;
}

/** Whether something the parser could not read lies directly under `node`. */
export function hasErrorChild(c: AnyLowering, node: number): boolean {
  return !c.isWhole && childWithRole(c, node, Role.error) >= 0;
}

/** The node inside any parentheses around it. */
export function unparenthesized(c: AnyLowering, node: number): number {
  let inner = node;
  while (inner >= 0 && c.roles[c.kind[inner]] === Role.parenthesized && !hasErrorChild(c, inner)) {
    const child = firstNamedChild(c, inner);
    if (child < 0) return inner;
    inner = child;
  }
  return inner;
}

/** From the first part of `node` to the end of the last, or undefined when it has none. */
export function spanOfParts(c: AnyLowering, node: number): { readonly start: number; readonly end: number } | undefined {
  const first = firstNamedChild(c, node);
  return first < 0 ? undefined : { start: c.start[first], end: c.end[lastNamedChild(c, node)] };
}
