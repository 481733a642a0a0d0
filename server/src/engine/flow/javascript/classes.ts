import type { Attribute, ClassDeclaration, Expression } from "../../facts";
import type { ClassRef, FunctionRef } from "../../project";
import type { CallSite } from "../adapter";
import { callFunction } from "../calls";
import { escape } from "../expressions";
import type { Machine } from "../machine";
import { moduleValue } from "../names";
import { Scope } from "../scope";
import { unknown, varying, type FunctionValue, type InstanceValue, type Value } from "../values";
import { typedValue } from "./types";

/** `new Service(repository)`: fields that the constructor's parameters make, then the constructor itself. */
export function construct(m: Machine, instance: InstanceValue, call: CallSite): Value {
  const constructor = m.project.method(instance.class, "constructor");
  if (!constructor) {
    for (const argument of call.positional) escape(m, argument.value, "argument", argument.node.value, instance.class.declaration.name);
    return instance;
  }
  setParameterProperties(constructor, instance, call);
  callFunction(m, constructor, instance, call);
  return instance;
}

/** `constructor(private readonly users: Repository<User>)` is `this.users = users` (TypeScript: *Parameter Properties*). */
function setParameterProperties(constructor: FunctionRef, instance: InstanceValue, call: CallSite): void {
  const owner = constructor.owner?.declaration;
  constructor.declaration.parameters.forEach((parameter, i) => {
    const given = call.positional[i]?.value;
    if (given && given.kind !== "unknown" && owner && isParameterProperty(owner, parameter)) instance.attributes.set(parameter.name, given);
  });
}

function isParameterProperty(owner: ClassDeclaration, parameter: { readonly name: string; readonly start: number; readonly end: number }): boolean {
  return owner.attributes.some((each) => each.name === parameter.name && each.start >= parameter.start && each.end <= parameter.end);
}

/** `super(…)` in a constructor. */
export function callSuperConstructor(m: Machine, self: Value, after: ClassRef, call: CallSite): Value {
  if (self.kind !== "instance") return unknown();
  const constructor = m.project.method(self.class, "constructor", after);
  if (!constructor) return unknown();
  setParameterProperties(constructor, self, call);
  callFunction(m, constructor, self, call);
  return unknown();
}

/** `this` of the running method, and the class that it stands in. */
export function superOf(m: Machine, scope: Scope): Value {
  const self = scope.get("this");
  for (let i = m.frames.length - 1; i >= 0; i--) {
    const { function: fn, uri } = m.frames[i];
    if (uri !== scope.uri) break;
    if (fn?.owner && self) return { kind: "super", self, after: fn.owner, varies: 0 };
  }
  return unknown(m.innermost);
}

/** `remove = async (id) => …` in a class: a method of its objects that is written as a field. */
export function methodField(m: Machine, { value }: { readonly value?: Expression }, uri: string, self: Value): FunctionValue | undefined {
  const fn = value?.kind === "function" ? m.project.functionByKey(`${uri}#${value.function.id}`) : undefined;
  if (!fn) return undefined;
  const closure = new Scope(uri);
  closure.set("this", self);
  return { kind: "function", function: fn, self, closure, varies: self.varies };
}

/** What a class says of a field: its first value, or its type. */
export function fieldOf(m: Machine, owner: ClassRef, name: string): Value | undefined {
  const found = m.project.attribute(owner, name);
  if (!found) return undefined;
  const { attribute, uri } = found;
  const value = attribute.value && mayBeShared(attribute.value) ? moduleValue(m, uri, attribute.value) : undefined;
  if (value && value.kind !== "unknown") return value;
  return attribute.annotation ? typedValue(m, attribute.annotation, uri) : value;
}

/** A first value that speaks of `this` is another one for each object. */
function mayBeShared(value: Expression): boolean {
  return value.kind !== "attribute" || value.object.kind !== "name" || value.object.name !== "this";
}

/** `this.repository` in the methods of a class. */
export function fieldAttribute(m: Machine, instance: InstanceValue, name: string, node: Attribute): Value | undefined {
  const found = m.project.attribute(instance.class, name);
  const method = found && methodField(m, found.attribute, found.uri, instance);
  if (method) return method;
  for (const adapter of m.adapters) {
    const value = adapter.instanceAttribute(instance, name, node, m);
    if (value) return varying(value, instance.varies);
  }
  const value = fieldOf(m, instance.class, name);
  if (!value || value.kind === "unknown") return value && varying(value, instance.varies);
  instance.attributes.set(name, value);
  return varying(value, instance.varies);
}
