import type { Expression } from "../../../facts";
import type { PageSized, Query, QueryRun, RowsFiltered, RowsReduced } from "../../../flow";
import type { ProjectModel } from "../../../project";
import type { FixProposal } from "../../../rule";
import type { Location } from "../../../source";
import { countInstead } from "../../script/counting";
import { filterWithQuery } from "../../script/filtering";
import { limitNumber } from "../../script/page-size";
import { sumWithQuery } from "../../script/summing";
import { inFile } from "../../script/rewriter";
import { quotedText } from "../../script/source-style";
import { addToFinder, aliasOf, appendStep, builderSteps, finderOf } from "./calls";

/** `take: 100`, `.take(100)`: which rows may be left out is for a person to say. A sketch. */
export function limit(query: Query, rows: number, _at: unknown, project: ProjectModel | undefined): FixProposal | undefined {
  return added(query, project, `Load the first ${rows} rows only`, `take: ${rows}`, () => `.take(${rows})`, "sketch");
}

/** `order: { id: "ASC" }`, `.orderBy("user.id")`. Review. */
export function orderByKey(query: Query, project: ProjectModel | undefined): FixProposal | undefined {
  const entity = project?.entity(query.entity);
  if (!entity || query.grouped) return undefined;
  const key = entity.primaryKey;
  return added(query, project, "Order by the primary key", `order: { ${key}: "ASC" }`, (alias) => (alias === undefined ? undefined : `.orderBy("${alias}.${key}")`), "review");
}

function added(query: Query, project: ProjectModel | undefined, title: string, property: string, step: (alias: string | undefined) => string | undefined, safety: "sketch" | "review"): FixProposal | undefined {
  const finder = finderOf(query, project);
  const steps = builderSteps(query);
  const code = steps && step(aliasOf(steps));
  if (!finder && code === undefined) return undefined;
  const uri = finder?.uri ?? query.origin.root.uri;
  return {
    title, safety, ...(safety === "review" && { preferred: true }),
    build: inFile(uri, (text, style) => {
      const inQuotes = (code: string): string => code.replace(/"([^"]*)"/g, (_, value: string) => quotedText(value, style));
      return finder
        ? addToFinder(text, finder, inQuotes(property), style)
        : steps && code !== undefined ? [appendStep(text, steps[steps.length - 1].call, inQuotes(code), style)] : undefined;
    }),
  };
}

/** `getOne()` of many rows: `.limit(1)` before it, where nothing is joined that would make several rows of one. Review. */
function firstOnly(event: RowsReduced): FixProposal | undefined {
  const steps = builderSteps(event.query);
  if (event.by !== "first-of-list" || !steps || event.query.loads.size > 0 || steps.some(({ name }) => /Join/.test(name))) return undefined;
  const { uri } = event.query.origin.root;
  return {
    title: "Load only the first row", safety: "review", preferred: true,
    build: inFile(uri, (text, style) => [appendStep(text, steps[steps.length - 1].call, ".limit(1)", style)]),
  };
}

/** `take: limit` → `take: Math.min(limit, 100)`. Review. */
export function limitPageSize(event: PageSized): FixProposal | undefined {
  return limitNumber(event, "Allow 100 rows at the most");
}

/** `(await users.count({ where })) > 0` → `await users.exists({ where })` (TypeORM 0.3.18 and later). Safe. */
export function existsInsteadOfCount(run: QueryRun, project: ProjectModel | undefined): FixProposal | undefined {
  const { comparedToZero, expression, at } = run;
  const version = project?.version("typeorm");
  if (!comparedToZero || expression.kind !== "call" || expression.callee.kind !== "attribute" || (version && version[0] === 0 && version[1] < 3)) return undefined;
  const name = { count: "exists", countBy: "existsBy", getCount: "getExists" }[expression.callee.name];
  if (name === undefined) return undefined;
  const { callee } = expression;
  const { expression: whole, meaning } = comparedToZero;
  return {
    title: "Ask whether there is one instead of counting", safety: "safe", preferred: true,
    build: inFile(at.uri, (text) => {
      const call = text.slice(expression.start, callee.nameStart) + name + text.slice(callee.end, expression.end);
      const before = text.slice(whole.start, expression.start);
      if (!/^[(\s!]*await\s+$/.test(before)) return undefined;
      const code = `await ${call}`;
      return [{ span: { start: whole.start, end: whole.end }, newText: meaning === "none" ? `!(${code})` : needsParentheses(text, whole.start, whole.end) ? `(${code})` : code }];
    }),
  };
}

function needsParentheses(text: string, start: number, end: number): boolean {
  return /[!]\s*$/.test(text.slice(0, start)) || /^\s*(\?|\.|&&|\|\||===?|!==?)/.test(text.slice(end, end + 10));
}

/** `(await orders.find({ where })).length` → `await orders.count({ where })`; `findBy` → `countBy`. Safe. */
export function countInDatabase(at: Location, rows: Expression): FixProposal | undefined {
  const isNamed = rows.kind === "call" && rows.arguments[0]?.value.kind === "name" && /^[A-Z]/.test(rows.arguments[0].value.name);
  return countInstead({ names: { find: "count", findBy: "countBy" }, options: isNamed ? 1 : 0, dropped: /^(select|order|relations|loadEagerRelations)$/, isCondition: (name) => name === "findBy" }, at, rows);
}

/** `rows.filter((row) => row.status === "open")` → `where: { status: "open" }`. Review. */
export function filterInDatabase(event: RowsFiltered, project: ProjectModel | undefined): FixProposal | undefined {
  const finder = finderOf(event.query, project);
  return filterWithQuery(finder && /^find(By)?$/.test(finder.name) ? finder : undefined, event, project, event.query.entity);
}

/** `getOne()` of many rows, and sums: `items.reduce((sum, item) => sum + item.quantity, 0)` → `sum("quantity", where)` (TypeORM 0.3.11 and later). Review. */
export function aggregateInDatabase(event: RowsReduced, project: ProjectModel | undefined): FixProposal | undefined {
  const finder = finderOf(event.query);
  const version = project?.version("typeorm");
  const isOld = version && version[0] === 0 && version[1] < 3;
  // `sum()` takes columns that are numbers in code; decimals are strings there.
  const holds = project?.entity(event.query.entity)?.fields.get(event.field ?? "")?.holds;
  if (!finder || isOld || holds === "decimal" || !/^find(By)?$/.test(finder.name) || finder.call.callee.kind !== "attribute") return firstOnly(event);
  return sumWithQuery({ ...finder, nameStart: finder.call.callee.nameStart }, event, project, (_text, column, where) => ({ method: "sum", arguments: where === undefined ? column : `${column}, ${where}` }));
}
