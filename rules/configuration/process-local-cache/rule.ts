import { defineRule, type Deployment } from "#engine";
import { anchorOf, constantAt, isAtLeast, isUnset, itemWith, redisAddress, settingAt } from "../../shared/settings";

/** LocMemCache, Django's default, lives in one process: the others neither see what it holds nor forget it. */
export default defineRule({
  id: "process-local-cache",
  summary: "Cache in the memory of each process where several serve",
  impact: "medium",
  frameworks: ["django"],
  messages: {
    local: {
      what: "each of the server's processes has a cache of its own",
      why: "{use}; all is gone when a worker restarts",
      instead: "use a cache that the processes share, such as Redis",
    },
    default: {
      what: "no cache is configured, so each of the server's processes has one of its own",
      why: "{use}; all is gone when a worker restarts",
      instead: "set `CACHES` to a cache that the processes share, such as Redis",
    },
  },
  check: {
    deployment(deployment, { project, rewriter, report }) {
      const evidence = deployment.severalProcesses;
      if (!deployment.isDeployed || !evidence) return;
      const use = useOf(deployment);
      const backend = constantAt(deployment, "CACHES", "default", "BACKEND");
      const isDefault = isUnset(deployment, "CACHES");
      if (!use || !(isDefault || (backend?.variable === undefined && backend?.value === "django.core.cache.backends.locmem.LocMemCache"))) return;
      const at = isDefault ? anchorOf(deployment, "SESSION_ENGINE", "REST_FRAMEWORK", "MIDDLEWARE", "INSTALLED_APPS") : backend!.at;
      if (!at) return;
      const version = project.version("django");
      const isBuiltIn = !version || isAtLeast(version, 4, 0);
      const redis = project.requires("django-redis") || !isBuiltIn ? '"django_redis.cache.RedisCache"' : '"django.core.cache.backends.redis.RedisCache"';
      const address = redisAddress(1);
      const changes = isDefault
        ? [{ path: ["CACHES"], code: `{\n    "default": {\n        "BACKEND": ${redis},\n        "LOCATION": ${address},\n    },\n}` }]
        : [
            { path: ["CACHES", "default", "BACKEND"], code: redis },
            { path: ["CACHES", "default", "LOCATION"], code: address },
            // They are LocMemCache's own (MAX_ENTRIES, CULL_FREQUENCY): a Redis client refuses them.
            ...(settingAt(deployment, "CACHES", "default", "OPTIONS") ? [{ path: ["CACHES", "default", "OPTIONS"] }] : []),
          ];
      report(isDefault ? "default" : "local", {
        at,
        values: { use },
        related: [{ at: evidence, message: "several processes serve" }],
        fixes: [rewriter(deployment.framework).changeSettings(deployment, changes, "Use Redis", "review")],
      });
    },
  },
});

/** What the cache is used for, where processes must agree. */
function useOf(deployment: Deployment): string | undefined {
  const engine = constantAt(deployment, "SESSION_ENGINE")?.value;
  if (engine === "django.contrib.sessions.backends.cache") return "a session that one process keeps is unknown to the next";
  if (engine === "django.contrib.sessions.backends.cached_db") return "a session changed in one process stays as it was in the others";
  const throttles = settingAt(deployment, "REST_FRAMEWORK", "DEFAULT_THROTTLE_CLASSES");
  if (throttles?.kind === "list" && throttles.items.length > 0) return "each process counts requests by itself, so that a client gets as many times the rate as there are processes";
  if (itemWith(settingAt(deployment, "INSTALLED_APPS"), /^(django_ratelimit|ratelimit|cachalot|defender)\b/)) return "each process counts and remembers for itself";
  if (deployment.usesCache) return "what one process stores the others compute again, and what it deletes stays with them";
  if (itemWith(settingAt(deployment, "MIDDLEWARE"), /UpdateCacheMiddleware/)) return "each page is built once per process";
  return undefined;
}
