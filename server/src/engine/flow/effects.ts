import type { Call, Expression } from "../facts";
import type { CallSite } from "./adapter";
import { lastName } from "./attributes";
import type { OtherEffect } from "./events";
import { isScript } from "./javascript/language";
import type { Machine } from "./machine";
import type { Value } from "./values";

/** Mail, money, files elsewhere: what is done twice, somebody notices. */
const OUTSIDE = /^((bulk|batch)(S|_s)|s|reS|res)end(?![a-z])|^(deliver|mail|email|sms|charge|refund|payout|upload)(?![a-z])|^capture_?([pP]ayment|[cC]harge)|^(put|copy|delete)_?[oO]bjects?$/;
/** Others are told of it, or are to do something with it. */
const TELLS = /^(publish|enqueue|dispatch|notify|trigger|broadcast|produce|schedule|apply_async)(?![a-z])|^(add|queue)_?[jJ]ob/;
/** What only reads, computes, waits, or writes a log. */
const READS = /^(get|find|load|fetch|read|list|count|has|is|are|can|may|should|check|validate|parse|hash|compare|verify|resolve|json|text|blob|arrayBuffer|query|execute|exec|raw|all|allSettled|race|any|map|filter|sleep|delay|wait|pause|log|info|warn|error|debug|lock|unlock|acquire|release|translate|format|render|compile|generate|populate|refresh|reload|init|exists|search|lookup|select|where|first|then|catch|finally|use|import|require|encrypt|decrypt|sign|encode|decode|to|from|build|prepare|calculate|compute|with|ensure|authorize|assert|download|head|scan|stream|next|begin|start|end|close|open|connect|track|increment|measure|invalidate|clear|expire|transaction|commit|rollback)(?![a-z])|([eE]n|[dD]e)crypt|[hH]ash/;
/** So an ORM may be asked for rows, whose client is not known; and so may a service. */
const WRITES = /^(create|findOrCreate|bulkCreate|getOrCreate|insert|save|add|set|update|upsert|delete|del|remove|destroy|flush|persist|put|patch|store|write|merge|link|attach|connect)(?![a-z])/;

/** What the machine knew before something was evaluated that is waited for. */
export interface EffectsSoFar {
  readonly work: number;
  readonly effects: number;
}

/** A call that is not looked into, in a loop. `varies`: what its receiver depends on. */
export function noteUnseenCall(m: Machine, varies: number, call: CallSite): void {
  if (m.loops.length === 0) return;
  const dependsOn = Math.max(varies, call.varies);
  m.unseen = { node: call.node, dependsOn };
  const nature = namedNature(call.node.callee);
  // Signals of Python have their receivers called on the spot (Django: *Sending signals*); what a script does not wait for may be as near.
  if (nature === undefined || call.keywords.has("sender") || (nature === "told" && isScript(m, call.uri))) return;
  emitEffect(m, nature, call.node, dependsOn);
}

/** `await mailer.send(…)`: what was waited for, unless it is known by now what the call did. */
export function noteAwaited(m: Machine, node: Expression | undefined, value: Value, before: EffectsSoFar): void {
  if (m.loops.length === 0 || node?.kind !== "call" || m.work !== before.work || m.effects !== before.effects) return;
  const named = namedNature(node.callee);
  if (named) return emitEffect(m, named, node, value.varies);
  const name = lastName(node.callee);
  if (m.unseen?.node === node && name !== "" && !READS.test(name)) emitEffect(m, WRITES.test(name) ? "written" : "unknown", node, m.unseen.dependsOn);
}

function emitEffect(m: Machine, nature: OtherEffect["nature"], expression: Call, dependsOn: number): void {
  m.effects++;
  // A call that does this is not idle.
  m.work++;
  m.emit({ kind: "otherEffect", at: m.at(expression), nature, expression, dependsOn });
}

function namedNature(callee: Expression): "outside" | "told" | undefined {
  const name = lastName(callee);
  if (OUTSIDE.test(name)) return "outside";
  return TELLS.test(name) || (name === "add" && callee.kind === "attribute" && /queue$/i.test(lastName(callee.object))) ? "told" : undefined;
}
