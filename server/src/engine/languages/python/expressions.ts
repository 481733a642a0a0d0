import type { Argument, Expression, MappingEntry } from "../../facts";
import {
  childIn, closeOf, DEPTH_LIMIT, hasErrorChild, isPart, lowerAwait, lowerChildren, lowerConstant, lowerInner, lowerName, lowerOpaque,
  lowerParenthesized, lowerSpread, lowerYield, nameText, opaque, spanOfParts, spreadArgument,
} from "../tree-sitter";
import { lowerComprehension } from "./comprehensions";
import { createScope, lowerExpression, Role, type LowerExpression, type Lowering } from "./context";
import { isIncompleteAfter } from "./incomplete";
import { lowerConcatenatedString, lowerFloat, lowerInteger, lowerString } from "./literals";
import { lowerParameters } from "./parameters";
import { lowerGenericType, lowerMemberType, lowerUnionType } from "./types";

function lowerAttribute(c: Lowering, node: number): Expression {
  const stop = c.next[node];
  const fields = c.fields;
  let object = -1;
  let name = -1;
  let dot = -1;
  let isBroken = false;
  for (let child = node + 1; child < stop; child = c.next[child]) {
    const field = c.field[child];
    if (field === fields.object) object = child;
    else if (field === fields.attribute) name = child;
    else if (c.named[child] === 0) dot = child;
    else if (c.roles[c.kind[child]] === Role.error) isBroken = true;
  }
  if (object < 0) return lowerOpaque(c, node);
  const value = lowerExpression(c, object);
  if (isBroken || name < 0 || dot < 0 || c.start[name] === c.end[name]) return opaque(c, node, [value]);
  if (c.start[name] !== c.end[dot] && isIncompleteAfter(c, dot, name)) {
    return { kind: "opaque", start: c.start[node], end: c.end[dot], parts: [value] };
  }
  return { kind: "attribute", start: c.start[node], end: c.end[name], object: value, name: nameText(c, name), nameStart: c.start[name] };
}

/** `a.b.c` where the grammar has a dotted name instead of attributes. */
function lowerDottedName(c: Lowering, node: number): Expression {
  let value: Expression | undefined;
  const stop = c.next[node];
  let segments = 0;
  for (let child = node + 1; child < stop; child = c.next[child]) {
    if (c.roles[c.kind[child]] !== Role.identifier || c.start[child] === c.end[child]) continue;
    if (++segments > DEPTH_LIMIT) return opaque(c, node, []);
    value = value === undefined
      ? lowerName(c, child)
      : { kind: "attribute", start: value.start, end: c.end[child], object: value, name: nameText(c, child), nameStart: c.start[child] };
  }
  return value ?? opaque(c, node, []);
}

function lowerCall(c: Lowering, node: number): Expression {
  const callee = childIn(c, node, c.fields.function);
  const list = childIn(c, node, c.fields.arguments);
  if (callee < 0 || list < 0 || hasErrorChild(c, node)) return lowerOpaque(c, node);
  const lowered = lowerExpression(c, callee);
  const isGenerator = c.roles[c.kind[list]] === Role.generator;
  return {
    kind: "call", start: c.start[node], end: c.end[node], callee: lowered,
    arguments: isGenerator ? lowerOnlyGenerator(c, list) : lowerArguments(c, list), open: c.start[list], close: closeOf(c, list),
  };
}

/** `f(x for x in y)`: the parentheses belong to the call, so the generator starts and ends inside them. */
function lowerOnlyGenerator(c: Lowering, node: number): readonly Argument[] {
  const generator = lowerExpression(c, node);
  const { start, end } = spanOfParts(c, node) ?? generator;
  return [{ value: { ...generator, start, end }, start, end }];
}

/** The arguments of a call or of a class statement. */
export function lowerArguments(c: Lowering, list: number): Argument[] {
  return lowerChildren(c, list, lowerArgument);
}

