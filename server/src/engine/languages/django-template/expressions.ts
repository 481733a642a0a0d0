import type { Argument, Expression } from "../../facts";
import { argumentNode, attributeNode, callNode, isDigit, isQuote, isWord, literalNode, nameNode, opaqueNode, skipSpace, stringEnd, wordEnd, type TemplateLowering } from "../template";

const NUMBER = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/;
const CONSTANTS: ReadonlyMap<string, null | boolean> = new Map<string, null | boolean>([["None", null], ["True", true], ["False", false]]);

/** What could be read of a stretch of text. */
export interface FilterExpression {
  readonly expression: Expression | undefined;
  /** Whether that is all there is. */
  readonly isWhole: boolean;
}

/** Where reading stopped, and with what. */
interface Part {
  readonly expression: Expression | undefined;
  readonly at: number;
  readonly isWhole: boolean;
}

/**
 * `order.customer.name|default:"nobody"|upper` between two offsets (`FilterExpression` in Django's `template/base.py`).
 * `subject`: what the first name is an attribute of, as in `{% regroup … by name %}`.
 */
export function readFilterExpression(c: TemplateLowering, from: number, to: number, subject?: Expression): FilterExpression {
  const { text } = c;
  const first = readOperand(c, skipSpace(text, from, to), to, subject);
  let { expression, at, isWhole } = first;
  if (!expression) return { expression, isWhole: false };
  for (let filters = 0; isWhole; filters++) {
    at = skipSpace(text, at, to);
    if (at >= to) break;
    const nameStart = text.charCodeAt(at) === 124 /* | */ ? skipSpace(text, at + 1, to) : to;
    const nameEnd = wordEnd(text, nameStart, to);
    if (nameStart >= nameEnd || filters >= c.room) return { expression, isWhole: false };
    const args: Argument[] = [argumentNode(expression)];
    let end = nameEnd;
    if (text.charCodeAt(nameEnd) === 58 /* : */ && nameEnd < to) {
      const argument = readOperand(c, nameEnd + 1, to);
      isWhole = argument.isWhole;
      if (argument.expression) {
        args.push(argumentNode(argument.expression));
        end = argument.at;
      } else end = nameEnd + 1;
    }
    expression = callNode(nameNode(c.name(nameStart, nameEnd, "|"), nameStart, nameEnd), args, expression.start, end);
    at = end;
  }
  return { expression, isWhole };
}

/** The expression between two offsets, in a place that must hold one: what is not whole is noted, what is missing is opaque. */
export function requireExpression(c: TemplateLowering, from: number, to: number, subject?: Expression): Expression {
  const { expression, isWhole } = readFilterExpression(c, from, to, subject);
  if (!isWhole) c.fail(from, to);
  return expression ?? opaqueNode([], from, to);
}

function readOperand(c: TemplateLowering, from: number, to: number, subject?: Expression): Part {
  const { text } = c;
  const code = from < to ? text.charCodeAt(from) : 0;
  if (isQuote(code)) return readString(c, from, from, to);
  if (code === 95 /* _ */ && text.charCodeAt(from + 1) === 40 /* ( */ && isQuote(text.charCodeAt(from + 2)) && from + 2 < to) {
    const inner = readString(c, from, from + 2, to);
    if (!inner.expression || text.charCodeAt(inner.at) !== 41 /* ) */ || inner.at >= to) return { ...inner, isWhole: false };
    const end = inner.at + 1;
    return { expression: { ...inner.expression, end }, at: end, isWhole: true };
  }
  const end = operandEnd(text, from, to);
  const number = subject || !(isDigit(code) || code === 43 || code === 45 || code === 46) ? undefined : text.slice(from, end);
  if (number !== undefined && NUMBER.test(number)) return { expression: literalNode(Number(number), from, end), at: end, isWhole: true };
  return readVariable(c, from, to, subject);
}

function operandEnd(text: string, from: number, to: number): number {
  let at = from;
  if (text.charCodeAt(at) === 43 || text.charCodeAt(at) === 45) at++;
  while (at < to && (isWord(text.charCodeAt(at)) || text.charCodeAt(at) === 46)) at++;
  return at;
}

function readString(c: TemplateLowering, start: number, quote: number, to: number): Part {
  const end = stringEnd(c.text, quote, to);
  if (end < 0) return { expression: undefined, at: quote, isWhole: false };
  const raw = c.name(quote + 1, end - 1);
  return { expression: literalNode(raw.includes("\\") ? raw.replace(/\\(["'\\])/g, "$1") : raw, start, end), at: end, isWhole: true };
}

/** `order.items.0`; `block.super` is a call of its own. */
function readVariable(c: TemplateLowering, from: number, to: number, subject: Expression | undefined): Part {
  const { text } = c;
  let at = wordEnd(text, from, to);
  if (at === from) return { expression: undefined, at, isWhole: false };
  const name = c.name(from, at);
  let expression: Expression;
  if (subject) expression = attributeNode(subject, name, from, at, "django");
  else if (name === "block" && text.startsWith(".super", at) && wordEnd(text, at + 1, to) === at + 6 && at + 6 <= to) {
    at += 6;
    expression = callNode(nameNode("%super", from, at), [], from, at);
  } else {
    const constant = CONSTANTS.get(name);
    expression = constant === undefined ? nameNode(name, from, at) : literalNode(constant, from, at);
  }
  for (let links = 0; at < to && text.charCodeAt(at) === 46 /* . */; links++) {
    const end = wordEnd(text, at + 1, to);
    if (end === at + 1 || links >= c.room) return { expression, at, isWhole: false };
    expression = attributeNode(expression, c.name(at + 1, end), at + 1, end, "django");
    at = end;
  }
  return { expression, at, isWhole: true };
}
