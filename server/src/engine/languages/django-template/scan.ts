import type { Span } from "../../source";
import { ForwardSearch, isQuote, isSpace, skipSpace, trimEnd, wordEnd, type Scan, type Token } from "../template";

/**
 * The tags and variables of a Django template. As in Django a tag ends on the line it begins on, and what no delimiter closes is text;
 * but text that begins like a tag is one being typed, and is read up to the end of its line.
 */
export function scanDjangoTemplate(text: string): Scan {
  const tokens: Token[] = [];
  const comments: Span[] = [];
  const unclosed: Span[] = [];
  const closers = { "{": new ForwardSearch(text, "}}"), "%": new ForwardSearch(text, "%}"), "#": new ForwardSearch(text, "#}") };
  const newline = new ForwardSearch(text, "\n");
  const openers = [new ForwardSearch(text, "{{"), new ForwardSearch(text, "{%")];
  for (let start = text.indexOf("{"); start >= 0; ) {
    const sign = text[start + 1];
    if (sign !== "{" && sign !== "%" && sign !== "#") {
      start = text.indexOf("{", start + 1);
      continue;
    }
    const lineEnd = newline.next(start);
    const close = closers[sign].next(start + 2);
    const nextOpener = Math.min(...openers.map((each) => each.next(start + 2)));
    // What closes a tag that begins further on does not close this one, although Django takes it so and then cannot read it.
    const isClosed = close < lineEnd && (sign === "#" || nextOpener > close || isInString(text, start + 2, nextOpener));
    if (sign === "#") {
      if (isClosed) comments.push({ start, end: close + 2 });
      start = text.indexOf("{", isClosed ? close + 2 : start + 2);
      continue;
    }
    const end = isClosed ? close + 2 : endOfUnclosed(text, start + 2, lineEnd);
    const from = skipSpace(text, start + 2, isClosed ? close : end);
    const to = trimEnd(text, from, isClosed ? close : end);
    if (!isClosed) {
      if (from < to) unclosed.push({ start, end: to });
      else {
        start = text.indexOf("{", start + 2);
        continue;
      }
    }
    const token = sign === "{" ? printToken(start, isClosed ? end : to, from, to) : tagToken(text, start, isClosed ? end : to, from, to);
    const skipped = isClosed && sign === "%" ? endOfSkipped(text, token) : undefined;
    if (skipped) {
      if (token.name === "comment") comments.push({ start, end: skipped.end });
      if (!skipped.isClosed) unclosed.push({ start, end });
      start = text.indexOf("{", skipped.end);
      continue;
    }
    tokens.push(token);
    start = text.indexOf("{", token.end);
  }
  return { tokens, comments, unclosed };
}

function printToken(start: number, end: number, from: number, to: number): Token {
  return { kind: "print", start, end, from, to, name: "", nameEnd: from };
}

function tagToken(text: string, start: number, end: number, from: number, to: number): Token {
  let nameEnd = from;
  while (nameEnd < to && !isSpace(text.charCodeAt(nameEnd))) nameEnd++;
  return { kind: "tag", start, end, from, to, name: text.slice(from, nameEnd), nameEnd };
}

function isInString(text: string, from: number, at: number): boolean {
  let quote = 0;
  for (let index = from; index < at; index++) {
    const code = text.charCodeAt(index);
    if (quote === 0) quote = isQuote(code) ? code : 0;
    else if (code === 92 /* \ */) index++;
    else if (code === quote) quote = 0;
  }
  return quote !== 0;
}

/** Where a tag that is being typed ends: with its line, or where other markup begins. */
function endOfUnclosed(text: string, from: number, lineEnd: number): number {
  for (let at = from; at < lineEnd; at++) {
    const code = text.charCodeAt(at);
    if (code === 123 /* { */ || code === 125 /* } */ || (code === 60 /* < */ && /[/a-zA-Z!]/.test(text[at + 1] ?? ""))) return at;
  }
  return lineEnd;
}

/** What `{% comment %}` and `{% verbatim %}` keep from being read: the offset behind their end. */
function endOfSkipped(text: string, token: Token): { readonly end: number; readonly isClosed: boolean } | undefined {
  if (token.name !== "comment" && token.name !== "verbatim") return undefined;
  // `{% verbatim name %}` ends with `{% endverbatim name %}` only.
  const wanted = token.name === "comment" ? "endcomment" : `end${text.slice(token.from, token.to)}`;
  for (let at = text.indexOf(`end${token.name}`, token.end); at >= 0; at = text.indexOf(`end${token.name}`, at + 1)) {
    const open = trimEnd(text, token.end, at);
    if (text.slice(open - 2, open) !== "{%" || !text.startsWith(wanted, at)) continue;
    const stop = skipSpace(text, at + wanted.length, text.length);
    if (text.startsWith("%}", stop)) return { end: stop + 2, isClosed: true };
    // `{% endcomment anything %}`
    if (token.name === "comment" && stop > at + wanted.length) return { end: text.indexOf("%}", stop) < 0 ? text.length : text.indexOf("%}", stop) + 2, isClosed: true };
  }
  return { end: text.length, isClosed: false };
}

/** Part of a tag's content: Django splits it at space that is not quoted. */
export type Bit = Span;

/** The parts of a tag's arguments (`smart_split` in Django's `text.py`). */
export function splitBits(text: string, from: number, to: number): Bit[] {
  const bits: Bit[] = [];
  for (let at = skipSpace(text, from, to); at < to; at = skipSpace(text, at, to)) {
    const start = at;
    while (at < to && !isSpace(text.charCodeAt(at))) {
      const code = text.charCodeAt(at);
      at = code === 34 || code === 39 ? behindQuote(text, at, to) : at + 1;
    }
    bits.push({ start, end: at });
  }
  return bits;
}

function behindQuote(text: string, from: number, to: number): number {
  const quote = text.charCodeAt(from);
  for (let at = from + 1; at < to; at++) {
    if (text.charCodeAt(at) === 92 /* \ */) at++;
    else if (text.charCodeAt(at) === quote) return at + 1;
  }
  return from + 1;
}

/** The word a bit is, or undefined when it is more than a word. */
export function wordOf(text: string, bit: Bit | undefined): string | undefined {
  return bit && wordEnd(text, bit.start, bit.end) === bit.end ? text.slice(bit.start, bit.end) : undefined;
}
