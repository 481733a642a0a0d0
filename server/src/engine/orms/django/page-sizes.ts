import type { ClassDeclaration, Expression } from "../../facts";
import { callFunction } from "../../flow/calls";
import { clientDataOf } from "../../flow/client-values";
import { emptyCall } from "../../flow/expressions";
import type { Machine } from "../../flow/machine";
import type { ClientNumber, PageSized, Query } from "../../flow";
import type { ObjectValue, Value } from "../../flow/values";
import type { ClassRef } from "../../project";

/** The type of `request.GET` and its like. */
export const REQUEST_VALUES = "request-values";

/** A number of rows that the client chose goes into a slice or a paginator. */
export function noteSize(m: Machine, by: PageSized["by"], query: Query | undefined, value: Value, size: Expression): void {
  for (const { number, plus, isDerived } of clientDataOf(value)) if (!plus && !isDerived) m.emit({ kind: "pageSized", at: m.at(size), by, query, number, size });
}

/** `rows[:size]`, `rows[start:start + size]`. What a view's `get_queryset` and filters give is cut in pages afterwards. */
export function noteSliceSize(m: Machine, query: Query, index: ObjectValue, node: Expression): void {
  const { upper } = index.parts;
  if (!upper || node.kind !== "subscript" || node.index.kind !== "slice" || !node.index.upper) return;
  // An offset that the client chose: one page of many.
  if (index.parts.lower && clientDataOf(index.parts.lower).length > 0) m.emit({ kind: "paginated", at: m.at(node), query, by: "slice", expression: node });
  if (m.frames.some((frame) => /^(get_queryset|filter_queryset|qs|filter_\w+)$/.test(frame.function?.declaration.name ?? ""))) return;
  const { lower, upper: size } = node.index;
  const isFirst = !lower || (lower.kind === "literal" && lower.value === 0);
  for (const { number, plus, isDerived } of clientDataOf(upper)) {
    if (isDerived) continue;
    const isLength = plus ? lower !== undefined && m.describe(lower) !== "…" && m.describe(plus) === m.describe(lower) : isFirst;
    if (isLength) m.emit({ kind: "pageSized", at: m.at(size), by: "slice", query, number, size: plus ? undefined : size });
  }
}

type Declared = Omit<PageSized, "frames" | "loops" | "entry" | "basis">;

const PAGES = "rest_framework.pagination.PageNumberPagination";
const CURSORS = "rest_framework.pagination.CursorPagination";
const OFFSETS = "rest_framework.pagination.LimitOffsetPagination";
/** What an override may do about the size by itself. */
const SIZE_METHODS: ReadonlyMap<string, string> = new Map([[PAGES, "get_page_size"], [CURSORS, "get_page_size"], [OFFSETS, "get_limit"]]);

const UNCHECKED: ClientNumber = Object.freeze({ isChecked: false, isInteger: true });

/**
 * Classes that let their callers choose the size: REST framework's paginations without a maximum (`max_page_size` and `max_limit` are None by default,
 * source of rest_framework.pagination), views that use `LimitOffsetPagination` as it is, `get_paginate_by` of a list view.
 */
export function pageSizesOf(m: Machine, uri: string): readonly Declared[] {
  const found: Declared[] = [];
  const visit = (declaration: ClassDeclaration): void => {
    const ref: ClassRef = { uri, declaration, key: `${uri}#${declaration.id}` };
    found.push(...paginationOf(m, ref), ...usedAsItIs(m, ref), ...chosenByMethod(m, ref));
    declaration.classes.forEach(visit);
  };
  m.project.files.get(uri)?.declares.classes.forEach(visit);
  const settings = m.project.setting("REST_FRAMEWORK");
  const entries = settings?.uri === uri && settings.expression.kind === "mapping" ? settings.expression.entries : [];
  const used = entries.find((entry) => entry.key?.kind === "literal" && entry.key.value === "DEFAULT_PAGINATION_CLASS")?.value;
  if (used?.kind === "literal" && used.value === OFFSETS) found.push(unlimited(uri, used, "LimitOffsetPagination", "max_limit"));
  return found;
}

