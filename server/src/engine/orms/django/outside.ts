import type { CallSite } from "../../flow/adapter";
import { callCallback } from "../../flow/calls";
import { offLoopValue } from "../../flow/event-loop";
import type { Machine } from "../../flow/machine";
import { recordEnqueued, recordOutsideCall } from "../../flow/outside";
import { afterTransactions } from "../../flow/transactions";
import { constant, unknown, type FunctionValue, type ObjectValue, type Value } from "../../flow/values";
import type { Expression } from "../../facts";

const SENDS = /^django\.core\.mail\.(send_mail|send_mass_mail|mail_admins|mail_managers)$/;
const MAILS = /^django\.core\.mail\.(message\.)?(EmailMessage|EmailMultiAlternatives)$/;
const MAIL = "mail";

/** What Django and its companions call elsewhere, later, or outside of the database. Undefined: nothing of that kind. */
export function outsideExternal(m: Machine, name: string, call: CallSite): Value | undefined {
  if (SENDS.test(name)) {
    if (!call.keywords.has("connection")) recordMail(m, name, call);
    return unknown(call.varies);
  }
  if (MAILS.test(name)) return { kind: "object", type: MAIL, parts: { own: constant(call.keywords.has("connection")) }, data: name, varies: call.varies };
  // Runs in the same request, once the transaction is over (*Performing actions after commit*).
  if (name === "django.db.transaction.on_commit") {
    const callback = (call.positional[0] ?? call.keywords.get("func"))?.value;
    if (callback) afterTransactions(m, () => callCallback(m, callback, [], call));
    return constant(null);
  }
  if (name === "channels.db.database_sync_to_async") return offLoopValue(call.positional[0]?.value ?? unknown());
  return undefined;
}

/** `mail.send()` */
export function mailMethod(m: Machine, mail: ObjectValue, name: string, call: CallSite): Value | undefined {
  if (mail.type !== MAIL) return undefined;
  const { own } = mail.parts;
  if (name === "send" && !(own.kind === "constant" && own.value === true)) recordMail(m, `${String(mail.data)}.send`, call);
  return unknown(Math.max(mail.varies, call.varies));
}

function recordMail(m: Machine, name: string, call: CallSite): void {
  if (sendsAtOnce(m)) recordOutsideCall(m, { io: "mail", name, call, timeout: "unknown" });
}

/** Only of Django's own SMTP backend, which is also the default, is it known that it talks to a server before it returns (*Email backends*). */
function sendsAtOnce(m: Machine): boolean {
  const backend = m.project.setting("EMAIL_BACKEND");
  if (!backend) return true;
  return textIn(backend.expression) === "django.core.mail.backends.smtp.EmailBackend";
}

/** A text, or the default of `env("X", default="…")`. */
function textIn(expression: Expression): string | undefined {
  if (expression.kind === "literal") return typeof expression.value === "string" ? expression.value : undefined;
  if (expression.kind !== "call") return undefined;
  const given = expression.arguments.find((each) => each.name === "default") ?? expression.arguments.filter((each) => each.name === undefined)[1];
  return given?.value.kind === "literal" && typeof given.value.value === "string" ? given.value.value : undefined;
}

const QUEUES = /^(delay|delay_on_commit|apply_async|apply_async_on_commit|send|send_with_options|enqueue|aenqueue)$/;

/** `task.delay(…)`: the call is left to a worker. */
export function taskMethod(m: Machine, task: FunctionValue, name: string, call: CallSite): Value | undefined {
  if (!QUEUES.test(name) || m.project.entryOf(task.function.key) !== "task") return undefined;
  recordEnqueued(m, task.function.declaration.name, call.node, call.varies);
  return unknown(Math.max(call.varies, m.innermost));
}
