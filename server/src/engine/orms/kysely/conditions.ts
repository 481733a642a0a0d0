import type { CallSite } from "../../flow/adapter";
import { callCallback } from "../../flow/calls";
import type { Machine } from "../../flow/machine";
import type { Lookup, Query } from "../../flow";
import { unknown, type ObjectValue, type Value } from "../../flow/values";
import type { Entity } from "../../project";
import { textIn } from "../script/options";
import { patternLookup } from "../script/patterns";
import { sourceOf } from "../script/queries";
import { columnNamed, tableNamed } from "./tables";

/** What callbacks of `where` are handed: `(eb) => eb("title", "=", title)`, `({ and, or, eb }) => …`. */
const BUILDER = "kysely expressions";
/** What it makes. */
const CONDITION = "kysely condition";

interface ConditionData {
  readonly lookups: readonly Lookup[];
  /** They are all that the condition says. */
  readonly isWhole: boolean;
}

interface BuilderData {
  readonly entity: Entity;
}

const COMPARISONS: Readonly<Record<string, { readonly lookup: string; readonly negated?: true; readonly caseless?: Lookup["caseless"] }>> = {
  "=": { lookup: "exact" }, "==": { lookup: "exact" }, "!=": { lookup: "exact", negated: true }, "<>": { lookup: "exact", negated: true }, ">": { lookup: "gt" }, ">=": { lookup: "gte" }, "<": { lookup: "lt" }, "<=": { lookup: "lte" },
  in: { lookup: "in" }, "not in": { lookup: "in", negated: true }, is: { lookup: "isnull" }, "is not": { lookup: "isnull", negated: true },
  like: { lookup: "like" }, ilike: { lookup: "like", caseless: "ilike" }, "not like": { lookup: "like", negated: true }, "not ilike": { lookup: "like", negated: true, caseless: "ilike" },
};

/** `where("author_id", "=", id)`; undefined for conditions of another form. */
function lookupIn(m: Machine, entity: Entity, call: CallSite): Lookup | undefined {
  const [left, operator, right] = call.positional;
  const written = textIn(left?.value);
  const known = COMPARISONS[textIn(operator?.value)?.toLowerCase() ?? ""];
  if (written === undefined || !known || !right) return undefined;
  const dot = written.lastIndexOf(".");
  const owner = dot < 0 ? entity : tableNamed(m, written.slice(0, dot)) ?? entity;
  const field = columnNamed(owner, written.slice(dot + 1));
  const lookup = known.lookup === "like" ? patternLookup(right.value, right.node.value, known.caseless !== undefined) : known.lookup;
  const source = sourceOf(right.value);
  const value = right.value.kind === "constant" ? right.value.value : undefined;
  return {
    path: [field], transforms: [], lookup, entity: owner.key, field, negated: known.negated === true && known.lookup !== "isnull", disjunct: false, annotated: false, at: { uri: call.uri, span: { start: call.node.callee.kind === "attribute" ? call.node.callee.nameStart : call.node.start, end: call.node.end } },
    varies: right.value.varies, ...(known.caseless && { caseless: known.caseless }), ...(known.lookup === "like" && { as: `\`${textIn(operator.value)}\`` }), ...(known.lookup === "isnull" ? { constant: known.negated !== true } : value !== undefined && { constant: value }), ...(source && { from: source }),
  };
}

function isUnique(entity: Entity, lookups: readonly Lookup[]): boolean {
  const exact = new Set(lookups.flatMap((each) => (each.lookup === "exact" && !each.negated && !each.disjunct && each.entity === entity.key ? [each.field!] : [])));
  if (exact.has(entity.primaryKey)) return true;
  for (const name of exact) if (entity.fields.get(name)?.unique) return true;
  return entity.indexes.some((index) => index.unique && !index.partial && index.columns.length > 0 && index.columns.every(({ field }) => field !== undefined && exact.has(field)));
}

function condition(data: ConditionData, varies: number): ObjectValue {
  return { kind: "object", type: CONDITION, parts: {}, data, varies };
}

