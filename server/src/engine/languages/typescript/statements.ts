import type { ExceptHandler, Expression, Statement, WhileLoop } from "../../facts";
import {
  addExpression, addReadable, addStrayErrors, childIn, childWithRole, firstNamedChild, isPart, lowerHeader, lowerRaise, lowerReturn, lowerStatement, nameText,
  unparenthesized,
} from "../tree-sitter";
import { lowerExpression, Role, type LowerStatement, type Lowering } from "./context";
import { lowerClassDeclaration, lowerEnum, lowerInterface, lowerNamespace } from "./classes";
import { lowerExpressionStatement, lowerTypeAlias, lowerVariables } from "./declarations";
import { lowerFunctionDeclaration, lowerSignature } from "./functions";
import { lowerExport, lowerImport, lowerImportAlias } from "./modules";
import { asTarget, forEachTarget } from "./objects";
import { lowerSwitch } from "./switch";

/** The statements of a block, or the one that stands where a block might. */
export function lowerBody(c: Lowering, node: number): Statement[] {
  const out: Statement[] = [];
  if (node >= 0) lowerStatement(c, node, out);
  return out;
}

/** Adds the statements of a block or module to `out`; its function declarations come first. */
export function addBlock(c: Lowering, block: number, out: Statement[]): void {
  const outer = c.hoisted;
  const hoisted: Statement[] = [];
  const first = out.length;
  c.hoisted = hoisted;
  const stop = c.next[block];
  for (let child = block + 1; child < stop; child = c.next[child]) lowerStatement(c, child, out);
  c.hoisted = outer;
  if (hoisted.length === 0) return;
  const rest = out.splice(first);
  for (const each of hoisted) out.push(each);
  for (const each of rest) out.push(each);
}

/** The body of a loop: a `break` in there ends the loop, and what is assigned there is no constant of the scope. */
function lowerLoopBody(c: Lowering, node: number): Statement[] {
  const { inSwitch, loopLabel } = c;
  c.inSwitch = false;
  c.loopLabel = c.label;
  c.label = undefined;
  c.scope.loops++;
  const body = lowerBody(c, node);
  c.scope.loops--;
  c.inSwitch = inSwitch;
  c.loopLabel = loopLabel;
  return body;
}

/** A `break` out of a `switch` has nothing to break: cases end by themselves. */
function lowerBreak(c: Lowering, node: number, out: Statement[]): void {
  const isLabelled = childIn(c, node, c.fields.label) >= 0;
  out.push({ kind: c.inSwitch && !isLabelled ? "pass" : "break", start: c.start[node], end: c.end[node] });
}

/** `continue outer` leaves the loop that it stands in. */
function lowerContinue(c: Lowering, node: number, out: Statement[]): void {
  const label = childIn(c, node, c.fields.label);
  const isOuter = label >= 0 && nameText(c, label) !== c.loopLabel;
  out.push({ kind: isOuter ? "break" : "continue", start: c.start[node], end: c.end[node] });
}

function lowerLabelled(c: Lowering, node: number, out: Statement[]): void {
  const label = childIn(c, node, c.fields.label);
  c.label = label < 0 ? undefined : nameText(c, label);
  const body = childIn(c, node, c.fields.body);
  if (body >= 0) lowerStatement(c, body, out);
  c.label = undefined;
}

function lowerIf(c: Lowering, node: number, out: Statement[]): void {
  const condition = childIn(c, node, c.fields.condition);
  if (condition < 0) return addReadable(c, node, out);
  const test = lowerHeader(c, node, condition);
  const then = lowerBody(c, childIn(c, node, c.fields.consequence));
  const alternative = childIn(c, node, c.fields.alternative);
  const otherwise = alternative < 0 ? [] : lowerBody(c, firstNamedChild(c, alternative));
  out.push({ kind: "if", start: c.start[node], end: c.end[node], test, then, otherwise });
}

/** `for (const each of all)`, `for await (…)`, `for (key in object)`. */
function lowerForIn(c: Lowering, node: number, out: Statement[]): void {
  const left = childIn(c, node, c.fields.left);
  const right = childIn(c, node, c.fields.right);
  if (left < 0 || right < 0) return addReadable(c, node, out);
  const iterable = lowerHeader(c, node, right);
  const target = asTarget(lowerExpression(c, left));
  const names = childIn(c, node, c.fields.kind) >= 0 ? c.scope.declared : c.scope.assigned;
  forEachTarget(target, (name) => names.add(name));
  const operator = childIn(c, node, c.fields.operator);
  const isKeys = operator >= 0 && c.kinds[c.kind[operator]] === "in";
  const isAsync = childWithRole(c, node, Role.awaitToken) >= 0;
  const body = lowerLoopBody(c, childIn(c, node, c.fields.body));
  out.push({ kind: "for", start: c.start[node], end: c.end[node], ...(isKeys && { keys: true }), target, iterable, isAsync, body, otherwise: [] });
}

