import { isTemplateName, type Argument, type Attribute, type Call, type Expression, type FunctionExpression, type Subscript } from "../facts";
import { NO_USE, TRUTH, type CallSite, type Use } from "./adapter";
import { assignTarget } from "./assignment";
import { attributeOf } from "./attributes";
import { hide } from "./loads";
import { addedTo, derivedFrom } from "./client-values";
import { awaitExpression, isScript, noteMeaning, noteNarrowed, noteUse, runsScript, typeOf } from "./javascript";
import { callValue } from "./calls";
import { evaluateComparison, evaluateLogical, isLength, markMeaning } from "./comparisons";
import { evaluateComprehension } from "./comprehensions";
import { noteAwaited } from "./effects";
import { single, walk } from "./iteration";
import type { Machine } from "./machine";
import type { QueryRun } from "./events";
import type { Query } from "./query";
import { annotationValue, nameValue } from "./names";
import { answerOf, assume, lengthOf } from "./path-conditions";
import { Scope } from "./scope";
import { MOST_TOGETHER } from "./registries";
import { select, selectionsOf } from "./selections";
import { callTemplateName, lookupOf } from "./template-calls";
import { foundInTemplate, templateLanguage } from "./templates";
import { constant, isEitherOr, isFalse, isTrue, joinValues, numberOf, optionsOf, perhapsVaries, sequenceOf, unknown, varying, type FunctionValue, type MappingValue, type Value } from "./values";

/** Deeper nesting than people write; beyond it nothing is known. */
const MOST_DEPTH = 250;

/** What an expression gives, with the events it causes recorded on the machine. */
export function evaluate(m: Machine, node: Expression, scope: Scope, use: Use = NO_USE): Value {
  if (m.depth >= MOST_DEPTH) {
    m.loadUse.isBlind = true;
    return unknown(m.innermost);
  }
  m.depth++;
  m.budget--;
  try {
    const value = evaluateKind(m, node, scope, use);
    if (!use.truth || value.kind === "constant") return value;
    // Asked before on every way here: only one answer is left.
    const answer = answerOf(scope, node);
    return answer === undefined ? value : constant(answer, value.varies);
  } finally {
    m.depth--;
  }
}

