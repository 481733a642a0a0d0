import type { Driven } from "../../../flow/adapter";
import type { Machine } from "../../../flow/machine";
import type { ClassRef } from "../../../project";
import { actionsOf } from "./actions";
import { changeFormsOf } from "./change-form";
import { changeListsOf } from "./change-list";
import { filtersOf } from "./filters";
import { listQueriesOf } from "./list-queries";
import { searchOf } from "./search";

/** Everything that Django does with an admin class by itself. */
export function adminPagesOf(m: Machine, owner: ClassRef): readonly Driven[] {
  if (m.project.registeredFor(owner).length === 0) return [];
  return [...changeListsOf(m, owner), ...listQueriesOf(m, owner), ...searchOf(m, owner), ...filtersOf(m, owner), ...actionsOf(m, owner), ...changeFormsOf(m, owner)];
}
