import type { Argument, ClassDeclaration, Expression, FunctionDeclaration, Statement } from "../../facts";
import {
  addStrayErrors, childIn, childWithRole, firstNamedChild, lowerStatement, nameText, spanOfParts, uniqueId,
} from "../tree-sitter";
import { createScope, lowerExpression, Role, type Lowering } from "./context";
import { lowerArguments } from "./expressions";
import { lowerParameters } from "./parameters";
import { addBlock } from "./statements";

/** `def f(): …` without decorators. */
export function lowerFunctionDefinition(c: Lowering, node: number, out: Statement[]): void {
  defineFunction(c, node, node, [], out);
}

/** `class A: …` without decorators. */
export function lowerClassDefinition(c: Lowering, node: number, out: Statement[]): void {
  defineClass(c, node, node, [], out);
}

/** `@decorator` above a function or class; the definition starts at its first decorator. */
export function lowerDecoratedDefinition(c: Lowering, node: number, out: Statement[]): void {
  const decorators: Expression[] = [];
  let definition = -1;
  const stop = c.next[node];
  for (let child = node + 1; child < stop; child = c.next[child]) {
    const role = c.roles[c.kind[child]];
    if (role === Role.decorator) {
      const expression = firstNamedChild(c, child);
      if (expression >= 0) decorators.push(lowerExpression(c, expression));
    } else if (role === Role.functionDefinition || role === Role.classDefinition) definition = child;
    else if (role === Role.error) lowerStatement(c, child, out);
  }
  if (definition < 0) {
    for (const expression of decorators) out.push({ kind: "expression", start: expression.start, end: expression.end, expression });
  } else if (c.roles[c.kind[definition]] === Role.classDefinition) defineClass(c, node, definition, decorators, out);
  else defineFunction(c, node, definition, decorators, out);
}

function defineFunction(c: Lowering, whole: number, node: number, decorators: readonly Expression[], out: Statement[]): void {
  const name = nameOf(c, node);
  const id = uniqueId(c.functionIds, c.scope.prefix + name.text);
  const list = childIn(c, node, c.fields.parameters);
  const parameters = list < 0 ? [] : lowerParameters(c, list);
  const returns = childIn(c, node, c.fields.return_type);
  const loweredReturns = returns < 0 ? undefined : lowerExpression(c, returns);
  const outer = c.scope;
  const typeOnly = c.typeOnly;
  c.scope = createScope("function", `${id}.`);
  c.typeOnly = false;
  // Reserved first, so that bodies stand in the order of their definitions.
  const body: Statement[] = [];
  c.bodies[id] = body;
  // While a call in the first line is being typed, the parser leaves that line between the header and the block.
  addStrayErrors(c, node, body);
  const block = childIn(c, node, c.fields.body);
  if (block >= 0) addBlock(c, block, body);
  const isGenerator = c.scope.hasYield;
  c.scope = outer;
  c.typeOnly = typeOnly;
  const declaration: FunctionDeclaration = {
    kind: "function",
    id,
    name: name.text,
    parameters,
    decorators,
    ...(loweredReturns && { returns: loweredReturns }),
    isAsync: childWithRole(c, node, Role.async) >= 0,
    isGenerator,
    start: c.start[whole],
    end: c.end[node],
    nameStart: name.start,
    nameEnd: name.end,
  };
  outer.functions.push(declaration);
  out.push({ kind: "define-function", start: declaration.start, end: declaration.end, function: declaration });
}

function defineClass(c: Lowering, whole: number, node: number, decorators: readonly Expression[], out: Statement[]): void {
  const name = nameOf(c, node);
  const id = uniqueId(c.classIds, c.scope.prefix + name.text);
  const list = childIn(c, node, c.fields.superclasses);
  const given = list < 0 ? [] : lowerArguments(c, list);
  const block = childIn(c, node, c.fields.body);
  const outer = c.scope;
  const inner = createScope("class", `${id}.`);
  c.scope = inner;
  const discarded: Statement[] = [];
  addStrayErrors(c, node, discarded);
  if (block >= 0) addBlock(c, block, discarded);
  c.scope = outer;
  const [bodyStart, bodyEnd] = bodySpan(c, node, block);
  const declaration: ClassDeclaration = {
    kind: "class",
    id,
    name: name.text,
    bases: given.filter((argument) => !isKeyword(argument)).map(baseOf),
    keywords: given.filter(isKeyword),
    decorators,
    attributes: inner.values,
    methods: inner.functions,
    classes: inner.classes,
    start: c.start[whole],
    end: c.end[node],
    nameStart: name.start,
    nameEnd: name.end,
    bodyStart,
    bodyEnd,
  };
  outer.classes.push(declaration);
  out.push({ kind: "define-class", start: declaration.start, end: declaration.end, class: declaration });
}

function isKeyword(argument: Argument): boolean {
  return argument.name !== undefined || argument.spread === "mapping";
}

function baseOf(argument: Argument): Expression {
  if (argument.spread === undefined) return argument.value;
  return { kind: "spread", start: argument.start, end: argument.end, value: argument.value };
}

/** From the first statement to the end of the last; an empty span at the end when there is none. */
function bodySpan(c: Lowering, node: number, block: number): readonly [number, number] {
  const parts = block < 0 ? undefined : spanOfParts(c, block);
  return parts ? [parts.start, parts.end] : [c.end[node], c.end[node]];
}

function nameOf(c: Lowering, node: number): { readonly text: string; readonly start: number; readonly end: number } {
  const name = childIn(c, node, c.fields.name);
  // A definition being typed has no name yet; its body must not pass for that of the module, whose id is empty.
  if (name < 0 || c.start[name] === c.end[name]) return { text: "?", start: c.start[node], end: c.start[node] };
  return { text: nameText(c, name), start: c.start[name], end: c.end[name] };
}
