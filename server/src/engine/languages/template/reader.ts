import type { Statement } from "../../facts";
import type { TemplateLowering } from "./lowering";
import type { Scan, Token } from "./tokens";

/** Tags that go on with the block they stand in. */
const INTERMEDIATE: ReadonlySet<string> = new Set(["else", "elif", "elseif", "empty", "plural", "pluralize"]);

/** Reads the tokens of a template into statements. A tag that is missing its end, or an end that is missing its tag, costs nothing but itself. */
export abstract class TemplateReader {
  private at = 0;
  /** The tags that the blocks around the current place wait for, innermost last. */
  private readonly awaited: (readonly string[])[] = [];
  /** Tags of no known kind that have an end of their own further on. */
  private readonly withEnd: ReadonlySet<Token>;
  private readonly tagNames: ReadonlySet<string>;
  private readonly tokens: readonly Token[];

  constructor(readonly c: TemplateLowering, { tokens, unclosed }: Scan) {
    this.tokens = tokens;
    this.tagNames = new Set(tokens.map((each) => each.name));
    this.withEnd = tagsWithEnd(tokens);
    for (const { start, end } of unclosed) c.fail(start, end);
  }

  /** Adds what a token says to `out`; called with the token already taken. */
  protected abstract statement(token: Token, out: Statement[]): void;
  /** Whether a tag of this name always has an end. */
  protected abstract isBlockTag(name: string): boolean;

  /** All statements of the template. */
  readAll(): Statement[] {
    return this.body(undefined, []);
  }

  /** Statements up to a tag of one of these names, which is left to be taken. Without one, the opening tag cannot be read. */
  inner(opener: Token, ...ends: readonly string[]): Statement[] {
    return this.body(opener, ends);
  }

  /** Takes the next token when it is a tag of one of these names. */
  take(...names: readonly string[]): Token | undefined {
    const token = this.tokens[this.at];
    if (token?.kind !== "tag" || !names.includes(token.name)) return undefined;
    this.at++;
    return token;
  }

  /** Takes the tokens of a block that holds no other blocks, up to its end. */
  *flat(opener: Token, end: string): Generator<Token> {
    for (let token = this.tokens[this.at]; token; token = this.tokens[this.at]) {
      this.at++;
      if (token.name === end) return;
      yield token;
    }
    this.c.fail(opener.start, opener.end);
  }

  /** Whether an end that belongs to this tag follows. */
  hasEnd(token: Token): boolean {
    return this.withEnd.has(token);
  }

  /** The end of what was read last. */
  get lastEnd(): number {
    return this.at > 0 ? this.tokens[this.at - 1].end : 0;
  }

  private body(opener: Token | undefined, ends: readonly string[]): Statement[] {
    const out: Statement[] = [];
    this.awaited.push(ends);
    this.c.depth++;
    const isTooDeep = this.c.room <= 0;
    for (let token = this.tokens[this.at]; token; token = this.tokens[this.at]) {
      if (token.kind === "tag") {
        if (ends.includes(token.name)) break;
        if (this.isAwaited(token.name)) {
          if (opener) this.c.fail(opener.start, opener.end);
          break;
        }
        if (this.isStray(token.name)) {
          this.c.fail(token.start, token.end);
          this.at++;
          continue;
        }
      }
      this.at++;
      if (isTooDeep) this.skip(token);
      else this.statement(token, out);
    }
    if (opener && this.at >= this.tokens.length) this.c.fail(opener.start, opener.end);
    this.c.depth--;
    this.awaited.pop();
    return out;
  }

  /** Passes over a tag with all that it holds. */
  private skip(token: Token): void {
    if (token.kind !== "tag" || !(this.isBlockTag(token.name) || this.hasEnd(token))) return;
    let open = 1;
    for (let next = this.tokens[this.at]; next; next = this.tokens[this.at]) {
      this.at++;
      if (next.name === token.name) open++;
      else if (next.name === `end${token.name}` && --open === 0) return;
    }
  }

  private isAwaited(name: string): boolean {
    if (!isEnding(name)) return false;
    for (let level = this.awaited.length - 1; level >= 0; level--) if (this.awaited[level].includes(name)) return true;
    return false;
  }

  private isStray(name: string): boolean {
    if (INTERMEDIATE.has(name)) return true;
    return name.startsWith("end") && (this.isBlockTag(name.slice(3)) || this.tagNames.has(name.slice(3)));
  }
}

function isEnding(name: string): boolean {
  return name.startsWith("end") || INTERMEDIATE.has(name);
}

/** The tags that an `end…` tag of their name follows, each end taken by the nearest tag before it. */
function tagsWithEnd(tokens: readonly Token[]): ReadonlySet<Token> {
  const ends = new Map<string, number>();
  const result = new Set<Token>();
  for (let index = tokens.length - 1; index >= 0; index--) {
    const token = tokens[index];
    if (token.kind !== "tag") continue;
    if (token.name.startsWith("end")) ends.set(token.name.slice(3), (ends.get(token.name.slice(3)) ?? 0) + 1);
    const open = ends.get(token.name) ?? 0;
    if (open === 0) continue;
    ends.set(token.name, open - 1);
    result.add(token);
  }
  return result;
}
