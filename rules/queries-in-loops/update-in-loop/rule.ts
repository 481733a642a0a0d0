import { defineRule, ormOf } from "#engine";
import type { LoopContext, ProjectModel, RowWritten } from "#engine";
import {
  callKey, columnOf, entityName, evidence, gathered, happensInOwnFrame, keyOf, isDoubtfulWrite, isWithinSight, isWrittenPerRound, locksRows, onlyOnce, placeIn, placeKey, repetition, eachRow, skippedBy, statementsFor, unlessSkipping, thingKey, withDoubt,
} from "../../shared/loops";
import { lowerBesideEffects } from "../../shared/loop-effects";
import { isInHandler } from "../../shared/loops-syntax";

/** Existing rows are written one by one where one statement serves. */
export default defineRule({
  id: "update-in-loop",
  summary: "Rows updated one by one in a loop",
  impact: "high",
  frameworks: ["django", "prisma", "typeorm", "sequelize", "drizzle", "mikroorm", "knex", "kysely"],
  // In tasks and commands a statement per row is often the point: progress, locks, mail in between (RULE-SEMANTICS 4.0).
  outsideRequests: false,
  repeats: true,
  messages: {
    savedPerRow: {
      what: "`{entity}` is saved for {each}",
      why: "{growth}",
      instead: "{save}{skipped}",
    },
    savedAgain: {
      what: "the same `{entity}` is saved for {each}",
      why: "{growth}",
      instead: "save it once after the loop",
    },
    updatedPerRow: {
      what: "{update} on `{entity}` is sent for {each}",
      why: "{growth}",
      instead: "{many}{skipped}",
    },
  },
  check: {
    bodyDone(body, { project, rewriter, vocabulary, report }) {
      const isNew = onlyOnce();
      const found = gathered();
      // `row = found or Row(…); row.save()` is insert-in-loop; a row that was just inserted could have been inserted right.
      const inserting = new Set(body.events.flatMap((event) => (event.kind === "rowWritten" && (event.constructed !== undefined || event.isNew) ? [placeKey(event.at)] : [])));
      for (const write of body.events) {
        if (write.kind !== "rowWritten" || !isUpdateOfRow(write) || inserting.has(placeKey(write.at))) continue;
        const repeated = repetition(write, write.loops.at(-1));
        if (repeated === undefined) continue;
        const { loop, lower, basis } = repeated;
        if (locksRows(loop, write, body.events) || isInHandler(write.at, project) || !isWrittenPerRound(loop, write) || !isOwnSave(loop, write) || movesUniqueColumn(write, project) || isSavedForItsSave(write, loop)) continue;
        const at = placeIn(loop, write);
        if (!isWithinSight(loop, write, "write") || !isNew(callKey(loop, write, write.entity))) continue;
        const besides = lowerBesideEffects(write, loop, body.events, project);
        if (besides === undefined) continue;
        const orm = ormOf(write, project);
        if (orm === undefined) continue;
        const words = vocabulary(orm);
        const isRowOfLoop = write.row?.loop?.id === loop.id;
        if (isRowOfLoop && loop.query?.sliced === true) continue;
        // The row of a loop further out, or of none: not another one each round.
        const isSameRow = write.how === "save" && (write.dependsOn === 0 || (write.row?.loop !== undefined && write.row.loop.id < loop.id));
        const isVague = isSameRow || (write.how === "save" ? write.assigned.length === 0 : write.query?.atMostOne !== true);
        const fixes = (isRowOfLoop || write.row === undefined) && happensInOwnFrame(loop, write) ? unlessSkipping(rewriter(orm).updateTogether(write, loop, project), write) : [];
        // One statement for all rows fails for all of them.
        const steps = withDoubt(lower + besides + (write.isGuarded ? 2 : 0) + (write.skips.length > 0 || isVague ? 1 : 0), basis, () => isDoubtfulWrite(loop, write, body.events, words, project) || setsLinks(write, project));
        const message = isSameRow ? "savedAgain" : write.how === "save" ? "savedPerRow" : "updatedPerRow";
        found.add(thingKey(loop, write, `${message}|${write.entity}`, fixes.length > 0), {
          at,
          lower: steps,
          send: (elsewhere) => report(message, {
            of: write, loop,
            at,
            values: { entity: entityName(write.entity, project) ?? write.entity, each: eachRow(loop, project, loop.query, write), growth: statementsFor(loop, write, project), save: words.saveMany(keyOf(project.entity(write.entity)), write.sets), update: words.update, many: words.updateMany(columnOf(loop, write.query), write.sets), skipped: skippedBy(words.update, write) },
            related: [...evidence(write, loop, loop.query, "written here"), ...elsewhere],
            // A statement of a query builder is about rows that it picks itself.
            fixes,
            hint: "N statements",
            basis,
            lower: steps,
          }),
        });
      }
      found.report();
    },
  },
});

/** `bloodline.skills = []` of a to-many relation: rows of another table, which no update of these writes. */
function setsLinks({ assigned, entity }: RowWritten, project: ProjectModel): boolean {
  const relations = project.entity(entity)?.relations;
  return assigned.some(({ field }) => relations?.get(field)?.cardinality === "many");
}

/** In the loop itself, in a method of the row that it calls, or by the row's own `save()`. */
function isOwnSave(loop: LoopContext, write: RowWritten): boolean {
  return happensInOwnFrame(loop, write) || write.how === "save";
}

/** `for edition in editions: edition.save()` changes nothing itself: what the row's own `save()` does is wanted, and no bulk statement does it. */
function isSavedForItsSave({ how, skips, assigned }: RowWritten, loop: LoopContext): boolean {
  if (how !== "save" || !skips.some((each) => each.startsWith("its own"))) return false;
  const { uri, span } = loop.body;
  return !assigned.some(({ at }) => at.uri === uri && span.start <= at.span.start && at.span.end <= span.end);
}

/** One statement that shifts a column of a unique constraint meets itself half-way (PostgreSQL checks row by row). */
function movesUniqueColumn(write: RowWritten, project: ProjectModel): boolean {
  const entity = project.entity(write.entity);
  return write.assigned.some(({ field, fromOwnValue }) => fromOwnValue !== undefined && entity?.indexes.some((index) => index.unique && index.columns.some((column) => column.field === field)));
}

/** A row of the loop, or one that is known to be changed in it; a locked row is written by itself on purpose. */
function isUpdateOfRow(write: RowWritten): boolean {
  if (write.how === "update") return write.dependsOn !== 0 && !write.differs;
  if (write.how !== "save" || write.constructed !== undefined || write.isNew || write.row?.query?.locked === true) return false;
  // `row.pk = None; row.save()` inserts a copy (Django: *Copying model instances*).
  if (write.assigned.some(({ field }) => field === "pk" || field === "id")) return false;
  return write.assigned.length > 0 || write.row?.loop !== undefined;
}
