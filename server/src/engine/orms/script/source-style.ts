/** How a file is written, so that what is put into it looks like the rest. */
export interface SourceStyle {
  /** Strings: `"` or `'`. */
  readonly quote: string;
  /** What ends a statement: `;` or nothing. */
  readonly semicolon: string;
  /** One step of indentation. */
  readonly indent: string;
  readonly newline: string;
  /** `{ a }` rather than `{a}`. */
  readonly spacesInBraces: boolean;
  /** `new Map<Key, Value>()` and the like may be written. */
  readonly hasTypes: boolean;
}

/** The style that most of a text has. */
export function styleOf(text: string, uri: string): SourceStyle {
  const lines = text.split(/\r\n|\r|\n/);
  const code = lines.filter((line) => line.trim() !== "" && !/^\s*(\/\/|\*|\/\*)/.test(line));
  const ends = code.filter((line) => /[\w)\]}"'`];?\s*$/.test(line) && !/^\s*(import type|[})\]])/.test(line));
  const withSemicolon = ends.filter((line) => /;\s*$/.test(line)).length;
  // Lines that go on (arguments, chains) end without one in either style.
  const statements = code.filter((line) => /^\s*(import|export \*|const|let|return|throw|await)\b/.test(line) && /[\w)"'`\]];?\s*$/.test(line));
  const closed = statements.filter((line) => /;\s*$/.test(line)).length;
  const spaced = (text.match(/\{ \w/g) ?? []).length;
  const tight = (text.match(/\{\w/g) ?? []).length;
  return {
    quote: (text.match(/'/g) ?? []).length > (text.match(/"/g) ?? []).length ? "'" : '"',
    semicolon: statements.length > 0 ? (closed * 2 >= statements.length ? ";" : "") : withSemicolon > 0 || ends.length === 0 ? ";" : "",
    indent: indentStep(code),
    newline: /\r\n|\r|\n/.exec(text)?.[0] ?? "\n",
    spacesInBraces: spaced >= tight,
    hasTypes: /\.[cm]?tsx?$/i.test(uri),
  };
}

function indentStep(code: readonly string[]): string {
  if (code.some((line) => line.startsWith("\t"))) return "\t";
  const widths = new Map<number, number>();
  let before = 0;
  for (const line of code) {
    const width = /^ */.exec(line)![0].length;
    const by = width - before;
    if (by >= 2 && by <= 8) widths.set(by, (widths.get(by) ?? 0) + 1);
    before = width;
  }
  const [common] = [...widths].sort((a, b) => b[1] - a[1]);
  return " ".repeat(common?.[0] ?? 2);
}

/** The white space that the line of an offset begins with. */
export function indentAt(text: string, offset: number): string {
  const start = lineStart(text, offset);
  return /^[ \t]*/.exec(text.slice(start, offset + 1))![0];
}

export function lineStart(text: string, offset: number): number {
  return Math.max(text.lastIndexOf("\n", offset - 1), text.lastIndexOf("\r", offset - 1)) + 1;
}

/** Code with its lines after the first moved from one indentation to another. */
export function reindented(code: string, from: string, to: string): string {
  return code.replace(/(\r\n|\r|\n)([ \t]*)/g, (_, newline: string, space: string) => newline + (space.startsWith(from) ? to + space.slice(from.length) : space));
}

/** A string literal in the file's quotes. */
export function quotedText(value: string, { quote }: SourceStyle): string {
  return quote + value.replaceAll("\\", "\\\\").replaceAll(quote, `\\${quote}`) + quote;
}
