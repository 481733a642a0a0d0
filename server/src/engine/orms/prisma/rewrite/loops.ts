import type { FileFacts } from "../../../facts";
import type { LoopContext, QueryRun, RowWritten } from "../../../flow";
import type { Entity, ProjectModel } from "../../../project";
import type { FixProposal } from "../../../rule";
import type { TextEdit } from "../../../source";
import { changed } from "../../script/calls";
import { awaitAround, fetchOnce, freshName, insertBefore, isAsyncAt, isKnownBefore, isWholeRound, keysOf, outdented, wholeLoop, writtenLoop, type WrittenLoop } from "../../script/loops";
import { addProperty, codeOf, entryOf } from "../../script/object-literals";
import { inFile } from "../../script/rewriter";
import { wholeLines } from "../../script/sent-once";
import { indentAt } from "../../script/source-style";
import { statementsAround } from "../../script/statements";
import { callForKeys, keyEntry, rowName, writtenCall, type WrittenCall } from "./calls";

interface Place {
  readonly facts: FileFacts;
  readonly entity: Entity;
  readonly loop: WrittenLoop;
  readonly written: WrittenCall;
}

function placeOf(event: QueryRun | RowWritten, loop: LoopContext, project: ProjectModel | undefined): Place | undefined {
  const facts = project?.files.get(event.at.uri);
  const entity = event.query && project?.entity(event.query.entity);
  const written = writtenCall(event.query);
  const code = facts && writtenLoop(facts, loop);
  if (!facts || !entity || !written || !code || written.uri !== event.at.uri || !isKnownBefore(written.delegate, code, facts) || !isAsyncAt(facts, code.node)) return undefined;
  return { facts, entity, loop: code, written };
}

/** The key of a round may be null: a column that may be, of the rows that the loop walks. */
function mayBeNull(key: { readonly kind: string; readonly name?: string }, loop: LoopContext, project: ProjectModel): boolean {
  const entity = loop.query && project.entity(loop.query.entity);
  return key.kind === "attribute" && key.name !== undefined && entity?.fields.get(key.name)?.nullable === true;
}

/** One `findMany` (or `groupBy` for counts) for the keys of all rounds, and a look-up in each. Review. */
export function fetchInBulk(run: QueryRun, loop: LoopContext, project: ProjectModel): FixProposal | undefined {
  const place = placeOf(run, loop, project);
  const key = place && keyEntry(place.written, place.entity, place.loop, place.facts);
  if (!place || !key) return undefined;
  const { facts, entity, written } = place;
  const { options, name } = written;
  const field = entity.fields.get(key.field)!;
  const isOne = field.unique || field.primaryKey;
  const awaited = awaitAround(facts, written.call);
  const others = options?.entries.map((entry) => (entry.key?.kind === "literal" ? String(entry.key.value) : "")).filter((each) => each !== "where") ?? [];
  const allowed = name === "count" ? [] : isOne ? ["select", "include", "omit", "orderBy"] : ["select", "include", "omit", "orderBy"];
  const isReadable = name === "findMany" ? !isOne : name === "count" ? true : (name === "findUnique" || name === "findFirst") && isOne;
  if (!awaited || !isReadable || !others.every((each) => allowed.includes(each))) return undefined;
  if (!others.every((each) => isKnownBefore(entryOf(options!, each)?.value, place.loop, facts))) return undefined;
  return {
    title: "Fetch them all before the loop", safety: "review", preferred: true,
    build: inFile(written.uri, (text, style) => {
      const more: TextEdit[] = [];
      const select = options && entryOf(options, "select")?.value;
      if (select && (select.kind !== "mapping" || select.entries.some((entry) => !entry.key))) return undefined;
      if (select?.kind === "mapping" && !entryOf(select, key.field)) {
        const edit = addProperty(text, select, `${key.field}: true`, style);
        if (!edit) return undefined;
        more.push(edit);
      }
      if (name === "count") {
        const edit = addProperty(text, options!, "_count: { _all: true }", style);
        if (!edit) return undefined;
        const by = { span: { start: options!.entries[0].key!.start, end: options!.entries[0].key!.start }, newText: `by: [${style.quote}${key.field}${style.quote}], ` };
        more.push(edit, by);
      }
      return fetchOnce({
        facts, text, style, entity, loop: place.loop, awaited, key: key.key, mayBeNull: mayBeNull(key.key, loop, project), column: key.field, row: name === "count" ? "row" : rowName(entity), many: name === "findMany",
        fetch: (keys) => callForKeys(text, written, key, name === "count" ? "groupBy" : "findMany", keys, more),
        ...(name === "count" ? { missing: "0" as const, value: "_count._all", rows: `${rowName(entity)}Counts` } : name === "findMany" ? {} : { missing: "null" as const }),
      });
    }),
  };
}

