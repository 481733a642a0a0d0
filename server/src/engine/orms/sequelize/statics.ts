import type { CallSite } from "../../flow/adapter";
import type { Machine } from "../../flow/machine";
import type { Query, RunHow } from "../../flow";
import { constant, joinValues, newCell, sequenceOf, unknown, varying, type Value } from "../../flow/values";
import type { Entity } from "../../project";
import { listIn, optionsAt, truthOf, type Options } from "../script/options";
import { rowOf, send, sendForOne, sendForRows, sendForValue, write } from "../script/queries";
import { conditionsOf, isUnique } from "./conditions";
import { detailsOf } from "./model/details";
import { applied, keyLookup, queryFor, scopedModel, stepOf } from "./queries";
import { assignedFrom, keepsRow, skipsOf } from "./writes";

/** A static method of a model, or of a model with scopes (documentation: class `Model`). Undefined: not one of Sequelize's. */
export function staticMethod(m: Machine, receiver: Value, entity: Entity, name: string, call: CallSite): Value | undefined {
  const node = call.node;
  const varies = Math.max(receiver.varies, call.varies);
  const asked = (options: Options): Query => applied(m, queryFor(m, receiver, entity, call), entity, options, { node, step: stepOf(call) });
  switch (name) {
    case "scope":
    case "withScope":
      return scopedModel(m, entity, call.positional.flatMap(({ value }) => listIn(value) ?? [value]), call);
    case "unscoped":
    case "withoutScope":
      return scopedModel(m, entity, [], call);
    case "schema":
    case "withSchema":
    case "withInitialScope":
      return receiver;
    case "findAll":
    case "all":
      return sendForRows(m, asked(optionsAt(call, 0)), { node, varies });
    case "findAndCountAll":
    case "findAndCount": {
      const query = asked(optionsAt(call, 0));
      // Two statements: `SELECT count(…)` and the rows (measured on 6.37.8).
      send(m, m.derive(query, { bound: { kind: "none" }, from: query.from }), { how: "count", node, varies });
      const rows = sendForRows(m, query, { node, varies });
      return { kind: "mapping", entries: new Map<string, Value>([["rows", rows], ["count", unknown(varies)]]), key: unknown(), value: unknown(varies), size: "few", complete: true, varies };
    }
    case "findOne":
    case "find": {
      const query = asked(optionsAt(call, 0));
      return one(m, query, query.atMostOne ? "get" : "first", call, varies, optionsAt(call, 0));
    }
    case "findByPk":
    case "findById":
    case "findByPrimary": {
      const key = detailsOf(entity)?.key;
      const base = asked(optionsAt(call, 1));
      const query = m.derive(base, { lookups: key === undefined ? base.lookups : [...base.lookups, keyLookup(entity, key, m.at(call.positional[0]?.node ?? node), call.positional[0]?.value.varies)], atMostOne: true });
      return one(m, query, "get", call, varies, optionsAt(call, 1));
    }
    case "count": return sendForValue(m, asked(optionsAt(call, 0)), { how: "count", node, varies });
    case "sum":
    case "min":
    case "max": return sendForValue(m, asked(optionsAt(call, 1)), { how: "aggregate", node, varies });
    case "aggregate": return sendForValue(m, asked(optionsAt(call, 2)), { how: "aggregate", node, varies });
    case "build": return built(m, entity, call, varies);
    case "bulkBuild": return sequenceOf("list", built(m, entity, call, varies), { size: "unknown", varies });
    case "create": return created(m, receiver, entity, call, varies);
    case "bulkCreate": {
      write(m, { how: "bulk_create", entity: entity.key, node, dependsOn: varies, query: queryFor(m, receiver, entity, call), rows: call.positional[0]?.value });
      const row = rowOf(m, fresh(m, receiver, entity, call), true);
      row.cell.isNew = true;
      return sequenceOf("list", row, { size: "unknown", varies });
    }
    case "findOrCreate":
    case "findCreateFind":
    case "upsert": {
      const how = name === "upsert" ? "update_or_create" : "get_or_create";
      const query = name === "upsert" ? queryFor(m, receiver, entity, call) : asked(withoutValues(optionsAt(call, 0)));
      if (name !== "upsert") send(m, query, { how, node, varies });
      write(m, { how, entity: entity.key, node, dependsOn: varies, query });
      const row = varying(rowOf(m, fresh(m, receiver, entity, call), false), varies);
      return sequenceOf("tuple", row, { items: [row, unknown(varies)], size: "few" });
    }
    case "findOrBuild": {
      const query = asked(withoutValues(optionsAt(call, 0)));
      send(m, query, { how: "first", node, varies });
      const row = varying(rowOf(m, fresh(m, receiver, entity, call), false), varies);
      return sequenceOf("tuple", row, { items: [row, unknown(varies)], size: "few" });
    }
    case "update":
    case "increment":
    case "decrement":
    case "restore":
    case "destroy":
    case "truncate": {
      const options = optionsAt(call, name === "destroy" || name === "restore" || name === "truncate" ? 0 : 1);
      const query = narrowed(m, receiver, entity, options, call);
      const deletes = name === "destroy" || name === "truncate";
      write(m, {
        how: deletes ? "query-delete" : "update", entity: entity.key, node, dependsOn: varies, query, keepsRow: name === "destroy" && keepsRow(entity, options),
        ...(name === "update" && { assigned: assignedFrom(m, call.positional[0]?.value, call.positional[0]?.node.value, call.uri) }),
        skips: truthOf(options.of.get("individualHooks")?.value) ? ["individual hooks"] : [],
      });
      return name === "update" ? sequenceOf("tuple", unknown(varies), { items: [unknown(varies)], size: "few" }) : unknown(varies);
    }
    case "drop":
    case "sync":
    case "describe":
    case "getTableName":
    case "addScope":
    case "addHook":
    case "removeHook":
    case "hasHook":
    case "hasAlias":
    case "removeAttribute":
    case "getAttributes":
      return unknown(varies);
    case "init": return receiver;
    case "hasMany":
    case "hasOne":
    case "belongsTo":
    case "belongsToMany": return association(m, entity, call);
    default: return /^(before|after)[A-Z]/.test(name) ? unknown(varies) : undefined;
  }
}

