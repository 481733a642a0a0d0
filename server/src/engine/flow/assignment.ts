import type { Expression } from "../facts";
import { escape, evaluate } from "./expressions";
import { single, walk } from "./iteration";
import { assignObjectPattern, assignWithDefault, isScript, withEntry } from "./javascript";
import type { Machine } from "./machine";
import type { Scope } from "./scope";
import { constant, isEmptyRows, joinValues, mayVary, optionsOf, partOf, sequenceOf, unknown, varying, type MappingValue, type Value } from "./values";

/** Binds a target to a value: names, unpacking, attributes, items. */
export function assignTarget(m: Machine, target: Expression, value: Value, scope: Scope, assigned: Expression, operator?: string): void {
  switch (target.kind) {
    case "name":
      scope.setTo(target.name, value, assigned);
      return;
    case "spread":
      assignTarget(m, target.value, value.kind === "sequence" ? { ...value, of: "list", items: undefined } : sequenceOf("list", value), scope, assigned);
      return;
    case "mapping":
      return assignObjectPattern(m, target, value, scope, assigned);
    case "logical":
      return assignWithDefault(m, target.left, target.right, value, scope, assigned, (fallback, names) => evaluate(m, fallback, names));
    case "cast":
      return assignTarget(m, target.operand, value, scope, assigned, operator);
    case "sequence": {
      const source = value.kind === "query" ? walk(m, value, assigned, "unpack") : value;
      const items = source.kind === "sequence" ? source.items : undefined;
      const starred = target.items.findIndex((item) => item.kind === "spread");
      if (isScript(m, scope.uri)) {
        noteFirstOnly(m, target.items, source, assigned);
        target.items.forEach((item, i) => {
          const part = item.kind === "spread" ? source : items?.[i] ?? (source.kind === "sequence" ? (source.of === "tuple" ? source.element : single(source.element)) : unknown(value.varies));
          assignTarget(m, item, items?.[i] ? partOf(part, value, items) : varying(part, value.varies), scope, assigned);
        });
        return;
      }
      target.items.forEach((item, i) => {
        let part: Value;
        if (items && starred < 0 && items.length === target.items.length) part = items[i];
        else if (source.kind === "sequence") part = source.of === "tuple" ? source.element : single(source.element);
        else part = unknown(value.varies);
        assignTarget(m, item, varying(part, value.varies), scope, assigned);
      });
      return;
    }
    case "attribute": {
      if (target.object.kind === "name") scope.touch(target.object.name);
      const object = evaluate(m, target.object, scope);
      for (const option of optionsOf(object)) {
        // Attributes are not told apart by branches: that one of them has no rows says nothing of the others.
        if (option.kind === "instance" && isEmptyRows(value) && option.attributes.has(target.name)) continue;
        if (option.kind === "mapping" && target.object.kind === "name" && isScript(m, scope.uri)) scope.assignOutwards(target.object.name, withEntry(m, option, constant(target.name), value));
        if (option.kind === "instance") option.attributes.set(target.name, value);
        else if (option.kind === "row") m.rowAdapter(option)?.assignAttribute(option, target.name, value, target, assigned, m, operator);
      }
      escape(m, value, "attribute", assigned);
      return;
    }
    case "subscript": {
      const object = evaluate(m, target.object, scope);
      const index = evaluate(m, target.index, scope);
      if (object.kind === "mapping" && target.object.kind === "name") {
        const entries = new Map(object.entries);
        const maybe = new Set(object.maybe);
        if (index.kind === "constant") {
          entries.set(String(index.value), value);
          object.names?.set(String(index.value), value);
          maybe.delete(String(index.value));
        }
        const grows = m.loops.length > 0 && mayVary(index.varies, m.innermost);
        scope.assignOutwards(target.object.name, {
          ...object, entries, literal: undefined, complete: object.complete && index.kind === "constant", key: isEmpty(object) ? index : joinValues(object.key, index), value: isEmpty(object) ? value : joinValues(object.value, value),
          size: grows ? (m.loops[m.loops.length - 1].size === "few" ? object.size : m.loops[m.loops.length - 1].size) : object.size,
        });
      }
      escape(m, value, "container", assigned);
      return;
    }
    default:
      return;
  }
}

function isEmpty(mapping: MappingValue): boolean {
  return mapping.entries.size === 0 && mapping.value.kind === "unknown";
}

/** `const [latest] = await rows`: all rows are loaded and all but one thrown away. */
function noteFirstOnly(m: Machine, targets: readonly Expression[], source: Value, assigned: Expression): void {
  if (targets.length !== 1 || targets[0].kind !== "name" || source.kind !== "sequence" || !source.query || !source.materialised) return;
  const { query, materialised } = source;
  const isLoadedHere = materialised.uri === m.uri && assigned.start <= materialised.span.start && materialised.span.end <= assigned.end;
  if (isLoadedHere && query.bound.kind === "none" && !query.atMostOne && query.shape !== "scalars") m.emit({ kind: "rowsReduced", at: m.at(assigned), query, by: "first-of-list", expression: assigned });
}
