import type { Query } from "../../flow/query";
import type { Machine } from "../../flow/machine";
import type { Entity } from "../../project";
import { ANY_LOAD } from "../script/queries";

/**
 * The rows that `take` and `skip` cut pages from. Where something is joined, TypeORM asks for the distinct keys of the page first, and orders them by the key behind whatever order
 * the code gives (`SelectQueryBuilder.executeEntitiesAndRawResults`; measured on 1.1.1, docs/library-facts.md TO-V2). `limit` and `offset` stay in the one query.
 */
export function pagesByKey(m: Machine, query: Query, entity: Entity): Query {
  const { steps, root } = query.origin;
  const last = steps.at(-1);
  if (Array.isArray(query.order) || query.order === "unknown") return query;
  const at = last ? m.at(last.call, last.uri) : m.at(root.expression, root.uri);
  return m.derive(query, { order: [{ path: [entity.primaryKey], descending: false, random: false, at }], from: undefined });
}

/** The same, where a load that cannot be read may join or not. */
export function joinsForSure(query: Pick<Query, "loads" | "lookups">): boolean | "some" {
  if (!joinsTables(query)) return false;
  return query.lookups.some(({ path }) => path.length > 1) || [...query.loads.values()].some(({ path, by }) => by === "join" && path !== ANY_LOAD) || "some";
}

/** Whether what a find loads, or what it compares, makes it join. */
export function joinsTables(query: Pick<Query, "loads" | "lookups">): boolean {
  return [...query.loads.values()].some(({ by }) => by === "join") || query.lookups.some(({ path }) => path.length > 1);
}
