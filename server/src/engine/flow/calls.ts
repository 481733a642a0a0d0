import type { Expression, Parameter } from "../facts";
import type { FunctionRef } from "../project";
import type { CallSite, FlowAdapter } from "./adapter";
import type { Query } from "./query";
import { decoratorsOf, lastName } from "./attributes";
import { hide } from "./loads";
import { isClientValue, markChecked } from "./client-values";
import { environmentNumber } from "./environment";
import { inTransaction, noteOtherEffect } from "./transactions";
import { callBuiltin, callContainer } from "./builtins";
import { asyncFrameOf, offLoop, offLoopCallee } from "./event-loop";
import { assignTarget } from "./assignment";
import { noteUnseenCall } from "./effects";
import { emptyCall, escape, evaluate } from "./expressions";
import type { CallFrame } from "./events";
import { callCollection, callGlobal, callOnUnknown, callLibrary, callPromise, callSuperConstructor, callThen, construct, handled, isScript, markAllChecked, newPromise, noteTaken, requestMethod } from "./javascript";
import { noteUnseen } from "./costs";
import type { Machine } from "./machine";
import { annotationValue, moduleValue, symbolValue } from "./names";
import { outsideClient } from "./javascript/outside";
import { noteOutsideCall } from "./outside";
import { MOST_TOGETHER } from "./registries";
import { Scope } from "./scope";
import { executeBody } from "./statements";
import { templateLanguage } from "./templates";
import { constant, external, fixedKey, isUnknown, joinValues, optionsOf, perhapsVaries, sequenceOf, unknown, varying, type InstanceValue, type LambdaValue, type MethodValue, type Value } from "./values";

/** Calls whatever a callee turned out to be. */
export function callValue(m: Machine, callee: Value, call: CallSite): Value {
  switch (callee.kind) {
    case "function": return callFunction(m, callee.function, callee.self, call, callee.closure);
    case "super": return callSuperConstructor(m, callee.self, callee.after, call);
    case "lambda": return callLambda(m, callee, call.positional.map((argument) => argument.value));
    case "method": return callMethod(m, callee, call);
    case "class":
      for (const adapter of m.adapters) {
        const made = adapter.instantiate?.(callee.class, call, m);
        if (made) return made;
      }
      return instantiate(m, { kind: "instance", class: callee.class, attributes: new Map(), varies: call.varies }, call);
    case "entity":
      for (const adapter of m.adapters) if (adapter.orm === callee.entity.framework) return adapter.construct(callee.entity, call, m);
      return unknown(call.varies);
    case "external": return callExternal(m, callee.name, call);
    case "union": return m.forEither(callee.options, (option) => callValue(m, option, call)).reduce(joinValues);
    case "instance": {
      const method = m.project.method(callee.class, "__call__");
      if (method) return callFunction(m, method, callee, call);
      return callUnknown(m, callee.varies, call);
    }
    case "object": {
      const inThread = offLoopCallee(callee);
      // What a framework's factory made is the framework's to call: the class of a formset.
      return inThread ? offLoop(m, () => callValue(m, inThread, call)) : framework(m, callee, "__call__", call);
    }
    default: return callUnknown(m, callee.varies, call);
  }
}

/** What Django's templates leave uncalled: it changes data. */
const ALTERS_DATA = /^a?(save|delete|create|bulk_create|bulk_update|get_or_create|update_or_create|update|add|remove|set|clear)$/;

/** A value that a template found: functions and methods are called without arguments, anything else is what it is. */
export function callIfCallable(m: Machine, value: Value, node: Expression): Value {
  switch (value.kind) {
    case "function":
    case "lambda": return callValue(m, value, emptyCall(m, node));
    case "method": return ALTERS_DATA.test(value.name) ? unknown(value.varies) : callValue(m, value, emptyCall(m, node));
    case "union": return value.options.map((option) => callIfCallable(m, option, node)).reduce(joinValues);
    default: return value;
  }
}

