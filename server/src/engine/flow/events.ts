import type { Call, ClassDeclaration, Expression, FunctionDeclaration, With } from "../facts";
import type { Basis, ClassRef, DatabaseEngine, Entity, EntryPoint, FunctionRef, Relation } from "../project";
import type { Location } from "../source";
import type { Arm, CostRecord, StatementCount } from "./costs";
import type { Dropped } from "./dropped";
import type { Aggregate, ChainStep, Load, LoopContext, Lookup, OrderTerm, Query, RowOrigin } from "./query";

export interface CallFrame {
  readonly function?: FunctionRef;
  readonly uri: string;
  /** Where the frame above called this one; absent in the outermost frame. */
  readonly callSite?: Location;
  /** Of the outermost frame: only administrators get to it. */
  readonly forAdministrators?: true;
  /** A template being rendered. */
  readonly isTemplate?: boolean;
  /** A method of the object that a framework runs by itself: a view's `get`. */
  readonly isDriven?: boolean;
  /** No call to the reader, but what a framework does with many rows or with one: a serializer's field. What stands in it happens in the loop itself. */
  readonly writesOut?: "many" | "one";
}

interface EventBase {
  /** The expression it happens at, in the innermost frame. */
  readonly at: Location;
  /** Outermost first. The last one holds `at`. */
  readonly frames: readonly CallFrame[];
  /** Loops around it, outermost first, those of calling frames included. */
  readonly loops: readonly LoopContext[];
  readonly entry: EntryPoint;
  readonly basis: Basis;
  /** Loops, by id, of which some rounds come here only: those whose row has a value that is the same for all rounds (`if (row.owner === user)`). */
  readonly selected?: readonly number[];
  /** Branches that it lies on one way of, outermost first: what decides them is not known. */
  readonly arms?: readonly Arm[];
  /** A transaction is open, so everything goes through its one connection. */
  readonly inTransaction?: { readonly loop: number };
  /** The code is on its way to an error or has met one: in a handler, or before a `throw`. */
  readonly onFailure?: true;
}

/** A relation of a row is followed: `order.customer`, `order.items.all()`. */
export interface RelationRead extends EventBase {
  readonly kind: "relationRead";
  readonly row: RowOrigin;
  readonly relation: Relation;
  /** The path from the rows of `row.query`: `customer__city`. */
  readonly path: string;
  /** The rows are there already: eagerly loaded, or read before on this very object. */
  readonly loaded: boolean;
  /** For a to-many relation: the call that made it run, `all`, `count`, `exists`, `first`, `filter`, "iterate", "len", "bool" …; "read" for to-one. */
  readonly use: string;
  /** Prefetched, but `use` (or a method before it) makes the database answer again. */
  readonly bypasses?: { readonly load: Load; readonly method: string; readonly query: Query };
  /** The attribute chain goes on to a further relation from here (`order.customer` in `order.customer.city.name`): that event reports both. */
  readonly continued: boolean;
  /** Only the key was wanted: `order.customer.id`, `if order.customer`. */
  readonly keyOnly?: "id" | "truth";
  /** The ORM would load it for the rounds of the loop in one statement, but for what each waits for before. */
  readonly batchDefeatedBy?: "wait";
  /** The related rows' own query, for a to-many use. */
  readonly query?: Query;
}

/** How a query is run. */
export type RunHow =
  | "iterate" | "list" | "len" | "bool" | "index" | "contains" | "get" | "first" | "last" | "latest" | "earliest"
  | "count" | "exists" | "aggregate" | "in_bulk" | "iterator" | "get_or_create" | "update_or_create" | "values" | "unpack" | "join" | "sort" | "other";

