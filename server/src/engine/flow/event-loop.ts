import type { Expression } from "../facts";
import type { FunctionRef } from "../project";
import { lastName } from "./attributes";
import type { EventDraft } from "./events";
import { isScript } from "./javascript/language";
import type { Machine } from "./machine";
import type { ObjectValue, Value } from "./values";

const TYPE = "off-loop";

/** `sync_to_async(function)`: what it calls runs in a thread (asgiref: *sync_to_async*). */
export function offLoopValue(callee: Value): ObjectValue {
  return { kind: "object", type: TYPE, parts: { callee }, varies: callee.varies };
}

export function offLoopCallee(value: ObjectValue): Value | undefined {
  return value.type === TYPE ? value.parts.callee : undefined;
}

/** Runs what is called from a thread. */
export function offLoop<Result>(m: Machine, run: () => Result): Result {
  const { asyncFrame } = m;
  m.asyncFrame = undefined;
  const result = run();
  m.asyncFrame = asyncFrame;
  return result;
}

/** The frame of the `async def` that a function's statements run under, when it is entered as frame `depth`. */
export function asyncFrameOf(m: Machine, fn: FunctionRef, depth: number): number | undefined {
  // Nothing that JavaScript waits for holds up others.
  if (isScript(m, fn.uri)) return undefined;
  if (fn.declaration.decorators.some((each) => isOffLoop(lastName(each)))) return undefined;
  return fn.declaration.isAsync ? depth : m.asyncFrame;
}

export function isOffLoop(name: string): boolean {
  return name === "sync_to_async" || name === "database_sync_to_async";
}

/** Methods that wait for the database without holding up the event loop are named for their synchronous ones (Django: *Asynchronous queries*). */
const AWAITED = /^a(get|first|last|latest|earliest|count|exists|aggregate|in_bulk|create|bulk_create|bulk_update|get_or_create|update_or_create|update|delete|contains|iterator|add|remove|set|clear|save|refresh_from_db|explain|get_object_or_404|get_list_or_404|prefetch_related_objects|page|get_page)$/;

/** What of an event holds up an event loop: a database call that is made directly in an `async def`, or in what it calls. */
export function blockedBy(m: Machine, event: EventDraft): EventDraft | undefined {
  const { asyncFrame } = m;
  if (asyncFrame === undefined || m.walksAsync) return undefined;
  switch (event.kind) {
    case "queryRun":
      if (!event.sends || isAwaited(event.expression)) return undefined;
      return { kind: "eventLoopBlocked", at: event.at, by: "query", asyncFrame, how: event.how, expression: event.expression, query: event.query, entity: event.query.entity };
    case "rowWritten":
      if (isAwaited(event.expression)) return undefined;
      return { kind: "eventLoopBlocked", at: event.at, by: "write", asyncFrame, how: event.how, expression: event.expression, query: event.query, row: event.row, entity: event.entity };
    case "relationRead":
      // A read of many is a query of its own.
      if (event.loaded || event.use !== "read") return undefined;
      return { kind: "eventLoopBlocked", at: event.at, by: "relation", asyncFrame, how: event.relation.name, query: event.row.query, row: event.row, entity: event.row.entity };
    default:
      return undefined;
  }
}

function isAwaited(expression: Expression | undefined): boolean {
  return expression?.kind === "call" && AWAITED.test(lastName(expression.callee));
}
