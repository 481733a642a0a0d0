import { defineRule } from "#engine";

/** Workers that count to the same number restart together, and nobody serves meanwhile. */
export default defineRule({
  id: "synchronised-worker-restarts",
  summary: "Workers that all restart after the same number of requests",
  impact: "low",
  frameworks: ["django"],
  messages: {
    together: {
      what: "all workers restart after the same {requests} requests",
      why: "the load is shared evenly, so that they restart at about the same time and requests wait for them",
      instead: "spread the restarts with `{option}`",
    },
  },
  check: {
    deployment(deployment, { rewriter, report }) {
      for (const server of deployment.servers) {
        if (server.kind !== "gunicorn" || !server.complete) continue;
        const limit = server.options.get("maxRequests");
        const jitter = server.options.get("maxRequestsJitter");
        const workers = server.options.get("workers");
        if (typeof limit?.value !== "number" || limit.value === 0 || limit.variable !== undefined) continue;
        if (jitter && (jitter.value !== 0 || jitter.variable !== undefined)) continue;
        // One worker has nobody to restart with.
        const isAlone = workers ? workers.value === 1 : !server.scaledByPlatform;
        if (isAlone && server.replicas === 1) continue;
        const spread = Math.max(1, Math.round(limit.value / 10));
        const fix = rewriter(deployment.framework).setServerOption(server, "maxRequestsJitter", spread, "maxRequests", "Spread the restarts");
        report("together", { at: limit.at, values: { requests: limit.value, option: "max_requests_jitter" }, fixes: fix ? [fix] : [] });
      }
    },
  },
});
