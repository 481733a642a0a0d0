import type { Location } from "../source";
import type { EventDraft, RunHow, WriteHow } from "./events";
import type { Expression } from "../facts";
import type { Relation } from "../project";
import type { Machine } from "./machine";
import type { LoopContext, Query } from "./query";
import { optionsOf, type Value } from "./values";

/** One way through a branch of the code: which branch, and which of its ways. */
export interface Arm {
  readonly branch: number;
  readonly way: number;
  /** How many ways there are; those that ask nothing leave no entries. */
  readonly ways: number;
  /** The frame whose code decides, as an index into the frames of what happens. */
  readonly frame: number;
  /** The innermost loop that the test differs with, by id; 0: none. */
  readonly dependsOn: number;
  /** A cache has no answer, or an error has happened. */
  readonly onMiss?: true;
  /** Taken only where a caller gives something else than the default. */
  readonly isRare?: true;
  /** The other way ends in an error: whoever comes by goes on here. Or no code decides: a name may hold either of two values. */
  readonly isUsual?: true;
}

/** How many statements something is: as few, and as many. */
export interface StatementCount {
  readonly least: number;
  readonly most: number;
}

/** A change that a unit of work keeps until it is flushed. */
export interface WaitingChange {
  readonly what: "insert" | "update" | "delete";
  readonly entity: string;
  /** It may come to nothing: what is assigned may be what is there. */
  readonly maybe: boolean;
  readonly loops: readonly LoopContext[];
  readonly arms: readonly Arm[];
}

/** What waits to be written. */
export interface UnitOfWork {
  changes: readonly WaitingChange[];
  /** Something is known of what was written so far. */
  isKnown: boolean;
  /** Changes wait of which nothing is known. */
  isOpen: boolean;
}

/** Statements that one place of the code sends, as often as the loops around it go round. */
export interface CostEntry {
  readonly what: "query" | "relation" | "write";
  /** Statements each time: as few, and as many. */
  readonly least: number;
  readonly most: number;
  /** Outermost first, those of calling frames included. */
  readonly loops: readonly LoopContext[];
  /** Branches on the way here, outermost first. */
  readonly arms: readonly Arm[];
  readonly at: Location;
  /** For people: "orders", "`customer` of each order". */
  readonly subject: string;
  readonly entity?: string;
  /** How many rows come at once, for queries that give rows. */
  readonly rows?: "one" | "bounded" | "page" | "unbounded";
}

/** A cost that is not known, and why: what it adds to is a lower bound. */
export interface CostGap {
  readonly at: Location;
  readonly reason: string;
}

/** What one function, or what a framework does with a class, sends to the database. */
export interface CostRecord {
  readonly entries: readonly CostEntry[];
  readonly gaps: readonly CostGap[];
}

/** Ways to run a query that make rows, so that what is prefetched with them is asked for as well. */
const MAKES_ROWS: ReadonlySet<RunHow> = new Set(["iterate", "list", "len", "bool", "index", "contains", "get", "first", "last", "latest", "earliest", "in_bulk", "iterator", "unpack", "join", "sort", "other"]);
const ONE_ROW: ReadonlySet<RunHow> = new Set(["get", "first", "last", "latest", "earliest", "count", "exists", "aggregate", "index"]);

const ONE = { least: 1, most: 1 };

/** The entries of one run; those made while something is only tried out are kept apart, as its events are. */
export class CostLedger {
  private readonly lists = new WeakMap<object, { entries: CostEntry[]; gaps: CostGap[]; readonly unit: UnitOfWork }>();
  /** What calls sent that are not evaluated again, by the key of the call. */
  private readonly ofCalls = new Map<string, { readonly entries: readonly CostEntry[]; readonly loops: number; readonly arms: number }>();
  /** False: nothing is counted. */
  isOn = true;
  /** Branches that the code is in now, outermost first. */
  arms: readonly Arm[] = [];
  /** Loops around the code of which rules look away, because an answer is kept: each round may still ask. */
  cut: readonly LoopContext[] = [];
  private branches = 0;

