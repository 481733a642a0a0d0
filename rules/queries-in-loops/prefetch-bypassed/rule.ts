import { defineRule } from "#engine";
import { bypassOf, declarationOf, evidence, happensInOwnFrame, loopKey, memberText, onlyOnce, perRowLoop, placeIn, placeKey, present, eachRow } from "../../shared/loops";

/** A prefetched relation that is filtered or ordered again is queried again for every row. */
export default defineRule({
  id: "prefetch-bypassed",
  summary: "Prefetched relation queried again for every row",
  impact: "critical",
  frameworks: ["django"],
  repeats: true,
  messages: {
    askedAgain: {
      what: "`{relation}.{method}()` asks the database again for {each}, although `{path}` is prefetched",
      why: "1 + N queries",
      instead: "put the condition into `Prefetch(queryset=…, to_attr=…)`, or use the rows that are there",
    },
    underOtherName: {
      what: "`{relation}` asks the database again for {each}: the prefetched rows are in `{attribute}`",
      why: "1 + N queries",
      instead: "read `{attribute}`, or prefetch `{path}` too",
    },
  },
  check: {
    bodyDone(body, { project, rewriter, report }) {
      const isNew = onlyOnce();
      for (const read of body.events) {
        if (read.kind !== "relationRead" || read.row.query === undefined) continue;
        const bypasses = bypassOf(read);
        if (bypasses === undefined) continue;
        const repeated = perRowLoop(read);
        if (repeated === undefined) continue;
        const { loop, lower, basis } = repeated;
        const { load, method } = bypasses;
        const at = placeIn(loop, read);
        if (!isNew(`${loopKey(loop)}|${placeKey(at)}|${read.path}`)) continue;
        const relation = memberText(read.row, read.relation.name, happensInOwnFrame(loop, read), project);
        const each = eachRow(loop, project, read.row.query);
        const rest = {
          of: read, loop,
          at,
          related: [
            { at: load.at, message: `\`${load.path}\` is prefetched here` },
            ...evidence(read, loop, read.row.query, "asked again here"),
            ...declarationOf(read.relation),
          ],
          fixes: present(rewriter(read.row.query.orm).prefetchFiltered({ ...read, bypasses }, project)),
          hint: "1 + N queries",
          about: read.row.query,
          basis,
          lower,
        };
        if (load.toAttribute === undefined) report("askedAgain", { ...rest, values: { relation, each, method, path: load.path } });
        else report("underOtherName", { ...rest, values: { relation, each, attribute: load.toAttribute, path: load.path } });
      }
    },
  },
});
