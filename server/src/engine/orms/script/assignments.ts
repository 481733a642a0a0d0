import type { Attribute, Expression } from "../../facts";
import type { AssignedField } from "../../flow";
import type { Machine } from "../../flow/machine";
import { mayVary, unknown, type RowValue, type Value } from "../../flow/values";
import type { Entity } from "../../project";
import { joinPath } from "./queries";

/** `row.field = value`: what a later `save()` writes. */
export function assignRow(m: Machine, row: RowValue, name: string, value: Value, node: Attribute, assigned: Expression, operator?: string): void {
  const own = fromOwnValue(m, row, name, node, assigned, operator);
  row.cell.assigned.push({
    field: name, at: m.at({ start: node.start, end: assigned.end }), expression: node, ...(own && { fromOwnValue: own }), constant: m.loops.length === 0 || !mayVary(value.varies, m.innermost), value: assigned,
  });
  row.cell.read.add(joinPath(row.origin.path, name));
  if (row.origin.path !== "") return;
  const isOther = row.cell.assigned.some((other) => other.field === name && other.expression !== node);
  row.cell.values.set(name, isOther ? unknown(value.varies) : value);
}

/** `row.stock = row.stock - n`, `row.stock -= n`, `row.stock++`: computed in code from what was read before. */
function fromOwnValue(m: Machine, row: RowValue, name: string, node: Attribute, assigned: Expression, operator?: string): AssignedField["fromOwnValue"] {
  const entity = m.project.entity(row.origin.entity);
  if (row.cell.constructed || row.cell.isNew || !isNumber(entity, name)) return undefined;
  // What it was given before in this code is no value that was read.
  if (row.cell.assigned.some((before) => before.field === name && before.expression !== node && !before.fromOwnValue)) return undefined;
  if (operator) return { operator, operand: assigned };
  if (assigned.kind !== "binary" || !/^[-+*/]$/.test(assigned.operator)) return undefined;
  const same = (side: Expression): boolean => side.kind === "attribute" && side.name === name && m.describe(side) === m.describe(node);
  if (same(assigned.left)) return { operator: assigned.operator, operand: assigned.right };
  if (same(assigned.right) && assigned.operator === "+") return { operator: "+", operand: assigned.left };
  return undefined;
}

function isNumber(entity: Entity | undefined, name: string): boolean {
  return /^(integer|small-integer|decimal|float)$/.test(entity?.fields.get(name)?.holds ?? "");
}
