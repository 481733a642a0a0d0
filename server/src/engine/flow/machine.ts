import type { Comprehension, Expression, Statement, TemplateDeclaration } from "../facts";
import type { Basis, ClassRef, EntryPoint, FunctionRef, Manager, ProjectModel, Symbol } from "../project";
import type { Location } from "../source";
import type { CallSite, FlowAdapter } from "./adapter";
import type { CallFrame, DataAccessEvent, EventDraft, QueryEscapes, QueryRun } from "./events";
import type { ChainStep, LoopContext, Query, RowOrigin } from "./query";
import { callFunction } from "./calls";
import { CostLedger, recordCost, type Arm } from "./costs";
import { LoadUse } from "./loads";
import { blockedBy } from "./event-loop";
import { askedOnEveryRequest } from "./every-request";
import { droppedIn, type Dropped } from "./dropped";
import { emptyCall } from "./expressions";
import type { LoadedRows } from "./javascript/rows";
import type { Filtering } from "./selections";
import type { Scope } from "./scope";
import type { IdleRun } from "./idle-templates";
import type { Rendering } from "./templates";
import { newCell, type ManagerValue, type QueryValue, type RowCell, type RowValue, type Value } from "./values";

/** Calls deeper than this are not entered: a helper three calls below a loop is seen, with room for properties and managers. */
const MOST_FRAMES = 7;
const MOST_FRAMES_IN_ALL = 24;
/** Expressions evaluated for one function before its callees are no longer entered. */
const STEPS_PER_BODY = 10_000;

/** What the machine needs of the linked project beyond the model: bodies, and who asks for them. */
export interface FlowProject extends ProjectModel {
  bodyOf(fn: FunctionRef): readonly Statement[];
  moduleBody(uri: string): readonly Statement[];
  /** What a template declares of itself, and the statements of it ("") or of one of its blocks. */
  templateOf(uri: string): TemplateDeclaration | undefined;
  templateBody(uri: string, id: string): readonly Statement[];
  /** The dotted name a file is imported by. */
  moduleName(uri: string): string;
}

/** What happened in a transaction so far. */
export interface OpenTransaction {
  /** Where it is opened, in the frame of this depth. */
  readonly at: Location;
  readonly frame: number;
  /** The innermost loop that was running then, by id; 0: none. */
  readonly loop: number;
  /** The ORM that opened it. */
  readonly orm?: string;
  writes: number;
  locks: boolean;
  hasOtherEffects: boolean;
  /** A call opened it, and another one closes it. */
  readonly isBegun?: true;
}

/** The state of one evaluation: frames, loops, what was evaluated, and the events so far. One per file and run; never shared. */
export class Machine {
  frames: CallFrame[] = [];
  loops: LoopContext[] = [];
  events: DataAccessEvent[] = [];
  entry: EntryPoint = "unknown";
  /** How many frames, from the outermost on, nobody else reports: the root's, and those of templates and serializers that it fills. */
  rootFrames = 1;
  /** Frames of functions that the root's own code holds and hands to others: callbacks. */
  private readonly closureFrames = new Set<CallFrame>();
  /** How many of the frames are templates'. */
  templateFrames = 0;
  /** These, and those in which a framework writes out rows: no calls of the user's. */
  partFrames = 0;
  /** The object that a framework runs by itself, while it does. */
  driven: Value | undefined;
  /** The template being written. */
  rendering: Rendering | undefined;
  /** Queries that were evaluated and keep their rows, by id. */
  evaluated = new Set<number>();
  /** Queries that an object keeps and gives to whoever asks, by id: those of cached properties. */
  readonly keptQueries = new Set<number>();
  /** What an object of a framework gave once and gives again. */
  readonly keptBy = new WeakMap<object, Value>();
  /** What becomes of the eager loads that the outermost function asks for. */
  loadUse = new LoadUse();
  /** Transactions that are open now. */
  transactions: OpenTransaction[] = [];
  /** What may catch an error now, each as the innermost loop that it stands in. */
  guards: number[] = [];
  /** The frame of the `async def` whose event loop runs what is evaluated now; absent outside of one, and in threads. */
  asyncFrame: number | undefined;
  /** Rows are being walked by `async for`. */
  walksAsync = false;
  /** How many expressions may still be evaluated for the current root before calls are no longer followed. */
  budget = STEPS_PER_BODY;
  /** Loops, by id, of which a test on the way here leaves some rounds only. */
  selected: readonly number[] = [];
  /** How many branches around what runs now only run on the way to an error, or after one. */
  failing = 0;
  /** Depth of nested expressions and statements. */
  depth = 0;

