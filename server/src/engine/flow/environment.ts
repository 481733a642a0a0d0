import type { Call, Expression } from "../facts";
import { usualNumber, type Value } from "./values";

/** `env.int(…)`, `config(…)` (decouple), `os.getenv(…)`, `os.environ.get(…)`, `int_env(…)`. */
const READS = /^((os\.)?(environ|getenv)(\.get)?|(\w*env|config|environ)(\.\w+)?|decouple\.config|get_?env\w*|\w+_env|env_\w+)$/i;

/** What a call that asks the environment mostly gives: the number it has for want of another, which installations may set otherwise. */
export function environmentNumber(call: Call, callee: string): Value | undefined {
  if (!READS.test(callee)) return undefined;
  const [variable, second] = call.arguments.filter((each) => each.name === undefined);
  if (variable?.value.kind !== "literal" || typeof variable.value.value !== "string") return undefined;
  const fallback = (call.arguments.find((each) => each.name === "default") ?? second)?.value;
  const number = fallback && numberIn(fallback);
  return number === undefined ? undefined : usualNumber(number);
}

function numberIn(expression: Expression): number | undefined {
  if (expression.kind !== "literal") return undefined;
  if (typeof expression.value === "number") return expression.value;
  return typeof expression.value === "string" && /^\d+$/.test(expression.value) ? Number(expression.value) : undefined;
}
