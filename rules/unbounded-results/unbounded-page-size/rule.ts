import { defineRule } from "#engine";
import { growingEntity, offered } from "../../shared/queries";

/** The client says how many rows one request gets, and nothing limits it. */
export default defineRule({
  id: "unbounded-page-size",
  summary: "The client chooses the page size without a maximum",
  impact: "high",
  frameworks: ["django", "prisma", "typeorm", "sequelize", "drizzle", "mikroorm", "knex", "kysely"],
  outsideRequests: false,
  messages: {
    rows: {
      what: "the client chooses how many `{entity}` rows it gets, without a maximum",
      why: "one request for a million reads {all}",
      instead: "limit the number, as in {limited}",
    },
    view: {
      what: "the client chooses how many rows `{view}` shows, without a maximum",
      why: "one request for a million reads the whole table",
      instead: "limit the number before it is returned",
    },
    paginationClass: {
      what: "`{name}` lets the client choose the page size, without a maximum",
      why: "one request for a million reads and serializes the whole table",
      instead: "set `{maximum}`",
    },
  },
  check: {
    // What limits the number may stand behind its use: the function as a whole.
    bodyDone(body, { project, rewriter, vocabulary, report }) {
      for (const event of body.events) {
        if (event.kind !== "pageSized" || event.number.isChecked || !event.query) continue;
        const { query } = event;
        const entity = growingEntity(query, project);
        if (!entity || query.atMostOne || query.bound.kind === "rows") continue;
        report("rows", {
          at: event.at,
          values: { entity: entity.name, all: query.lookups.length > 0 || query.uncertain ? "all rows that match" : "the whole table", limited: vocabulary(query.orm).atMost(event.size?.kind === "name" ? event.size.name : "size", 100) },
          fixes: offered(rewriter(query.orm).limitPageSize(event)),
          hint: "no maximum",
          about: query,
          basis: query.basis,
        });
      }
    },
    // Classes are not part of any function.
    pageSized(event, { rewriter, report }) {
      if (!event.declared || event.number.isChecked) return;
      const { framework, name, maximum } = event.declared;
      if (event.by === "view") report("view", { at: event.at, values: { view: name }, hint: "no maximum" });
      else report("paginationClass", { at: event.at, values: { name, maximum }, fixes: offered(rewriter(framework).limitPageSize(event)), hint: "no maximum" });
    },
  },
});
