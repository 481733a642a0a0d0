import type { Call, Expression, FileFacts, Mapping } from "../../../facts";
import type { LoopContext, QueryRun, RowWritten } from "../../../flow";
import type { Entity, ProjectModel } from "../../../project";
import type { FixProposal } from "../../../rule";
import type { Span } from "../../../source";
import { awaitedAt, receiverOf } from "../../script/calls";
import { fetchOnce, isKnownBefore, isOfElement, isSteady, keysOf, writtenLoop, type WrittenLoop } from "../../script/loops";
import { uncapital } from "../../script/names";
import { codeOf, entryOf, spanOfEntry } from "../../script/object-literals";
import { inFile } from "../../script/rewriter";
import { inPlaceOf, lastWrite } from "../../script/rounds";
import { nameBefore } from "../../script/sent-once";
import { quotedText, type SourceStyle } from "../../script/source-style";

/** A finder in a loop that asks for the rows of one key. */
interface KeyedFind {
  readonly call: Call;
  readonly receiver: Expression;
  /** What each round asks for. */
  readonly key: Expression;
  readonly column: string;
  /** The rest of the options, as they stand in the code; `where` without the key. */
  readonly options?: Mapping;
  readonly many: boolean;
}

/** `await Customer.findByPk(order.customerId)` per round → one `findAll({ where: { id: ids } })` before the loop and a `Map`. */
export function fetchInBulk(run: QueryRun, loop: LoopContext, project: ProjectModel): FixProposal | undefined {
  const facts = project.files.get(run.at.uri);
  const entity = project.entity(run.query.entity);
  const written = facts && writtenLoop(facts, loop);
  const find = entity && run.expression.kind === "call" ? keyedFind(run.expression, entity) : undefined;
  const place = facts && awaitedAt(facts, run.expression);
  if (!facts || !written || !entity || !find || !place) return undefined;
  if (!isOfElement(find.key, written) || !isKnownBefore(find.receiver, written, facts) || !isSteady(find.receiver)) return undefined;
  const others = find.options?.entries.filter((entry) => entry.value !== find.key) ?? [];
  if (!others.every((entry) => isKnownBefore(entry.key?.kind === "literal" && entry.key.value === "where" ? withoutKey(entry.value, find.key) : entry.value, written, facts))) return undefined;
  const uri = run.at.uri;
  return {
    title: `Fetch all of them before the loop`, safety: "review",
    build: inFile(uri, (text, style) => {
      const row = uncapital(entity.name);
      return fetchOnce({
        facts, text, style, entity, loop: written, awaited: place.span, key: find.key, mayBeNull: false, column: find.column, row, many: find.many,
        fetch: (keys) => `${codeOf(text, find.receiver)}.findAll(${optionsFor(text, find, keys, style)})`,
      });
    }),
  };
}

function withoutKey(where: Expression, key: Expression): readonly Expression[] {
  return where.kind === "mapping" ? where.entries.flatMap(({ value }) => (value === key ? [] : [value])) : [where];
}

/** The finder's options with all keys in the place of one. */
function optionsFor(text: string, { options, key, column }: KeyedFind, keys: string, style: SourceStyle): string {
  const space = style.spacesInBraces ? " " : "";
  const braces = (parts: readonly string[]): string => `{${space}${parts.join(", ")}${space}}`;
  const name = /^[A-Za-z_$][\w$]*$/.test(column) ? column : quotedText(column, style);
  const where = options && entryOf(options, "where")?.value;
  const conditions = [`${name}: ${keys}`, ...(where?.kind === "mapping" ? where.entries.filter(({ value }) => value !== key).map((entry) => slice(text, spanOfEntry(text, entry))) : [])];
  const rest = options?.entries.filter((entry) => entry.value !== where).map((entry) => slice(text, spanOfEntry(text, entry))) ?? [];
  return braces([`where: ${braces(conditions)}`, ...rest]);
}

function slice(text: string, { start, end }: Span): string {
  return text.slice(start, end);
}

