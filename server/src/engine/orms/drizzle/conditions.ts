import type { Expression } from "../../facts";
import type { Location } from "../../source";
import type { CallSite } from "../../flow/adapter";
import type { Lookup, Query } from "../../flow";
import type { Machine } from "../../flow/machine";
import type { MappingValue, Value } from "../../flow/values";
import type { Entity } from "../../project";
import { foldedLookup, patternLookup, type Folding } from "../script/patterns";
import { sourceOf } from "../script/queries";
import { readPredicate } from "./sql";
import { columnOf, dataOf, drizzleObject, type ColumnData, type SqlData } from "./values";
import { isListOfOne } from "../script/options";

/** `eq(users.id, id)`, and what `and`, `or` and `not` make of such. */
export interface Condition {
  readonly connector: "and" | "or";
  readonly negated: boolean;
  readonly children: readonly (Condition | Leaf)[];
  /** Some part of it could not be read. */
  readonly uncertain: boolean;
  /** The two columns of `eq(posts.userId, users.id)`. */
  readonly joins?: readonly ColumnData[];
}

export interface Leaf {
  readonly column: ColumnData;
  readonly transforms: readonly string[];
  readonly lookup: string;
  /** How a comparison leaves the case aside. */
  readonly caseless?: Lookup["caseless"];
  /** How the code says it, where that is another word. */
  readonly as?: string;
  readonly negated: boolean;
  /** What the column is compared with. */
  readonly value?: Value;
  readonly at: Location;
}

export const UNCERTAIN: Condition = Object.freeze({ connector: "and", negated: false, children: [], uncertain: true });
/** `where()`, `and()`. */
export const NO_CONDITION: Condition = Object.freeze({ connector: "and", negated: false, children: [], uncertain: false });

export function isLeaf(part: Condition | Leaf): part is Leaf {
  return "column" in part;
}

/** Operators that compare a column, by what other ORMs call the same. */
const COMPARISONS: Readonly<Record<string, { readonly lookup: string; readonly negated?: true }>> = {
  eq: { lookup: "exact" }, ne: { lookup: "exact", negated: true }, gt: { lookup: "gt" }, gte: { lookup: "gte" }, lt: { lookup: "lt" }, lte: { lookup: "lte" },
  inArray: { lookup: "in" }, notInArray: { lookup: "in", negated: true }, between: { lookup: "range" }, notBetween: { lookup: "range", negated: true },
  isNull: { lookup: "isnull" }, isNotNull: { lookup: "isnull", negated: true },
  arrayContains: { lookup: "array" }, arrayContained: { lookup: "array" }, arrayOverlaps: { lookup: "array" },
};

const PATTERNS: Readonly<Record<string, { readonly insensitive: boolean; readonly negated?: true }>> = {
  like: { insensitive: false }, ilike: { insensitive: true }, notLike: { insensitive: false, negated: true }, notIlike: { insensitive: true, negated: true },
};

