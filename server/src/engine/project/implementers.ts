import { isTestFile } from "./call-graph";
import type { ProjectCore } from "./adapter";
import type { ClassRef } from "./model";

/** Names of classes that stand in for others: in tests, or around the one that does the work. */
const STANDS_IN = /^(Fake|Mock|Stub|Dummy|Noop|Null|InMemory|Memory)|(Fake|Mock|Stub|InMemory)$/;

/** Which class does what an interface or an abstract class promises, where there is only one. Records nothing. */
export class Implementers {
  private byPromise: ReadonlyMap<string, readonly ClassRef[]> | undefined;

  constructor(private readonly core: ProjectCore) {}

  /** The one class that implements this one; undefined where it promises no methods, and where there are several. */
  only(ref: ClassRef): ClassRef | undefined {
    let current = ref;
    for (let depth = 0; depth < 5; depth++) {
      if (!this.leavesMethods(current)) return current === ref ? undefined : current;
      const found: readonly ClassRef[] = this.all.get(current.key) ?? [];
      if (found.length !== 1) return undefined;
      [current] = found;
    }
    return undefined;
  }

  private get all(): ReadonlyMap<string, readonly ClassRef[]> {
    if (this.byPromise) return this.byPromise;
    const found = new Map<string, ClassRef[]>();
    for (const each of this.core.classes) {
      const { declaration, uri } = each;
      const promised = [...(declaration.implements ?? []), ...(declaration.form === undefined ? declaration.bases : [])];
      if (promised.length === 0 || STANDS_IN.test(declaration.name) || isTestFile(this.core, uri)) continue;
      for (const type of promised) {
        const symbol = this.core.resolveExpression(uri, type.kind === "subscript" ? type.object : type);
        const target = symbol && this.core.followAliases(symbol);
        if (target?.kind !== "class" || !this.leavesMethods(target.class)) continue;
        const list = found.get(target.class.key);
        if (list) list.push(each);
        else found.set(target.class.key, [each]);
      }
    }
    return (this.byPromise = found);
  }

  /** An interface with methods, own or inherited, or a class some of whose methods have no body. */
  private leavesMethods(ref: ClassRef): boolean {
    if (ref.declaration.form === "enum") return false;
    if (ref.declaration.form === undefined) return ref.declaration.methods.some((each) => each.isSignature === true);
    return this.core.ancestors(ref).some((each) => "class" in each && each.class.declaration.methods.length > 0);
  }
}
