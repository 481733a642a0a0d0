import type { Call, Expression } from "../facts";
import type { Basis, ClassRef, Relation } from "../project";
import type { Location } from "../source";

/** How many rows a loop or result can have at the most. */
export type Bound =
  | { readonly kind: "none" }
  /** A limit that is a number in the code. */
  | { readonly kind: "rows"; readonly rows: number }
  /** A limit whose value is not known: a page size, `[:limit]`. */
  | { readonly kind: "page" };

/** One relation that a query loads with its rows. */
export interface Load {
  /** `author`, `author__country`: field names joined by `__`, each hop is in the set by itself. */
  readonly path: string;
  /** "join": select_related; "prefetch": a second query. */
  readonly by: "join" | "prefetch";
  /** Prefetched with a queryset of its own: filtered, ordered, narrowed … */
  readonly query?: Query;
  /** `Prefetch(to_attr=…)`: the rows are there under this name and not under the relation's. */
  readonly toAttribute?: string;
  /** By a subquery that is run for each row: the table is read as often, where no index leads to the rows (measured on SQLite 3.45; RULE-SEMANTICS 4.12 on PostgreSQL). */
  readonly perRow?: true;
  /** The relation's declaration loads it, not this query. */
  readonly declared?: true;
  /** No option of the ORM takes it out of the statement: conditions or an order of the whole query speak of it, it leaves out rows, or that kind of relation has no such option. */
  readonly stays?: true;
  readonly at: Location;
}

export type Columns =
  | { readonly kind: "all" }
  | { readonly kind: "only"; readonly names: ReadonlySet<string>; readonly at: Location }
  | { readonly kind: "deferred"; readonly names: ReadonlySet<string>; readonly at: Location };

/** One condition of a query. */
export interface Lookup {
  /** The fields walked, without lookup and transforms: `["author", "name"]`. */
  readonly path: readonly string[];
  /** `date`, `lower` … between field and lookup. */
  readonly transforms: readonly string[];
  /**
   * What is asked, in one word for all ORMs: `exact`, `in`, `gt`, `gte`, `lt`, `lte`, `range`, `isnull`; of text `contains`, `startswith`, `endswith`, `regex`, and whatever the
   * case `iexact`, `iin`, `icontains`, `istartswith`, `iendswith`, `iregex`; `like` for a pattern that is not known. Other words are a framework's own: no rule knows them.
   */
  readonly lookup: string;
  /** How a lookup that leaves the case aside is asked, where that is not by `UPPER(column)`: by `ILIKE` (`~*`), or by `LOWER(column)`. */
  readonly caseless?: "ilike" | "lower";
  /** How the code says it, marked as code, where the word for the lookup is not the code's: "`contains` with `mode: \"insensitive\"`". */
  readonly as?: string;
  /** The entity that owns the last field of the path, when every hop resolved. */
  readonly entity?: string;
  /** The last field's name there. */
  readonly field?: string;
  readonly negated: boolean;
  /** Part of an OR. */
  readonly disjunct: boolean;
  /** The keyword argument (or Q's). */
  readonly at: Location;
  /** A literal right-hand side, or whether one is known to be a list. */
  readonly constant?: string | number | boolean | null;
  /** The innermost loop that the right-hand side depends on, as of values (0: none); absent when it is not known. */
  readonly varies?: number;
  /** Of a `**mapping` that has it on some ways through the code only; not among the `lookups` of a query. */
  readonly optional?: boolean;
  /** One of the columns of a key that is compared as a whole, by what the code calls the key: `userId_postId`. */
  readonly ofKey?: string;
  /** `annotation__gte`: the path starts at an annotation, not a column. */
  readonly annotated: boolean;
  /** The right-hand side is (a list made from) this query: `id__in=list(qs.values_list("id", flat=True))`. */
  readonly from?: { readonly query: Query; readonly materialised?: Location };
}

