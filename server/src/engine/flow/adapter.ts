import type { Argument, Attribute, Call, Expression } from "../facts";
import type { ClassRef, Entity, EntryPoint, FunctionRef } from "../project";
import type { CallFrame, DataAccessEvent, EventDraft, IndexBuilt, ListViewDeclared, PageSized, QueryEscapes, RunHow, WriteHow } from "./events";
import type { StatementCount } from "./costs";
import type { Machine } from "./machine";
import type { InstanceValue, ManagerValue, ObjectValue, QueryValue, RowValue, SequenceValue, Value } from "./values";

/** A call being evaluated: its arguments as values, in order, with their nodes. */
export interface CallSite {
  readonly node: Call;
  readonly uri: string;
  readonly positional: readonly { readonly value: Value; readonly node: Argument }[];
  /** `maybe`: of a `**mapping` that has it on some ways through the code only. */
  readonly keywords: ReadonlyMap<string, { readonly value: Value; readonly node: Argument; readonly maybe?: boolean }>;
  /** `*args` or `**kwargs` of unknown content: there may be more. */
  readonly more: boolean;
  /** What the arguments depend on. */
  readonly varies: number;
  /** The arguments are those that the code writes at `node`, all of them: of a parameter that is not among them nothing is given. */
  readonly isWritten?: boolean;
  /** How many elements the object of the method has, as a test before said. */
  readonly length?: number;
  /** The framework calls it to write out many rows, or one. */
  readonly writesOut?: CallFrame["writesOut"];
}

/** What stands around an expression and decides how its value is used. */
export interface Use {
  /** The attribute that is read from it next. */
  readonly next?: string;
  /** It is tested for truth only. */
  readonly truth?: boolean;
}

export const NO_USE: Use = Object.freeze({});
/** Only whether it is true is asked. */
export const TRUTH: Use = Object.freeze({ truth: true });

/** What a framework does with a class that no code of the user's shows: a list view without methods, a feed, an admin's list. */
export interface Driven {
  readonly entry: EntryPoint;
  /** Runs in a frame of its own, at the class; what it finds there is the class's own. */
  run(self: Value, m: Machine): void;
}

