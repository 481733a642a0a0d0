import type { Expression } from "../facts";
import { isTestFile } from "./call-graph";
import type { ProjectCore } from "./adapter";
import type { ClassRef } from "./model";

/** Names of classes that stand in for others: in tests, or around the one that does the work. */
const STANDS_IN = /^(Fake|Mock|Stub|Dummy|Noop|Null|InMemory|Memory)|(Fake|Mock|Stub|InMemory)$/;

/** Decorators that say whose commands and queries a class handles (NestJS: *CQRS*). */
const HANDLES = /^(command|query)handler$/i;

/** Which class does what an interface or an abstract class promises, or handles a command, where there is only one. Records nothing. */
export class Implementers {
  private byPromise: ReadonlyMap<string, readonly ClassRef[]> | undefined;
  private byMessage: ReadonlyMap<string, readonly ClassRef[]> | undefined;

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

  /** The class whose decorator says that it handles what this class tells: `@CommandHandler(OrderCommand)`. */
  handler(ref: ClassRef): ClassRef | undefined {
    const found = this.handlers.get(ref.key) ?? [];
    return found.length === 1 ? found[0] : undefined;
  }

  private get handlers(): ReadonlyMap<string, readonly ClassRef[]> {
    if (this.byMessage) return this.byMessage;
    const found = new Map<string, ClassRef[]>();
    for (const each of this.core.classes) {
      for (const decorator of each.declaration.decorators) {
        if (decorator.kind !== "call" || decorator.callee.kind !== "name" || !HANDLES.test(decorator.callee.name) || decorator.arguments.length === 0) continue;
        const message = this.classNamed(each.uri, decorator.arguments[0].value);
        if (message) add(found, message.key, each);
      }
    }
    return (this.byMessage = found);
  }

  private classNamed(uri: string, expression: Expression): ClassRef | undefined {
    const symbol = this.core.resolveExpression(uri, expression);
    const target = symbol && this.core.followAliases(symbol);
    return target?.kind === "class" ? target.class : undefined;
  }

  private get all(): ReadonlyMap<string, readonly ClassRef[]> {
    if (this.byPromise) return this.byPromise;
    const found = new Map<string, ClassRef[]>();
    for (const each of this.core.classes) {
      const { declaration, uri } = each;
      const promised = [...(declaration.implements ?? []), ...(declaration.form === undefined ? declaration.bases : [])];
      if (promised.length === 0 || STANDS_IN.test(declaration.name) || isTestFile(this.core, uri)) continue;
      for (const type of promised) {
        const target = this.classNamed(uri, type.kind === "subscript" ? type.object : type);
        if (target && this.leavesMethods(target)) add(found, target.key, each);
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

function add(lists: Map<string, ClassRef[]>, key: string, ref: ClassRef): void {
  const list = lists.get(key);
  if (list) list.push(ref);
  else lists.set(key, [ref]);
}
