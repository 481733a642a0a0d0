import type { Expression, MappingEntry } from "../../facts";
import { childIn, childWithRole, firstNamedChild, hasErrorChild, isPart, lastNamedChild, nameText, opaque } from "../tree-sitter";
import { lowerExpression, Role, type LowerExpression, type Lowering } from "./context";
import { keyOf } from "./names";

/** The type behind the colon of an annotation. */
export function lowerAnnotation(c: Lowering, node: number): Expression | undefined {
  if (node < 0) return undefined;
  const type = firstNamedChild(c, node);
  if (type < 0 || c.start[type] === c.end[type]) return undefined;
  return hasErrorChild(c, node) ? opaque(c, type, []) : lowerExpression(c, type);
}

/** `<A, B>`, none when there are no type arguments. */
export function lowerTypeArguments(c: Lowering, node: number): readonly Expression[] | undefined {
  if (node < 0) return undefined;
  const types: Expression[] = [];
  const stop = c.next[node];
  for (let child = node + 1; child < stop; child = c.next[child]) if (isPart(c, child)) types.push(lowerExpression(c, child));
  return types.length > 0 ? types : undefined;
}

/** `object<types>`, over the span of `node`. */
export function withTypeArguments(start: number, end: number, object: Expression, types: readonly Expression[]): Expression {
  const index: Expression = types.length === 1
    ? types[0]
    : { kind: "sequence", start: types[0].start, end: types[types.length - 1].end, of: "tuple", items: types };
  return { kind: "subscript", start, end, object, index };
}

function lowerTypeName(c: Lowering, node: number): Expression {
  // `typeof import(…)`, which was mended.
  if (c.text.charCodeAt(c.end[node] - 1) === 41 /* ) */) return opaque(c, node, []);
  return { kind: "name", start: c.start[node], end: c.end[node], name: nameText(c, node) };
}

/** `A.B` where it names a type. */
function lowerNestedName(c: Lowering, node: number): Expression {
  const object = firstNamedChild(c, node);
  const name = lastNamedChild(c, node);
  if (object < 0 || name === object) return opaque(c, node, []);
  return { kind: "attribute", start: c.start[node], end: c.end[name], object: lowerExpression(c, object), name: nameText(c, name), nameStart: c.start[name] };
}

function lowerGeneric(c: Lowering, node: number): Expression {
  const name = childIn(c, node, c.fields.name);
  const types = lowerTypeArguments(c, childIn(c, node, c.fields.type_arguments));
  if (name < 0 || !types || hasErrorChild(c, node)) return opaque(c, node, []);
  return withTypeArguments(c.start[node], c.end[node], lowerExpression(c, name), types);
}

/** `T[]` is `Array<T>`; the name stands where the brackets do. */
function lowerArrayType(c: Lowering, node: number): Expression {
  const element = firstNamedChild(c, node);
  if (element < 0) return opaque(c, node, []);
  const start = c.start[node];
  const end = c.end[node];
  return { kind: "subscript", start, end, object: { kind: "name", start: c.end[element], end, name: "Array" }, index: lowerExpression(c, element) };
}

function lowerOperatorType(operator: string): LowerExpression {
  return (c, node) => {
    const left = firstNamedChild(c, node);
    const right = lastNamedChild(c, node);
    if (left < 0 || hasErrorChild(c, node)) return opaque(c, node, []);
    // `| A`, the first of several on lines of their own.
    if (left === right) return lowerExpression(c, left);
    return { kind: "binary", start: c.start[node], end: c.end[node], operator, left: lowerExpression(c, left), right: lowerExpression(c, right) };
  };
}

function lowerInner(c: Lowering, node: number): Expression {
  const inner = firstNamedChild(c, node);
  return inner < 0 || hasErrorChild(c, node) ? opaque(c, node, []) : lowerExpression(c, inner);
}

function lowerTuple(c: Lowering, node: number): Expression {
  const items: Expression[] = [];
  const stop = c.next[node];
  for (let child = node + 1; child < stop; child = c.next[child]) {
    if (!isPart(c, child)) continue;
    // `[name: Type]`
    const annotation = c.roles[c.kind[child]] === Role.parameter ? childIn(c, child, c.fields.type) : -1;
    items.push(annotation >= 0 ? (lowerAnnotation(c, annotation) ?? opaque(c, child, [])) : lowerExpression(c, child));
  }
  return { kind: "sequence", start: c.start[node], end: c.end[node], of: "tuple", items };
}

