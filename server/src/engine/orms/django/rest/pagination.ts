import type { Machine } from "../../../flow/machine";
import { moduleValue } from "../../../flow/names";
import { optionsOf, type InstanceValue, type Value } from "../../../flow/values";
import type { ClassRef } from "../../../project";
import { classNamed, restSetting, viewValue } from "./settings";

/** How a view cuts its rows into pages (rest_framework/pagination.py). */
export type Pages =
  | { readonly kind: "none" }
  | { readonly kind: "unknown" }
  | {
    readonly kind: "pages";
    /** The most rows that a client can ask for, where there is a limit that is a number. */
    readonly rows?: number;
    /** `CursorPagination` orders the rows itself. */
    readonly orders: boolean;
  };

const NONE: Pages = { kind: "none" };
const UNKNOWN: Pages = { kind: "unknown" };

/** The pagination of a generic view: `pagination_class`, or `DEFAULT_PAGINATION_CLASS`. Both it and the page size are `None` unless they are set. */
export function pagesOf(m: Machine, view: InstanceValue): Pages {
  if (m.project.method(view.class, "paginator") || hasUnknownBase(m, view.class)) return UNKNOWN;
  const own = viewValue(m, view, "pagination_class");
  if (own) return pagesBy(m, own);
  const setting = restSetting(m, "DEFAULT_PAGINATION_CLASS");
  if (setting === "default") return NONE;
  if (setting === "unknown") return UNKNOWN;
  if (setting.kind === "constant" && typeof setting.value === "string") return pagesBy(m, classNamed(m, setting.value));
  return pagesBy(m, setting);
}

function hasUnknownBase(m: Machine, ref: ClassRef): boolean {
  return m.project.ancestors(ref).some((ancestor) => "external" in ancestor && !/^(django|rest_framework|builtins|typing|abc|object|drf_spectacular|drf_yasg|guardian|rest_flex_fields)\b/.test(ancestor.external));
}

function pagesBy(m: Machine, paginator: Value): Pages {
  if (paginator.kind === "constant" && paginator.value === null) return NONE;
  if (paginator.kind === "external") return sized(m, paginator.name, undefined);
  if (paginator.kind !== "class") return UNKNOWN;
  const { class: ref } = paginator;
  if (["paginate_queryset", "get_page_size", "get_limit"].some((name) => m.project.method(ref, name))) return { kind: "pages", orders: true };
  for (const ancestor of m.project.ancestors(ref)) if ("external" in ancestor && /Pagination$/.test(ancestor.external)) return sized(m, ancestor.external, ref);
  return UNKNOWN;
}

function sized(m: Machine, base: string, ref: ClassRef | undefined): Pages {
  const kind = base.slice(base.lastIndexOf(".") + 1);
  if (!/^rest_framework\./.test(base)) return UNKNOWN;
  const isByLimit = kind === "LimitOffsetPagination";
  if (!isByLimit && kind !== "PageNumberPagination" && kind !== "CursorPagination") return UNKNOWN;
  const given = ref && attributeValue(m, ref, isByLimit ? "default_limit" : "page_size");
  const setting = given ?? restSetting(m, "PAGE_SIZE");
  // A class without a size cuts nothing, unless the client asks for a size.
  const most = ref && numberOf(attributeValue(m, ref, isByLimit ? "max_limit" : "max_page_size"));
  const isAsked = isByLimit || (ref !== undefined && isText(attributeValue(m, ref, "page_size_query_param")));
  if (setting === "default" || (typeof setting === "object" && setting.kind === "constant" && setting.value === null)) return isAsked ? UNKNOWN : NONE;
  const size = typeof setting === "object" ? numberOf(setting) : undefined;
  return { kind: "pages", rows: isAsked ? most : size, orders: kind === "CursorPagination" };
}

function attributeValue(m: Machine, ref: ClassRef, name: string): Value | undefined {
  const attribute = m.project.attribute(ref, name);
  return attribute?.attribute.value && moduleValue(m, attribute.uri, attribute.attribute.value);
}

function numberOf(value: Value | undefined): number | undefined {
  const numbers = value ? optionsOf(value).flatMap((option) => (option.kind === "constant" && typeof option.value === "number" ? [option.value] : [])) : [];
  return numbers.length && numbers.length === optionsOf(value!).length ? Math.max(...numbers) : undefined;
}

function isText(value: Value | undefined): boolean {
  return value !== undefined && !(value.kind === "constant" && value.value === null);
}