/** One row, or null unless a missing one is an error. */
function one(m: Machine, query: Query, how: RunHow, call: CallSite, varies: number, options: Options): Value {
  const found = sendForOne(m, m.derive(query, { bound: query.atMostOne ? query.bound : { kind: "rows", rows: 1 }, from: query.from }), { how, node: call.node, varies });
  const rejects = options.of.get("rejectOnEmpty");
  return rejects && truthOf(rejects.value) !== false ? found : joinValues(found, constant(null, varies));
}

/** Rows that the code itself makes come without what scopes load. */
function fresh(m: Machine, receiver: Value, entity: Entity, call: CallSite): Query {
  return m.derive(queryFor(m, receiver, entity, call), { loads: new Map(), lookups: [], atMostOne: true });
}

function created(m: Machine, receiver: Value, entity: Entity, call: CallSite, varies: number): Value {
  write(m, { how: "create", entity: entity.key, node: call.node, dependsOn: varies, query: queryFor(m, receiver, entity, call), skips: skipsOf(m, entity, "create") });
  const row = varying(rowOf(m, fresh(m, receiver, entity, call), false), varies);
  if (row.kind === "row") row.cell.isNew = true;
  return row;
}

/** `User.build({ … })`, `new User({ … })`: a row that `save()` inserts. */
export function built(m: Machine, entity: Entity, call: CallSite, varies: number): Value {
  const cell = newCell();
  cell.constructed = { at: m.at(call.node), expression: call.node };
  return { kind: "row", origin: { entity: entity.key, path: "", text: entity.name }, cell, varies: Math.max(varies, m.innermost) };
}

/** The rows that an `update` or `destroy` speaks of. Scopes count, what they load does not. */
function narrowed(m: Machine, receiver: Value, entity: Entity, options: Options, call: CallSite): Query {
  const base = queryFor(m, receiver, entity, call);
  const at = m.at(call.node);
  const where = conditionsOf(m, entity, options.of.get("where")?.value, at);
  const lookups = [...base.lookups, ...where.lookups.filter((each) => !each.optional)];
  const query = m.derive(base, { lookups, loads: new Map(), atMostOne: isUnique(entity, lookups), uncertain: base.uncertain || where.uncertain || !options.isComplete, origin: { ...base.origin, steps: [...base.origin.steps, stepOf(call)] } });
  for (const lookup of where.lookups) m.emit({ kind: "lookup", at: lookup.at, lookup, query: lookup.optional ? { ...query, lookups: [...query.lookups, lookup] } : query });
  return query;
}

/** `findOrCreate({ where, defaults })`: the defaults ask nothing. */
function withoutValues(options: Options): Options {
  return { ...options, of: new Map([...options.of].filter(([name]) => name !== "defaults")) };
}

/** `User.hasMany(Post, { as: "posts" })` gives the association. */
function association(_m: Machine, entity: Entity, call: CallSite): Value {
  const options = optionsAt(call, 1);
  const as = options.of.get("as")?.value;
  const target = call.positional[0]?.value;
  const relations = target?.kind === "entity" ? [...entity.relations.values()].filter((each) => each.target === target.entity.key) : [];
  const relation = as?.kind === "constant" ? entity.relations.get(String(as.value)) : relations.length === 1 ? relations[0] : undefined;
  return relation ? { kind: "object", type: "sequelize association", parts: {}, data: relation.name, varies: 0 } : unknown();
}
