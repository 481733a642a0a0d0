import type { Span } from "../../source";

/** `{{ … }}` or `{% name … %}`. */
export interface Token extends Span {
  readonly kind: "print" | "tag";
  /** What stands between the delimiters, without space around it. */
  readonly from: number;
  readonly to: number;
  /** The tag's name; empty for a print. */
  readonly name: string;
  /** Where the name ends and its arguments begin. */
  readonly nameEnd: number;
}

/** What a scanner finds in a text. */
export interface Scan {
  readonly tokens: readonly Token[];
  /** Comments of the template language, those that span tags included. */
  readonly comments: readonly Span[];
  /** Delimiters that nothing closes. */
  readonly unclosed: readonly Span[];
}

/** Looks for a string from growing offsets on, and scans the text once however often it is asked. */
export class ForwardSearch {
  private found = -2;

  constructor(private readonly text: string, private readonly wanted: string) {}

  /** The first place at or behind `from`; the length of the text when there is none. */
  next(from: number): number {
    if (this.found < from && this.found !== this.text.length) {
      const at = this.text.indexOf(this.wanted, from);
      this.found = at < 0 ? this.text.length : at;
    }
    return this.found;
  }
}

export function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13) || code === 0xa0;
}

/** Letters, digits and `_`; whatever is not ASCII counts as a letter. */
export function isWord(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57) || code === 95 || (code > 127 && code !== 0xa0);
}

export function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

export function skipSpace(text: string, from: number, to: number): number {
  let at = from;
  while (at < to && isSpace(text.charCodeAt(at))) at++;
  return at;
}

export function trimEnd(text: string, from: number, to: number): number {
  let at = to;
  while (at > from && isSpace(text.charCodeAt(at - 1))) at--;
  return at;
}

/** The end of the word that begins at `from`. */
export function wordEnd(text: string, from: number, to: number): number {
  let at = from;
  while (at < to && isWord(text.charCodeAt(at))) at++;
  return at;
}

/** The offset behind the quote that closes the string beginning at `from`; -1 when none does before `to`. A backslash takes the next character with it. */
export function stringEnd(text: string, from: number, to: number): number {
  const quote = text.charCodeAt(from);
  for (let at = from + 1; at < to; at++) {
    const code = text.charCodeAt(at);
    if (code === 92 /* \ */) at++;
    else if (code === quote) return at + 1;
  }
  return -1;
}

export function isQuote(code: number): boolean {
  return code === 34 || code === 39;
}
