import type { CallSite } from "../adapter";
import { callCallback } from "../calls";
import { walk } from "../iteration";
import type { Machine } from "../machine";
import { sequenceOf, unknown, varying, type Value } from "../values";
import { callPerElement } from "./callbacks";
import { callCollection, joinSequences, mapped } from "./collections";
import { awaitAll, settle } from "./promises";

/** Packages that walk collections, by the start of their names. */
const LODASH = /^(lodash|lodash-es|lodash\.\w+|underscore|remeda|radash|ramda|es-toolkit|rambda)([/.]|$)/;
const CONCURRENT = /^(p-map|p-all|p-settle|bluebird|p-series|p-each-series|p-map-series|p-filter|async|modern-async)([/.]|$)/;

/** `pipe(value, f, g)` is `g(f(value))`; those of Ramda and lodash only make a function of it. */
const PIPES = /^(effect|effect\/Function|fp-ts\/(lib\/|es6\/)?function|@effect-ts\/core(\/Function)?|remeda|ts-functional-pipe|pipe-ts)(\.\w+)*\.pipe$/;

/** Functions of well-known packages that walk collections or wait for promises. Undefined: none of them. */
export function callLibrary(m: Machine, fullName: string, call: CallSite): Value | undefined {
  if (PIPES.test(fullName)) return piped(m, call);
  if (LODASH.test(fullName)) return callLodash(m, lastPart(fullName), call);
  if (CONCURRENT.test(fullName)) return callConcurrent(m, fullName, call);
  return undefined;
}

function piped(m: Machine, call: CallSite): Value | undefined {
  const [first, ...steps] = call.positional;
  if (!first || call.more) return undefined;
  return steps.reduce((value, step) => callCallback(m, step.value, [value], { ...call, positional: [step] }), first.value);
}

function lastPart(name: string): string {
  const [, single] = /^lodash\.(\w+)/.exec(name) ?? [];
  const last = name.slice(Math.max(name.lastIndexOf("."), name.lastIndexOf("/")) + 1);
  return last === "default" ? (single ?? name.split(/[./]/).at(-2) ?? last) : last;
}

function callLodash(m: Machine, name: string, call: CallSite): Value | undefined {
  const [first, second] = call.positional;
  if (!first) return undefined;
  const rows = () => walk(m, first.value, first.node.value, "iterate");
  switch (name) {
    case "map":
    case "forEach":
    case "each":
    case "filter":
    case "flatMap":
    case "find":
    case "some":
    case "every":
    case "reduce":
    case "sortBy":
    case "orderBy":
    case "uniqBy":
    case "sumBy":
    case "maxBy":
    case "minBy": {
      const walked = first.value.kind === "mapping" ? sequenceOf("list", first.value.value, { size: first.value.size, varies: first.value.varies }) : rows();
      const callback = second?.value;
      if (!callback || (callback.kind !== "function" && callback.kind !== "lambda")) return name === "find" || name === "maxBy" || name === "minBy" ? walked.element : { ...walked, items: undefined };
      if (name === "sortBy" || name === "orderBy" || name === "uniqBy") {
        callPerElement(m, walked, callback, call);
        return { ...walked, of: "list", items: undefined };
      }
      if (name === "sumBy" || name === "maxBy" || name === "minBy") {
        callPerElement(m, walked, callback, call);
        return name === "sumBy" ? unknown(call.varies) : walked.element;
      }
      const shifted: CallSite = { ...call, positional: call.positional.slice(1) };
      return callCollection(m, walked, name === "each" ? "forEach" : name, shifted);
    }
    case "uniq":
    case "compact":
    case "shuffle":
    case "difference":
    case "intersection":
    case "without":
    case "take":
    case "drop":
    case "flatten":
    case "reverse": {
      const walked = rows();
      return { ...(name === "flatten" && walked.element.kind === "sequence" ? { ...walked, element: walked.element.element } : walked), of: "list", items: undefined };
    }
    case "union":
    case "concat": return joinSequences(call.positional.map((each) => walk(m, each.value, each.node.value, "iterate")), call.varies);
    case "chunk": {
      const walked = rows();
      return sequenceOf("list", { ...walked, items: undefined }, { size: walked.size, batches: true, varies: walked.varies });
    }
    case "keyBy":
    case "groupBy":
    case "indexBy": {
      const walked = rows();
      if (second && (second.value.kind === "function" || second.value.kind === "lambda")) callPerElement(m, walked, second.value, call);
      const value: Value = name === "groupBy" ? { ...walked, of: "list", items: undefined } : walked.element;
      return { kind: "mapping", entries: new Map(), key: unknown(), value, size: walked.size, varies: call.varies, ...(name !== "groupBy" && { query: walked.query }) };
    }
    case "mapValues": {
      if (first.value.kind !== "mapping" || !second) return undefined;
      const { result } = callPerElement(m, sequenceOf("list", first.value.value, { size: first.value.size, varies: first.value.varies }), second.value, call);
      return { ...first.value, literal: undefined, entries: new Map(), complete: false, value: settle(result, call.varies) };
    }
    case "partition": {
      const walked = rows();
      if (second) callPerElement(m, walked, second.value, call);
      const part = { ...walked, of: "list" as const, items: undefined };
      return sequenceOf("tuple", part, { items: [part, part], size: "few" });
    }
    case "first":
    case "head":
    case "last":
    case "sample": return varying(rows().element, call.varies);
    case "size":
    case "isEmpty":
    case "sum": return unknown(call.varies);
    default: return undefined;
  }
}

/** `pMap(rows, async (row) => …)`, `Promise.map(…)` of Bluebird, `async.eachLimit(rows, 5, …)`. */
function callConcurrent(m: Machine, fullName: string, call: CallSite): Value | undefined {
  const name = lastPart(fullName);
  const [first] = call.positional;
  if (!first) return undefined;
  if (name === "p-all" || name === "p-settle" || /^bluebird\.(default\.)?(all|props|settle)$/.test(fullName)) return awaitAll(m, first.value, first.node.value);
  const walksRows = /^(p-map|p-each-series|p-map-series|p-filter|map|mapSeries|each|filter|eachSeries|eachLimit|mapLimit|forEach|forEachLimit|forEachSeries|forEachOf|asyncMap|reduce)$/.test(name);
  const callback = call.positional.slice(1).find(({ value }) => value.kind === "function" || value.kind === "lambda");
  if (!walksRows || !callback) return undefined;
  const walked = walk(m, first.value, first.node.value, "iterate");
  const series = /series/i.test(name);
  if (series || name === "reduce") {
    const { result } = callPerElement(m, walked, callback.value, call, { concurrent: false });
    return sequenceOf("list", settle(result, walked.varies), { size: walked.size, bound: walked.bound, varies: walked.varies });
  }
  const throttled = name.endsWith("Limit") || call.positional.some(({ value }) => value.kind === "mapping" && value.entries.has("concurrency"));
  const made = mapped(m, walked, callback.value, call, { throttled });
  return /filter/.test(name) ? { ...walked, items: undefined } : awaitAll(m, made, call.node);
}

