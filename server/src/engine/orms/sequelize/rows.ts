import type { Attribute, Expression } from "../../facts";
import type { CallSite, Use } from "../../flow/adapter";
import { noteStatements } from "../../flow/costs";
import { PENDING_LOOP } from "../../flow/iteration";
import { hide, markColumnRead, markRead } from "../../flow/loads";
import type { Machine } from "../../flow/machine";
import type { Query, RowOrigin, RunHow, WriteHow } from "../../flow";
import { constant, joinValues, newCell, sequenceOf, mayVary, unknown, type RowValue, type Value } from "../../flow/values";
import type { Entity, Field, Relation } from "../../project";
import { assignRow as assign } from "../script/assignments";
import { optionsAt, textIn } from "../script/options";
import { joinPath, loadedRelation, loadOf, newQuery, notLoaded, rowOf, rowsOf, write } from "../script/queries";
import type { Accessor } from "./model/details";
import { detailsOf } from "./model/details";
import { applied, ORM, stepOf } from "./queries";
import { assignedFrom, keepsRow, skipsOf } from "./writes";

/** An attribute of a row: column, association that was included. Undefined: neither. */
export function rowAttribute(m: Machine, row: RowValue, name: string, node: Attribute, _use: Use): Value | undefined {
  const entity = m.project.entity(row.origin.entity);
  if (!entity) return undefined;
  const relation = entity.relations.get(name);
  if (relation) return relatedOf(m, row, relation, node);
  const field = entity.fields.get(name);
  if (field) {
    if (row.origin.query && row.origin.path === "") markColumnRead(m, row.origin.query, field.name);
    const kept = row.origin.path === "" ? row.cell.values.get(name) : undefined;
    if (kept?.kind === "constant") return kept;
    // `DataTypes.ARRAY(…)`, JSON that the class says is a list.
    const list = listOf(m, entity, field);
    if (list) return sequenceOf("list", unknown(row.varies), { varies: row.varies });
    const isKey = field.primaryKey && row.origin.query !== undefined && !row.cell.assigned.some((each) => each.field === name);
    return isKey ? { kind: "object", type: "key", parts: {}, varies: row.varies } : unknown(row.varies);
  }
  if (name === "dataValues") return row;
  if (name === "sequelize") return { kind: "object", type: "sequelize", parts: {}, varies: 0 };
  if (name === "isNewRecord") return row.cell.constructed ? constant(true, row.varies) : unknown(row.varies);
  if (name === "constructor") return { kind: "entity", entity, varies: 0 };
  if (row.origin.query?.annotations.has(name)) return unknown(row.varies);
  return undefined;
}

function listOf(m: Machine, entity: Entity, { name, type, holds }: Field): boolean {
  if (type === "ARRAY") return true;
  const declared = holds === "json" && entity.class ? m.project.attribute(entity.class, name)?.attribute.annotation : undefined;
  return declared?.kind === "subscript" && declared.object.kind === "name" && /^(Array|ReadonlyArray)$/.test(declared.object.name);
}

/** `order.customer`: what `include` loaded with the row, or nothing. No query is sent for it (documentation: *Eager Loading*). */
function relatedOf(m: Machine, row: RowValue, relation: Relation, node: Attribute): Value {
  const { query } = row.origin;
  const path = joinPath(row.origin.path, relation.name);
  const assigned = row.origin.path === "" ? row.cell.values.get(relation.name) : undefined;
  // What one query found for all rows may be missing for some: code that asks then does it for these alone.
  if (assigned?.kind !== "row" && m.loadUse.handed.has(`${row.origin.entity}#${relation.name}`)) {
    const handed = looseRelated(m, row, relation, node);
    return handed.kind === "row" ? { ...handed, present: true } : handed;
  }
  if (assigned) return assigned;
  if (query) markRead(m, query, path);
  if (query && loadOf(query, path)) {
    const loaded = loadedRelation(m, row, relation);
    // `order.customer ?? (await order.getCustomer())`: without a key there is nothing to ask for, and no query is sent (source of sequelize 6: `belongs-to.js`, `findByPk(null)`).
    return loaded.kind === "row" && relation.form === "foreign-key" ? { ...loaded, present: true } : loaded;
  }
  if (query && !query.uncertain && row.cell.assigned.length === 0 && !row.cell.read.has(path)) return notLoaded(row);
  return looseRelated(m, row, relation, node);
}

