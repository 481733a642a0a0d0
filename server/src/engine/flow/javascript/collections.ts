import type { Expression } from "../../facts";
import type { CallSite } from "../adapter";
import { lastName } from "../attributes";
import { callCallback, callUnknown } from "../calls";
import { asInteger, markChecked } from "../client-values";
import { markFiltered } from "../comprehensions";
import { single, walk } from "../iteration";
import { hide, noteHanded } from "../loads";
import type { Machine } from "../machine";
import type { Bound } from "../query";
import { pickedBy } from "../selections";
import { constant, joinValues, numberOf, sequenceOf, unknown, varying, type ConstantValue, type MappingValue, type SequenceValue, type Value } from "../values";
import { callPerElement } from "./callbacks";
import { isLazy, madeBy, settle } from "./promises";
import { passedOn } from "./request-values";
import { isOfListed, noteReduction, noteRowsFiltered } from "./row-callbacks";
import { noteNarrowed } from "./rows";

/** Elements that a callback dropped, or put in another order: no longer one for one. */
function some(walked: SequenceValue): SequenceValue {
  return { ...walked, of: "list", items: undefined };
}

/** Several collections as one. */
export function joinSequences(parts: readonly SequenceValue[], varies: number): SequenceValue {
  const filled = parts.filter((part) => part.items?.length !== 0);
  if (filled.length === 1) return { ...filled[0], of: "list", varies };
  if (filled.length === 0) return sequenceOf("list", unknown(varies), { items: [], size: "few" });
  const items = filled.every((part) => part.items) ? filled.flatMap((part) => part.items ?? []) : undefined;
  return {
    ...filled[0], of: "list", items, query: undefined, materialised: undefined, varies, element: filled.map((part) => part.element).reduce(joinValues),
    size: filled.some((part) => part.size === "many") ? "many" : filled.every((part) => part.size === "few") ? "few" : "unknown",
    bound: filled.every((part) => part.bound.kind !== "none") ? filled[0].bound : { kind: "none" },
  };
}

/** What a callback gives for every element, as a collection of its own. */
export function mapped(m: Machine, walked: SequenceValue, callback: Value, call: CallSite, rounds?: { readonly throttled: boolean }): SequenceValue {
  const { result, loop } = callPerElement(m, walked, callback, call, rounds);
  // `rows.map((row) => row)` keeps its rows; what is new belongs to no query, but there are as many.
  const keeps = result.kind === "row" && result.origin.path === "" && result.origin.loop?.id === loop.id;
  // What is not sent before somebody waits for it still asks for each round's own.
  return { ...madeBy(m, isLazy(result) ? result : settle(result, walked.varies), walked, loop), ...(keeps && { query: walked.query }) };
}

/** Methods of arrays, maps, sets, objects and texts. Undefined: not known. */
export function callCollection(m: Machine, receiver: SequenceValue | MappingValue | ConstantValue, name: string, call: CallSite): Value | undefined {
  if (receiver.kind === "constant") return callText(receiver, name, call);
  if (receiver.kind === "mapping") return callMap(m, receiver, name, call);
  return receiver.of === "set" ? callSet(m, receiver, name, call) ?? callArray(m, receiver, name, call) : callArray(m, receiver, name, call);
}

/** Where nothing is known of `ids` in `ids.map(async (id) => …)`, what has such a method and is given a function is walked; what is called a cache may have an answer. */
export function callOnUnknown(m: Machine, varies: number, call: CallSite): Value | undefined {
  const { callee } = call.node;
  const given = call.positional[0]?.value;
  if (asksCache(call)) return { kind: "object", type: "cached", parts: {}, varies: Math.max(varies, call.varies, m.innermost) };
  if (callee.kind !== "attribute" || call.positional.length !== 1 || given?.kind !== "function" || !/^(map|forEach|flatMap)$/.test(callee.name)) return undefined;
  return callArray(m, sequenceOf("list", unknown(varies), { varies }), callee.name, call);
}

/** `redis.get(key)`, `this.cacheManager.get(key)`: an answer that is kept for a while, if there is one. The name is all there is to go by; it only ever takes weight away. */
function asksCache({ node: { callee }, positional }: CallSite): boolean {
  return callee.kind === "attribute" && callee.name === "get" && positional.length > 0 && /cache|redis|^kv$/i.test(lastName(callee.object));
}

