import type { RowsReduced, RowWritten } from "../flow";

/** How rows are folded into one value in code, where the database has a word for it. */
export type Fold = Exclude<RowsReduced["by"], "sorted" | "first-of-list">;

/**
 * What the users of one ORM call things: phrases for what a message advises, `code` marks included, in the middle of a sentence.
 * Rules say what is to be done, the adapter how that is written.
 */
export interface Vocabulary {
  /** A relation path as it is written: `customer__city`, `customer.city`. */
  path(path: string): string;
  /** "with `in_bulk()` or a filter with `__in`": many rows in one query, by the column that tells them apart; undefined where that is no one column. */
  fetchMany(column: string | undefined): string;
  /** "annotate the loop's query with the answer": counts and tests for all rows of a query. */
  countWith(query: string): string;
  /** "compute it for all of them before the loop, with one `groupBy`": sums, averages and the like. */
  readonly aggregateMany: string;
  /** "with `DISTINCT ON` (PostgreSQL) or a window function": the newest row of each of many. */
  readonly firstOfEach: string;
  /** "`bulk_create()`" */
  readonly insertMany: string;
  /** "load the existing ones by key before the loop and insert the others together with `bulk_create()`" */
  readonly insertMissing: string;
  /** How many statements looking up and inserting one row takes: "up to 4N statements". */
  readonly insertMissingCost: string;
  /** "write them together with `bulkCreate(…, { updateOnDuplicate: […] })`": rows that are inserted or updated by one statement each; absent where that is `insertMissing`. */
  readonly upsertMany?: string;
  /** "add them together: `add(*objects)`, or `bulk_create()` on the table between" */
  readonly linkMany: string;
  /** "remove them together: `remove(*objects)`, or `delete()` on the table between" */
  readonly unlinkMany: string;
  /** "write one value with the query's `update()`, different ones with `bulk_update()`"; only the part that fits, where it is seen what is set. */
  saveMany(key: string | undefined, sets?: RowWritten["sets"]): string;
  /** "write all of them with one `update()` or `bulk_update()`" */
  updateMany(key: string | undefined, sets?: RowWritten["sets"]): string;
  /** One plain call writes other values into each of many rows: `bulk_update()`, `flush()`. Without it that takes a `CASE` by hand. */
  readonly updatesDifferent?: true;
  /** "`update()`", as the user would say of what is sent for each row. */
  readonly update: string;
  /** "delete them together with the query's `delete()`" */
  deleteMany(key: string | undefined): string;
  /** The same for rows that are only marked as deleted, where that is another call. */
  readonly markManyDeleted?: string;
  readonly delete: string;
  /** "N statements, and those of its cascades" */
  readonly deleteCost: string;
  /** "open one transaction around the loop" */
  readonly commitOnce: string;
  /** "show one page at a time with `Paginator`, or slice the query" */
  readonly page: string;
  /** "give them a limit of their own: `with: { posts: { limit: 20 } }`": related rows that are loaded along. */
  limitRelated(relation: string): string;
  /** "walk the rows in chunks with `.iterator(chunk_size=2000)`" */
  readonly stream: string;
  /** "`.order_by(\"pk\")`" */
  orderBy(field: string | undefined): string;
  /** "`min(size, 100)`" */
  atMost(size: string, most: number): string;
  /** "`.count()`" */
  readonly count: string;
  /** "`.exists()`" */
  readonly exists: string;
  /** "`.first()`, or index the query itself" */
  readonly first: string;
  readonly last: string;
  /** "`.aggregate(Sum(\"price\"))`" */
  fold(by: Fold, field: string): string;
  /** "leave out what is not read with `.defer()`, or take the columns that are read with `.only()`" */
  readonly fewerColumns: string;
  /** "`models.Index(fields=[\"status\", \"-created_at\"])`": `-` before a column says descending. */
  index(columns: readonly string[]): string;
  /** An index names columns as the database does, whatever their properties are called. */
  readonly indexesColumns?: true;
  /** "`models.F(\"due\").asc(nulls_first=True)`": what an index must be on to give rows in this order. */
  nullsOrder(field: string, direction: "asc" | "desc", nulls: "first" | "last"): string;
  /** "`F(\"stock\")`": the database computes a column out of its own value. */
  increment(field: string, operator: "+" | "-"): string;
  /** "load `items` in a query of its own": where the ORM lets one of the joined relations leave the statement, that one. */
  separately(relation: string): string;
  /** "`select_for_update()`" */
  readonly lock: string;
  /** "do it after the commit: `transaction.on_commit(…)`, or before the transaction" */
  readonly afterCommit: string;
  /** "do it after the commit: `transaction.on_commit(…)`": for what must not happen when nothing was saved. */
  readonly onlyAfterCommit: string;
}
