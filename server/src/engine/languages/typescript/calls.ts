import type { Argument, Expression } from "../../facts";
import { childIn, childWithRole, closeOf, firstNamedChild, hasErrorChild, lowerChildren, lowerOpaque, spreadArgument } from "../tree-sitter";
import { lowerExpression, lowerLink, Role, type LowerExpression, type Lowering } from "./context";
import { tagged } from "./typed-tags";
import { lowerTypeArguments } from "./types";

/** `callee(…)`, `` tag`…` ``, `callee?.(…)`. */
function lowerCall(c: Lowering, node: number): Expression {
  const callee = childIn(c, node, c.fields.function);
  const list = childIn(c, node, c.fields.arguments);
  if (callee < 0 || list < 0 || hasErrorChild(c, node)) return lowerOpaque(c, node);
  if (c.roles[c.kind[list]] === Role.templateString) return lowerTagged(c, node, callee, list);
  const lowered = lowerLink(c, callee);
  const { liftedAwait } = c;
  c.liftedAwait = -1;
  const types = lowerTypeArguments(c, childIn(c, node, c.fields.type_arguments));
  const isOptional = childWithRole(c, node, Role.optionalChain) >= 0;
  const start = liftedAwait < 0 ? c.start[node] : lowered.start;
  const given = lowerArguments(c, list);
  c.liftedAwait = liftedAwait;
  return {
    kind: "call", start, end: c.end[node], callee: lowered, arguments: given, open: c.start[list], close: closeOf(c, list),
    ...(types && { types }), ...(isOptional && { optional: true }),
  };
}

function lowerArguments(c: Lowering, list: number): Argument[] {
  return lowerChildren(c, list, lowerArgument);
}

function lowerArgument(c: Lowering, node: number, role: number): Argument {
  return role === Role.spread ? spreadArgument(c, node, "sequence") : { value: lowerExpression(c, node), start: c.start[node], end: c.end[node] };
}

/**
 * A template behind its tag. With type arguments the grammar takes the tag for `tag<T>!` with a missing `!`, and an `await` before it for a part
 * of the tag: both are put right here.
 */
function lowerTagged(c: Lowering, node: number, callee: number, template: number): Expression {
  const inner = c.roles[c.kind[callee]] === Role.nonNull ? firstNamedChild(c, callee) : callee;
  const isTyped = inner >= 0 && c.roles[c.kind[inner]] === Role.instantiation;
  if (isTyped && inner !== callee) c.forgiven.add(c.end[callee]);
  const types = lowerTypeArguments(c, isTyped ? childWithRole(c, inner, Role.typeArguments) : childIn(c, node, c.fields.type_arguments));
  const tag = isTyped ? firstNamedChild(c, inner) : callee;
  const awaited = tag >= 0 && types && c.roles[c.kind[tag]] === Role.await ? firstNamedChild(c, tag) : tag;
  if (awaited < 0) return lowerOpaque(c, node);
  const lowered = lowerLink(c, awaited);
  const liftedAwait = awaited === tag ? c.liftedAwait : c.start[node];
  c.liftedAwait = -1;
  const value = lowerExpression(c, template);
  c.liftedAwait = liftedAwait;
  return tagged(liftedAwait < 0 ? c.start[node] : lowered.start, lowered, types, value);
}

/** `new Callee(…)`; the parentheses may be missing. */
function lowerNew(c: Lowering, node: number): Expression {
  const callee = childIn(c, node, c.fields.constructor);
  if (callee < 0 || hasErrorChild(c, node)) return lowerOpaque(c, node);
  const list = childIn(c, node, c.fields.arguments);
  const types = lowerTypeArguments(c, childIn(c, node, c.fields.type_arguments));
  const end = c.end[node];
  const lowered = lowerExpression(c, callee);
  return {
    kind: "call", start: c.start[node], end, callee: lowered, arguments: list < 0 ? [] : lowerArguments(c, list),
    open: list < 0 ? end : c.start[list], close: list < 0 ? end : closeOf(c, list), form: "new", ...(types && { types }),
  };
}

export const CALLS: readonly (readonly [string, LowerExpression])[] = [
  ["call_expression", lowerCall],
  ["new_expression", lowerNew],
];
