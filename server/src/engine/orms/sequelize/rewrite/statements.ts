import type { QueryRun } from "../../../flow";
import type { FixProposal } from "../../../rule";
import { inFile } from "../../script/rewriter";

/** Takes the statement away whose result nobody reads. */
export function removeQuery({ dropped, at }: QueryRun): FixProposal | undefined {
  if (!dropped || dropped.isAlone || dropped.how === "overwritten") return undefined;
  const { statement } = dropped;
  if (statement.kind !== "expression" && statement.kind !== "assign") return undefined;
  return {
    title: "Remove the query", safety: "review",
    build: inFile(at.uri, (text) => {
      const lineStart = text.lastIndexOf("\n", statement.start - 1) + 1;
      const lineEnd = text.indexOf("\n", statement.end);
      const isWholeLine = /^\s*$/.test(text.slice(lineStart, statement.start)) && /^[;\s]*$/.test(text.slice(statement.end, lineEnd < 0 ? text.length : lineEnd));
      return [{ span: isWholeLine ? { start: lineStart, end: lineEnd < 0 ? text.length : lineEnd + 1 } : { start: statement.start, end: statement.end }, newText: "" }];
    }),
  };
}
