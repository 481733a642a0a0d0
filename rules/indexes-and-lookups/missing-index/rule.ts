import { contains, defineRule, type BodyDone, type DataAccessEvent, type Entity, type EntityUsage, type Field, type FixProposal, type IndexColumn, type Location, type Lookup, type LookupUse, type OrderTerm, type ProjectModel, type Query, type QueryRewriter, type Relation } from "#engine";
import { isBareKey } from "../../shared/foreign-keys";
import { indexAdvice, indexesOn, inWords, isBoolean, isKeyLike, isLeadingColumn, isLowCardinality, isNarrowedByIndex, isSortable, isTime, searchedTable, tableOf, hasUnseenIndexes } from "../../shared/indexes";
import { fieldOf, growsWithUsers, isOrderedByHand, isSmall, mayBeWaitedFor, offered } from "../../shared/queries";

/** The index that one query wants. */
interface Shape {
  readonly entity: Entity;
  readonly columns: readonly { readonly field: Field; readonly descending: boolean }[];
  /** Reads a range or sorts after the equalities. */
  readonly wish: "find" | "sort";
  readonly at: Location;
  readonly query: Query;
  /** The columns whose equality it is about, where several places may ask the same. */
  readonly keys?: readonly string[];
  /** Known by rule of thumb only: a range may well hold most rows. */
  readonly isGuess: boolean;
}

const mostColumns = 3;
/** So many other places are named. */
const mostPlaces = 3;

