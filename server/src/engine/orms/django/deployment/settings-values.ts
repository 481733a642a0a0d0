import type { SettingEntry, SettingMapping, SettingUnknown, SettingValue } from "../../../project";
import type { Location } from "../../../source";

export function unknownAt(at: Location, ...from: readonly (SettingValue | string | undefined)[]): SettingUnknown {
  return { kind: "unknown", at, mentions: from.flatMap((each) => (typeof each === "string" ? [each] : each ? mentionsOf(each) : [])) };
}

/** Names and strings in a value. */
export function mentionsOf(value: SettingValue): readonly string[] {
  switch (value.kind) {
    case "constant":
      return typeof value.value === "string" ? [value.value] : [];
    case "list":
      return value.items.flatMap(mentionsOf);
    case "mapping":
      return [...value.entries].flatMap(([key, entry]) => [key, ...mentionsOf(entry.value)]);
    case "unknown":
      return value.mentions;
  }
}

/** What a value is when either of two may hold. */
export function joinValues(a: SettingValue, b: SettingValue): SettingValue {
  if (a === b) return a;
  if (a.kind === "constant" && b.kind === "constant" && a.value === b.value) return a.variable !== undefined ? a : b;
  if (a.kind === "list" && b.kind === "list") return { kind: "list", items: [...a.items, ...b.items.filter((each) => !a.items.includes(each))], complete: a.complete && b.complete, at: b.at };
  if (a.kind === "mapping" && b.kind === "mapping") return joinMappings(a, b);
  return unknownAt(b.at, a, b);
}

function joinMappings(a: SettingMapping, b: SettingMapping): SettingMapping {
  const entries = new Map<string, SettingEntry>();
  for (const key of new Set([...a.entries.keys(), ...b.entries.keys()])) {
    const left = a.entries.get(key);
    const right = b.entries.get(key);
    if (left === right) entries.set(key, left!);
    else if (left && right) entries.set(key, { ...right, value: joinValues(left.value, right.value), maybe: left.maybe || right.maybe });
    else entries.set(key, { ...(left ?? right)!, maybe: true });
  }
  return { kind: "mapping", entries, complete: a.complete && b.complete, at: b.at, display: a.display === b.display ? b.display : undefined, call: a.call === b.call ? b.call : undefined };
}

/** `{**a, **b}`, `a | b`, `a.update(b)`. */
export function mergeMappings(a: SettingMapping, b: SettingMapping, at: Location): SettingMapping {
  const entries = new Map(a.entries);
  for (const [key, entry] of b.entries) {
    const before = entries.get(key);
    entries.set(key, entry.maybe && before ? { ...entry, value: joinValues(before.value, entry.value), maybe: before.maybe } : entry);
  }
  return { kind: "mapping", entries, complete: a.complete && b.complete, at, display: b.display ?? a.display, call: b.call ?? a.call };
}

/** The value with `path` in it set to another: `DATABASES["default"]["CONN_MAX_AGE"] = 60`. */
export function withEntry(value: SettingValue | undefined, path: readonly string[], set: SettingValue, at: Location, maybe = false): SettingValue {
  if (path.length === 0) return set;
  const base: SettingMapping = value?.kind === "mapping" ? value : { kind: "mapping", entries: new Map(), complete: false, at: value?.at ?? at };
  const [key, ...rest] = path;
  const before = base.entries.get(key);
  const entry: SettingEntry = rest.length === 0
    ? { value: set, at, form: "assignment", maybe }
    : { ...(before ?? { at, form: "assignment", maybe }), value: withEntry(before?.value, rest, set, at, maybe) };
  return { ...base, entries: new Map(base.entries).set(key, entry) };
}

/** True, false, or undefined when that is not known. A value that the environment may change is not known. */
export function truthOf(value: SettingValue): boolean | undefined {
  switch (value.kind) {
    case "constant":
      return value.variable === undefined ? Boolean(value.value) : isDebug(value.variable) ? false : undefined;
    case "list":
      return value.items.length > 0 ? true : value.complete ? false : undefined;
    case "mapping":
      return value.entries.size > 0 ? true : value.complete ? false : undefined;
    case "unknown":
      return value.variable !== undefined && isDebug(value.variable) ? false : undefined;
  }
}

/** A variable that is off wherever the application is deployed as it should be: branches are read with it off. */
export function isDebug(variable: string): boolean {
  return /(^|_)DEBUG$/i.test(variable);
}
