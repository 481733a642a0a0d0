import type { Call, Expression, FileFacts } from "../../../facts";
import type { Query } from "../../../flow";
import type { Span } from "../../../source";
import { nodesIn, statementsAround } from "../../script/statements";

/** The argument that holds the options of a finder; undefined for what is none. */
const OPTIONS: ReadonlyMap<string, number> = new Map([
  ["findAll", 0], ["findAndCountAll", 0], ["findOne", 0], ["findByPk", 1], ["count", 0], ["sum", 1], ["min", 1], ["max", 1],
]);

/** The call that sends a query, where its options can be changed. */
export interface Finder {
  readonly uri: string;
  readonly call: Call;
  readonly name: string;
  /** The place of its options among the arguments. */
  readonly options: number;
}

/** The finder that a query comes from, `Order.findAll({ … })`; of a relation of a row its getter. */
export function finderOf(query: Query): Finder | undefined {
  if (query.joined) return undefined;
  const last = query.origin.steps[query.origin.steps.length - 1];
  if (!last || last.custom) return undefined;
  const options = OPTIONS.get(last.name);
  if (options === undefined || last.call.arguments.some(({ spread }) => spread)) return undefined;
  return { uri: last.uri, call: last.call, name: last.name, options };
}

/** A call with the `await` around it, if there is one. */
export interface Awaited {
  readonly span: Span;
  readonly isAwaited: boolean;
}

/** The place of a call that gives a promise: with its `await`. Undefined where something is chained to the promise itself. */
export function awaitedAt(facts: FileFacts, node: Span): Awaited | undefined {
  const statement = statementsAround(facts, node).at(-1)?.statement;
  if (!statement) return undefined;
  const nodes = nodesIn(statement);
  const outer = nodes.find((each) => each.kind === "await" && each.operand.start === node.start && each.operand.end === node.end);
  if (outer) return { span: { start: outer.start, end: outer.end }, isAwaited: true };
  const isChained = nodes.some((each) => each.kind === "attribute" && each.object.start === node.start && each.object.end === node.end);
  return isChained ? undefined : { span: { start: node.start, end: node.end }, isAwaited: false };
}

/** The model of a call as the code writes it: `Order` of `Order.findAll(…)`. */
export function receiverOf(call: Call): Expression | undefined {
  return call.callee.kind === "attribute" && !call.callee.optional && !call.optional ? call.callee.object : undefined;
}
