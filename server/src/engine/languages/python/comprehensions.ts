import type { Comprehension, ComprehensionClause, Expression } from "../../facts";
import { childIn, childWithRole, firstNamedChild, hasErrorChild, isPart, lowerOpaque } from "../tree-sitter";
import { lowerExpression, Role, type Lowering } from "./context";

/** A clause while its conditions are collected. */
interface OpenClause extends ComprehensionClause {
  end: number;
  readonly conditions: Expression[];
}

/** `[…]`, `{…}`, `{…: …}` and `(…)` with `for` clauses. */
export function lowerComprehension(c: Lowering, node: number): Expression {
  const body = childIn(c, node, c.fields.body);
  if (body < 0 || hasErrorChild(c, node)) return lowerOpaque(c, node);
  const clauses: OpenClause[] = [];
  const stop = c.next[node];
  for (let child = c.next[body]; child < stop; child = c.next[child]) {
    const role = c.roles[c.kind[child]];
    if (role === Role.forInClause) {
      const clause = lowerClause(c, child);
      if (!clause) return lowerOpaque(c, node);
      clauses.push(clause);
    } else if (role === Role.ifClause && clauses.length > 0) {
      const clause = clauses[clauses.length - 1];
      const condition = firstNamedChild(c, child);
      if (condition < 0 || hasErrorChild(c, child)) return lowerOpaque(c, node);
      clause.conditions.push(lowerExpression(c, condition));
      clause.end = c.end[child];
    }
  }
  if (clauses.length === 0) return lowerOpaque(c, node);
  const base = { kind: "comprehension", start: c.start[node], end: c.end[node] } as const;
  if (c.roles[c.kind[body]] === Role.pair) {
    const key = childIn(c, body, c.fields.key);
    const value = childIn(c, body, c.fields.value);
    if (key < 0 || value < 0) return lowerOpaque(c, node);
    const element = lowerExpression(c, key);
    return { ...base, of: "mapping", element, value: lowerExpression(c, value), clauses };
  }
  return { ...base, of: comprehensionKind(c, node), element: lowerExpression(c, body), clauses };
}

function comprehensionKind(c: Lowering, node: number): Comprehension["of"] {
  // The opening token tells them apart.
  const first = c.text.charCodeAt(c.start[node]);
  return first === 91 /* [ */ ? "list" : first === 123 /* { */ ? "set" : "generator";
}

function lowerClause(c: Lowering, node: number): OpenClause | undefined {
  const target = childIn(c, node, c.fields.left);
  if (target < 0 || hasErrorChild(c, node)) return undefined;
  const iterables: Expression[] = [];
  const loweredTarget = lowerExpression(c, target);
  const stop = c.next[node];
  for (let child = c.next[target]; child < stop; child = c.next[child]) {
    if (c.field[child] === c.fields.right && isPart(c, child)) iterables.push(lowerExpression(c, child));
  }
  if (iterables.length === 0) return undefined;
  // `for x in 1, 2` is Python 2.
  const iterable: Expression = iterables.length === 1
    ? iterables[0]
    : { kind: "sequence", start: iterables[0].start, end: iterables[iterables.length - 1].end, of: "tuple", items: iterables };
  const isAsync = childWithRole(c, node, Role.async) >= 0;
  return { start: c.start[node], end: c.end[node], target: loweredTarget, iterable, conditions: [], isAsync };
}
