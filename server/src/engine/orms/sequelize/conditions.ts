import type { Expression } from "../../facts";
import type { Machine } from "../../flow/machine";
import type { Lookup } from "../../flow";
import { isEitherOr, optionsOf, type MappingValue, type ObjectValue, type Value } from "../../flow/values";
import type { Entity, Relation } from "../../project";
import type { Location } from "../../source";
import { isListOfOne, textIn } from "../script/options";

/** What a `where` asks. */
export interface Conditions {
  readonly lookups: readonly Lookup[];
  /** Some of it could not be read. */
  readonly uncertain: boolean;
}

const NOTHING: Conditions = { lookups: [], uncertain: false };

/** Operators by the word that rules know (documentation: *Operators*). */
const LOOKUPS: Readonly<Record<string, string>> = {
  eq: "exact", in: "in", gt: "gt", gte: "gte", lt: "lt", lte: "lte", between: "range", startsWith: "startswith", endsWith: "endswith", substring: "contains", regexp: "regex", iRegexp: "iregex",
};
const NEGATED: Readonly<Record<string, string>> = { ne: "eq", notIn: "in", notBetween: "between", notLike: "like", notILike: "iLike", notRegexp: "regexp", notIRegexp: "iRegexp" };

/** Where a condition stands, and what stands around it. */
interface Around {
  readonly at: Location;
  readonly negated: boolean;
  readonly disjunct: boolean;
  readonly optional: boolean;
}

/** Reads a `where` on the rows of an entity; `path` leads to them from the rows that the query gives. */
export function conditionsOf(m: Machine, entity: Entity, where: Value | undefined, at: Location, path: readonly string[] = []): Conditions {
  if (!where || (where.kind === "constant" && where.value === null)) return NOTHING;
  const alternatives = optionsOf(where);
  const read = alternatives.map((each) => readWhere(m, entity, each, path, { at, negated: false, disjunct: false, optional: alternatives.length > 1 }));
  return { lookups: read.flatMap(({ lookups }) => lookups), uncertain: read.some(({ uncertain }) => uncertain) || alternatives.length > 1 };
}

function readWhere(m: Machine, entity: Entity, where: Value, path: readonly string[], around: Around): Conditions {
  const lookups: Lookup[] = [];
  let uncertain = false;
  const take = (conditions: Conditions): void => {
    lookups.push(...conditions.lookups);
    uncertain ||= conditions.uncertain;
  };
  switch (where.kind) {
    case "mapping": {
      for (const entry of entriesOf(where, around)) {
        const inner = { ...around, at: entry.at, optional: around.optional || entry.maybe };
        const operator = entry.operator;
        if (operator === "and" || operator === "or" || operator === "not") take(readGroup(m, entity, entry.value, path, { ...inner, disjunct: inner.disjunct || operator === "or", negated: operator === "not" ? !inner.negated : inner.negated }));
        else if (operator !== undefined) uncertain = true;
        else take(readColumn(m, entity, entry.name, entry.value, entry.node, path, inner));
      }
      if (!where.complete || isEitherOr(where)) uncertain = true;
      return { lookups, uncertain };
    }
    // `where: [condition, condition]`
    case "sequence": return readGroup(m, entity, where, path, around);
    case "object": return readObject(m, entity, where, path, around);
    case "constant": return NOTHING;
    default: return { lookups, uncertain: true };
  }
}

function readGroup(m: Machine, entity: Entity, value: Value, path: readonly string[], around: Around): Conditions {
  if (value.kind !== "sequence") return readWhere(m, entity, value, path, around);
  if (!value.items) return { lookups: [], uncertain: true };
  const read = value.items.map((item) => readWhere(m, entity, item, path, around));
  return { lookups: read.flatMap(({ lookups }) => lookups), uncertain: read.some((each) => each.uncertain) };
}

/** `sequelize.where(sequelize.fn("lower", sequelize.col("email")), value)`, `sequelize.literal("…")`. */
function readObject(m: Machine, entity: Entity, where: ObjectValue, path: readonly string[], around: Around): Conditions {
  if (where.type === "sequelize group") return readGroup(m, entity, where.parts.conditions, path, { ...around, disjunct: around.disjunct || where.data === "or" });
  if (where.type !== "sequelize where") return { lookups: [], uncertain: true };
  const { left, right } = where.parts;
  const column = left.kind === "object" ? columnOf(left) : undefined;
  if (!column) return { lookups: [], uncertain: true };
  const at = where.at ?? around.at;
  const { lookups, uncertain } = readColumn(m, entity, column.name, right, undefined, path, { ...around, at });
  if (column.function === undefined) return { lookups, uncertain };
  if (column.function === "lower") return { lookups: lookups.map(lowered), uncertain };
  return { lookups: lookups.map((each) => ({ ...each, transforms: [...each.transforms, column.function!] })), uncertain };
}

