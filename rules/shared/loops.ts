import { isByClock, isScriptPath, liesWithAdministrators } from "#engine";
import type {
  Arm, Basis, DataAccessEvent, Entity, EntityUsage, Expression, FixProposal, FunctionRef, Location, LoopContext, ProjectModel, Query, QueryRun, Relation, RelatedPlace, RelationRead, RowOrigin, RowWritten, Vocabulary,
} from "#engine";
import { isOfOneOwner } from "./queries";

/** What every event says about where it happens. */
export type Placed = Pick<DataAccessEvent, "at" | "frames" | "loops" | "basis" | "selected" | "arms" | "inTransaction" | "entry">;

/** RULE-SEMANTICS 4.0: at most 5 rows are never worth a word, at most 25 are worth one step less. */
const FEW_ROWS = 5;
const SHORT_PAGE = 25;
/** Steps that make a hint of anything: what hangs on the one row that is shown (RULE-SEMANTICS DRF-N1), what a write brings about (DJ-N16). */
const HINT = 3;

/** A loop that makes something happen again and again, and how sure that is. */
export interface Repetition {
  readonly loop: LoopContext;
  /** Steps of severity to take off. */
  readonly lower: number;
  /** The weakest basis used: that a parameter holds many items is only inferred. */
  readonly basis: Basis;
}

/**
 * The loop that repeats an event: `start` (a loop or its id), or when that one is short, the nearest long one around it.
 * A `while` is never taken: it walks a tree, polls or retries, and each round needs what the round before gave.
 */
export function repetition(event: Placed, start: LoopContext | number | undefined): Repetition | undefined {
  const id = typeof start === "object" ? start.id : start;
  for (let i = event.loops.findIndex((loop) => loop.id === id); i >= 0; i--) {
    const loop = event.loops[i];
    if (loop.batches) return undefined;
    if (loop.size === "few" || (loop.kind === "while" && loop.query === undefined)) continue;
    const rows = Math.min(rowLimit(loop), loop.query?.atMostOne ? 1 : Infinity);
    if (rows <= FEW_ROWS) continue;
    // Whether somebody asks for the field of many rows is not seen.
    const certain = !loop.perRow && (loop.size === "many" || loop.query !== undefined);
    const isFew = rows <= SHORT_PAGE || loop.ofOnePerson === true || loop.isPicked === true || loop.isSearch === true || event.selected?.includes(loop.id) === true;
    const lower = event.frames.some((frame) => frame.writesOut === "one") ? HINT : (isFew ? 1 : 0) + (isSeldomWaitedFor(event) ? 1 : 0) + (isUpToWhatIsCalled(loop, event) || isRare(event) ? 1 : 0);
    return { loop, lower, basis: certain ? event.basis : weakest(event.basis, "inferred") };
  }
  return undefined;
}

/** The loop whose rows an event reads one by one; the rows come from a known query, so that there are many is certain. */
export function perRowLoop(event: Placed & { readonly row: RowOrigin }): Repetition | undefined {
  const found = repetition(event, event.row.loop);
  return found && { ...found, basis: event.basis };
}

/** Done only where a caller gives something else than the default of a parameter. */
function isRare({ arms }: Placed): boolean {
  return arms?.some((each) => each.isRare === true) === true;
}

/** What a round calls decides for itself whether it gets as far as this: for what this loop hands over it may never do so. */
function isUpToWhatIsCalled(loop: LoopContext, event: Placed): boolean {
  return event.arms?.some(({ frame, isUsual }) => {
    const decides = event.frames[frame];
    return isUsual !== true && frame > loop.frame && decides.writesOut === undefined && !isWrittenIn(loop, decides);
  }) ?? false;
}

/** Steps to take off, where a doubt about the remedy makes information of a warning, and nothing of what is less than that. */
export function withDoubt(steps: number, basis: Basis, isDoubtful: () => boolean): number {
  return steps === 0 && basis === "resolved" && isDoubtful() ? 1 : steps;
}

/**
 * Whether the rounds of a write are not simply one statement more each: what a round only does where a test of its own says so happens for any number of rows, and one statement
 * needs a list of those; what the queries of later rounds look into has to be there by then; other values in each row take a `CASE` by hand (RULE-SEMANTICS PR-W1), where the ORM has no call for that; what a transaction of the round holds together
 * is done or not done for each row by itself.
 */
