import type { Call, Comprehension, Lambda, Literal, Mapping } from "../facts";
import type { ClassRef, Entity, FunctionRef, Manager } from "../project";
import type { Location } from "../source";
import type { AssignedField } from "./events";
import type { Bound, LoopContext, Query, RowOrigin } from "./query";
import type { Scope } from "./scope";

/**
 * What the evaluator knows of an expression's result. `varies` is the id of the innermost loop the value depends on (0: none);
 * loop ids grow with time, so a value varies with loop L exactly when `varies >= L.id`; half an id below (`perhapsVaries`) it may.
 */
interface Base {
  readonly varies: number;
}

/** `usually`: the default of a parameter that callers may give something else for. `isOneOfMany`: what was joined of more values than are told apart. */
export interface UnknownValue extends Base { readonly kind: "unknown"; readonly usually?: boolean; readonly isOneOfMany?: true }
export interface ConstantValue extends Base { readonly kind: "constant"; readonly value: Literal["value"] }
/** A lazy query. */
export interface QueryValue extends Base { readonly kind: "query"; readonly query: Query }
/** What methods build queries from: `Book.objects`, `order.items`. `query` is what `.all()` gives. */
export interface ManagerValue extends Base { readonly kind: "manager"; readonly query: Query; readonly manager?: Manager; readonly entity: Entity }
/** One row. `cell` is shared by all names of the same object. */
export interface RowValue extends Base { readonly kind: "row"; readonly origin: RowOrigin; readonly cell: RowCell;
  /** What a relation that cannot be null leads to. */
  readonly present?: boolean }
/** An object of a class of the workspace that is no entity. */
export interface InstanceValue extends Base { readonly kind: "instance"; readonly class: ClassRef; readonly attributes: Map<string, Value> }
export interface ClassValue extends Base { readonly kind: "class"; readonly class: ClassRef }
/** A class mapped to a table; `class` is absent for one outside the workspace. */
export interface EntityValue extends Base { readonly kind: "entity"; readonly entity: Entity }
export interface FunctionValue extends Base { readonly kind: "function"; readonly function: FunctionRef; readonly self?: Value;
  /** The names around it where it was made; absent for one that sees nothing but its file. */
  readonly closure?: Scope }
export interface LambdaValue extends Base { readonly kind: "lambda"; readonly lambda: Lambda; readonly closure: Scope }
/** A method of a value that an adapter or the language knows: looked up when called. */
export interface MethodValue extends Base { readonly kind: "method"; readonly receiver: Value; readonly name: string }
export interface ModuleValue extends Base { readonly kind: "module"; readonly uri: string; readonly name: string }
/** Something outside the workspace, by dotted name; builtins are `builtins.len`. */
export interface ExternalValue extends Base { readonly kind: "external"; readonly name: string }
/** `super()`: look-ups start behind `after`. */
export interface SuperValue extends Base { readonly kind: "super"; readonly self: Value; readonly after: ClassRef }
/** A framework's own object that an adapter made: Q, F, Prefetch, Paginator … */
export interface ObjectValue extends Base { readonly kind: "object"; readonly type: string; readonly parts: Readonly<Record<string, Value>>; readonly items?: readonly Value[]; readonly data?: unknown; readonly at?: Location;
  /** Of an object that nothing can change: equal texts, equal objects. */
  readonly fixed?: string }
