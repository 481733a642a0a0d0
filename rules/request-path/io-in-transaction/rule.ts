import { defineRule } from "#engine";
import type { Location, OutsideCall, ProjectModel, QueryRun, RelatedPlace } from "#engine";
import { entityName, onlyOnce, placeKey, placeOf } from "../../shared/loops";
import { nodesIn, statementsAround } from "../../shared/loops-syntax";
import { growingEntity, isSamePlace, readsWholeTable } from "../../shared/queries";

/** A transaction stays open, with its locks and its connection, for as long as somebody else takes to answer. */
export default defineRule({
  id: "io-in-transaction",
  summary: "A transaction that waits for other servers, or locks a whole table's rows",
  impact: "high",
  frameworks: ["django", "prisma", "typeorm", "sequelize", "drizzle", "mikroorm", "knex", "kysely"],
  outsideRequests: false,
  messages: {
    waits: {
      what: "{what} inside a transaction",
      why: "its locks and its connection are held until that is over, and a rollback does not undo it",
      instead: "{advice}",
    },
    locksAll: {
      what: "{lock} locks every `{entity}`",
      why: "everybody who changes one of them waits for the whole transaction",
      instead: "lock only the rows that are changed, in short transactions",
    },
  },
  check: {
    bodyDone(body, { project, vocabulary, report }) {
      const isNew = onlyOnce();
      const calls = body.events.filter((event): event is OutsideCall => event.kind === "outsideCall");
      for (const event of calls.sort((a, b) => WORST.indexOf(a.io) - WORST.indexOf(b.io))) {
        const at = placeInFrame(event);
        // A helper that does several such things is one finding at its call.
        if (event.transaction === undefined || (event.seconds !== undefined && event.seconds <= 0.1) || !isWaitedFor(event, project) || !isNew(placeKey(at))) continue;
        const words = vocabulary(event.transaction.orm);
        report("waits", {
          at,
          values: { what: WHAT[event.io], advice: tellsOfIt(event) ? words.onlyAfterCommit : words.afterCommit },
          related: evidence(event),
          hint: "holds the transaction",
          // RULE-SEMANTICS marks the shape as likely: the transaction may have locked nothing.
          lower: event.transaction.writes > 0 || event.transaction.locks ? 0 : 1,
        });
      }
    },
    queryRun(event, { project, vocabulary, report }) {
      if (!locksEveryRow(event) || !readsWholeTable(event.query, project) || !growingEntity(event.query, project)) return;
      report("locksAll", { at: event.at, values: { entity: entityName(event.query.entity, project) ?? event.query.entity, lock: vocabulary(event.query.orm).lock }, related: [{ at: placeOf(event.query), message: "the query" }], hint: "locks every row", lower: 1 });
    },
  },
});

const WHAT: Readonly<Record<OutsideCall["io"], string>> = {
  http: "another server is called",
  mail: "a mail is sent",
  sleep: "the code sleeps",
  process: "a process is started and waited for",
};

/** It tells others of what was written before: they must not hear of it when nothing was saved. */
function tellsOfIt({ io, transaction, name, expression, frames }: OutsideCall): boolean {
  if (transaction === undefined || transaction.writes === 0) return false;
  const method = expression.callee.kind === "attribute" ? expression.callee.name : "";
  const called = frames.slice(transaction.frame + 1).map((frame) => frame.function?.declaration.name ?? "");
  return io === "mail" || (io === "http" && /webhook|notif|publish|dispatch/i.test([name, method, ...called].join(" ")));
}

const WORST: readonly OutsideCall["io"][] = ["http", "mail", "process", "sleep"];

/** The transaction goes on when it is over: what gives a promise is waited for, in the helper and where that is called. */
function isWaitedFor(event: OutsideCall, project: ProjectModel): boolean {
  if (!event.isAsynchronous) return true;
  return [event.at, ...callsInside(event)].every((place) => {
    const statement = statementsAround(place, project).at(-1)?.statement;
    if (statement === undefined || statement.kind === "return" || statement.kind === "assign") return true;
    return nodesIn(statement).some((node) => node.kind === "await" && node.start <= place.span.start && place.span.end <= node.end);
  });
}

/** In the function that opens the transaction. */
function placeInFrame(event: OutsideCall): OutsideCall["at"] {
  return callsInside(event)[0] ?? event.at;
}

/** The calls that lead from the transaction to it; that a transaction calls the function it is given is none. */
function callsInside({ transaction, frames }: OutsideCall): readonly Location[] {
  if (!transaction) return [];
  return frames.slice(transaction.frame + 1).flatMap(({ callSite }) => callSite ?? []).filter((place) => !isSamePlace(place, transaction.at));
}

function evidence(event: OutsideCall): RelatedPlace[] {
  const opened = { at: event.transaction!.at, message: "the transaction" };
  return placeInFrame(event) === event.at ? [opened] : [opened, { at: event.at, message: "called here" }];
}

function locksEveryRow({ query, sends, how }: QueryRun): boolean {
  return query.locked && sends && !query.atMostOne && query.bound.kind === "none" && (how === "iterate" || how === "list" || how === "iterator");
}
