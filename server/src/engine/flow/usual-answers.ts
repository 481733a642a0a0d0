import type { Comparison, Expression } from "../facts";
import type { Scope } from "./scope";

/**
 * What a test comes to most of the time: one of a parameter that callers mostly leave out (`if (withItems)`), one of the environment where the application is deployed
 * (`if (process.env.NODE_ENV === "development")`). Undefined where nothing says so.
 */
export function usualAnswer(test: Expression, scope: Scope): boolean | undefined {
  if (test.kind === "unary" && test.operator === "not") {
    const asked = usualAnswer(test.operand, scope);
    return asked === undefined ? undefined : !asked;
  }
  if (test.kind === "logical" && test.operator === "and") {
    const answers = [usualAnswer(test.left, scope), usualAnswer(test.right, scope)];
    return answers.includes(false) ? false : answers.every((each) => each === true) ? true : undefined;
  }
  if (test.kind === "comparison") return whereDeployed(test);
  const value = test.kind === "name" ? scope.get(test.name) : undefined;
  return value?.kind === "unknown" ? value.usually : undefined;
}

function whereDeployed({ operator, left, right }: Comparison): boolean | undefined {
  const equal = operator === "==" ? true : operator === "!=" ? false : undefined;
  if (equal === undefined || !isEnvironment(left) || right.kind !== "literal" || typeof right.value !== "string") return undefined;
  if (/^prod(uction)?$/i.test(right.value)) return equal;
  return /^(dev|development|tests?|testing|local|ci|e2e)$/i.test(right.value) ? !equal : undefined;
}

/** `process.env.NODE_ENV`, `process.env["NODE_ENV"]`: what libraries of Node and bundlers tell environments apart by. */
function isEnvironment(node: Expression): boolean {
  if (node.kind === "attribute") return node.name === "NODE_ENV";
  return node.kind === "subscript" && node.index.kind === "literal" && node.index.value === "NODE_ENV";
}
