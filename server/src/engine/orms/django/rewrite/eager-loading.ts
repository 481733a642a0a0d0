import type { Argument, Call } from "../../../facts";
import type { Query } from "../../../flow";
import type { ProjectModel, Relation } from "../../../project";
import type { FixProposal } from "../../../rule";
import type { TextEdit } from "../../../source";
import { appendCall, dotOf } from "./chain";
import { addListSelectRelated, addQuerysetMethod, listSelectRelated, takesQuerysetMethod } from "./class-queries";
import { literalText, loadColumns, type ColumnChange } from "./columns";
import { EditSet, insertion } from "./edit-set";
import { appendItem, argumentsOf } from "./items";
import { addToChain, clearsLoads, placeOf, type MethodStep, type Place } from "./placement";
import type { SourceText } from "./source-text";

type Method = "select_related" | "prefetch_related";

/** How a path is loaded: which method, and the path in that method's words. */
interface Wish {
  readonly method: Method;
  readonly path: string;
  readonly hops: readonly Relation[];
}

/** Loads a relation path with the query, where the query is defined. */
export function loadWith(query: Query, path: string, project: ProjectModel): FixProposal | undefined {
  if (query.shape !== "instances" || query.combined || query.origin.kind === "opaque") return undefined;
  const inner = loadInsidePrefetch(query, path, project) ?? loadWithParent(query, path, project);
  if (inner) return inner;
  const wish = wishFor(query, path, project);
  const listed = wish && loadInListing(query, wish, project);
  if (listed !== undefined) return listed === "impossible" ? undefined : { title: `Load \`${path}\` with the query`, safety: "safe", preferred: true, build: listed };
  const place = placeOf(query, project);
  if (!wish || !place) return undefined;
  const columns = columnsFor(query, wish);
  if (columns === "impossible") return undefined;
  const literals = place.steps.filter((step) => step.name === wish.method).flatMap((step) => step.call.arguments.map(literalText));
  if (!query.joined && literals.includes(wish.path) && !place.steps.some(clearsLoads)) return undefined;
  return {
    title: `Load \`${path}\` with the query`,
    safety: "safe",
    preferred: true,
    build(text) {
      const edits = new EditSet(text);
      if (columns && !columns(edits)) return undefined;
      return addLoad(edits, place, query, wish, project) ? edits.finish() : undefined;
    },
  };
}

/** Rows that a framework lists for a class: an attribute of it may name the joins, and a class that has no queryset of its own gets one. Undefined: as everywhere else. */
function loadInListing(query: Query, wish: Wish, project: ProjectModel): FixProposal["build"] | "impossible" | undefined {
  const { listing, kind } = query.origin;
  if (!listing || query.joined) return kind === "class" ? "impossible" : undefined;
  const byAttribute = listing.joinsByAttribute && wish.method === "select_related";
  if (!byAttribute && kind !== "class" && placeOf(query, project)) return undefined;
  if (query.columns.kind !== "all" || (byAttribute ? !listSelectRelated(listing, project) : !takesQuerysetMethod(listing, project))) return "impossible";
  return (text) => {
    const edits = new EditSet(text);
    const source = edits.source(listing.class.uri);
    if (!source) return undefined;
    const isDone = byAttribute ? addListSelectRelated(edits, listing, query, wish.path, project) : addQuerysetMethod(edits, listing, callText(source, wish));
    return isDone ? edits.finish() : undefined;
  };
}

/** Rows that come from a prefetch with a queryset of its own take the rest of the path from that queryset. */
function loadInsidePrefetch(query: Query, path: string, project: ProjectModel): FixProposal | undefined {
  const hops = path.split("__");
  for (let length = hops.length - 1; length > 0; length--) {
    const load = query.loads.get(hops.slice(0, length).join("__"));
    if (load?.by !== "prefetch" || !load.query || load.toAttribute !== undefined) continue;
    const proposal = loadWith(load.query, hops.slice(length).join("__"), project);
    return proposal && { ...proposal, title: `Load \`${path}\` with the query` };
  }
  return undefined;
}

/** `{% for item in order.items.all %}`: a template adds nothing to its queries, but the query that gave `order` can load what `items` lack. */
function loadWithParent({ parent, origin, ...query }: Query, path: string, project: ProjectModel): FixProposal | undefined {
  const isInTemplate = project.files.get(origin.root.uri)?.declares.template !== undefined;
  if (!isInTemplate || !parent?.row.query || query.lookups.length > 0 || origin.steps.some((step) => step.name !== "all")) return undefined;
  const whole = [parent.row.path, parent.relation.name, path].filter(Boolean).join("__");
  return loadWith(parent.row.query, whole, project);
}

function wishFor(query: Query, path: string, project: ProjectModel): Wish | undefined {
  const hops: Relation[] = [];
  let entity: string | undefined = query.entity;
  for (const name of path.split("__")) {
    // Behind a generic foreign key each row may be of another kind: only the hop itself can be named.
    const relation: Relation | undefined = entity === undefined ? undefined : project.relation(entity, name);
    if (!relation) return undefined;
    hops.push(relation);
    entity = relation.target;
  }
  // A join would lock the related rows as well, and PostgreSQL refuses to lock the optional side of one.
  const joins = !query.locked && hops.every((relation) => relation.cardinality === "one" && relation.form !== "generic-foreign-key");
  return joins
    // A reverse one-to-one is joined under the name that queries know it by, and prefetched under its attribute's.
    ? { method: "select_related", path: hops.map((relation) => relation.queryName).join("__"), hops }
    : { method: "prefetch_related", path: hops.map((relation) => relation.name).join("__"), hops };
}

