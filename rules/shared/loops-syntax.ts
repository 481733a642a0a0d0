import { blocksOf } from "#engine";
import type { DataAccessEvent, Expression, FileFacts, Location, LoopContext, ProjectModel, Span, Statement } from "#engine";

export type Node = Expression | Statement;

/** Every expression and statement in a lowered value, itself included. */
export function nodesIn(value: unknown): Node[] {
  const nodes: Node[] = [];
  addNodes(value, nodes);
  return nodes;
}

function addNodes(value: unknown, nodes: Node[]): void {
  if (typeof value !== "object" || value === null) return;
  if (Array.isArray(value)) {
    for (const item of value) addNodes(item, nodes);
    return;
  }
  if ("kind" in value && "start" in value) nodes.push(value as Node);
  for (const key in value) addNodes(value[key as never], nodes);
}

const POSITIONS: ReadonlySet<string> = new Set(["start", "end", "nameStart", "nameEnd", "open", "close"]);

/** Whether two lowered values read the same, wherever they stand. */
export function readsTheSame(a: unknown, b: unknown): boolean {
  if (typeof a !== "object" || a === null || typeof b !== "object" || b === null) return a === b;
  const keysOfA = Object.keys(a).filter((key) => !POSITIONS.has(key));
  const keysOfB = Object.keys(b).filter((key) => !POSITIONS.has(key));
  return keysOfA.length === keysOfB.length && keysOfA.every((key) => readsTheSame(a[key as never], b[key as never]));
}

function covers(outer: Span, inner: Span): boolean {
  return outer.start <= inner.start && inner.end <= outer.end;
}

interface Enclosing {
  readonly statement: Statement;
  readonly block: readonly Statement[];
}

/** The bodies of a file with what they span, and what is around the places that were asked about. Facts never change. */
interface Places {
  readonly bodies: readonly { readonly body: readonly Statement[]; readonly start: number; readonly end: number }[];
  readonly around: Map<string, readonly Enclosing[]>;
}

const places = new WeakMap<FileFacts, Places>();

function placesOf(facts: FileFacts): Places {
  let known = places.get(facts);
  if (!known) {
    const bodies = Object.values(facts.bodies).map((body) => ({ body, start: Math.min(...body.map(({ start }) => start)), end: Math.max(...body.map(({ end }) => end)) }));
    places.set(facts, (known = { bodies, around: new Map() }));
  }
  return known;
}

/** The statements around a place, outermost first, each with the block that it stands in. */
export function statementsAround({ uri, span }: Location, project: ProjectModel): readonly Enclosing[] {
  const facts = project.files.get(uri);
  if (!facts) return [];
  const { bodies, around } = placesOf(facts);
  const key = `${span.start} ${span.end}`;
  let path = around.get(key);
  if (!path) around.set(key, (path = findAround(span, bodies)));
  return path;
}

function findAround(span: Span, bodies: Places["bodies"]): readonly Enclosing[] {
  let found: readonly Enclosing[] = [];
  for (const each of bodies) {
    if (!covers(each, span)) continue;
    const path = pathIn(each.body, span);
    const last = path.at(-1)?.statement;
    if (!last || last.kind === "define-function" || last.kind === "define-class") continue;
    // A function written as an expression stands in a statement of the one around it.
    const best = found.at(-1)?.statement;
    if (!best || last.end - last.start < best.end - best.start) found = path;
  }
  return found;
}

/** Something between the loop and the event stands in an `except` or `catch` that the loop itself does not stand in. */
export function isBehindHandler(loop: LoopContext, event: Pick<DataAccessEvent, "at" | "frames">, project: ProjectModel): boolean {
  const calls = event.frames.slice(loop.frame + 1).flatMap(({ callSite }) => (callSite ? [callSite] : []));
  const [own, ...below] = [...calls, event.at];
  return below.some((at) => isInHandler(at, project)) || (isInHandler(own, project) && !isInHandler(loop.at, project));
}