function evaluateKind(m: Machine, node: Expression, scope: Scope, use: Use): Value {
  switch (node.kind) {
    case "literal": return constant(node.value);
    case "name": {
      const value = nameValue(m, node.name, scope);
      if (value.kind === "sequence" && value.materialised && use.next === undefined && isScript(m, scope.uri)) noteUse(m, value);
      return templateLanguage(m, scope.uri) === "django-template" ? foundInTemplate(m, value, node) : value;
    }
    case "attribute": return evaluateAttribute(m, node, scope, use);
    case "call": return evaluateCall(m, node, scope);
    case "await": {
      m.staysInTick = false;
      const { work, effects } = m;
      const value = evaluate(m, node.operand, scope, use);
      if (!isScript(m, scope.uri)) return value;
      const result = awaitExpression(m, value, node.operand);
      noteAwaited(m, node.operand, value, { work, effects });
      return result;
    }
    case "subscript": return evaluateSubscript(m, node, scope);
    case "slice": {
      let varies = 0;
      const parts: Record<string, Value> = {};
      for (const part of ["lower", "upper", "step"] as const) {
        const inner = node[part];
        if (!inner) continue;
        parts[part] = evaluate(m, inner, scope);
        varies = Math.max(varies, parts[part].varies);
      }
      return { kind: "object", type: "slice", parts, varies };
    }
    case "format": {
      let varies = 0;
      for (const part of node.parts) {
        const value = evaluate(m, part, scope);
        varies = Math.max(varies, value.varies);
        textOf(m, value, part);
      }
      return unknown(varies);
    }
    case "sequence": {
      const items: Value[] = [];
      let many = false;
      // `[...Array(3).keys()]`
      let isFew = true;
      let varies = 0;
      for (const item of node.items) {
        if (item.kind === "spread") {
          const walked = walk(m, evaluate(m, item.value, scope), item.value, "unpack");
          if (!walked.items || walked.query) many = true;
          if (walked.query || walked.size !== "few") isFew = false;
          items.push(...(walked.items && !walked.query ? walked.items : [walked.element]));
          varies = Math.max(varies, walked.varies);
        } else {
          const value = evaluate(m, item, scope);
          if (value.kind === "query" && !isScript(m, scope.uri)) escape(m, value, "container", item);
          items.push(value);
          varies = Math.max(varies, value.varies);
        }
      }
      const element = items.length ? items.reduce(joinValues) : unknown(varies);
      return sequenceOf(node.of, element, { items: many ? undefined : items, size: many ? (isFew ? "few" : "unknown") : items.length <= (items.every(({ kind }) => kind === "constant") ? MOST_CONSTANTS : 20) ? "few" : "many", varies });
    }
    case "mapping": return { ...evaluateMapping(m, node.entries, scope), literal: { uri: scope.uri, expression: node } };
    case "comprehension": return evaluateComprehension(m, node, scope);
    case "lambda": return { kind: "lambda", lambda: node, closure: scope, varies: 0 };
    case "binary": {
      const left = evaluate(m, node.left, scope);
      const right = evaluate(m, node.right, scope);
      const varies = Math.max(left.varies, right.varies);
      for (const adapter of m.adapters) {
        const combined = adapter.combine(node.operator, left, right, node, m);
        if (combined) return combined;
      }
      if (node.operator === "%" && left.kind === "constant" && typeof left.value === "string") {
        for (const part of right.kind === "sequence" && right.items ? right.items : [right]) textOf(m, part, node.right);
      }
      if (node.operator === "+" && left.kind === "sequence" && right.kind === "sequence") {
        const items = left.items && right.items ? [...left.items, ...right.items] : undefined;
        return { ...left, varies, items, element: joinValues(left.element, right.element), query: undefined, size: left.size === "many" || right.size === "many" ? "many" : items && items.length <= 20 ? "few" : "unknown" };
      }
      if (node.operator === "+") {
        const sums = [addedTo(left, node.right), addedTo(right, node.left)].filter((each) => each !== undefined);
        if (sums.length > 0) return varying(sums.reduce(joinValues), varies);
      }
      if (/^[-*]$/.test(node.operator)) {
        const derived = derivedFrom([left, right], varies);
        if (derived) return derived;
      }
      if (left.kind === "constant" && right.kind === "constant" && typeof left.value === "string" && typeof right.value === "string" && node.operator === "+") return constant(left.value + right.value, varies);
      hide(m, left);
      hide(m, right);
      return unknown(varies);
    }
    case "logical": return evaluateLogical(m, node.operator, node.left, node.right, scope, use);
    case "comparison": return evaluateComparison(m, node, scope);
    case "unary": {
      if (node.operator === "not") {
        const value = evaluate(m, node.operand, scope, TRUTH);
        const tested = truth(m, value, node.operand);
        if (isLength(node.operand)) noteMeaning(m, node.operand, node, "none");
        markMeaning(m, node.operand, node, "none");
        if (isTrue(tested)) return constant(false, tested.varies);
        if (tested.kind === "constant") return constant(!tested.value, tested.varies);
        return unknown(tested.varies);
      }
      const operand = evaluate(m, node.operand, scope);
      if (node.operator === "typeof") return typeOf(operand);
      for (const adapter of m.adapters) {
        const combined = adapter.combine(node.operator, operand, undefined, node, m);
        if (combined) return combined;
      }
      if (node.operator === "-" && operand.kind === "constant" && typeof operand.value === "number") return constant(-operand.value, operand.varies);
      return unknown(operand.varies);
    }
    case "conditional": {
      const test = evaluate(m, node.test, scope, TRUTH);
      truth(m, test, node.test);
      if (isTrue(test) || isFalse(test)) return varying(evaluate(m, isTrue(test) ? node.then : node.otherwise, scope, use), test.varies);
      const { path } = scope;
      const branch = m.costs.newBranch();
      const then = whenTested(m, node.test, true, scope, () => m.costs.within(m.arm(branch, 0, 2, test), () => evaluate(m, node.then, scope, use)));
      scope.path = path;
      const otherwise = whenTested(m, node.test, false, scope, () => m.costs.within(m.arm(branch, 1, 2, test), () => evaluate(m, node.otherwise, scope, use)));
      scope.path = path;
      const joined = joinValues(then, otherwise);
      return varying(joined, test.varies);
    }
    case "yield": {
      const value = node.value ? evaluate(m, node.value, scope) : unknown();
      const given = node.delegate && node.value ? walk(m, value, node.value, "iterate").element : value;
      m.yielded?.push(given);
      if (m.frames.length === 1) hide(m, value);
      return unknown(m.innermost);
    }
    case "spread": return evaluate(m, node.value, scope);
    case "named-assignment": {
      const assigned = evaluate(m, node.value, scope, use);
      // `next++`: out of its own value, which is another one in each round.
      const value = m.loops.length > 0 && node.target.kind === "name" && node.value.kind === "binary" && node.value.left.kind === "name" && node.value.left.name === node.target.name ? varying(unknown(), Math.max(assigned.varies, m.innermost)) : assigned;
      if (node.target.kind === "name") scope.assignOutwards(node.target.name, value);
      else assignTarget(m, node.target, value, scope, node.value);
      return value;
    }
    case "function": return closureValue(m, node, scope);
    case "class": return { kind: "class", class: { uri: scope.uri, declaration: node.class, key: `${scope.uri}#${node.class.id}` }, varies: 0 };
    case "cast": {
      const value = evaluate(m, node.operand, scope, use);
      return value.kind === "unknown" ? varying(annotationValue(m, node.annotation, scope.uri), value.varies) : value;
    }
    case "opaque": {
      let varies = isScript(m, scope.uri) ? perhapsVaries(m.innermost) : m.innermost;
      for (const part of node.parts) {
        const value = evaluate(m, part, scope);
        hide(m, value);
        varies = Math.max(varies, value.varies);
      }
      return unknown(varies);
    }
  }
}

