import type { Expression } from "../facts";
import type { CallSite } from "./adapter";
import { callCallback, callUnknown } from "./calls";
import { hide } from "./loads";
import { asInteger, markChecked } from "./client-values";
import { markFiltered, markTested } from "./comprehensions";
import { ask, isDispatch, textOf } from "./expressions";
import { attributeOf } from "./attributes";
import { offLoopValue } from "./event-loop";
import { callForEach, enterLoop, leaveLoop, single, walk } from "./iteration";
import type { Machine } from "./machine";
import type { RowsReduced, RunHow } from "./events";
import { constant, isKey, joinValues, numberOf, sequenceOf, unknown, varying, type ConstantValue, type MappingValue, type SequenceValue, type Value } from "./values";

/** A builtin function, or one of the standard library that walks collections. Undefined: no special meaning. */
export function callBuiltin(m: Machine, fullName: string, call: CallSite): Value | undefined {
  const name = fullName.slice(fullName.lastIndexOf(".") + 1);
  const first = call.positional[0];
  const value = first?.value;
  const node = first?.node.value ?? call.node;
  const rows = (how: RunHow = "list"): SequenceValue => walk(m, value, node, how);
  switch (name) {
    case "list":
    case "tuple":
    case "set":
    case "frozenset": {
      if (!value) return sequenceOf(name === "tuple" ? "tuple" : name === "list" ? "list" : "set", unknown(), { items: [], size: "few" });
      const walked = rows();
      reduceRows(m, name === "set" || name === "frozenset" ? "set" : undefined, value, call);
      return { ...walked, of: name === "frozenset" || name === "set" ? "set" : name === "tuple" ? "tuple" : "list", materialised: walked.query ? m.at(call.node) : walked.materialised, items: name === "set" ? undefined : walked.items };
    }
    case "sorted": {
      if (!value) return undefined;
      const walked = rows("sort");
      keyed(m, walked, call);
      return { ...walked, of: "list", items: undefined, materialised: m.at(call.node) };
    }
    case "reversed":
    case "iter":
    case "aiter":
    case "copy":
    case "deepcopy":
      return value ? (name.endsWith("copy") ? value : { ...rows("iterate"), items: undefined }) : undefined;
    case "next":
    case "anext":
      return value ? single(value.kind === "sequence" ? value.element : unknown(value.varies)) : undefined;
    case "enumerate": {
      if (!value) return undefined;
      const walked = rows("iterate");
      return { ...walked, items: undefined, element: sequenceOf("tuple", walked.element, { items: [unknown(walked.varies), walked.element], size: "few" }) };
    }
    case "zip":
    case "zip_longest": {
      const parts = call.positional.map((argument) => walk(m, argument.value, argument.node.value, "iterate"));
      if (!parts.length) return undefined;
      const many = parts.find((part) => part.size === "many") ?? parts[0];
      return { ...many, of: "iterator", items: undefined, size: parts.some((part) => part.size === "few") ? "few" : many.size, element: sequenceOf("tuple", parts.map((part) => part.element).reduce(joinValues), { items: parts.map((part) => part.element), size: "few" }), varies: call.varies };
    }
    case "chain": {
      const parts = call.positional.map((argument) => walk(m, argument.value, argument.node.value, "iterate"));
      return parts.length ? concatenation(parts, call.varies) : undefined;
    }
    case "from_iterable": {
      if (!value) return undefined;
      const outer = rows("iterate");
      return walk(m, outer.element, node, "iterate");
    }
    case "islice": {
      if (!value) return undefined;
      const stop = call.positional[call.positional.length > 2 ? 2 : 1]?.value;
      const walked = rows("iterate");
      return { ...walked, items: undefined, bound: stop?.kind === "constant" && typeof stop.value === "number" ? { kind: "rows", rows: stop.value } : { kind: "page" } };
    }
    case "batched":
    case "chunked": {
      if (!value) return undefined;
      const walked = rows("iterate");
      return sequenceOf("iterator", { ...walked, items: undefined }, { size: walked.size, batches: true, varies: walked.varies });
    }
    case "groupby": {
      if (!value) return undefined;
      const walked = rows("iterate");
      const key = keyed(m, walked, call, call.positional[1]?.value);
      // One round per group: how many there are is not known, and the rows are those of the inner sequence.
      return { ...walked, items: undefined, query: undefined, size: walked.size === "few" ? "few" : "unknown", element: sequenceOf("tuple", walked, { items: [key ?? walked.element, { ...walked, items: undefined }], size: "few" }) };
    }
    case "map": {
      const callback = value;
      const parts = call.positional.slice(1).map((argument) => walk(m, argument.value, argument.node.value, "iterate"));
      if (!callback || !parts.length) return undefined;
      const loop = enterLoop(m, parts[0], undefined, { kind: "callback", at: m.at(call.node), body: m.at(call.node), exits: false });
      const others = parts.slice(1).map((part) => part.element);
      const result = callback.kind === "external" && callback.name === "builtins.str" ? (textOf(m, loop.element, call.node), unknown(loop.id)) : callCallback(m, callback, [loop.element, ...others], call);
      leaveLoop(m);
      return { ...parts[0], of: "iterator", items: undefined, element: varying(result, 0), query: undefined, materialised: undefined };
    }
    case "filter": {
      const second = call.positional[1];
      if (!value || !second) return undefined;
      const walked = walk(m, second.value, second.node.value, "iterate");
      markFiltered(m, second.node.value);
      callForEach(m, walked, call.node, (element) => callCallback(m, value, [element], call));
      return { ...walked, of: "iterator", items: undefined };
    }
    case "sum":
    case "max":
    case "min":
    case "any":
    case "all": {
      if (!value) return undefined;
      if (call.positional.length > 1 && name === "min") for (const argument of call.positional) markChecked(argument.value);
      if (call.positional.length > 1 && name !== "sum") return call.positional.map((argument) => argument.value).reduce(joinValues);
      const walked = rows("iterate");
      if (name === "any" || name === "all") markTested(m, call.positional[0].node.value);
      reduceRows(m, name, value, call);
      keyed(m, walked, call);
      return name === "max" || name === "min" ? joinValues(single(walked.element), unknown(call.varies)) : unknown(call.varies);
    }
    case "Counter":
      if (value) rows("iterate");
      reduceRows(m, "dict-count", value ?? unknown(), call);
      return { kind: "mapping", entries: new Map(), key: unknown(), value: unknown(), size: "unknown", varies: call.varies };
    case "len": {
      if (value) ask(m, value, "len", call.node, node);
      return unknown(call.varies);
    }
    case "bool":
      if (value) ask(m, value, "bool", call.node, node);
      if (value && isKey(value)) return constant(true, call.varies);
      return unknown(call.varies);
    case "str":
    case "repr":
    case "format":
    case "print":
      for (const argument of call.positional) textOf(m, argument.value, argument.node.value);
      return unknown(call.varies);
    case "range": {
      const numbers = call.positional.map((argument) => argument.value);
      const small = numbers.every((number): number is ConstantValue => number.kind === "constant" && typeof number.value === "number");
      const count = small ? Math.abs(Number(numbers[numbers.length > 1 ? 1 : 0].value) - (numbers.length > 1 ? Number(numbers[0].value) : 0)) : Infinity;
      // A step is how batches are walked.
      return sequenceOf("iterator", unknown(call.varies), { size: count <= 20 ? "few" : "unknown", batches: call.positional.length > 2, varies: call.varies });
    }
    case "dict": {
      const entries = new Map<string, Value>();
      for (const [key, argument] of call.keywords) entries.set(key, argument.value);
      if (!value) return { kind: "mapping", entries, key: unknown(), value: entries.size ? [...entries.values()].reduce(joinValues) : unknown(), size: "few", complete: !call.more, varies: call.varies };
      if (value.kind === "mapping") return { ...value, complete: value.complete && !call.more, entries: new Map([...value.entries, ...entries]) };
      const walked = rows("list");
      const pair = walked.element.kind === "sequence" ? walked.element : undefined;
      return { kind: "mapping", entries, key: pair?.items?.[0] ?? unknown(), value: pair?.items?.[1] ?? pair?.element ?? unknown(), size: walked.size, query: walked.query, varies: call.varies };
    }
    case "defaultdict":
    case "OrderedDict":
      return { kind: "mapping", entries: new Map(), key: unknown(), value: value?.kind === "external" && /list|set/.test(value.name) ? sequenceOf("list", unknown(), { items: [], size: "few" }) : unknown(), size: "few", varies: call.varies };
    case "getattr": {
      const attribute = call.positional[1]?.value;
      // `getattr(settings, "SHOP_RELATED_NAME", "orders")`: a setting that a library leaves open is mostly left alone.
      const fallback = call.positional[2]?.value;
      if (value?.kind === "external" && fallback?.kind === "constant" && typeof fallback.value === "string") return fallback;
      // A switch that nobody throws: `getattr(settings, "SHOP_REQUIRE_REVIEW", False)`.
      if (value?.kind === "external" && /(^|\.)settings$/.test(value.name) && fallback?.kind === "constant" && typeof fallback.value === "boolean" && attribute?.kind === "constant" && !m.project.setting(String(attribute.value))) return fallback;
      if (!value || attribute?.kind !== "constant" || typeof attribute.value !== "string") return unknown(Math.max(call.varies, m.innermost));
      return attributeOf(m, value, attribute.value, { kind: "attribute", object: node, name: attribute.value, nameStart: call.node.start, start: call.node.start, end: call.node.end }, {});
    }
    case "hasattr": {
      const attribute = call.positional[1]?.value;
      if ((value?.kind === "query" || value?.kind === "manager") && attribute?.kind === "constant" && attribute.value === "all") return constant(true, call.varies);
      if (value?.kind === "row" && attribute?.kind === "constant" && value.origin.path === "" && value.origin.query?.annotations.has(String(attribute.value))) return constant(true, call.varies);
      if (value?.kind === "row" && attribute?.kind === "constant" && typeof attribute.value === "string" && m.project.relation(value.origin.entity, attribute.value)) {
        attributeOf(m, value, attribute.value, { kind: "attribute", object: node, name: attribute.value, nameStart: call.node.start, start: call.node.start, end: call.node.end }, {});
      }
      return unknown(call.varies);
    }
    case "type":
      if (value?.kind === "row") {
        const entity = m.project.entity(value.origin.entity);
        if (entity) return { kind: "entity", entity, varies: 0 };
      }
      return unknown(call.varies);
    case "partial":
      return value ?? unknown();
    case "sync_to_async":
      return offLoopValue(value ?? unknown());
    case "async_to_sync":
      return value ?? unknown();
    case "int":
      return (value && (asInteger(value) ?? (numberOf(value) !== undefined ? value : undefined))) ?? unknown(call.varies);
    case "isinstance": return (value && isOf(m, value, call.positional[1]?.value, call.varies)) ?? unknown(call.varies);
    case "issubclass":
    case "float":
    case "abs":
    case "round":
    case "id":
    case "hash":
    case "setattr":
    case "vars":
      return unknown(call.varies);
    default:
      return undefined;
  }
}

