import type {
  AttributeDeclaration, ClassDeclaration, Expression, FunctionDeclaration, ImportDeclaration, Opaque, Statement,
} from "../../facts";
import type { FlatTree } from "../../syntax";
import type { Tag } from "./typed-tags";

/**
 * How deep expressions and statements may nest, together; what lies deeper is opaque without parts. Everything that reads facts
 * recurses over them, so the limit keeps generated code off every stack.
 */
export const DEPTH_LIMIT = 500;

/** What a kind of node means where nodes are told apart one by one. By kind id in `Lowering.roles`. */
export const Role = {
  other: 0,
  /** Comments: they may stand anywhere. */
  extra: 1,
  error: 2,
  block: 3,
  async: 4,
  star: 5,
  comma: 6,
  decorator: 7,
  parenthesized: 8,
  spread: 9,
  /** `?.` as a token of its own or as the node that the grammar wraps it in. */
  optionalChain: 10,
  typeArguments: 11,
  templateString: 12,
  substitution: 13,
  get: 14,
  set: 15,
  static: 16,
  /** `readonly`, `private`, `public`, `protected`, `override`: they make a constructor's parameter a property. */
  propertyModifier: 17,
  questionMark: 18,
  typeToken: 19,
  default: 20,
  equals: 21,
  using: 22,
  awaitToken: 23,
  arrowFunction: 24,
  functionExpression: 25,
  classExpression: 26,
  classDeclaration: 27,
  identifier: 28,
  objectPattern: 29,
  arrayPattern: 30,
  restPattern: 31,
  assignmentPattern: 32,
  objectAssignmentPattern: 33,
  pairPattern: 34,
  shorthandPattern: 35,
  pair: 36,
  shorthand: 37,
  method: 38,
  /** Signatures without a body, of classes and interfaces. */
  methodSignature: 39,
  field: 40,
  propertySignature: 41,
  staticBlock: 42,
  computedName: 43,
  string: 44,
  assignment: 45,
  augmentedAssignment: 46,
  update: 47,
  unary: 48,
  sequence: 49,
  await: 50,
  declarator: 51,
  cast: 52,
  nonNull: 53,
  instantiation: 54,
  call: 55,
  member: 56,
  exportClause: 57,
  exportSpecifier: 58,
  namespaceExport: 59,
  importClause: 60,
  namedImports: 61,
  importSpecifier: 62,
  namespaceImport: 63,
  importRequire: 64,
  extendsClause: 65,
  implementsClause: 66,
  extendsTypeClause: 67,
  classHeritage: 68,
  ofOperator: 69,
  switchCase: 70,
  switchDefault: 71,
  elseClause: 72,
  jsxElement: 73,
  jsxAttribute: 74,
  jsxExpression: 75,
  jsxClosing: 76,
  fragment: 77,
  escape: 78,
  enumAssignment: 79,
  this: 80,
  emptyStatement: 81,
  indexSignature: 82,
  const: 83,
  nestedIdentifier: 84,
  parameter: 85,
  binary: 86,
  importKeyword: 88,
  subscript: 87,
} as const;

/** Ids of the fields that lowering asks for; 255 for a field that a grammar does not have. */
export type FieldIds = Readonly<Record<
  | "object" | "property" | "function" | "arguments" | "type_arguments" | "constructor" | "left" | "right" | "operator" | "argument" | "body" | "name"
  | "parameters" | "parameter" | "return_type" | "type" | "condition" | "consequence" | "alternative" | "initializer" | "increment" | "value" | "key" | "index"
  | "pattern" | "declaration" | "source" | "alias" | "handler" | "finalizer" | "label" | "open_tag" | "close_tag" | "attribute" | "module" | "kind",
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
  readonly kind: "module" | "class" | "function";
  /** What ids of definitions inside start with: empty, or ending in a dot. */
  readonly prefix: string;
  readonly functions: FunctionDeclaration[];
  readonly classes: ClassDeclaration[];
  readonly values: AttributeDeclaration[];
  readonly imports: ImportDeclaration[];
  readonly types: AttributeDeclaration[];
  /** Functions without a body; they count where no implementation follows. */
  readonly signatures: FunctionDeclaration[];
  /** Names that are bound by declarations, and those that something is assigned to: what is left over belongs to a scope around. */
  readonly declared: Set<string>;
  readonly assigned: Set<string>;
  hasYield: boolean;
  /** Loops around the current statement: what is assigned there is no constant of the scope. */
  loops: number;
  /** How many functions were written as expressions so far. */
  closures: number;
}

