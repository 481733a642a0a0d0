import type { Entity } from "../project";
import type { Machine } from "./machine";
import type { Query, RowOrigin } from "./query";

/** What people are members of. Nobody is a member of many of them, however many there are. */
const CONTAINER = /^(organi[sz]ations?|orgs?|workspaces?|teams?|tenants?|company|companies|projects?|programs?|spaces?|groups?|accounts?)$/i;
const PERSON = /^(users?|members?|people|person|employees?|accounts?|owners?|partners?|customers?)$/i;

/**
 * Whether rows are the memberships of one person, or what these are memberships of: the rows of a table that is unique by a person and a container, with the
 * person given. (What else one person has may grow without end: orders, likes.)
 */
export function areMembershipsOfOne(m: Machine, query: Query | undefined, row: RowOrigin | undefined): boolean {
  return (query !== undefined && isPinnedInQuery(m, query)) || (row?.ofOne !== undefined && isMembership(m, m.project.entity(row.ofOne.rows), row.ofOne.owner));
}

function isPinnedInQuery(m: Machine, query: Query): boolean {
  const { parent } = query;
  if (parent !== undefined && parent.row.loop === undefined && parent.row.path === "" && isMembership(m, m.project.entity(query.entity), parent.row.entity)) return true;
  return query.lookups.some(({ lookup, negated, disjunct, optional, entity: key, field }) => {
    if (lookup !== "exact" || negated || disjunct || optional || key === undefined || field === undefined) return false;
    const membership = m.project.entity(key);
    const pair = membership && pairOf(m, membership);
    const person = pair?.find((side) => PERSON.test(side.name) && (side.column === field || side.relation === field));
    const container = pair?.find((side) => side !== person && CONTAINER.test(side.name));
    return person !== undefined && container !== undefined && (query.entity === key || query.entity === container.target);
  });
}

function isMembership(m: Machine, entity: Entity | undefined, person: string): boolean {
  const pair = entity && pairOf(m, entity);
  const own = pair?.find(({ name, target }) => target === person && PERSON.test(name));
  return own !== undefined && pair!.some((side) => side !== own && CONTAINER.test(side.name));
}

interface Side {
  readonly name: string;
  readonly column: string;
  readonly relation?: string;
  readonly target?: string;
}

/** The two columns that a table is unique by, named by what they refer to. */
function pairOf(m: Machine, entity: Entity): readonly Side[] | undefined {
  const index = entity.indexes.find(({ unique, partial, columns }) => unique && !partial && columns.length === 2 && columns.every(({ field }) => field !== undefined));
  return index?.columns.map(({ field }) => {
    const relation = [...entity.relations.values()].find((each) => each.cardinality === "one" && (each.name === field || each.column === field));
    const target = relation?.target === undefined ? undefined : m.project.entity(relation.target);
    return { name: (relation?.name ?? field!).replace(/_?(uu|u)?id$/i, ""), column: field!, relation: relation?.name, target: target?.key };
  });
}