  /** Results of calls that depend on nothing but their key; those in `idle` did not touch a database. */
  readonly results = new Map<string, Value>();
  readonly idle = new Set<string>();
  /** Those whose results may be others each time: a number that is drawn, the time. */
  readonly mayDiffer = new Set<string>();
  /** The callback of a filter that is looked into, and what its answers leave. */
  filtering: Filtering | undefined;
  /** What callbacks of filters leave that were looked into before. */
  readonly filters = new Map<string, Filtering["rows"]>();
  /** How many calls of what is not known were made so far. */
  unknownCalls = 0;

  private nextId = 1;
  private readonly cells = new Map<number, RowCell>();
  /** The row object whose relation a query follows, by query. */
  private readonly parentCells = new Map<number, RowCell>();
  private readonly cellFrames = new WeakMap<RowCell, number>();
  private readonly managers = new Map<number, Manager>();
  private readonly born = new Map<number, { readonly frame: number; readonly loop: number }>();
  /** Module-level values by their expression, while they are computed and after. */
  readonly moduleValues = new Map<Expression, Value | "pending">();
  /** Module-level names by file, as looked up so far. */
  readonly globals = new Map<string, Map<string, Value>>();
  readonly stack: string[] = [];
  /** What the generator being evaluated has yielded so far. */
  yielded: Value[] | undefined;
  /** Functions defined inside the outermost one: evaluated for themselves after it. */
  nested: { readonly function: FunctionRef; readonly closure?: Scope }[] = [];
  /** Functions defined inside the outermost one that it, or what it calls, has called. */
  readonly calledInside = new Set<string>();
  /** Loops in which something was waited for: what comes then is in another tick than the other rounds. */
  readonly waitedIn = new Set<number>();
  /** What is waited for now is there before anything else happens: set by whoever knows. */
  staysInTick = false;
  /** The last call went into code that is seen: what it waited for is noted. */
  entersLast = false;
  /** Rows that were waited for, by query. */
  readonly loadedRows = new Map<number, LoadedRows>();
  /** The last answer of `isScript`. */
  lastScript: { readonly uri: string; readonly answer: boolean } | undefined;
  /** Loops in which something was called that may change any table. */
  readonly changedIn = new Set<number>();
  /** The scope of the statement being executed. */
  scope: Scope | undefined;
  /** The queries that comprehensions of the current body walk. */
  readonly comprehensionQueries = new Map<Comprehension, Query>();
  /** Parts of templates that came to nothing, with what they asked for then. */
  readonly idleTemplates = new Map<string, readonly IdleRun[]>();
  /** The last answer of `templateLanguage`. */
  lastLanguage: { readonly uri: string; readonly language: "django-template" | "jinja" | undefined } | undefined;
  /** What names, filters and tags of templates stand for, by file: looked up once per run. */
  readonly templateNames = new Map<string, Map<string, unknown>>();
  /** How often something other than the database was called that changes something, or may. */
  effects = 0;
  /** The last call in a loop that was not looked into. */
  unseen: { readonly node: Expression; readonly dependsOn: number } | undefined;
  /** How often a database was asked or written to so far: tells whether a call did anything. */
  work = 0;

  /** What is sent to the database, whoever reports it. */
  readonly costs = new CostLedger();

  constructor(
    readonly project: FlowProject,
    readonly adapters: readonly FlowAdapter[],
  ) {}

  /** Forgets what the last body did; module-level values are kept. */
  startBody(entry: EntryPoint): void {
    this.frames = [];
    this.loops = [];
    this.events = [];
    this.entry = entry;
    this.evaluated = new Set();
    this.keptQueries.clear();
    this.transactions = [];
    this.loadUse = new LoadUse();
    this.asyncFrame = undefined;
    this.walksAsync = false;
    this.guards = [];
    this.cells.clear();
    this.born.clear();
    this.managers.clear();
    this.parentCells.clear();
    this.results.clear();
    this.costs.clear();
    this.comprehensionQueries.clear();
    this.changedIn.clear();
    this.nested = [];
    this.calledInside.clear();
    this.waitedIn.clear();
    this.unseen = undefined;
    this.loadedRows.clear();
    this.staysInTick = false;
    this.closureFrames.clear();
    this.scope = undefined;
    this.idle.clear();
    this.mayDiffer.clear();
    this.filters.clear();
    this.filtering = undefined;
    this.budget = STEPS_PER_BODY;
    this.selected = [];
    this.depth = 0;
    this.stack.length = 0;
    this.rootFrames = 1;
    this.templateFrames = 0;
    this.partFrames = 0;
    this.rendering = undefined;
    this.driven = undefined;
  }

