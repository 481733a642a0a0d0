import type { Statement } from "../../../facts";
import type { LoopContext, QueryRun, TransactionDone } from "../../../flow";
import type { ProjectModel } from "../../../project";
import type { FixProposal } from "../../../rule";
import { awaitAround, fetchOnce, isKnownBefore, isOfElement, writtenLoop } from "../../script/loops";
import { uncapital } from "../../script/names";
import { codeOf, spanOfEntry } from "../../script/object-literals";
import { inFile } from "../../script/rewriter";
import { indentAt, lineStart } from "../../script/source-style";
import { findOf } from "./calls";

/** `await em.findOne(Book, { isbn })` per round → one `find` with `$in` before the loop and a `Map`. Review. */
export function fetchInBulk(run: QueryRun, loop: LoopContext, project: ProjectModel): FixProposal | undefined {
  const { uri } = run.at;
  const facts = project.files.get(uri);
  const entity = project.entity(run.query.entity);
  const written = facts && writtenLoop(facts, loop);
  const find = findOf(run.query, project);
  const awaited = facts && awaitAround(facts, run.expression);
  if (!facts || !entity || !written || !find || !awaited || find.uri !== uri || find.where === undefined || find.call.callee.kind !== "attribute") return undefined;
  const { call, where } = find;
  const { callee } = find.call;
  const conditions = call.arguments[where]?.value;
  if (conditions?.kind !== "mapping" || call.arguments.length > where + 1 || !isKnownBefore(callee.object, written, facts)) return undefined;
  const keyed = conditions.entries.filter(({ key, value }) => key?.kind === "literal" && isOfElement(value, written));
  const [own] = keyed;
  if (keyed.length !== 1 || own.key?.kind !== "literal" || !conditions.entries.every((entry) => entry === own || (entry.key && isKnownBefore(entry.value, written, facts)))) return undefined;
  const column = String(own.key.value);
  const field = entity.fields.get(column);
  const isOne = field !== undefined && (field.primaryKey || field.unique);
  // A relation is compared by its key, and is an object in the rows.
  if (!field || entity.relations.has(column) || (find.name !== "find" && !isOne) || find.name === "findOneOrFail") return undefined;
  return {
    title: "Fetch all of them before the loop", safety: "review", preferred: true,
    build: inFile(uri, (text, style) => {
      const entry = spanOfEntry(text, own);
      const fetch = (keys: string): string => `${text.slice(call.start, callee.nameStart)}find${text.slice(callee.end, entry.start)}${column}: { $in: ${keys} }${text.slice(entry.end, call.end)}`;
      return fetchOnce({
        facts, text, style, entity, loop: written, awaited, key: own.value, mayBeNull: false, column, row: uncapital(entity.name), many: !isOne, fetch, ...(find.name === "findOne" && { missing: "null" as const }),
      });
    }),
  };
}

/** `await em.flush();` at the end of every round → one after the loop. Review: an error undoes all rounds. */
export function openTransactionOnce(event: TransactionDone, loop: LoopContext, project: ProjectModel): FixProposal | undefined {
  const { uri, span } = event.at;
  const facts = project.files.get(uri);
  const written = facts && writtenLoop(facts, loop);
  if (!written || written.form !== "for") return undefined;
  const isFlush = ({ kind, start, end }: Statement): boolean => kind === "expression" && start <= span.start && span.end <= end;
  const last = written.body.at(-1);
  if (!last || !isFlush(last) || last.kind !== "expression" || last.expression.kind !== "await" || last.expression.operand.kind !== "call") return undefined;
  const call = last.expression.operand;
  if (call.callee.kind !== "attribute" || call.callee.name !== "flush" || call.arguments.length > 0 || !isKnownBefore(call.callee.object, written, facts!) || written.body.length < 2) return undefined;
  return {
    title: "Write all of them with one `flush()`", safety: "review", preferred: true,
    build: inFile(uri, (text, { newline, semicolon }) => {
      const from = lineStart(text, last.start);
      const behind = /^[ \t]*;?[ \t]*(\r\n|\r|\n)/.exec(text.slice(last.end));
      if (text.slice(from, last.start).trim() !== "" || !behind) return undefined;
      const code = `${newline}${indentAt(text, written.node.start)}${codeOf(text, last.expression)}${semicolon}`;
      return [{ span: { start: from, end: last.end + behind[0].length }, newText: "" }, { span: { start: written.node.end, end: written.node.end }, newText: code }];
    }),
  };
}