/** A filter or a sort of a request that no index serves: the whole table is read each time. */
export default defineRule({
  id: "missing-index",
  summary: "A filter or sort that no index serves",
  impact: "medium",
  frameworks: ["django", "prisma", "typeorm", "sequelize", "drizzle", "mikroorm", "knex", "kysely"],
  outsideRequests: false,
  messages: {
    unindexedFilter: {
      what: "no index serves this search of `{entity}` by {columns}",
      why: "each of these queries reads all rows of the table",
      instead: "add {index} to `{entity}`{how}",
    },
    unindexedSort: {
      what: "no index gives `{entity}` rows in the order of {columns}",
      why: "each of these queries sorts all rows of the table to send a few",
      instead: "add {index} to `{entity}`{how}",
    },
    unindexedOrdering: {
      what: "`{entity}` is ordered by {columns} by default, which no index serves",
      why: "every query of it that says no order of its own sorts the rows it finds",
      instead: "add {index}{how}, or order only where it matters",
    },
    unindexedGenericKey: {
      what: "the generic key `{relation}` of `{entity}` has no index on {columns} together",
      why: "finding what belongs to one object reads all rows of its content type",
      instead: "add {index}{how}",
    },
  },
  check: {
    // What counts is the query as it is run in the end, so the function is looked at as a whole.
    bodyDone(body, { project, usage, rewriter, vocabulary, report }) {
      const isAdmin = body.entry === "admin";
      if (!mayBeWaitedFor(body.entry) && !isAdmin) return;
      const events = isAdmin ? body.events.filter((event) => isAdminList(event, project)) : body.events;
      const shapes = events.flatMap((event) => shapesOf(event, body, project));
      const places = new Map(shapes.map((shape) => [shape, otherPlaces(shape, usage, project)]));
      for (const shape of widest(shapes.filter((each) => places.get(each) !== "elsewhere"))) {
        const { entity, query } = shape;
        const others = places.get(shape) as readonly Location[];
        const columns: readonly IndexColumn[] = shape.columns.map(({ field, descending }) => ({ field: field.name, descending }));
        const names = columns.map((column) => `${column.descending ? "-" : ""}${column.field}`);
        const isDefault = query.order === "default" && shape.wish === "sort" && shape.at === entity.orderingAt;
        const title = `Add an index on ${inWords(names)}`;
        report(isDefault ? "unindexedOrdering" : shape.wish === "sort" ? "unindexedSort" : "unindexedFilter", {
          at: shape.at,
          values: { entity: entity.name, columns: inWords(shape.columns.map(({ field }) => field.name)), ...indexAdvice(entity, names, vocabulary(query.orm)) },
          related: [...shape.columns.flatMap(({ field }) => (field.declaredAt ? [{ at: field.declaredAt, message: `\`${field.name}\` is declared here` }] : [])), ...others.map((at) => ({ at, message: "the same search" }))],
          fixes: withMigration(rewriter(query.orm), entity, columns, title, project),
          hint: "no index",
          basis: shape.isGuess || query.joined ? "inferred" : query.basis,
        });
      }
    },
    entity(entity, { project, usage, rewriter, vocabulary, report }) {
      if (!isOurTable(entity)) return;
      // No list of it was seen that is cut: the order may only sort few rows.
      const byTime = timeOrdering(entity, project);
      if (byTime && entity.orderingAt && isInside(entity.orderingAt, entity)) {
        report("unindexedOrdering", {
          at: entity.orderingAt,
          values: { entity: entity.name, columns: inWords([byTime.name]), ...indexAdvice(entity, [byTime.name], vocabulary(entity.framework)) },
          related: byTime.declaredAt ? [{ at: byTime.declaredAt, message: `\`${byTime.name}\` is declared here` }] : [],
          fixes: withMigration(rewriter(entity.framework), entity, [{ field: byTime.name, descending: false }], `Add an index on ${inWords([byTime.name])}`, project),
          hint: "no index",
          lower: 1,
        });
      }
      for (const relation of entity.relations.values()) {
        if (relation.form !== "generic-foreign-key" || relation.owner !== entity.key || !relation.declaredAt) continue;
        if (!isInside(relation.declaredAt, entity)) continue;
        const [type, id] = genericColumns(entity, relation);
        const typeField = entity.fields.get(type);
        const idField = entity.fields.get(id);
        if (!typeField || !idField || isGenericKeyServed(entity, typeField, idField, project)) continue;
        const isSearched = [...project.entities.values()].some((other) => [...other.relations.values()].some((each) => each.form === "generic-relation" && each.target === entity.key))
          || usage(entity.key).lookups.some(({ lookup }) => lookup.path.length === 1 && lookup.field === id);
        const columns = [type, id].map((field) => ({ field, descending: false }));
        report("unindexedGenericKey", {
          at: relation.declaredAt,
          values: { entity: entity.name, relation: relation.name, columns: inWords([type, id]), ...indexAdvice(entity, [type, id], vocabulary(entity.framework)) },
          related: idField.declaredAt ? [{ at: idField.declaredAt, message: `\`${id}\` is declared here` }] : [],
          fixes: withMigration(rewriter(entity.framework), entity, columns, `Add an index on ${inWords([type, id])}`, project),
          hint: "no index",
          // Followed from the row to its object only, the key is never searched for.
          lower: isSearched ? 0 : 1,
        });
      }
    },
  },
});

/** What the options of an admin's list ask for each time it is opened, of a table that certainly grows. What else only administrators do is no reason for an index. */
function isAdminList(event: DataAccessEvent, project: ProjectModel): boolean {
  return event.kind === "queryEscapes" && event.query.origin.listing?.by === "admin" && growsWithUsers(event.query.entity, project) !== undefined;
}

/** The index alone, for `makemigrations` to build, and with a migration that takes no lock. */
function withMigration(rewriter: QueryRewriter, entity: Entity, columns: readonly IndexColumn[], title: string, project: ProjectModel): readonly FixProposal[] {
  return offered(rewriter.addIndex(entity, { columns }, title, project), rewriter.addIndexConcurrently(entity, { columns }, title, project));
}

/** A table that the user's own code declares whole, and that grows. */
function isOurTable(entity: Entity): boolean {
  return entity.declaredAt !== undefined && !entity.abstract && entity.managed && !entity.incomplete && entity.proxyOf === undefined && !isSmall(entity) && !isOrderedByHand(entity) && !hasUnseenIndexes(entity);
}

