import { defineRule, relationAt } from "#engine";
import type { DataAccessEvent, Field, Lookup, LoopContext, ProjectModel, QueryRun, RowWritten, WriteHow } from "#engine";
import {
  callKey, columnOf, entityName, evidence, gathered, happensInOwnFrame, isServedByLoading, isWithinSight, isWithoutRowsOf, locksRows, lowerInsideWrite, onlyOnce, placeIn, present, queriesFor, repetition, eachRow, thingKey, withDoubt,
} from "../../shared/loops";
import type { Repetition } from "../../shared/loops";
import { isAnswerKept, isBehindHandler, isWithoutLoader, restsInRounds } from "../../shared/loops-syntax";

/** A query built from the loop's variable is sent once per round. */
export default defineRule({
  id: "query-in-loop",
  summary: "Query sent for every round of a loop",
  impact: "critical",
  family: "reads-in-loops",
  frameworks: ["django", "prisma", "typeorm", "sequelize", "drizzle", "mikroorm", "knex", "kysely"],
  repeats: true,
  messages: {
    fetchedPerRow: {
      what: "one `{entity}` is fetched for {each}",
      why: "{growth}",
      instead: "fetch them all before the loop, {fetch}, and look them up by key",
    },
    firstPerRow: {
      what: "one `{entity}` is fetched for {each}",
      why: "{growth}",
      instead: "fetch the first row of each before the loop, {first}, and look them up by key",
    },
    fewPerRow: {
      what: "`{entity}` is queried for {each}",
      why: "{growth}",
      instead: "fetch the first rows of each before the loop, with a window function (`ROW_NUMBER()`), and group them by key",
    },
    countedPerRow: {
      what: "`{entity}` is counted or checked for {each}",
      why: "{growth}",
      instead: "{count} once before the loop and group by key",
    },
    aggregatedPerRow: {
      what: "an aggregate of `{entity}` is computed for {each}",
      why: "{growth}",
      instead: "{aggregate}",
    },
    queriedPerRow: {
      what: "`{entity}` is queried for {each}",
      why: "{growth}",
      instead: "fetch the rows for all of them before the loop in one query, and group them by key",
    },
  },
  check: {
    bodyDone(body, { project, rewriter, vocabulary, report }) {
      const isNew = onlyOnce();
      const found = gathered();
      // Asking a loaded relation again is prefetch-bypassed.
      const bypassing = new Set(body.events.flatMap((event) => (event.kind === "relationRead" && event.bypasses !== undefined ? [event.bypasses.query.id] : [])));
      for (const run of body.events) {
        if (run.kind !== "queryRun" || !isAskedPerRow(run) || bypassing.has(run.query.id)) continue;
        const repeated = repetitionOf(run);
        if (repeated === undefined || isBehindHandler(repeated.loop, run, project) || locksRows(repeated.loop, run, body.events) || isAnswerKept(repeated.loop, run, project) || isWithoutLoader(run.at, project) || asksForTheSame(run, repeated.loop, project) || asksAboutOwnWrites(run, repeated.loop, body.events, project) || isFreshLook(run, repeated.loop) || isLookedAtAgain(run, repeated.loop, body.events) || isReadBack(run, repeated.loop, body.events)) continue;
        const { loop, lower, basis } = repeated;
        const at = placeIn(loop, run);
        if (!isWithinSight(loop, run, "query") || !isNew(callKey(loop, run, run.query.entity))) continue;
        const growth = queriesFor(loop, run, loop.query, project);
        const words = vocabulary(run.query.orm);
        const fixes = happensInOwnFrame(loop, run) ? present(rewriter(run.query.orm).fetchInBulk(run, loop, project)) : [];
        const steps = withDoubt(lower + lowerInsideWrite(loop, run) + (fetchesOwnRow(run, loop, project) || isAskedWhereNoneCame(run, loop, project) || restsInRounds(loop, project) ? 1 : 0), basis, () => isChangedInRounds(run, loop, body.events, project) || isByRange(run, loop));
        const message = messageFor(run, project);
        found.add(thingKey(loop, run, `${message}|${run.query.entity}`), {
          at,
          lower: steps,
          send: (elsewhere) => report(message, {
            of: run, loop,
            at,
            values: { entity: entityName(run.query.entity, project) ?? run.query.entity, each: eachRow(loop, project, loop.query, run), growth, fetch: words.fetchMany(columnOf(loop, run.query)), count: isRelated(loop, run.query.entity, project) ? `${words.countWith("the loop's query")}, or ask` : "ask", aggregate: words.aggregateMany, first: words.firstOfEach },
            related: [...evidence(run, loop, loop.query, "sent here"), ...elsewhere],
            fixes,
            hint: loop.query === undefined ? "N queries" : "1 + N queries",
            basis,
            lower: steps,
          }),
        });
      }
      found.report();
    },
  },
});

