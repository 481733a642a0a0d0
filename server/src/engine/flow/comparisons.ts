import type { Comparison, Expression } from "../facts";
import { NO_USE, TRUTH, type Use } from "./adapter";
import { markChecked } from "./client-values";
import type { QueryRun } from "./events";
import { evaluate, truth } from "./expressions";
import { isScript, noteMeaning } from "./javascript";
import type { Machine } from "./machine";
import { isOfClass } from "./matching";
import { narrow } from "./narrowing";
import { answerOf, assume } from "./path-conditions";
import type { Scope } from "./scope";
import { select, selectionsOf } from "./selections";
import { constant, isKey, isFalse, isTrue, joinValues, optionsOf, unknown, varying, type Value } from "./values";

export function evaluateLogical(m: Machine, operator: "and" | "or" | "coalesce", left: Expression, right: Expression, scope: Scope, use: Use): Value {
  // The left side is always tested for truth; its value is also the result, so only a test around it makes the truth its only use.
  const first = evaluate(m, left, scope, use.truth ? TRUTH : NO_USE);
  if (use.truth || first.kind === "query") truth(m, first, left);
  if (first.kind === "constant" && operator === "coalesce") return first.value === null ? evaluate(m, right, scope, use) : first;
  if (first.kind === "constant" && operator !== "coalesce" && (operator === "and") === !first.value) return first;
  if (operator === "or" && isTrue(first)) return first;
  if (operator === "coalesce" && (isKey(first) || (first.kind === "row" && first.present))) return first;
  // `order.items || (await order.getItems())`: an array is true, and rows that came with their owner are there.
  if (operator !== "and" && first.kind === "sequence" && first.element.kind === "row" && first.element.origin.query && isScript(m, scope.uri)) return first;
  // `{ ...(where ?? {}), deletedAt: null }` with a `where` that a caller wrote out: an object is true.
  if (operator !== "and" && first.kind === "mapping" && first.literal !== undefined && isScript(m, scope.uri)) return first;
  const answer = operator === "coalesce" ? undefined : answerOf(scope, left);
  // `given or fallback()`: what the caller gave is there.
  if (answer !== undefined && answer === (operator === "or")) return first;
  const { path } = scope;
  if (operator !== "coalesce") assume(scope, left, operator === "and");
  const widen = operator === "coalesce" ? undefined : narrow(m, scope, left, operator === "and");
  const { loops, selected } = m;
  if (loops.length > 0 && operator !== "coalesce") select(m, selectionsOf(m, left, scope, operator === "and"));
  const second = m.costs.within(m.arm(undefined, 0, 2, first), () => evaluate(m, right, scope, use.truth ? TRUTH : NO_USE));
  m.loops = loops;
  m.selected = selected;
  widen?.();
  scope.path = path;
  if (first.kind === "constant" && operator !== "coalesce" && second.kind === "constant") return second;
  if (use.truth) truth(m, second, right);
  // What the other side says changes nothing then.
  if (use.truth && (operator === "and" ? isFalse(second) : operator === "or" && isTrue(second))) return second;
  // `globalThis.prisma ?? new PrismaClient()`: what was kept elsewhere is what is made here.
  const isKeptElsewhere = first.kind === "unknown" || (first.kind === "external" && /^js\.(global|globalThis|window)\./.test(first.name));
  if (isKeptElsewhere && operator !== "and" && !use.truth && isScript(m, scope.uri) && (second.kind === "object" || second.kind === "instance" || second.kind === "entity")) return varying(second, first.varies);
  const joined = joinValues(first, second);
  return use.truth ? unknown(Math.max(first.varies, second.varies)) : varying(joined, Math.max(first.varies, second.varies));
}

const MEANS_SOME = new Set(["> 0", ">= 1", "!= 0"]);
const MEANS_NONE = new Set(["== 0", "< 1", "<= 0"]);

