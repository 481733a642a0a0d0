import type { DataAccessEvent, Load, Lookup, OrderTerm, Query, QueryEscapes, WriteHow } from "../flow";
import { structuralFingerprint, type EntryPoint, type ProjectModel } from "../project";
import { isForAdministrators, isRestricted, isUpkeep, type EntityUsage, type LookupUse } from "../rule";
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
    if (!share) shares.set(entity, (share = nothing()));
    return share;
  };
  const seen = new Set<ReadonlyMap<string, Load>>();
  const sent = new Set(events.flatMap((event) => (event.kind === "queryRun" && event.entry !== "test" && event.entry !== "migration" ? [...event.query.loads.values()].map(placedLoad) : [])));
  const finals = finalQueries(events);
  for (const event of events) {
    if (event.entry === "test" || event.entry === "migration") continue;
    if (event.kind === "lookup" && event.lookup.entity !== undefined) {
      of(event.lookup.entity).lookups.push({ lookup: event.lookup, at: event.lookup.at, query: event.query, ...finals(event.lookup), by: whoRuns(event), ...(isUncalled(event, project) && { isUncalled: true }) });
    }
    if (event.kind === "rowsOrdered") of(event.query.entity).orderings.push({ query: event.query, at: event.at });
    if (event.kind === "rowWritten" && event.how === "save" && event.frames.length > 1) of(event.entity).saves.push({ at: event.at, isNew: event.isNew === true });
    if (event.kind === "rowWritten") {
      const share = of(event.entity);
      share.isUsed = true;
      if ((event.how === "delete" || event.how === "query-delete") && !event.keepsRow) share.deletes.push({ at: event.at, by: whoRuns(event), ...(isUpkeep(event) && { isUpkeep: true }), ...(isUncalled(event, project) && { isUncalled: true }) });
    }
    if (event.kind === "relationRead" && !event.loaded && event.relation.cardinality === "many") of(event.relation.owner).loaded.push({ path: event.relation.name, at: event.at, by: whoRuns(event) });
    const added = addedBy(event);
    if (added !== undefined) {
      of(added).inserts.push({ at: event.at, by: writesKnownRows(event, project) ? "nobody" : isRestricted(event, project) ? "administrators" : insertsForSure(event) && isRunByUse(event.entry) ? "anyone" : "unknown" });
      of(ANY_ENTITY).addsRows = true;
    }
    if (event.kind === "rowsTaken") of(event.query.entity).lists.push({ at: event.at, isKept: event.isKept });
    // Of whatever entity has relations with these names.
    if (event.kind === "loadsNamed") for (const path of event.paths) for (const each of partsOf(path)) of(ANY_ENTITY).loads.add(each);
    const query = queryOf(event);
    if (query) of(query.entity).isUsed = true;
    if (query && !seen.has(query.loads)) {
      // How much is loaded says the query as it is sent.
      const isSentLater = event.kind !== "queryRun" && [...query.loads.values()].every((load) => sent.has(placedLoad(load)));
      if (!isSentLater) seen.add(query.loads);
      for (const { entity, path, load, target } of loadedPaths(query, project)) {
        const share = of(entity);
        share.loads.add(path);
        if (!isSentLater) share.loaded.push({ path, at: load.at, load, by: whoRuns(event), ...(event.kind === "queryRun" && isWholeTable(query) && { isOfAll: true }), ...(isUncalled(event, project) && { isUncalled: true }) });
        if (target !== undefined) of(target).isUsed = true;
      }
    }
    // An order or a condition by an expression may be what an index on that expression is for.
    const byExpression = event.kind === "lookup" && event.lookup.annotated;
    if (query && (query.uncertain || query.order === "unknown" || byExpression || (event.kind === "queryEscapes" && opensQuery.has(event.to)))) of(query.entity).uncertain = true;
  }
  return new Map([...shares].map(([entity, share]) => [entity, { ...share, fingerprint: fingerprint(share) }]));
}

/** The entity that an event puts rows into, or may. */
function addedBy(event: DataAccessEvent): string | undefined {
  if (event.kind !== "rowsAdded" && (event.kind !== "rowWritten" || event.isNew)) return undefined;
  return insertsForSure(event) || (event.kind === "rowWritten" && event.mayInsert) ? event.entity : undefined;
}

/** Something that goes on by itself runs it, or people who use the application do: not commands, nor what nothing is seen to call. */
function isRunByUse(entry: EntryPoint): boolean {
  return entry !== "command" && entry !== "unknown";
}

