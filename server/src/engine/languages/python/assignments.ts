import type { Expression, Name, Statement } from "../../facts";
import { addParts, childIn, childWithRole, hasErrorChild, opaque, partsOf } from "../tree-sitter";
import { lowerExpression, Role, type Lowering } from "./context";
import { isIncompleteAfter } from "./incomplete";

/** `a = b = value`, `a: T`, `a: T = value`. `isBroken`: something beside it could not be read. */
export function lowerAssignment(c: Lowering, node: number, isBroken: boolean, out: Statement[]): void {
  const targets: Expression[] = [];
  let annotation: Expression | undefined;
  let value: Expression | undefined;
  const unreadable: Expression[] = [];
  for (let link = node; link >= 0;) {
    const left = childIn(c, link, c.fields.left);
    const type = childIn(c, link, c.fields.type);
    const right = childIn(c, link, c.fields.right);
    if (left >= 0) targets.push(lowerExpression(c, left));
    if (type >= 0) annotation ??= lowerExpression(c, type);
    if (left < 0 || hasErrorChild(c, link)) isBroken = true;
    if (isBroken) addErrorParts(c, link, unreadable);
    const equals = childWithRole(c, link, Role.equals);
    link = -1;
    if (right < 0) continue;
    // While a person types `x =⏎ y = 2` it is read as one assignment.
    if (equals >= 0 && isIncompleteAfter(c, equals, right)) isBroken = true;
    if (c.roles[c.kind[right]] === Role.assignment && !isBroken) link = right;
    else value = lowerValue(c, right);
  }
  const start = c.start[node];
  const end = c.end[node];
  if (isBroken) value = { kind: "opaque", start, end, parts: value ? [...unreadable, value] : unreadable };
  out.push({ kind: "assign", start, end, targets, ...(annotation && { annotation }), ...(value && { value }) });
  if (c.scope.loops === 0 && c.scope.kind !== "function") declare(c, start, end, targets, annotation, value);
}

function addErrorParts(c: Lowering, node: number, parts: Expression[]): void {
  const stop = c.next[node];
  for (let child = node + 1; child < stop; child = c.next[child]) if (c.roles[c.kind[child]] === Role.error) addParts(c, child, parts);
}

/** The right side of an assignment; a further assignment in there is only valid where a chain is. */
function lowerValue(c: Lowering, node: number): Expression {
  const role = c.roles[c.kind[node]];
  return role === Role.assignment || role === Role.augmentedAssignment ? opaque(c, node, partsOf(c, node)) : lowerExpression(c, node);
}

/** `target += value`. */
export function lowerAugmentedAssignment(c: Lowering, node: number, isBroken: boolean, out: Statement[]): void {
  const left = childIn(c, node, c.fields.left);
  const right = childIn(c, node, c.fields.right);
  const operator = childIn(c, node, c.fields.operator);
  const start = c.start[node];
  const end = c.end[node];
  if (left < 0 || right < 0 || operator < 0) {
    out.push({ kind: "expression", start, end, expression: opaque(c, node, partsOf(c, node)) });
    return;
  }
  const target = lowerExpression(c, left);
  const value = lowerValue(c, right);
  const isUnreadable = isBroken || hasErrorChild(c, node);
  out.push({
    kind: "augment", start, end, target, operator: c.kinds[c.kind[operator]].slice(0, -1),
    value: isUnreadable ? { kind: "opaque", start, end, parts: [value] } : value,
  });
}

/** Declares the plain names among `targets` in the scope of a module or class. */
function declare(
  c: Lowering, start: number, end: number, targets: readonly Expression[], annotation: Expression | undefined, value: Expression | undefined,
): void {
  const add = (target: Name, assigned: Expression | undefined): void => {
    c.scope.values.push({
      name: target.name, ...(assigned && { value: assigned }), ...(annotation && { annotation }),
      start, end, nameStart: target.start, nameEnd: target.end,
    });
  };
  for (const target of targets) {
    if (target.kind === "name") add(target, value);
    else if (target.kind === "sequence") unpack(target.items, value, add);
  }
}

/** `a, b = 1, 2` gives each name its own value; of any other value the names only get an unknown part. */
function unpack(items: readonly Expression[], value: Expression | undefined, add: (target: Name, value: Expression | undefined) => void): void {
  const values = value?.kind === "sequence" && value.of !== "set" && value.items.length === items.length
    && ![...items, ...value.items].some((item) => item.kind === "spread")
    ? value.items
    : undefined;
  items.forEach((item, index) => {
    const target = item.kind === "spread" ? item.value : item;
    const part: Expression | undefined = values
      ? values[index]
      : value && { kind: "opaque", start: value.start, end: value.end, parts: [value] };
    if (target.kind === "name") add(target, part);
    else if (target.kind === "sequence") unpack(target.items, part, add);
  });
}
