import type { Call, Expression, FunctionDeclaration, Statement } from "../../../facts";
import { forEachStatement, isHandlerOption, ScriptPaths, type ClassRef, type FunctionRef, type ProjectCore, type ReachedByPath, type Symbol } from "../../../project";

/** Where an expression stands: the names of functions around it come before those of the module. */
export interface Place {
  readonly uri: string;
  /** The function around, and what is around that. */
  readonly fn?: FunctionRef;
  readonly outer?: Place;
  readonly locals?: ReadonlyMap<string, Expression | undefined>;
  /** The class whose object `this` is. */
  readonly home?: ClassRef;
}

const DEEPEST = 8;

/** Reads expressions of scripts: which functions, objects and texts they stand for. */
export class ScriptReader {
  readonly paths: ScriptPaths;
  private readonly closures = new Map<string, ReadonlyMap<string, readonly FunctionDeclaration[]>>();

  constructor(readonly core: ProjectCore) {
    this.paths = new ScriptPaths(core);
  }

  /** The inside of a function. Its statements are read: the entries depend on them from then on. */
  inside(fn: FunctionRef, outer: Place): Place {
    const locals = new Map<string, Expression | undefined>();
    for (const parameter of fn.declaration.parameters) locals.set(parameter.name, undefined);
    forEachStatement(this.core.body(fn.uri, fn.declaration.id), (statement) => {
      if (statement.kind !== "assign") return;
      for (const target of statement.targets) if (target.kind === "name" && !(locals.has(target.name) && statement.value === undefined)) locals.set(target.name, statement.value);
    });
    return { uri: fn.uri, fn, outer, locals, home: fn.owner ?? (fn.declaration.isArrow ? outer.home : undefined) };
  }

  statements(fn: FunctionRef): readonly Statement[] {
    return this.core.body(fn.uri, fn.declaration.id);
  }

  /** The function that a closure is. */
  closure(uri: string, declaration: FunctionDeclaration): FunctionRef | undefined {
    return this.core.functionByKey(`${uri}#${declaration.id}`);
  }

  /** The place whose function binds a name; undefined for names of the module. */
  binder(place: Place | undefined, name: string): Place | undefined {
    for (let each = place; each; each = each.outer) if (each.locals?.has(name)) return each;
    return undefined;
  }

  /** What an expression stands for: a symbol, or an object of a class. */
  reached(place: Place, node: Expression, depth = 0): ReachedByPath {
    if (depth > DEEPEST) return undefined;
    switch (node.kind) {
      case "name": {
        if (node.name === "this") return place.home && { instance: place.home };
        const nested = this.nested(place, node.name);
        if (nested) return { symbol: { kind: "function", function: nested } };
        const binder = this.binder(place, node.name);
        if (!binder) {
          const symbol = this.core.resolveName(place.uri, node.name);
          return symbol && { symbol };
        }
        const value = binder.locals!.get(node.name);
        const annotation = binder.fn?.declaration.parameters.find((each) => each.name === node.name)?.annotation;
        return value ? this.reached(binder, value, depth + 1) : this.paths.ofType(binder.uri, annotation);
      }
      case "attribute": return this.paths.step(this.reached(place, node.object, depth + 1), node.name);
      case "cast": return this.reached(place, node.operand, depth + 1);
      case "await": return this.reached(place, node.operand, depth + 1);
      case "logical": return this.reached(place, node.left, depth + 1) ?? this.reached(place, node.right, depth + 1);
      case "call": {
        const required = requiredModule(node);
        if (required !== undefined) {
          const symbol = this.core.resolveImport(place.uri, required, 0);
          return symbol && { symbol };
        }
        const callee = this.reached(place, node.callee, depth + 1);
        const made = callee && "symbol" in callee ? this.paths.called(callee.symbol) : undefined;
        return made ?? this.paths.ofExpression(place.uri, node);
      }
      default: return undefined;
    }
  }