/** A call of `eq`, `and`, `ilike` …; undefined for what is none of them. */
export function conditionCall(m: Machine, name: string, call: CallSite): Value | undefined {
  const { varies } = call;
  const values = call.positional.map((argument) => argument.value);
  const at: Location = { uri: call.uri, span: { start: call.node.start, end: call.node.end } };
  const wrap = (condition: Condition): Value => drizzleObject("condition", condition, varies);
  if (name === "and" || name === "or") {
    // `and(...conditions)`
    const given = call.more ? [UNCERTAIN] : values.flatMap((value) => (value.kind === "sequence" ? value.items?.map((item) => conditionOf(m, item)) ?? [UNCERTAIN] : [conditionOf(m, value)]));
    const children = given.filter((each) => each !== NO_CONDITION);
    return wrap({ connector: name, negated: false, children, uncertain: children.some((each) => !isLeaf(each) && each.uncertain) });
  }
  if (name === "not") {
    const inner = values[0] ? conditionOf(m, values[0]) : UNCERTAIN;
    return wrap({ connector: "and", negated: true, children: [inner], uncertain: inner.uncertain });
  }
  if (name === "exists" || name === "notExists") return wrap(UNCERTAIN);
  const comparison = COMPARISONS[name];
  const pattern = PATTERNS[name];
  if (!comparison && !pattern) return undefined;
  const [left, right] = values;
  const subject = left && subjectOf(left);
  if (!subject) {
    // `eq(userId, users.id)`: the same the other way round.
    const turned = name === "eq" && right ? subjectOf(right) : undefined;
    return wrap(turned && !turned.folded && left && !columnOf(left) ? single({ column: turned.column, transforms: turned.transforms, lookup: "exact", negated: false, value: left, at }) : UNCERTAIN);
  }
  // `eq(posts.userId, users.id)` joins two tables: no condition on what is found.
  const other = right && columnOf(right);
  if (other) return wrap({ ...UNCERTAIN, joins: [subject.column, other] });
  const { folded, ...column } = subject;
  const value = right && { value: right };
  if (comparison) return wrap(single({ ...column, ...foldedLookup(comparison.lookup === "in" && isListOfOne(right) ? "exact" : comparison.lookup, folded), negated: comparison.negated === true, ...value, at }));
  const lookup = patternLookup(right, call.positional[1]?.node.value, pattern.insensitive);
  return wrap(single({ ...column, ...foldedLookup(lookup, pattern.insensitive ? "ilike" : folded), as: `\`${name}\``, negated: pattern.negated === true, ...value, at }));
}

function single(leaf: Leaf): Condition {
  return { connector: "and", negated: false, children: [leaf], uncertain: false };
}

/** A column, or a function of one: ``sql`lower(${users.email})` ``. */
function subjectOf(value: Value): (Pick<Leaf, "column" | "transforms"> & { readonly folded?: Folding }) | undefined {
  const column = columnOf(value);
  if (column) return { column, transforms: [] };
  const sql = dataOf<SqlData>(value, "sql");
  const read = sql && readPredicate(sql);
  return read && read.lookup === undefined ? { column: read.column, transforms: read.transforms, ...(read.folded && { folded: read.folded }) } : undefined;
}

/** What a value is as a condition: undefined and null are left out by Drizzle (`and(undefined, …)`). */
export function conditionOf(m: Machine, value: Value): Condition {
  const condition = dataOf<Condition>(value, "condition");
  if (condition) return condition;
  if (value.kind === "constant" && (value.value === null || value.value === false)) return NO_CONDITION;
  const sql = dataOf<SqlData>(value, "sql");
  if (sql) {
    const read = readPredicate(sql);
    return read?.lookup === undefined ? UNCERTAIN : single({ column: read.column, transforms: read.transforms, ...foldedLookup(read.lookup, read.folded), negated: read.negated, ...(read.value && { value: read.value }), as: "this `sql`", at: sql.at });
  }
  if (value.kind === "union") {
    // `search ? ilike(…) : undefined`: on some ways through the code only.
    const options = value.options.map((option) => conditionOf(m, option)).filter((each) => each !== NO_CONDITION);
    return { connector: "and", negated: false, children: options.length === 1 ? options : [], uncertain: true };
  }
  return UNCERTAIN;
}

/** All columns that are compared with one of another table, as far as every one of them must hold. */
export function joinedColumns(condition: Condition): readonly ColumnData[] {
  if (condition.negated || condition.connector === "or") return [];
  return [...(condition.joins ?? []), ...condition.children.flatMap((child) => (isLeaf(child) ? [] : joinedColumns(child)))];
}

const OBJECT_OPERATORS: Readonly<Record<string, string>> = {
  eq: "exact", gt: "gt", gte: "gte", lt: "lt", lte: "lte", in: "in", isNull: "isnull",
};

