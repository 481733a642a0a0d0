import { type Arm, type BodyDone, defineRule, type Entity, type EntityUsage, isForAdministrators, type Location, type ProjectModel, type Query, type QueryEscapes, type QueryRun, type RunHow } from "#engine";
import { grownBy, isFewForEach, standsAlone } from "../../shared/growth";
import { nodesIn, statementsAround } from "../../shared/loops-syntax";
import { growingEntity, isOnRequestPath, isSamePlace, isSlicedElsewhere, offered, originNote, readsWholeTable, wantsEveryRow } from "../../shared/queries";

/** Ways to run a query that keep its rows for the response. */
const makesRows: ReadonlySet<RunHow> = new Set(["iterate", "list", "values", "sort", "join"]);

/** All rows of a table that grows reach one response, or one loop's memory. */
export default defineRule({
  id: "unbounded-query",
  summary: "Every row of a growing table is loaded at once",
  impact: "high",
  frameworks: ["django", "prisma", "typeorm", "sequelize", "drizzle", "mikroorm", "knex", "kysely"],
  messages: {
    loadedForRequest: {
      what: "every `{entity}` is loaded for one request",
      why: "time and memory grow with the table",
      instead: "{page}; where all are needed, let the database count, sum and filter",
    },
    matchingForRequest: {
      what: "every `{entity}` that matches is loaded for one request",
      why: "time and memory grow with the table",
      instead: "{page}; where all are needed, let the database count, sum and filter",
    },
    readForChange: {
      what: "every {matching}`{entity}` is loaded for one request",
      why: "time and memory grow with the table",
      instead: "read only what is needed, or {stream}",
    },
    passedToTemplate: {
      what: "every `{entity}` is passed to the template",
      why: "the page and the time it takes grow with the table",
      instead: "{page}",
    },
    heldInMemory: {
      what: "the loop keeps every `{entity}` in memory",
      why: "the rows of the whole table are held until it ends",
      instead: "{stream}",
    },
  },
  check: {
    // The whole function is needed: a query that goes to a paginator, or is folded or filtered in code, is no finding of this rule.
    bodyDone(body, { project, uses, usage, rewriter, vocabulary, report }) {
      const reported = new Set<number>();
      for (const event of body.events) {
        if (event.kind !== "queryRun" && event.kind !== "queryEscapes") continue;
        const { query } = event;
        if (reported.has(query.id) || !isCandidate(event, body, project) || wantsEveryRow(event)) continue;
        const entity = growingEntity(query, project);
        if (!entity || isVocabulary(entity, project) || isOfFew(query, project) || !readsWholeTable(query, project) || isHandledElsewhere(event, body, project)) continue;
        const grown = grownBy(entity, usage, project);
        if (grown === "nobody" || isForCallers(event, usage)) continue;
        reported.add(query.id);
        const lower = grown === "anyone" && !isForAdministrators(event, project) && !isSeldomAsked(event) && !isFewForEach(entity) && !standsAlone(entity, project) && !isWorkQueue(query, project) ? 0 : 1;
        const rewrite = rewriter(query.orm);
        const words = vocabulary(query.orm);
        if (event.kind === "queryEscapes") {
          const at = builtAt(query, event.at);
          // A page is no query: nothing else may be done with it.
          const isAlone = uses(query).every((use) => use.kind === "queryEscapes" && (use.to === "response" || use.to === "container")) && !query.joined && !body.events.some((other) => "query" in other && other.query?.from?.id === query.id);
          report("passedToTemplate", {
            at,
            values: { entity: entity.name, page: words.page },
            related: [...(at === event.at ? originNote(query, at) : [{ at: event.at, message: "the template gets it here" }]), ...writtenAt(event, body)],
            fixes: isAlone ? offered(rewrite.paginate(query, at, project), rewrite.limit(query, 100, at, project)) : [],
            hint: "every row",
            lower,
            // What a template that is not known does with the rows is a guess.
            basis: event.rendered ? query.basis : "inferred",
          });
          continue;
        }
        const whole = { at: event.at, values: { entity: entity.name, page: words.page }, related: originNote(query, event.at), hint: "every row", basis: event.entry === "unknown" ? "inferred" as const : query.basis, lower };
        const isFiltered = query.lookups.length > 0;
        if (isOnRequestPath(event, project)) {
          if (isOfChange(event, project)) report("readForChange", { ...whole, values: { entity: entity.name, matching: isFiltered ? "matching " : "", stream: words.stream } });
          else report(isFiltered ? "matchingForRequest" : "loadedForRequest", { ...whole, fixes: offered(rewrite.limit(query, 100, runAt(event), project), rewrite.paginate(query, runAt(event), project)) });
        }
        else report("heldInMemory", { ...whole, values: { entity: entity.name, stream: words.stream }, fixes: offered(rewrite.stream(query, runAt(event))) });
      }
    },
  },
});

