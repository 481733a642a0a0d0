import { defineRule } from "#engine";
import type { DataAccessEvent, Lookup, ProjectModel, Query } from "#engine";
import { entityName, placeOf } from "../../shared/loops";

/** A random order makes the database read and sort every row that matches, to keep a few. */
export default defineRule({
  id: "random-order",
  summary: "The whole table sorted to pick some rows at random",
  impact: "medium",
  frameworks: ["django", "typeorm", "sequelize", "knex", "kysely"],
  outsideRequests: false,
  messages: {
    sortsEveryRow: {
      what: "every matching `{entity}` is read and sorted at random",
      why: "the cost grows with the table, however few rows are kept",
      instead: "pick random keys and load those rows",
    },
  },
  check: {
    bodyDone(body, { project, report }) {
      for (const event of body.events) {
        if (event.kind !== "rowsOrdered" || event.terms[0]?.random !== true) continue;
        const { query, terms } = event;
        if (query.uncertain || project.entity(query.entity)?.small !== false) continue;
        if ([query, ...derivedFrom(query, body.events)].some((each) => isNarrow(each, project))) continue;
        report("sortsEveryRow", {
          at: terms[0].at,
          values: { entity: entityName(query.entity, project) ?? query.entity },
          related: [{ at: placeOf(query), message: "the query" }],
          hint: "sorts every row",
          basis: event.basis,
        });
      }
    },
  },
});

/** Queries made from this one later in the function: a filter may follow the order. */
function derivedFrom(query: Query, events: readonly DataAccessEvent[]): Query[] {
  const derived: Query[] = [];
  for (const event of events) {
    if (event.kind !== "queryRun" && event.kind !== "lookup") continue;
    for (let from = event.query.from; from !== undefined; from = from.from) {
      if (from.id === query.id) derived.push(event.query);
    }
  }
  return derived;
}

/** Few rows are left to sort: those of one parent, or of chosen keys. */
function isNarrow(query: Query, project: ProjectModel): boolean {
  return query.atMostOne || query.parent !== undefined || query.lookups.some((lookup) => isNarrowing(lookup, project));
}

function isNarrowing(lookup: Lookup, project: ProjectModel): boolean {
  if (lookup.negated || lookup.disjunct || lookup.transforms.length > 0) return false;
  if (lookup.lookup !== "exact" && lookup.lookup !== "in") return false;
  if (lookup.entity === undefined || lookup.field === undefined) return false;
  const entity = project.entity(lookup.entity);
  const field = entity?.fields.get(lookup.field);
  return entity?.relations.has(lookup.field) === true || field?.primaryKey === true || field?.unique === true;
}