  /** `function handler() {}` or `const handler = () => …` in one of the functions around. */
  private nested(place: Place, name: string): FunctionRef | undefined {
    for (let each: Place | undefined = place; each; each = each.outer) {
      if (!each.fn) continue;
      const { id } = each.fn.declaration;
      const declared = this.core.functionByKey(`${place.uri}#${id}.${name}`);
      if (declared && !declared.owner) return declared;
      if (each.locals?.has(name)) {
        const value = each.locals.get(name);
        return value?.kind === "function" ? this.closure(place.uri, value.function) : undefined;
      }
    }
    return undefined;
  }

  /**
   * The keys of the functions that run when the value is called as a handler: itself, what a wrapper was handed (`asyncHandler(async (req, res) => …)`), the
   * items of a list; of a function that makes handlers the function itself, because what it gives back stands inside of it.
   */
  handlers(place: Place, node: Expression | undefined, depth = 0): readonly string[] {
    if (!node || depth > DEEPEST) return [];
    switch (node.kind) {
      case "function": return [`${place.uri}#${node.function.id}`];
      case "cast":
      case "await": return this.handlers(place, node.operand, depth + 1);
      case "named-assignment": return this.handlers(place, node.value, depth + 1);
      case "sequence": return node.items.flatMap((each) => this.handlers(place, each, depth + 1));
      case "spread": return this.handlers(place, node.value, depth + 1);
      case "logical": return [...this.handlers(place, node.left, depth + 1), ...this.handlers(place, node.right, depth + 1)];
      case "conditional": return [...this.handlers(place, node.then, depth + 1), ...this.handlers(place, node.otherwise, depth + 1)];
      case "name":
      case "attribute": {
        const found = this.reached(place, node, depth);
        if (found && "symbol" in found) return this.handlersOf(found.symbol, depth + 1);
        return [];
      }
      case "call": {
        if (node.form === "new") return [];
        const required = requiredModule(node);
        const whole = required === undefined ? undefined : this.core.resolveImport(place.uri, required, 0);
        if (whole) return this.handlersOf(whole, depth + 1);
        // `controller.list.bind(controller)`
        if (node.callee.kind === "attribute" && /^(bind|call)$/.test(node.callee.name)) return this.handlers(place, node.callee.object, depth + 1);
        const given = node.arguments.flatMap(({ value }) => (value.kind === "mapping" ? value.entries.flatMap((each) => (isHandlerOption(each) ? this.handlers(place, each.value, depth + 1) : [])) : this.handlers(place, value, depth + 1)));
        if (given.length > 0) return given;
        const callee = this.reached(place, node.callee, depth + 1);
        return callee && "symbol" in callee && callee.symbol.kind === "function" ? [callee.symbol.function.key] : [];
      }
      default: return [];
    }
  }

  handlersOf(symbol: Symbol, depth = 0): readonly string[] {
    const target = this.core.followAliases(symbol) ?? symbol;
    if (target.kind === "function") return [target.function.key];
    return target.kind === "value" ? this.handlers({ uri: target.uri }, target.value.value, depth + 1) : [];
  }

  /** The object literal that an expression stands for, with the place it is in. */
  mapping(place: Place, node: Expression | undefined, depth = 0): { readonly place: Place; readonly node: Expression & { readonly kind: "mapping" } } | undefined {
    if (!node || depth > DEEPEST) return undefined;
    if (node.kind === "mapping") return { place, node };
    if (node.kind === "cast") return this.mapping(place, node.operand, depth + 1);
    if (node.kind === "name" && this.binder(place, node.name)) {
      const binder = this.binder(place, node.name)!;
      return this.mapping(binder, binder.locals!.get(node.name), depth + 1);
    }
    if (node.kind !== "name" && node.kind !== "attribute") return undefined;
    const found = this.reached(place, node, depth);
    const target = found && "symbol" in found ? (this.core.followAliases(found.symbol) ?? found.symbol) : undefined;
    return target?.kind === "value" ? this.mapping({ uri: target.uri }, target.value.value, depth + 1) : undefined;
  }

