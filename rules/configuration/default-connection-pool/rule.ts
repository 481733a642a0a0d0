import { defineRule } from "#engine";
import type { DatabaseEngine } from "#engine";

/** Nobody said how many connections a process may hold: under load requests wait, or the database runs out of them. */
export default defineRule({
  id: "default-connection-pool",
  summary: "A database client left on its default pool",
  impact: "low",
  frameworks: ["prisma", "typeorm", "sequelize", "drizzle", "mikroorm", "knex", "kysely"],
  messages: {
    unset: {
      what: "`{name}` is left on its default pool",
      why: "how many requests can ask the database at once, and how many connections all processes hold together, is left to chance",
      instead: "say how many connections one process may hold",
    },
    unsetSize: {
      what: "`{name}` is left on its default pool of {size} connections",
      why: "one request more waits for a connection, and so does everything behind it",
      instead: "say how many connections one process may hold: what the database gives, divided by the processes",
    },
  },
  check: {
    clientCreated(client, { report }) {
      if (client.pool !== "default" || client.lives !== "kept" || !isServer(client.engine)) return;
      const shared = { at: client.at, hint: "default pool" };
      if (client.poolSize === undefined) report("unset", { ...shared, values: { name: client.name } });
      else report("unsetSize", { ...shared, values: { name: client.name, size: client.poolSize } });
    },
  },
});

/** A database that many processes connect to, and that has so many connections and no more. */
function isServer(engine: DatabaseEngine): boolean {
  return engine === "postgresql" || engine === "mysql" || engine === "sqlserver" || engine === "oracle" || engine === "cockroachdb";
}
