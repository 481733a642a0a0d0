import type { BodyCost } from "../cost";
import type { FileFacts } from "../facts";
import type { BodyDone, DataAccessEvent, Query, QueryEscapes, QueryRun } from "../flow";
import type { Basis, Deployment, Entity, EntryPoint, FunctionRef, ProjectModel, Route } from "../project";
import type { EntityUsage, Framework, Growth, Message, QueryRewriter, RelatedPlace, Report, Rule, RuleContext, Vocabulary } from "../rule";
import type { Location } from "../source";
import { enclosingFunction } from "./enclosing-function";
import { RuleFailure } from "./failure";
import { findingCost, numbersOf } from "./finding-cost";
import { messageText } from "./message";
import type { RawFinding } from "./raw-finding";
import { weakest } from "./severity";

/** Handlers by the kind of event or declaration that they want. */
export type RuleTable = ReadonlyMap<string, readonly { readonly rule: Rule; readonly handle: (subject: never, context: Context) => void }[]>;

type Context = RuleContext<Record<string, Message>>;

/** Sorts the handlers of all rules by what they are called for. */
export function ruleTable(rules: readonly Rule[]): RuleTable {
  const table = new Map<string, { rule: Rule; handle: (subject: never, context: Context) => void }[]>();
  for (const rule of rules) {
    for (const [kind, handle] of Object.entries(rule.check)) {
      if (!handle) continue;
      const entries = table.get(kind) ?? [];
      entries.push({ rule, handle: handle as (subject: never, context: Context) => void });
      table.set(kind, entries);
    }
  }
  return table;
}

export interface CheckInput {
  readonly uri: string;
  readonly events: readonly DataAccessEvent[];
  /** The entities declared in the file. */
  readonly entities: readonly Entity[];
  /** The application whose settings the file is. */
  readonly deployment?: Deployment;
  readonly project: ProjectModel;
  /** What the functions and classes of the file cost. */
  readonly costs: readonly BodyCost[];
  readonly rules: RuleTable;
  /** Who runs code of this file when the event does not say. */
  readonly entry: EntryPoint;
  usage(entity: string): EntityUsage;
  rewriter(orm: string): QueryRewriter;
  vocabulary(orm: string | undefined): Vocabulary;
}

/** Hands the events and declarations of one file to the rules. A rule that throws loses its findings in this file and is not called again for it. */
export function checkFile(input: CheckInput): { readonly findings: readonly RawFinding[]; readonly failures: readonly RuleFailure[] } {
  const findings: RawFinding[] = [];
  const failures = new Map<string, RuleFailure>();
  const uses = usesByQuery(input.events);
  const costs = new Map(input.costs.map((each) => [each.key, each]));
  const call = (kind: string, source: EventSource, seenBy: (rule: Rule) => DataAccessEvent | Entity | Deployment | undefined): void => {
    for (const { rule, handle } of input.rules.get(kind) ?? []) {
      const subject = failures.has(rule.id) ? undefined : seenBy(rule);
      if (subject === undefined) continue;
      try {
        handle(subject as never, contextFor(rule, source, input, uses, costs, findings));
      } catch (error) {
        failures.set(rule.id, new RuleFailure(rule.id, input.uri, error));
      }
    }
  };
  const whole = <Subject>(subject: Subject, orm?: string) => (rule: Rule): Subject | undefined => (isClaimed(rule, orm) ? subject : undefined);
  for (const event of input.events) {
    const source: EventSource = { grows: growthOf(event, input.project), loop: event.loops.at(-1)?.at, entry: event.entry === "unknown" ? input.entry : event.entry, basis: event.basis, query: queryOf(event), root: event.frames[0]?.function, isOfModule: event.frames[0]?.function === undefined && !(event.kind === "bodyDone" && event.owner), body: event.frames[0]?.function?.key ?? (event.kind === "bodyDone" ? event.owner?.key : undefined) };
    call(event.kind, source, event.kind === "bodyDone" ? bodySeenBy(event, input.project) : whole(event, ormOf(event, input.project)));
  }
  for (const entity of input.entities) call("entity", { entry: input.entry, basis: "resolved", grows: tableOf(entity.key, input.project) }, whole(entity, entity.framework));
  // Settings that a file outside the workspace may change are known less well.
  if (input.deployment) call("deployment", { entry: "unknown", basis: input.deployment.overridable ? "inferred" : "resolved" }, whole(input.deployment));
  return {
    findings: failures.size === 0 ? findings : findings.filter((finding) => !failures.has(finding.ruleId)),
    failures: [...failures.values()],
  };
}

