import type { Expression, ForLoop, Statement, Try } from "../facts";
import { lastName } from "./attributes";
import { hide } from "./loads";
import { assignTarget } from "./assignment";
import type { Arm } from "./costs";
import { noteAwaited } from "./effects";
import { escape, evaluate, truth } from "./expressions";
import { enterLoop, leaveLoop, ofLength, walk } from "./iteration";
import { awaitAll, awaitExpression, isScript } from "./javascript";
import type { Machine } from "./machine";
import { executeMatch } from "./matching";
import type { QueryRun } from "./events";
import type { LoopContext } from "./query";
import { inTransaction, isTransaction, ormOfTransaction } from "./transactions";
import { annotationValue, classValue, symbolValue } from "./names";
import { narrow } from "./narrowing";
import { assume, lengthOf, resolveSplits, testOf } from "./path-conditions";
import { joinNames, Scope } from "./scope";
import { notePicked, picking, select, selectionsOf } from "./selections";
import { executeInclude, executeSlot } from "./templates";
import { isFalse, isTrue, mayVary, numberOf, optionsOf, perhapsVaries, sequenceOf, unknown, varying, type SequenceValue, type Value } from "./values";
import { usualAnswer } from "./usual-answers";

/** Whether control goes on behind a statement: "left" when every way through it returns, raises or jumps. */
type Completion = "on" | "left";

/** Executes the statements of a function; what it returns is added to `returned`. */
export function executeBody(m: Machine, statements: readonly Statement[], scope: Scope, returned: Value[]): void {
  const outer = m.scope;
  m.scope = scope;
  execute(m, statements, scope, returned);
  m.scope = outer;
}

function execute(m: Machine, statements: readonly Statement[], scope: Scope, returned: Value[]): Completion {
  if (m.depth > 200) {
    m.loadUse.isBlind = true;
    return "on";
  }
  m.depth++;
  let completion: Completion = "on";
  const { loops, selected } = m;
  const { arms, cut } = m.costs;
  const once = loops.length ? ranOnce(statements) : undefined;
  for (let i = 0; i < statements.length; i++) {
    // From here on the block ends in `break` or `return`: however often the loop goes round, this runs once.
    if (once && i === once.from) m.loops = withoutLeft(m, loops, once.leaves);
    completion = executeOne(m, statements[i], scope, returned);
    if (completion === "left") break;
  }
  m.loops = loops;
  m.selected = selected;
  m.costs.arms = arms;
  m.costs.cut = cut;
  m.depth--;
  return completion;
}

interface RanOnce {
  /** The first statement behind everything that may go on with the next round. */
  readonly from: number;
  readonly leaves: "loop" | "function";
}

const NOT_ONCE = Symbol("not once");
const onceOf = new WeakMap<readonly Statement[], RanOnce | typeof NOT_ONCE>();

/** The end of a block that leaves the loops around it whatever happens: what stands there runs once at the most. */
function ranOnce(statements: readonly Statement[]): RanOnce | undefined {
  const known = onceOf.get(statements);
  if (known !== undefined) return known === NOT_ONCE ? undefined : known;
  let result: RanOnce | undefined;
  const at = statements.findIndex((statement) => statement.kind === "return" || statement.kind === "raise" || statement.kind === "break");
  if (at >= 0) {
    let from = 0;
    for (let i = 0; i < at; i++) if (continues(statements[i])) from = i + 1;
    result = { from, leaves: statements[at].kind === "break" ? "loop" : "function" };
  }
  onceOf.set(statements, result ?? NOT_ONCE);
  return result;
}

/** The loops that go on: those of calling functions, and for `break` all but the innermost. */
function withoutLeft(m: Machine, loops: readonly LoopContext[], leaves: "loop" | "function"): LoopContext[] {
  const frame = m.frames.length - 1;
  if (leaves === "function") return loops.filter((loop) => loop.frame < frame);
  const innermost = loops[loops.length - 1];
  return innermost.frame === frame ? loops.slice(0, -1) : loops.slice();
}

