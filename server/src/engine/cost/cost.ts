import type { Arm, CostEntry, CostGap, CostRecord, LoopContext, Query } from "../flow";
import type { ProjectModel } from "../project";
import type { Location } from "../source";

/** A place that sends statements, for people. */
export interface CostReason {
  readonly at: Location;
  readonly message: string;
}

/** One term of a cost: so many statements for each of what it is counted in. */
export interface CostTerm {
  /** What it is multiplied by, in alphabetical order: `["items", "orders"]`; empty: a constant. */
  readonly per: readonly string[];
  /** Statements each time: as few, and as many, as the code may send. */
  readonly least: number;
  readonly most: number;
  readonly because: readonly CostReason[];
}

/** What code asks of the database, as a polynomial in row counts. Plain data. */
export interface Cost {
  /** The constant first, then by degree and name. */
  readonly terms: readonly CostTerm[];
  /** Names of which there are never more, however many rows the tables have: `[:100]`, a page of twenty. */
  readonly limits: Readonly<Record<string, number>>;
  /** Of these, statements that write. */
  readonly writes: readonly CostTerm[];
  /** The most rows that one query of it gives: all of a table, a page of it, or a number that is known. */
  readonly rows: "none" | "bounded" | "page" | "unbounded";
  /** Queries that give all rows of a table. */
  readonly scans: readonly CostReason[];
  /** Every count is one number, and nothing is left out. */
  readonly exact: boolean;
  /** What is not known: the terms are a lower bound. */
  readonly gaps: readonly CostReason[];
}

/** Works out what the entries of one function come to. */
export function costOf({ entries, gaps }: CostRecord, project: ProjectModel): Cost {
  const names = new LoopNames(project);
  const total = sum(entries, 0, names);
  const writes = sum(entries.filter(({ what }) => what === "write"), 0, names);
  const scans = entries.filter(({ what, rows }) => what === "query" && rows === "unbounded").map(({ at, subject }) => ({ at, message: `every ${subject}` }));
  const terms = ordered(total);
  return {
    terms,
    limits: Object.fromEntries([...names.limits].filter(([, limit]) => limit !== Infinity)),
    writes: ordered(writes),
    rows: scans.length > 0 ? "unbounded" : entries.some(({ rows }) => rows === "page") ? "page" : entries.some(({ what }) => what === "query") ? "bounded" : "none",
    scans,
    exact: gaps.length === 0 && !names.isVague && terms.every(({ least, most }) => least === most),
    gaps: distinct(gaps),
  };
}

interface Draft {
  readonly per: readonly string[];
  least: number;
  most: number;
  readonly because: CostReason[];
}

type Polynomial = Map<string, Draft>;

/** What entries come to that share the first `depth` branches: alternatives count for the dearest at the most, and for the cheapest at the least. */
function sum(entries: readonly CostEntry[], depth: number, names: LoopNames): Polynomial {
  const total: Polynomial = new Map();
  const branches = new Map<number, Map<number, CostEntry[]>>();
  const ways = new Map<number, number>();
  for (const entry of entries) {
    const arm: Arm | undefined = entry.arms[depth];
    if (!arm) {
      addEntry(total, entry, names);
      continue;
    }
    ways.set(arm.branch, arm.ways);
    let byWay = branches.get(arm.branch);
    if (!byWay) branches.set(arm.branch, (byWay = new Map()));
    const same = byWay.get(arm.way);
    if (same) same.push(entry);
    else byWay.set(arm.way, [entry]);
  }
  for (const [branch, byWay] of branches) addAlternatives(total, [...byWay.values()].map((each) => sum(each, depth + 1, names)), ways.get(branch)! > byWay.size);
  return total;
}

function addEntry(total: Polynomial, entry: CostEntry, names: LoopNames): void {
  const { per, least, most } = names.of(entry.loops);
  if (most === 0) return;
  const draft = draftOf(total, per);
  draft.least += entry.least * least;
  draft.most += entry.most * most;
  draft.because.push({ at: entry.at, message: entry.what === "write" ? `${entry.subject} is written` : entry.subject });
}

function addAlternatives(total: Polynomial, ways: readonly Polynomial[], mayBeNone: boolean): void {
  for (const key of new Set(ways.flatMap((way) => [...way.keys()]))) {
    const drafts = ways.map((way) => way.get(key));
    const draft = draftOf(total, drafts.find((each) => each)!.per);
    draft.most += Math.max(...drafts.map((each) => each?.most ?? 0));
    draft.least += mayBeNone ? 0 : Math.min(...drafts.map((each) => each?.least ?? 0));
    for (const each of drafts) if (each) draft.because.push(...each.because);
  }
}

