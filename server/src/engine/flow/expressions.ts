import { isTemplateName, type Argument, type Attribute, type Call, type Comparison, type Comprehension, type Expression, type FunctionExpression, type Subscript } from "../facts";
import type { CallSite, Use } from "./adapter";
import { attributeOf } from "./attributes";
import { hide } from "./loads";
import { addedTo, derivedFrom, markChecked } from "./client-values";
import { assignObjectPattern, assignWithDefault, awaitExpression, isScript, noteMeaning, noteUse, runsScript, withEntry } from "./javascript";
import { callValue } from "./calls";
import { enterLoop, leaveLoop, single, walk } from "./iteration";
import type { Machine } from "./machine";
import type { DataAccessEvent, QueryRun } from "./events";
import type { Query } from "./query";
import { annotationValue, nameValue } from "./names";
import { narrow } from "./narrowing";
import { answerOf, assume } from "./path-conditions";
import { settleConstants } from "./statements";
import { Scope } from "./scope";
import { callTemplateName, lookupOf } from "./template-calls";
import { foundInTemplate, templateLanguage } from "./templates";
import { constant, isEmptyRows, isFalse, isKey, isTrue, joinValues, numberOf, optionsOf, sequenceOf, unknown, varying, type FunctionValue, type MappingValue, type Value } from "./values";

const NO_USE: Use = Object.freeze({});
const TRUTH: Use = Object.freeze({ truth: true });
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
      const value = evaluate(m, node.operand, scope, use);
      return isScript(m, scope.uri) ? awaitExpression(m, value, node.operand) : value;
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
      let varies = 0;
      for (const item of node.items) {
        if (item.kind === "spread") {
          const walked = walk(m, evaluate(m, item.value, scope), item.value, "unpack");
          if (!walked.items || walked.query) many = true;
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
      return sequenceOf(node.of, element, { items: many ? undefined : items, size: many ? "unknown" : items.length <= 20 ? "few" : "many", varies });
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
      assume(scope, node.test, true);
      const then = m.costs.within({ branch, way: 0, ways: 2 }, () => evaluate(m, node.then, scope, use));
      scope.path = path;
      assume(scope, node.test, false);
      const otherwise = m.costs.within({ branch, way: 1, ways: 2 }, () => evaluate(m, node.otherwise, scope, use));
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
      const value = evaluate(m, node.value, scope, use);
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
      let varies = m.innermost;
      for (const part of node.parts) {
        const value = evaluate(m, part, scope);
        hide(m, value);
        varies = Math.max(varies, value.varies);
      }
      return unknown(varies);
    }
  }
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
  return node.lookup ? lookupOf(m, object, node, node.lookup, use) : attributeOf(m, object, node.name, node, use);
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
  const callee = evaluate(m, node.callee, scope);
  const call = argumentsOf(m, node, scope);
  return callValue(m, callee, call);
}

