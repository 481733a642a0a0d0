import type { Expression, FunctionDeclaration, FunctionExpression, Parameter, Statement } from "../../facts";
import { addStrayErrors, childIn, childWithRole, firstNamedChild, intern, isPart, lowerOpaque, nameText, uniqueId, unparenthesized } from "../tree-sitter";
import { createScope, lowerExpression, Role, takeWhole, type Lowering, type Whole } from "./context";
import { directiveOf } from "./directives";
import { declaredName, type DeclaredName } from "./names";
import { forEachTarget } from "./objects";
import { addBlock } from "./statements";
import { lowerAnnotation } from "./types";

/** What is known of a function from where it stands. */
export interface FunctionPlace {
  readonly id: string;
  readonly name: DeclaredName;
  readonly whole: Whole;
  readonly isStatic?: boolean;
  readonly isPrivate?: boolean;
  /** The type of what the function is assigned to. */
  readonly annotation?: Expression;
}

/** Lowers header and body of a function, method or arrow. The body is under its id; one without a body is a signature. */
export function lowerFunction(c: Lowering, node: number, place: FunctionPlace): FunctionDeclaration {
  const { id, name, whole, annotation } = place;
  const parameters = lowerParametersOf(c, node);
  const returns = lowerAnnotation(c, childIn(c, node, c.fields.return_type));
  const body = childIn(c, node, c.fields.body);
  const isGenerator = body >= 0 && lowerBody(c, node, body, id, parameters);
  const directive = directiveOf(c.bodies[id] ?? []);
  const accessor = childWithRole(c, node, Role.get) >= 0 ? "get" : childWithRole(c, node, Role.set) >= 0 ? "set" : undefined;
  return {
    kind: "function", id, name: name.text, parameters, decorators: whole.decorators, ...(returns && { returns }),
    isAsync: childWithRole(c, node, Role.async) >= 0,
    isGenerator: isGenerator || childWithRole(c, node, Role.star) >= 0 || c.kinds[c.kind[node]].startsWith("generator_"),
    ...(accessor && { accessor }), ...(place.isStatic && { isStatic: true }), ...(place.isPrivate && { isPrivate: true }), ...(c.roles[c.kind[node]] === Role.arrowFunction && { isArrow: true }),
    ...(directive !== undefined && { directive }), ...(body < 0 && { isSignature: true }), ...(annotation && { annotation }),
    start: whole.start, end: whole.end, nameStart: name.start, nameEnd: name.end,
  };
}

/** Whether the body yields. */
function lowerBody(c: Lowering, node: number, body: number, id: string, parameters: readonly Parameter[]): boolean {
  const { scope: outer, hoisted, inSwitch, label, loopLabel, whole } = c;
  const scope = createScope("function", `${id}.`);
  c.scope = scope;
  c.hoisted = [];
  c.inSwitch = false;
  c.label = c.loopLabel = undefined;
  c.whole = undefined;
  for (const parameter of parameters) {
    if (parameter.pattern) forEachTarget(parameter.pattern, (each) => scope.declared.add(each));
    else scope.declared.add(parameter.name);
  }
  // Reserved first, so that bodies stand in the order of their definitions.
  const statements: Statement[] = [];
  c.bodies[id] = statements;
  addStrayErrors(c, node, statements);
  if (c.roles[c.kind[body]] === Role.block) addBlock(c, body, statements);
  else {
    const value = lowerExpression(c, body);
    statements.push({ kind: "return", start: value.start, end: value.end, value });
  }
  const others = [...scope.assigned].filter((name) => !scope.declared.has(name));
  // What is assigned and declared nowhere here belongs to the code around.
  if (others.length > 0) statements.unshift({ kind: "scope", start: c.start[body], end: c.start[body], names: others });
  c.scope = outer;
  c.hoisted = hoisted;
  c.inSwitch = inSwitch;
  c.label = label;
  c.loopLabel = loopLabel;
  c.whole = whole;
  return scope.hasYield;
}

function lowerParametersOf(c: Lowering, node: number): Parameter[] {
  const list = childIn(c, node, c.fields.parameters);
  if (list >= 0) return lowerParameters(c, list);
  const only = childIn(c, node, c.fields.parameter);
  return only < 0 ? [] : [{ name: nameText(c, only), start: c.start[only], end: c.end[only] }];
}

/** The parameters of a function; `this` is none. */
function lowerParameters(c: Lowering, list: number): Parameter[] {
  const result: Parameter[] = [];
  const stop = c.next[list];
  for (let child = list + 1; child < stop; child = c.next[child]) {
    if (!isPart(c, child)) continue;
    const parameter = lowerParameter(c, child, result.length);
    if (parameter) result.push(parameter);
  }
  return result;
}

