import type { Language } from "../facts";
import type { FrameworkEntries, FrameworkModel } from "./adapter";
import { UNSEEN_INDEX, type Entity, type Registration } from "./model";

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

/** What the first framework says that knows. */
export function firstAnswer<T>({ frameworks }: LinkedFrameworks, ask: (framework: FrameworkModel) => T | undefined): T | undefined {
  for (const each of frameworks) {
    const answer = ask(each);
    if (answer !== undefined) return answer;
  }
  return undefined;
}

/** What several frameworks start, each of them in files of its own languages. */
export function joinEntries(all: readonly FrameworkEntries[], languageOf: (uri: string) => Language | undefined): FrameworkEntries {
  const first = <T>(uri: string, ask: (each: FrameworkEntries) => T | undefined): T | undefined => {
    const language = languageOf(uri);
    for (const each of all) {
      const answer = language !== undefined && each.languages.includes(language) ? ask(each) : undefined;
      if (answer !== undefined) return answer;
    }
    return undefined;
  };
  return {
    languages: all.flatMap((each) => each.languages),
    places: new Set(all.flatMap((each) => [...(each.places ?? [])])),
    routes: new Map(all.flatMap((each) => [...each.routes])),
    ofModule: (uri) => first(uri, (each) => each.ofModule(uri)),
    ofFunction: (fn) => first(fn.uri, (each) => each.ofFunction(fn)),
    ofClass: (ref) => first(ref.uri, (each) => each.ofClass(ref)),
    byPlace: (uri) => first(uri, (each) => each.byPlace(uri)),
    startedBy: (attribute, fn) => first(fn.uri, (each) => each.startedBy(attribute, fn)),
    mayBeCalled: (fn) => first(fn.uri, (each) => each.mayBeCalled(fn)) ?? true,
    handlerOf: (message) => first(message.uri, (each) => each.handlerOf?.(message)),
    isLookedFor: (fn) => first(fn.uri, (each) => each.isLookedFor?.(fn)) ?? true,
    isUnmounted: (uri) => first(uri, (each) => each.isUnmounted?.(uri)) ?? false,
    isUntaken: (fn) => first(fn.uri, (each) => each.isUntaken?.(fn)) ?? false,
    perRow: (fn) => first(fn.uri, (each) => each.perRow?.(fn)),
  };
}

/** Entities by key and by class. */
export function collectEntities(frameworks: readonly FrameworkModel[], all: readonly Entity[]): LinkedFrameworks {
  const entities = new Map<string, Entity>();
  const byClass = new Map<string, Entity>();
  for (const declared of all) {
    const entity = declared.class?.declaration.isBroken ? asFarAsRead(declared) : declared;
    entities.set(entity.key, entity);
    if (entity.class) byClass.set(entity.class.key, entity);
  }
  return { frameworks, entities, byClass };
}

/** What cannot be read of a class may be a field or an index. */
function asFarAsRead(entity: Entity): Entity {
  return { ...entity, incomplete: true, indexes: entity.indexes.includes(UNSEEN_INDEX) ? entity.indexes : [...entity.indexes, UNSEEN_INDEX] };
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
