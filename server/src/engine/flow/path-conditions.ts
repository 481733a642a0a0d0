import type { Expression } from "../facts";
import type { Scope } from "./scope";
import type { Value } from "./values";

/** A test in a form that is the same wherever it is repeated: `not done` is `done` with the other answer. */
export interface Test {
  readonly key: string;
  /** False: the expression says the opposite of `key`. */
  readonly positive: boolean;
  /** The names whose values decide it. */
  readonly names: readonly string[];
  /** `kind == "new"`: what is compared with which literal, for a subject that can equal one only. */
  readonly equals?: { readonly subject: string; readonly literal: string };
}

/** What a test was found to be on the way to the current statement, as long as its names keep their values. */
interface KnownTest {
  readonly answer: boolean;
  /** The latest assignment to any of its names when it was tested. */
  readonly version: number;
}

/** A name that two branches left with different values: which one it has is known again where the same test decides. */
export interface Split {
  readonly name: string;
  readonly test: Test;
  readonly version: number;
  /** The latest assignment to the name when the branches were joined. */
  readonly joined: number;
  readonly whenTrue: Value | undefined;
  readonly whenFalse: Value | undefined;
}

/** What is known of the way to the current statement. */
export interface Path {
  readonly tests: ReadonlyMap<string, KnownTest>;
  /** Inner ones first. */
  readonly splits: readonly Split[];
}

export const NOTHING_TESTED: Path = { tests: new Map(), splits: [] };

const OPPOSITES: ReadonlyMap<string, string> = new Map([["!=", "=="], ["is not", "is"], ["not in", "in"]]);

/** The repeatable form of a test; undefined for one that may be different each time: calls, items, arithmetic. */
export function testOf(node: Expression): Test | undefined {
  switch (node.kind) {
    case "name":
    case "attribute": {
      const key = pathText(node);
      return key === undefined ? undefined : { key: key.text, positive: true, names: [key.root] };
    }
    case "named-assignment": return node.target.kind === "name" ? { key: node.target.name, positive: true, names: [node.target.name] } : undefined;
    case "unary": {
      const inner = node.operator === "not" ? testOf(node.operand) : undefined;
      return inner && { ...inner, positive: !inner.positive };
    }
    case "comparison": {
      const isNull = node.right.kind === "literal" && node.right.value === null;
      const opposite = OPPOSITES.get(node.operator);
      // `x === null`, `x == null` say the same as `x is None`.
      const operator = isNull && (opposite ?? node.operator) === "==" ? "is" : opposite ?? node.operator;
      if (operator !== "==" && operator !== "is" && operator !== "in") return undefined;
      const left = operandText(node.left);
      const right = operandText(node.right);
      if (left === undefined || right === undefined || left.names.length === 0) return undefined;
      const equals = operator !== "in" && node.right.kind === "literal" ? { subject: left.text, literal: right.text } : undefined;
      return { key: `${left.text} ${operator} ${right.text}`, positive: opposite === undefined, names: [...left.names, ...right.names], ...(equals && { equals }) };
    }
    default: return undefined;
  }
}

function operandText(node: Expression): { readonly text: string; readonly names: readonly string[] } | undefined {
  if (node.kind === "literal") return { text: JSON.stringify(node.value), names: [] };
  if (node.kind === "sequence") {
    const items = node.items.map(operandText);
    return items.every((item) => item !== undefined) ? { text: `(${items.map((item) => item.text).join()})`, names: items.flatMap((item) => item.names) } : undefined;
  }
  const path = node.kind === "name" || node.kind === "attribute" ? pathText(node) : undefined;
  return path && { text: path.text, names: [path.root] };
}

function pathText(node: Expression): { readonly text: string; readonly root: string } | undefined {
  if (node.kind === "name") return { text: node.name, root: node.name };
  if (node.kind !== "attribute") return undefined;
  const object = pathText(node.object);
  return object && { text: `${object.text}.${node.name}`, root: object.root };
}

/** Notes that a condition holds (or does not), with every part of it that follows. */
export function assume(scope: Scope, node: Expression, answer: boolean): void {
  if (node.kind === "unary" && node.operator === "not") return assume(scope, node.operand, !answer);
  if (node.kind === "logical") {
    // `a and b` holds: both do. `a or b` does not: neither does.
    if (node.operator === "and" ? answer : node.operator === "or" && !answer) {
      assume(scope, node.left, answer);
      assume(scope, node.right, answer);
    }
    return;
  }
  const test = testOf(node);
  if (!test) return;
  const { names, equals } = test;
  const holds = answer === test.positive;
  scope.know(test, holds);
  if (equals && holds) scope.know({ key: literalKey(equals.subject, equals.literal), names }, true);
  // What is true is not None, what is None is not true.
  if (node.kind === "name" && holds) scope.know({ key: `${test.key} is null`, names }, false);
  if (holds && equals?.literal === "null") scope.know({ key: equals.subject, names }, false);
}

/** How many elements a collection has, where a test before said so: `if (rows.length !== 1) throw …`. */
export function lengthOf(scope: Scope, node: Expression): number | undefined {
  const path = node.kind === "name" || node.kind === "attribute" ? pathText(node) : undefined;
  if (!path) return undefined;
  const subject = `${path.text}.length`;
  const key = scope.literalOf(subject, [path.root]);
  const length = key === undefined ? NaN : Number(key.slice(literalKey(subject, "").length));
  return Number.isInteger(length) ? length : undefined;
}

/** `kind` is this literal, whatever it was compared with `==` or `is`. */
function literalKey(subject: string, literal: string): string {
  return `${subject} = ${literal}`;
}

/** The answer that an earlier test of the same gave on every way here. */
export function answerOf(scope: Scope, node: Expression): boolean | undefined {
  const test = testOf(node);
  const answer = test && answerTo(scope, test);
  return answer === undefined ? undefined : answer === test!.positive;
}

function answerTo(scope: Scope, test: Test): boolean | undefined {
  const known = scope.known(test);
  if (known !== undefined || !test.equals) return known;
  const { subject, literal } = test.equals;
  // `kind == "new"` holds: it is no other.
  const other = scope.literalOf(subject, test.names);
  return other !== undefined && other !== literalKey(subject, literal) ? false : undefined;
}

/** Gives the names that earlier tests split the values they have on the way that the tests so far lead. */
export function resolveSplits(scope: Scope): void {
  scope.resolve((test) => answerTo(scope, test));
}