function isNotPlain(loop: LoopContext, write: RowWritten, events: readonly DataAccessEvent[], words: Pick<Vocabulary, "updatesDifferent">): boolean {
  return isTestedFor(loop, write, events) || isLookedInto(loop, write.entity, events) || isReadAgain(loop, write, events) || (write.inTransaction !== undefined && write.inTransaction.loop >= loop.id) || (write.sets === "different" && words.updatesDifferent !== true);
}

/**
 * What makes information of a warning about writes: the rows of one owner are few however the tables grow (one `UPDATE` that sets the same in all of them is no more to write for that),
 * and the rounds may be no plain repetition.
 */
export function isDoubtfulWrite(loop: LoopContext, write: RowWritten, events: readonly DataAccessEvent[], words: Pick<Vocabulary, "updatesDifferent">, project: ProjectModel): boolean {
  return (write.sets !== "same" && isOfOne(loop, project)) || isNotPlain(loop, write, events, words);
}

function isOfOne({ isOfOne: cameWithOne, query }: LoopContext, project: ProjectModel): boolean {
  return cameWithOne === true || (query !== undefined && isOfOneOwner(query, project));
}

/** `where: { reviews: { none: { … } } }`, `job.id IS NULL`: wanted are rows without one of another table, which a round that writes one changes. */
export function isWithoutRowsOf({ entity: own, lookups }: Query, entity: string): boolean {
  return entity !== own && lookups.some((each) => each.entity === entity && (each.lookup === "isnull" ? each.constant !== false && !each.negated : each.negated));
}

/** The rounds look for rows that have none of this table yet: a later one finds no more what an earlier one has written one for. */
function isLookedInto(loop: LoopContext, entity: string, events: readonly DataAccessEvent[]): boolean {
  return events.some((event) => event.kind === "queryRun" && event.loops.some(({ id }) => id === loop.id) && isWithoutRowsOf(event.query, entity));
}

/** The round first looks what is there of the table that it writes, other rows than its own: what earlier rounds have left of it decides what this one does. */
function isReadAgain(loop: LoopContext, write: RowWritten, events: readonly DataAccessEvent[]): boolean {
  return events.slice(0, events.indexOf(write)).some((event) => event.kind === "queryRun" && event.sends && event.how !== "get" && event.query.entity === write.entity && !event.query.atMostOne && event.loops.some(({ id }) => id === loop.id));
}

/** Whether a test in the round decides on it. One that picks rows by their values is weighed by itself, one whose other way is an error picks none, and one whose ways do the same decides nothing. */
function isTestedFor(loop: LoopContext, write: RowWritten, events: readonly DataAccessEvent[]): boolean {
  if (write.selected?.includes(loop.id) === true) return false;
  const isDoneEitherWay = ({ branch, way }: Arm): boolean =>
    events.some((other) => other.kind === "rowWritten" && other.how === write.how && other.entity === write.entity && (other.constructed === undefined) === (write.constructed === undefined) && other.arms?.some((arm) => arm.branch === branch && arm.way !== way));
  return write.arms?.some((arm) => arm.isUsual !== true && arm.dependsOn >= loop.id && (arm.frame <= loop.frame || isWrittenIn(loop, write.frames[arm.frame])) && !isDoneEitherWay(arm)) === true;
}

/** Few people use what administrators do, and nobody waits for what a scheduler asks for (RULE-SEMANTICS 4.0); frameworks that have such things say so themselves. */
function isSeldomWaitedFor({ entry, frames: [root] }: Placed): boolean {
  return entry !== "admin" && entry !== "task" && entry !== "command" && isScriptPath(root.uri) && (root.forAdministrators === true || liesWithAdministrators(root.uri) || isByClock({ frames: [root] }));
}

function rowLimit(loop: LoopContext): number {
  const bounds = [loop.bound, loop.query?.bound];
  return Math.min(...bounds.map((bound) => (bound?.kind === "rows" ? bound.rows : Infinity)));
}

const STRENGTH: readonly Basis[] = ["assumed", "inferred", "resolved"];

export function weakest(a: Basis, b: Basis): Basis {
  return STRENGTH.indexOf(a) < STRENGTH.indexOf(b) ? a : b;
}

/**
 * Where to report: the place inside the loop, in the function that holds the loop; for a helper that is the call of it. The body of a loop that
 * a framework runs for a class is the class, so that may be a call in one of its methods.
 */
