import type { PageSized, Query, QueryRun, RowWritten } from "../../../flow";
import type { ProjectModel } from "../../../project";
import type { FixProposal } from "../../../rule";
import { addOption, codeOf, entryOf } from "../../script/object-literals";
import { lineStart, styleOf } from "../../script/source-style";
import { writtenCall } from "./calls";

/** `take: 100`. A sketch: which rows may be left out is for a person to say. They come in the order of their key where none is given. */
export function limit(query: Query, rows: number): FixProposal | undefined {
  const written = writtenCall(query);
  if (!written || written.name !== "findMany" || (written.options && entryOf(written.options, "take"))) return undefined;
  return {
    title: `Limit to ${rows} rows`, safety: "sketch",
    build(textOf) {
      const text = textOf(written.uri);
      const edit = text === undefined ? undefined : addOption(text, written.call, 0, `take: ${rows}`, styleOf(text, written.uri));
      return edit && [{ uri: written.uri, edits: [edit] }];
    },
  };
}

/** `Math.min(size, 100)`. Review: larger pages are cut. */
export function limitPageSize({ size, at }: PageSized): FixProposal | undefined {
  if (!size) return undefined;
  return {
    title: "Limit the page to 100 rows", safety: "review", preferred: true,
    build(textOf) {
      const text = textOf(at.uri);
      return text === undefined ? undefined : [{ uri: at.uri, edits: [{ span: { start: size.start, end: size.end }, newText: `Math.min(${codeOf(text, size)}, 100)` }] }];
    },
  };
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
    build(textOf) {
      const text = textOf(written.uri);
      const option = text === undefined ? undefined : addOption(text, written.call, 0, `select: { ${key}: true }`, styleOf(text, written.uri));
      if (text === undefined || !option) return undefined;
      const behind = { start: Math.max(left.end, text.indexOf(")", left.end) >= 0 && /^\s*\)/.test(text.slice(left.end)) ? text.indexOf(")", left.end) + 1 : left.end), end: compared.expression.end };
      return [{ uri: written.uri, edits: [{ span: { start: written.nameStart, end: written.nameStart + written.name.length }, newText: "findFirst" }, option, { span: behind, newText: compared.meaning === "some" ? " !== null" : " === null" }] }];
    },
  };
}

const OPERATIONS: Readonly<Record<string, string>> = { "+": "increment", "-": "decrement", "*": "multiply", "/": "divide" };

/** `stock: book.stock - 1` → `stock: { decrement: 1 }` (Prisma: *Update a number field*). Review. */
export function incrementInDatabase(write: RowWritten): FixProposal | undefined {
  const own = write.assigned.filter(({ fromOwnValue }) => fromOwnValue !== undefined);
  if (own.length === 0) return undefined;
  return {
    title: "Compute it in the database", safety: "review", preferred: true,
    build(textOf) {
      const { uri } = own[0].at;
      const text = textOf(uri);
      if (text === undefined) return undefined;
      const edits = own.map(({ expression, fromOwnValue }) => ({ span: { start: expression.start, end: expression.end }, newText: `{ ${OPERATIONS[fromOwnValue!.operator]}: ${codeOf(text, fromOwnValue!.operand)} }` }));
      return [{ uri, edits }];
    },
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
    build(textOf) {
      const text = textOf(written.uri);
      if (text === undefined) return undefined;
      const from = lineStart(text, statement.start);
      const rest = /^;?[ \t]*(\r\n|\r|\n)/.exec(text.slice(statement.end));
      return text.slice(from, statement.start).trim() === "" && rest ? [{ uri: written.uri, edits: [{ span: { start: from, end: statement.end + rest[0].length }, newText: "" }] }] : undefined;
    },
  };
}
