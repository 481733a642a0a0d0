import type { Expression, ExceptHandler, If, Statement } from "../../facts";
import {
  addExpression, addReadable, addStrayErrors, childIn, childWithRole, DEPTH_LIMIT, firstNamedChild, hasErrorChild, isPart, lowerHeader,
  lowerRaise, lowerReturn, lowerStatement, nameText, opaque, partsOf,
} from "../tree-sitter";
import { lowerExpression, Role, type LowerStatement, type Lowering } from "./context";
import { lowerAssignment, lowerAugmentedAssignment } from "./assignments";
import { lowerClassDefinition, lowerDecoratedDefinition, lowerFunctionDefinition } from "./declarations";
import { lowerFutureImport, lowerImport, lowerImportFrom } from "./imports";
import { lowerMatch } from "./patterns";
import { lowerWith } from "./with";

/** The statements of a block; none when there is no block. */
export function lowerBlock(c: Lowering, block: number): Statement[] {
  const out: Statement[] = [];
  if (block >= 0) addBlock(c, block, out);
  return out;
}

/** Adds the statements of a block or module to `out`. */
export function addBlock(c: Lowering, block: number, out: Statement[]): void {
  const stop = c.next[block];
  for (let child = block + 1; child < stop; child = c.next[child]) lowerStatement(c, child, out);
}

function lowerExpressionStatement(c: Lowering, node: number, out: Statement[]): void {
  const stop = c.next[node];
  const items: Expression[] = [];
  let hasComma = false;
  for (let child = node + 1; child < stop; child = c.next[child]) {
    if (c.named[child] === 0) {
      if (c.roles[c.kind[child]] === Role.comma) hasComma = true;
      continue;
    }
    const role = c.roles[c.kind[child]];
    if (role === Role.extra) continue;
    if (role === Role.assignment) return lowerAssignment(c, child, hasErrorChild(c, node), out);
    if (role === Role.augmentedAssignment) return lowerAugmentedAssignment(c, child, hasErrorChild(c, node), out);
    items.push(lowerExpression(c, child));
  }
  if (items.length === 0) return;
  const start = c.start[node];
  const end = c.end[node];
  if (hasErrorChild(c, node)) addExpression(c, node, opaque(c, node, items), out);
  else if (hasComma) addExpression(c, node, { kind: "sequence", start, end, of: "tuple", items }, out);
  else addExpression(c, node, items.length === 1 ? items[0] : opaque(c, node, items), out);
}

function lowerAssert(c: Lowering, node: number, out: Statement[]): void {
  const test = firstNamedChild(c, node);
  out.push({ kind: "assert", start: c.start[node], end: c.end[node], test: lowerHeader(c, node, test) });
}

function lowerDelete(c: Lowering, node: number, out: Statement[]): void {
  const targets: Expression[] = [];
  const value = firstNamedChild(c, node);
  if (value >= 0) {
    const lowered = lowerHeader(c, node, value);
    if (lowered.kind === "sequence") targets.push(...lowered.items);
    else targets.push(lowered);
  }
  out.push({ kind: "delete", start: c.start[node], end: c.end[node], targets });
}

/** Python 2's `print x` and `exec code`: their arguments are evaluated. */
function lowerOldStatement(c: Lowering, node: number, out: Statement[]): void {
  addExpression(c, node, opaque(c, node, partsOf(c, node)), out);
}

function lowerJump(kind: "break" | "continue" | "pass"): LowerStatement {
  return (c, node, out) => void out.push({ kind, start: c.start[node], end: c.end[node] });
}

function lowerScopeStatement(c: Lowering, node: number, out: Statement[]): void {
  const names: string[] = [];
  const stop = c.next[node];
  for (let child = node + 1; child < stop; child = c.next[child]) {
    if (c.roles[c.kind[child]] === Role.identifier) names.push(nameText(c, child));
  }
  out.push({ kind: "scope", start: c.start[node], end: c.end[node], names });
}

