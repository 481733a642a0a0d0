import type { CallSite, FlowAdapter } from "../../flow/adapter";
import type { Machine } from "../../flow/machine";
import { sequenceOf, unknown, type Value } from "../../flow/values";
import type { Entity } from "../../project";
import { emptyAdapter } from "../script/adapter";
import { clientMethod, clientValue, createClient, CLIENT, definedModel, modelNamed } from "./clients";
import { modelsOfFolder } from "./folders";
import { sqlFunction } from "./functions";
import { isSequelize } from "./model/engine";
import { ORM } from "./queries";
import { assignRow, rowAttribute, rowMethod } from "./rows";
import { built, staticMethod } from "./statics";

/** What models, rows and clients of Sequelize mean. */
export const sequelizeFlow: FlowAdapter = {
  ...emptyAdapter(ORM),

  entityAttribute(entity, name) {
    if (entity.framework !== ORM) return undefined;
    if (name === "sequelize") return clientValue();
    if (name === "associations") return { kind: "object", type: "sequelize associations", parts: {}, data: entity, varies: 0 };
    if (name === "rawAttributes" || name === "tableName" || name === "primaryKeyAttribute" || name === "options") return unknown();
    return undefined;
  },

  rowAttribute: (row, name, node, use, m) => (isOurs(m, row.origin.entity) ? rowAttribute(m, row, name, node, use) : undefined),

  objectAttribute(object, name, _node, m) {
    if (object.type === "sequelize associations") {
      const relation = (object.data as Entity).relations.get(name);
      return relation ? { kind: "object", type: "sequelize association", parts: {}, data: relation.name, varies: 0 } : unknown();
    }
    if (object.type === "sequelize models") return modelValue(m, name, object.data as string);
    if (object.type !== CLIENT) return undefined;
    if (name === "models") return { kind: "object", type: "sequelize models", parts: {}, data: m.uri, varies: 0 };
    return undefined;
  },

  callMethod(receiver, name, call, m) {
    switch (receiver.kind) {
      case "entity":
        if (receiver.entity.framework !== ORM) return undefined;
        return (name === "update" || name === "destroy") && isAnotherEachRound(m, receiver.varies) ? unknown(Math.max(receiver.varies, call.varies)) : staticMethod(m, receiver, receiver.entity, name, call);
      case "manager": return receiver.entity.framework === ORM ? staticMethod(m, receiver, receiver.entity, name, call) : undefined;
      case "row": return isOurs(m, receiver.origin.entity) ? rowMethod(m, receiver, name, call) : undefined;
      case "object": return clientMethod(m, receiver, name, call);
      default: return undefined;
    }
  },

  filledObject: (uri, name, m) => modelsOfFolder(m, uri, name),

  construct: (entity, call, m) => (entity.framework === ORM ? built(m, entity, call, call.varies) : unknown(call.varies)),

  callOnUnknown(name, call, m) {
    if (name === "define") {
      const model = definedModel(m, call);
      return model.kind === "entity" ? model : undefined;
    }
    const entity = namedReceiver(m, name, call);
    return entity && staticMethod(m, { kind: "entity", entity, varies: 0 }, entity, name, call);
  },

  callExternal(name, call, m) {
    if (call.node.form === "new" && isSequelize(name)) return createClient(m, call);
    const member = /^(?:sequelize|@sequelize\/core|sequelize-typescript)(?:\.(?:default|Sequelize))*\.(\w+)$/.exec(name)?.[1];
    return member === undefined ? undefined : sqlFunction(m, member, call);
  },

  evaluate: (value) => sequenceOf("list", unknown(value.varies)),

  selfOf(owner, m) {
    const entity = m.project.entityOfClass(owner);
    return entity?.framework === ORM ? m.newRow({ entity: entity.key, path: "", text: "this" }) : undefined;
  },

  classSelfOf(owner, m) {
    const entity = m.project.entityOfClass(owner);
    return entity?.framework === ORM ? { kind: "entity", entity, varies: 0 } : undefined;
  },

  parameter(owner, name) {
    // `module.exports = (sequelize, DataTypes) => …`
    return owner === undefined && name === "sequelize" ? clientValue() : undefined;
  },

  annotation(name, [model]) {
    if (isSequelize(name)) return clientValue();
    return MODEL_TYPE.test(name) && model?.kind === "entity" && model.entity.framework === ORM ? model : undefined;
  },

  assignAttribute: (row, name, value, node, assigned, m, operator) => assignRow(m, row, name, value, node, assigned, operator),
};

/** Types of a model itself, and not of its rows (documentation: *TypeScript*). */
const MODEL_TYPE = /^(@sequelize\/core|sequelize|sequelize-typescript)(\.default)?\.(ModelStatic|ModelCtor|ModelDefined)$/;

/** Methods that no other library has; of those that many have, the options tell. */
const OWN_METHOD = /^(findAll|findByPk|findAndCountAll|bulkCreate|findOrCreate|findCreateFind)$/;
const WITH_OPTIONS = /^(findOne|count|destroy)$/;

/** `models.Comment.findAll(…)`, `this.Comment.findOne({ where })`, of which nothing is known: the model's name and the method together leave no doubt. */
function namedReceiver(m: Machine, name: string, call: CallSite): Entity | undefined {
  const { callee } = call.node;
  if (callee.kind !== "attribute" || callee.object.kind !== "attribute") return undefined;
  const options = call.positional[name === "update" ? 1 : 0]?.value;
  const isAsked = OWN_METHOD.test(name) || ((WITH_OPTIONS.test(name) || name === "update") && options?.kind === "mapping" && (options.entries.has("where") || options.entries.has("include")));
  if (!isAsked) return undefined;
  const { name: named } = callee.object;
  return modelNamed(m, named, call.uri) ?? (/^[A-Z]/.test(named) ? modelNamed(m, named.charAt(0).toLowerCase() + named.slice(1), call.uri) : undefined);
}

function isOurs(m: Machine, key: string): boolean {
  return m.project.entity(key)?.framework === ORM;
}

/** A member of `sequelize.models`. */
function modelValue(m: Machine, name: string, from: string): Value {
  const entity = modelNamed(m, name, from);
  return entity ? { kind: "entity", entity, varies: 0 } : unknown();
}

/** `CONFIG[name].model.update(…)` over the names of a list that is no query's: each round writes another table, so no one statement does for all. */
function isAnotherEachRound(m: Machine, varies: number): boolean {
  const loop = m.loops.find(({ id }) => id === varies);
  return loop !== undefined && loop.kind !== "while" && loop.query === undefined && loop.size !== "few";
}
