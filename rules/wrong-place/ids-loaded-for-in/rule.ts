import { contains, defineRule, type BodyDone, type DataAccessEvent, type Expression, type Location, type LookupUsed, type ProjectModel, type Query, type Statement } from "#engine";
import { tableOf } from "../../shared/indexes";
import { growingEntity, isSurelyQuery, offered, roundsAround } from "../../shared/queries";

/** A list of keys travels to the application only to be sent back in `IN (…)`. */
export default defineRule({
  id: "ids-loaded-for-in",
  summary: "Keys are loaded only to be sent back in `IN`",
  impact: "medium",
  frameworks: ["django"],
  messages: {
    sentBack: {
      what: "the keys of every `{entity}` of this query are loaded and sent back in `IN`",
      why: "two queries, and a parameter list that grows with the table until the database refuses it",
      instead: "pass the query itself, so that it becomes a subquery",
    },
  },
  check: {
    // The function as a whole: a list that is used again, or taken before a write, must stay a list.
    bodyDone(body, { project, uses, rewriter, report }) {
      for (const event of body.events) {
        if (event.kind !== "lookup" || event.lookup.lookup !== "in" || event.lookup.annotated) continue;
        const from = event.lookup.from;
        if (!from?.materialised || !isOneColumn(from.query) || !isSurelyQuery(from.query)) continue;
        const { query, materialised } = from;
        if (query.bound.kind !== "none" || query.atMostOne || query.combined || query.locked || query.grouped) continue;
        const entity = growingEntity(query, project);
        if (!entity || (project.engineOf(entity) === "mysql" && tableOf(query.entity, project) === tableOf(event.query.entity, project))) continue;
        if (usesAnotherDatabase(query) || usesAnotherDatabase(event.query)) continue;
        // Django leaves NULL out of a list but not out of a subquery, and `NOT IN (…, NULL)` is never true.
        if (event.lookup.negated && query.values.some((name) => entity.fields.get(name)?.nullable !== false && name !== "pk")) continue;
        const sent = uses(query);
        if (sent.length !== 1 || sent[0].kind !== "queryRun" || roundsAround(sent[0], query) < roundsAround(event, query)) continue;
        if (usedAgain(body.events, event, query) || writesLater(body.events, query) || !isReadOnce(materialised, event.lookup.at, body, project)) continue;
        report("sentBack", {
          at: materialised,
          values: { entity: entity.name },
          related: [{ at: event.at, message: "the keys are sent back here" }],
          fixes: offered(rewriter(query.orm).passQuery(materialised, query)),
          hint: "2 queries",
          basis: query.basis,
        });
      }
    },
  },
});

function isOneColumn(query: Query): boolean {
  return query.shape === "scalars" && query.values.length === 1;
}

function usesAnotherDatabase(query: Query): boolean {
  return query.origin.steps.some((step) => step.name === "using" || step.name === "db_manager");
}

/** The same list in another condition. */
function usedAgain(events: readonly DataAccessEvent[], event: LookupUsed, query: Query): boolean {
  return events.some((other) => other.kind === "lookup" && other.lookup.from?.query.id === query.id && other.lookup !== event.lookup);
}

/** Something is written after the keys were taken: a subquery could see other rows than the list. */
function writesLater(events: readonly DataAccessEvent[], query: Query): boolean {
  let taken = false;
  for (const event of events) {
    if (event.kind === "queryRun" && event.query.id === query.id) taken = true;
    else if (taken && event.kind === "rowWritten") return true;
  }
  return false;
}

/**
 * The list stands in the condition itself, or its name is read there and nowhere else: `if not ids: return` and `len(ids)` want a list.
 * What happens to a list is no event, so the names of the function are counted.
 */
function isReadOnce(materialised: Location, condition: Location, body: BodyDone, project: ProjectModel): boolean {
  if (materialised.uri === condition.uri && contains(condition.span, materialised.span)) return true;
  const statements = project.files.get(body.at.uri)?.bodies[body.function?.id ?? ""];
  if (!statements || materialised.uri !== body.at.uri) return false;
  let target: string | undefined;
  const reads = new Map<string, number>();
  const visit = (node: unknown): void => {
    if (typeof node !== "object" || node === null) return;
    if (Array.isArray(node)) {
      node.forEach(visit);
      return;
    }
    const each = node as Expression | Statement;
    if (each.kind === "assign" && each.value?.start === materialised.span.start && each.value.end === materialised.span.end) {
      if (each.targets.length === 1 && each.targets[0].kind === "name") target = each.targets[0].name;
    }
    if (each.kind === "name") reads.set(each.name, (reads.get(each.name) ?? 0) + 1);
    else Object.values(each).forEach(visit);
  };
  visit(statements);
  // Once where it is given its value, once where it is read.
  return target !== undefined && reads.get(target) === 2;
}