/** Related rows of which it is not known how they came. */
function looseRelated(m: Machine, row: RowValue, relation: Relation, node: Expression): Value {
  const target = relation.target === undefined ? undefined : m.project.entity(relation.target);
  if (!target) return unknown(row.varies);
  const origin: RowOrigin = { entity: target.key, path: "", text: m.describe(node), loop: relation.cardinality === "many" ? PENDING_LOOP : row.origin.loop };
  const related: RowValue = { kind: "row", origin, cell: newCell(), varies: row.varies };
  return relation.cardinality === "one" ? related : sequenceOf("list", { ...related, varies: 0 }, { size: "unknown", varies: row.varies });
}

/** The loop that repeats what is asked of a row: the row's own. */
function loopOf(m: Machine, row: RowValue): RowOrigin["loop"] {
  const { loop } = row.origin;
  return loop && (m.loops.includes(loop) ? loop : m.loops.find(({ id }) => id === loop.id));
}

/** A method that Sequelize gives every row. */
export function rowMethod(m: Machine, row: RowValue, name: string, call: CallSite): Value | undefined {
  const entity = m.project.entity(row.origin.entity);
  if (!entity) return undefined;
  const accessor = detailsOf(entity)?.accessors[name];
  if (accessor) {
    const relation = entity.relations.get(accessor.relation);
    return relation && callAccessor(m, row, entity, relation, accessor, call);
  }
  // sequelize-typescript: `row.$get("items", options)` is `row.getItems(options)` (its documentation, *Type safe usage of auto generated functions*).
  const named = /^\$(get|set|create|add|remove|has|count)$/.exec(name)?.[1] as Accessor["does"] | undefined;
  if (named) {
    const relation = entity.relations.get(textIn(call.positional[0]?.value) ?? "");
    return relation ? callAccessor(m, row, entity, relation, { relation: relation.name, does: named }, { ...call, positional: call.positional.slice(1) }) : unknown(Math.max(row.varies, call.varies));
  }
  const varies = Math.max(row.varies, call.varies);
  const origin: RowOrigin = { ...row.origin, loop: loopOf(m, row) };
  switch (name) {
    case "save": {
      write(m, { how: "save", entity: entity.key, row: origin, query: origin.query, node: call.node, dependsOn: varies, assigned: row.cell.assigned.slice(), constructed: row.cell.constructed, isNew: row.cell.isNew, skips: skipsOf(m, entity, row.cell.constructed ? "create" : "save") });
      row.cell.constructed = undefined;
      row.cell.saved = true;
      return row;
    }
    case "update": {
      const assigned = assignedFrom(m, call.positional[0]?.value, call.positional[0]?.node.value, call.uri);
      write(m, { how: "save", entity: entity.key, row: origin, query: origin.query, node: call.node, dependsOn: varies, assigned: [...row.cell.assigned, ...assigned], isNew: row.cell.isNew, skips: skipsOf(m, entity, "save") });
      row.cell.saved = true;
      return row;
    }
    case "destroy":
      write(m, { how: "delete", entity: entity.key, row: origin, query: origin.query, node: call.node, dependsOn: varies, skips: skipsOf(m, entity, "delete"), keepsRow: keepsRow(entity, optionsAt(call, 0)) });
      return unknown(varies);
    case "increment":
    case "decrement":
    case "restore":
      write(m, { how: "update", entity: entity.key, row: origin, query: origin.query && m.derive(origin.query, { atMostOne: true, from: origin.query.from }), node: call.node, dependsOn: varies });
      return row;
    case "reload": {
      m.work++;
      const query = applied(m, m.derive(newQuery(m, ORM, entity, call.node, {}, "opaque"), { atMostOne: true }), entity, optionsAt(call, 0), { node: call.node, quiet: true });
      // A row that the code has is asked for again because it has changed: no query before the loop knows that. With `include`, it is what the loop's rows came without.
      if (origin.loop && query.loads.size > 0) m.emit({ kind: "queryRun", at: m.at(call.node), query, how: "get", sends: true, dependsOn: varies, expression: call.node });
      else noteStatements(m, { what: "query", least: 1, most: 1, at: m.at(call.node), entity: entity.key, rows: "one" });
      return { ...rowOf(m, query, false, varies) };
    }
    case "get": {
      const given = call.positional[0]?.value;
      const text = textIn(given);
      return text === undefined ? row : rowAttribute(m, row, text, asAttribute(call, text), {}) ?? unknown(varies);
    }
    case "getDataValue": {
      const text = textIn(call.positional[0]?.value);
      return text === undefined ? unknown(varies) : rowAttribute(m, row, text, asAttribute(call, text), {}) ?? unknown(varies);
    }
    case "toJSON": return row;
    case "set":
    case "setAttributes":
    case "setDataValue": {
      const text = textIn(call.positional[0]?.value);
      if (text !== undefined) row.cell.assigned.push({ field: text, at: m.at(call.node), expression: call.node, constant: m.loops.length === 0 || !mayVary(call.positional[1]?.value.varies ?? 0, m.innermost), value: call.positional[1]?.node.value });
      else row.cell.assigned.push(...assignedFrom(m, call.positional[0]?.value, call.positional[0]?.node.value, call.uri));
      return row;
    }
    case "validate":
    case "changed":
    case "previous":
    case "isSoftDeleted":
    case "equals":
    case "equalsOneOf":
    case "setValidator":
    case "where":
      return unknown(varies);
    default: return undefined;
  }
}

