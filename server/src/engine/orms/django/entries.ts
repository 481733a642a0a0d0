import type { EntryPoint } from "../../flow";
import { lastName } from "../../flow/attributes";
import type { Machine } from "../../flow/machine";
import type { FunctionRef } from "../../project";
import { isView } from "./views";

/** Decorators that make a function a background task: Celery, django-rq, huey, dramatiq, procrastinate. */
const TASK_DECORATORS = /^(task|shared_task|periodic_task|job|db_task|db_periodic_task|actor)$/;
const ADMIN = /^(django\.contrib\.\w+\.admin|django\.contrib\.admin)\b|ModelAdmin$/;

/** Who runs a function of a Django project: by Django's folders, task decorators, the `request` it takes, and its class. */
export function djangoEntry(m: Machine, module: string, fn: FunctionRef | undefined): EntryPoint | undefined {
  if (/(^|\.)migrations\./.test(module)) return "migration";
  if (/(^|\.)management\.commands\./.test(module)) return "command";
  if (fn?.declaration.decorators.some((decorator) => TASK_DECORATORS.test(lastName(decorator)))) return "task";
  if (/(^|\.)tasks?(\.|$)/.test(module)) return "task";
  if (!fn) return undefined;
  const { owner } = fn;
  if (!owner) return fn.declaration.parameters[0]?.name === "request" ? "request" : undefined;
  if (m.project.ancestors(owner).some((ancestor) => "external" in ancestor && ADMIN.test(ancestor.external))) return "admin";
  return isView(m, owner) || fn.declaration.parameters[1]?.name === "request" ? "request" : undefined;
}
