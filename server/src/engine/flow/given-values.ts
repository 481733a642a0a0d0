import type { Given } from "../project";
import { constant, sequenceOf, unknown, type Value } from "./values";

/** What a parameter holds when no caller is in sight, given what all of them write; `known`: what its type and its name say. */
export function givenValue(given: Given, known: Value): Value {
  switch (given.kind) {
    case "literal": return constant(given.value);
    case "one": return known.kind === "sequence" ? { ...known, items: [known.element], size: "few" } : sequenceOf("list", unknown(), { items: [unknown()], size: "few" });
    case "options": {
      const typed = known.kind === "mapping" && !known.isMap ? known.entries : undefined;
      const entries = new Map<string, Value>();
      const maybe = new Set<string>();
      for (const [name, each] of given.entries) {
        const own = typed?.get(name) ?? unknown();
        const isSaid = each !== undefined && each !== "neutral";
        entries.set(name, isSaid ? givenValue(each, own) : own);
        if (!isSaid) maybe.add(name);
      }
      return { kind: "mapping", entries, ...(maybe.size > 0 && { maybe }), ...(given.isFilled && { isFilled: true as const }), key: unknown(), value: unknown(), size: "few", complete: true, isOptions: true, varies: 0 };
    }
  }
}
