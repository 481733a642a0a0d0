import type { AttributeDeclaration, Call, ClassDeclaration, Expression, FunctionDeclaration } from "../facts";
import type { Ancestor, ClassRef, FunctionRef, Symbol } from "./model";
import type { NameResolver } from "./names";

/** A class attribute with where it was found. */
export interface FoundAttribute {
  readonly uri: string;
  readonly attribute: AttributeDeclaration;
  readonly owner: ClassRef;
}

/** What a class body holds, by name. Depends on the declaration alone. */
export interface Members {
  readonly methods: ReadonlyMap<string, FunctionDeclaration>;
  readonly attributes: ReadonlyMap<string, AttributeDeclaration>;
  readonly classes: ReadonlyMap<string, ClassDeclaration>;
}

/** Aliases (`Base = Other`) followed at most this far; longer chains are loops. */
const maxAliases = 20;

/** Bases and members of classes, and dotted expressions. Memoised; records nothing. */
export class ClassResolver {
  private readonly classOrders = new Map<ClassDeclaration, readonly ClassRef[]>();
  private readonly bases = new Map<ClassDeclaration, readonly Ancestor[]>();
  private readonly orders = new Map<ClassDeclaration, readonly Ancestor[]>();
  private readonly externals = new Map<ClassDeclaration, ReadonlySet<string>>();
  /** Classes whose order is being worked out: a circular base is left out. */
  private readonly ordering = new Set<ClassDeclaration>();
  private metCircle = false;

  constructor(
    private readonly names: NameResolver,
    private readonly basesOfCall: readonly ((call: Call) => readonly Expression[] | undefined)[],
    private readonly members: WeakMap<ClassDeclaration, Members>,
  ) {}

  /** C3; where the bases allow no consistent order, depth first from left to right, first appearance wins. */
  ancestors(ref: ClassRef): readonly Ancestor[] {
    const known = this.orders.get(ref.declaration);
    if (known) return known;
    this.ordering.add(ref.declaration);
    const all = this.basesOf(ref);
    const bases = all.filter((base) => !("class" in base) || !this.ordering.has(base.class.declaration));
    this.metCircle ||= bases.length < all.length;
    const lists = bases.map((base) => ("class" in base ? this.ancestors(base.class) : [base]));
    this.ordering.delete(ref.declaration);
    const self: Ancestor = { class: ref };
    const inherited = merge([...lists, bases]) ?? firstAppearances(lists.flat());
    const order = [self, ...inherited.filter((each) => !("class" in each) || each.class.declaration !== ref.declaration)];
    // While a circle is open, the order of a class inside it lacks the classes above it; only the outermost one is whole.
    if (this.ordering.size === 0 || !this.metCircle) this.orders.set(ref.declaration, order);
    if (this.ordering.size === 0) this.metCircle = false;
    return order;
  }

  inheritsFrom(ref: ClassRef, names: readonly string[]): boolean {
    let externals = this.externals.get(ref.declaration);
    if (!externals) {
      externals = new Set(this.ancestors(ref).flatMap((each) => ("external" in each ? [each.external] : [])));
      this.externals.set(ref.declaration, externals);
    }
    for (const name of names) if (externals.has(name)) return true;
    return false;
  }

  method(ref: ClassRef, name: string, after: ClassRef | undefined): FunctionRef | undefined {
    for (const owner of this.classesAfter(ref, after)) {
      const members = this.membersOf(owner.declaration);
      const method = members.methods.get(name);
      if (method) return this.names.functionRef(owner.uri, method, owner);
      // A nearer class attribute hides the method: `queryset = …` over `def queryset(self)`.
      const { value } = members.attributes.get(name) ?? {};
      if (value) return value.kind === "function" ? this.names.functionRef(owner.uri, value.function, owner) : undefined;
    }
    return undefined;
  }

  attribute(ref: ClassRef, name: string, after: ClassRef | undefined): FoundAttribute | undefined {
    let annotation: FoundAttribute | undefined;
    for (const owner of this.classesAfter(ref, after)) {
      const members = this.membersOf(owner.declaration);
      const attribute = members.attributes.get(name);
      if (attribute?.value) return { uri: owner.uri, attribute, owner };
      if (attribute) annotation ??= { uri: owner.uri, attribute, owner };
      if (members.methods.has(name)) break;
    }
    return annotation;
  }

  nestedClass(ref: ClassRef, name: string): ClassRef | undefined {
    for (const owner of this.classesAfter(ref, undefined)) {
      const nested = this.membersOf(owner.declaration).classes.get(name);
      if (nested) return this.names.classRef(owner.uri, nested);
    }
    return undefined;
  }