const CHANGES = /save|create|delete|update|insert|^add|remove|clear|^set|^run|process|handle|execute|apply|import|sync|perform|publish|^call|index|move|copy|write|store|assign|increment|acquire|lock|commit|refresh|delay|next|pop/i;

/** Names of calls that wait for something else than the database. */
const WAITS = /send|post|request|fetch|notify|publish|delay|apply_async|upload|download|urlopen|enqueue|execute|sleep|write|call|push/i;

/** Nothing is known of what is called: its arguments leave sight, its result may be different each time. */
export function callUnknown(m: Machine, varies: number, call: CallSite): Value {
  m.entersLast = false;
  m.unknownCalls++;
  if (call.node.callee.kind === "attribute") {
    for (const adapter of m.adapters) {
      const told = adapter.callOnUnknown?.(call.node.callee.name, call, m);
      if (told) return told.varies >= varies ? told : { ...told, varies };
    }
  }
  const mapped = isScript(m, call.uri) ? callOnUnknown(m, varies, call) ?? handled(m, call) : undefined;
  if (mapped) return mapped;
  const callee = m.describe(call.node.callee);
  noteUnseenCall(m, varies, call);
  if (m.transactions.length && WAITS.test(lastName(call.node.callee))) noteOtherEffect(m);
  // An unknown call with such a name may change any table while the loops around it run.
  if (m.loops.length && CHANGES.test(lastName(call.node.callee))) for (const loop of m.loops) m.changedIn.add(loop.id);
  for (const argument of [...call.positional, ...call.keywords.values()]) {
    markChecked(argument.value);
    markAllChecked(argument.value);
    escape(m, argument.value, "argument", argument.node.value, callee);
    noteUnseen(m, argument.value, argument.node.value, callee);
  }
  for (const adapter of m.adapters) adapter.calledUnknown?.(lastName(call.node.callee), call, m);
  return environmentNumber(call.node, callee) ?? unknown(Math.max(varies, call.varies, isScript(m, call.uri) ? perhapsVaries(m.innermost) : m.innermost));
}

/** Builtin functions that give their arguments back, or read nothing of them that is not seen. */
const KEEPS_SIGHT = /\.(list|tuple|set|frozenset|sorted|reversed|iter|aiter|enumerate|zip|zip_longest|chain|from_iterable|islice|batched|chunked|groupby|map|filter|max|min|any|all|len|bool|str|repr|format|print|range|hasattr|isinstance|issubclass|type|id|hash|int|float|next|anext|copy|deepcopy)$/;

function callExternal(m: Machine, name: string, call: CallSite): Value {
  if (isScript(m, call.uri)) {
    const value = name.startsWith("js.") ? callScriptGlobal(m, name.slice("js.".length), call) : callLibrary(m, name, call);
    if (value) return value;
  }
  if (name.startsWith("builtins.") || /^(itertools|functools|collections|operator|copy|asgiref)\./.test(name)) {
    const value = callBuiltin(m, name, call);
    if (value && !KEEPS_SIGHT.test(name)) hideCall(m, undefined, call);
    if (value) return value;
  }
  noteOutsideCall(m, name, call);
  const client = isScript(m, call.uri) ? outsideClient(name, call.varies) : undefined;
  if (client) return client;
  for (const adapter of m.adapters) {
    const value = adapter.callExternal(name, call, m);
    if (value) return value;
  }
  return callUnknown(m, 0, call);
}

/** A module that is asked for where it is used: `require("knex")(config)`, `require("./models/user")(sequelize, DataTypes)`. */
function required(m: Machine, call: CallSite): Value | undefined {
  const module = call.positional[0]?.value;
  if (module?.kind !== "constant" || typeof module.value !== "string") return undefined;
  if (/^[@\w]/.test(module.value)) return external(module.value);
  const symbol = m.project.resolveImport(call.uri, module.value, 0);
  return symbol && symbolValue(m, symbol);
}

