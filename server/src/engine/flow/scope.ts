import { joinValues, type Value } from "./values";

/** The names of one function, comprehension or lambda while it is evaluated. */
export class Scope {
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
  }

  /** All names that can be seen from here. */
  visible(): Map<string, Value> {
    return new Map([...(this.parent?.visible() ?? []), ...this.names]);
  }

  /** Binds where the name already is bound, or here: `nonlocal`, walrus in a comprehension. */
  assignOutwards(name: string, value: Value): void {
    let scope: Scope | undefined = this;
    while (scope && !scope.names.has(name)) scope = scope.parent;
    (scope ?? this).names.set(name, value);
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