  /** `name` inside what a symbol stands for. */
  member(symbol: Symbol, name: string): Symbol | undefined {
    switch (symbol.kind) {
      case "module":
        return this.names.moduleMember(symbol.uri, name);
      case "external":
        return { kind: "external", name: `${symbol.name}.${name}` };
      case "class": {
        const nested = this.nestedClass(symbol.class, name);
        if (nested) return { kind: "class", class: nested };
        const method = this.method(symbol.class, name, undefined);
        if (method) return { kind: "function", function: method };
        const found = this.attribute(symbol.class, name, undefined);
        return found && { kind: "value", uri: found.uri, value: found.attribute };
      }
      case "value":
      case "type": {
        const target = this.followAliases(symbol);
        if (target?.kind === "value") return this.names.isScript(target.uri) ? this.entry(target, name) : undefined;
        return target && target.kind !== "type" ? this.member(target, name) : undefined;
      }
      case "function":
        return undefined;
    }
  }

  /** What an object literal has under a name: `export const orders = { list() {…} }`. */
  private entry({ uri, value }: Symbol & { readonly kind: "value" }, name: string): Symbol | undefined {
    const object = withoutCast(value.value);
    if (object?.kind !== "mapping") return undefined;
    const found = object.entries.findLast((each) => each.key?.kind === "literal" && each.key.value === name);
    if (!found) return undefined;
    const given = withoutCast(found.value)!;
    if (given.kind === "function") return { kind: "function", function: this.names.functionRef(uri, given.function) };
    const { start, end } = found.key!;
    return (given.kind === "name" || given.kind === "attribute" ? this.expression(uri, given) : undefined)
      ?? { kind: "value", uri, value: { name, value: found.value, start, end: found.value.end, nameStart: start, nameEnd: end } };
  }

  /** A dotted expression at module level. */
  expression(uri: string, expression: Expression): Symbol | undefined {
    if (expression.kind === "name") return this.names.resolve(uri, expression.name);
    if (expression.kind !== "attribute") return undefined;
    const object = this.expression(uri, expression.object);
    return object && this.member(object, expression.name);
  }

  /** What `A = B` stands for in the end; the value itself when it is not a plain alias. */
  followAliases(symbol: Symbol): Symbol | undefined {
    let current: Symbol | undefined = symbol;
    for (let i = 0; i < maxAliases && (current?.kind === "value" || current?.kind === "type"); i++) {
      const value = aliasOf(current);
      if (!value) return current;
      const next: Symbol | undefined = this.expression(current.uri, value);
      if (!next) return current;
      current = next;
    }
    return current;
  }

  private classesAfter(ref: ClassRef, after: ClassRef | undefined): readonly ClassRef[] {
    let order = this.classOrders.get(ref.declaration);
    if (!order) {
      const ancestors = this.ancestors(ref);
      order = ancestors.flatMap((each) => ("class" in each ? [each.class] : []));
      if (this.orders.get(ref.declaration) === ancestors) this.classOrders.set(ref.declaration, order);
    }
    if (!after) return order;
    const position = order.findIndex((each) => each.key === after.key);
    return position < 0 ? [] : order.slice(position + 1);
  }

  private basesOf(ref: ClassRef): readonly Ancestor[] {
    if (ref.declaration.bases.length === 0) return [];
    let bases = this.bases.get(ref.declaration);
    if (!bases) {
      const seen = new Set<ClassDeclaration | string>();
      bases = ref.declaration.bases
        .flatMap((base) => this.baseOf(ref, base, 0))
        .filter((base) => {
          const key = keyOf(base);
          if (key === ref.declaration || key === "object" || (key !== "?" && seen.has(key))) return false;
          seen.add(key);
          return true;
        });
      this.bases.set(ref.declaration, bases);
    }
    return bases;
  }