/** `where: { id: 1, name: { ilike: "%x%" }, OR: […] }` of relational queries since 1.0. */
export function objectCondition(m: Machine, entity: Entity, mapping: MappingValue, at: Location): Condition {
  const children: (Condition | Leaf)[] = [];
  let uncertain = mapping.complete !== true || (mapping.maybe?.size ?? 0) > 0;
  for (const [name, value] of mapping.entries) {
    if (value.kind === "constant" && value.value === null) continue;
    const place = entryPlace(mapping, name) ?? at;
    if (name === "AND" || name === "OR") {
      const parts = value.kind === "sequence" && value.items ? value.items.map((item) => (item.kind === "mapping" ? objectCondition(m, entity, item, place) : UNCERTAIN)) : [UNCERTAIN];
      children.push({ connector: name === "OR" ? "or" : "and", negated: false, children: parts, uncertain: parts.some((part) => part.uncertain) });
      uncertain ||= parts.some((part) => part.uncertain);
    } else if (entity.fields.has(name)) {
      const column: ColumnData = { entity, field: name };
      if (value.kind !== "mapping") children.push({ column, transforms: [], lookup: "exact", negated: false, value, at: place });
      else {
        for (const [operator, operand] of value.entries) {
          const known = OBJECT_OPERATORS[operator];
          const pattern = operator === "like" || operator === "ilike" ? patternLookup(operand, entryNode(value, operator), operator === "ilike") : undefined;
          if (known === undefined && pattern === undefined) uncertain = true;
          else children.push({ column, transforms: [], ...(known !== undefined ? { lookup: known } : { ...foldedLookup(pattern!, operator === "ilike" ? "ilike" : undefined), as: `\`${operator}\`` }), negated: false, value: operand, at: entryPlace(value, operator) ?? place });
        }
      }
    } else uncertain = true;
  }
  return { connector: "and", negated: false, children, uncertain };
}

function entryNode(mapping: MappingValue, name: string): Expression | undefined {
  return mapping.literal?.expression.entries.find(({ key }) => key?.kind === "literal" && key.value === name)?.value;
}

function entryPlace(mapping: MappingValue, name: string): Location | undefined {
  const entry = mapping.literal?.expression.entries.find(({ key }) => key?.kind === "literal" && key.value === name);
  return entry && mapping.literal && { uri: mapping.literal.uri, span: { start: entry.key!.start, end: entry.value.end } };
}

/** The lookups of a condition, on whichever table each of its columns is. */
export function lookupsOf(condition: Condition): { readonly lookups: readonly Lookup[]; readonly uncertain: boolean } {
  const lookups: Lookup[] = [];
  const visit = (part: Condition, inverse: boolean, disjunct: boolean): void => {
    const negates = inverse !== part.negated;
    const either = disjunct || (part.connector === "or" && part.children.length > 1) || (negates && part.children.length > 1);
    for (const child of part.children) {
      if (isLeaf(child)) lookups.push(lookupOf(child, negates, either));
      else visit(child, negates, either);
    }
  };
  visit(condition, false, false);
  return { lookups, uncertain: condition.uncertain };
}

function lookupOf({ column, transforms, lookup, caseless, as, negated, value, at }: Leaf, inverse: boolean, disjunct: boolean): Lookup {
  const source = value && sourceOf(value);
  return {
    path: [column.field], transforms, lookup, entity: column.entity.key, field: column.field, negated: negated !== inverse, disjunct, annotated: false, at,
    ...(caseless && { caseless }), ...(as !== undefined && { as }),
    ...(value && { varies: value.varies }), ...(value?.kind === "constant" && { constant: value.value }), ...(lookup === "isnull" && { constant: !negated }), ...(source && { from: source }),
  };
}

/** Whether these conditions leave one row of the table at the most. */
export function isUnique(entity: Entity, lookups: readonly Lookup[]): boolean {
  const exact = new Set<string>();
  for (const lookup of lookups) {
    if (lookup.lookup === "exact" && !lookup.negated && !lookup.disjunct && lookup.transforms.length === 0 && lookup.entity === entity.key && lookup.field !== undefined) exact.add(lookup.field);
  }
  if (exact.size === 0) return false;
  for (const name of exact) {
    const field = entity.fields.get(name);
    if (field && (field.primaryKey || field.unique)) return true;
  }
  return entity.indexes.some((index) => index.unique && !index.partial && index.columns.length > 0 && index.columns.every((column) => column.field !== undefined && exact.has(column.field)));
}

/** Conditions as events of a query. */
export function emitLookups(m: Machine, lookups: readonly Lookup[], query: Query): void {
  for (const lookup of lookups) m.emit({ kind: "lookup", at: lookup.at, lookup, query });
}
