import type { LoopContext } from "../../flow";
import type { Machine } from "../../flow/machine";
import { unknown, type Value } from "../../flow/values";
import type { Pending } from "./values";

/** Somebody waits for a PrismaPromise: what it does happens in the frames that made it, in the loops that run now. */
export function settle(m: Machine, pending: Pending): Value {
  if (pending.result) return pending.result;
  // Set first: what it asks may come back to it.
  pending.result = unknown();
  const from = m.events.length;
  pending.result = pending.run(m);
  const inner = pending.frames.length > m.frames.length && m.frames.every((frame, i) => frame === pending.frames[i]);
  if (inner) for (let i = from; i < m.events.length; i++) m.events[i] = { ...m.events[i], frames: pending.frames };
  return pending.result;
}

/** How calls of `findUnique` that are sent in one tick come together. */
export interface Batch {
  /** The loops that repeat the statement: rounds that come in one tick are one statement. */
  readonly loops: readonly LoopContext[];
  /** What keeps the rounds of the innermost loop apart. */
  readonly defeatedBy?: "wait" | "condition" | "selection";
}

/**
 * `findUnique` and `findUniqueOrThrow` in one tick are one statement, when they select the same and compare scalars for equality only (Prisma: *Solving the n+1
 * problem*, dataloader; measured on 6.19 and 7.10, in interactive and array transactions too). Rounds come in one tick as long as nothing but such
 * calls, and microtasks, was waited for in them before.
 */
export function batchOf(m: Machine, isEqualityOnly: boolean, selectionVaries: number): Batch {
  const loops = m.loops.slice();
  const innermost = loops.at(-1);
  if (!innermost?.concurrent) return { loops };
  if (m.waitedIn.has(innermost.id)) return { loops, defeatedBy: "wait" };
  if (!isEqualityOnly) return { loops, defeatedBy: "condition" };
  if (selectionVaries >= innermost.id) return { loops, defeatedBy: "selection" };
  while (loops.length > 0 && loops[loops.length - 1].concurrent && !m.waitedIn.has(loops[loops.length - 1].id)) loops.pop();
  return { loops };
}