function unlimited(uri: string, at: { readonly start: number; readonly end: number }, name: string, maximum: string): Declared {
  return { kind: "pageSized", at: { uri, span: { start: at.start, end: at.end } }, by: "class", number: UNCHECKED, declared: { framework: "django", name, maximum } };
}

function paginationOf(m: Machine, ref: ClassRef): readonly Declared[] {
  const { uri, declaration } = ref;
  const kind = [PAGES, CURSORS, OFFSETS].find((name) => m.project.inheritsFrom(ref, name));
  if (!kind) return [];
  const isUnclear = m.project.ancestors(ref).some((ancestor) => "external" in ancestor && !/^(rest_framework\.pagination\.|builtins\.|object$)/.test(ancestor.external));
  const maximum = kind === OFFSETS ? "max_limit" : "max_page_size";
  const given = m.project.attribute(ref, maximum)?.attribute.value;
  if (isUnclear || (given && !isNone(given)) || ["paginate_queryset", SIZE_METHODS.get(kind)!].some((name) => m.project.method(ref, name))) return [];
  const own = declaration.attributes.find((attribute) => attribute.name === maximum);
  if (kind === OFFSETS) {
    // Reported at the class that is nearest to REST framework's, not at those below it.
    if (m.project.ancestors(ref).some((ancestor) => "class" in ancestor && ancestor.class.key !== ref.key && m.project.inheritsFrom(ancestor.class, kind))) return [];
    const at = { start: declaration.nameStart, end: declaration.nameEnd };
    return [{ ...unlimited(uri, at, declaration.name, maximum), declared: { framework: "django", name: declaration.name, maximum, ...(!own && { bodyStart: declaration.bodyStart }) } }];
  }
  const parameter = declaration.attributes.find((attribute) => attribute.name === "page_size_query_param");
  if (parameter?.value?.kind !== "literal" || typeof parameter.value.value !== "string") return [];
  const after = { uri, span: { start: parameter.start, end: parameter.end } };
  return [{ ...unlimited(uri, parameter, declaration.name, maximum), declared: { framework: "django", name: declaration.name, maximum, ...(!own && { bodyStart: declaration.bodyStart, after }) } }];
}

function isNone(expression: Expression): boolean {
  return expression.kind === "literal" && expression.value === null;
}

/** `pagination_class = LimitOffsetPagination`. */
function usedAsItIs(m: Machine, { uri, declaration }: ClassRef): readonly Declared[] {
  const value = declaration.attributes.find((attribute) => attribute.name === "pagination_class")?.value;
  const symbol = value && m.project.resolveExpression(uri, value);
  return value && symbol?.kind === "external" && symbol.name === OFFSETS ? [unlimited(uri, value, "LimitOffsetPagination", "max_limit")] : [];
}

/** `def get_paginate_by(self, queryset): return self.request.GET.get("size", 20)`. */
function chosenByMethod(m: Machine, ref: ClassRef): readonly Declared[] {
  const methods = ref.declaration.methods.filter((each) => /^(get_paginate_by|get_page_size|get_limit)$/.test(each.name));
  return methods.flatMap((each): readonly Declared[] => {
    const fn = m.project.functionByKey(`${ref.uri}#${each.id}`);
    if (!fn) return [];
    const node = { kind: "name" as const, name: each.name, start: each.nameStart, end: each.nameEnd };
    const { events, frames } = m;
    m.events = [];
    m.frames = [{ uri: ref.uri }];
    const request: Value = { kind: "object", type: "request", parts: {}, varies: 0 };
    const argument = { value: each.parameters[1]?.name === "request" ? request : ({ kind: "unknown", varies: 0 } as const), node: { value: node, start: node.start, end: node.end } };
    const result = callFunction(m, fn, { kind: "instance", class: ref, attributes: new Map(), varies: 0 }, { ...emptyCall(m, node), positional: [argument] });
    m.events = events;
    m.frames = frames;
    return clientDataOf(result).map(({ number }): Declared => ({ kind: "pageSized", at: m.at(node, ref.uri), by: "view", number, declared: { framework: "django", name: ref.declaration.name, maximum: "" } }));
  });
}
