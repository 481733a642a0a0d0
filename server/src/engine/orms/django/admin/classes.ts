import type { Expression } from "../../../facts";
import type { Machine } from "../../../flow/machine";
import { moduleValue } from "../../../flow/names";
import { callFunction } from "../../../flow/calls";
import { emptyCall } from "../../../flow/expressions";
import { optionsOf, unknown, type InstanceValue, type QueryValue, type Value } from "../../../flow/values";
import type { ClassRef, Entity, FunctionRef } from "../../../project";
import { managerOf } from "../queries";
import { requestValue } from "../requests";
import { classNode } from "../views";

/** The models of an admin class, when all its bases are known by name: an unknown one may list what it wants. */
export function modelsOf(m: Machine, owner: ClassRef): readonly Entity[] {
  const keys = m.project.registeredFor(owner);
  if (keys.length === 0 || hasUnknownBase(m, owner)) return [];
  return keys.flatMap((key) => m.project.entity(key) ?? []);
}

export function hasUnknownBase(m: Machine, owner: ClassRef): boolean {
  return m.project.ancestors(owner).some((ancestor) => "external" in ancestor && ancestor.external === "?");
}

/** An instance of an admin class that works for one of its models. */
export function adminInstance(m: Machine, owner: ClassRef, entity: Entity): InstanceValue {
  return { kind: "instance", class: owner, attributes: new Map<string, Value>([["model", { kind: "entity", entity, varies: 0 }]]), varies: 0 };
}

/** An option of an admin class with where it stands; its value may be given by a method `get_<name>` as well. */
export interface Option {
  readonly value: Value;
  /** What stands for it in the code: the attribute's expression, or the method's name. */
  readonly node: Expression;
  readonly uri: string;
  /** The attribute's own expression, when no method was asked. */
  readonly written: boolean;
}

/** What `ModelAdmin.get_<name>()` gives: the class's own method, else its attribute; undefined when it has neither. */
export function optionOf(m: Machine, self: InstanceValue, name: string): Option | undefined {
  const method = m.project.method(self.class, `get_${name}`);
  if (method) {
    const { uri, declaration } = method;
    const node: Expression = { kind: "name", name: declaration.name, start: declaration.nameStart, end: declaration.nameEnd };
    return { value: quietly(m, () => callFunction(m, method, self, handing(m, classNode(self.class), requestValue()))), node, uri, written: false };
  }
  return attributeOption(m, self, name);
}

/** An attribute of an admin class as an option. */
export function attributeOption(m: Machine, self: InstanceValue, name: string): Option | undefined {
  const found = m.project.attribute(self.class, name);
  const value = found?.attribute.value;
  return found && value && { value: moduleValue(m, found.uri, value), node: value, uri: found.uri, written: true };
}

/** What code does that only says how a page is made is reported where it stands. */
export function quietly<T>(m: Machine, work: () => T): T {
  const { events } = m;
  m.events = [];
  const result = work();
  m.events = events;
  return result;
}

/** A call from the framework, at `node`. */
export function handing(m: Machine, node: Expression, ...values: readonly Value[]): ReturnType<typeof emptyCall> {
  const call = emptyCall(m, node);
  return { ...call, varies: Math.max(0, ...values.map((value) => value.varies)), positional: values.map((value) => ({ value, node: { value: node, start: node.start, end: node.end } })) };
}

/** The rows that `get_queryset` gives: the class's own method, else the default manager's (`BaseModelAdmin.get_queryset`). */
export function adminRows(m: Machine, self: InstanceValue, entity: Entity): QueryValue | undefined {
  const node = classNode(self.class);
  const method: FunctionRef | undefined = m.project.method(self.class, "get_queryset");
  if (!method) {
    if (m.project.attribute(self.class, "get_queryset")) return undefined;
    return { kind: "query", query: managerOf(m, entity, entity.defaultManager, node, "class").query, varies: 0 };
  }
  const value = callFunction(m, method, self, handing(m, node, requestValue()));
  for (const option of optionsOf(value)) {
    if (option.kind === "query" || option.kind === "manager") return option.query.entity === entity.key && option.query.shape === "instances" ? { kind: "query", query: option.query, varies: 0 } : undefined;
  }
  return undefined;
}

/** The methods of an admin that Django calls with the rows of its list or one of them. */
export function adminParameter(m: Machine, owner: ClassRef, name: string): Value | undefined {
  if (m.project.registeredFor(owner).length === 0) return undefined;
  return name === "request" ? requestValue() : undefined;
}

/** `super().get_list_display(request)` and the like in a class that overrides them: the attribute. */
export function adminMethod(m: Machine, self: InstanceValue, name: string): Value | undefined {
  const option = /^get_(list_display|list_select_related|list_filter|search_fields|readonly_fields|ordering|inlines|autocomplete_fields|fields|fieldsets|exclude)$/.exec(name)?.[1];
  if (option === undefined || m.project.registeredFor(self.class).length === 0) return undefined;
  return attributeOption(m, self, option)?.value ?? unknown();
}