  /** The record that goes with these events. */
  of(events: object): { readonly entries: CostEntry[]; readonly gaps: CostGap[]; readonly unit: UnitOfWork } {
    let list = this.lists.get(events);
    if (!list) this.lists.set(events, (list = { entries: [], gaps: [], unit: { changes: [], isKnown: false, isOpen: false } }));
    return list;
  }

  clear(): void {
    this.arms = [];
    this.cut = [];
    this.ofCalls.clear();
  }

  newBranch(): number {
    return ++this.branches;
  }

  /** Runs one way of a branch. */
  within<Result>(arm: Arm, run: () => Result): Result {
    const { arms } = this;
    this.arms = [...arms, arm];
    const result = run();
    this.arms = arms;
    return result;
  }

  /** The loops that these statements are sent in, those among them that rules look away from. */
  around(loops: readonly LoopContext[]): readonly LoopContext[] {
    const others = this.cut.filter(({ id }) => !loops.some((loop) => loop.id === id));
    return others.length === 0 ? loops : [...others, ...loops].sort((a, b) => a.id - b.id);
  }

  /** Runs what waits for a cache to have no answer, or for an error to happen: rules do not look at the loops around it. */
  ifNeeded<Result>(m: Machine, run: () => Result): Result {
    const { loops } = m;
    const { cut } = this;
    this.cut = this.around(loops);
    m.loops = [];
    const result = this.within({ ...m.arm(), onMiss: true }, run);
    m.loops = loops;
    this.cut = cut;
    return result;
  }

  /** What a call sent whose answer is kept: once for all rounds that ask with the same arguments, if it was not kept before. */
  addMemoised(m: Machine, events: object, isConstant: boolean): void {
    const { entries, gaps } = this.of(events);
    const to = this.of(m.events);
    const outer = this.around(m.loops).length;
    const arm: Arm = m.arm();
    for (const entry of entries) to.entries.push({ ...entry, loops: isConstant ? entry.loops.slice(outer) : entry.loops, arms: [...this.arms, arm, ...entry.arms.slice(this.arms.length)] });
    to.gaps.push(...gaps);
  }

  /** Keeps what a call sent, to count it again where the call is not evaluated again. */
  keep(m: Machine, key: string, from: number, loops: number, arms: number): void {
    const { entries } = this.of(m.events);
    if (entries.length > from) this.ofCalls.set(key, { entries: entries.slice(from), loops, arms });
  }

  /** The same call once more. */
  repeat(m: Machine, key: string): void {
    const kept = this.ofCalls.get(key);
    if (!kept) return;
    const { entries } = this.of(m.events);
    // A branch of the call is another one in another call.
    const renamed = new Map<number, number>();
    const rename = (arm: Arm): Arm => {
      let branch = renamed.get(arm.branch);
      if (branch === undefined) renamed.set(arm.branch, (branch = this.newBranch()));
      return { ...arm, branch };
    };
    for (const entry of kept.entries) entries.push({ ...entry, loops: [...this.around(m.loops), ...entry.loops.slice(kept.loops)], arms: [...this.arms, ...entry.arms.slice(kept.arms).map(rename)] });
  }
}

/** Notes what an event costs, before it is decided whose event it is. */
export function recordCost(m: Machine, draft: EventDraft): void {
  if (!m.costs.isOn) return;
  switch (draft.kind) {
    case "queryRun": {
      if (!draft.sends) return;
      const { query, how } = draft;
      // Of no rows nothing is prefetched; tables that matter are not empty.
      const all = 1 + (MAKES_ROWS.has(how) ? prefetches(query) : 0);
      add(m, { what: "query", ...(draft.statements ?? { least: all, most: all }), at: draft.at, subject: nameOf(m, query.entity), entity: query.entity, rows: rowsOf(m, query, how) }, draft.loops);
      return;
    }
    case "relationRead":
      // A query of its own says it as well.
      if (draft.loaded || draft.query) return;
      add(m, { what: "relation", least: mayBeThere(m, draft.relation) ? 0 : 1, most: 1, at: draft.at, subject: `\`${draft.relation.name}\` of each ${nameOf(m, draft.row.entity)}`, entity: draft.relation.target }, draft.loops);
      return;
    case "columnRead":
      if (!draft.loaded) add(m, { what: "relation", least: 1, most: 1, at: draft.at, subject: `\`${draft.field}\` of each ${nameOf(m, draft.row.entity)}`, entity: draft.row.entity }, draft.loops);
      return;
    case "paginated":
      // A paginator counts all rows beside the page that it loads (Django: *Paginator.count*); a slice does not.
      if (draft.by !== "slice") add(m, { what: "query", least: 1, most: 1, at: draft.at, subject: `the number of all ${nameOf(m, draft.query.entity)}`, entity: draft.query.entity, rows: "one" }, undefined);
      return;
    case "rowWritten":
      add(m, { what: "write", ...statementsOf(m, draft.entity, draft.how), at: draft.at, subject: nameOf(m, draft.entity), entity: draft.entity }, draft.loops);
      return;
    case "notUnderstood":
      m.costs.of(m.events).gaps.push({ at: draft.at, reason: draft.reason });
      return;
    default:
      return;
  }
}

