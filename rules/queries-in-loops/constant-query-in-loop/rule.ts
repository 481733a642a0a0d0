import { defineRule } from "#engine";
import type { LoopContext, ProjectModel, Query, QueryRun } from "#engine";
import {
  calledIn, callKey, callsBetween, entityName, evidence, gathered, happensInOwnFrame, isLoadedByCallers, isWithinSight, lowerInsideWrite, onlyOnce, placeIn, present, repetition, eachRow, thingKey,
} from "../../shared/loops";
import { statementsAround, restsInRounds } from "../../shared/loops-syntax";

/** A query that does not depend on the loop asks the same question in every round. */
export default defineRule({
  id: "constant-query-in-loop",
  summary: "The same query sent in every round of a loop",
  impact: "high",
  frameworks: ["django", "prisma", "typeorm", "sequelize", "drizzle", "mikroorm", "knex", "kysely"],
  repeats: true,
  messages: {
    sameEveryRound: {
      what: "the same query on `{entity}` is sent for {each}",
      why: "N equal queries",
      instead: "{advice}",
    },
  },
  check: {
    bodyDone(body, { project, rewriter, usage, report }) {
      const isNew = onlyOnce();
      const found = gathered();
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
        const fixes = happensInOwnFrame(loop, run) ? present(rewriter(run.query.orm).hoist(run, loop, project)) : [];
        const steps = lower + lowerInsideWrite(loop, run) + (restsInRounds(loop, project) ? 1 : 0);
        const message = "sameEveryRound";
        found.add(thingKey(loop, run, `${message}|${run.query.entity}`), {
          at,
          lower: steps,
          send: (elsewhere) => report(message, {
            of: run, loop,
            at,
            values: { entity: entityName(run.query.entity, project) ?? run.query.entity, each: eachRow(loop, project, loop.query, run), advice: adviceFor(loop, run) },
            related: [...evidence(run, loop, loop.query, "sent here"), ...elsewhere],
            fixes,
            hint: "N equal queries",
            basis,
            lower: steps,
          }),
        });
      }
      found.report();
    },
  },
});

/** What is asked further down has to be handed to where it is wanted. */
function adviceFor(loop: LoopContext, run: QueryRun): string {
  if (happensInOwnFrame(loop, run)) return "run it once before the loop";
  const called = calledIn(loop, run)?.declaration.name;
  return `ask once before the loop and hand the answer to ${called ? `\`${called}()\`` : "what is called here"}, which asks each time now`;
}

/**
 * In the loop itself, or in the very function that it calls each time round: further down, or under a condition, what is the same
 * may not be sent at all, or once for the one name that the condition picks.
 */
function isCertainToRun(loop: LoopContext, run: QueryRun, project: ProjectModel): boolean {
  if (isOneOfCases(loop, run, project)) return false;
  // `(await find(row.id)) || (await find(NOBODY))`: asked where the first one finds nothing.
  if (run.arms?.some(({ dependsOn, isUsual }) => isUsual !== true && dependsOn >= loop.id)) return false;
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
