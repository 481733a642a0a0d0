import type { Span } from "../source";
import type { FlatTree, Grammar } from "./tree";

/** The id of ERROR nodes in the runtime. */
export const RUNTIME_ERROR = 0xffff;

/** Growing columns of a flat tree, for a reader that does not know the number of nodes beforehand. */
export interface TreeColumns {
  capacity: number;
  kind: Uint16Array;
  start: Uint32Array;
  end: Uint32Array;
  next: Uint32Array;
  field: Uint8Array;
  named: Uint8Array;
}

/** Empty columns with room for `capacity` nodes. */
export function createColumns(capacity: number): TreeColumns {
  return {
    capacity,
    kind: new Uint16Array(capacity),
    start: new Uint32Array(capacity),
    end: new Uint32Array(capacity),
    next: new Uint32Array(capacity),
    field: new Uint8Array(capacity),
    named: new Uint8Array(capacity),
  };
}

/** Doubles the room of `columns`, contents kept. */
export function growColumns(columns: TreeColumns): void {
  const larger = createColumns(columns.capacity * 2);
  larger.kind.set(columns.kind);
  larger.start.set(columns.start);
  larger.end.set(columns.end);
  larger.next.set(columns.next);
  larger.field.set(columns.field);
  larger.named.set(columns.named);
  Object.assign(columns, larger);
}

/** Copies the first `count` nodes out of `columns`. */
export function finishTree(columns: TreeColumns, count: number, grammar: Grammar, errors: readonly Span[]): FlatTree {
  return {
    grammar,
    count,
    kind: columns.kind.slice(0, count),
    start: columns.start.slice(0, count),
    end: columns.end.slice(0, count),
    next: columns.next.slice(0, count),
    field: columns.field.slice(0, count),
    named: columns.named.slice(0, count),
    errors,
  };
}
