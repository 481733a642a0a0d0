import * as bundledRuntime from "web-tree-sitter";
import type { Language, Parser, Tree } from "web-tree-sitter";
import { flattenWithCursor } from "./cursor";
import { createMemoryReader, type RuntimeMemory } from "./memory";
import type { FlatTree, Grammar, GrammarName } from "./tree";

/** The part of a web-tree-sitter module that parsing needs; older grammar builds need an older module than the bundled one. */
export type RuntimeModule = Pick<typeof bundledRuntime, "Parser" | "Language">;

/** The WebAssembly files of the runtime and of the grammars to load. */
export interface GrammarBytes {
  readonly runtime: Uint8Array;
  readonly grammars: Partial<Record<GrammarName, Uint8Array>>;
  /** Why grammars that belong here are not among them. */
  readonly missing?: Partial<Record<GrammarName, string>>;
  /** The module that `runtime` belongs to; the bundled one when absent. */
  readonly runtimeModule?: RuntimeModule;
}

/** How finished trees are read: "cursor" only uses the public interface, "memory" the runtime's own layout where a probe proved it. */
export type TreeReading = "memory" | "cursor";

/** Loaded grammars. Parsing never fails: a broken text gives a tree with errors in it. */
export interface Parsers {
  /** Parses `text` whole. Throws MissingGrammar when `grammar` was not loaded. */
  parse(text: string, grammar: GrammarName): FlatTree;
  /** How the trees of a loaded grammar are read. */
  reading(grammar: GrammarName): TreeReading;
  /** The grammars that could not be loaded, and why: their languages are not understood, all others are. */
  readonly missing: ReadonlyMap<GrammarName, string>;
  /** Frees the parsers; nothing can be parsed afterwards. */
  dispose(): void;
}

/** A text cannot be parsed, because its grammar could not be loaded. */
export class MissingGrammar extends RangeError {
  override readonly name = "MissingGrammar";

  constructor(readonly grammar: GrammarName) {
    super(`the grammar "${grammar}" is not loaded`);
  }
}

/** One grammar, ready to parse. */
interface LoadedGrammar {
  readonly parser: Parser;
  readonly reading: TreeReading;
  readonly flatten: (tree: Tree) => FlatTree;
}

/** The runtime takes its text in chunks into a buffer of 10 KiB, so longer chunks would only be cut. */
const CHUNK = 5 * 1024 - 1;

/**
 * The memory of each runtime module that was started. The module starts once and keeps its memory to itself, so the options of its
 * first start are the only way to it; as with the module itself there is one per JavaScript realm.
 */
const startedRuntimes = new WeakMap<object, RuntimeMemory>();

/** Starts the runtime and loads the grammars that can be loaded. Touches neither disk nor network. */
export async function createParsers(bytes: GrammarBytes, options: { readonly reading?: TreeReading } = {}): Promise<Parsers> {
  const runtime = bytes.runtimeModule ?? bundledRuntime;
  const memory = await startRuntime(runtime, bytes.runtime);
  const loaded = new Map<GrammarName, LoadedGrammar>();
  const missing = new Map(Object.entries(bytes.missing ?? {}) as [GrammarName, string][]);
  for (const [name, grammarBytes] of Object.entries(bytes.grammars) as [GrammarName, Uint8Array][]) {
    try {
      loaded.set(name, await loadGrammar(runtime, memory, name, grammarBytes, options.reading));
    } catch (error) {
      missing.set(name, error instanceof Error ? error.message : String(error));
    }
  }
  const get = (name: GrammarName): LoadedGrammar => {
    const grammar = loaded.get(name);
    if (!grammar) throw new MissingGrammar(name);
    return grammar;
  };
  return {
    parse(text, name) {
      const { parser, flatten } = get(name);
      const tree = parseText(parser, text);
      try {
        return flatten(tree);
      } finally {
        tree.delete();
      }
    },
    reading: (name) => get(name).reading,
    missing,
    dispose() {
      for (const { parser } of loaded.values()) parser.delete();
      loaded.clear();
    },
  };
}

async function loadGrammar(runtime: RuntimeModule, memory: RuntimeMemory, name: GrammarName, bytes: Uint8Array, reading?: TreeReading): Promise<LoadedGrammar> {
  const language = await runtime.Language.load(bytes);
  const parser = new runtime.Parser();
  parser.setLanguage(language);
  const grammar = describeGrammar(name, language);
  const flattenByCursor = (tree: Tree): FlatTree => flattenWithCursor(tree, grammar);
  const read = reading === "cursor" ? undefined : createMemoryReader(memory, language, grammar, (text) => parseText(parser, text));
  return { parser, reading: read ? "memory" : "cursor", flatten: read ?? flattenByCursor };
}

async function startRuntime(runtime: RuntimeModule, wasmBinary: Uint8Array): Promise<RuntimeMemory> {
  const options = { wasmBinary, locateFile: (file: string) => file };
  await runtime.Parser.init(options as unknown as Parameters<typeof Parser.init>[0]);
  const known = startedRuntimes.get(runtime.Parser);
  if (known) return known;
  const memory = options as unknown as RuntimeMemory;
  startedRuntimes.set(runtime.Parser, memory);
  return memory;
}

/** Parses with NUL characters as spaces: the lexer takes a NUL for the end of the file. Offsets stay as they are. */
function parseText(parser: Parser, text: string): Tree {
  const readable = text.includes("\0") ? text.replaceAll("\0", " ") : text;
  // A parse that was given up (an exception in the runtime) would otherwise be resumed by the next one.
  parser.reset();
  const tree = parser.parse((index) => readable.slice(index, index + CHUNK));
  if (!tree) throw new Error("the parser has no language");
  return tree;
}

/** Kinds and fields by id. ERROR has the id 65535 in the runtime; here it is the last kind, so that tables stay small. */
function describeGrammar(name: GrammarName, language: Language): Grammar {
  const kinds = Array.from(language.types, (kind) => kind ?? "");
  kinds.push("ERROR");
  const fields = Array.from(language.fields, (field) => field ?? "");
  return Object.freeze({ name, kinds: Object.freeze(kinds), fields: Object.freeze(fields) });
}