/** One finding per place and per wish: the longest of the shapes that start alike. */
function widest(shapes: readonly Shape[]): readonly Shape[] {
  const kept: Shape[] = [];
  for (const shape of [...shapes].sort((a, b) => b.columns.length - a.columns.length)) {
    if (!kept.some((other) => other.entity.key === shape.entity.key && shape.columns.every((column, i) => column.field.name === other.columns[i].field.name))) kept.push(shape);
  }
  return kept;
}

function shapesOf(event: DataAccessEvent, body: BodyDone, project: ProjectModel): readonly Shape[] {
  if (event.kind !== "queryRun" && event.kind !== "queryEscapes") return [];
  if (event.kind === "queryRun" ? !event.sends : event.to !== "response" && event.to !== "subquery") return [];
  const { query } = event;
  const search = searchOf(query, project);
  if (!search) return [];
  const { entity, equal, own, keys } = search;
  if (keys.length > 0) return isOurTable(entity) ? [keyShape(entity, keys, event, query, project)].filter((shape) => shape !== undefined) : [];
  const alternatives = alternativeShapes(query, entity, project);
  if (alternatives.length > 0) return alternatives;
  const far = farShapes(equal, query, project);
  if (far.length > 0) return far;
  return isOurTable(entity) ? sortedShapes(entity, own, event, body, project) : [];
}

/** What a query compares that no index answers so far: its table, all equalities, those of the table's own columns, and of these up to two that pick rows. */
function searchOf(query: Query, project: ProjectModel) {
  // A method of a manager or queryset, looked at for itself, does not know what its callers add.
  if (query.uncertain || query.combined || query.origin.kind === "opaque" || isNarrowedByIndex(query, project)) return undefined;
  const entity = searchedTable(query.entity, project);
  // A condition on a column that an index starts with: that index is used already.
  if (!entity || query.lookups.some((lookup) => isServed(lookup, project))) return undefined;
  const equal = query.lookups.filter((lookup) => isEquality(lookup));
  const own = equal.filter((lookup) => lookup.path.length === 1 && isOwn(lookup, entity, project));
  // A foreign key that nothing indexes: missing-foreign-key-index says so once, where it is declared.
  if (own.some((lookup) => isBareKey(fieldOf(lookup, project)!, entity, project))) return undefined;
  return { entity, equal, own, keys: distinctFields(own.filter((lookup) => isLookedUpByKey(lookup, project)), project).slice(0, 2) };
}

/** The columns whose equality decides what a query reads of a table, if no index serves it: `["apiKey", "status"]`. */
function keysOf(query: Query, table: Entity, project: ProjectModel): readonly string[] {
  const search = searchOf(query, project);
  if (!search) return [];
  const { entity, equal, keys } = search;
  if (keys.length > 0) return entity.key === table.key ? keys.map(({ field }) => field.name) : [];
  const [far] = alternativeShapes(query, entity, project).length > 0 ? [] : farShapes(equal, query, project);
  return far?.entity.key === table.key ? far.columns.map(({ field }) => field.name) : [];
}

/** Other places that search the same columns; "elsewhere" where one of them speaks for all: one index, one finding. */
function otherPlaces({ entity, keys, at }: Shape, usage: (entity: string) => EntityUsage, project: ProjectModel): readonly Location[] | "elsewhere" {
  if (!keys) return [];
  const wanted = (use: LookupUse): readonly string[] => use.reads.map((query) => keysOf(query, entity, project)).find((names) => names[0] === use.lookup.field && keys.every((name, i) => name === names[i])) ?? [];
  const uses = usage(entity.key).lookups.filter(({ by, lookup }) => lookup.field === keys[0] && (mayBeWaitedFor(by) || by === "admin")).map((use) => ({ at: use.at, width: wanted(use).length, isAside: !mayBeWaitedFor(use.by) }))
    .filter(({ width }) => width > 0)
    .sort((a, b) => b.width - a.width || Number(a.isAside) - Number(b.isAside) || comparePlaces(a.at, b.at));
  const here = uses.findIndex((use) => comparePlaces(use.at, at) === 0);
  if (here > 0) return "elsewhere";
  return here < 0 ? [] : uses.slice(1, 1 + mostPlaces).map((use) => use.at);
}

