import type { ClassDeclaration, FileFacts, FunctionDeclaration, Statement } from "../facts";
import { referencesOf, type ClassRef, type FunctionRef } from "../project";
import type { Driven, FlowAdapter } from "./adapter";
import { decoratorsOf } from "./attributes";
import { asyncFrameOf } from "./event-loop";
import type { DataAccessEvent } from "./events";
import { assignTarget } from "./assignment";
import { givenValue } from "./given-values";
import { isScript, noteCaptured, settleLengths } from "./javascript";
import { Machine, type FlowProject } from "./machine";
import { settleLoads } from "./loads";
import { annotationValue } from "./names";
import { Scope } from "./scope";
import { executeBody } from "./statements";
import type { LoopContext } from "./query";
import { sequenceOf, unknown, usualNumber, varying, type Value } from "./values";
import { openedAt } from "./transactions";

/** A private method that its file does not name again: nobody calls it, unless by a name that is worked out. */
function isNeverCalled(facts: FileFacts, { isPrivate, name, decorators }: FunctionDeclaration): boolean {
  return isPrivate === true && decorators.length === 0 && !referencesOf(facts).references.some((each) => each.name === name);
}

/** Evaluates every function, method and the module body of one file for itself, entering what they call. Events come body by body, each closed by a `bodyDone`. */
export function evaluateFile(uri: string, project: FlowProject, everyAdapter: readonly FlowAdapter[], prices = true): readonly DataAccessEvent[] {
  const facts = project.files.get(uri);
  // A template is evaluated by what renders it, a schema says nothing that runs.
  if (!facts || facts.declares.template || facts.declares.schema) return [];
  const adapters = everyAdapter.filter((each) => (each.isScript === true) === (facts.language === "typescript"));
  const m = new Machine(project, adapters);
  m.costs.isOn = prices;
  const all: DataAccessEvent[] = [];

  const body = (fn: FunctionRef | undefined, statements: readonly Statement[], bind: (scope: Scope) => void, closure?: Scope): void => {
    m.startBody(project.entryOf(fn?.key ?? `${uri}#`));
    m.frames.push({ uri, function: fn, ...(fn && project.isForAdministrators(fn.key) && { forAdministrators: true }) });
    if (fn) m.stack.push(fn.key);
    const scope = new Scope(uri, closure);
    if (fn) scope.home = m.frames[0];
    bind(scope);
    const rows = fn && project.runsPerRow(fn.key);
    if (fn && rows) bindParent(m, fn, rows.parent, scope);
    m.yielded = fn?.declaration.isGenerator ? [] : undefined;
    const opener = fn && m.adapters.find((adapter) => adapter.isTransactional(fn, m));
    if (fn && opener) m.transactions.push(openedAt({ uri, span: { start: fn.declaration.nameStart, end: fn.declaration.nameEnd } }, 0, 0, opener.orm));
    if (fn) m.asyncFrame = asyncFrameOf(m, fn, 0);
    executeBody(m, statements, scope, []);
    const { events, nested } = m;
    m.loops = [];
    settleLoads(m);
    for (const inner of m.nested) if (inner.closure && !m.calledInside.has(inner.function.key) && isScript(m, uri)) noteCaptured(m, inner.function, inner.closure);
    settleLengths(m);
    if (events.length > 0 || m.costs.of(events).entries.length > 0) finish(fn, events);
    // Decorators, callbacks, views made by functions: whoever calls them, their bodies run.
    const called = new Set(m.calledInside);
    for (const inner of nested) if (!called.has(inner.function.key)) body(inner.function, project.bodyOf(inner.function), (own) => bindUnknown(m, inner.function, undefined, own, 0), inner.closure);
  };

  const finish = (fn: FunctionRef | undefined, events: DataAccessEvent[], owner?: ClassRef): void => {
    for (const adapter of adapters) {
      const page = adapter.publicPage?.(fn, owner, events, m);
      if (page) events.push({ basis: "resolved", ...page, frames: m.frames.slice(), loops: [], entry: m.entry } as DataAccessEvent);
    }
    all.push(...events);
    const { entries: sent, gaps } = m.costs.of(events);
    // A page or an answer that is kept is there without a statement.
    const arm = fn && decoratorsOf(fn).memoised ? m.arm() : undefined;
    const entries = arm ? sent.map((entry) => ({ ...entry, arms: [arm, ...entry.arms] })) : sent;
    all.push({ kind: "bodyDone", function: fn?.declaration, ...(owner && { owner }), cost: { entries, gaps }, events, at: { uri, span: fn ? { start: fn.declaration.nameStart, end: fn.declaration.nameEnd } : { start: 0, end: 0 } }, frames: m.frames.slice(), loops: [], entry: m.entry, basis: "resolved" });
  };

  const method = (owner: ClassRef, declaration: FunctionDeclaration): void => {
    if (isNeverCalled(facts, declaration)) return;
    const fn = project.functionByKey(`${uri}#${declaration.id}`) ?? { uri, declaration, owner, key: `${uri}#${declaration.id}` };
    body(fn, project.bodyOf(fn), (scope) => {
      const how = decoratorsOf(fn);
      const parameters = declaration.parameters;
      let start = 0;
      if (isScript(m, uri)) {
        scope.set("this", declaration.isStatic ? classSelf(m, owner) : self(m, owner));
        return bindUnknown(m, fn, owner, scope, 0);
      }
      if (!how.isStatic && parameters.length && !parameters[0].spread) {
        scope.set(parameters[0].name, how.isClass || declaration.name === "__new__" ? classSelf(m, owner) : self(m, owner));
        start = 1;
      }
      bindUnknown(m, fn, owner, scope, start);
    });
  };

  const driven = (owner: ClassRef, { entry, run }: Driven): void => {
    m.startBody(entry);
    m.frames.push({ uri });
    m.driven = self(m, owner);
    run(m.driven, m);
    if (m.events.length > 0 || m.costs.of(m.events).entries.length > 0) finish(undefined, m.events, owner);
  };

  const classes = (declarations: readonly ClassDeclaration[]): void => {
    for (const declaration of declarations) {
      const owner: ClassRef = { uri, declaration, key: `${uri}#${declaration.id}` };
      for (const each of declaration.methods) method(owner, each);
      if (isScript(m, uri)) for (const { value, isStatic } of declaration.attributes) if (value?.kind === "function") method(owner, { ...value.function, ...(isStatic && { isStatic }) });
      for (const adapter of adapters) for (const each of adapter.driven(owner, m)) driven(owner, each);
      // Attributes of the class body may run queries: `queryset = list(…)`.
      classes(declaration.classes);
    }
  };

  for (const declaration of facts.declares.functions) {
    const fn = project.functionByKey(`${uri}#${declaration.id}`) ?? { uri, declaration, key: `${uri}#${declaration.id}` };
    body(fn, project.bodyOf(fn), (scope) => bindUnknown(m, fn, undefined, scope, 0));
  }
  classes(facts.declares.classes);
  body(undefined, facts.bodies[""] ?? [], () => undefined);
  for (const each of adapters.flatMap((adapter) => adapter.drivenIn?.(uri, m) ?? [])) {
    m.startBody(each.entry);
    m.frames.push({ uri });
    each.run(unknown(), m);
    if (m.events.length > 0) finish(undefined, m.events);
  }

  m.startBody(project.entryOf(`${uri}#`));
  m.frames.push({ uri });
  for (const adapter of adapters) {
    for (const declared of [...adapter.listViews(uri, m), ...adapter.pageSizes(uri, m), ...adapter.indexesBuilt(uri, m)]) all.push({ ...declared, frames: [{ uri }], loops: [], entry: m.entry === "unknown" ? "request" : m.entry, basis: "resolved" });
    for (const declared of adapter.declared(uri, m)) all.push({ basis: "resolved", ...declared, frames: [{ uri }], loops: [], entry: m.entry } as DataAccessEvent);
  }
  return all;
}

