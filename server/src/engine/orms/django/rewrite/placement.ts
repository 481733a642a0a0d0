import type { Attribute, Call, Expression } from "../../../facts";
import type { ChainStep, Query } from "../../../flow";
import type { ClassRef, ProjectModel } from "../../../project";
import { contains, type TextEdit } from "../../../source";
import { appendCall, dotOf, replaceCall } from "./chain";
import type { EditSet } from "./edit-set";
import { insertion } from "./edit-set";
import { baseOf, classAt, pathTo, scopeAt, type Located } from "./names";
import type { SourceText } from "./source-text";

export type MethodCall = Call & { readonly callee: Attribute };

/** A step as a fix sees it: its callee is known to be an attribute. */
export type MethodStep = ChainStep & { readonly call: MethodCall };

/** From these on a chain no longer gives a queryset of instances that could be narrowed or loaded further. */
const ENDS_CHAIN = new Set([
  "values", "values_list", "dates", "datetimes", "union", "intersection", "difference", "iterator", "aiterator", "first", "last", "get",
  "latest", "earliest", "count", "exists", "aggregate", "in_bulk", "contains", "create", "get_or_create", "update_or_create", "update",
  "delete", "bulk_create", "bulk_update", "raw", "explain", "afirst", "alast", "aget", "alatest", "aearliest", "acount", "aexists",
  "aaggregate", "ain_bulk", "acontains",
]);

const QUERYSET_CLASSES = [
  "django.db.models.Manager", "django.db.models.QuerySet", "django.db.models.manager.Manager", "django.db.models.manager.BaseManager",
  "django.db.models.query.QuerySet",
];

/** Where a call can be added to the code that builds a query. */
export interface Place {
  readonly uri: string;
  /** The steps that may be changed, in order; the new call goes behind the last of them, or behind the root when there are none. */
  readonly steps: readonly MethodStep[];
  readonly root: Expression;
  readonly rootUri: string;
}

/**
 * The part of a query's chain that belongs to this query alone. Left out are steps that also serve others: those inside manager and
 * queryset methods, in functions that pass a queryset through, and in base classes of the view that names the query.
 */
export function placeOf(query: Query, project: ProjectModel | undefined): Place | undefined {
  const { root, kind, steps } = query.origin;
  if (kind === "opaque" || kind === "class" || query.combined) return undefined;
  let own = steps.filter(isMethodStep);
  const end = own.findIndex((step) => !step.custom && ENDS_CHAIN.has(step.name));
  if (end >= 0) own = own.slice(0, end);
  const shared = project !== undefined && isSharedRoot(query, project);
  if (project) own = own.filter((step) => belongsToRoot(step, query, project) && !(shared && isBesideRoot(step, query, project)));
  if (shared && own.length === 0) return undefined;
  if (query.joined) {
    if (shared) return undefined;
    if (project && isOneOfSeveral(query, project)) return undefined;
    own = own.filter((step) => step.uri === root.uri && step.call.start === root.expression.start);
  }
  if (project && own.length === 0 && isAskedLater(query, project)) return undefined;
  const last = own.at(-1);
  return { uri: last?.uri ?? root.uri, steps: own, root: root.expression, rootUri: root.uri };
}

/**
 * `queryset = Book.objects` in a class body is a manager, asked for rows anew by each request. A call behind it asks once, while the module is imported: one of
 * a library may then know no tenant or scope yet (django-scopes gives a queryset there that refuses every later filter).
 */
function isAskedLater({ origin: { root }, entity }: Query, project: ProjectModel): boolean {
  const { expression, uri } = root;
  if (expression.kind !== "attribute" || scopeAt(project, { uri, span: expression })?.declaration !== undefined) return false;
  const manager = project.entity(entity)?.managers.get(expression.name);
  return manager?.declaredAt !== undefined && manager.class === undefined && manager.queryset === undefined;
}

function isMethodStep(step: ChainStep): step is MethodStep {
  return step.call.callee.kind === "attribute";
}

function belongsToRoot(step: MethodStep, query: Query, project: ProjectModel): boolean {
  const { root } = query.origin;
  const scope = scopeAt(project, { uri: step.uri, span: step.call });
  const rootScope = scopeAt(project, { uri: root.uri, span: root.expression });
  if (step.uri === root.uri && scope?.declaration?.id === rootScope?.declaration?.id) return true;
  if (!scope?.declaration) return true;
  const base = baseOf(step.call);
  const parameters = scope.declaration.parameters.map((parameter) => parameter.name);
  const self = scope.owner && parameters[0];
  if (base.kind !== "name") return true;
  if (scope.owner) {
    const owner: ClassRef = { uri: step.uri, declaration: scope.owner, key: `${step.uri}#${scope.owner.id}` };
    if (project.inheritsFrom(owner, ...QUERYSET_CLASSES)) return false;
    if ((base.name === self || base.name === "super") && isBaseOfRootClass(owner, query, project)) return false;
  }
  return base.name === self || !parameters.includes(base.name);
}

