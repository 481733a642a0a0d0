import type { Expression, Statement } from "../../../facts";
import { blocksOf } from "../../../facts";
import { lastName } from "../../../flow/attributes";
import { callFunction } from "../../../flow/calls";
import { emptyCall } from "../../../flow/expressions";
import type { Machine } from "../../../flow/machine";
import { moduleValue } from "../../../flow/names";
import { optionsOf, type InstanceValue, type Value } from "../../../flow/values";
import type { ClassRef, Entity } from "../../../project";
import type { Location } from "../../../source";
import { hasUnknownBase, isModelSerializer } from "./classes";
import { FIELDS, isTrueArgument, OWN_FIELDS, type FieldChanges } from "./construction";

/** A field that a serializer writes out. */
export interface SerializedField {
  readonly name: string;
  /** Its declaration, or its name in `Meta.fields`. */
  readonly at: Location;
  /** The field object, where one is declared; the others are made from the model. */
  readonly field?: Value;
  /** `extra_kwargs` of a field made from the model. */
  readonly extra?: Value;
  /** How many levels of relations `Meta.depth` writes out whole. */
  readonly depth: number;
}

/** Overriding one of these decides in code what is written. */
const DECIDING: readonly string[] = ["get_field_names", "_readable_fields", "fields", "build_field", "get_extra_kwargs"];

/** What a serializer writes out, as far as all of it is known; undefined: it is decided in code. The order is of no matter. */
export function fieldsOf(m: Machine, serializer: InstanceValue): readonly SerializedField[] | undefined {
  const { class: owner } = serializer;
  if (hasUnknownBase(m, owner) || DECIDING.some((name) => m.project.method(owner, name))) return undefined;
  const changes = changesOf(serializer);
  const taken = takenAway(m, owner);
  if (changes.isUnknown || taken === undefined || !changedByOwn(m, serializer, taken)) return undefined;
  return declaredIn(m, owner).filter(({ name, field, extra }) =>
    !changes.removed.has(name) && !taken.has(name) && !(field && isWriteOnly(field)) && !(extra && isWriteOnly(extra)));
}

function isWriteOnly(field: Value): boolean {
  if (field.kind === "mapping") {
    const given = field.entries.get("write_only");
    return given?.kind === "constant" && given.value === true;
  }
  // `HiddenField.__init__` sets it.
  return isTrueArgument(field, "write_only") || (field.kind === "object" && field.data === "HiddenField");
}

function changesOf(serializer: InstanceValue): FieldChanges {
  const fields = serializer.attributes.get("fields");
  return fields?.kind === "object" && fields.type === FIELDS ? (fields.data as FieldChanges) : { removed: new Set(), isUnknown: false };
}

/** The user's own `get_fields`: what it may take away is left out; false when it gives something else than the fields there are. */
function changedByOwn(m: Machine, serializer: InstanceValue, taken: Set<string>): boolean {
  const own = m.project.method(serializer.class, "get_fields");
  if (!own) return true;
  if (m.stack.includes(own.key) || alwaysTakes(m.project.bodyOf(own), taken)) return false;
  const { events, loops } = m;
  m.events = [];
  m.loops = [];
  const fields: FieldChanges = { removed: taken, isUnknown: false };
  const attributes = new Map([...serializer.attributes, [OWN_FIELDS, { kind: "object", type: FIELDS, parts: {}, data: fields, varies: 0 } as Value]]);
  const { declaration } = own;
  const result = callFunction(m, own, { ...serializer, attributes }, emptyCall(m, { kind: "name", name: declaration.name, start: declaration.nameStart, end: declaration.nameEnd }));
  m.events = events;
  m.loops = loops;
  return optionsOf(result).some((option) => option.kind === "object" && option.type === FIELDS);
}

/** Whether the statements take away fields whose names are not known, whatever the request; names that are known are added to `taken`. */
function alwaysTakes(statements: readonly Statement[], taken: Set<string>): boolean {
  for (const statement of statements) {
    if (statement.kind === "delete") {
      for (const target of statement.targets) {
        if (target.kind !== "subscript") continue;
        if (target.index.kind !== "literal") return true;
        taken.add(String(target.index.value));
      }
    }
    if (statement.kind === "expression" && statement.expression.kind === "call" && lastName(statement.expression) === "pop" && statement.expression.arguments[0]?.value.kind !== "literal") return true;
    // What a branch takes away is written on the other one.
    for (const block of blocksOf(statement)) if (alwaysTakes(block, taken) && statement.kind !== "if") return true;
  }
  return false;
}

/** `SerializerMetaclass` gathers the fields of the class and its bases, the nearest of a name; `name = None` takes one away. */
function declaredFields(m: Machine, owner: ClassRef): ReadonlyMap<string, { readonly at: Location; readonly value: Value; readonly owner: ClassRef }> {
  const found = new Map<string, { at: Location; value: Value; owner: ClassRef }>();
  const known = new Set<string>();
  for (const ancestor of m.project.ancestors(owner)) {
    if (!("class" in ancestor)) continue;
    const { uri, declaration } = ancestor.class;
    const own = new Map(declaration.attributes.map((attribute) => [attribute.name, attribute]));
    for (const [name, attribute] of own) {
      if (known.has(name) || !attribute.value) continue;
      known.add(name);
      if (attribute.value.kind !== "call") continue;
      const value = moduleValue(m, uri, attribute.value);
      found.set(name, { at: { uri, span: { start: attribute.nameStart, end: attribute.nameEnd } }, value, owner: ancestor.class });
    }
  }
  return found;
}

