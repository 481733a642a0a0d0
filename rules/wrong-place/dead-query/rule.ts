import { defineRule, type QueryRun, type RunHow } from "#engine";
import { entityName } from "../../shared/loops";
import { isSlicedElsewhere, isSurelyQuery, mayBePrefetched, offered, otherUses } from "../../shared/queries";

/** A query is sent and nobody reads what it gives. */
export default defineRule({
  id: "dead-query",
  summary: "The result of a query is never used",
  impact: "medium",
  frameworks: ["django", "prisma", "typeorm", "sequelize", "drizzle", "mikroorm", "knex", "kysely"],
  outsideRequests: false,
  messages: {
    neverRead: {
      what: "this query on `{entity}` is sent, and nobody reads what it gives",
      why: "each call pays for the query and for the rows that it loads",
      instead: "remove it, or use the result",
    },
    overwritten: {
      what: "this query on `{entity}` is sent, and its result is replaced before anybody reads it",
      why: "each call pays for the query and for the rows that it loads",
      instead: "remove it",
    },
  },
  check: {
    bodyDone(body, { project, uses, rewriter, report }) {
      for (const run of body.events) {
        if (run.kind !== "queryRun" || !run.dropped || !run.sends || !(ONLY_GIVES.has(run.how) || run.mayMiss)) continue;
        const { query, dropped } = run;
        if (query.locked || run.keepsRowsForOthers || !isSurelyQuery(query) || mayBePrefetched(query)) continue;
        // Loading fills the query object: whoever uses it later finds the rows there.
        if (otherUses(run, uses(query)).length > 0 || isSlicedElsewhere(query, body.events) || isForItsEffect(run)) continue;
        report(dropped.how === "overwritten" ? "overwritten" : "neverRead", {
          at: run.at,
          values: { entity: entityName(query.entity, project) ?? query.entity },
          fixes: offered(rewriter(query.orm).removeQuery(run)),
          hint: "never used",
          about: query,
          basis: query.basis,
          unnecessary: true,
        });
      }
    },
  },
});

/** `get()` and an index also say that there is no such row, by raising an error. */
const ONLY_GIVES: ReadonlySet<RunHow> = new Set(["iterate", "list", "len", "bool", "count", "exists", "first", "last", "aggregate", "in_bulk", "sort"]);

const effects = /health|ping|alive|ready|check|warm|preload|prime|cache|connect|benchmark|profile/i;

/** Asked for an error to be caught, a cache to be filled, a time to be measured. */
function isForItsEffect(run: QueryRun): boolean {
  const inside = run.dropped?.inside ?? [];
  return inside.includes("try") || (run.dropped?.how === "statement" && inside.includes("with")) || run.frames.some((frame) => effects.test(frame.function?.declaration.name ?? ""));
}
