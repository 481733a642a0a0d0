import type { Language, Tree } from "web-tree-sitter";
import type { Span } from "../source";
import { RUNTIME_ERROR } from "./builder";
import { flattenWithCursor } from "./cursor";
import type { FlatTree, Grammar, GrammarName } from "./tree";

/**
 * Reads finished trees straight from the runtime's memory: a ninth of the cost of the cursor, which calls into WebAssembly several
 * times per node. The layout is private to tree-sitter (`subtree.h`, `tree.h`, `language.h`, `parser.h`, 32-bit, little endian), so
 * it is only used where a probe at start-up found no difference, and every tree is checked against its own count of nodes.
 */

/** The runtime's memory. Emscripten puts a new view on its module object whenever the memory grows. */
export interface RuntimeMemory {
  readonly HEAPU8?: Uint8Array;
}

/** `SubtreeHeapData`; children stand before it, 8 bytes each. */
const HEAP = { padding: 4, size: 16, childCount: 36, symbol: 40, bits: 44, moreBits: 45, visibleDescendants: 56, production: 66 } as const;
const HEAP_BIT = { visible: 1, extra: 4 } as const;
const HEAP_MORE_BIT = { missing: 2 } as const;
/** `SubtreeInlineData`: small leaves stand where a pointer would, told apart by the lowest bit. */
const INLINE_BIT = { inline: 1, visible: 2, extra: 8, missing: 32 } as const;
const CHILD_SIZE = 8;
/** `TSLanguage`. */
const LANGUAGE = {
  symbolCount: 4, aliasCount: 8, productionCount: 28, fieldCount: 32, aliasLength: 36, fieldSlices: 64, fieldEntries: 68, publicSymbols: 76, aliases: 84,
} as const;
/** Child indexes in field maps are single bytes. */
const FIELD_STRIDE = 256;

/** What a language's tables say, copied out once: they never change. */
interface LanguageTables {
  readonly publicSymbols: Uint16Array;
  /** Alias of child `n` of production `p` at `p * aliasLength + n`; 0 for none. */
  readonly aliases: Uint16Array;
  readonly aliasLength: number;
  /** Field of child `n` of production `p` at `p * FIELD_STRIDE + n`; 0 for none. */
  readonly fields: Uint8Array;
  readonly namedKinds: Uint8Array;
}

/** Nodes whose children are being read. Reused between trees. */
interface Frames {
  /** Address of the next child. */
  readonly child: number[];
  readonly remaining: number[];
  /** Index of the next child among those that are no extras. */
  readonly structural: number[];
  readonly production: number[];
  /** The field that a hidden node passes on to its children. */
  readonly field: number[];
  /** Index in the flat tree, or -1 for a hidden node. */
  readonly index: number[];
}

/** Texts with what the layouts differ in: extras, aliases, fields of hidden nodes, large leaves, errors, missing nodes, wide characters. */
const PROBES: Readonly<Record<GrammarName, readonly string[]>> = {
  python: [
    "", "# only a comment", "def f(a: int = 1, *b, **c) -> x.y:\n  '''é😀'''\n  return a not in b, a is not c # note\n",
    `x = '${"long ".repeat(80)}'\n${" ".repeat(300)}# far\ny = """\n${"\n".repeat(20)}"""\n`,
    "if a:\n  b\nelif c: d\nelse:\n  e\n@d\nclass A(B, k=1):\n  async def m(self): await f'{x!r:>{y}}'\n",
    "foo(a b, , c=)\nif x y:\n  z.\n\nclass (A:\n def\n", "x = (1,\ndef f(:\n  [", "with (a as b, c): print x\nmatch p:\n  case A(b, c=d) | [*e]: pass\n",
  ],
  typescript: ["", "// c\n", "const a: B<C> = async (x?: number) => x?.y!.z ?? `é😀${x}`;\nclass A { @d m() {} }\n", "let x = ;\nfoo(a b\nclass {", "a = [1,\n"],
  tsx: ["", "// c\n", "const a = <B c={d}>é😀 {e}</B>;\n", "let x = <a;\nfoo(a b\nclass {"],
};

/** A reader of finished trees, or undefined when a probe shows any difference from the cursor. */
export function createMemoryReader(
  memory: RuntimeMemory, language: Language, grammar: Grammar, parse: (text: string) => Tree,
): ((tree: Tree) => FlatTree) | undefined {
  const tables = readLanguage(memory, language, grammar);
  if (!tables) return undefined;
  const frames: Frames = { child: [], remaining: [], structural: [], production: [], field: [], index: [] };
  for (const text of PROBES[grammar.name]) {
    const tree = parse(text);
    try {
      const read = readTree(memory, tree, grammar, tables, frames);
      if (!read || !sameTree(read, flattenWithCursor(tree, grammar))) return undefined;
    } finally {
      tree.delete();
    }
  }
  return (tree) => readTree(memory, tree, grammar, tables, frames) ?? flattenWithCursor(tree, grammar);
}

