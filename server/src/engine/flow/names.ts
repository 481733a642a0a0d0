import type { Expression } from "../facts";
import { forEachStatement, type ClassRef, type Symbol } from "../project";
import type { Machine } from "./machine";
import { evaluate } from "./expressions";
import { isRegistry, registryOf } from "./registries";
import { Scope } from "./scope";
import { filledObject, importedProperty, isGlobal, isScript, superOf, typedValue } from "./javascript";
import { templateLanguage, templateNameValue } from "./templates";
import { external, joinValues, sequenceOf, unknown, type Value } from "./values";

/** Python's builtin functions that mean something here. */
const BUILTINS = new Set([
  "list", "tuple", "set", "frozenset", "dict", "sorted", "reversed", "enumerate", "zip", "map", "filter", "sum", "max", "min", "any", "all", "len", "bool",
  "iter", "next", "str", "repr", "format", "print", "range", "getattr", "setattr", "hasattr", "isinstance", "issubclass", "int", "float", "abs", "round", "type", "id", "aiter", "anext", "vars", "hash",
]);

/** What a name stands for: local, enclosing, module-level, builtin. */
export function nameValue(m: Machine, name: string, scope: Scope): Value {
  const local = scope.get(name);
  if (local !== undefined) return local;
  const script = isScript(m, scope.uri);
  if (script && name === "super") return superOf(m, scope);
  if (templateLanguage(m, scope.uri)) return templateNameValue(m, name, scope.uri);
  let names = m.globals.get(scope.uri);
  if (!names) m.globals.set(scope.uri, (names = new Map()));
  const known = names.get(name);
  if (known) return known;
  const symbol = m.project.resolveName(scope.uri, name);
  const value = symbol ? symbolValue(m, symbol) : script ? importedProperty(m, scope.uri, name) ?? (isGlobal(name) ? external(`js.${name}`) : unknown()) : BUILTINS.has(name) ? external(`builtins.${name}`) : unknown();
  // A value that is being computed right now is looked up again.
  if (value.kind !== "unknown" || !symbol || symbol.kind !== "value") names.set(name, value);
  return value;
}

/** What a class, function, module or value of the project is. */
export function symbolValue(m: Machine, symbol: Symbol): Value {
  switch (symbol.kind) {
    case "class": return classValue(m, symbol.class);
    case "function": return { kind: "function", function: symbol.function, varies: 0 };
    case "module": return { kind: "module", uri: symbol.uri, name: symbol.name, varies: 0 };
    case "external": {
      const entity = m.project.entityOfExternal(symbol.name);
      return entity ? { kind: "entity", entity, varies: 0 } : external(symbol.name);
    }
    case "type": return unknown();
    case "value": {
      // A table that is made by a call goes by the value that holds it: `export const users = pgTable(…)`.
      const declared = m.project.entity(`${symbol.uri}#${symbol.value.name}`);
      if (declared && !declared.class) return { kind: "entity", entity: declared, varies: 0 };
      const first = symbol.value.value && moduleValue(m, symbol.uri, symbol.value.value);
      if (first?.kind === "mapping" && isScript(m, symbol.uri)) return filledObject(m, symbol.uri, symbol.value.name, first);
      return first ? withLaterValues(m, symbol.uri, symbol.value.name, first) : symbol.value.annotation ? annotationValue(m, symbol.value.annotation, symbol.uri) : unknown();
    }
  }
}

/** `policy = None` that functions of the module fill: `global policy`. */
function withLaterValues(m: Machine, uri: string, name: string, value: Value): Value {
  if (value.kind !== "constant" || value.value !== null) return value;
  let later: Value = value;
  for (const declaration of m.project.declarationsOf(uri)?.functions ?? []) {
    const fn = m.project.functionByKey(`${uri}#${declaration.id}`);
    let isGlobal = false;
    // `global` stands before what it speaks of (Python: *The global statement*).
    if (fn) forEachStatement(m.project.bodyOf(fn), (statement) => {
      if (statement.kind === "scope") isGlobal ||= statement.names.includes(name);
      else if (isGlobal && statement.kind === "assign" && statement.value && statement.targets.some((target) => target.kind === "name" && target.name === name)) later = joinValues(later, moduleValue(m, uri, statement.value));
    });
  }
  return later;
}

