import type { Call, Expression } from "../../facts";
import { childIn, firstNamedChild } from "../tree-sitter";
import { lowerExpression, Role, type Lowering } from "./context";
import { withTypeArguments } from "./types";

/** What stands before a template. */
export interface Tag {
  readonly start: number;
  readonly callee: Expression;
  readonly types: readonly Expression[];
}

/** The parts of `` tag<Type>`…` `` where the grammar sees comparisons. */
interface Parts {
  readonly tag: number;
  readonly type: () => Expression;
  /** The template, or what follows it: `` `…`.as("total") ``. */
  readonly rest: number;
}

/**
 * `` sql<number>`…` ``, `` sql<string | null>`…`.as("name") ``: where its type arguments could be values, the grammar takes a typed tag for
 * comparisons of the tag, the type and the template. Nobody compares with a template, so it is put right here; undefined for anything else.
 */
export function lowerTypedTag(c: Lowering, node: number): Expression | undefined {
  const parts = partsOf(c, node);
  if (!parts || c.text.charCodeAt(c.end[parts.tag]) !== 60 /* < */) return undefined;
  const template = templateOf(c, parts.rest);
  if (template < 0) return undefined;
  const isAwaited = c.roles[c.kind[parts.tag]] === Role.await;
  const tag = isAwaited ? firstNamedChild(c, parts.tag) : parts.tag;
  if (tag < 0) return undefined;
  const start = c.start[tag];
  c.tags.set(template, { start, callee: lowerExpression(c, tag), types: [parts.type()] });
  // What follows the template begins where the tag does; the tree is this lowering's own.
  for (let each = parts.rest; each !== template; each = inner(c, each)) c.start[each] = start;
  const value = lowerExpression(c, parts.rest);
  return isAwaited ? { kind: "await", start: c.start[node], end: value.end, operand: value } : value;
}

function partsOf(c: Lowering, node: number): Parts | undefined {
  const [left, operator, right] = sides(c, node);
  if (left < 0 || right < 0) return undefined;
  const name = (each: number): (() => Expression) => () => lowerExpression(c, each);
  if (operator === ">") {
    const [tag, less, type] = sides(c, left);
    return less === "<" ? { tag, type: name(type), rest: right } : undefined;
  }
  if (operator === "<") {
    // `` tag<A<B>>`…` ``
    const [object, less, inside] = sides(c, right);
    if (less !== "<") return undefined;
    const [index, greater, rest] = sides(c, inside);
    return greater === ">>" ? { tag: left, type: () => withTypeArguments(c.start[object], c.end[index] + 1, lowerExpression(c, object), [lowerExpression(c, index)]), rest } : undefined;
  }
  // `` tag<A | B>`…` ``
  const [last, greater, rest] = sides(c, right);
  if (operator !== "|" || greater !== ">") return undefined;
  const types = [last];
  let first = left;
  for (;;) {
    const [before, word, type] = sides(c, first);
    types.unshift(type);
    if (word === "<") return { tag: before, type: () => types.map((each) => lowerExpression(c, each)).reduce(union), rest };
    if (word !== "|") return undefined;
    first = before;
  }
}

function union(left: Expression, right: Expression): Expression {
  return { kind: "binary", start: left.start, end: right.end, operator: "|", left, right };
}

/** The operands and the operator of a binary expression, -1 and "" of anything else. */
function sides(c: Lowering, node: number): readonly [left: number, operator: string, right: number] {
  if (node < 0 || c.roles[c.kind[node]] !== Role.binary) return [-1, "", -1];
  const operator = childIn(c, node, c.fields.operator);
  return [childIn(c, node, c.fields.left), operator < 0 ? "" : c.kinds[c.kind[operator]], childIn(c, node, c.fields.right)];
}

/** The template that a chain of calls and members starts with, or -1. */
function templateOf(c: Lowering, chain: number): number {
  let node = chain;
  while (node >= 0 && c.roles[c.kind[node]] !== Role.templateString) node = inner(c, node);
  return node;
}

function inner(c: Lowering, node: number): number {
  switch (c.roles[c.kind[node]]) {
    case Role.call: return childIn(c, node, c.fields.function);
    case Role.member:
    case Role.subscript: return childIn(c, node, c.fields.object);
    case Role.nonNull: return firstNamedChild(c, node);
    default: return -1;
  }
}

/** A template behind its tag. */
export function tagged(start: number, callee: Expression, types: readonly Expression[] | undefined, template: Expression): Call {
  const { start: open, end } = template;
  return { kind: "call", start, end, callee, arguments: [{ value: template, start: open, end }], open, close: end, form: "tagged", ...(types && { types }) };
}
