import type { Lookup, OrderTerm, Query, RunHow } from "../flow";
import type { Entity, ProjectModel, Relation } from "../project";

/** The statement that a query sends, as far as it is understood: clauses and names, `?` for values, `…` for what is not known. */
export function outlineOf(query: Query, how: RunHow, project: ProjectModel): string {
  const entity = project.entity(query.entity);
  const joins = [...query.loads.values()].filter(({ by }) => by === "join").map(({ path }) => `LEFT JOIN ${path.replaceAll("__", ".")}`);
  const conditions = query.lookups.filter(({ disjunct }) => !disjunct).map(condition);
  const either = query.lookups.filter(({ disjunct }) => disjunct).map(condition);
  if (query.parent) conditions.unshift(`${parentColumn(query.parent.relation)} = ?`);
  if (either.length > 0) conditions.push(either.length === 1 ? either[0] : `(${either.join(" OR ")})`);
  if (query.uncertain || query.joined) conditions.push("…");
  return [
    `SELECT ${selected(query, how)}`,
    `FROM ${tableName(entity, query.entity)}`,
    ...joins,
    ...(conditions.length > 0 ? [`WHERE ${conditions.join(" AND ")}`] : []),
    ...(isUnordered(how) ? [] : orderOf(query, entity)),
    ...limitOf(query, how),
    ...(query.locked ? ["FOR UPDATE"] : []),
  ].join("\n");
}

/** What the read of a to-one relation sends. */
export function outlineOfRelation(relation: Relation, project: ProjectModel): string {
  const target = relation.target === undefined ? undefined : project.entity(relation.target);
  const column = relation.form.startsWith("reverse") || relation.cardinality === "many" ? `${relation.inverse ?? relation.name}_id` : (target?.primaryKey ?? "id");
  return `SELECT *\nFROM ${tableName(target, relation.target ?? relation.name)}\nWHERE ${column} = ?`;
}

function selected({ columns, shape, values, aggregates, distinct, annotations }: Query, how: RunHow): string {
  if (how === "count") return distinct ? "COUNT(DISTINCT …)" : "COUNT(*)";
  if (how === "exists") return "1";
  if (how === "aggregate" && aggregates.length > 0) return aggregates.map(({ function: name, path }) => `${name === "other" ? "…" : name.toUpperCase()}(${path})`).join(", ");
  const names = shape !== "instances" && values.length > 0 ? [...values] : columns.kind === "only" ? [...columns.names] : columns.kind === "deferred" ? [`* without ${[...columns.names].join(", ")}`] : ["*"];
  return `${distinct ? "DISTINCT " : ""}${[...names, ...[...annotations].filter((each) => !names.includes(each))].join(", ")}`;
}

function tableName(entity: Entity | undefined, key: string): string {
  return entity?.table ?? entity?.name ?? key;
}

function parentColumn(relation: Relation): string {
  return relation.inverse !== undefined ? `${relation.inverse}_id` : relation.name;
}

const OPERATORS: Readonly<Record<string, string>> = {
  exact: "= ?", in: "IN (…)", gt: "> ?", gte: ">= ?", lt: "< ?", lte: "<= ?", range: "BETWEEN ? AND ?", contains: "LIKE '%?%'", startswith: "LIKE '?%'", endswith: "LIKE '%?'",
  regex: "~ ?", iregex: "~* ?", like: "LIKE ?", iexact: "= ? in any case", iin: "IN (…) in any case", icontains: "ILIKE '%?%'", istartswith: "ILIKE '?%'", iendswith: "ILIKE '%?'",
};

function condition({ path, transforms, lookup, negated, constant }: Lookup): string {
  const column = transforms.reduce((inner, name) => `${name}(${inner})`, path.join("."));
  const isNull = lookup === "isnull" ? constant !== false : constant === null && lookup === "exact";
  const text = lookup === "isnull" || constant === null ? `${column} IS ${isNull ? "" : "NOT "}NULL` : `${column} ${OPERATORS[lookup] ?? `${lookup} ?`}`;
  return negated ? `NOT (${text})` : text;
}

function isUnordered(how: RunHow): boolean {
  return how === "count" || how === "exists" || how === "aggregate" || how === "get" || how === "in_bulk";
}

function orderOf({ order }: Query, entity: Entity | undefined): readonly string[] {
  const terms = order === "default" ? (entity?.ordering ?? []).map((name) => (name.startsWith("-") ? `${name.slice(1)} DESC` : name)) : order === "none" ? [] : order === "unknown" ? ["…"] : order.map(orderTerm);
  return terms.length > 0 ? [`ORDER BY ${terms.join(", ")}`] : [];
}

function orderTerm({ path, descending, random }: OrderTerm): string {
  return random ? "RANDOM()" : `${path.length > 0 ? path.join(".") : "…"}${descending ? " DESC" : ""}`;
}

function limitOf({ bound, atMostOne }: Query, how: RunHow): readonly string[] {
  if (how === "count" || how === "aggregate") return [];
  if (how === "exists" || how === "first" || how === "last") return ["LIMIT 1"];
  if (atMostOne || how === "get") return [];
  return bound.kind === "rows" ? [`LIMIT ${bound.rows}`] : bound.kind === "page" ? ["LIMIT ?"] : [];
}
