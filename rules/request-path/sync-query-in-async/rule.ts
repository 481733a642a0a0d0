import { defineRule } from "#engine";
import type { EventLoopBlocked, RelatedPlace } from "#engine";
import { entityName, onlyOnce, pathOf, placeKey, present } from "../../shared/loops";

/** The ORM called synchronously under an event loop: Django refuses it, and where it does not, everybody waits. */
export default defineRule({
  id: "sync-query-in-async",
  summary: "Synchronous database call in `async def`",
  impact: "high",
  frameworks: ["django"],
  messages: {
    query: {
      what: "`{entity}` is queried synchronously in `async def {function}`",
      why: "it raises SynchronousOnlyOperation, and where that is switched off every other request of the process waits",
      instead: "await the asynchronous variant, or call it with `sync_to_async`",
    },
    write: {
      what: "`{entity}` is written synchronously in `async def {function}`",
      why: "it raises SynchronousOnlyOperation, and where that is switched off every other request of the process waits",
      instead: "await the asynchronous variant, or call it with `sync_to_async`",
    },
    relation: {
      what: "reading `{entity}.{relation}` in `async def {function}` queries the database synchronously",
      why: "it raises SynchronousOnlyOperation, and where that is switched off every other request of the process waits",
      instead: "load `{relation}` with the query",
    },
  },
  check: {
    bodyDone(body, { project, rewriter, report }) {
      const isNew = onlyOnce();
      for (const event of body.events) {
        if (event.kind !== "eventLoopBlocked") continue;
        const at = placeInFrame(event);
        // A row from elsewhere may have its relations loaded.
        if ((event.by === "relation" && event.query === undefined) || !isNew(placeKey(at))) continue;
        const entity = entityName(event.entity, project) ?? event.entity;
        const fn = event.frames[event.asyncFrame].function?.declaration.name ?? "";
        const about = { at, related: at === event.at ? [] : [{ at: event.at, message: "queried here" }] satisfies RelatedPlace[], hint: "blocks the event loop" };
        const orm = project.entity(event.entity)?.framework;
        const rewrite = orm === undefined ? undefined : rewriter(orm);
        if (event.by === "relation") {
          const relation = project.relation(event.entity, event.how);
          const fix = relation && event.row && rewrite?.loadWith(event.query!, pathOf(event.row, relation), project);
          report("relation", { ...about, values: { entity, relation: event.how, function: fn }, fixes: present(fix) });
        } else report(event.by, { ...about, values: { entity, function: fn }, fixes: present(rewrite?.awaitInstead(event, project)) });
      }
    },
  },
});

/** In the `async def`: the call itself, or that of the helper that makes it. */
function placeInFrame(event: EventLoopBlocked): EventLoopBlocked["at"] {
  return event.frames[event.asyncFrame + 1]?.callSite ?? event.at;
}

