import type { CallSite } from "../../flow/adapter";
import { callCallback } from "../../flow/calls";
import type { Machine } from "../../flow/machine";
import { beginTransaction, endTransaction, inTransaction } from "../../flow/transactions";
import { optionsOf, unknown, type ObjectValue, type Value } from "../../flow/values";
import type { ClassRef, Entity } from "../../project";
import { textIn } from "../script/options";
import { newBuilder } from "./builder";
import { noteRawSelect, textOfSql } from "../script/raw-sql";
import { findMethod, ORM, treeMethod, type Asked } from "./finds";
import { typeormName } from "./model/names";
import { dataSource, entityManager, entityNamedBy, extended, queryRunner, repositoryFor, repositoryOf, repositoryOrUnknown } from "./objects";
import { created, saved, writeMethod } from "./writes";

/** A method of a repository, or of an entity's class that is an active record (`BaseEntity`). */
export function repositoryMethod(m: Machine, entity: Entity, name: string, call: CallSite): Value | undefined {
  const asked: Asked = { entity, name, call, skip: 0 };
  switch (name) {
    case "createQueryBuilder": return newBuilder(m, entity, textIn(call.positional[0]?.value), call);
    case "create": return created(m, entity, call.positional[0]?.value, call);
    case "merge": return call.positional[0]?.value;
    case "getId":
    case "hasId": return unknown(call.varies);
    // SQL of any table (TypeORM, `Repository.query` hands it to the manager).
    case "query": return rawQuery(m, call);
    default: return findMethod(m, asked) ?? treeMethod(m, asked) ?? writeMethod(m, asked);
  }
}

/** Methods of entity managers that are a repository's with the entity in front. */
export function managerMethod(m: Machine, name: string, call: CallSite): Value | undefined {
  const first = call.positional[0]?.value;
  const entity = entityNamedBy(m, first);
  switch (name) {
    case "getRepository":
    case "getTreeRepository":
    case "getMongoRepository": return repositoryOrUnknown(m, first, call.varies);
    case "getCustomRepository":
    case "withRepository": return first?.kind === "object" ? first : customRepository(m, first) ?? unknown(call.varies);
    case "transaction": return transaction(m, call);
    case "createQueryBuilder": return entity ? newBuilder(m, entity, textIn(call.positional[1]?.value), call) : newBuilder(m, undefined, undefined, call);
    case "query": return rawQuery(m, call);
    case "create":
      return entity ? created(m, entity, call.positional[1]?.value, call) : unknown(call.varies);
    case "save":
    case "remove":
    case "softRemove":
    case "recover": {
      const of = entity ?? rowEntity(m, first);
      if (!of) return unknown(call.varies);
      const value = entity ? call.positional[1]?.value : first;
      return name === "save" ? saved(m, of, value, call) : writeMethod(m, { entity: of, name, call, skip: entity ? 1 : 0 });
    }
    default: return entity ? (findMethod(m, { entity, name, call, skip: 1 }) ?? writeMethod(m, { entity, name, call, skip: 1 })) : /^(find|count|exists?|insert|update|delete|upsert|soft|restore|increment|decrement|sum|average|minimum|maximum|clear|merge|preload|release)/.test(name) ? unknown(call.varies) : undefined;
  }
}

/** The entity of rows, one or several. */
function rowEntity(m: Machine, value: Value | undefined): Entity | undefined {
  for (const option of value ? optionsOf(value) : []) {
    const row = option.kind === "sequence" ? option.element : option;
    const [first] = optionsOf(row);
    if (first?.kind === "row") return m.project.entity(first.origin.entity);
  }
  return undefined;
}

/** `transaction(async (manager) => …)`, `transaction("SERIALIZABLE", async (manager) => …)`: what the callback gives. */
function transaction(m: Machine, call: CallSite): Value {
  const work = call.positional.at(-1)?.value;
  if (!work) return unknown(call.varies);
  return inTransaction(m, call.node, () => callCallback(m, work, [entityManager()], call), call.uri);
}

