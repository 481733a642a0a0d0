import type { Load, Query } from "../../../flow";
import type { FixProposal } from "../../../rule";
import { dotOf } from "./chain";
import { EditSet, replacement } from "./edit-set";

/** Takes one path out of `select_related`/`prefetch_related`, and the call when it was the last. A longer path may be wanted for its first hops, and stays. */
export function dropLoad(load: Load, query: Query): FixProposal | undefined {
  const { uri, span } = load.at;
  const { steps } = query.origin;
  const position = steps.findIndex((step) => step.uri === uri && step.call.start <= span.start && span.end <= step.call.end && step.call.arguments.some((argument) => argument.start === span.start));
  const call = steps[position]?.call;
  if (!call || load.path.includes("__") || call.callee.kind !== "attribute") return undefined;
  const { callee } = call;
  const index = call.arguments.findIndex((argument) => argument.start === span.start);
  return {
    title: `Leave \`${load.path}\` out`,
    safety: "review",
    preferred: true,
    build(text) {
      const edits = new EditSet(text);
      const source = edits.source(uri);
      if (!source?.hasCall(call) || source.hasComment({ start: callee.object.end, end: call.close })) return undefined;
      const next = call.arguments[index + 1];
      const before = call.arguments[index - 1];
      if (next) edits.add(uri, replacement(span.start, next.start, ""));
      else if (before) edits.add(uri, replacement(before.end, span.end, ""));
      else {
        const dot = dotOf(source, callee);
        // A manager is no query: something has to make one.
        const isManager = query.origin.kind !== "queryset-method" && position === 0;
        const goesOn = /^\s*\.\s*\w+\s*\(/.test(source.text.slice(call.close + 1, call.close + 200));
        if (dot === undefined) return undefined;
        edits.add(uri, isManager && !goesOn ? replacement(callee.nameStart, call.close + 1, "all()") : replacement(callee.object.end, call.close + 1, ""));
      }
      return edits.finish();
    },
  };
}
