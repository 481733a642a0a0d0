import type { ColumnContent, DatabaseEngine, DatabaseIndex, Entity, Field, IndexColumn, Lookup, ProjectModel, Query, Vocabulary } from "#engine";

/** What an index on one text column, or an expression of it, is good for. */
export type IndexKind =
  | "btree" | "pattern" | "trigram"
  | "btree-upper" | "pattern-upper" | "trigram-upper"
  | "btree-lower" | "pattern-lower" | "trigram-lower";

/**
 * Which index serves which lookup. Measured on PostgreSQL 15 with Django 5.2 (RULE-SEMANTICS.md 4.4 and the text predicates of 4.14):
 * Django writes `iexact` as `UPPER(col) = UPPER(x)`, `icontains` as `UPPER(col) LIKE UPPER('%x%')`, `contains` as `col LIKE '%x%'`,
 * so an index on the bare column or on `Lower(col)` never serves a lookup that starts with `i`; `iregex` is `col ~* x`.
 */
const servedOnPostgres: Readonly<Record<string, readonly IndexKind[]>> = {
  exact: ["btree", "pattern", "trigram"],
  in: ["btree", "pattern", "trigram"],
  startswith: ["pattern", "trigram"],
  contains: ["trigram"],
  endswith: ["trigram"],
  regex: ["trigram"],
  iregex: ["trigram"],
  iexact: ["btree-upper", "pattern-upper", "trigram-upper"],
  istartswith: ["pattern-upper", "trigram-upper"],
  icontains: ["trigram-upper"],
  iendswith: ["trigram-upper"],
};

/** `ILIKE` and `~*`: only trigrams of the bare column serve them, whatever the pattern (the text predicates of 4.14). */
const ilikeOnPostgres: Readonly<Record<string, readonly IndexKind[]>> = {
  iexact: ["trigram"], iin: ["trigram"], istartswith: ["trigram"], icontains: ["trigram"], iendswith: ["trigram"], iregex: ["trigram"],
};

/** `LOWER(col) = x`, `LOWER(col) LIKE …` (the text predicates of 4.14). */
const lowerOnPostgres: Readonly<Record<string, readonly IndexKind[]>> = {
  iexact: ["btree-lower", "pattern-lower", "trigram-lower"], iin: ["btree-lower", "pattern-lower", "trigram-lower"],
  istartswith: ["pattern-lower", "trigram-lower"], icontains: ["trigram-lower"], iendswith: ["trigram-lower"], iregex: ["trigram-lower"],
};

/** `LOWER(col) = x` elsewhere: an index on that very expression, where the engine can have one. */
const lowerElsewhere: Readonly<Record<string, readonly IndexKind[]>> = {
  iexact: ["btree-lower"], iin: ["btree-lower"], istartswith: ["btree-lower"], icontains: [], iendswith: [], iregex: [],
};

/** MySQL and MariaDB compare `iexact` and prefixes by the column's collation, which a plain index serves (source of the operators; the planner's part is not measured). */
const servedOnMysql: Readonly<Record<string, readonly IndexKind[]>> = {
  exact: ["btree"], in: ["btree"], startswith: ["btree"], istartswith: ["btree"], iexact: ["btree"], iin: ["btree"],
  contains: [], icontains: [], endswith: [], iendswith: [], regex: [], iregex: [],
};

/** Every pattern lookup and `iexact` is `LIKE … ESCAPE` on SQLite, which no index with the default collation serves (measured on 3.40). */
const servedOnSqlite: Readonly<Record<string, readonly IndexKind[]>> = {
  exact: ["btree"], in: ["btree"],
  startswith: [], istartswith: [], iexact: [], iin: [], contains: [], icontains: [], endswith: [], iendswith: [], regex: [], iregex: [],
};

/** Whatever any engine can serve counts when the engine is not known. */
const servedSomewhere: Readonly<Record<string, readonly IndexKind[]>> = Object.fromEntries(
  Object.keys(servedOnPostgres).map((lookup) => [lookup, [...new Set([...servedOnPostgres[lookup], ...servedOnMysql[lookup]])]]),
);

