import type { Expression } from "../../facts";
import type { Lookup, Query } from "../../flow";
import type { Machine } from "../../flow/machine";
import { isEitherOr, isKey, optionsOf, type MappingValue, type Value } from "../../flow/values";
import type { Entity } from "../../project";
import type { Location } from "../../source";
import { operatorOf, type Operator } from "./operators";
import { patternLookup } from "./patterns";

/** Conditions as far as they could be read. */
export interface Conditions {
  readonly lookups: Lookup[];
  uncertain: boolean;
}

interface Place {
  readonly entity: Entity;
  readonly path: readonly string[];
  /** Of columns of an embedded class: `name.`. */
  readonly prefix: string;
  readonly at: Location;
  readonly node?: Expression;
  readonly disjunct: boolean;
  readonly maybe: boolean;
  readonly ilike: boolean;
}

/** `where` of find options, the criteria of `update` and `delete`: objects, or alternatives in an array. */
export function conditionsIn(m: Machine, entity: Entity, value: Value | undefined, at: Location): Conditions {
  const found: Conditions = { lookups: [], uncertain: false };
  if (value) readAll(m, value, { entity, path: [], prefix: "", at, disjunct: false, maybe: false, ilike: hasIlike(m, entity) }, found);
  return found;
}

/** Criteria that may also be a key, or several: `delete(id)`, `update([1, 2], …)`. */
export function criteriaIn(m: Machine, entity: Entity, value: Value | undefined, at: Location): Conditions {
  const options = value ? optionsOf(value) : [];
  if (options.length === 1 && options[0].kind !== "mapping") {
    const [only] = options;
    const isList = only.kind === "sequence" && !(only.items?.some((item) => item.kind === "mapping") || only.element.kind === "mapping");
    const isOne = only.kind === "constant" || only.kind === "unknown" || isKey(only);
    if (isList || isOne) {
      // What an unknown value is, a key or an object of conditions, is not seen.
      return { lookups: [keyLookup(entity, isList ? "in" : "exact", at, only)], uncertain: only.kind === "unknown" };
    }
  }
  return conditionsIn(m, entity, value, at);
}

export function keyLookup(entity: Entity, lookup: string, at: Location, value?: Value): Lookup {
  return {
    path: [entity.primaryKey], transforms: [], lookup, entity: entity.key, field: entity.primaryKey, negated: false, disjunct: false, annotated: false, at,
    ...(value && { varies: value.varies }), ...(value?.kind === "constant" && { constant: value.value }),
  };
}

function readAll(m: Machine, value: Value, place: Place, found: Conditions): void {
  const options = optionsOf(value);
  if (options.length > 1) {
    // Other conditions on other ways through the code: none of them is certain.
    found.uncertain = true;
    for (const option of options) if (option.kind === "mapping") readAll(m, option, { ...place, maybe: true }, found);
    return;
  }
  const [only] = options;
  if (only.kind === "mapping" && !only.isMap) return readMapping(m, only, place, found);
  if (only.kind === "sequence" && only.items) {
    for (const item of only.items) readAll(m, item, { ...place, disjunct: place.disjunct || only.items.length > 1 }, found);
    return;
  }
  if (only.kind === "constant" && only.value === null) return;
  found.uncertain = true;
}

function readMapping(m: Machine, mapping: MappingValue, place: Place, found: Conditions): void {
  if (!mapping.complete || isEitherOr(mapping)) found.uncertain = true;
  for (const [name, value] of mapping.entries) {
    // TypeORM leaves out what is undefined (`FindOptionsUtils`, 0.3).
    if (value.kind === "constant" && value.value === null) {
      found.uncertain = true;
      continue;
    }
    const entry = mapping.literal?.expression.entries.find(({ key }) => key?.kind === "literal" && key.value === name);
    const at: Location = entry && mapping.literal ? { uri: mapping.literal.uri, span: { start: entry.key!.start, end: entry.value.end } } : place.at;
    readEntry(m, name, value, { ...place, at, node: entry?.value, maybe: place.maybe || mapping.maybe?.has(name) === true }, found);
  }
}

