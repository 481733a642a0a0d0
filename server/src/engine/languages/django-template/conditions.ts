import type { Expression } from "../../facts";
import { opaqueNode, type TemplateLowering } from "../template";
import { requireExpression } from "./expressions";
import type { Bit } from "./scan";

interface Operator {
  readonly name: string;
  /** How strongly it binds (`lbp` in Django's `template/smartif.py`). */
  readonly power: number;
  /** How many bits it takes: two for `not in` and `is not`. */
  readonly bits: number;
}

const POWERS: ReadonlyMap<string, number> = new Map([
  ["or", 6], ["and", 7], ["in", 9], ["not in", 9],
  ...["is", "is not", "==", "!=", ">", ">=", "<", "<="].map((name) => [name, 10] as const),
]);
const NOT_POWER = 8;

/** The condition of `{% if %}`: operators between filter expressions, without parentheses. */
export function readCondition(c: TemplateLowering, bits: readonly Bit[], from: number, to: number): Expression {
  const words = bits.map(({ start, end }) => (end - start <= 3 ? c.text.slice(start, end) : ""));
  let at = 0;
  /** Levels of the tree that is being built: chains of operators nest as well. */
  let levels = 0;

  const operatorAt = (index: number): Operator | undefined => {
    const word = words[index];
    const double = `${word} ${words[index + 1]}`;
    const name = double === "not in" || double === "is not" ? double : word;
    const power = POWERS.get(name);
    return power === undefined ? undefined : { name, power, bits: name === word ? 1 : 2 };
  };

  const operand = (): Expression => {
    const bit = bits[at];
    if (!bit) {
      c.fail(from, to);
      return opaqueNode([], to, to);
    }
    if (words[at] === "not" && words[at + 1] !== "in") {
      at++;
      const value = levels++ < c.room ? expression(NOT_POWER) : opaqueNode([], bit.start, to);
      return { kind: "unary", operator: "not", operand: value, start: bit.start, end: value.end };
    }
    if (operatorAt(at)) {
      c.fail(bit.start, bit.end);
      return opaqueNode([], bit.start, bit.start);
    }
    at++;
    return requireExpression(c, bit.start, bit.end);
  };

  const expression = (power: number): Expression => {
    let left = operand();
    for (let operator = operatorAt(at); operator && operator.power > power && levels++ < c.room; operator = operatorAt(at)) {
      at += operator.bits;
      const right = expression(operator.power);
      left = join(operator.name, left, right);
    }
    return left;
  };

  const result = expression(0);
  if (at < bits.length) c.fail(bits[at].start, to);
  return result;
}

function join(operator: string, left: Expression, right: Expression): Expression {
  const { start } = left;
  const { end } = right;
  return operator === "and" || operator === "or"
    ? { kind: "logical", operator, left, right, start, end }
    : { kind: "comparison", operator, left, right, start, end };
}
