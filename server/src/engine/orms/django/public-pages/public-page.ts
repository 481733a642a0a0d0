import type { ClassDeclaration, Expression, FunctionDeclaration } from "../../../facts";
import type { DataAccessEvent, EventDraft } from "../../../flow";
import { lastName } from "../../../flow/attributes";
import type { Machine } from "../../../flow/machine";
import type { ClassRef, FunctionRef, Route } from "../../../project";
import { codeNodes } from "./nodes";
import { hasSign, PersonalCode } from "./personal-code";
import { isPersonalTemplate } from "./personal-templates";
import { hasPersonalContext, isGuarded } from "./request-hooks";

/** Decorators that leave a view as it is for everybody. */
const PLAIN_DECORATORS = /^(require_GET|require_safe|require_http_methods|gzip_page|xframe_options_exempt|xframe_options_sameorigin|csp_exempt|atomic|non_atomic_requests|property|cached_property|staticmethod|classmethod)$/;
/** Django's views that only show something (django.views.generic). */
const SHOWS = /^(django\.views(\.generic)?(\.(base|list|detail|dates))?\.(View|TemplateView|TemplateResponseMixin|ContextMixin|ListView|BaseListView|MultipleObjectMixin|DetailView|BaseDetailView|SingleObjectMixin|\w+ArchiveView|ArchiveIndexView|DateDetailView)|object)$/;
/** Words in addresses and names of what machines ask for to hear the present state, of what is one person's, and of what only those see who know the address. */
const FOR_ONE = /(^|[/_.<:-])(health|healthz|healthcheck|heartbeat|status|ping|metrics?|monitor|monitoring|ready|readiness|alive|live|liveness|webhooks?|callback|export|stream|poll|token|secret|unsubscribe|confirm|verify|invite|invitations?|preview|drafts?|me|mine|my|accounts?|profiles?|settings|dashboard|edit|login|logout|admin|staff|key|code|uuid|hash|uid|sig|signature)(?=$|[/_.>:-])/i;

type PublicPage = Extract<EventDraft, { kind: "publicPage" }>;

/**
 * What a view answers to anybody who asks for its address, always the same, when nothing keeps the answer. Whatever cannot be followed to its end
 * (a decorator, a tag, somebody who takes the request) may look at the visitor: then there is no such page.
 */
export function publicPageOf(m: Machine, fn: FunctionRef | undefined, owner: ClassRef | undefined, events: readonly DataAccessEvent[]): PublicPage | undefined {
  if (fn?.owner && fn.declaration.name !== "get") return undefined;
  const ref = owner ?? fn?.owner;
  const declaration = ref?.declaration ?? fn?.declaration;
  const uri = ref?.uri ?? fn?.uri;
  const key = ref?.key ?? fn?.key;
  if (!declaration || uri === undefined || key === undefined || !events.some((each) => each.kind === "queryRun" || each.kind === "relationRead")) return undefined;
  const routes = m.project.routesOf(key);
  if (routes.length === 0 || isForOne(declaration.name) || !routes.every((route) => isPlainRoute(m, route, key))) return undefined;
  if (events.some(changesSomething) || isGuarded(m)) return undefined;
  if (ref ? isPersonalClass(m, ref) : isPersonalFunction(m, uri, declaration as FunctionDeclaration)) return undefined;
  if (isKeptBelow(m, events) || !areTemplatesShared(m, events)) return undefined;
  return { kind: "publicPage", framework: "django", at: { uri, span: { start: declaration.nameStart, end: declaration.nameEnd } }, name: declaration.name, form: ref ? "class" : "function", declaration };
}

function isForOne(text: string): boolean {
  return FOR_ONE.test(text.replace(/([a-z0-9])([A-Z])/g, "$1_$2"));
}

