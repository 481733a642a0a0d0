import { defineRule, isByClock, isForAdministrators, type BodyDone, type Entity, type Field, type Lookup, type LookupUsed, type OrderTerm, type ProjectModel, type Query, type QueryRewriter, type FixProposal } from "#engine";
import { indexesOn, inWords, isLeadingColumn, isNarrowedByIndex, isSharedByIndex, isText, isTextLookup, isTime, lookupText, searchedTable, serves, servingIndex, tableOf } from "../../shared/indexes";
import { grownBy, isKept } from "../../shared/growth";
import { growsWithUsers, isSmall, mayBeWaitedFor, offered } from "../../shared/queries";

/** Django turns these into ranges when a year is compared, which an index serves; `__year__in` it does not (measured on 5.2). */
const rangeTransforms: ReadonlySet<string> = new Set(["year", "iso_year"]);
const rangeLookups: ReadonlySet<string> = new Set(["exact", "gt", "gte", "lt", "lte"]);
/** Parts of a date or time, computed for each row. */
const timeParts: ReadonlySet<string> = new Set([
  "date", "year", "iso_year", "month", "day", "week", "week_day", "iso_week_day", "quarter", "time", "hour", "minute", "second",
]);

interface Defeat {
  readonly event: LookupUsed;
  readonly entity: Entity;
  readonly field: Field;
  readonly kind: "pattern" | "part";
}

/** The lookup compares something that no index of the column holds, so the whole table is read. */
export default defineRule({
  id: "lookup-defeats-index",
  summary: "A lookup that the column's index cannot serve",
  impact: "high",
  frameworks: ["django", "prisma", "typeorm", "sequelize", "drizzle", "mikroorm", "knex", "kysely"],
  outsideRequests: false,
  messages: {
    indexUnused: {
      what: "the index on {columns} cannot serve {lookup}",
      why: "each of these queries reads all rows of `{entity}`",
      instead: "{advice}",
    },
    tableScanned: {
      what: "{lookup} on {columns} reads all rows of `{entity}`",
      why: "a plain index could not serve it either, and the time grows with the table",
      instead: "{advice}",
    },
    restCompared: {
      what: "no index can help {lookup} on {columns}",
      why: "every `{entity}` that the other conditions leave is read and compared",
      instead: "{advice}",
    },
    partCompared: {
      what: "{lookup} on {columns} is computed for every `{entity}`",
      why: "an index on the column cannot serve it, so each of these queries reads all rows",
      instead: "{advice}",
    },
    nullsElsewhere: {
      what: "the index on {columns} cannot give `{entity}` rows with nulls {nulls}",
      why: "all rows are sorted for each of these queries",
      instead: "index the same expression: {expression}",
    },
  },
  check: {
    // Conditions that come later in the chain narrow the query too, so the function is looked at as a whole.
    bodyDone(body, { project, usage, rewriter, report }) {
      const alternatives = new Set<Lookup>();
      for (const event of body.events) {
        if (event.kind !== "lookup" || alternatives.has(event.lookup)) continue;
        const defeat = defeated(event, project);
        if (!defeat) continue;
        const { entity, field } = defeat;
        if (event.lookup.disjunct && isMixedSearch(event, body)) continue;
        // `Q(title__icontains=q) | Q(subtitle__icontains=q)` is one search.
        const columns = [field.name];
        const all = [defeat];
        let isIndexed = isLeadingColumn(entity, field, project);
        for (const other of event.lookup.disjunct ? body.events : []) {
          if (other.kind !== "lookup" || other === event || other.query.id !== event.query.id || !other.lookup.disjunct || alternatives.has(other.lookup)) continue;
          const also = defeated(other, project);
          if (!also || also.kind !== defeat.kind) continue;
          alternatives.add(other.lookup);
          if (!columns.includes(also.field.name)) {
            columns.push(also.field.name);
            all.push(also);
          }
          isIndexed &&= isLeadingColumn(also.entity, also.field, project);
        }
        const { lookup } = event;
        const fixes = fixesFor(defeat, project, rewriter(event.query.orm));
        const isRest = isNarrowed(event, body, project);
        report(isRest ? "restCompared" : defeat.kind === "part" ? "partCompared" : isIndexed ? "indexUnused" : "tableScanned", {
          at: lookup.at,
          values: { columns: inWords(columns), entity: entity.name, lookup: lookupText(lookup), advice: advice(all, project) },
          related: field.declaredAt ? [{ at: field.declaredAt, message: `\`${field.name}\` is declared here` }] : [],
          fixes: columns.length === 1 ? fixes : [],
          hint: "index not used",
          basis: entity.incomplete ? "inferred" : event.query.basis,
          lower: isRest ? 3 : entity.declaredAt && !isForAdministrators(event, project) && !isByClock(event) && !hasOtherConditions(event, body) && !stopsOnTheWay(event, body, project) && !isSharedByIndex(event.query, project) && typeof lookup.constant !== "string" && !isCode(columns) && !isKept(grownBy(entity, usage, project)) ? 0 : 1,
        });
      }
    },
    rowsOrdered(order, { project, vocabulary, report }) {
      const { query } = order;
      const [first] = order.terms;
      if (!first || first.path.length !== 1 || !hasForeignNulls(first) || !mayBeWaitedFor(order.entry)) return;
      const entity = tableOf(query.entity, project);
      const field = entity?.fields.get(first.path[0]);
      if (!entity || !field || project.engineOf(entity) !== "postgresql" || !entity.declaredAt || entity.abstract || isSmall(entity) || isNarrowedByIndex(query, project)) return;
      const indexes = indexesOn(entity, field, project);
      if (!isLeadingColumn(entity, field, project) || indexes.some((index) => index.columns[0]?.expression !== undefined)) return;
      const direction = first.descending ? "desc" : "asc";
      report("nullsElsewhere", {
        at: first.at,
        values: { columns: inWords([field.name]), entity: entity.name, nulls: first.nulls ?? "last", expression: vocabulary(query.orm).nullsOrder(field.name, direction, first.nulls ?? "last") },
        related: field.declaredAt ? [{ at: field.declaredAt, message: `\`${field.name}\` is declared here` }] : [],
        hint: "index not used",
        lower: 1,
        basis: query.basis,
      });
    },
  },
});

