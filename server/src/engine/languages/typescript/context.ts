import type { AttributeDeclaration, Expression, FunctionDeclaration, Statement } from "../../facts";
import {
  lowerNode, SharedRole, TreeLowering, type LowerExpression as LowerExpressionOf, type LowerStatement as LowerStatementOf, type TreeScope,
} from "../tree-sitter";
import type { Tag } from "./typed-tags";

/** What a kind of node means where nodes are told apart one by one. By kind id in `Lowering.roles`. */
export const Role = {
  ...SharedRole,
  star: 5,
  comma: 6,
  decorator: 7,
  async: 8,
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

/** The fields that lowering asks for. */
export const FIELDS = [
  "object", "property", "function", "arguments", "type_arguments", "constructor", "left", "right", "operator", "argument", "body", "name", "parameters", "parameter",
  "return_type", "type", "condition", "consequence", "alternative", "initializer", "increment", "value", "key", "index", "pattern", "declaration", "source", "alias",
  "handler", "finalizer", "label", "open_tag", "close_tag", "attribute", "module", "kind",
] as const;

type Field = (typeof FIELDS)[number];

export type LowerExpression = LowerExpressionOf<Lowering>;
export type LowerStatement = LowerStatementOf<Lowering>;

/** What is declared in the module, class or function that is being lowered. */
export interface Scope extends TreeScope {
  readonly kind: "module" | "class" | "function";
  readonly types: AttributeDeclaration[];
  /** Functions without a body; they count where no implementation follows. */
  readonly signatures: FunctionDeclaration[];
  /** Names that are bound by declarations, and those that something is assigned to: what is left over belongs to a scope around. */
  readonly declared: Set<string>;
  readonly assigned: Set<string>;
  /** How many functions were written as expressions so far. */
  closures: number;
}

/** The export statement around a declaration. */
export interface Whole {
  readonly start: number;
  readonly end: number;
  readonly decorators: readonly Expression[];
}

/** One lowering under way. */
export class Lowering extends TreeLowering<Lowering, Field> {
  readonly closures: FunctionDeclaration[] = [];
  readonly exports = new Set<string>();
  readonly renames: { readonly exported: string; readonly local: string }[] = [];
  /** Tags of templates that the grammar did not recognise as such, by the template's node. */
  readonly tags = new Map<number, Tag>();
  /** Start of an `await` that the grammar took for a part of what it awaits, until the whole of that is lowered; else -1. */
  liftedAwait = -1;
  /** Offsets of missing nodes that lowering knows better than the parser. */
  readonly forgiven = new Set<number>();
  scope: Scope = createScope("module", "");
  /** Function declarations of the current block: they are there before its first statement. */
  hoisted: Statement[] = [];
  /** A `break` without a label ends a `switch`, not a loop. */
  inSwitch = false;
  /** Label of the statement that is about to be lowered, and of the innermost loop. */
  label: string | undefined;
  loopLabel: string | undefined;
  /** Taken by the declaration that is lowered next. */
  whole: Whole | undefined;
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

/** Lowers any node that stands where an expression is expected. */
export function lowerExpression(c: Lowering, node: number): Expression {
  const operand = lowerLink(c, node);
  const start = c.liftedAwait;
  if (start < 0) return operand;
  c.liftedAwait = -1;
  return { kind: "await", start, end: operand.end, operand };
}

/** Lowers what a call, member or subscript starts with: an `await` in there that does not belong there stays in `liftedAwait`. */
export const lowerLink: LowerExpression = lowerNode;