/** Rows that the code names: the one of `upsert({ where: { id: 1 }, … })`, however often it comes by, those of a list that is written out. */
function writesKnownRows(event: DataAccessEvent, project: ProjectModel): boolean {
  if (event.kind !== "rowWritten") return false;
  if (event.isWrittenOut) return true;
  if (event.how !== "update_or_create" && event.how !== "get_or_create") return false;
  const fields = project.entity(event.entity)?.fields;
  return event.query?.lookups.some(({ path, lookup, constant, negated, disjunct }) => lookup === "exact" && constant !== undefined && constant !== null && !negated && !disjunct && path.length === 1 && (fields?.get(path[0])?.primaryKey === true || fields?.get(path[0])?.unique === true)) === true;
}

function insertsForSure(event: DataAccessEvent): boolean {
  return event.kind === "rowsAdded" || (event.kind === "rowWritten" && (INSERTS.has(event.how) || event.constructed !== undefined));
}

const INSERTS: ReadonlySet<WriteHow> = new Set(["create", "bulk_create", "get_or_create", "update_or_create"]);

/** `steps__ingredients__food` loads `steps`, `steps__ingredients`, `ingredients__food` and so on. */
function partsOf(path: string): readonly string[] {
  const hops = path.split("__");
  return hops.flatMap((_, start) => hops.slice(start).map((_, length) => hops.slice(start, start + length + 1).join("__")));
}

function nothing(): Collected {
  return { lookups: [], orderings: [], saves: [], inserts: [], lists: [], loads: new Set(), loaded: [], deletes: [], addsRows: false, isUsed: false, uncertain: false };
}

/** The queries that are sent with a condition, or go where more cannot be seen. */
function finalQueries(events: readonly DataAccessEvent[]): (lookup: Lookup) => Pick<LookupUse, "runs" | "reads" | "onlyDeletes"> {
  const finals = new Map<Lookup, { readonly runs: Set<Query>; readonly reads: Set<Query>; onlyDeletes: boolean }>();
  for (const event of events) {
    const query = event.kind === "queryRun" || event.kind === "queryEscapes" || event.kind === "rowWritten" ? event.query : undefined;
    const reads = event.kind === "queryRun" ? event.sends : event.kind === "queryEscapes" && (event.to === "response" || event.to === "subquery");
    for (const lookup of query?.lookups ?? []) {
      const known = finals.get(lookup) ?? { runs: new Set(), reads: new Set(), onlyDeletes: true };
      finals.set(lookup, known);
      known.runs.add(query!);
      if (reads) known.reads.add(query!);
      known.onlyDeletes &&= event.kind === "rowWritten" && event.how === "query-delete";
    }
  }
  return (lookup) => {
    const { runs = [], reads = [], onlyDeletes = false } = finals.get(lookup) ?? {};
    return { runs: [...runs], reads: [...reads], ...(onlyDeletes && { onlyDeletes }) };
  };
}

/** Code that nothing runs asks and deletes nothing: an old module, a method for whatever might be asked one day. */
function isUncalled({ frames: [root] }: DataAccessEvent, project: ProjectModel): boolean {
  return project.isUncalled(root.function?.key ?? `${root.uri}#`);
}

/** Every row, as far as it is seen: what belongs to them is every row of the other table as well. */
function isWholeTable({ lookups, uncertain, bound, atMostOne, parent }: Query): boolean {
  return lookups.length === 0 && !uncertain && bound.kind === "none" && !atMostOne && parent === undefined;
}

/** Who runs what an event tells of; what lies with the code for administrators is theirs. */
function whoRuns(event: DataAccessEvent): EntryPoint {
  return event.entry !== "command" && isForAdministrators(event) ? "admin" : event.entry;
}

function placedLoad({ path, at }: Load): string {
  return `${path} ${placeText(at)}`;
}

