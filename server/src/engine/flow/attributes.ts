import type { Attribute, Expression, Statement } from "../facts";
import type { ClassRef, Entity, FunctionRef } from "../project";
import type { Use } from "./adapter";
import { callFunction } from "./calls";
import { emptyCall, evaluate } from "./expressions";
import type { Machine } from "./machine";
import { fixesColumn, plainColumn, type Lookup } from "./query";
import { hide } from "./loads";
import { single } from "./iteration";
import { fieldAttribute, fieldOf, givenFromBelow, isScript, methodField, moduleProperty, noteLength, noteUse, requestValue, requestValues, runsScript } from "./javascript";
import { annotationValue, classValue, moduleValue, symbolValue } from "./names";
import { Scope } from "./scope";
import { constant, external, isKey, joinValues, optionsOf, partOf, sequenceOf, unknown, varying, type InstanceValue, type MappingValue, type RowValue, type Value } from "./values";

/** `object.name`. */
export function attributeOf(m: Machine, object: Value, name: string, node: Attribute, use: Use): Value {
  switch (object.kind) {
    case "unknown": return (runsScript(m) ? requestValues(m, name, node) : undefined) ?? object;
    case "union": return object.options.map((option) => attributeOf(m, varying(option, object.varies), name, node, use)).reduce(joinValues);
    case "row": return rowAttribute(m, object, name, node, use);
    case "query":
    case "manager":
      if (name === "model") {
        const entity = m.project.entity(object.query.entity);
        if (entity) return { kind: "entity", entity, varies: 0 };
      }
      for (const adapter of m.adapters) {
        const value = adapter.queryAttribute?.(object, name, m);
        if (value) return value;
      }
      return { kind: "method", receiver: object, name, varies: object.varies };
    case "instance": return instanceAttribute(m, object, name, node);
    case "class": return varying(classAttribute(m, object.class, object, name), object.varies);
    case "entity": {
      for (const adapter of m.adapters) {
        const value = adapter.entityAttribute(object.entity, name, node, m);
        if (value) return varying(value, object.varies);
      }
      return object.entity.class ? varying(classAttribute(m, object.entity.class, object, name), object.varies) : { kind: "method", receiver: object, name, varies: object.varies };
    }
    case "module": {
      const member = m.project.resolveMember({ kind: "module", uri: object.uri, name: object.name }, name);
      return member ? symbolValue(m, member) : (isScript(m, object.uri) ? moduleProperty(m, object.uri, name) : undefined) ?? unknown();
    }
    case "external": {
      const full = `${object.name}.${name}`;
      const entity = m.project.entityOfExternal(full);
      if (entity) return { kind: "entity", entity, varies: 0 };
      return (/\.(Request|FastifyRequest|Context|NextRequest|NextApiRequest|IncomingMessage)$/.test(object.name) && runsScript(m) ? requestValues(m, name, node) : undefined) ?? external(full, object.varies);
    }
    case "super": return { kind: "method", receiver: object, name, varies: object.varies };
    case "object":
      if (requestValue(object)) return name === "get" ? { kind: "method", receiver: object, name, varies: object.varies } : requestValue(object)!;
      for (const adapter of m.adapters) {
        const value = adapter.objectAttribute(object, name, node, m);
        if (value) return value;
      }
      return { kind: "method", receiver: object, name, varies: object.varies };
    case "sequence":
      if (runsScript(m)) {
        if (name === "length" || name === "size") {
          noteLength(m, object, node);
          return unknown(object.varies);
        }
        noteUse(m, object);
      }
      return { kind: "method", receiver: object, name, varies: object.varies };
    case "mapping":
      return runsScript(m) ? propertyOfMapping(m, object, name, use) : { kind: "method", receiver: object, name, varies: object.varies };
    case "constant":
      // `options?.limit` of what is not given.
      if (node.optional && object.value === null) return object;
      return { kind: "method", receiver: object, name, varies: object.varies };
    case "function":
      return { kind: "method", receiver: object, name, varies: object.varies };
    default: return unknown(object.varies);
  }
}

const OBJECT_METHODS: ReadonlySet<string> = new Set(["constructor", "hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable", "toLocaleString", "toString", "valueOf"]);

/** `object.name` of an object literal or a `Map`. */
function propertyOfMapping(m: Machine, object: MappingValue, name: string, use: Use): Value {
  const fixed = object.fixed?.get(plainColumn([name]));
  if (fixed !== undefined && fixed < object.varies) return unknown(fixed);
  const own = object.isMap ? undefined : object.entries.get(name);
  if (own) return partOf(object.maybe?.has(name) ? joinValues(own, unknown()) : own, object, object.entries.values());
  if (object.isOptions && object.complete && !OBJECT_METHODS.has(name)) return constant(null, object.varies);
  if (object.isMap && name === "size") return unknown(object.varies);
  if (object.isMap || use.next === undefined) return { kind: "method", receiver: object, name, varies: object.varies };
  return varying(object.value.kind === "row" ? single(object.value) : object.complete ? unknown() : object.value, object.varies);
}

