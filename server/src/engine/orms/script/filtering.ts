import type { Call } from "../../facts";
import type { RowsFiltered } from "../../flow";
import type { ProjectModel } from "../../project";
import type { FixProposal } from "../../rule";
import type { TextEdit } from "../../source";
import { addOption, addProperty, codeOf, entryOf } from "./object-literals";
import { inFile } from "./rewriter";
import type { SourceStyle } from "./source-style";

/** The call that finds the rows, and where its conditions are: in an option, or an argument of their own. */
export interface Conditions {
  readonly uri: string;
  readonly call: Call;
  /** The place of the argument. */
  readonly at: number;
  readonly form: "options" | "conditions";
}

/**
 * `rows.filter((row) => row.status === "open")` → `where: { status: "open" }` in the query, and the rows as they come. Equality with what is written out alone: to the database
 * nothing differs from a missing value. Review.
 */
export function filterWithQuery(found: Conditions | undefined, { at, field, operator, negated, value, condition }: RowsFiltered, project: ProjectModel | undefined, query: string): FixProposal | undefined {
  const column = project?.entity(query)?.fields.get(field);
  const isTruth = operator === "truth" && !negated && column?.holds === "boolean";
  if (!found || found.uri !== at.uri || condition.start < at.span.start || found.call.arguments.some(({ spread }) => spread)) return undefined;
  if (!isTruth && (operator !== "==" || negated || value?.kind !== "literal" || value.value === null)) return undefined;
  return {
    title: "Filter in the database", safety: "review", preferred: true,
    build: inFile(at.uri, (text, style) => {
      const dot = text.lastIndexOf(".filter", condition.start);
      const added = withCondition(text, found, field, value ? codeOf(text, value) : "true", style);
      if (dot < at.span.start || !added) return undefined;
      const line = /[ \t]*[\r\n]+[ \t]*$/.exec(text.slice(0, dot))?.[0] ?? "";
      return [added, { span: { start: dot - line.length, end: at.span.end }, newText: "" }];
    }),
  };
}

function withCondition(text: string, { call, at, form }: Conditions, field: string, code: string, style: SourceStyle): TextEdit | undefined {
  const given = call.arguments[at]?.value;
  const space = style.spacesInBraces ? " " : "";
  const conditions = form === "conditions" ? given : given?.kind === "mapping" ? entryOf(given, "where")?.value : undefined;
  if (conditions) return conditions.kind === "mapping" && !entryOf(conditions, field) && conditions.entries.every(({ key }) => key) ? addProperty(text, conditions, `${field}: ${code}`, style) : undefined;
  if (given && (given.kind !== "mapping" || given.entries.some(({ key }) => !key))) return undefined;
  return addOption(text, call, at, form === "conditions" ? `${field}: ${code}` : `where: {${space}${field}: ${code}${space}}`, style);
}
