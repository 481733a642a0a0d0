import type { Expression } from "../../facts";
import type { CallSite } from "../../flow/adapter";
import { evaluate } from "../../flow/expressions";
import type { Machine } from "../../flow/machine";
import { constant, unknown, type Value } from "../../flow/values";
import { patternLookup, type Folding } from "../script/patterns";
import { tableName } from "./queries";
import { columnOf, dataOf, drizzleObject, type ColumnData, type SqlData } from "./values";

/** ``sql`…` ``, ``sql<number>`…` `` as a value. */
export function sqlTemplate(m: Machine, call: CallSite): Value {
  const [argument] = call.positional;
  const node = argument?.node.value;
  const at = { uri: call.uri, span: { start: call.node.start, end: call.node.end } };
  const text = node?.kind === "literal" && typeof node.value === "string" ? node.value : undefined;
  const data: SqlData = node?.kind === "format" && node.texts ? { texts: node.texts, parts: node.parts.map((part) => ({ node: part, value: partValue(m, part, call.varies) })), at } : { texts: text === undefined ? [] : [text], parts: [], at };
  return drizzleObject("sql", data, call.varies);
}

/** What is embedded, as far as looking it up again does nothing: names of columns and texts. */
function partValue(m: Machine, part: Expression, varies: number): Value {
  if (part.kind === "literal") return constant(part.value);
  return (part.kind === "name" || part.kind === "attribute") && m.scope ? evaluate(m, part, m.scope) : unknown(varies);
}

/** The text of a piece of SQL, with the names of tables that are put in, and a mark for everything else. */
export function sqlText(value: Value | undefined): string | undefined {
  const data = value && dataOf<SqlData>(value, "sql");
  if (!data || data.texts.length !== data.parts.length + 1) return undefined;
  return data.texts.map((text, i) => text + (data.parts[i] === undefined ? "" : data.parts[i].value.kind === "entity" ? tableName(data.parts[i].value.entity) : "?")).join("");
}

export interface Predicate {
  readonly column: ColumnData;
  readonly transforms: readonly string[];
  readonly folded?: Folding;
  /** Absent for a function of a column that is compared elsewhere: ``sql`lower(${users.email})` ``. */
  readonly lookup?: string;
  readonly negated: boolean;
  readonly value?: Value;
}

const OPERATORS: Readonly<Record<string, string>> = { "=": "exact", ">": "gt", ">=": "gte", "<": "lt", "<=": "lte" };

/**
 * What a piece of SQL says of one column: ``sql`lower(${users.email}) = ${email}` ``, ``sql`${t.name} ilike ${"%" + term + "%"}` ``. Undefined for everything else:
 * of SQL that is not read whole nothing is known.
 */
export function readPredicate({ texts, parts }: SqlData): Predicate | undefined {
  const column = parts[0] && columnOf(parts[0].value);
  if (!column || texts.length !== parts.length + 1) return undefined;
  const before = texts[0].trim().toLowerCase();
  const rest = (texts[1] ?? "").trim();
  const called = /^(lower|upper|date)\($/.exec(before);
  if (before !== "" && !called) return undefined;
  const transforms = called?.[1] === "date" ? ["date"] : [];
  const folded = called && called[1] !== "date" ? { folded: called[1] as Folding } : {};
  let tail = rest;
  if (called) {
    if (!tail.startsWith(")")) return undefined;
    tail = tail.slice(1).trim();
  }
  if (parts.length === 1) {
    if (tail === "") return { column, transforms, ...folded, negated: false };
    if (/^is (not )?null$/i.test(tail)) return { column, transforms, lookup: "isnull", negated: /not/i.test(tail) };
    const literal = /^(=|<>|!=|>=?|<=?)\s*(?:'([^']*)'|(\d+))$/.exec(tail);
    if (!literal) return undefined;
    const negated = literal[1] === "<>" || literal[1] === "!=";
    return { column, transforms, ...folded, lookup: negated ? "exact" : OPERATORS[literal[1]], negated, value: constant(literal[2] ?? Number(literal[3])) };
  }
  if (parts.length !== 2) return undefined;
  const end = texts[2].trim();
  const operator = /^(=|<>|!=|>=?|<=?|like|ilike)(\s+(?:lower|upper)\()?$/i.exec(tail);
  if (!operator || (operator[2] ? !end.startsWith(")") || end.slice(1).trim() !== "" : end !== "")) return undefined;
  const sign = operator[1].toLowerCase();
  const { value, node } = parts[1];
  if (columnOf(value)) return undefined;
  if (sign === "like" || sign === "ilike") {
    const lookup = patternLookup(value, node, sign === "ilike");
    return { column, transforms, ...(sign === "ilike" ? { folded: "ilike" } : folded), lookup, negated: false, value };
  }
  const negated = sign === "<>" || sign === "!=";
  return { column, transforms, ...folded, lookup: negated ? "exact" : OPERATORS[sign], negated, value: value.kind === "constant" ? value : unknown(value.varies) };
}