export interface OrderTerm {
  /** `-` stripped; empty for an expression that could not be read. */
  readonly path: readonly string[];
  readonly descending: boolean;
  readonly random: boolean;
  readonly nulls?: "first" | "last";
  readonly at: Location;
}

/** An aggregate that a query computes with its rows: `Count("tags")`. */
export interface Aggregate {
  /** The name that the result gets. */
  readonly name: string;
  readonly function: "count" | "sum" | "other";
  /** What is aggregated, as written; "*": rows. */
  readonly path: string;
  /** The to-many relations that are joined for it, each as its whole path: `books`, `books__reviews`. */
  readonly toMany: readonly string[];
  /** To-many relations that only its own condition needs. */
  readonly conditionToMany: readonly string[];
  readonly distinct: boolean;
  /** Distinct rows are the same rows: it counts rows by their key, and no row is reached twice by this path alone. */
  readonly countsRowsOnce: boolean;
  readonly at: Location;
  readonly expression: Call;
}

/** A method call in the chain that made a query. */
export interface ChainStep {
  readonly name: string;
  readonly uri: string;
  /** The whole call, from the start of the chain to its `)`; its callee is an attribute whose `nameStart` is the method's place. */
  readonly call: Call;
  /** A method of the user's own manager or queryset class. */
  readonly custom: boolean;
}

/** What a framework lists rows for: a class of the user's that says by attributes and methods which rows, and how. */
export interface Listing {
  readonly class: ClassRef;
  readonly by: "admin" | "inline" | "view";
  /** An attribute of the class names the joins, because the queryset has none: an admin's `list_select_related`. */
  readonly joinsByAttribute: boolean;
}

/** Where a query comes from, for messages and fixes. */
export interface QueryOrigin {
  /** `Book.objects`, `order.items`, `self.get_queryset()`, `get_orders()` …; of the kind "class" the name of a class of which the framework knows the rows. */
  readonly root: { readonly uri: string; readonly expression: Expression };
  readonly kind: "manager" | "related-manager" | "queryset-method" | "class" | "opaque";
  /** In order. Steps inside a called function follow the place where they stand, so `uri` may differ. */
  readonly steps: readonly ChainStep[];
  readonly listing?: Listing;
}

/** The state of a lazy query, the same for every ORM. Immutable: each call in a chain makes a new one. */
export interface Query {
  /** Identity of the object: two names for one object share it, a derived query has its own. */
  readonly id: number;
  /** The query this one was derived from, if any. */
  readonly from?: Query;
  readonly orm: string;
  /** Key of the entity whose rows it gives. */
  readonly entity: string;
  readonly origin: QueryOrigin;
  readonly loads: ReadonlyMap<string, Load>;
  /** `select_related()` without names: every non-null forward relation, however deep. */
  readonly loadsAllRequired: boolean;
  /** Of these the paths that were read so far; filled while the code is evaluated. */
  readonly implied?: Set<string>;
  readonly columns: Columns;
  readonly shape: "instances" | "mappings" | "tuples" | "scalars";
  /** Named columns of mappings/tuples/scalars. */
  readonly values: readonly string[];
  readonly lookups: readonly Lookup[];
  /** "default": the entity's own ordering; "none": cleared. */
  readonly order: readonly OrderTerm[] | "default" | "none" | "unknown";
  readonly bound: Bound;
  /** Cut with `[a:b]`: `update()` and `delete()` refuse it. */
  readonly sliced?: boolean;
  /** Filtered on something unique: one row at the most. */
  readonly atMostOne: boolean;
  /** The database is asked each time, whatever is loaded of the relation that this is of: `order.items.latest()`; a relation that one of two branches filters. */
  readonly picked?: boolean;
  readonly distinct: boolean;
  /** No two rows with the same values of some columns: `distinct: ["currency"]`. */
  readonly distinctOn?: true;
  readonly annotations: ReadonlySet<string>;
  /** In the order of the chain; those that could not be read are left out. */
  readonly aggregates: readonly Aggregate[];
  /** `aggregate`-like grouping (`values().annotate()`). */
  readonly grouped: boolean;
  readonly locked: boolean;
  readonly combined: boolean;
  /** Called on a relation of a row: `order.items`. */
  readonly parent?: { readonly relation: Relation; readonly row: RowOrigin };
  /** Rows may be of the classes of child tables: `select_subclasses()` of model_utils, django-polymorphic. */
  readonly mixed?: boolean;
  /** Some part of the chain was not understood: conditions, order, loads may be missing from here. */
  readonly uncertain: boolean;
  /** Made different on different branches: `lookups`, `order` hold only what is common, loads and bounds what any branch has. */
  readonly joined: boolean;
  readonly basis: Basis;
}

