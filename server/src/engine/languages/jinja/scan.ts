import type { Span } from "../../source";
import { ForwardSearch, isQuote, skipSpace, stringEnd, trimEnd, wordEnd, type Scan, type Token } from "../template";

/** Longer tags are text with a delimiter in it that was never meant as one. */
const LONGEST_TAG = 50_000;

/** The tags and variables of a Jinja template. They may span lines; one that nothing closes is read up to the end of its line. */
export function scanJinja(text: string): Scan {
  const tokens: Token[] = [];
  const comments: Span[] = [];
  const unclosed: Span[] = [];
  const commentEnd = new ForwardSearch(text, "#}");
  for (let start = text.indexOf("{"); start >= 0; ) {
    const sign = text[start + 1];
    let next = start + 1;
    if (sign === "#") {
      const close = commentEnd.next(start + 2);
      const isClosed = close < text.length;
      if (isClosed) comments.push({ start, end: close + 2 });
      next = isClosed ? close + 2 : start + 2;
    } else if (sign === "{" || sign === "%") {
      next = start + 2;
      const token = readToken(text, start, sign, unclosed);
      if (token?.kind === "tag" && token.name === "raw") next = endOfRaw(text, token, unclosed);
      else if (token) {
        tokens.push(token);
        next = token.end;
      }
    }
    start = text.indexOf("{", next);
  }
  return { tokens, comments, unclosed };
}

function readToken(text: string, start: number, sign: "{" | "%", unclosed: Span[]): Token | undefined {
  let from = start + 2;
  if (text.charCodeAt(from) === 45 || text.charCodeAt(from) === 43) from++;
  const close = closeOf(text, from, sign);
  const contentEnd = close < 0 ? endOfLine(text, from) : close;
  from = skipSpace(text, from, contentEnd);
  let to = trimEnd(text, from, contentEnd);
  if (close >= 0 && to === close && to > from && isTrimSign(text.charCodeAt(to - 1), sign)) to = trimEnd(text, from, to - 1);
  if (close < 0 && from >= to) return undefined;
  const end = close < 0 ? to : close + 2;
  if (close < 0) unclosed.push({ start, end });
  if (sign === "{") return { kind: "print", start, end, from, to, name: "", nameEnd: from };
  const nameEnd = wordEnd(text, from, to);
  return { kind: "tag", start, end, from, to, name: text.slice(from, nameEnd), nameEnd };
}

/** `-%}`, `-}}` and `+%}` say how to treat the space around the tag. */
function isTrimSign(code: number, sign: "{" | "%"): boolean {
  return code === 45 || (code === 43 && sign === "%");
}

/** Where `}}` or `%}` closes a tag; -1 when another begins before, or nothing does. Strings and braces inside are passed over. */
function closeOf(text: string, from: number, sign: "{" | "%"): number {
  const limit = Math.min(text.length, from + LONGEST_TAG);
  let depth = 0;
  for (let at = from; at < limit; at++) {
    const code = text.charCodeAt(at);
    if (isQuote(code)) {
      const end = stringEnd(text, at, limit);
      if (end < 0) return -1;
      at = end - 1;
      continue;
    }
    const next = text.charCodeAt(at + 1);
    if (code === 123 /* { */) {
      if (next === 123 || next === 37 /* % */ || next === 35 /* # */) return -1;
      depth++;
    } else if (code === 125 /* } */) {
      if (depth > 0) depth--;
      else if (next === 125) return sign === "{" ? at : -1;
    } else if (code === 37 && next === 125) return sign === "%" ? at : -1;
  }
  return -1;
}

/** Where a tag that is being typed ends: with its line, or where other markup begins. */
function endOfLine(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 10 || code === 13 || code === 125 /* } */ || (code === 123 /* { */ && /[{%#]/.test(text[at + 1] ?? ""))) return at;
    if (code === 60 /* < */ && /[/a-zA-Z!]/.test(text[at + 1] ?? "")) return at;
  }
  return text.length;
}

/** The offset behind `{% endraw %}`. */
function endOfRaw(text: string, token: Token, unclosed: Span[]): number {
  const end = /\{%[-+]?\s*endraw\s*[-+]?%\}/g;
  end.lastIndex = token.end;
  if (end.exec(text)) return end.lastIndex;
  unclosed.push({ start: token.start, end: token.end });
  return text.length;
}
