import { defineRule } from "#engine";
import type { LoopContext, ProjectModel, Query, QueryRun } from "#engine";
import {
  callKey, callsBetween, entityName, evidence, happensInOwnFrame, isLoadedByCallers, isWithinSight, lowerInsideWrite, onlyOnce, placeIn, present, repetition, rowName,
} from "../../shared/loops";
import { statementsAround } from "../../shared/loops-syntax";

/** A query that does not depend on the loop asks the same question in every round. */
export default defineRule({
  id: "constant-query-in-loop",
  summary: "The same query sent in every round of a loop",
  impact: "high",
  frameworks: ["django", "prisma", "typeorm", "sequelize", "drizzle", "mikroorm", "knex", "kysely"],
  repeats: true,
  messages: {
    sameEveryRound: {
      what: "the same query on `{entity}` is sent for every `{row}`",
      why: "N equal queries",
      instead: "run it once before the loop",
    },
  },
  check: {
    bodyDone(body, { project, rewriter, usage, report }) {
      const isNew = onlyOnce();
      for (const run of body.events) {
        if (run.kind !== "queryRun" || !run.sends || run.constantIn === undefined) continue;
        if (run.how === "get_or_create" || run.how === "update_or_create" || run.query.locked || isRandom(run.query)) continue;
        // Rows that came with an object are not asked for again.
        if (isLoadedByCallers(run.query, undefined, usage) !== undefined) continue;
        const repeated = repetition(run, run.constantIn);
        if (repeated?.loop.id !== run.constantIn.id) continue;
        const { loop, lower, basis } = repeated;
        const at = placeIn(loop, run);
        if (!isCertainToRun(loop, run, project) || !isWithinSight(loop, run, "query") || !isNew(callKey(loop, run, run.query.entity))) continue;
        report("sameEveryRound", {
          of: run, loop,
          at,
          values: { entity: entityName(run.query.entity, project) ?? run.query.entity, row: rowName(loop, project) },
          related: evidence(run, loop, loop.query, "sent here"),
          fixes: happensInOwnFrame(loop, run) ? present(rewriter(run.query.orm).hoist(run, loop, project)) : [],
          hint: "N equal queries",
          basis,
          lower: lower + lowerInsideWrite(loop, run),
        });
      }
    },
  },
});

/**
 * In the loop itself, or in the very function that it calls each time round: further down, or under a condition, what is the same
 * may not be sent at all, or once for the one name that the condition picks.
 */
function isCertainToRun(loop: LoopContext, run: QueryRun, project: ProjectModel): boolean {
  if (isOneOfCases(loop, run, project)) return false;
  if (happensInOwnFrame(loop, run)) return true;
  if (callsBetween(loop, run) > 2) return false;
  const { span, uri } = placeIn(loop, run);
  return !statementsAround({ uri, span }, project).some(({ statement }) => statement.kind === "if" && statement.start > loop.body.span.start && span.start > statement.test.end);
}

/** One way of a `switch` in the loop: how many rounds take it is not seen. */
function isOneOfCases(loop: LoopContext, run: QueryRun, project: ProjectModel): boolean {
  return statementsAround(placeIn(loop, run), project).some(({ statement }) => statement.kind === "match" && statement.cases.length > 1 && statement.start > loop.body.span.start);
}

/** Equal text, another answer each time. */
function isRandom(query: Query): boolean {
  return Array.isArray(query.order) && query.order.some((term) => term.random);
}