/** `eb("title", "=", title)`, `eb.and([…])`, `eb(…).or(…)`. Undefined: no such call. */
export function expressionMethod(m: Machine, receiver: ObjectValue, name: string, call: CallSite): Value | undefined {
  const varies = Math.max(receiver.varies, call.varies);
  if (receiver.type === CONDITION) {
    if (name !== "and" && name !== "or") return name === "as" || name === "$castTo" || name === "$notNull" ? receiver : undefined;
    const added = call.positional.length > 1 ? unknown(varies) : call.positional[0]?.value ?? unknown(varies);
    // Of what stands behind it no table is known here.
    return joined([receiver, added], name, varies);
  }
  if (receiver.type !== BUILDER) return undefined;
  const { entity } = receiver.data as BuilderData;
  switch (name) {
    case "__call__":
    case "eb": {
      const lookup = lookupIn(m, entity, call);
      return condition({ lookups: lookup ? [lookup] : [], isWhole: lookup !== undefined }, varies);
    }
    case "and":
    case "or": {
      const given = call.positional[0]?.value;
      return joined(given?.kind === "sequence" && given.items ? given.items : [unknown(varies)], name, varies);
    }
    case "not": return condition({ lookups: [], isWhole: false }, varies);
    default: return unknown(varies);
  }
}

function joined(parts: readonly Value[], by: "and" | "or", varies: number): Value {
  const all = parts.map((each): ConditionData => (each.kind === "object" && each.type === CONDITION ? each.data as ConditionData : { lookups: [], isWhole: false }));
  const lookups = all.flatMap((each) => each.lookups);
  return condition({ lookups: by === "or" && parts.length > 1 ? lookups.map((each) => ({ ...each, disjunct: true })) : lookups, isWhole: all.every((each) => each.isWhole) }, Math.max(varies, ...parts.map((each) => each.varies)));
}

/** What `where(…)` adds to a query, and with which loop it differs. */
export interface Filtered {
  readonly change: Partial<Query>;
  readonly added: readonly Lookup[];
  readonly varies: number;
}

export function filtered(m: Machine, query: Query, call: CallSite): Filtered {
  const entity = m.project.entity(query.entity);
  const { lookups: added, isWhole, varies } = entity ? conditionOf(m, entity, call) : { lookups: [], isWhole: false, varies: call.varies };
  const lookups = added.length > 0 ? [...query.lookups, ...added] : query.lookups;
  return {
    change: {
      lookups, uncertain: query.uncertain || !isWhole || added.some((each) => isForeign(entity, each)),
      atMostOne: query.atMostOne || (entity !== undefined && !query.combined && isUnique(entity, lookups)),
    },
    added, varies,
  };
}

function conditionOf(m: Machine, entity: Entity, call: CallSite): ConditionData & { readonly varies: number } {
  const [first] = call.positional;
  if (call.positional.length !== 1 || !first) {
    const lookup = lookupIn(m, entity, call);
    return { lookups: lookup ? [lookup] : [], isWhole: lookup !== undefined, varies: withCallbacks(m, call) };
  }
  const isCallback = first.value.kind === "function" || first.value.kind === "lambda";
  const builder: ObjectValue = { kind: "object", type: BUILDER, parts: {}, data: { entity } satisfies BuilderData, varies: 0 };
  const given = isCallback ? callCallback(m, first.value, [builder, unknown()], call) : first.value;
  const varies = Math.max(call.varies, given.varies);
  return given.kind === "object" && given.type === CONDITION ? { ...(given.data as ConditionData), varies } : { lookups: [], isWhole: false, varies };
}

/** What a callback among the arguments gives depends on what it reads. */
export function withCallbacks(m: Machine, call: CallSite): number {
  let { varies } = call;
  for (const { value } of call.positional) if (value.kind === "function" || value.kind === "lambda") varies = Math.max(varies, callCallback(m, value, [unknown(), unknown()], call).varies);
  return varies;
}

/** A column that the migrations which were read do not make. */
function isForeign(entity: Entity | undefined, lookup: Lookup): boolean {
  return entity?.managed === true && lookup.entity === entity.key && !entity.fields.has(lookup.field!);
}
