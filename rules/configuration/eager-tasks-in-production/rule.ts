import { defineRule } from "#engine";
import { constantAt, settingAt } from "../../shared/settings";

/** Tasks that run at once run inside the request that should have handed them over. */
export default defineRule({
  id: "eager-tasks-in-production",
  summary: "Tasks run inside the request in the deployed settings",
  impact: "high",
  frameworks: ["django"],
  messages: {
    eager: {
      what: "tasks run inside the request",
      why: "each `delay()` keeps the response until the task is done, and no worker ever gets one",
      instead: "switch it off where a worker runs",
    },
    byDefault: {
      what: "tasks run inside the request unless `{variable}` says otherwise",
      why: "where nobody sets it, each `delay()` keeps the response until the task is done",
      instead: "let tasks go to the worker by default",
    },
    immediate: {
      what: "tasks run inside the request",
      why: "`ImmediateBackend` runs a task where it is enqueued and keeps the response until it is done",
      instead: "use a backend with a worker",
    },
  },
  check: {
    deployment(deployment, { rewriter, report }) {
      if (!deployment.isDeployed) return;
      for (const [name, setting] of deployment.settings) {
        // `namespace="CELERY"` gives the settings their prefix; the old names had another.
        if (!/^([A-Z]+_)?(TASK_)?ALWAYS_EAGER$/.test(name)) continue;
        const { value } = setting;
        if (value.kind !== "constant" || value.value !== true) continue;
        const fix = (title: string) => rewriter(deployment.framework).changeSettings(deployment, [{ path: [name], code: "False" }], title, "review");
        if (value.variable === undefined) report("eager", { at: value.at, values: {}, fixes: [fix("Send tasks to the worker")] });
        else report("byDefault", { at: value.at, values: { variable: value.variable || "the environment" }, basis: "inferred", fixes: [fix("Send tasks to the worker by default")] });
      }
      const tasks = settingAt(deployment, "TASKS");
      for (const alias of tasks?.kind === "mapping" ? tasks.entries.keys() : []) {
        const backend = constantAt(deployment, "TASKS", alias, "BACKEND");
        if (backend?.variable === undefined && backend?.value === "django.tasks.backends.immediate.ImmediateBackend") report("immediate", { at: backend.at, values: {} });
      }
    },
  },
});
