import type { ClientCreated } from "../../flow";
import type { Machine } from "../../flow/machine";

/** How long a client lives that is made where the code is now: a module's own value is kept, what a function makes for itself is gone with the call. */
export function livesOf(m: Machine): ClientCreated["lives"] {
  const fn = m.frames[m.frames.length - 1].function;
  if (!fn) return "kept";
  const { declaration, owner } = fn;
  // Constructors, `onModuleInit` and the like fill an object that others keep.
  if (owner || /^(get|create|make|build|init|setup|connect|provide|use)/i.test(declaration.name)) return "unknown";
  return m.frames.length === 1 && (m.entry === "request" || m.entry === "middleware") ? "call" : "unknown";
}