/** What a condition compares, and how: `icontains` by ILIKE is another thing than by UPPER. */
export type Compared = Pick<Lookup, "lookup" | "caseless">;

function servedOn(engine: DatabaseEngine, { lookup, caseless }: Compared): Readonly<Record<string, readonly IndexKind[]>> {
  if (caseless === "lower" && lookup in lowerOnPostgres) return engine === "postgresql" ? lowerOnPostgres : lowerElsewhere;
  if (caseless === "ilike" && engine === "postgresql" && lookup in ilikeOnPostgres) return ilikeOnPostgres;
  if (engine === "postgresql") return servedOnPostgres;
  if (engine === "mysql") return servedOnMysql;
  return engine === "sqlite" ? servedOnSqlite : servedSomewhere;
}

/** The lookups whose index use is a matter of this table. */
export function isTextLookup(lookup: string): boolean {
  return lookup in servedOnPostgres || lookup in ilikeOnPostgres;
}

/** Whether the engine can answer `lookup` on `field` from this index; undefined for an index that could not be read. */
export function serves(index: DatabaseIndex, field: string, compared: Compared, engine: DatabaseEngine): boolean | undefined {
  const kind = kindOf(index, field);
  if (kind === "unrelated") return false;
  if (kind === "unknown") return undefined;
  return servedOn(engine, compared)[compared.lookup]?.includes(kind);
}

/** What an index is for a field; "unknown" when it may be about the field in a way that cannot be read. */
export function kindOf(index: DatabaseIndex, field: string): IndexKind | "unrelated" | "unknown" {
  const trigram = index.columns.find((column) => isTrigram(column) && concerns(column, field) !== "no");
  // A GIN index serves any of its columns, a btree the first.
  const column = index.method === "gin" || index.method === "gist" ? (trigram ?? index.columns[0]) : index.columns[0];
  if (!column) return "unrelated";
  const concern = concerns(column, field);
  if (concern === "no") return "unrelated";
  if (concern === "maybe") return "unknown";
  const family = isTrigram(column) ? "trigram" : isPattern(column) || index.source === "pattern" ? "pattern" : "btree";
  if (family === "trigram" ? index.method !== "gin" && index.method !== "gist" : index.method !== "btree") return "unknown";
  return concern === "plain" ? family : `${family}-${concern}`;
}

type Concern = "plain" | "upper" | "lower" | "maybe" | "no";

function concerns(column: IndexColumn, field: string): Concern {
  if (column.expression === undefined) return column.field === field ? "plain" : "no";
  if (column.expression === `Upper(${field})`) return "upper";
  if (column.expression === `Lower(${field})`) return "lower";
  return column.expression === "?" || new RegExp(`\\b${field}\\b`).test(column.expression) ? "maybe" : "no";
}

function isTrigram(column: IndexColumn): boolean {
  return column.opclass === "gin_trgm_ops" || column.opclass === "gist_trgm_ops";
}

function isPattern(column: IndexColumn): boolean {
  return column.opclass?.endsWith("_pattern_ops") === true;
}

/** An index that would serve, and what to call it: `` a trigram index on `name` ``. */
export interface ServingIndex {
  readonly columns: readonly IndexColumn[];
  readonly method: "btree" | "gin";
  /** What is indexed, as SQL says it. */
  readonly target: string;
  readonly kind: string;
  readonly words: string;
}