/** A query is sent (or its cached rows are used again). */
export interface QueryRun extends EventBase {
  readonly kind: "queryRun";
  readonly query: Query;
  readonly how: RunHow;
  /** False: this very object was evaluated before and its rows are used again. */
  readonly sends: boolean;
  /** How many rows meet the conditions is asked as well, for a page of them. */
  readonly counts?: true;
  /** How many statements it really is, where that is not one and one for each relation that is prefetched. */
  readonly statements?: StatementCount;
  /** The innermost loop whose variable (or anything computed in it) the query depends on, by id; 0: none. */
  readonly dependsOn: number;
  /** Depends on nothing that can change while the innermost loop runs: no loop variables, no assignments in it, no calls of unknown effect, no writes to its tables. */
  readonly constantIn?: LoopContext;
  /** The query's own expression, for fixes: of `len(rows)` and `bool(rows)` it is `rows`, while `at` is the whole call. */
  readonly expression: Expression;
  /** Rows are dropped in code right where they are walked: a comprehension with a condition, `filter()`, `any()`. */
  readonly filtered?: boolean;
  /** The rows are an array by now, and code keeps some of them only, or makes one value of them: `rows.filter(…)`, `rows.find(…)`, `rows.some(…)`, `rows[0]`. */
  readonly narrowed?: boolean;
  /** One row is looked for, and nothing is raised where there is none. */
  readonly mayMiss?: true;
  /** The ORM would send the rounds of the loop as one statement, but for what each waits for before, compares or selects. */
  readonly batchDefeatedBy?: "wait" | "condition" | "selection";
  /** Nobody reads the result. */
  readonly dropped?: Dropped;
  /** `x in rows`: what is looked for, and the whole comparison. */
  readonly membership?: Membership;
  /** The rows stay with the query object and serve further rounds of a loop around it, or whoever asks the object that keeps it. */
  readonly keepsRowsForOthers?: boolean;
  /** The rows are an array by now, and all that is read of it is how many there are. */
  readonly onlyLength?: readonly { readonly at: Location; readonly expression: Expression; readonly meaning?: { readonly expression: Expression; readonly of: "some" | "none" } }[];
  /** On another branch the same name holds a list or nothing, so that no method of a query can take the place of `len` or truth. */
  readonly maybeList?: boolean;
  /** The result goes nowhere but into this: `count() > 0`, `len(qs) == 0`, `if qs` … */
  readonly comparedToZero?: { readonly at: Location; readonly expression: Expression; readonly meaning: "some" | "none" };
}

export interface Membership {
  readonly at: Location;
  readonly expression: Expression;
  readonly negated: boolean;
  /** The entity of what is looked for, when it is a row. */
  readonly entity?: string;
  /** It is a row that a query gave: saved, and never `None`. */
  readonly isFetched: boolean;
}

/** A column of a row is read. Emitted only for rows of a query with `only`/`defer`. */
export interface ColumnRead extends EventBase {
  readonly kind: "columnRead";
  readonly row: RowOrigin;
  readonly field: string;
  readonly loaded: boolean;
}

export type WriteHow =
  | "create" | "save" | "delete" | "bulk_create" | "bulk_update" | "update" | "query-delete" | "get_or_create" | "update_or_create"
  | "relation-add" | "relation-remove" | "relation-set" | "relation-clear";

/** A row is written. */
export interface RowWritten extends EventBase {
  readonly kind: "rowWritten";
  readonly how: WriteHow;
  readonly entity: string;
  readonly row?: RowOrigin;
  readonly query?: Query;
  readonly dependsOn: number;
  /** Fields assigned on the row since it was read, for `save`. */
  readonly assigned: readonly AssignedField[];
  /** `update_fields=[…]` when readable. */
  readonly updateFields?: readonly string[];
  /** What a bulk call would skip: a `save()`/`delete()` of the entity's own, signal receivers, multi-table parents. */
  readonly skips: readonly string[];
  readonly expression: Expression;
  /** `save()` on an instance made by the constructor, with the place of that call. */
  readonly constructed?: { readonly at: Location; readonly expression: Expression };
  /** Each round of a loop writes something else (other values, rows behind the row), and the ORM has no one statement for that. */
  readonly differs?: true;
  /** Whether an update sets the same values in every round of the innermost loop; absent where that is not seen. */
  readonly sets?: "same" | "different";
  /** An error of this write is caught in the round of the loop that it is in: one row may fail alone. */
  readonly isGuarded?: true;
  /** A delete that only marks the row: no foreign key is looked at. */
  readonly keepsRow?: true;
  /** Of an insert of many rows: all of them stand in the code. */
  readonly isWrittenOut?: true;
  /** Inserted before in the same function: its own later save. */
  readonly isNew?: boolean;
  /** What is given may be rows that are not there yet: the ORM inserts those and updates the others. */
  readonly mayInsert?: true;
}

