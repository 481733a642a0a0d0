import type { Attribute, AttributeDeclaration, Call, ClassDeclaration, Expression, Statement } from "../../facts";
import type { ClassRef, FunctionRef } from "../../project";
import type { CallSite } from "../adapter";
import { callFunction } from "../calls";
import { escape, evaluate } from "../expressions";
import type { Machine } from "../machine";
import { moduleValue } from "../names";
import { Scope } from "../scope";
import { unknown, varying, type FunctionValue, type InstanceValue, type Value } from "../values";
import { typedValue } from "./types";

/** `new Service(repository)`: fields that the constructor's parameters make, then the constructor itself. */
export function construct(m: Machine, instance: InstanceValue, call: CallSite): Value {
  const constructor = m.project.method(instance.class, "constructor");
  if (!constructor) {
    for (const argument of call.positional) escape(m, argument.value, "argument", argument.node.value, instance.class.declaration.name);
    return instance;
  }
  setParameterProperties(constructor, instance, call);
  callFunction(m, constructor, instance, call);
  return instance;
}

/** `constructor(private readonly users: Repository<User>)` is `this.users = users` (TypeScript: *Parameter Properties*). */
function setParameterProperties(constructor: FunctionRef, instance: InstanceValue, call: CallSite): void {
  const owner = constructor.owner?.declaration;
  constructor.declaration.parameters.forEach((parameter, i) => {
    const given = call.positional[i]?.value;
    if (given && given.kind !== "unknown" && owner && isParameterProperty(owner, parameter)) instance.attributes.set(parameter.name, given);
  });
}

function isParameterProperty(owner: ClassDeclaration, parameter: { readonly name: string; readonly start: number; readonly end: number }): boolean {
  return owner.attributes.some((each) => each.name === parameter.name && each.start >= parameter.start && each.end <= parameter.end);
}

/** `super(…)` in a constructor. */
export function callSuperConstructor(m: Machine, self: Value, after: ClassRef, call: CallSite): Value {
  if (self.kind !== "instance") return unknown();
  const constructor = m.project.method(self.class, "constructor", after);
  if (!constructor) return unknown();
  setParameterProperties(constructor, self, call);
  callFunction(m, constructor, self, call);
  return unknown();
}

/** What the constructors of subclasses hand to parameters of a base's: `constructor(@InjectRepository(User) users: Repository<User>) { super(users) }`. */
type HandedUp = ReadonlyMap<string, Value>;

const NOTHING_GIVEN: HandedUp = new Map();

/** Constructors above each other further than this hand on nothing that is followed. */
const MOST_CONSTRUCTORS = 6;

/**
 * What the constructor of `owner`, a base of the object's class, is given by the constructors below it. Of an object that a container made nobody sees
 * the call; the parameters of the lowest constructor hold what their types say.
 */
export function givenFromBelow(m: Machine, instance: InstanceValue, owner: ClassRef, depth = 0): HandedUp {
  if (depth > MOST_CONSTRUCTORS || m.frames.length > 12) return NOTHING_GIVEN;
  const target = m.project.method(owner, "constructor");
  const below = target && constructorBelow(m, instance.class, target);
  if (!below?.owner) return NOTHING_GIVEN;
  const call = superCallIn(m, below);
  if (!call || call.arguments.some((each) => each.spread)) return NOTHING_GIVEN;
  const scope = constructorScope(m, instance, below, depth);
  const found = new Map<string, Value>();
  aside(m, below, () => target!.declaration.parameters.forEach(({ name, spread }, at) => {
    const argument = call.arguments[at]?.value;
    const value = argument && !spread ? evaluate(m, argument, scope) : undefined;
    if (value && value.kind !== "unknown") found.set(name, value);
  }));
  return found;
}

/** What `this` and the parameters of a constructor of the object are, where a container called it. */
function constructorScope(m: Machine, instance: InstanceValue, { uri, owner, declaration }: FunctionRef, depth: number): Scope {
  const given = owner && owner.key !== instance.class.key ? givenFromBelow(m, instance, owner, depth + 1) : NOTHING_GIVEN;
  const scope = new Scope(uri);
  scope.set("this", instance);
  for (const { name, annotation } of declaration.parameters) scope.set(name, given.get(name) ?? (annotation ? typedValue(m, annotation, uri) : unknown()));
  return scope;
}

/** Evaluates expressions of a constructor for what they give: what they ask was asked when the object was made. */
function aside(m: Machine, fn: FunctionRef, work: () => void): void {
  const { events, loops, budget } = m;
  m.events = [];
  m.loops = [];
  m.stack.push(fn.key);
  m.frames.push({ uri: fn.uri, function: fn });
  work();
  m.frames.pop();
  m.stack.pop();
  m.events = events;
  m.loops = loops;
  m.budget = budget - 20;
}

/** The constructor of a class between the object's and that of `target`, whose `super(…)` calls `target`. */
function constructorBelow(m: Machine, from: ClassRef, target: FunctionRef): FunctionRef | undefined {
  let last: FunctionRef | undefined;
  for (const ancestor of m.project.ancestors(from)) {
    if (!("class" in ancestor)) continue;
    const own = m.project.method(ancestor.class, "constructor");
    if (!own || own.key === target.key) return own && last?.key !== own.key ? last : undefined;
    last = own;
  }
  return undefined;
}

