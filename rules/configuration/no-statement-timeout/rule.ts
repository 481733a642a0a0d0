import { defineRule, type SettingValue } from "#engine";
import { databasesOf, textOf } from "../../shared/settings";

/** A statement without a limit runs as long as it likes, and keeps its connection, its locks and its request. */
export default defineRule({
  id: "no-statement-timeout",
  summary: "Queries may run for ever",
  impact: "low",
  frameworks: ["django"],
  messages: {
    unlimited: {
      what: "nothing ends a query on the `{alias}` database that runs too long",
      why: "one slow query keeps its connection and its locks after the client has gone, and the next requests queue behind it",
      instead: "set `statement_timeout` in OPTIONS",
    },
  },
  check: {
    deployment(deployment, { project, rewriter, report }) {
      // A pooler refuses options at the start of a connection, and may have a limit of its own.
      if (!deployment.isDeployed || deployment.hasPooler || deployment.mentions.includes("statement_timeout")) return;
      if ([...deployment.settings.values()].some((setting) => /statement_timeout/i.test(textOf(setting.value)))) return;
      for (const { alias, value, engine, at } of databasesOf(deployment, project)) {
        // What a URL brings along cannot be seen.
        if (engine !== "postgresql" || !value.complete || !value.display) continue;
        const options = value.entries.get("OPTIONS");
        if (options && (options.maybe || !mayHold(options.value))) continue;
        const given = options?.value.kind === "mapping" ? options.value.entries.get("options")?.value : undefined;
        if (given && (given.kind !== "constant" || typeof given.value !== "string" || given.variable !== undefined)) continue;
        const code = given?.kind === "constant" ? `"${String(given.value).replaceAll('"', '\\"')} -c statement_timeout=30000"` : '"-c statement_timeout=30000"';
        report("unlimited", {
          at,
          values: { alias },
          fixes: [rewriter(deployment.framework).changeSettings(deployment, [{ path: ["DATABASES", alias, "OPTIONS", "options"], code }], "End queries after 30 seconds", "review")],
        });
      }
    },
  },
});

/** All of OPTIONS can be read, and no file elsewhere has more of them. */
function mayHold(options: SettingValue): boolean {
  return options.kind === "mapping" && options.complete && !["service", "passfile", "servicefile"].some((key) => options.entries.has(key));
}
