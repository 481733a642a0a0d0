import type { FileFacts, ImportStatement } from "../../facts";
import type { TextEdit } from "../../source";
import { indentAt, quotedText, type SourceStyle } from "./source-style";

/** A name that the file has, or gets by an edit. */
export interface ImportedName {
  /** What the file calls it. */
  readonly local: string;
  readonly edit?: TextEdit;
}

/** Imports a name of a module: as the file has it, into the braces of an import of that module, or in a line of its own. Undefined where the file calls something else so. */
export function importName(facts: FileFacts, text: string, name: string, module: string, style: SourceStyle): ImportedName | undefined {
  const statements = importsIn(facts);
  const given = statements.flatMap((statement) => statement.imports);
  const there = given.find((each) => each.module === module && each.name === name && !each.typeOnly && !each.isReexport);
  if (there) return { local: there.local };
  const { declares } = facts;
  if (given.some((each) => each.local === name && !each.isReexport) || [...declares.values, ...declares.functions, ...declares.classes].some((each) => each.name === name)) return undefined;
  const same = statements.find(({ imports }) => imports.some((each) => each.module === module && each.name !== undefined && each.name !== "default" && each.name !== "*" && !each.typeOnly && !each.isReexport));
  const merged = same && intoBraces(text, same, name);
  if (merged) return { local: name, edit: merged };
  const last = statements.filter(({ imports }) => !imports.some((each) => each.isReexport)).at(-1);
  const line = `import {${style.spacesInBraces ? ` ${name} ` : name}} from ${quotedText(module, style)}${style.semicolon}`;
  if (last) return { local: name, edit: { span: { start: last.end, end: last.end }, newText: `${style.newline}${line}` } };
  const start = /^(?:#![^\n]*\n|\uFEFF)?/.exec(text)![0].length;
  return { local: name, edit: { span: { start, end: start }, newText: `${line}${style.newline}` } };
}

function importsIn(facts: FileFacts): readonly ImportStatement[] {
  return (facts.bodies[""] ?? []).filter((statement): statement is ImportStatement => statement.kind === "import");
}

/** `{ and, eq }` → `{ and, eq, inArray }`; names that stand in the order of the alphabet keep it. */
function intoBraces(text: string, statement: ImportStatement, name: string): TextEdit | undefined {
  const named = statement.imports.filter((each) => each.name !== undefined && each.name !== "default" && each.name !== "*");
  const names = named.map((each) => each.name!);
  const isSorted = names.length > 1 && names.every((each, i) => i === 0 || order(names[i - 1], each) <= 0);
  const next = isSorted ? named.find((each) => order(each.name!, name) > 0) : undefined;
  if (next) {
    // `type X` is part of what comes next.
    const start = /(?:type\s+)?$/.exec(text.slice(statement.start, next.start))!.index + statement.start;
    const isOwnLine = /[\r\n][ \t]*$/.test(text.slice(0, start));
    return { span: { start, end: start }, newText: isOwnLine ? `${name},${/\r\n|\r|\n/.exec(text)![0]}${indentAt(text, start)}` : `${name}, ` };
  }
  const last = named[named.length - 1];
  if (!last) return undefined;
  const isOwnLine = /[\r\n][ \t]*(?:type\s+)?$/.test(text.slice(0, last.start));
  const newline = /\r\n|\r|\n/.exec(text)?.[0] ?? "\n";
  return { span: { start: last.end, end: last.end }, newText: isOwnLine ? `,${newline}${indentAt(text, last.start)}${name}` : `, ${name}` };
}

function order(a: string, b: string): number {
  return a.toLowerCase() < b.toLowerCase() ? -1 : a.toLowerCase() > b.toLowerCase() ? 1 : 0;
}
