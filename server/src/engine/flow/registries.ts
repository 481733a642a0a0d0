import type { Expression, Mapping } from "../facts";
import { unknown, type MappingValue, type Value } from "./values";

/** Entries of one object that are looked at all together; thousands of them, each an object of its own, take seconds to evaluate and to join. */
export const MOST_TOGETHER = 100;

/** An object of a module with more entries than anybody looks at together, all of them named: `export const tools = { github_issue: githubIssue, … }`. */
export function isRegistry(node: Expression): node is Mapping {
  return node.kind === "mapping" && node.entries.length > MOST_TOGETHER && node.entries.every(({ key }) => key?.kind === "literal");
}

/** Its value: an entry is evaluated when it is asked for by its name, and not known before. */
export function registryOf(node: Mapping, uri: string, evaluated: (entry: Expression) => Value): MappingValue {
  const entries = new LazyEntries(node.entries.map(({ key, value }) => [key?.kind === "literal" ? String(key.value) : "", () => evaluated(value)]));
  return { kind: "mapping", entries, key: unknown(), value: unknown(), size: "many", complete: true, varies: 0, literal: { uri, expression: node } };
}

class LazyEntries implements ReadonlyMap<string, Value> {
  private readonly waiting: Map<string, () => Value>;
  private readonly known = new Map<string, Value>();

  constructor(entries: readonly (readonly [string, () => Value])[]) {
    this.waiting = new Map(entries);
  }

  get size(): number {
    return this.waiting.size;
  }

  has(name: string): boolean {
    return this.waiting.has(name);
  }

  get(name: string): Value | undefined {
    let value = this.known.get(name);
    if (value === undefined) {
      value = this.waiting.get(name)?.();
      if (value) this.known.set(name, value);
    }
    return value;
  }

  keys(): MapIterator<string> {
    return this.waiting.keys();
  }

  *values(): MapIterator<Value> {
    for (const name of this.waiting.keys()) yield this.known.get(name) ?? unknown();
  }

  *entries(): MapIterator<[string, Value]> {
    for (const name of this.waiting.keys()) yield [name, this.known.get(name) ?? unknown()];
  }

  [Symbol.iterator](): MapIterator<[string, Value]> {
    return this.entries();
  }

  forEach(each: (value: Value, key: string, map: ReadonlyMap<string, Value>) => void): void {
    for (const [name, value] of this.entries()) each(value, name, this);
  }
}