function declaredIn(m: Machine, owner: ClassRef): readonly SerializedField[] {
  const declared = declaredFields(m, owner);
  const plain = [...declared].map(([name, { at, value }]): SerializedField => ({ name, at, field: value, depth: 0 }));
  if (!isModelSerializer(m, owner)) return plain;
  const meta = m.project.nestedClass(owner, "Meta");
  const entity = meta && entityOf(m, meta);
  const names = meta && namesIn(m, meta, entity, [...declared.keys()]);
  // What the class itself declares must be among the names, whatever they are (`ModelSerializer.get_field_names` asserts it).
  if (!meta || !names) return plain.filter(({ name }) => declared.get(name)!.owner.key === owner.key);
  const depthValue = metaValue(m, meta, "depth");
  const depth = depthValue?.kind === "constant" && typeof depthValue.value === "number" ? depthValue.value : 0;
  const extras = metaValue(m, meta, "extra_kwargs");
  const extraOf = (name: string): Value | undefined => (extras?.kind === "mapping" ? extras.entries.get(name) : undefined);
  return [...names].map(([name, at]): SerializedField => {
    const own = declared.get(name);
    return own ? { name, at: own.at, field: own.value, depth: 0 } : { name, at, extra: extraOf(name), depth };
  });
}

/** `Meta.model`. */
function entityOf(m: Machine, meta: ClassRef): Entity | undefined {
  const value = metaValue(m, meta, "model");
  return value?.kind === "entity" ? value.entity : undefined;
}

function metaValue(m: Machine, meta: ClassRef, name: string): Value | undefined {
  const attribute = m.project.attribute(meta, name);
  return attribute?.attribute.value && moduleValue(m, attribute.uri, attribute.attribute.value);
}

/** The names of a model serializer's fields with the place that asks for each; undefined when they cannot be read. */
function namesIn(m: Machine, meta: ClassRef, entity: Entity | undefined, declared: readonly string[]): ReadonlyMap<string, Location> | undefined {
  const listed = m.project.attribute(meta, "fields");
  const excluded = m.project.attribute(meta, "exclude");
  const asked = listed?.attribute.value && moduleValue(m, listed.uri, listed.attribute.value);
  if (asked && !(asked.kind === "constant" && asked.value === "__all__")) {
    const names = textsIn(asked);
    return names && new Map(names.map((name) => [name, placeOf(name, listed!.attribute.value!, listed!.uri)]));
  }
  if (!entity) return undefined;
  const left = excluded?.attribute.value && textsIn(moduleValue(m, excluded.uri, excluded.attribute.value));
  if (excluded && !left) return undefined;
  const source = listed ?? excluded;
  // Before 3.3 a `Meta` with neither meant all.
  const { value } = source?.attribute ?? {};
  const at: Location = value ? { uri: source!.uri, span: { start: value.start, end: value.end } } : { uri: meta.uri, span: { start: meta.declaration.nameStart, end: meta.declaration.nameEnd } };
  return new Map(defaultNames(entity, declared).filter((name) => !left?.includes(name)).map((name) => [name, at]));
}

/** `get_default_field_names`: the key, what is declared, the columns and the forward relations. */
export function defaultNames(entity: Entity, declared: readonly string[]): readonly string[] {
  const relations = [...entity.relations.values()].filter(({ form }) => form === "foreign-key" || form === "one-to-one" || form === "many-to-many");
  return [...new Set([...declared, ...entity.fields.keys(), ...relations.map(({ name }) => name)])];
}

function textsIn(value: Value): readonly string[] | undefined {
  if (value.kind !== "sequence" || !value.items) return undefined;
  const texts: string[] = [];
  for (const item of value.items) {
    if (item.kind !== "constant" || typeof item.value !== "string") return undefined;
    texts.push(item.value);
  }
  return texts;
}

/** Where a name stands in `fields = ("title", "author") + Base.Meta.fields`; what is inherited is asked for by the whole. */
function placeOf(name: string, listed: Expression, uri: string): Location {
  const found = literalIn(listed, name) ?? listed;
  return { uri, span: { start: found.start, end: found.end } };
}

function literalIn(expression: Expression, text: string): Expression | undefined {
  switch (expression.kind) {
    case "literal": return expression.value === text ? expression : undefined;
    case "sequence": return firstOf(expression.items, text);
    case "binary": return firstOf([expression.left, expression.right], text);
    case "spread": return literalIn(expression.value, text);
    default: return undefined;
  }
}

function firstOf(expressions: readonly Expression[], text: string): Expression | undefined {
  for (const expression of expressions) {
    const found = literalIn(expression, text);
    if (found) return found;
  }
  return undefined;
}

/** Names that `del self.fields["price"]` takes away; undefined when some name is not known, or a field is put in (`self.fields["price"] = …`). */
function takenAway(m: Machine, owner: ClassRef): Set<string> | undefined {
  const taken = new Set<string>();
  for (const ancestor of m.project.ancestors(owner)) {
    if (!("class" in ancestor)) continue;
    for (const method of ancestor.class.declaration.methods) {
      const fn = m.project.functionByKey(`${ancestor.class.uri}#${method.id}`);
      if (fn && !readChanges(m.project.bodyOf(fn), taken)) return undefined;
    }
  }
  return taken;
}

function readChanges(statements: readonly Statement[], taken: Set<string>): boolean {
  for (const statement of statements) {
    const targets = statement.kind === "delete" || statement.kind === "assign" ? statement.targets : [];
    for (const target of targets) {
      if (target.kind !== "subscript" || target.object.kind !== "attribute" || target.object.name !== "fields") continue;
      if (target.index.kind !== "literal" || typeof target.index.value !== "string") return false;
      taken.add(target.index.value);
    }
    for (const block of blocksOf(statement)) if (!readChanges(block, taken)) return false;
  }
  return true;
}
