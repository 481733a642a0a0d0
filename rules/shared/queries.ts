import type { DataAccessEvent, Entity, EntryPoint, Field, Location, Lookup, ProjectModel, Query, QueryEscapes, QueryRun } from "#engine";
import { isLowCardinality, tableOf } from "./indexes";

/** What happens to one query object: it is run, or it leaves what can be seen. */
export type QueryUse = QueryRun | QueryEscapes;

/** Tables that stay small whatever the application does, by the name of their class: reference data, settings, kinds. */
const smallByName =
  /(^|[a-z])(Country|Continent|Currency|Language|Locale|TimeZone|Timezone|Region|Province|Settings?|Config|Configuration|Preferences?|Site|Role|Permission|Group|Plan|License|Licence|Unit|Category|Type|Kind|Theme|Feature|Flag|Switch)$/;

/** The entity of a query, when its table may grow; undefined for small tables and for what is not a table of its own. */
export function growingEntity(query: Query, project: ProjectModel): Entity | undefined {
  const entity = tableOf(query.entity, project);
  if (!entity || entity.abstract || isSmall(entity)) return undefined;
  return entity;
}

/**
 * The entity of a table that certainly grows with the number of users: theirs, and what belongs to one of them. Who made or changed a row
 * (`created_by`) says nothing of how many there are: reference data has such columns as well.
 */
export function growsWithUsers(key: string, project: ProjectModel): Entity | undefined {
  const entity = tableOf(key, project);
  if (!entity || entity.abstract || isSmall(entity) || isOrderedByHand(entity)) return undefined;
  if (isUser(entity)) return entity;
  for (const relation of entity.relations.values()) {
    const target = relation.column !== undefined && relation.target !== undefined ? project.entity(relation.target) : undefined;
    if (target && isUser(target) && !relation.nullable && !madeBy.test(relation.name)) return entity;
  }
  return undefined;
}

/** Django's users have both columns (`AbstractBaseUser`). */
function isUser(entity: Entity): boolean {
  return entity.fields.has("password") && entity.fields.has("last_login");
}

const madeBy = /_by$|^(creator|author|editor|reviewer|modifier|uploader|approver|assignee|manager|admin|owner)$/;

/** Known or named to stay small, or kept small by a unique column with few choices. */
export function isSmall(entity: Entity): boolean {
  if (entity.small || smallByName.test(className(entity.name))) return true;
  for (const field of entity.fields.values()) if (field.unique && !field.primaryKey && field.hasChoices) return true;
  return false;
}

/** Tables are called in many ways: `user_roles`, `userRoles` and `UserRole` are one. */
function className(name: string): string {
  const words = name.replace(/(Table|Model|Entity|Schema)$/, "").split("_").map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
  return words.replace(/ies$/, "y").replace(/([^s])s$/, "$1");
}

/**
 * Whether the conditions in `lookups` are all there are on some way through the code:
 * `if author: books = books.filter(author=author)` leaves a way without the condition, `if`/`else` with a filter in both does not.
 */
export function hasBareBranch(query: Query): boolean {
  if (!query.joined) return true;
  const from = query.from;
  if (!from) return false;
  const added = query.origin.steps.length - from.origin.steps.length;
  // The state before the `if` is itself one of the branches.
  if (added === 0) return hasBareBranch(from);
  if (!from.joined) return false;
  const last = query.origin.steps[query.origin.steps.length - 1];
  const filters = last !== undefined && (filterSteps.test(last.name) || last.custom);
  return !(filters && query.lookups.length === from.lookups.length) && hasBareBranch(from);
}

/** The rows of one owner are fewer than a table's: `order.items.all()`, `where: { orderId }`. */
export function isOfOneOwner(query: Query, project: ProjectModel): boolean {
  if (query.parent) return true;
  const entity = tableOf(query.entity, project);
  if (!entity) return false;
  const keys = new Set([...entity.relations.values()].flatMap((relation) => (relation.owner === entity.key && relation.cardinality === "one" ? [relation.name, ...(relation.column === undefined ? [] : [relation.column])] : [])));
  return query.lookups.some(({ lookup, path, negated, disjunct, field, constant }) => lookup === "exact" && !negated && !disjunct && constant !== null && path.length === 1 && field !== undefined && keys.has(field));
}

/** Steps of a chain that put a condition on the query, whatever the ORM. */
const filterSteps = /^(filter|exclude|(and|or|set)?where\w*|having\w*)$/i;

/** Whether all or most rows of the table come: no limit, and only conditions that most rows of a growing table can meet. */
export function readsWholeTable(query: Query, project: ProjectModel): boolean {
  if (query.bound.kind !== "none" || query.atMostOne || query.grouped || query.combined || query.uncertain || query.parent) return false;
  // Different values of a column are few, rows are many.
  if (query.distinctOn || (query.distinct && query.shape !== "instances")) return false;
  const entity = tableOf(query.entity, project);
  if (!entity || isOrderedByHand(entity) || isSortedByHand(query, entity)) return false;
  return hasBareBranch(query) && query.lookups.every((lookup) => keepsManyRows(lookup, project));
}

