import type { CallSite } from "../../flow/adapter";
import type { LoopContext, WriteHow } from "../../flow";
import { hide } from "../../flow/loads";
import type { Machine } from "../../flow/machine";
import { newCell, optionsOf, sequenceOf, unknown, type RowValue, type Value } from "../../flow/values";
import type { ClassRef, Entity, ProjectModel } from "../../project";
import { write } from "../script/queries";
import { argumentAt, queryOf, type Asked } from "./finds";
import { criteriaIn, emitLookups, isUnique } from "./where";
import { typeormName } from "./model/names";

/** The loop that repeats what is done with a row: its own, while it runs. */
export function loopOfRow(m: Machine, { origin: { loop } }: RowValue): LoopContext | undefined {
  return loop && m.loops.find((running) => running.id === loop.id);
}

/** A method that writes; undefined: none of them. */
export function writeMethod(m: Machine, asked: Asked): Value | undefined {
  const { name, entity, call } = asked;
  const first = argumentAt(asked, 0);
  switch (name) {
    case "save": return saved(m, entity, first, call);
    case "insert":
      insertAll(m, entity, first, call, "create");
      return unknown(call.varies);
    case "upsert":
      insertAll(m, entity, first, call, "update_or_create");
      return unknown(call.varies);
    case "update":
    case "increment":
    case "decrement":
    case "restore":
      if (name === "update" && argumentAt(asked, 1)) hide(m, argumentAt(asked, 1)!);
      return byCriteria(m, asked, "update", false, argumentAt(asked, name === "update" ? 1 : 2));
    case "delete":
    case "softDelete":
      return byCriteria(m, asked, "query-delete", name === "softDelete");
    case "remove":
    case "softRemove":
    case "recover": return removed(m, entity, first, call, name);
    case "clear":
      write(m, { how: "query-delete", entity: entity.key, node: call.node, dependsOn: 0 });
      return unknown(call.varies);
    default: return undefined;
  }
}

/** `save(row)`, `save({…})`, `save([…])`: what is given comes back. */
export function saved(m: Machine, entity: Entity, value: Value | undefined, call: CallSite): Value {
  if (!value) return unknown(call.varies);
  hide(m, value);
  const options = optionsOf(value);
  let result: Value | undefined;
  for (const option of options) {
    if (option.kind === "row") saveRow(m, option, call);
    // A row that is saved again with what has changed: `save({ ...row, state })`.
    else if (option.kind === "mapping") {
      const isNew = option.complete === true && ![...option.entries.keys()].some((key) => key === entity.primaryKey || entity.fields.get(key)?.primaryKey);
      write(m, { how: isNew ? "create" : "bulk_update", entity: entity.key, node: call.node, dependsOn: call.varies, mayInsert: true });
      result = m.newRow({ entity: entity.key, path: "", text: entity.name }, call.varies);
    } else if (option.kind === "sequence") {
      // One statement inserts all rows of an array, but each row is updated by its own (measured on TypeORM 1.1.1).
      write(m, { how: isNewRow(option.element) ? "bulk_create" : "bulk_update", entity: entity.key, node: call.node, dependsOn: call.varies, mayInsert: true });
    } else if (option.kind === "unknown") {
      // One row, or an array of them.
      write(m, { how: "bulk_update", entity: entity.key, node: call.node, dependsOn: call.varies, mayInsert: true });
      result = m.newRow({ entity: entity.key, path: "", text: entity.name }, call.varies);
    }
  }
  return result ?? value;
}

function isNewRow(value: Value): boolean {
  return optionsOf(value).every((option) => (option.kind === "row" && option.cell.constructed !== undefined) || option.kind === "mapping");
}

/** `user.save()`, `repository.save(user)`. */
export function saveRow(m: Machine, row: RowValue, call: CallSite): void {
  const entity = m.project.entity(row.origin.entity);
  write(m, {
    how: "save", entity: row.origin.entity, row: { ...row.origin, loop: loopOfRow(m, row) }, query: row.origin.query, node: call.node, dependsOn: Math.max(row.varies, call.varies),
    assigned: row.cell.assigned.slice(), constructed: row.cell.constructed, isNew: row.cell.isNew, skips: entity ? listenersOf(m.project, entity, row.cell.constructed ? "Insert" : "Update") : [],
    // A row that the caller hands over may be there or not.
    mayInsert: !row.origin.query,
  });
  if (row.cell.constructed) row.cell.isNew = true;
  row.cell.constructed = undefined;
  row.cell.saved = true;
}