/** Functions and classes that JavaScript has everywhere. */
function callScriptGlobal(m: Machine, name: string, call: CallSite): Value | undefined {
  if (name === "Promise") return newPromise(m, call);
  if (name === "require") return required(m, call);
  if (name.startsWith("Promise.")) return callPromise(m, name.slice("Promise.".length), call);
  return callGlobal(m, name, call);
}

function callMethod(m: Machine, callee: MethodValue, call: CallSite): Value {
  const { receiver, name } = callee;
  if (name === "then" || name === "catch" || name === "finally") {
    const value = isScript(m, call.uri) ? callThen(m, receiver, name, call) : undefined;
    if (value) return value;
  }
  switch (receiver.kind) {
    case "query":
    case "manager": {
      const classes = [receiver.kind === "manager" ? receiver.manager?.class : undefined, m.querysetClass(receiver.query)];
      for (const ref of classes) {
        const method = ref && m.project.method(ref, name);
        if (!method) continue;
        const how = decoratorsOf(method);
        const result = callFunction(m, method, how.isStatic ? undefined : receiver, call);
        return m.customResult(receiver, name, call, result);
      }
      return framework(m, receiver, name, call);
    }
    case "row":
      // Saving tells receivers of signals, validating asks the user's own methods: what Django does with a row is not followed.
      if (!/^get_\w+_display$/.test(name)) hideCall(m, receiver, call);
      return framework(m, receiver, name, call);
    case "entity":
    case "class":
    case "object":
      return requestMethod(receiver, name) ?? framework(m, receiver, name, call);
    case "instance": {
      for (const adapter of m.adapters) {
        const value = adapter.callInstance(receiver, name, call, m);
        if (value) return value;
      }
      return callUnknown(m, receiver.varies, call);
    }
    case "super": return callSuper(m, receiver.self, receiver.after, name, call);
    case "function": return framework(m, receiver, name, call);
    case "sequence":
    case "mapping":
    case "constant": return (isScript(m, call.uri) ? callCollection(m, receiver, name, call) : callContainer(m, receiver, name, call)) ?? callUnseen(m, receiver, call);
    default: return callUnseen(m, receiver, call);
  }
}

/** Methods that hand rows to the user's own code, or on to other rows: `create(order=order)`. */
const TAKES_ROWS = /create|update|add|set|union|intersection|difference|save|delete/;

/** An unknown method may do anything with its receiver. */
function callUnseen(m: Machine, receiver: Value, call: CallSite): Value {
  hide(m, receiver);
  return callUnknown(m, receiver.varies, call);
}

function framework(m: Machine, receiver: Value, name: string, call: CallSite): Value {
  if (TAKES_ROWS.test(name)) hideCall(m, undefined, call);
  // Receivers of the signal are handed the row whose relation changes.
  if (/^a?(add|remove|set|clear)$/.test(name)) hide(m, receiver);
  for (const adapter of answering(m, receiver)) {
    const value = adapter.callMethod(receiver, name, call, m);
    if (value) return value;
  }
  hide(m, receiver);
  return callUnknown(m, receiver.varies, call);
}

/** Whose methods a value has: those of the ORM that its rows are of, where that is known. */
function answering(m: Machine, receiver: Value): readonly FlowAdapter[] {
  const orm = receiver.kind === "row" ? m.project.entity(receiver.origin.entity)?.framework : receiver.kind === "entity" ? receiver.entity.framework : receiver.kind === "query" || receiver.kind === "manager" ? receiver.query.orm : undefined;
  const own = orm === undefined ? undefined : m.adapter(orm);
  return own ? [own] : m.adapters;
}