  /** The entries of an object literal by name, those of objects that are spread into it included. */
  entries(place: Place, node: Expression | undefined, depth = 0): readonly { readonly name: string; readonly value: Expression; readonly place: Place }[] {
    const found = this.mapping(place, node, depth);
    if (!found || depth > DEEPEST) return [];
    return found.node.entries.flatMap(({ key, value }) => {
      if (key?.kind === "literal") return [{ name: String(key.value), value, place: found.place }];
      return key ? [] : this.entries(found.place, value.kind === "spread" ? value.value : value, depth + 1);
    });
  }

  /** A text, `…` for parts that are not known. */
  text(place: Place, node: Expression | undefined, depth = 0): string | undefined {
    if (!node || depth > DEEPEST) return undefined;
    switch (node.kind) {
      case "literal": return typeof node.value === "string" ? node.value : undefined;
      case "format": {
        const { parts, texts } = node;
        return texts && texts.map((text, i) => (i === 0 ? text : (this.text(place, parts[i - 1], depth + 1) ?? "…") + text)).join("");
      }
      case "binary": {
        if (node.operator !== "+") return undefined;
        const left = this.text(place, node.left, depth + 1);
        const right = this.text(place, node.right, depth + 1);
        return left === undefined && right === undefined ? undefined : (left ?? "…") + (right ?? "…");
      }
      case "cast": return this.text(place, node.operand, depth + 1);
      case "name":
      case "attribute": {
        const binder = node.kind === "name" ? this.binder(place, node.name) : undefined;
        if (binder) return this.text(binder, binder.locals!.get((node as { name: string }).name), depth + 1);
        const found = this.reached(place, node, depth);
        const target = found && "symbol" in found ? (this.core.followAliases(found.symbol) ?? found.symbol) : undefined;
        return target?.kind === "value" ? this.text({ uri: target.uri }, target.value.value, depth + 1) : undefined;
      }
      default: return undefined;
    }
  }

  /** The specifier and export that a name leads to outside of the workspace: `express.default`. */
  external(place: Place, node: Expression): string | undefined {
    const found = this.reached(place, node);
    const target = found && "symbol" in found ? (this.core.followAliases(found.symbol) ?? found.symbol) : undefined;
    return target?.kind === "external" ? target.name : undefined;
  }

  /** The functions of a file that are written as values and have a name there. */
  closuresNamed(uri: string, name: string): readonly FunctionDeclaration[] {
    let known = this.closures.get(uri);
    if (!known) {
      const byName = new Map<string, FunctionDeclaration[]>();
      for (const each of this.core.files.get(uri)?.closures ?? []) byName.set(each.name, [...(byName.get(each.name) ?? []), each]);
      this.closures.set(uri, (known = byName));
    }
    return known.get(name) ?? [];
  }
}

/** The module of `require("./orders")`. */
export function requiredModule(node: Expression): string | undefined {
  if (node.kind !== "call" || node.callee.kind !== "name" || node.callee.name !== "require") return undefined;
  const given = node.arguments[0]?.value;
  return given?.kind === "literal" && typeof given.value === "string" ? given.value : undefined;
}

/** The last name of what is called. */
export function calleeName({ callee }: Call): string {
  return nameOf(callee);
}

export function nameOf(node: Expression): string {
  if (node.kind === "name" || node.kind === "attribute") return node.name;
  return node.kind === "subscript" ? nameOf(node.object) : "";
}

/** An argument by its place. */
export function argument(call: Call, index: number): Expression | undefined {
  const given = call.arguments[index];
  return given && !given.spread && !call.arguments.slice(0, index).some((each) => each.spread) ? given.value : undefined;
}

/** The value of an object literal's entry. */
export function entryOf(node: Expression | undefined, name: string): Expression | undefined {
  if (node?.kind === "cast") return entryOf(node.operand, name);
  if (node?.kind !== "mapping") return undefined;
  return node.entries.findLast((each) => each.key?.kind === "literal" && each.key.value === name)?.value;
}

/** `hono/tiny.Hono` is of the package `hono/tiny`. */
export function packageOf(name: string): string {
  const slash = name.lastIndexOf("/");
  const dot = name.indexOf(".", slash < 0 ? 0 : slash);
  return dot < 0 ? name : name.slice(0, dot);
}
