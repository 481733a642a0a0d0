import type { CallSite } from "../../flow/adapter";
import type { ObjectValue, Value } from "../../flow/values";
import { isListOfOne } from "../script/options";

/** A `FindOperator`: what a column is compared with, and how. */
export interface Operator {
  /** `exact`, `in`, `like`, `ilike`, `gt` … */
  readonly lookup: string;
  readonly negated: boolean;
  readonly value?: Value;
  /** Alternatives, or conditions that hold together. */
  readonly parts?: readonly Value[];
}

const OPERATOR = "typeorm operator";

const PLAIN: Readonly<Record<string, string>> = {
  Equal: "exact", In: "in", Any: "in", LessThan: "lt", LessThanOrEqual: "lte", MoreThan: "gt", MoreThanOrEqual: "gte", Between: "range", IsNull: "isnull", Like: "like", ILike: "ilike",
  ArrayContains: "contained", ArrayContainedBy: "contained_by", ArrayOverlap: "overlap", JsonContains: "json_contains", Raw: "raw",
};

/** `In(ids)`, `Not(IsNull())`, `Like("%x%")` (TypeORM: *Find options*, advanced). Undefined: none of them. */
export function operatorCall(name: string, call: CallSite): ObjectValue | undefined {
  const first = call.positional[0]?.value;
  const made = (operator: Operator): ObjectValue => ({ kind: "object", type: OPERATOR, parts: first ? { value: first } : {}, data: operator, varies: call.varies });
  if (name in PLAIN) return made({ lookup: name === "In" && isListOfOne(first) ? "exact" : PLAIN[name], negated: false, value: first });
  if (name === "Not") {
    const inner = first && operatorOf(first);
    return made(inner ? { ...inner, negated: !inner.negated } : { lookup: "exact", negated: true, value: first });
  }
  if (name === "And" || name === "Or") return made({ lookup: name === "And" ? "all" : "any", negated: false, parts: call.positional.map(({ value }) => value) });
  return undefined;
}

export function operatorOf(value: Value): Operator | undefined {
  return value.kind === "object" && value.type === OPERATOR ? (value.data as Operator) : undefined;
}
