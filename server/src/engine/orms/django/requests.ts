import type { Value } from "../../flow/values";

/** `request`, wherever a view or serializer gets it from. */
export function requestValue(): Value {
  return { kind: "object", type: "request", parts: {}, varies: 0 };
}
