import type { Call, Expression, FileFacts } from "../../facts";
import type { ChainStep, Query } from "../../flow";
import type { Span, TextEdit } from "../../source";
import { indentAt, type SourceStyle } from "./source-style";
import { nodesIn, statementsAround } from "./statements";

/** A call with the `await` around it, if there is one. */
export interface Awaited {
  readonly span: Span;
  readonly isAwaited: boolean;
}

/** The place of a call that gives a promise, with its `await`. Undefined where something is chained to the promise itself. */
export function awaitedAt(facts: FileFacts, node: Span): Awaited | undefined {
  const statement = statementsAround(facts, node).at(-1)?.statement;
  if (!statement) return undefined;
  const nodes = nodesIn(statement);
  const outer = nodes.find((each) => each.kind === "await" && each.operand.start === node.start && each.operand.end === node.end);
  if (outer) return { span: { start: outer.start, end: outer.end }, isAwaited: true };
  const isChained = nodes.some((each) => each.kind === "attribute" && each.object.start === node.start && each.object.end === node.end);
  return isChained ? undefined : { span: { start: node.start, end: node.end }, isAwaited: false };
}

/** What a method is called on, as the code writes it: `Order` of `Order.findAll(…)`. */
export function receiverOf(call: Call): Expression | undefined {
  return call.callee.kind === "attribute" && !call.callee.optional && !call.optional ? call.callee.object : undefined;
}

/** The steps of a query that all stand in one file; undefined where it has none. */
export function stepsIn(query: Query | undefined, uri: string): readonly ChainStep[] | undefined {
  const steps = query?.origin.steps;
  return steps && query.origin.root.uri === uri && steps.length > 0 && steps.every((step) => step.uri === uri) ? steps : undefined;
}

/** Puts `.limit(100)` behind the last call of a chain, on a line of its own where the calls before have theirs. */
export function appendStep(text: string, last: Expression, code: string, { newline }: SourceStyle): TextEdit {
  const dot = last.kind === "call" && last.callee.kind === "attribute" ? text.lastIndexOf(".", last.callee.nameStart) : -1;
  const isOwnLine = dot >= 0 && /[\r\n][ \t]*$/.test(text.slice(Math.max(0, dot - 200), dot));
  return { span: { start: last.end, end: last.end }, newText: isOwnLine ? `${newline}${indentAt(text, dot)}${code}` : code };
}

/** The text of a piece of code after changes inside it. */
export function changed(text: string, { start, end }: Span, edits: readonly TextEdit[]): string {
  let code = "";
  let position = start;
  for (const { span, newText } of [...edits].sort((a, b) => a.span.start - b.span.start)) {
    code += text.slice(position, span.start) + newText;
    position = span.end;
  }
  return code + text.slice(position, end);
}
