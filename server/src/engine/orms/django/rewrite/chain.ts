import type { Attribute, Call } from "../../../facts";
import type { Span, TextEdit } from "../../../source";
import { insertion, replacement } from "./edit-set";
import { LINE_LIMIT, type SourceText } from "./source-text";

/** The dot before an attribute's name. */
export function dotOf(source: SourceText, attribute: Attribute): number | undefined {
  const before = source.text.slice(attribute.object.end, attribute.nameStart);
  const dot = before.lastIndexOf(".");
  return dot < 0 ? undefined : attribute.object.end + dot;
}

/**
 * Appends `.call` to a method chain right behind `end`, in the layout of the chain: on a line of its own where the neighbouring
 * calls have one (comments at the end of lines stay where they are), with a backslash where they do, on the same line otherwise.
 */
export function appendCall(source: SourceText, end: number, ownDot: number | undefined, call: string, chainStart?: number): TextEdit {
  const nextDot = source.skipTrivia(end);
  const lineDot = ownDot !== undefined && source.startsLine(ownDot)
    ? ownDot
    : source.text[nextDot] === "." && source.startsLine(nextDot) ? nextDot : undefined;
  if (lineDot === undefined) {
    const broken = breakLongLine(source, end, call, chainStart);
    return insertion(end, broken ?? call);
  }
  const indent = source.indentAt(lineDot);
  if (isContinued(source, lineDot)) return insertion(end, ` \\${source.eol}${indent}${call}`);
  const at = source.endsLine(end) ? source.lineEnd(end) : end;
  return insertion(at, source.eol + indent + call);
}

/** Replaces the `name(…)` of a call by another one: `Book.objects.all()` → `Book.objects.select_related("author")`. */
export function replaceCall(call: Call & { readonly callee: Attribute }, text: string): TextEdit {
  return replacement(call.callee.nameStart, call.close + 1, text);
}

/** Takes `.name(…)` out of a chain, with its line where it has one; a comment above it stays. */
export function removeCall(source: SourceText, call: Call & { readonly callee: Attribute }): TextEdit | undefined {
  const dot = dotOf(source, call.callee);
  if (dot === undefined) return undefined;
  const objectEnd = call.callee.object.end;
  if (!source.hasComment({ start: objectEnd, end: dot })) return replacement(objectEnd, call.close + 1, "");
  if (source.startsLine(dot) && /^[ \t]*$/.test(source.text.slice(call.close + 1, source.lineEnd(call.close + 1)))) {
    return replacement(source.lineStart(dot), source.nextLine(call.close + 1), "");
  }
  return replacement(dot, call.close + 1, "");
}

/**
 * The text of an expression, fit to stand anywhere: in parentheses when `.method()` could not follow it as it is, or when it
 * lives on several lines by the grace of parentheses that it is about to lose.
 */
export function standalone(source: SourceText, span: Span): string {
  const text = source.slice(span);
  return source.isChain(span) && !source.hasBareLineBreak(span) ? text : `(${text})`;
}

/** Whether the line break before `dot` is escaped by a backslash. */
function isContinued(source: SourceText, dot: number): boolean {
  const start = source.lineStart(dot);
  return /\\\r?\n$/.test(source.text.slice(Math.max(0, start - 3), start));
}

/** A chain that has a line of its own inside parentheses may go on in a second one rather than past the limit. */
function breakLongLine(source: SourceText, end: number, call: string, chainStart: number | undefined): string | undefined {
  const start = source.lineStart(end);
  if (source.lineEnd(end) - start + call.length <= LINE_LIMIT) return undefined;
  if (chainStart === undefined || !source.startsLine(chainStart) || source.lineStart(chainStart) !== start) return undefined;
  const brackets = source.enclosingBrackets(chainStart);
  if (!brackets || source.text[brackets.open] !== "(" || /[\w)\]]\s*$/.test(source.text.slice(0, brackets.open).slice(-40))) return undefined;
  if (source.skipTrivia(brackets.open + 1) !== chainStart) return undefined;
  return source.eol + source.indentAt(chainStart) + call;
}
