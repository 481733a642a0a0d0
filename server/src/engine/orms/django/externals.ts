import type { CallSite } from "../../flow/adapter";
import { callCallback } from "../../flow/calls";
import { hide } from "../../flow/loads";
import { clientValue } from "../../flow/client-values";
import { escape, textOf } from "../../flow/expressions";
import { transactionValue } from "../../flow/transactions";
import type { Machine } from "../../flow/machine";
import { moduleValue } from "../../flow/names";
import type { Bound, OrderTerm } from "../../flow";
import { joinValues, numberOf, optionsOf, sequenceOf, unknown, varying, type ManagerValue, type QueryValue, type Value } from "../../flow/values";
import { relationAt, type ClassRef, type Entity } from "../../project";
import { aggregateValue, argumentParts, isAggregate } from "./aggregates";
import { conditionOf, type Condition } from "./lookups";
import { conditioned, type PrefetchParts } from "./methods";
import { noteSize, REQUEST_VALUES } from "./page-sizes";
import { joinPath, loadOf, looseRow, managerOf, querysetInstance, rowOf, rowsOf, run } from "./queries";
import { renderCall, renderNamed } from "./rendering";

const RESPONSES: ReadonlySet<string> = new Set(["JsonResponse", "HttpResponse", "Response", "StreamingHttpResponse"]);

/** Functions that write out what they are given (`django.utils.html.format_html` escapes the text of each argument). */
const TEXTS = /^django\.utils\.(html\.(escape|conditional_escape|format_html|escapejs|strip_tags|linebreaks)|safestring\.mark_safe|encoding\.(force|smart)_(str|text)|text\.(slugify|capfirst))$/;