/** `findByPk(key, options)`, `findOne({ where: { id: key } })`, `findAll({ where: { customerId: key } })`. */
function keyedFind(call: Call, entity: Entity): KeyedFind | undefined {
  const receiver = receiverOf(call);
  const name = call.callee.kind === "attribute" ? call.callee.name : "";
  if (!receiver || call.arguments.some(({ spread }) => spread)) return undefined;
  const [first, second] = call.arguments;
  if (name === "findByPk") {
    if (!first || (second && second.value.kind !== "mapping")) return undefined;
    const options = second?.value.kind === "mapping" ? second.value : undefined;
    return isChangeable(options, entity.primaryKey) && !(options && entryOf(options, "where")) ? { call, receiver, key: first.value, column: entity.primaryKey, options, many: false } : undefined;
  }
  if ((name !== "findOne" && name !== "findAll") || call.arguments.length !== 1 || first.value.kind !== "mapping") return undefined;
  const options = first.value;
  const where = entryOf(options, "where")?.value;
  if (where?.kind !== "mapping") return undefined;
  const keyed = where.entries.filter(({ key, value }) => key?.kind === "literal" && entity.fields.has(String(key.value)) && (value.kind === "name" || value.kind === "attribute") && !(key.start === value.start));
  const [entry] = keyed;
  const column = entry?.key?.kind === "literal" ? String(entry.key.value) : undefined;
  if (keyed.length !== 1 || column === undefined || where.entries.some((each) => each.key?.kind !== "literal") || !isChangeable(options, column)) return undefined;
  // The first of several rows is another one than the last.
  if (name === "findOne" && !entity.fields.get(column)?.primaryKey && !entity.fields.get(column)?.unique) return undefined;
  return { call, receiver, key: entry.value, column, options, many: name === "findAll" };
}

/** Options that mean the same for all keys together. */
function isChangeable(options: Mapping | undefined, column: string): boolean {
  if (!options) return true;
  return options.entries.every(({ key, value }) => {
    if (key?.kind !== "literal") return false;
    if (key.value === "attributes") return value.kind === "sequence" && value.items.some((item) => item.kind === "literal" && item.value === column);
    return key.value !== "limit" && key.value !== "offset" && key.value !== "lock" && key.value !== "rejectOnEmpty" && key.value !== "group";
  });
}

/** `await Book.create({ … })` per round → `Book.bulkCreate(rows.map((row) => ({ … })))`. */
export function insertTogether(write: RowWritten, loop: LoopContext, project: ProjectModel | undefined): FixProposal | undefined {
  const last = lastWrite(write, loop, project);
  if (!last?.isOnly || last.name !== "create" || !isSteady(last.receiver)) return undefined;
  const { uri, facts, written, call, receiver } = last;
  const [values, options] = call.arguments;
  if (values?.value.kind !== "mapping" || call.arguments.length > 2 || values.value.entries.some(({ value }) => value.kind === "await")) return undefined;
  if (!isKnownBefore(receiver, written, facts) || (options && (options.value.kind !== "mapping" || !isKnownBefore(options.value, written, facts)))) return undefined;
  return {
    title: "Insert them together with `bulkCreate()`", safety: "review",
    build: inFile(uri, (text, style) => {
      const rows = `${codeOf(text, written.iterable)}.map((${written.variable}) => (${codeOf(text, values.value)}))`;
      const code = `${codeOf(text, receiver)}.bulkCreate(${rows}${options ? `, ${codeOf(text, options.value)}` : ""})`;
      return [inPlaceOf(last, code, style)];
    }),
  };
}

/** The key of each row that a loop writes: `rows.map((row) => row.id)`. */
function rowKeys(text: string, written: WrittenLoop, key: string): string {
  return `${codeOf(text, written.iterable)}.map((${written.variable}) => ${written.variable}.${key})`;
}

/** `await row.destroy()`, `await Row.destroy({ where: { id: row.id } })` per round → one `destroy({ where: { id: ids } })`. */
export function deleteTogether(write: RowWritten, loop: LoopContext, project: ProjectModel | undefined): FixProposal | undefined {
  return together(write, loop, project, "destroy", "Delete them together with one `destroy()`");
}

