import type { Lookup } from "../../flow";
import type { Entity } from "../../project";
import type { Location } from "../../source";
import { patternLookup } from "./patterns";
import { asWritten } from "./where";
import type { Expression } from "../../facts";
import type { MappingValue, Value } from "../../flow/values";

/** What a name before the dot stands for in a query builder. */
export interface Alias {
  readonly entity: Entity;
  /** Relations from the query's own rows. */
  readonly path: readonly string[];
}

/** Parameters by name, with how they are written. */
export type Parameters = ReadonlyMap<string, { readonly value: Value; readonly node?: Expression }>;

export function parametersIn(value: Value | undefined): Parameters {
  const found = new Map<string, { readonly value: Value; readonly node?: Expression }>();
  if (value?.kind !== "mapping") return found;
  const { entries, literal }: MappingValue = value;
  for (const [name, each] of entries) {
    const node = literal?.expression.entries.find(({ key }) => key?.kind === "literal" && key.value === name)?.value;
    found.set(name, { value: each, ...(node && { node }) });
  }
  return found;
}

/** What `where("…")` says, as far as it can be read: comparisons joined by AND, or by OR alone. */
export function readSql(text: string, aliases: ReadonlyMap<string, Alias>, parameters: Parameters, at: Location): { readonly lookups: readonly Lookup[]; readonly uncertain: boolean } {
  const plain = withoutOuterParentheses(text.trim());
  if (plain === "" || plain === "1=1" || plain === "1 = 1") return { lookups: [], uncertain: false };
  const either = splitAt(plain, /\bOR\b/i);
  const parts = either.length > 1 ? either : splitAt(joinBetween(plain), /\bAND\b/i);
  if (parts.length > 1) {
    const read = parts.map((part) => readSql(part, aliases, parameters, at));
    const lookups = read.flatMap((each) => each.lookups);
    return { lookups: either.length > 1 ? lookups.map((each) => ({ ...each, disjunct: true })) : lookups, uncertain: read.some((each) => each.uncertain) };
  }
  const lookup = comparison(plain, aliases, parameters, at);
  return lookup ? { lookups: [lookup], uncertain: false } : { lookups: [], uncertain: true };
}

const COMPARISON = /^(?:(\w+)\()?\s*["`]?(\w+)["`]?\.["`]?([\w.]+?)["`]?\s*(?:::\s*\w+\s*)?\)?\s*(=|<>|!=|<=|>=|<|>|NOT\s+IN|IN|NOT\s+I?LIKE|I?LIKE|BETWEEN|IS\s+NOT\s+NULL|IS\s+NULL)\s*(.*)$/is;

const OPERATORS: Readonly<Record<string, string>> = { "=": "exact", "<>": "exact", "!=": "exact", "<": "lt", ">": "gt", "<=": "lte", ">=": "gte", IN: "in", BETWEEN: "range" };

function comparison(text: string, aliases: ReadonlyMap<string, Alias>, parameters: Parameters, at: Location): Lookup | undefined {
  const match = COMPARISON.exec(text);
  if (!match) return undefined;
  const [, fn, aliasName, column, written, rest] = match;
  const alias = aliases.get(aliasName);
  const field = alias && fieldNamed(alias.entity, column);
  if (!alias || field === undefined) return undefined;
  const operator = written.toUpperCase().replace(/\s+/g, " ");
  // Compared with a column of another table: a join.
  if (/^["`]?\w+["`]?\.["`]?\w+/.test(rest)) return undefined;
  const name = /^\(?\s*:(?:\.\.\.)?(\w+)/.exec(rest)?.[1];
  const parameter = name === undefined ? undefined : parameters.get(name);
  const literal = /^'([^']*)'$/.exec(rest)?.[1] ?? (/^-?\d+(\.\d+)?$/.test(rest) ? Number(rest) : /^(true|false)$/i.test(rest) ? rest.toLowerCase() === "true" : undefined);
  const constant = literal ?? (parameter?.value.kind === "constant" ? parameter.value.value ?? undefined : undefined);
  const base = { path: [...alias.path, field], transforms: fn ? [fn.toLowerCase()] : [], entity: alias.entity.key, field, disjunct: false, annotated: false, at, ...(literal !== undefined ? { varies: 0 } : parameter && { varies: parameter.value.varies }) };
  if (operator.startsWith("IS")) return { ...base, lookup: "isnull", negated: operator === "IS NOT NULL", constant: true };
  const negated = operator.startsWith("NOT ") || operator === "<>" || operator === "!=";
  const bare = operator.replace(/^NOT /, "");
  // `LOWER(u.email) = :email`: the same lookup without case, another way to ask.
  const folded = base.transforms.length === 1 && /^(lower|upper)$/.test(base.transforms[0]) ? base.transforms[0] : undefined;
  const caseless = folded === "lower" ? { caseless: "lower" as const } : bare === "ILIKE" && folded === undefined ? { caseless: "ilike" as const } : {};
  const own = folded === undefined ? base : { ...base, transforms: [] };
  const word = fn ? `\`${fn.toUpperCase()}(…)\`` : undefined;
  if (bare === "LIKE" || bare === "ILIKE") {
    const isInsensitive = bare === "ILIKE" || folded !== undefined;
    const pattern = typeof literal === "string" ? patternLookup({ kind: "constant", value: literal, varies: 0 }, undefined, isInsensitive) : patternLookup(parameter?.value, parameter?.node, isInsensitive);
    return { ...own, lookup: pattern ?? "like", negated, ...caseless, as: word ?? asWritten(bare, pattern) };
  }
  const lookup = OPERATORS[bare] ?? "exact";
  if (folded !== undefined && (lookup === "exact" || lookup === "in")) return { ...own, lookup: `i${lookup}`, negated, ...caseless, as: word };
  return { ...base, lookup, negated, ...(constant !== undefined && { constant }), ...(word && { as: word }) };
}

/** A property, or the column that it is stored in. */
export function fieldNamed(entity: Entity, name: string): string | undefined {
  if (entity.fields.has(name) || entity.relations.has(name)) return name;
  for (const field of entity.fields.values()) if (field.column === name) return field.name;
  return undefined;
}

/** `x BETWEEN a AND b` is one comparison. */
function joinBetween(text: string): string {
  return text.replace(/\bBETWEEN\s+(\S+)\s+AND\s+(\S+)/gi, "BETWEEN $1");
}

/** The parts between words that stand outside of parentheses and quotes. */
function splitAt(text: string, word: RegExp): string[] {
  const parts: string[] = [];
  let depth = 0;
  let quote = "";
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (quote) {
      if (c === quote) quote = "";
      continue;
    }
    if (c === "'") quote = c;
    else if (c === "(") depth++;
    else if (c === ")") depth--;
    else if (depth === 0 && /\s/.test(c)) {
      const found = new RegExp(`^\\s+${word.source}(?=[\\s(])`, word.flags).exec(text.slice(i));
      if (!found) continue;
      parts.push(text.slice(from, i));
      i += found[0].length - 1;
      from = i + 1;
    }
  }
  parts.push(text.slice(from));
  return parts.map((part) => part.trim());
}

function withoutOuterParentheses(text: string): string {
  if (!text.startsWith("(") || !text.endsWith(")")) return text;
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "(") depth++;
    else if (text[i] === ")" && --depth === 0 && i < text.length - 1) return text;
  }
  return withoutOuterParentheses(text.slice(1, -1).trim());
}