function executeOne(m: Machine, node: Statement, scope: Scope, returned: Value[]): Completion {
  switch (node.kind) {
    case "expression": {
      evaluate(m, node.expression, scope);
      return "on";
    }
    case "assign": {
      if (!node.value) {
        if (node.annotation && node.targets[0]?.kind === "name") scope.set(node.targets[0].name, annotationValue(m, node.annotation, scope.uri));
        return "on";
      }
      let value = evaluate(m, node.value, scope);
      if (value.kind === "unknown" && node.annotation) value = varying(annotationValue(m, node.annotation, scope.uri), value.varies);
      for (const target of node.targets) assignTarget(m, target, value, scope, node.value);
      return "on";
    }
    case "augment": {
      const before = evaluate(m, node.target, scope);
      const value = evaluate(m, node.value, scope);
      const varies = Math.max(before.varies, value.varies);
      let result: Value = unknown(varies);
      for (const adapter of m.adapters) {
        const combined = adapter.combine(node.operator, before, value, node.value, m);
        if (combined) result = combined;
      }
      if (result.kind === "unknown") {
        hide(m, before);
        hide(m, value);
      }
      if (node.operator === "+" && before.kind === "sequence") {
        const walked = walk(m, value, node.value, "iterate");
        result = { ...before, items: undefined, element: before.items?.length === 0 ? walked.element : before.element, size: walked.size === "few" ? before.size : walked.size, query: undefined };
      }
      assignTarget(m, node.target, result, scope, node.value, node.operator);
      return "on";
    }
    case "return": {
      const { work, effects } = m;
      let value = node.value ? evaluate(m, node.value, scope) : undefined;
      notePicked(m, node.value, scope);
      // What an `async` function returns is waited for before its caller has it.
      if (value && m.frames[m.frames.length - 1].function?.declaration.isAsync && isScript(m, scope.uri)) {
        value = awaitExpression(m, value, node.value!, true);
        noteAwaited(m, node.value, value, { work, effects });
      }
      if (value) {
        returned.push(value);
        if (m.frames.length === 1) {
          escape(m, value, "return", node.value!);
          const fn = m.frames[0].function;
          if (fn) for (const adapter of m.adapters) adapter.returned?.(fn, value, node.value!, m);
        }
      }
      return "left";
    }
    case "raise":
      if (node.value) evaluate(m, node.value, scope);
      return "left";
    case "break":
    case "continue": return "left";
    case "pass": return "on";
    case "if": return executeIf(m, node.test, node.then, node.otherwise, scope, returned);
    // What a template's loop binds is forgotten behind it (Django's `ForNode` pushes a context; Jinja: *Assignments*).
    case "for": return executeFor(m, node, m.frames[m.frames.length - 1].isTemplate ? new Scope(scope.uri, scope) : scope, returned);
    case "while": {
      const counted = node.counter && countedRows(m, node.counter.limit, scope);
      const loop = enterLoop(m, counted ?? sequenceOf("iterator", unknown()), undefined, { kind: counted ? "for" : "while", at: m.at(node.test), body: m.at(node), exits: leavesFirstRound(node.body), batches: node.counter?.step !== "one" });
      varyAssigned(node.body, scope, loop.id);
      const before = m.events.length;
      truth(m, evaluate(m, node.test, scope, { truth: true }), node.test);
      const names = scope.snapshot();
      const { path } = scope;
      execute(m, node.body, scope, returned);
      hideCarried(m, node.body, scope, names);
      leaveLoop(m);
      settleConstants(m, before, loop.id);
      scope.restore(joinNames(scope.snapshot(), names));
      scope.path = path;
      execute(m, node.otherwise, scope, returned);
      return "on";
    }
    case "with": {
      const contexts: Value[] = [];
      for (const item of node.items) {
        const value = evaluate(m, item.context, scope);
        contexts.push(value);
        if (item.target) assignTarget(m, item.target, value.kind === "sequence" || value.kind === "constant" ? unknown() : value, scope, item.context);
      }
      const body = (): Completion => execute(m, node.body, scope, returned);
      const transactional = (): Completion => (contexts.some(isTransaction) ? inTransaction(m, node, body, m.uri, ormOfTransaction(contexts)) : body());
      // `suppress(…)` and whatever else stands there may catch an error.
      return contexts.every(isTransaction) ? transactional() : guarded(m, transactional);
    }
    case "try": return executeTry(m, node, scope, returned);
    case "match": {
      const branch = m.costs.newBranch();
      return executeMatch(m, node, scope, (option) => m.costs.within(m.arm(branch, node.cases.indexOf(option), node.cases.length + 1), () => execute(m, option.body, scope, returned)));
    }
    case "assert":
      truth(m, evaluate(m, node.test, scope, { truth: true }), node.test);
      assume(scope, node.test, true);
      return "on";
    case "delete":
      for (const target of node.targets) if (target.kind !== "name") evaluate(m, target, scope);
      return "on";
    case "define-function": {
      const uri = m.uri;
      const owner = m.frames[m.frames.length - 1].function?.owner;
      const ref = m.project.functionByKey(`${uri}#${node.function.id}`) ?? { uri, declaration: node.function, key: `${uri}#${node.function.id}`, owner };
      if (m.isInRoot && m.frames[0].function && (m.frames.length === 1 || isScript(m, scope.uri))) m.nested.push({ function: ref, closure: scope });
      const own = isScript(m, scope.uri) && !scope.frame ? undefined : scope;
      if (node.function.name) scope.set(node.function.name, { kind: "function", function: ref, ...(own && { closure: own }), varies: 0 });
      return "on";
    }
    case "define-class": {
      scope.set(node.class.name, classValue(m, { uri: m.uri, declaration: node.class, key: `${m.uri}#${node.class.id}` }));
      return "on";
    }
    case "import": {
      for (const declaration of node.imports) {
        if (!declaration.local) continue;
        const whole = declaration.name === undefined && !declaration.isAliased && declaration.module.includes(".");
        const symbol = m.project.resolveImport(scope.uri, whole ? declaration.local : declaration.module, declaration.level, declaration.name);
        scope.set(declaration.local, symbol ? symbolValue(m, symbol) : unknown());
      }
      return "on";
    }
    case "scope": return "on";
    case "block": {
      const { loops } = m;
      // What is kept is seldom written, however often the code comes by.
      if (node.cached) m.loops = [];
      executeBody(m, node.body, new Scope(scope.uri, scope), returned);
      m.loops = loops;
      return "on";
    }
    case "include":
      executeInclude(m, node, scope);
      return "on";
    case "slot":
      executeSlot(m, node, scope);
      return "on";
  }
}