export interface SequenceValue extends Base {
  readonly kind: "sequence";
  readonly of: "list" | "tuple" | "set" | "iterator";
  /** The elements one by one, when they are known. */
  readonly items?: readonly Value[];
  /** What any element is; rows in it are bound to a loop when the sequence is walked. */
  readonly element: Value;
  /** Rows of this query, one for one (`list(qs)`), or some of them. */
  readonly query?: Query;
  /** Where the rows were loaded into it. */
  readonly materialised?: Location;
  readonly size: "many" | "unknown" | "few";
  readonly bound: Bound;
  /** Walks batches: chunks, pages. */
  readonly batches?: boolean;
  /** What a filter has left that compares with a given value. */
  readonly isPicked?: true;
  /** Its elements were made one by one in the rounds of this loop: promises that are waited for later. */
  readonly madeIn?: LoopContext;
  readonly comprehension?: Comprehension;
}
export interface MappingValue extends Base { readonly kind: "mapping"; readonly entries: ReadonlyMap<string, Value>; readonly key: Value; readonly value: Value; readonly size: "many" | "unknown" | "few"; readonly query?: Query;
  /** `entries` is all there is. */
  readonly complete?: boolean;
  /** Written for one call, as options: nobody else puts anything into it. */
  readonly isOptions?: true;
  /** Columns that the query of these rows fixed, in small letters and without underscores, with the loop that they differ with. */
  readonly fixed?: ReadonlyMap<string, number>;
  /** A `Map` of JavaScript: entries are read by `get`, not as properties. */
  readonly isMap?: true;
  /** The display that it was made by, when it is still what that says. */
  readonly literal?: { readonly uri: string; readonly expression: Mapping };
  /** Entries that are there on some ways through the code only. */
  readonly maybe?: ReadonlySet<string>;
  /** On every way through the code there is some entry, one or another. */
  readonly isFilled?: true;
  /** The names around a template's tag, when this is its context: what is put into it is there for the rest of the template. */
  readonly names?: Scope }
/** Different on different branches. */
export interface UnionValue extends Base { readonly kind: "union"; readonly options: readonly Value[] }

export type Value =
  | UnknownValue | ConstantValue | QueryValue | ManagerValue | RowValue | InstanceValue | ClassValue | EntityValue | FunctionValue | LambdaValue
  | MethodValue | ModuleValue | ExternalValue | SuperValue | ObjectValue | SequenceValue | MappingValue | UnionValue;

/** What happened to a row object so far. Branches are not told apart: what may have happened counts, which keeps rules silent. */
export interface RowCell {
  /** Relation paths that were read, and so are there. */
  readonly read: Set<string>;
  readonly assigned: AssignedField[];
  /** Made by the entity's constructor and not yet saved. */
  constructed?: { readonly at: Location; readonly expression: Call };
  saved: boolean;
  /** Inserted by the code itself: nobody else can have changed it. */
  isNew: boolean;
  /** What attributes were set to, wherever the object went since. */
  readonly values: Map<string, Value>;
  /** Relations that were loaded for their key or truth alone. */
  readonly keyOnly: Set<string>;
}

export function newCell(): RowCell {
  return { read: new Set(), assigned: [], saved: false, isNew: false, values: new Map(), keyOnly: new Set() };
}

const UNKNOWN: readonly UnknownValue[] = Array.from({ length: 64 }, (_, varies) => Object.freeze({ kind: "unknown", varies }));

/** A value that nothing is known about. */
export function unknown(varies = 0): UnknownValue {
  return UNKNOWN[varies] ?? { kind: "unknown", varies };
}

export function constant(value: Literal["value"], varies = 0): ConstantValue {
  return { kind: "constant", value, varies };
}

export function external(name: string, varies = 0): ExternalValue {
  return { kind: "external", name, varies };
}

/** A number that is mostly this one: a parameter that callers may leave out. Nothing is decided by it but how many rows a slice has. */
export function usualNumber(number: number): ObjectValue {
  return { kind: "object", type: "usual-number", parts: {}, data: number, varies: 0 };
}

/** The number that a value is, or mostly is. */
export function numberOf(value: Value): number | undefined {
  if (value.kind === "constant") return typeof value.value === "number" ? value.value : undefined;
  return value.kind === "object" && value.type === "usual-number" ? (value.data as number) : undefined;
}

/** Objects with more parts than this are tables of something: none of them is told from the rest. */
const MOST_PARTS = 20;

/** The same value, depending on `varies` too. */
export function varying<V extends Value>(value: V, varies: number): V {
  if (value.kind === "union") {
    // Each alternative may be taken out by itself.
    return value.options.every((option) => option.varies >= varies) ? value : { ...value, options: value.options.map((option) => varying(option, varies)), varies: Math.max(value.varies, varies) };
  }
  if (value.varies >= varies) return value;
  if (value.kind === "unknown") return value.isOneOfMany ? { ...value, varies } : (unknown(varies) as V);
  // What is picked as a whole is picked with all its parts, whatever is put beside them later.
  if (value.kind === "mapping" && value.entries.size > 0 && value.entries.size <= MOST_PARTS) return { ...value, varies, entries: new Map([...value.entries].map(([name, entry]) => [name, varying(entry, varies)])) };
  return { ...value, varies };
}