export function evaluateComparison(m: Machine, node: Comparison, scope: Scope): Value {
  const left = evaluate(m, node.left, scope);
  const right = evaluate(m, node.right, scope);
  if (node.operator === "in" || node.operator === "not in") {
    for (const option of optionsOf(right)) {
      if (option.kind !== "query") continue;
      m.adapter(option.query.orm)?.evaluate(option, "contains", node.right, m);
      markMember(m, node, option.query.id, left);
    }
  }
  if (!isLowerLimit(node.operator, left, right)) [left, right].forEach(markChecked);
  const meaning = right.kind === "constant" && typeof right.value === "number" ? meaningOf(`${node.operator} ${right.value}`) : undefined;
  if (meaning) {
    if (isLength(node.left)) noteMeaning(m, node.left, node, meaning);
    markMeaning(m, node.left, node, meaning);
  }
  const varies = Math.max(left.varies, right.varies);
  if (node.operator === "instanceof") {
    const answer = isOfClass(m, left, right);
    return answer === undefined ? unknown(varies) : constant(answer, varies);
  }
  if (isKey(left) && right.kind === "constant" && right.value === null && (node.operator === "is" || node.operator === "is not")) return constant(node.operator === "is not", varies);
  // `webhooks === undefined`, where the caller gave an array that it has: what a type says may be left out.
  if (left.kind === "sequence" && (left.items ?? left.query ?? left.materialised) !== undefined && right.kind === "constant" && right.value === null && (node.operator === "==" || node.operator === "!=") && isScript(m, scope.uri)) return constant(node.operator === "!=", varies);
  // One of several constants, and none of them is this one.
  if (left.kind === "union" && right.kind === "constant" && left.options.every((option) => option.kind === "constant" && option.value !== right.value)) {
    if (node.operator === "==" || node.operator === "is") return constant(false, varies);
    if (node.operator === "!=" || node.operator === "is not") return constant(true, varies);
  }
  if (left.kind === "constant" && (node.operator === "in" || node.operator === "not in") && right.kind === "sequence" && right.items?.every((item) => item.kind === "constant")) {
    return constant(right.items.some((item) => item.kind === "constant" && item.value === left.value) === (node.operator === "in"), varies);
  }
  // `"session" in event`, where the caller wrote what it hands over.
  if (left.kind === "constant" && right.kind === "mapping" && right.isOptions && (node.operator === "in" || node.operator === "not in")) {
    const key = String(left.value);
    const isThere = right.entries.has(key) && !right.maybe?.has(key) ? true : right.complete && !right.entries.has(key) ? false : undefined;
    if (isThere !== undefined) return constant(isThere === (node.operator === "in"), varies);
  }
  // A lazy query is there, however many rows it has.
  if ((left.kind === "query" || left.kind === "manager") && right.kind === "constant" && right.value === null && (node.operator === "is" || node.operator === "is not")) return constant(node.operator === "is not", varies);
  if (left.kind === "constant" && right.kind === "constant") {
    if (node.operator === "is" || node.operator === "==") return constant(left.value === right.value, varies);
    if (node.operator === "is not" || node.operator === "!=") return constant(left.value !== right.value, varies);
    if (typeof left.value === "string" && typeof right.value === "string" && (node.operator === "in" || node.operator === "not in")) return constant(right.value.includes(left.value) === (node.operator === "in"), varies);
  }
  return unknown(varies);
}

/** What a comparison with a number asks of a number of rows: whether there are some, or none. */
function meaningOf(written: string): "some" | "none" | undefined {
  return MEANS_SOME.has(written) ? "some" : MEANS_NONE.has(written) ? "none" : undefined;
}

/** `size is None`, `size == ""`, `size < 1`, `0 >= size`: says nothing of how large it may be. */
function isLowerLimit(operator: string, left: Value, right: Value): boolean {
  const other = right.kind === "constant" ? right.value : left.kind === "constant" ? left.value : undefined;
  return other === null || other === "" || other === false || other === true || (typeof other === "number" && other <= 1) || operator === "is" || operator === "is not";
}

/** `rows.length`. */
export function isLength(node: Expression): boolean {
  return node.kind === "attribute" && node.name === "length";
}

/** A run whose result was only compared: remembered on its event. */
export function markMeaning(m: Machine, given: Expression, whole: Expression, meaning: "some" | "none"): void {
  const run = given.kind === "await" ? given.operand : given;
  for (let i = m.events.length - 1; i >= 0 && i >= m.events.length - 4; i--) {
    const event = m.events[i];
    if (event.kind === "queryRun" && event.at.span.start === run.start && event.at.span.end === run.end && (event.how === "len" || event.how === "count" || event.how === "bool")) {
      (event as { -readonly [K in keyof QueryRun]: QueryRun[K] }).comparedToZero = { at: m.at(whole), expression: whole, meaning };
      return;
    }
  }
}

/** `x in rows`: what is looked for, remembered on the event of the run. */
function markMember(m: Machine, node: Comparison, query: number, member: Value): void {
  const event = m.events.findLast((each) => each.kind === "queryRun" && each.query.id === query);
  if (event?.kind !== "queryRun" || event.expression !== node.right) return;
  const row = member.kind === "row" ? member : undefined;
  (event as { -readonly [K in keyof QueryRun]: QueryRun[K] }).membership = {
    at: m.at(node), expression: node, negated: node.operator === "not in", entity: row?.origin.entity, isFetched: row?.origin.query !== undefined && row.origin.path === "",
  };
}
