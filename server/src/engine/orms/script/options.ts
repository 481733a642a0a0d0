import type { Expression, Mapping } from "../../facts";
import type { CallSite } from "../../flow/adapter";
import { optionsOf, type MappingValue, type Value } from "../../flow/values";

/** One property of an options object: its value, and the expression where the object is written out. */
export interface Option {
  readonly name: string;
  readonly value: Value;
  /** Absent where the object was put together by code. */
  readonly node?: Expression;
  readonly uri?: string;
  /** Given on some ways through the code only. */
  readonly maybe: boolean;
}

/** An object of options, as far as it can be read. */
export interface Options {
  readonly of: ReadonlyMap<string, Option>;
  /** Nothing else is in it: no spread, no computed key, no unknown parts. */
  readonly isComplete: boolean;
  /** The object literal, for fixes. */
  readonly literal?: { readonly uri: string; readonly expression: Mapping };
}

const NOTHING: Options = { of: new Map(), isComplete: true };
const UNREADABLE: Options = { of: new Map(), isComplete: false };

/** The options that a value stands for: `{ where: …, take: 20 }`, also through a name. Without a value there are none. */
export function optionsIn(value: Value | undefined): Options {
  if (!value || (value.kind === "constant" && value.value === null)) return NOTHING;
  const mappings = optionsOf(value).filter((each): each is MappingValue => each.kind === "mapping" && !each.isMap);
  if (mappings.length === 0) return UNREADABLE;
  const [mapping] = mappings;
  const isAll = mappings.length === optionsOf(value).length;
  const nodes = new Map<string, Expression>();
  for (const { key, value: node } of mapping.literal?.expression.entries ?? []) if (key?.kind === "literal") nodes.set(String(key.value), node);
  const of = new Map<string, Option>();
  for (const [name, each] of mapping.entries) {
    if (each.kind === "constant" && each.value === null) continue;
    const node = nodes.get(name);
    of.set(name, { name, value: each, ...(node && { node, uri: mapping.literal!.uri }), maybe: !isAll || mapping.maybe?.has(name) === true });
  }
  return { of, isComplete: isAll && mapping.complete === true, ...(mapping.literal && { literal: mapping.literal }) };
}

/** The options at the place of an argument. */
export function optionsAt(call: CallSite, index: number): Options {
  if (call.more && call.positional.length <= index) return UNREADABLE;
  return optionsIn(call.positional[index]?.value);
}

/** The elements of a list that is written out: `["posts", "posts.author"]`. Undefined: not known one by one. */
export function listIn(value: Value | undefined): readonly Value[] | undefined {
  if (value?.kind !== "sequence") return undefined;
  return value.items;
}

/** `[id]`: a search for what is in it is one for what is equal to it. */
export function isListOfOne(value: Value | undefined): boolean {
  return value?.kind === "sequence" && value.query === undefined && value.items?.length === 1;
}

/** The text that a value is. */
export function textIn(value: Value | undefined): string | undefined {
  return value?.kind === "constant" && typeof value.value === "string" ? value.value : undefined;
}

/** The truth that a value is known to have. */
export function truthOf(value: Value | undefined): boolean | undefined {
  return value?.kind === "constant" ? Boolean(value.value) : undefined;
}