/**
 * `only("title").select_related("author")` raises FieldError, and `only("title").prefetch_related("author")` reads the key per row:
 * the keys on the way have to be loaded too.
 */
function columnsFor(query: Query, wish: Wish): ColumnChange | undefined | "impossible" {
  const { columns } = query;
  if (columns.kind === "all") return undefined;
  const missing: string[] = [];
  let prefix = "";
  for (const relation of wish.hops) {
    const hop = prefix + relation.name;
    const isForward = relation.form === "foreign-key" || relation.form === "one-to-one";
    if (isForward && isLeftOut(query, prefix, hop, relation)) missing.push(columns.kind === "deferred" ? deferredName(columns.names, prefix, relation) : hop);
    if (relation.form === "generic-foreign-key") return "impossible";
    if (wish.method === "prefetch_related") break;
    prefix = `${hop}__`;
  }
  if (missing.length === 0) return undefined;
  return loadColumns(query, missing) ?? "impossible";
}

function isLeftOut(query: Query, prefix: string, hop: string, relation: Relation): boolean {
  const { columns } = query;
  if (columns.kind === "all") return false;
  const names = [...columns.names];
  const own = (name: string): boolean => name === hop || (relation.column !== undefined && name === prefix + relation.column);
  if (columns.kind === "deferred") return names.some(own);
  // A related row of which no column is named is loaded whole.
  if (prefix !== "" && !names.some((name) => name.startsWith(prefix))) return false;
  return !names.some((name) => own(name) || name.startsWith(`${hop}__`));
}

function deferredName(names: ReadonlySet<string>, prefix: string, relation: Relation): string {
  const hop = prefix + relation.name;
  return names.has(hop) || relation.column === undefined ? hop : prefix + relation.column;
}

function addLoad(edits: EditSet, place: Place, query: Query, wish: Wish, project: ProjectModel): boolean {
  const cleared = place.steps.findLastIndex((step) => step.name === wish.method && clearsLoads(step));
  const calls = place.steps.slice(cleared + 1).filter((step) => step.name === wish.method && !step.custom && step.call.arguments.length > 0);
  const mergeable = calls.filter((step) => step.call.arguments.every((argument) => isMergeable(argument, wish.method)));
  const target = mergeable.findLast((step) => prefixIndex(step, wish.path) !== undefined) ?? mergeable.at(-1);
  if (target) {
    const source = edits.source(target.uri);
    return source !== undefined && source.hasCall(target.call) && edits.add(target.uri, mergeInto(source, target, wish, calls));
  }
  const last = place.steps.at(-1);
  if (last && clearsLoads(last)) {
    const source = edits.source(last.uri);
    if (!source?.hasCall(last.call)) return false;
    return edits.add(last.uri, appendCall(source, last.call.close + 1, dotOf(source, last.call.callee), `.${callText(source, wish)}`, last.call.start));
  }
  const source = edits.source(place.uri);
  return source !== undefined && addToChain(edits, place, query, callText(source, wish), project);
}

function callText(source: SourceText, wish: Wish): string {
  return `${wish.method}(${source.literal(wish.path)})`;
}

function isMergeable(argument: Argument, method: Method): boolean {
  return literalText(argument) !== undefined || (method === "prefetch_related" && isPrefetch(argument));
}

function isPrefetch(argument: Argument): boolean {
  return argument.name === undefined && !argument.spread && argument.value.kind === "call";
}

/** The argument with the longest path that the wished one goes on from. */
function prefixIndex(step: MethodStep, path: string): number | undefined {
  let best: number | undefined;
  step.call.arguments.forEach((argument, index) => {
    const text = literalText(argument);
    if (text === undefined || !path.startsWith(`${text}__`)) return;
    if (best === undefined || text.length > literalText(step.call.arguments[best])!.length) best = index;
  });
  return best;
}

/** The path a `Prefetch(…)` argument is for. */
function prefetchPath(call: Call): string | undefined {
  const lookup = call.arguments.find((argument) => argument.name === "lookup") ?? call.arguments[0];
  return lookup?.value.kind === "literal" && typeof lookup.value.value === "string" ? lookup.value.value : undefined;
}

function mergeInto(source: SourceText, step: MethodStep, wish: Wish, calls: readonly MethodStep[]): TextEdit[] {
  const index = prefixIndex(step, wish.path);
  const list = argumentsOf(step.call);
  if (index === undefined) return appendItem(source, list, source.literal(wish.path));
  const argument = step.call.arguments[index];
  const prefix = literalText(argument)!;
  // A `Prefetch` of a step on the way has to come before any path that walks through it, so the longer path goes to the end.
  const isWalkedLater = calls.flatMap((one) => one.call.arguments).some((one) => {
    const path = one.value.kind === "call" ? prefetchPath(one.value) : undefined;
    return path !== undefined && (wish.path === path || wish.path.startsWith(`${path}__`));
  });
  const written = source.slice(argument);
  const isPlain = written === `"${prefix}"` || written === `'${prefix}'`;
  if (isWalkedLater || !isPlain) return appendItem(source, list, source.literal(wish.path));
  return [insertion(argument.end - 1, wish.path.slice(prefix.length))];
}