/**
 * A part of an object, as far as it differs with the object: one that was put together from parts differs only where they do
 * (`{ ctx, id: row.id }`), one that a loop, a key or a call picked differs as a whole.
 */
export function partOf(part: Value, whole: Value, parts: Iterable<Value>): Value {
  for (const each of parts) if (each.varies >= whole.varies) return part;
  return varying(part, whole.varies);
}

/** What nobody can see to differ with a loop, nor to be the same: neither is said of it. Between the loop and the one before, as ids are whole. */
export function perhapsVaries(loop: number): number {
  return loop === 0 ? 0 : loop - 0.5;
}

/** Whether something may be another in each round of a loop. */
export function mayVary(varies: number, loop: number): boolean {
  return varies > loop - 1;
}

export function isUnknown(value: Value): boolean {
  return value.kind === "unknown";
}

/** Never null, never empty: the key of a row that a query gave. */
export function isKey(value: Value): boolean {
  return value.kind === "object" && value.type === "key";
}

/** A test of it is decided: a flag the caller gave, an annotation that is known to be there. */
export function isTrue(value: Value): boolean {
  if (isKey(value) || (value.kind === "row" && value.present)) return true;
  return value.kind === "constant" && value.value !== null && value.value !== false && value.value !== 0 && value.value !== "";
}

export function isFalse(value: Value): boolean {
  return value.kind === "constant" && !isTrue(value);
}

/** The alternatives of a value: itself, unless it is a union. */
export function optionsOf(value: Value): readonly Value[] {
  return value.kind === "union" ? value.options : [value];
}

/** A list, tuple or set with an element that stands for all. */
export function sequenceOf(of: SequenceValue["of"], element: Value, more: Partial<Omit<SequenceValue, "kind" | "of" | "element">> = {}): SequenceValue {
  return { kind: "sequence", of, element, size: "unknown", bound: { kind: "none" }, varies: element.varies, ...more };
}

/** Largest number of alternatives kept apart; more become unknown. */
const MOST_OPTIONS = 6;

function hasSureEntry({ entries, maybe }: MappingValue): true | undefined {
  return [...entries.keys()].some((key) => maybe?.has(key) !== true) || undefined;
}

/** Of several entries one or another is there, and none on all ways through the code. */
export function isEitherOr(mapping: MappingValue): boolean {
  return mapping.isFilled === true && !hasSureEntry(mapping);
}

/** What a name holds after two branches. Alternatives are kept apart as long as they are few; two states of one query are merged. */
export function joinValues(a: Value, b: Value): Value {
  if (a === b) return a;
  // One more of too many is no more than the others.
  if (a.kind === "unknown" && a.isOneOfMany) return a.varies >= b.varies ? a : { ...a, varies: b.varies };
  if (b.kind === "unknown" && b.isOneOfMany) return joinValues(b, a);
  if (a.kind === "unknown" && b.kind === "unknown") return a.varies >= b.varies ? a : b;
  if (a.kind === "constant" && b.kind === "constant" && a.value === b.value) return a.varies >= b.varies ? a : b;
  const options: Value[] = [];
  for (const option of withoutEmptyQueries([...optionsOf(a), ...optionsOf(b)])) {
    const at = options.findIndex((other) => sameThing(other, option));
    if (at < 0) options.push(option);
    else options[at] = mergeSame(options[at], option);
  }
  if (options.length === 1) return options[0];
  const varies = Math.max(a.varies, b.varies);
  if (options.length > MOST_OPTIONS) return { kind: "unknown", varies, isOneOfMany: true };
  return { kind: "union", options, varies };
}

/** `Book.objects.none()` */
export function isEmptyRows(value: Value): boolean {
  return value.kind === "query" && isEmptyQuery(value.query);
}

