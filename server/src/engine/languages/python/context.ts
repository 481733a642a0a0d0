import {
  lowerNode, SharedRole, TreeLowering, type LowerExpression as LowerExpressionOf, type LowerStatement as LowerStatementOf, type
  TreeScope,
} from "../tree-sitter";

/** What a kind of node means where nodes are told apart one by one. By kind id in `Lowering.roles`. */
export const Role = {
  ...SharedRole,
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
  async: 24,
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

/** The fields that lowering asks for. */
export const FIELDS = [
  "object", "attribute", "function", "arguments", "value", "subscript", "left", "right", "operator", "operators", "argument", "body",
  "name", "parameters", "type", "return_type", "condition", "consequence", "alternative", "superclasses", "definition", "alias",
  "module_name", "subject", "guard", "cause", "key", "expression", "format_specifier",
] as const;

type Field = (typeof FIELDS)[number];

export type LowerExpression = LowerExpressionOf<Lowering>;
export type LowerStatement = LowerStatementOf<Lowering>;

/** What is declared in the module, class or function that is being lowered. */
export interface Scope extends TreeScope {
  readonly kind: "module" | "class" | "function" | "lambda";
}

/** One lowering under way. */
export class Lowering extends TreeLowering<Lowering, Field> {
  scope: Scope = createScope("module", "");
  /** Inside `if TYPE_CHECKING:`. */
  typeOnly = false;
  /** How many comparison chains were lowered; their middle operands stand in the facts twice. */
  chains = 0;
}

/** An empty scope. */
export function createScope(kind: Scope["kind"], prefix: string): Scope {
  return { kind, prefix, functions: [], classes: [], values: [], imports: [], hasYield: false, loops: 0 };
}

/** Lowers any node that stands where an expression is expected. */
export const lowerExpression: LowerExpression = lowerNode;
