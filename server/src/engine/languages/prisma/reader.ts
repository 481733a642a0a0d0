import type { Span } from "../../source";
import type { Token } from "./tokens";

/** Walks the tokens of a schema and notes what could not be read. */
export class TokenReader {
  readonly errors: Span[] = [];
  /** Where the last token that was taken ends. */
  lastEnd = 0;
  private at = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  peek(ahead = 0): Token | undefined {
    return this.tokens[this.at + ahead];
  }

  next(): Token | undefined {
    const token = this.tokens[this.at];
    if (!token) return undefined;
    this.at++;
    this.lastEnd = token.end;
    return token;
  }

  /** Whether the next token is this sign. */
  is(sign: string): boolean {
    const token = this.peek();
    return token?.kind === "punctuation" && token.text === sign;
  }

  /** Inside parentheses and brackets the ends of lines mean nothing. */
  skipNewlinesInside(depth: number): void {
    if (depth > 0) this.skipNewlines();
  }

  skipNewlines(): void {
    while (this.peek()?.kind === "newline") this.at++;
  }

  fail(span: Span): void {
    this.errors.push({ start: span.start, end: span.end });
  }
}
