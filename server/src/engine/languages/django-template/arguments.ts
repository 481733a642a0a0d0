import type { Argument, Assign, Expression, Name, Statement } from "../../facts";
import { argumentNode, assignNode, bindTogether, callNode, expressionStatement, nameNode, wordEnd, type TemplateLowering, type Token } from "../template";
import { readFilterExpression, requireExpression } from "./expressions";
import { wordOf, type Bit } from "./scan";

/** Words that tags have between their arguments. */
const CONNECTIVES: ReadonlySet<string> = new Set(["for", "in", "with", "from", "by", "of", "as", "and", "or", "not", "using", "only", "noop", "silent"]);

/** What a tag of any kind is handed. */
export interface TagArguments {
  readonly arguments: readonly Argument[];
  /** The name behind `as`. */
  readonly as?: Name;
}

/** Every bit that reads as an expression; what a tag does with the others is its own affair. */
export function readTagArguments(c: TemplateLowering, bits: readonly Bit[]): TagArguments {
  const args: Argument[] = [];
  let as: Name | undefined;
  for (let index = 0; index < bits.length; index++) {
    const bit = bits[index];
    const word = wordOf(c.text, bit);
    if (word === "as" && wordOf(c.text, bits[index + 1]) !== undefined && !as) {
      const { start, end } = bits[++index];
      as = nameNode(c.name(start, end), start, end);
    } else if (word === undefined || !CONNECTIVES.has(word)) {
      const argument = readArgument(c, bit);
      if (argument) args.push(argument);
    }
  }
  return as ? { arguments: args, as } : { arguments: args };
}

/** `value` or `name=value`, with the comma that some put behind it left out. */
function readArgument(c: TemplateLowering, bit: Bit): Argument | undefined {
  const keyword = keywordOf(c, bit);
  let end = bit.end;
  if (end - bit.start > 1 && c.text.charCodeAt(end - 1) === 44 /* , */) end--;
  const { expression, isWhole } = readFilterExpression(c, keyword?.valueStart ?? bit.start, end);
  if (!expression || !isWhole) return undefined;
  return keyword ? argumentNode(expression, keyword.name, bit.start) : argumentNode(expression);
}

function keywordOf(c: TemplateLowering, bit: Bit): { readonly name: string; readonly nameEnd: number; readonly valueStart: number } | undefined {
  const nameEnd = wordEnd(c.text, bit.start, bit.end);
  if (nameEnd === bit.start || nameEnd >= bit.end || c.text.charCodeAt(nameEnd) !== 61 /* = */) return undefined;
  return { name: c.name(bit.start, nameEnd), nameEnd, valueStart: nameEnd + 1 };
}

/** The call that a tag is. */
export function tagCall(c: TemplateLowering, token: Token, args: readonly Argument[]): Expression {
  return { ...callNode(nameNode(c.name(token.from, token.nameEnd, "%"), token.from, token.nameEnd), args, token.start, token.end), open: token.nameEnd, close: token.to };
}

/** A tag as a statement: its call, or what it gives a name. */
export function tagStatement(c: TemplateLowering, token: Token, { arguments: args, as }: TagArguments): Statement {
  const call = tagCall(c, token, args);
  return as ? assignNode(as, call, token.start, token.end) : expressionStatement(call, token.start, token.end);
}

/**
 * `name=value other=value`, or `value as name and value as other` of the days before Django 1.3, from `bits[from]` on.
 * Says how many bits that took, as `token_kwargs` in Django's `template/base.py`.
 */
export function readBindings(c: TemplateLowering, bits: readonly Bit[], from: number): { readonly bindings: readonly Argument[]; readonly targets: readonly Name[]; readonly next: number } {
  const bindings: Argument[] = [];
  const targets: Name[] = [];
  let at = from;
  while (at < bits.length) {
    const bit = bits[at];
    const keyword = keywordOf(c, bit);
    if (keyword) {
      targets.push(nameNode(keyword.name, bit.start, keyword.nameEnd));
      bindings.push(argumentNode(requireExpression(c, keyword.valueStart, bit.end), keyword.name, bit.start));
      at++;
      continue;
    }
    const target = bits[at + 2];
    const name = wordOf(c.text, target);
    if (wordOf(c.text, bits[at + 1]) !== "as" || name === undefined) break;
    targets.push(nameNode(c.name(target.start, target.end), target.start, target.end));
    const value = requireExpression(c, bit.start, bit.end);
    bindings.push({ name: c.name(target.start, target.end), value, start: bit.start, end: target.end });
    at += 3;
    if (wordOf(c.text, bits[at]) === "and") at++;
  }
  return { bindings, targets, next: at };
}

/** What bindings do to the names in their block. */
export function assignments(bindings: readonly Argument[], targets: readonly Name[]): readonly Assign[] {
  return bindTogether(bindings.map(({ value, start, end }, index) => assignNode(targets[index], value, start, end)));
}