/** Rows come from the other ways through the code, if from any: `Book.objects.none()` beside a query that is not known. */
function withoutEmptyQueries(options: readonly Value[]): readonly Value[] {
  return options.some(isUnknown) ? options.filter((option) => !isEmptyRows(option)) : options;
}

function sameThing(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (a.kind !== b.kind) return false;
  switch (a.kind) {
    case "unknown": return true;
    case "constant": return a.value === (b as ConstantValue).value;
    case "query": return a.query.entity === (b as QueryValue).query.entity && a.query.shape === (b as QueryValue).query.shape;
    case "row": return a.origin.query?.id === (b as RowValue).origin.query?.id && a.origin.path === (b as RowValue).origin.path && a.origin.entity === (b as RowValue).origin.entity && a.origin.loop === (b as RowValue).origin.loop;
    case "class": return a.class.key === (b as ClassValue).class.key;
    case "entity": return a.entity.key === (b as EntityValue).entity.key;
    case "external": return a.name === (b as ExternalValue).name;
    case "function": return a.function.key === (b as FunctionValue).function.key && a.self === (b as FunctionValue).self;
    case "module": return a.uri === (b as ModuleValue).uri;
    case "instance": return a.class.key === (b as InstanceValue).class.key;
    case "sequence": return a.of === (b as SequenceValue).of;
    case "mapping": return true;
    case "object": return a.fixed !== undefined ? a.fixed === (b as ObjectValue).fixed : isSameObject(a, b as ObjectValue);
    default: return false;
  }
}

/** Two that an adapter made of the same: clients, repositories. */
function isSameObject(a: ObjectValue, b: ObjectValue): boolean {
  const names = Object.keys(a.parts);
  return a.type === b.type && a.data === b.data && a.items === b.items && names.length === Object.keys(b.parts).length && names.every((name) => a.parts[name] === b.parts[name]);
}

function mergeSame(a: Value, b: Value): Value {
  if (a === b) return a;
  const varies = Math.max(a.varies, b.varies);
  if (a.kind === "query" && b.kind === "query") return a.query === b.query ? varying(a, varies) : { kind: "query", query: joinQueries(a.query, b.query), varies };
  if (a.kind === "sequence" && b.kind === "sequence") {
    const items = a.items && b.items && a.items.length === b.items.length ? a.items.map((item, i) => joinValues(item, b.items![i])) : undefined;
    const emptyA = a.items?.length === 0;
    const emptyB = b.items?.length === 0;
    return {
      ...a, ...(emptyA ? b : {}), varies, items,
      element: emptyA ? b.element : emptyB ? a.element : joinValues(a.element, b.element),
      query: emptyA ? b.query : emptyB ? a.query : a.query?.id === b.query?.id ? a.query : undefined,
      size: a.size === b.size ? a.size : a.size === "many" || b.size === "many" ? "many" : "unknown",
      bound: joinBounds(a.bound, b.bound),
      batches: a.batches || b.batches,
    };
  }
  if (a.kind === "mapping" && b.kind === "mapping") {
    if (a.entries.size === 0 && b.entries.size === 0 && a.complete && b.complete) return varying(a, varies);
    const entries = new Map(a.entries);
    const maybe = new Set([...(a.maybe ?? []), ...(b.maybe ?? [])]);
    for (const key of a.entries.keys()) if (!b.entries.has(key)) maybe.add(key);
    for (const [key, value] of b.entries) {
      if (!entries.has(key)) maybe.add(key);
      entries.set(key, entries.has(key) ? joinValues(entries.get(key)!, value) : value);
    }
    const isFilled = (a.isFilled ?? hasSureEntry(a)) && (b.isFilled ?? hasSureEntry(b));
    return { ...a, ...(maybe.size > 0 && { maybe }), isFilled: isFilled || undefined, complete: a.complete && b.complete, isOptions: a.isOptions && b.isOptions, varies, entries, key: joinValues(a.key, b.key), value: joinValues(a.value, b.value), size: a.size === b.size ? a.size : "unknown" };
  }
  if (a.kind === "instance" && b.kind === "instance") {
    for (const [key, value] of b.attributes) if (!a.attributes.has(key)) a.attributes.set(key, value);
    return varying(a, varies);
  }
  return varying(a, varies);
}

