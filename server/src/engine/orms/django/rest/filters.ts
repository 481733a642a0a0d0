import type { Argument, Call, Expression } from "../../../facts";
import type { CallSite } from "../../../flow/adapter";
import { callFunction } from "../../../flow/calls";
import type { Machine } from "../../../flow/machine";
import { joinValues, optionsOf, unknown, type InstanceValue, type QueryValue, type Value } from "../../../flow/values";
import type { ClassRef, Entity } from "../../../project";
import { lookupOf } from "../lookups";
import { requestValue } from "../requests";
import { externalsOf } from "./classes";
import { classNamed, restSetting, viewValue } from "./settings";

/** Filters of which a request may ask for none, and what else leaves the query as it is. */
const PLAIN_FILTERS = /(^|\.)(DjangoFilterBackend|RestFrameworkFilterBackend|ComplexFilterBackend|SearchFilter|OrderingFilter|BaseFilterBackend)$/;

/** A value that the framework hands over, at `node`. */
export function given(value: Value, node: Expression): { readonly value: Value; readonly node: Argument } {
  return { value, node: { value: node, start: node.start, end: node.end } };
}

/** `GenericAPIView.filter_queryset`: each backend in turn; one that is not known may narrow the rows in any way. */
export function filtered(m: Machine, view: InstanceValue, rows: Value, call: CallSite): Value {
  let result = rows;
  for (const backend of backendsOf(m, view)) {
    const names = backend.kind === "external" ? [backend.name] : backend.kind === "class" ? externalsOf(m, backend.class) : [];
    const method = backend.kind === "class" ? m.project.method(backend.class, "filter_queryset") : undefined;
    if (method && backend.kind === "class") {
      const self: InstanceValue = { kind: "instance", class: backend.class, attributes: new Map(), varies: 0 };
      const narrowed = callFunction(m, method, self, { ...call, positional: [requestValue(), result, view].map((value) => given(value, call.node)), keywords: new Map() });
      result = narrowed.kind === "unknown" ? changed(m, result, { uncertain: true }) : narrowed;
    } else if (!names.some((name) => PLAIN_FILTERS.test(name))) result = changed(m, result, { uncertain: true });
    else noteConditions(m, view, names, result);
    // What the client asks for, or the view's `ordering`.
    if (names.some((name) => name.endsWith("OrderingFilter")) && viewValue(m, view, "ordering")) result = changed(m, result, { order: "unknown" });
  }
  return result;
}

function backendsOf(m: Machine, view: InstanceValue): readonly Value[] {
  const own = viewValue(m, view, "filter_backends");
  const setting = own ? undefined : restSetting(m, "DEFAULT_FILTER_BACKENDS");
  const value = own ?? (typeof setting === "object" ? setting : undefined);
  if (!value) return [];
  if (value.kind !== "sequence" || !value.items) return [unknown()];
  return value.items.map((item) => (item.kind === "constant" && typeof item.value === "string" ? classNamed(m, item.value) : item));
}

function changed(m: Machine, rows: Value, change: Partial<QueryValue["query"]>): Value {
  return optionsOf(rows).map((option): Value => (option.kind === "query" ? { ...option, query: m.derive(option.query, change) } : option)).reduce(joinValues);
}

/** What a client may search and filter by: conditions that its requests put on the query. */
function noteConditions(m: Machine, view: InstanceValue, names: readonly string[], rows: Value): void {
  for (const option of optionsOf(rows)) {
    const entity = option.kind === "query" ? m.project.entity(option.query.entity) : undefined;
    if (!entity || option.kind !== "query") continue;
    if (names.some((name) => name.endsWith("SearchFilter"))) noteSearch(m, view, entity, option);
    if (names.some((name) => name.endsWith("FilterBackend"))) for (const each of filtersOf(m, view)) note(m, entity, option, [each], false);
  }
}

interface Wish {
  readonly keyword: string;
  readonly node: Expression;
  readonly uri: string;
}

function note(m: Machine, entity: Entity, rows: QueryValue, wishes: readonly Wish[], isSearch: boolean): void {
  const lookups = wishes.map(({ keyword, node, uri }) => lookupOf(m, entity, { keyword, value: unknown(), node: { value: node, start: node.start, end: node.end }, uri }, false, wishes.length > 1, rows.query));
  // A filter is there to be used, but nobody says how often.
  const query = m.derive(rows.query, { lookups: [...rows.query.lookups, ...lookups], ...(!isSearch && { basis: "inferred" as const }) });
  for (const lookup of lookups) m.emit({ kind: "lookup", at: lookup.at, lookup, query });
}