function comparePlaces(a: Location, b: Location): number {
  return a.uri < b.uri ? -1 : a.uri > b.uri ? 1 : a.span.start - b.span.start || a.span.end - b.span.end;
}

function isEquality(lookup: Lookup): boolean {
  return (lookup.lookup === "exact" || lookup.lookup === "in") && !lookup.negated && !lookup.disjunct && !lookup.annotated && lookup.transforms.length === 0;
}

/** The column stands in the entity's own table, not in a multi-table parent's. */
function isOwn(lookup: Lookup, entity: Entity, project: ProjectModel): boolean {
  const field = fieldOf(lookup, project);
  return field !== undefined && tableOf(field.entity, project)?.key === entity.key && !entity.relations.has(field.name);
}

function isServed(lookup: Lookup, project: ProjectModel): boolean {
  if (lookup.negated || lookup.disjunct || lookup.annotated || lookup.transforms.length > 0 || lookup.entity === undefined) return false;
  if (!["exact", "in", "gt", "gte", "lt", "lte", "range"].includes(lookup.lookup)) return false;
  const entity = project.entity(lookup.entity);
  const field = fieldOf(lookup, project);
  return entity !== undefined && field !== undefined && !isBoolean(field) && isLeadingColumn(entity, field, project);
}

/** Compared with something that is not a constant of the code: `api_key=request.POST["key"]`, not `backend="github"`. */
function isLookedUpByKey(lookup: Lookup, project: ProjectModel): boolean {
  const field = fieldOf(lookup, project);
  return field !== undefined && lookup.constant === undefined && (isKeyLike(field) || (isTime(field) && lookup.lookup === "exact"));
}

function distinctFields(lookups: readonly Lookup[], project: ProjectModel): readonly { readonly field: Field; readonly at: Location }[] {
  const found = new Map<string, { readonly field: Field; readonly at: Location }>();
  for (const lookup of lookups) {
    const field = fieldOf(lookup, project);
    if (field && !found.has(field.name)) found.set(field.name, { field, at: lookup.at });
  }
  return [...found.values()];
}

/** `get(api_key=…)`, `filter(thread_id=…).order_by("-created")`. */
function keyShape(entity: Entity, keys: readonly { readonly field: Field; readonly at: Location }[], event: DataAccessEvent, query: Query, project: ProjectModel): Shape | undefined {
  const columns = keys.map(({ field }) => ({ field, descending: false }));
  const sort = event.kind === "queryRun" && givesOneValue(event.how) ? undefined : explicitSort(query, entity, project);
  if (sort && columns.every(({ field }) => field.name !== sort.field.name)) columns.push({ field: sort.field, descending: sort.descending });
  return { entity, columns: columns.slice(0, mostColumns), keys: keys.map(({ field }) => field.name), wish: "find", at: keys[0].at, query, isGuess: false };
}

/** Neither order nor limit matters to the answer. */
function givesOneValue(how: string): boolean {
  return how === "get" || how === "count" || how === "exists" || how === "aggregate" || how === "get_or_create" || how === "update_or_create";
}

/** `Q(api_key=key) | Q(api_key_readonly=key)`: with an index on each, the database joins what both find. */
function alternativeShapes(query: Query, entity: Entity, project: ProjectModel): readonly Shape[] {
  if (!isOurTable(entity) || query.lookups.length < 2) return [];
  const isPlain = query.lookups.every((lookup) =>
    lookup.disjunct && lookup.lookup === "exact" && !lookup.negated && !lookup.annotated && lookup.transforms.length === 0 && lookup.path.length === 1 && isOwn(lookup, entity, project) && isLookedUpByKey(lookup, project));
  if (!isPlain) return [];
  return distinctFields(query.lookups, project)
    .filter(({ field }) => !isLeadingColumn(entity, field, project))
    .map(({ field, at }) => ({ entity, columns: [{ field, descending: false }], wish: "find", at, query, isGuess: false }));
}

