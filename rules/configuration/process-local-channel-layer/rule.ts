import { defineRule } from "#engine";
import { constantAt, redisAddress } from "../../shared/settings";

/** InMemoryChannelLayer knows the consumers of one process: a group message never reaches those of another. */
export default defineRule({
  id: "process-local-channel-layer",
  summary: "Channel layer in the memory of each process",
  impact: "high",
  frameworks: ["django"],
  messages: {
    local: {
      what: "the channel layer lives in the memory of one process",
      why: "a message to a group reaches only the sockets that the same process holds, so that with a second process or a worker some are lost",
      instead: "use `channels_redis`",
    },
  },
  check: {
    deployment(deployment, { rewriter, report }) {
      if (!deployment.isDeployed) return;
      const backend = constantAt(deployment, "CHANNEL_LAYERS", "default", "BACKEND");
      if (!backend || backend.variable !== undefined || !/^channels\.layers\.InMemoryChannelLayer$/.test(String(backend.value))) return;
      const path = ["CHANNEL_LAYERS", "default"];
      report("local", {
        at: backend.at,
        values: {},
        // One process alone is served well; nobody can scale it, though.
        basis: deployment.severalProcesses ? "resolved" : "inferred",
        related: deployment.severalProcesses ? [{ at: deployment.severalProcesses, message: "several processes serve" }] : [],
        fixes: [
          rewriter(deployment.framework).changeSettings(deployment, [
            { path: [...path, "BACKEND"], code: '"channels_redis.core.RedisChannelLayer"' },
            { path: [...path, "CONFIG"], code: `{"hosts": [${redisAddress(0)}]}` },
          ], "Use Redis", "review"),
        ],
      });
    },
  },
});