/** The tags of django-taggit: a page that has all of them offers them for choice. */
function isVocabulary(entity: Entity, project: ProjectModel): boolean {
  return entity.class !== undefined && project.inheritsFrom(entity.class, "taggit.models.TagBase");
}

/** `where: { role: "ADMIN" }`, `where: { role: { in: ["ADMIN", "OWNER"] } }`: those who run an application are few however many use it. */
function isOfFew({ lookups }: Query, project: ProjectModel): boolean {
  return lookups.some((each) => {
    const { lookup, field, constant, negated, disjunct, optional } = each;
    if (negated || disjunct || optional || field === undefined) return false;
    if (lookup === "exact" && constant === true) return /^is_?(admin|super_?user|staff|moderator)/i.test(field);
    if (!/role|type|kind|level/i.test(field)) return false;
    if (lookup === "exact") return typeof constant === "string" && RUNS_APPLICATION.test(constant);
    const listed = lookup === "in" ? wordsAt(each.at, project) : [];
    return listed.length > 0 && listed.every((word) => RUNS_APPLICATION.test(word));
  });
}

/** `where: { status: "PENDING" }`: what waits for somebody, who takes it away again. */
function isWorkQueue({ lookups }: Query, project: ProjectModel): boolean {
  return lookups.some(({ lookup, field, constant, negated, disjunct, optional, at }) => {
    if (negated || disjunct || optional || field === undefined || !/status|state/i.test(field)) return false;
    const listed = lookup === "exact" ? [String(constant)] : lookup === "in" ? wordsAt(at, project) : [];
    return listed.length > 0 && listed.every((word) => WAITS.test(word));
  });
}

const WAITS = /^(pending|queued|waiting|submitted|recommended|requested|processing|in_?progress|unprocessed|for_?(review|approval)|awaiting)(_\w+)?$/i;

const RUNS_APPLICATION = /admin|super_?user|moderator|staff|operator/i;

/** The texts and members of enums in the list that a condition is compared with: `["ADMIN", Role.OWNER]`. */
function wordsAt({ uri, span }: Location, project: ProjectModel): readonly string[] {
  const statement = statementsAround({ uri, span }, project).at(-1)?.statement;
  return nodesIn(statement).filter((node) => node.kind === "sequence" && node.start >= span.start && node.end <= span.end).flatMap((node) => (node.kind === "sequence" ? node.items : [])).map((item) =>
    item.kind === "literal" && typeof item.value === "string" ? item.value : item.kind === "attribute" ? item.name : "");
}

function isCandidate(event: QueryRun | QueryEscapes, body: BodyDone, project: ProjectModel): boolean {
  if (event.kind === "queryEscapes") return event.entry === "request" && event.to === "response" && (!event.rendered || rowsWritten(event, body) !== undefined);
  // What code drops is no response: the condition decides what is right to load.
  if (!event.sends || event.query.locked || event.filtered || event.narrowed || event.onlyLength) return false;
  if (isOnRequestPath(event, project)) return makesRows.has(event.how);
  // A work queue (`status="failed"`) is not the whole table.
  if (event.query.lookups.some(({ lookup, negated, constant }) => (lookup === "exact" || lookup === "in") && !negated && typeof constant !== "boolean")) return false;
  return (event.entry === "task" || event.entry === "command") && event.how === "iterate" && event.query.shape === "instances";
}

