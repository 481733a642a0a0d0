import type { Expression, Mapping } from "../../../facts";
import type { PageSized, Query, QueryRun, RowWritten } from "../../../flow";
import type { ProjectModel } from "../../../project";
import type { FixProposal } from "../../../rule";
import type { Location, TextEdit } from "../../../source";
import { changed } from "../../script/calls";
import { addOption, codeOf, entryOf, spanOfEntry } from "../../script/object-literals";
import { limitNumber } from "../../script/page-size";
import { inFile } from "../../script/rewriter";
import { wholeLines } from "../../script/sent-once";
import { writtenCall } from "./calls";

/** `take: 100`. A sketch: which rows may be left out is for a person to say. They come in the order of their key where none is given. */
export function limit(query: Query, rows: number): FixProposal | undefined {
  const written = writtenCall(query);
  if (!written || written.name !== "findMany" || (written.options && entryOf(written.options, "take"))) return undefined;
  return {
    title: `Limit to ${rows} rows`, safety: "sketch",
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

/** `(await x.findMany(…)).length` → `await x.count(…)`; where a name holds the rows, it holds the number. Safe. */
export function countInDatabase(at: Location, rows: Expression): FixProposal | undefined {
  if (rows.kind !== "call" || rows.callee.kind !== "attribute" || rows.callee.name !== "findMany") return undefined;
  const { callee } = rows;
  const given = rows.arguments[0]?.value;
  if (rows.arguments.length > 1 || (given && given.kind !== "mapping")) return undefined;
  return {
    title: "Count in the database", safety: "safe", preferred: true,
    build: inFile(at.uri, (text) => {
      const counted = { span: { start: callee.nameStart, end: callee.end }, newText: "count" };
      const cuts = given ? withoutRows(text, given) : [];
      if (!cuts) return undefined;
      if (at.span.start <= rows.start && rows.end <= at.span.end) {
        const code = changed(text, rows, [counted, ...cuts]);
        return [{ span: at.span, newText: `await ${code}` }];
      }
      const name = /^(\w+)\.length$/.exec(text.slice(at.span.start, at.span.end))?.[1];
      // The name is read here and nowhere else, so that what it holds may be another thing.
      const declared = name !== undefined && new RegExp(`const ${name} = await $`).test(text.slice(0, rows.start)) && (text.match(new RegExp(`\\b${name}\\b(?!:)`, "g")) ?? []).length - occurrencesAsModel(text, name) === 2;
      return declared && name !== undefined ? [counted, ...cuts, { span: at.span, newText: name }] : undefined;
    }),
  };
}

/** `prisma.orders` and the like are other names. */
function occurrencesAsModel(text: string, name: string): number {
  return (text.match(new RegExp(`\\.${name}\\b`, "g")) ?? []).length;
}

/** What says which columns and relations come, and in which order, means nothing to a count. */
function withoutRows(text: string, options: Mapping): readonly TextEdit[] | undefined {
  const left = options.entries.filter(({ key }) => key?.kind === "literal" && !/^(select|include|omit|orderBy)$/.test(String(key.value)));
  if (left.length === options.entries.length) return options.entries.every(({ key }) => key?.kind === "literal" && key.value === "where") ? [] : undefined;
  if (options.entries.some(({ key }) => key?.kind !== "literal" || !/^(where|select|include|omit|orderBy)$/.test(String(key.value)))) return undefined;
  const [where] = left;
  if (!where) return [{ span: { start: options.start, end: options.end }, newText: "" }];
  const span = spanOfEntry(text, where);
  const open = options.start + 1;
  const first = spanOfEntry(text, options.entries[0]).start;
  const last = spanOfEntry(text, options.entries[options.entries.length - 1]).end;
  return [...(first < span.start ? [{ span: { start: Math.max(open, first), end: span.start }, newText: "" }] : []), ...(last > span.end ? [{ span: { start: span.end, end: last }, newText: "" }] : [])];
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
