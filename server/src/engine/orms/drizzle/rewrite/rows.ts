import type { Expression, FileFacts } from "../../../facts";
import type { Load, Query, QueryRun, RowsReduced } from "../../../flow";
import type { Entity, ProjectModel } from "../../../project";
import type { FixProposal } from "../../../rule";
import type { Span, TextEdit } from "../../../source";
import { appendStep, stepsIn } from "../../script/calls";
import { addProperty, codeOf } from "../../script/object-literals";
import { inFile } from "../../script/rewriter";
import type { SourceStyle } from "../../script/source-style";
import { nodesIn } from "../../script/statements";
import { addToOptions, isRelational, lastCall, stepOf, tableText } from "./chains";

/** `.limit(100)`, and `.orderBy(…)` before it where the rows have no order: which rows those are is for a person to say. A sketch. */
export function limit(query: Query, rows: number, project: ProjectModel | undefined): FixProposal | undefined {
  const { uri } = query.origin.root;
  const steps = stepsIn(query, uri);
  if (!steps || stepOf(steps, "limit") || query.combined || query.joined) return undefined;
  const entity = project?.entity(query.entity);
  return {
    title: `Load the first ${rows} rows only`, safety: "sketch",
    build: inFile(uri, (text, style) => (isRelational(steps) ? limitOptions(text, query, rows, entity, style) : limitChain(text, query, rows, entity, style))),
  };
}

function limitOptions(text: string, { origin, order }: Query, rows: number, entity: Entity | undefined, style: SourceStyle): readonly TextEdit[] | undefined {
  const call = lastCall(origin.steps);
  const ordered = order === "none" && entity && entity.primaryKey !== "" ? `${ordering(entity)}, limit: ${rows}` : `limit: ${rows}`;
  const edit = addToOptions(text, call, ordered, style);
  return edit && [edit];
}

/** `orderBy: (orders) => orders.id`: needs no import. */
function ordering(entity: Entity): string {
  return `orderBy: (${entity.name}) => ${entity.name}.${entity.primaryKey}`;
}

function limitChain(text: string, { origin, order }: Query, rows: number, entity: Entity | undefined, style: SourceStyle): readonly TextEdit[] | undefined {
  const table = tableText(text, origin.steps);
  const last = lastCall(origin.steps);
  const edits: TextEdit[] = [];
  if (order === "none" && entity && entity.primaryKey !== "" && table !== undefined && !stepOf(origin.steps, "orderBy", "groupBy")) edits.push(appendStep(text, last, `.orderBy(${table}.${entity.primaryKey})`, style));
  edits.push(appendStep(text, last, `.limit(${rows})`, style));
  return [{ span: edits[0].span, newText: edits.map((edit) => edit.newText).join("") }];
}

/** `with: { posts: true }` → `with: { posts: { limit: 20 } }`. A sketch: which of them are wanted is for a person to say. */
export function limitLoad({ at, path }: Load, rows: number, project: ProjectModel): FixProposal | undefined {
  const { uri, span } = at;
  const entry = entryAt(project.files.get(uri), span);
  if (!entry) return undefined;
  const name = path.slice(path.lastIndexOf("__") + 1).replace(/^_+/, "");
  return {
    title: `Limit \`${name}\` to ${rows} rows`, safety: "sketch",
    build: inFile(uri, (text, style) => {
      const space = style.spacesInBraces ? " " : "";
      const edit = entry.kind === "mapping" ? addProperty(text, entry, `limit: ${rows}`, style) : { span: { start: entry.start, end: entry.end }, newText: `{${space}limit: ${rows}${space}}` };
      return edit && [edit];
    }),
  };
}

/** `true` or the options of a relation that `with` names. */
function entryAt(facts: FileFacts | undefined, span: Span): Expression | undefined {
  for (const statements of Object.values(facts?.bodies ?? {})) {
    for (const node of nodesIn(statements)) {
      const entry = node.kind === "mapping" ? node.entries.find(({ key, value }) => key?.start === span.start && value.end === span.end) : undefined;
      if (entry) return entry.value.kind === "mapping" || (entry.value.kind === "literal" && entry.value.value === true) ? entry.value : undefined;
    }
  }
  return undefined;
}

