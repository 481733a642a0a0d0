import { defineRule, type Location, type QueryRun } from "#engine";
import { growingEntity, isBoundByKeys, isSlicedElsewhere, isSurelyQuery, mayBePrefetched, needsNoRows, offered, originNote, otherUses } from "../../shared/queries";

/** `len(query)` loads every row to count them. */
export default defineRule({
  id: "count-by-length",
  summary: "Rows are loaded to be counted",
  impact: "medium",
  frameworks: ["django", "prisma", "typeorm", "sequelize", "drizzle", "mikroorm", "knex", "kysely"],
  messages: {
    counted: {
      what: "every `{entity}` of this query is loaded to be counted",
      why: "N rows are read and built where one number is wanted",
      instead: "let the database count with {count}",
    },
  },
  check: {
    // The function as a whole: a slice taken from the loaded rows is a use of them.
    bodyDone(body, { project, uses, rewriter, vocabulary, report }) {
      for (const run of body.events) {
        if (run.kind !== "queryRun") continue;
        const { query } = run;
        const counted = countedAt(run);
        if (!counted || !run.sends) continue;
        if (query.bound.kind !== "none" || query.atMostOne || query.locked || query.combined || run.maybeList) continue;
        if (!isSurelyQuery(query) || mayBePrefetched(query) || isSlicedElsewhere(query, body.events)) continue;
        const entity = growingEntity(query, project);
        const others = otherUses(run, uses(query));
        // `rows.length !== ids.length` tells whether all of them are there.
        if (!entity || isBoundByKeys(query, entity) || !others.every((use) => needsNoRows(use) || (use.kind === "queryRun" && use.how === "len"))) continue;
        report("counted", {
          at: counted.at,
          values: { entity: entity.name, count: vocabulary(query.orm).count },
          related: originNote(query, counted.at),
          fixes: others.length === 0 ? offered(rewriter(query.orm).countInDatabase(counted.at, run.expression)) : [],
          hint: "loads every row",
          basis: query.basis,
        });
      }
    },
  },
});

/** Where the rows are counted, when that is all they are there for. `len(rows) > 0` is asked for by existence-by-loading. */
function countedAt(run: QueryRun): { readonly at: Location } | undefined {
  if (run.how === "len") return run.comparedToZero ? undefined : run;
  const lengths = run.how === "list" ? (run.onlyLength ?? []) : [];
  return lengths.find(({ meaning }) => meaning === undefined);
}
