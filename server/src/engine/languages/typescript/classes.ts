import type { AttributeDeclaration, ClassDeclaration, Expression, FunctionDeclaration, Statement } from "../../facts";
import { blocksOf } from "../../facts";
import { childIn, childWithRole, hasErrorChild, isPart, lowerOpaque, lowerStatement, spanOfParts, uniqueId } from "../tree-sitter";
import { createScope, lowerExpression, Role, takeWhole, type Lowering, type Whole } from "./context";
import { declareSignatures, isFunctionNode, lowerDecorator, lowerDecorators, lowerFunction, lowerNamedFunction } from "./functions";
import { declaredName, type DeclaredName } from "./names";
import { addBlock } from "./statements";
import { lowerAnnotation, lowerTypeArguments, withTypeArguments } from "./types";

/** `class A extends B implements C {…}`, with the decorators above it or above its `export`. */
export function lowerClassDeclaration(c: Lowering, node: number, out: Statement[]): void {
  const whole = takeWhole(c, node);
  declareClass(c, node, declaredName(c, childIn(c, node, c.fields.name), node), whole, out);
}

/** Declares a class under a name and adds its statement. */
export function declareClass(c: Lowering, node: number, name: DeclaredName, whole: Whole, out: Statement[]): void {
  const after: Statement[] = [];
  const declaration = lowerClass(c, node, name, whole, after);
  c.scope.declared.add(name.text);
  c.scope.classes.push(declaration);
  out.push({ kind: "define-class", start: declaration.start, end: declaration.end, class: declaration }, ...after);
}

/** `class {…}` as a value. */
export function lowerClassExpression(c: Lowering, node: number): Expression {
  const own = childIn(c, node, c.fields.name);
  const start = c.start[node];
  const end = c.end[node];
  const name = own >= 0 ? declaredName(c, own, node) : { text: `%${++c.scope.closures}`, start, end: start };
  return { kind: "class", start, end, class: lowerClass(c, node, name, { start, end, decorators: [] }, []) };
}

/** `after` takes the statements of its static blocks. */
function lowerClass(c: Lowering, node: number, name: DeclaredName, whole: Whole, after: Statement[]): ClassDeclaration {
  const id = uniqueId(c.classIds, c.scope.prefix + name.text);
  const decorators = [...whole.decorators, ...lowerDecorators(c, node)];
  const { bases, interfaces } = lowerHeritage(c, node);
  const body = childIn(c, node, c.fields.body);
  const outer = c.scope;
  const inner = createScope("class", `${id}.`);
  const constructors: number[] = [];
  const blocks: number[] = [];
  c.scope = inner;
  if (body >= 0) lowerMembers(c, body, constructors, blocks);
  declareSignatures(c);
  addConstructorProperties(c, inner.values, inner.functions, constructors);
  c.scope = outer;
  for (const block of blocks) addBlock(c, block, after);
  const [bodyStart, bodyEnd] = bodySpan(c, node, body);
  return {
    kind: "class", id, name: name.text, ...(interfaces.length > 0 && { implements: interfaces }), bases, keywords: [], decorators,
    attributes: inner.values, methods: inner.functions, classes: inner.classes,
    start: whole.start, end: whole.end, nameStart: name.start, nameEnd: name.end, bodyStart, bodyEnd,
  };
}

function lowerHeritage(c: Lowering, node: number): { bases: Expression[]; interfaces: Expression[] } {
  const bases: Expression[] = [];
  const interfaces: Expression[] = [];
  const heritage = childWithRole(c, node, Role.classHeritage);
  if (heritage < 0) return { bases, interfaces };
  const stop = c.next[heritage];
  for (let child = heritage + 1; child < stop; child = c.next[child]) {
    const role = c.roles[c.kind[child]];
    if (role === Role.implementsClause) addTypes(c, child, interfaces);
    else if (role === Role.extendsClause) {
      const value = childIn(c, child, c.fields.value);
      if (value < 0 || hasErrorChild(c, child)) bases.push(lowerOpaque(c, child));
      else {
        const base = lowerExpression(c, value);
        const list = childWithRole(c, child, Role.typeArguments);
        const types = lowerTypeArguments(c, list);
        bases.push(types ? withTypeArguments(base.start, c.end[list], base, types) : base);
      }
    } else if (isPart(c, child)) bases.push(lowerExpression(c, child));
  }
  return { bases, interfaces };
}

function addTypes(c: Lowering, node: number, types: Expression[]): void {
  const stop = c.next[node];
  for (let child = node + 1; child < stop; child = c.next[child]) if (isPart(c, child)) types.push(lowerExpression(c, child));
}