/** Short codes of which there are a few dozen: each stands in a large share of the rows, and has no three letters for an index of trigrams. */
function isCode(columns: readonly string[]): boolean {
  return columns.every((name) => /^(state|uf|(country|currency|lang(uage)?|locale|region|state)_?(code|iso)|iso_?(code)?[23]?|currency|locale|gender|sex)$/i.test(name));
}

/** A btree holds nulls at the end, and at the start when it is read backwards. */
function hasForeignNulls(term: OrderTerm): boolean {
  return term.nulls !== undefined && term.nulls === (term.descending ? "last" : "first");
}

function defeated(event: LookupUsed, project: ProjectModel): Defeat | undefined {
  const { lookup, query } = event;
  if (!(mayBeWaitedFor(event.entry) || (event.entry === "admin" && growsWithUsers(query.entity, project))) || lookup.annotated || lookup.negated || lookup.entity === undefined || lookup.field === undefined) return undefined;
  // A method of a manager or queryset, looked at for itself: what its callers add is not known here. They are looked at as well.
  if (query.origin.kind === "opaque" || query.annotations.has(lookup.path[0])) return undefined;
  const entity = searchedTable(lookup.entity, project);
  const field = entity?.fields.get(lookup.field);
  if (!entity || !field || entity.abstract || !entity.managed || isSmall(entity) || field.hasChoices) return undefined;
  if (lookup.transforms.length > 0) return isPartDefeated(lookup, entity, field, project) ? { event, entity, field, kind: "part" } : undefined;
  return isPatternDefeated(lookup, entity, field, project) ? { event, entity, field, kind: "pattern" } : undefined;
}

