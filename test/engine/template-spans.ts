import { strict as assert } from "node:assert";
import { isTemplateName, type FileFacts } from "../../server/src/engine/facts";

/** Fails unless every node lies in its text, and every name stands where it says. */
export function assertSpans(facts: FileFacts, text: string): void {
  const visit = (value: unknown, path: string): void => {
    if (typeof value !== "object" || value === null) return;
    if (Array.isArray(value)) return value.forEach((item, index) => visit(item, `${path}[${index}]`));
    const node = value as Record<string, unknown>;
    const { start, end } = node as { start?: number; end?: number };
    if (start !== undefined && end !== undefined) assert.ok(0 <= start && start <= end && end <= text.length, `${path}: ${start}-${end} of ${text.length}`);
    if (node.kind === "name") {
      const name = node.name as string;
      const there = text.slice(start, end);
      if (isTemplateName(name)) assert.ok(there === name.slice(1) || (name === "%print" && there === "{{") || (name === "%super" && /super$/.test(there)), `${path}: ${name} is not at ${JSON.stringify(there)}`);
      else if (start !== end) assert.equal(there, name, path);
    }
    if (node.kind === "attribute") assert.equal(text.slice(node.nameStart as number, end), node.name, path);
    for (const [key, child] of Object.entries(node)) {
      visit(child, `${path}.${key}`);
      const inner = child as { start?: number; end?: number } | null;
      if (typeof node.kind === "string" && typeof inner === "object" && inner !== null && start !== undefined && end !== undefined && inner.start !== undefined && inner.end !== undefined) {
        assert.ok(start <= inner.start && inner.end <= end, `${path}.${key} ${inner.start}-${inner.end} is not in ${start}-${end}`);
      }
    }
  };
  visit(facts.bodies, "bodies");
  visit(facts.declares, "declares");
}
