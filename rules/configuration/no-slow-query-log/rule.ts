import { defineRule } from "#engine";
import { anchorOf, databasesOf, itemWith, settingAt, textOf } from "../../shared/settings";

/** Packages that tell which queries take long. */
const watchers: readonly string[] = [
  "sentry-sdk", "newrelic", "ddtrace", "elastic-apm", "scout-apm", "opentelemetry-instrumentation-django", "opentelemetry-instrumentation-psycopg", "opentelemetry-instrumentation-psycopg2",
  "django-silk", "appsignal", "logfire", "honeycomb-beeline", "aws-xray-sdk", "django-prometheus", "datadog", "azure-monitor-opentelemetry", "instana", "skywalking",
];

/** Nothing records which queries take long: their tables grow unseen. */
export default defineRule({
  id: "no-slow-query-log",
  summary: "Nothing records slow queries",
  impact: "low",
  frameworks: ["django"],
  enabledByDefault: false,
  messages: {
    none: {
      what: "nothing records queries that take long",
      why: "a query that grows with its table is noticed when requests fail",
      instead: "set `log_min_duration_statement` in PostgreSQL, or use a monitor that times queries",
    },
  },
  check: {
    deployment(deployment, { project, rewriter, report }) {
      if (!deployment.isDeployed || watchers.some((name) => project.requires(name))) return;
      if (deployment.mentions.some((each) => each === "log_min_duration_statement" || each === "auto_explain") || deployment.database?.logsSlowQueries) return;
      const main = databasesOf(deployment, project).find((each) => each.alias === "default");
      if (main?.engine !== "postgresql") return;
      if (/log_min_duration_statement/.test(textOf(main.value)) || /django\.db/.test(textOf(settingAt(deployment, "LOGGING")))) return;
      if (itemWith(settingAt(deployment, "MIDDLEWARE"), /silk|newrelic|slow|profil|trac/i)) return;
      const at = anchorOf(deployment, "LOGGING") ?? main.at;
      const fix = rewriter(deployment.framework).logSlowQueries(deployment, 500, "Log queries of half a second in the database");
      report("none", { at, values: {}, fixes: fix ? [fix] : [] });
    },
  },
});
