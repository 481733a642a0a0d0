import type { Expression, Statement } from "../../facts";
import { childIn, childWithRole, firstNamedChild, hasErrorChild, lastNamedChild, opaque, partsOf, unparenthesized } from "../tree-sitter";
import { exportFromCommonJs, requiredImports } from "./commonjs";
import { lowerExpression, Role, takeWhole, type Lowering, type Whole } from "./context";
import { lowerAugmentedAssignment, lowerUpdate } from "./expressions";
import { declareFunction, isFunctionNode, lowerNamedFunction } from "./functions";
import { declaredName } from "./names";
import { asTarget, forEachTarget } from "./objects";
import { lowerAnnotation } from "./types";

/** `const a = 1, { b } = c;`: one assignment each. */
export function lowerVariables(c: Lowering, node: number, out: Statement[]): void {
  const whole = takeWhole(c, node);
  let count = 0;
  const stop = c.next[node];
  for (let child = node + 1; child < stop; child = c.next[child]) if (c.roles[c.kind[child]] === Role.declarator) count++;
  const isBroken = hasErrorChild(c, node);
  for (let child = node + 1; child < stop; child = c.next[child]) {
    const role = c.roles[c.kind[child]];
    if (role !== Role.declarator) continue;
    // What stands alone has the whole statement for its place.
    lowerVariable(c, child, count === 1 ? whole : { start: c.start[child], end: c.end[child], decorators: [] }, isBroken, out);
  }
  if (isBroken) for (const part of partsOfErrors(c, node)) out.push({ kind: "expression", start: part.start, end: part.end, expression: part });
}

function partsOfErrors(c: Lowering, node: number): Expression[] {
  const parts: Expression[] = [];
  const stop = c.next[node];
  for (let child = node + 1; child < stop; child = c.next[child]) {
    if (c.roles[c.kind[child]] === Role.error && c.start[child] < c.end[child]) parts.push(opaque(c, child, partsOf(c, child)));
  }
  return parts;
}

function lowerVariable(c: Lowering, node: number, whole: Whole, isBroken: boolean, out: Statement[]): void {
  const name = childIn(c, node, c.fields.name);
  const value = childIn(c, node, c.fields.value);
  if (name < 0 || c.start[name] === c.end[name]) return;
  const { start, end } = whole;
  const imports = value < 0 || isBroken ? undefined : requiredImports(c, name, value, whole);
  if (imports) {
    c.scope.imports.push(...imports);
    for (const each of imports) c.scope.declared.add(each.local);
    out.push({ kind: "import", start, end, imports });
    return;
  }
  const annotation = lowerAnnotation(c, childIn(c, node, c.fields.type));
  const isName = c.roles[c.kind[name]] === Role.identifier;
  if (isName && value >= 0 && !isBroken && c.scope.kind === "module" && c.scope.loops === 0) {
    const plain = withoutCasts(c, value);
    if (isFunctionNode(c, plain)) {
      const cast = annotation ?? castType(c, value);
      return declareFunction(c, unparenthesized(c, plain), declaredName(c, name, node), whole, out, cast);
    }
  }
  const target = lowerExpression(c, name);
  forEachTarget(target, (each) => c.scope.declared.add(each));
  let lowered = value < 0 ? undefined : isName && isFunctionNode(c, value) ? lowerNamedFunction(c, value, declaredName(c, name, node)) : lowerExpression(c, value);
  if (lowered && (isBroken || hasErrorChild(c, node))) lowered = { kind: "opaque", start: lowered.start, end: lowered.end, parts: [lowered] };
  // `let x;` holds `undefined`.
  if (!lowered && !annotation) lowered = { kind: "literal", start: c.end[node], end: c.end[node], value: null };
  out.push({ kind: "assign", start, end, targets: [target], ...(annotation && { annotation }), ...(lowered && { value: lowered }) });
  declare(c, whole, target, annotation, lowered);
}

/** The node inside `… as Type` and `… satisfies Type`. */
function withoutCasts(c: Lowering, node: number): number {
  let inner = unparenthesized(c, node);
  while (c.roles[c.kind[inner]] === Role.cast) {
    const operand = firstNamedChild(c, inner);
    if (operand < 0 || hasErrorChild(c, inner)) return node;
    inner = unparenthesized(c, operand);
  }
  return inner;
}

