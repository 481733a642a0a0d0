import type { Attribute } from "../../../facts";
import type { CallSite } from "../../../flow/adapter";
import type { Machine } from "../../../flow/machine";
import { constant, unknown, type InstanceValue, type ObjectValue, type Value } from "../../../flow/values";
import type { ClassRef } from "../../../project";
import { fieldBase, isListSerializer, isSerializer } from "./classes";
import { argumentOf, calledOf, changeFields, FIELD, FIELDS, LIST, OWN_FIELDS, takeArguments } from "./construction";
import { dataOf, writeFields, writeList, writePlain } from "./representation";

export { isSerializer } from "./classes";
export { restExternal, restInstance } from "./construction";

/** An attribute of a list serializer, a field of the framework's, or `self.fields`. */
export function restObjectAttribute(m: Machine, object: ObjectValue, name: string, node: Attribute): Value | undefined {
  if (object.type === LIST && name === "root") return rootOf(object);
  if (object.type === LIST) return name === "data" ? dataOf(m, object, node) : (object.parts[name] ?? unknown(object.varies));
  return object.type === FIELD ? (object.parts[name] ?? unknown(object.varies)) : undefined;
}

/** A method of one of these. */
export function restObjectMethod(m: Machine, object: ObjectValue, name: string, call: CallSite): Value | undefined {
  if (object.type === FIELDS) return changeFields(object, name, call);
  if (object.type !== LIST && object.type !== FIELD) return undefined;
  const first = call.positional[0]?.value;
  if (object.type === LIST && name === "to_representation" && first) writeList(m, object, first, call.node, m.at(call.node));
  return unknown(Math.max(object.varies, call.varies));
}

/** What a serializer of the user's has from the framework. */
export function restAttribute(m: Machine, instance: InstanceValue, name: string, node: Attribute): Value | undefined {
  if (name === "data") return isSerializer(m, instance.class) ? dataOf(m, instance, node) : undefined;
  return name === "root" && calledOf(instance) ? rootOf(instance) : undefined;
}

/** The outermost of nested serializers (`Field.root`). */
function rootOf(serializer: Value): Value {
  let root = serializer;
  for (let parent = argumentOf(root, "parent"); parent; parent = argumentOf(root, "parent")) root = parent;
  return root;
}

/** `isinstance` of a serializer that was made in sight: it is of no other class. */
export function isRestInstance(m: Machine, value: Value, of: ClassRef): boolean | undefined {
  if (value.kind === "object") return value.type === LIST ? false : undefined;
  if (value.kind !== "instance" || !calledOf(value)) return undefined;
  return m.project.ancestors(value.class).some((ancestor) => "class" in ancestor && ancestor.class.key === of.key);
}

/** Methods of serializers and fields that the user's class has from the framework, by `super()` too. */
export function restMethod(m: Machine, instance: InstanceValue, name: string, call: CallSite): Value | undefined {
  const isOne = isSerializer(m, instance.class);
  const base = isOne ? undefined : fieldBase(m, instance.class);
  if (!isOne && base === undefined) return undefined;
  const first = call.positional[0]?.value;
  switch (name) {
    case "__init__":
      takeArguments(m, instance, call);
      return constant(null);
    case "get_fields": return isOne ? instance.attributes.get(OWN_FIELDS) : undefined;
    case "to_representation":
      if (first && isListSerializer(m, instance.class)) return writeList(m, instance, first, call.node, m.at(call.node)) ?? unknown(call.varies);
      if (first && isOne) writeFields(m, instance, first);
      else if (first) writePlain(m, base, instance, first, call.node);
      return unknown(call.varies);
    default:
      return undefined;
  }
}
