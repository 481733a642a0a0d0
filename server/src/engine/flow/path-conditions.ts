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
}

/** What a test was found to be on the way to the current statement, as long as its names keep their values. */
export interface KnownTest {
  readonly answer: boolean;
  readonly names: readonly string[];
  /** The latest assignment to any of its names when it was tested. */
  readonly version: number;
}

/** A name that two branches left with different values: which one it has is known again where the same test decides. */
export interface Split {
  readonly key: string;
  readonly names: readonly string[];
  readonly version: number;
  /** The assignment that joined the two. */
  readonly joined: number;
  readonly whenTrue: Value | undefined;
  readonly whenFalse: Value | undefined;
}

const OPPOSITES: ReadonlyMap<string, string> = new Map([["!=", "=="], ["is not", "is"], ["not in", "in"]]);

/** The repeatable form of a test; undefined for one that may be different each time: calls, items, arithmetic. */
export function testOf(node: Expression): Test | undefined {
  switch (node.kind) {
    case "name":
    case "attribute": {
      const key = pathText(node);
      return key === undefined ? undefined : { key: key.text, positive: true, names: [key.root] };
    }
    case "named-assignment": return { key: node.target.name, positive: true, names: [node.target.name] };
    case "unary": {
      const inner = node.operator === "not" ? testOf(node.operand) : undefined;
      return inner && { ...inner, positive: !inner.positive };
    }
    case "comparison": {
      const operator = OPPOSITES.get(node.operator) ?? node.operator;
      if (operator !== "==" && operator !== "is" && operator !== "in") return undefined;
      const left = operandText(node.left);
      const right = operandText(node.right);
      if (left === undefined || right === undefined || left.names.length === 0) return undefined;
      return { key: `${left.text} ${operator} ${right.text}`, positive: operator === node.operator, names: [...left.names, ...right.names] };
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
  const holds = answer === test.positive;
  scope.know(test.key, test.names, holds);
  // What is true is not None, what is None is not true.
  if (node.kind === "name" && holds) scope.know(`${test.key} is null`, test.names, false);
  if (holds && test.key.endsWith(" is null")) scope.know(test.key.slice(0, -" is null".length), test.names, false);
}

/** The answer that an earlier test of the same gave on every way here. */
export function answerOf(scope: Scope, node: Expression): boolean | undefined {
  const test = testOf(node);
  const known = test && scope.known(test.key, test.names);
  return known === undefined ? undefined : known === test!.positive;
}

/** Gives the names that an earlier test of the same split the values they have where it decides so. */
export function resolveSplits(scope: Scope, node: Expression, answer: boolean): void {
  const test = testOf(node);
  if (test) scope.resolve(test.key, answer === test.positive);
}