function callText(receiver: ConstantValue, name: string, call: CallSite): Value {
  const varies = Math.max(receiver.varies, call.varies);
  if (typeof receiver.value === "string" && call.positional.length === 0) {
    if (name === "toLowerCase") return constant(receiver.value.toLowerCase(), varies);
    if (name === "toUpperCase") return constant(receiver.value.toUpperCase(), varies);
    if (name === "toString" || name === "trim") return receiver;
  }
  return name === "split" || name === "matchAll" ? sequenceOf("list", unknown(varies), { size: "unknown" }) : unknown(varies);
}

function callSet(m: Machine, receiver: SequenceValue, name: string, call: CallSite): Value | undefined {
  switch (name) {
    case "add":
      push(m, receiver, call.positional, call);
      return receiver;
    case "has":
    case "delete":
    case "clear": return unknown(Math.max(receiver.varies, call.varies));
    default: return undefined;
  }
}

function callArray(m: Machine, receiver: SequenceValue, name: string, call: CallSite): Value | undefined {
  const first = call.positional[0];
  const varies = Math.max(receiver.varies, call.varies);
  const callback = first?.value;
  switch (name) {
    case "map": return callback ? mapped(m, receiver, callback, call) : undefined;
    case "forEach":
      if (callback) callPerElement(m, receiver, callback, call);
      return constant(null);
    case "flatMap": {
      if (!callback) return undefined;
      const { result, loop } = callPerElement(m, receiver, callback, call);
      const inner = result.kind === "sequence" ? result.element : result;
      return { ...madeBy(m, settle(inner, receiver.varies), receiver, loop), size: receiver.size === "few" && result.kind === "sequence" ? result.size : receiver.size, bound: { kind: "none" } };
    }
    case "filter":
      if (!callback) return undefined;
      markFiltered(m, receiverOf(call));
      noteRowsFiltered(m, receiver, callback, call);
      noteNarrowed(m, receiver);
      switch (pickedBy(m, callback, () => callPerElement(m, receiver, callback, call))) {
        case "one": return { ...some(receiver), size: "few" };
        case "some": return { ...some(receiver), isPicked: true };
        default: return isOfListed(m, callback) ? { ...some(receiver), size: "few" } : some(receiver);
      }
    case "find":
    case "findLast":
      noteNarrowed(m, receiver);
      if (callback) callPerElement(m, receiver, callback, call);
      return varying(single(receiver.element), Math.max(varies, m.innermost));
    case "some":
    case "every":
    case "findIndex":
    case "findLastIndex":
      noteNarrowed(m, receiver);
      if (callback) {
        if (name === "some" || name === "every") markFiltered(m, receiverOf(call));
        callPerElement(m, receiver, callback, call);
      }
      return unknown(varies);
    case "reduce":
    case "reduceRight": {
      if (!callback) return undefined;
      const start = call.positional[1]?.value ?? unknown();
      noteReduction(m, receiver, callback, call);
      // One number or text comes of all rows; a list or a mapping may keep them.
      if (start.kind === "constant") noteNarrowed(m, receiver);
      const { result } = callPerElement(m, receiver, callback, call, { before: [start], concurrent: false });
      return joinValues(start, settle(result, varies));
    }
    case "sort":
    case "toSorted":
      if (callback) callPerElement(m, receiver, callback, call, { before: [receiver.element], concurrent: false });
      return some(receiver);
    case "reverse":
    case "toReversed": return some(receiver);
    case "slice":
      noteNarrowed(m, receiver);
      return sliced(receiver, call, varies);
    case "splice": return { ...some(receiver), query: undefined, varies, batches: true };
    case "concat": return joinSequences([receiver, ...call.positional.map(({ value }) => (value.kind === "sequence" ? value : sequenceOf("list", value, { size: "few" })))], varies);
    case "flat": return receiver.element.kind === "sequence" ? { ...receiver.element, of: "list", items: undefined, varies, size: receiver.size === "few" ? receiver.element.size : receiver.size, batches: undefined } : some(receiver);
    case "join":
      for (const argument of call.positional) hide(m, argument.value);
      return unknown(varies);
    case "includes":
    case "indexOf":
    case "lastIndexOf":
      noteNarrowed(m, receiver);
      return unknown(varies);
    case "keys": return sequenceOf("iterator", unknown(varies), { size: receiver.size, bound: receiver.bound, varies });
    case "values":
    case "toArray": return { ...receiver, of: "list" };
    case "entries": return { ...some(receiver), element: sequenceOf("tuple", receiver.element, { items: [unknown(varies), receiver.element], size: "few" }), varies };
    case "push":
    case "unshift":
      push(m, receiver, call.positional, call);
      return unknown(varies);
    case "pop":
    case "shift":
    case "at":
      if (name === "at" || m.loops.length === 0) noteNarrowed(m, receiver);
      return varying(receiver.items && first?.value.kind === "constant" && first.value.value === 0 && receiver.items.length ? receiver.items[0] : single(receiver.element), Math.max(varies, name === "at" ? 0 : m.innermost));
    case "fill":
    case "copyWithin":
    case "with": return some(receiver);
    case "toString":
    case "toLocaleString": return unknown(varies);
    default: return undefined;
  }
}

