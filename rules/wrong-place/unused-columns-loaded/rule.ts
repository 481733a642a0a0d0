import { defineRule } from "#engine";
import { inWords } from "../../shared/indexes";
import { growingEntity, mayBePrefetched, offered } from "../../shared/queries";

/** Long texts and documents are loaded with every row and nobody reads them. */
export default defineRule({
  id: "unused-columns-loaded",
  summary: "Wide columns are loaded and never read",
  impact: "low",
  frameworks: ["django", "prisma", "drizzle"],
  enabledByDefault: false,
  messages: {
    wide: {
      what: "every `{entity}` is loaded with {columns}, and nobody reads that",
      why: "texts and documents make up most of what the rows weigh",
      instead: "{advice}",
    },
  },
  check: {
    columnsUnread(event, { project, rewriter, vocabulary, report }) {
      const { query, columns } = event;
      const entity = growingEntity(query, project);
      if (!entity || query.uncertain || query.joined || query.atMostOne || mayBePrefetched(query) || (query.bound.kind === "rows" && query.bound.rows <= 25)) return;
      report("wide", {
        at: event.at,
        values: { columns: inWords(columns), entity: entity.name, advice: vocabulary(query.orm).fewerColumns },
        fixes: offered(rewriter(query.orm).deferColumns(query, columns, project)),
        hint: "wide rows",
        about: query,
        basis: query.basis,
      });
    },
  },
});
