import type { Expression, Statement } from "../../facts";
import { addParts, opaque, partsOf } from "./expressions";
import { DEPTH_LIMIT, SharedRole as Role, type TreeLowering } from "./lowering";
import { firstNamedChild, hasErrorChild } from "./nodes";

/** Adds the statements of one node to `out`, whatever the node is. */
export function lowerStatement<C extends TreeLowering<C>>(c: C, node: number, out: Statement[]): void {
  if (c.named[node] === 0) return;
  const role = c.roles[c.kind[node]];
  if (role === Role.extra) return;
  if (c.depth >= DEPTH_LIMIT) return addExpression(c, node, opaque(c, node, []), out);
  c.depth++;
  const lower = c.statements[c.kind[node]];
  if (role === Role.block) c.addBlock(c, node, out);
  else if (role === Role.error) addReadable(c, node, out);
  else if (lower) lower(c, node, out);
  else if (c.expressions[c.kind[node]]) addExpression(c, node, c.lowerExpression(c, node), out);
  else addReadable(c, node, out);
  c.depth--;
}

/** Adds what can be read of an error: whole statements as they are, loose expressions together as one opaque. */
export function addReadable<C extends TreeLowering<C>>(c: C, node: number, out: Statement[]): void {
  let loose: Expression[] = [];
  const flush = (): void => {
    if (loose.length === 0) return;
    const start = loose[0].start;
    const end = loose[loose.length - 1].end;
    out.push({ kind: "expression", start, end, expression: { kind: "opaque", start, end, parts: loose } });
    loose = [];
  };
  const stop = c.next[node];
  for (let child = node + 1; child < stop; child = c.next[child]) {
    if (c.named[child] === 0 || c.start[child] === c.end[child]) continue;
    const role = c.roles[c.kind[child]];
    if (role === Role.extra) continue;
    if (role === Role.block || role === Role.error || c.statements[c.kind[child]]) {
      flush();
      lowerStatement(c, child, out);
    } else if (c.expressions[c.kind[child]]) loose.push(c.lowerExpression(c, child));
    else addParts(c, child, loose);
  }
  flush();
}

/** Adds an expression as the statement that `node` is. */
export function addExpression<C extends TreeLowering<C>>(c: C, node: number, expression: Expression, out: Statement[]): void {
  out.push({ kind: "expression", start: c.start[node], end: c.end[node], expression });
}

/** Lowers a part of a statement header; something unreadable beside it makes it opaque. */
export function lowerHeader<C extends TreeLowering<C>>(c: C, statement: number, part: number): Expression {
  if (part < 0) return opaque(c, statement, []);
  const expression = c.lowerExpression(c, part);
  if (c.isWhole) return expression;
  const stop = c.next[statement];
  for (let child = statement + 1; child < stop; child = c.next[child]) {
    if (c.roles[c.kind[child]] === Role.error) return opaque(c, part, [expression, ...partsOf(c, child)]);
    if (c.roles[c.kind[child]] === Role.block) break;
  }
  return expression;
}

/** Adds what can be read of errors directly under a compound statement, so that nothing evaluated there is lost. */
export function addStrayErrors<C extends TreeLowering<C>>(c: C, node: number, out: Statement[]): void {
  if (c.isWhole) return;
  const stop = c.next[node];
  for (let child = node + 1; child < stop; child = c.next[child]) if (c.roles[c.kind[child]] === Role.error) lowerStatement(c, child, out);
}

export function lowerReturn<C extends TreeLowering<C>>(c: C, node: number, out: Statement[]): void {
  const value = firstNamedChild(c, node);
  const start = c.start[node];
  const end = c.end[node];
  if (value >= 0) out.push({ kind: "return", start, end, value: lowerHeader(c, node, value) });
  else if (hasErrorChild(c, node)) out.push({ kind: "return", start, end, value: opaque(c, node, partsOf(c, node)) });
  else out.push({ kind: "return", start, end });
}

/** `raise`, `throw`. */
export function lowerRaise<C extends TreeLowering<C>>(c: C, node: number, out: Statement[]): void {
  const value = firstNamedChild(c, node);
  const start = c.start[node];
  const end = c.end[node];
  if (value < 0) out.push({ kind: "raise", start, end });
  else out.push({ kind: "raise", start, end, value: lowerHeader(c, node, value) });
}
