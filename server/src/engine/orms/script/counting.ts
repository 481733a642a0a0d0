import type { Expression, Mapping } from "../../facts";
import type { FixProposal } from "../../rule";
import type { Location, TextEdit } from "../../source";
import { changed } from "./calls";
import { spanOfEntry } from "./object-literals";
import { inFile } from "./rewriter";

/** How an ORM counts what it would find. */
export interface Counting {
  /** `findMany` → `count`. */
  readonly names: Readonly<Record<string, string>>;
  /** The place of the options among the arguments; nothing else may stand behind. */
  readonly options: number;
  /** Options that say which columns and relations come, and in which order: they mean nothing to a count. */
  readonly dropped: RegExp;
  /** The argument at the place of the options is conditions: all of it stays. */
  readonly isCondition?: (name: string) => boolean;
}

/** `(await x.findMany(…)).length` → `await x.count(…)`; where a name holds the rows and is read once, it holds the number. Safe. */
export function countInstead(counting: Counting, at: Location, rows: Expression): FixProposal | undefined {
  if (rows.kind !== "call" || rows.callee.kind !== "attribute") return undefined;
  const { callee } = rows;
  const name = Object.hasOwn(counting.names, callee.name) ? counting.names[callee.name] : undefined;
  const given = rows.arguments[counting.options]?.value;
  const isCondition = counting.isCondition?.(callee.name) === true;
  if (name === undefined || rows.arguments.length > counting.options + 1 || rows.arguments.some(({ spread }) => spread) || (given && given.kind !== "mapping" && !isCondition)) return undefined;
  return {
    title: "Count in the database", safety: "safe", preferred: true,
    build: inFile(at.uri, (text) => {
      const counted = { span: { start: callee.nameStart, end: callee.end }, newText: name };
      const cuts = given?.kind === "mapping" && !isCondition ? withoutRows(text, given, counting.dropped) : [];
      if (!cuts) return undefined;
      if (at.span.start <= rows.start && rows.end <= at.span.end) return [{ span: at.span, newText: `await ${changed(text, rows, [counted, ...cuts])}` }];
      const held = /^(\w+)\.length$/.exec(text.slice(at.span.start, at.span.end))?.[1];
      // The name is read here and nowhere else, so that what it holds may be another thing.
      const isOnly = held !== undefined && new RegExp(`const ${held} = await $`).test(text.slice(0, rows.start)) && (text.match(new RegExp(`\\b${held}\\b(?!:)`, "g")) ?? []).length - occurrencesAsProperty(text, held) === 2;
      return isOnly && held !== undefined ? [counted, ...cuts, { span: at.span, newText: held }] : undefined;
    }),
  };
}

/** `prisma.orders` and the like are other names. */
function occurrencesAsProperty(text: string, name: string): number {
  return (text.match(new RegExp(`\\.${name}\\b`, "g")) ?? []).length;
}

function withoutRows(text: string, options: Mapping, dropped: RegExp): readonly TextEdit[] | undefined {
  const isNamed = (pattern: RegExp) => ({ key }: Mapping["entries"][number]): boolean => key?.kind === "literal" && pattern.test(String(key.value));
  const left = options.entries.filter((entry) => !isNamed(dropped)(entry));
  if (!left.every(isNamed(/^where$/))) return undefined;
  if (left.length === options.entries.length) return [];
  const [where] = left;
  if (!where) return [{ span: { start: options.start, end: options.end }, newText: "" }];
  const span = spanOfEntry(text, where);
  const first = spanOfEntry(text, options.entries[0]).start;
  const last = spanOfEntry(text, options.entries[options.entries.length - 1]).end;
  return [...(first < span.start ? [{ span: { start: first, end: span.start }, newText: "" }] : []), ...(last > span.end ? [{ span: { start: span.end, end: last }, newText: "" }] : [])];
}
