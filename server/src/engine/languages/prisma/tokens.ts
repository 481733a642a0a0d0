import type { Span } from "../../source";

export interface Token extends Span {
  /** "other": a character that no schema has at this place. */
  readonly kind: "name" | "string" | "number" | "punctuation" | "newline" | "other";
  /** Names, punctuation and numbers as written; of a string what it says. */
  readonly text: string;
}

/** A schema cut into tokens, and its comments. Any text gives tokens. */
export interface SchemaTokens {
  readonly tokens: readonly Token[];
  readonly comments: readonly Span[];
  /** Strings and comments without an end. */
  readonly errors: readonly Span[];
}

const NAME = /[\p{L}_][\p{L}\p{N}_-]*/uy;
const NUMBER = /-?\d+(?:\.\d+)?/y;
const SPACE = /[ \t\f\v\uFEFF]+/y;
const BREAK = /\r\n|\r|\n/y;
/** Lines of a string end with the line: there are none over several. */
const STRING = /"(?:[^"\\\r\n]|\\[^\r\n])*("?)/y;
const LINE_COMMENT = /\/\/[^\r\n]*/y;

/** Cuts a schema into tokens. Comments are `//`, `///` and blocks (prisma/prisma-engines, `psl/schema-ast/src/parser/datamodel.pest`). */
export function tokenize(text: string): SchemaTokens {
  const tokens: Token[] = [];
  const comments: Span[] = [];
  const errors: Span[] = [];
  const names = Object.create(null) as Record<string, string>;
  // Asking a dictionary copies names out of the file, so that facts do not keep whole files in memory.
  const copied = (name: string): string => (names[` ${name}`.slice(1)] ??= name);
  let at = 0;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(text);
  };
  while (at < text.length) {
    const start = at;
    const push = (kind: Token["kind"], value: string, end: number): void => {
      tokens.push({ kind, text: value, start, end });
      at = end;
    };
    const space = match(SPACE);
    if (space) {
      at += space[0].length;
      continue;
    }
    const line = match(LINE_COMMENT);
    if (line) {
      at += line[0].length;
      comments.push({ start, end: at });
      continue;
    }
    if (text.startsWith("/*", at)) {
      const close = text.indexOf("*/", at + 2);
      at = close < 0 ? text.length : close + 2;
      comments.push({ start, end: at });
      if (close < 0) errors.push({ start, end: at });
      continue;
    }
    const found = match(BREAK);
    if (found) {
      push("newline", "\n", at + found[0].length);
      continue;
    }
    const name = match(NAME);
    if (name) {
      push("name", copied(name[0]), at + name[0].length);
      continue;
    }
    const number = match(NUMBER);
    if (number) {
      push("number", copied(number[0]), at + number[0].length);
      continue;
    }
    const string = match(STRING);
    if (string) {
      const end = at + string[0].length;
      if (string[1] === "") errors.push({ start, end });
      push("string", copied(unescaped(string[0].slice(1, string[1] === "" ? undefined : -1))), end);
      continue;
    }
    push(/[{}()[\]@?!:=,.]/.test(text[at]) ? "punctuation" : "other", copied(text[at]), at + 1);
  }
  return { tokens, comments, errors };
}

function unescaped(text: string): string {
  return text.includes("\\") ? text.replace(/\\(.)/g, (_, sign: string) => (sign === "n" ? "\n" : sign === "t" ? "\t" : sign === "r" ? "\r" : sign)) : text;
}