/** One way of a conditional expression, in the rounds that its test leaves. */
function whenTested<Result>(m: Machine, test: Expression, answer: boolean, scope: Scope, run: () => Result): Result {
  const { loops, selected } = m;
  if (loops.length > 0) select(m, selectionsOf(m, test, scope, answer));
  assume(scope, test, answer);
  const result = run();
  m.loops = loops;
  m.selected = selected;
  return result;
}

/** `(row) => …`: sees the names around it. Nobody may call it: then it is looked at for itself, after the function that it stands in. */
function closureValue(m: Machine, node: FunctionExpression, scope: Scope): FunctionValue {
  const key = `${scope.uri}#${node.function.id}`;
  const ref = m.project.functionByKey(key) ?? { uri: scope.uri, declaration: node.function, key };
  const closure = scope.frame ? scope : undefined;
  if (m.isInRoot && scope.uri === m.frames[0].uri && !m.nested.some((each) => each.function.key === key)) m.nested.push({ function: ref, ...(closure && { closure }) });
  return { kind: "function", function: ref, ...(closure && { closure }), varies: 0 };
}

function evaluateAttribute(m: Machine, node: Attribute, scope: Scope, use: Use): Value {
  const object = evaluate(m, node.object, scope, { next: node.name });
  if (isPromiseOf(m, node, scope)) return unknown(object.varies);
  return node.lookup ? lookupOf(m, object, node, node.lookup, use) : attributeOf(m, object, node.name, node, use);
}

/** `getClient().order`, where `getClient` is asynchronous and nobody waits: a promise has no such thing, and the code ends there. */
function isPromiseOf(m: Machine, { object, name }: Attribute, scope: Scope): boolean {
  if (object.kind !== "call" || object.form !== undefined || object.callee.kind !== "name" || /^(then|catch|finally)$/.test(name) || !isScript(m, scope.uri)) return false;
  const callee = evaluate(m, object.callee, scope);
  return callee.kind === "function" && callee.function.declaration.isAsync && !callee.function.declaration.isGenerator;
}

/** Evaluates the arguments of a call. */
export function argumentsOf(m: Machine, node: Call, scope: Scope): CallSite {
  const positional: { value: Value; node: Argument }[] = [];
  const keywords = new Map<string, { value: Value; node: Argument; maybe?: boolean }>();
  let more = false;
  let varies = 0;
  for (const argument of node.arguments) {
    const value = evaluate(m, argument.value, scope);
    varies = Math.max(varies, value.varies);
    if (argument.spread === "sequence") {
      if (value.kind === "sequence" && value.items) for (const item of value.items) {
        positional.push({ value: item, node: argument });
        varies = Math.max(varies, item.varies);
      }
      else {
        if (value.kind === "query") walk(m, value, argument.value, "unpack");
        hide(m, value);
        more = true;
      }
    } else if (argument.spread === "mapping") {
      if (value.kind === "mapping" && (value.complete || (value.size === "few" && value.entries.size > 0))) {
        for (const [name, item] of value.entries) {
          keywords.set(name, { value: item, node: argument, ...(value.maybe?.has(name) && { maybe: true }) });
          varies = Math.max(varies, item.varies);
        }
      }
      else {
        hide(m, value);
        more = true;
      }
    } else if (argument.name !== undefined) keywords.set(argument.name, { value, node: argument });
    else positional.push({ value, node: argument });
  }
  return { node, uri: m.uri, positional, keywords, more, varies };
}