export function joinBounds(a: Bound, b: Bound): Bound {
  if (a.kind === "rows" && b.kind === "rows") return a.rows >= b.rows ? a : b;
  // A bound on any branch keeps rules about unbounded rows silent.
  if (a.kind === "none") return b;
  return a;
}

/** A relation as it is: what may have been loaded with its owner answers it. */
function isWholeParent({ parent, lookups, origin }: Query): boolean {
  return parent !== undefined && lookups.length === 0 && origin.steps.every((step) => step.name === "all");
}

/** Two states of one query after branches: what any branch loads counts as loaded, only common conditions as given, any bound as bounded. */
export function joinQueries(a: Query, b: Query): Query {
  if (a === b) return a;
  // No rows at all on one branch say nothing about the other: `return self.none()`.
  if (isEmptyQuery(a)) return b;
  if (isEmptyQuery(b)) return a;
  const loads = new Map(a.loads);
  for (const [path, load] of b.loads) if (!loads.has(path)) loads.set(path, load);
  const longer = a.origin.steps.length >= b.origin.steps.length ? a : b;
  const shorter = longer === a ? b : a;
  const common = a.lookups.filter((lookup) => b.lookups.includes(lookup));
  return {
    ...longer,
    // One is the other with more on top: fixes go where both pass, which is the shorter one.
    origin: shorter.origin.root.expression === longer.origin.root.expression ? shorter.origin : longer.origin,
    id: longer.id,
    from: longer.from ?? shorter.from,
    loads,
    loadsAllRequired: a.loadsAllRequired || b.loadsAllRequired,
    columns: a.columns.kind === b.columns.kind ? longer.columns : { kind: "all" },
    lookups: common,
    order: a.order === b.order ? a.order : Array.isArray(a.order) || Array.isArray(b.order) ? (Array.isArray(a.order) ? a.order : b.order) : "unknown",
    bound: joinBounds(a.bound, b.bound),
    atMostOne: a.atMostOne || b.atMostOne,
    distinct: a.distinct || b.distinct,
    annotations: new Set([...a.annotations, ...b.annotations]),
    aggregates: a.aggregates.filter((aggregate) => b.aggregates.includes(aggregate)),
    grouped: a.grouped || b.grouped,
    locked: a.locked || b.locked,
    combined: a.combined || b.combined,
    picked: a.picked || b.picked || isWholeParent(a) !== isWholeParent(b),
    mixed: a.mixed || b.mixed,
    parent: a.parent ?? b.parent,
    uncertain: a.uncertain || b.uncertain,
    joined: true,
    basis: a.basis === "resolved" ? b.basis : a.basis,
  };
}

function isEmptyQuery(query: Query): boolean {
  return query.bound.kind === "rows" && query.bound.rows === 0;
}

/** Binds the rows in an element to the loop that walks them now. A row that was single stays single. */
export function bindToLoop(value: Value, loop: LoopContext): Value {
  switch (value.kind) {
    case "row": return { ...value, origin: value.origin.loop ? { ...value.origin, loop } : value.origin, varies: loop.id };
    case "sequence": return value.items && value.of === "tuple"
      ? { ...value, varies: loop.id, items: value.items.map((item) => bindToLoop(item, loop)), element: bindToLoop(value.element, loop) }
      : varying(value, loop.id);
    case "union": return { ...value, varies: loop.id, options: value.options.map((option) => bindToLoop(option, loop)) };
    case "constant": return unknown(loop.id);
    default: return varying(value, loop.id);
  }
}

/** A key for a value that nothing can change: equal keys, equal values. Undefined for all others. */
export function fixedKey(value: Value): string | undefined {
  switch (value.kind) {
    case "unknown": return "?";
    case "constant": return JSON.stringify(value.value);
    case "entity": return value.entity.key;
    case "class": return value.class.key;
    case "external": return value.name;
    case "module": return value.uri;
    case "function": return value.closure ? undefined : value.function.key;
    case "object": return value.fixed;
    default: return undefined;
  }
}
