import type { Machine } from "../../../flow/machine";
import type { ClassRef } from "../../../project";

const SERIALIZER = /(^|\.)(\w*Serializer|\w*SerializerMixin)$/;
/** Django REST framework itself: its serializers, fields and relations do what is written here (read in 3.16's and 3.18's source). */
const OWN = /^rest_framework\.(serializers|fields|relations)\./;
/**
 * Companions that change which rows are written, or nothing at all, but never how a field is written out: nested writes (drf-writable-nested),
 * documentation (drf-spectacular, drf-yasg), fields left out or expanded on request (drf-flex-fields, drf-dynamic-fields), dynamic tags.
 */
const COMPANIONS = /^(rest_flex_fields|drf_writable_nested|drf_spectacular|drf_yasg|drf_dynamic_fields|drf_queryfields|rest_framework_gis\.serializers|taggit\.serializers|taggit_serializer|django_countries\.serializers|rest_framework_extensions|rest_framework_json_api\.serializers)\b/;
/** Says nothing of what an instance does. */
const PLAIN = /^(object|typing\.|abc\.|typing_extensions\.|builtins\.)/;

/** The classes outside the workspace that a class is made from, nearest first. */
export function externalsOf(m: Machine, ref: ClassRef): readonly string[] {
  return m.project.ancestors(ref).flatMap((ancestor) => ("external" in ancestor ? [ancestor.external] : []));
}

/** Whether a class is a serializer, by its ancestors. */
export function isSerializer(m: Machine, ref: ClassRef): boolean {
  return externalsOf(m, ref).some((name) => (OWN.test(name) || COMPANIONS.test(name)) && SERIALIZER.test(name));
}

/** Some base is neither in the workspace nor known: it may write out other fields, or write them in another way. */
export function hasUnknownBase(m: Machine, ref: ClassRef): boolean {
  return externalsOf(m, ref).some((name) => !OWN.test(name) && !COMPANIONS.test(name) && !PLAIN.test(name));
}

export function isListSerializer(m: Machine, ref: ClassRef): boolean {
  return externalsOf(m, ref).some((name) => OWN.test(name) && name.endsWith(".ListSerializer"));
}

/** `ModelSerializer` and what is made from it: fields come from `Meta.model` as well. */
export function isModelSerializer(m: Machine, ref: ClassRef): boolean {
  return externalsOf(m, ref).some((name) => /ModelSerializer$/.test(name));
}

/** The framework's own class behind a field of the user's: `PrimaryKeyRelatedField`. Undefined: not a field, or of a base that is not known. */
export function fieldBase(m: Machine, ref: ClassRef): string | undefined {
  if (hasUnknownBase(m, ref)) return undefined;
  const base = externalsOf(m, ref).find((name) => OWN.test(name) && /Field$/.test(name));
  return base?.slice(base.lastIndexOf(".") + 1);
}

/** A field or serializer that the code makes of one of the framework's own classes: `serializers.CharField(…)`. */
export function ownClass(name: string): string | undefined {
  return OWN.test(name) && /(Field|Serializer)$/.test(name) ? name.slice(name.lastIndexOf(".") + 1) : undefined;
}

