import type { Entity, EntityUsage, EntryPoint, Location, Lookup, ProjectModel, Query, Relation } from "#engine";
import { keyColumns } from "./foreign-keys";
import { isFewForEach } from "./growth";
import { isNarrowedByIndex, isSharedByIndex } from "./indexes";
import { isSmall } from "./queries";

/** What the project does that an index on a foreign key would help, by who runs it. */
export interface KeyEvidence {
  /** Searches by the key that no other index answers. */
  readonly searches: readonly Use[];
  /** Relations that are loaded or read from the other table. */
  readonly loads: readonly Use[];
  /** Rows of the other table are deleted, or go along when others are. */
  readonly deletes: readonly Use[];
  /** There are searches by the key, and another index answers each of them. */
  readonly isServedOtherwise: boolean;
}

export interface Use {
  readonly at: Location;
  readonly by: EntryPoint;
  /** Not everything of the query is known, the key is one of several ways to find the rows, all rows are wanted anyway, or nothing calls it. */
  readonly isDoubtful?: boolean;
  /** Done when a user or a customer leaves, or to keep the house. */
  readonly isRare?: boolean;
  /** What is read of the table where that is not all: rows until enough are found, or the share that another condition leaves through an index. */
  readonly reads?: "until-found" | "share";
  /** The table is read for each row of the other one. */
  readonly perRow?: boolean;
}

/** Run by the application as people use it every day: not by hand, not from pages of administrators. */
export function isOfApplication({ by, isDoubtful, isRare }: Use): boolean {
  return by !== "admin" && by !== "command" && !isDoubtful && !isRare;
}

/** Gathers what is done with the key `column` of a relation of `entity`. */
export function evidenceFor(entity: Entity, relation: Relation, column: string, target: Entity, usage: (entity: string) => EntityUsage, project: ProjectModel): KeyEvidence {
  const compared = usage(entity.key).lookups.filter(({ lookup }) => lookup.field === column && (lookup.lookup === "exact" || lookup.lookup === "in") && lookup.transforms.length === 0 && !lookup.annotated);
  // `parentId: null`, `NOT`: most rows may meet it.
  const searches = compared.filter(({ lookup }) => !lookup.negated && lookup.constant !== null).flatMap(({ lookup, at, query, runs, onlyDeletes, by, isUncalled }): readonly Use[] => {
    const bare = (runs.length > 0 ? runs : [query]).filter((each) => !isNarrowedByIndex(each, project, lookup) && !isPickedByParent(each, entity, column));
    if (bare.length === 0) return [];
    const isShared = bare.every((each) => isSharedByIndex(each, project));
    const isDoubtful = isUncalled || isShared || lookup.disjunct || lookup.optional || bare.every((each) => isReachedByOther(each, lookup)) || bare.every((each) => each.uncertain || each.combined || hasCloserKey(each, entity, column, isAccount(target), project));
    const reads = isShared ? "share" : bare.every(stopsEarly) ? "until-found" : undefined;
    return [{ at, by, ...(reads && { reads }), ...(isDoubtful && { isDoubtful }), ...(onlyDeletes && isAccount(target) && { isRare: true }) }];
  });
  const loads = relation.inverse === undefined ? [] : usage(target.key).loaded.flatMap(({ path, at, load, by, isOfAll, isUncalled }): readonly Use[] =>
    (path !== relation.inverse || (load?.query && isNarrowedByIndex(load.query, project, undefined, column)) ? [] : [{ at, by, ...(load?.perRow && { perRow: true }), ...((isOfAll || isUncalled) && { isDoubtful: true }) }]));
  return { searches, loads, deletes: deletesOf(target, usage, project), isServedOtherwise: compared.length > 0 && searches.length === 0 };
}

/** `JobQueue` of some states whose campaign has a name, submissions of an exercise joined with their members: the rows are reached from the others, by their own key. */
function isReachedByOther({ lookups, entity: own }: Query, lookup: Lookup): boolean {
  const isJoined = lookup.path.length > 1 || (lookup.entity !== undefined && lookup.entity !== own);
  return isJoined && lookups.some(({ path, entity, negated, disjunct, optional }) => path.length === 1 && (entity === undefined || entity === own) && !negated && !disjunct && !optional);
}