function self(m: Machine, owner: ClassRef): Value {
  for (const adapter of m.adapters) {
    const value = adapter.selfOf(owner, m);
    if (value) return value;
  }
  return { kind: "instance", class: owner, attributes: new Map(), varies: 0 };
}

function classSelf(m: Machine, owner: ClassRef): Value {
  for (const adapter of m.adapters) {
    const value = adapter.classSelfOf(owner, m);
    if (value) return value;
  }
  return { kind: "class", class: owner, varies: 0 };
}

/** What a parameter is taken for, by its place or its name. */
export function parameterOf(m: Machine, owner: ClassRef | undefined, name: string): Value | undefined {
  for (const adapter of m.adapters) {
    const value = adapter.parameter(owner, name, m);
    if (value) return value;
  }
  return undefined;
}

/** The frame of what repeats a function as a whole: a `return` does not leave it. */
const ABOVE = -1;

/** A field's resolver runs for every row that another resolver gave, all at once. */
function bindParent(m: Machine, fn: FunctionRef, parent: number, scope: Scope): void {
  const { declaration, uri } = fn;
  const parameter = declaration.parameters[parent];
  const loop: LoopContext = {
    id: m.newId(), kind: "callback", at: m.at({ start: declaration.nameStart, end: declaration.nameEnd }, uri), body: m.at(declaration, uri), variable: parameter && !parameter.pattern ? parameter.name : "",
    bound: { kind: "none" }, size: "many", frame: ABOVE, batches: false, concurrent: true, perRow: true,
  };
  m.loops.push(loop);
  if (!parameter) return;
  const value = scope.get(parameter.name) ?? unknown();
  const row = value.kind === "row" ? { ...value, origin: { ...value.origin, loop }, varies: loop.id } : varying(value, loop.id);
  scope.set(parameter.name, row);
  if (parameter.pattern) assignTarget(m, parameter.pattern, row, scope, parameter.pattern);
}

function bindUnknown(m: Machine, fn: FunctionRef, owner: ClassRef | undefined, scope: Scope, start: number): void {
  const all = isScript(m, fn.uri) && fn.declaration.parameters.length > 0 ? m.project.given(fn.key) : [];
  fn.declaration.parameters.forEach((parameter, i) => {
    if (i < start) return;
    let value: Value | undefined;
    if (parameter.spread === "sequence") value = sequenceOf("tuple", unknown());
    else if (parameter.spread === "mapping") value = { kind: "mapping", entries: new Map(), key: unknown(), value: unknown(), size: "few", varies: 0 };
    else if (parameter.annotation) value = annotationValue(m, parameter.annotation, fn.uri);
    if (!value || value.kind === "unknown") {
      value = parameterOf(m, owner, parameter.name) ?? value;
    }
    // `limit=5`: what it mostly is.
    if ((!value || value.kind === "unknown") && parameter.default?.kind === "literal" && typeof parameter.default.value === "number") value = usualNumber(parameter.default.value);
    // `withItems = false`: what it mostly is.
    if ((!value || value.kind === "unknown") && isScript(m, fn.uri) && parameter.default?.kind === "literal" && typeof parameter.default.value === "boolean") value = { ...unknown(), usually: parameter.default.value };
    if (all[i]) value = givenValue(all[i], value ?? unknown());
    scope.set(parameter.name, value ?? unknown());
    if (parameter.pattern) assignTarget(m, parameter.pattern, value ?? unknown(), scope, parameter.pattern);
  });
}
