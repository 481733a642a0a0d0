import { defineRule } from "#engine";
import { evidence, happensInOwnFrame, loopKey, memberText, onlyOnce, perRowLoop, placeIn, present, eachRow } from "../../shared/loops";

/** A column that `only()` or `defer()` left out is fetched on first use, row by row. */
export default defineRule({
  id: "deferred-column-read-in-loop",
  summary: "Column left out of the query, fetched for every row",
  impact: "critical",
  frameworks: ["django"],
  repeats: true,
  messages: {
    fetchedPerRow: {
      what: "`{column}` was left out of the query and is fetched for {each}",
      why: "1 + N queries",
      instead: "load `{path}` with the query",
    },
  },
  check: {
    bodyDone(body, { project, rewriter, report }) {
      const isNew = onlyOnce();
      for (const read of body.events) {
        if (read.kind !== "columnRead" || read.loaded) continue;
        const query = read.row.query;
        if (query === undefined || query.shape !== "instances" || query.columns.kind === "all") continue;
        const repeated = perRowLoop(read);
        if (repeated === undefined) continue;
        const { loop, lower, basis } = repeated;
        const field = read.field.split("__").at(-1)!;
        const path = read.row.path === "" ? field : `${read.row.path}__${field}`;
        if (!isNew(`${loopKey(loop)}|${query.id}|${path}`)) continue;
        report("fetchedPerRow", {
          of: read, loop,
          at: placeIn(loop, read),
          values: { column: memberText(read.row, field, happensInOwnFrame(loop, read), project), each: eachRow(loop, project, query), path },
          related: [{ at: query.columns.at, message: "the columns are chosen here" }, ...evidence(read, loop, query, "read here")],
          fixes: present(rewriter(query.orm).addColumns(query, [path])),
          hint: "1 + N queries",
          about: query,
          basis,
          lower,
        });
      }
    },
  },
});
