import { defineRule } from "#engine";
import { growingEntity, isSurelyQuery, mayBePrefetched, needsNoRows, offered, originNote, otherUses } from "../../shared/queries";

/** `len(query)` loads every row to count them. */
export default defineRule({
  id: "count-by-length",
  summary: "Rows are loaded to be counted",
  impact: "medium",
  frameworks: ["django"],
  messages: {
    counted: {
      what: "every `{entity}` of this query is loaded to be counted",
      why: "N rows are read and built where one number is wanted",
      instead: "let the database count with `.count()`",
    },
  },
  check: {
    queryRun(run, { project, uses, rewriter, report }) {
      const { query } = run;
      // `len(rows) > 0` is asked for by existence-by-loading.
      if (run.how !== "len" || !run.sends || run.comparedToZero) return;
      if (query.bound.kind !== "none" || query.atMostOne || query.locked || query.combined) return;
      if (!isSurelyQuery(query) || mayBePrefetched(query)) return;
      const entity = growingEntity(query, project);
      const others = otherUses(run, uses(query));
      if (!entity || !others.every((use) => needsNoRows(use) || (use.kind === "queryRun" && use.how === "len"))) return;
      report("counted", {
        at: run.at,
        values: { entity: entity.name },
        related: originNote(query, run.at),
        fixes: others.length === 0 ? offered(rewriter(query.orm).countInDatabase(run.at, run.expression)) : [],
        hint: "loads every row",
        basis: query.basis,
      });
    },
  },
});
