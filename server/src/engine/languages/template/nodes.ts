import type { Argument, Assign, Attribute, Block, Call, Expression, ExpressionStatement, FormattedString, Literal, Name, Opaque, Statement } from "../../facts";
import type { Token } from "./tokens";

/**
 * How deep expressions and statements may nest, together, as in code: everything that reads facts recurses over them, and templates
 * that were generated must not break its stack.
 */
export const DEPTH_LIMIT = 500;

export function nameNode(name: string, start: number, end: number): Name {
  return { kind: "name", name, start, end };
}

export function literalNode(value: Literal["value"], start: number, end: number): Literal {
  return { kind: "literal", value, start, end };
}

export function opaqueNode(parts: readonly Expression[], start: number, end: number): Opaque {
  return { kind: "opaque", parts, start, end };
}

/** Text that was put together from parts nobody looks at again: what a `{% set %}` block gives. */
export function textNode(start: number, end: number): FormattedString {
  return { kind: "format", parts: [], start, end };
}

export function attributeNode(object: Expression, name: string, nameStart: number, end: number, lookup: "django" | "jinja"): Attribute {
  return { kind: "attribute", object, name, nameStart, lookup, start: object.start, end };
}

/** A call without parentheses of its own: of a filter, a tag or a test. */
export function callNode(callee: Name, args: readonly Argument[], start: number, end: number): Call {
  return { kind: "call", callee, arguments: args, start, end, open: callee.end, close: end };
}

export function argumentNode(value: Expression, name?: string, start: number = value.start): Argument {
  return name === undefined ? { value, start, end: value.end } : { name, value, start, end: value.end };
}

export function expressionStatement(expression: Expression, start: number, end: number): ExpressionStatement {
  return { kind: "expression", expression, start, end };
}

/** `{{ value }}`: a call that writes it out; that of the parent's block does so itself. */
export function printStatement(value: Expression, { start, end, to }: Token): ExpressionStatement {
  const isSuper = value.kind === "call" && value.callee.kind === "name" && value.callee.name === "%super";
  if (isSuper) return expressionStatement(value, start, end);
  return expressionStatement({ ...callNode(nameNode("%print", start, start + 2), [argumentNode(value)], start, end), open: start + 2, close: to }, start, end);
}

export function assignNode(target: Expression, value: Expression, start: number, end: number): Assign {
  return { kind: "assign", targets: [target], value, start, end };
}

/** Names that are bound together, each value with the names of before: only where one value could see another's name does it matter. */
export function bindTogether(bindings: readonly Assign[]): readonly Assign[] {
  const bound = new Set<string>();
  const isEntangled = bindings.some(({ targets: [target], value }) => {
    const sees = bound.size > 0 && value !== undefined && mentions(value, bound);
    if (target.kind === "name") bound.add(target.name);
    return sees;
  });
  if (!isEntangled) return bindings;
  const start = bindings[0].start;
  const end = bindings[bindings.length - 1].end;
  const tuple = (items: readonly Expression[]): Expression => ({ kind: "sequence", of: "tuple", items, start, end });
  return [assignNode(tuple(bindings.map(({ targets }) => targets[0])), tuple(bindings.map(({ value }) => value!)), start, end)];
}

function mentions(node: unknown, names: ReadonlySet<string>): boolean {
  if (typeof node !== "object" || node === null) return false;
  if ("kind" in node && node.kind === "name" && "name" in node && names.has(node.name as string)) return true;
  return Object.values(node).some((part) => mentions(part, names));
}

export function blockNode(body: readonly Statement[], start: number, end: number, cached = false): Block {
  return cached ? { kind: "block", body, cached, start, end } : { kind: "block", body, start, end };
}
