import type { Expression } from "../facts";
import type { CallSite } from "./adapter";
import type { OutsideCall } from "./events";
import { isScript } from "./javascript/language";
import { outsideKind } from "./javascript/outside";
import { noteOtherEffect } from "./transactions";
import type { Machine } from "./machine";
import type { Value } from "./values";

/** Functions of Python and of well-known packages that wait for something other than the database. */
const KINDS: readonly (readonly [RegExp, OutsideCall["io"]])[] = [
  [/^requests\.(api\.)?(get|post|put|patch|delete|head|options|request)$/, "http"],
  [/^httpx\.(get|post|put|patch|delete|head|options|request|stream)$/, "http"],
  [/^urllib\.request\.(urlopen|urlretrieve)$|^urllib2\.urlopen$/, "http"],
  [/^time\.sleep$/, "sleep"],
  [/^subprocess\.(run|call|check_call|check_output|getoutput|getstatusoutput)$|^os\.(system|popen)$/, "process"],
  [/^smtplib\.(SMTP|SMTP_SSL)$/, "mail"],
];

/** Records a call that waits for the outside world; false: the function is none of these. */
export function noteOutsideCall(m: Machine, name: string, call: CallSite): boolean {
  if (isScript(m, call.uri)) {
    const io = outsideKind(name);
    if (io) recordOutsideCall(m, { io, name, call, timeout: "unknown", seconds: io === "sleep" ? millisecondsOf(call.positional[0]?.value) : undefined });
    return io !== undefined;
  }
  const io = KINDS.find(([pattern]) => pattern.test(name))?.[1];
  if (!io) return false;
  recordOutsideCall(m, { io, name, call, timeout: timeoutOf(name, call), seconds: io === "sleep" ? secondsOf(call.positional[0]?.value) : undefined });
  return true;
}

/** The same for what an adapter knows: mail of a framework. */
export function recordOutsideCall(m: Machine, { io, name, call, timeout, seconds }: {
  readonly io: OutsideCall["io"]; readonly name: string; readonly call: CallSite; readonly timeout: OutsideCall["timeout"]; readonly seconds?: number;
}): void {
  const { node } = call;
  noteOtherEffect(m);
  m.effects++;
  const transaction = m.transactions[0];
  m.emit({
    kind: "outsideCall", at: m.at(node), io, name, timeout, expression: node, dependsOn: call.varies, ...(seconds !== undefined && { seconds }),
    ...(transaction && { transaction: { at: transaction.at, frame: transaction.frame, orm: transaction.orm, locks: m.transactions.some((each) => each.locks), writes: m.transactions.reduce((sum, each) => sum + each.writes, 0) } }),
    ...(m.asyncFrame !== undefined && { inEventLoop: true }),
    ...(isScript(m, call.uri) && { isAsynchronous: true }),
  });
}

/** requests and urllib wait for ever unless told otherwise (requests: *Timeouts*; `socket.getdefaulttimeout()` is None); httpx gives up after five seconds (*Timeouts*). */
function timeoutOf(name: string, call: CallSite): OutsideCall["timeout"] {
  const given = call.keywords.get("timeout")?.value ?? (/urlopen$/.test(name) ? call.positional[2]?.value : undefined);
  if (given) return given.kind === "constant" && given.value === null ? "none" : "given";
  if (name.startsWith("httpx.")) return "given";
  return call.more ? "unknown" : "none";
}

function secondsOf(value: Value | undefined): number | undefined {
  return value?.kind === "constant" && typeof value.value === "number" ? value.value : undefined;
}

function millisecondsOf(value: Value | undefined): number | undefined {
  const milliseconds = secondsOf(value);
  return milliseconds === undefined ? undefined : milliseconds / 1000;
}

/** The call is put in a queue, to run elsewhere later. */
export function recordEnqueued(m: Machine, task: string, expression: Expression, dependsOn: number): void {
  noteOtherEffect(m);
  m.effects++;
  m.emit({ kind: "taskEnqueued", at: m.at(expression), task, expression, dependsOn });
}