/**
 * `{ authorId: { in }, book: { publisherId } }`: the rows of a few books, which an index that begins with the book's key gives. Where none begins with `publisherId`, that is said of the
 * books.
 */
function isPickedByParent({ lookups }: Query, entity: Entity, column: string): boolean {
  return lookups.some(({ path, lookup, field, negated, disjunct, optional, constant, transforms, entity: far }) => {
    const relation = path.length === 2 ? entity.relations.get(path[0]) : undefined;
    if (!relation || relation.owner !== entity.key || relation.cardinality !== "one" || relation.target !== far || negated || disjunct || optional || transforms.length > 0 || field === undefined) return false;
    const [key] = keyColumns(relation, entity);
    return lookup === "exact" && constant === undefined && /(^|_)id$|I[dD]$/.test(field) && key !== undefined && key !== column && entity.indexes.some(({ columns, partial }) => !partial && columns[0]?.field === key);
  });
}

/** Takes a few rows in whatever order they come. */
function stopsEarly({ bound, atMostOne, order }: Query): boolean {
  return (atMostOne || bound.kind !== "none") && (order === "none" || order.length === 0);
}

/**
 * Where rows of a table are deleted: by code, or because rows that they belong to are. Users and what the application is set up for are seldom deleted, and few of them go along with
 * others; of anything else that goes along there are many at once.
 */
function deletesOf(entity: Entity, usage: (entity: string) => EntityUsage, project: ProjectModel, seen = new Set<string>(), areFew = true): readonly Use[] {
  if (seen.has(entity.key)) return [];
  seen.add(entity.key);
  const owners = [...entity.relations.values()].flatMap(({ owner, target, onDelete }) => (owner === entity.key && onDelete === "cascade" && target !== undefined ? (project.entity(target) ?? []) : []));
  const isSeldom = isAccount(entity) || isSetUpOnce(entity);
  return [
    ...usage(entity.key).deletes.map(({ at, by, isUpkeep, isUncalled }): Use => ({ at, by, ...(((areFew && isSeldom) || isUpkeep) && { isRare: true }), ...(isUncalled && { isDoubtful: true }) })),
    ...owners.flatMap((each) => deletesOf(each, usage, project, seen, areFew && (isSeldom || isFewForEach(entity)))),
  ];
}

/** What everything of a customer stands in. */
function isSetUpOnce({ name }: Entity): boolean {
  return /^(Project|Space|Store|Shop)(Entity|Model|Table)?s?$/i.test(name);
}

/** Those whom the application is for, and programs that sign in for them. */
function isAccount({ name }: Entity): boolean {
  return /^(App_?)?(User|Team|Organi[sz]ation|Workspace|Tenant|Company|OAuth_?(Client|App|Application))(Entity|Model|Table)?s?$/i.test(name);
}

/**
 * The query also compares a key whose index is the one to have: that of something that one account has many of, or of two alike the one that is declared first. One search wants one
 * index.
 */
function hasCloserKey(query: Query, entity: Entity, column: string, isAccounts: boolean, project: ProjectModel): boolean {
  const keys = new Map([...entity.relations.values()].flatMap((relation) => keyColumns(relation, entity).slice(0, 1).map((name) => [name, relation.target] as const)));
  const inOrder = [...keys.keys()];
  return query.lookups.some(({ lookup, field, path, negated, disjunct, constant }) => {
    if ((lookup !== "exact" && lookup !== "in") || negated || disjunct || constant !== undefined || path.length !== 1 || field === undefined || field === column || !keys.has(field)) return false;
    const key = keys.get(field);
    const target = key === undefined ? undefined : project.entity(key);
    if (!target || isSmall(target)) return false;
    return isAccount(target) === isAccounts ? inOrder.indexOf(field) < inOrder.indexOf(column) : isAccounts;
  });
}
