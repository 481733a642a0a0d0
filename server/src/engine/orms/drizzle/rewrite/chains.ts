import type { Call } from "../../../facts";
import type { ChainStep } from "../../../flow";
import type { TextEdit } from "../../../source";
import { addOption, codeOf, entryOf } from "../../script/object-literals";
import type { SourceStyle } from "../../script/source-style";

export function stepOf(steps: readonly ChainStep[], ...names: readonly string[]): ChainStep | undefined {
  return steps.findLast((step) => names.includes(step.name));
}

/** `books` of `.from(books)`, as the code calls the table. */
export function tableText(text: string, steps: readonly ChainStep[]): string | undefined {
  const from = stepOf(steps, "from", "insert", "update", "delete", "$count");
  const given = from?.call.arguments[0]?.value;
  return given && (given.kind === "name" || given.kind === "attribute") ? codeOf(text, given) : undefined;
}

/** Whether the query is `db.query.users.findMany(…)`. */
export function isRelational(steps: readonly ChainStep[]): boolean {
  return steps.length === 1 && /^find(Many|First)$/.test(steps[0].name);
}

/** Adds an option to a relational query; undefined where it has one of that name, or its options are no object literal. */
export function addToOptions(text: string, call: Call, property: string, style: SourceStyle): TextEdit | undefined {
  const options = call.arguments[0]?.value;
  const name = property.slice(0, property.indexOf(":"));
  if (options?.kind === "mapping" && (entryOf(options, name) || options.entries.some(({ key }) => !key))) return undefined;
  return addOption(text, call, 0, property, style);
}

/** The last call of a chain that ends at `expression`. */
export function lastCall(steps: readonly ChainStep[]): Call {
  return steps[steps.length - 1].call;
}