function callSuper(m: Machine, self: Value, after: Parameters<Machine["project"]["method"]>[2] & object, name: string, call: CallSite): Value {
  const ref = self.kind === "instance" || self.kind === "class" ? self.class
    : self.kind === "row" ? m.project.entity(self.origin.entity)?.class
    : self.kind === "entity" ? self.entity.class
    : self.kind === "manager" ? self.manager?.class
    : self.kind === "query" ? m.querysetClass(self.query)
    : undefined;
  const method = ref ? m.project.method(ref, name, after) : undefined;
  if (method) return callFunction(m, method, self, call);
  if (self.kind === "instance") {
    for (const adapter of m.adapters) {
      const value = adapter.callInstance(self, name, call, m);
      if (value) return value;
    }
    return callUnknown(m, self.varies, call);
  }
  if (name === "__init__") return constant(null);
  // `super().save()` tells the same receivers.
  if (self.kind === "row") hideCall(m, self, call);
  return framework(m, self, name, call);
}

function instantiate(m: Machine, instance: InstanceValue, call: CallSite): Value {
  if (isScript(m, instance.class.uri)) return construct(m, instance, call);
  const method = m.project.method(instance.class, "__init__");
  if (method) callFunction(m, method, instance, call);
  else for (const argument of [...call.positional, ...call.keywords.values()]) escape(m, argument.value, "argument", argument.node.value, instance.class.declaration.name);
  return instance;
}

export function callLambda(m: Machine, value: LambdaValue, values: readonly Value[]): Value {
  const scope = new Scope(value.closure.uri, value.closure);
  value.lambda.parameters.forEach((parameter, i) => scope.set(parameter.name, parameter.spread ? sequenceOf("tuple", unknown()) : values[i] ?? unknown(m.innermost)));
  if (Array.isArray(value.lambda.body)) return unknown(m.innermost);
  return evaluate(m, value.lambda.body as Exclude<typeof value.lambda.body, readonly unknown[]>, scope);
}

/** Calls one element-wise callback: a lambda, a function, a method reference. */
export function callCallback(m: Machine, callback: Value, values: readonly Value[], call: CallSite): Value {
  const site: CallSite = { ...call, isWritten: false, positional: values.map((value) => ({ value, node: call.positional[0]?.node ?? { value: call.node, start: call.node.start, end: call.node.end } })), keywords: new Map(), more: false, varies: Math.max(0, ...values.map((value) => value.varies)) };
  if (callback.kind === "lambda") return callLambda(m, callback, values);
  if (callback.kind === "object" || callback.kind === "constant") return unknown(site.varies);
  return callValue(m, callback, site);
}

function hideCall(m: Machine, self: Value | undefined, call: CallSite): void {
  hide(m, self);
  for (const argument of [...call.positional, ...call.keywords.values()]) hide(m, argument.value);
}

