import type { Relation } from "../project";
import type { Location } from "../source";
import type { Machine } from "./machine";
import type { Load, Query } from "./query";
import { optionsOf, type RowValue, type Value } from "./values";

/** What becomes of the eager loads that one function asks for. */
export class LoadUse {
  /** Asked for in the outermost function itself. */
  readonly made: { readonly load: Load; readonly relation: Relation; readonly query: Query }[] = [];
  readonly read = new Set<Load>();
  /** Rows with it went where nobody looks: anything may be read there. */
  readonly hidden = new Set<Load>();
  /** Queries whose rows bring wide columns, by id: those of them that nobody read so far. */
  readonly watched = new Map<number, Watched>();
  /** Relations that code sets on rows in a loop (`order.customer = customers.get(order.customerId)`), as `entity#relation`: who looks at them first finds them. */
  readonly handed = new Set<string>();
  /** Something was not evaluated at all. */
  isBlind = false;
}

/** A query that loads wide columns with many rows. */
export interface Watched {
  readonly query: Query;
  readonly at: Location;
  readonly unread: Set<string>;
}

/** From here on it is noted which of these columns are read. */
export function watchColumns(m: Machine, query: Query, columns: readonly string[], at: Location): void {
  if (columns.length > 0 && !m.loadUse.watched.has(query.id)) m.loadUse.watched.set(query.id, { query, at, unread: new Set(columns) });
}

/** A column of a query's own rows is read. */
export function markColumnRead(m: Machine, query: Query, column: string): void {
  m.loadUse.watched.get(query.id)?.unread.delete(column);
}

/** The relation at a path of a query's rows is read, and everything on the way to it. */
export function markRead(m: Machine, query: Query, path: string): void {
  if (m.loadUse.made.length === 0) return;
  const hops = path.split("__");
  for (let i = 1; i <= hops.length; i++) {
    const load = query.loads.get(hops.slice(0, i).join("__"));
    if (!load) continue;
    m.loadUse.read.add(load);
    if (load.query && i < hops.length) markRead(m, load.query, hops.slice(i).join("__"));
  }
}

/** `Object.assign(order, { customer })`, `em.assign(order, { customer })`: the relations that are named are there. */
export function noteHanded(m: Machine, row: RowValue, given: Value | undefined): void {
  if (given?.kind !== "mapping") return;
  const { path, entity } = row.origin;
  for (const name of given.entries.keys()) if (m.project.entity(entity)?.relations.has(name)) row.cell.read.add(path === "" ? name : `${path}__${name}`);
}

/** A value goes where nobody looks, with all the rows in it. */
export function hide(m: Machine, value: Value | undefined): void {
  if ((m.loadUse.made.length > 0 || m.loadUse.watched.size > 0) && value) visit(m, value, new Set());
}

function visit(m: Machine, value: Value, seen: Set<unknown>): void {
  for (const option of optionsOf(value)) {
    if (seen.has(option)) continue;
    seen.add(option);
    const inner = (part: Value | undefined): void => void (part && visit(m, part, seen));
    switch (option.kind) {
      case "query":
      case "manager":
        hideQuery(m, option.query);
        break;
      case "row":
        if (option.origin.query) hideQuery(m, option.origin.query);
        for (const held of option.cell.values.values()) inner(held);
        break;
      case "sequence":
        if (option.query) hideQuery(m, option.query);
        option.items?.forEach(inner);
        inner(option.element);
        break;
      case "mapping":
        if (option.query) hideQuery(m, option.query);
        for (const entry of option.entries.values()) inner(entry);
        inner(option.key);
        inner(option.value);
        break;
      case "instance":
        for (const attribute of option.attributes.values()) inner(attribute);
        break;
      case "object":
        for (const part of Object.values(option.parts)) inner(part);
        option.items?.forEach(inner);
        break;
      case "method":
        inner(option.receiver);
        break;
      case "super":
        inner(option.self);
        break;
      // What it was defined among, it may use.
      case "function":
        inner(option.self);
        for (const name of option.closure?.values() ?? []) inner(name);
        break;
      case "lambda":
        for (const name of option.closure.values()) inner(name);
        break;
      default:
        break;
    }
  }
}

function hideQuery(m: Machine, query: Query): void {
  // Values of columns lead nowhere.
  if (query.shape !== "instances") return;
  // A query that was made differently on two ways stands for both.
  for (const each of m.loadUse.watched.values()) if (each.query.id === query.id || (query.joined && each.query.entity === query.entity)) each.unread.clear();
  for (const load of query.loads.values()) {
    if (m.loadUse.hidden.has(load)) continue;
    m.loadUse.hidden.add(load);
    if (load.query) hideQuery(m, load.query);
  }
  // `order.items` of a row: the row is in reach as well.
  if (query.parent?.row.query && query.parent.row.query !== query) hideQuery(m, query.parent.row.query);
}

/** At the end of a function: the loads that nobody reads, although all that happens to their rows was seen. */
export function settleLoads(m: Machine): void {
  const { made, read, hidden, watched, isBlind } = m.loadUse;
  // What was called was seen.
  if (isBlind || m.nested.some((each) => !m.calledInside.has(each.function.key))) return;
  for (const { query, at, unread } of watched.values()) if (unread.size > 0) m.emit({ kind: "columnsUnread", at, query, columns: [...unread] });
  for (const { load, relation, query } of made) {
    if (!read.has(load) && !hidden.has(load)) m.emit({ kind: "eagerLoadUnused", at: load.at, load, relation, query });
  }
}
