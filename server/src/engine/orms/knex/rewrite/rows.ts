import type { Query } from "../../../flow";
import type { ProjectModel } from "../../../project";
import type { FixProposal } from "../../../rule";
import { appendStep } from "../../script/calls";
import { inFile } from "../../script/rewriter";
import { stepsIn } from "./chains";

/** `.limit(100)`. A sketch: which rows may be left out is for a person to say. */
export function limit(query: Query, rows: number): FixProposal | undefined {
  return appended(query, `Limit to ${rows} rows`, "sketch", `.limit(${rows})`);
}

/** `.orderBy("id")`. Review. */
export function orderByKey(query: Query, project: ProjectModel | undefined): FixProposal | undefined {
  const entity = project?.entity(query.entity);
  if (!entity?.fields.has(entity.primaryKey) || query.order !== "none" || query.grouped || query.distinct || query.joined) return undefined;
  return appended(query, "Order by the key", "review", (quote) => `.orderBy(${quote}${entity.primaryKey}${quote})`);
}

function appended(query: Query, title: string, safety: FixProposal["safety"], code: string | ((quote: string) => string)): FixProposal | undefined {
  const { uri, expression } = query.origin.root;
  const steps = stepsIn(query, uri);
  if (!steps || query.joined || query.combined) return undefined;
  const last = steps.at(-1)?.call ?? expression;
  return {
    title, safety, preferred: safety !== "sketch",
    build: inFile(uri, (text, style) => [appendStep(text, last, typeof code === "string" ? code : code(style.quote), style)]),
  };
}
