import { defineRule } from "#engine";
import { constantAt, settingAt, textOf } from "../../shared/settings";

/** With DEBUG on, Django keeps every query in memory, loads templates anew and shows its insides; other ORMs can write every query to the log. */
export default defineRule({
  id: "debug-in-production",
  summary: "`DEBUG`, or logging of every query, where it is deployed",
  impact: "high",
  frameworks: ["django", "prisma", "typeorm", "sequelize", "drizzle", "mikroorm", "knex", "kysely"],
  messages: {
    on: {
      what: "`DEBUG` is on in the deployed settings",
      why: "every query is kept in memory with its parameters, static files go through Python, and errors show settings and code to everybody",
      instead: "set it to `False`",
    },
    byDefault: {
      what: "`DEBUG` is on unless `{variable}` says otherwise",
      why: "where nobody sets it, every query is kept in memory and errors show settings and code to everybody",
      instead: "let it be off by default, and switch it on where it is developed",
    },
    logged: {
      what: "`{name}` writes every query to the log",
      why: "with many requests that is most of what is logged, parameters included, and each of them waits for it",
      instead: "log queries only where it is developed, and slow ones where it is deployed",
    },
    templates: {
      what: "templates are parsed anew for each request",
      why: "with `loaders` given, Django leaves out the cached loader that it uses otherwise",
      instead: "wrap them in `django.template.loaders.cached.Loader`",
    },
  },
  check: {
    clientCreated(client, { report }) {
      const { logsQueries } = client;
      // What a task or test makes for itself is nobody's server.
      if (!logsQueries?.always || client.lives === "call" || client.entry === "task" || client.entry === "command") return;
      report("logged", { at: logsQueries.at, values: { name: client.name }, hint: "logs every query", lower: 2 });
    },
    deployment(deployment, { rewriter, report }) {
      if (!deployment.isDeployed) return;
      const debug = constantAt(deployment, "DEBUG");
      if (debug?.value === true) {
        const isDefault = debug.variable !== undefined;
        const fix = rewriter(deployment.framework).changeSettings(deployment, [{ path: ["DEBUG"], code: "False" }], isDefault ? "Switch `DEBUG` off by default" : "Switch `DEBUG` off", "review");
        if (isDefault) report("byDefault", { at: debug.at, values: { variable: debug.variable || "the environment" }, basis: "inferred", fixes: [fix] });
        else report("on", { at: debug.at, values: {}, fixes: [fix] });
      }
      const templates = settingAt(deployment, "TEMPLATES");
      for (const engine of templates?.kind === "list" ? templates.items : []) {
        const options = engine.kind === "mapping" ? engine.entries.get("OPTIONS") : undefined;
        const loaders = options && !options.maybe && options.value.kind === "mapping" ? options.value.entries.get("loaders") : undefined;
        if (!loaders || loaders.maybe || loaders.value.kind !== "list" || !loaders.value.complete) continue;
        const text = textOf(loaders.value);
        if (!/django\.template\.loaders\.(filesystem|app_directories)/.test(text) || /cached/.test(text)) continue;
        report("templates", { at: loaders.at, values: {}, lower: 1 });
      }
    },
  },
});