/** `SearchFilter.lookup_prefixes`; a field without one is searched by `icontains`. */
const PREFIXES: Readonly<Record<string, string>> = { "^": "istartswith", "=": "iexact", "@": "search", "$": "iregex" };

/** `search_fields`: each word of the client's is looked for in all of them (rest_framework/filters.py). */
function noteSearch(m: Machine, view: InstanceValue, entity: Entity, rows: QueryValue): void {
  const found = m.project.attribute(view.class, "search_fields");
  const listed = found?.attribute.value;
  if (!found || listed?.kind !== "sequence") return;
  const wishes = textsOf(listed.items).map(({ text, node }): Wish => {
    const lookup = PREFIXES[text[0]];
    return { keyword: lookup ? `${text.slice(1)}__${lookup}` : `${text}__icontains`, node, uri: found.uri };
  });
  if (wishes.length > 0) note(m, entity, rows, wishes, true);
}

function textsOf(items: readonly Expression[]): readonly { readonly text: string; readonly node: Expression }[] {
  return items.flatMap((node) => (node.kind === "literal" && typeof node.value === "string" && node.value !== "" ? [{ text: node.value, node }] : []));
}

/** `filterset_fields` or `filterset_class` (`filter_…` before django-filter 2): one condition each. */
function filtersOf(m: Machine, view: InstanceValue): readonly Wish[] {
  const own = viewValue(m, view, "filterset_class") ?? viewValue(m, view, "filter_class");
  if (own?.kind === "class") return filterSetOf(m, own.class);
  const fields = m.project.attribute(view.class, "filterset_fields") ?? m.project.attribute(view.class, "filter_fields");
  return fields?.attribute.value ? fieldFilters(fields.attribute.value, fields.uri) : [];
}

/** `["author"]`, or `{"published": ["gte", "lte"]}`. */
function fieldFilters(fields: Expression, uri: string): readonly Wish[] {
  if (fields.kind === "sequence") return textsOf(fields.items).map(({ text, node }) => ({ keyword: text, node, uri }));
  if (fields.kind !== "mapping") return [];
  return fields.entries.flatMap(({ key, value }) => {
    if (key?.kind !== "literal" || value.kind !== "sequence") return [];
    return textsOf(value.items).map(({ text, node }): Wish => ({ keyword: `${String(key.value)}__${text}`, node, uri }));
  });
}

/** Filters that compare a column with one value, by `lookup_expr`. */
const PLAIN_FILTER_FIELDS = /^django_filters\.(\w+\.)*(Char|Number|Boolean|UUID|Date|DateTime|IsoDateTime|Time|Choice|ModelChoice)Filter$/;

function filterSetOf(m: Machine, owner: ClassRef): readonly Wish[] {
  const wishes: Wish[] = [];
  for (const ancestor of m.project.ancestors(owner)) {
    if (!("class" in ancestor)) continue;
    const { uri, declaration } = ancestor.class;
    for (const { name, value, nameStart, nameEnd } of declaration.attributes) {
      if (value?.kind !== "call") continue;
      const symbol = m.project.resolveExpression(uri, value.callee);
      if (symbol?.kind !== "external" || !PLAIN_FILTER_FIELDS.test(symbol.name) || value.arguments.some((argument) => argument.name === "method")) continue;
      const node: Expression = { kind: "name", name, start: nameStart, end: nameEnd };
      wishes.push({ keyword: `${textArgument(value, "field_name", 0) ?? name}__${textArgument(value, "lookup_expr", 1) ?? "exact"}`, node, uri });
    }
  }
  const meta = m.project.nestedClass(owner, "Meta");
  const fields = meta && m.project.attribute(meta, "fields");
  const isDeclared = new Set(wishes.map(({ node }) => (node.kind === "name" ? node.name : "")));
  if (fields?.attribute.value) wishes.push(...fieldFilters(fields.attribute.value, fields.uri).filter(({ keyword }) => !isDeclared.has(keyword)));
  return wishes;
}

function textArgument(call: Call, name: string, position: number): string | undefined {
  const argument = call.arguments.find((each) => each.name === name) ?? call.arguments.filter((each) => each.name === undefined && !each.spread)[position];
  return argument?.value.kind === "literal" && typeof argument.value.value === "string" ? argument.value.value : undefined;
}