/** Rows come into a table by no write of its own: with the row of a relation (`items: { create: … }`), or with the next flush. */
export interface RowsAdded extends EventBase {
  readonly kind: "rowsAdded";
  readonly entity: string;
}

/** A function takes rows that a function it calls has loaded. Comes at its end. */
export interface RowsTaken extends EventBase {
  readonly kind: "rowsTaken";
  readonly query: Query;
  /** False: it only counts them, searches them, or picks some. */
  readonly isKept: boolean;
}

export interface AssignedField {
  readonly field: string;
  readonly at: Location;
  readonly expression: Expression;
  /** Computed from the old value of the same field in code (`x.n = x.n + 1`, `x.n += 1`), without `F()`. */
  readonly fromOwnValue?: { readonly operator: string; readonly operand: Expression };
  /** The same value for every round of the innermost loop. */
  readonly constant: boolean;
  readonly value?: Expression;
}

/** Something other than the database is waited for: a server, a mail, a process, the clock. */
export interface OutsideCall extends EventBase {
  readonly kind: "outsideCall";
  readonly io: "http" | "mail" | "sleep" | "process";
  /** The dotted name of what is called. */
  readonly name: string;
  /** Whether it gives up after a while. */
  readonly timeout: "given" | "none" | "unknown";
  /** How long it sleeps, when that is a number in the code. */
  readonly seconds?: number;
  readonly expression: Call;
  /** The innermost loop that its arguments depend on, by id; 0: none. */
  readonly dependsOn: number;
  /** The outermost transaction that is open meanwhile, with what was done in it so far. */
  readonly transaction?: { readonly at: Location; readonly frame: number; readonly orm?: string; readonly locks: boolean; readonly writes: number };
  /** Called directly in an `async def`. */
  readonly inEventLoop?: true;
  /** It gives a promise: others go on meanwhile, and so does the code that does not wait for it. */
  readonly isAsynchronous?: true;
}

/** In a loop something other than the database is changed, or may be, by a call that nothing but its name is known of: `await mailer.send(…)`. */
export interface OtherEffect extends EventBase {
  readonly kind: "otherEffect";
  /**
   * "outside": by its name it sends mail, moves money, stores files; "told": it publishes or enqueues; "written": it is waited for and writes, to a database or a service;
   * "unknown": it is waited for, and is not named like what only reads.
   */
  readonly nature: "outside" | "told" | "written" | "unknown";
  readonly expression: Call;
  /** The innermost loop that its arguments depend on, by id; 0: none. */
  readonly dependsOn: number;
}

/** A background task is put in a queue. */
export interface TaskEnqueued extends EventBase {
  readonly kind: "taskEnqueued";
  /** The function's name. */
  readonly task: string;
  readonly expression: Expression;
  /** The innermost loop that its arguments depend on, by id; 0: none. */
  readonly dependsOn: number;
}

/** A limit on how often somebody may ask for something. */
export interface RateLimitDeclared extends EventBase {
  readonly kind: "rateLimitDeclared";
  readonly by: "decorator" | "throttle";
  /** `ratelimit`, `ScopedRateThrottle`. */
  readonly name: string;
  /** "none": there is no number to count up to. */
  readonly rate: "given" | "none" | "unknown";
  /** Whether somebody who asks too often is turned away. */
  readonly refuses: "yes" | "no" | "unknown";
  /** The decorator does not say whether it blocks. */
  readonly blockByDefault?: boolean;
}

