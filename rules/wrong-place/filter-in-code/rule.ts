import { defineRule } from "#engine";
import { growingEntity, isOfOneOwner, isBoundByKeys, isSurelyQuery, mayBePrefetched, offered, originNote } from "../../shared/queries";
import { isFoldedOnce } from "../../shared/queries-folded";

/** Rows are loaded and then dropped by a condition that the database could have checked. */
export default defineRule({
  id: "filter-in-code",
  summary: "Rows are loaded and dropped by a condition on a column",
  impact: "medium",
  frameworks: ["django", "prisma", "typeorm", "sequelize", "drizzle", "mikroorm", "knex", "kysely"],
  messages: {
    dropped: {
      what: "every `{entity}` of this query is loaded, then dropped or kept by `{field}`",
      why: "N rows are read and built, however few are kept",
      instead: "put the condition on `{field}` into the query",
    },
  },
  check: {
    rowsFiltered(condition, { project, uses, usage, rewriter, report }) {
      const { query } = condition;
      if (query.bound.kind !== "none" || query.atMostOne || query.locked || query.combined || query.grouped) return;
      if (!isSurelyQuery(query) || !isFoldedOnce(condition, query, uses(query), project)) return;
      const { parent } = query;
      // Somebody prefetches these rows for the code here: a condition in the query would ask the database again.
      if (parent && (condition.frames.length > 1 || mayBePrefetched(query)) && usage(parent.row.entity).loads.has(parent.relation.name)) return;
      const entity = growingEntity(query, project);
      if (!entity?.fields.has(condition.field) || query.annotations.has(condition.field) || isBoundByKeys(query, entity)) return;
      report("dropped", {
        at: condition.at,
        values: { entity: entity.name, field: condition.field },
        related: originNote(query, condition.at),
        fixes: condition.whole ? offered(rewriter(query.orm).filterInDatabase(condition, project)) : [],
        hint: "loads every row",
        basis: query.basis,
        // One owner's rows are fewer than a table's.
        lower: isOfOneOwner(query, project) ? 1 : 0,
      });
    },
  },
});
