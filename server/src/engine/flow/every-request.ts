import type { EventDraft } from "./events";
import type { Machine } from "./machine";

/** What a query costs where every request comes by: in middleware and context processors, in what they call as well. */
export function askedOnEveryRequest(m: Machine, event: EventDraft): EventDraft | undefined {
  if ((m.entry !== "middleware" && m.entry !== "context-processor") || event.kind !== "queryRun" || !event.sends) return undefined;
  return { kind: "everyRequestQuery", at: event.at, query: event.query, how: event.how };
}
