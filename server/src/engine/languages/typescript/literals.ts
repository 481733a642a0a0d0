import type { Expression } from "../../facts";
import { firstNamedChild, hasErrorChild, lowerDigits, numbered, opaque, ownCopy, partsOf } from "../tree-sitter";
import { lowerExpression, Role, type Lowering } from "./context";
import { tagged } from "./typed-tags";

const SIMPLE_ESCAPES: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v" };
const ESCAPE = /\\(?:\r\n|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|u\{([0-9a-fA-F]+)\}|([0-7]{1,3})|([\s\S]))/g;

/** `"…"`, `'…'`. */
export function lowerString(c: Lowering, node: number): Expression {
  const start = c.start[node];
  const end = c.end[node];
  const quote = c.text.charCodeAt(start);
  // A string that is being typed has no closing quote.
  if (end - start < 2 || c.text.charCodeAt(end - 1) !== quote || hasErrorChild(c, node)) return opaque(c, node, []);
  return { kind: "literal", start, end, value: stringText(c, node) };
}

/** What a string literal says. */
export function stringText(c: Lowering, node: number): string {
  return decode(c.text.slice(c.start[node] + 1, c.end[node] - 1), false);
}

/** `` `…` ``: a string as long as nothing is embedded in it. */
export function lowerTemplate(c: Lowering, node: number): Expression {
  const template = lowerText(c, node);
  const tag = c.tags.get(node);
  return tag ? tagged(tag.start, tag.callee, tag.types, template) : template;
}

function lowerText(c: Lowering, node: number): Expression {
  const start = c.start[node];
  const end = c.end[node];
  if (end - start < 2 || c.text.charCodeAt(end - 1) !== 96 /* ` */ || hasErrorChild(c, node)) return opaque(c, node, partsOf(c, node));
  const texts: string[] = [];
  const parts: Expression[] = [];
  let from = start + 1;
  const stop = c.next[node];
  for (let child = node + 1; child < stop; child = c.next[child]) {
    if (c.roles[c.kind[child]] !== Role.substitution) continue;
    texts.push(decode(c.text.slice(from, c.start[child]), true));
    const value = firstNamedChild(c, child);
    parts.push(value < 0 || hasErrorChild(c, child) ? opaque(c, child, partsOf(c, child)) : lowerExpression(c, value));
    from = c.end[child];
  }
  const last = decode(c.text.slice(from, end - 1), true);
  if (parts.length === 0) return { kind: "literal", start, end, value: last };
  texts.push(last);
  return { kind: "format", start, end, parts, texts };
}

function decode(source: string, isTemplate: boolean): string {
  // Line ends in templates are `\n` whatever the file holds.
  let text = isTemplate && source.includes("\r") ? source.replace(/\r\n?/g, "\n") : source;
  if (text.includes("\\")) text = text.replace(ESCAPE, unescape);
  return text === source ? ownCopy(text) : text;
}

function unescape(
  whole: string, hex: string | undefined, short: string | undefined, long: string | undefined, octal: string | undefined, single: string | undefined,
): string {
  const named = numbered(whole, hex ?? short ?? long, octal);
  if (named !== undefined) return named;
  if (single === undefined || single === "\n" || single === "\r" || single === "\u2028" || single === "\u2029") return "";
  return SIMPLE_ESCAPES[single] ?? single;
}

/** `1_000`, `0xff`, `1.5e3`, `10n`. */
export function lowerNumber(c: Lowering, node: number): Expression {
  return lowerDigits(c, node, c.text.slice(c.start[node], c.end[node]).replaceAll("_", "").replace(/n$/, ""));
}
