import { defineRule, type Expression, type Location, type QueryRun, type RunHow } from "#engine";
import { readsTheSame } from "../../shared/loops-syntax";
import { growingEntity, isSlicedElsewhere, isSurelyQuery, mayBePrefetched, needsNoRows, offered, originNote, otherUses } from "../../shared/queries";

/** `if query:` loads every row to learn whether there is one. */
export default defineRule({
  id: "existence-by-loading",
  summary: "Rows are loaded to learn whether there are any",
  impact: "medium",
  frameworks: ["django", "prisma", "typeorm", "sequelize", "drizzle", "mikroorm", "knex", "kysely"],
  messages: {
    loadedForTest: {
      what: "every `{entity}` of this query is loaded to learn whether there are any",
      why: "N rows are read and built where the first one answers",
      instead: "ask with {exists}",
    },
  },
  check: {
    // The function as a whole: a slice taken from the loaded rows is a use of them.
    bodyDone(body, { project, uses, rewriter, vocabulary, report }) {
      for (const run of body.events) {
        if (run.kind !== "queryRun") continue;
        const { query } = run;
        const isLengthTest = run.how === "len" && run.comparedToZero !== undefined;
        const tested = testedAt(run);
        if ((run.how !== "bool" && !isLengthTest && !tested) || !run.sends) continue;
        if (query.bound.kind !== "none" || query.atMostOne || query.locked || query.combined || query.grouped || run.maybeList) continue;
        if (!isSurelyQuery(query) || mayBePrefetched(query) || isSlicedElsewhere(query, body.events)) continue;
        const entity = growingEntity(query, project);
        // Rows that are used before or after are there anyway: `exists()` would be one query more.
        if (!entity || !otherUses(run, uses(query)).every(needsNoRows)) continue;
        // Written out once more to get the rows: one answer kept for both is better advice, and `repeated-evaluation` gives it.
        if (body.events.some((other) => other.kind === "queryRun" && other !== run && other.sends && other.at.uri === run.at.uri && makesRows(other.how) && readsTheSame(other.expression, run.expression))) continue;
        const rewrite = rewriter(query.orm);
        report("loadedForTest", {
          at: tested ?? run.at,
          values: { entity: entity.name, exists: vocabulary(query.orm).exists },
          related: originNote(query, tested ?? run.at),
          fixes: tested ? [] : offered(isLengthTest ? rewrite.existsInsteadOfCount({ ...run, expression: comparedCall(run) }) : rewrite.existsInDatabase(run.at, run.expression)),
          hint: "loads every row",
          basis: query.basis,
        });
      }
    },
  },
});

/** The rows are an array, and all that is asked of it is whether it is empty. */
function testedAt(run: QueryRun): Location | undefined {
  const lengths = run.how === "list" ? (run.onlyLength ?? []) : [];
  return lengths.every(({ meaning }) => meaning !== undefined) ? lengths[0]?.at : undefined;
}

function makesRows(how: RunHow): boolean {
  return how === "iterate" || how === "list" || how === "sort" || how === "join";
}

/** `len(rows)` in `len(rows) > 0`. */
function comparedCall({ comparedToZero, expression }: QueryRun): Expression {
  return comparedToZero?.expression.kind === "comparison" ? comparedToZero.expression.left : expression;
}