/** Where a known template writes the rows that it was given. */
function rowsWritten(escape: QueryEscapes, body: BodyDone): QueryRun | undefined {
  return body.events.find((other): other is QueryRun => other.kind === "queryRun" && other.query.id === escape.query.id && makesRows.has(other.how) && other.frames.at(-1)?.isTemplate === true);
}

function writtenAt(escape: QueryEscapes, body: BodyDone): readonly { readonly at: Location; readonly message: string }[] {
  const run = escape.rendered ? rowsWritten(escape, body) : undefined;
  return run ? [{ at: run.at, message: "the template writes every row here" }] : [];
}

/** Pages are cut from it, other rules speak of it, or its rows are wanted again. */
function isHandledElsewhere(event: QueryRun | QueryEscapes, body: BodyDone, project: ProjectModel): boolean {
  const { query } = event;
  for (const other of body.events) {
    switch (other.kind) {
      case "paginated":
      case "rowsReduced":
      case "rowsFiltered":
        if (other.query.id === query.id) return true;
        break;
      case "lookup":
        // `filter(id__in=[…])`: the rows only make the list.
        if (other.lookup.from?.query.id === query.id) return true;
        break;
      case "queryEscapes":
        if (other.query.id === query.id && other.to === "argument" && /paginat|page|autocomplete/i.test(other.callee ?? "")) return true;
        break;
      case "queryRun":
        // Walked twice: an iterator would send the query twice.
        if (!isOnRequestPath(event, project) && other !== event && other.query.id === query.id) return true;
        break;
    }
  }
  return isSlicedElsewhere(query, body.events);
}

/** A helper's rows are its callers' matter: all that were seen only count them, search them or pick some. */
function isForCallers({ kind, at, frames, query }: QueryRun | QueryEscapes, usage: (entity: string) => EntityUsage): boolean {
  if (kind !== "queryRun" || frames.length > 1) return false;
  const lists = usage(query.entity).lists.filter((each) => isSamePlace(each.at, at));
  return lists.length > 0 && lists.every(({ isKept }) => !isKept);
}

/** Nobody looks at a list of these rows: the requests that lead here change something. */
function isOfChange({ frames: [root] }: QueryRun, project: ProjectModel): boolean {
  const routes = root.function ? project.routesOf(root.function.key) : [];
  return routes.length > 0 && routes.every(({ methods, path }) => (methods.length > 0 && methods.every((method) => /^(POST|PUT|PATCH|DELETE)$/.test(method)) && !/(?<![a-z])(search|list|query|export|graphql)|Search|List|Query|Export/.test(path)) || /^Mutation\./.test(path));
}

/** The end of the chain that made the query, when it stands in the same file: there the query can be cut. */
function builtAt(query: Query, at: Location): Location {
  const last = query.origin.steps[query.origin.steps.length - 1];
  if (last) return last.uri === at.uri && !last.custom ? { uri: last.uri, span: { start: last.call.start, end: last.call.end } } : at;
  const { uri, expression } = query.origin.root;
  return uri === at.uri && query.origin.kind !== "opaque" ? { uri, span: { start: expression.start, end: expression.end } } : at;
}

/** The query itself, without the `list(…)` around it. */
function runAt({ at, expression }: QueryRun): Location {
  return { uri: at.uri, span: { start: expression.start, end: expression.end } };
}

/** Asked when a cache has no answer, or when a caller gives something else than a default: for one request of many. */
function isSeldomAsked({ arms }: { readonly arms?: readonly Arm[] }): boolean {
  return arms?.some(({ onMiss, isRare }) => onMiss === true || isRare === true) === true;
}