/** A query that is the same in every round moves to a name before the loop. Safe. */
export function hoist(run: QueryRun, loop: LoopContext, project: ProjectModel | undefined): FixProposal | undefined {
  const place = placeOf(run, loop, project);
  const awaited = place && awaitAround(place.facts, place.written.call);
  if (!place || !awaited || !isKnownBefore(place.written.call, place.loop, place.facts)) return undefined;
  const { facts, written, entity } = place;
  const statement = statementsAround(facts, awaited).at(-1)?.statement;
  const name = statement?.kind === "assign" && statement.value === awaited && statement.targets.length === 1 && statement.targets[0].kind === "name" ? statement.targets[0].name : undefined;
  return {
    title: "Send it once before the loop", safety: "safe", preferred: true,
    build: inFile(written.uri, (text, style) => {
      const code = outdented(text, awaited);
      if (name !== undefined && statement && text.startsWith("const", statement.start)) {
        const before = insertBefore(facts, text, place.loop.node, [`const ${name} = ${code}${style.semicolon}`], style);
        const line = wholeLines(text, statement);
        // Another of that name around the loop would be hidden.
        return before && line && isFree(text, name, statement) ? [before, { span: line, newText: "" }] : undefined;
      }
      const fresh = freshName(text, rowName(entity), `${rowName(entity)}Before`);
      const before = insertBefore(facts, text, place.loop.node, [`const ${fresh} = ${code}${style.semicolon}`], style);
      return before && [before, { span: { start: awaited.start, end: awaited.end }, newText: fresh }];
    }),
  };
}

/** The name is declared nowhere else in the file. */
function isFree(text: string, name: string, { start, end }: { readonly start: number; readonly end: number }): boolean {
  return !new RegExp(`\\b(const|let|var|function|class)\\s+(\\{[^}]*\\b)?${name}\\b`).test(text.slice(0, start) + text.slice(end));
}

/** One `createMany` in the place of a loop that does nothing but create rows. Review. */
export function insertTogether(write: RowWritten, loop: LoopContext, project: ProjectModel | undefined): FixProposal | undefined {
  const place = placeOf(write, loop, project);
  const data = place?.written.options && entryOf(place.written.options, "data")?.value;
  if (!place || !data || place.written.name !== "create" || place.written.options!.entries.length !== 1 || !isWholeRound(place.loop, place.written.call) || !isOfColumns(data, place.entity)) return undefined;
  return inPlaceOfLoop(place, "Insert them together", (text, { loop: each, written }) => {
    const rows = codeOf(text, each.iterable);
    const isRow = data.kind === "name" && data.name === each.variable;
    const list = isRow ? rows : `${rows}.map((${each.variable}) => (${codeOf(text, data)}))`;
    const isShorthand = data.start === entryOf(written.options!, "data")!.key!.start;
    return [
      { span: { start: written.nameStart, end: written.nameStart + written.name.length }, newText: "createMany" },
      { span: { start: data.start, end: data.end }, newText: isShorthand ? `data: ${list}` : list },
    ];
  });
}

/** Nested writes are for one row only. */
function isOfColumns(data: { readonly kind: string; readonly entries?: readonly { readonly key?: { readonly kind: string; readonly value?: unknown } }[] }, entity: Entity): boolean {
  if (data.kind !== "mapping") return data.kind === "name" || data.kind === "attribute";
  return (data.entries ?? []).every(({ key }) => !key || (key.kind === "literal" && entity.fields.has(String(key.value))));
}

/** One `updateMany` for the keys of all rounds, where every row gets the same values. Review: rows that are missing are no error any more. */
export function updateTogether(write: RowWritten, loop: LoopContext, project: ProjectModel | undefined): FixProposal | undefined {
  const place = placeOf(write, loop, project);
  const data = place?.written.options && entryOf(place.written.options, "data")?.value;
  if (!place || !data || !/^update(Many)?$/.test(place.written.name) || place.written.options!.entries.length !== 2 || !isOfColumns(data, place.entity) || !isKnownBefore(data, place.loop, place.facts)) return undefined;
  return byKeys(place, "updateMany", "Update them together");
}

/** One `deleteMany` for the keys of all rounds. Review: rows that are missing are no error any more. */
export function deleteTogether(write: RowWritten, loop: LoopContext, project: ProjectModel | undefined): FixProposal | undefined {
  const place = placeOf(write, loop, project);
  if (!place || !/^delete(Many)?$/.test(place.written.name) || place.written.options?.entries.length !== 1) return undefined;
  return byKeys(place, "deleteMany", "Delete them together");
}

function byKeys(place: Place, operation: string, title: string): FixProposal | undefined {
  const key = keyEntry(place.written, place.entity, place.loop, place.facts);
  if (!key || !isWholeRound(place.loop, place.written.call)) return undefined;
  return inPlaceOfLoop(place, title, (text, { loop, written }) => [
    { span: { start: written.nameStart, end: written.nameStart + written.name.length }, newText: operation },
    { span: { start: Math.min(key.entry.key!.start, key.key.start), end: key.key.end }, newText: `${key.field}: { in: ${keysOf(text, loop, key.key, false)} }` },
  ]);
}

function inPlaceOfLoop(place: Place, title: string, changes: (text: string, place: Place) => readonly TextEdit[]): FixProposal {
  const { facts, written, loop } = place;
  return {
    title, safety: "review", preferred: true,
    build: inFile(written.uri, (text, { newline, semicolon }) => {
      const whole = wholeLoop(facts, text, loop);
      if (!whole) return undefined;
      const code = outdented(text, written.call, changed(text, written.call, changes(text, place)));
      const indent = indentAt(text, whole.start);
      return [{ span: whole, newText: `await ${code.replaceAll("\n", newline + indent)}${semicolon}` }];
    }),
  };
}