/** Enters a function of the project; what it gives is joined over all its returns. */
export function callFunction(m: Machine, fn: FunctionRef, self: Value | undefined, call: CallSite, closure?: Scope): Value {
  const varies = Math.max(call.varies, self?.varies ?? 0);
  const { declaration } = fn;
  const annotated = (): Value => {
    const value = declaration.returns ? annotationValue(m, declaration.returns, fn.uri) : unknown();
    return varying(value, Math.max(varies, isScript(m, fn.uri) ? perhapsVaries(m.innermost) : m.innermost));
  };
  if (!m.mayEnter || (m.stack.includes(fn.key) && !isNextRound(m, fn, call))) {
    // What is not looked into may do anything with its arguments.
    for (const argument of [...call.positional, ...call.keywords.values()]) {
      escape(m, argument.value, "argument", argument.node.value, declaration.name);
      noteUnseen(m, argument.value, argument.node.value, declaration.name);
    }
    hideCall(m, self, call);
    return annotated();
  }
  const how = decoratorsOf(fn);
  const key = memoKey(m, fn, self, call, closure);
  const kept = key !== undefined && (m.isQuiet || how.memoised) ? m.results.get(key) : undefined;
  const isIdle = key !== undefined && m.idle.has(key);
  const again = (result: Value): Value => varying(m.fresh(result), m.mayDiffer.has(key!) ? Math.max(varies, perhapsVaries(m.innermost)) : varies);
  // What the same call did before, it did to other rows.
  if (kept || isIdle) hideCall(m, self, call);
  if (kept) {
    // What the call asked the database the first time it would ask again: whoever calls it is not idle.
    if (!m.idle.has(key!)) {
      m.work++;
      if (!how.memoised) m.costs.repeat(m, key!);
    }
    return again(kept);
  }
  const before = m.work;
  const unknownBefore = m.unknownCalls;
  const spent = m.costs.of(m.events).entries.length;
  const { arms } = m.costs;
  if (isIdle) return again(m.results.get(key)!);

  const script = isScript(m, fn.uri);
  if (script && isBodiless(m, fn)) {
    for (const argument of call.positional) escape(m, argument.value, "argument", argument.node.value, declaration.name);
    return annotated();
  }
  const scope = new Scope(fn.uri, closure);
  if (script) {
    // An arrow function that a class has for a field is a method of its objects.
    if (self && (!declaration.isArrow || closure?.get("this") === undefined)) scope.set("this", self);
    bindParameters(m, fn, undefined, call, scope);
    m.calledInside.add(fn.key);
  } else bindParameters(m, fn, self, call, scope);
  const { events, yielded } = m;
  if (how.memoised) m.events = [];
  m.stack.push(fn.key);
  const frame: CallFrame = { function: fn, uri: fn.uri, callSite: { uri: m.uri, span: { start: call.node.start, end: call.node.end } }, isTemplate: templateLanguage(m, fn.uri) !== undefined, ...(isDriven(m, self) && { isDriven: true }), ...(call.writesOut && { writesOut: call.writesOut }) };
  scope.home = frame;
  const leaveFrame = m.enterFrame(frame, closure?.frame);
  m.yielded = declaration.isGenerator ? [] : undefined;
  const { asyncFrame } = m;
  m.asyncFrame = asyncFrameOf(m, fn, m.frames.length - 1);
  const loopsBefore = m.loops.length;
  const loopsAround = m.costs.around(m.loops).length;
  const returned: Value[] = [];
  const run = (): void => executeBody(m, m.project.bodyOf(fn), scope, returned);
  const opener = m.adapters.find((adapter) => adapter.isTransactional(fn, m));
  if (opener) inTransaction(m, call.node, run, call.uri, opener.orm);
  else run();
  m.loops.length = loopsBefore;
  m.costs.arms = arms;
  const yields = m.yielded;
  leaveFrame();
  m.entersLast = true;
  m.asyncFrame = asyncFrame;
  m.stack.pop();
  m.yielded = yielded;
  if (how.memoised) {
    const own = m.events;
    m.events = events;
    m.costs.addMemoised(m, own, call.varies < m.innermost || m.innermost === 0);
  }

  let result: Value = returned.length ? returned.reduce(joinValues) : constant(null);
  if (result.kind === "constant" && script && declaration.returns && result.value === null && returned.length === 0) result = unknown();
  if (declaration.isGenerator) {
    const element = yields?.length ? yields.reduce(joinValues) : unknown();
    result = sequenceOf("iterator", element, { size: "unknown" });
  } else if (result.kind === "unknown" && declaration.returns) result = varying(annotated(), outsideOf(m, result.varies));
  if (result.kind === "unknown") result = unknown(Math.max(outsideOf(m, result.varies), varies));
  if (script && m.isInRoot) noteTaken(m, result);
  if (key !== undefined) {
    m.results.set(key, result);
    if (script && !how.memoised && optionsOf(result).some(isUnknown) && (result.varies > varies || m.unknownCalls > unknownBefore)) m.mayDiffer.add(key);
    if (m.work === before) m.idle.add(key);
    else m.costs.keep(m, key, spent, loopsAround, arms.length);
  }
  return varying(result, varies);
}

