import type { Expression } from "../../facts";
import {
  childIn, childWithRole, firstNamedChild, hasErrorChild, lastNamedChild, lowerAwait, lowerConstant, lowerName, lowerOpaque, lowerParenthesized, lowerYield,
  nameText, opaque,
} from "../tree-sitter";
import { CALLS } from "./calls";
import { lowerClassExpression } from "./classes";
import { lowerExpression, lowerLink, Role, type LowerExpression, type Lowering } from "./context";
import { lowerFunctionExpression } from "./functions";
import { JSX } from "./jsx";
import { lowerNumber, lowerString, lowerTemplate } from "./literals";
import { asTarget, forEachTarget, OBJECTS } from "./objects";
import { lowerTypedTag } from "./typed-tags";
import { lowerInstantiation, lowerTypeArguments, TYPES } from "./types";

function lowerMember(c: Lowering, node: number): Expression {
  const stop = c.next[node];
  const fields = c.fields;
  let object = -1;
  let name = -1;
  let dot = 0;
  let isBroken = false;
  let isOptional = false;
  for (let child = node + 1; child < stop; child = c.next[child]) {
    const field = c.field[child];
    const role = c.roles[c.kind[child]];
    if (field === fields.object) object = child;
    else if (field === fields.property) name = child;
    else if (role === Role.error) isBroken = true;
    else if (role !== Role.extra) {
      dot = c.end[child];
      isOptional = role === Role.optionalChain;
    }
  }
  if (object < 0) return lowerOpaque(c, node);
  if (c.roles[c.kind[object]] === Role.importKeyword) return opaque(c, node, []);
  const value = lowerLink(c, object);
  const start = c.liftedAwait < 0 ? c.start[node] : value.start;
  if (isBroken || name < 0 || c.start[name] === c.end[name]) return opaque(c, node, [value]);
  // While a person types, `order.⏎ next()` is read as `order.next()`: nobody ends a line with the dot.
  if (dot < c.start[name] && /[\n\r]/.test(c.text.slice(dot, c.start[name]))) return { kind: "opaque", start, end: dot, parts: [value] };
  return {
    kind: "attribute", start, end: c.end[name], object: value, name: nameText(c, name), nameStart: c.start[name], ...(isOptional && { optional: true }),
  };
}

function lowerSubscript(c: Lowering, node: number): Expression {
  const object = childIn(c, node, c.fields.object);
  const index = childIn(c, node, c.fields.index);
  if (object < 0 || index < 0 || hasErrorChild(c, node)) return lowerOpaque(c, node);
  const value = lowerLink(c, object);
  const { liftedAwait } = c;
  c.liftedAwait = -1;
  const lowered = lowerExpression(c, index);
  c.liftedAwait = liftedAwait;
  return { kind: "subscript", start: liftedAwait < 0 ? c.start[node] : value.start, end: c.end[node], object: value, index: lowered };
}

const COMPARISONS: Readonly<Record<string, string>> = {
  "===": "==", "==": "==", "!==": "!=", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">=", in: "in", instanceof: "instanceof",
};
const LOGICAL: Readonly<Record<string, "and" | "or" | "coalesce">> = { "&&": "and", "||": "or", "??": "coalesce" };

function lowerBinary(c: Lowering, node: number): Expression {
  const leftNode = childIn(c, node, c.fields.left);
  const rightNode = childIn(c, node, c.fields.right);
  const operatorNode = childIn(c, node, c.fields.operator);
  if (leftNode < 0 || rightNode < 0 || operatorNode < 0 || hasErrorChild(c, node)) return lowerOpaque(c, node);
  const operator = c.kinds[c.kind[operatorNode]];
  const typedTag = operator === ">" || operator === "<" || operator === "|" ? lowerTypedTag(c, node) : undefined;
  if (typedTag) return typedTag;
  const start = c.start[node];
  const end = c.end[node];
  const left = lowerExpression(c, leftNode);
  const right = lowerExpression(c, rightNode);
  const comparison = COMPARISONS[operator];
  if (comparison) return { kind: "comparison", start, end, operator: comparison, left, right };
  const logical = LOGICAL[operator];
  if (logical) return { kind: "logical", start, end, operator: logical, left, right };
  return { kind: "binary", start, end, operator, left, right };
}

function lowerUnary(c: Lowering, node: number): Expression {
  const operator = childIn(c, node, c.fields.operator);
  const operand = childIn(c, node, c.fields.argument);
  if (operator < 0 || operand < 0 || hasErrorChild(c, node)) return lowerOpaque(c, node);
  const word = c.kinds[c.kind[operator]];
  return { kind: "unary", start: c.start[node], end: c.end[node], operator: word === "!" ? "not" : word, operand: lowerExpression(c, operand) };
}

function lowerConditional(c: Lowering, node: number): Expression {
  const test = childIn(c, node, c.fields.condition);
  const then = childIn(c, node, c.fields.consequence);
  const otherwise = childIn(c, node, c.fields.alternative);
  if (test < 0 || then < 0 || otherwise < 0 || hasErrorChild(c, node)) return lowerOpaque(c, node);
  const lowered = lowerExpression(c, test);
  const first = lowerExpression(c, then);
  return { kind: "conditional", start: c.start[node], end: c.end[node], test: lowered, then: first, otherwise: lowerExpression(c, otherwise) };
}

/** `value!` is the value. */
function lowerNonNull(c: Lowering, node: number): Expression {
  const inner = firstNamedChild(c, node);
  return inner < 0 || hasErrorChild(c, node) ? lowerOpaque(c, node) : lowerLink(c, inner);
}

