import type { Basis, EntryPoint } from "../project";
import type { Impact, Severity } from "../rule";

const scale: readonly Severity[] = ["warning", "information", "hint"];
const impactStep: Readonly<Record<Impact, number>> = { critical: 0, high: 0, medium: 1, low: 2 };
/** A hint stays a hint, so this is as far down as anything goes. */
const toHint = 2;
const confidenceSteps: Readonly<Record<Basis, number>> = { resolved: 0, inferred: 1, assumed: toHint };
/** Nobody waits for a task or a command, and few people use an admin page. Tests and migrations are reported only when asked for, as they are. */
const entrySteps: Readonly<Record<EntryPoint, number>> = {
  request: 0, socket: 0, middleware: 0, "context-processor": 0, signal: 0, unknown: 0, task: 1, command: 1, admin: 1, test: 0, migration: 0,
};

/** The editor severity of a finding: the one place where impact and confidence become one. `lower`: steps a rule takes off for a case of its own. */
export function severityOf(impact: Impact, confidence: Basis, entry: EntryPoint, lower = 0): Severity {
  const step = impactStep[impact] + confidenceSteps[confidence] + entrySteps[entry] + Math.max(0, lower);
  return scale[Math.min(step, toHint)];
}

/** The weaker of two bases. */
export function weakest(a: Basis, b: Basis): Basis {
  return confidenceSteps[a] >= confidenceSteps[b] ? a : b;
}
