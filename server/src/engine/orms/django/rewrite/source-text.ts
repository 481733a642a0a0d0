import type { Call } from "../../../facts";
import type { Span } from "../../../source";
import { scanPython, type LogicalLine, type Token } from "./scanner";

/** The longest line that is not broken up; Black's default. */
export const LINE_LIMIT = 88;

/** One Python text with what an edit has to know of its layout. */
export class SourceText {
  private scanned?: { readonly tokens: readonly Token[]; readonly lines: readonly LogicalLine[] };

  constructor(readonly text: string) {}

  /** Strings, comments and brackets in order. */
  get tokens(): readonly Token[] {
    return (this.scanned ??= scanPython(this.text)).tokens;
  }

  /** Statements by line; lines without code are left out. */
  get lines(): readonly LogicalLine[] {
    return (this.scanned ??= scanPython(this.text)).lines;
  }

  /** The line ending that most lines have. */
  get eol(): string {
    const all = this.text.split("\n").length - 1;
    const windows = this.text.split("\r\n").length - 1;
    return windows * 2 > all ? "\r\n" : "\n";
  }

  /** The quote that most strings of the file have; Black's when they are even. */
  get quote(): '"' | "'" {
    let single = 0;
    let double = 0;
    for (const token of this.tokens) {
      if (token.kind !== "string") continue;
      const body = this.text.slice(token.start, token.end).replace(/^[A-Za-z]*/, "");
      if (body.startsWith("'''") || body.startsWith('"""')) continue;
      // A string that holds the other quote had no choice.
      if (body.startsWith("'") && !body.includes('"')) single++;
      if (body.startsWith('"') && !body.includes("'")) double++;
    }
    return single > double ? "'" : '"';
  }

  /** One step of indentation. */
  get indentUnit(): string {
    let outer = "";
    for (const line of this.lines) {
      if (line.indent.length > outer.length && line.indent.startsWith(outer)) return line.indent.slice(outer.length);
      outer = line.indent;
    }
    return "    ";
  }

  /** `value` as a string literal in the style of the file. */
  literal(value: string): string {
    const quote = this.quote;
    return quote + value.replaceAll("\\", "\\\\").replaceAll(quote, `\\${quote}`) + quote;
  }

  slice(span: Span): string {
    return this.text.slice(span.start, span.end);
  }

  /** Whether a span lies in this text at all; facts may be older than the text. */
  holds(span: Span): boolean {
    return span.start >= 0 && span.start <= span.end && span.end <= this.text.length;
  }

  /** Whether a call still stands where the facts saw it. */
  hasCall(call: Call): boolean {
    if (call.close >= this.text.length || this.text[call.open] !== "(" || this.text[call.close] !== ")") return false;
    const callee = call.callee;
    if (callee.kind === "attribute") return this.text.startsWith(callee.name, callee.nameStart) && callee.nameStart + callee.name.length <= call.open;
    return callee.kind !== "name" || this.text.startsWith(callee.name, callee.start);
  }

  lineStart(offset: number): number {
    let start = offset;
    while (start > 0 && !isLineBreak(this.text[start - 1])) start--;
    return start;
  }

  /** The end of the physical line, before its line break. */
  lineEnd(offset: number): number {
    let end = offset;
    while (end < this.text.length && !isLineBreak(this.text[end])) end++;
    // A comment's span may end between the two characters of a line break.
    return this.text[end] === "\n" && this.text[end - 1] === "\r" ? end - 1 : end;
  }

  /** The start of the next physical line, or the end of the text. */
  nextLine(offset: number): number {
    const end = this.lineEnd(offset);
    if (this.text.startsWith("\r\n", end)) return end + 2;
    return Math.min(end + 1, this.text.length);
  }

  /** White space at the start of the line that holds `offset`. */
  indentAt(offset: number): string {
    const start = this.lineStart(offset);
    return /^[ \t\f]*/.exec(this.text.slice(start, this.lineEnd(start)))![0];
  }

  /** Only white space stands before `offset` on its line. */
  startsLine(offset: number): boolean {
    return this.text.slice(this.lineStart(offset), offset).trim() === "";
  }

