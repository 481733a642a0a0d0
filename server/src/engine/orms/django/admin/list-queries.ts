import type { Driven } from "../../../flow/adapter";
import type { OrderTerm, Query } from "../../../flow";
import type { Machine } from "../../../flow/machine";
import { unknown, type InstanceValue } from "../../../flow/values";
import type { ClassRef, Entity } from "../../../project";
import { lookupOf } from "../lookups";
import { listRows } from "./change-list";
import { adminInstance, attributeOption, modelsOf, quietly } from "./classes";
import { columnsOf, type Column } from "./columns";

/** What an admin's list asks of its rows besides showing them: its own order, and what of each year there is. */
export function listQueriesOf(m: Machine, owner: ClassRef): readonly Driven[] {
  return modelsOf(m, owner).map((entity) => ({
    entry: "admin",
    run(_self, machine) {
      const self = adminInstance(machine, owner, entity);
      order(machine, self, entity);
      dates(machine, self, entity);
    },
  }));
}

/** `ordering` (`ChangeList.get_ordering`; Django adds the key where the order could be another each time). */
function order(m: Machine, self: InstanceValue, entity: Entity): void {
  const columns = quietly(m, () => columnsOf(m, self, "ordering"));
  const terms = columns?.flatMap(termOf) ?? [];
  const rows = columns && terms.length > 0 && terms.length === columns.length ? quietly(m, () => listRows(m, self, entity, [])) : undefined;
  if (rows) show(m, m.derive(rows, { order: terms }), terms[0].at);
}

function termOf({ value, node, uri }: Column): readonly OrderTerm[] {
  if (value.kind !== "constant" || typeof value.value !== "string" || !/^-?\w+$/.test(value.value)) return [];
  const at = { uri, span: { start: node.start, end: node.end } };
  return [{ path: value.value.replace(/^-/, "").split("__"), descending: value.value.startsWith("-"), random: false, at }];
}

/** `date_hierarchy`: the first and the last of these dates with each list, then the rows of a year, month or day (`templatetags/admin_list.py`, `date_hierarchy`). */
function dates(m: Machine, self: InstanceValue, entity: Entity): void {
  const option = attributeOption(m, self, "date_hierarchy");
  if (option?.value.kind !== "constant" || typeof option.value.value !== "string" || option.value.value === "") return;
  const rows = quietly(m, () => listRows(m, self, entity, []));
  if (!rows) return;
  const { node, uri } = option;
  const lookup = lookupOf(m, entity, { keyword: `${option.value.value}__gte`, value: unknown(), node: { value: node, start: node.start, end: node.end }, uri }, false, false, rows);
  const query = m.derive(rows, { lookups: [...rows.lookups, lookup] });
  m.emit({ kind: "lookup", at: lookup.at, lookup, query });
  show(m, query, lookup.at);
}

function show(m: Machine, query: Query, at: OrderTerm["at"]): void {
  m.emit({ kind: "queryEscapes", at, query, to: "response", rendered: true });
}
