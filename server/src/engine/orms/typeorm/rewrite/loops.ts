import type { Call, Expression, FileFacts, Mapping, Statement } from "../../../facts";
import type { LoopContext, QueryRun, RowWritten } from "../../../flow";
import type { Entity, ProjectModel } from "../../../project";
import type { FixProposal } from "../../../rule";
import type { Span } from "../../../source";
import { awaitedAt, receiverOf } from "../../script/calls";
import { importName } from "../../script/imports";
import { fetchOnce, isKnownBefore, isOfElement, isSteady, keysOf, writtenLoop, type WrittenLoop } from "../../script/loops";
import { pluralOf, uncapital } from "../../script/names";
import { codeOf, entryOf, spanOfEntry } from "../../script/object-literals";
import { inFile } from "../../script/rewriter";
import { inPlaceOf, lastWrite } from "../../script/rounds";
import { nameBefore } from "../../script/sent-once";
import type { SourceStyle } from "../../script/source-style";
import { nodesIn } from "../../script/statements";

/** A finder in a loop that asks for the rows of one key. */
interface KeyedFind {
  readonly receiver: Expression;
  /** `User` of `manager.findOneBy(User, …)`. */
  readonly entity?: Expression;
  readonly key: Expression;
  readonly column: string;
  /** Conditions beside the key, and options beside `where`. */
  readonly conditions: readonly Mapping["entries"][number][];
  readonly rest: readonly Mapping["entries"][number][];
  readonly many: boolean;
  /** Asked with conditions alone, which TypeORM 0.2 has no methods for. */
  readonly by: boolean;
}

/** `await users.findOneBy({ id })` per round → one `findBy({ id: In(ids) })` before the loop and a `Map`. Review. */
export function fetchInBulk(run: QueryRun, loop: LoopContext, project: ProjectModel): FixProposal | undefined {
  const { uri } = run.at;
  const facts = project.files.get(uri);
  const entity = project.entity(run.query.entity);
  const written = facts && writtenLoop(facts, loop);
  const find = entity && run.expression.kind === "call" ? keyedFind(run.expression, entity) : undefined;
  const place = facts && awaitedAt(facts, run.expression);
  if (!facts || !written || !entity || !find || !place) return undefined;
  if (!isOfElement(find.key, written) || !isSteady(find.receiver) || !isKnownBefore(find.receiver, written, facts)) return undefined;
  if (![...find.conditions, ...find.rest].every(({ value }) => isKnownBefore(value, written, facts))) return undefined;
  return {
    title: "Fetch all of them before the loop", safety: "review", preferred: true,
    build: inFile(uri, (text, style) => {
      const operator = importName(facts, text, "In", "typeorm", style);
      if (!operator) return undefined;
      const edits = fetchOnce({
        facts, text, style, entity, loop: written, awaited: place.span, key: find.key, mayBeNull: false, column: find.column, row: uncapital(entity.name), many: find.many, ...(!find.many && { missing: "null" as const }),
        fetch: (keys) => `${codeOf(text, find.receiver)}.${finderCode(text, find, `${operator.local}(${keys})`, style)}`,
      });
      return edits && [...(operator.edit ? [operator.edit] : []), ...edits];
    }),
  };
}

function finderCode(text: string, { entity, column, conditions, rest, by }: KeyedFind, keys: string, style: SourceStyle): string {
  const space = style.spacesInBraces ? " " : "";
  const braces = (parts: readonly string[]): string => `{${space}${parts.join(", ")}${space}}`;
  const others = (entries: readonly Mapping["entries"][number][]): readonly string[] => entries.map((entry) => slice(text, spanOfEntry(text, entry)));
  const where = braces([`${column}: ${keys}`, ...others(conditions)]);
  const first = entity ? `${codeOf(text, entity)}, ` : "";
  return by ? `findBy(${first}${where})` : `find(${first}${braces([`where: ${where}`, ...others(rest)])})`;
}

function slice(text: string, { start, end }: Span): string {
  return text.slice(start, end);
}

