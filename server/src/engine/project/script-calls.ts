import type { Expression, MappingEntry } from "../facts";
import type { ProjectCore } from "./adapter";
import type { ClassRef, FunctionRef, Symbol } from "./model";

/** What a part of a path leads to. */
export type Reached =
  | { readonly symbol: Symbol }
  | { readonly instance: ClassRef; readonly after?: ClassRef }
  | undefined;

/** Types that hold one of their first argument, or are one. */
const TRANSPARENT = /^(Promise|PromiseLike|Readonly|Partial|Required|Awaited|NonNullable|Ref|Lazy|Relation|WrapperType|Wrapper|Provider|Observable)$/;
/** Calls that give an object of the class that they are handed: containers of dependencies. */
const GIVES_INSTANCE = /^(get|resolve|inject|getService|make|useContainer|getInstance)$/;
const DEEPEST = 6;

/** Types of JavaScript whose methods are all its own. */
export function isBuiltIn(name: string): boolean {
  return /^(Array|ReadonlyArray|Map|ReadonlyMap|Set|ReadonlySet|WeakMap|WeakSet|Date|RegExp|Error|Buffer|URL|URLSearchParams|string|number|boolean|bigint|null|undefined|void|never|Object|JSON|Math|Promise|Number|String|Boolean|console|process)$/.test(name);
}

/** `wrap({ schema, handler: async () => … })`: options that are called are called by names like these. */
export function isHandlerOption({ key, value }: MappingEntry): boolean {
  return (key?.kind === "literal" && /^(handler|handle|action|execute|run|fn|callback|resolver|controller|loader)$/.test(String(key.value))) || (key?.kind === "literal" && value.kind === "function" && /handler$/i.test(String(key.value)));
}

/** Follows names and calls through the classes, values and types of scripts. */
export class ScriptPaths {
  constructor(private readonly core: ProjectCore) {}

  /** One step: the attribute `name`, or for `()` a call. */
  step(reached: Reached, name: string): Reached {
    if (!reached) return undefined;
    if ("instance" in reached) return name === "()" ? undefined : this.member(reached, name);
    const { symbol } = reached;
    if (name === "()") return this.called(symbol);
    const target = this.core.followAliases(symbol) ?? symbol;
    if (target.kind === "value" || target.kind === "type") {
      const member = this.core.resolveMember(target, name);
      if (member) return { symbol: member };
      return this.step(target.kind === "value" ? this.ofValue(target, 0) : this.ofType(target.uri, target.type.annotation, 0), name);
    }
    const member = this.core.resolveMember(target, name);
    return member && { symbol: member };
  }

  /** Whether a step that leads to nothing of the project leads to something of a package or of the language, which cannot be a function of ours. */
  isForeignStep(reached: Reached, name: string): boolean {
    if (!reached) return false;
    if ("instance" in reached) {
      const found = this.core.attribute(reached.instance, name, reached.after);
      return found ? this.isForeignType(found.uri, found.attribute.annotation) : this.core.ancestors(reached.instance).some((each) => "external" in each);
    }
    const target = this.core.followAliases(reached.symbol) ?? reached.symbol;
    switch (target.kind) {
      case "external": return true;
      case "function": return name === "()" && this.isForeignType(target.function.uri, target.function.declaration.returns);
      case "value": return this.isForeignType(target.uri, target.value.annotation);
      case "type": return this.isForeignType(target.uri, target.type.annotation);
      default: return false;
    }
  }

  private isForeignType(uri: string, type: Expression | undefined, depth = 0): boolean {
    if (!type || depth > DEEPEST) return false;
    switch (type.kind) {
      case "literal": return true;
      case "name":
      case "attribute": {
        const symbol = this.core.resolveExpression(uri, type);
        if (!symbol) return type.kind === "name" && isBuiltIn(type.name);
        const target = this.core.followAliases(symbol) ?? symbol;
        return target.kind === "external" || (target.kind === "type" && this.isForeignType(target.uri, target.type.annotation, depth + 1));
      }
      case "subscript": {
        const name = type.object.kind === "name" || type.object.kind === "attribute" ? type.object.name : "";
        return this.isForeignType(uri, TRANSPARENT.test(name) ? (type.index.kind === "sequence" ? type.index.items[0] : type.index) : type.object, depth + 1);
      }
      case "binary": return this.isForeignType(uri, type.left, depth + 1) && this.isForeignType(uri, type.right, depth + 1);
      default: return false;
    }
  }

  private member({ instance, after }: { readonly instance: ClassRef; readonly after?: ClassRef }, name: string): Reached {
    const method = this.core.method(instance, name, after);
    if (method) return { symbol: { kind: "function", function: method } };
    const found = this.core.attribute(instance, name, after);
    if (!found) return undefined;
    return this.ofType(found.uri, found.attribute.annotation, 0) ?? this.ofExpression(found.uri, found.attribute.value, 0, found.owner);
  }

