import type {
  AttributeDeclaration, ClassDeclaration, Expression, FunctionDeclaration, ImportDeclaration, Opaque, Statement,
} from "../../facts";
import type { FlatTree } from "../../syntax";

/**
 * How deep expressions and statements may nest, together; what lies deeper is opaque without parts. Everything that reads facts
 * recurses over them, so the limit keeps generated code (20,000 nested parentheses) off every stack.
 */
export const DEPTH_LIMIT = 500;

/** What a kind of node means where nodes are told apart one by one. By kind id in `Lowering.roles`. */
export const Role = {
  other: 0,
  /** Comments and line continuations: they may stand anywhere. */
  extra: 1,
  error: 2,
  block: 3,
  async: 4,
  comma: 5,
  colon: 6,
  from: 7,
  keywordArgument: 8,
  listSplat: 9,
  dictionarySplat: 10,
  generator: 11,
  pair: 12,
  forInClause: 13,
  ifClause: 14,
  elifClause: 15,
  elseClause: 16,
  exceptClause: 17,
  finallyClause: 18,
  caseClause: 19,
  withItem: 20,
  decorator: 21,
  functionDefinition: 22,
  classDefinition: 23,
  parenthesized: 24,
  asPattern: 25,
  classPattern: 26,
  splatPattern: 27,
  dottedName: 28,
  identifier: 29,
  assignment: 30,
  augmentedAssignment: 31,
  tuple: 32,
  interpolation: 34,
  stringStart: 35,
  stringEnd: 36,
  defaultParameter: 39,
  typedParameter: 40,
  listSplatPattern: 41,
  dictionarySplatPattern: 42,
  separator: 43,
  tuplePattern: 44,
  aliasedImport: 45,
  wildcardImport: 46,
  importPrefix: 47,
  relativeImport: 48,
  typeParameter: 49,
  equals: 50,
  casePattern: 51,
  unionPattern: 52,
} as const;

/** Ids of the fields that lowering asks for; 255 for a field that a grammar does not have. */
export type FieldIds = Readonly<Record<
  | "object" | "attribute" | "function" | "arguments" | "value" | "subscript" | "left" | "right" | "operator" | "operators" | "argument"
  | "body" | "name" | "parameters" | "type" | "return_type" | "condition" | "consequence" | "alternative" | "superclasses" | "definition"
  | "alias" | "module_name" | "subject" | "guard" | "cause" | "key" | "expression" | "format_specifier",
  number
>>;

export type LowerExpression = (c: Lowering, node: number) => Expression;
/** Adds the statements of a node to `out`: none for what has no meaning here, several for what an error left over. */
export type LowerStatement = (c: Lowering, node: number, out: Statement[]) => void;

/** What a grammar's kinds mean, by kind id. */
export interface KindTables {
  readonly expressions: readonly (LowerExpression | undefined)[];
  readonly statements: readonly (LowerStatement | undefined)[];
  readonly roles: Uint8Array;
  readonly fields: FieldIds;
}

