import { defineRule } from "#engine";
import type { QueryRun } from "#engine";
import { callKey, columnOf, entityName, evidence, happensInOwnFrame, isWithinSight, memberText, onlyOnce, outermostQuery, perRowLoop, placeIn, present, repetition, eachRow } from "../../shared/loops";
import { isAnswerKept } from "../../shared/loops-syntax";

/** Queries that the ORM would send as one statement are kept apart, so that each is sent by itself. */
export default defineRule({
  id: "batching-defeated",
  summary: "Queries that would be sent as one are kept apart",
  impact: "high",
  family: "reads-in-loops",
  frameworks: ["prisma", "mikroorm"],
  repeats: true,
  messages: {
    waits: {
      what: "one `{entity}` is fetched for {each}, after something else was waited for",
      why: "calls of one tick become one statement, these come one by one: N queries",
      instead: "ask for it before anything else is awaited, or {fetch} before the loop",
    },
    loadsLate: {
      what: "`{relation}` is loaded for {each}, after something else was waited for",
      why: "loads of one tick become one statement, these come one by one: N queries",
      instead: "load it before anything else is awaited, or together with the query",
    },
    compares: {
      what: "one `{entity}` is fetched for {each}, by more than equality",
      why: "only plain equality is put together, so these are sent one after the other, in one transaction: N queries",
      instead: "compare keys for equality only, or {fetch} before the loop",
    },
    selects: {
      what: "one `{entity}` is fetched for {each}, each with a selection of its own",
      why: "only calls that select the same are put together: up to N queries",
      instead: "select the same for all, or {fetch} before the loop",
    },
  },
  check: {
    bodyDone(body, { project, rewriter, vocabulary, report }) {
      const isNew = onlyOnce();
      for (const read of body.events) {
        if (read.kind !== "relationRead" || read.batchDefeatedBy === undefined || read.row.query === undefined) continue;
        const repeated = perRowLoop(read);
        if (repeated === undefined || !isNew(`${read.at.uri}#${read.at.span.start}`)) continue;
        const { loop, lower, basis } = repeated;
        const own = outermostQuery(read, read.row.query, read.path);
        report("loadsLate", {
          of: read, loop,
          at: placeIn(loop, read),
          values: { relation: memberText(read.row, read.relation.name, happensInOwnFrame(loop, read), project), each: eachRow(loop, project, read.row.query) },
          related: evidence(read, loop, own.query, "loaded here"),
          fixes: present(rewriter(own.query.orm).loadWith(own.query, own.path, project)),
          hint: "N queries",
          about: own.query,
          basis,
          lower,
        });
      }
      for (const run of body.events) {
        if (run.kind !== "queryRun" || !run.sends || run.batchDefeatedBy === undefined || run.dependsOn === 0) continue;
        const repeated = repetition(run, run.dependsOn);
        if (repeated === undefined || isAnswerKept(repeated.loop, run, project)) continue;
        const { loop, lower, basis } = repeated;
        // Each round is a piece of work that writes: what it asks for on the way is a small part of it.
        if (body.events.some((event) => event.kind === "rowWritten" && event.loops.some(({ id }) => id === loop.id))) continue;
        if (!isWithinSight(loop, run, "query") || !isNew(callKey(loop, run, run.query.entity))) continue;
        report(messageFor(run.batchDefeatedBy), {
          of: run, loop,
          at: placeIn(loop, run),
          values: { entity: entityName(run.query.entity, project) ?? run.query.entity, each: eachRow(loop, project), fetch: `fetch them all ${vocabulary(run.query.orm).fetchMany(columnOf(loop, run.query))}` },
          related: evidence(run, loop, loop.query, "sent here"),
          fixes: happensInOwnFrame(loop, run) ? present(rewriter(run.query.orm).fetchInBulk(run, loop, project)) : [],
          hint: "N queries",
          about: run.query,
          basis,
          lower,
        });
      }
    },
  },
});

function messageFor(reason: NonNullable<QueryRun["batchDefeatedBy"]>): "waits" | "compares" | "selects" {
  return reason === "wait" ? "waits" : reason === "condition" ? "compares" : "selects";
}
