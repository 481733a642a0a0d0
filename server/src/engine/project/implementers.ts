import type { Expression } from "../facts";
import { isTestFile } from "./call-graph";
import type { ProjectCore } from "./adapter";
import type { ClassRef } from "./model";

/** Names of classes that stand in for others: in tests, or around the one that does the work. */
const STANDS_IN = /^(Fake|Mock|Stub|Dummy|Noop|Null|InMemory)|(Fake|Mock|Stub|InMemory)$|^Memory\w*(Repository|Store|Storage|Cache|Adapter|Provider|Queue)$/;

/** Classes of interfaces deeper in each other than this are not followed. */
const DEEPEST = 5;

interface Promised {
  /** By the class or interface that they say they implement. */
  readonly implemented: ReadonlyMap<string, readonly ClassRef[]>;
  /** By the class that they extend. */
  readonly extended: ReadonlyMap<string, readonly ClassRef[]>;
}

/** Which classes do what interfaces and abstract classes promise; those that stand in for others, and those of tests, left out. Records nothing. */
export class Implementers {
  private known: Promised | undefined;

  constructor(private readonly core: ProjectCore) {}

  /** The classes that say that they implement this one. */
  of(ref: ClassRef): readonly ClassRef[] {
    return this.all.implemented.get(ref.key) ?? [];
  }

  /** The one class that does what this one promises; undefined where it promises no methods, and where there are several. */
  only(ref: ClassRef): ClassRef | undefined {
    let current = ref;
    for (let depth = 0; depth < DEEPEST; depth++) {
      if (!this.leavesMethods(current)) return current === ref ? undefined : current;
      const found = [...this.of(current), ...(this.all.extended.get(current.key) ?? [])];
      if (found.length !== 1) return undefined;
      [current] = found;
    }
    return undefined;
  }

  private get all(): Promised {
    if (this.known) return this.known;
    const implemented = new Map<string, ClassRef[]>();
    const extended = new Map<string, ClassRef[]>();
    for (const each of this.core.classes) {
      const { declaration, uri } = each;
      const bases = declaration.form === undefined ? declaration.bases : [];
      if (((declaration.implements?.length ?? 0) === 0 && bases.length === 0) || STANDS_IN.test(declaration.name) || isTestFile(this.core, uri)) continue;
      for (const type of declaration.implements ?? []) this.add(implemented, type, each);
      for (const type of bases) this.add(extended, type, each);
    }
    return (this.known = { implemented, extended });
  }

  private add(lists: Map<string, ClassRef[]>, type: Expression, ref: ClassRef): void {
    const symbol = this.core.resolveExpression(ref.uri, type.kind === "subscript" ? type.object : type);
    const target = symbol && this.core.followAliases(symbol);
    if (target?.kind !== "class") return;
    const list = lists.get(target.class.key);
    if (list) list.push(ref);
    else lists.set(target.class.key, [ref]);
  }

  /** An interface with methods, own or inherited, or a class some of whose methods have no body. */
  private leavesMethods(ref: ClassRef): boolean {
    if (ref.declaration.form === "enum") return false;
    if (ref.declaration.form === undefined) return ref.declaration.methods.some((each) => each.isSignature === true);
    return this.core.ancestors(ref).some((each) => "class" in each && each.class.declaration.methods.length > 0);
  }
}
