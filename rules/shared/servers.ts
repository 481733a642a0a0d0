import type { Server } from "#engine";

/**
 * How many threads of each worker answer requests; undefined when that cannot be told, or is no number of threads (greenlets, an event loop).
 * gunicorn (`threads`, `worker_class`) and uWSGI start one unless told otherwise; gunicorn's other worker classes take no notice of `threads`.
 */
export function threadsPerWorker({ kind, options }: Server): number | undefined {
  const worker = options.get("workerClass");
  if (worker && worker.value !== "sync" && worker.value !== "gthread") return undefined;
  const threads = options.get("threads");
  if (threads) return typeof threads.value === "number" && threads.variable === undefined ? threads.value : undefined;
  return kind === "gunicorn" || kind === "uwsgi" ? 1 : undefined;
}