export function placeIn(loop: LoopContext, event: Placed): Location {
  if (isWithin(loop.body, event.at)) return event.at;
  const inside = event.frames.findLast((frame, depth) => depth > loop.frame && frame.writesOut === undefined && frame.callSite !== undefined && isWithin(loop.body, frame.callSite));
  return inside?.callSite ?? event.frames[depthBelow(loop, event)]?.callSite ?? event.at;
}

/** The first call below a loop. What a framework does with the rows of the loop (a serializer's field) is the loop's own body. */
function depthBelow(loop: LoopContext, event: Placed): number {
  let depth = loop.frame + 1;
  while (event.frames[depth]?.writesOut !== undefined) depth++;
  return depth;
}

/** The function that a round calls and that goes on to what happens. */
export function calledIn(loop: LoopContext, event: Placed): FunctionRef | undefined {
  if (happensInOwnFrame(loop, event)) return undefined;
  const place = placeIn(loop, event);
  return event.frames.find((frame, depth) => depth > loop.frame && frame.callSite !== undefined && placeKey(frame.callSite) === placeKey(place))?.function;
}

/** Whether the event stands in the loop itself, so that a fix may rewrite both together. */
export function happensInOwnFrame(loop: LoopContext, event: Placed): boolean {
  return placeIn(loop, event) === event.at;
}

/** Whether a place lies in another one. */
export function isWithin(outer: Location, inner: Location): boolean {
  return outer.uri === inner.uri && outer.span.start <= inner.span.start && inner.span.end <= outer.span.end;
}

/** How many calls lie between a loop and what it causes; a method that goes on to `super()` is one. */
export function callsBetween(loop: LoopContext, event: Placed): number {
  const names = event.frames.slice(depthBelow(loop, event)).filter((frame) => !isWrittenIn(loop, frame)).map((frame) => frame.function?.declaration.name);
  return names.filter((name, i) => i === 0 || name !== names[i - 1]).length;
}

/** The callback of `rows.map(async (row) => …)`, and functions inside of it, are the loop's own body. */
function isWrittenIn(loop: LoopContext, { function: fn, uri }: Placed["frames"][number]): boolean {
  return fn !== undefined && isWithin(loop.body, { uri, span: { start: fn.declaration.start, end: fn.declaration.end } });
}

/**
 * Whether a loop and what it causes are close enough to be one thought. Three calls below a loop over known rows a query is still the loop's;
 * a write further down than the called method is part of some larger work that no bulk statement replaces; of a loop whose length is a guess
 * only what its own body says.
 */
export function isWithinSight(loop: LoopContext, event: Placed, what: "query" | "write"): boolean {
  const calls = callsBetween(loop, event);
  const certain = loop.size === "many" || loop.query !== undefined;
  if (what === "write") return calls <= (certain ? 1 : 0);
  return calls <= (certain ? 3 : 1);
}

/** What several findings of one rule at one place have in common: below a call, one of them speaks for all. */
export function callKey(loop: LoopContext, event: Placed, entity: string): string {
  return `${loopKey(loop)}|${placeKey(placeIn(loop, event))}|${happensInOwnFrame(loop, event) ? entity : ""}`;
}

/** One thing that a loop does again and again, in one or several places of it. */
interface Repeated {
  readonly at: Location;
  readonly lower: number;
  /** Reports it, with the other places. */
  readonly send: (elsewhere: readonly RelatedPlace[]) => void;
}

/** Gathers what a rule finds, so that one loop is one finding where it does one thing in several places: calls of one function, both ways of an `if`. */
export function gathered(): { add(key: string, found: Repeated): void; report(): void } {
  const all = new Map<string, Repeated[]>();
  return {
    add: (key, found) => void all.set(key, [...(all.get(key) ?? []), found]),
    report: () => {
      for (const group of all.values()) {
        const lower = Math.min(...group.map((each) => each.lower));
        const first = group.find((each) => each.lower === lower)!;
        const others = new Map(group.map(({ at }) => [placeKey(at), at]));
        others.delete(placeKey(first.at));
        first.send([...others.values()].map((at) => ({ at, message: "and here" })));
      }
    },
  };
}

/** What is one thing of a loop to the reader: calls of one function; of what stands in the loop itself the same of the same table, unless it is a thing by itself. */
export function thingKey(loop: LoopContext, event: Placed, what: string, isByItself = true): string {
  if (!happensInOwnFrame(loop, event)) return `${loopKey(loop)}|${calledIn(loop, event)?.key ?? placeKey(placeIn(loop, event))}`;
  return `${loopKey(loop)}|${what}|${isByItself ? placeKey(event.at) : ""}`;
}