/** What differs with a loop that is over: whether it does with one of those that are left, nobody can see. */
function outsideOf(m: Machine, varies: number): number {
  return varies > m.innermost ? perhapsVaries(m.innermost) : varies;
}

/** `for (const child of await childrenOf(id)) await remove(child.id)` in `remove`: entered once more, because what it asks for one child it asks for each. */
function isNextRound(m: Machine, fn: FunctionRef, call: CallSite): boolean {
  const loop = m.loops[m.loops.length - 1];
  if (!isScript(m, fn.uri) || !loop || call.varies < loop.id || m.frames[m.frames.length - 1].function?.key !== fn.key || loop.frame !== m.frames.length - 1) return false;
  return m.stack.filter((key) => key === fn.key).length < 2;
}

/** A method of the object that a framework runs. */
function isDriven({ driven }: Machine, self: Value | undefined): boolean {
  return self?.kind === "instance" && driven?.kind === "instance" && self.attributes === driven.attributes;
}

/** Two calls with the same key do the same. Calls that are handed queries, or objects that may change, have none. */
function memoKey(m: Machine, fn: FunctionRef, self: Value | undefined, call: CallSite, closure: Scope | undefined): string | undefined {
  if (closure) return undefined;
  let key = fn.key;
  if (self) {
    const part = plainKey(m, self);
    if (part === undefined) return undefined;
    key += `|${part}`;
  }
  for (const { value } of call.positional) {
    const part = plainKey(m, value);
    if (part === undefined) return undefined;
    key += `|${part}`;
  }
  for (const [name, { value }] of call.keywords) {
    const part = plainKey(m, value);
    if (part === undefined) return undefined;
    key += `|${name}=${part}`;
  }
  return key;
}

/** What a call can tell of a value; undefined: too much to be the same another time. While nothing outermost repeats, less is asked. */
function plainKey(m: Machine, value: Value): string | undefined {
  switch (value.kind) {
    case "object": return value.type === "request" || value.type === "key" || isClientValue(value) ? value.type : undefined;
    default: break;
  }
  const fixed = fixedKey(value);
  if (fixed !== undefined) return fixed;
  if (!m.isQuiet) return value.kind === "sequence" && value.items?.length === 0 ? "[]" : undefined;
  switch (value.kind) {
    // One row is like any other as long as nothing repeats.
    case "row": return isOutermost(m, value.origin.query) && value.origin.loop ? undefined : `row ${value.origin.entity} ${value.origin.loop ? value.origin.query?.id : value.origin.query === undefined ? "?" : value.origin.query.mixed ? "~" : ""}`;
    case "union": {
      let key = "";
      for (const option of value.options) {
        const part = plainKey(m, option);
        if (part === undefined) return undefined;
        key += `${part}/`;
      }
      return key;
    }
    case "sequence": {
      if (isOutermost(m, value.query)) return undefined;
      const part = plainKey(m, value.element);
      return part === undefined ? undefined : `[${part}]${value.query?.id ?? ""}`;
    }
    case "mapping": {
      if (isOutermost(m, value.query)) return undefined;
      if (value.literal && value.entries.size > MOST_TOGETHER) return `{${value.literal.uri}@${value.literal.expression.start}}`;
      let key = "{";
      for (const [name, item] of value.entries) {
        const part = plainKey(m, item);
        if (part === undefined) return undefined;
        key += `${name}:${part},`;
      }
      const part = plainKey(m, value.value);
      return part === undefined ? undefined : `${key}${part}}${value.complete ? "!" : ""}`;
    }
    case "method": return `${value.name}()`;
    default: return undefined;
  }
}

function isOutermost(m: Machine, query: Query | undefined): boolean {
  return query !== undefined && m.isRoots(m.bornFrame(query));
}

/** An interface's or abstract class's method, an overload: what stands behind it is not seen. */
function isBodiless(m: Machine, fn: FunctionRef): boolean {
  return fn.owner?.declaration.form === "interface" || m.project.files.get(fn.uri)?.bodies[fn.declaration.id] === undefined;
}