/** The index that does serve a lookup on PostgreSQL. */
export function servingIndex(field: Field, { lookup, caseless }: Compared): ServingIndex | undefined {
  const isWithoutCase = /^i(exact|in|contains|startswith|endswith)$/.test(lookup);
  const folded = isWithoutCase && caseless !== "ilike" ? (caseless === "lower" ? "Lower" : "Upper") : undefined;
  const expression = folded && `${folded}(${field.name})`;
  // What the column is called in SQL, and in Django's own expressions.
  const target = folded === "Lower" ? `lower(${field.stored ?? field.name})` : (expression ?? field.name);
  const column = (opclass?: string): IndexColumn => ({ ...(expression ? { expression } : { field: field.name }), descending: false, ...(opclass && { opclass }) });
  const named = (kind: string, method: "btree" | "gin", opclass?: string): ServingIndex => ({ columns: [column(opclass)], method, target, kind, words: `${kind} on \`${target}\`` });
  const trigram = named("a trigram index", "gin", "gin_trgm_ops");
  if (isWithoutCase && caseless === "ilike") return trigram;
  switch (lookup) {
    case "icontains":
    case "iendswith":
    case "contains":
    case "endswith":
    case "regex":
    case "iregex":
      return trigram;
    case "iexact":
    case "iin":
      return named("an index", "btree");
    case "istartswith":
      return named("a pattern index", "btree", "text_pattern_ops");
    case "startswith":
      return named("a pattern index", "btree", textTypes.has(field.type) ? "varchar_pattern_ops" : "text_pattern_ops");
    default:
      return undefined;
  }
}

/** How the code says what it asks, marked as code. */
export function lookupText({ as, transforms, lookup }: Lookup): string {
  return as ?? `\`${[...transforms, ...(lookup === "exact" && transforms.length > 0 ? [] : [lookup])].join("__")}\``;
}

/** The entity that owns the table: a proxy's concrete one. */
export function tableOf(key: string, project: ProjectModel): Entity | undefined {
  const seen = new Set<string>();
  let entity = project.entity(key);
  while (entity?.proxyOf && !seen.has(entity.key)) {
    seen.add(entity.key);
    entity = project.entity(entity.proxyOf);
  }
  return entity;
}

/**
 * The table that a search of rows reads, where an index could serve it. Prisma writes conditions for MongoDB as expressions (`$expr`, `$regexMatch`) and conditions on relations as
 * `$lookup`s of every row, for which the server uses few indexes or none (prisma/orm#22878, #17396, #21453): what an index would do there is not known here.
 */
export function searchedTable(key: string, project: ProjectModel): Entity | undefined {
  const entity = tableOf(key, project);
  return entity && project.engineOf(entity) !== "mongodb" ? entity : undefined;
}

/** All indexes that a column may be in: those of its own table and of the entity that the query names. */
export function indexesOn(entity: Entity, field: Field, project: ProjectModel): readonly DatabaseIndex[] {
  const owner = field.entity === entity.key ? undefined : tableOf(field.entity, project);
  const named = tableOf(entity.key, project) ?? entity;
  return owner && owner.key !== named.key ? [...named.indexes, ...owner.indexes] : named.indexes;
}

/** Some index starts with the plain column: equality and ranges on it are looked up. Partial ones count, their condition may be the query's own. */
export function isLeadingColumn(entity: Entity, field: Field, project: ProjectModel): boolean {
  if (field.primaryKey || field.unique || field.indexed) return true;
  return indexesOn(entity, field, project).some((index) => index.columns[0]?.field === field.name || index.columns[0]?.field === field.column);
}

/** Whether a column holds one of these, by what its framework says of it or else by the name of its type. */
function holds({ holds: content, type }: Field, contents: readonly ColumnContent[], types: ReadonlySet<string>): boolean {
  return content === undefined ? types.has(type) : contents.includes(content);
}

/** Something built indexes on it that nothing here speaks of. */
export function hasUnseenIndexes({ indexes }: Entity): boolean {
  return indexes.some(({ columns, declaredAt }) => declaredAt === undefined && columns.length === 1 && columns[0].expression === "?");
}

/** `paymentStatus` → `payment_Status`: names are compared word by word. */
function words(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, "$1_$2");
}

