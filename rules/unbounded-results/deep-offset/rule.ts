import { defineRule, type Entity, type ProjectModel, type Query } from "#engine";
import { growingEntity, isOnRequestPath, offered, originNote, readsWholeTable } from "../../shared/queries";

/** A page is found by its number: the database reads the rows of all pages before it and throws them away. */
export default defineRule({
  id: "deep-offset",
  summary: "Page N costs as much as all pages before it",
  impact: "low",
  frameworks: ["django", "prisma", "typeorm", "sequelize", "drizzle", "mikroorm", "knex", "kysely"],
  outsideRequests: false,
  messages: {
    byNumber: {
      what: "a page of `{entity}` rows is found by its number",
      why: "the database reads the rows of all pages before it and throws them away, and counts the whole table to know how many pages there are",
      instead: "go on behind the last row of the page before where people page deep",
    },
    byOffset: {
      what: "a page of `{entity}` rows is found by an offset",
      why: "the database reads all rows before it and throws them away",
      instead: "go on behind the last row of the page before where people page deep",
    },
  },
  check: {
    paginated(event, { project, rewriter, report }) {
      const { query } = event;
      const entity = isOnRequestPath(event, project) && !isForStaff(event.frames[0].uri) ? pagedTable(query, project) : undefined;
      if (!entity) return;
      report(OFFSETS.has(event.by) ? "byOffset" : "byNumber", {
        at: event.at,
        values: { entity: entity.name },
        related: originNote(query, event.at),
        fixes: offered(rewriter(query.orm).pageByKey(event, project)),
        basis: query.basis,
      });
    },
    listView(view, { project, report }) {
      const entity = view.paginated === "yes" && view.query && !isForStaff(view.view.uri) ? pagedTable(view.query, project) : undefined;
      if (!entity || !view.query) return;
      report("byNumber", { at: view.at, values: { entity: entity.name }, related: originNote(view.query, view.view.span), basis: view.query.basis });
    },
  },
});

/** Ways to cut a page that count nothing besides. */
const OFFSETS: ReadonlySet<string> = new Set(["slice", "skip", "offset"]);

/** Few people page there. */
function isForStaff(uri: string): boolean {
  return /(^|[/_])(admin|staff|moderation)([/_.]|$)/.test(uri);
}

/** The table that the pages go through from end to end. */
function pagedTable(query: Query, project: ProjectModel): Entity | undefined {
  // By a number that is computed, nothing can go on behind the last row.
  return readsWholeTable(query, project) && query.aggregates.length === 0 && query.shape === "instances" ? growingEntity(query, project) : undefined;
}
