import { defineRule } from "#engine";
import type { DataAccessEvent, FixProposal, LoopContext, Lookup, ProjectModel, Query, QueryRewriter, Relation, RelationRead } from "#engine";
import {
  bypassOf, declarationOf, evidence, happensInOwnFrame, isLoadedByCallers, isServedByLoading, loopKey, lowerInsideWrite, memberText, onlyOnce, outermostQuery, perRowLoop, placeIn, placeKey,
  placeOf, present, queriesFor, eachRow,
} from "../../shared/loops";
import type { Repetition } from "../../shared/loops";
import { isAnswerKept } from "../../shared/loops-syntax";
import { isSamePlace } from "../../shared/queries";

/** A read that sends a query per row, with the query that should have loaded the relation. */
interface Miss {
  readonly read: RelationRead;
  readonly repeated: Repetition;
  readonly query: Query;
  readonly path: string;
}

/** Reading a relation that the loop's query did not load sends one query per row. */
export default defineRule({
  id: "relation-read-in-loop",
  summary: "Relation loaded again for every row of a loop",
  impact: "critical",
  family: "reads-in-loops",
  frameworks: ["django", "typeorm", "sequelize", "mikroorm"],
  repeats: true,
  messages: {
    readPerRow: {
      what: "`{relation}` is loaded again for {each}",
      why: "{growth}",
      instead: "load `{path}` together with the query",
    },
    countedPerRow: {
      what: "`{relation}` is {counted} again for {each}",
      why: "{growth}",
      instead: "{count}, or load `{path}` together with it when its rows are few",
    },
    keyPerRow: {
      what: "`{relation}` is loaded again for {each}, only for its key",
      why: "{growth}",
      instead: "read `{column}`, which is in the row already",
    },
  },
  check: {
    bodyDone(body, { project, rewriter, vocabulary, usage, report }) {
      const misses = present(...body.events.map((event) => missOf(event, project)));
      const isNew = onlyOnce();
      for (const miss of misses) {
        const { read, repeated, query, path } = miss;
        const writes = writtenIn(repeated.loop, body.events);
        // Rows that the loop itself changes must be read when they are wanted.
        if (read.relation.target !== undefined && read.relation.target === repeated.loop.query?.entity && writes.has(read.relation.target)) continue;
        // Under an event loop Django raises at the first of them, which sync-query-in-async says.
        if (body.events.some((event) => event.kind === "eventLoopBlocked" && event.by === "relation" && event.query !== undefined && isSamePlace(event.at, read.at))) continue;
        const early = isLoadedByCallers(query, path, usage);
        if (early === "whole" || isAnswerKept(repeated.loop, read, project) || isFolded(miss, misses) || !isNew(`${missKey(miss)}|${path}`)) continue;
        const { loop, lower, basis } = repeated;
        const hops = 1 + new Set(misses.filter((other) => leadsTo(other, miss) && isFolded(other, misses)).map((other) => other.path)).size;
        const growth = queriesFor(loop, read, query, project, hops);
        const words = vocabulary(query.orm);
        const values = {
          relation: memberText(read.row, read.relation.name, happensInOwnFrame(loop, read), project),
          each: eachRow(loop, project, read.row.path === "" ? read.row.query : (loop.query ?? read.row.query)),
          path: words.path(path),
          growth,
          count: words.countWith("the query"),
          counted: read.use.endsWith("exists") ? "checked" : "counted",
          column: read.relation.column ?? read.relation.name,
        };
        const kind = isKeyOnly(miss, hops, body.events) ? "keyPerRow" : isCountOnly(miss, misses) ? "countedPerRow" : "readPerRow";
        report(kind, {
          of: read, loop,
          at: placeIn(loop, read),
          values,
          related: [...evidence(read, loop, query, "read here"), ...declarationOf(read.relation)],
          // Another query than the prefetched one would ask the database again.
          fixes: careful(early === "rows" || isRefusedElsewhere(miss, body.events) || isStreamed(miss, body.events, project) ? [] : fixesOf(kind, miss, readsLike(miss, body.events), rewriter(query.orm), project), read.relation.target !== undefined && writes.has(read.relation.target)),
          hint: hops === 1 ? "1 + N queries" : `1 + ${hops}N queries`,
          about: query,
          basis,
          lower: lower + lowerInsideWrite(loop, read),
        });
      }
    },
  },
});

/** Entities of which the loop writes rows. */
function writtenIn(loop: LoopContext, events: readonly DataAccessEvent[]): ReadonlySet<string> {
  return new Set(events.flatMap((event) => (event.kind === "rowWritten" && event.loops.some(({ id }) => id === loop.id) ? [event.entity] : [])));
}

/**
 * Another line narrows the same query with `only()` or joins it with `union()`, where `select_related()` put at its beginning is refused:
 * "cannot be both deferred and traversed", columns that do not match (Django: *only*, *union*).
 */
function isRefusedElsewhere({ read, query, path }: Miss, events: readonly DataAccessEvent[]): boolean {
  if (read.relation.cardinality !== "one") return false;
  const [first] = path.split("__");
  return events.some((event) => {
    const other = "query" in event ? event.query : undefined;
    if (other === undefined || other.id === query.id || other.origin.root.expression !== query.origin.root.expression) return false;
    return other.combined || (other.columns.kind === "only" && ![...other.columns.names].some((name) => name === first || name.startsWith(`${first}__`)));
  });
}

