import type { Expression, With } from "../facts";
import type { Location } from "../source";
import type { Machine, OpenTransaction } from "./machine";
import { optionsOf, type ObjectValue, type Value } from "./values";

const TYPE = "transaction";

/** What opens a transaction as a context manager. */
export function transactionValue(varies: number, orm?: string): ObjectValue {
  return { kind: "object", type: TYPE, parts: {}, data: orm, varies };
}

export function isTransaction(value: Value): boolean {
  return optionsOf(value).some((option) => option.kind === "object" && option.type === TYPE);
}

/** The ORM whose transaction one of these values opens. */
export function ormOfTransaction(values: readonly Value[]): string | undefined {
  const found = values.flatMap(optionsOf).find(isTransaction);
  return found?.kind === "object" ? (found.data as string | undefined) : undefined;
}

/** A transaction in which nothing has happened yet. */
export function openedAt(at: Location, frame: number, loop: number, orm?: string): OpenTransaction {
  return { at, frame, loop, orm, writes: 0, locks: false, hasOtherEffects: false };
}

/** Runs what is called behind all of them: `transaction.on_commit(…)`. */
export function afterTransactions<Result>(m: Machine, run: () => Result): Result {
  const { transactions } = m;
  m.transactions = [];
  const result = run();
  m.transactions = transactions;
  return result;
}

/** Runs what stands in a transaction, and says what happened in it. */
export function inTransaction<Result>(m: Machine, node: Expression | With, run: () => Result, uri = m.uri, orm?: string): Result {
  const block = node.kind === "with" ? node : undefined;
  const at = m.at(block ? { start: block.start, end: block.items.at(-1)?.context.end ?? block.start } : node, uri);
  const opened = openedAt(at, m.frames.length - 1, m.innermost, orm);
  const isNested = m.transactions.length > 0;
  m.transactions.push(opened);
  const result = run();
  m.transactions.pop();
  const { writes, locks, hasOtherEffects } = opened;
  m.emit({ kind: "transactionDone", at, orm, block, isNested, isGuarded: m.guards.some((loop) => loop >= m.innermost), writes, locks, hasOtherEffects });
  return result;
}

/** A call opens a transaction, and another one will close it: `startTransaction()` … `commitTransaction()`. */
export function beginTransaction(m: Machine, node: Expression, uri: string, orm: string): void {
  m.transactions.push({ ...openedAt(m.at(node, uri), m.frames.length - 1, m.innermost, orm), isBegun: true });
}

/** The transaction that a call opened last is over; one that is given up is nothing done. */
export function endTransaction(m: Machine, isDone: boolean): void {
  const index = m.transactions.findLastIndex((each) => each.isBegun);
  if (index < 0) return;
  const [{ at, orm, writes, locks, hasOtherEffects }] = m.transactions.splice(index, 1);
  if (isDone) m.emit({ kind: "transactionDone", at, orm, isNested: m.transactions.length > 0, isGuarded: m.guards.some((loop) => loop >= m.innermost), writes, locks, hasOtherEffects });
}

/** Something is written, in all transactions that are open. */
export function noteWrite(m: Machine): void {
  for (const transaction of m.transactions) transaction.writes++;
}

export function noteLock(m: Machine): void {
  for (const transaction of m.transactions) transaction.locks = true;
}

export function noteOtherEffect(m: Machine): void {
  for (const transaction of m.transactions) transaction.hasOtherEffects = true;
}
