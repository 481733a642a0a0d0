import type { Expression } from "../facts";
import type { Location } from "../source";
import type { RunHow } from "./events";
import { boundOfKeys, entriesOf } from "./javascript/collections";
import type { Machine } from "./machine";
import { areMembershipsOfOne } from "./memberships";
import type { Bound, LoopContext } from "./query";
import { bindToLoop, constant, joinValues, optionsOf, sequenceOf, unknown, varying, type SequenceValue, type Value } from "./values";

/** The loop of rows in a collection that nothing walks yet. */
export const PENDING_LOOP: LoopContext = Object.freeze<LoopContext>({
  id: 0, kind: "for", at: { uri: "", span: { start: 0, end: 0 } }, body: { uri: "", span: { start: 0, end: 0 } }, variable: "", bound: { kind: "none" }, size: "unknown", frame: 0, batches: false,
});

/** One element taken out of a collection: a single row. */
export function single(value: Value): Value {
  switch (value.kind) {
    case "row": return value.origin.loop ? { ...value, origin: { ...value.origin, loop: undefined } } : value;
    case "union": return { ...value, options: value.options.map(single) };
    default: return value;
  }
}

/** Everything a loop walks, as one sequence; a query is run for it. */
export function walk(m: Machine, value: Value, node: Expression, how: RunHow): SequenceValue {
  switch (value.kind) {
    case "sequence": return value;
    case "query": return m.adapter(value.query.orm)?.evaluate(value, how, node, m) ?? sequenceOf("iterator", unknown(value.varies));
    case "mapping":
      if (value.isMap) return entriesOf(value);
      return sequenceOf("iterator", value.key, { size: value.size, bound: boundOfKeys(value), varies: value.varies });
    case "union": {
      const parts = value.options.map((option) => walk(m, option, node, how));
      return {
        ...parts[0], items: undefined, varies: value.varies,
        element: parts.map((part) => part.element).reduce(joinValues),
        query: parts.find((part) => part.query)?.query,
        size: parts.some((part) => part.size === "many") ? "many" : parts.some((part) => part.size === "unknown") ? "unknown" : "few",
        bound: parts.map((part) => part.bound).reduce((a, b) => (a.kind === "none" ? b : a)),
        batches: parts.some((part) => part.batches),
      };
    }
    case "object":
    case "manager":
      for (const adapter of m.adapters) {
        const inner = adapter.iterate(value, node, m);
        if (inner) return walk(m, inner, node, how);
      }
      return sequenceOf("iterator", unknown(value.varies));
    case "constant": return sequenceOf("iterator", constant("", value.varies), { size: "few", varies: value.varies });
    // Settings, constants of libraries, enumerations: not rows.
    case "external": return sequenceOf("iterator", unknown(value.varies), { size: "few" });
    case "class": return sequenceOf("iterator", unknown(value.varies), { size: "few" });
    case "instance": {
      const method = m.project.method(value.class, "__iter__");
      if (method) {
        const result = m.callFunction(method, value, node);
        if (result.kind !== "instance") return walk(m, result, node, how);
      }
      for (const adapter of m.adapters) {
        const inner = adapter.iterate(value, node, m);
        if (inner) return walk(m, inner, node, how);
      }
      return sequenceOf("iterator", unknown(value.varies));
    }
    default: return sequenceOf("iterator", unknown(value.varies));
  }
}

/** A collection of which a test before said how many elements it has. */
export function ofLength(walked: SequenceValue, length: number | undefined): SequenceValue {
  if (length === undefined) return walked;
  return { ...walked, bound: { kind: "rows", rows: length }, size: length <= 5 ? "few" : walked.size };
}

export interface LoopShape {
  readonly kind: LoopContext["kind"];
  readonly at: Location;
  readonly body: Location;
  /** The body leaves the loop in its first round. */
  readonly exits: boolean;
  /** And in every round that does not jump on to the next. */
  readonly seeks?: boolean;
  /** The loop tests a condition each round instead of walking rows. */
  readonly batches?: boolean;
}

/** Starts a loop over a walked sequence; its element is bound to the loop. */
export function enterLoop(m: Machine, walked: SequenceValue, target: Expression | undefined, shape: LoopShape): LoopContext & { readonly element: Value } {
  const bound: Bound = walked.items && !walked.query ? { kind: "rows", rows: walked.items.length } : walked.bound;
  const rows = optionsOf(walked.element).flatMap((option) => (option.kind === "row" ? [option.origin] : []));
  const row = rows.every(({ entity }) => entity === rows[0].entity) ? rows[0] : undefined;
  const few = shape.exits || walked.size === "few" || (bound.kind === "rows" && bound.rows <= 5);
  const context: LoopContext = {
    id: m.newId(), kind: shape.kind, at: shape.at, body: shape.body, variable: target ? m.describe(target) : "", query: walked.query, entity: row?.entity, bound,
    size: few ? "few" : walked.size, frame: m.frames.length - 1, batches: shape.batches === true || walked.batches === true,
    ...(shape.seeks && { isSearch: true as const }),
    ...(walked.isPicked && { isPicked: true as const }),
    ...(row?.ofOne && { isOfOne: true as const }),
    ...(areMembershipsOfOne(m, walked.query, row) && { ofOnePerson: true as const }),
  };
  m.loops.push(context);
  const listed = walked.query ? undefined : listedConstants(walked);
  // `for (const model of models)`: another table each round.
  if (isOfSeveralTables(walked.element)) return Object.assign(Object.create(null), context, { element: unknown(context.id) });
  return Object.assign(Object.create(null), context, { element: listed ? varying(listed, context.id) : bindToLoop(walked.element, context) });
}

function isOfSeveralTables(value: Value): boolean {
  const options = optionsOf(value);
  return options.filter(({ kind }) => kind === "entity").length > 1 && options.every(({ kind }) => kind === "entity" || kind === "unknown");
}

/** What the rounds of `for kind in (NEW, OPEN)` have: each of these, and nothing else. */
function listedConstants({ items }: SequenceValue): Value | undefined {
  if (!items?.length || !items.every((item) => item.kind === "constant")) return undefined;
  const joined = items.reduce<Value>((all, item) => (all === item ? all : joinValues(all, item)), items[0]);
  return joined.kind === "union" || items.length === 1 ? joined : undefined;
}

export function leaveLoop(m: Machine): void {
  m.loops.pop();
}

/** Runs a callback once for the elements of a sequence, as `map`, `sorted(key=…)` and the like do. */
export function callForEach(m: Machine, walked: SequenceValue, node: Expression, call: (element: Value) => Value): Value {
  const loop = enterLoop(m, walked, undefined, { kind: "callback", at: m.at(node), body: m.at(node), exits: false });
  const result = call(loop.element);
  leaveLoop(m);
  return result;
}
