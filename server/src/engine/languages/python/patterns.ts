import type { Expression, MatchCase, Name, Pattern, Statement } from "../../facts";
import { childIn, childWithRole, DEPTH_LIMIT, firstNamedChild, isPart, lowerHeader, nameText, opaque } from "../tree-sitter";
import { lowerExpression, Role, type Lowering } from "./context";
import { lowerBlock } from "./statements";

/** `match subject:` with its cases; of a pattern the names that it binds are kept, and what it asks for where that is a value or a class. */
export function lowerMatch(c: Lowering, node: number, out: Statement[]): void {
  const subjects: Expression[] = [];
  const cases: MatchCase[] = [];
  let hasComma = false;
  const stop = c.next[node];
  for (let child = node + 1; child < stop; child = c.next[child]) {
    const role = c.roles[c.kind[child]];
    if (c.field[child] === c.fields.subject && isPart(c, child)) subjects.push(lowerHeader(c, node, child));
    else if (role === Role.comma) hasComma = true;
    else if (role === Role.caseClause) cases.push(lowerCase(c, child));
    else if (role === Role.block) addCases(c, child, cases);
  }
  const start = c.start[node];
  const end = c.end[node];
  const subject: Expression = subjects.length === 0
    ? opaque(c, node, [])
    : hasComma
      ? { kind: "sequence", start: subjects[0].start, end: subjects[subjects.length - 1].end, of: "tuple", items: subjects }
      : subjects[0];
  out.push({ kind: "match", start, end, subject, cases });
}

function addCases(c: Lowering, block: number, cases: MatchCase[]): void {
  const stop = c.next[block];
  for (let child = block + 1; child < stop; child = c.next[child]) {
    if (c.roles[c.kind[child]] === Role.caseClause) cases.push(lowerCase(c, child));
  }
}

function lowerCase(c: Lowering, node: number): MatchCase {
  const captures: Name[] = [];
  const patterns: Pattern[] = [];
  const guard = childWithRole(c, node, Role.ifClause);
  const block = childIn(c, node, c.fields.consequence);
  const stop = c.next[node];
  for (let child = node + 1; child < stop; child = c.next[child]) {
    if (child === guard || child === block || !isPart(c, child)) continue;
    addCaptures(c, child, captures);
    patterns.push(lowerPattern(c, child));
  }
  captures.sort((a, b) => a.start - b.start);
  const condition = guard < 0 ? -1 : firstNamedChild(c, guard);
  return {
    start: c.start[node], end: c.end[node], pattern: patterns.length === 1 ? patterns[0] : OTHER, captures, ...(condition >= 0 && { guard: lowerExpression(c, condition) }), body: lowerBlock(c, block),
  };
}

const OTHER: Pattern = { kind: "other" };

function lowerPattern(c: Lowering, node: number): Pattern {
  if (c.depth >= DEPTH_LIMIT) return OTHER;
  c.depth++;
  const pattern = lowerPatternKind(c, node);
  c.depth--;
  return pattern;
}

function lowerPatternKind(c: Lowering, node: number): Pattern {
  const parts: number[] = [];
  const stop = c.next[node];
  for (let child = node + 1; child < stop; child = c.next[child]) if (isPart(c, child)) parts.push(child);
  switch (c.roles[c.kind[node]]) {
    case Role.casePattern:
      if (parts.length === 0) return c.text.slice(c.start[node], c.end[node]) === "_" ? { kind: "any" } : OTHER;
      // `-1` has its sign outside.
      return parts.length === 1 && c.start[parts[0]] === c.start[node] ? lowerPattern(c, parts[0]) : OTHER;
    case Role.unionPattern:
      return { kind: "either", options: parts.map((part) => lowerPattern(c, part)) };
    case Role.asPattern:
      return parts.length > 0 ? lowerPattern(c, parts[0]) : OTHER;
    case Role.classPattern:
      return parts.length > 0 ? { kind: "class", class: lowerExpression(c, parts[0]), bare: parts.length === 1 } : OTHER;
    case Role.dottedName:
      return parts.length === 1 ? { kind: "any" } : { kind: "value", value: lowerExpression(c, node) };
    default: {
      const value = lowerExpression(c, node);
      return value.kind === "literal" ? { kind: "value", value } : OTHER;
    }
  }
}

/** Adds the names a pattern binds: bare names, `as` names, `*rest` and `**rest`; not dotted names, classes or keywords. */
function addCaptures(c: Lowering, pattern: number, captures: Name[]): void {
  const stop = c.next[pattern];
  for (let node = pattern; node < stop;) {
    const role = c.roles[c.kind[node]];
    if (role === Role.classPattern) {
      // The class comes first; the patterns of its arguments follow.
      const name = firstNamedChild(c, node);
      node = name < 0 ? node + 1 : c.next[name];
    } else if (role === Role.dottedName) {
      const name = node + 1;
      if (name < c.next[node] && c.next[name] === c.next[node]) addCapture(c, name, captures);
      node = c.next[node];
    } else {
      if (role === Role.asPattern || role === Role.splatPattern) addCapture(c, childWithRole(c, node, Role.identifier), captures);
      node++;
    }
  }
}

function addCapture(c: Lowering, node: number, captures: Name[]): void {
  if (node < 0 || c.start[node] === c.end[node]) return;
  const name = nameText(c, node);
  if (name !== "_") captures.push({ kind: "name", start: c.start[node], end: c.end[node], name });
}