/** What a query loads with its rows, as seen from each entity on the way: `items__product` of an order is `product` of its items. */
function loadedPaths(query: Query, project: ProjectModel): readonly { readonly entity: string; readonly path: string; readonly load: Load; readonly target?: string }[] {
  const found: { readonly entity: string; readonly path: string; readonly load: Load; readonly target?: string }[] = [];
  for (const load of query.loads.values()) {
    const hops = load.path.split("__");
    let entity: string | undefined = query.entity;
    for (let i = 0; i < hops.length && entity !== undefined; i++) {
      const relation = project.relation(entity, hops[i]);
      if (!relation) break;
      for (const owner of new Set([entity, relation.owner])) found.push({ entity: owner, path: hops.slice(i).join("__"), load, ...(relation.target !== undefined && { target: relation.target }) });
      entity = relation.target;
    }
    // `Prefetch("items", queryset=Item.objects.select_related("product"))`
    if (load.query) for (const path of load.query.loads.keys()) found.push({ entity: query.entity, path: `${load.path}__${path}`, load });
  }
  return found;
}

function fingerprint(share: EntityUsage): string {
  return structuralFingerprint(
    share.uncertain,
    share.isUsed,
    share.lookups.map((each) => [condition(each.lookup), describe(each.query), each.runs.map(describe), each.reads.length, each.onlyDeletes, each.by, each.isUncalled]),
    share.loaded.map(({ path, load, by, isOfAll, isUncalled }) => [path, by, isOfAll, isUncalled, load && [load.by, load.perRow, load.query && describe(load.query)]]),
    share.deletes.map((each) => [each.by, each.isUpkeep, each.isUncalled]),
    share.orderings.map((each) => describe(each.query)),
    share.saves.map((each) => each.isNew),
    share.addsRows,
    share.lists.map(({ isKept }) => isKept),
    [...new Set(share.inserts.map(({ by }) => by))].sort(),
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
  const usage = nothing();
  const seen = new Set<string>();
  const isNew = (at: Location, kind: string): boolean => {
    const place = `${kind} ${placeText(at)}`;
    return !seen.has(place) && Boolean(seen.add(place));
  };
  const known = new Map<string, { readonly weight: number; readonly at: number }>();
  /** Of one place that several reach, whoever waits for it counts. */
  const add = <Use extends PlacedUse>(uses: Use[], each: Use, kind: string): void => {
    const place = `${kind} ${placeText(each.at)}`;
    const before = known.get(place);
    const weight = weightOf(each);
    if (before && before.weight >= weight) return;
    known.set(place, { weight, at: before?.at ?? uses.length });
    if (before) uses[before.at] = each;
    else uses.push(each);
  };
  for (const share of shares) {
    for (const each of share.lookups) add(usage.lookups, each, "lookup");
    for (const each of share.loaded) add(usage.loaded, each, `load ${each.path}`);
    for (const each of share.deletes) add(usage.deletes, each, "delete");
    for (const each of share.saves) if (isNew(each.at, each.isNew ? "insert" : "save")) usage.saves.push(each);
    for (const each of share.inserts) if (isNew(each.at, `added by ${each.by}`)) usage.inserts.push(each);
    for (const each of share.lists) if (isNew(each.at, `list ${each.isKept}`)) usage.lists.push(each);
    usage.addsRows ||= share.addsRows;
    for (const each of share.orderings) if (isNew(each.at, "ordering")) usage.orderings.push(each);
    for (const path of share.loads) usage.loads.add(path);
    usage.isUsed ||= share.isUsed;
    usage.uncertain ||= share.uncertain;
  }
  return usage;
}

type PlacedUse = { readonly at: Location; readonly by: EntryPoint; readonly isUncalled?: true; readonly isOfAll?: true; readonly isUpkeep?: true };

/** What people use every day counts more than what few do, or is done for all rows at once, and that more than what nothing calls. */
function weightOf({ by, isUncalled, isOfAll, isUpkeep }: PlacedUse): number {
  return isUncalled ? 0 : ASIDE.has(by) ? 1 : isOfAll || isUpkeep ? 2 : 3;
}

const ASIDE: ReadonlySet<EntryPoint> = new Set(["admin", "command"]);

function placeText({ uri, span }: Location): string {
  return `${uri} ${span.start} ${span.end}`;
}

/** The share after an edit of one file. Places inside the edit are kept as they were: that file is about to be checked again. */
export function shiftUsage(share: UsageShare, uri: string, change: TextChange): UsageShare {
  const move = <T extends { readonly at: Location }>(each: T): T => {
    const at = shiftLocation(each.at, uri, change);
    return at && at !== each.at ? { ...each, at } : each;
  };
  return { ...share, lookups: share.lookups.map(move), loaded: share.loaded.map(move), deletes: share.deletes.map(move), orderings: share.orderings.map(move), saves: share.saves.map(move), inserts: share.inserts.map(move), lists: share.lists.map(move) };
}
