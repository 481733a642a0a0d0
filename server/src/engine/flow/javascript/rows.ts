import type { Expression } from "../../facts";
import type { QueryRun } from "../events";
import type { Location } from "../../source";
import type { FunctionRef } from "../../project";
import type { Machine } from "../machine";
import type { Scope } from "../scope";
import type { Query } from "../query";
import { optionsOf, type SequenceValue, type Value } from "../values";

/** What became of rows that one `await` loaded, as long as nothing but their number was asked for. */
export interface LoadedRows {
  /** Places that read `rows.length`. */
  readonly lengths: { readonly expression: Expression; meaning?: { readonly expression: Expression; readonly of: "some" | "none" } }[];
  /** Something else was done with them. */
  isUsed: boolean;
  /** Some are picked, or one value is made of all. */
  isNarrowed?: boolean;
  /** A function that was called loaded them: the place of its query. */
  loadedAt?: Location;
  readonly query: Query;
}

/** Rows that are there since somebody waited for them. */
export function loadedBy(m: Machine, value: Value): LoadedRows[] {
  return optionsOf(value).flatMap((option) => {
    const query = option.kind === "sequence" && option.materialised ? option.query : undefined;
    return query ? [rowsOf(m, query)] : [];
  });
}

function rowsOf(m: Machine, query: Query): LoadedRows {
  let rows = m.loadedRows.get(query.id);
  if (!rows) m.loadedRows.set(query.id, (rows = { lengths: [], isUsed: false, query }));
  return rows;
}

/** `rows.length` */
export function noteLength(m: Machine, rows: SequenceValue, node: Expression): void {
  for (const each of loadedBy(m, rows)) each.lengths.push({ expression: node });
}

/** Whatever else is done with a name that holds rows. */
export function noteUse(m: Machine, value: Value): void {
  for (const each of loadedBy(m, value)) each.isUsed = true;
}

/** `rows.length > 0`, `!rows.length`, `if (rows.length)`. */
export function noteMeaning(m: Machine, length: Expression, whole: Expression, of: "some" | "none"): void {
  for (const { lengths } of m.loadedRows.values()) for (const each of lengths) if (each.expression === length) each.meaning = { expression: whole, of };
}

/** `rows.filter(…)`, `rows.find(…)`, `rows[0]`: not all rows go on from here. */
export function noteNarrowed(m: Machine, rows: Value): void {
  for (const option of optionsOf(rows)) {
    const query = option.kind === "sequence" && option.materialised ? option.query : undefined;
    if (query) rowsOf(m, query).isNarrowed = true;
    const run = query && m.events.find((event): event is QueryRun => event.kind === "queryRun" && event.query.id === query.id);
    if (run) (run as { -readonly [K in keyof QueryRun]: QueryRun[K] }).narrowed = true;
  }
}

/** A call gave rows that the function which it calls has loaded. */
export function noteTaken(m: Machine, value: Value): void {
  for (const option of optionsOf(value)) if (option.kind === "sequence" && option.materialised && option.query) rowsOf(m, option.query).loadedAt = option.materialised;
}

/** What a function that nobody here called reads of the names around it: a callback that was handed to something unknown. */
export function noteCaptured(m: Machine, fn: FunctionRef, closure: Scope): void {
  if (m.loadedRows.size === 0) return;
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) return node.forEach(visit);
    if (typeof node !== "object" || node === null) return;
    const { kind, name } = node as { readonly kind?: string; readonly name?: string };
    if (kind === "name" && name !== undefined) {
      const value = closure.get(name);
      if (value) noteUse(m, value);
    } else if (kind === "function") visit(m.project.bodyOf({ ...fn, declaration: (node as Expression & { readonly kind: "function" }).function }));
    else Object.values(node).forEach(visit);
  };
  visit(m.project.bodyOf(fn));
}

/** At the end of a function: loads of which only the number of rows was wanted say so. */
export function settleLengths(m: Machine): void {
  for (const [id, { lengths, isUsed, isNarrowed, loadedAt, query }] of m.loadedRows) {
    if (loadedAt) m.emit({ kind: "rowsTaken", at: loadedAt, query, isKept: !isNarrowed && (isUsed || lengths.length === 0) });
    if (isUsed || lengths.length === 0) continue;
    const run = m.events.find((event): event is QueryRun => event.kind === "queryRun" && event.query.id === id);
    if (run) (run as { -readonly [K in keyof QueryRun]: QueryRun[K] }).onlyLength = lengths.map(({ expression, meaning }) => ({ at: m.at(expression, run.at.uri), expression, ...(meaning && { meaning }) }));
  }
}