/** What a counter walks: the array whose length it counts up to, or so many rounds. */
function countedRows(m: Machine, limit: Expression, scope: Scope): SequenceValue {
  if (limit.kind === "attribute" && limit.name === "length") {
    const rows = evaluate(m, limit.object, scope, { next: "length" });
    if (rows.kind === "sequence") return rows;
  }
  const value = evaluate(m, limit, scope, { next: "length" });
  const rows = numberOf(value);
  return sequenceOf("iterator", unknown(value.varies), { size: rows !== undefined && rows <= 20 ? "few" : "unknown", varies: value.varies });
}

function executeIf(m: Machine, test: Expression, then: readonly Statement[], otherwise: readonly Statement[], scope: Scope, returned: Value[]): Completion {
  const value = evaluate(m, test, scope, { truth: true });
  truth(m, value, test);
  if (neverRuns(test) || isFalse(value)) return execute(m, otherwise, scope, returned);
  if (isTrue(value)) return execute(m, then, scope, returned);
  const start = scope.snapshot();
  const before = scope.path;
  const { loops, selected } = m;
  const cached = missesCache(test, scope);
  if (cached === "missing" && otherwise.length === 0) {
    // Asked when the cache has no answer, however often the code comes by.
    m.costs.ifNeeded(m, () => execute(m, then, scope, returned));
    scope.restore(joinNames(scope.snapshot(), start));
    scope.path = before;
    return "on";
  }
  const loadedRow = loops[0]?.perRow ? asksWhetherLoaded(test, loops[0].variable) : undefined;
  if (loadedRow === "missing") m.loops = loops.slice(1);
  if (loops.length && isOneRound(test)) m.loops = loops.slice(0, -1);
  const kept = loops.length ? keptPerKey(test) : undefined;
  if (kept && fills(then, kept.name) && kept.missing) m.loops = withoutLeft(m, loops, "function");
  const { cut } = m.costs;
  const [picked, others] = loops.length > 0 ? [selectionsOf(m, test, scope, true), selectionsOf(m, test, scope, false)] : [[], []];
  select(m, picked);
  const cutNow = (): void => {
    if (m.loops !== loops && !isOneRound(test)) m.costs.cut = m.costs.around(loops.filter((loop) => !m.loops.includes(loop)));
  };
  cutNow();
  assume(scope, test, true);
  resolveSplits(scope);
  narrow(m, scope, test, true);
  const branch = m.costs.newBranch();
  // `row.id !== wanted`: what is done for all rows but those that the other way picks is hardly up to the test.
  const usually = usualAnswer(test, scope);
  const thenArm: Arm = { ...m.arm(branch, 0, 2, others.length > 0 && picked.length === 0 ? undefined : value), ...(usually === false && { isRare: true }) };
  const otherArm: Arm = { ...m.arm(branch, 1, 2, picked.length > 0 && others.length === 0 ? undefined : value), ...(usually === true && { isRare: true }) };
  const runThen = (): Completion => execute(m, then, scope, returned);
  const first = m.costs.within(thenArm, () => (raises(then) ? failing(m, runThen) : runThen()));
  const pathThen = scope.path;
  m.loops = kept && fills(otherwise, kept.name) && !kept.missing ? withoutLeft(m, loops, "function") : loops;
  m.selected = selected;
  select(m, others);
  m.costs.cut = cut;
  cutNow();
  const afterThen = scope.current();
  scope.restore(start);
  scope.path = before;
  assume(scope, test, false);
  resolveSplits(scope);
  narrow(m, scope, test, false);
  const runOtherwise = (): Completion => execute(m, otherwise, scope, returned);
  // `if (cached) … else …`: asked when the cache has no answer.
  const second = otherwise.length === 0 ? "on" : cached === "found" ? m.costs.ifNeeded(m, runOtherwise) : m.costs.within(otherArm, runOtherwise);
  m.loops = loops;
  m.selected = selected;
  m.costs.cut = cut;
  // What follows in this block runs on one way only.
  if (first !== second) select(m, first === "on" ? (endsLoop(m, otherwise) ? picking(picked) : picked) : endsLoop(m, then) ? picking(others) : others);
  if (first !== second) m.costs.arms = [...m.costs.arms, { ...(first === "on" ? thenArm : otherArm), ...(raises(first === "on" ? otherwise : then) && { isUsual: true }), ...(cached === "found" && first === "left" && { onMiss: true }) }];
  // `if answer: return answer`: what follows in this block fills the cache.
  if (cached === "found" && first === "left") m.loops = [];
  // `if (order.customer) return order.customer`: whoever gave the rows may have loaded it.
  if (loadedRow === "found" && first === "left") m.loops = loops.slice(1);
  cutNow();
  if (first === "on" && second === "on") {
    const asked = testOf(test);
    scope.path = before;
    scope.joinBranches(asked?.positive === false ? scope.current() : afterThen, asked?.positive === false ? afterThen : scope.current(), asked);
  } else if (first === "on") {
    scope.restore(afterThen);
    scope.path = pathThen;
  }
  return first === "left" && second === "left" ? "left" : "on";
}

