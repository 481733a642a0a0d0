import type { ClassDeclaration, Expression } from "../facts";
import type { Aggregate, ChoicesShown, EventLoopBlocked, IndexBuilt, ListViewDeclared, Load, LoopContext, PageSized, Paginated, PublicPage, Query, QueryRun, RelationRead, RowsFiltered, RowsReduced, RowWritten, TransactionDone } from "../flow";
import type { DatabaseIndex, Deployment, Entity, IndexColumn, ProjectModel, Server, ServerOptionName, SettingConstant } from "../project";
import type { Location } from "../source";
import type { FixProposal, Safety } from "./finding";

/** A change of the settings: a name with keys below it, and the code for its value; without code the entry goes. */
export interface SettingChange {
  readonly path: readonly string[];
  /** Strings in double quotes: the file's own are used where it has others. */
  readonly code?: string;
}

/**
 * How code of one ORM is changed. Rules name the wish, the adapter knows the words of the framework.
 * Every function gives undefined when the change cannot be made without guessing (the query's origin is out of reach,
 * values() shape, a union, arguments that are not literals …). Nothing is built before somebody asks for the edits.
 * Where `project` is optional, more can be offered with it: changes that move statements need to see the ones around them.
 */
export interface QueryRewriter {
  /**
   * Loads a relation path (`customer__city`, `items`) with the query, where the query is defined: joined when every hop is to-one, prefetched otherwise;
   * merged into a `select_related`/`prefetch_related` that is there (`customer` + `customer__city` becomes one). Title "Load `customer__city` with the query". Safe.
   * `reads` are the places that read it: where reading is a call that asks anyway (`await order.getCustomer()` of Sequelize), they change as well.
   */
  loadWith(query: Query, path: string, project: ProjectModel, reads?: readonly RelationRead[]): FixProposal | undefined;
  /** Loads the relations of a query in queries of their own, where joining them multiplies rows: `relationLoadStrategy: "query"`. Review. */
  loadSeparately(query: Query, project: ProjectModel): FixProposal | undefined;
  /** Takes one path out of `select_related`/`prefetch_related`, and the call when it was the last. Review. */
  dropLoad(load: Load, query: Query): FixProposal | undefined;
  /** `order.customer.id` → `order.customer_id`; `if order.customer` → `if order.customer_id`. Safe. */
  readKeyColumn(read: RelationRead): FixProposal | undefined;
  /** `Prefetch("items", queryset=…filter(…), to_attr="…")` at the query, the loop reads the attribute. Review. */
  prefetchFiltered(read: RelationRead, project: ProjectModel): FixProposal | undefined;
  /** `.defer("blurb")` at the end of the query's chain. Review. */
  deferColumns(query: Query, columns: readonly string[], project: ProjectModel): FixProposal | undefined;
  /** Adds columns to `only()` or takes them out of `defer()`. Safe. */
  addColumns(query: Query, columns: readonly string[]): FixProposal | undefined;
  /** Adds the key back to the parent to the `only()` inside a `Prefetch`. Safe. */
  addBackReference(load: Load, column: string): FixProposal | undefined;
  /** Moves a query that is the same every time round to a name before the loop. Safe. */
  hoist(run: QueryRun, loop: LoopContext, project?: ProjectModel): FixProposal | undefined;
  /** `Model.objects.get(pk=key)` per round → one `in_bulk` before the loop and a look-up in it. Review. */
  fetchInBulk(run: QueryRun, loop: LoopContext, project: ProjectModel): FixProposal | undefined;
  /** `create()`/`save()` of new rows per round → a list and one `bulk_create`. Review. */
  insertTogether(write: RowWritten, loop: LoopContext, project?: ProjectModel): FixProposal | undefined;
  /** Assign and save per round → `update()` for one value, `bulk_update` else. Review. */
  updateTogether(write: RowWritten, loop: LoopContext, project?: ProjectModel): FixProposal | undefined;
  /** `delete()` per round → the query's `delete()`. Review. */
  deleteTogether(write: RowWritten, loop: LoopContext, project?: ProjectModel): FixProposal | undefined;
  /** A transaction per round → one around the loop, when the loop holds nothing else. Review: a failure undoes all rounds. */
  openTransactionOnce(event: TransactionDone, loop: LoopContext, project: ProjectModel): FixProposal | undefined;
  /** The asynchronous variant of a call, awaited; `async for`. Review: other code runs while it waits. */
  awaitInstead(event: EventLoopBlocked, project: ProjectModel): FixProposal | undefined;
  /** Slices the query: `[:100]`. A sketch: which rows may be left out is for a person to say. Title "Load the first 100 rows only". */
  limit(query: Query, rows: number, expression: Location, project?: ProjectModel): FixProposal | undefined;
  /** Gives related rows that are loaded along a limit of their own. A sketch. Title "Limit `posts` to 20 rows". */
  limitLoad(load: Load, rows: number, project: ProjectModel): FixProposal | undefined;
  /** Cuts the query in pages with Django's Paginator, imports and the `page` parameter included. Review. */
  paginate(query: Query, expression: Location, project?: ProjectModel): FixProposal | undefined;
  /** `rows[start:start + size]` of rows in the order of their key → `rows.filter(pk__gt=after)[:size]`. A sketch: where `after` comes from is for a person to say. */
  pageByKey(event: Paginated, project: ProjectModel): FixProposal | undefined;
  /** `.iterator(chunk_size=2000)`. Review. */
  stream(query: Query, expression: Location): FixProposal | undefined;
  /** `min(size, 100)` where a client's number goes into a slice or paginator; `max_page_size = 100` in a class of paginations. Review: larger pages are cut. */
  limitPageSize(event: PageSized): FixProposal | undefined;
  /** `paginate_by = 50` (and `ordering` when there is none) in a list view. Review. */
  paginateView(view: ListViewDeclared, project?: ProjectModel): FixProposal | undefined;
  /** `@cache_page(60 * 15)` on a view. Review: visitors see a page that is up to a quarter of an hour old. */
  cachePage(page: PublicPage, project: ProjectModel): FixProposal | undefined;
  /** `.order_by("pk")`. Review. */
  orderByKey(query: Query, project?: ProjectModel): FixProposal | undefined;
  /** `len(rows)` → `rows.count()`. Safe. `rows` is the query's expression inside `at`. */
  countInDatabase(at: Location, rows: Expression): FixProposal | undefined;
  /** `if rows` / `bool(rows)` → `rows.exists()`. Safe. */
  existsInDatabase(at: Location, rows: Expression): FixProposal | undefined;
  /** `row in rows` → `rows.contains(row)`; among the values of one column, `rows.filter(column=value).exists()`. Safe for rows that a query gave. */
  containsInDatabase(run: QueryRun, project: ProjectModel): FixProposal | undefined;
  /** `rows.count() > 0` → `rows.exists()`, `== 0` → `not rows.exists()`. Safe. */
  existsInsteadOfCount(run: QueryRun, project?: ProjectModel): FixProposal | undefined;
  /** `sum(x.price for x in rows)` → `rows.aggregate(…)`. Review. */
  aggregateInDatabase(event: RowsReduced, project?: ProjectModel): FixProposal | undefined;
  /** The condition moves into the query. Review. */
  filterInDatabase(event: RowsFiltered, project?: ProjectModel): FixProposal | undefined;
  /** `Count("tags")` → `Count("tags", distinct=True)`, for all of them. Review: the numbers become others. */
  countDistinct(aggregates: readonly Aggregate[]): FixProposal | undefined;
  /** Takes the statement away whose result nobody reads, when it does nothing but ask. Review. */
  removeQuery(run: QueryRun): FixProposal | undefined;
  /** `list(qs.values_list("id", flat=True))` → the queryset itself. Review. */
  passQuery(materialised: Location, query: Query, project?: ProjectModel): FixProposal | undefined;
  /** `x.n = x.n + 1; x.save()` → `F("n") + 1`, import included. Review. */
  incrementInDatabase(write: RowWritten, project?: ProjectModel): FixProposal | undefined;
  /** A switch in the options of a client: `synchronize: true` → `false`. Review: what it did must be done in another way. */
  switchOff(at: Location, title: string): FixProposal | undefined;
  /** Adds an index to the entity's `Meta.indexes` (Meta and the list created when absent), imports included; name ≤ 30 characters and unique. Review. */
  addIndex(entity: Entity, index: { readonly columns: readonly IndexColumn[]; readonly method?: "btree" | "gin"; readonly condition?: string }, title: string, project?: ProjectModel): FixProposal | undefined;
  /** The same with a new migration that builds the index without locking the table, where the database and the app's migrations allow it. Review. */
  addIndexConcurrently(entity: Entity, index: { readonly columns: readonly IndexColumn[] }, title: string, project: ProjectModel): FixProposal | undefined;
  /** Builds the indexes of a migration concurrently, when it does nothing else. Review. */
  buildConcurrently(event: IndexBuilt): FixProposal | undefined;
  /** Takes an index away: the entry of `Meta.indexes`, `db_index=True`, or `db_index=False` on a foreign key. Review. */
  removeIndex(entity: Entity, index: DatabaseIndex, title: string, project?: ProjectModel): FixProposal | undefined;
  /** Replaces an index's declaration by one that serves the lookups. Review. */
  replaceIndex(entity: Entity, index: DatabaseIndex, by: { readonly columns: readonly IndexColumn[]; readonly method?: "btree" | "gin" }, title: string, project?: ProjectModel): FixProposal | undefined;
  /** Fields of an admin's form that list every row of one table are looked up instead: `autocomplete_fields` where the target can be searched, else `raw_id_fields`. Review. */
  lookUpChoices(choices: readonly ChoicesShown[], project: ProjectModel): FixProposal | undefined;
  /** `name__icontains` → `name__istartswith`/`name__iexact`/…: changes the lookup of one condition, and so the rows that are found. A sketch. */
  changeLookup(at: Location, from: string, to: string, title: string): FixProposal | undefined;
  /** Changes settings where they are written; what is not there yet goes beside its neighbours or to the end of the settings. */
  changeSettings(deployment: Deployment, changes: readonly SettingChange[], title: string, safety: Safety): FixProposal;
  /** Another value in the place of one that is written. Review. */
  changeValue(value: SettingConstant, code: string, title: string): FixProposal;
  /** Sets a number in a server's command or configuration file: in place, else beside the option `near`, else behind the server's name. Review. */
  setServerOption(server: Server, name: ServerOptionName, value: number, near: ServerOptionName | undefined, title: string): FixProposal | undefined;
  /** Lets the database that a compose file starts write down statements that take this long. Review. */
  logSlowQueries(deployment: Deployment, milliseconds: number, title: string): FixProposal | undefined;
}

export type { ClassDeclaration };
