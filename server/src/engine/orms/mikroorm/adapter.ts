import { callCallback } from "../../flow/calls";
import type { CallSite, FlowAdapter } from "../../flow/adapter";
import { noteGap, noteStatements } from "../../flow/costs";
import type { Machine } from "../../flow/machine";
import { hide, noteHanded } from "../../flow/loads";
import { inTransaction } from "../../flow/transactions";
import { isTrue, numberOf, unknown, type ObjectValue, type Value } from "../../flow/values";
import type { Entity } from "../../project";
import { emptyAdapter } from "../script/adapter";
import { livesOf } from "../script/clients";
import { optionsAt, optionsIn } from "../script/options";
import { noteRawSelect, textOfSql } from "../script/raw-sql";
import { nodesIn, statementsAround } from "../script/statements";
import { argumentAt, findMethod, type Asked } from "./finds";
import { mikroName, ORM } from "./model/names";
import { COLLECTION, entityManager, entityNamedBy, MANAGER, MIKRO, mikro, REFERENCE, relatedOf, REPOSITORY, repository, repositoryData, repositoryOfClass, SCHEMA, schemaGenerator } from "./objects";
import { assignRow, callOfCollection, callReference, itemsOf, referenceAttribute, rowAttribute } from "./rows";
import { countFlush, waitsForUpdate, waitsWithRelations } from "./unit-of-work";
import { created, flush, persisted, writeMethod } from "./writes";

/** What MikroORM's classes and calls mean. */
export const mikroormFlow: FlowAdapter = {
  ...emptyAdapter(ORM),
  keepsRows: true,

  rowAttribute: (row, name, node, use, m) => rowAttribute(m, row, name, node, use),

  objectAttribute(object, name, node, m) {
    switch (object.type) {
      case MIKRO: return name === "em" ? entityManager() : name === "schema" ? schemaGenerator() : name === "config" || name === "migrator" ? unknown() : undefined;
      case REPOSITORY: return repositoryAttribute(m, object, name);
      case REFERENCE: return referenceAttribute(m, object, name, node);
      case COLLECTION: return name === "length" ? unknown(object.varies) : undefined;
      default: return undefined;
    }
  },

  callMethod(receiver, name, call, m) {
    if (receiver.kind === "row" && name === "assign" && m.project.entity(receiver.origin.entity)?.framework === ORM) {
      waitsForUpdate(m, receiver);
      noteHanded(m, receiver, call.positional[0]?.value);
      return receiver;
    }
    if (receiver.kind !== "object") return undefined;
    switch (receiver.type) {
      case SCHEMA: return changeSchema(m, name, call);
      case MIKRO: return name === "getSchemaGenerator" ? schemaGenerator() : name === "connect" || name === "close" || name === "discoverEntity" ? unknown() : undefined;
      case MANAGER: return managerMethod(m, name, call);
      case REPOSITORY: return repositoryMethod(m, receiver, name, call);
      case REFERENCE: return callReference(m, receiver, name, call);
      case COLLECTION: return callOfCollection(m, receiver, name, call);
      default: return undefined;
    }
  },

  construct: (entity, call, m) => created(m, entity, call),

  instantiate: (owner, _call, m) => repositoryOfClass(m, owner),

  selfOf: (owner, m) => repositoryOfClass(m, owner),

  callExternal(name, call, m) {
    const own = mikroName(name);
    if (own === undefined) return undefined;
    // `MikroORM.init(…)`: the last name is the method's.
    if (/\.MikroORM\.(init|initSync)$/.test(name) || own === "MikroORM") return createClient(m, call);
    if (/\.RequestContext\.getEntityManager$/.test(name)) return entityManager();
    if (own === "wrap") return call.positional[0]?.value ?? unknown();
    if (/\.Reference\.create$/.test(name) || own === "ref" || own === "rel") return call.positional[0]?.value ?? unknown();
    return undefined;
  },

  annotation(name, parameters, _node, m) {
    const own = mikroName(name);
    const [first] = parameters;
    if (own === "MikroORM") return mikro();
    if (own !== undefined && /EntityManager$/.test(own)) return entityManager();
    if (own !== undefined && /Repository$/.test(own)) {
      const entity = entityNamedBy(m, first);
      return entity && repository(entity);
    }
    return first?.kind === "class" && first.class.key === name ? repositoryOfClass(m, first.class) : undefined;
  },

  iterate: (value, _node, m) => (value.kind === "object" && value.type === COLLECTION ? itemsOf(m, relatedOf(value)) : undefined),

  assignAttribute: (row, name, value, node, assigned, m) => assignRow(m, row, name, value, node, assigned),
};