/** Everything the evaluator must know of one ORM. Undefined always means: not mine. */
export interface FlowAdapter {
  readonly orm: string;
  /** Its code is JavaScript or TypeScript; absent for Python. Code of one language is never shown to adapters of the other. */
  readonly isScript?: true;
  /** An attribute of an entity's class: `Book.objects`. */
  entityAttribute(entity: Entity, name: string, node: Attribute, machine: Machine): Value | undefined;
  /** An attribute of one row that is no method or property of the user's. */
  rowAttribute(row: RowValue, name: string, node: Attribute, use: Use, machine: Machine): Value | undefined;
  /** An attribute of a query or manager that is no method. */
  queryAttribute?(query: QueryValue | ManagerValue, name: string, machine: Machine): Value | undefined;
  /** An attribute of an object the adapter made. */
  objectAttribute(object: ObjectValue, name: string, node: Attribute, machine: Machine): Value | undefined;
  /** An attribute of an instance whose class gets it from the framework: `self.request` in a view. */
  instanceAttribute(instance: InstanceValue, name: string, node: Attribute, machine: Machine): Value | undefined;
  /** A method call on a query, manager, row, entity or object. */
  callMethod(receiver: Value, name: string, call: CallSite, machine: Machine): Value | undefined;
  /** A method that an instance's class inherits from the framework. */
  callInstance(instance: InstanceValue, name: string, call: CallSite, machine: Machine): Value | undefined;
  /** `BookSerializer(rows, many=True)`: what a call of a class gives whose framework makes something of its own of it. */
  instantiate?(owner: ClassRef, call: CallSite, machine: Machine): Value | undefined;
  /** `isinstance(value, Class)`, where it is certain. */
  isInstance?(value: Value, of: ClassRef, machine: Machine): boolean | undefined;
  /** `Book(title=…)`. */
  construct(entity: Entity, call: CallSite, machine: Machine): Value;
  /** A function or class outside the workspace, by dotted name. */
  callExternal(name: string, call: CallSite, machine: Machine): Value | undefined;
  /** A method of something that is not known, where what it is handed tells whose it is: nothing but Drizzle takes a table of Drizzle's. */
  callOnUnknown?(name: string, call: CallSite, machine: Machine): Value | undefined;
  /** What code that runs puts into an object of a module, by name: `db[model.name] = model` for the files of a folder. */
  filledObject?(uri: string, name: string, machine: Machine): ReadonlyMap<string, Value> | undefined;
  /** Something that is not known is called: a method of an unknown object, a function of a package. */
  calledUnknown?(name: string, call: CallSite, machine: Machine): void;
  /** An object of the adapter's leaves sight: a promise that is handed on is waited for by whoever gets it. */
  escaped?(value: ObjectValue, to: QueryEscapes["to"], machine: Machine): void;
  /** How many statements a write of this kind sends, where that is not one. */
  statementsOf?(how: WriteHow): StatementCount | undefined;
  /** A row that came before is there again without a statement: an identity map. */
  readonly keepsRows?: true;
  /** What `await value` gives where waiting is what asks the database: a promise of Prisma's, a query of Drizzle's or Knex's. */
  awaited?(value: Value, node: Expression, machine: Machine): Value | undefined;
  /** Runs a query at `node` and gives its rows; `rows` is the query's own expression where `node` is a call around it, as in `len(rows)`. */
  evaluate(value: QueryValue, how: RunHow, node: Expression, machine: Machine, rows?: Expression): SequenceValue;
  /** Walking, indexing, slicing an object of the adapter (`Page`, …). */
  iterate(value: ObjectValue | ManagerValue | InstanceValue, node: Expression, machine: Machine): Value | undefined;
  subscript(value: Value, index: Value, node: Expression, machine: Machine): Value | undefined;
  /** `a | b`, `a & b`, `~a` on queries and conditions. */
  combine(operator: string, left: Value, right: Value | undefined, node: Expression, machine: Machine): Value | undefined;
  /** What `self` is in the methods of a class. */
  selfOf(owner: ClassRef, machine: Machine): Value | undefined;
  /** What `cls` is in its class methods. */
  classSelfOf(owner: ClassRef, machine: Machine): Value | undefined;
  /** What a parameter holds by its place in an entry point: `request` in a view. */
  parameter(owner: ClassRef | undefined, name: string, machine: Machine): Value | undefined;
  /** A generic annotation: `QuerySet[Book]`. */
  annotation(name: string, parameters: readonly Value[], node: Expression, machine: Machine): Value | undefined;
  /** The assignment `row.field = value`. */
  assignAttribute(row: RowValue, name: string, value: Value, node: Attribute, assigned: Expression, machine: Machine, operator?: string): void;
  /** What the framework does with a class of the user's on its own. */
  driven(owner: ClassRef, machine: Machine): readonly Driven[];
  /** What it does because of calls at the top of a file: a list for a model that is registered without a class. */
  drivenIn?(uri: string, machine: Machine): readonly Driven[];
  /** What becomes of the value that an outermost function returns: a decorator may render it. */
  returned?(fn: FunctionRef, value: Value, node: Expression, machine: Machine): void;
  /** A template writes a value out: what the framework does for its text, as for a form. */
  printed?(value: Value, node: Expression, machine: Machine): void;
  /** List views among the classes of a file. */
  listViews(uri: string, machine: Machine): readonly Omit<ListViewDeclared, "frames" | "loops" | "entry" | "basis">[];
  /** Indexes that a migration among the classes of a file builds. */
  indexesBuilt(uri: string, machine: Machine): readonly Omit<IndexBuilt, "frames" | "loops" | "entry" | "basis">[];
  /** A decorator runs the function in a transaction. */
  isTransactional(fn: FunctionRef, machine: Machine): boolean;
  /** What else a file declares that rules ask about: rate limits, WebSocket consumers. */
  declared(uri: string, machine: Machine): readonly EventDraft[];
  /** What the outermost function, or what a framework does with a class, answers to everybody, after these events. */
  publicPage?(fn: FunctionRef | undefined, owner: ClassRef | undefined, events: readonly DataAccessEvent[], machine: Machine): EventDraft | undefined;
  /** Classes of a file that let their callers choose how many rows come at once. */
  pageSizes(uri: string, machine: Machine): readonly Omit<PageSized, "frames" | "loops" | "entry" | "basis">[];
}
