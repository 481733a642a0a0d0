import type { CallSite } from "../adapter";
import { callCallback } from "../calls";
import { enterLoop, leaveLoop, ofLength } from "../iteration";
import type { Machine } from "../machine";
import type { LoopContext } from "../query";
import { settleConstants } from "../statements";
import { optionsOf, unknown, type SequenceValue, type Value } from "../values";

export interface Rounds {
  readonly result: Value;
  readonly loop: LoopContext;
}

/**
 * Runs a callback once for the elements of a collection, as `map`, `forEach` and the like do: none of them waits for what a round gives, so promises of all
 * rounds are under way at once. `before` are arguments that come first (an accumulator, which makes each round wait for the one before).
 */
export function callPerElement(m: Machine, walked: SequenceValue, callback: Value, call: CallSite, { before = [], concurrent = true, throttled = false }: { readonly before?: readonly Value[]; readonly concurrent?: boolean; readonly throttled?: boolean } = {}): Rounds {
  const from = m.events.length;
  const closure = optionsOf(callback).find((option) => option.kind === "function");
  const body = closure?.kind === "function" && closure.closure ? m.at(closure.function.declaration, closure.function.uri) : m.at(call.node, call.uri);
  const entered = enterLoop(m, ofLength(walked, call.length), undefined, { kind: "callback", at: m.at(call.node, call.uri), body, exits: false });
  const { element, ...shape } = entered as LoopContext & { readonly element: Value };
  const parameter = closure?.kind === "function" ? closure.function.declaration.parameters[before.length] : undefined;
  const loop: LoopContext = { ...shape, variable: parameter && !parameter.pattern ? parameter.name : "", ...(concurrent && { concurrent: true as const }), ...(throttled && { throttled: true as const }) };
  m.loops[m.loops.length - 1] = loop;
  const given = rebind(element, entered, loop);
  const result = callCallback(m, callback, [...before, given, unknown(loop.id), walked], call);
  leaveLoop(m);
  settleConstants(m, from, loop.id);
  return { result, loop };
}

/** The element was bound to the loop as it was entered; rounds that run at once are part of what the loop is. */
function rebind(value: Value, from: LoopContext, to: LoopContext): Value {
  switch (value.kind) {
    case "row": return value.origin.loop && value.origin.loop.id === from.id ? { ...value, origin: { ...value.origin, loop: to } } : value;
    case "union": return { ...value, options: value.options.map((option) => rebind(option, from, to)) };
    case "sequence": return value.items ? { ...value, items: value.items.map((item) => rebind(item, from, to)), element: rebind(value.element, from, to) } : value;
    default: return value;
  }
}
