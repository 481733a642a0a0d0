import type { ClassDeclaration, Expression } from "../../../facts";
import type { Listing, Query } from "../../../flow";
import type { ProjectModel } from "../../../project";
import type { TextEdit } from "../../../source";
import { insertAttribute, insertMethod } from "./class-members";
import { EditSet, replacement } from "./edit-set";
import { appendItem, itemsOf } from "./items";
import { LINE_LIMIT, type SourceText } from "./source-text";

/** How a `get_queryset` of each kind of class is called: by request in an admin (*ModelAdmin.get_queryset*), without arguments in a view. */
const PARAMETERS: Readonly<Record<Listing["by"], readonly string[]>> = { admin: ["request"], inline: ["request"], view: [] };

/** Whether `get_queryset` can be added to the class that a framework lists rows for: it has none of its own. */
export function takesQuerysetMethod({ class: owner }: Listing, project: ProjectModel): boolean {
  const own = project.method(owner, "get_queryset");
  return own?.owner?.key !== owner.key && project.attribute(owner, "get_queryset") === undefined;
}

/** Adds `get_queryset` to the class, with `call` behind the inherited queryset. */
export function addQuerysetMethod(edits: EditSet, { class: owner, by }: Listing, call: string): boolean {
  const source = edits.source(owner.uri);
  if (!source) return false;
  const names = PARAMETERS[by];
  const lines = [`def get_queryset(${["self", ...names].join(", ")}):`, `${source.indentUnit}return super().get_queryset(${names.join(", ")}).${call}`];
  return edits.add(owner.uri, insertMethod(source, owner.declaration, lines));
}

/**
 * Adds a path to the `list_select_related` of an admin class. Django reads it only as long as the queryset itself has no `select_related`, and takes
 * it in place of the `select_related()` without names that it calls by itself (`ChangeList.apply_select_related`): what that loaded is named, too.
 */
export function addListSelectRelated(edits: EditSet, listing: Listing, query: Query, path: string, project: ProjectModel): boolean {
  const { class: owner } = listing;
  const source = edits.source(owner.uri);
  const plan = source && listSelectRelated(listing, project);
  if (!source || !plan) return false;
  if (plan.kind === "paths") {
    const list = itemsOf(source, plan.value);
    if (!list || !source.holds(plan.value)) return false;
    const prefix = plan.paths.findIndex((one) => path.startsWith(`${one}__`));
    if (prefix >= 0) {
      const item = list.items[prefix];
      return edits.add(owner.uri, replacement(item.start, item.end, source.literal(path)));
    }
    return edits.add(owner.uri, appendItem(source, list, source.literal(path)));
  }
  const paths = [...(query.loadsAllRequired ? query.implied ?? [] : []), path];
  const named = paths.filter((one, i) => paths.indexOf(one) === i && !paths.some((other) => other.startsWith(`${one}__`)));
  if (plan.kind === "flag") return edits.add(owner.uri, replacement(plan.value.start, plan.value.end, tuple(source, named, plan.value.start)));
  return edits.add(owner.uri, newAttribute(source, owner.declaration, named));
}

function newAttribute(source: SourceText, owner: ClassDeclaration, paths: readonly string[]): TextEdit | undefined {
  const indent = source.indentAt(owner.bodyStart);
  const oneLine = `list_select_related = (${written(source, paths)})`;
  if (indent.length + oneLine.length <= LINE_LIMIT) return insertAttribute(source, owner, [oneLine], "list_display");
  return insertAttribute(source, owner, ["list_select_related = (", ...paths.map((path) => `${source.indentUnit}${source.literal(path)},`), ")"], "list_display");
}

function tuple(source: SourceText, paths: readonly string[], at: number): string {
  const oneLine = `(${written(source, paths)})`;
  const indent = source.indentAt(at);
  if (at - source.lineStart(at) + oneLine.length <= LINE_LIMIT) return oneLine;
  return `(${source.eol}${paths.map((path) => `${indent}${source.indentUnit}${source.literal(path)},${source.eol}`).join("")}${indent})`;
}

function written(source: SourceText, paths: readonly string[]): string {
  return paths.map((path) => source.literal(path)).join(", ") + (paths.length === 1 ? "," : "");
}

/** What is to become of `list_select_related`: nothing is there, a flag (or an empty list), or a list of paths that can be added to. */
type Plan = { readonly kind: "absent" } | { readonly kind: "flag"; readonly value: Expression } | { readonly kind: "paths"; readonly value: Expression; readonly paths: readonly string[] };

/** Undefined: it comes from a method, from a base class, or cannot be read. */
export function listSelectRelated({ class: owner }: Listing, project: ProjectModel): Plan | undefined {
  if (project.method(owner, "get_list_select_related")) return undefined;
  const found = project.attribute(owner, "list_select_related");
  const value = found?.attribute.value;
  if (!found || !value) return { kind: "absent" };
  if (found.owner.key !== owner.key) return value.kind === "literal" && value.value === false ? { kind: "absent" } : undefined;
  if (value.kind === "literal" && typeof value.value === "boolean") return { kind: "flag", value };
  if (value.kind !== "sequence" || value.of === "set") return undefined;
  if (value.items.length === 0) return { kind: "flag", value };
  const paths = value.items.flatMap((item) => (item.kind === "literal" && typeof item.value === "string" ? [item.value] : []));
  return paths.length === value.items.length ? { kind: "paths", value, paths } : undefined;
}