/** What is declared in the module, class or function that is being lowered. */
export interface Scope {
  readonly kind: "module" | "class" | "function" | "lambda";
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

/** One lowering under way: the tree's columns, the tables of its grammar and what was found so far. */
export interface Lowering extends KindTables {
  readonly text: string;
  readonly kinds: readonly string[];
  readonly kind: Uint16Array;
  readonly start: Uint32Array;
  readonly end: Uint32Array;
  readonly next: Uint32Array;
  readonly field: Uint8Array;
  readonly named: Uint8Array;
  readonly bodies: Record<string, readonly Statement[]>;
  readonly functionIds: Map<string, number>;
  readonly classIds: Map<string, number>;
  /** Every name once; see `nameText`. */
  readonly names: Record<string, string>;
  /** Whether the parser read everything: then nobody needs to look for errors. */
  readonly isWhole: boolean;
  scope: Scope;
  depth: number;
  /** Inside `if TYPE_CHECKING:`. */
  typeOnly: boolean;
  /** How many comparison chains were lowered; their middle operands stand in the facts twice. */
  chains: number;
}

/** A lowering of `tree` that is about to start, in the scope of the module. */
export function startLowering(tree: FlatTree, text: string, tables: KindTables): Lowering {
  // Property by property: what is spread into a literal makes an object that is slow to read.
  return {
    expressions: tables.expressions,
    statements: tables.statements,
    roles: tables.roles,
    fields: tables.fields,
    text,
    kinds: tree.grammar.kinds,
    kind: tree.kind,
    start: tree.start,
    end: tree.end,
    next: tree.next,
    field: tree.field,
    named: tree.named,
    // Without a prototype: Python functions may be called `constructor` or `__proto__`.
    bodies: Object.create(null) as Record<string, readonly Statement[]>,
    functionIds: new Map(),
    classIds: new Map(),
    names: Object.create(null) as Record<string, string>,
    isWhole: tree.errors.length === 0,
    scope: createScope("module", ""),
    depth: 0,
    typeOnly: false,
    chains: 0,
  };
}

/** An empty scope. */
export function createScope(kind: Scope["kind"], prefix: string): Scope {
  return { kind, prefix, functions: [], classes: [], values: [], imports: [], hasYield: false, loops: 0 };
}

/**
 * The text of a name. Asking a dictionary copies the name out of the file, so that facts do not keep whole files in memory, and
 * makes equal names identical.
 */
export function nameText(c: Lowering, node: number): string {
  const text = c.text.slice(c.start[node], c.end[node]);
  return (c.names[text] ??= text);
}

/** The first child of `node` in `field`, or -1. */
export function childIn(c: Lowering, node: number, field: number): number {
  const stop = c.next[node];
  for (let child = node + 1; child < stop; child = c.next[child]) if (c.field[child] === field) return child;
  return -1;
}

/** The first child with `role`, or -1. */
export function childWithRole(c: Lowering, node: number, role: number): number {
  const stop = c.next[node];
  for (let child = node + 1; child < stop; child = c.next[child]) if (c.roles[c.kind[child]] === role) return child;
  return -1;
}

/** The first named child that is neither a comment nor an error, or -1. */
export function firstNamedChild(c: Lowering, node: number): number {
  const stop = c.next[node];
  for (let child = node + 1; child < stop; child = c.next[child]) if (isPart(c, child)) return child;
  return -1;
}

/** Whether a node is named and neither a comment nor an error. */
export function isPart(c: Lowering, node: number): boolean {
  if (c.named[node] === 0) return false;
  const role = c.roles[c.kind[node]];
  return role !== Role.extra && role !== Role.error;
}

/** Whether something the parser could not read lies directly under `node`. */
export function hasErrorChild(c: Lowering, node: number): boolean {
  return !c.isWhole && childWithRole(c, node, Role.error) >= 0;
}

/** An opaque expression over the span of `node`. */
export function opaque(c: Lowering, node: number, parts: readonly Expression[]): Opaque {
  return { kind: "opaque", start: c.start[node], end: c.end[node], parts };
}

/** Lowers any node that stands where an expression is expected. */
export function lowerExpression(c: Lowering, node: number): Expression {
  const lower = c.named[node] === 1 ? c.expressions[c.kind[node]] : undefined;
  // The parser inserts nodes without width for what is missing.
  if (lower === undefined || c.start[node] === c.end[node]) return opaque(c, node, partsOf(c, node));
  if (c.depth >= DEPTH_LIMIT) return opaque(c, node, []);
  c.depth++;
  const expression = lower(c, node);
  c.depth--;
  return expression;
}

/** An opaque expression of everything under `node` that can be evaluated. */
export function lowerOpaque(c: Lowering, node: number): Opaque {
  return opaque(c, node, partsOf(c, node));
}

/** The expressions under `node`, in order. */
export function partsOf(c: Lowering, node: number): Expression[] {
  const parts: Expression[] = [];
  addParts(c, node, parts);
  return parts;
}

/** Adds the outermost expressions under `node` to `parts`. */
export function addParts(c: Lowering, node: number, parts: Expression[]): void {
  if (c.depth >= DEPTH_LIMIT) return;
  c.depth++;
  const stop = c.next[node];
  for (let child = node + 1; child < stop; child = c.next[child]) {
    if (c.named[child] === 0 || c.roles[c.kind[child]] === Role.extra || c.start[child] === c.end[child]) continue;
    if (c.roles[c.kind[child]] !== Role.error && c.expressions[c.kind[child]] !== undefined) parts.push(lowerExpression(c, child));
    else addParts(c, child, parts);
  }
  c.depth--;
}
