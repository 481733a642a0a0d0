import type { Span, TextEdit } from "../../../source";
import { insertion, replacement } from "./edit-set";
import { appendItem, insertItem, type ItemList } from "./items";
import { LINE_LIMIT, type SourceText } from "./source-text";
import { STANDARD_LIBRARY } from "./standard-library";

/** One name of `from module import name as alias`. */
interface ImportedName extends Span {
  readonly name: string;
  readonly local: string;
}

/** An import statement of the module itself: not inside `if TYPE_CHECKING:`, `try:` or a function. */
interface ImportLine extends Span {
  /** With leading dots, when relative. */
  readonly module: string;
  /** `import a.b as c` rather than `from a import b`. */
  readonly plain: boolean;
  readonly names: readonly ImportedName[];
  /** The parentheses around the names. */
  readonly brackets?: { readonly open: number; readonly close: number };
}

/** How a name is written in a file, with the edits that make it known there. */
export interface AvailableName {
  readonly text: string;
  readonly edits: readonly TextEdit[];
}

/** `F` of `django.db.models`: as the file knows it already (`F`, `models.F`), or with the import that is missing. */
export function availableName(source: SourceText, module: string, name: string): AvailableName {
  const [available] = availableNames(source, [{ module, name }]);
  return available;
}

/** Several names at once, so that two new names of one module share their import. */
export function availableNames(source: SourceText, wanted: readonly { readonly module: string; readonly name: string }[]): AvailableName[] {
  const lines = importLines(source);
  const missing = new Map<string, string[]>();
  const texts = wanted.map(({ module, name }) => {
    const known = knownAs(lines, module, name);
    if (known !== undefined) return { text: known, missing: false };
    missing.set(module, [...new Set([...(missing.get(module) ?? []), name])]);
    return { text: name, missing: true };
  });
  const edits = new Map([...missing].map(([module, names]) => [module, importEdits(source, lines, module, names)]));
  return wanted.map(({ module }, index) => {
    const own = texts[index].missing ? edits.get(module)! : [];
    // The edits go with the first name that needs them.
    if (texts[index].missing) edits.set(module, []);
    return { text: texts[index].text, edits: own };
  });
}

/** `models` of `django.db`, preferred over the single names in it: `models.Index`. */
export function availableThroughModels(source: SourceText, name: string): AvailableName {
  const lines = importLines(source);
  const known = knownAs(lines, "django.db.models", name);
  if (known !== undefined) return { text: known, edits: [] };
  return { text: `models.${name}`, edits: importEdits(source, lines, "django.db", ["models"]) };
}

/** The import that merges with, or stands beside, those of the file. Nothing when the name is known already. */
export function addImport(source: SourceText, module: string, name: string): readonly TextEdit[] {
  return availableName(source, module, name).edits;
}

/** Adds `name` to the import statement that has `sibling`'s module, given as the file writes it (`.models`). */
export function addToModuleImport(source: SourceText, module: string, name: string): readonly TextEdit[] | undefined {
  const line = importLines(source).find((one) => !one.plain && one.module === module && !isStar(one));
  if (!line) return undefined;
  return line.names.some((one) => one.local === name) ? [] : mergeNames(source, line, [name]);
}

function importLines(source: SourceText): ImportLine[] {
  const result: ImportLine[] = [];
  for (const line of source.lines) {
    if (line.indent !== "") continue;
    const parsed = parseImport(source, { start: line.code, end: line.end });
    if (parsed) result.push(parsed);
  }
  return result;
}

const NAME = /([\p{L}_][\p{L}\p{N}_.]*|\*)(?:\s+as\s+([\p{L}_][\p{L}\p{N}_]*))?/gu;

