import type { CallSite } from "../../flow/adapter";
import { callCallback } from "../../flow/calls";
import { clientDataOf } from "../../flow/client-values";
import type { Machine } from "../../flow/machine";
import type { Aggregate, OrderTerm, Query } from "../../flow";
import { numberOf, optionsOf, perhapsVaries, unknown, type QueryValue, type Value } from "../../flow/values";
import type { Entity } from "../../project";
import { chained, restateLookups } from "../script/queries";
import { conditionsOf, isCondition, withConditions } from "./conditions";
import { columnIn, isRaw, writeValue } from "./values";

/** Methods that give the builder back and say nothing that rules ask about. */
const PLAIN = /^(as|clone|debug|timeout|transacting|connection|options|withSchema|hint\w*|comment|returning|on\w*|using|with\w*|having\w*|orHaving\w*|andHaving\w*|clear\w*|select|column|columns|modify|noWait|skipLocked)$/;

export function makesBuilder(name: string): boolean {
  return PLAIN.test(name) || isCondition(name) || /join/i.test(name) || /^(orderBy|orderByRaw|groupBy|groupByRaw|limit|offset|first|distinct|from|count|sum|min|max|avg|union\w*)$/.test(name);
}

/** One more call on a builder. Undefined: it has no such method. */
export function chain(m: Machine, receiver: QueryValue, name: string, call: CallSite): Value | undefined {
  const { query } = receiver;
  const entity = m.project.entity(query.entity);
  if (!entity) return undefined;
  const [first, second] = call.positional.map((each) => each.value);
  const next = (change: Partial<Query>): QueryValue => perhapsDiffers(m, chained(m, receiver, name, call, change), call);
  const varies = Math.max(receiver.varies, call.varies);
  if (isCondition(name)) return withLookups(m, entity, receiver, name, call);
  if (/join$|^join/i.test(name)) return next({ combined: query.combined, uncertain: true });
  switch (name) {
    case "limit": {
      const rows = first && numberOf(first);
      return limited(m, next({ bound: rows !== undefined ? { kind: "rows", rows } : { kind: "page" } }), query, first, call);
    }
    case "offset": return next({});
    case "first": return next({ bound: { kind: "rows", rows: 1 }, atMostOne: true });
    case "orderBy":
    case "orderByRaw": return ordered(m, next, name, call, query);
    case "groupBy":
    case "groupByRaw": return next({ grouped: true, shape: "mappings" });
    case "distinct":
    case "distinctOn": return next({ distinct: true, shape: "mappings" });
    case "count":
    case "countDistinct":
    case "sum":
    case "sumDistinct":
    case "min":
    case "max":
    case "avg": return next({ aggregates: [...query.aggregates, aggregate(m, name, call)], shape: "mappings" });
    case "pluck": {
      const column = columnIn(first);
      return next({ shape: "scalars", values: column === undefined ? [] : [column] });
    }
    case "forUpdate":
    case "forShare":
    case "forNoKeyUpdate": return next({ locked: true });
    case "union":
    case "unionAll":
    case "intersect": return next({ combined: true, uncertain: true });
    case "modify": {
      if (first?.kind !== "function" && first?.kind !== "lambda") return next({ uncertain: true });
      const result = callCallback(m, first, [receiver, ...(second ? [second] : [])], call);
      return result.kind === "query" ? result : next({ uncertain: true });
    }
    case "insert": return writeValue({ how: first && isMany(first) ? "bulk_create" : "create", entity: query.entity, node: call.node, query }, varies);
    case "upsert": return writeValue({ how: "update_or_create", entity: query.entity, node: call.node, query }, varies);
    case "update":
    case "increment":
    case "decrement": return writeValue({ how: "update", entity: query.entity, node: call.node, query, data: name !== "update" || (first?.kind === "constant" && second) ? second : first }, varies);
    case "del":
    case "delete": return writeValue({ how: "query-delete", entity: query.entity, node: call.node, query }, varies);
    case "truncate": return writeValue({ how: "query-delete", entity: query.entity, node: call.node, query }, varies);
    case "select":
    case "columns":
    case "column": return next({ shape: call.positional.some(({ value }) => isRaw(value)) ? "mappings" : query.shape });
    case "stream":
    case "pipe": return unknown(varies);
    case "toSQL":
    case "toString":
    case "toQuery": return unknown(varies);
    default: return PLAIN.test(name) ? next({}) : undefined;
  }
}

