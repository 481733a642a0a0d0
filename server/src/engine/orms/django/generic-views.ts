import type { Expression } from "../../facts";
import type { CallSite, Driven } from "../../flow/adapter";
import { callFunction } from "../../flow/calls";
import { emptyCall } from "../../flow/expressions";
import type { Machine } from "../../flow/machine";
import { moduleValue } from "../../flow/names";
import { constant, joinValues, optionsOf, sequenceOf, unknown, type InstanceValue, type ObjectValue, type QueryValue, type Value } from "../../flow/values";
import type { ClassRef, Entity } from "../../project";
import { pageBound, pageRows } from "./externals";
import { renderNamed } from "./rendering";
import { classNode, modelOf, viewQuery } from "./views";
import { looseRow, rowOf, run } from "./queries";

/** What a generic view shows: the part of Django's class hierarchy that decides how it builds its context (django.views.generic). */
type Shape = "list" | "detail" | "form" | "plain";

const SHAPES: readonly (readonly [RegExp, Shape])[] = [
  [/^django\.views\.generic\.(list\.)?(ListView|BaseListView|MultipleObjectMixin|MultipleObjectTemplateResponseMixin)$/, "list"],
  [/^django\.views\.generic\.(dates\.)?(ArchiveIndexView|YearArchiveView|MonthArchiveView|WeekArchiveView|DayArchiveView|TodayArchiveView)$/, "list"],
  [/^(django_filters\.views\.FilterView|django_tables2\.(views\.)?SingleTableView)$/, "list"],
  [/^django\.views\.generic\.(detail\.)?(DetailView|BaseDetailView|SingleObjectMixin|SingleObjectTemplateResponseMixin)$/, "detail"],
  [/^django\.views\.generic\.(dates\.)?DateDetailView$/, "detail"],
  [/^django\.views\.generic\.(edit\.)?(UpdateView|DeleteView)$/, "detail"],
  [/^django\.views\.generic\.(edit\.)?(FormView|CreateView|FormMixin|ModelFormMixin)$/, "form"],
  [/^django\.views\.generic\.(base\.)?(TemplateView|TemplateResponseMixin|ContextMixin)$/, "plain"],
];

/** How the framework's part of a view's class works; undefined when it renders no template. Whatever lists or shows one object answers `GET` its way, whichever mixins come first. */
export function shapeOf(m: Machine, ref: ClassRef): Shape | undefined {
  const shapes = m.project.ancestors(ref).flatMap((ancestor) => ("external" in ancestor ? SHAPES.flatMap(([pattern, shape]) => (pattern.test(ancestor.external) ? [shape] : [])) : []));
  return shapes.find((shape) => shape === "list" || shape === "detail") ?? shapes.find((shape) => shape === "form") ?? shapes[0];
}

/** A generic view answers `GET` without any method of the user's: Django fetches, builds the context and renders. */
export function genericViewOf(m: Machine, owner: ClassRef): readonly Driven[] {
  const get = m.project.method(owner, "get");
  if (shapeOf(m, owner) === undefined && !(get && isPlainView(m, owner))) return [];
  // A `get` in the class itself is evaluated as what it is.
  if (get?.owner?.key === owner.key) return [];
  return [{
    entry: "request",
    run(self) {
      if (self.kind !== "instance") return;
      const node = classNode(owner);
      if (get) callFunction(m, get, self, { ...emptyCall(m, node), more: true });
      else answerGet(m, self, node);
    },
  }];
}

/** A view whose answer is all the project's own, in a base class of it: what that asks of `self` is known for this class. */
function isPlainView(m: Machine, owner: ClassRef): boolean {
  return m.project.ancestors(owner).some((ancestor) => "external" in ancestor && /^django\.views\.(generic\.)?(base\.)?View$/.test(ancestor.external));
}

/** `OrderList.as_view(template_name="orders/mine.html")`: a view of its own where the call sets something (*as_view*: keyword arguments are attributes). */
export function viewFunction(m: Machine, owner: ClassRef, call: CallSite): Value {
  if (call.keywords.size > 0 && shapeOf(m, owner) !== undefined && m.project.method(owner, "get") === undefined) {
    answerGet(m, { kind: "instance", class: owner, attributes: new Map([...call.keywords].map(([name, { value }]) => [name, value])), varies: 0 }, call.node);
  }
  return unknown(call.varies);
}