/** Each round waits for the clock (`await sleep(5000)` between two mails): what its queries cost is nothing beside that, and what was read before the loop would be old by then. */
export function restsInRounds({ at }: LoopContext, project: ProjectModel): boolean {
  const around = statementsAround(at, project).map(({ statement }) => statement);
  const loop = around.reverse().find((statement) => statement.kind === "for" || statement.kind === "while");
  return nodesIn(loop && loop.body).some((node) => {
    if (node.kind === "call") return node.callee.kind === "attribute" && node.callee.object.kind === "name" && node.callee.object.name === "time" && node.callee.name === "sleep";
    if (node.kind !== "await" || node.operand.kind !== "call") return false;
    const { callee, form, arguments: given } = node.operand;
    if (callee.kind !== "name" && callee.kind !== "attribute") return false;
    return form === "new" ? callee.name === "Promise" && nodesIn(bodiesOf(given, at, project)).some(startsTimer) : /^_?(sleep|delay|wait|pause|rest)(For|Ms|Millis|Seconds)?$/.test(callee.name) && given.length > 0;
  });
}

/** `setTimeout(resolve, 500)`; one that rejects is a limit. */
function startsTimer(node: Node): boolean {
  return node.kind === "call" && node.callee.kind === "name" && node.callee.name === "setTimeout" && node.arguments[0]?.value.kind === "name" && /^r(es(olve)?)?$|^(done|ok|next)$/.test(node.arguments[0].value.name);
}

/** What the functions do that are given to a call. */
function bodiesOf(given: readonly { readonly value: Expression }[], { uri }: Location, project: ProjectModel): readonly Statement[] {
  const bodies = project.files.get(uri)?.bodies ?? {};
  return given.flatMap(({ value }) => (value.kind === "function" ? (bodies[value.function.id] ?? []) : []));
}

/** What stands in an `except` or `catch` runs for the rounds that failed, and for no others. */
export function isInHandler(at: Location, project: ProjectModel): boolean {
  const path = statementsAround(at, project);
  return path.some(({ statement }, depth) => statement.kind === "try" && path[depth + 1] !== undefined && statement.handlers.some(({ body }) => body === path[depth + 1].block));
}

function pathIn(block: readonly Statement[], span: Span): Enclosing[] {
  const statement = block.find((each) => covers(each, span));
  if (statement === undefined) return [];
  const inner = blocksOf(statement).map((each) => pathIn(each, span)).find((path) => path.length > 0);
  return [{ statement, block }, ...(inner ?? [])];
}

/** `req.loaders ? req.loaders.byId.load(id) : Author.findByPk(id)`: what stands here asks only where nothing batches. */
export function isWithoutLoader(at: Location, project: ProjectModel): boolean {
  const path = statementsAround(at, project);
  if (path.some(({ statement }) => statement.kind === "if" && mentionsLoader(statement.test) && (statement.test.kind === "unary" ? statement.then : statement.otherwise).some((each) => covers(each, at.span)))) return true;
  return nodesIn(path.at(-1)?.statement).some((node) => {
    if (node.kind === "conditional") return mentionsLoader(node.test) && covers(node.test.kind === "unary" ? node.then : node.otherwise, at.span);
    return node.kind === "logical" && node.operator !== "and" && mentionsLoader(node.left) && covers(node.right, at.span);
  });
}

function mentionsLoader(test: unknown): boolean {
  return nodesIn(test).some((node) => (node.kind === "name" || node.kind === "attribute") && /loaders?$/i.test(node.name));
}

/**
 * Whether the answer at a place is kept per key, so that it is asked for once per key and not once per round:
 * `if key not in known: known[key] = …`, `value = known.get(key)` and `if value is None: …; known[key] = value`,
 * `try: known[key]` and `except KeyError: known[key] = …`; the same with `known.has(key)` and `known.set(key, …)`, and `known[key] ??= …`.
 */
export function isKeptPerKey(at: Location, project: ProjectModel): boolean {
  const path = statementsAround(at, project);
  if (path.some(({ statement, block }) => isBehindLookUp(statement, block)) || isKeptInPlace(path.at(-1)?.statement, at.span)) return true;
  return path.some(({ statement, block }) => {
    if (statement.kind !== "if" && statement.kind !== "try") return false;
    const ways = statement.kind === "if" ? [statement.then, statement.otherwise] : [statement.handlers.flatMap((handler) => handler.body)];
    const asks = ways.find((way) => way.some((each) => covers(each, at.span)));
    const kept = asks ? keptIn(asks) : [];
    if (kept.length === 0) return false;
    const looked = statement.kind === "if" ? lookedUpIn(statement.test, block) : nodesIn(statement.body).flatMap((node) => (node.kind === "subscript" ? [node.object] : []));
    return looked.some((container) => kept.some((other) => readsTheSame(container, other)));
  });
}

