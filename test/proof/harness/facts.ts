import { strict as assert } from "node:assert";
import { createRequire } from "node:module";
import { stopPostgres } from "./postgres";
import { countOf } from "./statements";

export type Value = number | string | boolean | readonly (number | string | boolean)[];

/** One fact that rules rest on. The code is RULE-SEMANTICS' name of the shape. */
export interface Fact {
  readonly library: string;
  readonly code: string;
  readonly says: string;
  /** The engine that it was measured on. */
  readonly on: "PostgreSQL" | "SQLite" | "both" | "none";
  readonly rules: readonly string[];
  readonly measured: Value;
  /** Whether `measured` counts statements. */
  readonly counts: boolean;
  /** What the rules' semantics said before, where the library proved it wrong. */
  readonly contradicts?: string;
}

interface Given {
  readonly code: string;
  readonly on?: Fact["on"];
  readonly rules?: readonly string[];
  readonly contradicts?: string;
}

const facts: Fact[] = [];

after(stopPostgres);

export function allFacts(): readonly Fact[] {
  return facts;
}

/** The facts of one library: each is one test. */
export class Library {
  constructor(
    readonly name: string,
    readonly packages: readonly string[],
  ) {
    libraries.push(this);
  }

  /** While `run` runs, exactly `statements` statements reach the database. */
  counts(says: string, given: Given, statements: number, run: () => unknown): void {
    this.add(says, given, statements, true);
    it(this.title(says, given, `${statements} statement${statements === 1 ? "" : "s"}`), async () => {
      assert.equal(await countOf(run), statements);
    });
  }

  /** `measure` gives `value`. */
  gives(says: string, given: Given, value: Value, measure: () => Promise<Value> | Value): void {
    this.add(says, given, value, false);
    it(this.title(says, given, shown(value)), async () => {
      assert.deepEqual(await measure(), value);
    });
  }

  private title(says: string, { code, on }: Given, measured: string): string {
    return `${code}${on === "SQLite" ? " on SQLite" : ""}: ${says}: ${measured}`;
  }

  private add(says: string, given: Given, measured: Value, counts: boolean): void {
    facts.push({ library: this.name, says, on: "PostgreSQL", rules: [], ...given, measured, counts });
  }
}

const libraries: Library[] = [];

export function allLibraries(): readonly Library[] {
  return libraries;
}

export function versionOf(name: string): string {
  const lock = createRequire(__filename)("../../../package-lock.json") as { packages: Record<string, { version: string }> };
  return lock.packages[`node_modules/${name}`].version;
}

export function shown(value: Value): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  return Array.isArray(value) ? value.map(shown).join("; ") || "nothing" : String(value);
}
