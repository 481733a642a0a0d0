import type { Expression, Name } from "../../facts";
import { nameNode, opaqueNode, type TemplateLowering } from "../template";
import { readLexeme, type Lexeme } from "./lexer";

/** Takes the lexemes between two offsets one by one, and remembers where it could not go on. */
export class LexemeReader {
  protected current: Lexeme;
  private failedAt: number | undefined;
  protected lastEnd: number;

  constructor(protected readonly c: TemplateLowering, from: number, protected readonly to: number) {
    this.lastEnd = from;
    this.current = readLexeme(c.text, from, to);
  }

  get isAtEnd(): boolean {
    return this.current.kind === "end";
  }

  /** Where the next lexeme begins. */
  get start(): number {
    return this.current.start;
  }

  /** Where the last lexeme taken ended. */
  get end(): number {
    return this.lastEnd;
  }

  /** Notes what was left, or could not be read. */
  finish(): void {
    if (this.failedAt !== undefined) this.c.fail(Math.min(this.failedAt, this.to), this.to);
    else if (!this.isAtEnd) this.c.fail(this.current.start, this.to);
  }

  /** Notes that what must be here is not. */
  fail(): void {
    this.failedAt ??= this.isAtEnd ? this.lastEnd : this.current.start;
  }

  /** Takes the next lexeme when it is this sign or word. */
  take(text: string): Lexeme | undefined {
    if (this.current.text !== text || this.current.kind === "end") return undefined;
    return this.next();
  }

  isAt(text: string): boolean {
    return this.current.text === text && this.current.kind !== "end";
  }

  takeName(): Name | undefined {
    if (this.current.kind !== "name") return undefined;
    const { start, end } = this.next();
    return nameNode(this.c.name(start, end), start, end);
  }

  /** Takes a string for its place only. */
  takeString(): boolean {
    if (this.current.kind !== "string") return false;
    this.next();
    return true;
  }

  protected next(): Lexeme {
    const taken = this.current;
    this.lastEnd = taken.end;
    this.current = readLexeme(this.c.text, taken.end, this.to);
    return taken;
  }

  /** Leaves the rest unread: it nests too deep. */
  protected giveUp(): Expression {
    this.fail();
    const { start } = this;
    this.current = { kind: "end", start: this.to, end: this.to, text: "" };
    return opaqueNode([], start, this.to);
  }

  /** Nothing, where something must be. */
  protected missing(): Expression {
    this.fail();
    const at = this.isAtEnd ? this.lastEnd : this.start;
    return opaqueNode([], at, at);
  }
}