/** What it comes to when rows are linked, or links taken out, one by one: how many statements a link takes depends on the ORM and on who listens. */
export const LINK_COST = "up to 3N statements";

/** How many queries a loop makes of one read or query in each round, as the end of a sentence: "1 + N queries". */
export function queriesFor(loop: LoopContext, event: Asked, rows: Query | undefined, project: ProjectModel, perRound = 1): string {
  const inRounds = perRound === 1 ? "N" : `${perRound}N`;
  const all = rows === undefined ? `${inRounds} queries` : `1 + ${inRounds} queries`;
  // `Promise.all(rows.map(…))`: they share the pool's connections, and whatever else the server does waits behind them.
  if (!runAtOnce(loop, event, project)) return all;
  return rows === undefined ? `${all} at once` : `${all}, ${inRounds} of them at once`;
}

/** The same for one statement per round. */
export function statementsFor(loop: LoopContext, event: Asked, project: ProjectModel): string {
  return runAtOnce(loop, event, project) ? "N statements at once" : "N statements";
}

type Asked = Placed & { readonly expression?: Expression; readonly query?: Query; readonly entity?: string; readonly relation?: Relation };

/**
 * Whether the rounds of a loop are on their way to the database together: what goes through one connection waits there for what was sent before, and SQLite is a file that one
 * statement after the other is run on (better-sqlite3 does not even give a promise).
 */
function runAtOnce(loop: LoopContext, event: Asked, project: ProjectModel): boolean {
  if (loop.concurrent !== true || loop.throttled === true || event.inTransaction !== undefined) return false;
  const entity = project.entity(event.query?.entity ?? event.relation?.target ?? event.entity ?? "");
  if (entity && project.engineOf(entity) === "sqlite") return false;
  return ![event.expression, event.query?.origin.root.expression].some((each) => each !== undefined && isThroughTransaction(each));
}

/** `tx.order.update(…)`, `queryRunner.manager.save(…)`, `Order.update(…, { transaction })`. */
function isThroughTransaction(node: Expression): boolean {
  if (node.kind === "await") return isThroughTransaction(node.operand);
  if (node.kind === "name") return ONE_CONNECTION.test(node.name);
  if (node.kind === "attribute") return ONE_CONNECTION.test(node.name) || isThroughTransaction(node.object);
  if (node.kind !== "call") return false;
  const names = node.arguments.flatMap(({ value }) => (value.kind === "name" ? [value.name] : value.kind === "mapping" ? value.entries.flatMap(({ key }) => (key?.kind === "literal" ? [String(key.value)] : [])) : []));
  return names.some((name) => ONE_CONNECTION.test(name)) || isThroughTransaction(node.callee);
}

/** What everybody calls a connection that a transaction holds. */
const ONE_CONNECTION = /^(tx|trx|transaction|queryRunner|transaction(al)?(Manager|Client|EntityManager))$/;

/** The column that tells the rows of a loop's rounds apart in what is asked or written for each; undefined where that is no one column. */
export function columnOf(loop: LoopContext, query: Query | undefined): string | undefined {
  const varying = query?.lookups.filter(({ varies }) => varies !== undefined && varies >= loop.id) ?? [];
  const [lookup] = varying;
  return varying.length === 1 && lookup.path.length === 1 && lookup.lookup === "exact" && !lookup.negated && !lookup.disjunct ? lookup.path[0] : undefined;
}

/** The places that prove a finding: the query, the loop, the calls down to the read, and the read itself. */
export function evidence(event: Placed, loop: LoopContext, query: Query | undefined, what: string): RelatedPlace[] {
  const places: RelatedPlace[] = [];
  if (query !== undefined) places.push({ at: placeOf(query), message: "the rows come from this query" });
  places.push({ at: loop.at, message: "the loop" });
  const reported = placeIn(loop, event);
  for (const { callSite } of event.frames.slice(depthBelow(loop, event))) {
    // `.map(callback)` is the loop itself.
    if (callSite !== undefined && callSite !== reported && !isWithin(callSite, loop.at)) places.push({ at: callSite, message: "by way of this call" });
  }
  if (event.at !== reported) places.push({ at: event.at, message: what });
  return places;
}

/** The declaration of a relation, as a related place. */
export function declarationOf(relation: Relation): RelatedPlace[] {
  return relation.declaredAt === undefined ? [] : [{ at: relation.declaredAt, message: `\`${relation.name}\` is declared here` }];
}