/** The code at the root serves other entities as well: `model.objects` of a parameter, `cls.objects` of a base class, a shared queryset class. */
function isSharedRoot(query: Query, project: ProjectModel): boolean {
  const { root, kind } = query.origin;
  const base = baseOf(root.expression);
  if (kind === "related-manager" || base.kind !== "name") return false;
  const scope = scopeAt(project, { uri: root.uri, span: root.expression });
  const parameters = scope?.declaration?.parameters.map((parameter) => parameter.name) ?? [];
  const isSelf = scope?.owner !== undefined && (base.name === parameters[0] || base.name === "super");
  if (!isSelf) return parameters.includes(base.name) && root.expression.kind !== "name";
  const owner: ClassRef = { uri: root.uri, declaration: scope.owner!, key: `${root.uri}#${scope.owner!.id}` };
  const entity = project.entityOfClass(owner);
  if (entity) return entity.abstract || entity.key !== query.entity;
  if (project.inheritsFrom(owner, ...QUERYSET_CLASSES)) {
    const users = [...project.entities.values()].filter((one) => !one.abstract
      && [...one.managers.values()].some((manager) => manager.class?.key === owner.key || manager.queryset?.key === owner.key));
    return users.length !== 1;
  }
  return !["model", "queryset"].some((name) => project.attribute(owner, name) !== undefined) && project.registeredFor(owner).length !== 1;
}

function isBesideRoot(step: MethodStep, query: Query, project: ProjectModel): boolean {
  const { root } = query.origin;
  return step.uri === root.uri
    && scopeAt(project, { uri: step.uri, span: step.call })?.declaration?.id === scopeAt(project, { uri: root.uri, span: root.expression })?.declaration?.id;
}

/** `owner` is a base class of the class in which the root stands: other views share its code. */
function isBaseOfRootClass(owner: ClassRef, query: Query, project: ProjectModel): boolean {
  const { root } = query.origin;
  const declaration = classAt(project, { uri: root.uri, span: root.expression });
  if (!declaration) return false;
  const key = `${root.uri}#${declaration.id}`;
  if (key === owner.key) return false;
  return project.ancestors({ uri: root.uri, declaration, key }).some((ancestor) => "class" in ancestor && ancestor.class.key === owner.key);
}

/** The statement that starts a joined query assigns in one branch what another branch assigns too: one place would not serve both. */
function isOneOfSeveral(query: Query, project: ProjectModel): boolean {
  const { root } = query.origin;
  const scope = scopeAt(project, { uri: root.uri, span: root.expression });
  if (!scope) return false;
  const path = pathTo(scope.body, root.expression);
  const statement = path.findLast((node) => node.kind === "assign" || node.kind === "return");
  if (!statement) return path.some((node) => node.kind === "conditional" || node.kind === "logical");
  // One of the queries of a list, or of the two sides of `or`.
  if (path.slice(path.indexOf(statement)).some((node) => ["conditional", "logical", "sequence", "mapping"].includes(node.kind ?? ""))) return true;
  return path.some((node) => ["if", "match", "try"].includes(node.kind ?? "") && branchesOf(node).filter((branch) => bindsAgain(branch, statement)).length > 1);
}

function branchesOf(node: Located): readonly (readonly Located[])[] {
  const parts = node as unknown as Record<string, readonly Located[]> & { cases?: readonly { body: readonly Located[] }[]; handlers?: readonly { body: readonly Located[] }[] };
  return [parts.then, parts.body, parts.otherwise, ...(parts.cases ?? []).map((one) => one.body), ...(parts.handlers ?? []).map((one) => one.body)]
    .filter((branch) => Array.isArray(branch) && branch.length > 0);
}

/** The branch assigns a fresh value (not one derived from the old) to a target of `statement`, or returns as `statement` does. */
function bindsAgain(branch: readonly Located[], statement: Located): boolean {
  const wanted = new Set(targetNames(statement));
  return branch.some((node) => {
    if (contains(node, statement)) return true;
    if (node.kind === "return") return statement.kind === "return";
    return node.kind === "assign" && targetNames(node).some((name) => wanted.has(name)) && !readsOwnTarget(node, wanted);
  });
}

function targetNames(statement: Located): string[] {
  const targets = (statement as unknown as { targets?: readonly Expression[] }).targets ?? [];
  return targets.flatMap((target) => target.kind === "name" || target.kind === "attribute" ? [target.name] : []);
}

