/** A string (prefix included), a comment or a bracket. */
export interface Token {
  readonly kind: "string" | "comment" | "open" | "close";
  readonly start: number;
  readonly end: number;
}

/** A statement (or several, joined by `;`) from its first character to its last, its comment included. */
export interface LogicalLine {
  /** Start of the physical line. */
  readonly start: number;
  readonly indent: string;
  /** Offset of the first character of code. */
  readonly code: number;
  /** Before the line break that ends it. */
  readonly end: number;
}

const STRING_START = /(?:[rbuft]|br|rb|fr|rf|tr|rt)?("""|'''|"|')/iy;
const WORD = /[\p{L}_][\p{L}\p{N}_]*/uy;
/** A line that starts like this ends every bracket that was left open above it. */
const DEFINITION_START = /(?:def|class|async def|@|from|import)\b/y;

/** Finds strings, comments, brackets and statement lines. Any text gives a result; only layout decisions rest on it. */
export function scanPython(text: string): { readonly tokens: readonly Token[]; readonly lines: readonly LogicalLine[] } {
  const tokens: Token[] = [];
  const lines: LogicalLine[] = [];
  let depth = 0;
  let lineStart = text.startsWith("\ufeff") ? 1 : 0;
  let code = -1;
  let codeLine = 0;
  let position = lineStart;
  const finishLine = (end: number): void => {
    if (code < 0) return;
    let last = end;
    while (last > code && /\s/.test(text[last - 1])) last--;
    lines.push({ start: codeLine, indent: text.slice(codeLine, code), code, end: last });
    code = -1;
  };
  while (position < text.length) {
    const character = text[position];
    if (character === "\n" || character === "\r") {
      const end = position;
      position += text.startsWith("\r\n", position) ? 2 : 1;
      if (depth > 0 && matches(DEFINITION_START, text, position)) depth = 0;
      if (depth === 0) finishLine(end);
      lineStart = position;
      continue;
    }
    if (character === " " || character === "\t" || character === "\f") {
      position++;
      continue;
    }
    if (character === "#") {
      let end = position;
      while (end < text.length && text[end] !== "\n" && text[end] !== "\r") end++;
      tokens.push({ kind: "comment", start: position, end });
      position = end;
      continue;
    }
    if (code < 0) {
      code = position;
      codeLine = lineStart;
    }
    if (character === "\\" && (text[position + 1] === "\n" || text[position + 1] === "\r")) {
      position += text.startsWith("\r\n", position + 1) ? 3 : 2;
      lineStart = position;
      continue;
    }
    STRING_START.lastIndex = position;
    const string = STRING_START.exec(text);
    if (string) {
      const end = stringEnd(text, STRING_START.lastIndex, string[1]);
      tokens.push({ kind: "string", start: position, end });
      position = end;
      continue;
    }
    WORD.lastIndex = position;
    if (WORD.test(text)) {
      position = WORD.lastIndex;
      continue;
    }
    if (character === "(" || character === "[" || character === "{") {
      tokens.push({ kind: "open", start: position, end: position + 1 });
      depth++;
    } else if (character === ")" || character === "]" || character === "}") {
      tokens.push({ kind: "close", start: position, end: position + 1 });
      if (depth > 0) depth--;
    }
    position++;
  }
  finishLine(text.length);
  return { tokens, lines };
}

function matches(pattern: RegExp, text: string, position: number): boolean {
  pattern.lastIndex = position;
  return pattern.test(text);
}

/** A string in one pair of quotes ends at the latest with its line. */
function stringEnd(text: string, from: number, quote: string): number {
  let position = from;
  while (position < text.length) {
    if (text[position] === "\\") {
      position += text.startsWith("\r\n", position + 1) ? 3 : 2;
      continue;
    }
    if (text.startsWith(quote, position)) return position + quote.length;
    if (quote.length === 1 && (text[position] === "\n" || text[position] === "\r")) return position;
    position++;
  }
  return text.length;
}
