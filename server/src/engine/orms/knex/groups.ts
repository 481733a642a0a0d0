import type { CallSite } from "../../flow/adapter";
import type { Machine } from "../../flow/machine";
import type { ObjectValue, Value } from "../../flow/values";
import { conditionsOf, isCondition, type Group } from "./conditions";

/** A call on the builder inside of brackets: `where((builder) => builder.where(…).orWhere(…))`. */
export function callGroup(m: Machine, receiver: ObjectValue, name: string, call: CallSite): Value | undefined {
  const { entity, collected, state } = receiver.data as Group;
  state.varies = Math.max(state.varies, call.varies);
  if (!isCondition(name)) {
    state.isUncertain = true;
    return receiver;
  }
  const added = conditionsOf(m, entity, name, call);
  if (added.isAlternative) collected.forEach((each, i) => (collected[i] = { ...each, disjunct: true }));
  collected.push(...added.lookups);
  if (added.isUncertain) state.isUncertain = true;
  state.varies = Math.max(state.varies, added.varies ?? 0);
  return receiver;
}
