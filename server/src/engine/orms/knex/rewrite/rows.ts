import type { Query, QueryRun } from "../../../flow";
import type { ProjectModel } from "../../../project";
import type { FixProposal } from "../../../rule";
import { appendStep } from "../../script/calls";
import { inFile } from "../../script/rewriter";
import { statementsAround } from "../../script/statements";
import { rowName, stepsIn } from "./chains";

/** `.limit(100)`. A sketch: which rows may be left out is for a person to say. */
export function limit(query: Query, rows: number): FixProposal | undefined {
  return appended(query, `Load the first ${rows} rows only`, "sketch", `.limit(${rows})`);
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

/** `const [{ count }] = await db("orders").count("* as count")`, `Number(count) > 0` → `const order = await db("orders").first("id")`, `order !== undefined`. Safe. */
export function existsInsteadOfCount(run: QueryRun, project: ProjectModel | undefined): FixProposal | undefined {
  const { uri } = run.at;
  const facts = project?.files.get(uri);
  const entity = project?.entity(run.query.entity);
  const steps = stepsIn(run.query, uri);
  const compared = run.comparedToZero;
  const statement = facts && statementsAround(facts, run.expression).at(-1)?.statement;
  if (!entity?.fields.has(entity.primaryKey) || !steps || !compared || compared.at.uri !== uri || statement?.kind !== "assign") return undefined;
  const count = steps.find(({ name }) => name === "count");
  const first = steps.at(-1)?.name === "first" ? steps.at(-1) : undefined;
  const [target] = statement.targets;
  if (!count || count.call.callee.kind !== "attribute" || (first ?? count) !== steps.at(-1) || steps.some(({ name }) => /^(select|column|columns|distinct|orderBy)/.test(name))) return undefined;
  return {
    title: "Look for one row", safety: "safe", preferred: true,
    build: inFile(uri, (text, { quote }) => {
      const name = [rowName(entity), "found"].find((each) => !new RegExp(`\\b${each}\\b`).test(text.replaceAll(/(["'`])(?:(?!\1)[^\\\r\n]|\\.)*\1/g, "")));
      const dot = text.lastIndexOf(".", (count.call.callee as { readonly nameStart: number }).nameStart);
      if (name === undefined || dot < 0) return undefined;
      const line = /[\r\n][ \t]*$/.exec(text.slice(0, dot))?.[0] ?? "";
      return [
        { span: { start: target.start, end: target.end }, newText: name },
        { span: { start: dot - line.length, end: run.expression.end }, newText: `${line}.first(${quote}${entity.primaryKey}${quote})` },
        { span: compared.at.span, newText: `${name} ${compared.meaning === "some" ? "!==" : "==="} undefined` },
      ];
    }),
  };
}