const superCalls = new WeakMap<readonly Statement[], Call | "none">();

/** `super(…)` among the statements of a constructor. */
function superCallIn(m: Machine, fn: FunctionRef): Call | undefined {
  const body = m.project.bodyOf(fn);
  let found = superCalls.get(body);
  if (!found) {
    found = "none";
    for (const statement of body) {
      const call = statement.kind === "expression" && statement.expression.kind === "call" ? statement.expression : undefined;
      if (call?.callee.kind === "name" && call.callee.name === "super") found = call;
    }
    superCalls.set(body, found);
  }
  return found === "none" ? undefined : found;
}

/** A field that a base's constructor makes of a parameter, as the constructors of the object's class give it. */
function handedUp(m: Machine, instance: InstanceValue, { owner, attribute }: { readonly owner: ClassRef; readonly attribute: AttributeDeclaration }): Value | undefined {
  if (owner.key === instance.class.key) return undefined;
  const constructor = owner.declaration.methods.find((each) => each.name === "constructor");
  if (!constructor || attribute.start < constructor.start || attribute.end > constructor.end) return undefined;
  // `private readonly users` among its parameters, or `this.users = users`.
  const own = constructor.parameters.find((each) => each.start === attribute.start)?.name ?? (attribute.value?.kind === "name" ? attribute.value.name : undefined);
  return own !== undefined && constructor.parameters.some((each) => each.name === own) ? givenFromBelow(m, instance, owner).get(own) : undefined;
}

/** `this.model = prisma.user` in the constructor of the class that has the field. */
function setInConstructor(m: Machine, instance: InstanceValue, { owner, attribute }: { readonly owner: ClassRef; readonly attribute: AttributeDeclaration }): Value | undefined {
  const constructor = m.project.method(owner, "constructor");
  const { value: expression } = attribute;
  if (!constructor || !expression || constructor.owner?.key !== owner.key || m.stack.includes(constructor.key) || m.frames.length > 12) return undefined;
  if (attribute.start < constructor.declaration.start || attribute.end > constructor.declaration.end || constructor.declaration.parameters.some((each) => each.start === attribute.start)) return undefined;
  let value: Value | undefined;
  aside(m, constructor, () => (value = evaluate(m, expression, constructorScope(m, instance, constructor, 0))));
  return value?.kind === "unknown" ? undefined : value;
}

/** `this` of the running method, and the class that it stands in. */
export function superOf(m: Machine, scope: Scope): Value {
  const self = scope.get("this");
  for (let i = m.frames.length - 1; i >= 0; i--) {
    const { function: fn, uri } = m.frames[i];
    if (uri !== scope.uri) break;
    if (fn?.owner && self) return { kind: "super", self, after: fn.owner, varies: 0 };
  }
  return unknown(m.innermost);
}

/** `remove = async (id) => …` in a class: a method of its objects that is written as a field. */
export function methodField(m: Machine, { value }: { readonly value?: Expression }, uri: string, self: Value): FunctionValue | undefined {
  const fn = value?.kind === "function" ? m.project.functionByKey(`${uri}#${value.function.id}`) : undefined;
  if (!fn) return undefined;
  const closure = new Scope(uri);
  closure.set("this", self);
  return { kind: "function", function: fn, self, closure, varies: self.varies };
}

/** What a class says of a field: its first value, or its type. */
export function fieldOf(m: Machine, owner: ClassRef, name: string): Value | undefined {
  const found = m.project.attribute(owner, name);
  if (!found) return undefined;
  const { attribute, uri } = found;
  const value = attribute.value && mayBeShared(attribute.value) ? moduleValue(m, uri, attribute.value) : undefined;
  if (value && value.kind !== "unknown") return value;
  return attribute.annotation ? typedValue(m, attribute.annotation, uri) : value;
}

/** A first value that speaks of `this` is another one for each object. */
function mayBeShared(value: Expression): boolean {
  return value.kind !== "attribute" || value.object.kind !== "name" || value.object.name !== "this";
}

/** `this.repository` in the methods of a class. */
export function fieldAttribute(m: Machine, instance: InstanceValue, name: string, node: Attribute): Value | undefined {
  const found = m.project.attribute(instance.class, name);
  const method = found && methodField(m, found.attribute, found.uri, instance);
  if (method) return method;
  for (const adapter of m.adapters) {
    const value = adapter.instanceAttribute(instance, name, node, m);
    if (value) return varying(value, instance.varies);
  }
  const own = (found && handedUp(m, instance, found)) ?? fieldOf(m, instance.class, name);
  const value = found && (!own || own.kind === "unknown") ? setInConstructor(m, instance, found) ?? own : own;
  if (!value || value.kind === "unknown") return value && varying(value, instance.varies);
  instance.attributes.set(name, value);
  return varying(value, instance.varies);
}
