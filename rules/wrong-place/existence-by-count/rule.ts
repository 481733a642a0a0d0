import { defineRule } from "#engine";
import { growingEntity, isSurelyQuery, mayBePrefetched, offered } from "../../shared/queries";

/** `count() > 0` counts every row where the first one answers. */
export default defineRule({
  id: "existence-by-count",
  summary: "Everything is counted to learn whether there is anything",
  impact: "low",
  frameworks: ["django"],
  outsideRequests: false,
  messages: {
    counted: {
      what: "every `{entity}` of this query is counted to learn whether there are any",
      why: "the database visits N rows where the first one answers",
      instead: "ask with `.exists()`",
    },
  },
  check: {
    queryRun(run, { project, rewriter, report }) {
      const { query } = run;
      if (run.how !== "count" || !run.sends || !run.comparedToZero) return;
      if (query.bound.kind !== "none" || query.atMostOne || query.combined || !isSurelyQuery(query)) return;
      const entity = growingEntity(query, project);
      if (!entity) return;
      report("counted", {
        at: run.comparedToZero.at,
        values: { entity: entity.name },
        fixes: offered(rewriter(query.orm).existsInsteadOfCount(run)),
        // A prefetched relation is counted in memory.
        basis: mayBePrefetched(query) ? "inferred" : query.basis,
      });
    },
  },
});
