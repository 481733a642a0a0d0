import type { Attribute, Expression } from "../../facts";
import type { CallSite, Use } from "../../flow/adapter";
import { PENDING_LOOP } from "../../flow/iteration";
import { hide, markColumnRead, markRead } from "../../flow/loads";
import type { Machine } from "../../flow/machine";
import type { RowOrigin } from "../../flow";
import { constant, external, sequenceOf, unknown, type ObjectValue, type RowValue, type Value } from "../../flow/values";
import type { Entity, Relation } from "../../project";
import { joinPath, loadOf, relatedManager } from "./queries";
import { writeOf } from "./writes";

/** An attribute of a row: column, relation, annotation, prefetched list. Undefined: none of these. */
export function djangoRowAttribute(m: Machine, row: RowValue, name: string, node: Attribute, use: Use): Value | undefined {
  const entity = m.project.entity(row.origin.entity);
  if (!entity) return undefined;
  const { origin } = row;
  const kept = keptAttribute(m, row, name);
  if (kept) return kept;
  const relation = entity.relations.get(name);
  if (relation) {
    if (relation.cardinality === "many" && origin.query) markRead(m, origin.query, joinPath(origin.path, name));
    if (relation.cardinality === "many") return relatedManager(m, { ...origin, text: m.describe(node.object) }, relation, node, row);
    return followToOne(m, row, relation, node, use);
  }
  // A row that a query gave has its key: `if self.pk is None` is for new ones.
  if (name === "pk" || name === entity.primaryKey || name === "id") {
    const isFetched = origin.query !== undefined && !row.cell.assigned.some((each) => each.field === "pk" || each.field === entity.primaryKey);
    return isFetched ? { kind: "object", type: "key", parts: {}, varies: row.varies } : unknown(row.varies);
  }
  const field = entity.fields.get(name) ?? [...entity.fields.values()].find((candidate) => candidate.column === name);
  if (field) {
    if (origin.query && origin.path === "") markColumnRead(m, origin.query, field.name);
    readColumn(m, row, entity, field.name, node);
    return constantOf(row, name) ?? unknown(row.varies);
  }
  if (origin.query && origin.path === "" && origin.query.annotations.has(name)) return unknown(row.varies);
  if (name === "_meta") return metaOf(m, row, entity);
  if (name === "_state") return { kind: "object", type: "row-state", parts: { adding: isAdding(row) }, varies: row.varies };
  if (name === "__dict__") hide(m, row);
  if (name === "__class__" || name === "__dict__") return unknown(row.varies);
  return undefined;
}

/** `row._meta`. Rows of a model with children may be rows of these: then nothing is known of their names. */
function metaOf(m: Machine, row: RowValue, entity: Entity): Value {
  const isExact = row.origin.query !== undefined && !entity.abstract && ![...m.project.entities.values()].some((other) => other.parents.includes(entity.key) || other.proxyOf === entity.key);
  return isExact ? { kind: "object", type: META, parts: {}, data: entity, varies: row.varies } : external("django.meta", row.varies);
}

const META = "model-meta";

/** The names that `Options` gives a model (`django/db/models/options.py`). */
export function metaAttribute(object: ObjectValue, name: string): Value | undefined {
  if (object.type !== META) return undefined;
  const { key, name: model } = object.data as Entity;
  const app = key.slice(0, key.indexOf("."));
  const text = { model_name: model.toLowerCase(), object_name: model, app_label: app, label: `${app}.${model}`, label_lower: `${app}.${model.toLowerCase()}` }[name];
  return text === undefined ? external(`django.meta.${name}`, object.varies) : constant(text, object.varies);
}

/** `self._state.adding`: true until the first save, false for what a query gave (Django: *Model instance reference*, `ModelState`). A copy that is about to be inserted has its key set to None. */
function isAdding({ cell, origin, varies }: RowValue): Value {
  if (cell.constructed) return constant(true, varies);
  const isFetched = origin.query !== undefined && !cell.assigned.some(({ field }) => field === "pk" || field === "id");
  return isFetched || cell.saved ? constant(false, varies) : unknown(varies);
}

/** Rows that `Prefetch(to_attr=…)` left under a name of its own. */
function keptAttribute(m: Machine, row: RowValue, name: string): Value | undefined {
  const { origin } = row;
  for (const load of origin.query?.loads.values() ?? []) {
    if (load.toAttribute !== name) continue;
    const prefix = load.path.includes("__") ? load.path.slice(0, load.path.lastIndexOf("__")) : "";
    if (prefix !== origin.path) continue;
    markRead(m, origin.query!, load.path);
    const relation = m.project.relation(origin.entity, load.path.slice(prefix === "" ? 0 : prefix.length + 2));
    if (!relation?.target) return unknown(row.varies);
    const inner: RowOrigin = load.query ? { entity: relation.target, query: load.query, path: "", loop: PENDING_LOOP, text: "" } : { entity: relation.target, query: origin.query, path: load.path, loop: PENDING_LOOP, text: "" };
    return sequenceOf("list", { kind: "row", origin: inner, cell: m.cellOf(inner.query!), varies: 0 }, { query: load.query, size: "many", varies: row.varies });
  }
  return undefined;
}

