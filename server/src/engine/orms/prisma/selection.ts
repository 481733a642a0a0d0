import type { Columns, Load, OrderTerm, Query } from "../../flow";
import type { Machine } from "../../flow/machine";
import { numberOf, type Value } from "../../flow/values";
import type { Bound } from "../../flow/query";
import type { Entity, Relation } from "../../project";
import type { Location } from "../../source";
import { optionsIn, textIn, truthOf, type Option, type Options } from "../script/options";
import { ANY_LOAD, joinPath, newQuery } from "../script/queries";
import { conditionsOf, enumIn, placeOf } from "./where";
import type { Call } from "../../facts";

/** What `select`, `include` and `omit` bring with the rows. */
export interface Selection {
  readonly loads: ReadonlyMap<string, Load>;
  readonly columns: Columns;
  readonly uncertain: boolean;
}

/** What the options of an operation select (Prisma: *Select fields*, *Relation queries*); relations in it to any depth. */
export function selectionOf(m: Machine, entity: Entity, options: Options, node: Call, uri: string): Selection {
  const loads = new Map<string, Load>();
  const at: Location = { uri, span: { start: node.start, end: node.end } };
  let uncertain = false;
  const anything = (): void => {
    uncertain = true;
    loads.set(ANY_LOAD, { path: ANY_LOAD, by: "prefetch", at });
  };
  const walk = (owner: Entity, given: Options, path: string): void => {
    for (const name of ["include", "select"]) {
      const option = given.of.get(name);
      if (!option) continue;
      const inner = optionsIn(option.value);
      if (!inner.isComplete) anything();
      for (const each of inner.of.values()) {
        const relation = owner.relations.get(each.name);
        if (!relation || truthOf(each.value) === false) continue;
        loadRelation(relation, each, inner, joinPath(path, relation.name));
      }
    }
    if (!given.isComplete) anything();
  };
  const loadRelation = (relation: Relation, option: Option, around: Options, path: string): void => {
    const target = relation.target === undefined ? undefined : m.project.entity(relation.target);
    const inner = option.value.kind === "constant" ? optionsIn(undefined) : optionsIn(option.value);
    const place = placeOf(around, option, at);
    const query = target && relation.cardinality === "many" ? nestedQuery(m, target, inner, node, place) : undefined;
    loads.set(path, { path, by: "prefetch", at: place, ...(query && { query }) });
    if (target && option.value.kind !== "constant") {
      if (option.value.kind === "mapping") walk(target, inner, path);
      else anything();
    }
  };
  walk(entity, options, "");
  return { loads, columns: columnsOf(entity, options, at), uncertain };
}

/** The rows that one to-many relation brings: `posts: { where: …, take: 5 }`. Relations below it are among the loads of the whole query. */
function nestedQuery(m: Machine, target: Entity, options: Options, node: Call, at: Location): Query {
  const { lookups, uncertain } = conditionsOf(m, target, options.of.get("where")?.value, at);
  return newQuery(m, "prisma", target, node, { lookups: lookups.filter(({ optional }) => !optional), bound: boundOf(options), order: orderOf(target, options, at) ?? "none", uncertain: uncertain || !options.isComplete }, "opaque");
}

function columnsOf(entity: Entity, options: Options, at: Location): Columns {
  const select = options.of.get("select");
  if (select) {
    const inner = optionsIn(select.value);
    if (!inner.isComplete) return { kind: "all" };
    return { kind: "only", names: new Set([...inner.of.values()].filter(({ value }) => truthOf(value) !== false).map(({ name }) => name)), at };
  }
  const omit = options.of.get("omit");
  const names = omit ? [...optionsIn(omit.value).of.keys()] : [];
  return names.length > 0 ? { kind: "deferred", names: new Set(names.filter((name) => entity.fields.has(name))), at } : { kind: "all" };
}

/** How many rows `take` leaves; options that are not known may have one. */
export function boundOf(options: Options): Bound {
  const take = options.of.get("take");
  if (!take) return options.isComplete ? { kind: "none" } : { kind: "page" };
  const rows = numberOf(take.value);
  return rows !== undefined && take.value.kind === "constant" && !take.maybe ? { kind: "rows", rows: Math.abs(rows) } : { kind: "page" };
}

/** The terms of `orderBy`; undefined where it is not given, "unknown" where it cannot be read. */
export function orderOf(entity: Entity, options: Options, at: Location): readonly OrderTerm[] | "unknown" | undefined {
  const given = options.of.get("orderBy");
  if (!given) return undefined;
  const parts = given.value.kind === "sequence" ? given.value.items : [given.value];
  if (!parts) return "unknown";
  const terms: OrderTerm[] = [];
  for (const part of parts) {
    const order = optionsIn(part);
    if (part.kind !== "mapping" || !order.isComplete) return "unknown";
    for (const option of order.of.values()) {
      const term = termOf(entity, option, placeOf(order, option, at));
      if (!term) return "unknown";
      terms.push(term);
    }
  }
  return terms;
}

/** `createdAt: "desc"`, `createdAt: { sort: "desc", nulls: "last" }`, `author: { name: "asc" }`. */
function termOf(entity: Entity, { name, value }: Option, at: Location): OrderTerm | undefined {
  if (entity.fields.has(name)) {
    const inner = value.kind === "mapping" ? optionsIn(value) : undefined;
    const sort = enumIn(inner ? inner.of.get("sort")?.value : value, "SortOrder");
    if (sort === undefined) return undefined;
    const nulls = textIn(inner?.of.get("nulls")?.value);
    return { path: [name], descending: sort === "desc", random: false, ...(nulls === "first" || nulls === "last" ? { nulls } : {}), at };
  }
  if (!entity.relations.has(name) || value.kind !== "mapping") return undefined;
  const [inner] = optionsIn(value).of.values();
  return inner && { path: [name, inner.name], descending: enumIn(inner.value, "SortOrder") === "desc", random: false, at };
}

/** What a value of options depends on. */
export function variesOf(value: Value | undefined): number {
  if (!value) return 0;
  if (value.kind !== "mapping") return value.varies;
  return Math.max(value.varies, ...[...value.entries.values()].map(variesOf));
}
