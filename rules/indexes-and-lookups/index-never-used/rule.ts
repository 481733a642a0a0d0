import { defineRule, type DatabaseIndex, type EntityUsage } from "#engine";
import { isTextLookup, kindOf, lookupText, serves, servingIndex } from "../../shared/indexes";
import { offered } from "../../shared/queries";

/** An index on an expression or on trigrams that none of the project's lookups on its column can use. */
export default defineRule({
  id: "index-never-used",
  summary: "An index that none of its column's lookups can use",
  impact: "medium",
  frameworks: ["django"],
  messages: {
    neverUsed: {
      what: "this index cannot serve {lookups}, the only lookups on `{field}`",
      why: "each of them reads the whole table, and each write keeps up an index that nobody uses",
      instead: "replace it by {index}",
    },
  },
  check: {
    entity(entity, { project, usage, rewriter, report }) {
      // The table is PostgreSQL's; elsewhere such indexes mean other things.
      if (project.engineOf(entity) !== "postgresql" || entity.abstract || entity.incomplete || entity.proxyOf) return;
      for (const index of entity.indexes) {
        if (!isSpecial(index) || !index.declaredAt || index.declaredAt.uri !== entity.declaredAt?.uri) continue;
        const field = [...entity.fields.values()].find((each) => {
          const kind = kindOf(index, each.name);
          return kind !== "unrelated" && kind !== "unknown" && kind !== "btree";
        });
        if (!field) continue;
        const used = usage(entity.key);
        if (used.uncertain || mayUseExpressions(used)) continue;
        const lookups = used.lookups.filter(({ lookup }) => lookup.field === field.name && !lookup.annotated);
        if (lookups.length === 0) continue;
        // A lookup that the table does not know, or a transform, may be what the index is for.
        if (lookups.some(({ lookup }) => lookup.transforms.length > 0 || !isTextLookup(lookup.lookup))) continue;
        if (lookups.some(({ lookup }) => serves(index, field.name, lookup, "postgresql") !== false)) continue;
        const wanted = lookups.map(({ lookup }) => lookup).find(({ lookup }) => lookup !== "exact" && lookup !== "in");
        const better = wanted && servingIndex(field, wanted);
        if (!better) continue;
        const names = [...new Set(lookups.map(({ lookup }) => lookupText(lookup)))].sort().slice(0, 3);
        report("neverUsed", {
          at: index.declaredAt,
          values: { field: field.name, lookups: names.join(", "), index: better.words },
          related: lookups.slice(0, 3).map(({ lookup, at }) => ({ at, message: `${lookupText(lookup)} is used here` })),
          fixes: offered(rewriter(entity.framework).replaceIndex(entity, index, { columns: better.columns, method: better.method }, `Replace it by ${better.words}`, project)),
          hint: "index not used",
        });
      }
    },
  },
});

/** An expression or a trigram index of one column that keeps no rule of its own. */
function isSpecial(index: DatabaseIndex): boolean {
  return !index.unique && !index.partial && index.columns.length === 1 && index.source === "meta-index";
}

/** `order_by(Lower("name"))` or an annotation may be what an expression index is for. */
function mayUseExpressions(used: EntityUsage): boolean {
  return used.lookups.some(({ query }) => query.annotations.size > 0)
    || used.orderings.some(({ query }) => query.annotations.size > 0 || (Array.isArray(query.order) && query.order.some((term: { readonly path: readonly string[] }) => term.path.length === 0)));
}
