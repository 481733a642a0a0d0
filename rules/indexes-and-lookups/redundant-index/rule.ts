import { contains, defineRule, type DatabaseEngine, type DatabaseIndex, type Entity, type Field, type IndexColumn } from "#engine";
import { isText } from "../../shared/indexes";
import { offered } from "../../shared/queries";

/** Wider composites are no substitute for a narrow index. */
const mostColumns = 3;

/** Every write keeps up an index that another one already covers. */
export default defineRule({
  id: "redundant-index",
  summary: "An index that another already covers",
  impact: "medium",
  frameworks: ["django", "prisma", "typeorm", "drizzle"],
  messages: {
    covered: {
      what: "the index on {columns} is covered by {other}",
      why: "every write to `{entity}` keeps up both, and both take room in memory",
      instead: "remove it",
    },
    coveredKey: {
      what: "the foreign key's own index on `{field}` is usually covered by {other}",
      why: "every write to `{entity}` keeps up both, and both take room in memory",
      instead: "set `db_index=False` on `{field}`",
    },
    alreadyUnique: {
      what: "`db_index=True` on `{field}` adds nothing",
      why: "`unique=True` already builds the index",
      instead: "remove `db_index=True`",
    },
  },
  check: {
    entity(entity, { project, rewriter, report }) {
      const rewrite = rewriter(entity.framework);
      const taken = new Set<DatabaseIndex>();
      for (const index of entity.indexes) {
        if (!isRemovable(index, entity, project.engineOf(entity)) || !isDeclaredIn(index, entity)) continue;
        const cover = entity.indexes.find((other) => other !== index && !taken.has(other) && covers(other, index, entity));
        if (!cover || !index.declaredAt) continue;
        taken.add(index);
        const shared = {
          at: index.declaredAt,
          related: cover.declaredAt ? [{ at: cover.declaredAt, message: "the index that covers it" }] : [],
        };
        const field = entity.fields.get(index.columns[0].field ?? "");
        if (index.source === "foreign-key" && field) {
          // The composite is wider, so the planner may like the narrow one better.
          report("coveredKey", {
            ...shared,
            values: { entity: entity.name, field: field.name, other: named(cover) },
            fixes: offered(rewrite.removeIndex(entity, index, `Set \`db_index=False\` on \`${field.name}\``)),
            lower: 1,
          });
        } else {
          report("covered", {
            ...shared,
            values: { entity: entity.name, columns: columnsOf(index), other: named(cover) },
            fixes: offered(rewrite.removeIndex(entity, index, `Remove the index on ${columnsOf(index)}`, project)),
            unnecessary: true,
          });
        }
      }
      for (const field of entity.fields.values()) {
        if (!field.unique || field.primaryKey || entity.relations.has(field.name) || !hasIndexOption(field) || !field.declaredAt || !isInside(field.declaredAt, entity)) continue;
        const index = entity.indexes.find((each) => each.source === "db-index" && each.columns[0]?.field === field.name)
          ?? entity.indexes.find((each) => each.source === "unique" && each.columns[0]?.field === field.name);
        if (index && taken.has(index)) continue;
        report("alreadyUnique", {
          at: field.declaredAt,
          values: { field: field.name },
          fixes: index ? offered(rewrite.removeIndex(entity, { ...index, source: "db-index" }, "Remove `db_index=True`", project)) : [],
          lower: 1,
          unnecessary: true,
        });
      }
    },
  },
});

/** A plain btree that only makes reading faster. Unique ones keep a promise, pattern ones serve prefixes, partial ones are small on purpose. */
function isRemovable(index: DatabaseIndex, entity: Entity, engine: DatabaseEngine): boolean {
  if (index.unique || index.partial || index.include.length > 0 || index.method !== "btree" || index.columns.length === 0) return false;
  if (!index.columns.every((column) => column.field !== undefined && column.opclass === undefined)) return false;
  switch (index.source) {
    case "meta-index":
    case "index-together":
      return true;
    case "foreign-key":
      // InnoDB insists on an index of its own for each foreign key while the composite is not there yet.
      return engine !== "mysql";
    case "db-index": {
      // `db_index=True` on text brings the pattern index for prefixes along, on PostgreSQL; applications that run on SQLite often run there, too.
      const field = entity.fields.get(index.columns[0].field ?? "");
      return field !== undefined && !field.unique && !(isText(field) && engine !== "mysql");
    }
    default:
      return false;
  }
}

/** Whether every search in `index` can be done in `cover` as well. */
function covers(cover: DatabaseIndex, index: DatabaseIndex, entity: Entity): boolean {
  // What migrations say may be gone by hand.
  if (cover.isMigrated || cover.partial || cover.method !== "btree" || cover.source === "pattern" || cover.columns.length < index.columns.length) return false;
  if (!cover.columns.every((column) => column.field !== undefined && column.opclass === undefined)) return false;
  if (cover.columns.length > Math.max(mostColumns, index.columns.length + 1)) return false;
  // The primary key of a multi-table child is its parent's row.
  const same = index.columns.every((column, position) => column.field === cover.columns[position].field);
  if (!same) return false;
  const isSingle = index.columns.length === 1;
  const isParallel = index.columns.every((column, position) => column.descending === cover.columns[position].descending);
  const isMirrored = index.columns.every((column, position) => column.descending !== cover.columns[position].descending);
  if (!isSingle && !isParallel && !isMirrored) return false;
  return cover.columns.length > index.columns.length || cover.unique || isKeptRather(cover, index, entity);
}

/** Of two equal indexes, which one stays: the one that a field option made, else the one declared first. */
function isKeptRather(cover: DatabaseIndex, index: DatabaseIndex, entity: Entity): boolean {
  if (cover.source === "foreign-key" || cover.source === "db-index") return index.source === "meta-index" || index.source === "index-together";
  if (index.source === "foreign-key" || index.source === "db-index") return false;
  return entity.indexes.indexOf(cover) < entity.indexes.indexOf(index);
}

function isDeclaredIn(index: DatabaseIndex, entity: Entity): boolean {
  return index.declaredAt !== undefined && isInside(index.declaredAt, entity);
}

/** Not inherited: other children of the base may need it. */
function isInside(at: { readonly uri: string; readonly span: { readonly start: number; readonly end: number } }, entity: Entity): boolean {
  const declaration = entity.class;
  // A table without a class is inherited by nobody.
  if (declaration === undefined) return entity.declaredAt?.uri === at.uri;
  return declaration.uri === at.uri && contains(declaration.declaration, at.span);
}

function hasIndexOption(field: Field): boolean {
  const call = field.call?.expression;
  return call?.kind === "call" && call.arguments.some((argument) => argument.name === "db_index" && argument.value.kind === "literal" && argument.value.value === true);
}

function columnsOf(index: DatabaseIndex): string {
  return index.columns.map(columnText).join(", ");
}

function columnText(column: IndexColumn): string {
  return `\`${column.descending ? "-" : ""}${column.field}\``;
}

function named(index: DatabaseIndex): string {
  const columns = columnsOf(index);
  if (index.source === "primary-key") return `the primary key on ${columns}`;
  return index.unique ? `the unique constraint on ${columns}` : `the index on ${columns}`;
}
