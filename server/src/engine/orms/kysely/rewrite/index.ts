import type { Expression, FileFacts } from "../../../facts";
import type { ChainStep, LoopContext, QueryRun, Query, RowWritten } from "../../../flow";
import type { ProjectModel } from "../../../project";
import type { FixProposal, QueryRewriter } from "../../../rule";
import type { TextEdit } from "../../../source";
import { appendStep, changed, stepsIn } from "../../script/calls";
import { awaitAround, fetchOnce, isKnownBefore, isOfElement, isWholeRound, keysOf, outdented, wholeLoop, writtenLoop, type WrittenLoop } from "../../script/loops";
import { codeOf } from "../../script/object-literals";
import { emptyRewriter, inFile } from "../../script/rewriter";
import { limitNumber } from "../../script/page-size";
import { hoistQuery, removeStatement } from "../../script/sent-once";
import { indentAt, reindented, type SourceStyle } from "../../script/source-style";

/** How code that uses Kysely is changed. */
export function createKyselyRewriter(): QueryRewriter {
  return {
    ...emptyRewriter(),
    fetchInBulk,
    hoist: (run, loop, project) => hoist(run, loop, project),
    removeQuery: (run) => removeStatement(run.at.uri, run.dropped, run.expression),
    limitPageSize: (event) => limitNumber(event),
    limit: (query, rows) => limit(query, rows),
    orderByKey: (query, project) => orderByKey(query, project),
    insertTogether: (write, loop, project) => inPlaceOfLoop(write, loop, project, "Insert them together", insertAll),
    deleteTogether: (write, loop, project) => inPlaceOfLoop(write, loop, project, "Delete them together", byKeys),
    updateTogether: (write, loop, project) => inPlaceOfLoop(write, loop, project, "Update them together", byKeys),
  };
}

/** `where("id", "=", order.customer_id)`, the only condition of a chain. */
function keyCondition(steps: readonly ChainStep[], loop: WrittenLoop): { readonly column: string; readonly operator: Expression; readonly key: Expression } | undefined {
  const wheres = steps.filter(({ name }) => /^(where|having)/.test(name));
  const [column, operator, key] = wheres.length === 1 ? wheres[0].call.arguments.map(({ value }) => value) : [];
  if (column?.kind !== "literal" || typeof column.value !== "string" || operator?.kind !== "literal" || operator.value !== "=" || !key || !isOfElement(key, loop)) return undefined;
  return { column: column.value.slice(column.value.lastIndexOf(".") + 1), operator, key };
}

function rowName(entity: string): string {
  const name = entity.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return /ies$/.test(name) ? `${name.slice(0, -3)}y` : /(ss|us|is)$/.test(name) ? name : name.replace(/s$/, "");
}

/** The rows of all keys in one query before the loop, and a look-up in each round. Review. */
function fetchInBulk(run: QueryRun, loop: LoopContext, project: ProjectModel): FixProposal | undefined {
  const { uri } = run.at;
  const facts = project.files.get(uri);
  const written = facts && writtenLoop(facts, loop);
  const steps = stepsIn(run.query, uri);
  const entity = project.entity(run.query.entity);
  const send = run.expression.kind === "call" && run.expression.callee.kind === "attribute" ? run.expression.callee : undefined;
  const condition = written && steps && keyCondition(steps, written);
  const awaited = facts && awaitAround(facts, run.expression);
  if (!facts || !written || !steps || !entity || !send || !condition || !awaited || !isKnownBefore(run.query.origin.root.expression, written, facts)) return undefined;
  const isOne = /^executeTakeFirst(OrThrow)?$/.test(send.name);
  const takesAll = steps.some(({ name }) => name === "selectAll") && steps.every(({ name }) => /^(selectFrom|selectAll|where|orderBy|limit)$/.test(name));
  if (!takesAll || (isOne && !run.query.atMostOne) || (!isOne && (send.name !== "execute" || steps.some(({ name }) => name === "limit" || name === "orderBy")))) return undefined;
  return {
    title: "Fetch them all before the loop", safety: "review", preferred: true,
    build: inFile(uri, (text, style) => {
      const limited = steps.find(({ name }) => name === "limit")?.call;
      const fetch = (keys: string): string => changed(text, run.expression, [
        { span: { start: condition.operator.start, end: condition.operator.end }, newText: `${style.quote}in${style.quote}` },
        { span: { start: condition.key.start, end: condition.key.end }, newText: keys },
        ...(limited?.callee.kind === "attribute" ? [{ span: { start: limited.callee.object.end, end: limited.end }, newText: "" }] : []),
        { span: { start: send.nameStart, end: send.end }, newText: "execute" },
      ]);
      return fetchOnce({ facts, text, style, entity, loop: written, awaited, key: condition.key, mayBeNull: false, column: condition.column, row: rowName(entity.name), many: !isOne, fetch });
    }),
  };
}