/** `Promise.allSettled(rows.map(…))`: each may fail by itself; `save(row).catch(…)`: what fails is caught where it stands. As the loop that the guard stands in. */
function guardOf(m: Machine, { callee }: Call): number | undefined {
  if (callee.kind !== "attribute") return undefined;
  if (callee.name === "catch") return m.innermost;
  return callee.name === "allSettled" && callee.object.kind === "name" && callee.object.name === "Promise" ? Infinity : undefined;
}

function evaluateCall(m: Machine, node: Call, scope: Scope): Value {
  if (node.callee.kind === "name" && node.callee.name === "super" && !scope.get("super")) {
    const method = m.frames[m.frames.length - 1].function;
    const first = method?.declaration.parameters[0]?.name;
    const self = first !== undefined ? scope.get(first) : undefined;
    return method?.owner && self ? { kind: "super", self, after: method.owner, varies: 0 } : unknown(m.innermost);
  }
  if (node.callee.kind === "name" && node.callee.name === "locals" && node.arguments.length === 0) {
    return { kind: "mapping", entries: scope.snapshot(), key: unknown(), value: unknown(), size: "few", complete: true, varies: 0 };
  }
  if (node.callee.kind === "name" && isTemplateName(node.callee.name)) return callTemplateName(m, node.callee.name, argumentsOf(m, node, scope), scope);
  if (!isScript(m, scope.uri)) {
    const callee = evaluate(m, node.callee, scope);
    return callValue(m, callee, argumentsOf(m, node, scope));
  }
  const guard = guardOf(m, node);
  if (guard !== undefined) m.guards.push(guard);
  const callee = evaluate(m, node.callee, scope);
  const length = node.callee.kind === "attribute" ? lengthOf(scope, node.callee.object) : undefined;
  const value = callValue(m, callee, { ...argumentsOf(m, node, scope), isWritten: true, ...(length !== undefined && { length }) });
  if (guard !== undefined) m.guards.pop();
  return value;
}

function evaluateSubscript(m: Machine, node: Subscript, scope: Scope): Value {
  const object = evaluate(m, node.object, scope);
  const index = evaluate(m, node.index, scope);
  noteCut(m, object, index, node);
  if (index.kind === "constant" && index.value === 0 && isScript(m, scope.uri)) noteNarrowed(m, object);
  const results = optionsOf(object).map((option) => subscriptOf(m, option, index, node));
  return results.reduce(joinValues);
}

/** `list(rows)[0]`, `[x for x in rows][:5]`: all rows are loaded and most are thrown away. */
function noteCut(m: Machine, object: Value, index: Value, node: Subscript): void {
  if (object.kind !== "sequence") return;
  const cuts = index.kind === "constant" ? index.value === 0 || index.value === -1 : index.kind === "object" && index.type === "slice" && index.parts.upper !== undefined && index.parts.lower === undefined;
  if (!cuts) return;
  const { comprehension } = object;
  const query = node.object.kind === "comprehension" && comprehension === node.object
    ? (comprehension.clauses.length === 1 && comprehension.clauses[0].conditions.length === 0 ? m.comprehensionQueries.get(comprehension) : undefined)
    : node.object.kind === "call" && object.materialised?.span.start === node.object.start && object.materialised.span.end === node.object.end && isLoadedBy(m, node.object, object.query) ? object.query : undefined;
  if (query && query.bound.kind === "none") m.emit({ kind: "rowsReduced", at: m.at(node), query, by: "first-of-list", expression: node });
}

/** `list(rows)`, and not `list(reversed(list(rows)))`: the rows in the order of the query. */
function isLoadedBy(m: Machine, call: Call, query: Query | undefined): boolean {
  const given = call.arguments[0]?.value;
  return m.events.some((event) => event.kind === "queryRun" && event.query.id === query?.id && event.expression === given);
}