/** The export statement around a declaration. */
export interface Whole {
  readonly start: number;
  readonly end: number;
  readonly decorators: readonly Expression[];
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
  readonly closures: FunctionDeclaration[];
  readonly exports: Set<string>;
  readonly renames: { readonly exported: string; readonly local: string }[];
  /** Tags of templates that the grammar did not recognise as such, by the template's node. */
  readonly tags: Map<number, Tag>;
  /** Start of an `await` that the grammar took for a part of what it awaits, until the whole of that is lowered; else -1. */
  liftedAwait: number;
  /** Offsets of missing nodes that lowering knows better than the parser. */
  readonly forgiven: Set<number>;
  /** Every name once; see `nameText`. */
  readonly names: Record<string, string>;
  /** Whether the parser read everything: then nobody needs to look for errors. */
  readonly isWhole: boolean;
  scope: Scope;
  depth: number;
  /** Function declarations of the current block: they are there before its first statement. */
  hoisted: Statement[];
  /** A `break` without a label ends a `switch`, not a loop. */
  inSwitch: boolean;
  /** Label of the statement that is about to be lowered, and of the innermost loop. */
  label: string | undefined;
  loopLabel: string | undefined;
  /** Taken by the declaration that is lowered next. */
  whole: Whole | undefined;
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
    // Without a prototype: functions may be called `constructor` or `__proto__`.
    bodies: Object.create(null) as Record<string, readonly Statement[]>,
    functionIds: new Map(),
    classIds: new Map(),
    closures: [],
    exports: new Set(),
    renames: [],
    tags: new Map(),
    liftedAwait: -1,
    forgiven: new Set(),
    names: Object.create(null) as Record<string, string>,
    isWhole: tree.errors.length === 0,
    scope: createScope("module", ""),
    depth: 0,
    hoisted: [],
    inSwitch: false,
    label: undefined,
    loopLabel: undefined,
    whole: undefined,
  };
}

/** An empty scope. */
export function createScope(kind: Scope["kind"], prefix: string): Scope {
  return {
    kind, prefix, functions: [], classes: [], values: [], imports: [], types: [], signatures: [], declared: new Set(), assigned: new Set(),
    hasYield: false, loops: 0, closures: 0,
  };
}

/** The statement around `node` when it is exported, else `node` itself; nothing lowered later takes it again. */
export function takeWhole(c: Lowering, node: number): Whole {
  const whole = c.whole ?? { start: c.start[node], end: c.end[node], decorators: [] };
  c.whole = undefined;
  return whole;
}

/**
 * The text of a name. Asking a dictionary copies the name out of the file, so that facts do not keep whole files in memory, and
 * makes equal names identical.
 */
export function nameText(c: Lowering, node: number): string {
  return intern(c, c.text.slice(c.start[node], c.end[node]));
}

/** One copy of a text; see `nameText`. */
export function intern(c: Lowering, text: string): string {
  return (c.names[text] ??= text);
}

/** An id that no other definition of the file has. */
export function uniqueId(taken: Map<string, number>, id: string): string {
  const count = (taken.get(id) ?? 0) + 1;
  taken.set(id, count);
  return count === 1 ? id : `${id}#${count}`;
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

/** The last named child that is neither a comment nor an error, or -1. */
export function lastNamedChild(c: Lowering, node: number): number {
  let last = -1;
  const stop = c.next[node];
  for (let child = node + 1; child < stop; child = c.next[child]) if (isPart(c, child)) last = child;
  return last;
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

/** The node inside any parentheses around it. */
export function unparenthesized(c: Lowering, node: number): number {
  let inner = node;
  while (inner >= 0 && c.roles[c.kind[inner]] === Role.parenthesized && !hasErrorChild(c, inner)) {
    const child = firstNamedChild(c, inner);
    if (child < 0) return inner;
    inner = child;
  }
  return inner;
}

/** An opaque expression over the span of `node`. */
export function opaque(c: Lowering, node: number, parts: readonly Expression[]): Opaque {
  return { kind: "opaque", start: c.start[node], end: c.end[node], parts };
}

/** Lowers any node that stands where an expression is expected. */
export function lowerExpression(c: Lowering, node: number): Expression {
  const operand = lowerLink(c, node);
  const start = c.liftedAwait;
  if (start < 0) return operand;
  c.liftedAwait = -1;
  return { kind: "await", start, end: operand.end, operand };
}

/** Lowers what a call, member or subscript starts with: an `await` in there that does not belong there stays in `liftedAwait`. */
export function lowerLink(c: Lowering, node: number): Expression {
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
