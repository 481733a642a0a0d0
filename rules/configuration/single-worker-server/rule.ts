import { defineRule, type Server } from "#engine";
import { threadsPerWorker } from "../../shared/servers";

/** One worker without threads answers one request at a time. */
export default defineRule({
  id: "single-worker-server",
  summary: "A server with one worker, or one made for development",
  impact: "medium",
  frameworks: ["django"],
  messages: {
    one: {
      what: "{server} runs one worker without threads",
      why: "one request at a time is answered; all others wait for it, and for whatever it waits for",
      instead: "run more workers or threads",
    },
    unset: {
      what: "{server} runs one worker unless the environment says otherwise",
      why: "one request at a time is answered; all others wait for it, and for whatever it waits for",
      instead: "say how many workers there are",
    },
    development: {
      what: "the development server is deployed",
      why: "it is one process that has not been made for load",
      instead: "use gunicorn, uvicorn or another server made for it",
    },
  },
  check: {
    deployment(deployment, { project, rewriter, report }) {
      const { servers } = deployment;
      const real = servers.filter((server) => server.kind !== "runserver");
      const knowsServer = ["gunicorn", "uvicorn", "daphne", "hypercorn", "granian", "waitress", "uwsgi", "mod-wsgi"].some((name) => project.requires(name));
      if (deployment.isDeployed && real.length === 0 && !knowsServer) {
        const [first] = servers;
        if (first) report("development", { at: first.at, values: {}, basis: "inferred" });
      }
      for (const server of real) {
        if (!isAlone(server)) continue;
        const workers = server.options.get("workers");
        const fix = rewriter(deployment.framework).setServerOption(server, "workers", 3, undefined, "Run three workers");
        const shared = { at: workers?.at ?? server.at, values: { server: server.kind }, fixes: fix ? [fix] : [] };
        // Without a word about it, WEB_CONCURRENCY decides (gunicorn/config.py), which some hosts set.
        if (workers) report("one", shared);
        else if (!server.scaledByPlatform && server.replicas === 1) report("unset", { ...shared, basis: "inferred" });
      }
    },
  },
});

/** One process and one thread, for certain. An event loop serves many requests with one worker. */
function isAlone(server: Server): boolean {
  const { kind, options, complete, protocol, replicas } = server;
  if (!complete || protocol !== "wsgi" || replicas > 1 || (kind !== "gunicorn" && kind !== "uwsgi")) return false;
  const workers = options.get("workers");
  return (!workers || (workers.value === 1 && workers.variable === undefined)) && threadsPerWorker(server) === 1;
}
