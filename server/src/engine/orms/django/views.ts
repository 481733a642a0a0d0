import type { Attribute, Name } from "../../facts";
import type { CallSite } from "../../flow/adapter";
import { callFunction } from "../../flow/calls";
import { escape } from "../../flow/expressions";
import type { Machine } from "../../flow/machine";
import { moduleValue } from "../../flow/names";
import type { ListViewDeclared } from "../../flow";
import { optionsOf, sequenceOf, unknown, type InstanceValue, type QueryValue, type Value } from "../../flow/values";
import type { ClassRef, Entity } from "../../project";
import { paginatorOf } from "./externals";
import { answerGet, genericContext, genericTemplateNames, renderView, shapeOf } from "./generic-views";
import { managerOf, looseRow, rowOf, run } from "./queries";
import { requestValue } from "./requests";
import { restListView, restViewMethod } from "./rest/views";

/** Dotted names of Django's and REST framework's views end like this. */
const VIEW = /^(django\.views\.|django\.contrib\.auth\.(views|mixins)|rest_framework\.(views|viewsets|generics|mixins)|django_filters\.views|braces\.views|django_tables2\.)/;
const LIST_VIEWS: readonly string[] = ["django.views.generic.ListView", "django.views.generic.list.ListView", "django.views.generic.list.BaseListView", "django.views.generic.list.MultipleObjectMixin", "django.views.generic.base.ListView"];

/** The name of a class as an expression: where what the framework does with it is said to happen. */
export function classNode({ declaration }: ClassRef): Name {
  return { kind: "name", name: declaration.name, start: declaration.nameStart, end: declaration.nameEnd };
}

/** Whether a class serves requests: a view of Django or REST framework, by its ancestors. */
export function isView(m: Machine, ref: ClassRef): boolean {
  return m.project.ancestors(ref).some((ancestor) => "external" in ancestor && VIEW.test(ancestor.external));
}

/** The queryset of a class-based view as Django finds it: `get_queryset`, `queryset`, `model` (*MultipleObjectMixin*). */
export function viewQuery(m: Machine, instance: InstanceValue, call: CallSite, inherited: boolean): Value | undefined {
  if (!inherited) {
    const method = m.project.method(instance.class, "get_queryset");
    if (method) return callFunction(m, method, instance, call);
  }
  const own = instance.attributes.get("queryset");
  const attribute = m.project.attribute(instance.class, "queryset");
  const value = own ?? (attribute?.attribute.value && !(attribute.attribute.value.kind === "literal") ? moduleValue(m, attribute.uri, attribute.attribute.value) : undefined);
  for (const option of value ? optionsOf(value) : []) {
    // The view takes `queryset.all()`: a new object for each request.
    if (option.kind === "query") return { ...option, query: m.derive(option.query, {}) };
    if (option.kind === "manager") return { kind: "query", query: option.query, varies: 0 };
  }
  if (value && value.kind !== "constant") return undefined;
  const entity = modelOf(m, instance);
  if (!entity) return undefined;
  const { query } = managerOf(m, entity, entity.defaultManager, call.node, "queryset-method");
  if (inherited) return { kind: "query", query, varies: 0 };
  // Nothing but `model` names the rows: what they lack is loaded by a `get_queryset` of the class.
  const root = { uri: instance.class.uri, expression: classNode(instance.class) };
  return { kind: "query", query: m.derive(query, { origin: { root, kind: "class", steps: [], listing: { class: instance.class, by: "view", joinsByAttribute: false } } }), varies: 0 };
}

/** The entity that a view is said to show: its `model`. */
export function modelOf(m: Machine, instance: InstanceValue): Entity | undefined {
  const own = instance.attributes.get("model");
  const attribute = m.project.attribute(instance.class, "model");
  const value = own ?? (attribute?.attribute.value ? moduleValue(m, attribute.uri, attribute.attribute.value) : undefined);
  const entity = value && optionsOf(value).find((option) => option.kind === "entity");
  return entity?.kind === "entity" ? entity.entity : undefined;
}

/** What a view's class gets from the framework. */
export function viewAttribute(m: Machine, instance: InstanceValue, name: string, node: Attribute): Value | undefined {
  if (!isView(m, instance.class)) {
    // A form lists its fields in code.
    if (name === "fields" && m.project.ancestors(instance.class).some((ancestor) => "external" in ancestor && /^django\.forms\./.test(ancestor.external))) {
      return { kind: "mapping", entries: new Map(), key: unknown(), value: unknown(), size: "few", varies: 0 };
    }
    return name === "request" ? requestValue() : undefined;
  }
  if (name === "request") return requestValue();
  const call: CallSite = { node: { kind: "call", callee: node, arguments: [], open: node.end, close: node.end, start: node.start, end: node.end }, uri: m.uri, positional: [], keywords: new Map(), more: false, varies: 0 };
  if (name === "object") {
    const entity = modelOf(m, instance);
    return entity ? looseRow(m, entity, "self.object") : undefined;
  }
  if (name === "object_list") return viewQuery(m, instance, call, false);
  return undefined;
}