function evaluateSubscript(m: Machine, node: Subscript, scope: Scope): Value {
  const object = evaluate(m, node.object, scope);
  const index = evaluate(m, node.index, scope);
  noteCut(m, object, index, node);
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

/** `const [latest] = await rows`: all rows are loaded and all but one thrown away. */
function noteFirstOnly(m: Machine, targets: readonly Expression[], source: Value, assigned: Expression): void {
  if (targets.length !== 1 || targets[0].kind !== "name" || source.kind !== "sequence" || !source.query || !source.materialised) return;
  const { query, materialised } = source;
  const isLoadedHere = materialised.uri === m.uri && assigned.start <= materialised.span.start && materialised.span.end <= assigned.end;
  if (isLoadedHere && query.bound.kind === "none" && !query.atMostOne && query.shape !== "scalars") m.emit({ kind: "rowsReduced", at: m.at(assigned), query, by: "first-of-list", expression: assigned });
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
  return unknown(varies);
}

/** `HANDLERS[kind]`: one of several functions, and which one nobody knows. */
export function isDispatch(value: Value): boolean {
  return value.kind === "union" && value.options.some((option) => option.kind === "function" || option.kind === "lambda" || option.kind === "class" || option.kind === "method");
}

/** A row picked from a collection by a key that changes with the running loop: one per round. */
function bindPicked(m: Machine, element: Value): Value {
  const loop = m.loops[m.loops.length - 1];
  if (element.kind === "row" && element.origin.loop) return { ...element, origin: { ...element.origin, loop }, varies: loop.id };
  return varying(element, loop.id);
}

function evaluateMapping(m: Machine, entries: readonly { readonly key?: Expression; readonly value: Expression }[], scope: Scope): MappingValue {
  const known = new Map<string, Value>();
  let key: Value | undefined;
  let value: Value | undefined;
  let varies = 0;
  let few = entries.length <= 20;
  let complete = true;
  for (const entry of entries) {
    const item = evaluate(m, entry.value, scope);
    if (item.kind === "query" && !isScript(m, scope.uri)) escape(m, item, "container", entry.value);
    varies = Math.max(varies, item.varies);
    if (!entry.key) {
      if (item.kind === "mapping") {
        for (const [name, inner] of item.entries) known.set(name, inner);
        if (item.size !== "few") few = false;
        if (!item.complete) complete = false;
      } else few = complete = false;
      continue;
    }
    const name = evaluate(m, entry.key, scope);
    varies = Math.max(varies, name.varies);
    if (name.kind === "constant") known.set(String(name.value), item);
    // `[Op.in]: ids`: a symbol goes by how it is written.
    else if (entry.key.kind === "attribute" && isScript(m, scope.uri)) {
      known.set(`[${m.describe(entry.key)}]`, item);
      if (name.kind !== "external") complete = false;
    } else complete = false;
    key = key ? joinValues(key, name) : name;
    value = value ? joinValues(value, item) : item;
  }
  return { kind: "mapping", entries: known, key: key ?? unknown(varies), value: value ?? unknown(varies), size: few ? "few" : "unknown", complete, varies };
}

function evaluateLogical(m: Machine, operator: "and" | "or" | "coalesce", left: Expression, right: Expression, scope: Scope, use: Use): Value {
  // The left side is always tested for truth; its value is also the result, so only a test around it makes the truth its only use.
  const first = evaluate(m, left, scope, use.truth ? TRUTH : NO_USE);
  if (use.truth || first.kind === "query") truth(m, first, left);
  if (first.kind === "constant" && operator === "coalesce") return first.value === null ? evaluate(m, right, scope, use) : first;
  if (first.kind === "constant" && operator !== "coalesce" && (operator === "and") === !first.value) return first;
  if (operator === "or" && isTrue(first)) return first;
  if (operator === "coalesce" && first.kind === "row" && first.present) return first;
  // `order.items || (await order.getItems())`: an array is true, and rows that came with their owner are there.
  if (operator !== "and" && first.kind === "sequence" && first.element.kind === "row" && first.element.origin.query && isScript(m, scope.uri)) return first;
  const answer = operator === "coalesce" ? undefined : answerOf(scope, left);
  // `given or fallback()`: what the caller gave is there.
  if (answer !== undefined && answer === (operator === "or")) return first;
  const { path } = scope;
  if (operator !== "coalesce") assume(scope, left, operator === "and");
  const widen = operator === "coalesce" ? undefined : narrow(m, scope, left, operator === "and");
  const second = m.costs.within({ branch: m.costs.newBranch(), way: 0, ways: 2 }, () => evaluate(m, right, scope, use.truth ? TRUTH : NO_USE));
  widen?.();
  scope.path = path;
  if (first.kind === "constant" && operator !== "coalesce" && second.kind === "constant") return second;
  if (use.truth) truth(m, second, right);
  // `globalThis.prisma ?? new PrismaClient()`: what was kept elsewhere is what is made here.
  const isKeptElsewhere = first.kind === "unknown" || (first.kind === "external" && /^js\.(global|globalThis|window)\./.test(first.name));
  if (isKeptElsewhere && operator !== "and" && !use.truth && isScript(m, scope.uri) && (second.kind === "object" || second.kind === "instance" || second.kind === "entity")) return varying(second, first.varies);
  const joined = joinValues(first, second);
  return use.truth ? unknown(Math.max(first.varies, second.varies)) : varying(joined, Math.max(first.varies, second.varies));
}

const MEANS_SOME = new Set(["> 0", ">= 1", "!= 0"]);
const MEANS_NONE = new Set(["== 0", "< 1", "<= 0"]);

function evaluateComparison(m: Machine, node: Comparison, scope: Scope): Value {
  const left = evaluate(m, node.left, scope);
  const right = evaluate(m, node.right, scope);
  if (node.operator === "in" || node.operator === "not in") {
    for (const option of optionsOf(right)) {
      if (option.kind !== "query") continue;
      m.adapter(option.query.orm)?.evaluate(option, "contains", node.right, m);
      markMember(m, node, option.query.id, left);
    }
  }
  if (!isLowerLimit(node.operator, left, right)) [left, right].forEach(markChecked);
  if (right.kind === "constant" && typeof right.value === "number") {
    if (isLength(node.left) && (MEANS_SOME.has(`${node.operator} ${right.value}`) || MEANS_NONE.has(`${node.operator} ${right.value}`))) noteMeaning(m, node.left, node, MEANS_SOME.has(`${node.operator} ${right.value}`) ? "some" : "none");
    const written = `${node.operator} ${right.value}`;
    if (MEANS_SOME.has(written)) markMeaning(m, node.left, node, "some");
    else if (MEANS_NONE.has(written)) markMeaning(m, node.left, node, "none");
  }
  const varies = Math.max(left.varies, right.varies);
  if (isKey(left) && right.kind === "constant" && right.value === null && (node.operator === "is" || node.operator === "is not")) return constant(node.operator === "is not", varies);
  // `webhooks === undefined`, where the caller gave an array that it has: what a type says may be left out.
  if (left.kind === "sequence" && (left.items ?? left.query ?? left.materialised) !== undefined && right.kind === "constant" && right.value === null && (node.operator === "==" || node.operator === "!=") && isScript(m, scope.uri)) return constant(node.operator === "!=", varies);
  // One of several constants, and none of them is this one.
  if (left.kind === "union" && right.kind === "constant" && left.options.every((option) => option.kind === "constant" && option.value !== right.value)) {
    if (node.operator === "==" || node.operator === "is") return constant(false, varies);
    if (node.operator === "!=" || node.operator === "is not") return constant(true, varies);
  }
  if (left.kind === "constant" && (node.operator === "in" || node.operator === "not in") && right.kind === "sequence" && right.items?.every((item) => item.kind === "constant")) {
    return constant(right.items.some((item) => item.kind === "constant" && item.value === left.value) === (node.operator === "in"), varies);
  }
  // A lazy query is there, however many rows it has.
  if ((left.kind === "query" || left.kind === "manager") && right.kind === "constant" && right.value === null && (node.operator === "is" || node.operator === "is not")) return constant(node.operator === "is not", varies);
  if (left.kind === "constant" && right.kind === "constant") {
    if (node.operator === "is" || node.operator === "==") return constant(left.value === right.value, varies);
    if (node.operator === "is not" || node.operator === "!=") return constant(left.value !== right.value, varies);
    if (typeof left.value === "string" && typeof right.value === "string" && (node.operator === "in" || node.operator === "not in")) return constant(right.value.includes(left.value) === (node.operator === "in"), varies);
  }
  return unknown(varies);
}

/** `size is None`, `size == ""`, `size < 1`, `0 >= size`: says nothing of how large it may be. */
function isLowerLimit(operator: string, left: Value, right: Value): boolean {
  const other = right.kind === "constant" ? right.value : left.kind === "constant" ? left.value : undefined;
  return other === null || other === "" || other === false || other === true || (typeof other === "number" && other <= 1) || operator === "is" || operator === "is not";
}

function isLength(node: Expression): boolean {
  return node.kind === "attribute" && node.name === "length";
}

/** A run whose result was only compared: remembered on its event. */
function markMeaning(m: Machine, given: Expression, whole: Expression, meaning: "some" | "none"): void {
  const run = given.kind === "await" ? given.operand : given;
  for (let i = m.events.length - 1; i >= 0 && i >= m.events.length - 4; i--) {
    const event = m.events[i];
    if (event.kind === "queryRun" && event.at.span.start === run.start && event.at.span.end === run.end && (event.how === "len" || event.how === "count" || event.how === "bool")) {
      (event as { -readonly [K in keyof QueryRun]: QueryRun[K] }).comparedToZero = { at: m.at(whole), expression: whole, meaning };
      return;
    }
  }
}

/** `x in rows`: what is looked for, remembered on the event of the run. */
function markMember(m: Machine, node: Comparison, query: number, member: Value): void {
  const event = m.events.findLast((each) => each.kind === "queryRun" && each.query.id === query);
  if (event?.kind !== "queryRun" || event.expression !== node.right) return;
  const row = member.kind === "row" ? member : undefined;
  (event as { -readonly [K in keyof QueryRun]: QueryRun[K] }).membership = {
    at: m.at(node), expression: node, negated: node.operator === "not in", entity: row?.origin.entity, isFetched: row?.origin.query !== undefined && row.origin.path === "",
  };
}

function evaluateComprehension(m: Machine, node: Comprehension, outer: Scope): Value {
  const scope = new Scope(outer.uri, outer);
  const enclosing = m.scope;
  m.scope = scope;
  const entered: number[] = [];
  const before = m.events.length;
  let varies = 0;
  let single: { value: Value; variable?: string } | undefined;
  let filtered = false;
  for (const clause of node.clauses) {
    const iterable = evaluate(m, clause.iterable, scope);
    m.walksAsync = clause.isAsync;
    const walked = walk(m, iterable, clause.iterable, "iterate");
    m.walksAsync = false;
    if (clause.conditions.length > 0) markFiltered(m, clause.iterable);
    varies = Math.max(varies, iterable.varies);
    if (walked.query && node.clauses.length === 1 && clause.target.kind === "name") m.comprehensionQueries.set(node, walked.query);
    const loop = enterLoop(m, walked, clause.target, { kind: "comprehension", at: m.at(node), body: m.at(node), exits: false });
    entered.push(loop.id);
    assignTarget(m, clause.target, loop.element, scope, clause.iterable);
    single = node.clauses.length === 1 && clause.target.kind === "name" ? { value: walked, variable: clause.target.name } : undefined;
    for (const condition of clause.conditions) {
      filtered = true;
      const value = evaluate(m, condition, scope, TRUTH);
      truth(m, value, condition);
      if (single) noteFilter(m, condition, scope, clause.conditions.length === 1);
    }
  }
  const element = evaluate(m, node.element, scope);
  const value = node.value ? evaluate(m, node.value, scope) : undefined;
  for (const _ of entered) leaveLoop(m);
  for (let i = entered.length - 1; i >= 0; i--) settleConstants(m, before, entered[i]);
  m.scope = enclosing;
  const walked = single?.value.kind === "sequence" ? single.value : undefined;
  const size = walked?.size ?? "unknown";
  // What was computed in the loop no longer changes after it.
  const settled = varies;
  if (node.of === "mapping") return { kind: "mapping", entries: new Map(), key: settle(element, settled), value: settle(value ?? unknown(), settled), size, varies: settled, query: walked?.query };
  const same = node.element.kind === "name" && node.element.name === single?.variable;
  if (node.of === "set") noteSet(m, node);
  return {
    kind: "sequence", of: node.of === "generator" ? "iterator" : node.of, element: settle(element, settled), size,
    bound: walked?.bound ?? { kind: "none" }, query: same ? walked?.query : undefined, materialised: same && !filtered ? walked?.materialised : undefined, varies: settled, comprehension: node,
  };
}

/** `{x.city_id for x in rows}`: a distinct list that the database could give. */
function noteSet(m: Machine, node: Comprehension): void {
  const query = m.comprehensionQueries.get(node);
  const { element, clauses } = node;
  if (!query || element.kind !== "attribute" || element.object.kind !== "name" || clauses[0].target.kind !== "name" || element.object.name !== clauses[0].target.name) return;
  const entity = m.project.entity(query.entity);
  // `{review.author for …}` gives objects, which no distinct list of values replaces.
  if (!entity?.fields.has(element.name) || entity.relations.has(element.name)) return;
  m.emit({ kind: "rowsReduced", at: m.at(node), query, by: "set", field: clauses[0].conditions.length ? undefined : element.name, expression: node });
}

/** The rows that were just loaded are not all wanted. */
export function markFiltered(m: Machine, iterable: Expression): void {
  const last = m.events[m.events.length - 1];
  if (isRunAt(last, iterable)) (last as { -readonly [K in keyof QueryRun]: QueryRun[K] }).filtered = true;
}

/** `any(row.late for row in rows)`: rows are looked at until one answers, and none is kept. */
export function markTested(m: Machine, rows: Expression): void {
  if (rows.kind !== "comprehension") return;
  const run = m.events.findLast((event) => isRunAt(event, rows.clauses[0].iterable));
  if (run) (run as { -readonly [K in keyof QueryRun]: QueryRun[K] }).filtered = true;
}

function isRunAt(event: DataAccessEvent | undefined, { start, end }: Expression): boolean {
  return event?.kind === "queryRun" && event.at.span.start === start && event.at.span.end === end;
}

/** The element of a finished loop: it depends on what the loop depended on, and its rows wait for the next loop. */
function settle(value: Value, varies: number): Value {
  if (value.kind === "row" && value.origin.loop) return { ...value, varies, origin: { ...value.origin, loop: value.origin.loop } };
  return { ...value, varies } as Value;
}

/** `x.status == "new"` on the loop's own rows. */
function noteFilter(m: Machine, condition: Expression, scope: Scope, whole: boolean): void {
  let node = condition;
  let negated = false;
  if (node.kind === "unary" && node.operator === "not") {
    negated = true;
    node = node.operand;
  }
  const column = node.kind === "comparison" ? node.left : node;
  if (column.kind !== "attribute" || column.object.kind !== "name") return;
  const row = scope.get(column.object.name);
  if (row?.kind !== "row" || !row.origin.query || row.origin.path !== "") return;
  const entity = m.project.entity(row.origin.entity);
  if (!entity?.fields.has(column.name) || entity.relations.has(column.name)) return;
  m.emit({
    kind: "rowsFiltered", at: m.at(condition), query: row.origin.query, field: column.name, negated,
    operator: node.kind === "comparison" ? node.operator : "truth", value: node.kind === "comparison" ? node.right : undefined, condition, whole,
  });
}

/** Binds a target to a value: names, unpacking, attributes, items. */
export function assignTarget(m: Machine, target: Expression, value: Value, scope: Scope, assigned: Expression, operator?: string): void {
  switch (target.kind) {
    case "name":
      scope.set(target.name, value);
      return;
    case "spread":
      assignTarget(m, target.value, value.kind === "sequence" ? { ...value, of: "list", items: undefined } : sequenceOf("list", value), scope, assigned);
      return;
    case "mapping":
      return assignObjectPattern(m, target, value, scope, assigned);
    case "logical":
      return assignWithDefault(m, target.left, target.right, value, scope, assigned, (fallback, names) => evaluate(m, fallback, names));
    case "cast":
      return assignTarget(m, target.operand, value, scope, assigned, operator);
    case "sequence": {
      const source = value.kind === "query" ? walk(m, value, assigned, "unpack") : value;
      const items = source.kind === "sequence" ? source.items : undefined;
      const starred = target.items.findIndex((item) => item.kind === "spread");
      if (isScript(m, scope.uri)) {
        noteFirstOnly(m, target.items, source, assigned);
        target.items.forEach((item, i) => {
          const part = item.kind === "spread" ? source : items?.[i] ?? (source.kind === "sequence" ? (source.of === "tuple" ? source.element : single(source.element)) : unknown(value.varies));
          assignTarget(m, item, varying(part, value.varies), scope, assigned);
        });
        return;
      }
      target.items.forEach((item, i) => {
        let part: Value;
        if (items && starred < 0 && items.length === target.items.length) part = items[i];
        else if (source.kind === "sequence") part = source.of === "tuple" ? source.element : single(source.element);
        else part = unknown(value.varies);
        assignTarget(m, item, varying(part, value.varies), scope, assigned);
      });
      return;
    }
    case "attribute": {
      if (target.object.kind === "name") scope.touch(target.object.name);
      const object = evaluate(m, target.object, scope);
      for (const option of optionsOf(object)) {
        // Attributes are not told apart by branches: that one of them has no rows says nothing of the others.
        if (option.kind === "instance" && isEmptyRows(value) && option.attributes.has(target.name)) continue;
        if (option.kind === "mapping" && target.object.kind === "name" && isScript(m, scope.uri)) scope.assignOutwards(target.object.name, withEntry(m, option, constant(target.name), value));
        if (option.kind === "instance") option.attributes.set(target.name, value);
        else if (option.kind === "row") m.rowAdapter(option)?.assignAttribute(option, target.name, value, target, assigned, m, operator);
      }
      escape(m, value, "attribute", assigned);
      return;
    }
    case "subscript": {
      const object = evaluate(m, target.object, scope);
      const index = evaluate(m, target.index, scope);
      if (object.kind === "mapping" && target.object.kind === "name") {
        const entries = new Map(object.entries);
        const maybe = new Set(object.maybe);
        if (index.kind === "constant") {
          entries.set(String(index.value), value);
          object.names?.set(String(index.value), value);
          maybe.delete(String(index.value));
        }
        const grows = m.loops.length > 0 && index.varies >= m.innermost;
        scope.assignOutwards(target.object.name, {
          ...object, entries, literal: undefined, complete: object.complete && index.kind === "constant", key: isEmpty(object) ? index : joinValues(object.key, index), value: isEmpty(object) ? value : joinValues(object.value, value),
          size: grows ? (m.loops[m.loops.length - 1].size === "few" ? object.size : m.loops[m.loops.length - 1].size) : object.size,
        });
      }
      escape(m, value, "container", assigned);
      return;
    }
    default:
      return;
  }
}

function isEmpty(mapping: MappingValue): boolean {
  return mapping.entries.size === 0 && mapping.value.kind === "unknown";
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
