import type { Expression, Statement } from "../../facts";
import { childIn, childWithRole, firstNamedChild, hasErrorChild, isPart, lowerHeader, opaque } from "../tree-sitter";
import { lowerExpression, Role, type Lowering } from "./context";
import { lowerBlock } from "./statements";

/** One `context as target`. */
interface WithItem {
  readonly context: Expression;
  readonly target?: Expression;
}

/** `with a as b, c:` and `with (a as b, c):`. */
export function lowerWith(c: Lowering, node: number, out: Statement[]): void {
  const items: WithItem[] = [];
  const clause = firstNamedChild(c, node);
  if (clause >= 0 && c.roles[c.kind[clause]] !== Role.block) addItems(c, node, clause, items);
  const isAsync = childWithRole(c, node, Role.async) >= 0;
  const body = lowerBlock(c, childIn(c, node, c.fields.body));
  out.push({ kind: "with", start: c.start[node], end: c.end[node], items, isAsync, body });
}

function addItems(c: Lowering, statement: number, clause: number, items: WithItem[]): void {
  const isBroken = hasErrorChild(c, clause);
  const stop = c.next[clause];
  for (let child = clause + 1; child < stop; child = c.next[child]) {
    if (c.roles[c.kind[child]] !== Role.withItem) continue;
    const value = childIn(c, child, c.fields.value);
    if (value < 0) continue;
    if (isBroken || hasErrorChild(c, child)) items.push({ context: opaque(c, value, [lowerExpression(c, value)]) });
    else addItem(c, statement, value, items);
  }
}

/** The grammar at times reads the parenthesised form as one tuple or parenthesised expression. */
function addItem(c: Lowering, statement: number, value: number, items: WithItem[]): void {
  const role = c.roles[c.kind[value]];
  if (role === Role.asPattern) {
    const context = firstNamedChild(c, value);
    const target = childIn(c, value, c.fields.alias);
    if (context < 0 || target < 0) items.push({ context: lowerExpression(c, value) });
    else {
      const lowered = lowerHeader(c, statement, context);
      items.push({ context: lowered, target: lowerExpression(c, target) });
    }
    return;
  }
  if (role === Role.parenthesized) {
    const inner = firstNamedChild(c, value);
    if (inner >= 0 && c.roles[c.kind[inner]] === Role.asPattern && !hasErrorChild(c, value)) return addItem(c, statement, inner, items);
  }
  if (role === Role.tuple && !hasErrorChild(c, value)) {
    const stop = c.next[value];
    for (let child = value + 1; child < stop; child = c.next[child]) if (isPart(c, child)) addItem(c, statement, child, items);
    return;
  }
  items.push({ context: lowerHeader(c, statement, value) });
}
