import type { Argument, Call } from "../../../facts";
import type { CallSite } from "../../../flow/adapter";
import { callFunction } from "../../../flow/calls";
import { escape } from "../../../flow/expressions";
import type { Machine } from "../../../flow/machine";
import { moduleValue } from "../../../flow/names";
import { optionsOf, unknown, type InstanceValue, type MappingValue, type ObjectValue, type Value } from "../../../flow/values";
import type { ClassRef } from "../../../project";
import { requestValue } from "../requests";
import { fieldBase, isListSerializer, isSerializer, ownClass } from "./classes";

/** Many rows and the serializer that writes each of them: `BookSerializer(books, many=True)`. */
export const LIST = "serializer-list";
/** A field of one of the framework's own classes; `data` is the name of the class, `parts` are its arguments. */
export const FIELD = "serializer-field";
/** `self.fields` of a serializer; `data` says what code does to it. */
export const FIELDS = "serializer-fields";
/** What `super().get_fields()` gives while a serializer is asked what it writes. */
export const OWN_FIELDS = "%fields";
/** Where a serializer of the user's keeps how it was called; no name of Python's. */
const CALLED = "%called";

/** What code does to `self.fields` before anything is written out. */
export interface FieldChanges {
  readonly removed: Set<string>;
  /** Something was taken away or put in whose name is not known. */
  isUnknown: boolean;
}

/** The call that made a serializer. */
export interface Called {
  readonly call: Call;
  readonly uri: string;
  readonly rows?: Argument;
  /** `.data` is computed once and kept (rest_framework/serializers.py, `BaseSerializer.data`). */
  written: boolean;
}

/** An argument of a field or serializer, however it was made. */
export function argumentOf(field: Value, name: string): Value | undefined {
  if (field.kind === "object") return field.parts[name];
  return field.kind === "instance" ? field.attributes.get(name) : undefined;
}

export function textArgument(field: Value, name: string): string | undefined {
  const value = argumentOf(field, name);
  return value?.kind === "constant" && typeof value.value === "string" ? value.value : undefined;
}

export function isTrueArgument(field: Value, name: string): boolean {
  const value = argumentOf(field, name);
  return value?.kind === "constant" && value.value === true;
}

export function calledOf(serializer: InstanceValue | ObjectValue): Called | undefined {
  const kept = serializer.kind === "object" ? serializer : serializer.attributes.get(CALLED);
  return kept?.kind === "object" ? (kept.data as Called | undefined) : undefined;
}

/** What a call of a class of the user's gives, when it is a serializer or field. */
export function restInstance(m: Machine, owner: ClassRef, call: CallSite): Value | undefined {
  const bare: InstanceValue = { kind: "instance", class: owner, attributes: new Map(), varies: call.varies };
  if (!isSerializer(m, owner)) return fieldBase(m, owner) === undefined ? undefined : constructed(m, bare, call);
  if (!isListSerializer(m, owner) && asksForMany(call)) return listOf(m, bare, call);
  return constructed(m, bare, call);
}

/** The same for one of the framework's own classes. */
export function restExternal(name: string, call: CallSite): Value | undefined {
  const own = ownClass(name);
  if (own === undefined) return undefined;
  const parts: Record<string, Value> = {};
  for (const [keyword, { value }] of call.keywords) parts[keyword] = value;
  if (own === "ListSerializer") return parts.child && { kind: "object", type: LIST, parts, varies: call.varies };
  if (own.endsWith("Serializer")) return undefined;
  const first = call.positional[0]?.value;
  if (first) parts[own === "SlugRelatedField" ? "slug_field" : own === "SerializerMethodField" ? "method_name" : "view_name"] ??= first;
  return { kind: "object", type: FIELD, parts, data: own, varies: call.varies };
}