/** Writes that look first are writes; a lock per row is taken on purpose. */
function isAskedPerRow(run: QueryRun): boolean {
  if (!run.sends || run.query.locked || run.how === "get_or_create" || run.how === "update_or_create") return false;
  // What would be one statement is batching-defeated.
  if (run.batchDefeatedBy !== undefined) return false;
  // `in_bulk(ids)` fetches a batch per round.
  if (run.how === "in_bulk") return false;
  const relation = run.query.parent?.relation;
  // Reading a whole relation is relation-read-in-loop.
  return relation === undefined || !isServedByLoading(relation, run.how, run.query);
}

const CHANGES_WHAT_IS_THERE: ReadonlySet<WriteHow> = new Set(["create", "get_or_create", "update_or_create", "bulk_create", "delete", "query-delete"]);

/** Its keys are the same in every round; what differs is in whose name it is asked: a scope, the relations that come along. */
function asksForTheSame({ query }: QueryRun, loop: LoopContext, project: ProjectModel): boolean {
  if (query.parent !== undefined || query.joined) return false;
  const isSame = ({ varies, optional, annotated }: Lookup): boolean => varies !== undefined && varies < loop.id && !optional && !annotated;
  const fields = project.entity(query.entity)?.fields;
  const key = query.lookups.find(({ lookup, path, negated, disjunct }) => lookup === "exact" && !negated && !disjunct && path.length === 1 && fields?.get(path[0])?.primaryKey === true);
  if (key !== undefined) return isSame(key);
  // Where more may be asked than is seen, something that is given has to be the same.
  const isGiven = query.lookups.some(({ lookup, constant }) => lookup === "exact" && constant === undefined);
  return query.lookups.length > 0 && (!query.uncertain || isGiven) && query.lookups.every(isSame);
}

/** `exists()`, `first()` and the like of a table that the loop itself fills or empties: the answer changes from round to round. */
function asksAboutOwnWrites(run: QueryRun, loop: LoopContext, events: readonly DataAccessEvent[], project: ProjectModel): boolean {
  if (run.how === "get") return false;
  const writes = events.filter((event): event is RowWritten => event.kind === "rowWritten" && event.loops.some(({ id }) => id === loop.id));
  const own = project.entity(run.query.entity);
  const related = new Set([...run.query.loads.keys()].map((path) => own && relationAt(project, own, path)?.target));
  return writes.some(({ entity, how, constructed }) => (entity === run.query.entity && (CHANGES_WHAT_IS_THERE.has(how) || constructed !== undefined)) || (CHANGES_LINKS.has(how) && related.has(entity)));
}

/**
 * The loop writes what its rounds ask for: where a row is sought and inserted, a later round finds what an earlier one made; a count or a sum of rows that were saved before it
 * says something else before the loop. All of it can be asked together only with care.
 */
