import type { DataAccessEvent, Load, Lookup, OrderTerm, Query, QueryEscapes } from "../flow";
import { structuralFingerprint, type ProjectModel } from "../project";
import type { EntityUsage } from "../rule";
import { shiftLocation, type Location, type TextChange } from "../source";
import { queryOf } from "./dispatch";

/** What the check of one file adds to the usage of one entity. */
export interface UsageShare extends EntityUsage {
  /** Of everything but the places. */
  readonly fingerprint: string;
}

type Collected = {
  -readonly [K in keyof EntityUsage]: EntityUsage[K] extends readonly (infer Item)[] ? Item[] : EntityUsage[K] extends ReadonlySet<infer Item> ? Set<Item> : EntityUsage[K];
};

/** Where a query goes on to be changed by code that is not seen. */
const opensQuery: ReadonlySet<QueryEscapes["to"]> = new Set(["argument", "attribute", "closure", "container"]);

/** The usage of entities that could not be told. */
export const ANY_ENTITY = "";

/** Gathers, by entity, the conditions, orderings and eager loads among the events of one file. */
export function usageShares(events: readonly DataAccessEvent[], project: ProjectModel): ReadonlyMap<string, UsageShare> {
  const shares = new Map<string, Collected>();
  const of = (entity: string): Collected => {
    let share = shares.get(entity);
    if (!share) shares.set(entity, (share = { lookups: [], orderings: [], saves: [], loads: new Set(), uncertain: false }));
    return share;
  };
  const seen = new Set<ReadonlyMap<string, Load>>();
  for (const event of events) {
    if (event.entry === "test" || event.entry === "migration") continue;
    if (event.kind === "lookup" && event.lookup.entity !== undefined) {
      of(event.lookup.entity).lookups.push({ lookup: event.lookup, at: event.lookup.at, query: event.query });
    }
    if (event.kind === "rowsOrdered") of(event.query.entity).orderings.push({ query: event.query, at: event.at });
    if (event.kind === "rowWritten" && event.how === "save" && event.frames.length > 1) of(event.entity).saves.push({ at: event.at, isNew: event.isNew === true });
    // Of whatever entity has relations with these names.
    if (event.kind === "loadsNamed") for (const path of event.paths) for (const each of partsOf(path)) of(ANY_ENTITY).loads.add(each);
    const query = queryOf(event);
    if (query && !seen.has(query.loads)) {
      seen.add(query.loads);
      for (const [entity, path] of loadedPaths(query, project)) of(entity).loads.add(path);
    }
    // An order or a condition by an expression may be what an index on that expression is for.
    const byExpression = event.kind === "lookup" && event.lookup.annotated;
    if (query && (query.uncertain || query.order === "unknown" || byExpression || (event.kind === "queryEscapes" && opensQuery.has(event.to)))) of(query.entity).uncertain = true;
  }
  return new Map([...shares].map(([entity, share]) => [entity, { ...share, fingerprint: fingerprint(share) }]));
}

/** `steps__ingredients__food` loads `steps`, `steps__ingredients`, `ingredients__food` and so on. */
function partsOf(path: string): readonly string[] {
  const hops = path.split("__");
  return hops.flatMap((_, start) => hops.slice(start).map((_, length) => hops.slice(start, start + length + 1).join("__")));
}

/** What a query loads with its rows, as seen from each entity on the way: `items__product` of an order is `product` of its items. */
function loadedPaths(query: Query, project: ProjectModel): readonly (readonly [string, string])[] {
  const found: (readonly [string, string])[] = [];
  for (const load of query.loads.values()) {
    const hops = load.path.split("__");
    let entity: string | undefined = query.entity;
    for (let i = 0; i < hops.length && entity !== undefined; i++) {
      const relation = project.relation(entity, hops[i]);
      if (!relation) break;
      for (const owner of new Set([entity, relation.owner])) found.push([owner, hops.slice(i).join("__")]);
      entity = relation.target;
    }
    // `Prefetch("items", queryset=Item.objects.select_related("product"))`
    if (load.query) for (const path of load.query.loads.keys()) found.push([query.entity, `${load.path}__${path}`]);
  }
  return found;
}

function fingerprint(share: EntityUsage): string {
  return structuralFingerprint(
    share.uncertain,
    share.lookups.map((each) => [condition(each.lookup), describe(each.query)]),
    share.orderings.map((each) => describe(each.query)),
    share.saves.map((each) => each.isNew),
    [...share.loads].sort(),
  );
}

function describe(query: Query): unknown {
  const order = typeof query.order === "string" ? query.order : query.order.map(orderTerm);
  return [query.entity, query.lookups.map(condition), order, query.bound, query.atMostOne, query.distinct, query.joined, query.uncertain];
}

function condition({ at, from, ...rest }: Lookup): unknown {
  return rest;
}

function orderTerm({ at, ...rest }: OrderTerm): unknown {
  return rest;
}

/** Joins the shares of all files; a condition in a helper that several files reach counts once. */
export function joinUsage(shares: Iterable<EntityUsage>): EntityUsage {
  const usage: Collected = { lookups: [], orderings: [], saves: [], loads: new Set(), uncertain: false };
  const seen = new Set<string>();
  const isNew = (at: Location, kind: string): boolean => {
    const place = `${kind} ${at.uri} ${at.span.start} ${at.span.end}`;
    return !seen.has(place) && Boolean(seen.add(place));
  };
  for (const share of shares) {
    for (const each of share.lookups) if (isNew(each.at, "lookup")) usage.lookups.push(each);
    for (const each of share.saves) if (isNew(each.at, each.isNew ? "insert" : "save")) usage.saves.push(each);
    for (const each of share.orderings) if (isNew(each.at, "ordering")) usage.orderings.push(each);
    for (const path of share.loads) usage.loads.add(path);
    usage.uncertain ||= share.uncertain;
  }
  return usage;
}

/** The share after an edit of one file. Places inside the edit are kept as they were: that file is about to be checked again. */
export function shiftUsage(share: UsageShare, uri: string, change: TextChange): UsageShare {
  const move = <T extends { readonly at: Location }>(each: T): T => {
    const at = shiftLocation(each.at, uri, change);
    return at && at !== each.at ? { ...each, at } : each;
  };
  return { ...share, lookups: share.lookups.map(move), orderings: share.orderings.map(move), saves: share.saves.map(move) };
}
