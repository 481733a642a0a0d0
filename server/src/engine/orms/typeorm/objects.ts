import type { Machine } from "../../flow/machine";
import { optionsOf, unknown, type MappingValue, type ObjectValue, type Value } from "../../flow/values";
import type { ClassRef, Entity } from "../../project";

/** Kinds of objects that TypeORM hands out. */
export const SOURCE = "typeorm data source";
export const MANAGER = "typeorm entity manager";
export const REPOSITORY = "typeorm repository";
export const RUNNER = "typeorm query runner";

/** What a repository is for. */
export interface Repository {
  readonly entity: Entity;
  /** The user's own class, or the methods given to `extend({…})`. */
  readonly class?: ClassRef;
  readonly extension?: MappingValue;
}

export function dataSource(): ObjectValue {
  return { kind: "object", type: SOURCE, parts: {}, fixed: SOURCE, varies: 0 };
}

export function entityManager(): ObjectValue {
  return { kind: "object", type: MANAGER, parts: {}, fixed: MANAGER, varies: 0 };
}

export function queryRunner(): ObjectValue {
  return { kind: "object", type: RUNNER, parts: {}, fixed: RUNNER, varies: 0 };
}

export function repositoryFor(entity: Entity, own?: ClassRef): ObjectValue {
  const data: Repository = { entity, ...(own && { class: own }) };
  return { kind: "object", type: REPOSITORY, parts: {}, data, fixed: `${REPOSITORY} ${entity.key} ${own?.key ?? ""}`, varies: 0 };
}

export function extended(repository: ObjectValue, extension: MappingValue): ObjectValue {
  return { kind: "object", type: REPOSITORY, parts: {}, data: { ...repositoryOf(repository), extension }, varies: 0 };
}

export function repositoryOf(value: ObjectValue): Repository {
  return value.data as Repository;
}

/** The one entity that a value names: its class, its schema, its name. */
export function entityNamedBy(m: Machine, value: Value | undefined): Entity | undefined {
  let found: Entity | undefined;
  for (const option of value ? optionsOf(value) : []) {
    const entity = option.kind === "entity" ? option.entity : option.kind === "constant" && typeof option.value === "string" ? namedEntity(m, option.value) : undefined;
    if (!entity || entity.framework !== "typeorm") continue;
    if (found && found.key !== entity.key) return undefined;
    found = entity;
  }
  return found;
}

function namedEntity(m: Machine, name: string): Entity | undefined {
  const found = [...m.project.entities.values()].filter((entity) => entity.framework === "typeorm" && entity.name === name);
  return found.length === 1 ? found[0] : undefined;
}

/** A repository whose rows are of no entity that is known. */
export function repositoryOrUnknown(m: Machine, value: Value | undefined, varies = 0): Value {
  const entity = entityNamedBy(m, value);
  return entity ? repositoryFor(entity) : unknown(varies);
}
