import { defineRule } from "#engine";
import { tableOf } from "../../shared/indexes";
import { isSmall, offered } from "../../shared/queries";

/** A migration builds an index on a table that is in use, and locks it meanwhile. */
export default defineRule({
  id: "blocking-index-migration",
  summary: "An index is built while its table is locked",
  impact: "medium",
  frameworks: ["django"],
  inMigrations: true,
  messages: {
    locksTable: {
      what: "building this index locks `{entity}` against writes",
      why: "on a large table every request that writes to it waits until the migration is done",
      instead: "build it with `AddIndexConcurrently`, and `atomic = False` in the migration",
    },
  },
  check: {
    indexBuilt(event, { project, rewriter, report }) {
      // Other engines have no such operation, or no such lock.
      if (event.isConcurrent || project.engineOf(event.entity) !== "postgresql" || (project.version("django")?.[0] ?? 3) < 3) return;
      const table = tableOf(event.entity.key, project);
      if (!table || isSmall(table)) return;
      report("locksTable", {
        at: event.at,
        values: { entity: table.name },
        related: table.declaredAt ? [{ at: table.declaredAt, message: `\`${table.name}\` is declared here` }] : [],
        fixes: offered(rewriter(event.entity.framework).buildConcurrently(event)),
        hint: "locks the table",
        // Whether the migration has run already, its text does not say.
        lower: 1,
      });
    },
  },
});