function lowerArgument(c: Lowering, node: number, role: number): Argument {
  const start = c.start[node];
  const end = c.end[node];
  if (role === Role.keywordArgument) {
    const name = childIn(c, node, c.fields.name);
    const value = childIn(c, node, c.fields.value);
    if (name < 0 || c.start[name] === c.end[name]) return { value: lowerOpaque(c, node), start, end };
    if (value < 0 || hasErrorChild(c, node)) {
      return { name: nameText(c, name), value: opaque(c, node, value < 0 ? [] : [lowerExpression(c, value)]), start, end };
    }
    return { name: nameText(c, name), value: lowerExpression(c, value), start, end };
  }
  if (role === Role.listSplat) return spreadArgument(c, node, "sequence");
  if (role === Role.dictionarySplat) return spreadArgument(c, node, "mapping");
  const value = lowerExpression(c, node);
  // `f(*(a))` is written as an argument, but `f((*a))` is a star all the same.
  if (role === Role.parenthesized && value.kind === "spread") return { spread: "sequence", value: value.value, start, end };
  return { value, start, end };
}

/** The value of a keyword argument that stands where none is expected. */
function lowerStrayKeyword(c: Lowering, node: number): Expression {
  const value = childIn(c, node, c.fields.value);
  return value < 0 ? opaque(c, node, []) : opaque(c, node, [lowerExpression(c, value)]);
}

function lowerSubscript(c: Lowering, node: number): Expression {
  const object = childIn(c, node, c.fields.value);
  if (object < 0 || hasErrorChild(c, node)) return lowerOpaque(c, node);
  const value = lowerExpression(c, object);
  const items: Expression[] = [];
  let hasComma = false;
  const stop = c.next[node];
  for (let child = c.next[object]; child < stop; child = c.next[child]) {
    if (c.roles[c.kind[child]] === Role.comma) hasComma = true;
    else if (c.field[child] === c.fields.subscript) items.push(lowerExpression(c, child));
  }
  if (items.length === 0) return opaque(c, node, [value]);
  const index: Expression = hasComma
    ? { kind: "sequence", start: items[0].start, end: items[items.length - 1].end, of: "tuple", items }
    : items[0];
  return { kind: "subscript", start: c.start[node], end: c.end[node], object: value, index };
}

function lowerSlice(c: Lowering, node: number): Expression {
  const bounds: (Expression | undefined)[] = [undefined, undefined, undefined];
  let position = 0;
  const stop = c.next[node];
  for (let child = node + 1; child < stop; child = c.next[child]) {
    if (c.roles[c.kind[child]] === Role.colon) position++;
    else if (isPart(c, child) && position < 3) bounds[position] = lowerExpression(c, child);
    else if (c.roles[c.kind[child]] === Role.error) return lowerOpaque(c, node);
  }
  const [lower, upper, step] = bounds;
  return { kind: "slice", start: c.start[node], end: c.end[node], ...(lower && { lower }), ...(upper && { upper }), ...(step && { step }) };
}

/** The two sides and the operator of a binary node, or undefined when one is missing. */
function sidesOf(c: Lowering, node: number): { left: number; right: number; operator: number } | undefined {
  const left = childIn(c, node, c.fields.left);
  const right = childIn(c, node, c.fields.right);
  const operator = childIn(c, node, c.fields.operator);
  return left < 0 || right < 0 || operator < 0 || hasErrorChild(c, node) ? undefined : { left, right, operator };
}

function lowerBinary(c: Lowering, node: number): Expression {
  const sides = sidesOf(c, node);
  if (!sides) return lowerOpaque(c, node);
  const operator = c.kinds[c.kind[sides.operator]];
  const left = lowerExpression(c, sides.left);
  return { kind: "binary", start: c.start[node], end: c.end[node], operator, left, right: lowerExpression(c, sides.right) };
}

function lowerLogical(c: Lowering, node: number): Expression {
  const sides = sidesOf(c, node);
  if (!sides) return lowerOpaque(c, node);
  const operator = c.kinds[c.kind[sides.operator]] === "or" ? "or" : "and";
  const left = lowerExpression(c, sides.left);
  return { kind: "logical", start: c.start[node], end: c.end[node], operator, left, right: lowerExpression(c, sides.right) };
}