/** The `get` of a generic view. */
export function answerGet(m: Machine, view: InstanceValue, node: Expression): Value {
  const shape = shapeOf(m, view.class);
  if (shape === undefined) return unknown();
  const call = emptyCall(m, node);
  if (shape === "list" && !view.attributes.has("object_list")) view.attributes.set("object_list", viewQuery(m, view, call, false) ?? unknown());
  if (shape === "detail" && !view.attributes.has("object")) view.attributes.set("object", callOwn(m, view, "get_object", call) ?? fetchObject(m, view, call) ?? unknown());
  // Only views that show a page and nothing else hand on what the URL gave them.
  const handing: CallSite = { ...call, more: shape === "plain" };
  const context = callOwn(m, view, "get_context_data", handing) ?? genericContext(m, view, handing);
  const render = m.project.method(view.class, "render_to_response");
  const given: CallSite = { ...call, positional: [{ value: context, node: { value: node, start: node.start, end: node.end } }] };
  return render ? callFunction(m, render, view, given) : renderView(m, view, context, node);
}

function callOwn(m: Machine, view: InstanceValue, name: string, call: CallSite): Value | undefined {
  const method = m.project.method(view.class, name);
  return method && callFunction(m, method, view, call);
}

/** `get_object` of a single-object view. */
export function fetchObject(m: Machine, view: InstanceValue, call: CallSite): Value | undefined {
  const value = viewQuery(m, view, call, false);
  const query = value && optionsOf(value).find((option): option is QueryValue => option.kind === "query");
  if (!query) {
    const entity = modelOf(m, view);
    return entity && looseRow(m, entity, "object");
  }
  const narrowed: QueryValue = { ...query, query: m.derive(query.query, { atMostOne: true }) };
  run(m, narrowed, "get", call.node);
  return rowOf(m, narrowed.query, false);
}

/** What `get_context_data` of Django's own classes gives: the view's rows or object by their names, and whatever it is handed. */
export function genericContext(m: Machine, view: InstanceValue, call: CallSite): Value {
  const entries = new Map<string, Value>([["view", view]]);
  const shape = shapeOf(m, view.class);
  if (shape === "list") listNames(m, view, call, entries);
  else if (shape === "detail") objectNames(m, view, entries);
  if (shape === "form" || m.project.attribute(view.class, "form_class")) entries.set("form", formOf(m, view));
  const extra = classValueOf(m, view, "extra_context");
  for (const option of extra ? optionsOf(extra) : []) if (option.kind === "mapping") for (const [name, value] of option.entries) entries.set(name, value);
  for (const [name, { value }] of call.keywords) entries.set(name, value);
  const complete = !call.more && (extra === undefined || (extra.kind === "mapping" && extra.complete === true)) && isAllDjango(m, view.class);
  return { kind: "mapping", entries, key: unknown(), value: unknown(), size: "few", complete, varies: 0 };
}

/** No class outside the workspace but Django's own can add to the context. */
function isAllDjango(m: Machine, ref: ClassRef): boolean {
  return m.project.ancestors(ref).every((ancestor) => !("external" in ancestor) || /^(django\.|object$|builtins\.|typing\.|abc\.)/.test(ancestor.external));
}

function listNames(m: Machine, view: InstanceValue, call: CallSite, entries: Map<string, Value>): void {
  const handed = call.keywords.get("object_list")?.value;
  const rows = handed && handed.kind !== "constant" ? handed : view.attributes.get("object_list") ?? viewQuery(m, view, call, false) ?? unknown();
  const entity = optionsOf(rows).map((option) => ("query" in option && option.query ? m.project.entity(option.query.entity) : undefined)).find(Boolean) ?? modelOf(m, view);
  const size = classValueOf(m, view, "paginate_by");
  const isPaged = (size !== undefined && !(size.kind === "constant" && size.value === null)) || m.project.method(view.class, "get_paginate_by") !== undefined;
  // Whether a list view needs pages is said of its class; what shows its rows is not asked again.
  const settled = m.project.method(view.class, "get_paginate_by") ? undefined : size;
  const bound = pageBound(m, settled);
  let shown: Value = optionsOf(rows).map((option): Value => (option.kind === "query" ? { ...option, query: m.derive(option.query, { bound: option.query.bound.kind === "none" ? bound : option.query.bound }) } : option)).reduce(joinValues);
  if (isPaged) {
    const parts = { rows, ...(settled && { size: settled }) };
    const page: ObjectValue = { kind: "object", type: "page", parts, varies: rows.varies };
    shown = pageRows(m, page) ?? shown;
    entries.set("page_obj", page);
    entries.set("paginator", { kind: "object", type: "paginator", parts: { ...parts }, varies: rows.varies });
    entries.set("is_paginated", unknown());
  }
  entries.set("object_list", shown);
  const name = text(classValueOf(m, view, "context_object_name")) ?? (entity && `${entity.name.toLowerCase()}_list`);
  if (name !== undefined) entries.set(name, shown);
}