const CONTAINERS = /^builtins\.(list|tuple|dict|set|frozenset|str|int|float|bool)$/;

/** `isinstance(rows, QuerySet)`: a query is one, and no list; a manager is neither. */
function isOf(m: Machine, value: Value, of: Value | undefined, varies: number): Value | undefined {
  for (const adapter of of?.kind === "class" ? m.adapters : []) {
    const known = adapter.isInstance?.(value, (of as Value & { readonly kind: "class" }).class, m);
    if (known !== undefined) return constant(known, varies);
  }
  if (value.kind !== "query" && value.kind !== "manager") return undefined;
  const classes = of?.kind === "sequence" ? of.items : of && [of];
  if (!classes?.length) return undefined;
  let result = false;
  for (const each of classes) {
    if (each.kind !== "external") return undefined;
    const isQuery = /(^|\.)QuerySet$/.test(each.name);
    const isManager = /(^|\.)(Base)?Manager$/.test(each.name);
    if (!isQuery && !isManager && !CONTAINERS.test(each.name)) return undefined;
    if (value.kind === "query" ? isQuery : isManager) result = true;
  }
  return constant(result, varies);
}

/** `sum(x.price for x in rows)`, `set(x.city_id for x in rows)`, `max(rows, …)`. */
function reduceRows(m: Machine, by: string | undefined, value: Value, call: CallSite): void {
  if (!by || value.kind !== "sequence" || !value.comprehension) return;
  const { clauses, element, value: second } = value.comprehension;
  if (second || clauses.length !== 1 || clauses[0].target.kind !== "name") return;
  if (element.kind !== "attribute" || element.object.kind !== "name" || element.object.name !== clauses[0].target.name) return;
  const query = m.comprehensionQueries.get(value.comprehension);
  const entity = query && m.project.entity(query.entity);
  // Objects of a relation are wanted themselves.
  if (!query || !entity?.fields.has(element.name) || entity.relations.has(element.name)) return;
  m.emit({ kind: "rowsReduced", at: m.at(call.node), query, by: by as RowsReduced["by"], field: clauses[0].conditions.length ? undefined : element.name, expression: call.node });
}

