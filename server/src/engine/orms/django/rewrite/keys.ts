import type { RelationRead } from "../../../flow";
import type { FixProposal } from "../../../rule";
import type { Location } from "../../../source";
import { EditSet, replacement } from "./edit-set";
import type { SourceText } from "./source-text";

/** `order.customer.id` → `order.customer_id`; `if order.customer` → `if order.customer_id`. */
export function readKeyColumn(read: RelationRead): FixProposal | undefined {
  const { column, name } = read.relation;
  if (!read.keyOnly || column === undefined) return undefined;
  return {
    title: `Read \`${column}\` instead`,
    safety: "safe",
    preferred: true,
    build(text) {
      const edits = new EditSet(text);
      const source = edits.source(read.at.uri);
      const found = source && relationIn(source, read.at, name);
      if (!found) return undefined;
      if (read.keyOnly === "truth") edits.add(read.at.uri, replacement(found.start, found.end, column));
      else {
        const key = /^(\s*\.\s*)[\p{L}_][\p{L}\p{N}_]*(?!\s*\()(?![\p{L}\p{N}_])/u.exec(source.text.slice(found.end, found.end + 200));
        if (!key) return undefined;
        edits.add(read.at.uri, replacement(found.start, found.end + key[0].length, column));
      }
      return edits.finish();
    },
  };
}

/** The place of the relation's name: the last one in the expression, or the one before the key at its end. */
function relationIn(source: SourceText, at: Location, name: string): { readonly start: number; readonly end: number } | undefined {
  if (!source.holds(at.span)) return undefined;
  const text = source.slice(at.span);
  const match = new RegExp(`\\.\\s*${name}$`).exec(text) ?? new RegExp(`\\.\\s*${name}(?=\\s*\\.\\s*\\w+$)`).exec(text);
  if (!match) return undefined;
  const end = at.span.start + match.index + match[0].length;
  return { start: end - name.length, end };
}

/**
 * `name__icontains` → `name__istartswith`: changes the lookup of one condition; an empty or "exact" one is left out. Other rows
 * are found by it, so it is never applied without being chosen.
 */
export function changeLookup(at: Location, from: string, to: string, title: string): FixProposal | undefined {
  if (from === to) return undefined;
  return {
    title,
    safety: "sketch",
    build(text) {
      const edits = new EditSet(text);
      const source = edits.source(at.uri);
      if (!source?.holds(at.span)) return undefined;
      const suffix = to === "" || to === "exact" ? "" : `__${to}`;
      const name = new RegExp(`^(\\s*["']?(?:\\w+?__)*?\\w+?)${from === "exact" ? "(__exact)?" : `(__${from})`}(?=\\s*=(?!=)|["'])`).exec(source.slice(at.span));
      if (!name) return undefined;
      const start = at.span.start + name[1].length;
      edits.add(at.uri, replacement(start, start + (name[2]?.length ?? 0), suffix));
      return edits.finish();
    },
  };
}