/** Whether two flat trees hold the same nodes. */
export function sameTree(a: FlatTree, b: FlatTree): boolean {
  if (a.count !== b.count || a.errors.length !== b.errors.length) return false;
  for (let node = 0; node < a.count; node++) {
    if (
      a.kind[node] !== b.kind[node] || a.start[node] !== b.start[node] || a.end[node] !== b.end[node] || a.next[node] !== b.next[node]
      || a.field[node] !== b.field[node] || a.named[node] !== b.named[node]
    ) return false;
  }
  return a.errors.every((error, index) => error.start === b.errors[index].start && error.end === b.errors[index].end);
}

/** The address that a runtime object keeps under its first index. */
function addressOf(object: Tree | Language): number {
  const address = (object as unknown as Record<number, unknown>)[0];
  return typeof address === "number" ? address : 0;
}

function readLanguage(memory: RuntimeMemory, language: Language, grammar: Grammar): LanguageTables | undefined {
  const bytes = memory.HEAPU8;
  const address = addressOf(language);
  if (!bytes || address === 0) return undefined;
  const view = new DataView(bytes.buffer);
  const word = (at: number): number => view.getUint32(address + at, true);
  // Aliases have ids after those of the grammar's own symbols.
  const symbolCount = word(LANGUAGE.symbolCount) + word(LANGUAGE.aliasCount);
  const productionCount = word(LANGUAGE.productionCount);
  const aliasLength = view.getUint16(address + LANGUAGE.aliasLength, true);
  const errorKind = grammar.kinds.length - 1;
  if (symbolCount !== errorKind || word(LANGUAGE.fieldCount) !== grammar.fields.length - 1 || productionCount > 0xffff) return undefined;
  const lastByte = Math.max(
    word(LANGUAGE.publicSymbols) + symbolCount * 2, word(LANGUAGE.aliases) + productionCount * aliasLength * 2,
    word(LANGUAGE.fieldSlices) + productionCount * 4,
  );
  if (lastByte > bytes.length) return undefined;
  const shorts = (at: number, count: number): Uint16Array => Uint16Array.from({ length: count }, (_, index) => view.getUint16(at + index * 2, true));
  const fields = new Uint8Array(productionCount * FIELD_STRIDE);
  for (let production = 0; production < productionCount; production++) {
    const slice = word(LANGUAGE.fieldSlices) + production * 4;
    const first = view.getUint16(slice, true);
    const length = view.getUint16(slice + 2, true);
    // The first entry wins, so it is written last. Entries: field id (2 bytes), child index, whether it is inherited.
    for (let entry = first + length - 1; entry >= first; entry--) {
      const at = word(LANGUAGE.fieldEntries) + entry * 4;
      if (at + 4 > bytes.length) return undefined;
      if (view.getUint8(at + 3) === 0) fields[production * FIELD_STRIDE + view.getUint8(at + 2)] = view.getUint16(at, true);
    }
  }
  const namedKinds = new Uint8Array(grammar.kinds.length);
  for (let kind = 0; kind < errorKind; kind++) namedKinds[kind] = language.nodeTypeIsNamed(kind) ? 1 : 0;
  namedKinds[errorKind] = 1;
  return {
    publicSymbols: shorts(word(LANGUAGE.publicSymbols), symbolCount),
    aliases: shorts(word(LANGUAGE.aliases), productionCount * aliasLength),
    aliasLength,
    fields,
    namedKinds,
  };
}

