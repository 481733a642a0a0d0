import type { Attribute } from "../../facts";
import type { CallSite, FlowAdapter } from "../../flow/adapter";
import { hide } from "../../flow/loads";
import type { Machine } from "../../flow/machine";
import { annotationValue } from "../../flow/names";
import { newCell, unknown, type ObjectValue, type Value } from "../../flow/values";
import type { Entity } from "../../project";
import { emptyAdapter } from "../script/adapter";
import { assignRow } from "../script/assignments";
import { BRACKETS, BUILDER, builderMethod, newBuilder, releaseBuilder } from "./builder";
import { clientsIn, noteClient } from "./clients";
import { ORM } from "./finds";
import { typeormName } from "./model/names";
import { dataSource, entityManager, entityNamedBy, MANAGER, queryRunner, REPOSITORY, repositoryFor, repositoryOf, repositoryOrUnknown, RUNNER, SOURCE } from "./objects";
import { operatorCall } from "./operators";
import { customRepository, managerMethod, repositoryCall, repositoryMethod, repositoryOfClass, runnerMethod, sourceMethod } from "./repositories";
import { rowAttribute, rowMethod } from "./rows";

/** What TypeORM's classes and calls mean. */
export const typeormFlow: FlowAdapter = {
  ...emptyAdapter(ORM),

  entityAttribute(entity, name) {
    // Statics of `BaseEntity` are looked up when they are called.
    if (entity.framework !== ORM) return undefined;
    return name === "name" ? { kind: "constant", value: entity.name, varies: 0 } : undefined;
  },

  rowAttribute: (row, name, node, use, m) => rowAttribute(m, row, name, node, use),

  objectAttribute: (object, name, node, m) => objectAttribute(m, object, name, node),

  callMethod(receiver, name, call, m) {
    switch (receiver.kind) {
      case "object": return objectMethod(m, receiver, name, call);
      case "row": return rowMethod(m, receiver, name, call);
      case "entity": return receiver.entity.framework === ORM && isActiveRecord(m, receiver) ? repositoryMethod(m, receiver.entity, name, call) : undefined;
      default: return undefined;
    }
  },

  instantiate: (owner, _call, m) => repositoryOfClass(m, owner),

  construct(entity, call, m) {
    for (const argument of call.positional) hide(m, argument.value);
    const cell = newCell();
    cell.constructed = { at: m.at(call.node, call.uri), expression: call.node };
    return { kind: "row", origin: { entity: entity.key, path: "", text: entity.name }, cell, varies: Math.max(call.varies, m.innermost) };
  },

  callExternal(name, call, m) {
    const own = typeormName(name);
    return own === undefined ? undefined : external(m, own, call);
  },

  callOnUnknown: (name, call, m) => callOnUnknown(m, name, call),

  calledUnknown(_name, call, m) {
    for (const { value, node } of call.positional) releaseBuilder(m, value, { uri: call.uri, expression: node.value });
  },

  selfOf: (owner, m) => repositoryOfClass(m, owner),

  annotation(name, parameters, _node, m) {
    const own = typeormName(name);
    const [first] = parameters;
    switch (own) {
      case "Repository":
      case "TreeRepository": return entityNamedBy(m, first) ? repositoryOrUnknown(m, first) : undefined;
      case "DataSource":
      case "Connection": return dataSource();
      case "EntityManager": return entityManager();
      case "QueryRunner": return queryRunner();
      default: return first?.kind === "class" && first.class.key === name ? repositoryOfClass(m, first.class) : undefined;
    }
  },

  // A row that is there is read again before it is written (measured on TypeORM 1.1.1).
  statementsOf: (how) => (how === "save" || how === "delete" || how === "bulk_update" ? { least: 1, most: 2 } : undefined),

  assignAttribute: (row, name, value, node, assigned, m, operator) => assignRow(m, row, name, value, node, assigned, operator),

  declared: (uri, m) => clientsIn(m, uri),
};

