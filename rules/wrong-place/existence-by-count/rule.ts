import { defineRule, type DataAccessEvent, type QueryRun } from "#engine";
import { readsTheSame } from "../../shared/loops-syntax";
import { growingEntity, isSurelyQuery, mayBePrefetched, offered } from "../../shared/queries";

/** `count() > 0` counts every row where the first one answers. */
export default defineRule({
  id: "existence-by-count",
  summary: "Everything is counted to learn whether there is anything",
  impact: "low",
  frameworks: ["django", "prisma", "typeorm", "sequelize", "drizzle", "mikroorm", "knex", "kysely"],
  outsideRequests: false,
  messages: {
    counted: {
      what: "every `{entity}` of this query is counted to learn whether there are any",
      why: "the database visits N rows where the first one answers",
      instead: "ask with {exists}",
    },
  },
  check: {
    bodyDone(body, { project, rewriter, vocabulary, report }) {
      for (const run of body.events) {
        if (run.kind !== "queryRun" || run.how !== "count" || !run.sends || !run.comparedToZero) continue;
        const { query } = run;
        if (query.bound.kind !== "none" || query.atMostOne || query.combined || !isSurelyQuery(query)) continue;
        const entity = growingEntity(query, project);
        if (!entity || body.events.some((other) => isCountedToo(other, run))) continue;
        report("counted", {
          at: run.comparedToZero.at,
          values: { entity: entity.name, exists: vocabulary(query.orm).exists },
          fixes: offered(rewriter(query.orm).existsInsteadOfCount(run, project)),
          // A prefetched relation is counted in memory.
          basis: mayBePrefetched(query) ? "inferred" : query.basis,
        });
      }
    },
  },
});

/** The number itself is wanted elsewhere in the function: one count serves both (repeated-evaluation says so). */
function isCountedToo(other: DataAccessEvent, run: QueryRun): boolean {
  return other.kind === "queryRun" && other.how === "count" && !other.comparedToZero && (other.query.id === run.query.id || readsTheSame(other.expression, run.expression));
}
