import { defineRule, type Lookup, type ProjectModel, type Query } from "#engine";
import { isKeyLike } from "../../shared/indexes";
import { fieldOf, growingEntity, isOfOneOwner, isSurelyQuery, offered, originNote } from "../../shared/queries";
import { isFoldedOnce } from "../../shared/queries-folded";

/** Rows are loaded to be folded into one value that the database can compute. */
export default defineRule({
  id: "aggregate-in-code",
  summary: "Sums, extremes and counts over loaded rows",
  impact: "medium",
  frameworks: ["django", "prisma", "typeorm", "sequelize", "drizzle", "mikroorm", "knex", "kysely"],
  messages: {
    folded: {
      what: "every `{entity}` of this query is loaded to compute one value",
      why: "N rows are read and built where the database would send the result",
      instead: "let the database do it with {call}",
    },
    sortedInCode: {
      what: "every `{entity}` of this query is sorted by `{field}` in code",
      why: "an index cannot help, and no part can be taken without loading everything",
      instead: "let the database sort with {order}",
    },
    firstOfAll: {
      what: "every `{entity}` of this query is loaded to take the first",
      why: "N rows are read and built where one is wanted",
      instead: "ask for one row with {first}",
    },
    lastOfAll: {
      what: "every `{entity}` of this query is loaded to take the last",
      why: "N rows are read and built where one is wanted",
      instead: "ask for one row with {last}",
    },
    firstFew: {
      what: "every `{entity}` of this query is loaded to take the first few",
      why: "N rows are read and built where a handful is wanted",
      instead: "cut the query itself, which sends a LIMIT",
    },
  },
  check: {
    rowsReduced(fold, { project, uses, rewriter, vocabulary, report }) {
      const { query } = fold;
      if (query.bound.kind !== "none" || query.atMostOne || query.locked || query.combined || query.grouped) return;
      if (!isSurelyQuery(query) || !isFoldedOnce(fold, query, uses(query), project)) return;
      const entity = growingEntity(query, project);
      if (!entity || (fold.by === "first-of-list" && fold.expression.kind !== "subscript" && !picksOneOfMany(query))) return;
      const words = vocabulary(query.orm);
      const shared = {
        at: fold.at,
        related: originNote(query, fold.at),
        fixes: offered(rewriter(query.orm).aggregateInDatabase(fold, project)),
        hint: "loads every row",
        basis: query.basis,
        // One owner's rows are fewer than a table's.
        lower: isOfOneOwner(query, project) ? 1 : 0,
      };
      if (fold.by === "first-of-list") {
        // Conditions that leave few rows: the first of them is most of what was read.
        if (query.uncertain || query.lookups.some((lookup) => picksFew(lookup, project) && !(Array.isArray(query.order) && isReference(lookup, project)))) return;
        const index = fold.expression.kind === "subscript" ? fold.expression.index : undefined;
        report(index?.kind === "slice" ? "firstFew" : index?.kind === "unary" ? "lastOfAll" : "firstOfAll", { ...shared, values: { entity: entity.name, first: words.first, last: words.last } });
        return;
      }
      // A computed value or a property is Python's own business.
      if (fold.field === undefined || (!entity.fields.has(fold.field) && !query.values.includes(fold.field))) return;
      if (fold.by === "sorted") report("sortedInCode", { ...shared, hint: undefined, lower: 1 + shared.lower, values: { entity: entity.name, field: fold.field, order: words.orderBy(fold.field) } });
      else report("folded", { ...shared, values: { entity: entity.name, call: words.fold(fold.by, fold.field) } });
    },
  },
});

/** Equality on something that identifies: an address, a token, a key. */
function picksFew(lookup: Lookup, project: ProjectModel): boolean {
  if (lookup.negated || lookup.disjunct || lookup.annotated || lookup.transforms.length > 0 || !/^i?(exact|in)$/.test(lookup.lookup)) return false;
  const field = fieldOf(lookup, project);
  return field !== undefined && (field.primaryKey || field.unique || isKeyLike(field));
}

/** `const [latest] = await …`: an order says that there are several, of the whole table there are. */
function picksOneOfMany(query: Query): boolean {
  return query.lookups.length === 0 || Array.isArray(query.order);
}

/** What belongs to one row of another table: several, where somebody puts them in order. */
function isReference({ entity, field }: Lookup, project: ProjectModel): boolean {
  return [...(project.entity(entity ?? "")?.relations.values() ?? [])].some((relation) => relation.column === field && relation.form === "foreign-key");
}