  /** Only white space and a comment stand after `offset` on its line. */
  endsLine(offset: number): boolean {
    return /^[ \t\f]*(#.*)?$/.test(this.text.slice(offset, this.lineEnd(offset)));
  }

  /** Skips white space, line breaks, continuations and comments. */
  skipTrivia(offset: number): number {
    const trivia = /(?:[ \t\f\r\n]|\\\r?\n|#[^\r\n]*)*/y;
    trivia.lastIndex = offset;
    trivia.exec(this.text);
    return Math.max(offset, trivia.lastIndex);
  }

  /** Whether a comment begins in the span. */
  hasComment(span: Span): boolean {
    return this.tokens.some((token) => token.kind === "comment" && token.start >= span.start && token.start < span.end);
  }

  /** The innermost bracket pair around `offset`; `open` and `close` are the offsets of its two characters. */
  enclosingBrackets(offset: number): { readonly open: number; readonly close: number } | undefined {
    const opened: number[] = [];
    let found: number | undefined;
    for (const token of this.tokens) {
      if (token.start >= offset && found === undefined) {
        found = opened.at(-1);
        if (found === undefined) return undefined;
      }
      if (token.kind === "open") opened.push(token.start);
      if (token.kind !== "close") continue;
      const open = opened.pop();
      if (open !== undefined && open === found) return { open, close: token.start };
    }
    return undefined;
  }

  /** The string (an interpolated one) that a span lies inside of. */
  stringAround(span: Span): Token | undefined {
    return this.tokens.find((token) => token.kind === "string" && token.start < span.start && span.end < token.end);
  }

  /** Whether a line break in the span stands outside of every bracket that opens in it: taken out of its parentheses, it would end the statement. */
  hasBareLineBreak(span: Span): boolean {
    let depth = 0;
    let position = span.start;
    const breaks = (end: number): boolean => depth === 0 && /[\r\n]/.test(this.text.slice(position, end).replace(/\\\r?\n/g, ""));
    for (const token of this.tokens) {
      if (token.end <= span.start) continue;
      if (token.start >= span.end) break;
      if (breaks(Math.max(token.start, position))) return true;
      if (token.kind === "open") depth++;
      if (token.kind === "close") depth--;
      position = token.end;
    }
    return breaks(span.end);
  }

  /** Whether the span is names, attributes, calls and subscripts only, so that `.method()` may follow it as it is. */
  isChain(span: Span): boolean {
    if (!this.holds(span) || span.start === span.end) return false;
    if (this.stringAround(span)) return new SourceText(this.slice(span)).isChain({ start: 0, end: span.end - span.start });
    let bare = "";
    let depth = 0;
    let position = span.start;
    for (const token of this.tokens) {
      if (token.end <= span.start) continue;
      if (token.start >= span.end) break;
      if (depth === 0) bare += this.text.slice(position, token.start);
      if (token.kind === "open") bare += depth++ === 0 ? "()" : "";
      else if (token.kind === "close") depth--;
      else if (token.kind === "string" && depth === 0) return false;
      position = token.end;
    }
    bare += this.text.slice(position, span.end);
    const plain = bare.replace(/\\\r?\n/g, "").replace(/\s*\.\s*/g, ".").replace(/\s*\(\)/g, "()").trim();
    return depth === 0 && /^(?:[\p{L}_][\p{L}\p{N}_]*|\(\))(?:\.[\p{L}_][\p{L}\p{N}_]*|\(\))*$/u.test(plain)
      && !/^(?:not|await|lambda|yield)\b/.test(plain);
  }

  /** The statement line that holds `offset`. */
  logicalLine(offset: number): LogicalLine | undefined {
    return this.lines.find((line) => line.start <= offset && offset <= line.end);
  }

  /** Whether a statement has its lines for itself: nothing before it, nothing but a comment after it. */
  ownsLines(span: Span): boolean {
    return this.holds(span) && this.startsLine(span.start) && this.endsLine(span.end);
  }

  /** Where something is put above a statement: before the comments that stand right above it. */
  aboveStatement(offset: number): number {
    let start = this.lineStart(offset);
    const indent = this.indentAt(offset);
    while (start > 0) {
      const previous = this.lineStart(start - (this.text.startsWith("\r\n", start - 2) ? 2 : 1));
      const line = this.text.slice(previous, this.lineEnd(previous));
      if (!line.startsWith(`${indent}#`)) break;
      start = previous;
    }
    return start;
  }
}

/** The current text of a file, ready for layout questions. */
export function readSource(text: (uri: string) => string | undefined, uri: string): SourceText | undefined {
  const current = text(uri);
  return current === undefined ? undefined : new SourceText(current);
}

export function isLineBreak(character: string): boolean {
  return character === "\n" || character === "\r";
}