/** The ORM that does what an event says, if it says. */
export function ormOf(event: DataAccessEvent, project: ProjectModel): string | undefined {
  const known = event.kind === "rowWritten" ? project.entity(event.entity)?.framework : undefined;
  return known ?? queryOf(event)?.orm ?? ("orm" in event ? event.orm : undefined);
}

function isClaimed(rule: Rule, orm: string | undefined): boolean {
  return orm === undefined || rule.frameworks.includes(orm as Framework);
}

/** A body as a rule sees it: without what frameworks do that the rule does not claim. */
function bodySeenBy(body: BodyDone, project: ProjectModel): (rule: Rule) => BodyDone {
  const orms = new Map(body.events.map((event) => [event, ormOf(event, project)]));
  const all = new Set(orms.values());
  return (rule) => ([...all].every((orm) => isClaimed(rule, orm)) ? body : { ...body, events: body.events.filter((event) => isClaimed(rule, orms.get(event))) });
}

/** What a report inherits from the event it is made for. */
interface EventSource {
  readonly entry: EntryPoint;
  readonly basis: Basis;
  readonly query?: Query;
  readonly grows?: Growth;
  readonly loop?: Location;
  /** The outermost function that it was seen from. */
  readonly root?: FunctionRef;
  /** Nothing but the module's own code. */
  readonly isOfModule?: boolean;
  /** That, or the class that a framework runs by itself. */
  readonly body?: string;
}

function contextFor(rule: Rule, source: EventSource, input: CheckInput, uses: QueryUses, costs: ReadonlyMap<string, BodyCost>, findings: RawFinding[]): Context {
  return {
    project: input.project,
    uses: (query) => uses.get(query.id) ?? [],
    usage: input.usage,
    rewriter: input.rewriter,
    vocabulary: input.vocabulary,
    report(key: string, report: Report<Message>) {
      const message = rule.messages[key];
      if (!message) throw new TypeError(`the rule has no message "${key}"`);
      if (rule.outsideRequests === false && (source.entry === "task" || source.entry === "command")) return;
      const body = rule.repeats && source.body !== undefined ? costs.get(source.body) : undefined;
      const cost = body && findingCost(body, report.at, report.related ?? [], input.project);
      const uncalled = source.root ? uncalledAt(source.root, input.project) : source.isOfModule ? unimportedAt(input) : undefined;
      findings.push({
        ruleId: rule.id,
        ...(rule.family !== undefined && { family: rule.family }),
        impact: rule.impact,
        confidence: report.basis ? weakest(source.basis, report.basis) : source.basis,
        entry: source.entry,
        lower: (report.lower ?? 0) + (uncalled ? 1 : 0),
        message: messageText(message, report.values, cost && numbersOf(cost)),
        ...(cost && { cost }),
        hint: report.hint,
        at: report.at,
        related: report.related ?? [],
        ...(uncalled && { uncalled }),
        routes: routesTo(source.root?.key, report.at, input.project),
        proposals: report.fixes ?? [],
        unnecessary: report.unnecessary ?? false,
        loop: report.loop?.at ?? report.of?.loops.at(-1)?.at ?? source.loop,
        grows: report.of ? growthOf(report.of, input.project) : report.about ? tableOf(report.about.entity, input.project) : source.grows,
        origin: originOf(report.about ?? source.query),
        wording: [key, ...Object.entries(report.values).filter(([name]) => !TOLD_BY_CALLERS.has(name)).map(([name, value]) => `${name}=${value}`).sort()].join("|"),
        functionId: functionIdAt(report.at, input.project.files),
      });
    },
  };
}