function removed(m: Machine, entity: Entity, value: Value | undefined, call: CallSite, name: string): Value {
  for (const option of value ? optionsOf(value) : []) {
    if (option.kind !== "row") write(m, { how: "bulk_update", entity: entity.key, node: call.node, dependsOn: call.varies });
    else removeRow(m, option, call, name);
  }
  return value ?? unknown(call.varies);
}

export function removeRow(m: Machine, row: RowValue, call: CallSite, name: string): void {
  const entity = m.project.entity(row.origin.entity);
  const how: WriteHow = name === "recover" ? "bulk_update" : "delete";
  write(m, { how, entity: row.origin.entity, row: { ...row.origin, loop: loopOfRow(m, row) }, query: row.origin.query, node: call.node, dependsOn: Math.max(row.varies, call.varies), skips: entity ? listenersOf(m.project, entity, "Remove") : [], keepsRow: name === "softRemove" });
}

function insertAll(m: Machine, entity: Entity, value: Value | undefined, call: CallSite, one: "create" | "update_or_create"): void {
  if (value) hide(m, value);
  const options = value ? optionsOf(value) : [];
  const isOne = options.length > 0 && options.every((option) => option.kind === "mapping" || option.kind === "row");
  write(m, { how: isOne ? one : "bulk_create", entity: entity.key, node: call.node, dependsOn: call.varies, rows: value });
}

function byCriteria(m: Machine, asked: Asked, how: "update" | "query-delete", keepsRow = false, data?: Value): Value {
  const { entity, call } = asked;
  const { lookups, uncertain } = criteriaIn(m, entity, argumentAt(asked, 0), m.at(call.node, call.uri));
  const given = lookups.filter((each) => !each.optional);
  const query = queryOf(m, asked, { lookups: given, uncertain, atMostOne: isUnique(m, entity, given) });
  emitLookups(m, lookups, query);
  write(m, { how, entity: entity.key, query, node: call.node, dependsOn: call.varies, keepsRow, data });
  return unknown(call.varies);
}

/** What is created takes over all of another object. */
function takesOver(call: CallSite): boolean {
  return call.node.arguments.some(({ value }) => value.kind === "mapping" && value.entries.some(({ key }) => !key));
}

/** `create({…})` makes an object and sends nothing (TypeORM: *Repository APIs*). */
export function created(m: Machine, entity: Entity, value: Value | undefined, call: CallSite): Value {
  if (value) hide(m, value);
  const made = (): RowValue => {
    const cell = newCell();
    // `create({ ...row, state })` may hold the key of a row that is there.
    if (!takesOver(call)) cell.constructed = { at: m.at(call.node, call.uri), expression: call.node };
    return { kind: "row", origin: { entity: entity.key, path: "", text: entity.name }, cell, varies: Math.max(call.varies, m.innermost) };
  };
  const [only] = value ? optionsOf(value) : [];
  if (only?.kind !== "sequence") return made();
  return sequenceOf("list", made(), { size: only.size, bound: only.bound, varies: call.varies });
}

const listeners = new WeakMap<ClassRef["declaration"], ReadonlySet<string>>();

/** Listeners of the entity, and subscribers of it, that `update()` and `delete()` do not call (TypeORM: *Entity listeners and subscribers*). */
function listenersOf(project: ProjectModel, entity: Entity, event: "Insert" | "Update" | "Remove"): readonly string[] {
  const { class: ref } = entity;
  if (!ref) return [];
  let names = listeners.get(ref.declaration);
  if (!names) {
    const found = new Set<string>();
    for (const ancestor of project.ancestors(ref)) {
      if (!("class" in ancestor)) continue;
      for (const method of ancestor.class.declaration.methods) {
        for (const decorator of method.decorators) {
          const symbol = project.resolveExpression(ancestor.class.uri, decorator.kind === "call" ? decorator.callee : decorator);
          const name = symbol?.kind === "external" ? typeormName(symbol.name) : undefined;
          if (name !== undefined && /^(Before|After)/.test(name)) found.add(name);
        }
      }
    }
    listeners.set(ref.declaration, (names = found));
  }
  return [...names].some((name) => name.endsWith(event)) && event !== "Insert" ? ["entity listeners"] : [];
}
