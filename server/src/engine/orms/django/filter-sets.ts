import type { Attribute } from "../../facts";
import type { CallSite } from "../../flow/adapter";
import { callFunction } from "../../flow/calls";
import type { Machine } from "../../flow/machine";
import { moduleValue } from "../../flow/names";
import { optionsOf, unknown, type InstanceValue, type Value } from "../../flow/values";
import type { ClassRef } from "../../project";
import { managerOf } from "./queries";

/** django-filter's base classes, also as REST framework takes them (`django_filters/filterset.py`). */
const FILTER_SET = /^django_filters\.(rest_framework\.)?(filterset\.)?(BaseFilterSet|FilterSet)$/;

function isFilterSet(m: Machine, ref: ClassRef): boolean {
  return m.project.ancestors(ref).some((ancestor) => "external" in ancestor && FILTER_SET.test(ancestor.external));
}

/** `OrderFilter(request.GET, queryset=Order.objects.all())` */
export function filterSetInstance(m: Machine, owner: ClassRef, call: CallSite): Value | undefined {
  if (!isFilterSet(m, owner)) return undefined;
  const rows = call.keywords.get("queryset") ?? call.positional[1];
  const instance: InstanceValue = { kind: "instance", class: owner, attributes: new Map(rows ? [["queryset", rows.value]] : []), varies: call.varies };
  const init = m.project.method(owner, "__init__");
  if (init) callFunction(m, init, instance, call);
  return instance;
}

/** `filters.qs`: the rows it was made with, or all of its model's, under conditions that the client names. */
export function filterSetAttribute(m: Machine, instance: InstanceValue, name: string, node: Attribute): Value | undefined {
  if (name !== "qs" || !isFilterSet(m, instance.class)) return undefined;
  const rows = instance.attributes.get("queryset") ?? rowsOfModel(m, instance.class, node);
  for (const option of rows ? optionsOf(rows) : []) {
    if (option.kind === "query" || option.kind === "manager") return { kind: "query", query: m.derive(option.query, { uncertain: true }), varies: option.varies };
  }
  return unknown(instance.varies);
}

function rowsOfModel(m: Machine, owner: ClassRef, node: Attribute): Value | undefined {
  const meta = m.project.nestedClass(owner, "Meta");
  const model = meta && m.project.attribute(meta, "model");
  const value = model?.attribute.value && moduleValue(m, model.uri, model.attribute.value);
  return value?.kind === "entity" ? managerOf(m, value.entity, value.entity.defaultManager, node) : undefined;
}