/** `key=` callbacks run once per row. */
function keyed(m: Machine, walked: SequenceValue, call: CallSite, callback = call.keywords.get("key")?.value): Value | undefined {
  if (!callback) return undefined;
  return callForEach(m, walked, call.node, (element) => callCallback(m, callback, [element], call));
}

function concatenation(parts: readonly SequenceValue[], varies: number): SequenceValue {
  return { ...parts[0], of: "iterator", items: undefined, query: parts.length === 1 ? parts[0].query : undefined, element: parts.map((part) => part.element).reduce(joinValues), size: parts.some((part) => part.size === "many") ? "many" : parts.every((part) => part.size === "few") ? "few" : "unknown", varies };
}

/** Methods of lists, sets, dictionaries and strings. Undefined: not known. */
export function callContainer(m: Machine, receiver: SequenceValue | MappingValue | ConstantValue, name: string, call: CallSite): Value | undefined {
  const first = call.positional[0]?.value;
  const varies = Math.max(receiver.varies, call.varies);
  if (receiver.kind === "constant") {
    if (name === "join" && first) {
      const walked = walk(m, first, call.positional[0].node.value, "iterate");
      callForEach(m, walked, call.node, (element) => element);
    }
    if (name === "format") for (const argument of [...call.positional, ...call.keywords.values()]) textOf(m, argument.value, argument.node.value);
    return name === "split" || name === "splitlines" ? sequenceOf("list", unknown(varies), { size: "unknown" }) : unknown(varies);
  }
  if (receiver.kind === "mapping") {
    switch (name) {
      case "items": return sequenceOf("iterator", sequenceOf("tuple", receiver.value, { items: [receiver.key, receiver.value], size: "few" }), { size: receiver.size, varies, query: receiver.query });
      case "values": return sequenceOf("iterator", receiver.value, { size: receiver.size, varies, query: receiver.query });
      case "keys": return sequenceOf("iterator", receiver.key, { size: receiver.size, varies });
      case "get":
      case "pop":
      case "setdefault": {
        if (first?.kind === "constant" && receiver.entries.has(String(first.value))) return varying(receiver.entries.get(String(first.value))!, varies);
        const fallback = call.positional[1]?.value;
        if (isDispatch(receiver.value)) return unknown(varies);
        // `kwargs.pop("fields", None)` of a call without it.
        if (receiver.complete && first?.kind === "constant" && name !== "setdefault" && fallback) return fallback;
        const loop = m.loops[m.loops.length - 1];
        const picked = loop && first && first.varies >= loop.id && receiver.value.kind === "row" && receiver.value.origin.loop
          ? { ...receiver.value, origin: { ...receiver.value.origin, loop }, varies: loop.id } : single(receiver.value);
        return fallback && fallback.kind !== "constant" ? joinValues(picked, fallback) : varying(picked, varies);
      }
      case "copy": return receiver;
      case "update":
        if (first && first.kind !== "mapping") hide(m, first);
        if (first?.kind === "mapping") for (const [key, value] of first.entries) receiver.names?.set(key, value);
        if (first?.kind === "mapping") grow(m, call, { ...receiver, entries: new Map([...receiver.entries, ...first.entries]), complete: receiver.complete && first.complete });
        else if (first) grow(m, call, { ...receiver, complete: false });
        else if (call.keywords.size) grow(m, call, { ...receiver, entries: new Map([...receiver.entries, ...[...call.keywords].map(([key, argument]) => [key, argument.value] as const)]) });
        return constant(null);
      default: return undefined;
    }
  }
  switch (name) {
    case "append":
    case "add":
    case "insert":
    case "appendleft": {
      const item = call.positional[call.positional.length - 1]?.value ?? unknown();
      const loop = m.loops[m.loops.length - 1];
      const empty = receiver.items?.length === 0;
      const repeated = loop !== undefined;
      grow(m, call, {
        ...receiver, element: empty ? item : joinValues(receiver.element, item),
        items: repeated ? undefined : receiver.items && [...receiver.items, item],
        size: repeated ? (loop.size === "few" ? receiver.size : receiver.size === "many" ? "many" : loop.size) : receiver.size,
        query: undefined, varies: receiver.varies,
      });
      return constant(null);
    }
    case "extend":
    case "update": {
      if (!first) return constant(null);
      const walked = walk(m, first, call.positional[0].node.value, "iterate");
      const empty = receiver.items?.length === 0;
      grow(m, call, { ...receiver, element: empty ? walked.element : joinValues(receiver.element, walked.element), items: undefined, size: walked.size === "few" ? receiver.size : walked.size, query: empty ? walked.query : undefined });
      return constant(null);
    }
    case "sort":
      keyed(m, receiver, call);
      return constant(null);
    case "pop":
    case "popleft": return varying(single(receiver.element), Math.max(varies, m.innermost));
    case "copy":
    case "union":
    case "difference":
    case "intersection": return { ...receiver, items: undefined, varies };
    case "index":
    case "count":
    case "remove":
    case "discard":
    case "clear":
    case "reverse":
    case "issubset":
    case "issuperset": return unknown(varies);
    default: return callUnknown(m, varies, call);
  }
}

/** A container changed in place: the name it goes by holds the new state. */
function grow(m: Machine, call: CallSite, value: Value): void {
  const callee = call.node.callee;
  const target: Expression | undefined = callee.kind === "attribute" ? callee.object : undefined;
  // A later round of a loop sees what this one put in; other holders are not followed.
  if (m.loops.length > 0 || target?.kind !== "name") hide(m, value);
  if (target?.kind === "name") m.scope?.assignOutwards(target.name, value);
  else if (target?.kind === "subscript" && target.object.kind === "name") {
    // d[key].append(row): what any entry holds
    const holder = m.scope?.get(target.object.name);
    if (holder?.kind === "mapping") m.scope?.assignOutwards(target.object.name, { ...holder, value: joinValues(holder.value, value), size: m.loops.length ? m.loops[m.loops.length - 1].size : holder.size });
  }
}
