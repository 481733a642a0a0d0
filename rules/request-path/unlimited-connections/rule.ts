import { defineRule } from "#engine";
import type { ConsumerDeclared, FixProposal } from "#engine";

/** A WebSocket consumer that lets everybody in, as often as they like. */
export default defineRule({
  id: "unlimited-connections",
  summary: "A WebSocket consumer that accepts every connection",
  impact: "high",
  frameworks: ["django"],
  messages: {
    acceptsAll: {
      what: "`{name}` accepts every connection",
      why: "anybody may open as many as they like, and each holds memory and a task until it is closed",
      instead: "refuse those who are not logged in, and limit how many connections one user may have",
    },
  },
  check: {
    consumerDeclared(event, { report }) {
      if (event.accepts !== "everyone") return;
      report("acceptsAll", {
        at: event.at,
        values: { name: event.name },
        related: event.accept ? [{ at: event.accept.statement, message: "accepted here" }] : [],
        fixes: event.accept ? [refuseAnonymous(event.accept)] : [],
        hint: "no limit",
      });
    },
  },
});

/** A sketch: who may connect, and how often, is for a person to say. */
function refuseAnonymous({ statement, isAsync }: NonNullable<ConsumerDeclared["accept"]>): FixProposal {
  return {
    title: "Refuse those who are not logged in",
    safety: "sketch",
    build(text) {
      const source = text(statement.uri);
      const { start } = statement.span;
      const indent = source === undefined ? undefined : /(?:^|\n)([ \t]*)$/.exec(source.slice(0, start))?.[1];
      if (indent === undefined) return undefined;
      const newText = [`if self.scope["user"].is_anonymous:`, `${indent}    ${isAsync ? "await " : ""}self.close()`, `${indent}    return`, indent].join("\n");
      return [{ uri: statement.uri, edits: [{ span: { start, end: start }, newText }] }];
    },
  };
}