/** A class that answers WebSocket connections. */
export interface ConsumerDeclared extends EventBase {
  readonly kind: "consumerDeclared";
  readonly name: string;
  /** Whom it lets in. */
  readonly accepts: "everyone" | "unknown";
  /** The statement of its own that accepts. */
  readonly accept?: { readonly statement: Location; readonly isAsync: boolean };
}

/** Middleware or a context processor sends a query, itself or in what it calls. */
export interface EveryRequestQuery extends EventBase {
  readonly kind: "everyRequestQuery";
  readonly query: Query;
  readonly how: RunHow;
}

/** The database is asked synchronously in an `async def`, or in what one calls directly. */
export interface EventLoopBlocked extends EventBase {
  readonly kind: "eventLoopBlocked";
  readonly by: "query" | "write" | "relation";
  /** The frame of the `async def`. */
  readonly asyncFrame: number;
  /** How the query is run, what is written, the name of the relation. */
  readonly how: string;
  readonly expression?: Expression;
  readonly entity: string;
  readonly query?: Query;
  readonly row?: RowOrigin;
}

/** A transaction was opened and is closed again. Comes behind what happened in it. */
export interface TransactionDone extends EventBase {
  readonly kind: "transactionDone";
  /** The ORM that opened it, where that is known. */
  readonly orm?: string;
  /** The block, where there is one: a decorated function has none. */
  readonly block?: With;
  /** Inside of another one: a savepoint. */
  readonly isNested: boolean;
  /** How many places in it write. */
  readonly writes: number;
  /** Rows are locked in it. */
  readonly locks: boolean;
  /** Something between it and the loop around it may catch an error, so that one round can fail alone. */
  readonly isGuarded: boolean;
  /** Something is called in it that may wait for others: mail, HTTP, a queue. */
  readonly hasOtherEffects: boolean;
}

/** A condition is put on a query. */
export interface LookupUsed extends EventBase {
  readonly kind: "lookup";
  readonly lookup: Lookup;
  /** The query with this condition (and the others of the same call). */
  readonly query: Query;
}

/** A query is ordered in a way of its own. */
export interface RowsOrdered extends EventBase {
  readonly kind: "rowsOrdered";
  readonly terms: readonly OrderTerm[];
  readonly query: Query;
  readonly step: ChainStep;
}

/** A query computes aggregates with its rows, or instead of them. */
export interface Aggregated extends EventBase {
  readonly kind: "aggregated";
  /** The query with these aggregates and those before. */
  readonly query: Query;
  readonly added: readonly Aggregate[];
}

/** `prefetch_related`/`select_related` names a relation. */
export interface EagerLoaded extends EventBase {
  readonly kind: "eagerLoaded";
  readonly load: Load;
  readonly relation: Relation;
  readonly query: Query;
}

/** `prefetch_related("items")` of something that is not known: some query's rows come with these. */
export interface LoadsNamed extends EventBase {
  readonly kind: "loadsNamed";
  readonly paths: readonly string[];
}

/** A query is handed to something that cuts it in pages. */
export interface Paginated extends EventBase {
  readonly kind: "paginated";
  readonly query: Query;
  /** The name of the paginator, or "slice". */
  readonly by: string;
  /** The slice: `rows[start:start + 20]`. */
  readonly expression?: Expression;
}

/** A function loads a relation with a query's rows and, as far as every place that they go to was seen, nobody reads it. Comes at the end of the function. */
export interface EagerLoadUnused extends EventBase {
  readonly kind: "eagerLoadUnused";
  readonly load: Load;
  readonly relation: Relation;
  readonly query: Query;
}

/** A function loads wide columns with many rows and, as far as every place that the rows go to was seen, nobody reads them. Comes at the end of the function. */
export interface ColumnsUnread extends EventBase {
  readonly kind: "columnsUnread";
  readonly query: Query;
  readonly columns: readonly string[];
}