/** `await row.update({ status: "paid" })`, the same values for every row → one `update(…, { where: { id: ids } })`. */
export function updateTogether(write: RowWritten, loop: LoopContext, project: ProjectModel | undefined): FixProposal | undefined {
  return together(write, loop, project, "update", "Write them together with one `update()`");
}

function together(write: RowWritten, loop: LoopContext, project: ProjectModel | undefined, name: "destroy" | "update", title: string): FixProposal | undefined {
  const last = lastWrite(write, loop, project);
  const entity = project?.entity(write.entity);
  if (!last?.isOnly || !entity || last.name !== name) return undefined;
  const { uri, facts, written, call, receiver } = last;
  const values = name === "update" ? call.arguments[0] : undefined;
  if (name === "update" && (values?.value.kind !== "mapping" || !isKnownBefore(values.value, written, facts))) return undefined;
  const options = call.arguments[name === "update" ? 1 : 0];
  if (options && (options.value.kind !== "mapping" || options.spread)) return undefined;
  const isOfRow = receiver.kind === "name" && receiver.name === written.variable;
  const keyed = isOfRow ? undefined : keyedWrite(options?.value, entity, written, facts);
  const model = isOfRow ? modelOf(loop, uri, entity) : isSteady(receiver) && isKnownBefore(receiver, written, facts) ? receiver : undefined;
  if (!model || (!isOfRow && !keyed) || (isOfRow && options && !isKnownBefore(options.value, written, facts))) return undefined;
  return {
    title, safety: "review",
    build: inFile(uri, (text, style) => {
      const space = style.spacesInBraces ? " " : "";
      const conditions = keyed ? [`${keyed.column}: ${keysOf(text, written, keyed.key, false)}`, ...keyed.others.map((entry) => slice(text, spanOfEntry(text, entry)))] : [`${entity.primaryKey}: ${rowKeys(text, written, entity.primaryKey)}`];
      const rest = options?.value.kind === "mapping" ? options.value.entries.filter(({ key }) => !(key?.kind === "literal" && key.value === "where")).map((entry) => slice(text, spanOfEntry(text, entry))) : [];
      const where = `{${space}${[`where: {${space}${conditions.join(", ")}${space}}`, ...rest].join(", ")}${space}}`;
      const code = `${codeOf(text, model)}.${name}(${values ? `${codeOf(text, values.value)}, ` : ""}${where})`;
      return [inPlaceOf(last, code, style)];
    }),
  };
}

/** The model that the rows of a loop come from, where the same file names it. */
function modelOf(loop: LoopContext, uri: string, entity: Entity): Expression | undefined {
  const query = loop.query;
  if (!query || query.entity !== entity.key || query.origin.kind !== "manager") return undefined;
  const { root } = query.origin;
  return root.uri === uri && isSteady(root.expression) ? root.expression : undefined;
}

function keyedWrite(options: Expression | undefined, entity: Entity, written: WrittenLoop, facts: FileFacts): { readonly key: Expression; readonly column: string; readonly others: readonly Mapping["entries"][number][] } | undefined {
  const where = options?.kind === "mapping" ? entryOf(options, "where")?.value : undefined;
  if (options?.kind !== "mapping" || where?.kind !== "mapping") return undefined;
  const keyed = where.entries.filter(({ key, value }) => key?.kind === "literal" && entity.fields.has(String(key.value)) && isOfElement(value, written) && key.start !== value.start);
  const others = where.entries.filter((entry) => !keyed.includes(entry));
  const key = keyed[0]?.key;
  if (keyed.length !== 1 || key?.kind !== "literal" || !others.every((entry) => entry.key !== undefined && isKnownBefore(entry.value, written, facts))) return undefined;
  if (!options.entries.every((entry) => entry.value === where || (entry.key?.kind === "literal" && entry.key.value !== "limit" && isKnownBefore(entry.value, written, facts)))) return undefined;
  return { key: keyed[0].value, column: String(key.value), others };
}

/** A query that is the same every time round gets a name before the loop. */
export function hoist(run: QueryRun, loop: LoopContext, project: ProjectModel | undefined): FixProposal | undefined {
  return nameBefore(run, loop, project, (row, entity) => (run.how === "count" ? `${row}Count` : run.how === "list" ? `all${entity.name}s` : row));
}