/** `LOWER(column) = x` is an equality that leaves the case aside. */
function lowered(lookup: Lookup): Lookup {
  const words: Readonly<Record<string, string>> = { exact: "iexact", in: "iin", contains: "icontains", startswith: "istartswith", endswith: "iendswith", regex: "iregex" };
  const word = words[lookup.lookup];
  return word === undefined ? { ...lookup, transforms: [...lookup.transforms, "lower"] } : { ...lookup, lookup: word, caseless: "lower", as: "`lower(…)`" };
}

/** The column behind `col("email")`, `fn("lower", col("email"))`. */
export function columnOf(value: ObjectValue): { readonly name: string; readonly function?: string } | undefined {
  if (value.type === "sequelize col") return { name: String(value.data) };
  if (value.type !== "sequelize fn") return undefined;
  const [inner] = value.items ?? [];
  const column = inner?.kind === "object" ? columnOf(inner) : undefined;
  return column && column.function === undefined ? { ...column, function: String(value.data).toLowerCase() } : undefined;
}

interface Entry {
  /** The name of an operator: `Op.or` is "or". */
  readonly operator?: string;
  readonly name: string;
  readonly value: Value;
  readonly node?: Expression;
  readonly at: Location;
  readonly maybe: boolean;
}

/** The operator that an entry of an object literal has as its name: `[Op.like]`, `$like` of version 4. */
function operatorOf(name: string): string | undefined {
  return /^\[(?:.*\.)?Op\.(\w+)\]$/.exec(name)?.[1] ?? /^\$(\w+)$/.exec(name)?.[1];
}

function entriesOf(mapping: MappingValue, around: Around): readonly Entry[] {
  const nodes = new Map<string, { readonly start: number; readonly node: Expression }>();
  for (const { key, value } of mapping.literal?.expression.entries ?? []) {
    if (key) nodes.set(key.kind === "literal" ? String(key.value) : `[${dotted(key)}]`, { start: key.start, node: value });
  }
  return [...mapping.entries].map(([name, value]) => {
    const written = nodes.get(name);
    return {
      name, value, operator: operatorOf(name), maybe: mapping.maybe?.has(name) === true, ...(written && { node: written.node }),
      at: written ? { uri: mapping.literal!.uri, span: { start: written.start, end: written.node.end } } : around.at,
    };
  });
}

function dotted(expression: Expression): string {
  return expression.kind === "name" ? expression.name : expression.kind === "attribute" ? `${dotted(expression.object)}.${expression.name}` : "…";
}

/** A condition on one column: a value, a list, or an object of operators. */
function readColumn(m: Machine, entity: Entity, name: string, value: Value, node: Expression | undefined, path: readonly string[], around: Around): Conditions {
  const place = placeOf(m, entity, name, path);
  const lookup = (change: Partial<Lookup>): Lookup => ({
    path: place.path, transforms: place.transforms, lookup: "exact", entity: place.entity, field: place.field, negated: around.negated, disjunct: around.disjunct, at: around.at, annotated: place.annotated, varies: value.varies,
    ...(around.optional && { optional: true }), ...change,
  });
  const one = (change: Partial<Lookup>): Conditions => ({ lookups: [lookup(change)], uncertain: false });
  switch (value.kind) {
    case "constant": return value.value === null ? one({ lookup: "isnull", constant: true }) : one({ constant: value.value });
    case "sequence": return one({ lookup: isListOfOne(value) ? "exact" : "in", ...(value.query && value.materialised && { from: { query: value.query, materialised: value.materialised } }) });
    case "object": return value.type.startsWith("sequelize ") && value.type !== "sequelize col" ? { lookups: [], uncertain: true } : one({});
    case "union": {
      const isList = value.options.some((option) => option.kind === "sequence");
      const operators = value.options.filter((option) => option.kind === "mapping");
      return operators.length > 0 ? { lookups: [], uncertain: true } : one(isList ? { lookup: "in" } : {});
    }
    case "mapping": break;
    default: return one({});
  }
  const entries = entriesOf(value, around);
  if (entries.length === 0 || entries.some(({ operator }) => operator === undefined)) {
    // `where: { settings: { theme: "dark" } }` looks into JSON.
    return value.complete && entries.length > 0 ? one({ transforms: [...place.transforms, "json"] }) : { lookups: [], uncertain: true };
  }
  const lookups: Lookup[] = [];
  let uncertain = !value.complete;
  for (const entry of entries) {
    const inner = { ...around, at: entry.at, optional: around.optional || entry.maybe };
    const operator = entry.operator!;
    if (operator === "and" || operator === "or" || operator === "not") {
      const options = entry.value.kind === "sequence" && operator !== "not" ? entry.value.items : [entry.value];
      for (const each of options ?? []) {
        const read = readColumn(m, entity, name, each, undefined, path, { ...inner, disjunct: inner.disjunct || operator === "or", negated: operator === "not" ? !inner.negated : inner.negated });
        lookups.push(...read.lookups);
        uncertain ||= read.uncertain;
      }
      uncertain ||= options === undefined;
      continue;
    }
    const read = operatorLookup(operator, entry.value, entry.node ?? (entries.length === 1 ? node : undefined));
    lookups.push(lookup({ at: inner.at, ...(inner.optional && { optional: true }), ...read, negated: read.negated === true ? !around.negated : around.negated }));
  }
  return { lookups, uncertain };
}

