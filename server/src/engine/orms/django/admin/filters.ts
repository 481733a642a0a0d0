import type { Driven } from "../../../flow/adapter";
import type { Machine } from "../../../flow/machine";
import { optionsOf, type InstanceValue } from "../../../flow/values";
import type { ClassRef, Entity } from "../../../project";
import { showChoices, targetRows } from "../forms/choices";
import { relationAt } from "../../../project";
import { classNode } from "../views";
import { adminInstance, modelsOf, quietly } from "./classes";
import { columnsOf } from "./columns";

/** The filters beside an admin's list: a relation is filtered by every row of its target (`RelatedFieldListFilter.field_choices`). */
export function filtersOf(m: Machine, owner: ClassRef): readonly Driven[] {
  return modelsOf(m, owner).map((entity) => ({ entry: "admin", run: (_self, machine) => showFilters(machine, adminInstance(machine, owner, entity), entity) }));
}

function showFilters(m: Machine, self: InstanceValue, entity: Entity): void {
  const site = classNode(self.class);
  for (const { value, node, uri } of quietly(m, () => columnsOf(m, self, "list_filter")) ?? []) {
    const [name] = optionsOf(value);
    // With a class of its own (`("author", RelatedOnlyFieldListFilter)`) a filter offers what that likes.
    const relation = name.kind === "constant" && typeof name.value === "string" ? relationAt(m.project, entity, name.value) : undefined;
    const target = relation?.target !== undefined ? m.project.entity(relation.target) : undefined;
    if (!relation || !target || name.kind !== "constant" || relation.form === "generic-foreign-key") continue;
    const isHere = uri === self.class.uri;
    showChoices(m, { name: String(name.value), uri: self.class.uri, node: isHere ? node : site, within: self.class, query: quietly(m, () => targetRows(m, target, relation, site)), declaredAt: relation.declaredAt }, "filter", site);
  }
}
