import { defineRule } from "#engine";
import type { BodyDone, DataAccessEvent, Entity, Location, ProjectModel, Query, RelatedPlace } from "#engine";
import { entityName, perRowLoop, placeKey, repetition, eachRow } from "../../shared/loops";
import { growingEntity, offered, readsWholeTable } from "../../shared/queries";

/** What makes a page dear, and where. */
interface Cost {
  readonly at: Location;
  readonly text: string;
}

/** Steps that make a hint of anything. */
const HINT = 3;
const MOST_PLACES = 5;

/** A page that is the same for everybody, and is worked out again for each who asks. */
export default defineRule({
  id: "uncached-hot-view",
  summary: "A costly page that is the same for everybody and that nothing caches",
  impact: "low",
  frameworks: ["django"],
  enabledByDefault: false,
  messages: {
    uncached: {
      what: "`{view}` works out {cost} for everybody who asks, and nothing caches the page",
      why: "it is the same page each time, and anybody may ask for it as often as they like",
      instead: "keep it for a while: `cache_page(60 * 15)`, or `cache.get_or_set()` around what costs",
    },
  },
  check: {
    bodyDone(body, { project, rewriter, report }) {
      const page = body.events.find((event) => event.kind === "publicPage");
      if (!page || page.kind !== "publicPage") return;
      const costs = costsOf(body, project);
      if (costs.length === 0) return;
      report("uncached", {
        at: page.at,
        values: { view: page.name, cost: costs[0].text },
        related: costs.slice(0, MOST_PLACES).map(({ at, text }): RelatedPlace => ({ at, message: text })),
        fixes: offered(rewriter(page.framework).cachePage(page, project)),
        hint: "not cached",
        lower: HINT,
      });
    },
  },
});

/** What grows with a table, each place once. */
function costsOf(body: BodyDone, project: ProjectModel): readonly Cost[] {
  const found = new Map<string, Cost>();
  for (const event of body.events) {
    const text = costOf(event, project);
    if (text !== undefined && !found.has(placeKey(event.at))) found.set(placeKey(event.at), { at: event.at, text });
  }
  return [...found.values()];
}

function costOf(event: DataAccessEvent, project: ProjectModel): string | undefined {
  switch (event.kind) {
    case "relationRead": {
      const found = event.loaded || event.keyOnly || event.continued ? undefined : perRowLoop(event);
      return found && found.lower < HINT ? `a query for ${eachRow(found.loop, project, event.row.query)}` : undefined;
    }
    case "queryRun": {
      if (!event.sends) return undefined;
      const repeated = event.dependsOn > 0 ? repetition(event, event.dependsOn) : undefined;
      if (repeated && repeated.basis === "resolved" && repeated.lower < HINT) return `a query for ${eachRow(repeated.loop, project)}`;
      const entity = wholeTable(event.query, project);
      if (!entity) return undefined;
      if (event.how === "count" || event.how === "aggregate") return `a sum over all rows of \`${entity.name}\``;
      return LOADS.has(event.how) && event.query.bound.kind === "none" ? `all rows of \`${entity.name}\`` : undefined;
    }
    case "aggregated": {
      const many = event.added.find(({ toMany }) => toMany.length > 0);
      const entity = many && wholeTable(event.query, project);
      return entity ? `a sum over \`${many.path}\` of all rows of \`${entityName(entity.key, project)}\`` : undefined;
    }
    default:
      return undefined;
  }
}

const LOADS: ReadonlySet<string> = new Set(["iterate", "list", "values", "sort", "len"]);

/** The entity of a query that looks at all or most rows of a table that grows, however few it sends. */
function wholeTable(query: Query, project: ProjectModel): Entity | undefined {
  const entity = growingEntity(query, project);
  return entity && readsWholeTable({ ...query, bound: { kind: "none" }, grouped: false }, project) ? entity : undefined;
}