/** `BaseSerializer.__init__` and `Field.__init__`. */
export function takeArguments(m: Machine, instance: InstanceValue, call: CallSite): void {
  const { attributes } = instance;
  const rows = call.positional[0] ?? call.keywords.get("instance");
  if (isSerializer(m, instance.class)) {
    if (!attributes.has("fields")) attributes.set("fields", { kind: "object", type: FIELDS, parts: {}, data: { removed: new Set(), isUnknown: false } satisfies FieldChanges, varies: 0 });
    if (rows) attributes.set("instance", rows.value);
    if (!attributes.has("context")) attributes.set("context", requestContext());
    attributes.set(CALLED, calledAs(call));
    for (const name of ["context", "source", "write_only", "child"]) {
      const given = call.keywords.get(name);
      if (given) attributes.set(name, given.value);
    }
    return;
  }
  for (const [name, { value }] of call.keywords) attributes.set(name, value);
  const first = call.positional[0]?.value;
  const base = first && fieldBase(m, instance.class);
  if (base === "SlugRelatedField") attributes.set("slug_field", first!);
  if (base === "SerializerMethodField") attributes.set("method_name", first!);
}

/** What a serializer is told of where it is used, as far as that is known: there mostly is a request. */
export function requestContext(): MappingValue {
  return { kind: "mapping", entries: new Map([["request", requestValue()]]), key: unknown(), value: unknown(), size: "few", varies: 0 };
}

function constructed(m: Machine, instance: InstanceValue, call: CallSite): InstanceValue {
  takeArguments(m, instance, call);
  const method = m.project.method(instance.class, "__init__");
  if (method) callFunction(m, method, instance, call);
  escapeArguments(m, instance.class, call);
  return instance;
}

/** `many=True` makes a list of serializers (`BaseSerializer.many_init`): `Meta.list_serializer_class` around one that writes each row. */
function listOf(m: Machine, child: InstanceValue, call: CallSite): Value {
  const keywords = new Map(call.keywords);
  keywords.delete("many");
  const rows = call.positional[0] ?? keywords.get("instance");
  constructed(m, child, { ...call, keywords });
  const parts: Record<string, Value> = { child };
  for (const name of ["context", "source", "write_only"]) {
    const given = keywords.get(name);
    if (given) parts[name] = given.value;
  }
  if (rows) parts.instance = rows.value;
  const own = listClassOf(m, child.class);
  if (!own) return { ...calledAs(call), type: LIST, parts, varies: call.varies };
  const list: InstanceValue = { kind: "instance", class: own, attributes: new Map(Object.entries(parts)), varies: call.varies };
  list.attributes.set(CALLED, calledAs(call));
  return list;
}

function listClassOf(m: Machine, owner: ClassRef): ClassRef | undefined {
  const meta = m.project.nestedClass(owner, "Meta");
  const attribute = meta && m.project.attribute(meta, "list_serializer_class");
  const value = attribute?.attribute.value && moduleValue(m, attribute.uri, attribute.attribute.value);
  return value?.kind === "class" ? value.class : undefined;
}

function calledAs(call: CallSite): ObjectValue {
  const rows = call.positional[0] ?? call.keywords.get("instance");
  return { kind: "object", type: "called", parts: {}, data: { call: call.node, uri: call.uri, rows: rows?.node, written: false } satisfies Called, varies: 0 };
}

/** `many=True`; where a variable decides, the rows tell. */
function asksForMany(call: CallSite): boolean {
  const many = call.keywords.get("many")?.value;
  if (many === undefined) return false;
  if (many.kind === "constant") return many.value === true;
  const rows = call.positional[0]?.value ?? call.keywords.get("instance")?.value;
  return rows !== undefined && optionsOf(rows).some((option) => option.kind === "query" || option.kind === "manager" || option.kind === "sequence");
}

function escapeArguments(m: Machine, owner: ClassRef, call: CallSite): void {
  for (const argument of [...call.positional, ...call.keywords.values()]) escape(m, argument.value, "argument", argument.node.value, owner.declaration.name);
}

/** `self.fields.pop("price")`. */
export function changeFields(fields: ObjectValue, name: string, call: CallSite): Value {
  const changes = fields.data as FieldChanges;
  if (name === "pop") {
    const first = call.positional[0]?.value;
    if (first?.kind === "constant" && typeof first.value === "string") changes.removed.add(first.value);
    else changes.isUnknown = true;
  } else if (/^(update|clear|popitem|setdefault|__setitem__|__delitem__)$/.test(name)) changes.isUnknown = true;
  return unknown(call.varies);
}
