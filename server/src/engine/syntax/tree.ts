import type { Span } from "../source";

/** The grammars that can be parsed. */
export type GrammarName = "python" | "typescript" | "tsx";

/** Names of a grammar's node kinds and fields, by the ids that `FlatTree` holds. */
export interface Grammar {
  readonly name: GrammarName;
  readonly kinds: readonly string[];
  /** Index 0 is "": no field. */
  readonly fields: readonly string[];
}

/**
 * A syntax tree as pre-order typed arrays: node 0 is the root, `i + 1` is the first child of `i` unless `next[i] === i + 1`,
 * and `next[i]` is the first node after the subtree of `i`. Extras (comments) and anonymous tokens are included.
 */
export interface FlatTree {
  readonly grammar: Grammar;
  readonly count: number;
  readonly kind: Uint16Array;
  readonly start: Uint32Array;
  readonly end: Uint32Array;
  readonly next: Uint32Array;
  readonly field: Uint8Array;
  readonly named: Uint8Array;
  /** Spans of ERROR and MISSING nodes. */
  readonly errors: readonly Span[];
}
