import { defineRule } from "#engine";
import { constantAt, settingAt, textOf } from "../../shared/settings";

/** With DEBUG on, Django keeps every query in memory, loads templates anew and shows its insides. */
export default defineRule({
  id: "debug-in-production",
  summary: "`DEBUG`, or what belongs to it, in the deployed settings",
  impact: "high",
  frameworks: ["django", "prisma", "typeorm", "sequelize"],
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
    templates: {
      what: "templates are parsed anew for each request",
      why: "with `loaders` given, Django leaves out the cached loader that it uses otherwise",
      instead: "wrap them in `django.template.loaders.cached.Loader`",
    },
  },
  check: {
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
