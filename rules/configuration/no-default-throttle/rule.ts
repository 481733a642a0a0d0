import { defineRule } from "#engine";
import { anchorOf, isUnset, itemWith, settingAt } from "../../shared/settings";

/** REST framework lets everybody ask as often as they like unless throttles are set. */
export default defineRule({
  id: "no-default-throttle",
  summary: "REST framework without a default throttle",
  impact: "low",
  frameworks: ["django"],
  messages: {
    none: {
      what: "REST framework has no default throttle",
      why: "one client may take all workers with requests that are costly",
      instead: "set `DEFAULT_THROTTLE_CLASSES` and `DEFAULT_THROTTLE_RATES`",
    },
  },
  check: {
    deployment(deployment, { rewriter, report }) {
      if (!deployment.isDeployed || deployment.api.count === 0 || deployment.api.throttled) return;
      const classes = settingAt(deployment, "REST_FRAMEWORK", "DEFAULT_THROTTLE_CLASSES");
      const isEmpty = classes?.kind === "list" && classes.complete && classes.items.length === 0;
      if (!isEmpty && !isUnset(deployment, "REST_FRAMEWORK", "DEFAULT_THROTTLE_CLASSES")) return;
      const apps = settingAt(deployment, "INSTALLED_APPS");
      // Something else counts requests.
      if (itemWith(apps, /ratelimit|throttle|defender/i) || itemWith(settingAt(deployment, "MIDDLEWARE"), /ratelimit|throttl/i)) return;
      const at = anchorOf(deployment, "REST_FRAMEWORK") ?? itemWith(apps, /^rest_framework\b/)?.at;
      if (!at) return;
      const anonymous = '["rest_framework.throttling.AnonRateThrottle", "rest_framework.throttling.UserRateThrottle"]';
      const rates = '{"anon": "60/min", "user": "600/min"}';
      const changes = deployment.settings.has("REST_FRAMEWORK")
        ? [{ path: ["REST_FRAMEWORK", "DEFAULT_THROTTLE_CLASSES"], code: anonymous }, { path: ["REST_FRAMEWORK", "DEFAULT_THROTTLE_RATES"], code: rates }]
        : [{ path: ["REST_FRAMEWORK"], code: `{\n    "DEFAULT_THROTTLE_CLASSES": ${anonymous},\n    "DEFAULT_THROTTLE_RATES": ${rates},\n}` }];
      report("none", { at, values: {}, fixes: [rewriter(deployment.framework).changeSettings(deployment, changes, "Throttle by default", "review")] });
    },
  },
});
