import { defineRule } from "#engine";
import type { DataAccessEvent, Location, ProjectModel, QueryRun, RunHow, Statement } from "#engine";
import { entityName, isWholeRelation } from "../../shared/loops";
import { readsTheSame } from "../../shared/loops-syntax";
import { alwaysRunsBefore, askedIn, mayChangeBetween, restsOnNames } from "./same-answer";

/** Two queries that read the same are sent one after the other, and nothing happens in between. */
export default defineRule({
  id: "repeated-evaluation",
  summary: "The same query sent twice in one function",
  impact: "medium",
  frameworks: ["django", "prisma", "typeorm", "sequelize", "drizzle", "mikroorm", "knex", "kysely"],
  outsideRequests: false,
  messages: {
    sentAgain: {
      what: "the same query on `{entity}` was sent before in this {where}",
      why: "two queries for one answer",
      instead: "keep the first answer in a name and use it twice",
    },
  },
  check: {
    bodyDone(body, { project, report }) {
      const own = project.files.get(body.at.uri)?.bodies[body.function?.id ?? ""] ?? [];
      body.events.forEach((event, position) => {
        if (!isOwnRun(event, body.frames.length, project)) return;
        const isTemplate = event.frames.at(-1)?.isTemplate === true;
        const statements = isTemplate ? bodyAround(event.at, project) : own;
        const first = body.events.slice(0, position).findIndex((other) => isOwnRun(other, body.frames.length, project) && isInSameFrame(other, event) && isRepeated(other, event, statements, project));
        if (first < 0 || body.events.slice(first, position).some((each) => each.kind === "rowWritten")) return;
        report("sentAgain", {
          at: event.at,
          values: { entity: entityName(event.query.entity, project) ?? event.query.entity, where: isTemplate ? "template" : "function" },
          related: [{ at: body.events[first].at, message: "sent here first" }],
          hint: "sent twice",
          basis: event.basis,
        });
      });
    },
  },
});

/** A run of a known query in the function itself, whose answer rests on names alone. */
function isOwnRun(event: DataAccessEvent, depth: number, project: ProjectModel): event is QueryRun {
  if (event.kind !== "queryRun" || !event.sends || (event.frames.length !== depth && event.frames.at(-1)?.isTemplate !== true)) return false;
  const { query } = event;
  if (query.locked || (Array.isArray(query.order) && query.order.some((term) => term.random))) return false;
  // A caller may have prefetched the relation of a row that it handed in.
  if (isWholeRelation(query) && query.parent?.row.query === undefined) return false;
  return restsOnNames(askedIn(event.expression), event.at.uri, project);
}

/** The same function, or one and the same writing of a template. */
function isInSameFrame(a: QueryRun, b: QueryRun): boolean {
  const [first, second] = [a.frames.at(-1), b.frames.at(-1)];
  if (a.frames.length !== b.frames.length || first?.uri !== second?.uri) return false;
  return first?.callSite === second?.callSite || (first?.callSite?.uri === second?.callSite?.uri && first?.callSite?.span.start === second?.callSite?.span.start);
}

/** The statements of a template, or of the block of it, that hold a place. */
function bodyAround(at: Location, project: ProjectModel): readonly Statement[] {
  const bodies = Object.values(project.files.get(at.uri)?.bodies ?? {});
  return bodies.find((body) => body.some((statement) => statement.start <= at.span.start && at.span.end <= statement.end)) ?? [];
}

function isRepeated(first: QueryRun, second: QueryRun, body: readonly Statement[], project: ProjectModel): boolean {
  if (answerOf(first.how) !== answerOf(second.how) || first.query.entity !== second.query.entity || first.at.uri !== second.at.uri) return false;
  if (first.loops.length !== second.loops.length || first.loops.some((loop, depth) => loop.id !== second.loops[depth].id)) return false;
  if (first.at.span.end > second.at.span.start || !readsTheSame(askedIn(first.expression), askedIn(second.expression))) return false;
  if (!alwaysRunsBefore(first.at.span, second.at.span, body)) return false;
  return !mayChangeBetween(askedIn(first.expression), first.at.span.end, second.at.span.start, body, first.at.uri, project);
}

const LOADS_ROWS: ReadonlySet<RunHow> = new Set(["iterate", "list", "len", "bool", "contains", "values", "unpack", "join", "sort"]);

/** What a run asks for: the rows, however they are used, or something else. */
function answerOf(how: RunHow): RunHow {
  return LOADS_ROWS.has(how) ? "list" : how;
}