/** Functions and classes of Django and its companions. Undefined: no special meaning. */
export function djangoExternal(m: Machine, fullName: string, call: CallSite): Value | undefined {
  const name = fullName.slice(fullName.lastIndexOf(".") + 1);
  const first = call.positional[0]?.value;
  switch (name) {
    case "get_object_or_404":
    case "aget_object_or_404": {
      const receiver = first && receiverOf(m, first, call);
      if (!receiver) return unknown(Math.max(call.varies, m.innermost));
      const entity = m.project.entity(receiver.query.entity)!;
      const value = conditioned(m, receiver, "get", call, entity, undefined, 1);
      run(m, value, "get", call.node);
      return varying(rowOf(m, value.query, false), Math.max(receiver.varies, call.varies));
    }
    case "get_list_or_404":
    case "aget_list_or_404": {
      const receiver = first && receiverOf(m, first, call);
      if (!receiver) return unknown(call.varies);
      const entity = m.project.entity(receiver.query.entity)!;
      const narrowed = conditioned(m, receiver, "filter", call, entity, undefined, 1);
      const value: QueryValue = { ...narrowed, query: m.derive(narrowed.query, { atMostOne: receiver.query.atMostOne }) };
      run(m, value, "list", call.node);
      return { ...rowsOf(m, value, call.node), of: "list" };
    }
    case "Q": return { kind: "object", type: "Q", parts: {}, data: conditionOf(call), varies: call.varies };
    case "F": return { kind: "object", type: "F", parts: {}, data: first?.kind === "constant" ? first.value : "", varies: call.varies };
    case "Random": return { kind: "object", type: "Random", parts: {}, varies: call.varies };
    case "Prefetch":
    case "GenericPrefetch": {
      const path = (first ?? call.keywords.get("lookup")?.value) as Value | undefined;
      const query = call.positional[1]?.value ?? call.keywords.get("queryset")?.value;
      const to = call.positional[2]?.value ?? call.keywords.get("to_attr")?.value;
      if (path?.kind !== "constant" || typeof path.value !== "string" || name === "GenericPrefetch") return { kind: "object", type: "Prefetch", parts: {}, varies: call.varies };
      hide(m, query);
      const inner = query && optionsOf(query).find((option): option is QueryValue | ManagerValue => option.kind === "query" || option.kind === "manager");
      const data: PrefetchParts = { path: path.value, query: inner?.query, toAttribute: to?.kind === "constant" && typeof to.value === "string" ? to.value : undefined };
      return { kind: "object", type: "Prefetch", parts: {}, data, varies: call.varies };
    }
    case "Paginator":
    case "AsyncPaginator": return first && paginatorOf(m, call.positional[0], call.positional[1] ?? call.keywords.get("per_page"), call, name);
    case "get_user_model": {
      const entity = userEntity(m);
      return entity ? { kind: "entity", entity, varies: 0 } : undefined;
    }
    case "get_model": {
      const parts = call.positional.map((argument) => (argument.value.kind === "constant" ? String(argument.value.value) : "?")).join(".");
      const entity = m.project.entity(parts);
      return entity ? { kind: "entity", entity, varies: 0 } : unknown(call.varies);
    }
    case "get_template":
    case "select_template":
      return { kind: "object", type: "template", parts: first ? { name: first } : {}, varies: call.varies };
    case "Context":
    case "RequestContext": {
      const names = (name === "Context" ? first : call.positional[1]?.value) ?? call.keywords.get("dict_")?.value;
      return { kind: "object", type: "context", parts: names ? { names } : {}, varies: call.varies };
    }
    case "prefetch_related_objects":
    case "aprefetch_related_objects":
      if (first) prefetchObjects(m, first, call);
      return unknown(call.varies);
    default:
      break;
  }
  const rendered = renderCall(m, name, call);
  if (rendered) return rendered;
  if (TEXTS.test(fullName)) {
    for (const argument of [...call.positional, ...call.keywords.values()]) textOf(m, argument.value, argument.node.value);
    return unknown(call.varies);
  }
  if (RESPONSES.has(name)) {
    for (const argument of [...call.positional, ...call.keywords.values()]) escape(m, argument.value, "response", argument.node.value, name);
    return unknown(call.varies);
  }
  if (/^django\.db\.models\.(query\.)?QuerySet$/.test(fullName)) return querysetInstance(m, undefined, call);
  if (fullName === "django.db.transaction.atomic") return transactionValue(call.varies, "django");
  if (fullName === "django.apps.apps.get_models" || fullName === "django.apps.apps.get_app_configs") return sequenceOf("list", unknown(), { size: "few" });
  // `cache.get_or_set("books", lambda: …)`
  if (/^django\.core\.cache\.(cache|caches\.\w+)\.a?get_or_set$/.test(fullName)) {
    const callback = call.positional[1]?.value ?? call.keywords.get("default")?.value;
    const value = callback && m.costs.ifNeeded(m, () => callCallback(m, callback, [], call));
    return value ?? unknown(call.varies);
  }
  if (/^django\.db\.connections?(\.\w+)?\.cursor$/.test(fullName)) return { kind: "object", type: "cursor", parts: {}, varies: call.varies };
  if (/^django\.core\.cache\.(cache|caches\.\w+)\.a?get(_many)?$/.test(fullName)) return { kind: "object", type: "cached", parts: {}, varies: Math.max(call.varies, m.innermost) };
  // What a model declares is a handful.
  if (fullName.startsWith("django.meta.")) return sequenceOf("list", unknown(call.varies), { size: "few" });
  if (!/^(django|rest_framework|channels|celery)\b/.test(fullName)) return undefined;
  if (isAggregate(name)) return aggregateValue(m, name, call);
  if (/^django\.db\.models\./.test(fullName) || /^django\.contrib\.postgres\./.test(fullName)) return { kind: "object", type: "expression", parts: argumentParts(call), data: name, varies: call.varies };
  // The clock and random numbers are different every time.
  if (/\.(now|today|utcnow|get_random_string)$/.test(fullName)) return unknown(Math.max(call.varies, m.innermost));
  return undefined;
}

/** A paginator over rows. */
export function paginatorOf(m: Machine, rows: Given, size: Given | undefined, call: CallSite, by: string): Value {
  for (const option of optionsOf(rows.value)) {
    if (option.kind === "query" || option.kind === "manager") {
      m.emit({ kind: "paginated", at: m.at(call.node), query: option.query, by });
      escape(m, option, "argument", rows.node.value, by);
    }
  }
  const query = optionsOf(rows.value).find((option): option is QueryValue => option.kind === "query")?.query;
  if (size) noteSize(m, "paginator", query, size.value, size.node.value);
  return { kind: "object", type: "paginator", parts: { rows: rows.value, ...(size && { size: size.value }) }, varies: call.varies };
}

/** The project's own kind of Django's paginator: what it changes is how pages are counted. */
export function paginatorInstance(m: Machine, owner: ClassRef, call: CallSite): Value | undefined {
  const rows = call.positional[0] ?? call.keywords.get("object_list");
  if (!rows || !m.project.ancestors(owner).some((ancestor) => "external" in ancestor && /^django\.core\.paginator\.(Base|Async)?Paginator$/.test(ancestor.external))) return undefined;
  return paginatorOf(m, rows, call.positional[1] ?? call.keywords.get("per_page"), call, owner.declaration.name);
}

/** An argument with its value. */
type Given = CallSite["positional"][number];