function draftOf(total: Polynomial, per: readonly string[]): Draft {
  const key = per.join("*");
  let draft = total.get(key);
  if (!draft) total.set(key, (draft = { per, least: 0, most: 0, because: [] }));
  return draft;
}

function ordered(total: Polynomial): readonly CostTerm[] {
  return [...total.values()]
    .sort((a, b) => a.per.length - b.per.length || (a.per.join() < b.per.join() ? -1 : 1))
    .map(({ per, least, most, because }) => ({ per, least, most, because: distinct(because) }));
}

function distinct(reasons: readonly (CostReason | CostGap)[]): readonly CostReason[] {
  const seen = new Map<string, CostReason>();
  for (const each of reasons) {
    const message = "message" in each ? each.message : each.reason;
    seen.set(`${each.at.uri} ${each.at.span.start} ${message}`, { at: each.at, message });
  }
  return [...seen.values()];
}

/** What loops are counted in. */
class LoopNames {
  /** Some loop goes round an unknown number of times. */
  isVague = false;
  readonly limits = new Map<string, number>();
  private readonly named = new Map<number, { readonly name?: string; readonly least: number; readonly most: number }>();

  constructor(private readonly project: ProjectModel) {}

  of(loops: readonly LoopContext[]): { readonly per: readonly string[]; readonly least: number; readonly most: number } {
    const per: string[] = [];
    let least = 1;
    let most = 1;
    for (const loop of loops) {
      const each = this.nameOf(loop);
      if (each.name !== undefined) per.push(each.name);
      least *= each.least;
      most *= each.most;
    }
    return { per: per.sort(), least, most };
  }

  private nameOf(loop: LoopContext): { readonly name?: string; readonly least: number; readonly most: number } {
    let known = this.named.get(loop.id);
    if (!known) this.named.set(loop.id, (known = this.find(loop)));
    return known;
  }

  private find({ query, bound, kind, variable, batches, size }: LoopContext): { readonly name?: string; readonly least: number; readonly most: number } {
    if (query?.atMostOne) return { least: 0, most: 1 };
    // So many by name: `for status in (NEW, OPEN)`.
    if (bound.kind === "rows" && !query) return { least: bound.rows, most: bound.rows };
    if (query && !batches) {
      const name = this.nameOfRows(query);
      // Of two loops over the same rows the longer one says how many there may be.
      const limit = bound.kind === "rows" ? bound.rows : query.bound.kind === "rows" ? query.bound.rows : undefined;
      if (limit === undefined) this.limits.set(name, Infinity);
      else this.limits.set(name, Math.max(limit, this.limits.get(name) ?? 0));
      return { name, least: 1, most: 1 };
    }
    this.isVague = true;
    if (size === "few") return { least: 0, most: 20 };
    return { name: batches ? "batches" : kind === "while" || SAYS_NOTHING.test(variable) || !/\w$/.test(variable) ? "rounds" : plural(variable.replace(/^.*[.,\s]/, "")), least: 1, most: 1 };
  }

  /** `books`; of the rows of one other row `books per author`: as many as each has. */
  private nameOfRows(query: Query): string {
    const name = (entity: string): string => this.project.entity(entity)?.name ?? entity;
    const owner = query.parent && query.parent.row.query ? query.parent.relation.owner : undefined;
    return owner === undefined ? plural(name(query.entity)) : `${plural(name(query.entity))} per ${singular(name(owner))}`;
  }
}

function singular(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, "$1 $2").replace(/_/g, " ").toLowerCase();
}

/** Names of loop variables that tell nothing of what is walked. */
const SAYS_NOTHING = /^(|_\w*|[a-z]|it|el|elem|element|each|entry|obj|value|val)$/;

/** Models that are often called so. */
const IRREGULAR: readonly (readonly [RegExp, string])[] = [[/child$/, "children"], [/person$/, "people"], [/shelf$/, "shelves"]];

/** `OrderItem` → `order items`, `category` → `categories`. */
function plural(name: string): string {
  const words = singular(name);
  for (const [one, many] of IRREGULAR) if (one.test(words)) return words.replace(one, many);
  if (/(s|x|z|ch|sh)$/.test(words)) return /s$/.test(words) && !/(ss|us|is)$/.test(words) ? words : `${words}es`;
  return /[^aeiou]y$/.test(words) ? `${words.slice(0, -1)}ies` : `${words}s`;
}
