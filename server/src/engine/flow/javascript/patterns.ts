import type { Expression, Mapping } from "../../facts";
import { assignTarget } from "../assignment";
import type { Machine } from "../machine";
import { attributeOf } from "../attributes";
import type { Scope } from "../scope";
import { joinValues, optionsOf, unknown, type Value } from "../values";

/** `const { id, items: [first], ...rest } = order`. */
export function assignObjectPattern(m: Machine, target: Mapping, value: Value, scope: Scope, assigned: Expression): void {
  const named = new Set<string>();
  for (const { key, value: part } of target.entries) {
    if (!key) {
      assignTarget(m, part, restOf(value, named), scope, assigned);
      continue;
    }
    const name = key.kind === "literal" ? String(key.value) : undefined;
    if (name !== undefined) named.add(name);
    assignTarget(m, part, name === undefined ? unknown(value.varies) : propertyOf(m, value, name, key, assigned), scope, assigned);
  }
}

function propertyOf(m: Machine, value: Value, name: string, key: Expression, assigned: Expression): Value {
  return attributeOf(m, value, name, { kind: "attribute", object: assigned, name, nameStart: key.start, start: key.start, end: key.end }, {});
}

function restOf(value: Value, named: ReadonlySet<string>): Value {
  const parts = optionsOf(value).map((option): Value => {
    if (option.kind !== "mapping") return option.kind === "row" ? option : unknown(option.varies);
    const entries = new Map([...option.entries].filter(([name]) => !named.has(name)));
    return { ...option, entries, literal: undefined };
  });
  return parts.reduce(joinValues);
}

/** `{ size = 20 }`: the default where nothing is given. */
export function assignWithDefault(m: Machine, target: Expression, fallback: Expression, value: Value, scope: Scope, assigned: Expression, given: (node: Expression, scope: Scope) => Value): void {
  const isMissing = value.kind === "constant" && value.value === null;
  const other = value.kind === "unknown" || isMissing ? given(fallback, scope) : undefined;
  const result = other === undefined ? value : isMissing || other.kind !== "constant" ? other : joinValues(value, other);
  assignTarget(m, target, result, scope, assigned);
}

