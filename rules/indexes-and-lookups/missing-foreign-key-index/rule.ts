import { contains, defineRule, type Entity, type FixProposal, type IndexColumn, type Location, type ProjectModel, type QueryRewriter } from "#engine";
import { hasBareKeys, isKeyIndexed, keyColumns } from "../../shared/foreign-keys";
import { inWords, isNarrowedByIndex } from "../../shared/indexes";
import { isSmall, offered } from "../../shared/queries";

/** A foreign key without an index: whatever starts at the other table reads all of this one. */
export default defineRule({
  id: "missing-foreign-key-index",
  summary: "A foreign key that nothing indexes",
  impact: "high",
  frameworks: ["django", "prisma", "typeorm", "sequelize", "drizzle", "mikroorm", "knex", "kysely"],
  // Where migrations are the schema (Knex, Kysely), the newest one can still be changed.
  inMigrations: true,
  messages: {
    unindexed: {
      what: "the foreign key {columns} of `{entity}` has no index",
      why: "finding what belongs to one `{target}`, and deleting one, read all rows of `{entity}`",
      instead: "add {index}",
    },
    cascading: {
      what: "the foreign key {columns} of `{entity}` has no index",
      why: "each `{target}` that is deleted takes its rows along, and to find them all rows of `{entity}` are read",
      instead: "add {index}",
    },
    searched: {
      what: "the foreign key {columns} of `{entity}` has no index",
      why: "each query for what belongs to one `{target}` reads all rows of `{entity}`",
      instead: "add {index}",
    },
    loaded: {
      what: "the foreign key {columns} of `{entity}` has no index",
      why: "each query that loads `{inverse}` of `{target}` reads all rows of `{entity}`, in a join once for every row",
      instead: "add {index}",
    },
  },
  check: {
    entity(entity, { project, usage, rewriter, vocabulary, report }) {
      if (!hasBareKeys(entity, project)) return;
      const seen = new Set<string>();
      for (const relation of entity.relations.values()) {
        const names = keyColumns(relation, entity);
        const at = relation.declaredAt ?? entity.fields.get(names[0] ?? "")?.declaredAt;
        if (names.length === 0 || !at || seen.has(names[0]) || !isInside(at, entity, project) || isKeyIndexed(entity, relation, names)) continue;
        seen.add(names[0]);
        const target = relation.target === undefined ? undefined : project.entity(relation.target);
        // One of a few: equality leaves a large share of the table, which no index shortens.
        if (!target || isSmall(target)) continue;
        const searches = usage(entity.key).lookups.filter(({ lookup }) => lookup.field !== undefined && names[0] === lookup.field && (lookup.lookup === "exact" || lookup.lookup === "in"));
        // Beside a condition that another index answers, the key has only the few rows to tell apart that this one leaves.
        const isSearched = searches.some(({ lookup, query }) => !isNarrowedByIndex(query, project, lookup));
        const isLoaded = relation.inverse !== undefined && usage(target.key).loads.has(relation.inverse);
        if (searches.length > 0 && !isSearched && !isLoaded && relation.onDelete !== "cascade") continue;
        const columns: readonly IndexColumn[] = names.map((field) => ({ field, descending: false }));
        report(isLoaded ? "loaded" : isSearched ? "searched" : relation.onDelete === "cascade" ? "cascading" : "unindexed", {
          at,
          values: { columns: inWords(names), entity: entity.name, target: target.name, inverse: relation.inverse ?? "", index: vocabulary(entity.framework).index(names) },
          fixes: indexFixes(rewriter(entity.framework), entity, columns, `Add an index on ${inWords(names)}`, project),
          hint: "no index",
          // Who made or changed a row is seldom asked from the other side.
          lower: isLoaded || isSearched || relation.onDelete === "cascade" ? 0 : madeBy.test(names[0]) ? 2 : 1,
        });
      }
    },
  },
});

const madeBy = /(By|_by)(_?[iI][dD])?$/;

/** The index alone, for the framework's own migrations to build, and with a migration that takes no lock. */
function indexFixes(rewriter: QueryRewriter, entity: Entity, columns: readonly IndexColumn[], title: string, project: ProjectModel): readonly FixProposal[] {
  return offered(rewriter.addIndex(entity, { columns }, title, project), rewriter.addIndexConcurrently(entity, { columns }, title, project));
}

/** Declared by the entity's own class or outside of classes, not by a base that others share. */
function isInside(at: Location, entity: Entity, project: ProjectModel): boolean {
  const own = entity.class;
  if (own === undefined || (own.uri === at.uri && contains(own.declaration, at.span))) return true;
  return project.files.get(at.uri)?.declares.classes.some((each) => contains(each, at.span)) !== true;
}
