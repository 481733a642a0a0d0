import { defineRule } from "#engine";
import { databasesOf, hasPsycopg3, isAtLeast, plainPoolSize, settingAt, textOf, writtenEntry } from "../../shared/settings";

/** Settings of the connection pool that contradict each other, the driver or the server. */
export default defineRule({
  id: "pool-misconfigured",
  summary: "Connection pool settings that contradict each other or the server",
  impact: "high",
  frameworks: ["django"],
  messages: {
    persistent: {
      what: "`CONN_MAX_AGE` and a connection pool exclude each other",
      why: "pooling does not support persistent connections, and Django refuses to connect",
      instead: "remove `CONN_MAX_AGE`; the pool keeps the connections",
    },
    driver: {
      what: "the connection pool needs psycopg 3, and the project requires psycopg2",
      why: "without it Django refuses to connect",
      instead: "require `psycopg[pool]`, or remove the pool and set `CONN_MAX_AGE`",
    },
    version: {
      what: "the connection pool needs Django 5.1, and the project requires {version}",
      why: "the option is handed to the driver, which refuses it",
      instead: "remove `pool` and set `CONN_MAX_AGE`, or upgrade to Django 5.1",
    },
    sizes: {
      what: "the pool's `min_size` of {least} is larger than its `max_size` of {most}",
      why: "the pool cannot be opened",
      instead: "set `max_size` to {least} or more",
    },
    threads: {
      what: "{threads} threads share a pool of {size} connections",
      why: "the others wait for a connection while the server has room for them",
      instead: "set `max_size` to {threads}",
    },
    cursors: {
      what: "server-side cursors are on behind a connection pooler",
      why: "with transaction pooling the next batch of `iterator()` may be asked of another connection, where the cursor does not exist",
      instead: "set `DISABLE_SERVER_SIDE_CURSORS`",
    },
  },
  check: {
    deployment(deployment, { project, rewriter, report }) {
      const rewrite = rewriter(deployment.framework);
      for (const { alias, value, engine } of databasesOf(deployment, project)) {
        if (engine !== "postgresql") continue;
        const path = ["DATABASES", alias];
        const endpoint = textOf(value.entries.get("HOST")?.value) + " " + textOf(value.entries.get("PORT")?.value);
        const server = /\b6432\b/.test(endpoint) ? writtenEntry(value, "PORT") : /pgbouncer|pgcat/i.test(endpoint) ? writtenEntry(value, "HOST") : undefined;
        if (server && !value.entries.has("DISABLE_SERVER_SIDE_CURSORS") && value.complete) {
          report("cursors", {
            at: server.at,
            values: {},
            lower: 1,
            basis: "inferred",
            fixes: [rewrite.changeSettings(deployment, [{ path: [...path, "DISABLE_SERVER_SIDE_CURSORS"], code: "True" }], "Disable server-side cursors", "review")],
          });
        }
        const options = value.entries.get("OPTIONS");
        const pool = options && !options.maybe && options.value.kind === "mapping" ? options.value.entries.get("pool") : undefined;
        if (!pool || pool.maybe || (pool.value.kind === "constant" && (!pool.value.value || pool.value.variable !== undefined)) || pool.value.kind === "unknown") continue;
        const unpool = { path: [...path, "OPTIONS", "pool"] };
        const keep = { path: [...path, "CONN_MAX_AGE"], code: "60" };
        const age = value.entries.get("CONN_MAX_AGE");
        const version = project.version("django");
        if (version && !isAtLeast(version, 5, 1)) {
          report("version", { at: pool.at, values: { version: version.join(".") }, fixes: [rewrite.changeSettings(deployment, [unpool, keep], "Keep connections instead of pooling them", "review")] });
          continue;
        }
        if (!hasPsycopg3(project) && ["psycopg2", "psycopg2-binary"].some((each) => project.requires(each))) {
          report("driver", { at: pool.at, values: {}, fixes: [rewrite.changeSettings(deployment, [unpool, keep], "Keep connections instead of pooling them", "review")] });
          continue;
        }
        if (age && !age.maybe && age.value.kind === "constant" && age.value.value !== 0 && age.value.variable === undefined) {
          report("persistent", {
            at: age.form === "implied" ? pool.at : age.at,
            values: {},
            related: age.form === "implied" ? [] : [{ at: pool.at, message: "the pool" }],
            fixes: [rewrite.changeSettings(deployment, [{ path: [...path, "CONN_MAX_AGE"] }], "Remove `CONN_MAX_AGE`", "review")],
          });
        }
        const sizeOf = (key: string): number | undefined => {
          const size = settingAt(deployment, ...path, "OPTIONS", "pool", key);
          return size?.kind === "constant" && typeof size.value === "number" ? size.value : undefined;
        };
        const isReadable = pool.value.kind === "constant" || (pool.value.kind === "mapping" && pool.value.complete);
        const least = sizeOf("min_size");
        const most = sizeOf("max_size");
        if (least !== undefined && most !== undefined && least > most) {
          report("sizes", { at: pool.at, values: { least, most }, fixes: [rewrite.changeSettings(deployment, [{ path: [...path, "OPTIONS", "pool", "max_size"], code: String(least) }], `Set \`max_size\` to ${least}`, "review")] });
          continue;
        }
        const hasSize = pool.value.kind === "mapping" && (pool.value.entries.has("max_size") || pool.value.entries.has("min_size"));
        const size = most ?? least ?? (hasSize ? undefined : plainPoolSize);
        const threaded = deployment.servers.find((each) => each.kind === "gunicorn" && each.protocol === "wsgi" && each.complete && typeof each.options.get("threads")?.value === "number");
        const threads = threaded?.options.get("threads")?.value;
        if (!isReadable || size === undefined || typeof threads !== "number" || threads <= size) continue;
        report("threads", {
          at: pool.at,
          values: { threads, size },
          lower: 1,
          related: [{ at: threaded!.options.get("threads")!.at, message: "the threads of each worker" }],
          fixes: [
            rewrite.changeSettings(deployment, pool.value.kind === "mapping" ? [{ path: [...path, "OPTIONS", "pool", "max_size"], code: String(threads) }] : [{ path: [...path, "OPTIONS", "pool"], code: `{"max_size": ${threads}}` }], `Set \`max_size\` to ${threads}`, "review"),
          ],
        });
      }
    },
  },
});
