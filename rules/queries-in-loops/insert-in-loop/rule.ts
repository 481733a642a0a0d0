import { defineRule } from "#engine";
import type { RowWritten } from "#engine";
import { entityName, evidence, happensInOwnFrame, loopKey, onlyOnce, placeIn, placeKey, repetition, rowName, skippedBy, unlessSkipping } from "../../shared/loops";

/** New rows are written one by one where one statement serves. */
export default defineRule({
  id: "insert-in-loop",
  summary: "Rows inserted one by one in a loop",
  impact: "high",
  frameworks: ["django"],
  messages: {
    insertedPerRow: {
      what: "one `{entity}` is inserted for every `{row}`",
      why: "N statements",
      instead: "collect the objects and insert them together with `bulk_create()`{skipped}",
    },
    soughtPerRow: {
      what: "one `{entity}` is looked up and inserted for every `{row}`",
      why: "up to 4N statements",
      instead: "load the existing ones by key before the loop and insert the others together with `bulk_create()`{skipped}",
    },
    linkedPerRow: {
      what: "links to `{entity}` are inserted for every `{row}`",
      why: "up to 3N statements",
      instead: "add them together: `add(*objects)`, or `bulk_create()` on the table between{skipped}",
    },
  },
  check: {
    bodyDone(body, { project, rewriter, report }) {
      const isNew = onlyOnce();
      for (const write of body.events) {
        if (write.kind !== "rowWritten") continue;
        const key = messageFor(write);
        const repeated = repetition(write, write.loops.at(-1));
        if (key === undefined || repeated === undefined) continue;
        const { loop, lower, basis } = repeated;
        const at = placeIn(loop, write);
        if (!isNew(`${loopKey(loop)}|${placeKey(at)}|${write.entity}`)) continue;
        const orm = project.entity(write.entity)?.framework;
        report(key, {
          at,
          values: { entity: entityName(write.entity, project) ?? write.entity, row: rowName(loop, project), skipped: skippedBy("bulk_create()", write) },
          related: evidence(write, loop, loop.query, "inserted here"),
          fixes: orm !== undefined && happensInOwnFrame(loop, write) ? unlessSkipping(rewriter(orm).insertTogether(write, loop, project), write) : [],
          hint: "N statements",
          basis,
          lower: lower + (write.skips.length > 0 || write.how === "relation-set" ? 1 : 0),
        });
      }
    },
  },
});

function messageFor(write: RowWritten): "insertedPerRow" | "soughtPerRow" | "linkedPerRow" | undefined {
  switch (write.how) {
    case "create":
      return "insertedPerRow";
    case "save":
      return write.constructed === undefined ? undefined : "insertedPerRow";
    case "get_or_create":
    case "update_or_create":
      return "soughtPerRow";
    case "relation-add":
    case "relation-set":
      return "linkedPerRow";
    default:
      return undefined;
  }
}