const booleanTypes: ReadonlySet<string> = new Set(["BooleanField", "NullBooleanField"]);
const textTypes: ReadonlySet<string> = new Set(["CharField", "EmailField", "URLField", "SlugField", "FilePathField", "FileField", "ImageField"]);
const timeTypes: ReadonlySet<string> = new Set(["DateField", "DateTimeField"]);
const integerTypes: ReadonlySet<string> = new Set(["IntegerField", "BigIntegerField", "PositiveIntegerField", "PositiveBigIntegerField"]);
const fractionTypes: ReadonlySet<string> = new Set(["DecimalField", "FloatField"]);
const tinyTypes: ReadonlySet<string> = new Set(["SmallIntegerField", "PositiveSmallIntegerField"]);
const keyTypes: ReadonlySet<string> = new Set(["UUIDField", "GenericIPAddressField", "IPAddressField"]);

/** Columns that hold a handful of different values in any application. */
const fewValuesByName =
  /(^|_)(status|state|kind|type|category|level|role|priority|severity|backend|visibility|privacy|scope|mode|format|method|gender|language|lang|locale|country|currency|timezone|platform|provider|source|action|event|phase|stage|color|colour|size)(_?code)?$/i;
/** Integers that identify something; other integers are ratings, positions, years. */
const keyByName = /(^|_)(id|pk|uid|uuid|guid|key|code|number|no|hash|ref|reference|token|external|remote|thread)(_?id)?$/i;

/** Boolean, with choices, or named like a status: equality alone leaves a large share of the table. */
export function isLowCardinality(field: Field): boolean {
  return isBoolean(field) || holds(field, ["small-integer"], tinyTypes) || field.hasChoices || fewValuesByName.test(words(field.name));
}

export function isBoolean(field: Field): boolean {
  return holds(field, ["boolean"], booleanTypes);
}

export function isText(field: Field): boolean {
  return holds(field, ["text"], textTypes) || field.type === "TextField";
}

export function isTime(field: Field): boolean {
  return holds(field, ["date", "datetime"], timeTypes);
}

/** Equality on it leaves few rows, and a btree can hold it. */
export function isKeyLike(field: Field): boolean {
  if (isLowCardinality(field)) return false;
  if (holds(field, ["text"], textTypes) || holds(field, ["uuid"], keyTypes)) return true;
  return holds(field, ["integer"], integerTypes) && keyByName.test(words(field.name));
}

/** A btree on it can give the rows in order. */
export function isSortable(field: Field): boolean {
  return !isLowCardinality(field) && (holds(field, ["text"], textTypes) || isTime(field) || holds(field, ["integer"], integerTypes) || holds(field, ["decimal", "float"], fractionTypes));
}

/**
 * Some other condition of the query picks few rows through an index: equality on a key, a unique or foreign-key column, or an indexed column of many values,
 * on several columns that an index starts with, or the query hangs on one row (`author.books`). `key`: a column that what loads the rows compares as well.
 */
export function isNarrowedByIndex(query: Query, project: ProjectModel, except?: Lookup, key?: string): boolean {
  // `atMostOne` is also what `get()` promises, whatever it has to read for it.
  if (query.parent || (query.bound.kind === "rows" && query.bound.rows === 0)) return true;
  return query.lookups.some((lookup) => lookup !== except && picksFewByIndex(lookup, project)) || isNarrowedTogether(query, project, key);
}

/** The columns that an index starts with, in whatever order, are compared for equality: two at least of several values, or one of many behind others. */
function isNarrowedTogether(query: Query, project: ProjectModel, key: string | undefined): boolean {
  return longestPrefix(query, project, key) > 1;
}

/** An index starts with a column of few values that is compared for equality: it leaves a share of the table. */
export function isSharedByIndex(query: Query, project: ProjectModel): boolean {
  return longestPrefix(query, project) > 0;
}