/** `rows.slice(0, 20)`: so many; `rows.slice(i, i + size)` in a loop over `i`: a batch. */
function sliced(receiver: SequenceValue, call: CallSite, varies: number): SequenceValue {
  const [from, to] = call.positional.map(({ value }) => value);
  const end = to && numberOf(to);
  const start = from ? numberOf(from) : 0;
  const rows = end !== undefined && end >= 0 && start !== undefined && start >= 0 ? Math.max(0, end - start) : from && !to && start !== undefined && start < 0 ? -start : undefined;
  const bound = rows !== undefined ? ({ kind: "rows", rows } as const) : to && to.kind !== "constant" ? ({ kind: "page" } as const) : receiver.bound;
  return { ...receiver, of: "list", items: undefined, varies, bound, size: bound.kind === "rows" && bound.rows <= 5 ? "few" : receiver.size, batches: receiver.batches || (from !== undefined && from.varies > 0) };
}

function callMap(m: Machine, receiver: MappingValue, name: string, call: CallSite): Value | undefined {
  const first = call.positional[0];
  const varies = Math.max(receiver.varies, call.varies);
  // A method that the object has itself, under a name like those of `Map`.
  const own = receiver.isMap ? undefined : receiver.entries.get(name);
  if (own) return undefined;
  switch (name) {
    case "get": {
      if (!receiver.isMap) return undefined;
      if (first?.value.kind === "constant" && receiver.entries.has(String(first.value.value))) return varying(receiver.entries.get(String(first.value.value))!, varies);
      return picked(m, receiver.value, first?.value, varies);
    }
    case "set": {
      if (!receiver.isMap || call.positional.length < 2) return undefined;
      const [key, value] = call.positional.map((argument) => argument.value);
      replace(m, call, withEntry(m, receiver, key, value));
      return receiver;
    }
    case "has":
    case "delete":
    case "clear":
    case "hasOwnProperty": return unknown(varies);
    case "keys": return receiver.isMap ? sequenceOf("iterator", receiver.key, { size: receiver.size, varies }) : undefined;
    case "values": return receiver.isMap ? sequenceOf("iterator", receiver.value, { size: receiver.size, varies, query: receiver.query }) : undefined;
    case "entries": return receiver.isMap ? entriesOf(receiver) : undefined;
    case "forEach": {
      if (!receiver.isMap || !first) return undefined;
      callPerElement(m, sequenceOf("iterator", receiver.value, { size: receiver.size, varies, query: receiver.query }), first.value, call);
      return constant(null);
    }
    default: return undefined;
  }
}

/** Keys and values in pairs. */
export function entriesOf(mapping: MappingValue): SequenceValue {
  const items = mapping.complete && !mapping.isMap ? [...mapping.entries].map(([key, value]) => sequenceOf("tuple", value, { items: [constant(key), value], size: "few" })) : undefined;
  return sequenceOf("list", sequenceOf("tuple", mapping.value, { items: [mapping.key, mapping.value], size: "few" }), { items, size: mapping.size, bound: boundOfKeys(mapping), varies: mapping.varies, query: mapping.query });
}

/** An object that is written out has as many entries as that. */
export function boundOfKeys({ complete, isMap, entries, size }: MappingValue): Bound {
  return complete && !isMap && size === "many" ? { kind: "rows", rows: entries.size } : { kind: "none" };
}

/** An element picked by a key: one per round where the key changes with the running loop. */
export function picked(m: Machine, element: Value, key: Value | undefined, varies: number): Value {
  const loop = m.loops[m.loops.length - 1];
  if (!loop || !key || key.varies < loop.id) return varying(single(element), varies);
  if (element.kind === "row" && element.origin.loop) return { ...element, origin: { ...element.origin, loop }, varies: loop.id };
  return varying(element, loop.id);
}

