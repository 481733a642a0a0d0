import type { Lookup } from "../../flow";
import type { Machine } from "../../flow/machine";
import { isEitherOr, isKey, optionsOf, type MappingValue, type Value } from "../../flow/values";
import type { Entity } from "../../project";
import type { Location } from "../../source";

/** Conditions as far as they could be read. */
export interface Conditions {
  readonly lookups: Lookup[];
  uncertain: boolean;
}

const OPERATORS: ReadonlyMap<string, string> = new Map([
  ["$eq", "exact"], ["$ne", "exact"], ["$in", "in"], ["$nin", "in"], ["$gt", "gt"], ["$gte", "gte"], ["$lt", "lt"], ["$lte", "lte"], ["$like", "like"], ["$ilike", "ilike"], ["$re", "regex"], ["$fulltext", "search"], ["$contains", "contains"],
]);
const NEGATIVE: ReadonlySet<string> = new Set(["$ne", "$nin"]);

interface Place {
  readonly entity: Entity;
  readonly path: readonly string[];
  readonly at: Location;
  readonly disjunct: boolean;
  readonly negated: boolean;
  readonly maybe: boolean;
}

/** `where` of a find: an object of conditions, or a key. */
export function conditionsIn(m: Machine, entity: Entity, value: Value | undefined, at: Location): Conditions {
  const found: Conditions = { lookups: [], uncertain: false };
  if (value) read(m, value, { entity, path: [], at, disjunct: false, negated: false, maybe: false }, found);
  return found;
}

function read(m: Machine, value: Value, place: Place, found: Conditions): void {
  const options = optionsOf(value);
  if (options.length > 1) {
    found.uncertain = true;
    for (const option of options) if (option.kind === "mapping") read(m, option, { ...place, maybe: true }, found);
    return;
  }
  const [only] = options;
  switch (only.kind) {
    case "mapping": return readMapping(m, only, place, found);
    // A key: `em.findOne(User, 1)`, `em.find(User, [1, 2])`.
    case "constant":
      if (only.value !== null) found.lookups.push(lookup(place, place.entity.primaryKey, "exact", only));
      return;
    case "sequence":
      found.lookups.push(lookup(place, place.entity.primaryKey, "in", only));
      return;
    case "row":
      found.lookups.push(lookup(place, place.entity.primaryKey, "exact", only));
      return;
    default:
      // What an unknown value is, a key or an object of conditions, is not seen.
      found.lookups.push(lookup(place, place.entity.primaryKey, "exact", only));
      if (!isKey(only)) found.uncertain = true;
  }
}

function readMapping(m: Machine, mapping: MappingValue, place: Place, found: Conditions): void {
  if (!mapping.complete || isEitherOr(mapping)) found.uncertain = true;
  for (const [name, value] of mapping.entries) {
    const entry = mapping.literal?.expression.entries.find(({ key }) => key?.kind === "literal" && key.value === name);
    const at: Location = entry && mapping.literal ? { uri: mapping.literal.uri, span: { start: entry.key!.start, end: entry.value.end } } : place.at;
    const inner: Place = { ...place, at, maybe: place.maybe || mapping.maybe?.has(name) === true };
    if (name === "$and" || name === "$or") {
      const items = value.kind === "sequence" ? value.items : undefined;
      if (!items) found.uncertain = true;
      for (const item of items ?? []) read(m, item, { ...inner, disjunct: place.disjunct || (name === "$or" && items!.length > 1) }, found);
    } else if (name === "$not") read(m, value, { ...inner, negated: !place.negated }, found);
    else readEntry(m, name, value, inner, found);
  }
}

function readEntry(m: Machine, name: string, value: Value, place: Place, found: Conditions): void {
  const { entity } = place;
  const relation = entity.relations.get(name);
  const [only] = optionsOf(value);
  const isOne = optionsOf(value).length === 1;
  if (relation && isOne && only.kind === "mapping" && ![...only.entries.keys()].some((key) => OPERATORS.has(key))) {
    const target = relation.target === undefined ? undefined : m.project.entity(relation.target);
    if (target) read(m, value, { ...place, entity: target, path: [...place.path, name] }, found);
    else found.uncertain = true;
    return;
  }
  if (!entity.fields.has(name) && !relation) {
    found.uncertain = true;
    return;
  }
  // A text with a type of its own (`string & { readonly kind?: "order" }`) has no operators: it is compared.
  if (isOne && only.kind === "mapping" && only.entries.size > 0 && [...only.entries.keys()].some((key) => key.startsWith("$"))) {
    for (const [operator, operand] of only.entries) {
      const kind = OPERATORS.get(operator);
      if (kind === undefined) {
        found.uncertain = true;
        continue;
      }
      const negated = NEGATIVE.has(operator) ? !place.negated : place.negated;
      // What is no list may be a query: `$nin: em.createQueryBuilder(…)` leaves any share of the rows.
      if (operator === "$nin" && operand.kind !== "sequence" && operand.kind !== "constant") found.uncertain = true;
      if (kind === "like" || kind === "ilike") found.lookups.push(patternLookup({ ...place, negated }, name, operand, kind === "ilike"));
      else if (operator === "$ne" && operand.kind === "constant" && operand.value === null) found.lookups.push({ ...lookup({ ...place, negated: place.negated }, name, "isnull", operand), constant: false });
      else found.lookups.push(lookup({ ...place, negated }, name, kind, operand));
    }
    return;
  }
  if (only.kind === "constant" && only.value === null) found.lookups.push({ ...lookup(place, name, "isnull", only), constant: true });
  else found.lookups.push(lookup(place, name, isOne && only.kind === "sequence" ? "in" : "exact", only));
}

/** `$like: "%x%"`, `$ilike: "x%"`; a pattern that is put together is not looked into. */
function patternLookup(place: Place, name: string, pattern: Value, insensitive: boolean): Lookup {
  const text = pattern.kind === "constant" && typeof pattern.value === "string" ? pattern.value : undefined;
  const shape = text === undefined ? "like" : text.startsWith("%") ? (text.endsWith("%") ? "contains" : "endswith") : text.endsWith("%") ? "startswith" : "exact";
  return { ...lookup(place, name, insensitive && shape !== "like" ? `i${shape}` : shape, pattern), ...(insensitive && { caseless: "ilike" as const }) };
}

function lookup({ entity, path, at, disjunct, negated, maybe }: Place, name: string, kind: string, value: Value): Lookup {
  return {
    path: [...path, name], transforms: [], lookup: kind, entity: entity.key, field: name, negated, disjunct, at, annotated: false, varies: value.varies, ...(value.kind === "constant" && { constant: value.value }), ...(maybe && { optional: true }),
    ...(value.kind === "sequence" && value.query && value.materialised && { from: { query: value.query, materialised: value.materialised } }),
  };
}

/** Whether these conditions leave one row at the most. */
export function isUnique(entity: Entity, lookups: readonly Lookup[]): boolean {
  const exact = new Set(lookups.flatMap((each) => (each.lookup === "exact" && !each.negated && !each.disjunct && !each.optional && each.path.length === 1 ? [each.path[0]] : [])));
  return exact.size > 0 && entity.indexes.some((index) => index.unique && !index.partial && index.columns.length > 0 && index.columns.every(({ field }) => field !== undefined && exact.has(field)));
}