/** The body of the `else` or `finally` clause with `role` under `node`. */
function lowerClauseBody(c: Lowering, node: number, role: number): Statement[] {
  const clause = childWithRole(c, node, role);
  return clause < 0 ? [] : lowerClauseBlock(c, clause);
}

function lowerClauseBlock(c: Lowering, clause: number): Statement[] {
  return lowerBlock(c, childWithRole(c, clause, Role.block));
}

function lowerFor(c: Lowering, node: number, out: Statement[]): void {
  const target = childIn(c, node, c.fields.left);
  const iterable = childIn(c, node, c.fields.right);
  if (target < 0 || iterable < 0) return addReadable(c, node, out);
  const loweredIterable = lowerHeader(c, node, iterable);
  const loweredTarget = lowerExpression(c, target);
  const isAsync = childWithRole(c, node, Role.async) >= 0;
  c.scope.loops++;
  const body = lowerBlock(c, childIn(c, node, c.fields.body));
  c.scope.loops--;
  const otherwise = lowerClauseBody(c, node, Role.elseClause);
  out.push({
    kind: "for", start: c.start[node], end: c.end[node], target: loweredTarget, iterable: loweredIterable, isAsync, body, otherwise,
  });
}

function lowerWhile(c: Lowering, node: number, out: Statement[]): void {
  const test = childIn(c, node, c.fields.condition);
  if (test < 0) return addReadable(c, node, out);
  const loweredTest = lowerHeader(c, node, test);
  c.scope.loops++;
  const body = lowerBlock(c, childIn(c, node, c.fields.body));
  c.scope.loops--;
  const otherwise = lowerClauseBody(c, node, Role.elseClause);
  out.push({ kind: "while", start: c.start[node], end: c.end[node], test: loweredTest, body, otherwise });
}

/** One `if` or `elif` of a chain. */
interface Branch {
  readonly start: number;
  readonly test: Expression;
  readonly then: readonly Statement[];
}

/** `if`/`elif`/`else`: lowered in the order of the text, then nested from the last branch outwards. */
function lowerIf(c: Lowering, node: number, out: Statement[]): void {
  if (childIn(c, node, c.fields.condition) < 0) return addReadable(c, node, out);
  const end = c.end[node];
  const outerTypeOnly = c.typeOnly;
  const branches: Branch[] = [lowerBranch(c, node)];
  let otherwise: Statement[] = [];
  const depth = c.depth;
  const stop = c.next[node];
  for (let child = node + 1; child < stop; child = c.next[child]) {
    const role = c.roles[c.kind[child]];
    if (role === Role.elifClause && c.depth < DEPTH_LIMIT) {
      // Each `elif` is one level deeper for whoever reads the facts.
      c.depth++;
      branches.push(lowerBranch(c, child));
    } else if (role === Role.elifClause) {
      otherwise = [{ kind: "expression", start: c.start[child], end, expression: opaque(c, child, []) }];
    } else if (role === Role.elseClause && otherwise.length === 0) {
      c.typeOnly ||= isNegatedTypeChecking(branches[branches.length - 1].test);
      otherwise = lowerClauseBlock(c, child);
      c.typeOnly = outerTypeOnly;
    }
  }
  c.depth = depth;
  for (let index = branches.length - 1; index >= 0; index--) {
    const { start, test, then } = branches[index];
    const nested: If = { kind: "if", start, end, test, then, otherwise };
    otherwise = [nested];
  }
  out.push(...otherwise);
}

function lowerBranch(c: Lowering, node: number): Branch {
  const test = lowerHeader(c, node, childIn(c, node, c.fields.condition));
  const outer = c.typeOnly;
  c.typeOnly ||= isTypeChecking(test);
  const then = lowerBlock(c, childIn(c, node, c.fields.consequence));
  c.typeOnly = outer;
  return { start: c.start[node], test, then };
}

/** `TYPE_CHECKING`, `typing.TYPE_CHECKING`: false whenever the code runs. */
function isTypeChecking(test: Expression): boolean {
  if (test.kind === "name") return test.name === "TYPE_CHECKING";
  return test.kind === "attribute" && test.name === "TYPE_CHECKING" && test.object.kind === "name";
}

