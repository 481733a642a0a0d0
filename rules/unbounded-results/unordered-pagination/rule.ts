import { defineRule, type Location, type Paginated, type ProjectModel, type Query } from "#engine";
import { tableOf } from "../../shared/indexes";
import { isSamePlace, offered, originNote } from "../../shared/queries";

/** Pages of rows in no order: the database may give a row twice, or never. */
export default defineRule({
  id: "unordered-pagination",
  summary: "Pages of an unordered query repeat and lose rows",
  impact: "medium",
  // Prisma orders by the key itself where `take` or `skip` come without an order (its query engine: implicit ordering).
  frameworks: ["django", "typeorm", "sequelize", "drizzle", "mikroorm", "knex", "kysely"],
  outsideRequests: false,
  messages: {
    unordered: {
      what: "pages are cut from `{entity}` rows that have no order",
      why: "without one the database may put a row on two pages and another on none, and does so more often as the table grows",
      instead: "order the query, by the key at least: {order}",
    },
  },
  check: {
    // `rows = Book.objects` that some branch orders comes as two queries at one place.
    bodyDone(body, { project, rewriter, vocabulary, report }) {
      const cuts = body.events.filter((event): event is Paginated => event.kind === "paginated");
      for (const pages of cuts) {
        const { query, at } = pages;
        if (!cuts.every((other) => !isSamePlace(other.at, at) || isUnordered(other.query, project))) continue;
        report("unordered", {
          at,
          values: { entity: tableOf(query.entity, project)?.name ?? query.entity, order: vocabulary(query.orm).orderBy(undefined) },
          related: originNote(query, at),
          fixes: offered(rewriter(query.orm).orderByKey(query, project)),
          basis: query.basis,
        });
      }
    },
    listView(view, { project, rewriter, vocabulary, report }) {
      if (view.paginated !== "yes" || view.ordered || !view.query || !isUnordered(view.query, project)) return;
      const at: Location = view.at;
      report("unordered", {
        at,
        values: { entity: view.entity.name, order: vocabulary(view.query.orm).orderBy(undefined) },
        related: originNote(view.query, view.view.span),
        fixes: offered(rewriter(view.query.orm).orderByKey(view.query, project)),
        basis: view.query.basis,
      });
    },
  },
});

function isUnordered(query: Query, project: ProjectModel): boolean {
  if (query.uncertain || query.joined || query.combined || query.atMostOne || query.bound.kind !== "none") return false;
  if (query.order !== "default" && query.order !== "none") return false;
  // `order_by()` clears whatever order the model has.
  if (query.order === "none" && query.origin.steps.some((step) => step.name === "order_by")) return true;
  const entity = project.entity(query.entity);
  if (!entity || entity.incomplete || entity.orderingUnknown) return false;
  // Django ignores the default ordering of a query that groups.
  return entity.ordering.length === 0 || query.grouped;
}