function parseImport(source: SourceText, span: Span): ImportLine | undefined {
  // Comments give way to blanks of the same length, so that offsets stay.
  let code = source.slice(span);
  for (const token of source.tokens) {
    if (token.kind !== "comment" || token.start < span.start || token.end > span.end) continue;
    code = code.slice(0, token.start - span.start) + " ".repeat(token.end - token.start) + code.slice(token.end - span.start);
  }
  code = code.replace(/\\(\r?\n)/g, " $1");
  const head = /^(?:from[ \t]+(\.*[ \t]*[\p{L}\p{N}_.]*)[ \t]*import\b|(import)\b)/u.exec(code);
  if (!head || code.includes(";")) return undefined;
  const names: ImportedName[] = [];
  const rest = code.slice(head[0].length);
  for (const match of rest.matchAll(NAME)) {
    const start = span.start + head[0].length + match.index;
    names.push({ name: match[1], local: match[2] ?? match[1], start, end: start + match[0].length });
  }
  const end = names.length > 0 ? Math.max(names.at(-1)!.end, span.start + code.trimEnd().length) : span.end;
  const open = span.start + head[0].length + rest.search(/\S/);
  const brackets = source.text[open] === "(" ? { open, close: span.start + code.lastIndexOf(")") } : undefined;
  if (brackets && brackets.close < brackets.open) return undefined;
  return { start: span.start, end, module: (head[1] ?? "").replace(/\s/g, ""), plain: head[2] !== undefined, names, brackets };
}

function isStar(line: ImportLine): boolean {
  return line.names.some((one) => one.name === "*");
}

function knownAs(lines: readonly ImportLine[], module: string, name: string): string | undefined {
  const parent = module.slice(0, module.lastIndexOf("."));
  const last = module.slice(module.lastIndexOf(".") + 1);
  const find = (from: string, wanted: string): string | undefined =>
    lines.findLast((line) => !line.plain && line.module === from)?.names.findLast((one) => one.name === wanted)?.local
    ?? lines.filter((line) => !line.plain && line.module === from).flatMap((line) => line.names).find((one) => one.name === wanted)?.local;
  const through = (of: string | undefined): string | undefined => of === undefined ? undefined : `${of}.${name}`;
  const plain = lines.filter((line) => line.plain).flatMap((line) => line.names).find((one) => one.name === module)?.local;
  const models = module === "django.db.models" ? find("django.db", "models") ?? find("django.contrib.gis.db", "models") : undefined;
  return find(module, name) ?? through(models) ?? through(find(parent, last)) ?? through(plain);
}

function importEdits(source: SourceText, lines: readonly ImportLine[], module: string, names: readonly string[]): readonly TextEdit[] {
  if (hasOneNamePerLine(lines)) return names.flatMap((name) => singleImport(source, lines, module, name));
  const same = lines.findLast((line) => !line.plain && line.module === module && !isStar(line));
  return same ? mergeNames(source, same, names) : newImport(source, lines, module, names);
}

/** The file imports one name per statement, several from one module: isort's `force_single_line`. */
function hasOneNamePerLine(lines: readonly ImportLine[]): boolean {
  const from = lines.filter((line) => !line.plain);
  return from.every((line) => line.names.length === 1) && new Set(from.map((line) => line.module)).size < from.length;
}

function singleImport(source: SourceText, lines: readonly ImportLine[], module: string, name: string): readonly TextEdit[] {
  const same = lines.filter((line) => !line.plain && line.module === module);
  const next = same[sortedIndex(same.map((line) => line.names[0].name), name)];
  const statement = `from ${module} import ${name}`;
  if (next) return [insertion(source.aboveStatement(next.start), statement + source.eol)];
  const last = same.at(-1);
  return last ? [insertion(source.lineEnd(last.end), source.eol + statement)] : newImport(source, lines, module, [name]);
}

function mergeNames(source: SourceText, line: ImportLine, names: readonly string[]): readonly TextEdit[] {
  if (names.length > 1) return [namesReplaced(source, line, names)];
  const [name] = names;
  const index = sortedIndex(line.names.map((one) => one.name), name);
  const list: ItemList = { open: line.brackets?.open ?? line.names[0].start, close: line.brackets?.close ?? line.end, items: line.names };
  if (!line.brackets && !isContinuedLine(source, line) && line.end - line.start + name.length + 2 > LINE_LIMIT && !source.hasComment(line)) {
    return [namesReplaced(source, line, names)];
  }
  return index < line.names.length ? insertItem(source, list, index, name) : appendItem(source, list, name);
}

function isContinuedLine(source: SourceText, line: ImportLine): boolean {
  return /[\r\n]/.test(source.slice(line));
}

