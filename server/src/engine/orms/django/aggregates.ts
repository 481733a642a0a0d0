import type { CallSite } from "../../flow/adapter";
import type { Machine } from "../../flow/machine";
import type { Aggregate } from "../../flow";
import { optionsOf, type ObjectValue, type Value } from "../../flow/values";
import type { Entity, Field, Relation } from "../../project";
import { isLeaf, type Condition } from "./lookups";

const FUNCTIONS: ReadonlyMap<string, Aggregate["function"]> = new Map([
  ["Count", "count"], ["Sum", "sum"],
  ...["Avg", "Max", "Min", "StdDev", "Variance", "StringAgg", "ArrayAgg", "JSONBAgg", "BoolOr", "BoolAnd"].map((name) => [name, "other"] as const),
]);

/** Whether a class of Django's is an aggregate. */
export function isAggregate(name: string): boolean {
  return FUNCTIONS.has(name);
}

/** What an aggregate object was made of. */
interface AggregateParts {
  readonly class: string;
  readonly path?: string;
  readonly condition?: Condition;
  readonly distinct: boolean;
  readonly call: CallSite;
}

/** `Count("tags", distinct=True)`. */
export function aggregateValue(m: Machine, name: string, call: CallSite): ObjectValue {
  const [first] = call.positional;
  const over = first?.value ?? call.keywords.get("expression")?.value;
  const path = over?.kind === "constant" && typeof over.value === "string" ? over.value : over?.kind === "object" && over.type === "F" ? String(over.data) : undefined;
  const filter = call.keywords.get("filter")?.value;
  const distinct = call.keywords.get("distinct")?.value;
  const data: AggregateParts = {
    class: name, path, call: { ...call, uri: m.uri },
    condition: filter?.kind === "object" && filter.type === "Q" ? (filter.data as Condition) : undefined,
    // A flag that is not known may be set.
    distinct: call.more || (distinct !== undefined && !(distinct.kind === "constant" && distinct.value === false)),
  };
  return { kind: "object", type: "aggregate", parts: {}, data, varies: call.varies };
}

/** The arguments of an expression, which may be aggregates: `Coalesce(Sum("items__price"), 0)`. */
export function argumentParts(call: CallSite): Readonly<Record<string, Value>> {
  return Object.fromEntries([...call.positional.map((argument, i) => [String(i), argument.value] as const), ...[...call.keywords].map(([name, argument]) => [name, argument.value] as const)]);
}

/** The name of an aggregate given without one: `tags__count`. */
export function defaultAlias(value: Value): string | undefined {
  const parts = value.kind === "object" && value.type === "aggregate" ? (value.data as AggregateParts) : undefined;
  return parts?.path === undefined ? undefined : `${parts.path}__${parts.class.toLowerCase()}`;
}

/** The aggregates among the arguments of `annotate` and `aggregate`, those inside of expressions too. */
export function aggregatesOf(m: Machine, entity: Entity, call: CallSite): Aggregate[] {
  const found: Aggregate[] = [];
  const visit = (value: Value, name: string): void => {
    for (const option of optionsOf(value)) {
      if (option.kind !== "object") continue;
      if (option.type === "expression") for (const part of Object.values(option.parts)) visit(part, name);
      if (option.type !== "aggregate") continue;
      const aggregate = resolve(m, entity, name, option.data as AggregateParts);
      if (aggregate) found.push(aggregate);
    }
  };
  for (const { value } of call.positional) visit(value, defaultAlias(value) ?? "");
  for (const [name, { value }] of call.keywords) visit(value, name);
  return found;
}

function resolve(m: Machine, entity: Entity, name: string, { class: written, path, condition, distinct, call }: AggregateParts): Aggregate | undefined {
  if (path === undefined) return undefined;
  const walked = path === "*" ? { toMany: [], countsRowsOnce: false } : walkPath(m, entity, path);
  if (!walked) return undefined;
  return {
    ...walked, name, function: FUNCTIONS.get(written) ?? "other", path, distinct, at: { uri: call.uri, span: { start: call.node.start, end: call.node.end } }, expression: call.node,
    conditionToMany: condition ? conditionPaths(condition).flatMap((each) => toManyIn(m, entity, each)) : [],
  };
}

function conditionPaths(condition: Condition): string[] {
  return condition.children.flatMap((child) => (isLeaf(child) ? [child.keyword] : conditionPaths(child)));
}

/** The to-many relations that a path joins. */
export function toManyIn(m: Machine, entity: Entity, path: string): readonly string[] {
  return walkPath(m, entity, path)?.toMany ?? [];
}

/** Undefined when the path starts at something else than a field or relation: an annotation. */
function walkPath(m: Machine, start: Entity, path: string): Pick<Aggregate, "toMany" | "countsRowsOnce"> | undefined {
  const names = path.split("__");
  const toMany: string[] = [];
  const hops: Relation[] = [];
  let entity: Entity | undefined = start;
  for (const [i, name] of names.entries()) {
    const target: Field | Relation | undefined = entity && (entity.relations.get(name) ?? entity.queryNames.get(name) ?? entity.fields.get(name === "pk" ? entity.primaryKey : name));
    const isKey = name === "pk" || name === "id";
    if (!target && i === 0 && !isKey) return undefined;
    if (target?.kind !== "relation") return { toMany, countsRowsOnce: reachesRowsOnce(hops) && (isKey || target?.primaryKey === true || target?.unique === true) };
    hops.push(target);
    if (target.cardinality === "many") toMany.push(names.slice(0, i + 1).join("__"));
    entity = target.target !== undefined ? m.project.entity(target.target) : undefined;
  }
  return { toMany, countsRowsOnce: reachesRowsOnce(hops) && hops[hops.length - 1].cardinality === "many" };
}

/** Each row downwards has one row above it; by a many-to-many hop among others, or by one back up, a row is reached several times. */
function reachesRowsOnce(hops: readonly Relation[]): boolean {
  const first = hops.findIndex((hop) => hop.cardinality === "many");
  const down = first < 0 ? [] : hops.slice(first);
  return down.every((hop) => hop.cardinality === "many") && (down.length < 2 || !down.some((hop) => /many-to-many/.test(hop.form)));
}