  get uri(): string {
    return this.frames[this.frames.length - 1].uri;
  }

  at(node: { readonly start: number; readonly end: number }, uri = this.uri): Location {
    return { uri, span: { start: node.start, end: node.end } };
  }

  adapter(orm: string): FlowAdapter | undefined {
    return this.adapters.find((adapter) => adapter.orm === orm);
  }

  /** Whether the running function drops the value of an expression, and how. */
  dropped(node: Expression): Dropped | undefined {
    const { function: fn, uri } = this.frames[this.frames.length - 1];
    const facts = fn && this.project.files.get(uri);
    return facts && droppedIn(facts, fn.declaration).get(node);
  }

  /** The adapter that knows the rows of an entity. */
  rowAdapter(row: RowValue): FlowAdapter | undefined {
    const framework = this.project.entity(row.origin.entity)?.framework;
    return this.adapters.find((adapter) => adapter.orm === framework) ?? this.adapters[0];
  }

  /** A method of the user's class behind a row. */
  rowMethod(row: RowValue, name: string): FunctionRef | undefined {
    const entity = this.project.entity(row.origin.entity);
    return entity?.class ? this.project.method(entity.class, name) : undefined;
  }

  /** Calls a method without arguments on `self`. */
  callFunction(fn: FunctionRef, self: Value, node: Expression): Value {
    return callFunction(this, fn, self, emptyCall(this, node));
  }

  newId(): number {
    return this.nextId++;
  }

  /** A new query object: identity, and the frame and loop that it was made in. */
  newQuery(state: Omit<Query, "id">, manager?: Manager): Query {
    const query = { ...state, id: this.newId() };
    if (manager) this.managers.set(query.id, manager);
    this.born.set(query.id, { frame: this.frames.length - 1, loop: this.innermost });
    return query;
  }

  /** A query derived from another: a new object, made where its chain began. */
  derive(from: Query, change: Partial<Query>): Query {
    const query = { ...from, ...change, id: this.newId(), from };
    const place = this.born.get(from.id);
    const manager = this.managers.get(from.id);
    if (manager) this.managers.set(query.id, manager);
    const parent = this.parentCells.get(from.id);
    if (parent) this.parentCells.set(query.id, parent);
    this.born.set(query.id, { frame: Math.min(place?.frame ?? 0, this.frames.length - 1), loop: this.innermost });
    return query;
  }

  /** The class of the queryset object, when it is one of the user's. */
  querysetClass(query: Query): ClassRef | undefined {
    return this.managers.get(query.id)?.queryset;
  }

  /** What a method of the user's own manager or queryset gives: the chain goes on where it was called. */
  customResult(receiver: QueryValue | ManagerValue, name: string, call: CallSite, result: Value): Value {
    if (result.kind === "union") return { ...result, options: result.options.map((option) => this.customResult(receiver, name, call, option)) };
    if (result.kind !== "query" || result.query.entity !== receiver.query.entity) return result;
    const step: ChainStep = { name, uri: call.uri, call: call.node, custom: true };
    const query = this.derive(result.query, { origin: { ...receiver.query.origin, steps: [...receiver.query.origin.steps, step] } });
    return { ...result, query, varies: Math.max(result.varies, call.varies) };
  }

  /** The result of a call done before, as a new object: a function called twice builds two queries. */
  fresh(value: Value): Value {
    if (value.kind === "query") return { ...value, query: this.derive(value.query, { from: value.query.from }) };
    return value;
  }

  /** The frame that a query's chain began in; 0 when it came from outside. */
  bornFrame(query: Query): number {
    return this.born.get(query.id)?.frame ?? 0;
  }

  /** The innermost loop that was running when the query object was made. */
  bornLoop(query: Query): number {
    return this.born.get(query.id)?.loop ?? 0;
  }

