import { contains, defineRule, type DatabaseEngine, type Entity, type EntityUsage, type FixProposal, type IndexColumn, type Location, type ProjectModel, type QueryRewriter } from "#engine";
import { hasBareKeys, isKeyIndexed, keyColumns } from "../../shared/foreign-keys";
import { grownBy, isFewForEach } from "../../shared/growth";
import { indexAdvice, inWords } from "../../shared/indexes";
import { evidenceFor, isOfApplication, type KeyEvidence, type Use } from "../../shared/key-evidence";
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
      what: "the foreign key {columns} of `{entity}` has no index{where}",
      why: "finding what belongs to one `{target}`, and deleting one, read all rows of `{entity}`",
      instead: "add {index}{how}",
    },
    cascading: {
      what: "the foreign key {columns} of `{entity}` has no index{where}",
      why: "each `{target}` that is deleted takes its rows along, and to find them all rows of `{entity}` are read",
      instead: "add {index}{how}",
    },
    searched: {
      what: "the foreign key {columns} of `{entity}` has no index{where}",
      why: "queries by {columns} read all rows of `{entity}`",
      instead: "add {index}{how}",
    },
    searchedUntilFound: {
      what: "the foreign key {columns} of `{entity}` has no index{where}",
      why: "queries by {columns} read row after row of `{entity}` until enough of them match",
      instead: "add {index}{how}",
    },
    searchedShare: {
      what: "the foreign key {columns} of `{entity}` has no index{where}",
      why: "queries by {columns} read every `{entity}` that their other conditions leave",
      instead: "add {index}{how}",
    },
    loaded: {
      what: "the foreign key {columns} of `{entity}` has no index{where}",
      why: "each query that loads `{inverse}` of `{target}` reads all rows of `{entity}`",
      instead: "add {index}{how}",
    },
    loadedPerRow: {
      what: "the foreign key {columns} of `{entity}` has no index{where}",
      why: "a query that loads `{inverse}` of `{target}` reads all rows of `{entity}` once for each `{target}`",
      instead: "add {index}{how}",
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
        const evidence = evidenceFor(entity, relation, names[0], target, usage, project);
        const cascades = relation.onDelete === "cascade";
        // Beside a condition that another index answers, the key has only the few rows to tell apart that this one leaves.
        if (evidence.isServedOtherwise && evidence.loads.length === 0 && !cascades) continue;
        const ground = groundOf(evidence, cascades);
        const columns: readonly IndexColumn[] = names.map((field) => ({ field, descending: false }));
        report(ground.key, {
          at,
          values: { columns: inWords(names), entity: entity.name, target: target.name, inverse: relation.inverse ?? "", where: `${isFurtherBack(entity, names[0]) ? " that begins with it" : ""}${onEngines(entity)}`, ...indexAdvice(entity, names, vocabulary(entity.framework)) },
          related: ground.uses.slice(0, MOST_PLACES).map((use) => ({ at: use.at, message: ground.says })),
          fixes: indexFixes(rewriter(entity.framework), entity, columns, `Add an index on ${inWords(names)}`, project),
          hint: "no index",
          lower: stepsDown(evidence, ground, names[0], usage(entity.key).isUsed || !isSeen(entity, usage, project), isFewForEach(entity) || grownBy(entity, usage, project) === "administrators"),
        });
      }
    },
  },
});

/** Some index has the column behind others, which serves no search by it alone. */
function isFurtherBack({ indexes }: Entity, column: string): boolean {
  return indexes.some(({ columns }) => columns.slice(1).some(({ field }) => field === column));
}

/** So many places are named. */
const MOST_PLACES = 3;

interface Ground {
  readonly key: "loaded" | "loadedPerRow" | "searched" | "searchedUntilFound" | "searchedShare" | "cascading" | "unindexed";
  readonly uses: readonly Use[];
  /** What is done at these places. */
  readonly says: string;
}

/** What the finding rests on: what the application does before what only administrators do, queries before deletes. */
function groundOf({ searches, loads, deletes }: KeyEvidence, cascades: boolean): Ground {
  const loaded = (uses: readonly Use[]): Ground => ({ key: uses.some(({ perRow }) => perRow) ? "loadedPerRow" : "loaded", uses, says: "loaded here" });
  const searched = (uses: readonly Use[]): Ground => ({ key: searchKey(uses), uses, says: "searched here" });
  for (const counts of [isOfApplication, ({ isDoubtful }: Use) => !isDoubtful, () => true]) {
    const [bySearch, byLoad, byDelete] = [searches.filter(counts), loads.filter(counts), deletes.filter(counts)];
    if (byLoad.length > 0) return loaded(byLoad);
    if (bySearch.length > 0) return searched(bySearch);
    if (byDelete.length > 0 && cascades) return { key: "cascading", uses: byDelete, says: "deleted here" };
  }
  return { key: cascades ? "cascading" : "unindexed", uses: [], says: "" };
}

function searchKey(uses: readonly Use[]): Ground["key"] {
  if (uses.every(({ reads }) => reads === "share")) return "searchedShare";
  return uses.every(({ reads }) => reads !== undefined) ? "searchedUntilFound" : "searched";
}

/** A warning is for what the application surely does; what nobody does is a hint. */
function stepsDown({ searches, loads }: KeyEvidence, { key, uses }: Ground, column: string, isUsed: boolean, isSmallish: boolean): number {
  if (!isUsed && searches.length + loads.length === 0) return 2;
  if (key !== "unindexed" && uses.some(isOfApplication)) return isSmallish ? 1 : 0;
  // Who made or changed a row is seldom asked from the other side.
  return key === "unindexed" && madeBy.test(column) ? 2 : 1;
}

/** Whether queries of the project are seen at all: where none is, tables that no code asks for say nothing. */
function isSeen({ framework }: Entity, usage: (entity: string) => EntityUsage, project: ProjectModel): boolean {
  return [...project.entities.values()].some((each) => each.framework === framework && usage(each.key).isUsed);
}

const engineNames: Readonly<Partial<Record<DatabaseEngine, string>>> = { postgresql: "PostgreSQL", sqlite: "SQLite", sqlserver: "SQL Server", oracle: "Oracle", cockroachdb: "CockroachDB" };

/** Of code that runs on several engines, those that build no index by themselves. */
function onEngines({ engines = [] }: Entity): string {
  const names = engines.flatMap((each) => engineNames[each] ?? []);
  return names.length === 0 || names.length === engines.length ? "" : ` on ${names.length < 2 ? names[0] : `${names.slice(0, -1).join(", ")} and ${names[names.length - 1]}`}`;
}

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
