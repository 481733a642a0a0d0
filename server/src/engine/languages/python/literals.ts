import type { Expression } from "../../facts";
import { DEPTH_LIMIT, lowerDigits, numbered, opaque, ownCopy, partsOf } from "../tree-sitter";
import { lowerExpression, Role, type Lowering } from "./context";

/** Where Python source text may have line ends that its strings do not have: they hold `\n` whatever the file holds. */
const CARRIAGE_RETURN = /\r\n?/g;
const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\", "'": "'", '"': '"', a: "\x07", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v",
};
const ESCAPE = /\\(?:\r\n|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{1,3})|N\{[^}]*\}|([\s\S]))/g;

/** Pieces of one literal or of several in a row. */
interface StringPieces {
  /** The texts around the interpolations: one, as long as there are none. */
  readonly texts: string[];
  readonly parts: Expression[];
  /** Has embedded expressions, or is no text at all (bytes, templates). */
  form: "text" | "format" | "other";
}

/** `"…"`: decoded, with its embedded expressions when it has some. */
export function lowerString(c: Lowering, node: number): Expression {
  const pieces: StringPieces = { texts: [""], parts: [], form: "text" };
  addString(c, node, pieces);
  return finishString(c, node, pieces);
}

/** `"…" "…"`: one literal, as Python joins them before it runs. */
export function lowerConcatenatedString(c: Lowering, node: number): Expression {
  const pieces: StringPieces = { texts: [""], parts: [], form: "text" };
  const stop = c.next[node];
  for (let child = node + 1; child < stop; child = c.next[child]) {
    const role = c.roles[c.kind[child]];
    if (role === Role.extra) continue;
    if (role === Role.error) {
      pieces.form = "other";
      pieces.parts.push(...partsOf(c, child));
    } else addString(c, child, pieces);
  }
  return finishString(c, node, pieces);
}

function finishString(c: Lowering, node: number, { texts, parts, form }: StringPieces): Expression {
  const start = c.start[node];
  const end = c.end[node];
  if (form === "text") return { kind: "literal", start, end, value: texts[0] };
  return form === "format" ? { kind: "format", start, end, parts, texts } : { kind: "opaque", start, end, parts };
}

function addString(c: Lowering, node: number, pieces: StringPieces): void {
  const stop = c.next[node];
  let open = -1;
  let close = -1;
  const interpolations: number[] = [];
  for (let child = node + 1; child < stop; child = c.next[child]) {
    const role = c.roles[c.kind[child]];
    if (role === Role.stringStart) open = child;
    else if (role === Role.stringEnd) close = child;
    else if (role === Role.interpolation) {
      interpolations.push(child);
      addInterpolation(c, child, pieces.parts);
    } else if (role === Role.error) {
      pieces.form = "other";
      pieces.parts.push(...partsOf(c, child));
    }
  }
  if (open < 0 || close < 0 || c.start[close] === c.end[close]) {
    pieces.form = "other";
    return;
  }
  let isRaw = false;
  let isFormatted = false;
  for (let at = c.start[open]; at < c.end[open]; at++) {
    const letter = c.text.charCodeAt(at) | 32;
    if (letter === 114 /* r */) isRaw = true;
    else if (letter === 102 /* f */) isFormatted = true;
    else if (letter === 98 /* b */ || letter === 116 /* t */) pieces.form = "other";
  }
  if (interpolations.length > 0 && pieces.form === "text") pieces.form = "format";
  if (pieces.form === "other") return;
  let from = c.end[open];
  for (const each of interpolations) {
    pieces.texts[pieces.texts.length - 1] += decode(c.text.slice(from, c.start[each]), isRaw, isFormatted);
    pieces.texts.push("");
    from = c.end[each];
  }
  pieces.texts[pieces.texts.length - 1] += decode(c.text.slice(from, c.start[close]), isRaw, isFormatted);
}

/** `{value!r:>{width}}`: the value, then those inside its format. */
function addInterpolation(c: Lowering, node: number, parts: Expression[]): void {
  const stop = c.next[node];
  const fields = c.fields;
  for (let child = node + 1; child < stop; child = c.next[child]) {
    const field = c.field[child];
    if (c.named[child] === 0) continue;
    if (field === fields.expression) parts.push(lowerExpression(c, child));
    else if (field === fields.format_specifier) parts.push(...partsOfFormat(c, child));
    else if (c.expressions[c.kind[child]] !== undefined) parts.push(lowerExpression(c, child));
  }
}

function partsOfFormat(c: Lowering, node: number): Expression[] {
  const parts: Expression[] = [];
  const stop = c.next[node];
  for (let child = node + 1; child < stop; child = c.next[child]) {
    if (c.roles[c.kind[child]] !== Role.interpolation) continue;
    if (c.depth < DEPTH_LIMIT) {
      c.depth++;
      addInterpolation(c, child, parts);
      c.depth--;
    }
  }
  return parts;
}

function decode(source: string, isRaw: boolean, isFormatted: boolean): string {
  let text = source.includes("\r") ? source.replace(CARRIAGE_RETURN, "\n") : source;
  if (isFormatted) text = text.replaceAll("{{", "{").replaceAll("}}", "}");
  if (!isRaw && text.includes("\\")) text = text.replace(ESCAPE, unescape);
  return text === source ? ownCopy(text) : text;
}

function unescape(
  whole: string, hex: string | undefined, short: string | undefined, long: string | undefined, octal: string | undefined,
  single: string | undefined,
): string {
  const named = numbered(whole, hex ?? short ?? long, octal);
  if (named !== undefined) return named;
  if (single === "\n") return "";
  if (single === undefined) return whole;
  return SIMPLE_ESCAPES[single] ?? whole;
}

/** `1_000`, `0xff`, `0o17`, `0b1`, Python 2's `0777` and `10L`. Complex numbers are opaque. */
export function lowerInteger(c: Lowering, node: number): Expression {
  const text = c.text.slice(c.start[node], c.end[node]).replaceAll("_", "");
  const last = text.charCodeAt(text.length - 1) | 32;
  if (last === 106 /* j */) return opaque(c, node, []);
  return lowerDigits(c, node, last === 108 /* l */ ? text.slice(0, -1) : text);
}

/** `1.5`, `1e3`, `.5`. Complex numbers are opaque. */
export function lowerFloat(c: Lowering, node: number): Expression {
  return lowerDigits(c, node, c.text.slice(c.start[node], c.end[node]).replaceAll("_", ""));
}
