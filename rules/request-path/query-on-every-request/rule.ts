import { contains, defineRule } from "#engine";
import type { EveryRequestQuery, Expression, Location, ProjectModel, RelatedPlace, Statement } from "#engine";
import { entityName, onlyOnce, placeKey } from "../../shared/loops";
import { nodesIn, statementsAround } from "../../shared/loops-syntax";

/** A query that every request sends, whatever it is about. */
export default defineRule({
  id: "query-on-every-request",
  summary: "Middleware or a context processor that queries for every request",
  impact: "medium",
  frameworks: ["django"],
  messages: {
    middleware: {
      what: "this middleware queries `{entity}` for every request",
      why: "each response waits for it, and the database answers it as often as there are requests",
      instead: "cache the answer, or ask only where it is used",
    },
    contextProcessor: {
      what: "this context processor queries `{entity}` for every page",
      why: "pages that never show it wait for it as well",
      instead: "cache the answer, or hand the template something lazy: a queryset, or `SimpleLazyObject`",
    },
  },
  check: {
    bodyDone(body, { project, report }) {
      const root = body.frames[0].function;
      if (!isHook(root) || !project.isEntryPoint(root!.key)) return;
      const isNew = onlyOnce();
      for (const event of body.events) {
        if (event.kind !== "everyRequestQuery") continue;
        const places = placesOf(event);
        if (!places.every((place) => isAlwaysReached(place, project)) || !isNew(placeKey(places[0]))) continue;
        report(event.entry === "middleware" ? "middleware" : "contextProcessor", {
          at: places[0],
          values: { entity: entityName(event.query.entity, project) ?? event.query.entity },
          related: places.length > 1 ? [{ at: event.at, message: "queried here" }] satisfies RelatedPlace[] : [],
          hint: "every request",
          // RULE-SEMANTICS marks it as likely: one query for one row may well be worth it.
          lower: 1,
        });
      }
    },
  },
});

/** What Django calls for each request (*Middleware*): not the constructor, and not what it calls only after an error. */
function isHook(fn: EveryRequestQuery["frames"][number]["function"]): boolean {
  return fn !== undefined && (fn.owner === undefined || /^(__call__|__acall__|process_(request|view|response|template_response))$/.test(fn.declaration.name));
}

/** The calls that lead to the query, from the outermost function on, and the query. */
function placesOf(event: EveryRequestQuery): Location[] {
  return [...event.frames.slice(1).flatMap(({ callSite }) => (callSite ? [callSite] : [])), event.at];
}

/** Reached by every call of the function: behind no test, but for one of who asks. */
function isAlwaysReached(place: Location, project: ProjectModel): boolean {
  const path = statementsAround(place, project);
  return path.length > 0 && path.every(({ statement, block }, depth) => {
    if (block.slice(0, block.indexOf(statement)).some(mayLeave)) return false;
    return depth === path.length - 1 ? !isOptional(statement, place) : isAlwaysEntered(statement, place);
  });
}

function isAlwaysEntered(statement: Statement, place: Location): boolean {
  switch (statement.kind) {
    case "with":
      return true;
    case "try":
      return [...statement.body, ...statement.finally].some((each) => contains(each, place.span));
    case "if":
      return contains(statement.test, place.span) || (isAboutUser(statement.test) && statement.then.some((each) => contains(each, place.span)));
    case "for":
      return contains(statement.iterable, place.span);
    default:
      return false;
  }
}

/** `if not request.user.is_authenticated: return` lets all pass who are known. */
function mayLeave(statement: Statement): boolean {
  if (statement.kind === "if") return !isAboutUser(statement.test) && nodesIn([statement.then, statement.otherwise]).some((node) => node.kind === "return" || node.kind === "raise");
  return statement.kind === "return" || statement.kind === "raise";
}

function isAboutUser(test: Expression): boolean {
  return nodesIn(test).some((node) => node.kind === "attribute" && /^(is_authenticated|is_anonymous|user)$/.test(node.name));
}

/** One side of `a or b`, `a if b else c`, a lambda: it may never be computed. */
function isOptional(statement: Statement, place: Location): boolean {
  return nodesIn(statement).some((node) => {
    switch (node.kind) {
      case "logical":
        return contains(node.right, place.span);
      case "conditional":
        return contains(node.then, place.span) || contains(node.otherwise, place.span);
      case "lambda":
        return contains(node, place.span);
      default:
        return false;
    }
  });
}