/** `a < b < c` becomes `a < b and b < c`, as Python defines it; `b` is one and the same node in both. */
function lowerComparison(c: Lowering, node: number): Expression {
  const operands: Expression[] = [];
  const operators: string[] = [];
  const stop = c.next[node];
  let isBroken = false;
  const chains = c.chains;
  for (let child = node + 1; child < stop; child = c.next[child]) {
    if (c.named[child] === 0) {
      const word = c.kinds[c.kind[child]];
      // Older grammars have two nodes for `not in`, both of that kind.
      if (operators.length < operands.length) operators.push(word);
    } else if (c.roles[c.kind[child]] === Role.error) isBroken = true;
    else if (c.roles[c.kind[child]] !== Role.extra) operands.push(lowerExpression(c, child));
  }
  if (isBroken || operators.length === 0 || operands.length !== operators.length + 1 || operators.length > DEPTH_LIMIT) {
    return opaque(c, node, operands);
  }
  if (operators.length > 1) {
    // Chains within chains would double the facts at every level.
    if (c.chains !== chains) return opaque(c, node, operands);
    c.chains++;
  }
  let result: Expression | undefined;
  operators.forEach((text, index) => {
    const left = operands[index];
    const right = operands[index + 1];
    // Python 2 also wrote `<>`.
    const operator = text === "<>" ? "!=" : text;
    const link: Expression = { kind: "comparison", start: left.start, end: right.end, operator, left, right };
    result = result === undefined ? link : { kind: "logical", start: operands[0].start, end: right.end, operator: "and", left: result, right: link };
  });
  return result ?? opaque(c, node, operands);
}

function lowerNot(c: Lowering, node: number): Expression {
  return lowerUnaryWith(c, node, "not");
}

function lowerUnary(c: Lowering, node: number): Expression {
  const operator = childIn(c, node, c.fields.operator);
  return lowerUnaryWith(c, node, operator < 0 ? "" : c.kinds[c.kind[operator]]);
}

function lowerUnaryWith(c: Lowering, node: number, operator: string): Expression {
  const operand = childIn(c, node, c.fields.argument);
  if (operand < 0 || hasErrorChild(c, node)) return lowerOpaque(c, node);
  return { kind: "unary", start: c.start[node], end: c.end[node], operator, operand: lowerExpression(c, operand) };
}

function lowerConditional(c: Lowering, node: number): Expression {
  const parts: Expression[] = [];
  const stop = c.next[node];
  for (let child = node + 1; child < stop; child = c.next[child]) if (isPart(c, child)) parts.push(lowerExpression(c, child));
  if (parts.length !== 3 || hasErrorChild(c, node)) return opaque(c, node, parts);
  return { kind: "conditional", start: c.start[node], end: c.end[node], test: parts[1], then: parts[0], otherwise: parts[2] };
}

function lowerLambda(c: Lowering, node: number): Expression {
  const parameters = childIn(c, node, c.fields.parameters);
  const body = childIn(c, node, c.fields.body);
  if (body < 0 || hasErrorChild(c, node)) return lowerOpaque(c, node);
  // Defaults are evaluated outside the lambda; a `yield` in the body makes the lambda a generator, not the function around it.
  const lowered = parameters < 0 ? [] : lowerParameters(c, parameters);
  const outer = c.scope;
  c.scope = createScope("lambda", "");
  const result = lowerExpression(c, body);
  c.scope = outer;
  return { kind: "lambda", start: c.start[node], end: c.end[node], parameters: lowered, isAsync: false, body: result };
}

function lowerNamedAssignment(c: Lowering, node: number): Expression {
  const name = childIn(c, node, c.fields.name);
  const value = childIn(c, node, c.fields.value);
  if (name < 0 || value < 0 || hasErrorChild(c, node) || c.start[name] === c.end[name]) return lowerOpaque(c, node);
  const target = lowerName(c, name);
  return { kind: "named-assignment", start: c.start[node], end: c.end[node], target, value: lowerExpression(c, value) };
}

