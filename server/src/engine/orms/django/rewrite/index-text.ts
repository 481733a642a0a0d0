import type { IndexColumn } from "../../../project";
import type { TextEdit } from "../../../source";
import { availableName, availableNames, availableThroughModels } from "./imports";
import { LINE_LIMIT, type SourceText } from "./source-text";

/** An index as a rule asks for it. */
export interface IndexWish {
  readonly columns: readonly IndexColumn[];
  readonly method?: "btree" | "gin";
  readonly condition?: string;
}

/** The words of an index declaration: what is called, with which arguments, and the imports it needs. */
export interface IndexWords {
  readonly callee: string;
  readonly arguments: readonly string[];
  readonly imports: readonly TextEdit[];
}

const POSTGRES_INDEXES = "django.contrib.postgres.indexes";
const FUNCTIONS = new Set(["Upper", "Lower", "Trim", "LTrim", "RTrim", "Length", "Reverse", "MD5", "Abs", "Ceil", "Floor"]);

/** Whether the index can be put in words at all. */
export function isWritable(wish: IndexWish): boolean {
  return wish.columns.length > 0 && wish.columns.every((column) =>
    column.expression === undefined ? column.field !== undefined : functionOf(column) !== undefined);
}

function functionOf(column: IndexColumn): { readonly name: string; readonly field: string } | undefined {
  const match = /^([A-Za-z]\w*)\((\w+)\)$/.exec(column.expression ?? "");
  return match && FUNCTIONS.has(match[1]) ? { name: match[1], field: match[2] } : undefined;
}

/** `models.Index(fields=["status", "-created"], name="…")`, in the words and quotes of the file. */
export function indexWords(source: SourceText, wish: IndexWish, name: string): IndexWords {
  const imports: TextEdit[] = [];
  const models = (what: string): string => {
    const known = availableThroughModels(source, what);
    // The import of `models` is one edit however many of its names are used.
    if (!imports.some((edit) => known.edits.some((other) => other.newText === edit.newText && other.span.start === edit.span.start))) imports.push(...known.edits);
    return known.text;
  };
  const plain = wish.columns.every((column) => column.expression === undefined);
  const opclasses = wish.columns.map((column) => column.opclass);
  const asFields = plain && (opclasses.every((one) => one !== undefined) || opclasses.every((one) => one === undefined));
  const wanted = [
    ...(wish.method === "gin" ? ["GinIndex"] : []),
    ...(!asFields && opclasses.some((one) => one !== undefined) ? ["OpClass"] : []),
  ];
  const names = new Map(availableNames(source, wanted.map((one) => ({ module: POSTGRES_INDEXES, name: one }))).map((known, index) => {
    imports.push(...known.edits);
    return [wanted[index], known.text] as const;
  }));
  const functions = new Map<string, string>();
  for (const column of wish.columns) {
    const called = functionOf(column)?.name;
    if (called === undefined || functions.has(called)) continue;
    const known = availableName(source, "django.db.models.functions", called);
    imports.push(...known.edits);
    functions.set(called, known.text);
  }
  const callee = wish.method === "gin" ? names.get("GinIndex")! : models("Index");
  const parts: string[] = [];
  const literal = (text: string): string => source.literal(text);
  if (asFields) {
    parts.push(`fields=[${wish.columns.map((column) => literal((column.descending ? "-" : "") + column.field)).join(", ")}]`);
  } else {
    for (const column of wish.columns) {
      const call = functionOf(column);
      const inner = call ? `${functions.get(call.name)}(${literal(call.field)})` : literal(column.field!);
      const classed = column.opclass === undefined ? inner : `${names.get("OpClass")}(${inner}, name=${literal(column.opclass)})`;
      const descending = column.opclass === undefined && call === undefined ? `${column.descending ? models("F") : ""}(${inner})` : classed;
      parts.push(column.descending ? `${descending}.desc()` : classed);
    }
  }
  parts.push(`name=${literal(name)}`);
  if (asFields && opclasses[0] !== undefined) parts.push(`opclasses=[${opclasses.map((one) => literal(one!)).join(", ")}]`);
  if (wish.condition !== undefined) parts.push(`condition=${wish.condition.replace(/(?<![\w.])Q\(/g, () => `${models("Q")}(`)}`);
  return { callee, arguments: parts, imports };
}

/** On one line where `room` allows it, its arguments on one line or on one each where not. */
export function layoutIndex(source: SourceText, words: IndexWords, indent: string, room: number): string {
  const oneLine = `${words.callee}(${words.arguments.join(", ")})`;
  if (oneLine.length <= room) return oneLine;
  const inner = indent + source.indentUnit;
  const joined = inner + words.arguments.join(", ");
  if (joined.length <= LINE_LIMIT) return `${words.callee}(${source.eol}${joined}${source.eol}${indent})`;
  return `${words.callee}(${source.eol}${words.arguments.map((argument) => `${inner}${argument},${source.eol}`).join("")}${indent})`;
}