/** How a decorated function behaves as an attribute. */
export function decoratorsOf(fn: FunctionRef): { readonly property: boolean; readonly cached: boolean; readonly isStatic: boolean; readonly isClass: boolean; readonly memoised: boolean } {
  let property = false;
  let cached = false;
  let isStatic = false;
  let isClass = false;
  let memoised = false;
  if (fn.declaration.accessor) property = true;
  if (fn.declaration.isStatic) isClass = true;
  for (const decorator of fn.declaration.decorators) {
    const name = lastName(decorator);
    if (name === "property" || name === "cached_property" || name === "classproperty" || name === "hybrid_property") property = true;
    if (name === "cached_property") cached = true;
    if (name === "staticmethod") isStatic = true;
    if (name === "classmethod" || name === "classproperty") isClass = true;
    if (name === "cache" || name === "lru_cache" || name === "memoize" || name === "cached" || name === "cache_page") memoised = true;
    if (name === "setter" || name === "deleter") property = true;
  }
  return { property, cached, isStatic, isClass, memoised };
}

/** The last name of a dotted expression or of the callee of a call. */
export function lastName(node: Expression): string {
  if (node.kind === "call") return lastName(node.callee);
  return node.kind === "name" || node.kind === "attribute" ? node.name : "";
}

/** What the classes of child tables say of an attribute that they set themselves. */
function* valuesBelow(m: Machine, { origin }: RowValue, entity: Entity, name: string, own: object): Iterable<Value> {
  // `filter(letter__isnull=True)`: no letters, and none of what is made of them.
  const leftOut = new Set(
    [...entity.relations.values()]
      .filter(({ name: link, form }) => form === "reverse-one-to-one" && origin.query?.lookups.some((each) => each.lookup === "isnull" && each.constant === true && !each.negated && !each.disjunct && each.path.join() === link))
      .map(({ target }) => target),
  );
  for (const child of m.project.entities.values()) {
    if ([child.key, ...child.parents].some((key) => leftOut.has(key))) continue;
    const given = child.class && child.parents.includes(entity.key) ? m.project.attribute(child.class, name) : undefined;
    if (given?.attribute.value && given.attribute !== own) yield moduleValue(m, given.uri, given.attribute.value);
  }
}

/** Rows that a query gave are of its entity's class; an object that a method was called on, or rows of whichever child table, may be of a subclass. */
function isOfItsOwnClass({ origin }: RowValue, entity: Entity): boolean {
  return origin.query !== undefined && (origin.path !== "" || !origin.query.mixed) && !entity.relations.has("polymorphic_ctype");
}

/** `where: { teamId }` and then `row.teamId`: a column that the query fixed is, of all its rows, what was given. */
function rowAttribute(m: Machine, row: RowValue, name: string, node: Attribute, use: Use): Value {
  const value = ownAttribute(m, row, name, node, use);
  // What no class declares may be a method as well, but for what the query compares.
  const given = (value.kind === "unknown" || value.kind === "method" || isKey(value)) && value.varies > 0 ? fixedVaries(m, row, name) : undefined;
  return given === undefined || given >= value.varies ? value : isKey(value) ? { ...value, varies: given } : unknown(given);
}

/** The loop that a column differs with when an equality of the query says what it is; undefined: rows differ in it. */
function fixedVaries(m: Machine, { origin, cell }: RowValue, name: string): number | undefined {
  const lookups = origin.query?.lookups ?? [];
  if (lookups.length === 0 || cell.assigned.some(({ field }) => field === name)) return undefined;
  const column = plainColumn([...origin.path.split("__"), name]);
  const relations = m.project.entity(origin.query!.entity)?.relations;
  // `customer_id`, `customerId` and `customer.id` are the key in `customer`.
  const isNamed = ({ path }: Lookup): boolean => column === plainColumn(path) || (path.length === 1 && relations?.get(path[0])?.cardinality === "one" && column === `${plainColumn(path)}id`);
  const fixing = lookups.find((each) => fixesColumn(each) && each.varies !== undefined && isNamed(each));
  return fixing?.varies;
}

