import type { CallSite } from "../../flow/adapter";
import { noteGap, noteStatements, type UnitOfWork, type WaitingChange } from "../../flow/costs";
import type { LoopContext } from "../../flow";
import type { Machine } from "../../flow/machine";
import { optionsOf, type RowValue, type Value } from "../../flow/values";
import type { Entity } from "../../project";

/** Rows that one statement of a flush writes (MikroORM: *Configuration*, `batchSize`; measured, docs/library-facts.md MK-W1). */
const ROWS_PER_STATEMENT = 300;

function unitOf(m: Machine): UnitOfWork {
  return m.costs.of(m.events).unit;
}

/** A change waits for the next flush. */
export function waits(m: Machine, what: WaitingChange["what"], entity: string, maybe = what === "update", call?: CallSite): void {
  const unit = unitOf(m);
  if (what === "insert" && call) m.emit({ kind: "rowsAdded", at: m.at(call.node, call.uri), entity });
  unit.changes = [...unit.changes, { what, entity, maybe, loops: m.loops.slice(), arms: m.costs.arms }];
}

/** Changes wait of which nothing is known. */
export function waitsForUnknown(m: Machine): void {
  unitOf(m).isOpen = true;
}

/** `em.create(User, { posts: [{ … }] })`: the row, and rows of relations that are given with it. */
export function waitsWithRelations(m: Machine, entity: Entity, data: Value | undefined, call: CallSite): void {
  waits(m, "insert", entity.key, false, call);
  if (data?.kind !== "mapping") return;
  for (const [name, value] of data.entries) {
    const target = entity.relations.get(name)?.target;
    if (target !== undefined && (value.kind === "sequence" || value.kind === "mapping")) waits(m, "insert", target, true, call);
  }
}

/** `em.persist(…)`, `em.remove(…)`: what it makes of rows that are handed to it. */
export function waitsFor(m: Machine, value: Value, what: "persist" | "remove", call: CallSite): void {
  for (const option of optionsOf(value)) {
    const row = option.kind === "sequence" ? option.element : option;
    if (row.kind !== "row") waitsForUnknown(m);
    else if (what === "remove") waits(m, "delete", row.origin.entity);
    else if (row.cell.constructed) waits(m, "insert", row.origin.entity, false, call);
  }
}

/** `user.name = …` of a row that was found. */
export function waitsForUpdate(m: Machine, { origin, cell }: RowValue): void {
  if (origin.query || !cell.constructed) waits(m, "update", origin.entity);
}

/** Counts what a flush writes: one statement for each table that rows were put into, changed in, or taken from, and for every 300 of them. */
export function countFlush(m: Machine, { node, uri }: CallSite): void {
  const unit = unitOf(m);
  const at = m.at(node, uri);
  if (unit.isOpen || (unit.changes.length === 0 && !unit.isKnown)) noteGap(m, at, "what `flush()` writes depends on changes that are made elsewhere");
  const groups = new Map<string, WaitingChange[]>();
  for (const change of unit.changes) {
    const key = `${change.what} ${change.entity}`;
    groups.set(key, [...(groups.get(key) ?? []), change]);
  }
  for (const changes of groups.values()) {
    const [{ entity }] = changes;
    const shared = longest(changes.map(({ loops }) => common(loops, m.loops)));
    const walked = changes.flatMap(({ loops }) => loops.slice(common(loops, m.loops).length)).find(({ bound, size }) => size !== "few" && !(bound.kind === "rows" && bound.rows <= ROWS_PER_STATEMENT));
    const isSure = changes.some(({ maybe, arms }) => !maybe && arms.every((arm, at) => m.costs.arms[at]?.branch === arm.branch && m.costs.arms[at].way === arm.way));
    noteStatements(m, { what: "write", least: isSure ? 1 : 0, most: 1, at, entity, loops: walked ? [...shared, batchesOf(walked)] : shared });
  }
  unit.changes = [];
  unit.isKnown ||= groups.size > 0;
  unit.isOpen = false;
}

/** The loop that made the rows, in rounds of as many as one statement takes. */
function batchesOf(loop: LoopContext): LoopContext {
  return { ...loop, id: -loop.id, query: undefined, bound: { kind: "none" }, size: "many", batches: true };
}

function common(loops: readonly LoopContext[], others: readonly LoopContext[]): readonly LoopContext[] {
  const end = loops.findIndex(({ id }, at) => others[at]?.id !== id);
  return end < 0 ? loops : loops.slice(0, end);
}

function longest(lists: readonly (readonly LoopContext[])[]): readonly LoopContext[] {
  return lists.reduce((best, each) => (each.length > best.length ? each : best), []);
}