/** The expression that makes a query: the chain as far as it stands in one piece, else its root. */
export function placeOf(query: Query): Location {
  const { root, steps } = query.origin;
  const chain = steps.filter((step) => step.uri === root.uri && step.call.start === root.expression.start).at(-1)?.call;
  const { start, end } = chain ?? root.expression;
  return { uri: root.uri, span: { start, end } };
}

/**
 * What a loop does its rounds for, in the words of a message: "every `Order`"; by the variable when it is not known what that holds. `event`: what happens in the rounds; where that
 * is about the same table, "every row" says more than its name once more.
 */
export function eachRow(loop: LoopContext, project: ProjectModel, rows: Query | undefined = loop.query, event?: Asked): string {
  const entity = (rows ?? loop.query)?.entity ?? loop.entity;
  const name = entityName(entity, project) ?? loop.variable;
  const every = event?.selected?.includes(loop.id) === true ? "every matching" : "every";
  if (entity !== undefined && entity === (event?.entity ?? event?.query?.entity)) return `${every} row`;
  // What JavaScript takes out of an object are its parts: `for (const { id, name } of rows)`.
  const isThing = isScriptPath(loop.at.uri) ? /^[\w$.* ]+$/ : /^[\w$.*, ]+$/;
  if (isThing.test(name)) return `${every} \`${name}\``;
  return loop.perRow === true ? "every row" : "each round of the loop";
}

/** The column that alone is the key of a table. */
export function keyOf(entity: Entity | undefined): string | undefined {
  if (entity === undefined) return undefined;
  return [...entity.fields.values()].filter(({ primaryKey }) => primaryKey).length > 1 ? undefined : entity.primaryKey;
}

export function entityName(key: string | undefined, project: ProjectModel): string | undefined {
  return key === undefined ? undefined : (project.entity(key)?.name ?? key.slice(key.lastIndexOf(".") + 1));
}

/** `order.customer` where the code says so; `Order.customer` when the finding stands elsewhere than the read, or the name is the helper's own. */
export function memberText(row: RowOrigin, member: string, inPlace: boolean, project: ProjectModel): string {
  const isReadersName = inPlace && row.text !== "" && !/^self\b/.test(row.text);
  return `${isReadersName ? row.text : (entityName(row.entity, project) ?? row.entity)}.${member}`;
}

/** Identifies a loop by its place: the same loop of a helper that is called twice is one loop to the reader. */
export function loopKey(loop: LoopContext): string {
  return `${loop.at.uri}:${loop.at.span.start}:${loop.variable}`;
}

export function placeKey(place: Location): string {
  return `${place.uri}:${place.span.start}:${place.span.end}`;
}

/** Answers true the first time it is asked for a key. */
export function onlyOnce(): (key: string) => boolean {
  const seen = new Set<string>();
  return (key) => !seen.has(key) && seen.add(key).size > 0;
}

/**
 * Whether a related query is the whole relation, so that eager loading serves it: `order.items.all()`.
 * Any further method makes the database answer again, prefetched or not (measured on Django 5.2; slices are served).
 */
export function isWholeRelation(query: Query): boolean {
  return query.parent !== undefined && !query.picked && query.shape === "instances" && query.origin.steps.every((step) => step.name === "all");
}

/** How the rows of a whole relation may be used without asking the database again. */
const SERVED_USES: ReadonlySet<string> = new Set([
  "read", "all", "iterate", "list", "len", "bool", "index", "contains", "count", "exists", "join", "sort", "unpack", "acount", "aexists", "acontains",
]);

/** Whether a use of a relation is served once the relation is loaded with its owner's query. */
export function isServedByLoading(relation: Relation, use: string, query: Query | undefined): boolean {
  if (relation.cardinality === "one") return true;
  return SERVED_USES.has(use) && (query === undefined || isWholeRelation(query));
}

/** The path of a relation from the rows of its owner's query. */
export function pathOf(row: RowOrigin, relation: Relation): string {
  return row.path === "" ? relation.name : `${row.path}__${relation.name}`;
}

/** The eager load that a read of a relation does not use: its rows are asked for in another way, or kept under another name. */
export function bypassOf(read: RelationRead): RelationRead["bypasses"] {
  if (read.bypasses !== undefined || read.loaded || read.query === undefined || !isWholeRelation(read.query)) return read.bypasses;
  const load = read.row.query?.loads.get(read.path);
  return load?.toAttribute === undefined ? undefined : { load, method: read.use, query: read.query };
}

