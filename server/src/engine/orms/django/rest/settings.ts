import type { Machine } from "../../../flow/machine";
import { moduleValue, symbolValue } from "../../../flow/names";
import { external, optionsOf, type InstanceValue, type Value } from "../../../flow/values";

/** A value of `REST_FRAMEWORK` in the deployed settings: "default" when it is left out, "unknown" when there are no settings to read. */
export function restSetting(m: Machine, name: string): Value | "default" | "unknown" {
  const setting = m.project.setting("REST_FRAMEWORK");
  if (!setting) return m.project.setting("INSTALLED_APPS") || m.project.setting("DATABASES") ? "default" : "unknown";
  const value = moduleValue(m, setting.uri, setting.expression);
  if (value.kind !== "mapping") return "unknown";
  return value.entries.get(name) ?? (hasOnlyNames(value.key) ? "default" : "unknown");
}

/** Every key of the display was read. */
function hasOnlyNames(key: Value): boolean {
  return optionsOf(key).every((option) => option.kind === "constant" || option.kind === "unknown");
}

/** A class by its dotted name, as settings write it. */
export function classNamed(m: Machine, dotted: string): Value {
  const dot = dotted.lastIndexOf(".");
  const name = dotted.slice(0, dot);
  const module = m.project.module(name);
  const symbol = module && m.project.resolveMember({ kind: "module", uri: module.uri, name }, dotted.slice(dot + 1));
  return symbol ? symbolValue(m, symbol) : external(dotted);
}

/** A class attribute of a view, or what the action being run has in its place. */
export function viewValue(m: Machine, view: InstanceValue, name: string): Value | undefined {
  const own = view.attributes.get(name);
  if (own) return own;
  const attribute = m.project.attribute(view.class, name);
  return attribute?.attribute.value && moduleValue(m, attribute.uri, attribute.attribute.value);
}