function lowerParameter(c: Lowering, node: number, index: number): Parameter | undefined {
  const start = c.start[node];
  const end = c.end[node];
  let pattern = childIn(c, node, c.fields.pattern);
  if (pattern < 0) pattern = childIn(c, node, c.fields.name);
  if (pattern < 0) pattern = node;
  if (c.roles[c.kind[pattern]] === Role.this) return undefined;
  const isRest = c.roles[c.kind[pattern]] === Role.restPattern;
  if (isRest) pattern = firstNamedChild(c, pattern);
  const annotation = lowerAnnotation(c, childIn(c, node, c.fields.type));
  const value = childIn(c, node, c.fields.value);
  const decorators = lowerDecorators(c, node);
  const isName = pattern >= 0 && c.roles[c.kind[pattern]] === Role.identifier;
  if (isName && c.start[pattern] === c.end[pattern]) return undefined;
  return {
    name: isName ? nameText(c, pattern) : intern(c, `%${index}`),
    ...(pattern >= 0 && !isName && { pattern: lowerExpression(c, pattern) }),
    ...(decorators.length > 0 && { decorators }), ...(annotation && { annotation }), ...(value >= 0 && { default: lowerExpression(c, value) }),
    ...(isRest && { spread: "sequence" as const }), start, end,
  };
}

/** The decorators directly under `node`. */
export function lowerDecorators(c: Lowering, node: number): Expression[] {
  const decorators: Expression[] = [];
  const stop = c.next[node];
  for (let child = node + 1; child < stop; child = c.next[child]) if (c.roles[c.kind[child]] === Role.decorator) decorators.push(lowerDecorator(c, child));
  return decorators;
}

export function lowerDecorator(c: Lowering, node: number): Expression {
  const inner = firstNamedChild(c, node);
  return inner < 0 ? lowerOpaque(c, node) : lowerExpression(c, inner);
}

/** Whether a node is `(…) => …` or `function (…) {…}`, parentheses around it left out. */
export function isFunctionNode(c: Lowering, node: number): boolean {
  const role = c.roles[c.kind[unparenthesized(c, node)]];
  return role === Role.arrowFunction || role === Role.functionExpression;
}

/** A function as a value; unnamed ones go by the name of what they are assigned to, as in the language. */
export function lowerNamedFunction(c: Lowering, node: number, hint: DeclaredName | undefined): FunctionExpression {
  const inner = unparenthesized(c, node);
  const own = c.roles[c.kind[inner]] === Role.arrowFunction ? -1 : childIn(c, inner, c.fields.name);
  const start = c.start[inner];
  const name = own >= 0 ? declaredName(c, own, inner) : (hint ?? { text: "", start, end: start });
  return closure(c, inner, name, undefined);
}

export function lowerFunctionExpression(c: Lowering, node: number): Expression {
  return lowerNamedFunction(c, node, undefined);
}

/** A method of an object literal: a function, or something else than itself when it is an accessor. */
export function lowerMethodValue(c: Lowering, node: number): Expression {
  const name = declaredName(c, childIn(c, node, c.fields.name), node);
  const value = closure(c, node, name, undefined);
  if (!value.function.accessor) return value;
  return { kind: "opaque", start: value.start, end: value.end, parts: [value] };
}

function closure(c: Lowering, node: number, name: DeclaredName, annotation: Expression | undefined): FunctionExpression {
  const id = uniqueId(c.functionIds, `${c.scope.prefix}%${++c.scope.closures}`);
  const start = c.start[node];
  const end = c.end[node];
  const at = c.closures.length;
  // Reserved first, so that they stand in the order of the text.
  c.closures.length = at + 1;
  const declaration = lowerFunction(c, node, { id, name, whole: { start, end, decorators: [] }, ...(annotation && { annotation }) });
  c.closures[at] = declaration;
  return { kind: "function", start, end, function: declaration };
}

/** `function name() {…}`; it is there before the first statement of its block. */
export function lowerFunctionDeclaration(c: Lowering, node: number): void {
  const whole = takeWhole(c, node);
  declareFunction(c, node, declaredName(c, childIn(c, node, c.fields.name), node), whole, c.hoisted);
}

/** Declares a function under a name and adds its statement. */
export function declareFunction(c: Lowering, node: number, name: DeclaredName, whole: Whole, out: Statement[], annotation?: Expression): void {
  c.scope.declared.add(name.text);
  const outer = c.scope;
  const declaration = lowerFunction(c, node, { id: uniqueId(c.functionIds, c.scope.prefix + name.text), name, whole, ...(annotation && { annotation }) });
  outer.functions.push(declaration);
  out.push({ kind: "define-function", start: declaration.start, end: declaration.end, function: declaration });
}

/** `function name(): T;`: an overload, or all there is of the function. */
export function lowerSignature(c: Lowering, node: number): void {
  const whole = takeWhole(c, node);
  const name = declaredName(c, childIn(c, node, c.fields.name), node);
  c.scope.declared.add(name.text);
  c.scope.signatures.push(lowerFunction(c, node, { id: c.scope.prefix + name.text, name, whole }));
}

/** Declares the signatures that no implementation follows, once a scope is complete. */
export function declareSignatures(c: Lowering): void {
  const { scope } = c;
  if (scope.signatures.length === 0) return;
  const known = new Set(scope.functions.map((each) => each.name));
  for (const signature of scope.signatures) {
    if (known.has(signature.name)) continue;
    known.add(signature.name);
    scope.functions.push({ ...signature, id: uniqueId(c.functionIds, signature.id) });
  }
}