  /** Id of the innermost loop; 0: none. */
  get innermost(): number {
    return this.loops.length ? this.loops[this.loops.length - 1].id : 0;
  }

  /** The row object(s) of a query: one abstract object stands for all of them. */
  cellOf(query: Query): RowCell {
    let cell = this.cells.get(query.id);
    if (!cell) {
      this.cells.set(query.id, (cell = newCell()));
      this.cellFrames.set(cell, this.bornFrame(query));
    }
    return cell;
  }

  /** A row object that no query is known of, made in the running function. */
  newRow(origin: RowOrigin, varies = 0): RowValue {
    const cell = newCell();
    this.cellFrames.set(cell, this.frames.length - 1);
    return { kind: "row", origin, cell, varies };
  }

  /** What is asked of a row began where the row was made: a caller that hands in a row is concerned by it. */
  bornWith(query: Query, cell: RowCell): void {
    this.parentCells.set(query.id, cell);
    const place = this.born.get(query.id);
    const frame = this.cellFrames.get(cell);
    if (place && frame !== undefined && frame < place.frame) this.born.set(query.id, { ...place, frame });
  }

  /** The row whose relation this query follows: `order` of `order.items.filter(…)`. */
  parentRow(query: Query): RowValue | undefined {
    const cell = this.parentCells.get(query.id);
    return query.parent && cell ? { kind: "row", origin: query.parent.row, cell, varies: query.parent.row.loop?.id ?? 0 } : undefined;
  }

  /** Whether a relation of this row object may have been read before, so that it is there. */
  isRead(row: RowOrigin, path: string): boolean {
    return row.query !== undefined && this.cellOf(row.query).read.has(path);
  }

  /** Nothing that runs now is repeated by a loop of the outermost function, so what calls cause here is reported elsewhere. */
  get isQuiet(): boolean {
    return this.loops.every((loop) => !this.isRoots(loop.frame) && !(loop.query && this.isRoots(this.bornFrame(loop.query))));
  }

  /**
   * Goes into a frame; the result leaves it. Templates with their macros, and what a framework writes out, are as good as the root's own
   * where they stand right above its frames, or above methods that the framework called on the root's own object: nobody else reports what happens there.
   */
  enterFrame(frame: CallFrame, home?: CallFrame): () => void {
    const isPart = frame.isTemplate === true || frame.writesOut !== undefined;
    const isClosure = home !== undefined;
    if (isClosure && this.isOwn(home)) this.closureFrames.add(frame);
    const { rootFrames } = this;
    const isRoot = isPart && this.frames.slice(rootFrames).every((between) => between.isDriven);
    this.frames.push(frame);
    if (isPart || isClosure) this.partFrames++;
    if (frame.isTemplate) this.templateFrames++;
    if (isRoot) this.rootFrames = this.frames.length;
    return () => {
      this.rootFrames = rootFrames;
      if (frame.isTemplate) this.templateFrames--;
      if (isPart || isClosure) this.partFrames--;
      this.closureFrames.delete(frame);
      this.frames.pop();
      // Where it is closed was not seen.
      if (this.transactions.some((each) => each.isBegun && each.frame >= this.frames.length)) this.transactions = this.transactions.filter((each) => !each.isBegun || each.frame < this.frames.length);
    };
  }

  get mayEnter(): boolean {
    return this.frames.length - this.partFrames < MOST_FRAMES && this.frames.length < MOST_FRAMES_IN_ALL && this.budget > 0;
  }

  /** One way of a branch that the code that runs now decides on; without `branch`, of a new one. `test`: what decides. */
  arm(branch = this.costs.newBranch(), way = 0, ways = 2, test?: Value): Arm {
    return { branch, way, ways, frame: this.frames.length - 1, dependsOn: Math.ceil(test?.varies ?? 0) };
  }

  /** Runs something for each of the values that one may be: of what they send one counts, and which, nothing here decides. */
  forEither<Result>(options: readonly Value[], run: (option: Value) => Result): Result[] {
    const branch = this.costs.newBranch();
    return options.map((option, way) => this.costs.within({ ...this.arm(branch, way, options.length), isUsual: true }, () => run(option)));
  }