/** A mapping with one more entry. */
export function withEntry(m: Machine, mapping: MappingValue, key: Value, value: Value): MappingValue {
  const entries = new Map(mapping.entries);
  const maybe = new Set(mapping.maybe);
  if (key.kind === "constant") {
    entries.set(String(key.value), value);
    maybe.delete(String(key.value));
  }
  const isEmpty = mapping.entries.size === 0 && mapping.value.kind === "unknown";
  const loop = m.loops[m.loops.length - 1];
  const grows = loop !== undefined && key.varies >= loop.id;
  return {
    ...mapping, entries, literal: undefined, complete: mapping.complete && key.kind === "constant", key: isEmpty ? key : joinValues(mapping.key, key), value: isEmpty ? value : joinValues(mapping.value, value),
    size: grows && loop.size !== "few" ? loop.size : mapping.size, ...(mapping.maybe && { maybe }),
  };
}

function receiverOf(call: CallSite): Expression {
  const { callee } = call.node;
  return callee.kind === "attribute" ? callee.object : callee;
}

function push(m: Machine, receiver: SequenceValue, given: CallSite["positional"], call: CallSite): void {
  const loop = m.loops[m.loops.length - 1];
  const isEmpty = receiver.items?.length === 0;
  const spread = given.map(({ value, node }) => (node.spread === "sequence" && value.kind === "sequence" ? value.element : value));
  const item = spread.length ? spread.reduce(joinValues) : unknown(call.varies);
  const many = call.more || given.some(({ node }) => node.spread === "sequence");
  replace(m, call, {
    ...receiver, element: isEmpty ? item : joinValues(receiver.element, item),
    items: loop || many ? undefined : receiver.items && [...receiver.items, ...spread],
    size: loop ? (loop.size === "few" ? receiver.size : receiver.size === "many" ? "many" : loop.size) : many ? "unknown" : receiver.size,
    query: undefined, materialised: undefined,
    ...(loop && { madeIn: loop, bound: loop.bound }),
  });
}

/** A container changed in place: the name it goes by holds the new state. */
export function replace(m: Machine, call: CallSite, value: Value): void {
  const target = receiverOf(call);
  if (m.loops.length > 0 || target.kind !== "name") hide(m, value);
  if (target.kind === "name") m.scope?.assignOutwards(target.name, value);
  else if (target.kind === "attribute" && target.object.kind === "name") {
    const holder = m.scope?.get(target.object.name);
    if (holder?.kind === "instance") holder.attributes.set(target.name, value);
    else if (holder?.kind === "mapping") m.scope?.assignOutwards(target.object.name, withEntry(m, holder, constant(target.name), value));
  } else if (target.kind === "subscript" && target.object.kind === "name") {
    // groups[key].push(row): what any entry holds
    const holder = m.scope?.get(target.object.name);
    if (holder?.kind === "mapping") m.scope?.assignOutwards(target.object.name, { ...holder, literal: undefined, value: joinValues(holder.value, value), size: m.loops.length ? m.loops[m.loops.length - 1].size : holder.size });
  }
}

