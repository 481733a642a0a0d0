import type { Call } from "../../../facts";
import type { LoopContext, QueryRun, RowWritten } from "../../../flow";
import type { ProjectModel } from "../../../project";
import type { FixProposal } from "../../../rule";
import type { TextEdit } from "../../../source";
import { changed } from "../../script/calls";
import { awaitAround, fetchOnce, isKnownBefore, isWholeRound, keysOf, outdented, wholeLoop, writtenLoop, type WrittenLoop } from "../../script/loops";
import { codeOf } from "../../script/object-literals";
import { inFile } from "../../script/rewriter";
import { reindented, indentAt, type SourceStyle } from "../../script/source-style";
import { callNamed, exchanged, keyCondition, onlyWhere, rowName, stepsIn } from "./chains";

/** `await db("authors").where({ id: book.author_id }).first()` per round → one `whereIn` before the loop and a `Map`. Review. */
export function fetchInBulk(run: QueryRun, loop: LoopContext, project: ProjectModel): FixProposal | undefined {
  const { uri } = run.at;
  const facts = project.files.get(uri);
  const entity = project.entity(run.query.entity);
  const written = facts && writtenLoop(facts, loop);
  const steps = stepsIn(run.query, uri);
  const where = steps && onlyWhere(steps);
  const awaited = facts && awaitAround(facts, run.expression);
  if (!facts || !entity || !written || !steps || !where || !awaited) return undefined;
  const first = steps.at(-1)?.name === "first" ? steps.at(-1)! : undefined;
  if (steps.some((step) => step !== where && step !== first && !/^(select|column|columns|clone)$/.test(step.name)) || run.query.combined || !isKnownBefore(run.query.origin.root.expression, written, facts)) return undefined;
  const last = first ?? steps.at(-1)!;
  if (last.call.start !== run.expression.start || last.call.end !== run.expression.end || (first && first.call.arguments.length > 0)) return undefined;
  return {
    title: "Fetch them all before the loop", safety: "review", preferred: true,
    build: inFile(uri, (text, style) => {
      const condition = keyCondition(text, where.call, written, style);
      const field = condition && entity.fields.get(condition.column);
      const isOne = field !== undefined && (field.primaryKey || field.unique);
      // The first of several rows is not told by the key alone, and what is selected must hold the key.
      if (!condition || !field || (first !== undefined) !== isOne || !selectsColumn(steps.map(({ call }) => call), condition.column)) return undefined;
      return fetchOnce({
        facts, text, style, entity, loop: written, awaited, key: condition.key, mayBeNull: false, column: condition.column, row: rowName(entity), many: !isOne,
        fetch: (keys) => changed(text, last.call, [exchanged(where.call, "whereIn", `${condition.columnCode}, ${keys}`), first && removed(first.call)].filter((each) => each !== undefined)),
      });
    }),
  };
}

function selectsColumn(calls: readonly Call[], column: string): boolean {
  const given = calls.filter(({ callee }) => callee.kind === "attribute" && /^(select|column|columns)$/.test(callee.name)).flatMap((call) => call.arguments.map(({ value }) => value));
  return given.length === 0 || given.some((value) => value.kind === "literal" && (value.value === column || value.value === "*"));
}

/** `.first()` out of a chain. */
function removed(call: Call): TextEdit | undefined {
  return call.callee.kind === "attribute" ? { span: { start: call.callee.object.end, end: call.end }, newText: "" } : undefined;
}

/** `for (…) await db("books").insert({ … })` → one insert of an array. Review. */
export function insertTogether(write: RowWritten, loop: LoopContext, project: ProjectModel | undefined): FixProposal | undefined {
  return inPlaceOfLoop(write, loop, project, "Insert them together", (text, call, written) => {
    const insert = callNamed(call, "insert");
    const given = insert?.arguments[0]?.value;
    if (!insert || given?.kind !== "mapping" || insert.arguments.length > 1 || callNamed(call, "returning", "onConflict")) return undefined;
    const row = reindented(codeOf(text, given), indentAt(text, given.start), indentAt(text, call.start));
    return { span: { start: given.start, end: given.end }, newText: `${codeOf(text, written.iterable)}.map((${written.variable}) => (${row}))` };
  });
}

/** `for (…) await db("reviews").where("book_id", book.id).del()` → one delete with `whereIn`. Review. */
export function deleteTogether(write: RowWritten, loop: LoopContext, project: ProjectModel | undefined): FixProposal | undefined {
  return inPlaceOfLoop(write, loop, project, "Delete them together", byKeys);
}

/** The same values for every row: one update with `whereIn`. Review. */
export function updateTogether(write: RowWritten, loop: LoopContext, project: ProjectModel | undefined): FixProposal | undefined {
  const facts = project?.files.get(write.at.uri);
  const written = facts && writtenLoop(facts, loop);
  const given = callNamed(write.expression, "update")?.arguments[0]?.value;
  if (!facts || !written || !given || !isKnownBefore(given, written, facts)) return undefined;
  return inPlaceOfLoop(write, loop, project, "Update them together", byKeys);
}

type Change = (text: string, call: Call, loop: WrittenLoop, style: SourceStyle) => TextEdit | undefined;

const byKeys: Change = (text, call, loop, style) => {
  const where = callNamed(call, "where");
  const condition = where && !callNamed(call, "andWhere", "orWhere", "whereIn", "whereNot", "whereNull", "whereNotNull", "returning") ? keyCondition(text, where, loop, style) : undefined;
  return condition && exchanged(condition.call, "whereIn", `${condition.columnCode}, ${keysOf(text, loop, condition.key, false)}`);
};

function inPlaceOfLoop(write: RowWritten, loop: LoopContext, project: ProjectModel | undefined, title: string, change: Change): FixProposal | undefined {
  const { uri } = write.at;
  const facts = project?.files.get(uri);
  const written = facts && writtenLoop(facts, loop);
  const call = write.expression;
  if (!facts || !written || call.kind !== "call" || !isWholeRound(written, call)) return undefined;
  return {
    title, safety: "review", preferred: true,
    build: inFile(uri, (text, style) => {
      const place = wholeLoop(facts, text, written);
      if (!place) return undefined;
      const edit = change(text, call, written, style);
      if (!edit) return undefined;
      const code = outdented(text, { start: call.start, end: call.end }, text.slice(call.start, edit.span.start) + edit.newText + text.slice(edit.span.end, call.end));
      // An empty array is an error for `insert` (Knex: *insert*); `whereIn` of none meets nothing.
      const guard = title === "Insert them together" ? `if (${codeOf(text, written.iterable)}.length > 0) ` : "";
      return [{ span: place, newText: `${guard}await ${code.replaceAll("\n", style.newline + indentAt(text, place.start))}${style.semicolon}` }];
    }),
  };
}
