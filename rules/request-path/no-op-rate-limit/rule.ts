import { defineRule } from "#engine";
import { settingAt } from "../../shared/settings";

/** Something that reads like a rate limit and turns nobody away. */
export default defineRule({
  id: "no-op-rate-limit",
  summary: "A rate limit that limits nothing",
  impact: "high",
  frameworks: ["django"],
  messages: {
    withoutRate: {
      what: "this `ratelimit` has no rate",
      why: "without a number it lets every request through",
      instead: "give it one: `rate=\"10/m\"`",
    },
    notRefused: {
      what: "this `ratelimit` only counts",
      why: "it notes on the request that there were too many, and nothing here reads `request.limited`",
      instead: "pass `block=True`, or answer for yourself where `request.limited` is true",
    },
    withoutScope: {
      what: "`ScopedRateThrottle` finds no `throttle_scope` on this view",
      why: "without one it lets every request through",
      instead: "name a scope, and give it a rate in `DEFAULT_THROTTLE_RATES`",
    },
    withoutThrottleRate: {
      what: "`{name}` has no rate in the settings",
      why: "REST framework's own rates are None, with which it lets every request through",
      instead: "set `DEFAULT_THROTTLE_RATES`",
    },
    switchedOff: {
      what: "`RATELIMIT_ENABLE = False` in the deployed settings",
      why: "all limits of django-ratelimit let every request through",
      instead: "switch it off only where tests run",
    },
  },
  check: {
    rateLimitDeclared(event, { report }) {
      const about = { at: event.at, hint: "limits nothing" };
      if (event.by === "decorator") {
        if (event.rate === "none") report("withoutRate", { ...about, values: {} });
        else if (event.rate === "given" && event.refuses === "no") report("notRefused", { ...about, values: {} });
      } else if (event.rate === "none") {
        if (event.name === "ScopedRateThrottle") report("withoutScope", { ...about, values: {} });
        else report("withoutThrottleRate", { ...about, values: { name: event.name } });
      }
    },
    deployment(deployment, { report }) {
      const enabled = settingAt(deployment, "RATELIMIT_ENABLE");
      if (deployment.isDeployed && enabled?.kind === "constant" && enabled.value === false && enabled.variable === undefined) report("switchedOff", { at: enabled.at, values: {}, hint: "limits nothing" });
    },
  },
});