function readEntry(m: Machine, name: string, value: Value, place: Place, found: Conditions): void {
  const { entity, path } = place;
  const full = place.prefix + name;
  const relation = entity.relations.get(full);
  const field = entity.fields.get(full);
  const [only] = optionsOf(value);
  const isNested = optionsOf(value).length === 1 && ((only.kind === "mapping" && !only.isMap) || (only.kind === "sequence" && only.items?.every((item) => item.kind === "mapping") === true && only.items.length > 0));
  if (relation && isNested) {
    const target = relation.target === undefined ? undefined : m.project.entity(relation.target);
    if (!target) found.uncertain = true;
    else readAll(m, value, { ...place, entity: target, path: [...path, name], prefix: "" }, found);
    return;
  }
  if (!field && !relation) {
    if (isNested && only.kind === "mapping" && [...entity.fields.keys()].some((each) => each.startsWith(`${full}.`))) readMapping(m, only, { ...place, prefix: `${full}.` }, found);
    else found.uncertain = true;
    return;
  }
  const base = { path: [...path, full], transforms: [], annotated: false, at: place.at, entity: entity.key, ...((field || relation?.column !== undefined) && { field: full }), disjunct: place.disjunct, varies: value.varies, ...(place.maybe && { optional: true }) };
  const operator = operatorOf(only);
  if (optionsOf(value).length > 1 && optionsOf(value).some((each) => operatorOf(each))) {
    found.uncertain = true;
    return;
  }
  if (!operator) {
    found.lookups.push({ ...base, lookup: "exact", negated: false, ...(only.kind === "constant" && { constant: only.value }) });
    return;
  }
  readOperator(operator, base, place, found);
}

function readOperator(operator: Operator, base: Omit<Lookup, "lookup" | "negated">, place: Place, found: Conditions): void {
  if (operator.parts) {
    // `And(MoreThan(a), LessThan(b))` is a range; alternatives are not followed.
    const parts = operator.parts.map(operatorOf);
    if (operator.lookup === "all" && !operator.negated && parts.every((part) => part !== undefined)) for (const part of parts) readOperator(part, base, place, found);
    else found.uncertain = true;
    return;
  }
  const { lookup, negated, value } = operator;
  if (lookup === "like" || lookup === "ilike") {
    const isInsensitive = lookup === "ilike";
    const pattern = patternLookup(value, argumentOf(place.node), isInsensitive);
    const name = isInsensitive ? "ILike" : "Like";
    // `ILIKE` is PostgreSQL's own; elsewhere TypeORM compares `UPPER(column)` (`QueryBuilder.createWhereConditionExpression`).
    found.lookups.push({ ...base, lookup: pattern ?? "like", negated, ...(isInsensitive && place.ilike && { caseless: "ilike" as const }), as: asWritten(name, pattern) });
    return;
  }
  if (lookup === "raw") {
    found.uncertain = true;
    return;
  }
  found.lookups.push({ ...base, lookup, negated, ...(lookup === "isnull" ? { constant: true } : value?.kind === "constant" && { constant: value.value }) });
}

function hasIlike(m: Machine, entity: Entity): boolean {
  return /^(postgresql|cockroachdb)$/.test(m.project.engineOf(entity));
}

/** How a message says it: "`Like` with a leading `%`". */
export function asWritten(name: string, pattern: string | undefined): string {
  return pattern !== undefined && /contains|endswith/.test(pattern) ? `\`${name}\` with a leading \`%\`` : `\`${name}\``;
}

/** `Like(pattern)`, `Not(Like(pattern))`: the pattern as it is written. */
function argumentOf(node: Expression | undefined): Expression | undefined {
  if (node?.kind !== "call") return undefined;
  const inner = node.arguments[0]?.value;
  return inner?.kind === "call" && inner.callee.kind === "name" && /^I?Like$/.test(inner.callee.name) ? argumentOf(inner) : inner;
}

/** Whether these conditions leave one row at the most. */
export function isUnique(m: Machine, entity: Entity, lookups: readonly Lookup[]): boolean {
  if (lookups.some((each) => isByItsOnlyOwner(m, entity, each))) return true;
  const exact = new Set<string>();
  for (const { lookup, negated, disjunct, transforms, path, annotated, optional } of lookups) {
    if (lookup !== "exact" || negated || disjunct || annotated || optional || transforms.length > 0 || path.length !== 1) continue;
    exact.add(entity.fields.get(path[0])?.column ?? path[0]);
    exact.add(path[0]);
  }
  if (exact.size === 0) return false;
  return entity.indexes.some((index) => index.unique && !index.partial && index.columns.length > 0 && index.columns.every(({ field }) => field !== undefined && exact.has(field)));
}

/** `order.lines` with a line's key: a line is of one order. */
function isByItsOnlyOwner(m: Machine, entity: Entity, { lookup, negated, disjunct, optional, transforms, path, field }: Lookup): boolean {
  if (path.length !== 2 || lookup !== "exact" || negated || disjunct || optional || transforms.length > 0 || field === undefined) return false;
  const relation = entity.relations.get(path[0]);
  const target = relation?.target === undefined ? undefined : m.project.entity(relation.target);
  const key = target?.fields.get(field);
  return relation !== undefined && /^(reverse-foreign-key|reverse-one-to-one|one-to-one)$/.test(relation.form) && (key?.primaryKey === true || key?.unique === true);
}

/** Each condition with the query that has it, also where other ways through the code leave it out. */
export function emitLookups(m: Machine, lookups: readonly Lookup[], query: Query): void {
  for (const lookup of lookups) m.emit({ kind: "lookup", at: lookup.at, lookup, query: lookup.optional ? { ...query, lookups: [...query.lookups, lookup] } : query });
}
