import { defineRule } from "#engine";
import type { Columns, Query, Relation } from "#engine";
import { declarationOf, entityName, present } from "../../shared/loops";

/** Prefetched rows are handed to their parents by the key back to them; without it each row fetches its own key. */
export default defineRule({
  id: "prefetch-without-back-reference",
  summary: "Prefetched rows lack the key back to their parent",
  impact: "critical",
  frameworks: ["django"],
  messages: {
    keyLeftOut: {
      what: "the prefetch of `{relation}` leaves out `{field}`, the key back to `{parent}`",
      why: "one more query for every prefetched `{row}`",
      instead: "load `{field}` too",
    },
  },
  check: {
    eagerLoaded({ load, relation, query }, { project, rewriter, report }) {
      const field = keyBackOf(relation);
      if (load.by !== "prefetch" || load.query === undefined || field === undefined || relation.target === undefined) return;
      const column = project.entity(relation.target)?.fields.get(field)?.column ?? field;
      const { columns } = load.query;
      if (columns.kind === "all" || !leavesOut(columns, field, column) || isJoined(load.query, field)) return;
      report("keyLeftOut", {
        at: columns.at,
        values: {
          relation: relation.name,
          field,
          parent: entityName(relation.owner, project) ?? relation.owner,
          row: entityName(relation.target, project) ?? relation.target,
        },
        related: [{ at: load.at, message: `\`${load.path}\` is prefetched here` }, ...declarationOf(relation)],
        fixes: present(rewriter(query.orm).addBackReference(load, field)),
        hint: "1 + N queries",
        basis: load.query.basis,
      });
    },
  },
});

/** The field that holds the parent's key: only reverse relations have it on the other side, a many-to-many reads its own table. */
function keyBackOf(relation: Relation): string | undefined {
  return relation.form === "reverse-foreign-key" || relation.form === "reverse-one-to-one" ? relation.inverse : undefined;
}

function leavesOut(columns: Exclude<Columns, { kind: "all" }>, field: string, column: string): boolean {
  const isNamed = columns.names.has(field) || columns.names.has(column);
  return columns.kind === "only" ? !isNamed : isNamed;
}

/** `only("text", "book__title").select_related("book")` loads the key with the join (measured on Django 5.2). */
function isJoined(query: Query, field: string): boolean {
  return query.loads.get(field)?.by === "join";
}