/** Whoever calls says how many rows come at once: in a slice, a paginator, a view or a class of paginations. */
export interface PageSized extends EventBase {
  readonly kind: "pageSized";
  readonly by: "slice" | "paginator" | "view" | "class";
  readonly query?: Query;
  /** What the code does to limit the number is known when the whole function has run. */
  readonly number: ClientNumber;
  /** The expression that is the number, where one is written. */
  readonly size?: Expression;
  /** A class that lets its callers choose: the attribute that would limit them, and where one may be added. */
  readonly declared?: { readonly framework: string; readonly name: string; readonly maximum: string; readonly bodyStart?: number; readonly after?: Location };
}

/** A value that came with the request. One object for all names of it. */
export interface ClientNumber {
  /** Compared with something, or handed to code that is not seen: it may be limited. */
  isChecked: boolean;
  /** Made a number by `int()`. */
  readonly isInteger: boolean;
}

/** All rows are folded into one value in code: `sum(x.price for x in rows)`. */
export interface RowsReduced extends EventBase {
  readonly kind: "rowsReduced";
  readonly query: Query;
  readonly by: "sum" | "max" | "min" | "set" | "any" | "all" | "sorted" | "first-of-list" | "dict-count";
  /** The column that is folded, when it is one plain column. */
  readonly field?: string;
  readonly expression: Expression;
}

/** Rows are dropped in code by a condition on a plain column: `[x for x in rows if x.status == "new"]`. */
export interface RowsFiltered extends EventBase {
  readonly kind: "rowsFiltered";
  readonly query: Query;
  readonly field: string;
  readonly operator: string;
  readonly negated: boolean;
  /** The other side of the comparison. */
  readonly value?: Expression;
  readonly condition: Expression;
  /** The only condition, so that filtering in the query gives the same rows. */
  readonly whole: boolean;
}

/** A query leaves what can be seen: returned from an entry point, put in a template's context, stored, passed to unknown code. */
export interface QueryEscapes extends EventBase {
  readonly kind: "queryEscapes";
  readonly query: Query;
  /** "subquery": its SQL is taken, to stand in another query. */
  readonly to: "return" | "argument" | "attribute" | "response" | "container" | "closure" | "yield" | "subquery";
  /** For "argument": the callee as written. */
  readonly callee?: string;
  /** For "response": the template that gets it is known, so what it does with the rows is among the events. */
  readonly rendered?: boolean;
}

/** A template is rendered, or would be: `template` is missing when it could not be found. */
export interface TemplateRendered extends EventBase {
  readonly kind: "templateRendered";
  /** The name as the code gives it; undefined when it is computed. */
  readonly name?: string;
  readonly template?: string;
}

/** A serializer writes rows out; `serializer` is the key of its class. */
export interface Serialized extends EventBase {
  readonly kind: "serialized";
  readonly serializer: string;
}

/** Something that the code shows cannot be followed: what it costs is not known, and silence about it says nothing. */
export interface NotUnderstood extends EventBase {
  readonly kind: "notUnderstood";
  readonly what: "template" | "serializer" | "query" | "view";
  readonly name?: string;
  /** For people, without a full stop: "its fields are computed when the code runs". */
  readonly reason: string;
}

/** A form or a filter offers the rows of a query to choose from, and so loads and writes all of them. */
export interface ChoicesShown extends EventBase {
  readonly kind: "choicesShown";
  readonly query: Query;
  /** The field that is chosen. */
  readonly field: string;
  readonly by: "form" | "admin" | "filter";
  /** The class that names the field: a form, an admin. */
  readonly within: ClassRef;
  /** The declaration of the relation that the field is made of. */
  readonly declaredAt?: Location;
}

/** A migration builds an index on a table that was there before. */
export interface IndexBuilt extends EventBase {
  readonly kind: "indexBuilt";
  readonly entity: Entity;
  /** Without locking the table. */
  readonly isConcurrent: boolean;
  readonly migration: { readonly uri: string; readonly class: ClassDeclaration; readonly isAtomic: boolean };
  /** The callees of all operations, when they are nothing but such. */
  readonly operations?: readonly Expression[];
}