/** `filter(author__email=…)`: the search begins in the last table of the path. */
function farShapes(equal: readonly Lookup[], query: Query, project: ProjectModel): readonly Shape[] {
  for (const lookup of equal) {
    if (lookup.path.length < 2 || lookup.lookup !== "exact" || lookup.entity === undefined || !isLookedUpByKey(lookup, project)) continue;
    const entity = searchedTable(lookup.entity, project);
    const field = fieldOf(lookup, project);
    if (!entity || !field || !isOurTable(entity) || !isOwn(lookup, entity, project)) continue;
    if (isBareKey(field, entity, project)) return [];
    return [{ entity, columns: [{ field, descending: false }], keys: [field.name], wish: "find", at: lookup.at, query, isGuess: false }];
  }
  return [];
}

/** Sorted to send a few rows, or cut to what is new: `filter(status="open").order_by("-created")[:20]`, `filter(created__gte=since)`. */
function sortedShapes(entity: Entity, equal: readonly Lookup[], event: DataAccessEvent, body: BodyDone, project: ProjectModel): readonly Shape[] {
  if (event.kind !== "queryRun" && event.kind !== "queryEscapes") return [];
  const { query } = event;
  // Conditions of other kinds pick rows in ways that are not known here.
  const others = query.lookups.filter((lookup) => !equal.includes(lookup));
  const range = others.find((lookup) => isRecentRange(lookup, entity, project));
  if (others.some((lookup) => lookup !== range && !keepsMost(lookup))) return [];
  const few = distinctFields(equal, project);
  if (few.some(({ field }) => !isLowCardinality(field))) return [];
  const prefix = few.filter(({ field }) => !isBoolean(field)).slice(0, 1).map(({ field }) => ({ field, descending: false }));
  if (range) {
    const field = fieldOf(range, project);
    if (!field || isLeadingColumn(entity, field, project) || covered(entity, prefix, field, project)) return [];
    return [{ entity, columns: [...prefix, { field, descending: false }], wish: "find", at: range.at, query, isGuess: true }];
  }
  if (query.joined || query.grouped || query.distinct || !sendsFew(event, body)) return [];
  const sort = explicitSort(query, entity, project) ?? defaultSort(query, entity, project);
  if (!sort || isLeadingColumn(entity, sort.field, project) || covered(entity, prefix, sort.field, project)) return [];
  if (sort.at === entity.orderingAt && few.length > 0) return [];
  return [{ entity, columns: [...prefix, { field: sort.field, descending: sort.descending && prefix.length > 0 }], wish: "sort", at: sort.at, query, isGuess: false }];
}

function isRecentRange(lookup: Lookup, entity: Entity, project: ProjectModel): boolean {
  if (lookup.negated || lookup.disjunct || lookup.annotated || lookup.transforms.length > 0 || lookup.path.length !== 1) return false;
  const field = fieldOf(lookup, project);
  return field !== undefined && isTime(field) && isOwn(lookup, entity, project) && (lookup.lookup === "gte" || lookup.lookup === "gt" || lookup.lookup === "range");
}

/** Leaves most rows in, so the order still decides. */
function keepsMost(lookup: Lookup): boolean {
  return !lookup.annotated && (lookup.negated || lookup.lookup === "isnull") && !lookup.disjunct;
}

/** An index holds the prefix and then the column. */
function covered(entity: Entity, prefix: readonly { readonly field: Field }[], field: Field, project: ProjectModel): boolean {
  return indexesOn(entity, field, project).some((index) => {
    const position = index.columns.findIndex((column) => column.field === field.name);
    const before = new Set(prefix.map((column) => column.field.name));
    return position >= 0 && index.columns.slice(0, position).every((column) => column.field !== undefined && (before.has(column.field) || isBooleanColumn(entity, column)));
  });
}

function isBooleanColumn(entity: Entity, column: IndexColumn): boolean {
  const field = entity.fields.get(column.field ?? "");
  return field !== undefined && isBoolean(field);
}

