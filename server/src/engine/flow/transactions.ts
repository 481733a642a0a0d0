import type { Expression, With } from "../facts";
import type { Machine } from "./machine";
import { optionsOf, type ObjectValue, type Value } from "./values";

const TYPE = "transaction";

/** What opens a transaction as a context manager. */
export function transactionValue(varies: number): ObjectValue {
  return { kind: "object", type: TYPE, parts: {}, varies };
}

export function isTransaction(value: Value): boolean {
  return optionsOf(value).some((option) => option.kind === "object" && option.type === TYPE);
}

/** Runs what stands in a transaction, and says what happened in it. */
export function inTransaction<Result>(m: Machine, node: Expression | With, run: () => Result): Result {
  const opened = { writes: 0, locks: false, hasOtherEffects: false };
  const isNested = m.transactions.length > 0;
  m.transactions.push(opened);
  const result = run();
  m.transactions.pop();
  const block = node.kind === "with" ? node : undefined;
  const at = block ? { start: block.start, end: block.items.at(-1)?.context.end ?? block.start } : node;
  m.emit({ kind: "transactionDone", at: m.at(at), block, isNested, isGuarded: m.guards.some((loop) => loop >= m.innermost), ...opened });
  return result;
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
