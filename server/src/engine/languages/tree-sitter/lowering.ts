import type { AttributeDeclaration, ClassDeclaration, Expression, FunctionDeclaration, ImportDeclaration, Statement } from "../../facts";
import type { FlatTree } from "../../syntax";

/**
 * How deep expressions and statements may nest, together; what lies deeper is opaque without parts. Everything that reads facts
 * recurses over them, so the limit keeps generated code (20,000 nested parentheses) off every stack.
 */
export const DEPTH_LIMIT = 500;

/** What kinds of nodes mean in every language; a language numbers its own from 5. By kind id in `TreeLowering.roles`. */
export const SharedRole = {
  other: 0,
  /** Comments and line continuations: they may stand anywhere. */
  extra: 1,
  error: 2,
  block: 3,
  parenthesized: 4,
} as const;

export type LowerExpression<C> = (c: C, node: number) => Expression;
/** Adds the statements of a node to `out`: none for what has no meaning here, several for what an error left over. */
export type LowerStatement<C> = (c: C, node: number, out: Statement[]) => void;

/** What a grammar's kinds mean, by kind id. */
export interface KindTables<C, Field extends string = string> {
  readonly expressions: readonly (LowerExpression<C> | undefined)[];
  readonly statements: readonly (LowerStatement<C> | undefined)[];
  readonly roles: Uint8Array;
  /** Ids of the fields that lowering asks for; 255 for a field that a grammar does not have. */
  readonly fields: Readonly<Record<Field, number>>;
  /** Lowers any node that stands where an expression is expected. */
  readonly lowerExpression: LowerExpression<C>;
  /** Adds the statements of a block or module. */
  readonly addBlock: LowerStatement<C>;
}

/** What is declared in the module, class or function that is being lowered. */
export interface TreeScope {
  /** What ids of definitions inside start with: empty, or ending in a dot. */
  readonly prefix: string;
  readonly functions: FunctionDeclaration[];
  readonly classes: ClassDeclaration[];
  readonly values: AttributeDeclaration[];
  readonly imports: ImportDeclaration[];
  hasYield: boolean;
  /** Loops around the current statement: what is assigned there is no constant of the scope. */
  loops: number;
}

/**
 * One lowering under way: the tree's columns, the tables of its grammar and what was found so far. `C` is the language's own. Columns are
 * declared and not defined: a field that starts undefined is slower to read.
 */
export abstract class TreeLowering<C, Field extends string = string> implements KindTables<C, Field> {
  declare readonly expressions: KindTables<C>["expressions"];
  declare readonly statements: KindTables<C>["statements"];
  declare readonly roles: Uint8Array;
  declare readonly fields: Readonly<Record<Field, number>>;
  declare readonly lowerExpression: LowerExpression<C>;
  declare readonly addBlock: LowerStatement<C>;
  declare readonly text: string;
  declare readonly kinds: readonly string[];
  declare readonly kind: FlatTree["kind"];
  declare readonly start: FlatTree["start"];
  declare readonly end: FlatTree["end"];
  declare readonly next: FlatTree["next"];
  declare readonly field: FlatTree["field"];
  declare readonly named: FlatTree["named"];
  /** Whether the parser read everything: then nobody needs to look for errors. */
  declare readonly isWhole: boolean;
  // Without a prototype: functions may be called `constructor` or `__proto__`.
  readonly bodies = Object.create(null) as Record<string, readonly Statement[]>;
  /** Every name once; see `nameText`. */
  readonly names = Object.create(null) as Record<string, string>;
  readonly functionIds = new Map<string, number>();
  readonly classIds = new Map<string, number>();
  depth = 0;
  abstract scope: TreeScope;

  constructor(tree: FlatTree, text: string, tables: KindTables<C, Field>) {
    this.expressions = tables.expressions;
    this.statements = tables.statements;
    this.roles = tables.roles;
    this.fields = tables.fields;
    this.lowerExpression = tables.lowerExpression;
    this.addBlock = tables.addBlock;
    this.text = text;
    this.kinds = tree.grammar.kinds;
    this.kind = tree.kind;
    this.start = tree.start;
    this.end = tree.end;
    this.next = tree.next;
    this.field = tree.field;
    this.named = tree.named;
    this.isWhole = tree.errors.length === 0;
  }
}

/** A lowering of any of the languages, where only nodes and names are asked for. */
export type AnyLowering = Pick<TreeLowering<never>, "text" | "kind" | "start" | "end" | "next" | "field" | "named" | "roles" | "names" | "isWhole">;

/**
 * The text of a name. Asking a dictionary copies the name out of the file, so that facts do not keep whole files in memory, and
 * makes equal names identical.
 */
export function nameText(c: AnyLowering, node: number): string {
  return intern(c, c.text.slice(c.start[node], c.end[node]));
}

/** One copy of a text; see `nameText`. */
export function intern(c: AnyLowering, text: string): string {
  return (c.names[text] ??= text);
}

/** An id that no other definition of the file has. */
export function uniqueId(taken: Map<string, number>, id: string): string {
  const count = (taken.get(id) ?? 0) + 1;
  taken.set(id, count);
  return count === 1 ? id : `${id}#${count}`;
}
