import type { Call } from "../../../facts";
import type { QueryRun } from "../../../flow";
import type { FixProposal } from "../../../rule";
import { EditSet, replacement } from "./edit-set";
import { nodesOf } from "./names";

/** Calls that only look, around a query or inside its conditions. */
const ONLY_LOOKS = /^(list|tuple|set|sorted|len|bool|str|int|Q|F|Count|Sum|Max|Min|Avg|now|today|date|timedelta)$/;

/** Takes the statement away whose result nobody reads. Calls in its arguments may do more than give a value: then it stays. */
export function removeQuery(run: QueryRun): FixProposal | undefined {
  const { dropped, query, at } = run;
  if (!dropped || query.origin.root.uri !== at.uri) return undefined;
  const { statement, isAlone } = dropped;
  const root = query.origin.root.expression;
  // A query of another statement stays: only its result is not read.
  if (root.start < statement.start || root.end > statement.end) return undefined;
  const calls = [...nodesOf(statement)].filter((node) => node.kind === "call") as unknown as Call[];
  if (!calls.every((call) => call.start === root.start || (call.callee.kind === "name" ? ONLY_LOOKS.test(call.callee.name) : call.callee.kind === "attribute" && ONLY_LOOKS.test(call.callee.name)))) return undefined;
  return {
    title: "Remove the query",
    safety: "review",
    preferred: true,
    build(text) {
      const edits = new EditSet(text);
      const source = edits.source(at.uri);
      if (!source?.ownsLines(statement) || source.hasComment({ start: statement.start, end: source.lineEnd(statement.end) })) return undefined;
      if (isAlone) edits.add(at.uri, replacement(statement.start, statement.end, "pass"));
      else edits.add(at.uri, replacement(source.lineStart(statement.start), source.nextLine(statement.end), ""));
      return edits.finish();
    },
  };
}