/**
 * The query where loading a relation helps: the rows of `order.items.all()` in a loop over orders come from a query per order,
 * so what they lack belongs to the orders' own query, as `items__book`.
 */
export function outermostQuery(event: Placed, query: Query, path: string): { readonly query: Query; readonly path: string } {
  const parent = query.parent;
  const above = parent?.row.query;
  if (parent === undefined || above === undefined || above.shape !== "instances") return { query, path };
  // What a serializer writes of one row hangs on the query of that row; code of the user's would load it where it walks.
  const isAbove = parent.row.loop === undefined ? query.origin.kind === "opaque" : event.loops.some((loop) => loop.id === parent.row.loop?.id);
  if (!isWholeRelation(query) || !isAbove) return { query, path };
  return outermostQuery(event, above, `${pathOf(parent.row, parent.relation)}__${path}`);
}

/**
 * `for item in self.items.all(): item.product` in a method: whoever has the object may have loaded `items__product` with it. Somebody in the project who
 * does ("whole"), or who loads at least the items ("rows"), is taken for a caller. `path` leads on from the rows of `query`; without it the rows themselves are meant.
 */
export function isLoadedByCallers(query: Query, path: string | undefined, usage: (entity: string) => EntityUsage): "whole" | "rows" | undefined {
  const { parent } = query;
  if (parent === undefined || !isWholeRelation(query)) return undefined;
  const { row, relation } = parent;
  const below = path === undefined ? "" : `__${path}`;
  if (row.query !== undefined) return isLoadedByCallers(row.query, `${pathOf(row, relation)}${below}`, usage);
  const isLoaded = (each: string): boolean => usage(row.entity).loads.has(each) || usage("").loads.has(each);
  if (isLoaded(`${relation.name}${below}`)) return "whole";
  return path !== undefined && isLoaded(relation.name) ? "rows" : undefined;
}

/** Each round locks rows before it writes, or looks at them again: row by row, in this order, is what the loop is for. */
export function locksRows(loop: LoopContext, write: RowWritten | QueryRun, events: readonly DataAccessEvent[]): boolean {
  return events.slice(0, events.indexOf(write)).some((event) => event.kind === "queryRun" && event.query.locked && event.sends && event.dependsOn > loop.id - 1 && event.loops.some(({ id }) => id === loop.id));
}

/** The user's own `save()` or `delete()` that an event of a loop happens in, as an index into its frames; -1: none. */
function ownWriteMethod(loop: LoopContext, event: Placed): number {
  return event.frames.findIndex((frame, depth) => depth > loop.frame && WRITE_METHODS.has(frame.function?.declaration.name ?? ""));
}

const WRITE_METHODS: ReadonlySet<string> = new Set(["save", "asave", "delete", "adelete"]);

/** Steps to take off for what only happens because a row is written: RULE-SEMANTICS DJ-N16 makes that a hint. */
export function lowerInsideWrite(loop: LoopContext, event: Placed): number {
  return ownWriteMethod(loop, event) < 0 ? 0 : HINT;
}

/** What is written for every round itself: not what writing another row brings about, nor the same row again and again in a helper. */
export function isWrittenPerRound(loop: LoopContext, write: RowWritten): boolean {
  if (write.dependsOn === 0 && !happensInOwnFrame(loop, write)) return false;
  const method = ownWriteMethod(loop, write);
  if (method < 0) return true;
  const name = write.frames[method].function?.declaration.name;
  return isCallOfSuper(write.expression) && write.frames.slice(method).every((frame) => frame.function?.declaration.name === name);
}

/** `super().save(…)`: the row that is being written, and not another one. */
function isCallOfSuper(expression: Expression): boolean {
  if (expression.kind !== "call" || expression.callee.kind !== "attribute") return false;
  const { object } = expression.callee;
  return object.kind === "call" && object.callee.kind === "name" && object.callee.name === "super";
}

/** What one statement for all rows leaves out, as the end of a sentence. */
export function skippedBy(call: string, write: RowWritten): string {
  return write.skips.length === 0 ? "" : `; ${call} skips ${write.skips.join(", ")}`;
}

/** A fix that leaves out code of the user's own must be chosen, never suggested first. */
export function unlessSkipping(fix: FixProposal | undefined, write: RowWritten): FixProposal[] {
  return present(write.skips.length > 0 && fix !== undefined ? { ...fix, preferred: false } : fix);
}

/** A list of what there is. */
export function present<Item>(...items: readonly (Item | undefined)[]): Item[] {
  return items.filter((item): item is Item => item !== undefined);
}