function ownAttribute(m: Machine, row: RowValue, name: string, node: Attribute, use: Use): Value {
  const entity = m.project.entity(row.origin.entity);
  if (!entity) return unknown(row.varies);
  const adapter = m.rowAdapter(row);
  // Fields win over methods of the same name further up.
  if (entity.relations.has(name) || entity.fields.has(name)) {
    const value = adapter?.rowAttribute(row, name, node, use, m);
    if (value) return value;
  }
  if (entity.class) {
    const method = m.project.method(entity.class, name);
    if (method) return varying(methodAttribute(m, method, row, entity.class, name, node), row.varies);
  }
  const value = adapter?.rowAttribute(row, name, node, use, m);
  if (value) return value;
  if (entity.class) {
    const attribute = m.project.attribute(entity.class, name);
    const field = attribute && isScript(m, attribute.uri) ? methodField(m, attribute.attribute, attribute.uri, row) : undefined;
    if (field) return field;
    if (attribute?.attribute.value) {
      const own = moduleValue(m, attribute.uri, attribute.attribute.value);
      // A class that the row's class names may be another one in a subclass.
      return own.kind === "class" && !isOfItsOwnClass(row, entity) ? [...valuesBelow(m, row, entity, name, attribute.attribute)].reduce(joinValues, own) : own;
    }
  }
  // A name that nobody declares may be a property of a class that is not here.
  if (!/^get_\w+_display$/.test(name)) hide(m, row);
  return { kind: "method", receiver: row, name, varies: row.varies };
}

function methodAttribute(m: Machine, method: FunctionRef, self: Value, owner: ClassRef, name: string, node: Attribute): Value {
  const how = decoratorsOf(method);
  if (how.property) {
    const value = propertyOf(m, method, self, owner, name, node, how);
    if (how.cached) for (const option of optionsOf(value)) if (option.kind === "query") m.keptQueries.add(option.query.id);
    return value;
  }
  if (how.isStatic) return { kind: "function", function: method, varies: 0 };
  if (how.isClass) return { kind: "function", function: method, self: self.kind === "class" || self.kind === "entity" ? self : classValue(m, owner), varies: 0 };
  return { kind: "function", function: method, self, varies: self.varies };
}

function propertyOf(m: Machine, method: FunctionRef, self: Value, owner: ClassRef, name: string, node: Attribute, how: ReturnType<typeof decoratorsOf>): Value {
  // `order.total_cached = …` before: the property is not asked any more.
  if (self.kind === "row" && self.cell.assigned.some((assigned) => assigned.field === name)) return unknown(self.varies);
  if (how.cached && self.kind === "row") {
    const key = `${self.origin.path}.${name}()`;
    // Once per object; a single object keeps the result.
    if (!self.origin.loop && self.cell.read.has(key)) return self.cell.values.get(key) ?? unknown(self.varies);
    self.cell.read.add(key);
    if (!self.origin.loop && self.varies === 0) {
      const value = onceForAll(m, () => callFunction(m, method, self, emptyCall(m, node)));
      self.cell.values.set(key, value);
      return value;
    }
  }
  if (how.cached && self.kind === "instance") {
    const kept = self.attributes.get(name);
    if (kept) return kept;
    const call = (): Value => callFunction(m, method, self, emptyCall(m, node));
    const value = self.varies === 0 ? onceForAll(m, call) : call();
    self.attributes.set(name, value);
    return value;
  }
  return callFunction(m, method, how.isClass ? classValue(m, owner) : self, emptyCall(m, node));
}

/** `self.name = …` in another method of the class: `setup()`, `dispatch()`, `__init__()`. */
function assignedElsewhere(m: Machine, instance: InstanceValue, name: string, as?: string): Value | undefined {
  for (const ancestor of m.project.ancestors(instance.class)) {
    if (!("class" in ancestor)) continue;
    const { class: ref } = ancestor;
    for (const declaration of ref.declaration.methods) {
      const self = as ?? declaration.parameters[0]?.name;
      if (self === undefined) continue;
      const fn = m.project.functionByKey(`${ref.uri}#${declaration.id}`);
      if (!fn || m.stack.includes(fn.key)) continue;
      const expression = selfAssignments(m.project.bodyOf(fn), self).get(name);
      if (!expression) continue;
      const scope = new Scope(ref.uri);
      scope.set(self, instance);
      const given = as !== undefined && declaration.name === "constructor" && ref.key !== instance.class.key ? givenFromBelow(m, instance, ref) : undefined;
      for (const parameter of as === undefined ? declaration.parameters.slice(1) : declaration.parameters) {
        const handed = given?.get(parameter.name);
        if (handed) scope.set(parameter.name, handed);
        else for (const adapter of m.adapters) scope.set(parameter.name, adapter.parameter(ref, parameter.name, m) ?? (as !== undefined && parameter.annotation ? annotationValue(m, parameter.annotation, ref.uri) : unknown()));
      }
      const { events, budget } = m;
      m.events = [];
      m.stack.push(fn.key);
      m.frames.push({ uri: ref.uri, function: fn });
      const value = m.frames.length > 12 ? unknown() : onceForAll(m, () => evaluate(m, expression, scope));
      m.frames.pop();
      m.stack.pop();
      m.events = events;
      m.budget = budget - 20;
      return value;
    }
  }
  return undefined;
}