/** `ordering = ["display_order"]`: somebody puts the rows in order one by one, so they are few. */
export function isOrderedByHand(entity: Entity): boolean {
  return entity.ordering.some((term) => {
    const field = entity.fields.get(term.replace(/^-/, ""));
    return field !== undefined && isPlace(field);
  });
}

/** The query itself puts the rows in the order that somebody gave them one by one. */
function isSortedByHand({ order }: Query, entity: Entity): boolean {
  const first = Array.isArray(order) ? order[0] : undefined;
  const field = first?.path.length === 1 ? entity.fields.get(first.path[0]) : undefined;
  return field !== undefined && isPlace(field);
}

function isPlace({ type, holds, name }: Field): boolean {
  const isInteger = holds === undefined ? /Integer/.test(type) : holds === "integer" || holds === "small-integer";
  return isInteger && /(^|_)(order|position|rank|weight|sequence|ordering|sort_?key|priority)$/i.test(name.replace(/([a-z0-9])([A-Z])/g, "$1_$2"));
}

/** `is_active=True`, `status="open"`, `exclude(…)`, `published__isnull=False`: a share of the table that grows with it. */
function keepsManyRows(lookup: Lookup, project: ProjectModel): boolean {
  if (lookup.annotated) return false;
  const field = fieldOf(lookup, project);
  const onRelation = !field || isRelationName(lookup, project);
  // `id NOT IN (SELECT …)` may leave any share of the table.
  if (lookup.negated && lookup.lookup === "in" && lookup.from) return false;
  if (!lookup.negated && lookup.lookup === "exact" && field && isSetByHand(field.name)) return false;
  if (lookup.negated) return lookup.lookup === "exact" || lookup.lookup === "in" || lookup.lookup === "isnull";
  if (lookup.lookup === "isnull" || lookup.constant === null) {
    // `parent=None` picks the roots of a tree: few.
    return lookup.lookup === "isnull" && lookup.constant === false ? true : !onRelation;
  }
  if (onRelation || lookup.transforms.length > 0) return false;
  return (lookup.lookup === "exact" || lookup.lookup === "in") && isLowCardinality(field);
}

/** Somebody picks these rows one by one: administrators, what is featured, a catalogue's own entries. */
function isSetByHand(field: string): boolean {
  return /^(is_?)?(admin|super_?admin|staff|super_?user|featured|verified|official|curated|pinned|default|built_?in|system|trusted)$/i.test(field);
}

function isRelationName(lookup: Lookup, project: ProjectModel): boolean {
  const { entity, field } = lookup;
  const relations = entity === undefined || field === undefined ? undefined : project.entity(entity)?.relations;
  // `@Column() authorId` beside the relation `author`.
  return relations !== undefined && (relations.has(field!) || [...relations.values()].some((relation) => relation.column === field && !relation.form.startsWith("reverse")));
}

/** The column that a condition compares. */
export function fieldOf(lookup: Lookup, project: ProjectModel): Field | undefined {
  if (lookup.entity === undefined || lookup.field === undefined) return undefined;
  const entity = project.entity(lookup.entity);
  return entity?.fields.get(lookup.field) ?? [...(entity?.fields.values() ?? [])].find((field) => field.column === lookup.field);
}

const queryMethods: ReadonlySet<string> = new Set([
  "all", "filter", "exclude", "complex_filter", "order_by", "reverse", "distinct", "values", "values_list", "dates", "datetimes", "none",
  "select_related", "prefetch_related", "only", "defer", "using", "annotate", "alias", "extra", "union", "intersection", "difference", "get_queryset",
]);

/** What query builders call the same things. */
const builderMethods = /^((find|get|select|aggregate)\w*|query|from|createQueryBuilder|((and|or|set)?[wW]here|having|orderBy|groupBy|\w*[jJ]oin)\w*|limit|offset|take|skip|with|\$dynamic|clone)$/;

/** The value is a query of the framework and no look-alike of a third-party manager (search results, trees): its `count` and `exists` do what they say. */
export function isSurelyQuery(query: Query): boolean {
  if (query.origin.kind === "opaque") return false;
  return !query.uncertain || query.origin.steps.every((step) => step.custom || queryMethods.has(step.name) || builderMethods.test(step.name));
}

/** Picked by a list of keys that the code has in hand: no more rows than these come, however the table grows. */
export function isBoundByKeys(query: Query, entity: Entity): boolean {
  const picked = new Set(query.lookups.flatMap(({ lookup, field, entity: owner, negated, disjunct, transforms }) => ((lookup === "exact" || lookup === "in") && !negated && !disjunct && transforms.length === 0 && owner === entity.key && field !== undefined ? [field] : [])));
  const isPicked = (name: string | undefined): boolean => name !== undefined && picked.has(name);
  return [...entity.fields.values()].some((field) => (field.primaryKey || field.unique) && isPicked(field.name)) || entity.indexes.some((index) => index.unique && !index.partial && index.columns.length > 0 && index.columns.every((column) => isPicked(column.field)));
}