function isChangedInRounds(run: QueryRun, loop: LoopContext, events: readonly DataAccessEvent[], project: ProjectModel): boolean {
  const inLoop = (event: DataAccessEvent): event is RowWritten => event.kind === "rowWritten" && event.loops.some(({ id }) => id === loop.id);
  const isWritten = (by: (write: RowWritten) => boolean): boolean => events.some((event) => inLoop(event) && event.entity === run.query.entity && by(event));
  if (events.some((event) => inLoop(event) && isWithoutRowsOf(run.query, event.entity))) return true;
  if (isByKey(run, project)) return isWritten(({ how, constructed }) => how === "create" || constructed !== undefined);
  // `findFirst({ where: { jobId, status: "running" } })`, and then that row is no longer running.
  if (run.how === "get" || run.how === "first") return isWritten(({ how }) => CHANGES_ROWS.has(how));
  // `findMany({ where: { partId, status: "in stock" }, take: quantity })`, and then these are in stock no longer: the next round gets others.
  const compared = new Set(run.query.lookups.flatMap(({ path }) => (path.length === 1 ? path : [])));
  if (run.how === "list" || run.how === "iterate") return isWritten(({ how, assigned }) => CHANGES_ROWS.has(how) && assigned.some(({ field }) => compared.has(field)));
  if (run.how !== "aggregate" && run.how !== "count") return false;
  const own = project.entity(run.query.entity);
  const paths = [...run.query.loads.keys(), ...run.query.lookups.map(({ path }) => path.slice(0, -1).join("__"))].filter((path) => path !== "");
  const read = new Set([run.query.entity, ...paths.map((path) => own && relationAt(project, own, path)?.target)]);
  return events.slice(0, events.indexOf(run)).some((event) => inLoop(event) && (run.query.uncertain || read.has(event.entity)));
}

/** Nothing that differs in the rounds is looked for itself, but what comes before or after it: the rows of all rounds are not found by a list of keys. */
function isByRange({ query }: QueryRun, loop: LoopContext): boolean {
  const own = query.lookups.filter(({ varies }) => varies !== undefined && varies >= loop.id);
  return own.length > 0 && own.every(({ lookup }) => RANGES.has(lookup));
}

/** `chat.messages.length > 0 ? chat.messages[0] : await lastMessageOf(chat)`: the loop's query brings them along, and this is for those that have none. */
function isAskedWhereNoneCame(run: QueryRun, loop: LoopContext, project: ProjectModel): boolean {
  const own = loop.query && project.entity(loop.query.entity);
  if (!own || run.arms?.some(({ dependsOn, isUsual }) => dependsOn >= loop.id && !isUsual) !== true) return false;
  return [...loop.query!.loads.keys()].some((path) => relationAt(project, own, path)?.target === run.query.entity);
}

const RANGES: ReadonlySet<string> = new Set(["gt", "gte", "lt", "lte", "range"]);

/** One row that a unique column or several together pick. */
function isByKey({ query }: QueryRun, project: ProjectModel): boolean {
  const entity = project.entity(query.entity);
  const compared = new Set(query.lookups.flatMap(({ path, lookup, negated, disjunct }) => (path.length === 1 && lookup === "exact" && !negated && !disjunct ? [path[0]] : [])));
  return [...compared].some((name) => isUnique(entity?.fields.get(name))) || entity?.indexes.some(({ unique, columns }) => unique && columns.every(({ field }) => field !== undefined && compared.has(field))) === true;
}

function isUnique(field: Field | undefined): boolean {
  return field?.primaryKey === true || field?.unique === true;
}

/** Links between rows, which a query that brings the related rows along shows as they are now. */
const CHANGES_LINKS: ReadonlySet<WriteHow> = new Set(["relation-remove", "relation-set", "relation-clear"]);

/** `Item.objects.filter(pk=item.pk).exists()` on the loop's own row: whether it is still there. */
function isFreshLook(run: QueryRun, loop: LoopContext): boolean {
  const { query } = run;
  if (loop.query?.entity !== query.entity || query.lookups.length === 0 || run.frames.length - 1 !== loop.frame) return false;
  return query.origin.steps.some(({ call }) => call.arguments.some(({ name, value }) => /^(pk|id)$/.test(name ?? "") && value.kind === "attribute" && /^(pk|id)$/.test(value.name) && value.object.kind === "name" && value.object.name === loop.variable));
}

