import { defineRule } from "#engine";
import type { EntryPoint, Location, ProjectModel } from "#engine";
import { evidence, isWithinSight, lowerInsideWrite, onlyOnce, placeIn, placeKey, repetition, eachRow } from "../../shared/loops";
import { nodesIn, statementsAround } from "../../shared/loops-syntax";

const WAITED_FOR: ReadonlySet<EntryPoint> = new Set(["request", "socket", "middleware", "context-processor", "signal", "admin"]);

/** One message to the queue for every row: as many round trips to the broker as there are rows. */
export default defineRule({
  id: "task-per-row",
  summary: "One background task enqueued for every row of a loop",
  impact: "medium",
  frameworks: ["django"],
  // A task that hands out work to others is how work is spread.
  outsideRequests: false,
  messages: {
    enqueuedPerRow: {
      what: "`{task}` is enqueued for {each}",
      why: "N messages to the broker before the response, and N tasks that each load their row again",
      instead: "enqueue one task with all the keys, or chunks of them",
    },
  },
  check: {
    bodyDone(body, { project, report }) {
      const isNew = onlyOnce();
      for (const event of body.events) {
        if (event.kind !== "taskEnqueued") continue;
        const repeated = repetition(event, event.dependsOn || event.loops.at(-1));
        // Of a loop whose length is a guess nothing is said.
        if (!repeated || (repeated.loop.query === undefined && repeated.loop.size !== "many")) continue;
        const { loop, lower, basis } = repeated;
        const at = placeIn(loop, event);
        // What saving a row brings about is its own affair.
        if (!WAITED_FOR.has(event.entry) || !isWithinSight(loop, event, "write") || lowerInsideWrite(loop, event) > 0 || fillsBatches(at, project) || !isNew(placeKey(at))) continue;
        report("enqueuedPerRow", {
          of: event, loop,
          at,
          values: { task: event.task, each: eachRow(loop, project) },
          related: evidence(event, loop, loop.query, "enqueued here"),
          hint: "N tasks",
          basis,
          lower,
        });
      }
    },
  },
});

/** `if len(batch) >= size: task.delay(batch)`: not every round enqueues. */
function fillsBatches(at: Location, project: ProjectModel): boolean {
  return statementsAround(at, project).some(({ statement }) => statement.kind === "if" && nodesIn(statement.test).some((node) =>
    (node.kind === "call" && node.callee.kind === "name" && node.callee.name === "len") || (node.kind === "binary" && node.operator === "%")));
}
