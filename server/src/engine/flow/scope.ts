import type { KnownTest, Split } from "./path-conditions";
import { joinValues, type Value } from "./values";

/** The names of one function, comprehension or lambda while it is evaluated, and what was tested on the way. */
export class Scope {
  /** What tests on the way here told. Never changed in place: branches come back to what was known before them. */
  tests: ReadonlyMap<string, KnownTest> = NO_TESTS;
  private splits: ReadonlyMap<string, Split> = NO_SPLITS;
  /** The number of the last assignment to each name; grows on every branch. */
  private readonly versions = new Map<string, number>();
  private assignments = 0;

  constructor(
    /** The file whose module-level names lie behind all scopes. */
    readonly uri: string,
    readonly parent?: Scope,
    private names = new Map<string, Value>(),
  ) {}

  get(name: string): Value | undefined {
    const value = this.names.get(name);
    return value !== undefined ? value : this.parent?.get(name);
  }

  /** Whether the name is bound in this very scope. */
  has(name: string): boolean {
    return this.names.has(name);
  }

  set(name: string, value: Value): void {
    this.names.set(name, value);
    this.touch(name);
  }

  /** The name, or something it holds, may be another one from now on. */
  touch(name: string): void {
    this.versions.set(name, ++this.assignments);
  }

  /** All names that can be seen from here. */
  visible(): Map<string, Value> {
    return new Map([...(this.parent?.visible() ?? []), ...this.names]);
  }

  /** Binds where the name already is bound, or here: `nonlocal`, walrus in a comprehension. */
  assignOutwards(name: string, value: Value): void {
    let scope: Scope | undefined = this;
    while (scope && !scope.names.has(name)) scope = scope.parent;
    (scope ?? this).set(name, value);
  }

  /** The names as they are now, to come back to with `restore`. */
  snapshot(): Map<string, Value> {
    return new Map(this.names);
  }

  restore(names: Map<string, Value>): void {
    this.names = names;
  }

  /** The names as they were handed to `restore` or changed since; not a copy. */
  current(): Map<string, Value> {
    return this.names;
  }

  know(key: string, names: readonly string[], answer: boolean): void {
    this.tests = new Map(this.tests).set(key, { answer, names, version: this.versionOf(names) });
  }

  /** What a test gave before, unless one of its names was assigned since. */
  known(key: string, names: readonly string[]): boolean | undefined {
    const test = this.tests.get(key);
    if (test) return this.versionOf(names) === test.version ? test.answer : undefined;
    return names.some((name) => this.names.has(name)) ? undefined : this.parent?.known(key, names);
  }

  /** Joins the names of two branches of a test, and remembers which value came from which. */
  joinBranches(whenTrue: Map<string, Value>, whenFalse: Map<string, Value>, test: { readonly key: string; readonly names: readonly string[] } | undefined): void {
    const joined = joinNames(whenTrue, whenFalse);
    this.restore(joined);
    if (!test) return;
    let splits: Map<string, Split> | undefined;
    for (const [name, value] of joined) {
      const a = whenTrue.get(name);
      const b = whenFalse.get(name);
      if (a === b || (value.kind === "unknown" && a?.kind === b?.kind)) continue;
      splits ??= new Map(this.splits);
      splits.set(name, { ...test, version: this.versionOf(test.names), joined: this.versions.get(name) ?? 0, whenTrue: a, whenFalse: b });
    }
    if (splits) this.splits = splits;
  }

  /** Gives names that a test split the value they have where it is answered so. */
  resolve(key: string, answer: boolean): void {
    for (const [name, split] of this.splits) {
      if (split.key !== key || split.version !== this.versionOf(split.names) || split.joined !== (this.versions.get(name) ?? 0)) continue;
      const value = answer ? split.whenTrue : split.whenFalse;
      if (value) this.names.set(name, value);
    }
  }

  private versionOf(names: readonly string[]): number {
    let version = 0;
    for (const name of names) version = Math.max(version, this.versions.get(name) ?? 0);
    return version;
  }
}

const NO_TESTS: ReadonlyMap<string, KnownTest> = new Map();
const NO_SPLITS: ReadonlyMap<string, Split> = new Map();

/** What holds after either of two branches. A name bound on one branch only keeps that value. */
export function joinNames(a: Map<string, Value>, b: Map<string, Value>): Map<string, Value> {
  if (a === b) return a;
  const joined = new Map(a);
  for (const [name, value] of b) {
    const other = joined.get(name);
    if (other === undefined) joined.set(name, value);
    else if (other !== value) joined.set(name, joinValues(other, value));
  }
  return joined;
}