/** Statements that end in an error. */
function raises(statements: readonly Statement[]): boolean {
  return statements.at(-1)?.kind === "raise";
}

/** Statements that leave the loop and not only its round: what one round refuses, no other round does. */
function endsLoop(m: Machine, statements: readonly Statement[]): boolean {
  const last = statements.at(-1)?.kind;
  return last === "raise" || last === "break" || (last === "return" && m.loops.at(-1)?.frame === m.frames.length - 1);
}

/** `if (order.customer)`, `if (!order.customer)`: whether the row that a function is run for came with something. */
function asksWhetherLoaded(test: Expression, row: string): "found" | "missing" | undefined {
  if (test.kind === "unary" && test.operator === "not") return asksWhetherLoaded(test.operand, row) === "found" ? "missing" : undefined;
  if (test.kind === "logical") return asksWhetherLoaded(test.left, row) ?? asksWhetherLoaded(test.right, row);
  if (test.kind === "comparison") {
    const asked = asksWhetherLoaded(test.left, row);
    return test.right.kind === "literal" && test.right.value === null && (test.operator === "==" || test.operator === "is") ? asked && "missing" : asked;
  }
  if (test.kind === "call") return test.arguments.map(({ value }) => asksWhetherLoaded(value, row)).find((each) => each !== undefined) ?? asksWhetherLoaded(test.callee, row);
  if (test.kind !== "attribute") return undefined;
  return test.object.kind === "name" && test.object.name === row ? "found" : asksWhetherLoaded(test.object, row);
}

