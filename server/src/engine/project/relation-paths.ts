import type { Entity, ProjectModel, Relation } from "./model";

/** The relations that a path of names (`author__city`) leads along; undefined where one of them is none. */
export function relationsAlong(project: ProjectModel, entity: Entity, path: string): readonly Relation[] | undefined {
  const relations: Relation[] = [];
  let current: Entity | undefined = entity;
  for (const name of path.split("__")) {
    const relation: Relation | undefined = current?.relations.get(name);
    if (!relation) return undefined;
    relations.push(relation);
    current = relation.target === undefined ? undefined : project.entity(relation.target);
  }
  return relations;
}

/** The relation at the end of a path. */
export function relationAt(project: ProjectModel, entity: Entity, path: string): Relation | undefined {
  return relationsAlong(project, entity, path)?.at(-1);
}