function lowerMembers(c: Lowering, body: number, constructors: number[], blocks: number[]): void {
  let decorators: Expression[] = [];
  let start = -1;
  const stop = c.next[body];
  for (let child = body + 1; child < stop; child = c.next[child]) {
    const role = c.roles[c.kind[child]];
    switch (role) {
      case Role.decorator:
        if (start < 0) start = c.start[child];
        decorators.push(lowerDecorator(c, child));
        continue;
      case Role.extra: continue;
      case Role.method:
      case Role.methodSignature:
        lowerMember(c, child, { start: start < 0 ? c.start[child] : start, end: c.end[child], decorators }, constructors);
        break;
      case Role.field: lowerField(c, child, decorators); break;
      case Role.staticBlock: {
        const block = childIn(c, child, c.fields.body);
        if (block >= 0) blocks.push(block);
        break;
      }
      case Role.error: lowerStatement(c, child, []); break;
      default: if (c.named[child] === 0) continue;
    }
    decorators = [];
    start = -1;
  }
}

function lowerMember(c: Lowering, node: number, whole: Whole, constructors: number[]): void {
  const outer = c.scope;
  const name = declaredName(c, childIn(c, node, c.fields.name), node);
  const isStatic = childWithRole(c, node, Role.static) >= 0;
  if (c.roles[c.kind[node]] === Role.methodSignature) {
    outer.signatures.push(lowerFunction(c, node, { id: outer.prefix + name.text, name, whole, isStatic }));
    return;
  }
  if (name.text === "constructor") constructors.push(node);
  const id = uniqueId(c.functionIds, outer.prefix + name.text);
  outer.functions.push(lowerFunction(c, node, { id, name, whole, isStatic, isPrivate: name.text.startsWith("#") || isPrivate(c, node) }));
}

function isPrivate(c: Lowering, node: number): boolean {
  const modifier = childWithRole(c, node, Role.propertyModifier);
  return modifier >= 0 && c.text.slice(c.start[modifier], c.end[modifier]) === "private";
}

function lowerField(c: Lowering, node: number, before: readonly Expression[]): void {
  const key = childIn(c, node, c.fields.name);
  if (key < 0) return;
  const name = declaredName(c, key, node);
  const decorators = [...before, ...lowerDecorators(c, node)];
  const annotation = lowerAnnotation(c, childIn(c, node, c.fields.type));
  const value = childIn(c, node, c.fields.value);
  const lowered = value < 0 ? undefined : isFunctionNode(c, value) ? lowerNamedFunction(c, value, name) : lowerExpression(c, value);
  c.scope.values.push({
    name: name.text, ...(decorators.length > 0 && { decorators }), ...(childWithRole(c, node, Role.static) >= 0 && { isStatic: true }),
    ...(childWithRole(c, node, Role.questionMark) >= 0 && { isOptional: true }),
    ...(lowered && { value: hasErrorChild(c, node) ? { kind: "opaque", start: lowered.start, end: lowered.end, parts: [lowered] } : lowered }),
    ...(annotation && { annotation }), start: c.start[node], end: c.end[node], nameStart: name.start, nameEnd: name.end,
  });
}

/** `constructor(private users: Users)`, and `this.name = …` in there of what no field declares. */
function addConstructorProperties(c: Lowering, attributes: AttributeDeclaration[], methods: readonly FunctionDeclaration[], constructors: readonly number[]): void {
  const declaration = methods.find((each) => each.name === "constructor" && !each.isStatic);
  if (!declaration) return;
  const known = new Set(attributes.map((each) => each.name));
  for (const node of constructors) {
    const list = childIn(c, node, c.fields.parameters);
    if (list < 0) continue;
    const stop = c.next[list];
    for (let child = list + 1; child < stop; child = c.next[child]) {
      if (c.roles[c.kind[child]] !== Role.parameter || childWithRole(c, child, Role.propertyModifier) < 0) continue;
      const parameter = declaration.parameters.find((each) => each.start === c.start[child]);
      if (!parameter || parameter.pattern || known.has(parameter.name)) continue;
      known.add(parameter.name);
      const name = childIn(c, child, c.fields.pattern);
      attributes.push({
        name: parameter.name, ...(parameter.decorators && { decorators: parameter.decorators }), ...(parameter.annotation && { annotation: parameter.annotation }),
        ...(parameter.default && { value: parameter.default }), start: parameter.start, end: parameter.end, nameStart: c.start[name], nameEnd: c.end[name],
      });
    }
  }
  const typed = new Map(declaration.parameters.map((each) => [each.name, each.annotation]));
  const visit = (statement: Statement): void => {
    if (statement.kind === "assign" && statement.value) {
      for (const target of statement.targets) {
        if (target.kind !== "attribute" || target.object.kind !== "name" || target.object.name !== "this" || known.has(target.name)) continue;
        known.add(target.name);
        const { value } = statement;
        const annotation = value.kind === "name" ? typed.get(value.name) : undefined;
        attributes.push({ name: target.name, value, ...(annotation && { annotation }), start: statement.start, end: statement.end, nameStart: target.nameStart, nameEnd: target.end });
      }
    }
    for (const block of blocksOf(statement)) block.forEach(visit);
  };
  (c.bodies[declaration.id] ?? []).forEach(visit);
}