/** `for (init; test; update)` is its initialiser, then a `while` with the update at the end. */
function lowerFor(c: Lowering, node: number, out: Statement[]): void {
  const { label } = c;
  c.label = undefined;
  c.scope.loops++;
  const initializer = childIn(c, node, c.fields.initializer);
  if (initializer >= 0 && !isEmpty(c, initializer)) lowerInitializer(c, initializer, out);
  let condition = childIn(c, node, c.fields.condition);
  // Older grammars have a statement there.
  if (condition >= 0 && !isEmpty(c, condition) && c.statements[c.kind[condition]]) condition = firstNamedChild(c, condition);
  const test: Expression = condition < 0 || isEmpty(c, condition) || c.named[condition] === 0
    ? { kind: "literal", start: c.start[node], end: c.start[node], value: true }
    : lowerHeader(c, node, condition);
  c.label = label;
  const body = lowerLoopBody(c, childIn(c, node, c.fields.body));
  const increment = childIn(c, node, c.fields.increment);
  if (increment >= 0) lowerExpressionStatement(c, increment, increment, body);
  c.scope.loops--;
  const counter = increment < 0 ? undefined : counterOf(test, body.at(-1), out.at(-1));
  out.push({ kind: "while", start: c.start[node], end: c.end[node], test, body, otherwise: [], ...(counter && { counter }) });
}

/** `let i = 0; i < rows.length; i++`, and the same backwards: what is counted, and up to where. */
function counterOf(test: Expression, step: Statement | undefined, first: Statement | undefined): WhileLoop["counter"] {
  const change = step?.kind === "expression" && step.expression.kind === "named-assignment" ? step.expression : step;
  const target = change?.kind === "augment" || change?.kind === "named-assignment" ? change.target : undefined;
  if (test.kind !== "comparison" || target?.kind !== "name" || test.left.kind !== "name" || test.left.name !== target.name || !change) return undefined;
  const value = change.kind === "augment" || change.kind === "named-assignment" ? change.value : undefined;
  const amount = value?.kind === "binary" ? value.right : value;
  const by = amount?.kind === "literal" && (amount.value === 1 || amount.value === -1) ? "one" : "more";
  if (test.operator === "<" || test.operator === "<=" || test.operator === "!=") return { name: target.name, limit: test.right, step: by };
  if (test.operator !== ">" && test.operator !== ">=") return undefined;
  const start = first?.kind === "assign" ? first.value : undefined;
  const limit = start?.kind === "binary" && start.operator === "-" ? start.left : start;
  return limit && { name: target.name, limit, step: by };
}

function isEmpty(c: Lowering, node: number): boolean {
  return c.roles[c.kind[node]] === Role.emptyStatement;
}

function lowerInitializer(c: Lowering, node: number, out: Statement[]): void {
  if (c.statements[c.kind[node]]) lowerStatement(c, node, out);
  else lowerExpressionStatement(c, node, node, out);
}

function lowerWhile(c: Lowering, node: number, out: Statement[]): void {
  const condition = childIn(c, node, c.fields.condition);
  if (condition < 0) return addReadable(c, node, out);
  const test = lowerHeader(c, node, condition);
  const body = lowerLoopBody(c, childIn(c, node, c.fields.body));
  out.push({ kind: "while", start: c.start[node], end: c.end[node], test, body, otherwise: [] });
}

/** `do … while (test)` is a loop without end that is left behind its body when the test fails. */
function lowerDo(c: Lowering, node: number, out: Statement[]): void {
  const body = lowerLoopBody(c, childIn(c, node, c.fields.body));
  const condition = childIn(c, node, c.fields.condition);
  const start = c.start[node];
  if (condition >= 0) {
    const operand = lowerHeader(c, node, condition);
    const { start: from, end: to } = operand;
    const test: Expression = { kind: "unary", start: from, end: to, operator: "not", operand };
    body.push({ kind: "if", start: from, end: to, test, then: [{ kind: "break", start: to, end: to }], otherwise: [] });
  }
  out.push({ kind: "while", start, end: c.end[node], test: { kind: "literal", start, end: start, value: true }, body, otherwise: [] });
}