/** The rows hang on a row of unknown origin, whose relations somebody may have prefetched: `len(self.items.all())`. */
export function mayBePrefetched(query: Query): boolean {
  const { parent } = query;
  if (!parent || query.lookups.length > 0 || query.origin.steps.some((step) => step.name !== "all")) return false;
  const source = parent.row.query;
  if (!source) return true;
  if (source.uncertain) return true;
  const path = parent.row.path === "" ? parent.relation.name : `${parent.row.path}__${parent.relation.name}`;
  for (const load of source.loads.keys()) if (load === "*" || load === path || load.startsWith(`${path}__`)) return true;
  return false;
}

/** The other things that happen to the query object of a run. */
export function otherUses(run: QueryRun, uses: readonly QueryUse[]): readonly QueryUse[] {
  // What a known template does with the rows of its context is among the uses itself.
  const isRendered = uses.some((use) => use.kind === "queryEscapes" && use.rendered);
  return uses.filter((use) => !(isRendered && use.kind === "queryEscapes" && (use.to === "container" || use.to === "response")) && !(use === run || (use.kind === "queryRun" && use.how === run.how && isSamePlace(use.at, run.at))));
}

/** Whether a use makes no rows: a count or a test that the database answers. */
export function needsNoRows(use: QueryUse): boolean {
  return use.kind === "queryRun" && (use.how === "count" || use.how === "exists" || use.how === "aggregate");
}

/** Whether some later slice or index of this very object would have used the rows it holds: `qs[:5]` after `if qs`. */
export function isSlicedElsewhere(query: Query, events: readonly DataAccessEvent[]): boolean {
  return events.some((event) => "query" in event && event.query?.from?.id === query.id && event.query.bound.kind !== "none" && query.bound.kind === "none");
}

export function isSamePlace(a: Location, b: Location): boolean {
  return a.uri === b.uri && a.span.start === b.span.start && a.span.end === b.span.end;
}

/** The loops around an event that do not walk the rows of this query: they decide how often the query would be sent. */
export function roundsAround(event: DataAccessEvent, query: Query): number {
  return event.loops.filter((loop) => loop.query?.id !== query.id).length;
}

/** A request waits for it: code that requests reach by itself, and the helpers in a module of views. What other helpers load is for their callers to say. */
export function isOnRequestPath(event: DataAccessEvent, project: ProjectModel): boolean {
  const root = event.frames[0].function;
  // Rows that a helper loads by itself are loaded, whatever its callers do with them.
  if (event.kind === "queryRun" && event.how === "list" && event.frames.length === 1 && event.entry === "request" && root !== undefined && project.routesOf(root.key).length > 0) return true;
  if (isInViews(event)) return event.entry === "request" || event.entry === "unknown";
  return event.entry === "request" && (root === undefined || project.isEntryPoint(root.key));
}

function isInViews(event: DataAccessEvent): boolean {
  return /\/(views|viewsets)(\/|\.py$)|_views?\.py$/.test(event.frames[0].uri);
}

const purposes = /autocomplete|typeahead|choices|export|download|dump|csv|xlsx?|stream|sitemap|backup|(?<![a-z])cron(?![a-z])/i;

/** Code that nobody may be waiting for: what it costs is a matter of tasks, commands and administrators. */
const NOT_WAITED_FOR: ReadonlySet<EntryPoint> = new Set(["task", "command", "admin", "test", "migration"]);

/** Whether a response, or whoever is connected, may wait for the code. */
export function mayBeWaitedFor(entry: EntryPoint): boolean {
  return !NOT_WAITED_FOR.has(entry);
}

/** The function or its file says that everything is wanted: exports, choices of a select, autocompletion. */
export function wantsEveryRow(event: DataAccessEvent): boolean {
  return event.frames.some(({ function: fn, uri }) => {
    // What a clock calls (`app/api/cron/domains/route.ts`) looks at all rows on purpose.
    if (/\/crons?\//i.test(uri)) return true;
    const file = uri.slice(uri.lastIndexOf("/") + 1);
    return purposes.test(file) || /\/cron(s|jobs)?\//.test(uri) || (fn !== undefined && (purposes.test(fn.declaration.name) || purposes.test(fn.owner?.declaration.name ?? "")));
  });
}

/** The place where a query begins, when that is another place than `at`: for a related location. */
export function originNote(query: Query, at: Location): readonly { readonly at: Location; readonly message: string }[] {
  const { uri, expression } = query.origin.root;
  const begin: Location = { uri, span: { start: expression.start, end: expression.end } };
  const inside = uri === at.uri && at.span.start <= begin.span.start && begin.span.end <= at.span.end;
  return inside || query.origin.kind === "opaque" ? [] : [{ at: begin, message: "the query begins here" }];
}

/** Definite proposals only. */
export function offered<T>(...proposals: readonly (T | undefined)[]): readonly T[] {
  return proposals.filter((proposal): proposal is T => proposal !== undefined);
}
