import type { Expression } from "../../../facts";
import type { PageSized, Query, QueryRun, RowsFiltered, RowWritten } from "../../../flow";
import type { ProjectModel } from "../../../project";
import type { FixProposal } from "../../../rule";
import type { Location } from "../../../source";
import { countInstead } from "../../script/counting";
import { filterWithQuery } from "../../script/filtering";
import { addOption, codeOf, entryOf } from "../../script/object-literals";
import { limitNumber } from "../../script/page-size";
import { inFile } from "../../script/rewriter";
import { wholeLines } from "../../script/sent-once";
import { writtenCall } from "./calls";

/** `take: 100`. A sketch: which rows may be left out is for a person to say. They come in the order of their key where none is given. */
export function limit(query: Query, rows: number, project: ProjectModel | undefined): FixProposal | undefined {
  const written = writtenCall(query, project);
  if (!written || written.name !== "findMany" || (written.options && entryOf(written.options, "take"))) return undefined;
  return {
    title: `Load the first ${rows} rows only`, safety: "sketch",
    build: inFile(written.uri, (text, style) => {
      const edit = addOption(text, written.call, 0, `take: ${rows}`, style);
      return edit && [edit];
    }),
  };
}

/** `Math.min(size, 100)`. Review: larger pages are cut. */
export function limitPageSize(event: PageSized): FixProposal | undefined {
  return limitNumber(event);
}

/** `omit: { body: true }` (Prisma 6.2: *Excluding fields*). Review. */
export function deferColumns(query: Query, columns: readonly string[]): FixProposal | undefined {
  const written = writtenCall(query);
  if (!written || written.name !== "findMany" || (written.options && ["select", "omit"].some((name) => entryOf(written.options!, name)))) return undefined;
  return {
    title: `Leave ${columns.map((column) => `\`${column}\``).join(", ")} out of the rows`, safety: "review", preferred: true,
    build: inFile(written.uri, (text, style) => {
      const edit = addOption(text, written.call, 0, `omit: { ${columns.map((column) => `${column}: true`).join(", ")} }`, style);
      return edit && [edit];
    }),
  };
}

/** `(await x.findMany(…)).length` → `await x.count(…)`. Safe. */
export function countInDatabase(at: Location, rows: Expression): FixProposal | undefined {
  return countInstead({ names: { findMany: "count" }, options: 0, dropped: /^(select|include|omit|orderBy)$/ }, at, rows);
}

/** `rows.filter((row) => row.status === "open")` → `where: { status: "open" }`. Review. */
export function filterInDatabase(event: RowsFiltered, project: ProjectModel | undefined): FixProposal | undefined {
  const written = writtenCall(event.query, project);
  return filterWithQuery(written?.name === "findMany" ? { ...written, at: 0, form: "options" } : undefined, event, project, event.query.entity);
}

/** `await x.count(…) > 0` → `await x.findFirst({ …, select: { id: true } }) !== null`. Safe. */
export function existsInsteadOfCount(run: QueryRun, project: ProjectModel | undefined): FixProposal | undefined {
  const written = writtenCall(run.query);
  const { comparedToZero: compared } = run;
  const entity = project?.entity(run.query.entity);
  const key = entity?.primaryKey || [...(entity?.fields.keys() ?? [])][0];
  if (!written || written.name !== "count" || !compared || compared.expression.kind !== "comparison" || key === undefined || written.options?.entries.some((entry) => entry.key?.kind !== "literal" || entry.key.value !== "where")) return undefined;
  const { left } = compared.expression;
  return {
    title: "Look for one row", safety: "safe", preferred: true,
    build: inFile(written.uri, (text, style) => {
      const option = addOption(text, written.call, 0, `select: { ${key}: true }`, style);
      if (!option) return undefined;
      const behind = { start: Math.max(left.end, text.indexOf(")", left.end) >= 0 && /^\s*\)/.test(text.slice(left.end)) ? text.indexOf(")", left.end) + 1 : left.end), end: compared.expression.end };
      return [{ span: { start: written.nameStart, end: written.nameStart + written.name.length }, newText: "findFirst" }, option, { span: behind, newText: compared.meaning === "some" ? " !== null" : " === null" }];
    }),
  };
}

const OPERATIONS: Readonly<Record<string, string>> = { "+": "increment", "-": "decrement", "*": "multiply", "/": "divide" };

/** `stock: book.stock - 1` → `stock: { decrement: 1 }` (Prisma: *Update a number field*). Review. */
export function incrementInDatabase(write: RowWritten): FixProposal | undefined {
  const own = write.assigned.filter(({ fromOwnValue }) => fromOwnValue !== undefined);
  if (own.length === 0) return undefined;
  return {
    title: "Compute it in the database", safety: "review", preferred: true,
    build: inFile(own[0].at.uri, (text) => own.map(({ expression, fromOwnValue }) => ({ span: { start: expression.start, end: expression.end }, newText: `{ ${OPERATIONS[fromOwnValue!.operator]}: ${codeOf(text, fromOwnValue!.operand)} }` }))),
  };
}

/** Takes the statement away whose result nobody reads. Review. */
export function removeQuery(run: QueryRun): FixProposal | undefined {
  const statement = run.dropped?.statement;
  const written = writtenCall(run.query);
  const expression = statement?.kind === "expression" ? statement.expression : statement?.kind === "assign" ? statement.value : undefined;
  const sent = expression?.kind === "await" ? expression.operand : undefined;
  if (!statement || !written || !sent || sent.start !== written.call.start || sent.end !== written.call.end || /OrThrow$/.test(written.name)) return undefined;
  return {
    title: "Remove the query", safety: "review", preferred: true,
    build: inFile(written.uri, (text) => {
      const line = wholeLines(text, statement);
      return line && [{ span: line, newText: "" }];
    }),
  };
}