function castType(c: Lowering, node: number): Expression | undefined {
  const outer = unparenthesized(c, node);
  if (c.roles[c.kind[outer]] !== Role.cast) return undefined;
  const type = lastNamedChild(c, outer);
  return type < 0 || c.roles[c.kind[type]] === Role.const ? undefined : lowerExpression(c, type);
}

/** Declares the names of a target in the scope of a module or namespace. */
export function declare(c: Lowering, whole: Whole, target: Expression, annotation: Expression | undefined, value: Expression | undefined): void {
  if (c.scope.loops > 0 || c.scope.kind === "function") return;
  if (target.kind === "name") {
    c.scope.values.push({
      name: target.name, ...(value && { value }), ...(annotation && { annotation }), start: whole.start, end: whole.end, nameStart: target.start, nameEnd: target.end,
    });
  } else if (value) {
    // Every name repeats the value.
    const names = target.kind === "mapping" ? target.entries.length : target.kind === "sequence" ? target.items.length : 1;
    const isLong = names * (value.end - value.start) > LONGEST_UNPACKED;
    unpack(c, whole, target, isLong ? { kind: "opaque", start: value.start, end: value.end, parts: [] } : value);
  }
}

const LONGEST_UNPACKED = 50_000;

/** `const { a, b: c } = value`: each name is a property of the value, or an item. */
function unpack(c: Lowering, whole: Whole, target: Expression, value: Expression): void {
  if (target.kind === "logical") {
    const { start, end, left, right } = target;
    return unpackInto(c, whole, left, { kind: "logical", operator: "coalesce", start, end, left: value, right });
  }
  const { start, end } = value;
  if (target.kind === "mapping") {
    for (const { key, value: inner } of target.entries) {
      const isPlain = key?.kind === "literal" && typeof key.value === "string";
      unpackInto(c, whole, inner, isPlain
        ? { kind: "attribute", start, end, object: value, name: String(key.value), nameStart: key.start }
        : { kind: "opaque", start, end, parts: [value] });
    }
  } else if (target.kind === "sequence") {
    const items = value.kind === "sequence" && !value.items.some((item) => item.kind === "spread") ? value.items : undefined;
    target.items.forEach((item, index) => {
      const isRest = item.kind === "spread";
      unpackInto(c, whole, isRest ? item.value : item, isRest
        ? { kind: "opaque", start, end, parts: [value] }
        : (items?.[index] ?? { kind: "subscript", start, end, object: value, index: { kind: "literal", start: item.start, end: item.start, value: index } }));
    });
  }
}

function unpackInto(c: Lowering, whole: Whole, target: Expression, value: Expression): void {
  if (target.kind === "name") declare(c, whole, target, undefined, value);
  else unpack(c, whole, target, value);
}

/** `type A = …`: known by its name to whoever imports it. */
export function lowerTypeAlias(c: Lowering, node: number): void {
  const whole = takeWhole(c, node);
  const name = declaredName(c, childIn(c, node, c.fields.name), node);
  const value = childIn(c, node, c.fields.value);
  if (value < 0) return;
  const annotation = hasErrorChild(c, node) ? opaque(c, value, []) : lowerExpression(c, value);
  c.scope.types.push({ name: name.text, annotation, start: whole.start, end: whole.end, nameStart: name.start, nameEnd: name.end });
}