/** `class User extends BaseEntity`. */
function isActiveRecord(m: Machine, { entity }: { readonly entity: Entity }): boolean {
  return entity.class !== undefined && m.project.ancestors(entity.class).some((each) => "external" in each && typeormName(each.external) === "BaseEntity");
}

/** Nothing but TypeORM, or what a project puts around it, takes a class of TypeORM's: `this.connection.getRepository(ctx, User)`, `manager.find(User, …)`. */
function callOnUnknown(m: Machine, name: string, call: CallSite): Value | undefined {
  if (name === "getRepository" || name === "getTreeRepository") {
    const named = call.positional.map(({ value }) => entityNamedBy(m, value)).find((entity) => entity !== undefined);
    return named && repositoryFor(named);
  }
  const [first] = call.positional;
  return first?.value.kind === "entity" && entityNamedBy(m, first.value) ? managerMethod(m, name, call) : undefined;
}

function objectAttribute(m: Machine, object: ObjectValue, name: string, _node: Attribute): Value | undefined {
  switch (object.type) {
    case SOURCE: return name === "manager" ? entityManager() : name === "mongoManager" || name === "options" || name === "driver" || name === "isInitialized" ? unknown() : undefined;
    case RUNNER: return name === "manager" ? entityManager() : name === "connection" || name === "dataSource" ? dataSource() : undefined;
    case MANAGER: return name === "connection" || name === "dataSource" ? dataSource() : name === "queryRunner" ? queryRunner() : undefined;
    case REPOSITORY: return repositoryAttribute(m, object, name);
    case BUILDER: return name === "expressionMap" || name === "alias" || name === "connection" ? unknown() : undefined;
    default: return undefined;
  }
}

/** A method or field of the user's own repository class, or what every repository has. */
function repositoryAttribute(m: Machine, object: ObjectValue, name: string): Value | undefined {
  const { class: ref, entity, extension } = repositoryOf(object);
  const given = extension?.entries.get(name);
  if (given) return given.kind === "function" ? { ...given, self: object } : given;
  if (ref) {
    const method = m.project.method(ref, name);
    if (method) return { kind: "function", function: method, self: object, varies: object.varies };
    const field = m.project.attribute(ref, name);
    if (field?.attribute.annotation) return annotationValue(m, field.attribute.annotation, field.uri);
  }
  switch (name) {
    case "manager": return entityManager();
    case "queryRunner": return queryRunner();
    case "target": return { kind: "entity", entity, varies: 0 };
    // Of `AbstractRepository` (TypeORM 0.2).
    case "repository":
    case "treeRepository": return repositoryFor(entity);
    case "metadata": return unknown();
    default: return undefined;
  }
}

function objectMethod(m: Machine, object: ObjectValue, name: string, call: CallSite): Value | undefined {
  switch (object.type) {
    case SOURCE: return sourceMethod(m, name, call);
    case MANAGER: return managerMethod(m, name, call);
    case RUNNER: return runnerMethod(m, name, call);
    case REPOSITORY: return repositoryCall(m, object, name, call);
    case BUILDER: return builderMethod(m, object, name, call);
    default: return undefined;
  }
}

/** Functions and classes of the packages, by their own names. */
function external(m: Machine, name: string, call: CallSite): Value | undefined {
  const first = call.positional[0]?.value;
  switch (name) {
    case "DataSource":
    case "createConnection":
    case "Connection":
      if (call.positional.length > 0) noteClient(m, name, call);
      return dataSource();
    case "getConnection":
    case "getDataSource": return dataSource();
    case "getManager": return entityManager();
    case "getRepository":
    case "getTreeRepository": return repositoryOrUnknown(m, first, call.varies);
    case "getCustomRepository": return customRepository(m, first) ?? unknown(call.varies);
    case "createQueryBuilder": return newBuilder(m, undefined, undefined, call);
    case "Repository": return repositoryOrUnknown(m, first, call.varies);
    case "Brackets":
    case "NotBrackets": return name === "Brackets" && first ? { kind: "object", type: BRACKETS, parts: { callback: first }, varies: call.varies } : unknown(call.varies);
    default: return operatorCall(name, call);
  }
}