function followToOne(m: Machine, row: RowValue, relation: Relation, node: Attribute, use: Use): Value {
  const { origin } = row;
  const path = joinPath(origin.path, relation.name);
  const target = relation.target !== undefined ? m.project.entity(relation.target) : undefined;
  const query = origin.query;
  const assigned = row.cell.assigned.some((field) => field.field === relation.name);
  const back = isWayBack(m, origin, relation);
  // The row of a parent table is made from the child's own columns (Django: *Multi-table inheritance*, the parent link).
  const parentLink = relation.form === "one-to-one" && relation.target !== undefined && m.project.entity(origin.entity)?.parents.includes(relation.target) === true;
  const loaded = !query || assigned || parentLink || back !== undefined || row.cell.read.has(path) || query.shape !== "instances" || loadOf(m, query, path) !== undefined;
  const loop = loopOfRead(m, row);
  if (loaded && query?.loadsAllRequired && !query.loads.has(path)) query.implied?.add(path);
  if (query) markRead(m, query, path);
  if (query && !loaded) {
    m.work++;
    const keyOnly = use.next !== undefined && (use.next === "pk" || use.next === target?.primaryKey || (use.next === "id" && (target?.parents.length ?? 0) > 0)) ? "id" : use.truth && relation.column !== undefined ? "truth" : undefined;
    const next = use.next !== undefined ? target?.relations.get(use.next) : undefined;
    m.emit({
      kind: "relationRead", at: m.at(node), row: { ...origin, loop, text: m.describe(node.object) }, relation, path, loaded: false, use: "read",
      continued: next?.cardinality === "one" && loadOf(m, query, joinPath(path, next.name)) === undefined, keyOnly: relation.column !== undefined ? keyOnly : undefined,
      loops: m.loops.slice(),
    });
    // The object keeps it from now on; `if x.fk` and `x.fk.id` load it as well.
    row.cell.read.add(path);
    if (keyOnly) row.cell.keyOnly.add(path);
  } else if (query && row.cell.keyOnly.has(path) && !use.truth) {
    // What was loaded for its key is wanted itself after all.
    m.emit({ kind: "relationRead", at: m.at(node), row: { ...origin, loop, text: m.describe(node.object) }, relation, path, loaded: true, use: "read", continued: false, loops: m.loops.slice() });
  }
  if (!target) return unknown(row.varies);
  // `review.book = edition` before: it is that very object.
  if (assigned && origin.path === "") return row.cell.values.get(relation.name) ?? unknown(row.varies);
  // `for item in order.items.filter(…): item.order` is `order` itself, one object for all.
  if (query?.parent && origin.path === "" && query.parent.relation.form === "reverse-foreign-key" && query.parent.relation.inverse === relation.name) {
    const parent = m.parentRow(query);
    if (parent) return parent;
  }
  if (back !== undefined && query) return { kind: "row", origin: { ...origin, entity: target.key, path: back }, cell: row.cell, varies: row.varies };
  // The row read from is there; what it must have is there as well.
  const present = query !== undefined && (origin.path === "" || row.present === true) && !relation.nullable && (relation.form === "foreign-key" || relation.form === "one-to-one");
  return { kind: "row", origin: { entity: target.key, query, path, loop: origin.loop, text: m.describe(node) }, cell: row.cell, varies: row.varies, ...(present && { present }) };
}

/** The loop that repeats a read: the row's own. A row fetched alone is read once per round of nothing. */
function loopOfRead(m: Machine, row: RowValue): RowOrigin["loop"] {
  const loop = row.origin.loop;
  return loop && m.loops.includes(loop) ? loop : loop && m.loops.find((running) => running.id === loop.id);
}

/** `item.order` on rows reached by `order.items`: the path of the row they came from. */
function isWayBack(m: Machine, origin: RowOrigin, relation: Relation): string | undefined {
  if (origin.path === "" || !origin.query) return undefined;
  const hops = origin.path.split("__");
  let entity = m.project.entity(origin.query.entity);
  let last: Relation | undefined;
  for (const hop of hops) {
    last = entity?.relations.get(hop);
    entity = last?.target !== undefined ? m.project.entity(last.target) : undefined;
    if (!last) return undefined;
  }
  const way = last!.inverse === relation.name && (last!.form === "reverse-foreign-key" || last!.form === "reverse-one-to-one" || last!.form === "one-to-one");
  return way ? hops.slice(0, -1).join("__") : undefined;
}

