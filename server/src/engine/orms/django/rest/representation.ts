import type { Attribute, Expression, Name } from "../../../facts";
import type { CallSite } from "../../../flow/adapter";
import { attributeOf } from "../../../flow/attributes";
import { callFunction, callValue } from "../../../flow/calls";
import { emptyCall, textOf } from "../../../flow/expressions";
import { enterLoop, leaveLoop, walk } from "../../../flow/iteration";
import type { Machine } from "../../../flow/machine";
import { settleConstants } from "../../../flow/statements";
import { optionsOf, sequenceOf, unknown, type InstanceValue, type ObjectValue, type Value } from "../../../flow/values";
import type { FunctionRef, Relation } from "../../../project";
import type { Location } from "../../../source";
import type { CallFrame, RunHow } from "../../../flow";
import { fieldBase, isListSerializer, isSerializer } from "./classes";
import { argumentOf, calledOf, FIELD, isTrueArgument, LIST, textArgument } from "./construction";
import { defaultNames, fieldsOf, type SerializedField } from "./fields";

/** `serializer.data`: everything is written out, once. */
export function dataOf(m: Machine, serializer: InstanceValue | ObjectValue, node: Attribute, how: RunHow = "iterate"): Value {
  const called = calledOf(serializer);
  const rows = argumentOf(serializer, "instance");
  const isList = serializer.kind === "object" || isListSerializer(m, serializer.class);
  const result = isList ? sequenceOf("list", unknown(m.innermost)) : unknown(Math.max(serializer.varies, m.innermost));
  if (!rows || called?.written) return result;
  if (called) called.written = true;
  // What is asked for is asked for in the argument, as far as the reader is concerned.
  const asked = called?.rows && called.uri === m.uri ? called.rows.value : node;
  if (isList) return writeList(m, serializer, rows, asked, called ? { uri: called.uri, span: { start: called.call.start, end: called.call.end } } : m.at(node), how) ?? result;
  const leave = m.enterFrame({ uri: m.uri, callSite: m.at(node) });
  for (const row of optionsOf(rows)) writeRow(m, serializer, row, node);
  leave();
  return result;
}

/** `ListSerializer.to_representation`: `child.to_representation` of every row. */
export function writeList(m: Machine, list: InstanceValue | ObjectValue, rows: Value, node: Expression, at: Location, how: RunHow = "iterate"): Value | undefined {
  if (list.kind === "instance") {
    const own = m.project.method(list.class, "to_representation");
    if (own && !m.stack.includes(own.key)) return callFunction(m, own, list, handing(m, node, rows));
  }
  const child = argumentOf(list, "child");
  if (!child) return undefined;
  const context = argumentOf(list, "context");
  return writeEach(m, rows, node, at, how, (row) => {
    for (const option of optionsOf(child)) writeValue(m, within(option, context, list), row, node);
  });
}

/** Walks rows as a list serializer or a to-many relation does; a manager is asked for all of its rows. */
function writeEach(m: Machine, rows: Value, node: Expression, at: Location, how: RunHow, each: (row: Value) => void): Value | undefined {
  const walkable = optionsOf(rows).flatMap((option): readonly Value[] => {
    if (option.kind === "manager") return [{ kind: "query", query: option.query, varies: option.varies }];
    return option.kind === "query" || option.kind === "sequence" || option.kind === "object" ? [option] : [];
  });
  for (const option of walkable) {
    const before = m.events.length;
    const walked = walk(m, option, node, how);
    const loop = enterLoop(m, walked, rowNamed(m, walked.element, node), { kind: "callback", at, body: at, exits: false });
    each(loop.element);
    leaveLoop(m);
    settleConstants(m, before, loop.id);
  }
  return walkable.length ? sequenceOf("list", unknown(m.innermost), { size: "unknown" }) : undefined;
}

/** A name for rows of which the query is not known. */
function rowNamed(m: Machine, row: Value, node: Expression): Name | undefined {
  const entity = row.kind === "row" ? m.project.entity(row.origin.entity) : undefined;
  return entity && { kind: "name", name: entity.name, start: node.start, end: node.end };
}