/** `{% if forloop.first %}`: true in one round only. */
function isOneRound(test: Expression): boolean {
  return test.kind === "attribute" && test.lookup !== undefined && (test.name === "first" || test.name === "last") && test.object.kind === "name" && (test.object.name === "forloop" || test.object.name === "loop");
}

/** `if key not in known:` — the name of what is kept, and whether the test says that the key is missing. */
function keptPerKey(test: Expression): { readonly name: string; readonly missing: boolean } | undefined {
  if (test.kind === "unary" && test.operator === "not") {
    const inner = keptPerKey(test.operand);
    return inner && { ...inner, missing: !inner.missing };
  }
  if (test.kind !== "comparison") return undefined;
  if ((test.operator === "in" || test.operator === "not in") && (test.right.kind === "name" || test.right.kind === "attribute")) return { name: test.right.name, missing: test.operator === "not in" };
  return undefined;
}

/** A test of what a cache gave: `if not answer`, `if answer is None` or `if answer`. */
function missesCache(test: Expression, scope: Scope): "missing" | "found" | undefined {
  if (test.kind === "unary" && test.operator === "not") return missesCache(test.operand, scope) === "found" ? "missing" : undefined;
  if (test.kind === "comparison" && test.left.kind === "name" && test.right.kind === "literal" && test.right.value === null && isFromCache(test.left.name, scope)) return test.operator === "is" ? "missing" : test.operator === "is not" ? "found" : undefined;
  return test.kind === "name" && isFromCache(test.name, scope) ? "found" : undefined;
}

function isFromCache(name: string, scope: Scope): boolean {
  const value = scope.get(name);
  return value !== undefined && optionsOf(value).some((option) => option.kind === "object" && option.type === "cached");
}

/** Whether the statements put something under a key of (or add a key to) a container: an answer asked for once per key. */
function fills(statements: readonly Statement[], name: string): boolean {
  return statements.some((statement) => {
    if (statement.kind === "assign") return statement.targets.some((target) => target.kind === "subscript" && lastName(target.object) === name);
    if (statement.kind === "expression" && statement.expression.kind === "call" && statement.expression.callee.kind === "attribute") {
      const { callee } = statement.expression;
      return (callee.name === "add" || callee.name === "append" || callee.name === "setdefault") && lastName(callee.object) === name;
    }
    if (statement.kind === "if") return fills(statement.then, name) || fills(statement.otherwise, name);
    if (statement.kind === "try") return fills(statement.body, name) || statement.handlers.some((handler) => fills(handler.body, name));
    return false;
  });
}

/** Code that does not run where it matters: `if settings.DEBUG`, `if TYPE_CHECKING`, `if False`. */
function neverRuns(test: Expression): boolean {
  if (test.kind === "literal") return test.value === false || test.value === 0 || test.value === null;
  if (test.kind === "attribute") return test.name === "DEBUG" || test.name === "TYPE_CHECKING";
  return test.kind === "name" && (test.name === "DEBUG" || test.name === "TYPE_CHECKING");
}

