import type { Severity } from "#engine";

/** A mark in a case: this rule is to report on this line. */
export interface Expectation {
  readonly ruleId: string;
  readonly severity?: Severity;
  /** What the message must hold. */
  readonly part: string;
  /** A known miss: it must not be reported yet. */
  readonly isTodo: boolean;
  /** Zero-based line of the text without the marks. */
  readonly line: number;
  /** One-based line of the page, for messages. */
  readonly pageLine: number;
}

export interface MarkedText {
  /** The text without the marks: what is analysed. */
  readonly text: string;
  readonly expectations: readonly Expectation[];
  /** One-based page line of each line of `text`. */
  readonly pageLines: readonly number[];
}

const mark =
  /(?:#|\/\/|\{#|<!--|\{?\/\*)\s*expect(-todo)?:\s*([a-z][a-z-]*)(?:\s+(warning|information|hint)\b)?(?:\s+"((?:[^"\\]|\\.)*)")?[^"\n]*?(?=$|#\}|-->|\*\/|(?:#|\/\/|\{#|<!--|\{?\/\*)\s*expect)(?:#\}|-->|\*\/\}?)?/g;

/** Takes the expectation comments out of a fence. One on a line of its own speaks of the next line. */
export function readMarks(marked: string, firstPageLine: number): MarkedText {
  const kept: string[] = [];
  const pageLines: number[] = [];
  const expectations: Expectation[] = [];
  let ahead: Omit<Expectation, "line">[] = [];
  marked.split("\n").forEach((line, index) => {
    const pageLine = firstPageLine + index;
    const found: Omit<Expectation, "line">[] = [...line.matchAll(mark)].map((match) => ({
      ruleId: match[2],
      severity: match[3] as Severity | undefined,
      part: (match[4] ?? "").replace(/\\(.)/g, "$1"),
      isTodo: match[1] !== undefined,
      pageLine,
    }));
    if (found.length === 0 && /\bexpect(-todo)?:/.test(line)) throw new Error(`line ${pageLine}: this expectation cannot be read: ${line.trim()}`);
    const code = found.length > 0 ? line.replace(mark, "").trimEnd() : line;
    if (found.length > 0 && code === "") {
      ahead.push(...found);
      return;
    }
    for (const each of [...ahead, ...found]) expectations.push({ ...each, line: kept.length });
    ahead = [];
    kept.push(code);
    pageLines.push(pageLine);
  });
  if (ahead.length > 0) throw new Error(`line ${ahead[0].pageLine}: no line follows this expectation`);
  return { text: kept.join("\n"), expectations, pageLines };
}