function isPartDefeated({ transforms, lookup }: Lookup, entity: Entity, field: Field, project: ProjectModel): boolean {
  if (!isTime(field) || !timeParts.has(transforms[0])) return false;
  if (transforms.length === 1 && rangeTransforms.has(transforms[0]) && rangeLookups.has(lookup)) return false;
  // Some index holds an expression of this column, or one that could not be read.
  return !indexesOn(entity, field, project).some((index) => index.columns.some(({ expression }) => expression !== undefined && (expression === "?" || expression.includes(field.name))));
}

function isPatternDefeated(lookup: Lookup, entity: Entity, field: Field, project: ProjectModel): boolean {
  const name = lookup.lookup;
  if (name === "exact" || name === "in" || !isTextLookup(name) || !isText(field)) return false;
  if ((name === "regex" || name === "iregex") && (typeof lookup.constant !== "string" || lookup.constant.startsWith("^"))) return false;
  // A column with a collation of its own may compare without case by itself.
  if (hasOwnCollation(field) || lookup.constant === "") return false;
  // Of a text without three letters in a row there is no trigram (`pg_trgm`), and hardly a row without it: `contains: "@"`.
  if (/(contains|endswith|regex)$/.test(name) && typeof lookup.constant === "string" && !/[\p{L}\p{N}]{3}/u.test(lookup.constant)) return false;
  const indexes = indexesOn(entity, field, project);
  const engine = project.engineOf(entity);
  if (indexes.some((index) => serves(index, field.name, lookup, engine) !== false)) return false;
  const isIndexed = isLeadingColumn(entity, field, project);
  switch (name) {
    case "startswith":
      // Without any index this is a matter of adding one; `db_index=True` and `unique=True` bring the pattern index along.
      return engine === "postgresql" && isIndexed && !field.indexed && !field.unique && !field.primaryKey;
    case "iexact":
    case "iin":
    case "istartswith":
      // What a plain index is worth here depends on the engine and its collation.
      return !isIndexed || engine === "postgresql" || engine === "sqlite";
    default:
      return true;
  }
}

function hasOwnCollation(field: Field): boolean {
  const call = field.call?.expression;
  return call?.kind === "call" && call.arguments.some((argument) => argument.name === "db_collation");
}

/** An OR over columns of several tables, or with an equality in each arm: no index of one column decides what is read. */
function isMixedSearch(event: LookupUsed, body: BodyDone): boolean {
  const arms = body.events.flatMap((other) => (other.kind === "lookup" && other.query.id === event.query.id && other.lookup.disjunct ? [other.lookup] : []));
  return arms.some((arm) => arm.entity !== event.lookup.entity || arm.lookup === "exact" || arm.lookup === "in");
}

/** Columns that say to which customer of the application a row belongs. */
const OWNER = /^(company|tenant|org|organi[sz]ation|workspace|account|team|store|shop|branch|business|school|clinic|hotel|restaurant)_?id$/i;

/**
 * Something else narrows the query: SQL that its builder is handed as it stands (`.andWhere("event_time > now() - INTERVAL '30 days'")`), or one given value that rows are compared with
 * (`where: { workspaceId, name: { contains } }`, `members: { some: { userId } }`). Where no index serves that one, it is the index that is wanted, and this lookup reads what it leaves.
 */
function hasOtherConditions(event: LookupUsed, body: BodyDone): boolean {
  const { lookup } = event;
  const narrows = (each: Lookup): boolean => each !== lookup && each.lookup === "exact" && each.constant === undefined && !each.negated && !each.disjunct && !each.optional && each.transforms.length === 0;
  // `companyId ? { …where, companyId } : where`: whose rows these are is only missing where nobody has signed in.
  const isOwned = body.events.some((other) => other.kind === "lookup" && other.lookup.optional === true && other.query.id === event.query.id && other.lookup.lookup === "exact" && other.lookup.field !== undefined && OWNER.test(other.lookup.field));
  if (isOwned) return true;
  const finals = finalsOf(event, body);
  return (finals.length > 0 ? finals : [event.query]).every((each) => each.uncertain || each.lookups.some(narrows));
}