function objectNames(m: Machine, view: InstanceValue, entries: Map<string, Value>): void {
  const object = view.attributes.get("object");
  if (!object) return;
  entries.set("object", object);
  const row = optionsOf(object).find((option) => option.kind === "row");
  const entity = row?.kind === "row" ? m.project.entity(row.origin.entity) : modelOf(m, view);
  const name = text(classValueOf(m, view, "context_object_name")) ?? entity?.name.toLowerCase();
  if (name !== undefined) entries.set(name, object);
}

function formOf(m: Machine, view: InstanceValue): Value {
  const form = classValueOf(m, view, "form_class");
  return form?.kind === "class" ? { kind: "instance", class: form.class, attributes: new Map(), varies: 0 } : unknown();
}

/** Renders a view's template with a context: `render_to_response` of Django's own classes. */
export function renderView(m: Machine, view: InstanceValue, context: Value, node: Expression): Value {
  const names = templateNames(m, view, node);
  const whole: Value = context.kind === "mapping" ? { ...context, entries: new Map([["view", view as Value], ...context.entries]) } : context;
  renderNamed(m, names, whole, node);
  return unknown();
}

/** `get_template_names`: the user's own, `template_name`, or the name that Django makes of the model and the kind of view. */
function templateNames(m: Machine, view: InstanceValue, node: Expression): Value | undefined {
  const own = m.project.method(view.class, "get_template_names");
  if (own) return callFunction(m, own, view, emptyCall(m, node));
  return genericTemplateNames(m, view);
}

export function genericTemplateNames(m: Machine, view: InstanceValue): Value | undefined {
  const name = view.attributes.get("template_name") ?? classValueOf(m, view, "template_name");
  if (name && !(name.kind === "constant" && name.value === null)) return name;
  const entity = entityShown(m, view);
  if (!entity) return undefined;
  const suffix = text(classValueOf(m, view, "template_name_suffix")) ?? suffixOf(m, view.class);
  const [app] = entity.key.split(".");
  return sequenceOf("list", unknown(), { items: [constant(`${app}/${entity.name.toLowerCase()}${suffix}.html`)], size: "few" });
}

function entityShown(m: Machine, view: InstanceValue): Entity | undefined {
  for (const value of [view.attributes.get("object_list"), view.attributes.get("object")]) {
    for (const option of value ? optionsOf(value) : []) {
      const key = option.kind === "query" ? option.query.entity : option.kind === "row" ? option.origin.entity : undefined;
      const entity = key !== undefined ? m.project.entity(key) : undefined;
      if (entity) return entity;
    }
  }
  return modelOf(m, view);
}

/** `template_name_suffix` of Django's own classes. */
const SUFFIXES: readonly (readonly [RegExp, string])[] = [
  [/ListView$/, "_list"], [/DetailView$/, "_detail"], [/DeleteView$/, "_confirm_delete"], [/(UpdateView|CreateView)$/, "_form"],
  [/ArchiveIndexView$/, "_archive"], [/YearArchiveView$/, "_archive_year"], [/MonthArchiveView$/, "_archive_month"], [/WeekArchiveView$/, "_archive_week"], [/(Day|Today)ArchiveView$/, "_archive_day"],
];

function suffixOf(m: Machine, ref: ClassRef): string {
  for (const ancestor of m.project.ancestors(ref)) {
    if (!("external" in ancestor)) continue;
    for (const [pattern, suffix] of SUFFIXES) if (pattern.test(ancestor.external)) return suffix;
  }
  return "_detail";
}

function classValueOf(m: Machine, view: InstanceValue, name: string): Value | undefined {
  const own = view.attributes.get(name);
  if (own) return own;
  const attribute = m.project.attribute(view.class, name);
  return attribute?.attribute.value ? moduleValue(m, attribute.uri, attribute.attribute.value) : undefined;
}

function text(value: Value | undefined): string | undefined {
  return value?.kind === "constant" && typeof value.value === "string" ? value.value : undefined;
}
