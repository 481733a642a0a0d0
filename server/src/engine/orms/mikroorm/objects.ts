import type { ClassRef, Entity } from "../../project";
import type { Machine } from "../../flow/machine";
import type { ObjectValue, RowValue, Value } from "../../flow/values";
import type { Relation } from "../../project";
import { mikroName, ORM } from "./model/names";

export const MIKRO = "mikroorm";
export const MANAGER = "mikroorm entity manager";
export const REPOSITORY = "mikroorm repository";
export const COLLECTION = "mikroorm collection";
export const REFERENCE = "mikroorm reference";
export const SCHEMA = "mikroorm schema generator";

const made = (type: string, data?: unknown, varies = 0): ObjectValue => ({ kind: "object", type, parts: {}, varies, ...(data !== undefined && { data }) });

export function mikro(): ObjectValue {
  return made(MIKRO);
}

/** `orm.schema`: what changes the tables. */
export function schemaGenerator(): ObjectValue {
  return made(SCHEMA);
}

export function entityManager(varies = 0): ObjectValue {
  return made(MANAGER, undefined, varies);
}

/** A repository: of which entity, and of which class of the user's. */
export interface RepositoryData {
  readonly entity: Entity;
  readonly class?: ClassRef;
}

const repositories = new WeakMap<Entity, Map<string, RepositoryData>>();

/** The repository of an entity; the same for everybody who asks. */
export function repository(entity: Entity, ref?: ClassRef): ObjectValue {
  let known = repositories.get(entity);
  if (!known) repositories.set(entity, (known = new Map()));
  const key = ref?.key ?? "";
  let data = known.get(key);
  if (!data) known.set(key, (data = { entity, ...(ref && { class: ref }) }));
  return made(REPOSITORY, data);
}

export function repositoryData(object: ObjectValue): RepositoryData {
  return object.data as RepositoryData;
}

/** A relation of a row, as an object that may have to load it. */
export interface Related {
  readonly row: RowValue;
  readonly relation: Relation;
  /** The path from the query's rows. */
  readonly path: string;
  /** It came with the rows. */
  readonly isLoaded: boolean;
  /** How the code names it. */
  readonly text: string;
}

export function collection(related: Related): ObjectValue {
  return made(COLLECTION, related, related.row.varies);
}

export function reference(related: Related): ObjectValue {
  return made(REFERENCE, related, related.row.varies);
}

export function relatedOf(object: ObjectValue): Related {
  return object.data as Related;
}

/** The entity that an argument names: its class, or the text it is known by. */
export function entityNamedBy(m: Machine, value: Value | undefined): Entity | undefined {
  if (value?.kind === "entity") return value.entity.framework === ORM ? value.entity : undefined;
  if (value?.kind !== "constant" || typeof value.value !== "string") return undefined;
  const named = [...m.project.entities.values()].filter((entity) => entity.framework === ORM && entity.name === value.value);
  return named.length === 1 ? named[0] : undefined;
}

/** `class BookRepository extends EntityRepository<Book>`: of which entity. */
export function repositoryOfClass(m: Machine, ref: ClassRef): ObjectValue | undefined {
  const ancestors = m.project.ancestors(ref);
  if (!ancestors.some((each) => "external" in each && /Repository$/.test(mikroName(each.external) ?? ""))) return undefined;
  // `extends EntityRepository<User>`, or `extends BaseRepository<User>` of the project's own, which hands its parameter on.
  for (const ancestor of ancestors) {
    if (!("class" in ancestor)) continue;
    for (const base of ancestor.class.declaration.bases) {
      if (base.kind !== "subscript") continue;
      for (const part of base.index.kind === "sequence" ? base.index.items : [base.index]) {
        const target = m.project.resolveExpression(ancestor.class.uri, part);
        const entity = target?.kind === "class" ? m.project.entityOfClass(target.class) : undefined;
        if (entity?.framework === ORM) return repository(entity, ref);
      }
    }
  }
  return undefined;
}
