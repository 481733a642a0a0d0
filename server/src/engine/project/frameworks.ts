import type { FrameworkEntries, FrameworkModel } from "./adapter";
import type { Entity, Registration } from "./model";

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
  requires: () => false,
  deployment: () => undefined,
};

/** Nothing starts anything. */
export const noEntries: FrameworkEntries = { routes: new Map(), ofModule: () => undefined, ofFunction: () => undefined, ofClass: () => undefined, byPlace: () => undefined, startedBy: () => undefined, mayBeCalled: () => true };

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

/** Registrations by class and by entity. */
export interface Registrations {
  readonly byClass: ReadonlyMap<string, readonly Registration[]>;
  readonly byEntity: ReadonlyMap<string, readonly Registration[]>;
}

/** What classes were registered for, in all frameworks. */
export function collectRegistrations(frameworks: readonly FrameworkModel[]): Registrations {
  const byClass = new Map<string, Registration[]>();
  const byEntity = new Map<string, Registration[]>();
  const add = (map: Map<string, Registration[]>, key: string, each: Registration): void => {
    const known = map.get(key);
    if (known) known.push(each);
    else map.set(key, [each]);
  };
  for (const each of frameworks.flatMap((framework) => framework.registrations?.() ?? [])) {
    if (each.class) add(byClass, each.class.key, each);
    add(byEntity, each.entity, each);
  }
  return { byClass, byEntity };
}