export function subscriptOf(m: Machine, object: Value, index: Value, node: Expression): Value {
  const varies = Math.max(object.varies, index.varies);
  for (const adapter of m.adapters) {
    const value = adapter.subscript(object, index, node, m);
    if (value) return value;
  }
  const loop = m.loops[m.loops.length - 1];
  const pick = (element: Value): Value => (loop && index.varies >= loop.id ? bindPicked(m, element) : single(element));
  if (object.kind === "sequence") {
    if (index.kind === "object" && index.type === "slice") {
      const upper = index.parts.upper;
      const rows = upper && numberOf(upper);
      const bound = rows !== undefined && rows >= 0 ? { kind: "rows" as const, rows } : upper && upper.kind !== "constant" ? { kind: "page" as const } : object.bound;
      return { ...object, varies, items: undefined, bound, size: bound.kind === "rows" && bound.rows <= 5 ? "few" : object.size, batches: object.batches || (index.parts.lower !== undefined && index.parts.lower.varies > 0) };
    }
    if (object.items && index.kind === "constant" && typeof index.value === "number") {
      const item = object.items[index.value < 0 ? object.items.length + index.value : index.value];
      if (item) return varying(item, varies);
    }
    return varying(pick(object.element), varies);
  }
  if (object.kind === "mapping") {
    if (index.kind === "constant" && object.entries.has(String(index.value))) return varying(object.entries.get(String(index.value))!, varies);
    return isDispatch(object.value) ? unknown(varies) : varying(pick(object.value), varies);
  }
  // `this.prisma["user"]`
  if (object.kind === "instance" && index.kind === "constant" && typeof index.value === "string" && isScript(m, object.class.uri)) {
    return varying(attributeOf(m, object, index.value, { kind: "attribute", object: node.kind === "subscript" ? node.object : node, name: index.value, nameStart: node.start, start: node.start, end: node.end }, NO_USE), varies);
  }
  // `row[column]`: any of them.
  if (object.kind === "row") hide(m, object);
  return unknown(varies);
}

/** `HANDLERS[kind]`, `MODELS[table]`: one of several functions or tables, and which one nobody knows. */
export function isDispatch(value: Value): boolean {
  return value.kind === "union" && value.options.some((option) => option.kind === "function" || option.kind === "lambda" || option.kind === "class" || option.kind === "entity" || option.kind === "method");
}

/** A row picked from a collection by a key that changes with the running loop: one per round. */
function bindPicked(m: Machine, element: Value): Value {
  const loop = m.loops[m.loops.length - 1];
  if (element.kind === "row" && element.origin.loop) return { ...element, origin: { ...element.origin, loop }, varies: loop.id };
  return varying(element, loop.id);
}

/** `...(id && { id })`: of what is falsy nothing is spread, so what may come is the object. */
function spreadOf(value: Value, written: Expression): Value {
  if (written.kind !== "logical" || written.operator !== "and" || value.kind !== "union") return value;
  const objects = optionsOf(value).filter((option) => option.kind === "mapping");
  return objects.length === 1 ? { ...objects[0], maybe: new Set(objects[0].entries.keys()), varies: value.varies } : value;
}

function evaluateMapping(m: Machine, entries: readonly { readonly key?: Expression; readonly value: Expression }[], scope: Scope): MappingValue {
  const known = new Map<string, Value>();
  const maybe = new Set<string>();
  let isFilled = false;
  const put = (name: string, item: Value): void => {
    known.set(name, item);
    maybe.delete(name);
  };
  let key: Value | undefined;
  let value: Value | undefined;
  let varies = 0;
  let few = true;
  let complete = true;
  let spreads = 0;
  let options = 0;
  for (const entry of entries) {
    const given = evaluate(m, entry.value, scope);
    const item = entry.key ? given : spreadOf(given, entry.value);
    if (item.kind === "query" && !isScript(m, scope.uri)) escape(m, item, "container", entry.value);
    varies = Math.max(varies, item.varies);
    if (!entry.key) {
      spreads++;
      // `...options`, which nobody gave, or which says what is given.
      if ((item.kind === "constant" && item.value === null) || (item.kind === "mapping" && item.isOptions)) options++;
      if (item.kind === "constant" && item.value === null) continue;
      if (item.kind === "mapping") {
        for (const [name, inner] of item.entries) {
          const before = known.get(name);
          if (item.maybe?.has(name) !== true) put(name, inner);
          else if (before) known.set(name, joinValues(before, inner));
          else {
            known.set(name, inner);
            maybe.add(name);
          }
        }
        isFilled ||= isEitherOr(item);
        if (item.size !== "few") few = false;
        if (!item.complete) complete = false;
      } else {
        few = complete = false;
        hide(m, item);
      }
      continue;
    }
    const name = evaluate(m, entry.key, scope);
    varies = Math.max(varies, name.varies);
    if (name.kind === "constant") put(String(name.value), item);
    // `[Op.in]: ids`: a symbol goes by how it is written.
    else if (entry.key.kind === "attribute" && isScript(m, scope.uri)) {
      put(`[${m.describe(entry.key)}]`, item);
      if (name.kind !== "external") complete = false;
    } else complete = false;
    key = key ? joinValues(key, name) : name;
    value = known.size > MOST_TOGETHER ? unknown(varies) : value ? joinValues(value, item) : item;
  }
  return { kind: "mapping", entries: known, ...(maybe.size > 0 && { maybe }), ...(isFilled && { isFilled: true as const }), key: key ?? unknown(varies), value: value ?? unknown(varies), size: sizeOfDisplay(few, entries.length), complete, varies, ...(complete && spreads > 0 && options === spreads && { isOptions: true as const }) };
}