/** Methods of a data source: an entity manager's, and its own. */
export function sourceMethod(m: Machine, name: string, call: CallSite): Value | undefined {
  switch (name) {
    case "initialize":
    case "connect": return dataSource();
    case "createQueryRunner": return queryRunner();
    case "createEntityManager": return entityManager();
    case "destroy":
    case "close":
    case "synchronize":
    case "runMigrations":
    case "undoLastMigration":
    case "dropDatabase":
    case "getMetadata":
    case "hasMetadata":
    case "showMigrations": return unknown(call.varies);
    default: return managerMethod(m, name, call);
  }
}

/** `manager.query("SELECT …", [id])`, of a data source or a query runner too. */
function rawQuery(m: Machine, call: CallSite): Value {
  m.work++;
  noteRawSelect(m, ORM, textOfSql(call.positional[0]?.node.value), call);
  return unknown(call.varies);
}

/** Methods of query runners. What happens between start and commit is in a transaction. */
export function runnerMethod(m: Machine, name: string, call: CallSite): Value | undefined {
  switch (name) {
    case "startTransaction":
      beginTransaction(m, call.node, call.uri, ORM);
      return unknown(call.varies);
    case "commitTransaction":
    case "rollbackTransaction":
    case "release":
      endTransaction(m, name === "commitTransaction");
      return unknown(call.varies);
    case "query": return rawQuery(m, call);
    case "connect":
    case "stream": return unknown(call.varies);
    default: return undefined;
  }
}

/** Methods of a repository object: the user's own first, then TypeORM's. */
export function repositoryCall(m: Machine, repository: ObjectValue, name: string, call: CallSite): Value | undefined {
  if (name === "extend") {
    const given = call.positional[0]?.value;
    return given?.kind === "mapping" ? extended(repository, given) : repository;
  }
  return repositoryMethod(m, repositoryOf(repository).entity, name, call);
}

const BASES: ReadonlySet<string> = new Set(["Repository", "TreeRepository", "AbstractRepository"]);

/** `class UserRepository extends Repository<User>`: a repository with methods of its own. */
export function customRepository(m: Machine, value: Value | undefined): Value | undefined {
  return value?.kind === "class" ? repositoryOfClass(m, value.class) : undefined;
}

const custom = new WeakMap<ClassRef["declaration"], { readonly entity: Entity | undefined; readonly entities: unknown }>();

export function repositoryOfClass(m: Machine, owner: ClassRef): ObjectValue | undefined {
  const known = custom.get(owner.declaration);
  const entity = known?.entities === m.project.entities ? known.entity : entityOfRepository(m, owner);
  custom.set(owner.declaration, { entity, entities: m.project.entities });
  return entity && repositoryFor(entity, owner);
}

function isRepositoryBase(name: string): boolean {
  const own = typeormName(name);
  return own !== undefined && BASES.has(own);
}

function entityOfRepository(m: Machine, owner: ClassRef): Entity | undefined {
  if (!m.project.ancestors(owner).some((each) => "external" in each && isRepositoryBase(each.external))) return undefined;
  // `@EntityRepository(User)` of TypeORM 0.2.
  for (const decorator of owner.declaration.decorators) {
    if (decorator.kind !== "call") continue;
    const symbol = m.project.resolveExpression(owner.uri, decorator.callee);
    const named = decorator.arguments[0] && m.project.resolveExpression(owner.uri, decorator.arguments[0].value);
    if (symbol?.kind === "external" && typeormName(symbol.name) === "EntityRepository" && named?.kind === "class") return m.project.entityOfClass(named.class);
  }
  // `extends Repository<User>`, or `extends BaseRepository<User>` of the project's own, whose first parameter is the entity.
  for (const ancestor of m.project.ancestors(owner)) {
    if (!("class" in ancestor)) continue;
    for (const base of ancestor.class.declaration.bases) {
      if (base.kind !== "subscript") continue;
      const parts = base.index.kind === "sequence" ? base.index.items : [base.index];
      for (const part of parts) {
        const symbol = m.project.resolveExpression(ancestor.class.uri, part);
        const entity = symbol?.kind === "class" ? m.project.entityOfClass(symbol.class) : undefined;
        if (entity?.framework === "typeorm") return entity;
      }
    }
  }
  return undefined;
}
