import type { Call, Comparison, Expression, Name } from "../../facts";
import type { QueryRun } from "../../flow";
import type { Machine } from "../../flow/machine";
import { nodesIn, statementsAround } from "../script/statements";

const SOME: ReadonlySet<string> = new Set(["> 0", ">= 1", "!= 0"]);
const NONE: ReadonlySet<string> = new Set(["== 0", "< 1", "<= 0"]);

/**
 * `const [{ count }] = await db("orders").count("* as count")`, and all that becomes of the number is `Number(count) > 0`: that comparison. Knex gives a row with the
 * number in it, so a name always stands between the two.
 */
export function comparedCount(m: Machine, sent: Call, uri: string): QueryRun["comparedToZero"] {
  const facts = m.project.files.get(uri);
  const placed = facts && statementsAround(facts, sent).at(-1);
  const statement = placed?.statement;
  if (!facts || !placed || placed.body === "" || statement?.kind !== "assign" || statement.targets.length !== 1) return undefined;
  if (statement.value?.kind !== "await" || statement.value.operand.start !== sent.start || statement.value.operand.end !== sent.end) return undefined;
  const [target] = statement.targets;
  const name = numberNamed(target);
  if (name === undefined) return undefined;
  const bodies = Object.entries(facts.bodies).flatMap(([id, body]) => (id === placed.body || id.startsWith(`${placed.body}.`) ? [body] : []));
  const nodes = bodies.flatMap((body) => nodesIn(body));
  const reads = nodes.filter((node): node is Name => node.kind === "name" && node.name === name && (node.end <= target.start || node.start >= target.end));
  const comparison = reads.length === 1 ? nodes.find((node): node is Comparison => node.kind === "comparison" && isNumber(node.left, reads[0])) : undefined;
  if (comparison?.right.kind !== "literal" || comparison.start < statement.end) return undefined;
  const written = `${comparison.operator} ${String(comparison.right.value)}`;
  const meaning = SOME.has(written) ? "some" : NONE.has(written) ? "none" : undefined;
  return meaning && { at: m.at(comparison, uri), expression: comparison, meaning };
}

/** `[{ count }]`, `{ count }`, `[row]`, `row`: the one name that it makes. */
function numberNamed(target: Expression): string | undefined {
  if (target.kind === "name") return target.name;
  if (target.kind === "sequence") return target.items.length === 1 ? numberNamed(target.items[0]) : undefined;
  return target.kind === "mapping" && target.entries.length === 1 && target.entries[0].key ? numberNamed(target.entries[0].value) : undefined;
}

/** `count`, `row.count`, `Number(count)`, `parseInt(count, 10)`, `+count`, `count as number`. */
function isNumber(node: Expression, name: Name): boolean {
  switch (node.kind) {
    case "name": return node.start === name.start;
    case "attribute": return isNumber(node.object, name);
    case "cast": return isNumber(node.operand, name);
    case "unary": return node.operator === "+" && isNumber(node.operand, name);
    case "call": return /^(Number|parseInt|BigInt)$/.test(node.callee.kind === "name" ? node.callee.name : "") && node.arguments.length > 0 && isNumber(node.arguments[0].value, name);
    default: return false;
  }
}