export function classValue(m: Machine, ref: ClassRef): Value {
  const entity = m.project.entityOfClass(ref);
  return entity ? { kind: "entity", entity, varies: 0 } : { kind: "class", class: ref, varies: 0 };
}

/** An expression at module or class level, evaluated once per run, outside of any loop. */
export function moduleValue(m: Machine, uri: string, expression: Expression): Value {
  // By the expression and not by its place: what `const { User, Order } = db` takes out of `db` stands at one place.
  const known = m.moduleValues.get(expression);
  if (known === "pending") return unknown();
  if (known) return known;
  const written = expression.kind === "cast" ? expression.operand : expression;
  if (isRegistry(written)) {
    const registry = registryOf(written, uri, (entry) => moduleValue(m, uri, entry));
    m.moduleValues.set(expression, registry);
    return registry;
  }
  m.moduleValues.set(expression, "pending");
  const { loops, events, frames, budget } = m;
  m.loops = [];
  m.events = [];
  m.frames = [...frames, { uri }];
  m.budget = Math.min(budget, 2_000);
  const value = m.frames.length > 14 ? unknown() : evaluate(m, expression, new Scope(uri));
  m.loops = loops;
  m.events = events;
  m.frames = frames;
  m.budget = budget - 1;
  m.moduleValues.set(expression, value);
  return value;
}

/** What a parameter or name with this annotation holds. */
export function annotationValue(m: Machine, annotation: Expression, uri: string): Value {
  if (isScript(m, uri)) return typedValue(m, annotation, uri);
  switch (annotation.kind) {
    case "name":
    case "attribute": {
      const symbol = m.project.resolveExpression(uri, annotation);
      if (!symbol) return unknown();
      if (symbol.kind === "class" || symbol.kind === "external") {
        const value = symbolValue(m, symbol);
        return instanceOf(m, value, annotation);
      }
      return unknown();
    }
    case "subscript": {
      const symbol = m.project.resolveExpression(uri, annotation.object);
      const name = symbol?.kind === "external" ? symbol.name : annotation.object.kind === "name" ? annotation.object.name : "";
      const parts = annotation.index.kind === "sequence" ? annotation.index.items : [annotation.index];
      // `tuple[()]`
      if (parts.length === 0) return unknown();
      const last = name.slice(name.lastIndexOf(".") + 1);
      if (last === "Optional" || last === "Annotated") return annotationValue(m, parts[0], uri);
      if (last === "Union") return parts.map((part) => annotationValue(m, part, uri)).reduce(joinValues);
      if (/^(list|List|Sequence|Iterable|Iterator|Collection|set|Set|frozenset|tuple|Tuple|Generator|AsyncIterator|AsyncIterable)$/.test(last)) {
        return sequenceOf(last.toLowerCase() === "tuple" ? "tuple" : "list", annotationValue(m, parts[0], uri));
      }
      if (/^(dict|Dict|Mapping|MutableMapping|defaultdict|DefaultDict|OrderedDict)$/.test(last) && parts.length === 2) {
        return { kind: "mapping", entries: new Map(), key: annotationValue(m, parts[0], uri), value: annotationValue(m, parts[1], uri), size: "unknown", varies: 0 };
      }
      const parameters = parts.map((part) => {
        const inner = m.project.resolveExpression(uri, part);
        return inner ? symbolValue(m, inner) : unknown();
      });
      for (const adapter of m.adapters) {
        const value = adapter.annotation(name, parameters, annotation, m);
        if (value) return value;
      }
      return unknown();
    }
    case "binary": return annotation.operator === "|" ? joinValues(annotationValue(m, annotation.left, uri), annotationValue(m, annotation.right, uri)) : unknown();
    default: return unknown();
  }
}

function instanceOf(m: Machine, value: Value, node: Expression): Value {
  for (const adapter of m.adapters) {
    const mine = adapter.annotation(value.kind === "external" ? value.name : value.kind === "class" ? value.class.key : "", [value], node, m);
    if (mine) return mine;
  }
  if (value.kind === "class") return { kind: "instance", class: value.class, attributes: new Map(), varies: 0 };
  return unknown();
}
