import type { Expression } from "../../facts";
import type { Machine } from "../../flow/machine";
import type { AssignedField } from "../../flow";
import { mayVary, type Value } from "../../flow/values";
import type { Entity } from "../../project";
import { optionsIn, type Options } from "../script/options";
import { detailsOf } from "./model/details";

const OF_INSERTS = /^(before|after)(Create|Save|Validate)$/;
const OF_UPDATES = /^(before|after)(Update|Save|Validate)$/;
const OF_DELETES = /^(before|after)Destroy$/;

/** The hooks that run for a single row and not for a call for many (documentation: *Hooks*, model hooks; `individualHooks` aside), and methods of the user's own. */
export function skipsOf(m: Machine, entity: Entity, what: "create" | "save" | "delete"): readonly string[] {
  const pattern = what === "create" ? OF_INSERTS : what === "save" ? OF_UPDATES : OF_DELETES;
  const hooks = (detailsOf(entity)?.hooks ?? []).filter((name) => pattern.test(name));
  const own = entity.class && m.project.method(entity.class, what === "delete" ? "destroy" : what === "create" ? "create" : "save");
  return [...(own ? [`its own ${own.declaration.name}()`] : []), ...(hooks.length > 0 ? [`its hooks (${[...new Set(hooks)].map((name) => `\`${name}\``).join(", ")})`] : [])];
}

/** `destroy` of a paranoid model sets a time, unless `force` is given (documentation: *Paranoid*). */
export function keepsRow(entity: Entity, options: Options): boolean {
  return detailsOf(entity)?.paranoid === true && options.isComplete && !options.of.has("force");
}

/** `{ status: "paid", total }` as what is assigned to columns. */
export function assignedFrom(m: Machine, value: Value | undefined, node: Expression | undefined, uri: string): readonly AssignedField[] {
  const options = optionsIn(value);
  return [...options.of.values()].map((each): AssignedField => {
    const expression = each.node ?? node ?? { kind: "literal", value: null, start: 0, end: 0 };
    return { field: each.name, at: m.at(expression, each.uri ?? uri), expression, constant: m.loops.length === 0 || !mayVary(each.value.varies, m.innermost), value: each.node };
  });
}
