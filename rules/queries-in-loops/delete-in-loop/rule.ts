import { defineRule, ormOf } from "#engine";
import type { LoopContext, RowWritten } from "#engine";
import {
  callKey, columnOf, entityName, evidence, gathered, happensInOwnFrame, keyOf, isDoubtfulWrite, isWithinSight, isWrittenPerRound, locksRows, LINK_COST, onlyOnce, placeIn, present, repetition, eachRow, statementsFor, thingKey, withDoubt,
} from "../../shared/loops";
import { lowerBesideEffects } from "../../shared/loop-effects";
import { isInHandler } from "../../shared/loops-syntax";

/** Rows are deleted one by one where one statement serves. */
export default defineRule({
  id: "delete-in-loop",
  summary: "Rows deleted one by one in a loop",
  impact: "high",
  frameworks: ["django", "prisma", "typeorm", "sequelize", "drizzle", "mikroorm", "knex", "kysely"],
  // In tasks and commands a statement per row is often the point: progress, locks, mail in between (RULE-SEMANTICS 4.0).
  outsideRequests: false,
  repeats: true,
  messages: {
    deletedPerRow: {
      what: "one `{entity}` is deleted for {each}",
      why: "{cost}",
      instead: "{many}",
    },
    queriedPerRow: {
      what: "{delete} on `{entity}` is sent for {each}",
      why: "{cost}",
      instead: "delete all of them with one query",
    },
    unlinkedPerRow: {
      what: "links to `{entity}` are deleted for {each}",
      why: LINK_COST,
      instead: "{unlink}",
    },
  },
  check: {
    bodyDone(body, { project, rewriter, vocabulary, report }) {
      const isNew = onlyOnce();
      const found = gathered();
      for (const write of body.events) {
        if (write.kind !== "rowWritten") continue;
        const key = messageFor(write);
        const repeated = repetition(write, write.loops.at(-1));
        if (key === undefined || repeated === undefined) continue;
        const { loop, lower, basis } = repeated;
        if (locksRows(loop, write, body.events) || isInHandler(write.at, project) || !isWrittenPerRound(loop, write)) continue;
        // Trimming what lies beyond a slice: a query that is cut cannot be deleted, and mostly it is one row.
        if (loop.query?.sliced === true || !isOwnDelete(loop, write)) continue;
        const at = placeIn(loop, write);
        if (!isWithinSight(loop, write, "write") || !isNew(callKey(loop, write, write.entity))) continue;
        const besides = lowerBesideEffects(write, loop, body.events, project);
        if (besides === undefined) continue;
        const orm = ormOf(write, project);
        const words = vocabulary(orm);
        // A statement of a query builder is about rows that it picks itself.
        const isOfLoop = write.row === undefined ? write.how === "query-delete" : write.how === "delete" && write.row.loop?.id === loop.id;
        const canDelete = orm !== undefined && !write.keepsRow && isOfLoop && happensInOwnFrame(loop, write);
        const fixes = canDelete ? present(rewriter(orm).deleteTogether(write, loop, project)) : [];
        // One statement for all rows fails for all of them.
        const steps = withDoubt(lower + besides + (write.isGuarded ? 2 : 0) + (key === "queriedPerRow" ? 1 : 0), basis, () => isDoubtfulWrite(loop, write, body.events, words, project));
        found.add(thingKey(loop, write, `${key}|${write.entity}`, fixes.length > 0), {
          at,
          lower: steps,
          send: (elsewhere) => report(key, {
            of: write, loop,
            at,
            values: { entity: entityName(write.entity, project) ?? write.entity, each: eachRow(loop, project, loop.query, write), cost: loop.concurrent ? statementsFor(loop, write, project) : words.deleteCost, many: (write.keepsRow ? words.markManyDeleted : undefined) ?? words.deleteMany(write.how === "delete" ? keyOf(project.entity(write.entity)) : columnOf(loop, write.query)), delete: words.delete, unlink: words.unlinkMany },
            related: [...evidence(write, loop, loop.query, "deleted here"), ...elsewhere],
            fixes,
            hint: key === "unlinkedPerRow" ? LINK_COST : "N statements",
            basis,
            lower: steps,
          }),
        });
      }
      found.report();
    },
  },
});

/** In the loop itself, or a helper that deletes the very row it is handed: what else a helper deletes on its way is part of something larger. */
function isOwnDelete(loop: LoopContext, write: RowWritten): boolean {
  return happensInOwnFrame(loop, write) || (write.how === "delete" && write.row?.loop?.id === loop.id) || write.frames.slice(loop.frame + 1).every((frame) => /^a?delete$/.test(frame.function?.declaration.name ?? ""));
}

function messageFor(write: RowWritten): "deletedPerRow" | "queriedPerRow" | "unlinkedPerRow" | undefined {
  // What does not depend on the loop is deleted in its first round.
  const isPerRow = write.dependsOn !== 0 || write.row?.loop !== undefined;
  // A `delete()` of the entity's own removes files or only marks the row: the query's would do something else.
  if (!isPerRow || write.skips.length > 0 || write.row?.query?.locked === true) return undefined;
  if (write.how === "delete") return "deletedPerRow";
  if (write.how === "query-delete") return write.query?.atMostOne === true ? "deletedPerRow" : "queriedPerRow";
  return write.how === "relation-remove" || write.how === "relation-clear" ? "unlinkedPerRow" : undefined;
}
