import { defineRule } from "#engine";
import { anchorOf, constantAt, isUnset, itemWith, settingAt } from "../../shared/settings";

/** Caches that all processes share. */
const shared = /(redis|memcached|valkey)/i;

/** The database backend reads the session of every request from the database, and writes it back there. */
export default defineRule({
  id: "database-sessions",
  summary: "Every request reads its session from the database",
  impact: "low",
  frameworks: ["django"],
  messages: {
    cached: {
      what: "sessions are read from the database for every request",
      why: "each signed-in request starts with a query, although a cache is there",
      instead: "use the `cached_db` backend",
    },
    stated: {
      what: "sessions are read from the database for every request",
      why: "each signed-in request starts with a query",
      instead: "set up a cache that the processes share and use the `cached_db` backend",
    },
  },
  check: {
    deployment(deployment, { rewriter, report }) {
      if (!deployment.isDeployed) return;
      const engine = constantAt(deployment, "SESSION_ENGINE");
      const isStated = engine !== undefined && engine.variable === undefined && engine.value === "django.contrib.sessions.backends.db";
      const app = itemWith(settingAt(deployment, "INSTALLED_APPS"), /^django\.contrib\.sessions\b/);
      if (!isStated && !(isUnset(deployment, "SESSION_ENGINE") && app)) return;
      const alias = constantAt(deployment, "SESSION_CACHE_ALIAS")?.value ?? "default";
      const cache = constantAt(deployment, "CACHES", String(alias), "BACKEND");
      const isShared = cache !== undefined && cache.variable === undefined && shared.test(String(cache.value));
      if (!isShared && !isStated) return;
      const at = isStated ? engine.at : app?.at ?? anchorOf(deployment, "INSTALLED_APPS");
      if (!at) return;
      if (!isShared) return report("stated", { at, values: {} });
      report("cached", {
        at,
        values: {},
        related: [{ at: cache.at, message: "the cache" }],
        fixes: [rewriter(deployment.framework).changeSettings(deployment, [{ path: ["SESSION_ENGINE"], code: '"django.contrib.sessions.backends.cached_db"' }], "Read sessions through the cache", "review")],
      });
    },
  },
});
