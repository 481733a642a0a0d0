import { parseTree, printParseErrorCode, type Node as JsonNode, type ParseError } from "jsonc-parser";
import { parseTOML, ParseError as TomlError, type AST } from "toml-eslint-parser";
import type { Span } from "#engine";

/** A value of a configuration with the places that its parts have in the text; settings that an editor sends have none. */
export type Located =
  | { readonly kind: "object"; readonly entries: readonly LocatedEntry[]; readonly at?: Span }
  | { readonly kind: "list"; readonly items: readonly Located[]; readonly at?: Span }
  | { readonly kind: "scalar"; readonly value: unknown; readonly at?: Span };

export interface LocatedEntry {
  readonly key: string;
  readonly keyAt?: Span;
  readonly value: Located;
}

/** Something that is wrong with a configuration, and where. */
export interface ConfigurationProblem {
  readonly message: string;
  readonly at?: Span;
}

export interface LocatedText {
  /** Undefined: there is nothing in it, or it cannot be read. */
  readonly root: Located | undefined;
  readonly problems: readonly ConfigurationProblem[];
}

/** A value that came without a text. */
export function locatedValue(value: unknown): Located {
  if (Array.isArray(value)) return { kind: "list", items: value.map(locatedValue) };
  if (typeof value !== "object" || value === null) return { kind: "scalar", value };
  return { kind: "object", entries: Object.entries(value).map(([key, each]) => ({ key, value: locatedValue(each) })) };
}

/** The value without its places. */
export function plainValue(node: Located): unknown {
  if (node.kind === "scalar") return node.value;
  if (node.kind === "list") return node.items.map(plainValue);
  return Object.fromEntries(node.entries.map(({ key, value }) => [key, plainValue(value)]));
}

/** The entry of that name, following dots; the last one where a key stands twice. */
export function entryAt(node: Located | undefined, ...path: readonly string[]): Located | undefined {
  let current = node;
  for (const key of path) current = current?.kind === "object" ? current.entries.findLast((entry) => entry.key === key)?.value : undefined;
  return current;
}

/** JSON, comments and a comma behind the last entry allowed. A text that is broken somewhere still gives what could be read. */
export function readJson(text: string): LocatedText {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true });
  return {
    root: root && fromJson(root),
    problems: errors.map(({ error, offset, length }) => ({ message: `this is not JSON: ${words(printParseErrorCode(error))}`, at: { start: offset, end: offset + length } })),
  };
}

function fromJson(node: JsonNode): Located {
  const at = { start: node.offset, end: node.offset + node.length };
  if (node.type === "array") return { kind: "list", items: (node.children ?? []).map(fromJson), at };
  if (node.type !== "object") return { kind: "scalar", value: node.value as unknown, at };
  const entries = (node.children ?? []).flatMap(({ children = [] }): LocatedEntry[] => {
    const [key, value] = children;
    return value ? [{ key: String(key.value), keyAt: { start: key.offset, end: key.offset + key.length }, value: fromJson(value) }] : [];
  });
  return { kind: "object", entries, at };
}

/** `InvalidCommaOrBracket` as words. */
function words(code: string): string {
  return code.replace(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).toLowerCase();
}

/** TOML 1.0; a text that is not TOML gives nothing but the first error. */
export function readToml(text: string): LocatedText {
  try {
    const table: OpenTable = { entries: new Map() };
    fromTables(parseTOML(text).body[0].body, table);
    return { root: closed(table), problems: [] };
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    return { root: undefined, problems: [{ message: `this is not TOML: ${error.message}`, at: { start: error.index, end: error.index } }] };
  }
}

/** A table that several headers may add to. */
interface OpenTable {
  readonly entries: Map<string, { readonly keyAt: Span; value: Located | OpenTable }>;
  at?: Span;
}

function fromTables(body: readonly (AST.TOMLTable | AST.TOMLKeyValue)[], root: OpenTable): void {
  for (const each of body) {
    if (each.type === "TOMLKeyValue") {
      setToml(root, each);
      continue;
    }
    // Tables of an array have a number among their keys; no option is one.
    if (each.kind === "array") continue;
    const table = tableAt(root, each.key.keys);
    if (!table) continue;
    table.at ??= { start: each.range[0], end: each.key.range[1] };
    for (const pair of each.body) setToml(table, pair);
  }
}

function setToml(table: OpenTable, { key, value }: AST.TOMLKeyValue): void {
  const last = key.keys.at(-1)!;
  const parent = tableAt(table, key.keys.slice(0, -1));
  parent?.entries.set(nameOf(last), { keyAt: spanOf(last), value: fromToml(value) });
}

/** Undefined where a name on the way is no table. */
function tableAt(table: OpenTable, keys: readonly (AST.TOMLBare | AST.TOMLQuoted)[]): OpenTable | undefined {
  let current = table;
  for (const key of keys) {
    let entry = current.entries.get(nameOf(key));
    if (!entry) current.entries.set(nameOf(key), (entry = { keyAt: spanOf(key), value: { entries: new Map(), at: spanOf(key) } }));
    if (!(entry.value instanceof Object && "entries" in entry.value && entry.value.entries instanceof Map)) return undefined;
    current = entry.value as OpenTable;
  }
  return current;
}

function fromToml(node: AST.TOMLContentNode): Located {
  const at = spanOf(node);
  switch (node.type) {
    case "TOMLValue":
      return { kind: "scalar", value: node.value, at };
    case "TOMLArray":
      return { kind: "list", items: node.elements.map(fromToml), at };
    case "TOMLInlineTable": {
      const table: OpenTable = { entries: new Map(), at };
      for (const pair of node.body) setToml(table, pair);
      return closed(table);
    }
  }
}

function closed({ entries, at }: OpenTable): Located {
  return {
    kind: "object",
    entries: [...entries].map(([key, { keyAt, value }]) => ({ key, keyAt, value: "kind" in value ? value : closed(value) })),
    at,
  };
}

function nameOf(key: AST.TOMLBare | AST.TOMLQuoted): string {
  return key.type === "TOMLBare" ? key.name : key.value;
}

function spanOf({ range }: { readonly range: AST.Range }): Span {
  return { start: range[0], end: range[1] };
}
