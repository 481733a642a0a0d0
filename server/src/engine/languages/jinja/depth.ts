import type { Expression } from "../../facts";
import { DEPTH_LIMIT } from "../template";

/** Whether an expression nests deeper than anything that reads it may follow. Short texts cannot. */
export function isTooDeep(expression: Expression): boolean {
  if (expression.end - expression.start < DEPTH_LIMIT) return false;
  const pending: [unknown, number][] = [[expression, 0]];
  for (let next = pending.pop(); next; next = pending.pop()) {
    const [value, depth] = next;
    if (typeof value !== "object" || value === null) continue;
    const isNode = "kind" in value;
    if (isNode && depth >= DEPTH_LIMIT) return true;
    for (const child of Object.values(value)) pending.push([child, isNode ? depth + 1 : depth]);
  }
  return false;
}