function bindParameters(m: Machine, fn: FunctionRef, self: Value | undefined, call: CallSite, scope: Scope): void {
  const parameters = fn.declaration.parameters;
  let next = 0;
  let start = 0;
  if (self !== undefined && parameters.length && !parameters[0].spread) {
    scope.set(parameters[0].name, self);
    start = 1;
  }
  for (let i = start; i < parameters.length; i++) {
    const parameter = parameters[i];
    if (parameter.spread === "sequence") {
      const rest = call.positional.slice(next).map((argument) => argument.value);
      next = call.positional.length;
      scope.set(parameter.name, sequenceOf("tuple", rest.length ? rest.reduce(joinValues) : unknown(call.varies), { items: call.more ? undefined : rest, size: rest.length <= 20 && !call.more ? "few" : "unknown" }));
      continue;
    }
    if (parameter.spread === "mapping") {
      const rest = new Map<string, Value>();
      for (const [name, argument] of call.keywords) if (!parameters.some((other) => other.name === name)) rest.set(name, argument.value);
      scope.set(parameter.name, { kind: "mapping", entries: rest, key: unknown(), value: unknown(call.varies), size: call.more ? "unknown" : "few", complete: !call.more, varies: call.varies });
      continue;
    }
    const keyword = call.keywords.get(parameter.name);
    let value: Value;
    const isGiven = keyword !== undefined || next < call.positional.length;
    if (keyword) value = keyword.value;
    else if (isGiven) {
      const { value: given, node } = call.positional[next++];
      value = node.value.kind === "mapping" ? asOptions(given, node.value) : given;
    }
    else if (call.more) value = unknown(call.varies);
    else if (parameter.default) value = asOptions(moduleValue(m, fn.uri, parameter.default), parameter.default);
    else value = call.isWritten && call.positional.length === call.node.arguments.length ? constant(null) : unknown();
    if (value.kind === "unknown" && parameter.annotation) value = varying(annotationValue(m, parameter.annotation, fn.uri), value.varies);
    scope.set(parameter.name, value);
    if (parameter.pattern) assignTarget(m, parameter.pattern, value, scope, parameter.pattern);
    if (isGiven && isLeftOutByDefault(parameter)) noteGiven(scope, parameter.name, value);
  }
}

/** `present(order, { withItems: true })`, `create({ data: { name } })`, `options = {}`: what such an object does not name is not given, nor what objects written inside of it do not name. */
function asOptions(value: Value, node: Expression): Value {
  if (value.kind !== "mapping" || value.isMap) return value;
  const inside = new Map<string, Value>();
  if (node.kind === "mapping") for (const { key, value: inner } of node.entries) {
    const name = key?.kind === "literal" && inner.kind === "mapping" ? String(key.value) : undefined;
    const given = name === undefined ? undefined : value.entries.get(name);
    if (name !== undefined && given) inside.set(name, asOptions(given, inner));
  }
  return { ...value, ...(inside.size > 0 && { entries: new Map([...value.entries, ...inside]) }), ...(value.complete && { isOptions: true }) };
}

/** `site=None`: the function asks whether it was given. A flag (`readonly=False`) that is handed on may be false. */
function isLeftOutByDefault({ default: fallback }: Parameter): boolean {
  return fallback?.kind === "literal" && fallback.value === null;
}

/** A caller that names an argument has one: `site = site or Site.default()` is for the others. */
function noteGiven(scope: Scope, name: string, value: Value): void {
  if (value.kind === "constant" || optionsOf(value).some((option) => option.kind === "constant" && !option.value)) return;
  const names = [name];
  scope.know({ key: `${name} is null`, names }, false);
  if (value.kind !== "query" && value.kind !== "sequence" && value.kind !== "mapping") scope.know({ key: name, names }, true);
}
