import type { Expression } from "../../facts";
import type { CallSite } from "../adapter";
import { callCallback } from "../calls";
import type { Machine } from "../machine";
import { walk } from "../iteration";
import { isUnknown, joinValues, sequenceOf, unknown, varying, type SequenceValue, type Value } from "../values";

/** What waiting for a value gives: a lazy query is asked, anything else is what its promise came to. */
export function awaited(m: Machine, value: Value, node: Expression): Value {
  switch (value.kind) {
    case "union": return m.forEither(value.options, (option) => awaited(m, option, node)).reduce(joinValues);
    case "query":
    case "object":
    case "manager":
      for (const adapter of m.adapters) {
        const result = adapter.awaited?.(value, node, m);
        if (result) return varying(result, value.varies);
      }
      return value;
    default:
      return value;
  }
}

/** Whether the value asks the database only when somebody waits for it. */
export function isLazy(value: Value): boolean {
  return value.kind === "query" || value.kind === "object" || (value.kind === "union" && value.options.some(isLazy));
}

/** What was computed in a loop no longer changes behind it. */
export function settle(value: Value, varies: number): Value {
  return value.kind === "unknown" ? unknown(varies) : value.kind === "union" ? { ...value, varies, options: value.options.map((option) => settle(option, varies)) } : ({ ...value, varies } as Value);
}

/** `await value`: the rounds of the loops around it go on in another tick from here. `returns`: an `async` function gives it back. */
export function awaitExpression(m: Machine, value: Value, node: Expression, returns = false): Value {
  // What an `async` function that is seen waited for, it has noted itself; what is there already takes no time.
  const isThere = !isLazy(value) && (node.kind === "call" ? m.entersLast || (returns && !isUnknown(value)) : returns || !isUnknown(value));
  const result = awaited(m, value, node);
  if (!m.staysInTick && !isThere) noteWait(m);
  m.staysInTick = false;
  return result;
}

/** Something was waited for in the loops that are running. */
export function noteWait(m: Machine): void {
  for (const loop of m.loops) m.waitedIn.add(loop.id);
}

/** `Promise.all(promises)`: every one of them is waited for, in the rounds in which they were made. */
export function awaitAll(m: Machine, value: Value, node: Expression): SequenceValue {
  const walked = walk(m, value, node, "iterate");
  const { loops } = m;
  const made = walked.madeIn;
  if (walked.items) {
    const items = walked.items.map((item) => awaited(m, item, node));
    return { ...walked, of: "list", items, madeIn: undefined, element: items.length ? items.reduce(joinValues) : walked.element };
  }
  if (!isLazy(walked.element)) return { ...walked, of: "list", madeIn: undefined };
  // The promises were made one by one in a loop that is over by now.
  if (made && !loops.some(({ id }) => id === made.id)) m.loops = [...loops, { ...made, concurrent: true }];
  const element = settle(awaited(m, made ? varying(walked.element, made.id) : walked.element, node), walked.varies);
  m.loops = loops;
  return { ...walked, of: "list", element, query: undefined, materialised: undefined, madeIn: undefined };
}

/** Functions of `Promise`, and those of packages that take its place. Undefined: none of them. */
export function callPromise(m: Machine, name: string, call: CallSite): Value | undefined {
  const first = call.positional[0];
  switch (name) {
    case "all":
      return first ? awaitAll(m, first.value, first.node.value) : undefined;
    case "allSettled": {
      if (!first) return undefined;
      const all = awaitAll(m, first.value, first.node.value);
      const settled = (value: Value): Value => ({ kind: "mapping", entries: new Map([["status", unknown()], ["value", value], ["reason", unknown()]]), key: unknown(), value: unknown(), size: "few", complete: true, varies: value.varies });
      return { ...all, items: all.items?.map(settled), element: settled(all.element), query: undefined };
    }
    case "race":
    case "any": {
      if (!first) return undefined;
      const all = awaitAll(m, first.value, first.node.value);
      return all.items?.length ? all.items.reduce(joinValues) : all.element;
    }
    case "resolve":
      m.staysInTick = true;
      return first ? awaited(m, first.value, first.node.value) : unknown();
    case "reject":
      return unknown(call.varies);
    default:
      return undefined;
  }
}

/** `new Promise((resolve, reject) => …)`: what it comes to is what `resolve` is given, which is not followed. */
export function newPromise(m: Machine, call: CallSite): Value {
  const executor = call.positional[0]?.value;
  if (executor) callCallback(m, executor, [unknown(), unknown()], call);
  return unknown(Math.max(call.varies, m.innermost));
}

/** `promise.then(rows => …)`, `.catch(…)`, `.finally(…)`. Undefined: the value has a method of this name itself. */
export function callThen(m: Machine, receiver: Value, name: string, call: CallSite): Value | undefined {
  const callback = call.positional[0];
  switch (name) {
    case "then": {
      const value = awaitExpression(m, receiver, call.node.callee.kind === "attribute" ? call.node.callee.object : call.node);
      if (!callback || callback.value.kind === "constant") return value;
      const failed = call.positional[1]?.value;
      if (failed) m.costs.ifNeeded(m, () => callCallback(m, failed, [unknown()], call));
      return awaited(m, callCallback(m, callback.value, [value], call), call.node);
    }
    case "catch": {
      const value = awaited(m, receiver, call.node);
      if (!callback) return value;
      const other = m.costs.ifNeeded(m, () => awaited(m, callCallback(m, callback.value, [unknown()], call), call.node));
      return other.kind === "unknown" || (other.kind === "constant" && other.value === null) ? value : joinValues(value, other);
    }
    case "finally": {
      const value = awaited(m, receiver, call.node);
      if (callback) callCallback(m, callback.value, [], call);
      return value;
    }
    default:
      return undefined;
  }
}

/** A list whose elements were made one by one by this callback. */
export function madeBy(m: Machine, element: Value, walked: SequenceValue, loop: NonNullable<SequenceValue["madeIn"]>): SequenceValue {
  return sequenceOf("list", element, { size: walked.size, bound: walked.bound, varies: walked.varies, ...(isLazy(element) && { madeIn: loop }) });
}
