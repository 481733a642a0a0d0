import type { Driven } from "../../../flow/adapter";
import type { Machine } from "../../../flow/machine";
import { optionsOf, unknown, type InstanceValue } from "../../../flow/values";
import type { ClassRef, Entity } from "../../../project";
import { lookupOf } from "../lookups";
import { listRows } from "./change-list";
import { adminInstance, modelsOf, quietly } from "./classes";
import { columnsOf } from "./columns";

/** What the prefixes of `search_fields` mean; without one, a word may stand anywhere (`ModelAdmin.get_search_results`). */
const PREFIXES: Readonly<Record<string, string>> = { "^": "istartswith", "=": "iexact", "@": "search" };

/** The search box of an admin's list. */
export function searchOf(m: Machine, owner: ClassRef): readonly Driven[] {
  if (m.project.method(owner, "get_search_results")) return [];
  return modelsOf(m, owner).map((entity) => ({ entry: "admin", run: (_self, machine) => search(machine, adminInstance(machine, owner, entity), entity) }));
}

function search(m: Machine, self: InstanceValue, entity: Entity): void {
  const columns = quietly(m, () => columnsOf(m, self, "search_fields")) ?? [];
  const rows = columns.length ? quietly(m, () => listRows(m, self, entity, [])) : undefined;
  if (!rows) return;
  const lookups = columns.flatMap(({ value, node, uri }) => {
    const text = optionsOf(value)[0];
    if (text.kind !== "constant" || typeof text.value !== "string" || text.value === "") return [];
    const prefix = PREFIXES[text.value[0]];
    const name = prefix === undefined ? text.value : text.value.slice(1);
    const plain = lookupOf(m, entity, { keyword: name, value: unknown(), node: { value: node, start: node.start, end: node.end }, uri }, false, columns.length > 1, rows);
    // A field that ends in a lookup of its own is asked as it is (from Django 5.1 on; before, the lookup was added behind it).
    const isWhole = plain.lookup === "exact" && plain.transforms.length === 0 && !name.endsWith("__exact");
    return [isWhole ? { ...plain, lookup: prefix ?? "icontains" } : plain];
  });
  const query = m.derive(rows, { lookups: [...rows.lookups, ...lookups] });
  for (const lookup of lookups) m.emit({ kind: "lookup", at: lookup.at, lookup, query });
}