/** One pass over the subtrees, hidden ones included; undefined when the tree does not hold as many nodes as it says. */
function readTree(memory: RuntimeMemory, tree: Tree, grammar: Grammar, tables: LanguageTables, frames: Frames): FlatTree | undefined {
  if (!memory.HEAPU8) return undefined;
  const buffer = memory.HEAPU8.buffer;
  const bytes = new Uint8Array(buffer);
  const shorts = new Uint16Array(buffer);
  const words = new Uint32Array(buffer);
  const { publicSymbols, aliases, aliasLength, fields, namedKinds } = tables;
  const errorKind = grammar.kinds.length - 1;
  const root = words[addressOf(tree) >> 2];
  // A root is never inline: it always has the end of the file for a child.
  if ((root & INLINE_BIT.inline) !== 0 || root === 0) return undefined;
  const rootChildren = words[(root + HEAP.childCount) >> 2];
  const total = rootChildren === 0 ? 1 : words[(root + HEAP.visibleDescendants) >> 2] + 1;
  if (total > bytes.length / CHILD_SIZE) return undefined;
  const kind = new Uint16Array(total);
  const start = new Uint32Array(total);
  const end = new Uint32Array(total);
  const next = new Uint32Array(total);
  const field = new Uint8Array(total);
  const named = new Uint8Array(total);
  const errors: Span[] = [];

  const rootSymbol = shorts[(root + HEAP.symbol) >> 1];
  kind[0] = rootSymbol === RUNTIME_ERROR ? errorKind : publicSymbols[rootSymbol];
  named[0] = namedKinds[kind[0]];
  // Positions are bytes of UTF-16.
  let position = words[(root + HEAP.padding) >> 2];
  start[0] = position >> 1;
  end[0] = (position + words[(root + HEAP.size) >> 2]) >> 1;
  if (kind[0] === errorKind) errors.push({ start: start[0], end: end[0] });
  let count = 1;

  let top = 0;
  let child = root - rootChildren * CHILD_SIZE;
  let remaining = rootChildren;
  let structural = 0;
  let production = rootChildren === 0 ? 0 : shorts[(root + HEAP.production) >> 1];
  let parentField = 0;
  let index = 0;
  let isFirst = true;
  for (;;) {
    if (remaining === 0) {
      if (index >= 0) next[index] = count;
      if (top === 0) break;
      top--;
      child = frames.child[top];
      remaining = frames.remaining[top];
      structural = frames.structural[top];
      production = frames.production[top];
      parentField = frames.field[top];
      index = frames.index[top];
      isFirst = false;
      continue;
    }
    remaining--;
    const data = words[child >> 2];
    const isInline = (data & INLINE_BIT.inline) !== 0;
    let symbol: number;
    let padding: number;
    let size: number;
    let isVisible: boolean;
    let isExtra: boolean;
    let isMissing: boolean;
    let children = 0;
    if (isInline) {
      symbol = (data >>> 8) & 0xff;
      padding = bytes[child + 6];
      size = bytes[child + 7];
      isVisible = (data & INLINE_BIT.visible) !== 0;
      isExtra = (data & INLINE_BIT.extra) !== 0;
      isMissing = (data & INLINE_BIT.missing) !== 0;
    } else {
      symbol = shorts[(data + HEAP.symbol) >> 1];
      padding = words[(data + HEAP.padding) >> 2];
      size = words[(data + HEAP.size) >> 2];
      const bits = bytes[data + HEAP.bits];
      isVisible = (bits & HEAP_BIT.visible) !== 0;
      isExtra = (bits & HEAP_BIT.extra) !== 0;
      isMissing = (bytes[data + HEAP.moreBits] & HEAP_MORE_BIT.missing) !== 0;
      children = words[(data + HEAP.childCount) >> 2];
    }
    child += CHILD_SIZE;
    // A node's padding is that of its first child, so the position already accounts for it there.
    if (isFirst) isFirst = false;
    else position += padding;
    let ownField = 0;
    if (!isExtra) {
      const alias = production === 0 ? 0 : aliases[production * aliasLength + structural];
      if (structural < FIELD_STRIDE) ownField = fields[production * FIELD_STRIDE + structural];
      if (ownField === 0) ownField = parentField;
      if (alias !== 0) {
        symbol = alias;
        isVisible = true;
      }
      structural++;
    }
    let own = -1;
    if (isVisible) {
      if (count === total) return undefined;
      own = count++;
      const type = symbol === RUNTIME_ERROR ? errorKind : publicSymbols[symbol];
      kind[own] = type;
      named[own] = namedKinds[type];
      field[own] = ownField;
      start[own] = position >> 1;
      end[own] = (position + size) >> 1;
      if (type === errorKind || isMissing) errors.push({ start: position >> 1, end: (position + size) >> 1 });
    }
    if (children === 0) {
      position += size;
      if (own >= 0) next[own] = count;
      continue;
    }
    frames.child[top] = child;
    frames.remaining[top] = remaining;
    frames.structural[top] = structural;
    frames.production[top] = production;
    frames.field[top] = parentField;
    frames.index[top] = index;
    top++;
    child = data - children * CHILD_SIZE;
    remaining = children;
    structural = 0;
    production = shorts[(data + HEAP.production) >> 1];
    parentField = isVisible ? 0 : ownField;
    index = own;
    isFirst = true;
  }
  return count === total ? { grammar, count, kind, start, end, next, field, named, errors } : undefined;
}
