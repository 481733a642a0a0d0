import type { Expression } from "../../facts";
import { evaluate } from "../expressions";
import type { ClassRef } from "../../project";
import type { Machine } from "../machine";
import { moduleValue, symbolValue } from "../names";
import { Scope } from "../scope";
import { joinValues, sequenceOf, unknown, type ClassValue, type Value } from "../values";

/** Types deeper in each other than this say nothing. */
const MOST_DEPTH = 12;

const SAME = new Set(["Promise", "PromiseLike", "Awaited", "Readonly", "Partial", "Required", "NonNullable", "Pick", "Omit", "Exclude", "Extract", "NoInfer", "Loaded", "Ref", "Reference", "Relation"]);
const LISTS = new Set(["Array", "ReadonlyArray", "Iterable", "IterableIterator", "AsyncIterable", "AsyncIterableIterator", "AsyncGenerator", "Generator", "ArrayLike"]);

/** What a name of this type holds. */
export function typedValue(m: Machine, type: Expression, uri: string, depth = 0): Value {
  if (depth > MOST_DEPTH) return unknown();
  const inner = (part: Expression): Value => typedValue(m, part, uri, depth + 1);
  switch (type.kind) {
    case "name":
    case "attribute": return namedType(m, type, [], uri, depth);
    case "subscript": {
      const parts = type.index.kind === "sequence" ? type.index.items : [type.index];
      const name = type.object.kind === "name" ? type.object.name : "";
      if (SAME.has(name) && parts.length > 0) {
        const known = m.project.resolveExpression(uri, type.object);
        if (!known || known.kind === "external") {
          const mine = known?.kind === "external" ? adapterType(m, known.name, parts, uri, type, depth) : undefined;
          return mine ?? inner(parts[0]);
        }
      }
      if (LISTS.has(name)) return sequenceOf("list", parts[0] ? inner(parts[0]) : unknown());
      if (name === "Set" || name === "ReadonlySet") return sequenceOf("set", parts[0] ? inner(parts[0]) : unknown());
      if ((name === "Map" || name === "ReadonlyMap" || name === "Record") && parts.length === 2) {
        return { kind: "mapping", entries: new Map(), key: inner(parts[0]), value: inner(parts[1]), size: "unknown", varies: 0, ...(name !== "Record" && { isMap: true as const }) };
      }
      if (name === "ReturnType" && parts[0]) return returned(m, parts[0], uri, depth);
      return namedType(m, type.object, parts, uri, depth);
    }
    case "binary": {
      if (type.operator === "|") return joinKnown([type.left, type.right].filter((part) => !isNothing(part)).map(inner));
      if (type.operator === "&") return intersection(inner(type.left), inner(type.right));
      return unknown();
    }
    case "mapping": {
      const entries = new Map<string, Value>();
      for (const entry of type.entries) if (entry.key?.kind === "literal") entries.set(String(entry.key.value), inner(entry.value));
      return { kind: "mapping", entries, key: unknown(), value: unknown(), size: "few", varies: 0 };
    }
    case "unary": return type.operator === "typeof" ? evaluate(m, type.operand, new Scope(uri)) : type.operator === "readonly" ? inner(type.operand) : unknown();
    // `Props["repository"]`
    case "opaque": return type.parts.length === 2 && type.parts[1].kind === "literal" ? memberType(m, type.parts[0], String(type.parts[1].value), uri, depth + 1) : unknown();
    case "sequence": return sequenceOf("tuple", type.items.length ? type.items.map(inner).reduce(joinValues) : unknown(), { items: type.items.map(inner), size: "few" });
    default: return unknown();
  }
}

/** What a property of an interface or of an object type holds. */
function memberType(m: Machine, object: Expression, name: string, uri: string, depth: number): Value {
  const symbol = m.project.resolveExpression(uri, object.kind === "subscript" ? object.object : object);
  if (symbol?.kind === "class") {
    const found = m.project.attribute(symbol.class, name);
    return found?.attribute.annotation ? typedValue(m, found.attribute.annotation, found.uri, depth) : unknown();
  }
  const alias = symbol?.kind === "type" ? symbol.type.annotation : undefined;
  const entry = alias?.kind === "mapping" ? alias.entries.find(({ key }) => key?.kind === "literal" && key.value === name) : undefined;
  return entry && symbol?.kind === "type" ? typedValue(m, entry.value, symbol.uri, depth) : unknown();
}