  /** What a call of a class, a function or a type gives; of a type, as annotations use it, an object of it. */
  called(symbol: Symbol): Reached {
    const target = this.core.followAliases(symbol) ?? symbol;
    switch (target.kind) {
      case "class": return { instance: target.class };
      case "type": return this.ofType(target.uri, target.type.annotation, 0);
      case "function": return this.ofType(target.function.uri, target.function.declaration.returns, 0);
      default: return undefined;
    }
  }

  private ofValue({ uri, value }: Symbol & { readonly kind: "value" }, depth: number): Reached {
    return this.ofType(uri, value.annotation, depth) ?? this.ofExpression(uri, value.value, depth);
  }

  /** What has this type. */
  ofType(uri: string, type: Expression | undefined, depth = 0): Reached {
    if (!type || depth > DEEPEST) return undefined;
    switch (type.kind) {
      case "name":
      case "attribute": {
        const symbol = this.core.resolveExpression(uri, type);
        const target = symbol && (this.core.followAliases(symbol) ?? symbol);
        if (target?.kind === "class") return { instance: target.class };
        return target?.kind === "type" ? this.ofType(target.uri, target.type.annotation, depth + 1) : undefined;
      }
      case "subscript": {
        const name = type.object.kind === "name" || type.object.kind === "attribute" ? type.object.name : "";
        return this.ofType(uri, TRANSPARENT.test(name) ? (type.index.kind === "sequence" ? type.index.items[0] : type.index) : type.object, depth + 1);
      }
      case "binary": return this.ofType(uri, type.left, depth + 1) ?? this.ofType(uri, type.right, depth + 1);
      default: return undefined;
    }
  }

  /** What an expression at module or class level gives. */
  ofExpression(uri: string, node: Expression | undefined, depth = 0, owner?: ClassRef): Reached {
    if (!node || depth > DEEPEST) return undefined;
    const inner = (each: Expression): Reached => this.ofExpression(uri, each, depth + 1, owner);
    switch (node.kind) {
      case "cast": return this.ofType(uri, node.annotation, depth + 1) ?? inner(node.operand);
      case "await": return inner(node.operand);
      case "logical": return inner(node.left) ?? inner(node.right);
      case "conditional": return inner(node.then) ?? inner(node.otherwise);
      case "name":
      case "attribute": {
        if (node.kind === "attribute" && node.object.kind === "name" && node.object.name === "this" && owner) return this.member({ instance: owner }, node.name);
        const symbol = this.core.resolveExpression(uri, node);
        const target = symbol && (this.core.followAliases(symbol) ?? symbol);
        if (target?.kind === "value") return this.ofValue(target, depth + 1);
        return target && { symbol: target };
      }
      case "call": {
        const callee = inner(node.callee);
        if (node.form === "new") return callee && "symbol" in callee ? this.called(callee.symbol) : undefined;
        const given = node.callee.kind === "attribute" || node.callee.kind === "name" ? node.callee.name : "";
        const first = node.arguments[0]?.value;
        if (first && node.arguments.length === 1 && GIVES_INSTANCE.test(given)) {
          const made = inner(first);
          if (made && "symbol" in made && made.symbol.kind === "class") return { instance: made.symbol.class };
        }
        return callee && "symbol" in callee ? this.called(callee.symbol) : undefined;
      }
      default: return undefined;
    }
  }

  /** The functions that a value runs when it is called: those that were handed to the calls that it was made by (`cache(async () => {…})`). */
  functionsIn(symbol: Symbol): readonly FunctionRef[] {
    const target = this.core.followAliases(symbol) ?? symbol;
    if (target.kind === "function") return [target.function];
    if (target.kind !== "value") return [];
    const found: FunctionRef[] = [];
    this.collect(target.uri, target.value.value, found, 0);
    return found;
  }

  private collect(uri: string, node: Expression | undefined, found: FunctionRef[], depth: number): void {
    if (!node || depth > DEEPEST) return;
    switch (node.kind) {
      case "function": {
        const fn = this.core.functionByKey(`${uri}#${node.function.id}`);
        if (fn) found.push(fn);
        return;
      }
      case "cast": return this.collect(uri, node.operand, found, depth + 1);
      case "call":
        if (node.form === "new") return;
        for (const { value } of node.arguments) {
          if (value.kind === "mapping") for (const each of value.entries) if (isHandlerOption(each)) this.collect(uri, each.value, found, depth + 1);
          if (value.kind !== "mapping") this.collect(uri, value, found, depth + 1);
        }
        // `procedure.input(schema).query(fn)`: what the steps before were handed runs too.
        if (node.callee.kind === "attribute") this.collect(uri, node.callee.object, found, depth + 1);
        return;
      case "name":
      case "attribute": {
        const symbol = this.core.resolveExpression(uri, node);
        const target = symbol && (this.core.followAliases(symbol) ?? symbol);
        if (target?.kind === "function") found.push(target.function);
        else if (target?.kind === "value" && depth > 0) this.collect(target.uri, target.value.value, found, depth + 2);
        return;
      }
      default: return;
    }
  }
}
