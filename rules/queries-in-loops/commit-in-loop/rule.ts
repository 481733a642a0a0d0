import { defineRule } from "#engine";
import { callsBetween, evidence, isWithinSight, placeIn, present, repetition, eachRow } from "../../shared/loops";

/** Every round of a loop opens and closes a transaction of its own. */
export default defineRule({
  id: "commit-in-loop",
  summary: "One transaction for every row of a loop",
  impact: "high",
  frameworks: ["django", "typeorm", "mikroorm"],
  // A task or command that walks a table keeps its transactions short on purpose.
  outsideRequests: false,
  messages: {
    transactionPerRow: {
      what: "a transaction is opened and closed for {each}",
      why: "N rows wait for N commits, and an error leaves the rows before it written",
      instead: "{once}",
    },
    savepointPerRow: {
      what: "a savepoint is set and released for {each}",
      why: "N rows cost 2N statements more, and nothing here catches the error of one row",
      instead: "leave the rows to the transaction around them",
    },
  },
  check: {
    transactionDone(event, { project, rewriter, vocabulary, report }) {
      const found = repetition(event, event.loops.at(-1));
      if (!found || event.isGuarded || event.writes === 0 || event.locks || event.hasOtherEffects) return;
      const { loop, lower, basis } = found;
      // Streaming says that there are too many rows for one transaction.
      if (loop.query?.origin.steps.some((step) => step.name === "iterator") || !isWithinSight(loop, event, "write")) return;
      const orm = event.orm ?? loop.query?.orm;
      report(event.isNested ? "savepointPerRow" : "transactionPerRow", {
        of: event, loop,
        at: placeIn(loop, event),
        values: { each: eachRow(loop, project), once: vocabulary(orm).commitOnce },
        related: evidence(event, loop, loop.query, "the transaction"),
        fixes: present(orm !== undefined && callsBetween(loop, event) === 0 ? rewriter(orm).openTransactionOnce(event, loop, project) : undefined),
        hint: event.isNested ? "N savepoints" : "N commits",
        basis,
        // RULE-SEMANTICS marks the shape as likely: rows may be independent on purpose.
        lower: lower + 1,
      });
    },
  },
});