function isNothing(type: Expression): boolean {
  return (type.kind === "literal" && type.value === null) || (type.kind === "name" && /^(undefined|null|void|never)$/.test(type.name));
}

function joinKnown(values: readonly Value[]): Value {
  return values.length ? values.reduce(joinValues) : unknown();
}

/** `Context & { prisma: PrismaClient }` */
function intersection(a: Value, b: Value): Value {
  if (a.kind === "mapping" && b.kind === "mapping") return { ...a, entries: new Map([...a.entries, ...b.entries]) };
  if (a.kind === "instance" && b.kind === "mapping") {
    for (const [name, value] of b.entries) a.attributes.set(name, value);
    return a;
  }
  if (b.kind === "instance" && a.kind === "mapping") return intersection(b, a);
  return a.kind === "unknown" ? b : a;
}

function namedType(m: Machine, name: Expression, parts: readonly Expression[], uri: string, depth: number): Value {
  const symbol = m.project.resolveExpression(uri, name);
  if (!symbol) return unknown();
  switch (symbol.kind) {
    case "external": return adapterType(m, symbol.name, parts, uri, name, depth) ?? unknown();
    case "class": {
      const named = symbolValue(m, symbol);
      if (named.kind === "entity") return rowOf(m, named, name);
      if (named.kind !== "class" || named.class.declaration.form === "enum") return unknown();
      const value: ClassValue = { ...named, class: implementerOf(m, named.class) ?? named.class };
      const arguments_ = parts.map((part) => parameterOf(m, part, uri, depth));
      for (const adapter of m.adapters) {
        const mine = adapter.annotation(value.class.key, [value, ...arguments_], name, m);
        if (mine) return mine;
      }
      for (const adapter of m.adapters) {
        const mine = adapter.selfOf(value.class, m);
        if (mine) return mine;
      }
      return { kind: "instance", class: value.class, attributes: new Map(), varies: 0 };
    }
    case "type": return symbol.type.annotation ? typedValue(m, symbol.type.annotation, symbol.uri, depth + 1) : unknown();
    default: return unknown();
  }
}

/** `constructor(private readonly users: UserRepository)`, where that is an interface, or left to subclasses, and one class does it. Rows are none of these. */
function implementerOf(m: Machine, ref: ClassRef): ClassRef | undefined {
  const found = m.project.implementer(ref);
  return found && !m.project.entityOfClass(found) ? found : undefined;
}

function adapterType(m: Machine, name: string, parts: readonly Expression[], uri: string, node: Expression, depth: number): Value | undefined {
  const entity = m.project.entityOfExternal(name);
  if (entity) return rowOf(m, { kind: "entity", entity, varies: 0 }, node);
  const parameters = parts.map((part) => parameterOf(m, part, uri, depth));
  for (const adapter of m.adapters) {
    const value = adapter.annotation(name, parameters, node, m);
    if (value) return value;
  }
  return undefined;
}

/** What stands between `<` and `>`: a class itself where it names one. */
function parameterOf(m: Machine, part: Expression, uri: string, depth: number): Value {
  if (part.kind === "name" || part.kind === "attribute") {
    const symbol = m.project.resolveExpression(uri, part);
    if (symbol && symbol.kind !== "value" && symbol.kind !== "type") return symbolValue(m, symbol);
  }
  return typedValue(m, part, uri, depth + 1);
}

function rowOf(m: Machine, value: Value & { readonly kind: "entity" }, node: Expression): Value {
  for (const adapter of m.adapters) {
    const mine = adapter.annotation("", [value], node, m);
    if (mine) return mine;
  }
  const { name } = value.entity;
  return m.newRow({ entity: value.entity.key, path: "", text: name.charAt(0).toLowerCase() + name.slice(1) });
}

/** `ReturnType<typeof createClient>` */
function returned(m: Machine, type: Expression, uri: string, depth: number): Value {
  const fn = typedValue(m, type, uri, depth + 1);
  if (fn.kind !== "function" || fn.closure) return unknown();
  const { declaration } = fn.function;
  if (declaration.returns) return typedValue(m, declaration.returns, fn.function.uri, depth + 1);
  const at = { start: type.start, end: type.end };
  return moduleValue(m, uri, { kind: "call", callee: type.kind === "unary" ? type.operand : type, arguments: [], open: at.end, close: at.end, ...at });
}
