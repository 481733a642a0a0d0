import type { Comparison, Expression } from "../facts";
import { evaluate } from "./expressions";
import type { Machine } from "./machine";
import { Scope } from "./scope";
import { isFalse, isTrue, joinValues, type Value } from "./values";

/**
 * A name that holds one of several objects holds only those for which a test can have come out as it did: behind `if item.kind == "note"`, no object
 * whose class says `kind = "mail"`. Tests are looked at that compare an attribute of the name; they were evaluated before, so nothing happens anew.
 * Calling the answer takes it back.
 */
export function narrow(m: Machine, scope: Scope, test: Expression, answer: boolean): () => void {
  if (test.kind === "unary" && test.operator === "not") return narrow(m, scope, test.operand, !answer);
  if (test.kind === "logical") {
    if (test.operator === "and" ? !answer : test.operator !== "or" || answer) return nothing;
    const left = narrow(m, scope, test.left, answer);
    const right = narrow(m, scope, test.right, answer);
    return left === nothing ? right : () => (right(), left());
  }
  const name = test.kind === "comparison" ? subjectOf(test) : undefined;
  const value = name === undefined ? undefined : scope.get(name);
  if (name === undefined || value?.kind !== "union" || !value.options.some(isObject)) return nothing;
  const left = value.options.filter((option) => !contradicts(m, scope, name, option, test, answer));
  if (left.length === 0 || left.length === value.options.length) return nothing;
  return scope.narrowed(name, left.reduce(joinValues));
}

const nothing = (): void => undefined;

/** The name of which an attribute is compared with something written down. */
function subjectOf({ left, right }: Comparison): string | undefined {
  return left.kind === "attribute" && left.object.kind === "name" && (right.kind === "literal" || right.kind === "sequence") ? left.object.name : undefined;
}

function isObject({ kind }: Value): boolean {
  return kind === "row" || kind === "instance";
}

function contradicts(m: Machine, scope: Scope, name: string, option: Value, test: Expression, answer: boolean): boolean {
  const { events, work } = m;
  m.events = [];
  const outcome = evaluate(m, test, new Scope(scope.uri, scope, new Map([[name, option]])), { truth: true });
  m.events = events;
  m.work = work;
  return answer ? isFalse(outcome) : isTrue(outcome);
}
