import type { Call, Expression } from "../../../facts";
import type { ChainStep, Query } from "../../../flow";
import type { Entity } from "../../../project";
import type { TextEdit } from "../../../source";
import { isOfElement, type WrittenLoop } from "../../script/loops";
import { camel, singularOf } from "../../script/names";
import { codeOf } from "../../script/object-literals";
import type { SourceStyle } from "../../script/source-style";
import { nodesIn } from "../../script/statements";

/** The steps of a query that stand in one file, all of them. */
export function stepsIn(query: Query, uri: string): readonly ChainStep[] | undefined {
  const { steps, root } = query.origin;
  return root.uri === uri && steps.every((step) => step.uri === uri) ? steps : undefined;
}

/** `.where("id", book.author_id)`, `.where({ id: book.author_id })`: the only condition, on the element of the loop. */
export interface KeyCondition {
  readonly call: Call;
  readonly column: string;
  /** The column as it is written, in quotes. */
  readonly columnCode: string;
  readonly key: Expression;
}

export function keyCondition(text: string, call: Call, loop: WrittenLoop, { quote }: SourceStyle): KeyCondition | undefined {
  const [first, second, third] = call.arguments.map(({ value }) => value);
  if (first?.kind === "mapping" && first.entries.length === 1 && !second) {
    const [{ key, value }] = first.entries;
    return key?.kind === "literal" && isOfElement(value, loop) ? { call, column: String(key.value), columnCode: `${quote}${String(key.value)}${quote}`, key: value } : undefined;
  }
  const value = third ? (second?.kind === "literal" && second.value === "=" ? third : undefined) : second;
  if (first?.kind !== "literal" || typeof first.value !== "string" || !value || !isOfElement(value, loop)) return undefined;
  return { call, column: first.value.slice(first.value.lastIndexOf(".") + 1), columnCode: codeOf(text, first), key: value };
}

/** The one call of the `where` family in a chain. */
export function onlyWhere(steps: readonly ChainStep[]): ChainStep | undefined {
  const conditions = steps.filter(({ name }) => /where/i.test(name));
  return conditions.length === 1 && /^(where|andWhere)$/.test(conditions[0].name) ? conditions[0] : undefined;
}

/** A call's name and arguments exchanged: `where("id", id)` → `whereIn("id", ids)`. */
export function exchanged(call: Call, name: string, argumentsCode: string): TextEdit | undefined {
  return call.callee.kind === "attribute" ? { span: { start: call.callee.nameStart, end: call.close + 1 }, newText: `${name}(${argumentsCode})` } : undefined;
}

/** The last call in the chain of an expression of this name. */
export function callNamed(node: Expression, ...names: readonly string[]): Call | undefined {
  return nodesIn(node).find((each): each is Call => each.kind === "call" && each.callee.kind === "attribute" && names.includes(each.callee.name));
}

/** `books` → `book`, `categories` → `category`, `order_items` → `orderItem`. */
export function rowName({ name }: Entity): string {
  return singularOf(camel(name));
}