/** The project's user model. */
export function userEntity(m: Machine): Entity | undefined {
  const setting = m.project.setting("AUTH_USER_MODEL");
  const custom = setting?.expression.kind === "literal" && typeof setting.expression.value === "string" ? m.project.entity(setting.expression.value) : undefined;
  return custom ?? m.project.entity("auth.User");
}

/** An entity's class, manager or query, as the shortcuts take them. */
function receiverOf(m: Machine, value: Value, call: CallSite): QueryValue | ManagerValue | undefined {
  for (const option of optionsOf(value)) {
    if (option.kind === "query" || option.kind === "manager") return option;
    if (option.kind === "entity") return managerOf(m, option.entity, option.entity.defaultManager, call.positional[0].node.value);
  }
  return undefined;
}

/** `prefetch_related_objects(rows, "items")`: from here on the rows have it. On one row in a loop it is a query per row. */
function prefetchObjects(m: Machine, rows: Value, call: CallSite): void {
  if (rows.kind !== "sequence") return;
  for (const { value } of call.positional.slice(1)) {
    const path = value.kind === "constant" && typeof value.value === "string" ? value.value : value.kind === "object" && value.type === "Prefetch" ? (value.data as PrefetchParts | undefined)?.path : undefined;
    for (const element of rows.items ?? [rows.element]) {
      if (element.kind !== "row") continue;
      const { origin } = element;
      if (path === undefined) continue;
      const entity = m.project.entity(origin.entity);
      const relation = entity && relationAt(m.project, entity, path);
      const whole = joinPath(origin.path, path);
      const loop = origin.loop && m.loops.find((running) => running.id === origin.loop!.id);
      if (relation && origin.query && loop && rows.items && !element.cell.read.has(whole) && loadOf(m, origin.query, whole) === undefined) {
        m.work++;
        m.emit({ kind: "relationRead", at: m.at(call.node), row: { ...origin, text: m.describe(call.positional[0].node.value) }, relation, path: whole, loaded: false, use: "prefetch_related_objects", continued: false });
      }
      const hops = whole.split("__");
      hops.forEach((_, i) => element.cell.read.add(hops.slice(0, i + 1).join("__")));
    }
  }
}

/** `|`, `&`, `^`, `~` on `Q` objects and querysets. */
export function djangoCombine(m: Machine, operator: string, left: Value, right: Value | undefined): Value | undefined {
  const varies = Math.max(left.varies, right?.varies ?? 0);
  if (left.kind === "object" && left.type === "Q") {
    const condition = left.data as Condition;
    if (operator === "~") return { ...left, data: { connector: "and", negated: true, children: [condition], uncertain: condition.uncertain } satisfies Condition };
    if (right && (operator === "|" || operator === "&" || operator === "^")) {
      const other: Condition = right.kind === "object" && right.type === "Q" ? (right.data as Condition) : { connector: "and", negated: false, children: [], uncertain: true };
      // An empty Q takes the other's place.
      const children = [condition, other].filter((part) => part.children.length > 0 || part.uncertain);
      return { kind: "object", type: "Q", parts: {}, varies, data: { connector: operator === "&" ? "and" : "or", negated: false, children, uncertain: children.some((part) => part.uncertain) } satisfies Condition };
    }
  }
  if (isExpression(left) || (right && isExpression(right))) return { kind: "object", type: "expression", parts: { left, ...(right && { right }) }, data: operator, varies };
  if (right && (left.kind === "union" || right.kind === "union") && optionsOf(left).some((option) => option.kind === "query")) {
    const combined = optionsOf(left).flatMap((one) => optionsOf(right).flatMap((other) => djangoCombine(m, operator, one, other) ?? []));
    return combined.length > 0 ? combined.reduce(joinValues) : undefined;
  }
  // `rows | whatever()`: rows of the same table, since Django takes no others; eager loading is the left side's (`QuerySet.__or__`).
  if (right && operator === "|" && left.kind === "query" && right.kind === "unknown") {
    return { kind: "query", varies, query: m.derive(left.query, { lookups: [], bound: { kind: "none" }, uncertain: true, joined: true, atMostOne: false }) };
  }
  if (right && (operator === "|" || operator === "&") && left.kind === "query" && right.kind === "query" && left.query.entity === right.query.entity) {
    const loads = new Map([...left.query.loads, ...right.query.loads]);
    return { kind: "query", varies, query: m.derive(left.query, { loads, lookups: [], uncertain: true, joined: true, atMostOne: false, ...(operator === "|" && { bound: eitherBound(left.query.bound, right.query.bound) }) }) };
  }
  return undefined;
}

