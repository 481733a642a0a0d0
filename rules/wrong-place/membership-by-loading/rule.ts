import { defineRule, isTemplatePath } from "#engine";
import { growingEntity, isSlicedElsewhere, isSurelyQuery, mayBePrefetched, offered, originNote, otherUses, needsNoRows } from "../../shared/queries";

/** `row in query` loads every row to learn whether one is among them. */
export default defineRule({
  id: "membership-by-loading",
  summary: "Rows are loaded to look for one among them",
  impact: "medium",
  frameworks: ["django"],
  messages: {
    rowAmongRows: {
      what: "every `{entity}` of this query is loaded to look for one among them",
      why: "N rows are read and built where the database finds one by its key",
      instead: "ask with `.contains()`",
    },
    rowInTemplate: {
      what: "every `{entity}` of this query is loaded to look for one among them",
      why: "N rows are read and built where the database finds one by its key",
      instead: "ask with `.contains()` in the view, and hand the answer to the template",
    },
    valueAmongValues: {
      what: "a value of every `{entity}` of this query is loaded to look for one among them",
      why: "N values are read where the database finds one",
      instead: "filter by the value and ask with `.exists()`",
    },
  },
  check: {
    // The function as a whole: rows that are used before or after are there anyway.
    bodyDone(body, { project, uses, rewriter, report }) {
      for (const run of body.events) {
        if (run.kind !== "queryRun" || run.how !== "contains" || !run.membership) continue;
        const { query } = run;
        if (!run.sends || run.keepsRowsForOthers || query.bound.kind !== "none" || query.atMostOne || query.locked || query.combined || query.grouped) continue;
        if (query.shape !== "instances" && (query.shape !== "scalars" || query.values.length !== 1)) continue;
        if (!isSurelyQuery(query) || mayBePrefetched(query) || isSlicedElsewhere(query, body.events)) continue;
        const entity = growingEntity(query, project);
        if (!entity || !otherUses(run, uses(query)).every(needsNoRows)) continue;
        const inTemplate = isTemplatePath(run.membership.at.uri);
        report(query.shape !== "instances" ? "valueAmongValues" : inTemplate ? "rowInTemplate" : "rowAmongRows", {
          at: run.membership.at,
          values: { entity: entity.name },
          related: originNote(query, run.at),
          fixes: offered(rewriter(query.orm).containsInDatabase(run, project)),
          hint: "loads every row",
          about: query,
          basis: query.basis,
        });
      }
    },
  },
});