/** `MikroORM.init({ dbName, pool: { min, max }, debug })`. */
function createClient(m: Machine, call: CallSite): Value {
  const options = optionsAt(call, 0);
  const size = optionsIn(options.of.get("pool")?.value).of.get("max")?.value;
  const debug = options.of.get("debug");
  if (call.positional.length > 0) {
    m.emit({
      kind: "clientCreated", at: m.at(call.node, call.uri), orm: ORM, name: "MikroORM", expression: call.node, engine: m.project.engine, lives: livesOf(m), pool: options.of.has("pool") ? "given" : options.isComplete ? "default" : "unknown",
      ...(size && numberOf(size) !== undefined && { poolSize: numberOf(size) }), ...(debug?.node && isTrue(debug.value) && { logsQueries: { at: m.at(debug.node, debug.uri), always: true } }), ...(options.literal && { options: options.literal }),
    });
  }
  return mikro();
}

const CHANGES_SCHEMA: ReadonlySet<string> = new Set(["update", "updateSchema", "refresh", "refreshDatabase"]);

/** `orm.schema.update()`: the tables become what the entities say, columns that are no longer declared go (MikroORM: *Schema Generator*; measured on 7.2). `refresh()` drops all of them first (`AbstractSchemaGenerator` of 7). */
function changeSchema(m: Machine, name: string, call: CallSite): Value {
  if (CHANGES_SCHEMA.has(name) && isDoneAtStart(m, call)) {
    m.emit({
      kind: "clientCreated", at: m.at(call.node, call.uri), orm: ORM, name: `orm.schema.${name}`, expression: call.node, engine: m.project.engine, lives: "unknown", pool: "unknown",
      changesSchema: { at: m.at(call.node, call.uri), always: true, ...(name.startsWith("refresh") && { drops: true }) },
    });
  }
  return unknown(call.varies);
}

/** In the code that makes the client, or a hook that NestJS calls when it starts, under no condition. */
function isDoneAtStart(m: Machine, { node, uri }: CallSite): boolean {
  const facts = m.project.files.get(uri);
  const path = facts ? statementsAround(facts, node) : [];
  const [outermost] = path;
  const last = path.at(-1)?.statement;
  const done = last?.kind === "expression" ? (last.expression.kind === "await" ? last.expression.operand : last.expression) : undefined;
  if (!facts || !outermost || done?.start !== node.start || done.end !== node.end || path.some(({ statement }) => statement !== last && statement.kind !== "try")) return false;
  // `if (isProduction) return;` before it is a condition as well.
  if (outermost.block.some((statement) => statement.start < node.start && statement.kind === "if")) return false;
  const makes = nodesIn(outermost.block).some((each) => each.kind === "call" && each.callee.kind === "attribute" && /^(init|initSync)$/.test(each.callee.name) && each.callee.object.kind === "name" && each.callee.object.name === "MikroORM");
  return makes || /(^|\.)(onModuleInit|onApplicationBootstrap)$/.test(m.frames[m.frames.length - 1].function?.declaration.id ?? "");
}

/** A method or field of the user's own repository class, or what every repository has. */
function repositoryAttribute(m: Machine, object: ObjectValue, name: string): Value | undefined {
  const { class: ref } = repositoryData(object);
  const method = ref && m.project.method(ref, name);
  if (method) return { kind: "function", function: method, self: object, varies: object.varies };
  return name === "em" || name === "getEntityManager" ? (name === "em" ? entityManager() : undefined) : undefined;
}