function lowerCast(of: "as" | "satisfies"): LowerExpression {
  return (c, node) => {
    const operand = firstNamedChild(c, node);
    const type = lastNamedChild(c, node);
    if (operand < 0 || hasErrorChild(c, node)) return lowerOpaque(c, node);
    // `as const`
    if (operand === type || c.roles[c.kind[type]] === Role.const) return lowerExpression(c, operand);
    const value = lowerExpression(c, operand);
    return { kind: "cast", start: c.start[node], end: c.end[node], operand: value, annotation: lowerExpression(c, type), of };
  };
}

/** `<Type>value`. */
function lowerTypeAssertion(c: Lowering, node: number): Expression {
  const operand = lastNamedChild(c, node);
  const types = lowerTypeArguments(c, childWithRole(c, node, Role.typeArguments));
  if (operand < 0 || types?.length !== 1 || hasErrorChild(c, node)) return lowerOpaque(c, node);
  return { kind: "cast", start: c.start[node], end: c.end[node], operand: lowerExpression(c, operand), annotation: types[0], of: "as" };
}

/** `(target = value)`. */
function lowerAssignment(c: Lowering, node: number): Expression {
  const left = childIn(c, node, c.fields.left);
  const right = childIn(c, node, c.fields.right);
  if (left < 0 || right < 0 || hasErrorChild(c, node)) return lowerOpaque(c, node);
  const target = asTarget(lowerExpression(c, left));
  forEachTarget(target, (name) => c.scope.assigned.add(name));
  return { kind: "named-assignment", start: c.start[node], end: c.end[node], target, value: lowerExpression(c, right) };
}

/** `(target += value)`, `(target ??= value)`: an assignment of what the operator makes of both. */
export function lowerAugmentedAssignment(c: Lowering, node: number): Expression {
  const left = childIn(c, node, c.fields.left);
  const right = childIn(c, node, c.fields.right);
  const operator = childIn(c, node, c.fields.operator);
  if (left < 0 || right < 0 || operator < 0 || hasErrorChild(c, node)) return lowerOpaque(c, node);
  const start = c.start[node];
  const end = c.end[node];
  const target = lowerExpression(c, left);
  forEachTarget(target, (name) => c.scope.assigned.add(name));
  return { kind: "named-assignment", start, end, target, value: combined(c.kinds[c.kind[operator]].slice(0, -1), start, end, target, lowerExpression(c, right)) };
}

function combined(operator: string, start: number, end: number, left: Expression, right: Expression): Expression {
  const logical = LOGICAL[operator];
  return logical ? { kind: "logical", start, end, operator: logical, left, right } : { kind: "binary", start, end, operator, left, right };
}

/** `i++`, `--i`: the one has the place of the operator. */
export function lowerUpdate(c: Lowering, node: number): Expression {
  const argument = childIn(c, node, c.fields.argument);
  const operator = childIn(c, node, c.fields.operator);
  if (argument < 0 || operator < 0 || hasErrorChild(c, node)) return lowerOpaque(c, node);
  const start = c.start[node];
  const end = c.end[node];
  const target = lowerExpression(c, argument);
  forEachTarget(target, (name) => c.scope.assigned.add(name));
  const one: Expression = { kind: "literal", start: c.start[operator], end: c.end[operator], value: 1 };
  return { kind: "named-assignment", start, end, target, value: { kind: "binary", start, end, operator: c.kinds[c.kind[operator]].slice(1), left: target, right: one } };
}

/** How each kind of node is lowered where an expression stands; a kind that is not here is opaque. */
export const EXPRESSIONS: ReadonlyMap<string, LowerExpression> = new Map<string, LowerExpression>([
  ["identifier", lowerName],
  ["property_identifier", lowerName],
  ["this", lowerName],
  ["super", lowerName],
  ["import", lowerName],
  ["member_expression", lowerMember],
  ["subscript_expression", lowerSubscript],
  ["string", lowerString],
  ["template_string", lowerTemplate],
  ["number", lowerNumber],
  ["true", lowerConstant(true)],
  ["false", lowerConstant(false)],
  ["null", lowerConstant(null)],
  ["undefined", lowerConstant(null)],
  ["regex", (c, node) => opaque(c, node, [])],
  ["meta_property", (c, node) => opaque(c, node, [])],
  ["binary_expression", lowerBinary],
  ["unary_expression", lowerUnary],
  ["ternary_expression", lowerConditional],
  ["await_expression", lowerAwait],
  ["yield_expression", (c, node) => lowerYield(c, node, Role.star)],
  ["parenthesized_expression", lowerParenthesized],
  ["sequence_expression", lowerOpaque],
  ["non_null_expression", lowerNonNull],
  ["as_expression", lowerCast("as")],
  ["satisfies_expression", lowerCast("satisfies")],
  ["type_assertion", lowerTypeAssertion],
  ["instantiation_expression", lowerInstantiation],
  ["assignment_expression", lowerAssignment],
  ["augmented_assignment_expression", lowerAugmentedAssignment],
  ["update_expression", lowerUpdate],
  ["arrow_function", lowerFunctionExpression],
  ["function_expression", lowerFunctionExpression],
  ["generator_function", lowerFunctionExpression],
  ["class", lowerClassExpression],
  ...CALLS,
  ...OBJECTS,
  ...JSX,
  ...TYPES,
]);