/** Names, codes, kinds: a list of these is the same tomorrow. */
const MOST_CONSTANTS = 50;

/** What is written out is as long as it is written, and does not grow: up to 20 entries are few. */
function sizeOfDisplay(isKnown: boolean, entries: number): MappingValue["size"] {
  return !isKnown ? "unknown" : entries <= 20 ? "few" : "many";
}

/** A test for truth: a query is loaded for it. */
export function truth(m: Machine, value: Value, node: Expression): Value {
  ask(m, value, "bool", node, node);
  return value;
}

/** Loads a query for its length or truth. Where the same name may hold a list or nothing, that is noted: methods of a query cannot be called on it. */
export function ask(m: Machine, value: Value, how: "bool" | "len", node: Expression, rows: Expression): void {
  // An object is true, whatever it would give.
  if (runsScript(m)) return;
  const options = optionsOf(value);
  const isSurelyQuery = options.every((option) => option.kind === "query" || option.kind === "manager");
  for (const option of options) {
    if (option.kind !== "query") continue;
    m.adapter(option.query.orm)?.evaluate(option, how, node, m, rows);
    const last = m.events[m.events.length - 1];
    if (!isSurelyQuery && last?.kind === "queryRun" && last.query === option.query) (last as { -readonly [K in keyof QueryRun]: QueryRun[K] }).maybeList = true;
  }
}

/** The text of a value is wanted: `str(row)` calls `__str__`. */
export function textOf(m: Machine, value: Value, node: Expression): void {
  if (runsScript(m)) return;
  for (const option of optionsOf(value)) {
    if (option.kind === "row" || option.kind === "instance") {
      const method = option.kind === "row" ? m.rowMethod(option, "__str__") : m.project.method(option.class, "__str__");
      if (method) callValue(m, { kind: "function", function: method, self: option, varies: option.varies }, emptyCall(m, node));
    } else if (option.kind === "query") m.adapter(option.query.orm)?.evaluate(option, "other", node, m);
  }
}

/** A call without arguments at a place where the code writes none: a property, `__str__`. */
export function emptyCall(m: Machine, node: Expression): CallSite {
  return { node: { kind: "call", callee: node, arguments: [], open: node.end, close: node.end, start: node.start, end: node.end }, uri: m.uri, positional: [], keywords: new Map(), more: false, varies: 0 };
}

function isPaginator(callee: string | undefined): boolean {
  return callee === "Paginator" || callee === "AsyncPaginator" || callee === "get_paginator";
}

/** A query leaves what can be seen. */
export function escape(m: Machine, value: Value, to: "return" | "argument" | "attribute" | "response" | "container" | "closure" | "yield", node: Expression, callee?: string): void {
  // A paginator gives the rows back page by page.
  if (!isPaginator(callee)) hide(m, value);
  for (const option of optionsOf(value)) {
    if (option.kind === "query" || option.kind === "manager") m.emit({ kind: "queryEscapes", at: m.at(node), query: option.query, to, callee });
    else if (option.kind === "sequence") {
      if (option.query) m.emit({ kind: "queryEscapes", at: m.at(node), query: option.query, to, callee });
      for (const item of option.items ?? []) escape(m, item, to, node, callee);
    } else if (option.kind === "object") {
      for (const adapter of m.adapters) adapter.escaped?.(option, to, m);
    } else if (option.kind === "mapping") for (const item of option.entries.values()) escape(m, item, to, node, callee);
  }
}
