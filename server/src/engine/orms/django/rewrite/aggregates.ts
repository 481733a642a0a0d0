import type { Aggregate } from "../../../flow";
import type { FixProposal } from "../../../rule";
import { EditSet, insertion } from "./edit-set";

/** `Count("tags")` → `Count("tags", distinct=True)`. Only where distinct keys are what is counted: `Count("reviews__rating")` would count ratings. */
export function countDistinct(aggregates: readonly Aggregate[]): FixProposal | undefined {
  if (aggregates.length === 0 || !aggregates.every((each) => each.function === "count" && each.countsRowsOnce && !each.distinct)) return undefined;
  return {
    title: "Count distinct rows",
    safety: "review",
    preferred: true,
    build(text) {
      const edits = new EditSet(text);
      for (const { at, expression } of aggregates) {
        const source = edits.source(at.uri);
        const last = expression.arguments.at(-1);
        if (!source?.hasCall(expression) || !last || source.hasComment({ start: last.end, end: expression.close })) return undefined;
        edits.add(at.uri, insertion(last.end, ", distinct=True"));
      }
      return edits.finish();
    },
  };
}