/** `{ name: Type }`: methods and whatever names no property have no type of their own here. */
function lowerObjectType(c: Lowering, node: number): Expression {
  const entries: MappingEntry[] = [];
  const stop = c.next[node];
  for (let child = node + 1; child < stop; child = c.next[child]) {
    const role = c.roles[c.kind[child]];
    if (role !== Role.propertySignature && role !== Role.methodSignature) continue;
    const name = childIn(c, child, c.fields.name);
    if (name < 0) continue;
    const annotation = role === Role.propertySignature ? lowerAnnotation(c, childIn(c, child, c.fields.type)) : undefined;
    entries.push({ key: keyOf(c, name), value: annotation ?? opaque(c, child, []) });
  }
  return { kind: "mapping", start: c.start[node], end: c.end[node], entries };
}

/** `typeof value`. */
function lowerTypeQuery(c: Lowering, node: number): Expression {
  const operand = firstNamedChild(c, node);
  if (operand < 0 || hasErrorChild(c, node)) return opaque(c, node, []);
  return { kind: "unary", start: c.start[node], end: c.end[node], operator: "typeof", operand: lowerExpression(c, operand) };
}

/** `value is Type`, `asserts value`: what a caller gets is a boolean, or nothing. */
function lowerPredicate(c: Lowering, node: number): Expression {
  return { kind: "name", start: c.start[node], end: c.end[node], name: "boolean" };
}

function lowerRestType(c: Lowering, node: number): Expression {
  return { kind: "spread", start: c.start[node], end: c.end[node], value: lowerInner(c, node) };
}

/** `f<T>` without a call. */
export function lowerInstantiation(c: Lowering, node: number): Expression {
  const list = childWithRole(c, node, Role.typeArguments);
  const callee = firstNamedChild(c, node);
  const types = lowerTypeArguments(c, list);
  if (callee < 0 || callee === list || !types || hasErrorChild(c, node)) return opaque(c, node, callee < 0 ? [] : [lowerExpression(c, callee)]);
  return withTypeArguments(c.start[node], c.end[node], lowerExpression(c, callee), types);
}

/** `Resolvers["Query"]` is neither type: opaque, with both as parts. */
function lowerLookup(c: Lowering, node: number): Expression {
  const object = firstNamedChild(c, node);
  const index = lastNamedChild(c, node);
  return object < 0 || index === object || hasErrorChild(c, node) ? opaque(c, node, []) : opaque(c, node, [lowerExpression(c, object), lowerExpression(c, index)]);
}

const opaqueType: LowerExpression = (c, node) => opaque(c, node, []);

/** How types are lowered; what has no meaning here is opaque without parts: nothing of it runs. */
export const TYPES: readonly (readonly [string, LowerExpression])[] = [
  ["type_identifier", lowerTypeName],
  ["predefined_type", lowerTypeName],
  ["this_type", lowerTypeName],
  ["nested_type_identifier", lowerNestedName],
  ["nested_identifier", lowerNestedName],
  ["generic_type", lowerGeneric],
  ["array_type", lowerArrayType],
  ["union_type", lowerOperatorType("|")],
  ["intersection_type", lowerOperatorType("&")],
  ["parenthesized_type", lowerInner],
  ["readonly_type", lowerInner],
  ["optional_type", lowerInner],
  ["literal_type", lowerInner],
  ["rest_type", lowerRestType],
  ["tuple_type", lowerTuple],
  ["object_type", lowerObjectType],
  ["interface_body", lowerObjectType],
  ["type_query", lowerTypeQuery],
  ["type_predicate", lowerPredicate],
  ["asserts", opaqueType],
  ["function_type", opaqueType],
  ["constructor_type", opaqueType],
  ["conditional_type", opaqueType],
  ["infer_type", opaqueType],
  ["lookup_type", lowerLookup],
  ["index_type_query", opaqueType],
  ["template_literal_type", opaqueType],
  ["existential_type", opaqueType],
  ["flow_maybe_type", opaqueType],
  ["const", opaqueType],
];