/** An expression as a statement of its own: assignments, `delete` and several of them behind commas. */
export function lowerExpressionStatement(c: Lowering, statement: number, node: number, out: Statement[]): void {
  const start = c.start[statement];
  const end = c.end[statement];
  const isBroken = statement !== node && hasErrorChild(c, statement);
  if (!isBroken) {
    switch (c.roles[c.kind[node]]) {
      case Role.assignment: return lowerAssignmentStatement(c, statement, node, out);
      case Role.augmentedAssignment: return lowerAugmentedStatement(c, statement, node, out);
      case Role.update: return lowerUpdateStatement(c, statement, node, out);
      case Role.sequence: {
        const stop = c.next[node];
        for (let child = node + 1; child < stop; child = c.next[child]) {
          if (c.named[child] === 1 && c.roles[c.kind[child]] !== Role.extra) lowerExpressionStatement(c, child, unparenthesized(c, child), out);
        }
        return;
      }
      case Role.unary:
        if (c.text.startsWith("delete", c.start[node])) {
          const operand = childIn(c, node, c.fields.argument);
          if (operand >= 0 && !hasErrorChild(c, node)) return void out.push({ kind: "delete", start, end, targets: [lowerExpression(c, operand)] });
        }
        break;
      case Role.await: {
        // `await using x = …` is read as an `await` of an assignment.
        const inner = firstNamedChild(c, node);
        if (inner >= 0 && c.roles[c.kind[inner]] === Role.assignment && childWithRole(c, inner, Role.using) >= 0) return lowerAssignmentStatement(c, statement, inner, out);
        break;
      }
      default:
    }
  }
  const expression = lowerExpression(c, node);
  out.push({ kind: "expression", start, end, expression: isBroken ? opaque(c, statement, [expression, ...partsOfErrors(c, statement)]) : expression });
}

function lowerAssignmentStatement(c: Lowering, statement: number, node: number, out: Statement[]): void {
  const start = c.start[statement];
  const end = c.end[statement];
  if (exportFromCommonJs(c, node, { start, end, decorators: [] }, out)) return;
  const targets: Expression[] = [];
  let value = -1;
  let isBroken = false;
  let isUsing = false;
  for (let link = node; link >= 0;) {
    const left = childIn(c, link, c.fields.left);
    const right = childIn(c, link, c.fields.right);
    if (hasErrorChild(c, link)) isBroken = true;
    if (childWithRole(c, link, Role.using) >= 0) isUsing = true;
    if (left >= 0) targets.push(asTarget(lowerExpression(c, left)));
    value = right;
    link = right >= 0 && c.roles[c.kind[right]] === Role.assignment && !isBroken ? right : -1;
  }
  const names = isUsing ? c.scope.declared : c.scope.assigned;
  for (const target of targets) forEachTarget(target, (name) => names.add(name));
  const only = targets.length === 1 ? targets[0] : undefined;
  let lowered: Expression | undefined;
  if (value >= 0) {
    lowered = only && (only.kind === "name" || only.kind === "attribute") && isFunctionNode(c, value)
      ? lowerNamedFunction(c, value, { text: only.name, start: only.kind === "name" ? only.start : only.nameStart, end: only.end })
      : lowerExpression(c, value);
  }
  if (isBroken) lowered = opaque(c, node, lowered ? [lowered] : []);
  out.push({ kind: "assign", start, end, targets, ...(lowered && { value: lowered }) });
  if (lowered) for (const target of targets) declare(c, { start, end, decorators: [] }, target, undefined, lowered);
}

/** `x += 1`; `x ??= y` is an assignment of `x ?? y`. */
function lowerAugmentedStatement(c: Lowering, statement: number, node: number, out: Statement[]): void {
  const start = c.start[statement];
  const end = c.end[statement];
  const lowered = lowerAugmentedAssignment(c, node);
  if (lowered.kind !== "named-assignment") out.push({ kind: "expression", start, end, expression: lowered });
  else if (lowered.value.kind === "binary") {
    out.push({ kind: "augment", start, end, target: lowered.target, operator: lowered.value.operator, value: lowered.value.right });
  } else {
    out.push({ kind: "assign", start, end, targets: [lowered.target], value: lowered.value });
    declare(c, { start, end, decorators: [] }, lowered.target, undefined, lowered.value);
  }
}

function lowerUpdateStatement(c: Lowering, statement: number, node: number, out: Statement[]): void {
  const start = c.start[statement];
  const end = c.end[statement];
  const lowered = lowerUpdate(c, node);
  if (lowered.kind !== "named-assignment" || lowered.value.kind !== "binary") out.push({ kind: "expression", start, end, expression: lowered });
  else out.push({ kind: "augment", start, end, target: lowered.target, operator: lowered.value.operator, value: lowered.value.right });
}