function managerMethod(m: Machine, name: string, call: CallSite): Value | undefined {
  const own = unitOfWork(m, name, call);
  if (own) return own;
  const first = call.positional[0]?.value;
  if (name === "populate") {
    const row = first?.kind === "sequence" ? first.element : first;
    const entity = row?.kind === "row" ? m.project.entity(row.origin.entity) : undefined;
    return entity ? findMethod(m, { name, entity, call, from: 0 }) : undefined;
  }
  if (name === "getRepository") {
    const entity = entityNamedBy(m, first);
    return entity && repository(entity);
  }
  const entity = entityNamedBy(m, first);
  if (!entity && first?.kind === "row" && name === "refresh") {
    noteStatements(m, { what: "query", least: 1, most: 1, at: m.at(call.node, call.uri), entity: first.origin.entity, rows: "one" });
    return first;
  }
  if (!entity) return undefined;
  return entityMethod(m, { name, entity, call, from: 1 });
}

function repositoryMethod(m: Machine, object: ObjectValue, name: string, call: CallSite): Value | undefined {
  if (name === "getEntityManager") return entityManager();
  return unitOfWork(m, name, call) ?? entityMethod(m, { name, entity: repositoryData(object).entity, call, from: 0 });
}

function entityMethod(m: Machine, asked: Asked): Value | undefined {
  const { name, entity, call } = asked;
  if (name === "create") {
    // `persistOnCreate` is what it does by itself since 6 (MikroORM: *Upgrading from v5 to v6*).
    if ((m.project.version("@mikro-orm/core")?.[0] ?? 7) >= 6) waitsWithRelations(m, entity, argumentAt(asked, 0), asked.call);
    return created(m, entity, call);
  }
  if (name === "assign" || name === "merge" || name === "map") {
    const given = argumentAt(asked, 0);
    if (name === "assign" && given?.kind === "row") waitsForUpdate(m, given);
    if (given) hide(m, given);
    if (name === "assign" && given?.kind === "row") noteHanded(m, given, argumentAt(asked, 1));
    return made(m, entity, given, call);
  }
  return findMethod(m, asked) ?? writeMethod(m, asked);
}

function made(m: Machine, entity: Entity, given: Value | undefined, call: CallSite): Value {
  return given?.kind === "row" ? given : m.newRow({ entity: entity.key, path: "", text: entity.name }, call.varies);
}

/** What `em` does for all entities together. */
function unitOfWork(m: Machine, name: string, call: CallSite): Value | undefined {
  switch (name) {
    case "fork":
    case "persist":
    case "remove":
    case "persistLater":
    case "removeLater":
      persisted(m, call, name === "fork" ? undefined : name.startsWith("persist") ? "persist" : "remove");
      return entityManager();
    case "flush": return flush(m, call);
    case "commit":
      countFlush(m, call);
      return unknown();
    case "persistAndFlush":
    case "removeAndFlush":
      persisted(m, call, name === "persistAndFlush" ? "persist" : "remove");
      return flush(m, call);
    case "transactional": {
      const callback = call.positional[0]?.value;
      if (callback?.kind !== "function" && callback?.kind !== "lambda") return undefined;
      // What changed in it is flushed at its end (measured, docs/library-facts.md MK-W2); a flush of its own leaves nothing.
      return inTransaction(m, call.node, () => {
        const result = callCallback(m, callback, [entityManager()], call);
        if (!m.costs.of(m.events).unit.isKnown || m.costs.of(m.events).unit.changes.length > 0) countFlush(m, call);
        return result;
      }, call.uri);
    }
    // `em.execute("select …", [id])` of the SQL drivers.
    case "execute":
      m.work++;
      noteRawSelect(m, ORM, textOfSql(call.positional[0]?.node.value), call);
      return unknown(call.varies);
    case "assign": {
      const [row, given] = call.positional;
      if (row?.value.kind === "row") {
        waitsForUpdate(m, row.value);
        noteHanded(m, row.value, given?.value);
      }
      return row?.value ?? unknown(call.varies);
    }
    case "begin":
    case "rollback":
    case "clear":
    case "isInTransaction":
    case "getContext":
      return name === "getContext" ? entityManager() : unknown(call.varies);
    case "getConnection":
    case "getDriver":
    case "getKnex":
    case "getKysely":
    case "createQueryBuilder":
    case "qb":
      noteGap(m, m.at(call.node, call.uri), `what \`${name}()\` sends is not counted`);
      return unknown(call.varies);
    default: return undefined;
  }
}