/** What a field or nested serializer makes of a value. */
export function writeValue(m: Machine, field: Value, value: Value, node: Expression): Value {
  if (field.kind === "instance" && isSerializer(m, field.class) && !isListSerializer(m, field.class)) {
    for (const option of optionsOf(value)) writeRow(m, field, option, node);
    return unknown(value.varies);
  }
  if (field.kind === "instance" && isListSerializer(m, field.class) || (field.kind === "object" && field.type === LIST)) {
    writeList(m, field as InstanceValue | ObjectValue, value, node, m.at(node));
    return unknown(value.varies);
  }
  if (field.kind === "instance") {
    const own = m.project.method(field.class, "to_representation");
    if (own) return callFunction(m, own, field, asking(m, node, value));
  }
  return writePlain(m, baseOf(m, field), field, value, node);
}

/** `to_representation` of the framework's own fields (rest_framework/fields.py, relations.py). */
export function writePlain(m: Machine, base: string | undefined, field: Value, value: Value, node: Expression): Value {
  switch (base) {
    case "StringRelatedField":
    case "CharField":
    case "EmailField":
    case "SlugField":
    case "URLField":
    case "RegexField":
      textOf(m, value, node);
      break;
    case "SlugRelatedField": {
      const path = textArgument(field, "slug_field");
      if (path !== undefined) for (const row of optionsOf(value)) if (row.kind === "row") readPath(m, row, path.split("__"), node);
      break;
    }
    case "ListField": {
      const child = argumentOf(field, "child");
      writeEach(m, value, node, m.at(node), "iterate", (item) => child && writeValue(m, child, item, node));
      break;
    }
    case "ReadOnlyField":
    case "SerializerMethodField":
      // Renderers turn a queryset into a list (rest_framework/utils/encoders.py).
      for (const option of optionsOf(value)) if (option.kind === "query") walk(m, option, node, "list");
      break;
    default:
      break;
  }
  return unknown(value.varies);
}

/** One row by one serializer: the user's own `to_representation`, or field by field. */
export function writeRow(m: Machine, serializer: InstanceValue, row: Value, node: Expression): void {
  // Of what is not known nothing can be said, whatever the fields do with it.
  if (row.kind !== "row" && row.kind !== "mapping" && row.kind !== "instance") return;
  const own = m.project.method(serializer.class, "to_representation");
  if (own && !m.stack.includes(own.key)) callFunction(m, own, serializer, handing(m, node, row));
  else writeFields(m, serializer, row);
}

/** `Serializer.to_representation`. */
export function writeFields(m: Machine, serializer: InstanceValue, row: Value): void {
  const key = `writes out ${serializer.class.key}`;
  // A serializer that nests itself: the next level is as this one.
  if (m.stack.includes(key)) return;
  const { declaration, uri, key: name } = serializer.class;
  const at: Location = { uri, span: { start: declaration.nameStart, end: declaration.nameEnd } };
  const fields = fieldsOf(m, serializer);
  if (!fields) {
    m.emit({ kind: "notUnderstood", at, what: "serializer", name: declaration.name, reason: "what it writes is decided when the code runs, or by a base class that is not known" });
    return;
  }
  m.emit({ kind: "serialized", at, serializer: name });
  m.stack.push(key);
  for (const field of fields) {
    if (!m.mayEnter) break;
    inField(m, field.at, (node) => writeField(m, serializer, field, row, node));
  }
  m.stack.pop();
}

/** Runs in a frame of the field's declaration; what it reads is said to be read there. */
function inField(m: Machine, at: Location, run: (node: Name) => void): void {
  m.budget -= 3;
  const leave = m.enterFrame({ uri: at.uri, callSite: at, writesOut: writesOut(m) });
  // As a reader would write it: the row has no name in a serializer.
  run({ kind: "name", name: "self", start: at.span.start, end: at.span.end });
  leave();
}

function writesOut(m: Machine): NonNullable<CallFrame["writesOut"]> {
  return m.loops.length > 0 ? "many" : "one";
}

