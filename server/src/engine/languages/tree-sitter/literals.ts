import type { Expression } from "../../facts";
import { opaque } from "./expressions";
import type { AnyLowering } from "./lowering";

/** A word that stands for a value. */
export function lowerConstant(value: boolean | null): (c: AnyLowering, node: number) => Expression {
  return (c, node) => ({ kind: "literal", start: c.start[node], end: c.end[node], value });
}

/** The number that `digits` say; `0777` is octal. What is no number is opaque. */
export function lowerDigits(c: AnyLowering, node: number, digits: string): Expression {
  const value = /^0[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number(digits);
  return Number.isNaN(value) ? opaque(c, node, []) : { kind: "literal", start: c.start[node], end: c.end[node], value };
}

/** What an escape by number stands for: `whole` when there is no such character, undefined without a number. */
export function numbered(whole: string, hex: string | undefined, octal: string | undefined): string | undefined {
  if (hex !== undefined) {
    const point = Number.parseInt(hex, 16);
    return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
  }
  return octal === undefined ? undefined : String.fromCharCode(Number.parseInt(octal, 8));
}

/** `text` without the file's text behind it: a slice would keep that in memory. Shorter slices are copies already. */
export function ownCopy(text: string): string {
  return text.length > 12 ? ` ${text}`.slice(1) : text;
}
