import type { FrameworkModel } from "./adapter";
import type { Entity } from "./model";

/** What all frameworks together make of a project. */
export interface LinkedFrameworks {
  readonly frameworks: readonly FrameworkModel[];
  readonly entities: ReadonlyMap<string, Entity>;
  readonly byClass: ReadonlyMap<string, Entity>;
}

/** A framework that finds nothing. */
export const noFramework: FrameworkModel = {
  entities: [],
  entityOfExternal: () => undefined,
  setting: () => undefined,
  engine: "unknown",
  version: () => undefined,
};

/** Entities by key and by class. */
export function collectEntities(frameworks: readonly FrameworkModel[], all: readonly Entity[]): LinkedFrameworks {
  const entities = new Map<string, Entity>();
  const byClass = new Map<string, Entity>();
  for (const entity of all) {
    entities.set(entity.key, entity);
    if (entity.class) byClass.set(entity.class.key, entity);
  }
  return { frameworks, entities, byClass };
}
