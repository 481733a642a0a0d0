import type { Expression, MappingEntry } from "../../facts";
import { childIn, hasErrorChild, lowerChildren, lowerInner, lowerName, lowerOpaque, lowerSpread, opaque } from "../tree-sitter";
import { lowerExpression, Role, type LowerExpression, type Lowering } from "./context";
import { isFunctionNode, lowerMethodValue, lowerNamedFunction } from "./functions";
import { declaredName, keyOf } from "./names";

/** `{ name, key: value, [computed]: value, ...rest, method() {} }`. */
function lowerObject(c: Lowering, node: number): Expression {
  return { kind: "mapping", start: c.start[node], end: c.end[node], entries: lowerChildren(c, node, lowerEntry) };
}

function lowerEntry(c: Lowering, node: number, role: number): MappingEntry {
  switch (role) {
    case Role.pair: return lowerPair(c, node);
    case Role.shorthand: return { key: keyOf(c, node), value: lowerName(c, node) };
    case Role.spread: return { value: lowerInner(c, node) };
    case Role.method: {
      const name = childIn(c, node, c.fields.name);
      if (name < 0) return { value: lowerOpaque(c, node) };
      const key = keyOf(c, name);
      return { key, value: lowerMethodValue(c, node) };
    }
    default: return { value: lowerOpaque(c, node) };
  }
}

function lowerPair(c: Lowering, node: number): MappingEntry {
  const key = childIn(c, node, c.fields.key);
  const value = childIn(c, node, c.fields.value);
  if (key < 0 || value < 0 || hasErrorChild(c, node)) return { value: lowerOpaque(c, node) };
  const lowered = keyOf(c, key);
  return { key: lowered, value: isFunctionNode(c, value) ? lowerNamedFunction(c, value, declaredName(c, key, node)) : lowerExpression(c, value) };
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
  return { kind: "mapping", start: c.start[node], end: c.end[node], entries: lowerChildren(c, node, lowerEntryPattern) };
}

function lowerEntryPattern(c: Lowering, node: number, role: number): MappingEntry {
  switch (role) {
    case Role.shorthandPattern: return { key: keyOf(c, node), value: lowerName(c, node) };
    case Role.pairPattern: return lowerPair(c, node);
    case Role.restPattern: return { value: lowerInner(c, node) };
    case Role.objectAssignmentPattern: {
      const left = childIn(c, node, c.fields.left);
      if (left < 0) return { value: lowerOpaque(c, node) };
      if (c.roles[c.kind[left]] !== Role.shorthandPattern) return { value: lowerDefaulted(c, node) };
      return { key: keyOf(c, left), value: lowerDefaulted(c, node) };
    }
    default: return { value: lowerOpaque(c, node) };
  }
}

/** `target = default` inside a pattern. */
function lowerDefaulted(c: Lowering, node: number): Expression {
  const left = childIn(c, node, c.fields.left);
  const right = childIn(c, node, c.fields.right);
  if (left < 0 || right < 0 || hasErrorChild(c, node)) return lowerOpaque(c, node);
  const target = lowerExpression(c, left);
  return { kind: "logical", start: c.start[node], end: c.end[node], operator: "coalesce", left: target, right: lowerExpression(c, right) };
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
  ["shorthand_property_identifier", lowerName],
  ["shorthand_property_identifier_pattern", lowerName],
  ["pair", (c, node) => opaque(c, node, [lowerPair(c, node).value])],
];