/** The query stops early when the rows come in order. */
function sendsFew(event: DataAccessEvent, body: BodyDone): boolean {
  if (event.kind !== "queryRun" && event.kind !== "queryEscapes") return false;
  if (event.query.bound.kind !== "none") return true;
  if (event.kind === "queryRun" && ["first", "last", "latest", "earliest", "index"].includes(event.how)) return true;
  return body.events.some((other) => other.kind === "paginated" && other.query.id === event.query.id);
}

interface Sort {
  readonly field: Field;
  readonly descending: boolean;
  readonly at: Location;
}

function explicitSort(query: Query, entity: Entity, project: ProjectModel): Sort | undefined {
  if (typeof query.order === "string" || query.grouped) return undefined;
  const [first, second] = query.order as readonly OrderTerm[];
  // A second term that is not the key needs an index of its own kind.
  if (!first || first.random || first.nulls || first.path.length !== 1 || (second && !isKey(second, entity))) return undefined;
  const field = sortableField(entity, first.path[0], project);
  return field && { field, descending: first.descending, at: first.at };
}

function isKey(term: OrderTerm, entity: Entity): boolean {
  return term.path.length === 1 && (term.path[0] === "pk" || term.path[0] === entity.primaryKey);
}

function defaultSort(query: Query, entity: Entity, project: ProjectModel): Sort | undefined {
  if (query.order !== "default" || query.grouped || entity.orderingUnknown || !entity.orderingAt) return undefined;
  const [first, second] = entity.ordering;
  if (first === undefined || (second !== undefined && !["pk", "id", entity.primaryKey].includes(second.replace(/^-/, "")))) return undefined;
  const field = sortableField(entity, first.replace(/^-/, ""), project);
  return field && { field, descending: first.startsWith("-"), at: entity.orderingAt };
}

function sortableField(entity: Entity, name: string, project: ProjectModel): Field | undefined {
  const field = entity.fields.get(name);
  if (!field || entity.relations.has(name) || !isSortable(field)) return undefined;
  return tableOf(field.entity, project)?.key === entity.key ? field : undefined;
}

/** A time that the model is ordered by and that stands in no index at all: a composite with it would say that somebody thought of it. */
function timeOrdering(entity: Entity, project: ProjectModel): Field | undefined {
  const [first, ...rest] = entity.ordering;
  if (first === undefined || entity.orderingUnknown || rest.some((term) => !["pk", "id", entity.primaryKey].includes(term.replace(/^-/, "")))) return undefined;
  const field = sortableField(entity, first.replace(/^-/, ""), project);
  if (!field || !isTime(field) || isLeadingColumn(entity, field, project)) return undefined;
  return indexesOn(entity, field, project).some((index) => index.columns.some((column) => column.field === undefined || column.field === field.name)) ? undefined : field;
}

/** Declared by the entity's own class, not by a base that others share. */
function isInside(at: Location, entity: Entity): boolean {
  // A table without a class is inherited by nobody.
  if (entity.class === undefined) return entity.declaredAt?.uri === at.uri;
  return entity.class.uri === at.uri && contains(entity.class.declaration, at.span);
}

/** The names given to `GenericForeignKey("content_type", "object_id")`; these are also the defaults. */
function genericColumns(entity: Entity, relation: Relation): readonly [string, string] {
  const value = entity.class?.declaration.attributes.find((attribute) => attribute.name === relation.name)?.value;
  const given = value?.kind === "call" ? value.arguments : [];
  const text = (position: number, name: string, fallback: string): string => {
    const argument = given.find((each) => each.name === name) ?? given.filter((each) => each.name === undefined)[position];
    return argument?.value.kind === "literal" && typeof argument.value.value === "string" ? argument.value.value : fallback;
  };
  return [text(0, "ct_field", "content_type"), text(1, "fk_field", "object_id")];
}

function isGenericKeyServed(entity: Entity, type: Field, id: Field, project: ProjectModel): boolean {
  if (isLeadingColumn(entity, id, project)) return true;
  return entity.indexes.some((index) => {
    // Also behind a column that every search of the rows fixes first: `(user, content_type, object_id)`.
    const at = index.columns.findIndex((column) => column.field === type.name);
    return at >= 0 && index.columns[at + 1]?.field === id.name;
  });
}
