import type { Grammar } from "../../syntax";
import { Role, type FieldIds, type KindTables } from "./context";
import { EXPRESSIONS } from "./expressions";
import { STATEMENTS } from "./statements";

const ROLES: Readonly<Record<string, number>> = {
  comment: Role.extra,
  html_comment: Role.extra,
  hash_bang_line: Role.extra,
  ERROR: Role.error,
  // The root holds statements like any block.
  program: Role.block,
  statement_block: Role.block,
  async: Role.async,
  "*": Role.star,
  ",": Role.comma,
  decorator: Role.decorator,
  parenthesized_expression: Role.parenthesized,
  spread_element: Role.spread,
  "?.": Role.optionalChain,
  optional_chain: Role.optionalChain,
  type_arguments: Role.typeArguments,
  template_string: Role.templateString,
  template_substitution: Role.substitution,
  get: Role.get,
  set: Role.set,
  static: Role.static,
  readonly: Role.propertyModifier,
  accessibility_modifier: Role.propertyModifier,
  override_modifier: Role.propertyModifier,
  "?": Role.questionMark,
  type: Role.typeToken,
  default: Role.default,
  "=": Role.equals,
  using: Role.using,
  await: Role.awaitToken,
  arrow_function: Role.arrowFunction,
  function_expression: Role.functionExpression,
  generator_function: Role.functionExpression,
  class: Role.classExpression,
  class_declaration: Role.classDeclaration,
  abstract_class_declaration: Role.classDeclaration,
  identifier: Role.identifier,
  object_pattern: Role.objectPattern,
  array_pattern: Role.arrayPattern,
  rest_pattern: Role.restPattern,
  assignment_pattern: Role.assignmentPattern,
  object_assignment_pattern: Role.objectAssignmentPattern,
  pair_pattern: Role.pairPattern,
  shorthand_property_identifier_pattern: Role.shorthandPattern,
  pair: Role.pair,
  shorthand_property_identifier: Role.shorthand,
  method_definition: Role.method,
  method_signature: Role.methodSignature,
  abstract_method_signature: Role.methodSignature,
  public_field_definition: Role.field,
  property_signature: Role.propertySignature,
  class_static_block: Role.staticBlock,
  computed_property_name: Role.computedName,
  string: Role.string,
  assignment_expression: Role.assignment,
  augmented_assignment_expression: Role.augmentedAssignment,
  update_expression: Role.update,
  unary_expression: Role.unary,
  sequence_expression: Role.sequence,
  await_expression: Role.await,
  variable_declarator: Role.declarator,
  as_expression: Role.cast,
  satisfies_expression: Role.cast,
  non_null_expression: Role.nonNull,
  instantiation_expression: Role.instantiation,
  call_expression: Role.call,
  member_expression: Role.member,
  export_clause: Role.exportClause,
  export_specifier: Role.exportSpecifier,
  namespace_export: Role.namespaceExport,
  import_clause: Role.importClause,
  named_imports: Role.namedImports,
  import_specifier: Role.importSpecifier,
  namespace_import: Role.namespaceImport,
  import_require_clause: Role.importRequire,
  extends_clause: Role.extendsClause,
  implements_clause: Role.implementsClause,
  extends_type_clause: Role.extendsTypeClause,
  class_heritage: Role.classHeritage,
  switch_case: Role.switchCase,
  switch_default: Role.switchDefault,
  else_clause: Role.elseClause,
  jsx_element: Role.jsxElement,
  jsx_self_closing_element: Role.jsxElement,
  jsx_attribute: Role.jsxAttribute,
  jsx_expression: Role.jsxExpression,
  enum_assignment: Role.enumAssignment,
  this: Role.this,
  empty_statement: Role.emptyStatement,
  const: Role.const,
  binary_expression: Role.binary,
  import: Role.importKeyword,
  subscript_expression: Role.subscript,
  required_parameter: Role.parameter,
  optional_parameter: Role.parameter,
};

const FIELDS = [
  "object", "property", "function", "arguments", "type_arguments", "constructor", "left", "right", "operator", "argument", "body", "name", "parameters", "parameter",
  "return_type", "type", "condition", "consequence", "alternative", "initializer", "increment", "value", "key", "index", "pattern", "declaration", "source", "alias",
  "handler", "finalizer", "label", "open_tag", "close_tag", "attribute", "module", "kind",
] as const satisfies readonly (keyof FieldIds)[];

/** A pure function of an unchanging grammar, remembered: for a small file it would cost a tenth of the parse. */
const resolved = new WeakMap<Grammar, KindTables>();

/** What each kind and field of `grammar` means, so that no name is compared per node. */
export function kindsOf(grammar: Grammar): KindTables {
  const known = resolved.get(grammar);
  if (known) return known;
  const tables = resolveKinds(grammar);
  resolved.set(grammar, tables);
  return tables;
}

function resolveKinds(grammar: Grammar): KindTables {
  const roles = new Uint8Array(grammar.kinds.length);
  grammar.kinds.forEach((kind, id) => {
    if (Object.hasOwn(ROLES, kind)) roles[id] = ROLES[kind];
  });
  const fields = Object.fromEntries(FIELDS.map((name) => [name, fieldId(grammar, name)])) as FieldIds;
  return {
    roles,
    fields,
    expressions: grammar.kinds.map((kind) => EXPRESSIONS.get(kind)),
    statements: grammar.kinds.map((kind) => STATEMENTS.get(kind)),
  };
}

function fieldId(grammar: Grammar, name: string): number {
  const id = grammar.fields.indexOf(name);
  return id < 0 ? 255 : id;
}