/** Django refuses to prefetch for an `iterator()` that is given no `chunk_size` (*iterator()*: ValueError since 5.0); `aiterator()` has one of its own. */
function isStreamed({ query, path }: Miss, events: readonly DataAccessEvent[], project: ProjectModel): boolean {
  if (!needsPrefetch(query.entity, path, project)) return false;
  return events.some((event) => {
    if (event.kind !== "queryRun" || event.how !== "iterator" || event.query.origin.root.expression !== query.origin.root.expression) return false;
    const { expression } = event;
    return expression.kind === "call" && expression.arguments.length === 0 && expression.callee.kind === "attribute" && expression.callee.name === "iterator";
  });
}

/** Some hop of the path is no join. */
function needsPrefetch(entity: string, path: string, project: ProjectModel): boolean {
  let current: string | undefined = entity;
  for (const hop of path.split("__")) {
    const relation: Relation | undefined = current === undefined ? undefined : project.relation(current, hop);
    if (relation === undefined || relation.cardinality !== "one" || relation.form === "generic-foreign-key") return true;
    current = relation.target;
  }
  return false;
}

/** Rows loaded early may be stale by the time the loop comes to them, when it writes such rows itself. */
function careful(fixes: readonly FixProposal[], isWritten: boolean): FixProposal[] {
  return fixes.map((fix) => (isWritten ? { ...fix, safety: "review" as const, preferred: false } : fix));
}

function missOf(event: DataAccessEvent, project: ProjectModel): Miss | undefined {
  // Loads that come too late to be put together: batching-defeated.
  if (event.kind !== "relationRead" || event.loaded || event.batchDefeatedBy !== undefined || bypassOf(event) !== undefined || isParentLink(event.relation, project)) return undefined;
  const own = event.row.query;
  // `uncertain` speaks of conditions; a chain whose loads could not be read counts as loading everything.
  if (own === undefined || own.shape !== "instances") return undefined;
  if (!isServedByLoading(event.relation, event.use, event.query) || own.lookups.some((lookup) => leavesNothing(lookup, event.path))) return undefined;
  const repeated = perRowLoop(event);
  if (repeated === undefined) return undefined;
  return { read: event, repeated, ...outermostQuery(event, own, event.path) };
}

/** `filter(parent=None)`: a relation that is empty in every row sends nothing. */
function leavesNothing({ path, lookup, constant, negated, disjunct }: Lookup, relation: string): boolean {
  if (negated || disjunct || path.join("__") !== relation) return false;
  return (lookup === "isnull" && constant === true) || (lookup === "exact" && constant === null);
}

/** Multi-table inheritance: Django builds the parent from the columns that the child was loaded with (measured on Django 5.2). */
function isParentLink(relation: Relation, project: ProjectModel): boolean {
  return relation.form === "one-to-one" && relation.target !== undefined && project.entity(relation.owner)?.parents.includes(relation.target) === true;
}

function missKey({ repeated, query }: Miss): string {
  return `${loopKey(repeated.loop)}|${placeKey(placeOf(query))}`;
}

/** Whether `other` reads a part of the path of `miss` in the same loop: `order.customer` before `order.customer.city`. */
function leadsTo(other: Miss, miss: Miss): boolean {
  return missKey(other) === missKey(miss) && miss.path.startsWith(`${other.path}__`);
}

/** Part of a longer read: loading the whole path serves both, so the longer one is reported. */
function isFolded(miss: Miss, misses: readonly Miss[]): boolean {
  const at = placeKey(placeIn(miss.repeated.loop, miss.read));
  // Of what one call, or one field of a serializer, reads hop by hop, the longest path serves all.
  return misses.some((other) => leadsTo(miss, other) && (miss.read.continued || placeKey(placeIn(other.repeated.loop, other.read)) === at));
}

/** The key alone serves when no other read in the loop wants the related row, and the owner is there without a query. */
function isKeyOnly({ read, repeated }: Miss, hops: number, events: readonly DataAccessEvent[]): boolean {
  if (read.keyOnly === undefined || read.relation.column === undefined || hops > 1) return false;
  return !events.some(
    (other) =>
      other.kind === "relationRead" && other.keyOnly === undefined && other.path === read.path && other.row.query?.id === read.row.query?.id &&
      other.loops.some((loop) => loop.id === repeated.loop.id),
  );
}

const COUNTING: ReadonlySet<string> = new Set(["count", "exists", "acount", "aexists"]);

/** Whether the related rows are never wanted themselves. */
function isCountOnly(miss: Miss, misses: readonly Miss[]): boolean {
  return misses.every((other) => other.path !== miss.path || missKey(other) !== missKey(miss) || COUNTING.has(other.read.use));
}

/** All reads of the same relation of the same rows. */
function readsLike({ read }: Miss, events: readonly DataAccessEvent[]): readonly RelationRead[] {
  return events.filter((event): event is RelationRead => event.kind === "relationRead" && event.path === read.path && event.row.query?.id === read.row.query?.id);
}

function fixesOf(kind: "readPerRow" | "countedPerRow" | "keyPerRow", miss: Miss, reads: readonly RelationRead[], rewriter: QueryRewriter, project: ProjectModel): FixProposal[] {
  const load = rewriter.loadWith(miss.query, miss.path, project, reads);
  if (kind === "keyPerRow") {
    const column = rewriter.readKeyColumn(miss.read);
    return present(column && { ...column, preferred: true }, load && { ...load, preferred: column === undefined });
  }
  if (load === undefined) return [];
  // Rows loaded to be counted may be many more than the rows shown.
  return [kind === "countedPerRow" ? { ...load, safety: "review", preferred: false } : { ...load, preferred: true }];
}