function asAttribute(call: CallSite, name: string): Attribute {
  const object = call.node.callee.kind === "attribute" ? call.node.callee.object : call.node.callee;
  return { kind: "attribute", object, name, nameStart: call.node.start, start: call.node.start, end: call.node.end };
}

const WRITES: Readonly<Record<"set" | "add" | "remove", WriteHow>> = { set: "relation-set", add: "relation-add", remove: "relation-remove" };

/** `await order.getItems()`, `order.countItems()`, `order.addItem(item)`: each one asks the database, included or not (measured on 6.37.8). */
function callAccessor(m: Machine, row: RowValue, entity: Entity, relation: Relation, { does }: Accessor, call: CallSite): Value {
  const target = relation.target === undefined ? undefined : m.project.entity(relation.target);
  const varies = Math.max(row.varies, call.varies);
  if (!target) return unknown(varies);
  const origin: RowOrigin = { ...row.origin, loop: loopOf(m, row), text: call.node.callee.kind === "attribute" ? m.describe(call.node.callee.object) : row.origin.text };
  const options = optionsAt(call, does === "has" || does === "add" || does === "set" || does === "remove" || does === "create" ? 1 : 0);
  // What is asked of a row that no query is known of hangs on nothing that could load it early.
  const root = newQuery(m, ORM, target, call.node, origin.query ? { parent: { relation, row: origin } } : { uncertain: true, ...(origin.basis && { basis: origin.basis }) }, "related-manager");
  m.bornWith(root, row.cell);
  const isPlain = options.of.size === 0 || [...options.of.keys()].every((name) => name === "transaction" || name === "paranoid" || name === "logging");
  const query = isPlain && options.isComplete ? root : m.derive(applied(m, root, target, options, { node: call.node, step: stepOf(call) }), { picked: true });
  const asked = (how: RunHow, use: string): void => readRelation(m, { row: origin, relation, query: m.derive(query, { atMostOne: relation.cardinality === "one", from: query.from }), how, use, node: call.node, varies });
  switch (does) {
    case "get": {
      const isOne = relation.cardinality === "one";
      asked(isOne ? "get" : "list", isOne ? "read" : "list");
      return isOne ? joinValues(rowOf(m, query, false, varies), constant(null, varies)) : rowsOf(m, query, call.node, varies);
    }
    case "count":
      asked("count", "count");
      return unknown(varies);
    case "has":
      asked("exists", "exists");
      return unknown(varies);
    case "create": {
      write(m, { how: "create", entity: target.key, node: call.node, dependsOn: varies, query, skips: skipsOf(m, target, "create") });
      const made = rowOf(m, m.derive(query, { loads: new Map(), atMostOne: true }), false, varies);
      made.cell.isNew = true;
      return made;
    }
    default:
      hide(m, row);
      write(m, { how: relation.cardinality === "one" ? "save" : WRITES[does], entity: relation.cardinality === "one" ? entity.key : target.key, node: call.node, dependsOn: varies, query, row: origin });
      return unknown(varies);
  }
}

interface Reading {
  readonly row: RowOrigin;
  readonly relation: Relation;
  readonly query: Query;
  readonly how: RunHow;
  readonly use: string;
  readonly node: Expression;
  readonly varies: number;
}

function readRelation(m: Machine, { row, relation, query, how, use, node, varies }: Reading): void {
  m.work++;
  const path = joinPath(row.path, relation.name);
  if (row.query) m.emit({ kind: "relationRead", at: m.at(node), row, relation, path, loaded: false, use, continued: false, query, loops: m.loops.slice() });
  const dropped = m.dropped(node);
  m.emit({ kind: "queryRun", at: m.at(node), query, how, sends: true, dependsOn: varies, expression: node, ...(dropped && { dropped }) });
}

/** `row.field = value`: what a later `save()` writes; a relation that a loop hands its rows is there for the rest of the body. */
export function assignRow(m: Machine, row: RowValue, name: string, value: Value, node: Attribute, assigned: Expression, operator?: string): void {
  assign(m, row, name, value, node, assigned, operator);
  if (m.loops.length > 0 && m.project.entity(row.origin.entity)?.relations.has(name)) m.loadUse.handed.add(`${row.origin.entity}#${name}`);
}