const assignmentsOf = new WeakMap<readonly Statement[], Map<string, ReadonlyMap<string, Expression>>>();

/** The last expression assigned to each attribute of `self` anywhere in a body. */
function selfAssignments(statements: readonly Statement[], self: string): ReadonlyMap<string, Expression> {
  let bySelf = assignmentsOf.get(statements);
  if (!bySelf) assignmentsOf.set(statements, (bySelf = new Map()));
  const known = bySelf.get(self);
  if (known) return known;
  const found = new Map<string, Expression>();
  const visit = (list: readonly Statement[]): void => {
    for (const statement of list) {
      switch (statement.kind) {
        case "assign":
          for (const target of statement.targets) if (statement.value && target.kind === "attribute" && target.object.kind === "name" && target.object.name === self) found.set(target.name, statement.value);
          break;
        case "if": visit(statement.then); visit(statement.otherwise); break;
        case "try": visit(statement.body); statement.handlers.forEach((handler) => visit(handler.body)); visit(statement.otherwise); visit(statement.finally); break;
        case "with": visit(statement.body); break;
        default: break;
      }
    }
  };
  visit(statements);
  bySelf.set(self, found);
  return found;
}

/** What an object that does not change computes once and keeps, whichever loop asks first. */
function onceForAll(m: Machine, compute: () => Value): Value {
  const { loops } = m;
  m.loops = [];
  const value = compute();
  m.loops = loops;
  return value;
}

function classAttribute(m: Machine, ref: ClassRef, self: Value, name: string): Value {
  const method = m.project.method(ref, name);
  if (method) {
    const how = decoratorsOf(method);
    if (how.isClass) return { kind: "function", function: method, self, varies: 0 };
    if (how.isStatic || !how.property) return { kind: "function", function: method, varies: 0 };
    return unknown();
  }
  if (isScript(m, ref.uri)) {
    const field = fieldOf(m, ref, name);
    if (field) return field;
  }
  const attribute = m.project.attribute(ref, name);
  if (attribute?.attribute.value) {
    const value = moduleValue(m, attribute.uri, attribute.attribute.value);
    // `OPEN = "open", _("Open")`: the member is the value, its label comes along (Django: *Enumeration types*).
    return value.kind === "sequence" && value.items?.[0]?.kind === "constant" && isEnumeration(m, ref) ? value.items[0] : value;
  }
  const nested = m.project.nestedClass(ref, name);
  if (nested) return classValue(m, nested);
  // Enumerations list what the code lists.
  if (/^(values|choices|labels|names|__members__)$/.test(name)) return sequenceOf("list", unknown(), { size: "few" });
  if (name === "__name__") return constant(ref.declaration.name);
  return { kind: "method", receiver: self, name, varies: 0 };
}

function isEnumeration(m: Machine, ref: ClassRef): boolean {
  return m.project.ancestors(ref).some((ancestor) => "external" in ancestor && /(^|\.)(\w*Choices|\w*Enum)$/.test(ancestor.external));
}

/** An object that a class keeps is there for its methods to put more into: `this.options.limit = count`. */
function asGrown(value: Value): Value {
  return value.kind === "mapping" && value.complete && !value.isMap ? { ...value, complete: false, isOptions: undefined, literal: undefined } : value;
}

function instanceAttribute(m: Machine, instance: InstanceValue, name: string, node: Attribute): Value {
  const own = instance.attributes.get(name);
  if (own) return varying(isScript(m, instance.class.uri) ? asGrown(own) : own, instance.varies);
  const method = m.project.method(instance.class, name);
  if (method) return varying(methodAttribute(m, method, instance, instance.class, name, node), instance.varies);
  if (isScript(m, instance.class.uri)) {
    const field = fieldAttribute(m, instance, name, node);
    if (field) return field;
    const assigned = assignedElsewhere(m, instance, name, "this");
    if (assigned) instance.attributes.set(name, assigned);
    return assigned ? varying(assigned, instance.varies) : { kind: "method", receiver: instance, name, varies: instance.varies };
  }
  const attribute = m.project.attribute(instance.class, name);
  if (attribute?.attribute.value) return varying(moduleValue(m, attribute.uri, attribute.attribute.value), instance.varies);
  for (const adapter of m.adapters) {
    const value = adapter.instanceAttribute(instance, name, node, m);
    if (value) return varying(value, instance.varies);
  }
  const nested = m.project.nestedClass(instance.class, name);
  if (nested) return classValue(m, nested);
  const assigned = assignedElsewhere(m, instance, name);
  if (assigned) {
    instance.attributes.set(name, assigned);
    return varying(assigned, instance.varies);
  }
  return { kind: "method", receiver: instance, name, varies: instance.varies };
}