/** Functions of `Array`, `Object`, `Map`, `Set` and other globals, by the name behind `js.`. Undefined: none of them. */
export function callGlobal(m: Machine, name: string, call: CallSite): Value | undefined {
  const first = call.positional[0];
  const value = first?.value;
  const node = first?.node.value ?? call.node;
  const { varies } = call;
  switch (name) {
    case "Array": return sequenceOf("list", unknown(varies), { size: value && numberOf(value) !== undefined && numberOf(value)! <= 20 ? "few" : "unknown", items: call.positional.length === 0 ? [] : undefined });
    case "Array.from": {
      if (!value) return undefined;
      // `Array.from({ length: 10 }, …)`
      const length = value.kind === "mapping" && !value.isMap ? value.entries.get("length") : undefined;
      const rows = length && numberOf(length);
      const walked = length ? sequenceOf("list", unknown(varies), { size: rows !== undefined && rows <= 20 ? "few" : "unknown", varies }) : value.kind === "mapping" && value.isMap ? entriesOf(value) : walk(m, value, node, "iterate");
      const callback = call.positional[1]?.value;
      return callback ? mapped(m, walked, callback, call) : { ...walked, of: "list" };
    }
    case "Array.of": return sequenceOf("list", call.positional.length ? call.positional.map((each) => each.value).reduce(joinValues) : unknown(varies), { items: call.positional.map((each) => each.value), size: "few" });
    case "Array.isArray": return value?.kind === "sequence" ? constant(true, varies) : value && (value.kind === "row" || value.kind === "constant") ? constant(false, varies) : unknown(varies);
    case "Set":
    case "WeakSet": {
      if (!value || value.kind === "constant") return sequenceOf("set", unknown(), { items: [], size: "few" });
      return { ...walk(m, value, node, "iterate"), of: "set", items: undefined, materialised: undefined };
    }
    case "Map":
    case "WeakMap":
    case "Object.fromEntries": {
      const isMap = name !== "Object.fromEntries";
      if (!value || value.kind === "constant") return { kind: "mapping", entries: new Map(), key: unknown(), value: unknown(), size: "few", varies, ...(isMap && { isMap: true as const }) };
      if (value.kind === "mapping") return { ...value, literal: undefined, ...(isMap && { isMap: true as const }) };
      const walked = walk(m, value, node, "iterate");
      const pair = walked.element.kind === "sequence" ? walked.element : undefined;
      const held = pair?.items?.[1] ?? pair?.element ?? unknown(varies);
      return { kind: "mapping", entries: new Map(), key: pair?.items?.[0] ?? unknown(), value: held, size: walked.size, varies, ...(held.kind === "row" && { query: held.origin.query }), ...(isMap && { isMap: true as const }) };
    }
    case "Object.keys": return value?.kind === "mapping" ? sequenceOf("list", value.key, { size: value.size, bound: boundOfKeys(value), varies: value.varies }) : sequenceOf("list", unknown(varies), { size: value?.kind === "class" || value?.kind === "constant" ? "few" : "unknown" });
    case "Object.values": {
      if (value?.kind === "mapping") return sequenceOf("list", value.value, { items: value.complete && !value.isMap ? [...value.entries.values()] : undefined, size: value.size, bound: boundOfKeys(value), varies: value.varies, query: value.query });
      return sequenceOf("list", unknown(varies), { size: value?.kind === "class" ? "few" : "unknown" });
    }
    case "Object.entries": return value?.kind === "mapping" ? entriesOf(value) : sequenceOf("list", sequenceOf("tuple", unknown(varies), { items: [unknown(varies), unknown(varies)], size: "few" }), { size: value?.kind === "class" ? "few" : "unknown" });
    case "Object.assign": {
      const parts = call.positional.map((each) => each.value);
      if (parts[0]?.kind === "row") for (const part of parts.slice(1)) noteHanded(m, parts[0], part);
      if (parts[0]?.kind !== "mapping") return parts[0];
      const whole = parts.slice(1).reduce<MappingValue>((all, part) => (part.kind === "mapping" ? { ...all, literal: undefined, entries: new Map([...all.entries, ...part.entries]), complete: all.complete && part.complete, value: joinValues(all.value, part.value) } : { ...all, literal: undefined, complete: false }), parts[0]);
      const target = call.positional[0].node.value;
      if (target.kind === "name") m.scope?.assignOutwards(target.name, whole);
      return whole;
    }
    case "Object.groupBy":
    case "Map.groupBy": {
      const callback = call.positional[1]?.value;
      if (!value || !callback) return undefined;
      const walked = walk(m, value, node, "iterate");
      const { result } = callPerElement(m, walked, callback, call);
      return { kind: "mapping", entries: new Map(), key: settle(result, varies), value: { ...some(walked), query: walked.query }, size: walked.size === "few" ? "few" : "unknown", varies, ...(name === "Map.groupBy" && { isMap: true as const }) };
    }
    case "Object.freeze":
    case "Object.seal":
    case "Object":
    case "structuredClone": return value ?? unknown(varies);
    case "Math.min":
      for (const each of call.positional) markChecked(each.value);
      return call.positional.map((each) => each.value).find((each) => numberOf(each) !== undefined) ?? unknown(varies);
    case "Number":
    case "parseInt":
    case "parseFloat":
    case "Number.parseInt":
    case "Math.max":
    case "Math.floor":
    case "Math.ceil":
    case "Math.round":
    case "Math.trunc":
    case "Math.abs": {
      const client = passedOn(call.positional.map((each) => each.value));
      if (client) return asInteger(client) ?? client;
      return value && numberOf(value) !== undefined && call.positional.length === 1 ? value : unknown(varies);
    }
    case "String":
    case "Boolean":
    case "isNaN":
    case "Number.isInteger":
    case "Number.isNaN":
    case "Symbol":
    case "BigInt":
    case "Date":
    case "Date.now":
    case "URL": return unknown(varies);
    case "setTimeout":
    case "setInterval":
    case "setImmediate":
    case "queueMicrotask":
      if (value && (value.kind === "function" || value.kind === "lambda")) callCallback(m, value, [], call);
      return unknown(varies);
    case "JSON.stringify": return callUnknown(m, 0, call);
    default: return undefined;
  }
}
