import { defineRule, type FixProposal, type SettingMapping } from "#engine";
import { databasesOf, hasPsycopg3, isAtLeast, textOf, writtenEntry } from "../../shared/settings";

/** Without a lifetime or a pool, Django opens a database connection for each request and closes it behind it. */
export default defineRule({
  id: "connections-not-reused",
  summary: "A new database connection for every request",
  impact: "medium",
  frameworks: ["django"],
  messages: {
    persistent: {
      what: "each request opens a new connection to the `{alias}` database",
      why: "connecting and logging in cost several round trips, and the server pays for each with a process of its own",
      instead: "keep connections with `CONN_MAX_AGE` and check them with `CONN_HEALTH_CHECKS`",
    },
    pooled: {
      what: "each request opens a new connection to the `{alias}` database",
      why: "connecting and logging in cost several round trips, and persistent connections do not work under ASGI",
      instead: "let psycopg pool them with `pool` in OPTIONS",
    },
  },
  check: {
    deployment(deployment, { project, rewriter, report }) {
      if (!deployment.isDeployed || deployment.hasPooler || deployment.isServerless || deployment.protocol === "unknown") return;
      // A green thread has a connection of its own that nobody takes over.
      if (deployment.servers.some((server) => /gevent|eventlet|meinheld/.test(String(server.options.get("workerClass")?.value ?? "")))) return;
      const rewrite = rewriter(deployment.framework);
      for (const { alias, value, engine, at, basis } of databasesOf(deployment, project)) {
        if (engine === "sqlite" || engine === "unknown" || !opensEachTime(value)) continue;
        if (/6432|proxy|pooler/i.test(textOf(value.entries.get("PORT")?.value) + textOf(value.entries.get("HOST")?.value))) continue;
        const path = ["DATABASES", alias];
        const poolable = engine === "postgresql" && isAtLeast(project.version("django"), 5, 1) && hasPsycopg3(project);
        // Pooling is what the documentation asks for under ASGI; without it there is nothing to recommend (*Persistent connections: Caveats*).
        if (deployment.protocol === "asgi" && !poolable) continue;
        const pool: FixProposal = rewrite.changeSettings(deployment, [{ path: [...path, "OPTIONS", "pool"], code: "True" }], "Use a connection pool", "review");
        const age = [{ path: [...path, "CONN_MAX_AGE"], code: "60" }];
        // Health checks came with Django 4.1 (release notes).
        const version = project.version("django");
        const checked = !version || isAtLeast(version, 4, 1) ? [...age, { path: [...path, "CONN_HEALTH_CHECKS"], code: "True" }] : age;
        const keep = rewrite.changeSettings(deployment, checked, "Keep connections for a minute", "review");
        const place = writtenEntry(value, "CONN_MAX_AGE")?.at ?? at;
        if (deployment.protocol === "asgi") report("pooled", { at: place, values: { alias }, basis, fixes: [pool] });
        else report("persistent", { at: place, values: { alias }, basis, fixes: poolable ? [keep, pool] : [keep] });
      }
    },
  },
});

/** Neither a lifetime nor a pool, for certain. */
function opensEachTime(value: SettingMapping): boolean {
  const age = value.entries.get("CONN_MAX_AGE");
  if (age && (age.maybe || age.value.kind !== "constant" || age.value.value !== 0 || age.value.variable !== undefined)) return false;
  const options = value.entries.get("OPTIONS");
  if (!options || options.form === "implied") return true;
  if (options.maybe || options.value.kind !== "mapping" || !options.value.complete) return false;
  return !options.value.entries.has("pool");
}