function writeField(m: Machine, serializer: InstanceValue, { name, field, extra, depth }: SerializedField, row: Value, node: Name): void {
  if (!field) {
    const source = extra?.kind === "mapping" ? extra.entries.get("source") : undefined;
    if (source && !(source.kind === "constant" && typeof source.value === "string")) return;
    writeModelField(m, row, source ? String((source as { readonly value: unknown }).value).split(".") : [name], depth, node);
    return;
  }
  for (const option of optionsOf(field)) writeDeclared(m, serializer, name, within(option, argumentOf(serializer, "context"), serializer), row, node);
}

function writeDeclared(m: Machine, serializer: InstanceValue, name: string, field: Value, row: Value, node: Name): void {
  const base = baseOf(m, field);
  const isNested = isNestedSerializer(m, field);
  if (base === undefined && !isNested) return;
  if (base === "SerializerMethodField") {
    const method = m.project.method(serializer.class, textArgument(field, "method_name") ?? `get_${name}`);
    if (method) writePlain(m, base, field, callFunction(m, method, isStatic(method) ? undefined : serializer, handing(m, node, row)), node);
    return;
  }
  const source = argumentOf(field, "source");
  if (source && !(source.kind === "constant" && typeof source.value === "string")) return;
  const path = source ? String((source as { readonly value: unknown }).value).split(".") : [name];
  const attribute = field.kind === "instance" && !isNested ? m.project.method(field.class, "get_attribute") : undefined;
  if (attribute) {
    writeValue(m, field, callFunction(m, attribute, field, asking(m, node, row)), node);
    return;
  }
  const many = !isNested && isTrueArgument(field, "many");
  if (path[0] === "*" || base === "HyperlinkedIdentityField") {
    writeValue(m, field, row, node);
    return;
  }
  if (!many && isByKeyOnly(m, field, base)) {
    readKey(m, row, path, node);
    return;
  }
  const value = readPath(m, row, path, node);
  // `ManyRelatedField` around a relational field.
  if (many) writeEach(m, value, node, m.at(node), "iterate", (item) => !isByKeyOnly(m, field, base) && writeValue(m, field, item, node));
  else writeValue(m, field, value, node);
}

function isStatic(fn: FunctionRef): boolean {
  return fn.declaration.decorators.some((decorator) => decorator.kind === "name" && decorator.name === "staticmethod");
}

function isNestedSerializer(m: Machine, field: Value): boolean {
  return (field.kind === "object" && field.type === LIST) || (field.kind === "instance" && isSerializer(m, field.class));
}

function baseOf(m: Machine, field: Value): string | undefined {
  if (field.kind === "object") return field.type === FIELD ? String(field.data) : undefined;
  return field.kind === "instance" ? fieldBase(m, field.class) : undefined;
}

/** `use_pk_only_optimization`: the key is in the row already, no query is sent. A class of the user's that says otherwise is asked for its row. */
function isByKeyOnly(m: Machine, field: Value, base: string | undefined): boolean {
  if (field.kind === "instance" && m.project.method(field.class, "use_pk_only_optimization")) return false;
  if (base === "PrimaryKeyRelatedField") return true;
  if (base !== "HyperlinkedRelatedField") return false;
  const lookup = argumentOf(field, "lookup_field");
  return lookup === undefined || (lookup.kind === "constant" && lookup.value === "pk");
}

/** A field that the serializer makes itself: `build_field` of rest_framework/serializers.py. */
function writeModelField(m: Machine, row: Value, path: readonly string[], depth: number, node: Name): void {
  const relation = path.length === 1 && row.kind === "row" ? m.project.relation(row.origin.entity, path[0]) : undefined;
  if (!relation) {
    writePlain(m, "ReadOnlyField", unknown(), readPath(m, row, path, node), node);
    return;
  }
  if (relation.cardinality === "one" && depth === 0) {
    readKey(m, row, path, node);
    return;
  }
  const value = readPath(m, row, path, node);
  if (relation.cardinality === "one") writeWhole(m, value, relation, depth, node);
  else writeEach(m, value, node, m.at(node), "iterate", (item) => depth > 0 && writeWhole(m, item, relation, depth, node));
}