function executeFor(m: Machine, node: ForLoop, scope: Scope, returned: Value[]): Completion {
  const iterable = evaluate(m, node.iterable, scope);
  m.walksAsync = node.isAsync;
  const rows = node.keys ? sequenceOf("iterator", unknown(iterable.varies), { size: iterable.kind === "mapping" ? iterable.size : "unknown" }) : node.isAsync && isScript(m, scope.uri) ? awaitAll(m, iterable, node.iterable) : walk(m, iterable, node.iterable, "iterate");
  m.walksAsync = false;
  const walked = ofLength(rows, lengthOf(scope, node.iterable));
  const loop = enterLoop(m, walked, node.target, {
    kind: "for", at: m.at({ start: node.start, end: node.iterable.end }), body: m.at(node), exits: leavesFirstRound(node.body), seeks: leavesAtEnd(node.body), batches: walksBatches(node.iterable),
  });
  const unchanged = scope.snapshot();
  varyAssigned(node.body, scope, loop.id);
  const before = m.events.length;
  const names = scope.snapshot();
  const { path } = scope;
  assignTarget(m, node.target, loop.element, scope, node.iterable);
  execute(m, node.body, scope, returned);
  hideCarried(m, node.body, scope, names);
  leaveLoop(m);
  settleConstants(m, before, loop.id);
  scope.restore(joinNames(scope.snapshot(), names));
  if (isScript(m, scope.uri)) settleQueries(m, node.body, scope, unchanged, loop.id);
  scope.path = path;
  execute(m, node.otherwise, scope, returned);
  return "on";
}

/** `for (const each of includes) query = query.select(each)`: when it is put together, it may differ with the loops around, as what it began with and what comes on top does. */
function settleQueries(m: Machine, body: readonly Statement[], scope: Scope, before: ReadonlyMap<string, Value>, loop: number): void {
  for (const name of assignedNames(body)) {
    const value = scope.get(name);
    const isBuilt = (each: Value): boolean => each.kind === "query" || each.kind === "object";
    if (!value || value.varies < loop || !scope.has(name) || !optionsOf(value).every(isBuilt)) continue;
    const varies = Math.max(before.get(name)?.varies ?? 0, perhapsVaries(m.innermost));
    scope.set(name, value.kind === "union" ? { ...value, varies, options: value.options.map((each) => ({ ...each, varies: each.varies < loop ? each.varies : varies })) } : { ...value, varies });
  }
}

/** The body's last statement leaves the loop whatever happened before, and nothing before jumps on. */
function leavesFirstRound(body: readonly Statement[]): boolean {
  return leavesAtEnd(body) && !body.some(continues);
}

/** Only a round that jumps on is followed by another. */
function leavesAtEnd(body: readonly Statement[]): boolean {
  const last = body[body.length - 1];
  return last?.kind === "break" || last?.kind === "return" || last?.kind === "raise";
}

function continues(statement: Statement): boolean {
  switch (statement.kind) {
    case "continue": return true;
    case "if": return statement.then.some(continues) || statement.otherwise.some(continues);
    case "try": return [...statement.body, ...statement.otherwise, ...statement.finally, ...statement.handlers.flatMap((handler) => handler.body)].some(continues);
    case "with": return statement.body.some(continues);
    case "match": return statement.cases.some((option) => option.body.some(continues));
    default: return false;
  }
}

/** `chunked(ids, 500)`, `batch_qs(qs)`: each round handles many. */
function walksBatches(iterable: Expression): boolean {
  return iterable.kind === "call" && /chunk|batch|page_range|paginate|^grouper$|^split_every$/i.test(lastName(iterable));
}

/** Names that the statements bind. */
const assignedIn = new WeakMap<readonly Statement[], ReadonlySet<string>>();

