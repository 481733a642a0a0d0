import type { Expression } from "../../facts";
import type { CallSite } from "../../flow/adapter";
import type { Machine } from "../../flow/machine";
import type { Lookup, Query } from "../../flow";
import { callCallback } from "../../flow/calls";
import { optionsOf, perhapsVaries, type Value } from "../../flow/values";
import type { Entity } from "../../project";
import { foldedLookup, patternLookup, type Folding } from "../script/patterns";
import { columnIn } from "./values";

/** What a call of the `where` family adds to a query. */
export interface Added {
  readonly lookups: readonly Lookup[];
  /** Some of it could not be read. */
  readonly isUncertain: boolean;
  /** It makes what stood before an alternative. */
  readonly isAlternative: boolean;
  /** The loop that what a callback adds differs with. */
  readonly varies?: number;
}

const OPERATORS: ReadonlyMap<string, string> = new Map([["=", "exact"], ["in", "in"], [">", "gt"], [">=", "gte"], ["<", "lt"], ["<=", "lte"], ["<>", "exact"], ["!=", "exact"], ["not in", "in"], ["is", "exact"], ["is not", "exact"]]);
const NEGATED: ReadonlySet<string> = new Set(["<>", "!=", "not in", "is not", "not like", "not ilike"]);

/** Whether the builder has a method of this name that adds conditions. */
export function isCondition(name: string): boolean {
  return /^(and|or)?(where|having)/i.test(name) && !/^(or)?having/i.test(name);
}

/** `where("status", "new")`, `whereIn("id", ids)`, `orWhereNull("deleted_at")`, `where({ a: 1 })`, `whereRaw("lower(email) = ?")`, `where((q) => …)`. */
export function conditionsOf(m: Machine, entity: Entity, name: string, call: CallSite): Added {
  const isOr = /^or/i.test(name);
  const negated = /not/i.test(name.replace(/notnull/i, "null"));
  const kind = name.replace(/^(and|or)/i, "").replace(/^./, (first) => first.toLowerCase()).replace(/^whereNot(?!Null)/, "where");
  const values = call.positional.map((each) => each.value);
  const [first, second, third] = values;
  const at = m.at(call.node, call.uri);
  const made = (column: Value | undefined, lookup: string, value: Value | undefined, more: Partial<Lookup> = {}): Lookup[] => {
    const field = columnIn(column);
    if (field === undefined) return [];
    const known = entity.fields.has(field);
    return [{
      path: [field], transforms: [], lookup, ...(known && { entity: entity.key, field }), negated, disjunct: isOr, at, annotated: false,
      ...(value && { varies: value.varies }), ...(value?.kind === "constant" && { constant: value.value }), ...(value && fromQuery(value)), ...more,
    }];
  };
  const sure = (lookups: readonly Lookup[]): Added => ({ lookups, isUncertain: lookups.length === 0, isAlternative: isOr });
  const alike = (pattern: Value | undefined, node: Expression | undefined, insensitive: boolean, more: Partial<Lookup> = {}): Lookup[] =>
    made(first, patternLookup(pattern, node, insensitive), pattern, { ...(insensitive && { caseless: "ilike", as: "`ILIKE`" }), ...more });
  switch (kind) {
    case "where": {
      if (first?.kind === "mapping") return { lookups: [...first.entries].flatMap(([column, value]) => made({ kind: "constant", value: column, varies: 0 }, "exact", value)), isUncertain: !first.complete, isAlternative: isOr };
      if (first?.kind === "function") return grouped(m, entity, first, call, isOr);
      if (values.length === 2) return sure(made(first, "exact", second));
      const operator = second?.kind === "constant" ? String(second.value).toLowerCase() : "";
      const more = NEGATED.has(operator) ? { negated: !negated } : {};
      if (/like$/.test(operator)) return sure(alike(third, call.positional[2]?.node.value, operator.includes("ilike"), more));
      const lookup = OPERATORS.get(operator);
      return lookup === undefined ? { lookups: [], isUncertain: true, isAlternative: isOr } : sure(made(first, lookup, third, more));
    }
    case "whereIn":
    case "whereNotIn": return sure(made(first, "in", second));
    case "whereNull":
    case "whereNotNull": return sure(made(first, "isnull", undefined, { constant: kind === "whereNull", negated: false }));
    case "whereBetween":
    case "whereNotBetween": return sure(made(first, "range", second));
    case "whereLike": return sure(alike(second, call.positional[1]?.node.value, false));
    case "whereILike": return sure(alike(second, call.positional[1]?.node.value, true));
    case "whereRaw": return rawConditions(m, entity, first, call, isOr);
    default: return { lookups: [], isUncertain: true, isAlternative: isOr };
  }
}