/** `findOneBy({ id: key })`, `findOne({ where: { id: key } })`, `find({ where: { authorId: key } })`. */
function keyedFind(call: Call, entity: Entity): KeyedFind | undefined {
  const receiver = receiverOf(call);
  const name = call.callee.kind === "attribute" ? call.callee.name : "";
  if (!receiver || call.arguments.some(({ spread }) => spread) || !/^(findOneBy|findOne|findBy|find)$/.test(name)) return undefined;
  const named = call.arguments.length === 2 && (call.arguments[0].value.kind === "name" || call.arguments[0].value.kind === "attribute") ? call.arguments[0].value : undefined;
  const given = call.arguments[named ? 1 : 0]?.value;
  if (given?.kind !== "mapping" || call.arguments.length !== (named ? 2 : 1)) return undefined;
  const by = name.endsWith("By");
  const where = by ? given : entryOf(given, "where")?.value;
  if (where?.kind !== "mapping" || where.entries.some(({ key }) => key?.kind !== "literal")) return undefined;
  const keyed = where.entries.filter(({ key, value }) => key?.kind === "literal" && entity.fields.has(String(key.value)) && !entity.relations.has(String(key.value)) && (value.kind === "name" || value.kind === "attribute"));
  const [entry] = keyed;
  const column = entry?.key?.kind === "literal" ? String(entry.key.value) : undefined;
  if (keyed.length !== 1 || column === undefined) return undefined;
  const rest = by ? [] : given.entries.filter(({ value }) => value !== where);
  // The key must come along, and a limit or a lock is another thing for all of them together.
  if (!rest.every(({ key }) => key?.kind === "literal" && /^(relations|order|withDeleted|cache|relationLoadStrategy|loadEagerRelations)$/.test(String(key.value)))) return undefined;
  const many = name === "find" || name === "findBy";
  // The first of several rows is another one than the last.
  if (!many && !entity.fields.get(column)?.primaryKey && !entity.fields.get(column)?.unique) return undefined;
  return { receiver, ...(named && { entity: named }), key: entry.value, column, conditions: where.entries.filter((each) => each !== entry), rest, many, by };
}

/** `await users.save({ … })` per round → `users.save(rows.map((row) => ({ … })))`; `insert` alike. Review. */
export function insertTogether(write: RowWritten, loop: LoopContext, project: ProjectModel | undefined): FixProposal | undefined {
  const last = lastWrite(write, loop, project);
  if (!last?.isOnly || !/^(save|insert)$/.test(last.name) || !isSteady(last.receiver) || !isKnownBefore(last.receiver, last.written, last.facts)) return undefined;
  const { uri, written, call, receiver, name } = last;
  const named = call.arguments.length === 2 ? call.arguments[0].value : undefined;
  const given = call.arguments[named ? 1 : 0]?.value;
  if (!given || call.arguments.length > 2 || (named && (named.kind !== "name" || !/^[A-Z]/.test(named.name))) || nodesIn(given).some((node) => node.kind === "await")) return undefined;
  if (given.kind !== "mapping" && !(given.kind === "call" && given.callee.kind === "attribute" && given.callee.name === "create")) return undefined;
  return {
    title: `Insert them together with \`${name}()\``, safety: "review", preferred: true,
    build: inFile(uri, (text, style) => {
      const code = codeOf(text, given);
      const rows = `${codeOf(text, written.iterable)}.map((${written.variable}) => ${given.kind === "mapping" ? `(${code})` : code})`;
      const together = `${codeOf(text, receiver)}.${name}(${named ? `${codeOf(text, named)}, ` : ""}${rows})`;
      return [inPlaceOf(last, together, style)];
    }),
  };
}

/** `row.status = "done"; await users.save(row);` per round → one `update({ id: In(ids) }, { status: "done" })`. Review. */
export function updateTogether(write: RowWritten, loop: LoopContext, project: ProjectModel | undefined): FixProposal | undefined {
  const last = lastWrite(write, loop, project);
  const entity = project?.entity(write.entity);
  if (!last || !entity || last.name !== "save" || last.call.arguments.length !== 1) return undefined;
  const { uri, facts, written, receiver } = last;
  const given = last.call.arguments[0].value;
  if (given.kind !== "name" || given.name !== written.variable || !isSteady(receiver) || !isKnownBefore(receiver, written, facts)) return undefined;
  const assigned = written.body.slice(0, -1).map((statement) => assignmentOf(statement, written, entity));
  if (assigned.length === 0 || !assigned.every((each) => each !== undefined && isKnownBefore(each.value, written, facts))) return undefined;
  return {
    title: "Write them together with one `update()`", safety: "review", preferred: true,
    build: inFile(uri, (text, style) => {
      const operator = importName(facts, text, "In", "typeorm", style);
      if (!operator) return undefined;
      const space = style.spacesInBraces ? " " : "";
      const values = assigned.map((each) => `${each!.field}: ${codeOf(text, each!.value)}`).join(", ");
      const keys = `${codeOf(text, written.iterable)}.map((${written.variable}) => ${written.variable}.${entity.primaryKey})`;
      const code = `${codeOf(text, receiver)}.update({${space}${entity.primaryKey}: ${operator.local}(${keys})${space}}, {${space}${values}${space}})`;
      return [...(operator.edit ? [operator.edit] : []), inPlaceOf(last, code, style)];
    }),
  };
}

