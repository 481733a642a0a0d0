import type { CallSite } from "../../flow/adapter";
import type { Machine } from "../../flow/machine";
import { sequenceOf, type ObjectValue, type Value } from "../../flow/values";
import { textIn } from "../script/options";

/** `fn`, `col`, `literal`, `where`, `and`, `or`, `random`, `json` of Sequelize, as functions or as methods of a client (documentation: *Raw Queries*, *Operators*). Undefined: none of them. */
export function sqlFunction(m: Machine, name: string, call: CallSite): Value | undefined {
  const made = (type: string, more: Partial<ObjectValue> = {}): ObjectValue => ({ kind: "object", type: `sequelize ${type}`, parts: {}, varies: call.varies, at: m.at(call.node, call.uri), ...more });
  const values = call.positional.map(({ value }) => value);
  switch (name) {
    case "fn": return made("fn", { data: textIn(values[0]) ?? "", items: values.slice(1) });
    case "col":
    case "attribute": return made("col", { data: textIn(values[0]) ?? "" });
    case "literal":
    case "asIs":
    case "sql": return made("literal", { data: textIn(values[0]) ?? "" });
    case "random": return made("random");
    case "cast":
    case "json": return made("json");
    case "and":
    case "or": return made("group", { data: name, parts: { conditions: sequenceOf("list", values[0] ?? made("json"), { items: values, size: "few" }) } });
    case "where":
    case "condition": {
      const [left, second, third] = values;
      if (!left || !second) return made("json");
      // `where(column, Op.gt, value)`: only the plain comparison is read.
      if (third) return made("json");
      return made("where", { parts: { left, right: second } });
    }
    default: return undefined;
  }
}
