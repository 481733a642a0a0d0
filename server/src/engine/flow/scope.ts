import type { Expression } from "../facts";
import type { CallFrame } from "./events";
import { NOTHING_TESTED, type Path, type Split, type Test } from "./path-conditions";
import { joinValues, type Value } from "./values";

/** The names of one function, comprehension or lambda while it is evaluated, and what was tested on the way. */
export class Scope {
  /** What tests on the way here told. Never changed in place: branches come back to what was known before them. */
  path: Path = NOTHING_TESTED;
  /** The number of the last assignment to each name; grows on every branch. */
  private readonly versions = new Map<string, number>();
  /** What names that were assigned once were assigned. */
  private readonly origins = new Map<string, { readonly expression: Expression; readonly version: number }>();
  private assignments = 0;
  /** The frame of the function whose names these are; absent for module level, comprehensions and blocks. */
  home: CallFrame | undefined;

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

  /** What all names in reach hold. */
  *values(): Iterable<Value> {
    yield* this.names.values();
    if (this.parent) yield* this.parent.values();
  }

  /** The frame of the function around. */
  get frame(): CallFrame | undefined {
    return this.home ?? this.parent?.frame;
  }

  /** Whether the name is bound in this very scope. */
  has(name: string): boolean {
    return this.names.has(name);
  }

  set(name: string, value: Value): void {
    this.names.set(name, value);
    this.touch(name);
  }

  /** Binds a name, and remembers what it was assigned, for a name that is assigned in one place only. */
  setTo(name: string, value: Value, expression: Expression): void {
    const isFirst = !this.versions.has(name);
    this.set(name, value);
    if (isFirst) this.origins.set(name, { expression, version: this.versions.get(name)! });
    else this.origins.delete(name);
  }

  /** The expression that a name stands for, unless it may stand for another one. */
  originOf(name: string): Expression | undefined {
    if (!this.names.has(name)) return this.parent?.originOf(name);
    const origin = this.origins.get(name);
    return origin?.version === this.versions.get(name) ? origin?.expression : undefined;
  }

  /** The name holds what it held; only more is known of which object that is, until the answer is called. */
  narrowed(name: string, value: Value): () => void {
    const before = this.names.get(name);
    this.names.set(name, value);
    return () => {
      if (this.names.get(name) !== value) return;
      if (before) this.names.set(name, before);
      else this.names.delete(name);
    };
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

  know({ key, names }: Pick<Test, "key" | "names">, answer: boolean): void {
    this.path = { ...this.path, tests: new Map(this.path.tests).set(key, { answer, version: this.versionOf(names) }) };
  }

  /** What a test gave before, unless one of its names was assigned since. */
  known({ key, names }: Pick<Test, "key" | "names">): boolean | undefined {
    const test = this.path.tests.get(key);
    if (test) return this.versionOf(names) === test.version ? test.answer : undefined;
    return names.some((name) => this.names.has(name)) ? undefined : this.parent?.known({ key, names });
  }

  /** The literal that a test found the subject to be, as the key of that test. */
  literalOf(subject: string, names: readonly string[]): string | undefined {
    const start = `${subject} = `;
    for (const [key, { answer, version }] of this.path.tests) if (answer && key.startsWith(start) && version === this.versionOf(names)) return key;
    return names.some((name) => this.names.has(name)) ? undefined : this.parent?.literalOf(subject, names);
  }

  /** Joins the names of two branches of a test, and remembers which value came from which. */
  joinBranches(whenTrue: Map<string, Value>, whenFalse: Map<string, Value>, test: Test | undefined): void {
    const joined = joinNames(whenTrue, whenFalse);
    this.restore(joined);
    if (!test) return;
    let splits: Split[] | undefined;
    for (const [name, value] of joined) {
      const a = whenTrue.get(name);
      const b = whenFalse.get(name);
      if (a === b || (value.kind === "unknown" && a?.kind === b?.kind)) continue;
      splits ??= [...this.path.splits];
      splits.push({ name, test, version: this.versionOf(test.names), joined: this.versions.get(name) ?? 0, whenTrue: a, whenFalse: b });
    }
    if (splits) this.path = { ...this.path, splits };
  }

  /** Gives names that tests split the value they have where those tests are answered; `answerOf` knows the answers. */
  resolve(answerOf: (test: Test) => boolean | undefined): void {
    for (const split of this.path.splits) {
      if (split.version !== this.versionOf(split.test.names) || split.joined !== (this.versions.get(split.name) ?? 0)) continue;
      const answer = answerOf(split.test);
      const value = answer === undefined ? undefined : answer ? split.whenTrue : split.whenFalse;
      if (value) this.names.set(split.name, value);
    }
  }

  private versionOf(names: readonly string[]): number {
    let version = 0;
    for (const name of names) version = Math.max(version, this.versions.get(name) ?? 0);
    return version;
  }
}

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