/** Every query that keeps this condition is also narrowed by one that an index serves. */
function isNarrowed(event: LookupUsed, body: BodyDone, project: ProjectModel): boolean {
  if (isNarrowedByIndex(event.query, project, event.lookup)) return true;
  const finals = finalsOf(event, body);
  return finals.length > 0 && finals.every((query) => isNarrowedByIndex(query, project, event.lookup));
}

/** A page of rows in the order of an index: the rows are compared in that order until the page is full, which is soon where many of them meet the condition. */
function stopsOnTheWay(event: LookupUsed, body: BodyDone, project: ProjectModel): boolean {
  const sent = body.events.flatMap((other) => (other.kind === "queryRun" && other.query.lookups.includes(event.lookup) ? [other] : []));
  return sent.length > 0 && sent.every(({ how, counts, query: { entity: key, order, bound } }) => {
    const [first] = Array.isArray(order) ? (order as readonly OrderTerm[]) : [];
    const entity = tableOf(key, project);
    const field = first?.path.length === 1 ? entity?.fields.get(first.path[0]) : undefined;
    return how !== "count" && !counts && bound.kind !== "none" && entity !== undefined && field !== undefined && !field.primaryKey && isLeadingColumn(entity, field, project);
  });
}

/** The queries with this condition as they are sent or leave the function: a builder goes on with them. */
function finalsOf({ lookup }: LookupUsed, { events }: BodyDone): readonly Query[] {
  return events.flatMap((other) => ((other.kind === "queryRun" || other.kind === "queryEscapes") && other.query.lookups.includes(lookup) ? [other.query] : []));
}

/** What to do about a search, which may compare any of several columns. */
function advice(all: readonly Defeat[], project: ProjectModel): string {
  const [{ event, entity, kind }] = all;
  const { transforms } = event.lookup;
  if (kind === "part") {
    return transforms[0] === "date" || transforms[0] === "year" || transforms[0] === "iso_year"
      ? "compare the column with a half-open range (`>=` the start, `<` the next one)"
      : "keep that part in a column of its own, with an index";
  }
  const indexes = project.engineOf(entity) === "postgresql" ? all.flatMap((each) => servingIndex(each.field, each.event.lookup) ?? []) : [];
  const [index] = indexes;
  // One arm of an OR without an index, and the table is read all the same.
  if (indexes.length > 1 && indexes.every((each) => each.kind === index.kind)) return `add ${index.kind} on each of ${inWords(indexes.map(({ target }) => target))}, or use a search that the database has an index for`;
  if (index) return `add ${indexes.map(({ words }) => words).join(" and ")}, or use a search that the database has an index for`;
  return event.lookup.lookup === "iexact" || event.lookup.lookup === "iin"
    ? "store the value in one case and compare it exactly"
    : "search by prefix on an indexed column, or use the database's full-text search";
}

function fixesFor({ event, entity, field, kind }: Defeat, project: ProjectModel, rewriter: QueryRewriter): readonly FixProposal[] {
  if (kind === "part") return [];
  const { lookup, at } = event.lookup;
  const engine = project.engineOf(entity);
  const index = engine === "postgresql" ? servingIndex(field, event.lookup) : undefined;
  const owner = tableOf(field.entity, project) ?? entity;
  const served = (name: string): boolean => indexesOn(entity, field, project).some((each) => serves(each, field.name, { lookup: name }, engine) === true);
  return offered(
    index && owner.declaredAt ? rewriter.addIndex(owner, { columns: index.columns, method: index.method }, `Add ${index.words}`, project) : undefined,
    lookup === "iexact" && served("exact") ? rewriter.changeLookup(at, lookup, "exact", "Compare exactly") : undefined,
    lookup !== "startswith" && lookup !== "iexact" && served("startswith") ? rewriter.changeLookup(at, lookup, "startswith", "Match the beginning only") : undefined,
  );
}