function readColumn(m: Machine, row: RowValue, entity: Entity, field: string, node: Attribute): void {
  const { query, path } = row.origin;
  if (!query || query.columns.kind === "all") return;
  const name = joinPath(path, field);
  const { columns } = query;
  const key = `.${name}`;
  const own = path === "" || [...columns.names].some((column) => column.startsWith(`${path}__`));
  if (!own) return;
  const primary = entity.primaryKey === field || field === "pk";
  const listed = columns.names.has(name) || columns.names.has(joinPath(path, entity.fields.get(field)?.column ?? field));
  const loaded = primary || row.cell.read.has(key) || row.cell.read.has(name) || (columns.kind === "only" ? listed : !listed) || query.loads.has("*");
  if (!loaded) {
    m.work++;
    row.cell.read.add(key);
  }
  m.emit({ kind: "columnRead", at: m.at(node), row: { ...row.origin, loop: loopOfRead(m, row), text: m.describe(node.object) }, field: name, loaded });
}

/** Methods that Django gives every instance. */
export function djangoRowMethod(m: Machine, row: RowValue, written: string, call: CallSite): Value | undefined {
  const name = /^a(save|delete|refresh_from_db)$/.test(written) ? written.slice(1) : written;
  switch (name) {
    case "save": {
      const fields = call.keywords.get("update_fields")?.value;
      const names = fields?.kind === "sequence" ? fields.items?.flatMap((item) => (item.kind === "constant" && typeof item.value === "string" ? [item.value] : [])) : undefined;
      writeOf(m, {
        how: "save", entity: row.origin.entity, row: { ...row.origin, loop: loopOfRead(m, row) }, query: row.origin.query, node: call.node, dependsOn: Math.max(row.varies, call.varies),
        assigned: row.cell.assigned.slice(), updateFields: names, constructed: row.cell.constructed, isNew: row.cell.isNew,
      });
      row.cell.constructed = undefined;
      row.cell.saved = true;
      return constant(null);
    }
    case "delete":
      writeOf(m, { how: "delete", entity: row.origin.entity, row: { ...row.origin, loop: loopOfRead(m, row) }, query: row.origin.query, node: call.node, dependsOn: Math.max(row.varies, call.varies) });
      return constant(null);
    case "refresh_from_db":
    case "full_clean":
    case "clean":
    case "clean_fields":
    case "validate_unique":
    case "get_absolute_url":
    case "natural_key":
    case "serializable_value":
    case "get_deferred_fields":
    case "save_base":
    case "__str__":
    case "has_perm":
    case "has_perms":
    case "get_username":
    case "get_full_name":
    case "set_password":
    case "check_password":
      return unknown(Math.max(row.varies, call.varies));
    default:
      return /^get_\w+_display$|^get_(next|previous)_by_/.test(name) ? unknown(row.varies) : undefined;
  }
}

/** `row.field = value`: what a later `save()` writes. */
export function assignRow(m: Machine, row: RowValue, name: string, value: Value, node: Attribute, assigned: Expression, operator?: string): void {
  const own = fromOwnValue(m, row, name, node, assigned, operator);
  row.cell.assigned.push({
    field: name, at: m.at({ start: node.start, end: assigned.end }), expression: node, ...(own ? { fromOwnValue: own } : {}), constant: m.loops.length === 0 || value.varies < m.innermost, value: assigned,
  });
  row.cell.read.add(joinPath(row.origin.path, name));
  if (row.origin.path !== "") return;
  // Set to different values on different ways through the code: not known any more.
  const isOther = row.cell.assigned.some((other) => other.field === name && other.expression !== node);
  row.cell.values.set(name, isOther ? unknown(value.varies) : value);
}

/** A column that was set to a constant before. */
function constantOf(row: RowValue, name: string): Value | undefined {
  const value = row.origin.path === "" ? row.cell.values.get(name) : undefined;
  return value?.kind === "constant" ? value : undefined;
}

/** `x.n = x.n + 1`, `x.n += 1`: computed in code from what was read before. */
function fromOwnValue(m: Machine, row: RowValue, name: string, node: Attribute, assigned: Expression, operator?: string): { readonly operator: string; readonly operand: Expression } | undefined {
  const entity = m.project.entity(row.origin.entity);
  const type = entity?.fields.get(name)?.type ?? "";
  if (row.cell.constructed || row.cell.isNew) return undefined;
  if (!/Integer|Float|Decimal|BigAuto|Duration/.test(type)) return undefined;
  if (operator) return { operator, operand: assigned };
  if (assigned.kind !== "binary" || !/^[-+*/]$/.test(assigned.operator)) return undefined;
  const same = (side: Expression): boolean => side.kind === "attribute" && side.name === name && m.describe(side) === m.describe(node);
  if (same(assigned.left)) return { operator: assigned.operator, operand: assigned.right };
  if (same(assigned.right) && assigned.operator === "+") return { operator: "+", operand: assigned.left };
  return undefined;
}
