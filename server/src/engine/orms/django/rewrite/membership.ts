import type { Membership, QueryRun } from "../../../flow";
import type { ProjectModel } from "../../../project";
import type { FixProposal } from "../../../rule";
import { standalone } from "./chain";
import { EditSet, replacement } from "./edit-set";
import type { SourceText } from "./source-text";

/**
 * `row in rows` → `rows.contains(row)`, from Django 4.0 on (*QuerySet.contains()*). It raises TypeError for what is no row, `None` and anonymous users
 * among them, and ValueError for a row that is not saved (measured on 5.2): only rows that a query gave are surely neither.
 */
export function containsInDatabase(run: QueryRun, project: ProjectModel): FixProposal | undefined {
  const { membership, query } = run;
  if (!membership || query.combined || query.bound.kind !== "none") return undefined;
  if (query.shape === "instances") {
    const version = project.version("django");
    if (membership.entity !== query.entity || (version && version[0] < 4)) return undefined;
    return proposal(membership, membership.isFetched ? "safe" : "review", (source, row) => `${standalone(source, rowsOf(membership))}.contains(${row})`);
  }
  const step = query.origin.steps.at(-1);
  if (query.shape !== "scalars" || query.values.length !== 1 || step?.name !== "values_list" || step.uri !== membership.at.uri) return undefined;
  const { call } = step;
  if (call.start !== rowsOf(membership).start || call.end !== rowsOf(membership).end || call.callee.kind !== "attribute") return undefined;
  const before = call.callee.nameStart;
  return proposal(membership, "review", (source, value) => `${source.slice({ start: call.start, end: before })}filter(${query.values[0]}=${value}).exists()`);
}

/** What stands behind `in`. */
function rowsOf({ expression }: Membership): { readonly start: number; readonly end: number } {
  return expression.kind === "comparison" ? expression.right : expression;
}

function proposal(membership: Membership, safety: FixProposal["safety"], call: (source: SourceText, member: string) => string): FixProposal {
  const { at, expression, negated } = membership;
  return {
    title: "Ask the database whether it is one of them",
    safety,
    preferred: true,
    build(text) {
      const edits = new EditSet(text);
      const source = edits.source(at.uri);
      if (!source?.holds(at.span) || expression.kind !== "comparison" || source.hasComment(at.span)) return undefined;
      const member = source.slice(expression.left);
      const between = source.slice({ start: expression.left.end, end: expression.right.start });
      if (/[\r\n]/.test(member + between) || !/^\s*(not\s+)?in\s*$/.test(between)) return undefined;
      edits.add(at.uri, replacement(at.span.start, at.span.end, (negated ? "not " : "") + call(source, member)));
      return edits.finish();
    },
  };
}