/** What a loop's rounds are called, and how many run together, differs with how much each caller tells of its rows: it is the same finding. */
const TOLD_BY_CALLERS: ReadonlySet<string> = new Set(["each", "growth", "cost"]);

/** Where a function of a script stands that no code runs so far: what it costs, nobody pays yet. */
function uncalledAt({ key, uri, declaration }: FunctionRef, project: ProjectModel): RelatedPlace | undefined {
  if (!project.isUncalled(key)) return undefined;
  return { at: { uri, span: { start: declaration.nameStart, end: declaration.nameEnd } }, message: declaration.name === "" ? "nothing runs this function so far" : `nothing runs \`${declaration.name}\` so far` };
}

/** The beginning of a script that nothing leads to, so that its module-level code does not run. */
function unimportedAt({ uri, project }: CheckInput): RelatedPlace | undefined {
  return project.isUncalled(`${uri}#`) ? { at: { uri, span: { start: 0, end: 0 } }, message: "nothing imports this file so far" } : undefined;
}

type QueryUses = ReadonlyMap<number, readonly (QueryRun | QueryEscapes)[]>;

function usesByQuery(events: readonly DataAccessEvent[]): QueryUses {
  const uses = new Map<number, (QueryRun | QueryEscapes)[]>();
  for (const event of events) {
    if (event.kind !== "queryRun" && event.kind !== "queryEscapes") continue;
    const known = uses.get(event.query.id);
    if (known) known.push(event);
    else uses.set(event.query.id, [event]);
  }
  return uses;
}

/** The tables that an event costs more with: those that its loops walk, and the one that it asks. */
function growthOf(event: DataAccessEvent, project: ProjectModel): Growth | undefined {
  const rounds = event.loops.flatMap(({ query }) => (query ? [namesOf(query.entity, project)] : [])).filter((names) => names.length > 0);
  const asked = event.kind === "rowWritten" ? event.entity : queryOf(event)?.entity;
  const rows = asked === undefined ? undefined : tableOf(asked, project)?.rows;
  return rounds.length > 0 || rows ? { rounds, ...(rows && { rows }) } : undefined;
}

function tableOf(entity: string, project: ProjectModel): Growth | undefined {
  const names = namesOf(entity, project);
  return names.length > 0 ? { rounds: [], rows: names } : undefined;
}

function namesOf(key: string, project: ProjectModel): readonly string[] {
  const entity = project.entity(key);
  if (!entity) return [];
  const label = /^[\w.]+$/.test(entity.key) ? [entity.key] : [];
  return [...new Set([entity.name, ...label, ...(entity.table !== undefined ? [entity.table] : [])])];
}

/** The query that an event is about: for a read, the one that gave the row. */
export function queryOf(event: DataAccessEvent): Query | undefined {
  switch (event.kind) {
    case "relationRead":
    case "columnRead":
      return event.row.query;
    case "rowWritten":
      return event.query ?? event.row?.query;
    default:
      return "query" in event ? event.query : undefined;
  }
}

function originOf(query: Query | undefined): Location | undefined {
  if (!query) return undefined;
  const { uri, expression } = query.origin.root;
  return { uri, span: { start: expression.start, end: expression.end } };
}

/** The addresses that lead to the function it was seen from; what frameworks run of a class has the class's own. */
function routesTo(root: string | undefined, at: Location, project: ProjectModel): readonly Route[] {
  if (root !== undefined) return project.routesOf(root);
  const id = functionIdAt(at, project.files);
  return id === "" ? [] : project.routesOf(`${at.uri}#${id}`);
}

function functionIdAt(at: Location, files: ReadonlyMap<string, FileFacts>): string {
  const facts = files.get(at.uri);
  return facts ? enclosingFunction(facts, at.span.start) : "";
}