  private baseOf(ref: ClassRef, base: Expression, depth: number, uri = ref.uri): readonly Ancestor[] {
    if (depth > maxAliases) return [{ external: "?" }];
    switch (base.kind) {
      // `Manager["Book"]`, `Generic[T]`
      case "subscript":
        return this.baseOf(ref, base.object, depth + 1, uri);
      case "call": {
        const callee = base.callee.kind === "attribute" || base.callee.kind === "name" ? base.callee.name : "";
        // `six.with_metaclass(Meta, Base, …)`
        if (callee === "with_metaclass") return base.arguments.slice(1).flatMap((each) => this.baseOf(ref, each.value, depth + 1, uri));
        for (const basesOf of this.basesOfCall) {
          const bases = basesOf(base);
          if (bases) return bases.flatMap((each) => this.baseOf(ref, each, depth + 1, uri));
        }
        // A mixin adds to the classes that it is handed.
        const given = this.names.isScript(uri) ? base.arguments.flatMap(({ value }) => this.baseOf(ref, value, depth + 1, uri)).filter((each) => "class" in each || each.external !== "?") : [];
        return [...given, { external: "?" }];
      }
      case "cast":
        return this.baseOf(ref, base.operand, depth + 1, uri);
      case "conditional":
        return this.baseOf(ref, base.then, depth + 1, uri);
      case "name":
        if (base.name === "object") return [];
        break;
      default:
        break;
    }
    let symbol = this.expression(uri, base);
    // `class Page(Page)` that extends an imported class of the same name sees the import.
    if (symbol?.kind === "class" && symbol.class.declaration === ref.declaration && base.kind === "name") symbol = this.names.resolveBefore(uri, base.name, ref.declaration.start);
    // Inside a class body the names of that class come first; `class Meta(Base.Meta)` is the usual one, and resolves above.
    if (symbol) symbol = this.followAliases(symbol);
    if (symbol?.kind === "class") return [{ class: symbol.class }];
    if (symbol?.kind === "external") return [{ external: symbol.name }];
    if (symbol?.kind === "value" && symbol.value.value) return this.baseOf(ref, symbol.value.value, depth + 1, symbol.uri);
    if (symbol?.kind === "type" && symbol.type.annotation?.kind === "subscript") return this.baseOf(ref, symbol.type.annotation, depth + 1, symbol.uri);
    // Classes of the language and the platform: `Error`, `Array`.
    if (!symbol && base.kind === "name" && this.names.isScript(uri) && !this.names.binds(uri, base.name)) return [{ external: base.name }];
    return [{ external: base.kind === "name" && pythonBases.has(base.name) ? base.name : "?" }];
  }

  private membersOf(declaration: ClassDeclaration): Members {
    let members = this.members.get(declaration);
    if (!members) {
      const methods = new Map<string, FunctionDeclaration>();
      // Of `@property def x` and `@x.setter def x`, reading means the first; otherwise the last definition wins.
      for (const method of declaration.methods) if (!methods.has(method.name) || !isAccessorOf(method)) methods.set(method.name, method);
      members = {
        methods,
        attributes: new Map(declaration.attributes.map((each) => [each.name, each])),
        classes: new Map(declaration.classes.map((each) => [each.name, each])),
      };
      this.members.set(declaration, members);
    }
    return members;
  }
}

/** Python's own classes, which are external without an import. */
const pythonBases = new Set(["str", "int", "float", "dict", "list", "tuple", "set", "frozenset", "bytes", "type", "Exception", "ValueError", "TypeError", "KeyError", "RuntimeError", "BaseException"]);

function isAccessorOf(method: FunctionDeclaration): boolean {
  return method.decorators.some((each) => each.kind === "attribute" && (each.name === "setter" || each.name === "deleter"));
}

/** What `A = B` or `type A = B` names in a plain way. */
export function aliasOf(symbol: Symbol & { readonly kind: "value" | "type" }): Expression | undefined {
  const value = symbol.kind === "value" ? symbol.value.value : symbol.type.annotation;
  return value?.kind === "name" || value?.kind === "attribute" ? value : undefined;
}

/** `value as Type` and `value satisfies Type` are the value. */
function withoutCast(node: Expression | undefined): Expression | undefined {
  let value = node;
  while (value?.kind === "cast") value = value.operand;
  return value;
}

/** What makes two ancestors the same: the class, or the dotted name. */
function keyOf(ancestor: Ancestor): ClassDeclaration | string {
  return "class" in ancestor ? ancestor.class.declaration : ancestor.external;
}

function firstAppearances(ancestors: readonly Ancestor[]): Ancestor[] {
  const byKey = new Map<ClassDeclaration | string, Ancestor>();
  for (const each of ancestors) if (!byKey.has(keyOf(each))) byKey.set(keyOf(each), each);
  return [...byKey.values()];
}

/** The merge step of C3; undefined when there is no consistent order. */
function merge(lists: readonly (readonly Ancestor[])[]): Ancestor[] | undefined {
  if (lists.length === 2) return [...lists[0]];
  const rest = lists.filter((list) => list.length > 0).map((list) => [...list]);
  const result: Ancestor[] = [];
  while (rest.some((list) => list.length > 0)) {
    const head = rest.find((list) => list.length > 0 && !rest.some((other) => other.some((each, i) => i > 0 && keyOf(each) === keyOf(list[0]))))?.[0];
    if (!head) return undefined;
    result.push(head);
    for (const list of rest) if (list.length > 0 && keyOf(list[0]) === keyOf(head)) list.shift();
  }
  return result;
}