/** Where a row came from: which query, by which relations, bound by which loop. */
export interface RowOrigin {
  readonly entity: string;
  /** Absent for a row from nowhere known (a parameter, `request.user`, a created instance). */
  readonly query?: Query;
  /** Relations walked from the query's own rows: "", `customer`, `customer__city`. */
  readonly path: string;
  /** The loop whose variable this row (or the row it was reached from) is; undefined: one single row. */
  readonly loop?: LoopContext;
  /** How the code names it: `order`, `order.customer`. */
  readonly text: string;
  /** What is known of it rests on more than the code: a parameter's name. */
  readonly basis?: Basis;
  /** It is one of the rows (by key of their entity) that came with one single row of another entity, or what such a row refers to. */
  readonly ofOne?: { readonly owner: string; readonly rows: string };
}

export interface LoopContext {
  /** Grows with time: an inner loop has a larger id than the one around it. */
  readonly id: number;
  readonly kind: "for" | "comprehension" | "while" | "callback";
  /** The loop's header for a statement, the whole comprehension otherwise. */
  readonly at: Location;
  readonly body: Location;
  /** The target as written: `order`, `name, order`. */
  readonly variable: string;
  /** The query whose rows it walks. */
  readonly query?: Query;
  /** The entity of the rows that it walks, wherever they come from. */
  readonly entity?: string;
  readonly bound: Bound;
  /** Whether it is known to be many: rows of a query, or a parameter/attribute of unknown length counts as "unknown". */
  readonly size: "many" | "unknown" | "few";
  /** Depth of the call frame it runs in. */
  readonly frame: number;
  /** Its rounds do not wait for each other: `rows.map(async …)`, `Promise.all`. */
  readonly concurrent?: true;
  /** Some of them at a time, as a limit says: `pMap(rows, load, { concurrency: 5 })`. */
  readonly throttled?: true;
  /** No loop of the code: a framework runs the function once for each of the rows that something else gave, mostly many (a GraphQL field's resolver). */
  readonly perRow?: true;
  /** Walks what one person is a member of: few rows, however the tables grow. */
  readonly ofOnePerson?: true;
  /** Walks rows that came with one single row of another entity, or what these refer to. */
  readonly isOfOne?: true;
  /** Walks those rows that a test before it has left, which have one value that was given: `rows.filter((row) => row.repository === name)`. */
  readonly isPicked?: true;
  /** Is over with the first round that does not jump on: it looks for one row. */
  readonly isSearch?: true;
  /** Walks batches (chunks of ids, pages), retries or polls: one query per round is by design. */
  readonly batches: boolean;
}

/** Whether an equality says what a column is, in all rows. */
export function fixesColumn({ lookup, negated, disjunct, optional, annotated, transforms }: Lookup): boolean {
  return lookup === "exact" && !negated && !disjunct && !optional && !annotated && transforms.length === 0;
}

/** A column as it is compared with what code calls it: `customer_id`, `customerId`. */
export function plainColumn(path: readonly string[]): string {
  return path.join("").replaceAll("_", "").toLowerCase();
}