function isMany(value: Value): boolean {
  return optionsOf(value).some((option) => option.kind === "sequence");
}

/** `join("authors", function () { this.on(…).andOnVal(…) })`: what a function that is not looked into compares with may be another one each time. */
function perhapsDiffers(m: Machine, result: QueryValue, { positional }: CallSite): QueryValue {
  return positional.some(({ value }) => value.kind === "function" || value.kind === "lambda") ? { ...result, varies: Math.max(result.varies, perhapsVaries(m.innermost)) } : result;
}

function withLookups(m: Machine, entity: Entity, receiver: QueryValue, name: string, call: CallSite): QueryValue {
  const added = conditionsOf(m, entity, name, call);
  const chainedOn = chained(m, receiver, name, call, withConditions(entity, receiver.query, added));
  const result = added.varies === undefined ? perhapsDiffers(m, chainedOn, call) : { ...chainedOn, varies: Math.max(chainedOn.varies, added.varies) };
  if (added.isAlternative) restateLookups(m, receiver.query.lookups, result.query.lookups, result.query);
  for (const lookup of added.lookups) m.emit({ kind: "lookup", at: lookup.at, lookup, query: result.query });
  return result;
}

/** `limit(request.query.size)` */
function limited(m: Machine, next: QueryValue, whole: Query, rows: Value | undefined, call: CallSite): QueryValue {
  for (const { number, plus, isDerived } of rows ? clientDataOf(rows) : []) {
    if (!plus && !isDerived) m.emit({ kind: "pageSized", at: m.at(call.positional[0].node.value, call.uri), by: "slice", query: whole, number, size: call.positional[0].node.value });
  }
  return next;
}

function ordered(m: Machine, next: (change: Partial<Query>) => QueryValue, name: string, call: CallSite, query: Query): QueryValue {
  const terms = name === "orderByRaw" ? rawTerms(m, call) : columnTerms(m, call);
  const order = terms ? [...(Array.isArray(query.order) ? (query.order as readonly OrderTerm[]) : []), ...terms] : ("unknown" as const);
  const result = next({ order });
  if (terms) m.emit({ kind: "rowsOrdered", at: m.at(call.node, call.uri), terms, query: result.query, step: result.query.origin.steps.at(-1)! });
  return result;
}

/** `orderBy("created_at", "desc")`, `orderBy([{ column: "a", order: "desc" }, "b"])`. */
function columnTerms(m: Machine, call: CallSite): readonly OrderTerm[] | undefined {
  const at = m.at(call.node, call.uri);
  const term = (column: Value | undefined, direction: Value | undefined): OrderTerm | undefined => {
    const name = columnIn(column);
    return name === undefined ? undefined : { path: [name], descending: direction?.kind === "constant" && String(direction.value).toLowerCase() === "desc", random: false, at };
  };
  const [first, second] = call.positional.map((each) => each.value);
  if (first?.kind === "sequence") {
    const terms = first.items?.map((item) => (item.kind === "mapping" ? term(item.entries.get("column"), item.entries.get("order")) : term(item, undefined)));
    return terms?.every((each) => each !== undefined) ? terms : undefined;
  }
  const only = term(first, second);
  return only && [only];
}

function rawTerms(m: Machine, call: CallSite): readonly OrderTerm[] | undefined {
  const text = call.positional[0]?.value;
  if (text?.kind !== "constant" || typeof text.value !== "string") return undefined;
  const at = m.at(call.node, call.uri);
  if (/^\s*(random|rand|newid)\s*\(\s*\)\s*$/i.test(text.value)) return [{ path: [], descending: false, random: true, at }];
  const match = /^\s*["`]?(\w+)["`]?(?:\s+(asc|desc))?(?:\s+nulls\s+(first|last))?\s*$/i.exec(text.value);
  return match ? [{ path: [match[1]], descending: match[2]?.toLowerCase() === "desc", random: false, ...(match[3] && { nulls: match[3].toLowerCase() as "first" }), at }] : undefined;
}

function aggregate(m: Machine, name: string, call: CallSite): Aggregate {
  const path = columnIn(call.positional[0]?.value) ?? "*";
  return { name, function: name.startsWith("count") ? "count" : name.startsWith("sum") ? "sum" : "other", path, toMany: [], conditionToMany: [], distinct: name.endsWith("Distinct"), countsRowsOnce: false, at: m.at(call.node, call.uri), expression: call.node };
}