function isExpression(value: Value): boolean {
  return value.kind === "object" && (value.type === "F" || value.type === "expression" || value.type === "aggregate");
}

/** Rows of one or the other. Nobody joins nothing with nothing: `none()` of a base class is what its subclasses override. */
function eitherBound(a: Bound, b: Bound): Bound {
  if (a.kind === "rows" && b.kind === "rows" && a.rows > 0 && b.rows > 0) return { kind: "rows", rows: a.rows + b.rows };
  if (a.kind === "rows" && a.rows === 0) return b.kind === "rows" && b.rows === 0 ? { kind: "none" } : b;
  return b.kind === "rows" && b.rows === 0 ? a : { kind: "none" };
}

/** Attributes of objects made here: `F("x").desc()` is a method; a page has `object_list`; a request has a user. */
export function djangoObjectMethod(m: Machine, receiver: Value & { readonly kind: "object" }, name: string, call: CallSite): Value | undefined {
  if (receiver.type === REQUEST_VALUES && (name === "get" || name === "pop")) return clientValue(Math.max(receiver.varies, call.varies));
  if (receiver.type === "F" && (name === "desc" || name === "asc")) {
    const nulls = call.keywords.has("nulls_last") ? "last" : call.keywords.has("nulls_first") ? "first" : undefined;
    const term: OrderTerm = { path: String(receiver.data).split("__"), descending: name === "desc", random: false, nulls, at: m.at(call.node) };
    return { kind: "object", type: "order", parts: {}, data: term, varies: receiver.varies };
  }
  if (receiver.type === "paginator" && (name === "page" || name === "get_page" || name === "apage" || name === "aget_page")) return { kind: "object", type: "page", parts: { ...receiver.parts }, varies: Math.max(receiver.varies, call.varies) };
  if (receiver.type === "template" && name === "render") {
    const context = call.positional[0] ?? call.keywords.get("context");
    renderNamed(m, receiver.parts.name, context?.value, call.node);
    return unknown(call.varies);
  }
  if (receiver.type === "Q" && name === "add") return { ...receiver, data: { connector: "or", negated: false, children: [], uncertain: true } satisfies Condition };
  return unknown(Math.max(receiver.varies, call.varies));
}

/** The rows of a page: bounded by its size. */
export function pageRows(m: Machine, receiver: Value & { readonly kind: "object" }): Value | undefined {
  if (receiver.type !== "page" && receiver.type !== "paginator") return undefined;
  // A page keeps one QuerySet, and with it the rows that were loaded (Django's `Page.object_list`).
  const rows = m.keptBy.get(receiver.parts) ?? boundToPage(m, receiver.parts.rows, receiver.parts.size);
  if (receiver.type === "page") m.keptBy.set(receiver.parts, rows);
  return rows;
}

function boundToPage(m: Machine, rows: Value, size: Value | undefined): Value {
  const page = pageBound(m, size);
  return optionsOf(rows)
    .map((option): Value => {
      if (option.kind === "query" || option.kind === "manager") return { kind: "query", query: m.derive(option.query, { bound: option.query.bound.kind === "none" ? page : option.query.bound }), varies: option.varies };
      if (option.kind === "sequence") return { ...option, items: undefined, bound: option.bound.kind === "none" ? page : option.bound };
      return sequenceOf("list", unknown(option.varies));
    })
    .reduce(joinValues);
}

/** How many rows a page has, where its size is a number. */
export function pageBound(m: Machine, size: Value | undefined): Bound {
  const rows = size && settledNumber(m, size);
  return rows !== undefined && rows > 0 ? { kind: "rows", rows } : { kind: "page" };
}

/** The number that a value mostly is; `settings.PAGE_SIZE` is what the settings say. */
export function settledNumber(m: Machine, value: Value): number | undefined {
  const name = value.kind === "external" ? /^django\.conf\.settings\.(\w+)$/.exec(value.name)?.[1] : undefined;
  const setting = name === undefined ? undefined : m.project.setting(name);
  return setting ? numberOf(moduleValue(m, setting.uri, setting.expression)) : numberOf(value);
}

/** The attributes of a request that matter. */
export function requestAttribute(m: Machine, name: string): Value | undefined {
  if (/^(GET|POST|query_params|data)$/.test(name)) return { kind: "object", type: REQUEST_VALUES, parts: {}, varies: 0 };
  if (name !== "user") return unknown();
  const entity = userEntity(m);
  return entity ? looseRow(m, entity, "request.user") : unknown();
}