function lowerTry(c: Lowering, node: number, out: Statement[]): void {
  addStrayErrors(c, node, out);
  const body = lowerBody(c, childIn(c, node, c.fields.body));
  const handler = childIn(c, node, c.fields.handler);
  const handlers: ExceptHandler[] = handler < 0 ? [] : [lowerHandler(c, handler)];
  const finalizer = childIn(c, node, c.fields.finalizer);
  const last = finalizer < 0 ? [] : lowerBody(c, childIn(c, finalizer, c.fields.body));
  out.push({ kind: "try", start: c.start[node], end: c.end[node], body, handlers, otherwise: [], finally: last });
}

function lowerHandler(c: Lowering, node: number): ExceptHandler {
  const start = c.start[node];
  const end = c.end[node];
  const parameter = childIn(c, node, c.fields.parameter);
  const body: Statement[] = [];
  const isName = parameter >= 0 && c.roles[c.kind[parameter]] === Role.identifier && c.start[parameter] < c.end[parameter];
  if (isName) c.scope.declared.add(nameText(c, parameter));
  else if (parameter >= 0) {
    // `catch ({ message })` takes apart what nobody knows.
    const target = lowerExpression(c, parameter);
    forEachTarget(target, (name) => c.scope.declared.add(name));
    const at = { start: target.start, end: target.end };
    body.push({ kind: "assign", ...at, targets: [target], value: { kind: "opaque", ...at, parts: [] } });
  }
  const block = childIn(c, node, c.fields.body);
  if (block >= 0) addBlock(c, block, body);
  return { start, end, ...(isName && { name: nameText(c, parameter) }), body };
}

function lowerWith(c: Lowering, node: number, out: Statement[]): void {
  const object = childIn(c, node, c.fields.object);
  if (object >= 0) addExpression(c, object, lowerExpression(c, object), out);
  const body = childIn(c, node, c.fields.body);
  if (body >= 0) lowerStatement(c, body, out);
}

/** `declare …`: declarations without bodies. What is added to the global scope or to another module is no part of this one. */
function lowerAmbient(c: Lowering, node: number, out: Statement[]): void {
  const stop = c.next[node];
  for (let child = node + 1; child < stop; child = c.next[child]) {
    if (isPart(c, child) && c.roles[c.kind[child]] !== Role.block && c.statements[c.kind[child]]) lowerStatement(c, child, out);
  }
}

const nothing: LowerStatement = () => undefined;

/** How each kind of node is lowered where a statement stands. */
export const STATEMENTS: ReadonlyMap<string, LowerStatement> = new Map<string, LowerStatement>([
  ["expression_statement", (c, node, out) => {
    const inner = firstNamedChild(c, node);
    if (inner >= 0) lowerExpressionStatement(c, node, unparenthesized(c, inner), out);
    else addStrayErrors(c, node, out);
  }],
  ["lexical_declaration", lowerVariables],
  ["variable_declaration", lowerVariables],
  ["return_statement", lowerReturn],
  ["throw_statement", lowerRaise],
  ["break_statement", lowerBreak],
  ["continue_statement", lowerContinue],
  ["labeled_statement", lowerLabelled],
  ["debugger_statement", nothing],
  ["empty_statement", nothing],
  ["if_statement", lowerIf],
  ["for_in_statement", lowerForIn],
  ["for_statement", lowerFor],
  ["while_statement", lowerWhile],
  ["do_statement", lowerDo],
  ["switch_statement", lowerSwitch],
  ["try_statement", lowerTry],
  ["with_statement", lowerWith],
  ["function_declaration", lowerFunctionDeclaration],
  ["generator_function_declaration", lowerFunctionDeclaration],
  ["function_signature", lowerSignature],
  ["class_declaration", lowerClassDeclaration],
  ["abstract_class_declaration", lowerClassDeclaration],
  ["interface_declaration", lowerInterface],
  ["enum_declaration", lowerEnum],
  ["internal_module", lowerNamespace],
  ["module", lowerNamespace],
  ["type_alias_declaration", lowerTypeAlias],
  ["ambient_declaration", lowerAmbient],
  ["import_statement", lowerImport],
  ["import_alias", lowerImportAlias],
  ["export_statement", lowerExport],
]);