  /** Records an event, unless everything about it lies inside a called function, which reports it when evaluated for itself. */
  emit(draft: EventDraft): void {
    recordCost(this, draft);
    const blocked = blockedBy(this, draft);
    if (blocked) this.emit(blocked);
    const repeated = askedOnEveryRequest(this, draft);
    if (repeated) this.emit(repeated);
    if (!this.isRoots(this.frames.length - 1) && !this.concernsOutermost(draft)) return;
    const loops = draft.loops ?? this.loops.slice();
    const way = {
      ...(this.selected.length > 0 && { selected: this.selected }), ...(this.transactions.length > 0 && { inTransaction: { loop: this.transactions[0].loop } }), ...(this.costs.arms.length > 0 && { arms: this.costs.arms }),
      ...(this.failing > 0 && { onFailure: true as const }),
    };
    this.events.push({ basis: basisOf(draft), ...draft, ...way, loops, frames: this.frames.slice(), entry: this.entry } as DataAccessEvent);
  }

  /** Whether a frame is the root's own, or a template's or serializer's that writes out what the root hands it. */
  isRoots(frame: number): boolean {
    return frame < this.rootFrames || (this.closureFrames.size > 0 && this.closureFrames.has(this.frames[frame]));
  }

  /** Whether a frame is running and the root's own. */
  private isOwn(frame: CallFrame): boolean {
    const at = this.frames.lastIndexOf(frame);
    return at >= 0 && this.isRoots(at);
  }

  /** Whether what runs now is the root's own code: its own statements, or a callback that it holds. */
  get isInRoot(): boolean {
    return this.isRoots(this.frames.length - 1);
  }

  private concernsOutermost(draft: EventDraft): boolean {
    const loops = draft.loops ?? this.loops;
    const isRootsLoop = (loop: LoopContext): boolean => this.isRoots(loop.frame) || (loop.query !== undefined && this.isRoots(this.bornFrame(loop.query)));
    const isRootsRow = (row: RowOrigin): boolean => row.query !== undefined && this.isRoots(this.bornFrame(row.query));
    switch (draft.kind) {
      case "serialized":
      case "notUnderstood":
      case "loadsNamed":
        return true;
      case "relationRead":
        return (draft.row.loop ? this.isRoots(draft.row.loop.frame) : true) || isRootsRow(draft.row);
      case "columnRead":
        return (draft.row.loop !== undefined && this.isRoots(draft.row.loop.frame)) || isRootsRow(draft.row);
      case "rowWritten":
        return loops.some(isRootsLoop) || (draft.row !== undefined && isRootsRow(draft.row));
      case "outsideCall":
        return loops.some(isRootsLoop) || (draft.transaction !== undefined && this.isRoots(draft.transaction.frame));
      case "everyRequestQuery":
        return true;
      case "eventLoopBlocked":
        return this.isRoots(draft.asyncFrame);
      default:
        return loops.some(isRootsLoop) || ("query" in draft && draft.query !== undefined && this.isRoots(this.bornFrame(draft.query)));
    }
  }

  /** Uses of one query object in the events so far. */
  usesOf(query: Query): (QueryRun | QueryEscapes)[] {
    return this.events.filter((event): event is QueryRun | QueryEscapes => (event.kind === "queryRun" || event.kind === "queryEscapes") && event.query.id === query.id);
  }

  /** How the code writes an expression, short: for messages. */
  describe(expression: Expression): string {
    switch (expression.kind) {
      case "name": return expression.name;
      case "attribute": return `${this.describe(expression.object)}.${expression.name}`;
      case "call": return `${this.describe(expression.callee)}(…)`;
      case "subscript": return `${this.describe(expression.object)}[…]`;
      case "await": return this.describe(expression.operand);
      case "sequence": return expression.items.map((item) => this.describe(item)).join(", ");
      case "spread": return `*${this.describe(expression.value)}`;
      default: return "…";
    }
  }

  symbolKey(symbol: Symbol): string {
    switch (symbol.kind) {
      case "class": return symbol.class.key;
      case "function": return symbol.function.key;
      case "value": return `${symbol.uri}#${symbol.value.name}@${symbol.value.start}`;
      case "type": return `${symbol.uri}#${symbol.type.name}@${symbol.type.start}`;
      case "module": return symbol.uri;
      case "external": return symbol.name;
    }
  }
}

/** What an event rests on: the query or the row that it speaks of. */
function basisOf(draft: EventDraft): Basis {
  const query = "query" in draft ? draft.query : undefined;
  const row = "row" in draft ? draft.row : undefined;
  return query?.basis ?? row?.query?.basis ?? row?.basis ?? "resolved";
}
