import { isDigit, isQuote, isWord, skipSpace, stringEnd, wordEnd } from "../template";

/** One word, literal or sign of an expression. */
export interface Lexeme {
  readonly kind: "name" | "string" | "number" | "sign" | "end";
  readonly start: number;
  readonly end: number;
  /** A name or sign as written; empty for literals. */
  readonly text: string;
}

const SIGNS: readonly string[] = ["**", "//", "==", "!=", "<=", ">="];
const NUMBER = /^(?:0[xX][\da-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|\d[\d_]*(?:\.\d[\d_]*)?(?:[eE][-+]?\d+)?)/;
/** Longer ones are no numbers that anybody wrote. */
const LONGEST_NUMBER = 60;

/** The lexeme at or behind `from`. A string without its end is a sign, which no expression takes. */
export function readLexeme(text: string, from: number, to: number): Lexeme {
  const start = skipSpace(text, from, to);
  if (start >= to) return { kind: "end", start: to, end: to, text: "" };
  const code = text.charCodeAt(start);
  if (isQuote(code)) {
    const end = stringEnd(text, start, to);
    if (end >= 0) return { kind: "string", start, end, text: "" };
  } else if (isDigit(code)) {
    const match = NUMBER.exec(text.slice(start, Math.min(to, start + LONGEST_NUMBER)));
    return { kind: "number", start, end: start + (match?.[0].length ?? 1), text: "" };
  } else if (isWord(code)) {
    const end = wordEnd(text, start, to);
    return { kind: "name", start, end, text: text.slice(start, end) };
  }
  const two = text.slice(start, Math.min(to, start + 2));
  const end = start + (SIGNS.includes(two) ? 2 : 1);
  return { kind: "sign", start, end, text: text.slice(start, end) };
}
