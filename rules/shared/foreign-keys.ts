import type { DatabaseEngine, Entity, Field, ProjectModel, Relation } from "#engine";
import { hasUnseenIndexes } from "./indexes";
import { isSmall } from "./queries";

/** A growing table of the user's own, on a database that builds no index for its foreign keys. */
export function hasBareKeys(entity: Entity, project: ProjectModel): boolean {
  return entity.declaredAt !== undefined && !entity.abstract && entity.managed && !entity.incomplete && entity.proxyOf === undefined && !isSmall(entity) && !hasUnseenIndexes(entity) && leavesKeysAlone(project.engineOf(entity));
}

/** The column is that of a foreign key which `missing-foreign-key-index` speaks of: one remedy, one finding. */
export function isBareKey(field: Field, entity: Entity, project: ProjectModel): boolean {
  if (!hasBareKeys(entity, project)) return false;
  return [...entity.relations.values()].some((relation) => {
    const target = relation.target === undefined ? undefined : project.entity(relation.target);
    const names = keyColumns(relation, entity);
    return names[0] === field.name && target !== undefined && !isSmall(target) && !isKeyIndexed(entity, relation, names);
  });
}

/** MySQL and MariaDB build an index for each foreign key (InnoDB: *FOREIGN KEY constraints*); of the others none does. */
function leavesKeysAlone(engine: DatabaseEngine): boolean {
  return engine === "postgresql" || engine === "sqlite" || engine === "sqlserver" || engine === "oracle" || engine === "cockroachdb";
}

/** The columns of a key that the database knows of, by the names of their fields. */
export function keyColumns(relation: Relation, entity: Entity): readonly string[] {
  if (relation.owner !== entity.key || relation.unconstrained || relation.form !== "foreign-key") return [];
  const columns = relation.columns ?? (relation.column === undefined ? [] : [relation.column]);
  return columns.map((column) => fieldNamed(entity, column)?.name ?? column);
}

function fieldNamed(entity: Entity, column: string): Field | undefined {
  return entity.fields.get(column) ?? [...entity.fields.values()].find((field) => field.column === column);
}

/** Some index starts with a column of the key, or with something that cannot be read. What row level security compares is given in each statement and may stand before it. */
export function isKeyIndexed(entity: Entity, relation: Relation, names: readonly string[]): boolean {
  const field = fieldNamed(entity, names[0]);
  if (!field || field.primaryKey || field.unique || field.indexed) return true;
  const known = new Set([...names, ...names.map((name) => fieldNamed(entity, name)?.column), relation.name]);
  const isGiven = (name: string | undefined): boolean => name !== undefined && !known.has(name) && entity.policed?.includes(fieldNamed(entity, name)?.name ?? name) === true;
  return entity.indexes.some(({ columns }) => {
    if (columns.length === 0) return true;
    const first = columns.find(({ field: name }) => !isGiven(name));
    return first !== undefined && (first.field === undefined ? first.expression === "?" || names.some((name) => first.expression?.includes(name)) : known.has(first.field));
  });
}