/** What was done in the round has changed the row: `await settle(id); const now = await db.deposit.findUnique({ where: { id } })`. */
function isLookedAtAgain(run: QueryRun, loop: LoopContext, events: readonly DataAccessEvent[]): boolean {
  if (!happensInOwnFrame(loop, run)) return false;
  return events.slice(0, events.indexOf(run)).some((event) => event.kind === "rowWritten" && event.entity === run.query.entity && CHANGES_ROWS.has(event.how) && event.loops.some(({ id }) => id === loop.id) && !happensInOwnFrame(loop, event));
}

/** `const made = await repository.save(given); return repository.findOneOrFail({ where: { id: made.id } })`: the row that the round has just written, by its key. Before the loop it is not there, or not like this. */
function isReadBack(run: QueryRun, loop: LoopContext, events: readonly DataAccessEvent[]): boolean {
  if (run.how !== "get" && run.how !== "first") return false;
  const own = run.frames.at(-1)?.function?.key;
  return events.slice(0, events.indexOf(run)).some((event) =>
    event.kind === "rowWritten" && event.entity === run.query.entity && WRITES_ONE.has(event.how) && event.frames.at(-1)?.function?.key === own && event.loops.at(-1)?.id === run.loops.at(-1)?.id && event.loops.some(({ id }) => id === loop.id));
}

const WRITES_ONE: ReadonlySet<WriteHow> = new Set(["save", "create", "update", "update_or_create"]);

const CHANGES_ROWS: ReadonlySet<WriteHow> = new Set(["save", "update", "update_or_create", "bulk_update", "delete", "query-delete"]);

/** A function that is handed a key fetches the row of the loop, as it does for everybody: what it does with it is what the loop is for. */
function fetchesOwnRow(run: QueryRun, loop: LoopContext, project: ProjectModel): boolean {
  const entity = project.entity(run.query.entity);
  if (entity === undefined || run.how !== "get" || happensInOwnFrame(loop, run) || (loop.query?.entity ?? loop.entity) !== entity.key) return false;
  return run.query.lookups.some(({ path, lookup, varies }) => path.length === 1 && lookup === "exact" && varies !== undefined && varies >= loop.id && isUnique(entity.fields.get(path[0])));
}

function repetitionOf(run: QueryRun): Repetition | undefined {
  if (run.dependsOn === 0) return undefined;
  const repeated = repetition(run, run.dependsOn);
  // The same query every time round is constant-query-in-loop, unless that loop is a short one inside a long one.
  return repeated !== undefined && run.constantIn !== undefined && repetition(run, run.constantIn)?.loop.id === run.constantIn.id ? undefined : repeated;
}

function messageFor(run: QueryRun, project: ProjectModel): "fetchedPerRow" | "firstPerRow" | "fewPerRow" | "countedPerRow" | "aggregatedPerRow" | "queriedPerRow" {
  const { how, query } = run;
  // The newest of each: all rows of all of them would be their whole history.
  const isOne = how === "first" || how === "get" || (query.bound.kind === "rows" && query.bound.rows === 1);
  if (isOne && Array.isArray(query.order) && query.order.length > 0 && !isByKey(run, project)) return "firstPerRow";
  if (how === "get" || (how === "first" && query.atMostOne)) return "fetchedPerRow";
  if (how === "aggregate" || (query.aggregates.length > 0 && !query.grouped)) return query.aggregates.length > 0 && query.aggregates.every((each) => each.function === "count") ? "countedPerRow" : "aggregatedPerRow";
  if (how === "count" || how === "exists") return "countedPerRow";
  // All of them without the limit may be many more.
  return query.bound.kind === "rows" && query.bound.rows > 1 ? "fewPerRow" : "queriedPerRow";
}

/** Rows of the loop's query lead to such rows: its own query can count them. */
function isRelated(loop: LoopContext, entity: string, project: ProjectModel): boolean {
  const own = loop.query && project.entity(loop.query.entity);
  // Builders of SQL know no relations, and need none for a subquery.
  return own !== undefined && (own.relations.size === 0 || [...own.relations.values()].some(({ target }) => target === entity));
}
