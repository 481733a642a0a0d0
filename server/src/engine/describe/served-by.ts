import type { Lookup, Query } from "../flow";
import type { DatabaseIndex, Entity, Field, ProjectModel } from "../project";

/** Lookups that a btree answers wherever its first column is the one that is asked. */
const ORDERED: ReadonlySet<string> = new Set(["exact", "in", "gt", "gte", "lt", "lte", "range", "isnull"]);

/**
 * Says which index finds the rows of a query, or that none starts with a column that it asks. A description, not a claim: rules decide what
 * to report (what engines make of text lookups is theirs). Undefined: it asks for no row in particular, or what it asks is not known.
 */
export function servedBy(query: Query, entity: Entity, project: ProjectModel): string | undefined {
  const asked = query.lookups.flatMap((lookup) => {
    const field = fieldOf(lookup, entity, project);
    return field && !lookup.negated && !lookup.disjunct && lookup.transforms.length === 0 ? [{ lookup, field }] : [];
  });
  for (const { lookup, field } of asked) {
    if (!ORDERED.has(lookup.lookup)) continue;
    if (field.primaryKey) return `the primary key finds \`${field.name}\``;
    const index = indexOn(entity, field);
    if (index) return `${nameOf(index)} finds \`${field.name}\`${index.partial ? ", for the rows that it holds" : ""}`;
    if (field.unique) return `its unique index finds \`${field.name}\``;
    if (field.indexed) return `its index finds \`${field.name}\``;
  }
  if (query.parent || asked.length === 0 || query.uncertain) return undefined;
  const scanned = asked.find(({ lookup }) => !ORDERED.has(lookup.lookup));
  if (scanned && (scanned.field.indexed || scanned.field.unique || indexOn(entity, scanned.field))) return `an index begins with \`${scanned.field.name}\`, but \`${scanned.lookup.lookup}\` may not use it`;
  return `no index begins with ${[...new Set(asked.map(({ field }) => `\`${field.name}\``))].join(" or ")}: every row is read`;
}

function fieldOf({ path, entity: owner, field }: Lookup, entity: Entity, project: ProjectModel): Field | undefined {
  if (path.length !== 1 || (owner !== undefined && project.entity(owner)?.key !== entity.key)) return undefined;
  const name = field ?? path[0];
  if (name === "pk") return entity.fields.get(entity.primaryKey);
  return entity.fields.get(name) ?? [...entity.fields.values()].find(({ column }) => column === name);
}

function indexOn(entity: Entity, field: Field): DatabaseIndex | undefined {
  return entity.indexes.find(({ columns }) => columns[0]?.expression === undefined && (columns[0]?.field === field.name || columns[0]?.field === field.column));
}

function nameOf({ name, columns, source }: DatabaseIndex): string {
  if (name !== undefined) return `\`${name}\``;
  const fields = columns.map((each) => each.field ?? each.expression ?? "…").join(", ");
  return source === "primary-key" ? "the primary key" : `the ${source === "unique" ? "unique index" : source === "foreign-key" ? "foreign key's index" : "index"} on (${fields})`;
}
