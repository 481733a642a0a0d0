import { defineRule } from "#engine";
import type { ChoicesShown, Entity, ProjectModel } from "#engine";
import { inWords } from "../../shared/indexes";
import { growsWithUsers, isSamePlace, offered, readsWholeTable } from "../../shared/queries";

/** A form or a filter lists every row of a growing table to choose from. */
export default defineRule({
  id: "unbounded-choices",
  summary: "Form field that lists a whole table to choose from",
  impact: "medium",
  frameworks: ["django"],
  outsideRequests: false,
  messages: {
    listed: {
      what: "every `{entity}` is listed to choose {fields} from",
      why: "all rows are loaded and written into the page, and both grow with the table",
      instead: "{advice}",
    },
    listedPerRow: {
      what: "every `{entity}` is listed to choose {fields} from, again for every `{row}`",
      why: "each form loads all rows and writes them into the page",
      instead: "{advice}",
    },
    filtered: {
      what: "the filter by {fields} lists every `{entity}`",
      why: "each view of the list loads all rows and writes them beside it",
      instead: "filter by something with few values, or search",
    },
  },
  check: {
    // The fields of one class that offer the same table are one finding.
    bodyDone(body, { project, rewriter, report }) {
      const seen: ChoicesShown[] = [];
      for (const event of body.events) {
        if (event.kind !== "choicesShown" || seen.includes(event)) continue;
        const entity = growingTarget(event, project);
        if (!entity) continue;
        const together = body.events.filter((other): other is ChoicesShown => other.kind === "choicesShown" && isLike(other, event) && growingTarget(other, project) !== undefined);
        seen.push(...together);
        const around = event.loops.findLast((loop) => loop.query !== undefined && loop.size !== "few");
        const row = around?.query && project.entity(around.query.entity)?.name;
        const fields = inWords([...new Set(together.map(({ field }) => field))]);
        report(event.by === "filter" ? "filtered" : row === undefined ? "listed" : "listedPerRow", {
          at: event.at,
          values: { fields, entity: entity.name, advice: adviceFor(event), row: row ?? "row" },
          related: together.flatMap(({ declaredAt }) => (declaredAt && !isSamePlace(declaredAt, event.at) ? [{ at: declaredAt, message: "the field is declared here" }] : [])),
          fixes: offered(rewriter(event.query.orm).lookUpChoices(together, project)),
          hint: "every row",
          about: event.query,
          basis: event.query.basis,
        });
      }
    },
  },
});

function isLike(event: ChoicesShown, { by, at, query, within }: ChoicesShown): boolean {
  return event.by === by && event.within.key === within.key && event.query.entity === query.entity && isSamePlace(event.at, at);
}

function growingTarget({ query }: ChoicesShown, project: ProjectModel): Entity | undefined {
  const entity = growsWithUsers(query.entity, project);
  return entity && readsWholeTable(query, project) ? entity : undefined;
}

function adviceFor({ by }: ChoicesShown): string {
  return by === "admin" ? "name it in `autocomplete_fields` or `raw_id_fields`" : "offer a search that loads a few rows at a time, or narrow the queryset";
}