function assignmentOf(statement: Statement, { variable }: WrittenLoop, entity: Entity): { readonly field: string; readonly value: Expression } | undefined {
  if (statement.kind !== "assign" || statement.targets.length !== 1 || !statement.value) return undefined;
  const [target] = statement.targets;
  const isColumn = target.kind === "attribute" && target.object.kind === "name" && target.object.name === variable && entity.fields.has(target.name) && !entity.relations.has(target.name);
  return isColumn ? { field: target.name, value: statement.value } : undefined;
}

/** `await users.remove(row)` per round → `users.remove(rows)`; `delete(row.id)` → `delete(ids)`. Review. */
export function deleteTogether(write: RowWritten, loop: LoopContext, project: ProjectModel | undefined): FixProposal | undefined {
  const last = lastWrite(write, loop, project);
  if (!last?.isOnly || last.call.arguments.length !== 1 || !isSteady(last.receiver) || !isKnownBefore(last.receiver, last.written, last.facts)) return undefined;
  const { uri, written, call, receiver, name } = last;
  const given = call.arguments[0].value;
  const isRow = given.kind === "name" && given.name === written.variable;
  if (!/^(remove|softRemove|delete|softDelete)$/.test(name) || (/emove$/.test(name) ? !isRow : !isOfElement(given, written))) return undefined;
  return {
    title: `Delete them together with one \`${name}()\``, safety: "review", preferred: true,
    build: inFile(uri, (text, style) => {
      const rows = isRow ? codeOf(text, written.iterable) : keysOf(text, written, given, false);
      return [inPlaceOf(last, `${codeOf(text, receiver)}.${name}(${rows})`, style)];
    }),
  };
}

/** A query that is the same every time round gets a name before the loop. Safe. */
export function hoist(run: QueryRun, loop: LoopContext, project: ProjectModel | undefined): FixProposal | undefined {
  const proposal = nameBefore(run, loop, project, (row, entity) => (run.how === "count" ? `${row}Count` : run.how === "exists" ? `has${entity.name}` : run.how === "list" ? pluralOf(row) : row));
  return proposal && { ...proposal, preferred: true };
}

/** `row.stock -= n; await books.save(row);` → `books.decrement({ id: row.id }, "stock", n)`. Review. */
export function incrementInDatabase(write: RowWritten, project: ProjectModel | undefined): FixProposal | undefined {
  const { uri } = write.at;
  const facts = project?.files.get(uri);
  const entity = project?.entity(write.entity);
  const own = write.assigned.filter((each) => each.fromOwnValue);
  const [assigned] = own;
  const call = write.expression.kind === "call" ? write.expression : undefined;
  const receiver = call && receiverOf(call);
  const row = call?.arguments[0]?.value;
  if (!facts || !entity || write.assigned.length !== 1 || own.length !== 1 || !call || !receiver || call.callee.kind !== "attribute" || call.callee.name !== "save" || call.arguments.length !== 1 || row?.kind !== "name") return undefined;
  const { operator, operand } = assigned.fromOwnValue!;
  const step = statementOf(facts, assigned.at.span);
  if (assigned.at.uri !== uri || !step || (operator !== "+" && operator !== "-")) return undefined;
  return {
    title: `Change \`${assigned.field}\` in the database with \`${operator === "+" ? "increment" : "decrement"}()\``, safety: "review", preferred: true,
    build: inFile(uri, (text, style) => {
      const from = text.lastIndexOf("\n", step.start - 1) + 1;
      const to = text.indexOf("\n", step.end);
      if (to < 0 || text.slice(from, step.start).trim() !== "" || !/^[;\s]*$/.test(text.slice(step.end, to))) return undefined;
      const space = style.spacesInBraces ? " " : "";
      const key = entity.primaryKey;
      const code = `${codeOf(text, receiver)}.${operator === "+" ? "increment" : "decrement"}({${space}${key}: ${row.name}.${key}${space}}, ${style.quote}${assigned.field}${style.quote}, ${codeOf(text, operand)})`;
      return [{ span: { start: from, end: to + 1 }, newText: "" }, { span: { start: call.start, end: call.end }, newText: code }];
    }),
  };
}

function statementOf(facts: FileFacts, at: Span): Statement | undefined {
  for (const statements of Object.values(facts.bodies)) {
    const found = nodesIn(statements.filter((each) => each.start <= at.start && at.end <= each.end)).find((node): node is Statement => (node.kind === "assign" || node.kind === "augment" || node.kind === "expression") && node.start === at.start && node.end - at.end <= 1 && node.end >= at.end);
    if (found) return found;
  }
  return undefined;
}