/** `.orderBy(orders.id)`. Review. */
export function orderByKey(query: Query, project: ProjectModel | undefined): FixProposal | undefined {
  const { uri } = query.origin.root;
  const steps = stepsIn(query, uri);
  const entity = project?.entity(query.entity);
  if (!steps || !entity || entity.primaryKey === "" || query.order !== "none" || query.grouped || query.distinct || query.joined) return undefined;
  return {
    title: "Order by the key", safety: "review", preferred: true,
    build: inFile(uri, (text, style) => {
      if (isRelational(steps)) {
        const edit = addToOptions(text, lastCall(steps), ordering(entity), style);
        return edit && [edit];
      }
      const table = tableText(text, steps);
      const before = stepOf(steps, "where", "from", "leftJoin", "innerJoin", "having");
      return table === undefined || !before ? undefined : [appendStep(text, before.call, `.orderBy(${table}.${entity.primaryKey})`, style)];
    }),
  };
}

/** `columns: { blurb: false }` in a relational query. Review. */
export function deferColumns(query: Query, columns: readonly string[]): FixProposal | undefined {
  const { uri } = query.origin.root;
  const steps = stepsIn(query, uri);
  if (!steps || !isRelational(steps)) return undefined;
  return {
    title: "Leave out what is not read", safety: "review",
    build: inFile(uri, (text, style) => {
      const edit = addToOptions(text, lastCall(steps), `columns: { ${columns.map((column) => `${column}: false`).join(", ")} }`, style);
      return edit && [edit];
    }),
  };
}

/** `const [latest] = await db.select()…` → `.limit(1)` at the end of the chain. Safe: the first row of the same rows in the same order. */
export function firstOnly({ by, query }: RowsReduced): FixProposal | undefined {
  const { uri } = query.origin.root;
  const steps = stepsIn(query, uri);
  if (by !== "first-of-list" || !steps || isRelational(steps) || stepOf(steps, "limit") || query.combined || query.joined) return undefined;
  return {
    title: "Load only the first row", safety: "safe", preferred: true,
    build: inFile(uri, (text, style) => [appendStep(text, lastCall(steps), ".limit(1)", style)]),
  };
}

/** `(await db.$count(orders, where)) > 0` → one key with `.limit(1)`. Safe. */
export function existsInsteadOfCount(run: QueryRun, project: ProjectModel | undefined): FixProposal | undefined {
  const { comparedToZero: compared, query } = run;
  const { uri } = query.origin.root;
  const steps = stepsIn(query, uri);
  const key = project?.entity(query.entity)?.primaryKey;
  const count = steps && stepOf(steps, "$count");
  if (!count || !key || !compared || compared.expression.kind !== "comparison" || compared.expression.left.kind !== "await") return undefined;
  const { left } = compared.expression;
  return {
    title: "Look for one row", safety: "safe", preferred: true,
    build: inFile(uri, (text) => {
      const [table, where] = count.call.arguments;
      if (!table) return undefined;
      const name = text.slice(table.start, table.end);
      const condition = where ? `.where(${text.slice(where.start, where.end)})` : "";
      const code = `${codeOf(text, query.origin.root.expression)}.select({ ${key}: ${name}.${key} }).from(${name})${condition}.limit(1)`;
      const isWrapped = /\(\s*$/.test(text.slice(0, left.start)) && /^\s*\)/.test(text.slice(left.end));
      const test = compared.meaning === "some" ? ".length > 0" : ".length === 0";
      const end = compared.expression.end;
      const start = isWrapped ? left.end + /^\s*\)/.exec(text.slice(left.end))![0].length : left.end;
      return [
        ...(isWrapped ? [] : [{ span: { start: left.start, end: left.start }, newText: "(" }]),
        { span: { start: count.call.start, end: count.call.end }, newText: code },
        { span: { start, end }, newText: `${isWrapped ? "" : ")"}${test}` },
      ];
    }),
  };
}
