import { defineRule } from "#engine";
import { databasesOf, textOf } from "../../shared/settings";

/** SQLite takes one write at a time, and its file belongs to one machine. */
export default defineRule({
  id: "sqlite-in-production",
  summary: "SQLite in the deployed settings",
  impact: "high",
  frameworks: ["django"],
  messages: {
    sqlite: {
      what: "the deployed settings keep the `{alias}` database in SQLite",
      why: "it takes one write at a time for all requests, and its file belongs to one machine",
      instead: "use a database server; where one machine is enough, switch to WAL and immediate transactions in OPTIONS",
    },
  },
  check: {
    deployment(deployment, { project, rewriter, report }) {
      if (!deployment.isDeployed) return;
      for (const { alias, value, engine, at } of databasesOf(deployment, project)) {
        const stated = value.entries.get("ENGINE")?.value;
        // A default that the environment replaces is what developers get.
        if (engine !== "sqlite" || stated?.kind !== "constant" || stated.variable !== undefined) continue;
        if (/:memory:/.test(textOf(value.entries.get("NAME")?.value))) continue;
        // Whoever tunes SQLite for several writers has chosen it.
        if (/journal_mode|transaction_mode|busy_timeout|litestream|litefs/i.test(textOf(value.entries.get("OPTIONS")?.value))) continue;
        const path = ["DATABASES", alias];
        const prefix = alias === "default" ? "DB" : `${alias.toUpperCase().replace(/\W/g, "_")}_DB`;
        report("sqlite", {
          at,
          values: { alias },
          fixes: [
            rewriter(deployment.framework).changeSettings(deployment, [
              { path: [...path, "ENGINE"], code: '"django.db.backends.postgresql"' },
              { path: [...path, "NAME"], code: `os.environ["${prefix}_NAME"]` },
              { path: [...path, "USER"], code: `os.environ["${prefix}_USER"]` },
              { path: [...path, "PASSWORD"], code: `os.environ["${prefix}_PASSWORD"]` },
              { path: [...path, "HOST"], code: `os.environ["${prefix}_HOST"]` },
            ], "Use PostgreSQL", "sketch"),
          ],
        });
      }
    },
  },
});
