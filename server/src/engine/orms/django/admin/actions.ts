import type { Driven } from "../../../flow/adapter";
import { callFunction } from "../../../flow/calls";
import type { Machine } from "../../../flow/machine";
import type { FunctionRef, ClassRef, Entity } from "../../../project";
import type { InstanceValue } from "../../../flow/values";
import { requestValue } from "../requests";
import { classNode } from "../views";
import { listRows } from "./change-list";
import { adminInstance, handing, modelsOf, quietly } from "./classes";
import { columnsOf } from "./columns";

/** The actions of an admin class: each is called with the rows that were chosen from the list, up to all of them (*Admin actions*). */
export function actionsOf(m: Machine, owner: ClassRef): readonly Driven[] {
  return modelsOf(m, owner).flatMap((entity) => {
    const self = adminInstance(m, owner, entity);
    return functionsOf(m, self).map((fn): Driven => ({ entry: "admin", run: (_self, machine) => runAction(machine, adminInstance(machine, owner, entity), entity, fn) }));
  });
}

/** Methods that the class names or marks, and functions that it names. */
function functionsOf(m: Machine, self: InstanceValue): readonly FunctionRef[] {
  const found: FunctionRef[] = [];
  const add = (fn: FunctionRef | undefined): void => {
    if (fn && !found.some((each) => each.key === fn.key)) found.push(fn);
  };
  for (const { value } of quietly(m, () => columnsOf(m, self, "actions")) ?? []) {
    if (value.kind === "constant" && typeof value.value === "string") add(m.project.method(self.class, value.value));
    else if (value.kind === "function") add(value.function);
  }
  return found;
}

function runAction(m: Machine, self: InstanceValue, entity: Entity, fn: FunctionRef): void {
  const node = classNode(self.class);
  const rows = quietly(m, () => listRows(m, self, entity, columnsOf(m, self, "list_display") ?? []));
  if (!rows) return;
  const chosen = { kind: "query" as const, query: m.derive(rows, { bound: { kind: "page" } }), varies: 0 };
  const isMethod = fn.owner !== undefined && fn.declaration.parameters.length === 3;
  callFunction(m, fn, isMethod ? self : undefined, isMethod ? handing(m, node, requestValue(), chosen) : handing(m, node, self, requestValue(), chosen));
}
