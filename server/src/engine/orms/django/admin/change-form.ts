import type { Driven } from "../../../flow/adapter";
import type { Query } from "../../../flow";
import { textOf } from "../../../flow/expressions";
import { enterLoop, leaveLoop } from "../../../flow/iteration";
import type { Machine } from "../../../flow/machine";
import { optionsOf, type InstanceValue, type RowValue } from "../../../flow/values";
import type { ClassRef, Entity } from "../../../project";
import { withJoins } from "../methods";
import { rowOf, rowsOf } from "../queries";
import { classNode } from "../views";
import { adminInstance, adminRows, attributeOption, hasUnknownBase, modelsOf, quietly } from "./classes";
import { columnsOf, showColumn, type Column } from "./columns";
import { showSelects } from "./selects";

/** The page of one object: what it shows without asking for input, and the rows of its inlines. */
export function changeFormsOf(m: Machine, owner: ClassRef): readonly Driven[] {
  return modelsOf(m, owner).flatMap((entity): Driven[] => [
    { entry: "admin", run: (_self, machine) => showObject(machine, adminInstance(machine, owner, entity), entity) },
    { entry: "admin", run: (_self, machine) => showForm(machine, adminInstance(machine, owner, entity), entity) },
    ...inlinesOf(m, adminInstance(m, owner, entity)).map((inline): Driven => ({ entry: "admin", run: (_self, machine) => showInline(machine, inline, entity) })),
  ]);
}

/** Callables of `readonly_fields`; the list evaluates those that it shows as well. */
function showObject(m: Machine, self: InstanceValue, entity: Entity): void {
  const listed = new Set((quietly(m, () => columnsOf(m, self, "list_display")) ?? []).flatMap(nameOf));
  const columns = (quietly(m, () => columnsOf(m, self, "readonly_fields")) ?? []).filter((column) => !nameOf(column).some((name) => listed.has(name)));
  const rows = columns.length ? quietly(m, () => adminRows(m, self, entity)) : undefined;
  if (!rows) return;
  const row = rowOf(m, m.derive(rows.query, { atMostOne: true, bound: { kind: "rows", rows: 1 } }), false);
  for (const column of columns) showColumn(m, self, row, column, entity);
}

/** The fields of the form itself. */
function showForm(m: Machine, self: InstanceValue, entity: Entity): void {
  showSelects(m, self, entity);
}

function nameOf({ value }: Column): readonly string[] {
  return value.kind === "constant" && typeof value.value === "string" ? [value.value] : [];
}

/** The inline classes of the workspace that an admin names. */
export function inlinesOf(m: Machine, self: InstanceValue): readonly ClassRef[] {
  const columns = quietly(m, () => columnsOf(m, self, "inlines")) ?? [];
  return columns.flatMap(({ value }) => optionsOf(value)).flatMap((value) => (value.kind === "class" && !hasUnknownBase(m, value.class) ? [value.class] : []));
}

/** The rows of an inline: each is written by its `__str__`, and shows the callables of `readonly_fields` (`admin/edit_inline/tabular.html`). */
function showInline(m: Machine, inline: ClassRef, parent: Entity): void {
  const child = entityOf(m, inline);
  if (!child) return;
  const self = adminInstance(m, inline, child);
  const rows = inlineRows(m, self, child, parent);
  if (!rows) return;
  const node = classNode(inline);
  m.frames.push({ uri: inline.uri });
  const walked = rowsOf(m, { kind: "query", query: rows, varies: 0 });
  const loop = enterLoop(m, walked, undefined, { kind: "callback", at: m.at(node), body: m.at(inline.declaration), exits: false });
  for (const row of optionsOf(loop.element)) {
    if (row.kind !== "row") continue;
    textOf(m, row, node);
    // The foreign key to the parent is no field of the form.
    const isBack = (name: string): boolean => isParent(child, name, parent);
    m.frames.pop();
    showSelects(m, self, child, isBack);
    m.frames.push({ uri: inline.uri });
    for (const column of quietly(m, () => columnsOf(m, self, "readonly_fields")) ?? []) showColumn(m, self, row as RowValue, column, child);
  }
  leaveLoop(m);
  m.frames.pop();
}

export function entityOf(m: Machine, inline: ClassRef): Entity | undefined {
  const self: InstanceValue = { kind: "instance", class: inline, attributes: new Map(), varies: 0 };
  const model = attributeOption(m, self, "model")?.value;
  return model?.kind === "entity" && !model.entity.implicit ? model.entity : undefined;
}

function isParent(child: Entity, name: string, parent: Entity): boolean {
  const target = child.relations.get(name)?.target;
  return target !== undefined && (target === parent.key || target === parent.proxyOf || parent.parents.includes(target));
}

/** The children of one object; each knows its parent (`BaseInlineFormSet._construct_form`). */
function inlineRows(m: Machine, self: InstanceValue, child: Entity, parent: Entity): Query | undefined {
  const given = quietly(m, () => adminRows(m, self, child))?.query;
  if (!given) return undefined;
  const at = m.at(classNode(self.class), self.class.uri);
  const back = [...child.relations.values()].filter((relation) => (relation.form === "foreign-key" || relation.form === "one-to-one") && isParent(child, relation.name, parent));
  const isGeneric = back.length === 0;
  const most = attributeOption(m, self, "max_num")?.value;
  const limit = back.length > 0 && back.every((relation) => relation.form === "one-to-one") ? 1 : most?.kind === "constant" && typeof most.value === "number" ? most.value : undefined;
  const origin = {
    ...given.origin, ...(given.origin.kind === "class" && { root: { uri: self.class.uri, expression: classNode(self.class) } }),
    listing: { class: self.class, by: "inline" as const, joinsByAttribute: false },
  };
  const known = isGeneric ? [...child.relations.values()].filter((relation) => relation.form === "generic-foreign-key") : back;
  return m.derive(given, { origin, ...(limit !== undefined && { bound: { kind: "rows", rows: limit } }), loads: withJoins(given.loads, known.map((relation) => ({ path: relation.name, at }))) });
}