/** The address leads to the view itself, by `GET`, with nothing around it. */
function isPlainRoute(m: Machine, { methods, path, at }: Route, key: string): boolean {
  if ((methods.length > 0 && !methods.includes("GET")) || isForOne(path)) return false;
  const body = m.project.files.get(at.uri)?.bodies[""] ?? [];
  let found = false;
  let isWrapped = false;
  for (const node of codeNodes(body)) {
    if (node.kind !== "call") continue;
    const name = lastName(node.callee);
    if (node.start === at.span.start && node.end === at.span.end) found = node.arguments.some(({ value }) => leadsTo(m, at.uri, value, key));
    else if (node.start <= at.span.start && at.span.end <= node.end && !/^(include|i18n_patterns|path|re_path|url)$/.test(name)) isWrapped = true;
    else if (/decorat|required/.test(name)) isWrapped = true;
  }
  return found && !isWrapped;
}

/** `views.catalogue`, `Catalogue.as_view()`. */
function leadsTo(m: Machine, uri: string, expression: Expression, key: string): boolean {
  const isView = expression.kind === "call" && expression.callee.kind === "attribute" && expression.callee.name === "as_view" && expression.arguments.length === 0;
  const named = isView && expression.kind === "call" && expression.callee.kind === "attribute" ? expression.callee.object : expression;
  if (named.kind !== "name" && named.kind !== "attribute") return false;
  const symbol = m.project.resolveExpression(uri, named);
  return symbol?.kind === "function" ? symbol.function.key === key : symbol?.kind === "class" && isView && symbol.class.key === key;
}

/** A page that is kept would not do it again. */
function changesSomething(event: DataAccessEvent): boolean {
  return event.kind === "rowWritten" || event.kind === "taskEnqueued" || event.kind === "outsideCall" || event.kind === "transactionDone" || event.kind === "choicesShown" || event.kind === "notUnderstood";
}

function arePlain(decorators: readonly Expression[]): boolean {
  return decorators.every((each) => PLAIN_DECORATORS.test(lastName(each)));
}

function isPersonalFunction(m: Machine, uri: string, declaration: FunctionDeclaration): boolean {
  // `cache_page` does not wrap an `async def` (*Asynchronous support: Decorators*).
  return declaration.isAsync || !arePlain(declaration.decorators) || new PersonalCode(m).isPersonal(uri, declaration, declaration.parameters.slice(0, 1).map(({ name }) => name));
}

function isPersonalClass(m: Machine, ref: ClassRef): boolean {
  const code = new PersonalCode(m);
  const isPersonalPart = ({ uri, declaration }: ClassRef): boolean =>
    !arePlain(declaration.decorators) || hasPersonalAttribute(declaration)
    || declaration.methods.some((method) => /^(post|put|patch|delete|dispatch)$/.test(method.name) || method.isAsync || !arePlain(method.decorators) || code.isPersonal(uri, method, method.name === "get" ? method.parameters.slice(1, 2).map(({ name }) => name) : []));
  return m.project.ancestors(ref).some((ancestor) => ("external" in ancestor ? !SHOWS.test(ancestor.external) : isPersonalPart(ancestor.class)));
}

function hasPersonalAttribute({ attributes }: ClassDeclaration): boolean {
  return attributes.some(({ name, value }) => /form|permission|login|cache|auth/i.test(name) || [...codeNodes(value)].some(hasSign));
}

/** Some function on the way to a query keeps what it finds. */
function isKeptBelow(m: Machine, events: readonly DataAccessEvent[]): boolean {
  const seen = new Set<string>();
  for (const { function: fn } of events.flatMap(({ frames }) => frames)) {
    if (!fn || seen.has(fn.key)) continue;
    seen.add(fn.key);
    if (fn.declaration.decorators.some((each) => /cache(?!d_property)|memo/i.test(lastName(each)))) return true;
    if ([...codeNodes(m.project.bodyOf(fn))].some((node) => (node.kind === "name" || node.kind === "attribute") && /cache(?!d_property)|memo/i.test(node.name))) return true;
  }
  return false;
}

/** All templates that are rendered are known, and none of them is for one visitor. */
function areTemplatesShared(m: Machine, events: readonly DataAccessEvent[]): boolean {
  const rendered = events.filter((event) => event.kind === "templateRendered");
  if (rendered.length === 0) return true;
  const seen = new Set<string>();
  return rendered.every(({ template }) => template !== undefined && !isPersonalTemplate(m, template, seen)) && !hasPersonalContext(m);
}
