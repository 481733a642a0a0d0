import type { Expression, Match, MatchCase, Pattern } from "../facts";
import { markChecked } from "./client-values";
import { hide } from "./loads";
import { evaluate, truth } from "./expressions";
import type { Machine } from "./machine";
import { answerOf, assume } from "./path-conditions";
import { joinNames, type Scope } from "./scope";
import { select, selectionsOf } from "./selections";
import { optionsOf, unknown, type Value } from "./values";

/** What pattern classes of Python's own take: `case str():`. */
const TYPES: Readonly<Record<string, string>> = { "builtins.str": "string", "builtins.int": "number", "builtins.float": "number", "builtins.bool": "boolean" };

/** Runs the cases that the subject may come to, each for itself, and joins what they leave behind. */
export function executeMatch(m: Machine, node: Match, scope: Scope, run: (option: MatchCase) => "on" | "left"): "on" | "left" {
  const subject = evaluate(m, node.subject, scope);
  markChecked(subject);
  hide(m, subject);
  const start = scope.snapshot();
  const { path } = scope;
  let joined: Map<string, Value> | undefined;
  let passes = true;
  for (const option of node.cases) {
    const answer = takes(m, subject, node.subject, option.pattern, scope);
    if (answer === false) continue;
    const before = scope.path;
    scope.restore(new Map(start));
    for (const capture of option.captures) scope.set(capture.name, unknown(subject.varies));
    assumePattern(scope, node.subject, option.pattern, true);
    if (option.guard) truth(m, evaluate(m, option.guard, scope, { truth: true }), option.guard);
    const { loops, selected } = m;
    if (loops.length > 0 && option.pattern.kind === "value") select(m, selectionsOf(m, equality(node.subject, option.pattern.value), scope, true));
    const completion = run(option);
    m.loops = loops;
    m.selected = selected;
    if (completion === "on") joined = joined ? joinNames(joined, scope.current()) : scope.snapshot();
    scope.path = before;
    if (option.guard) continue;
    // Whatever comes here is taken.
    if (answer === true) {
      passes = false;
      break;
    }
    assumePattern(scope, node.subject, option.pattern, false);
  }
  if (!passes) scope.restore(joined ?? start);
  else scope.restore(joined ? joinNames(joined, start) : start);
  scope.path = path;
  return passes || joined ? "on" : "left";
}

/** Whether a pattern takes the subject; undefined: sometimes. */
function takes(m: Machine, subject: Value, node: Expression, pattern: Pattern, scope: Scope): boolean | undefined {
  switch (pattern.kind) {
    case "any": return true;
    case "other": return undefined;
    case "either": {
      const answers = pattern.options.map((option) => takes(m, subject, node, option, scope));
      return answers.includes(true) ? true : answers.every((answer) => answer === false) ? false : undefined;
    }
    case "value": {
      const known = answerOf(scope, equality(node, pattern.value));
      return known ?? agree(optionsOf(subject).map((option) => equals(option, evaluate(m, pattern.value, scope))));
    }
    case "class": {
      const asked = evaluate(m, pattern.class, scope);
      const answers = optionsOf(subject).map((option) => isInstance(m, option, asked));
      return agree(pattern.bare ? answers : answers.map((answer) => (answer ? undefined : answer)));
    }
  }
}

function agree(answers: readonly (boolean | undefined)[]): boolean | undefined {
  return answers.every((answer) => answer === answers[0]) ? answers[0] : undefined;
}

function equals(subject: Value, value: Value): boolean | undefined {
  if (value.kind !== "constant") return undefined;
  if (subject.kind === "constant") return subject.value === value.value;
  return subject.kind === "row" && typeof value.value === "string" ? false : undefined;
}

/** Whether a value is of a class, for `value instanceof Class`: rows that a query gave are objects of their entity's class. What is one of these at times is one. */
export function isOfClass(m: Machine, subject: Value, asked: Value): boolean | undefined {
  const isMade = (option: Value): boolean => option.kind === "instance" || (option.kind === "row" && (option.origin.query !== undefined || option.cell.constructed !== undefined || option.cell.isNew));
  const answers = optionsOf(subject).map((option) => (isMade(option) ? isInstance(m, option, asked) : undefined));
  return answers.includes(false) ? agree(answers) : answers.includes(true) || undefined;
}

function isInstance(m: Machine, subject: Value, asked: Value): boolean | undefined {
  if (asked.kind === "external") {
    if (subject.kind === "constant" && asked.name in TYPES) return typeof subject.value === TYPES[asked.name];
    return (subject.kind === "row" || subject.kind === "instance") && asked.name.startsWith("builtins.") ? false : undefined;
  }
  const own = subject.kind === "row" ? m.project.entity(subject.origin.entity)?.class : subject.kind === "instance" ? subject.class : undefined;
  const other = asked.kind === "entity" ? asked.entity.class : asked.kind === "class" ? asked.class : undefined;
  if (!own || !other) return undefined;
  const isUnder = (a: typeof own, b: typeof own): boolean => m.project.ancestors(a).some((ancestor) => "class" in ancestor && ancestor.class.key === b.key);
  if (isUnder(own, other)) return true;
  // A row of a parent may be handed on as one of its children.
  return isUnder(other, own) ? undefined : false;
}

function assumePattern(scope: Scope, subject: Expression, pattern: Pattern, answer: boolean): void {
  if (pattern.kind === "value") assume(scope, equality(subject, pattern.value), answer);
  else if (pattern.kind === "either" && !answer) for (const option of pattern.options) assumePattern(scope, subject, option, false);
}

/** `subject == value`, as an `if` would ask it. */
function equality(left: Expression, right: Expression): Expression {
  const isNone = right.kind === "literal" && right.value === null;
  return { kind: "comparison", operator: isNone ? "is" : "==", left, right, start: right.start, end: right.end };
}