/** All names again, on one line where they fit, in parentheses with one per line where not. */
function namesReplaced(source: SourceText, line: ImportLine, names: readonly string[]): TextEdit {
  const all = line.names.map((one) => source.slice(one));
  for (const name of names) all.splice(sortedIndex(all.map((one) => one.split(/\s/)[0]), name), 0, name);
  const start = line.brackets?.open ?? line.names[0].start;
  const end = line.brackets ? line.brackets.close + 1 : line.names.at(-1)!.end;
  const oneLine = all.join(", ");
  if (!line.brackets && start - line.start + oneLine.length <= LINE_LIMIT) return replacement(start, end, oneLine);
  const unit = source.indentUnit;
  return replacement(start, end, `(${source.eol}${all.map((name) => `${unit}${name},${source.eol}`).join("")})`);
}

/** Orders in use for imported names: by kind as isort does (constants, classes, the rest), plain, without regard to case. */
const ORDERS: readonly ((name: string) => string)[] = [
  (name) => (name.length > 1 && name === name.toUpperCase() ? "A" : /^[A-Z]/.test(name) ? "B" : "C") + name.toLowerCase(),
  (name) => name,
  (name) => name.toLowerCase(),
];

/** Where a name belongs in a list that is sorted in one of the usual ways; the end of one that is not. */
function sortedIndex(names: readonly string[], name: string): number {
  const order = ORDERS.find((key) => names.every((one, index) => index === 0 || key(names[index - 1]) <= key(one)));
  if (!order || names.length === 0) return names.length;
  const index = names.findIndex((one) => order(one) > order(name));
  return index < 0 ? names.length : index;
}

/** A new `from … import …`, where isort would look for it: among Django's, else behind the standard library's, before the rest. */
function newImport(source: SourceText, lines: readonly ImportLine[], module: string, names: readonly string[]): readonly TextEdit[] {
  const { eol } = source;
  const statement = `from ${module} import ${[...names].sort().join(", ")}`;
  const block = leadingBlock(source, lines);
  const below = (line: ImportLine, gap: string): TextEdit[] => [insertion(source.lineEnd(line.end), eol + gap + statement)];
  const above = (line: ImportLine, gap: string): TextEdit[] => [insertion(source.aboveStatement(line.start), statement + eol + gap)];
  const django = block.filter((line) => !line.plain && /^django(\.|$)/.test(line.module));
  const next = django.find((line) => line.module > module);
  if (next) return above(next, "");
  if (django.length > 0) return below(django.at(-1)!, "");
  const isEarly = (line: ImportLine): boolean => STANDARD_LIBRARY.has(rootOf(line));
  const rest = block.find((line) => !isEarly(line));
  if (rest) return above(rest, eol);
  const last = block.at(-1);
  if (last) return below(last, eol);
  return [atTop(source, statement)];
}

function rootOf(line: ImportLine): string {
  const name = line.plain ? line.names[0]?.name ?? "" : line.module;
  return name.split(".")[0];
}

/** The imports before the first definition. */
function leadingBlock(source: SourceText, lines: readonly ImportLine[]): readonly ImportLine[] {
  const definition = source.lines.find((line) => line.indent === "" && /^(?:def|class|async|@)\b|^@/.test(source.text.slice(line.code, line.end)));
  return definition ? lines.filter((line) => line.start < definition.start) : lines;
}

/** No import yet: below the docstring, or below the comments at the very top. */
function atTop(source: SourceText, statement: string): TextEdit {
  const { eol } = source;
  const first = source.lines[0];
  const isDocstring = first !== undefined && first.indent === "" && source.tokens.some((token) => token.kind === "string" && token.start === first.code);
  if (isDocstring) return insertion(source.lineEnd(first.end), `${eol}${eol}${statement}`);
  if (first === undefined) return insertion(source.text.length, `${source.text === "" || /[\r\n]$/.test(source.text) ? "" : eol}${statement}${eol}`);
  const isDefinition = /^(?:def|class|async|@)/.test(source.text.slice(first.code, first.end));
  return insertion(source.aboveStatement(first.start), `${statement}${eol}${eol}${isDefinition ? eol : ""}`);
}
