import { defineRule, type DataAccessEvent, type EagerLoadUnused, type Query, type RunHow } from "#engine";
import { entityName } from "../../shared/loops";
import { offered } from "../../shared/queries";

/** Rows are joined or prefetched and nobody reads them, or nothing loads the rows that they belong to. */
export default defineRule({
  id: "unused-eager-load",
  summary: "Related rows are loaded and never read",
  impact: "low",
  frameworks: ["django"],
  messages: {
    joined: {
      what: "`{path}` is joined to every `{entity}`, and nobody reads it",
      why: "each row brings the columns of another one, over a join that the table pays for as it grows",
      instead: "leave it out",
    },
    prefetched: {
      what: "`{path}` is loaded for every `{entity}`, and nobody reads it",
      why: "a query more, and one object for each related row",
      instead: "leave it out",
    },
    noRows: {
      what: "`{path}` is prefetched for `{entity}` rows that are never loaded",
      why: "counting, testing, writing and `values()` leave it aside, so it does nothing",
      instead: "leave it out",
    },
  },
  check: {
    bodyDone(body, { project, rewriter, report }) {
      for (const event of body.events) {
        if (event.kind !== "eagerLoadUnused" || event.query.uncertain) continue;
        const { load, query } = event;
        const key = messageFor(event, body.events);
        if (!key) continue;
        report(key, {
          at: load.at,
          values: { path: load.toAttribute ?? load.path, entity: entityName(query.entity, project) ?? query.entity },
          fixes: offered(rewriter(query.orm).dropLoad(load, query)),
          hint: "never read",
          about: query,
          basis: query.basis,
          unnecessary: true,
        });
      }
    },
  },
});

/** Ways to run that make rows for somebody to read. Rows that are only counted or tested are for other rules. */
const MAKES_ROWS: ReadonlySet<RunHow> = new Set(["iterate", "list", "get", "first", "last", "latest", "earliest", "in_bulk", "iterator", "index", "unpack", "sort"]);
const MAKES_NONE: ReadonlySet<RunHow> = new Set(["count", "exists", "aggregate"]);

function messageFor({ load }: EagerLoadUnused, events: readonly DataAccessEvent[]): "joined" | "prefetched" | "noRows" | undefined {
  const carries = (query: Query | undefined): boolean => query?.loads.get(load.path) === load;
  const runs = events.filter((event) => event.kind === "queryRun" && event.sends && carries(event.query));
  const writes = events.some((event) => event.kind === "rowWritten" && (event.how === "update" || event.how === "query-delete") && carries(event.query));
  if ((runs.length === 0 && !writes) || runs.some((event) => event.kind === "queryRun" && event.query.locked)) return undefined;
  const isRowless = (event: DataAccessEvent): boolean => event.kind === "queryRun" && (MAKES_NONE.has(event.how) || event.query.shape !== "instances");
  if (runs.every(isRowless)) return load.by === "prefetch" ? "noRows" : undefined;
  const makesRows = runs.some((event) => event.kind === "queryRun" && event.query.shape === "instances" && MAKES_ROWS.has(event.how));
  return makesRows ? (load.by === "join" ? "joined" : "prefetched") : undefined;
}