/** A method that gives a page counts all rows as well; `least` is 0 where it saves that for a page that is not full. */
export function noteCount(m: Machine, entity: string, at: Location, least: 0 | 1): void {
  add(m, { what: "query", least, most: 1, at, subject: `the number of all ${nameOf(m, entity)}`, entity, rows: "one" }, undefined);
}

/** A row that there is none of is not asked for, nor one that came before where an ORM keeps them. */
function mayBeThere(m: Machine, { nullable, column, cardinality, owner }: Relation): boolean {
  if (nullable && column !== undefined) return true;
  const framework = m.project.entity(owner)?.framework;
  return cardinality === "one" && framework !== undefined && m.adapter(framework)?.keepsRows === true;
}

/** Statements that no event speaks of. */
export function noteStatements(m: Machine, { entity, loops, ...entry }: StatementCount & { readonly what: CostEntry["what"]; readonly at: Location; readonly entity?: string; readonly loops?: readonly LoopContext[]; readonly arms?: readonly Arm[]; readonly subject?: string; readonly rows?: CostEntry["rows"] }): void {
  m.work++;
  m.costs.of(m.events).entries.push({ arms: m.costs.arms, subject: entity === undefined ? "SQL" : nameOf(m, entity), ...entry, loops: m.costs.around(loops ?? m.loops.slice()), ...(entity !== undefined && { entity }) });
}

/** What is sent here is not known: the cost is a lower bound. */
export function noteGap(m: Machine, at: Location, reason: string): void {
  m.costs.of(m.events).gaps.push({ at, reason });
}

/** A lazy query that code out of sight gets may be sent there, as often as that likes. */
export function noteUnseen(m: Machine, value: Value, node: Expression, callee: string): void {
  for (const option of optionsOf(value)) if (option.kind === "query" || option.kind === "manager") noteGap(m, m.at(node), `what \`${callee}\` does with ${nameOf(m, option.query.entity)} is not seen`);
}

function add(m: Machine, entry: Omit<CostEntry, "loops" | "arms">, loops: readonly LoopContext[] | undefined): void {
  m.costs.of(m.events).entries.push({ ...entry, loops: m.costs.around(loops ?? m.loops.slice()), arms: m.costs.arms });
}

function statementsOf(m: Machine, entity: string, how: WriteHow): StatementCount {
  const framework = m.project.entity(entity)?.framework;
  return (framework !== undefined && m.adapter(framework)?.statementsOf?.(how)) || ONE;
}

function nameOf(m: Machine, entity: string): string {
  return m.project.entity(entity)?.name ?? entity;
}

/** Statements that come with the rows: one for each relation that is prefetched (Django: *prefetch_related*; Prisma's default strategy). */
export function prefetches(query: Pick<Query, "loads">): number {
  let count = 0;
  for (const load of query.loads.values()) if (load.by === "prefetch" && load.path !== "*") count += 1 + (load.query ? prefetches(load.query) : 0);
  return count;
}

function rowsOf(m: Machine, query: Query, how: RunHow): CostEntry["rows"] {
  if (ONE_ROW.has(how) || query.atMostOne) return "one";
  if (query.bound.kind === "rows" || m.project.entity(query.entity)?.small) return "bounded";
  return query.bound.kind === "page" ? "page" : "unbounded";
}