/** A class-based view that lists rows. */
export interface ListViewDeclared extends EventBase {
  readonly kind: "listView";
  readonly view: { readonly uri: string; readonly name: string; readonly span: Location; readonly bodyStart: number };
  readonly entity: Entity;
  readonly query?: Query;
  readonly paginated: "yes" | "no" | "unknown";
  /** The rows are ordered (by `ordering`, the query or the entity). */
  readonly ordered: boolean;
  /** What gives it pages. */
  readonly setting: "paginate_by" | "pagination_class";
  /** Nothing can be added through it: how its table grows is not seen. */
  readonly isReadOnly?: boolean;
}

/** A view answers whoever asks, everybody the same, and nothing keeps the answer. Comes at the end of what it does. */
export interface PublicPage extends EventBase {
  readonly kind: "publicPage";
  readonly framework: string;
  readonly name: string;
  readonly form: "function" | "class";
  readonly declaration: FunctionDeclaration | ClassDeclaration;
}

/** What connects to the database is made: a client, a pool, a data source. An adapter emits it where the code makes one. */
export interface ClientCreated extends EventBase {
  readonly kind: "clientCreated";
  readonly orm: string;
  /** As people say it: `PrismaClient`, `DataSource`, `Sequelize`, `knex`. */
  readonly name: string;
  readonly expression: Call;
  readonly engine: DatabaseEngine;
  /** Where it goes: kept by the module or by an object that lives as long ("kept"), gone with the call that made it ("call"). */
  readonly lives: "kept" | "call" | "unknown";
  /** The pool's settings: "default" where nothing is said of it. */
  readonly pool: "default" | "given" | "unknown";
  /** The largest number of connections, where it is a number in the code. */
  readonly poolSize?: number;
  /** Every query is written to the log; the option that says so, and whether it depends on the environment. */
  readonly logsQueries?: { readonly at: Location; readonly always: boolean };
  /** The schema is changed to fit the code whenever it starts: `synchronize: true`, `sync({ alter: true })`. `drops`: what is there is thrown away first, `sync({ force: true })`. */
  readonly changesSchema?: { readonly at: Location; readonly always: boolean; readonly drops?: true };
  /** The mapping of options in the code, for fixes. */
  readonly options?: { readonly uri: string; readonly expression: Expression };
}

/** The end of one function (or module) evaluated for itself. */
export interface BodyDone extends EventBase {
  readonly kind: "bodyDone";
  readonly function?: FunctionDeclaration;
  /** The class that a framework does it with, where no function of the user's is at the root. */
  readonly owner?: ClassRef;
  /** What it sends to the database, calls included. */
  readonly cost: CostRecord;
  /** In order of evaluation. */
  readonly events: readonly DataAccessEvent[];
}

export type DataAccessEvent =
  | RelationRead
  | QueryRun
  | ColumnRead
  | RowWritten | RowsAdded | RowsTaken
  | TransactionDone | OutsideCall | OtherEffect | TaskEnqueued | EventLoopBlocked | EveryRequestQuery | RateLimitDeclared | ConsumerDeclared
  | LookupUsed
  | RowsOrdered
  | Aggregated
  | EagerLoaded
  | LoadsNamed
  | EagerLoadUnused
  | ColumnsUnread
  | Paginated
  | PageSized
  | RowsReduced
  | RowsFiltered
  | QueryEscapes
  | TemplateRendered
  | Serialized
  | NotUnderstood
  | ChoicesShown
  | IndexBuilt
  | ListViewDeclared
  | PublicPage
  | ClientCreated
  | BodyDone;

export type EventOf<K extends DataAccessEvent["kind"]> = Extract<DataAccessEvent, { kind: K }>;

type Draft<E> = E extends DataAccessEvent ? Omit<E, "frames" | "loops" | "entry" | "basis" | "selected" | "inTransaction" | "onFailure"> & { readonly basis?: Basis; readonly loops?: readonly LoopContext[] } : never;

/** An event without what the machine knows of its place. */
export type EventDraft = Draft<DataAccessEvent>;