/** `where((builder) => builder.where(…).orWhere(…))`: its conditions in brackets. */
function grouped(m: Machine, entity: Entity, callback: Value, call: CallSite, isOr: boolean): Added {
  const collected: Lookup[] = [];
  const state = { isUncertain: false, varies: 0 };
  const builder: Value = { kind: "object", type: GROUP, parts: {}, data: { entity, collected, state }, varies: 0 };
  const { varies } = callCallback(m, callback, [builder], call);
  return { lookups: collected.map((each) => ({ ...each, disjunct: each.disjunct || isOr })), isUncertain: state.isUncertain || collected.length === 0, isAlternative: isOr, varies: Math.max(varies, state.varies, collected.length === 0 ? perhapsVaries(m.innermost) : 0) };
}

export const GROUP = "knex conditions";

/** A builder inside of brackets. */
export interface Group {
  readonly entity: Entity;
  readonly collected: Lookup[];
  readonly state: { isUncertain: boolean; varies: number };
}

/** `lower(email) = ?`, `name ILIKE ?`. */
function rawConditions(m: Machine, entity: Entity, text: Value | undefined, call: CallSite, isOr: boolean): Added {
  const sql = text?.kind === "constant" && typeof text.value === "string" ? text.value : undefined;
  const match = sql === undefined ? null : /^\s*(lower|upper)?\s*\(?\s*["`]?(?:\w+\.)?["`]?(\w+)["`]?\s*\)?\s*(=|like|ilike)\s*(\?|'[^']*'|:\w+)\s*$/i.exec(sql);
  if (!match) return { lookups: [], isUncertain: true, isAlternative: isOr };
  const [, transform, column, operator, right] = match;
  const pattern = right.startsWith("'") ? right.slice(1, -1) : call.positional[1]?.value.kind === "sequence" ? call.positional[1].value.items?.[0] : undefined;
  const value: Value | undefined = typeof pattern === "string" ? { kind: "constant", value: pattern, varies: 0 } : pattern;
  const insensitive = operator.toLowerCase() === "ilike";
  const node = call.positional[1]?.node.value;
  const given = node?.kind === "sequence" ? node.items[0] : node;
  const asked = operator === "=" ? "exact" : patternLookup(value, right.startsWith("'") ? undefined : given, insensitive);
  const folding = insensitive ? "ilike" : (transform?.toLowerCase() as Folding | undefined);
  const known = entity.fields.has(column);
  return {
    lookups: [{ path: [column], transforms: [], ...foldedLookup(asked, folding), as: `\`${sql!.trim()}\``, ...(known && { entity: entity.key, field: column }), negated: false, disjunct: isOr, at: m.at(call.node, call.uri), annotated: false }],
    isUncertain: false, isAlternative: isOr,
  };
}

function fromQuery(value: Value): Pick<Lookup, "from"> | undefined {
  for (const option of optionsOf(value)) {
    if (option.kind === "query") return { from: { query: option.query } };
    if (option.kind === "sequence" && option.query && option.materialised) return { from: { query: option.query, materialised: option.materialised } };
  }
  return undefined;
}

/** Whether conditions leave one row at the most: equality on something unique, in no alternative. */
function isUniqueMatch(entity: Entity, lookups: readonly Lookup[]): boolean {
  const equal = new Set(lookups.flatMap((each) => (each.lookup === "exact" && !each.negated && !each.disjunct && each.transforms.length === 0 && each.constant !== null ? [each.path[0]] : [])));
  if (lookups.some((each) => each.disjunct)) return false;
  if (equal.has("id") && !entity.fields.has("id") && entity.incomplete) return true;
  return entity.indexes.some((index) => index.unique && !index.partial && index.columns.length > 0 && index.columns.every(({ field }) => field !== undefined && equal.has(field)));
}

/** A query with more conditions. */
export function withConditions(entity: Entity, query: Query, added: Added): Partial<Query> {
  const before = added.isAlternative ? query.lookups.map((each) => ({ ...each, disjunct: true })) : query.lookups;
  const lookups = [...before, ...added.lookups];
  return { lookups, uncertain: query.uncertain || added.isUncertain, atMostOne: (query.atMostOne && !added.isAlternative) || isUniqueMatch(entity, lookups) };
}