/** `known[key] ??= …`, `known[key] || (known[key] = …)`: what stands at the right of it runs for a key that is not there yet. */
function isKeptInPlace(statement: Statement | undefined, at: Span): boolean {
  return nodesIn(statement).some((node) => {
    const assigned = node.kind === "assign" ? node.targets : node.kind === "named-assignment" ? [node.target] : [];
    if (assigned.some((target) => target.kind === "subscript" && covers(node, at) && fallsBackOn(target, node, at))) return true;
    if (node.kind !== "logical" || node.operator === "and" || !covers(node.right, at)) return false;
    const looked = lookedUpIn(node.left, []);
    return keptIn([node.right]).some((kept) => looked.some((container) => readsTheSame(container, kept)));
  });
}

/** `known[key] = known[key] ?? …`: as which `??=` is read. */
function fallsBackOn(target: Expression, node: Node, at: Span): boolean {
  const value = node.kind === "assign" || node.kind === "named-assignment" ? node.value : undefined;
  return value?.kind === "logical" && value.operator !== "and" && covers(value.right, at) && readsTheSame(value.left, target);
}

/** The same for what happens below a call: any function on the way may keep the answer, `cache.getOrSet(key, () => …)`. */
export function isAnswerKept(loop: LoopContext, event: Pick<DataAccessEvent, "at" | "frames">, project: ProjectModel): boolean {
  const places = [event.at, ...event.frames.slice(loop.frame + 1).flatMap(({ callSite }) => (callSite ? [callSite] : []))];
  return places.some((at) => isKeptPerKey(at, project));
}

/** `if (known.has(key)) return known.get(key)`, and what is asked behind it is kept: `known.set(key, value)`. */
function isBehindLookUp(statement: Statement, block: readonly Statement[]): boolean {
  const position = block.indexOf(statement);
  const looked = block.slice(0, position).flatMap((before) => (before.kind === "if" && LEAVES.has(before.then.at(-1)?.kind ?? "") ? lookedUpIn(before.test, block) : []));
  if (looked.length === 0) return false;
  const kept = keptIn(block.slice(position));
  return looked.some((container) => kept.some((other) => readsTheSame(container, other)));
}

const LEAVES: ReadonlySet<string> = new Set(["return", "continue"]);

const PUTS: ReadonlySet<string> = new Set(["set", "put", "setex", "setEx"]);

/** The containers that something is put into by its key. */
function keptIn(nodes: readonly Node[]): Expression[] {
  return nodesIn(nodes).flatMap((node) => {
    if (node.kind === "assign") return containersOf(node.targets);
    if (node.kind === "named-assignment") return containersOf([node.target]);
    // `cache.set(key, answer, seconds)`.
    return node.kind === "call" && node.callee.kind === "attribute" && PUTS.has(node.callee.name) && node.arguments.length >= 2 && node.arguments[0].value.kind !== "literal" ? [node.callee.object] : [];
  });
}

/** `known` in `known[key] = value`; what is put under a name (`page["title"] = …`) is no answer to a key. */
function containersOf(targets: readonly Expression[]): Expression[] {
  return targets.flatMap((target) => (target.kind === "subscript" && target.index.kind !== "literal" ? [target.object] : []));
}

/** The containers that a test says something about: directly, or through a name that was got from one before. */
function lookedUpIn(test: Expression, block: readonly Statement[]): Expression[] {
  const parts = nodesIn(test);
  const names = new Set(parts.flatMap((node) => (node.kind === "name" ? [node.name] : [])));
  const got = block.flatMap((statement) =>
    statement.kind === "assign" && statement.targets.some((target) => target.kind === "name" && names.has(target.name)) ? nodesIn(statement.value) : [],
  );
  return [...parts, ...got].flatMap((node) => {
    if (node.kind === "comparison" && (node.operator === "not in" || node.operator === "in")) return [node.right];
    if (node.kind === "call" && node.callee.kind === "attribute" && (node.callee.name === "get" || node.callee.name === "has")) return [node.callee.object];
    return node.kind === "subscript" ? [node.object] : [];
  });
}
