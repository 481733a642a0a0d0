import { defineRule, type RowsReduced } from "#engine";
import { growingEntity, isSurelyQuery, offered, originNote } from "../../shared/queries";
import { isFoldedOnce } from "../../shared/queries-folded";

/** What the database would do instead, by the way rows are folded. */
const instead: Readonly<Record<Exclude<RowsReduced["by"], "sorted" | "first-of-list">, string>> = {
  sum: 'aggregate(Sum("{field}"))',
  max: 'aggregate(Max("{field}"))',
  min: 'aggregate(Min("{field}"))',
  set: 'values_list("{field}", flat=True).distinct()',
  any: "filter(…).exists()",
  all: "exclude(…).exists()",
  "dict-count": 'values("{field}").annotate(Count("pk"))',
};

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
      instead: "let the database do it with `.{call}`",
    },
    sortedInCode: {
      what: "every `{entity}` of this query is sorted by `{field}` in code",
      why: "an index cannot help, and no part can be taken without loading everything",
      instead: "let the database sort with `.order_by(\"{field}\")`",
    },
    firstOfAll: {
      what: "every `{entity}` of this query is loaded to take the first",
      why: "N rows are read and built where one is wanted",
      instead: "ask for one row with `.first()`, or index the query itself",
    },
    lastOfAll: {
      what: "every `{entity}` of this query is loaded to take the last",
      why: "N rows are read and built where one is wanted",
      instead: "ask for one row with `.last()`",
    },
    firstFew: {
      what: "every `{entity}` of this query is loaded to take the first few",
      why: "N rows are read and built where a handful is wanted",
      instead: "cut the query itself, which sends a LIMIT",
    },
  },
  check: {
    rowsReduced(fold, { project, uses, rewriter, report }) {
      const { query } = fold;
      if (query.bound.kind !== "none" || query.atMostOne || query.locked || query.combined || query.grouped) return;
      if (!isSurelyQuery(query) || !isFoldedOnce(fold, query, uses(query))) return;
      const entity = growingEntity(query, project);
      if (!entity) return;
      const shared = {
        at: fold.at,
        related: originNote(query, fold.at),
        fixes: offered(rewriter(query.orm).aggregateInDatabase(fold, project)),
        hint: "loads every row",
        basis: query.basis,
        // One owner's rows are fewer than a table's.
        lower: query.parent ? 1 : 0,
      };
      if (fold.by === "first-of-list") {
        const index = fold.expression.kind === "subscript" ? fold.expression.index : undefined;
        report(index?.kind === "slice" ? "firstFew" : index?.kind === "unary" ? "lastOfAll" : "firstOfAll", { ...shared, values: { entity: entity.name } });
        return;
      }
      // A computed value or a property is Python's own business.
      if (fold.field === undefined || (!entity.fields.has(fold.field) && !query.values.includes(fold.field))) return;
      if (fold.by === "sorted") report("sortedInCode", { ...shared, hint: undefined, lower: 1 + shared.lower, values: { entity: entity.name, field: fold.field } });
      else report("folded", { ...shared, values: { entity: entity.name, call: instead[fold.by].replace("{field}", fold.field) } });
    },
  },
});