/** How many columns with several values some index starts with that the query compares for equality; those of many values count twice. */
function longestPrefix(query: Query, project: ProjectModel, key?: string): number {
  const compared = new Map<string, Set<string>>();
  for (const { path, entity, field, lookup, constant, negated, disjunct, annotated, transforms } of query.lookups) {
    if (entity === undefined || field === undefined || negated || disjunct || annotated || transforms.length > 0) continue;
    if (lookup !== "exact" && lookup !== "in" && (lookup !== "isnull" || constant !== true)) continue;
    const table = `${path.slice(0, -1).join("__")} ${entity}`;
    compared.set(table, (compared.get(table) ?? new Set<string>()).add(field));
  }
  if (key !== undefined) compared.get(` ${query.entity}`)?.add(key);
  return Math.max(0, ...[...compared].flatMap(([table, fields]) => {
    const entity = project.entity(table.slice(table.indexOf(" ") + 1));
    return entity ? entity.indexes.map((index) => (index.method === "btree" ? prefixOf(entity, index, fields, query) : 0)) : [];
  }));
}

function prefixOf(entity: Entity, { columns }: DatabaseIndex, compared: ReadonlySet<string>, { lookups }: Query): number {
  let several = 0;
  for (const column of columns) {
    const field = [...entity.fields.values()].find(({ name, column: inDatabase }) => name === column.field || inDatabase === column.field);
    if (!field || !(compared.has(field.name) || compared.has(field.column))) break;
    // Nulls and either half of a boolean are most of a table.
    if (isBoolean(field) || lookups.some((each) => each.field === field.name && (each.lookup === "isnull" || each.constant === null))) continue;
    several += isLowCardinality(field) ? 1 : 2;
  }
  return several;
}

function picksFewByIndex(lookup: Lookup, project: ProjectModel): boolean {
  if (lookup.negated || lookup.disjunct || lookup.annotated || (lookup.transforms.length > 0 && !isOneYear(lookup))) return false;
  if (lookup.lookup !== "exact" && lookup.lookup !== "in") return false;
  // A many-to-many or reverse relation, or a name that is not known here.
  if (lookup.entity === undefined || lookup.field === undefined) return lookup.constant !== null;
  const entity = project.entity(lookup.entity);
  if (!entity) return true;
  const relation = entity.relations.get(lookup.field);
  if (relation || [...entity.queryNames.values()].some((name) => name.kind === "relation" && name.queryName === lookup.field)) return lookup.constant !== null;
  const field = entity.fields.get(lookup.field) ?? [...entity.fields.values()].find((each) => each.column === lookup.field);
  if (!field) return lookup.field === "pk" || lookup.field === "id";
  if (lookup.constant === null) return false;
  return !isBoolean(field) && !field.hasChoices && (field.primaryKey || isLeadingColumn(entity, field, project));
}

/** `date__year=2026`: Django makes a range of it, which an index on the column serves (measured on 5.2). */
function isOneYear({ transforms, lookup }: Lookup): boolean {
  return transforms.length === 1 && (transforms[0] === "year" || transforms[0] === "iso_year") && lookup === "exact";
}

/** What index to add, and where, for messages: in the words of the ORM, or by its columns where only a migration builds it. */
export function indexAdvice(entity: Entity, names: readonly string[], vocabulary: Vocabulary): { readonly index: string; readonly how: string } {
  const own = vocabulary.indexesColumns === true ? names.map((name) => (name.startsWith("-") ? `-${storedName(entity, name.slice(1))}` : storedName(entity, name))) : names;
  return entity.isMigrated ? { index: `an index on ${inWords(names.map((name) => storedName(entity, name.replace(/^-/, ""))))}`, how: " in a migration" } : { index: vocabulary.index(own), how: "" };
}

function storedName(entity: Entity, name: string): string {
  const field = entity.fields.get(name);
  return field?.stored ?? field?.column ?? name;
}

/** `` `a`, `b` and `c` `` */
export function inWords(names: readonly string[]): string {
  const quoted = names.map((name) => `\`${name}\``);
  return quoted.length < 2 ? quoted.join("") : `${quoted.slice(0, -1).join(", ")} and ${quoted[quoted.length - 1]}`;
}
