import { defineRule } from "#engine";

const rates: readonly string[] = ["traces_sample_rate", "profiles_sample_rate"];

/** A trace of every request costs time in each of them, and money for each that is kept. */
export default defineRule({
  id: "full-trace-sampling",
  summary: "Every request is traced",
  impact: "low",
  frameworks: ["django"],
  messages: {
    all: {
      what: "every request is traced: `{rate}` is {value}",
      why: "each query and each template becomes a span that is recorded and sent, more of them the more requests there are",
      instead: "sample a part of them",
    },
  },
  check: {
    deployment(deployment, { rewriter, report }) {
      if (!deployment.isDeployed) return;
      const calls = deployment.calls.filter((each) => /^(sentry_sdk\.)?init$/.test(each.callee));
      for (const rate of rates) {
        const given = calls.map((call) => call.keywords.get(rate)).filter((each) => each !== undefined);
        // Several calls are those of several environments: then one that samples is the one that is deployed.
        if (given.length === 0 || given.length < calls.length || calls.some((call) => call.keywords.has("traces_sampler"))) continue;
        if (!given.every(({ value }) => value.kind === "constant" && typeof value.value === "number" && value.value >= 1)) continue;
        const [{ value, at }] = given;
        if (value.kind !== "constant") continue;
        report("all", {
          at,
          values: { rate, value: String(value.value) },
          ...(value.variable !== undefined && { basis: "inferred" as const }),
          fixes: given.length > 1 ? [] : [rewriter(deployment.framework).changeValue(value, "0.1", "Trace one request in ten")],
        });
      }
    },
  },
});