/** Methods of generic views, viewsets and admins that the user's class did not override (or reached by `super()`). */
export function viewMethod(m: Machine, instance: InstanceValue, name: string, call: CallSite): Value | undefined {
  const rest = restViewMethod(m, instance, name, call);
  if (rest) return rest;
  const first = call.positional[0]?.value;
  switch (name) {
    case "get_queryset": return viewQuery(m, instance, call, true);
    case "get_object": {
      const value = viewQuery(m, instance, call, false);
      const query = value && optionsOf(value).find((option): option is QueryValue => option.kind === "query");
      if (!query) return undefined;
      const narrowed: QueryValue = { ...query, query: m.derive(query.query, { atMostOne: true }) };
      run(m, narrowed, "get", call.node);
      return rowOf(m, narrowed.query, false);
    }
    case "filter_queryset": return first;
    case "get_paginator": {
      const rows = call.positional[0] ?? call.keywords.get("queryset");
      return rows && paginatorOf(m, rows, call.positional[1] ?? call.keywords.get("per_page"), call, name);
    }
    case "paginate_queryset": {
      for (const option of first ? optionsOf(first) : []) {
        if (option.kind !== "query") continue;
        m.emit({ kind: "paginated", at: m.at(call.node), query: option.query, by: "paginate_queryset" });
        const page = m.derive(option.query, { bound: { kind: "page" } });
        return { kind: "query", query: page, varies: option.varies };
      }
      return sequenceOf("list", unknown(), { bound: { kind: "page" } });
    }
    case "get":
    case "get_template_names":
    case "render_to_response":
    case "get_context_data": {
      if (shapeOf(m, instance.class) === undefined) return plainViewMethod(m, name, call);
      if (name === "get") return answerGet(m, instance, call.node);
      if (name === "get_context_data") return genericContext(m, instance, call);
      if (name === "get_template_names") return genericTemplateNames(m, instance) ?? unknown();
      return renderView(m, instance, first ?? call.keywords.get("context")?.value ?? unknown(), call.node);
    }
    case "get_serializer": return plainViewMethod(m, name, call);
    default: return undefined;
  }
}

/** The same for classes of which nothing but their being views is known. */
function plainViewMethod(m: Machine, name: string, call: CallSite): Value | undefined {
  switch (name) {
    case "get_context_data": return { kind: "mapping", entries: new Map([...call.keywords].map(([key, argument]) => [key, argument.value] as const)), key: unknown(), value: unknown(), size: "few", varies: 0 };
    case "render_to_response":
    case "get_serializer":
      for (const argument of [...call.positional, ...call.keywords.values()]) escape(m, argument.value, "response", argument.node.value, name);
      return unknown(call.varies);
    default: return undefined;
  }
}

/** An endpoint that lists rows. */
function restListing(m: Machine, ref: ClassRef): Omit<ListViewDeclared, "frames" | "loops" | "entry" | "basis"> | undefined {
  const { uri, declaration } = ref;
  const { events } = m;
  m.events = [];
  m.frames = [{ uri }];
  const listed = restListView(m, ref);
  m.events = events;
  const entity = listed && m.project.entity(listed.query.query.entity);
  if (!listed || !entity) return undefined;
  return {
    kind: "listView", at: { uri, span: { start: declaration.nameStart, end: declaration.nameEnd } }, entity, query: listed.query.query, paginated: listed.paginated, ordered: true, setting: listed.setting, isReadOnly: listed.isReadOnly,
    view: { uri, name: declaration.name, span: { uri, span: { start: declaration.start, end: declaration.end } }, bodyStart: declaration.bodyStart },
  };
}

/** The list views of a file, with what they list. */
export function listViewsOf(m: Machine, uri: string): readonly Omit<ListViewDeclared, "frames" | "loops" | "entry" | "basis">[] {
  const views: Omit<ListViewDeclared, "frames" | "loops" | "entry" | "basis">[] = [];
  for (const declaration of m.project.files.get(uri)?.declares.classes ?? []) {
    const ref: ClassRef = { uri, declaration, key: `${uri}#${declaration.id}` };
    const endpoint = restListing(m, ref);
    if (endpoint) views.push(endpoint);
    if (!m.project.inheritsFrom(ref, ...LIST_VIEWS)) continue;
    const instance: InstanceValue = { kind: "instance", class: ref, attributes: new Map(), varies: 0 };
    const node = classNode(ref);
    const call: CallSite = { node: { kind: "call", callee: node, arguments: [], open: node.end, close: node.end, start: node.start, end: node.end }, uri, positional: [], keywords: new Map(), more: false, varies: 0 };
    const { events } = m;
    m.events = [];
    m.frames = [{ uri }];
    const value = viewQuery(m, instance, call, false);
    m.events = events;
    const query = value && optionsOf(value).find((option): option is QueryValue => option.kind === "query");
    const entity = query ? m.project.entity(query.query.entity) : modelOf(m, instance);
    if (!entity) continue;
    const unknownBase = m.project.ancestors(ref).some((ancestor) => "external" in ancestor && ancestor.external !== "object" && !/^(django|rest_framework|builtins|typing|abc)\b/.test(ancestor.external));
    const size = m.project.attribute(ref, "paginate_by");
    const own = m.project.method(ref, "get_paginate_by") ?? m.project.method(ref, "paginate_queryset") ?? m.project.method(ref, "get_paginator");
    const given = size?.attribute.value;
    const paginated = own || unknownBase ? "unknown" : !given || (given.kind === "literal" && given.value === null && size?.owner.key !== ref.key) ? "no" : given.kind === "literal" && given.value === null ? "unknown" : "yes";
    const ordered = m.project.attribute(ref, "ordering")?.attribute.value !== undefined || m.project.method(ref, "get_ordering") !== undefined || entity.ordering.length > 0 || entity.orderingUnknown || (query !== undefined && query.query.order !== "none" && query.query.order !== "default");
    views.push({
      kind: "listView", at: { uri, span: { start: declaration.nameStart, end: declaration.nameEnd } }, entity, query: query?.query, paginated, ordered, setting: "paginate_by",
      view: { uri, name: declaration.name, span: { uri, span: { start: declaration.start, end: declaration.end } }, bodyStart: declaration.bodyStart },
    });
  }
  return views;
}

