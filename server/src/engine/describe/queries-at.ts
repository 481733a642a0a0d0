import type { DataAccessEvent, Query, QueryRun, RelationRead } from "../flow";
import type { Entity, ProjectModel } from "../project";
import type { Location } from "../source";
import { servedBy } from "./served-by";
import { outlineOf, outlineOfRelation } from "./sql-outline";

/** What a query, or the read of a relation, asks of the database: for people who point at it. */
export interface QueryView {
  readonly at: Location;
  /** The model whose rows it gives, and the file and place of its declaration. */
  readonly model: string;
  readonly declaredAt?: Location;
  /** Whether this very expression sends a statement. */
  readonly sends: boolean;
  /** The statement in outline: names and clauses, no values. */
  readonly sql: string;
  /** Relations that come with its rows, as the code names them. */
  readonly loads: readonly string[];
  /** Relations of the model that a read would load row by row. */
  readonly leaves: readonly string[];
  /** Which index finds the rows, or why none does; absent where there is nothing to look up. */
  readonly index?: string;
  readonly rows: "all" | "page" | "one" | number;
  /** Models whose rows the loops around it walk. */
  readonly perRowOf: readonly string[];
  /** Part of it was not understood. */
  readonly uncertain: boolean;
}

/** The queries and reads of relations at an offset, the innermost expression first, each once. */
export function queriesAt(events: readonly DataAccessEvent[], uri: string, offset: number, project: ProjectModel): readonly QueryView[] {
  const here = events.filter((event): event is QueryRun | RelationRead => (event.kind === "queryRun" || event.kind === "relationRead") && placesOf(event).some((at) => holds(at, uri, offset)));
  const views = new Map<string, QueryView & { readonly width: number }>();
  for (const event of here) {
    const at = placesOf(event).filter((each) => holds(each, uri, offset)).sort((a, b) => widthOf(a) - widthOf(b))[0];
    const view = event.kind === "queryRun" ? viewOfQuery(event, event.query, at, project) : viewOfRelation(event, at, project);
    const key = `${view.sql} ${view.model}`;
    const known = views.get(key);
    if (!known || (view.sends && !known.sends)) views.set(key, { ...view, width: widthOf(at) });
  }
  return [...views.values()].sort((a, b) => a.width - b.width).map(({ width: _width, ...view }) => view);
}

/** Where a person would point at: the expression that sends it, and the chain that makes it. */
function placesOf(event: QueryRun | RelationRead): readonly Location[] {
  if (event.kind === "relationRead") return [event.at];
  const { root, steps } = event.query.origin;
  const chain = steps.filter(({ uri }) => uri === root.uri).at(-1)?.call ?? root.expression;
  return [event.at, { uri: root.uri, span: { start: root.expression.start, end: Math.max(root.expression.end, chain.end) } }];
}

function holds({ uri, span }: Location, wanted: string, offset: number): boolean {
  return uri === wanted && span.start <= offset && offset <= span.end;
}

function widthOf({ span }: Location): number {
  return span.end - span.start;
}

function viewOfQuery(event: QueryRun, query: Query, at: Location, project: ProjectModel): QueryView {
  const entity = project.entity(query.entity);
  const index = entity && servedBy(query, entity, project);
  const isOne = query.atMostOne || event.how === "get" || event.how === "first" || event.how === "last";
  return {
    ...modelOf(entity, query.entity), at, sends: event.sends, sql: outlineOf(query, event.how, project),
    loads: [...query.loads.keys()].map((path) => path.replaceAll("__", ".")),
    leaves: entity && query.shape === "instances" ? [...entity.relations.values()].filter(({ name, cardinality }) => cardinality === "one" && !query.loads.has(name)).map(({ name }) => name) : [],
    ...(index !== undefined && { index }),
    rows: isOne ? "one" : query.bound.kind === "rows" ? query.bound.rows : query.bound.kind === "page" ? "page" : "all",
    perRowOf: loopsOf(event, project), uncertain: query.uncertain || query.joined,
  };
}

function viewOfRelation(event: RelationRead, at: Location, project: ProjectModel): QueryView {
  const { relation } = event;
  const target = relation.target === undefined ? undefined : project.entity(relation.target);
  if (event.query) return { ...viewOfQuery({ ...event, kind: "queryRun", query: event.query, how: "other", sends: !event.loaded, dependsOn: 0, expression: event.query.origin.root.expression }, event.query, at, project), sends: !event.loaded };
  return {
    ...modelOf(target, relation.target ?? relation.name), at, sends: !event.loaded && event.keyOnly !== "id", sql: outlineOfRelation(relation, project),
    loads: [], leaves: [], rows: relation.cardinality === "one" ? "one" : "all", perRowOf: loopsOf(event, project), uncertain: false,
  };
}

function modelOf(entity: Entity | undefined, key: string): { readonly model: string; readonly declaredAt?: Location } {
  return { model: entity?.name ?? key, ...(entity?.declaredAt && { declaredAt: entity.declaredAt }) };
}

function loopsOf(event: QueryRun | RelationRead, project: ProjectModel): readonly string[] {
  return event.loops.map(({ query, variable }) => (query ? (project.entity(query.entity)?.name ?? variable) : variable));
}