function lowerList(c: Lowering, node: number): Expression {
  return { kind: "sequence", start: c.start[node], end: c.end[node], of: "list", items: lowerChildren(c, node, lowerExpression) };
}

function lowerTuple(c: Lowering, node: number): Expression {
  return { kind: "sequence", start: c.start[node], end: c.end[node], of: "tuple", items: lowerChildren(c, node, lowerExpression) };
}

function lowerSet(c: Lowering, node: number): Expression {
  return { kind: "sequence", start: c.start[node], end: c.end[node], of: "set", items: lowerChildren(c, node, lowerExpression) };
}

function lowerDictionary(c: Lowering, node: number): Expression {
  return { kind: "mapping", start: c.start[node], end: c.end[node], entries: lowerChildren(c, node, lowerEntry) };
}

function lowerEntry(c: Lowering, node: number, role: number): MappingEntry {
  if (role === Role.dictionarySplat) return { value: spreadArgument(c, node, "mapping").value };
  if (role !== Role.pair) return { value: lowerExpression(c, node) };
  const key = childIn(c, node, c.fields.key);
  const value = childIn(c, node, c.fields.value);
  if (key < 0 || value < 0 || hasErrorChild(c, node)) return { value: lowerOpaque(c, node) };
  const lowered = lowerExpression(c, key);
  return { key: lowered, value: lowerExpression(c, value) };
}

/** How each kind of node is lowered where an expression stands; a kind that is not here is opaque. */
export const EXPRESSIONS: ReadonlyMap<string, LowerExpression> = new Map<string, LowerExpression>([
  ["identifier", lowerName],
  ["keyword_identifier", lowerName],
  ["attribute", lowerAttribute],
  ["dotted_name", lowerDottedName],
  ["call", lowerCall],
  ["keyword_argument", lowerStrayKeyword],
  ["subscript", lowerSubscript],
  ["slice", lowerSlice],
  ["string", lowerString],
  ["concatenated_string", lowerConcatenatedString],
  ["integer", lowerInteger],
  ["float", lowerFloat],
  ["true", lowerConstant(true)],
  ["false", lowerConstant(false)],
  ["none", lowerConstant(null)],
  ["ellipsis", (c, node) => opaque(c, node, [])],
  ["binary_operator", lowerBinary],
  ["boolean_operator", lowerLogical],
  ["comparison_operator", lowerComparison],
  ["not_operator", lowerNot],
  ["unary_operator", lowerUnary],
  ["conditional_expression", lowerConditional],
  ["await", lowerAwait],
  ["yield", (c, node) => lowerYield(c, node, Role.from)],
  ["lambda", lowerLambda],
  ["named_expression", lowerNamedAssignment],
  ["parenthesized_expression", lowerParenthesized],
  ["parenthesized_list_splat", lowerParenthesized],
  ["as_pattern_target", lowerInner],
  ["as_pattern", lowerOpaque],
  ["list_splat", lowerSpread],
  ["list_splat_pattern", lowerSpread],
  ["dictionary_splat", lowerSpread],
  ["dictionary_splat_pattern", lowerSpread],
  ["list", lowerList],
  ["list_pattern", lowerList],
  ["tuple", lowerTuple],
  ["tuple_pattern", lowerTuple],
  ["expression_list", lowerTuple],
  ["pattern_list", lowerTuple],
  ["set", lowerSet],
  ["dictionary", lowerDictionary],
  ["list_comprehension", lowerComprehension],
  ["set_comprehension", lowerComprehension],
  ["dictionary_comprehension", lowerComprehension],
  ["generator_expression", lowerComprehension],
  ["type", lowerInner],
  ["generic_type", lowerGenericType],
  ["union_type", lowerUnionType],
  ["member_type", lowerMemberType],
  ["splat_type", lowerSpread],
  ["constrained_type", lowerOpaque],
]);