/** From the first member to the end of the last; an empty span behind `{` when there is none. */
function bodySpan(c: Lowering, node: number, body: number): readonly [number, number] {
  if (body < 0) return [c.end[node], c.end[node]];
  const parts = spanOfParts(c, body);
  return parts ? [parts.start, parts.end] : [c.start[body] + 1, c.start[body] + 1];
}

/** `interface A extends B {…}`: its properties are attributes, its methods have no bodies. */
export function lowerInterface(c: Lowering, node: number, out: Statement[]): void {
  const whole = takeWhole(c, node);
  const name = declaredName(c, childIn(c, node, c.fields.name), node);
  const id = uniqueId(c.classIds, c.scope.prefix + name.text);
  const bases: Expression[] = [];
  const clause = childWithRole(c, node, Role.extendsTypeClause);
  if (clause >= 0) addTypes(c, clause, bases);
  const body = childIn(c, node, c.fields.body);
  const outer = c.scope;
  const inner = createScope("class", `${id}.`);
  c.scope = inner;
  const stop = body < 0 ? 0 : c.next[body];
  for (let child = body + 1; child < stop; child = c.next[child]) {
    const role = c.roles[c.kind[child]];
    if (role === Role.propertySignature) lowerField(c, child, []);
    else if (role === Role.methodSignature) lowerMember(c, child, { start: c.start[child], end: c.end[child], decorators: [] }, []);
  }
  declareSignatures(c);
  c.scope = outer;
  const [bodyStart, bodyEnd] = bodySpan(c, node, body);
  addDeclared(c, out, {
    kind: "class", form: "interface", id, name: name.text, bases, keywords: [], decorators: [], attributes: inner.values, methods: inner.functions, classes: [],
    start: whole.start, end: whole.end, nameStart: name.start, nameEnd: name.end, bodyStart, bodyEnd,
  });
}

function addDeclared(c: Lowering, out: Statement[], declaration: ClassDeclaration): void {
  c.scope.classes.push(declaration);
  out.push({ kind: "define-class", start: declaration.start, end: declaration.end, class: declaration });
}

/** `enum A { X, Y = "y" }`: members without a value count on from the one before. */
export function lowerEnum(c: Lowering, node: number, out: Statement[]): void {
  const whole = takeWhole(c, node);
  const name = declaredName(c, childIn(c, node, c.fields.name), node);
  const id = uniqueId(c.classIds, c.scope.prefix + name.text);
  const body = childIn(c, node, c.fields.body);
  const attributes: AttributeDeclaration[] = [];
  let next: number | undefined = 0;
  const stop = body < 0 ? 0 : c.next[body];
  for (let child = body + 1; child < stop; child = c.next[child]) {
    if (!isPart(c, child)) continue;
    const isAssigned = c.roles[c.kind[child]] === Role.enumAssignment;
    const key = isAssigned ? childIn(c, child, c.fields.name) : child;
    const given = isAssigned ? childIn(c, child, c.fields.value) : -1;
    if (key < 0) continue;
    const member = declaredName(c, key, child);
    const value: Expression | undefined = given >= 0
      ? lowerExpression(c, given)
      : next === undefined ? undefined : { kind: "literal", start: member.end, end: member.end, value: next };
    next = value?.kind === "literal" && typeof value.value === "number" ? value.value + 1 : undefined;
    attributes.push({ name: member.text, isStatic: true, ...(value && { value }), start: c.start[child], end: c.end[child], nameStart: member.start, nameEnd: member.end });
  }
  const [bodyStart, bodyEnd] = bodySpan(c, node, body);
  c.scope.declared.add(name.text);
  addDeclared(c, out, {
    kind: "class", form: "enum", id, name: name.text, bases: [], keywords: [], decorators: [], attributes, methods: [], classes: [],
    start: whole.start, end: whole.end, nameStart: name.start, nameEnd: name.end, bodyStart, bodyEnd,
  });
}

/** `namespace A {…}` is a class of static members. */
export function lowerNamespace(c: Lowering, node: number, out: Statement[]): void {
  const whole = takeWhole(c, node);
  const name = declaredName(c, childIn(c, node, c.fields.name), node);
  const body = childIn(c, node, c.fields.body);
  // `declare module "name"` adds to something that is not here.
  if (body < 0 || c.roles[c.kind[childIn(c, node, c.fields.name)]] === Role.string) return;
  const id = uniqueId(c.classIds, c.scope.prefix + name.text);
  const outer = c.scope;
  const inner = createScope("class", `${id}.`);
  c.scope = inner;
  addBlock(c, body, []);
  declareSignatures(c);
  c.scope = outer;
  const [bodyStart, bodyEnd] = bodySpan(c, node, body);
  c.scope.declared.add(name.text);
  addDeclared(c, out, {
    kind: "class", id, name: name.text, bases: [], keywords: [], decorators: [], attributes: inner.values.map((each) => ({ ...each, isStatic: true })),
    methods: inner.functions.map((each) => ({ ...each, isStatic: true })), classes: inner.classes,
    start: whole.start, end: whole.end, nameStart: name.start, nameEnd: name.end, bodyStart, bodyEnd,
  });
}
