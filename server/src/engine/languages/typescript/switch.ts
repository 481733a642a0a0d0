import type { Expression, MatchCase, Pattern, Statement } from "../../facts";
import { childIn, isPart, lowerHeader, lowerStatement } from "../tree-sitter";
import { lowerExpression, Role, type Lowering } from "./context";

/** How much of a switch may stand in its cases again because these run on into each other: switches nest, and each level multiplies. */
const MOST_SHARED = { times: 2, statements: 500 };

/** One or several labels with the statements behind them. */
interface Case {
  readonly start: number;
  end: number;
  readonly values: Expression[];
  isDefault: boolean;
  body: Statement[];
  runsOn: boolean;
}

/** `switch`: a case that runs on into the next one has its statements too; the default stands last, as it is tried last. */
export function lowerSwitch(c: Lowering, node: number, out: Statement[]): void {
  const subject = lowerHeader(c, node, childIn(c, node, c.fields.value));
  const cases = lowerCases(c, childIn(c, node, c.fields.body));
  const most = MOST_SHARED.times * (c.end[node] - c.start[node]);
  let shared = 0;
  let statements = 0;
  for (let index = cases.length - 2; index >= 0; index--) {
    const next = cases[index + 1].body;
    if (!cases[index].runsOn || next.length === 0) continue;
    shared += next.reduce((sum, each) => sum + each.end - each.start, 0);
    statements += next.length;
    if (shared <= most && statements <= MOST_SHARED.statements) cases[index].body = [...cases[index].body, ...next];
    else cases[index].body.push(unknownRest(cases[index + 1]));
  }
  const ordered = [...cases.filter((each) => !each.isDefault), ...cases.filter((each) => each.isDefault)];
  out.push({ kind: "match", start: c.start[node], end: c.end[node], subject, cases: ordered.map(matchCase) });
}

function unknownRest({ start, end }: Case): Statement {
  return { kind: "expression", start, end, expression: { kind: "opaque", start, end, parts: [] } };
}

function matchCase({ start, end, values, isDefault, body }: Case): MatchCase {
  const options = values.map((value): Pattern => ({ kind: "value", value }));
  const pattern: Pattern = isDefault ? { kind: "any" } : options.length === 1 ? options[0] : { kind: "either", options };
  return { start, end, pattern, captures: [], body };
}

function lowerCases(c: Lowering, body: number): Case[] {
  const cases: Case[] = [];
  if (body < 0) return cases;
  const { inSwitch } = c;
  c.inSwitch = true;
  let open: Case | undefined;
  const stop = c.next[body];
  for (let child = body + 1; child < stop; child = c.next[child]) {
    const role = c.roles[c.kind[child]];
    if (role !== Role.switchCase && role !== Role.switchDefault) continue;
    open ??= { start: c.start[child], end: c.end[child], values: [], isDefault: false, body: [], runsOn: false };
    open.end = c.end[child];
    const value = childIn(c, child, c.fields.value);
    if (role === Role.switchDefault) open.isDefault = true;
    else if (value >= 0) open.values.push(lowerExpression(c, value));
    const end = c.next[child];
    let hasStatements = false;
    for (let part = child + 1; part < end; part = c.next[part]) {
      if (c.field[part] !== c.fields.body && c.roles[c.kind[part]] !== Role.error) continue;
      if (isPart(c, part)) hasStatements = true;
      lowerStatement(c, part, open.body);
    }
    // `case 1: case 2:` are one.
    if (!hasStatements) continue;
    open.runsOn = !leaves(open.body);
    if (open.body.at(-1)?.kind === "pass") open.body.pop();
    cases.push(open);
    open = undefined;
  }
  if (open) cases.push(open);
  c.inSwitch = inSwitch;
  return cases;
}

/** Whether nothing runs on behind these statements of a case. */
function leaves(statements: readonly Statement[]): boolean {
  const last = statements.at(-1);
  switch (last?.kind) {
    case "pass":
    case "break":
    case "continue":
    case "return":
    case "raise": return true;
    case "if": return leaves(last.then) && leaves(last.otherwise);
    case "try": return leaves(last.finally) || (leaves(last.body) && last.handlers.every((each) => leaves(each.body)));
    default: return false;
  }
}