function isNegatedTypeChecking(test: Expression): boolean {
  return test.kind === "unary" && test.operator === "not" && isTypeChecking(test.operand);
}

function lowerTry(c: Lowering, node: number, out: Statement[]): void {
  addStrayErrors(c, node, out);
  const body = lowerBlock(c, childIn(c, node, c.fields.body));
  const handlers: ExceptHandler[] = [];
  const stop = c.next[node];
  for (let child = node + 1; child < stop; child = c.next[child]) {
    if (c.roles[c.kind[child]] === Role.exceptClause) handlers.push(lowerHandler(c, child));
  }
  const otherwise = lowerClauseBody(c, node, Role.elseClause);
  const last = lowerClauseBody(c, node, Role.finallyClause);
  out.push({ kind: "try", start: c.start[node], end: c.end[node], body, handlers, otherwise, finally: last });
}

function lowerHandler(c: Lowering, node: number): ExceptHandler {
  const values: number[] = [];
  let name = childIn(c, node, c.fields.alias);
  let block = -1;
  const stop = c.next[node];
  for (let child = node + 1; child < stop; child = c.next[child]) {
    if (c.roles[c.kind[child]] === Role.block) block = child;
    else if (isPart(c, child) && child !== name) values.push(child);
  }
  if (values.length === 1 && name < 0 && c.roles[c.kind[values[0]]] === Role.asPattern) {
    const pattern = values[0];
    values[0] = firstNamedChild(c, pattern);
    name = childIn(c, pattern, c.fields.alias);
  } else if (values.length === 2 && isLowerCaseName(c, values[1])) {
    // `except IOError, e:` is Python 2; `except A, B:` is Python 3.14 and means both.
    name = values[1];
    values.length = 1;
  }
  const types = values.filter((value) => value >= 0).map((value) => lowerHeader(c, node, value));
  const caught: Expression | undefined = types.length < 2
    ? types[0]
    : { kind: "sequence", start: types[0].start, end: types[types.length - 1].end, of: "tuple", items: types };
  const text = name < 0 ? "" : nameText(c, name);
  return {
    start: c.start[node], end: c.end[node], ...(caught && { types: caught }), ...(text !== "" && { name: text }), body: lowerBlock(c, block),
  };
}

function isLowerCaseName(c: Lowering, node: number): boolean {
  if (c.roles[c.kind[node]] !== Role.identifier) return false;
  const first = c.text.charAt(c.start[node]);
  return first === first.toLowerCase();
}

/** How each kind of node is lowered where a statement stands. */
export const STATEMENTS: ReadonlyMap<string, LowerStatement> = new Map<string, LowerStatement>([
  ["expression_statement", lowerExpressionStatement],
  ["assignment", (c, node, out) => lowerAssignment(c, node, false, out)],
  ["augmented_assignment", (c, node, out) => lowerAugmentedAssignment(c, node, false, out)],
  ["return_statement", lowerReturn],
  ["raise_statement", lowerRaise],
  ["assert_statement", lowerAssert],
  ["delete_statement", lowerDelete],
  ["print_statement", lowerOldStatement],
  ["exec_statement", lowerOldStatement],
  ["pass_statement", lowerJump("pass")],
  ["break_statement", lowerJump("break")],
  ["continue_statement", lowerJump("continue")],
  ["global_statement", lowerScopeStatement],
  ["nonlocal_statement", lowerScopeStatement],
  ["import_statement", lowerImport],
  ["import_from_statement", lowerImportFrom],
  ["future_import_statement", lowerFutureImport],
  ["type_alias_statement", () => undefined],
  ["if_statement", lowerIf],
  ["for_statement", lowerFor],
  ["while_statement", lowerWhile],
  ["try_statement", lowerTry],
  ["with_statement", lowerWith],
  ["match_statement", lowerMatch],
  ["function_definition", lowerFunctionDefinition],
  ["class_definition", lowerClassDefinition],
  ["decorated_definition", lowerDecoratedDefinition],
]);
