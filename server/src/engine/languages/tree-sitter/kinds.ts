import type { Grammar } from "../../syntax";
import type { KindTables, LowerExpression, LowerStatement } from "./lowering";

/** What a language's kinds mean, by name. */
export interface Kinds<C, Field extends string> {
  readonly roles: Readonly<Record<string, number>>;
  readonly fields: readonly Field[];
  readonly expressions: ReadonlyMap<string, LowerExpression<C>>;
  readonly statements: ReadonlyMap<string, LowerStatement<C>>;
  readonly lowerExpression: LowerExpression<C>;
  readonly addBlock: LowerStatement<C>;
}

/** What each kind and field of a grammar means, so that no name is compared per node. */
export function resolverOf<C, Field extends string>(kinds: Kinds<C, Field>): (grammar: Grammar) => KindTables<C, Field> {
  // A pure function of an unchanging grammar, remembered: for a small file it would cost a tenth of the parse.
  const resolved = new WeakMap<Grammar, KindTables<C, Field>>();
  return (grammar) => {
    const known = resolved.get(grammar);
    if (known) return known;
    const tables = resolveKinds(grammar, kinds);
    resolved.set(grammar, tables);
    return tables;
  };
}

function resolveKinds<C, Field extends string>(grammar: Grammar, kinds: Kinds<C, Field>): KindTables<C, Field> {
  const roles = new Uint8Array(grammar.kinds.length);
  grammar.kinds.forEach((kind, id) => {
    if (Object.hasOwn(kinds.roles, kind)) roles[id] = kinds.roles[kind];
  });
  return {
    roles,
    fields: Object.fromEntries(kinds.fields.map((name) => [name, fieldId(grammar, name)])) as Record<Field, number>,
    expressions: grammar.kinds.map((kind) => kinds.expressions.get(kind)),
    statements: grammar.kinds.map((kind) => kinds.statements.get(kind)),
    lowerExpression: kinds.lowerExpression,
    addBlock: kinds.addBlock,
  };
}

function fieldId(grammar: Grammar, name: string): number {
  const id = grammar.fields.indexOf(name);
  return id < 0 ? 255 : id;
}