function operatorLookup(operator: string, value: Value, node: Expression | undefined): Partial<Lookup> {
  const positive = NEGATED[operator];
  if (positive !== undefined) {
    // `{ [Op.ne]: null }`: what is not null.
    if (operator === "ne" && value.kind === "constant" && value.value === null) return { lookup: "isnull", constant: false };
    return { ...operatorLookup(positive, value, node), negated: true };
  }
  switch (operator) {
    case "is": return value.kind === "constant" && value.value === null ? { lookup: "isnull", constant: true } : { ...(value.kind === "constant" && { constant: value.value }) };
    case "eq": return value.kind === "constant" ? (value.value === null ? { lookup: "isnull", constant: true } : { constant: value.value }) : {};
    case "in": return { lookup: isListOfOne(value) ? "exact" : "in", ...(value.kind === "sequence" && value.query && value.materialised && { from: { query: value.query, materialised: value.materialised } }) };
    case "like": return patternLookup(value, node, false);
    case "iLike": return patternLookup(value, node, true);
    case "iRegexp": return { lookup: "iregex", caseless: "ilike", as: "`Op.iRegexp`" };
  }
  const lookup = LOOKUPS[operator] ?? operator;
  return { lookup, ...(/^(startswith|endswith|contains)$/.test(lookup) && { as: `\`Op.${operator}\`` }), ...(value.kind === "constant" && { constant: value.value }) };
}

/** `LIKE` by where its pattern has wildcards: `Op.like: "%x%"`. */
function patternLookup(value: Value, node: Expression | undefined, leavesCase: boolean): Partial<Lookup> {
  const text = textIn(value);
  const texts = text !== undefined ? [text] : node?.kind === "format" ? node.texts : undefined;
  const caseless = leavesCase ? { caseless: "ilike" as const } : {};
  const name = leavesCase ? "`Op.iLike`" : "`Op.like`";
  if (!texts || texts.length === 0) return leavesCase ? { lookup: "icontains", ...caseless, as: name } : { lookup: "like" };
  const starts = /^[%_]/.test(texts[0]);
  const ends = /[%_]$/.test(texts[texts.length - 1]);
  const inside = texts.some((each, i) => /[%_]/.test(i === 0 && i === texts.length - 1 ? each.slice(1, -1) : i === 0 ? each.slice(1) : i === texts.length - 1 ? each.slice(0, -1) : each));
  const word = starts ? (ends || inside ? "contains" : "endswith") : ends && !inside ? "startswith" : inside ? "like" : "exact";
  if (word === "like") return leavesCase ? { lookup: "icontains", ...caseless, as: name } : { lookup: "like" };
  return leavesCase ? { lookup: `i${word}`, ...caseless, as: name } : { lookup: word, ...(word !== "exact" && { as: name }) };
}

interface PathPlace {
  readonly path: readonly string[];
  readonly transforms: readonly string[];
  readonly entity?: string;
  readonly field?: string;
  readonly annotated: boolean;
}

/** The column that a name in a `where` means: `status`, `$author.name$`, `settings.theme`. */
function placeOf(m: Machine, entity: Entity, written: string, before: readonly string[]): PathPlace {
  const nested = /^\$(.+)\$$/.exec(written)?.[1];
  // `$collaborators->user.id$` goes by the names that nested includes have in the statement.
  const names = nested ? nested.split(/\.|->/) : written.split(".");
  if (!nested && names.length > 1) return { path: [...before, names[0]], transforms: ["json"], entity: entity.key, field: names[0], annotated: false };
  let current: Entity | undefined = entity;
  const path = [...before];
  for (const name of names.slice(0, -1)) {
    const relation: Relation | undefined = current?.relations.get(name);
    current = relation?.target === undefined ? undefined : m.project.entity(relation.target);
    path.push(name);
  }
  const last = names[names.length - 1];
  const field = current?.fields.get(last);
  return { path: [...path, last], transforms: [], ...(field && current && { entity: current.key, field: last }), annotated: false };
}

/** Whether these conditions leave one row at the most. */
export function isUnique(entity: Entity, lookups: readonly Lookup[]): boolean {
  const given = new Set(lookups.flatMap((each) => (each.path.length === 1 && each.lookup === "exact" && !each.negated && !each.disjunct && !each.optional && each.transforms.length === 0 ? [each.path[0]] : [])));
  return entity.indexes.some((index) => index.unique && !index.partial && index.columns.length > 0 && index.columns.every(({ field }) => field !== undefined && given.has(field)));
}
