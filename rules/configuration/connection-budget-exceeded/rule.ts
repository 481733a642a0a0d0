import { defineRule } from "#engine";
import { threadsPerWorker } from "../../shared/servers";
import { databasesOf, plainPoolSize, settingAt } from "../../shared/settings";

/** PostgreSQL keeps three connections for administrators (*superuser_reserved_connections*). */
const reserved = 3;

/** Workers, threads and pools together may ask for more connections than the database gives. */
export default defineRule({
  id: "connection-budget-exceeded",
  summary: "Workers, threads and pools exceed the database's connections",
  impact: "medium",
  frameworks: ["django"],
  messages: {
    exceeded: {
      what: "this server may hold {wanted} database connections, and the database gives {given}",
      why: "{reckoning}; whoever comes too late gets an error",
      instead: "run fewer workers or threads, make the pool smaller, or put a connection pooler before the database",
    },
  },
  check: {
    deployment(deployment, { project, report }) {
      const { database } = deployment;
      if (!deployment.isDeployed || !database || deployment.hasPooler) return;
      const main = databasesOf(deployment, project).find((each) => each.alias === "default");
      if (main?.engine !== "postgresql") return;
      const pool = poolSize(main.value.entries.get("OPTIONS")?.form === "implied" ? undefined : settingAt(deployment, "DATABASES", "default", "OPTIONS"), settingAt(deployment, "DATABASES", "default", "OPTIONS", "pool"));
      if (pool === "unknown") return;
      for (const server of deployment.servers) {
        const workers = server.options.get("workers");
        const threads = threadsPerWorker(server);
        // A compose file with another set of services has another database.
        if (/compose/i.test(server.at.uri) && server.at.uri !== database.at.uri) continue;
        if (!server.complete || typeof workers?.value !== "number" || workers.variable !== undefined) continue;
        // Under ASGI each running request has a connection unless a pool bounds them.
        const each = pool ?? (server.protocol === "wsgi" ? threads : undefined);
        if (each === undefined) continue;
        const wanted = workers.value * server.replicas * each;
        const given = database.maxConnections - reserved;
        if (wanted <= given) continue;
        const copies = server.replicas > 1 ? `${server.replicas} copies × ` : "";
        report("exceeded", {
          at: workers.at,
          values: { wanted, given, reckoning: `${copies}${workers.value} workers × ${each} ${pool === undefined ? (each === 1 ? "connection" : "threads") : "pooled connections"}` },
          related: [{ at: database.at, message: database.stated ? "what the database allows" : "the database allows 100 unless told otherwise" }],
        });
      }
    },
  },
});

type Value = ReturnType<typeof settingAt>;

/** The connections of a process's pool; undefined without one. */
function poolSize(options: Value, pool: Value): number | undefined | "unknown" {
  if (options === undefined) return undefined;
  if (options.kind !== "mapping" || !options.complete) return "unknown";
  if (!options.entries.has("pool")) return undefined;
  if (pool?.kind === "constant") return pool.variable !== undefined ? "unknown" : pool.value ? plainPoolSize : undefined;
  if (pool?.kind !== "mapping" || !pool.complete) return "unknown";
  const size = pool.entries.get("max_size") ?? pool.entries.get("min_size");
  if (!size) return plainPoolSize;
  return size.value.kind === "constant" && typeof size.value.value === "number" && size.value.variable === undefined ? size.value.value : "unknown";
}
