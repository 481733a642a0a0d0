import type { Expression, MappingEntry } from "../../facts";
import { childIn, firstNamedChild, hasErrorChild, lowerExpression, lowerOpaque, nameText, opaque, Role, type LowerExpression, type Lowering } from "./context";
import { isFunctionNode, lowerMethodValue, lowerNamedFunction } from "./functions";
import { declaredName, keyOf } from "./names";

/** `{ name, key: value, [computed]: value, ...rest, method() {} }`. */
function lowerObject(c: Lowering, node: number): Expression {
  const entries: MappingEntry[] = [];
  const stop = c.next[node];
  for (let child = node + 1; child < stop; child = c.next[child]) {
    if (c.named[child] === 0) continue;
    switch (c.roles[c.kind[child]]) {
      case Role.extra: break;
      case Role.pair: entries.push(lowerPair(c, child)); break;
      case Role.shorthand: entries.push({ key: keyOf(c, child), value: nameAt(c, child) }); break;
      case Role.spread: entries.push({ value: innerOf(c, child) }); break;
      case Role.method: {
        const name = childIn(c, child, c.fields.name);
        if (name < 0) entries.push({ value: lowerOpaque(c, child) });
        else {
          const key = keyOf(c, name);
          entries.push({ key, value: lowerMethodValue(c, child) });
        }
        break;
      }
      default: entries.push({ value: lowerOpaque(c, child) });
    }
  }
  return { kind: "mapping", start: c.start[node], end: c.end[node], entries };
}

function lowerPair(c: Lowering, node: number): MappingEntry {
  const key = childIn(c, node, c.fields.key);
  const value = childIn(c, node, c.fields.value);
  if (key < 0 || value < 0 || hasErrorChild(c, node)) return { value: lowerOpaque(c, node) };
  const lowered = keyOf(c, key);
  return { key: lowered, value: isFunctionNode(c, value) ? lowerNamedFunction(c, value, declaredName(c, key, node)) : lowerExpression(c, value) };
}

function innerOf(c: Lowering, node: number): Expression {
  const inner = firstNamedChild(c, node);
  return inner < 0 || hasErrorChild(c, node) ? lowerOpaque(c, node) : lowerExpression(c, inner);
}

function nameAt(c: Lowering, node: number): Expression {
  return { kind: "name", start: c.start[node], end: c.end[node], name: nameText(c, node) };
}

/** `[a, , ...b]`; a hole is an opaque item without width. */
function lowerArray(c: Lowering, node: number): Expression {
  const items: Expression[] = [];
  let isOpen = true;
  const stop = c.next[node];
  for (let child = node + 1; child < stop; child = c.next[child]) {
    const role = c.roles[c.kind[child]];
    if (role === Role.comma) {
      if (isOpen) items.push({ kind: "opaque", start: c.start[child], end: c.start[child], parts: [] });
      isOpen = true;
    } else if (c.named[child] === 1 && role !== Role.extra) {
      items.push(lowerExpression(c, child));
      isOpen = false;
    }
  }
  return { kind: "sequence", start: c.start[node], end: c.end[node], of: "list", items };
}

/** `{ a, b: target, c = 1, ...rest }` as a target. */
function lowerObjectPattern(c: Lowering, node: number): Expression {
  const entries: MappingEntry[] = [];
  const stop = c.next[node];
  for (let child = node + 1; child < stop; child = c.next[child]) {
    if (c.named[child] === 0) continue;
    switch (c.roles[c.kind[child]]) {
      case Role.extra: break;
      case Role.shorthandPattern: entries.push({ key: keyOf(c, child), value: nameAt(c, child) }); break;
      case Role.pairPattern: entries.push(lowerPair(c, child)); break;
      case Role.restPattern: entries.push({ value: innerOf(c, child) }); break;
      case Role.objectAssignmentPattern: {
        const left = childIn(c, child, c.fields.left);
        if (left < 0) entries.push({ value: lowerOpaque(c, child) });
        else if (c.roles[c.kind[left]] === Role.shorthandPattern) entries.push({ key: keyOf(c, left), value: lowerDefaulted(c, child) });
        else entries.push({ value: lowerDefaulted(c, child) });
        break;
      }
      default: entries.push({ value: lowerOpaque(c, child) });
    }
  }
  return { kind: "mapping", start: c.start[node], end: c.end[node], entries };
}

/** `target = default` inside a pattern. */
function lowerDefaulted(c: Lowering, node: number): Expression {
  const left = childIn(c, node, c.fields.left);
  const right = childIn(c, node, c.fields.right);
  if (left < 0 || right < 0 || hasErrorChild(c, node)) return lowerOpaque(c, node);
  const target = lowerExpression(c, left);
  return { kind: "logical", start: c.start[node], end: c.end[node], operator: "coalesce", left: target, right: lowerExpression(c, right) };
}

function lowerSpread(c: Lowering, node: number): Expression {
  const value = firstNamedChild(c, node);
  if (value < 0 || hasErrorChild(c, node)) return lowerOpaque(c, node);
  return { kind: "spread", start: c.start[node], end: c.end[node], value: lowerExpression(c, value) };
}

/** Calls `visit` for every name that a target binds. */
export function forEachTarget(target: Expression, visit: (name: string) => void): void {
  switch (target.kind) {
    case "name": return visit(target.name);
    case "spread": return forEachTarget(target.value, visit);
    case "sequence": return target.items.forEach((item) => forEachTarget(item, visit));
    case "mapping": return target.entries.forEach((entry) => forEachTarget(entry.value, visit));
    case "logical": return target.operator === "coalesce" ? forEachTarget(target.left, visit) : undefined;
    default: return undefined;
  }
}

/** An object or array that was read as a value and is a target: what stands on the left of an assignment. */
export function asTarget(value: Expression): Expression {
  switch (value.kind) {
    case "sequence": return { ...value, items: value.items.map(asTarget) };
    case "mapping": return { ...value, entries: value.entries.map((entry) => ({ ...entry, value: asTarget(entry.value) })) };
    case "spread": return { ...value, value: asTarget(value.value) };
    case "named-assignment": return { kind: "logical", start: value.start, end: value.end, operator: "coalesce", left: asTarget(value.target), right: value.value };
    default: return value;
  }
}

export const OBJECTS: readonly (readonly [string, LowerExpression])[] = [
  ["object", lowerObject],
  ["array", lowerArray],
  ["object_pattern", lowerObjectPattern],
  ["array_pattern", lowerArray],
  ["assignment_pattern", lowerDefaulted],
  ["object_assignment_pattern", lowerDefaulted],
  ["spread_element", lowerSpread],
  ["rest_pattern", lowerSpread],
  ["shorthand_property_identifier", nameAt],
  ["shorthand_property_identifier_pattern", nameAt],
  ["pair", (c, node) => opaque(c, node, [lowerPair(c, node).value])],
];