function hoist(run: QueryRun, loop: LoopContext, project: ProjectModel | undefined): FixProposal | undefined {
  const { uri } = run.at;
  const facts = project?.files.get(uri);
  const written = facts && writtenLoop(facts, loop);
  const entity = project?.entity(run.query.entity);
  return facts && written && entity ? hoistQuery({ facts, uri, loop: written, query: run.expression, name: rowName(entity.name) }) : undefined;
}

/** Puts `.limit(100)` before `.execute()`, behind the last call that makes the query. */
function insertStep(query: Query, title: string, safety: FixProposal["safety"], code: (style: SourceStyle) => string): FixProposal | undefined {
  const { uri } = query.origin.root;
  const steps = stepsIn(query, uri);
  const last = steps?.[steps.length - 1].call;
  if (!last || query.joined || query.combined) return undefined;
  return {
    title, safety,
    build: inFile(uri, (text, style) => [appendStep(text, last, code(style), style)]),
  };
}

/** `.limit(100)`, ordered by the key where the rows have no order. A sketch. */
function limit(query: Query, rows: number): FixProposal | undefined {
  if (query.origin.steps.some(({ name }) => name === "limit")) return undefined;
  return insertStep(query, `Load the first ${rows} rows only`, "sketch", () => `.limit(${rows})`);
}

/** `.orderBy("id")`. Review. */
function orderByKey(query: Query, project: ProjectModel | undefined): FixProposal | undefined {
  const key = project?.entity(query.entity)?.primaryKey;
  if (!key || query.order !== "none" || query.grouped || query.distinct) return undefined;
  const fix = insertStep(query, "Order by the key", "review", (style) => `.orderBy(${style.quote}${key}${style.quote})`);
  return fix && { ...fix, preferred: true };
}

type Change = (text: string, steps: readonly ChainStep[], loop: WrittenLoop, facts: FileFacts, style: SourceStyle) => { readonly edits: readonly TextEdit[]; readonly guarded: boolean } | undefined;

const insertAll: Change = (text, steps, loop) => {
  const given = steps.find(({ name }) => name === "values")?.call.arguments[0]?.value;
  if (given?.kind !== "mapping" || steps.some(({ name }) => /^(returning|expression)/.test(name))) return undefined;
  return { edits: [{ span: { start: given.start, end: given.end }, newText: `${codeOf(text, loop.iterable)}.map((${loop.variable}) => (${codeOf(text, given)}))` }], guarded: true };
};

const byKeys: Change = (text, steps, loop, facts, style) => {
  const condition = keyCondition(steps, loop);
  const given = steps.find(({ name }) => name === "set")?.call.arguments[0]?.value;
  if (!condition || (given && !isKnownBefore(given, loop, facts)) || steps.some(({ name }) => /^returning/.test(name))) return undefined;
  return {
    edits: [{ span: { start: condition.operator.start, end: condition.operator.end }, newText: `${style.quote}in${style.quote}` }, { span: { start: condition.key.start, end: condition.key.end }, newText: keysOf(text, loop, condition.key, false) }],
    guarded: true,
  };
};

/** One statement in the place of a loop that does nothing but send one per round. Review. */
function inPlaceOfLoop(write: RowWritten, loop: LoopContext, project: ProjectModel | undefined, title: string, change: Change): FixProposal | undefined {
  const { uri } = write.at;
  const facts = project?.files.get(uri);
  const written = facts && writtenLoop(facts, loop);
  const steps = stepsIn(write.query, uri);
  if (!facts || !written || !steps || !isWholeRound(written, write.expression) || !isKnownBefore(write.query!.origin.root.expression, written, facts)) return undefined;
  return {
    title, safety: "review", preferred: true,
    build: inFile(uri, (text, style) => {
      const place = wholeLoop(facts, text, written);
      const made = place && change(text, steps, written, facts, style);
      if (!place || !made) return undefined;
      const code = reindented(outdented(text, write.expression, changed(text, write.expression, made.edits)), "", indentAt(text, place.start));
      // Neither `values([])` nor `in ()` is SQL.
      return [{ span: place, newText: `if (${codeOf(text, written.iterable)}.length > 0) await ${code}${style.semicolon}` }];
    }),
  };
}