function assignedNames(statements: readonly Statement[]): ReadonlySet<string> {
  const known = assignedIn.get(statements);
  if (known) return known;
  const names = new Set<string>();
  const target = (node: Expression): void => {
    if (node.kind === "name") names.add(node.name);
    else if (node.kind === "sequence") node.items.forEach(target);
    else if (node.kind === "spread") target(node.value);
    else if (node.kind === "mapping") for (const entry of node.entries) target(entry.value);
    else if (node.kind === "logical") target(node.left);
  };
  for (const statement of statements) {
    switch (statement.kind) {
      case "assign": statement.targets.forEach(target); break;
      case "augment": target(statement.target); break;
      case "for":
        target(statement.target);
        for (const name of assignedNames(statement.body)) names.add(name);
        break;
      case "while": for (const name of assignedNames(statement.body)) names.add(name); break;
      case "if": for (const name of [...assignedNames(statement.then), ...assignedNames(statement.otherwise)]) names.add(name); break;
      case "with":
        for (const item of statement.items) if (item.target) target(item.target);
        for (const name of assignedNames(statement.body)) names.add(name);
        break;
      case "try":
        for (const part of [statement.body, statement.otherwise, statement.finally, ...statement.handlers.map((handler) => handler.body)]) for (const name of assignedNames(part)) names.add(name);
        break;
      case "match": for (const option of statement.cases) for (const name of assignedNames(option.body)) names.add(name); break;
      default: break;
    }
  }
  assignedIn.set(statements, names);
  return names;
}

/** What the body assigns is different in every round, also where it is read before the assignment. */
function varyAssigned(body: readonly Statement[], scope: Scope, loop: number): void {
  for (const name of assignedNames(body)) {
    const value = scope.get(name);
    if (value && scope.has(name)) scope.set(name, varying(value.kind === "constant" ? unknown() : value, loop));
  }
}

/** What one round leaves to the next under a name that was there before: the body was evaluated once, without it. */
function hideCarried(m: Machine, body: readonly Statement[], scope: Scope, before: ReadonlyMap<string, Value>): void {
  for (const name of assignedNames(body)) if (before.has(name)) hide(m, scope.get(name));
}

/** After a loop: a query in it that depends on nothing of the loop is the same every time, unless something in the loop may change its tables. */
export function settleConstants(m: Machine, from: number, loopId: number): void {
  let written = false;
  for (let i = from; i < m.events.length; i++) {
    const event = m.events[i];
    if (event.kind === "rowWritten") written = true;
  }
  for (let i = from; i < m.events.length; i++) {
    const event = m.events[i];
    if (event.kind !== "queryRun" || event.constantIn || !event.sends) continue;
    const innermost = event.loops[event.loops.length - 1];
    if (innermost?.id !== loopId || mayVary(event.dependsOn, loopId)) continue;
    if (written || m.changedIn.has(loopId)) continue;
    (event as { -readonly [K in keyof QueryRun]: QueryRun[K] }).constantIn = innermost;
  }
}

/** Runs what stands where an error may be caught. */
function guarded<Result>(m: Machine, run: () => Result): Result {
  m.guards.push(m.innermost);
  const result = run();
  m.guards.pop();
  return result;
}

/** Runs what is done about an error. */
function failing(m: Machine, run: () => Completion): Completion {
  m.failing++;
  const completion = run();
  m.failing--;
  return completion;
}

function executeTry(m: Machine, node: Try, scope: Scope, returned: Value[]): Completion {
  const start = scope.snapshot();
  const { path } = scope;
  const runBody = (): Completion => execute(m, node.body, scope, returned);
  const body = node.handlers.length > 0 ? guarded(m, runBody) : runBody();
  const afterBody = scope.snapshot();
  let joined: Map<string, Value> | undefined;
  let completion: Completion = "left";
  if (body === "on") {
    const otherwise = execute(m, node.otherwise, scope, returned);
    if (otherwise === "on") {
      joined = scope.snapshot();
      completion = "on";
    }
  }
  for (const handler of node.handlers) {
    scope.restore(joinNames(new Map(start), afterBody));
    scope.path = path;
    if (handler.name) scope.set(handler.name, unknown());
    // Python asks for forgiveness where others ask first.
    const handle = (): Completion => failing(m, () => execute(m, handler.body, scope, returned));
    const caught = isScript(m, scope.uri) ? m.costs.ifNeeded(m, handle) : m.costs.within(m.arm(), handle);
    if (caught === "on") {
      joined = joined ? joinNames(joined, scope.current()) : scope.snapshot();
      completion = "on";
    }
  }
  scope.restore(joined ?? afterBody);
  scope.path = path;
  if (execute(m, node.finally, scope, returned) === "left") return "left";
  return completion;
}