/** `Meta.depth`: the related row with all its fields (`build_nested_field`). */
function writeWhole(m: Machine, row: Value, relation: Relation, depth: number, node: Name): void {
  const entity = relation.target === undefined ? undefined : m.project.entity(relation.target);
  if (!entity || !m.mayEnter) return;
  for (const name of defaultNames(entity, [])) {
    m.budget--;
    writeModelField(m, row, [name], depth - 1, node);
  }
}

/** `serializable_value`: the column of a forward relation. The way back of a one-to-one has none and is read. */
function readKey(m: Machine, row: Value, path: readonly string[], node: Name): void {
  const owner = readPath(m, row, path.slice(0, -1), node);
  const last = path[path.length - 1];
  for (const option of optionsOf(owner)) {
    const relation = option.kind === "row" ? m.project.relation(option.origin.entity, last) : undefined;
    if (!relation) continue;
    readPath(m, option, [relation.column ?? last], node, path.slice(0, -1));
  }
}

/** `get_attribute` of rest_framework/fields.py: attribute by attribute, and what can be called without arguments is called. */
export function readPath(m: Machine, row: Value, path: readonly string[], node: Expression, before: readonly string[] = []): Value {
  let object: Expression = node;
  for (const name of before) object = { kind: "attribute", object, name, nameStart: node.start, start: node.start, end: node.end };
  let value = row;
  path.forEach((name, i) => {
    const attribute: Attribute = { kind: "attribute", object, name, nameStart: node.start, start: node.start, end: node.end };
    if (value.kind === "mapping") value = value.entries.get(name) ?? unknown(value.varies);
    else {
      const next = path[i + 1];
      // A path that ends at the key loads the row all the same, and loading it is the fix here.
      value = attributeOf(m, value, name, attribute, next === undefined || /^(pk|id)$/.test(next) ? {} : { next });
      value = withoutPlace(m, called(m, value, attribute));
    }
    object = attribute;
  });
  return value;
}

function called(m: Machine, value: Value, node: Attribute): Value {
  switch (value.kind) {
    case "function": {
      const wanted = value.function.declaration.parameters.slice(value.self ? 1 : 0);
      return wanted.every((parameter) => parameter.default !== undefined || parameter.spread !== undefined) ? callFunction(m, value.function, value.self, emptyCall(m, node), value.closure) : unknown(value.varies);
    }
    case "method": return value.receiver.kind === "manager" || value.receiver.kind === "query" ? callValue(m, value, emptyCall(m, node)) : unknown(value.varies);
    default: return value;
  }
}

/** No code builds this query where the field stands, so nothing can be added to it there. */
function withoutPlace(m: Machine, value: Value): Value {
  if (value.kind !== "manager" || value.query.origin.kind === "opaque") return value;
  return { ...value, query: m.derive(value.query, { origin: { ...value.query.origin, kind: "opaque" }, from: value.query.from }) };
}

/** A call of a serializer's own method: what stands in it is part of what is written for each row. */
function handing(m: Machine, node: Expression, value: Value): CallSite {
  return { ...asking(m, node, value), writesOut: writesOut(m) };
}

/** A call of a field's method: a helper of all serializers that have such a field. */
function asking(m: Machine, node: Expression, value: Value): CallSite {
  return { ...emptyCall(m, node), positional: [{ value, node: { value: node, start: node.start, end: node.end } }], varies: value.varies };
}

/** A field or nested serializer where it is used: it knows the context of the outermost one. */
function within(field: Value, context: Value | undefined, parent?: Value): Value {
  if (field.kind === "instance") {
    const attributes = new Map(field.attributes);
    if (context) attributes.set("context", context);
    if (parent) attributes.set("parent", parent);
    return { ...field, attributes };
  }
  if (field.kind === "object" && field.type === LIST) return { ...field, parts: { ...field.parts, ...(context && { context }), ...(parent && { parent }) } };
  return field;
}
