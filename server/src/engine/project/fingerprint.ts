/** Keys that say where something stands, not what it is. */
const positionKeys = new Set(["start", "end", "nameStart", "nameEnd", "open", "close", "bodyStart", "bodyEnd", "declaredAt", "orderingAt"]);

/** A running 53-bit hash of text (cyrb53); quick, and wide enough that two declarations of one project do not collide by accident. */
class Hash {
  private high = 0xdeadbeef;
  private low = 0x41c6ce57;

  add(text: string): void {
    let high = this.high;
    let low = this.low;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      high = Math.imul(high ^ code, 2654435761);
      low = Math.imul(low ^ code, 1597334677);
    }
    this.high = Math.imul(high ^ 31, 2654435761);
    this.low = Math.imul(low ^ 31, 1597334677);
  }

  get value(): string {
    const high = Math.imul(this.high ^ (this.high >>> 16), 2246822507) ^ Math.imul(this.low ^ (this.low >>> 13), 3266489909);
    const low = Math.imul(this.low ^ (this.low >>> 16), 2246822507) ^ Math.imul(this.high ^ (this.high >>> 13), 3266489909);
    return (4294967296 * (2097151 & low) + (high >>> 0)).toString(36);
  }
}

function addValue(hash: Hash, value: unknown): void {
  if (value === null || typeof value !== "object") {
    hash.add(typeof value === "string" ? `"${value}` : String(value));
  } else if (Array.isArray(value)) {
    hash.add("[");
    for (const item of value) addValue(hash, item);
    hash.add("]");
  } else if (value instanceof Map) {
    hash.add("<");
    for (const [key, item] of value) {
      addValue(hash, key);
      addValue(hash, item);
    }
    hash.add(">");
  } else {
    hash.add("{");
    for (const [key, item] of Object.entries(value)) {
      if (item === undefined || positionKeys.has(key)) continue;
      hash.add(key);
      addValue(hash, item);
    }
    hash.add("}");
  }
}

/** A short digest of plain data, positions left out: equal for declarations that only moved. Never empty. */
export function structuralFingerprint(...values: readonly unknown[]): string {
  const hash = new Hash();
  for (const value of values) addValue(hash, value);
  return hash.value;
}
