import type { Driven } from "../../../flow/adapter";
import type { Bound, Load, Query } from "../../../flow";
import { enterLoop, leaveLoop, walk } from "../../../flow/iteration";
import type { Machine } from "../../../flow/machine";
import { optionsOf, type InstanceValue, type RowValue } from "../../../flow/values";
import type { ClassRef, Entity } from "../../../project";
import { withJoins } from "../methods";
import { ANY_LOAD } from "../queries";
import { classNode } from "../views";
import { adminInstance, adminRows, attributeOption, modelsOf, optionOf, quietly } from "./classes";
import { columnsOf, itemsOf, showColumn, type Column } from "./columns";

/** `ModelAdmin.list_per_page`. */
export const ROWS_PER_PAGE = 100;

/** The list of each model that an admin class is registered for. */
export function changeListsOf(m: Machine, owner: ClassRef): readonly Driven[] {
  // What is asked once per row weighs as much as on any other page: RULE-SEMANTICS 4.0 takes columns out of what is lower in an admin.
  return modelsOf(m, owner).map((entity) => ({ entry: "request", run: (_self, machine) => showList(machine, adminInstance(machine, owner, entity), entity) }));
}

function showList(m: Machine, self: InstanceValue, entity: Entity): void {
  const node = classNode(self.class);
  const columns = displayed(m, self);
  const rows = columns && quietly(m, () => listRows(m, self, entity, columns));
  if (!columns || !rows) return;
  const walked = quietly(m, () => walk(m, { kind: "query", query: rows, varies: 0 }, node, "iterate"));
  const loop = enterLoop(m, walked, undefined, { kind: "callback", at: m.at(node), body: m.at(self.class.declaration), exits: false });
  for (const row of optionsOf(loop.element)) if (row.kind === "row") for (const column of columns) showColumn(m, self, row as RowValue, column, entity);
  leaveLoop(m);
}

/** The columns of the list; `("__str__",)` where the class names none. */
function displayed(m: Machine, self: InstanceValue): readonly Column[] | undefined {
  const columns = columnsOf(m, self, "list_display");
  if (columns) return columns;
  if (optionOf(m, self, "list_display")) return undefined;
  // A library's class may have columns of its own.
  const isPlain = m.project.ancestors(self.class).every((ancestor) => "class" in ancestor || /^django\.contrib\.admin\.(options\.)?ModelAdmin$|^(object|\w*Mixin|typing\..*)$/.test(ancestor.external));
  return isPlain ? [{ value: { kind: "constant", value: "__str__", varies: 0 }, node: classNode(self.class), uri: self.class.uri }] : undefined;
}

/** The rows of one page, with the joins that Django adds to a queryset without any (`ChangeList.get_queryset`, `apply_select_related`). */
export function listRows(m: Machine, self: InstanceValue, entity: Entity, columns: readonly Column[]): Query | undefined {
  const given = adminRows(m, self, entity)?.query;
  if (!given) return undefined;
  const joinsByAttribute = !given.loadsAllRequired && ![...given.loads.values()].some((load) => load.by === "join");
  const origin = { ...given.origin, listing: { class: self.class, by: "admin" as const, joinsByAttribute } };
  return m.derive(given, { origin, bound: given.bound.kind === "none" ? pageSize(m, self) : given.bound, ...(joinsByAttribute && joins(m, self, given, entity, columns)) });
}

function joins(m: Machine, self: InstanceValue, given: Query, entity: Entity, columns: readonly Column[]): Partial<Query> {
  const option = optionOf(m, self, "list_select_related");
  const required: Partial<Query> = { loadsAllRequired: true, implied: new Set() };
  const value = option?.value;
  if (!option || !value || (value.kind === "constant" && value.value === false)) return columns.some((column) => isToOne(column, entity)) ? required : {};
  if (value.kind === "constant" && value.value === true) return required;
  const at = m.at(option.node, option.uri);
  const items = itemsOf(m, option);
  const paths = items?.flatMap((item) => (item.value.kind === "constant" && typeof item.value.value === "string" ? [{ path: item.value.value, at: m.at(item.node, item.uri) }] : []));
  if (!items || !paths || paths.length < items.length) return { loads: new Map<string, Load>([...given.loads, [ANY_LOAD, { path: ANY_LOAD, by: "join", at }]]) };
  return { loads: withJoins(given.loads, paths) };
}

/** A forward foreign key or one-to-one by its own name, not by that of its column (`has_related_field_in_list_display`). */
function isToOne({ value }: Column, entity: Entity): boolean {
  const relation = value.kind === "constant" && typeof value.value === "string" ? entity.relations.get(value.value) : undefined;
  return relation?.form === "foreign-key" || relation?.form === "one-to-one";
}

function pageSize(m: Machine, self: InstanceValue): Bound {
  const value = attributeOption(m, self, "list_per_page")?.value;
  if (!value) return { kind: "rows", rows: ROWS_PER_PAGE };
  return value.kind === "constant" && typeof value.value === "number" ? { kind: "rows", rows: value.value } : { kind: "page" };
}
