import type { Tree } from "web-tree-sitter";
import type { Span } from "../source";
import { createColumns, finishTree, growColumns, RUNTIME_ERROR } from "./builder";
import type { FlatTree, Grammar } from "./tree";

/** An anonymous node this short has no children: those that have some are aliases such as `not in`, of which a word may be missing. */
const LONGEST_PLAIN_TOKEN = 1;

/** Reads a finished tree through the public cursor, in one pass and without recursion: a tree may be deeper than the stack. */
export function flattenWithCursor(tree: Tree, grammar: Grammar): FlatTree {
  const errorKind = grammar.kinds.length - 1;
  const language = tree.language;
  const namedKinds = new Uint8Array(grammar.kinds.length);
  for (let kind = 0; kind < errorKind; kind++) namedKinds[kind] = language.nodeTypeIsNamed(kind) ? 1 : 0;
  namedKinds[errorKind] = 1;
  const columns = createColumns(4096);
  const errors: Span[] = [];
  const ancestors: number[] = [];
  const cursor = tree.walk();
  let count = 0;
  try {
    for (;;) {
      if (count === columns.capacity) growColumns(columns);
      const index = count++;
      const type = cursor.nodeTypeId;
      const kind = type === RUNTIME_ERROR ? errorKind : type;
      const start = cursor.startIndex;
      const end = cursor.endIndex;
      columns.kind[index] = kind;
      columns.start[index] = start;
      columns.end[index] = end;
      columns.field[index] = cursor.currentFieldId;
      columns.named[index] = namedKinds[kind];
      if (kind === errorKind || (start === end && cursor.nodeIsMissing)) errors.push({ start, end });
      if ((namedKinds[kind] || end - start > LONGEST_PLAIN_TOKEN) && cursor.gotoFirstChild()) {
        ancestors.push(index);
        continue;
      }
      columns.next[index] = count;
      while (!cursor.gotoNextSibling()) {
        const parent = ancestors.pop();
        if (parent === undefined) return finishTree(columns, count, grammar, errors);
        cursor.gotoParent();
        columns.next[parent] = count;
      }
    }
  } finally {
    cursor.delete();
  }
}