function readsOwnTarget(statement: Located, names: ReadonlySet<string>): boolean {
  const value = (statement as unknown as { value?: Expression }).value;
  const base = value && baseOf(value);
  return base?.kind === "name" && names.has(base.name);
}

/** Adds `name(arguments)` to the end of the query's own chain; an argument-less `.all()` on the manager gives its place to it. */
export function addToChain(edits: EditSet, place: Place, query: Query, call: string, project: ProjectModel | undefined): boolean {
  const last = place.steps.at(-1);
  const source = edits.source(place.uri);
  if (!source) return false;
  const all = replaceableAll(place, query, source);
  if (all) return edits.add(place.uri, replaceCall(all.call, call));
  if (last) {
    if (!source.hasCall(last.call)) return false;
    return edits.add(place.uri, appendCall(source, last.call.close + 1, dotOf(source, last.call.callee), `.${call}`, last.call.start));
  }
  return edits.add(place.uri, addToRoot(source, place, query, call, project));
}

/** The `.all()` right behind the manager, when nothing but plain queryset methods follow it that keep what a call in its place sets. */
export function replaceableAll(place: Place, query: Query, source: SourceText): MethodStep | undefined {
  const [first] = place.steps;
  if (!first || first.name !== "all" || first.custom || first.call.arguments.length > 0 || query.origin.steps[0] !== first) return undefined;
  if (query.origin.kind !== "manager" && query.origin.kind !== "related-manager") return undefined;
  if (first.uri !== place.rootUri || first.call.callee.object.end !== place.root.end) return undefined;
  if (query.origin.steps.slice(1).some((step) => step.custom || clearsLoads(step))) return undefined;
  if (!source.hasCall(first.call) || source.text.slice(first.call.open + 1, first.call.close).trim() !== "") return undefined;
  return first;
}

/** `select_related(None)`, `prefetch_related(None)`, `order_by()`: takes back what was said before. */
export function clearsLoads(step: ChainStep): boolean {
  const [first] = step.call.arguments;
  return ["select_related", "prefetch_related"].includes(step.name) && first?.value.kind === "literal" && first.value.value === null;
}

/** Nothing follows the root in the chain: `Book.objects`, `order.items`, `self.get_queryset()`, or a bare class handed to a shortcut. */
function addToRoot(source: SourceText, place: Place, query: Query, call: string, project: ProjectModel | undefined): TextEdit[] | undefined {
  const { root } = place;
  if (!source.holds(root)) return undefined;
  if (query.origin.kind === "manager" && project?.resolveExpression(place.rootUri, root)?.kind === "class") {
    return addToClass(source, place, query, call, project);
  }
  if (root.kind === "call") {
    if (!source.hasCall(root)) return undefined;
    const dot = root.callee.kind === "attribute" ? dotOf(source, root.callee) : undefined;
    return [appendCall(source, root.close + 1, dot, `.${call}`, root.start)];
  }
  if (root.kind === "attribute") {
    if (!source.text.startsWith(root.name, root.nameStart)) return undefined;
    const dot = dotOf(source, root);
    // The dot of the manager itself does not make the chain one of several lines: `Book.objects` is one word to every formatter.
    return [appendCall(source, root.end, dot !== undefined && source.startsLine(dot) ? dot : undefined, `.${call}`, root.start)];
  }
  if (root.kind === "name" && source.slice(root) === root.name) return [appendCall(source, root.end, undefined, `.${call}`, root.start)];
  return undefined;
}

/** `get_object_or_404(Book, …)` takes a queryset as well; a view with only `model = Book` gets a `queryset` beside it. */
function addToClass(source: SourceText, place: Place, query: Query, call: string, project: ProjectModel): TextEdit[] | undefined {
  const { root } = place;
  const text = source.slice(root);
  if (text !== textOfDotted(root)) return undefined;
  const manager = project.entity(query.entity)?.defaultManager || "objects";
  const queryset = `${text}.${manager}.${call}`;
  const owner = classAt(project, { uri: place.rootUri, span: root });
  const attribute = owner?.attributes.find((one) => one.value?.start === root.start && one.value.end === root.end);
  if (!attribute) return [insertion(root.end, queryset.slice(text.length))];
  if (attribute.name !== "model" || owner!.attributes.some((one) => one.name === "queryset") || !source.ownsLines(attribute)) return undefined;
  return [insertion(source.lineEnd(attribute.end), `${source.eol}${source.indentAt(attribute.start)}queryset = ${queryset}`)];
}

function textOfDotted(expression: Expression): string | undefined {
  if (expression.kind === "name") return expression.name;
  const object = expression.kind === "attribute" ? textOfDotted(expression.object) : undefined;
  return object === undefined ? undefined : `${object}.${(expression as Attribute).name}`;
}

